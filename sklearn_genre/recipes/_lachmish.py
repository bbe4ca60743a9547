"""Lachmish: convolutions over time on mel powers or cepstral coefficients."""

from ..features import MFCC, FixedLength, MelSpectrogram
from ..neural import TemporalCNNClassifier
from ._common import build, choose, given_spectrograms, optional

# 100 ms every 40 ms at 22050 Hz
_WINDOWS = {"n_fft": 2205, "hop_length": 882, "center": False}


def lachmish_cnn(
    *,
    features="mel",
    variant="figure",
    scale="power",
    n_frames=599,
    duration=30.0,
    max_epochs=125,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build convolutions over time on 599 windows of 100 ms (S3-a to S3-d).

    Stated: windows of 100 ms every 40 ms at 22,050 Hz, 128 mel powers or 13 MFCC per
    window, 599 windows; the figure has three convolutions over time of 256, 256 and
    512 filters of length 4, max pools of 4, 2 and 2, and a fully connected layer of
    1024. From its code: ReLU, dropout of 0.25 after each pool and layer, Adam at
    1e-3, batches of 64, 100,000 songs seen, that is, 125 epochs of its 800 songs.
    46.87 % with mel powers, 17.18 % with MFCC on GTZAN, with 800 songs to train and the
    rest to test.

    Contradicted: 149, 73 and 35 are lengths in the figure (a convolution of 4 and a
    pool of 4 or 2 leave exactly these of 599), and numbers of filters in the code,
    ``variant="code"``. 30 s hold 748 windows; the code drops what follows the 599th.
    It computes each window by itself, with several spectra in each; here a window is
    one spectrum. Its initial weights have a standard deviation of 1, enough to explain
    the score, and are not copied.

    Ours: standardized bands. The powers are as stated; ``scale="db"`` suits networks
    better.

    Parameters
    ----------
    features : {"mel", "mfcc"}, default="mel"
        With ``variant="code"`` the sizes of the network depend on them, too.
    variant : {"figure", "code"}, default="figure"
        Convolutions over time, or the square ones of the code.
    scale : {"power", "db", "log1p"}, default="power"
        Scale of the mel bands.
    n_frames : int or None, default=599
        Windows of each song to keep; None: all.
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    max_epochs : int, default=125
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, and the paper's chain makes the windows. None: X is of
        shape (n, n_bands, n_frames) already. A transformer takes the place of the
        chain.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "crop" (if ``n_frames`` is given), "classifier".

    References
    ----------
    M. Lachmish, "Music genre classification", Tel Aviv University, 2016.
    A. van den Oord, S. Dieleman, B. Schrauwen, "Deep content-based music
    recommendation", NIPS 2013.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> model = recipes.lachmish_cnn(features="mfcc", variant="code")
    >>> model["front_end"].n_mfcc, model["classifier"].n_filters
    (13, (149, 73))
    """
    mel = MelSpectrogram(n_mels=128, scale=scale, duration=duration, **_WINDOWS)
    mfcc = MFCC(n_mfcc=13, duration=duration, **_WINDOWS)
    chain = choose("features", features, {"mel": mel, "mfcc": mfcc})
    sizes = choose("variant", variant, _sizes(features))
    network = TemporalCNNClassifier(
        variant=variant,
        **sizes,
        dropout=0.25,
        lr=1e-3,
        batch_size=64,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(
        front_end,
        chain,
        *optional("crop", FixedLength(n_frames=n_frames), n_frames is not None),
        ("classifier", network),
        given=given_spectrograms,
    )


def _sizes(features):
    """Return the sizes of the network by variant."""
    code = {
        "mel": {
            "n_filters": (149, 73, 35),
            "pool_size": (4, 2, 2),
            "hidden_sizes": (8192,),
        },
        # the third convolution is commented out in the code
        "mfcc": {
            "n_filters": (149, 73),
            "pool_size": (4, 2),
            "hidden_sizes": (1024,),
        },
    }
    figure = {
        "n_filters": (256, 256, 512),
        "pool_size": (4, 2, 2),
        "hidden_sizes": (1024,),
    }
    return {"figure": figure, "code": code[features]}
