"""Templates of spectra, which the documents quote from others."""

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ..features import FrameNMF, MelSpectrogram, SummaryStats
from ._common import build, given_spectrograms


def nmf(*, n_components=32, duration=30.0, front_end="audio", random_state=None):
    """Build logistic regression on templates of spectra (S4-j).

    Pun & Nazirkhanova quote 75 % of GTZAN from Benetos & Kotropoulos, who factorize a
    tensor of sound descriptions into non-negative parts, by the Frobenius norm.

    Ours: a matrix in place of the tensor, by the same norm: frames of ``log(1 + S)`` of
    128 mel powers become sums of 32 templates, learned from the training songs. Mean
    and standard deviation of how loud each template is in a song are standardized
    features; one logistic regression over all genres.

    Parameters
    ----------
    n_components : int, default=32
        Number of templates, >= 1.
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which mel powers are made. None: X is of shape (n,
        n_bands, n_frames) and not negative. A transformer takes their place.
    random_state : int, RandomState instance or None, default=None
        Draws frames and initial templates.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "templates", "summary", "scale" and "classifier".

    References
    ----------
    E. Benetos, C. Kotropoulos, "A tensor-based approach for automatic music genre
    classification", EUSIPCO 2008.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.nmf(n_components=16)["templates"].n_components
    16
    """
    mel = MelSpectrogram(n_mels=128, hop_length=1024, scale="log1p", duration=duration)
    templates = FrameNMF(n_components=n_components, random_state=random_state)
    return build(
        front_end,
        mel,
        ("templates", templates),
        ("summary", SummaryStats()),
        ("scale", StandardScaler()),
        ("classifier", LogisticRegression(max_iter=1000)),
        given=given_spectrograms,
    )
