"""Our fast system: texture statistics and a shrunk discriminant, without a network."""

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from ..discriminant import ShrinkageDiscriminantAnalysis
from ..features import MelSpectrogram, TextureStats
from ..slicing import Slicer, SliceVotingClassifier
from ._common import build, given_spectrograms

# as in the mel images of GTZAN on which both were tuned: their columns are this many
# samples apart, within rounding, and 334 of them last 30 s
HOP_LENGTH = 1977
EXCERPT_FRAMES = 334


def fast(*, n_excerpts=1, front_end="audio"):
    """Build a linear discriminant on texture statistics, trained in seconds.

    It combines 871 statistics of how a song's mel bands vary together and over time
    (:class:`~sklearn_genre.TextureStats`) with linear discriminant analysis, whose
    covariance is shrunk by half; probabilities are tempered by cross-validation over
    the training songs. Nothing in it is random.

    Parameters
    ----------
    n_excerpts : int, default=1
        Number of 30 s excerpts, >= 1, spread evenly over a song, that vote. A single
        one is the middle of the song. Shorter songs are repeated from their start. Of
        a longer audio file, nothing else is decoded.
    front_end : "audio", None or transformer, default="audio"
        As for `best`.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "slice" and "classifier".

    See Also
    --------
    best : The average of this with a network.

    Examples
    --------
    >>> from sklearn_genre import make_genre_audio, recipes
    >>> songs = make_genre_audio(6, genres=["dub", "waltz"], duration=2.0)
    >>> recipes.fast().fit(songs.audio, songs.target).classes_
    array(['dub', 'waltz'], dtype='<U5')
    """
    return excerpts_to(
        front_end, n_excerpts, texture_discriminant(n_excerpts=n_excerpts)
    )


def texture_discriminant(*, n_excerpts=1):
    """Make the Pipeline of standardized statistics and a shrunk discriminant.

    Parameters
    ----------
    n_excerpts : int, default=1
        Number of consecutive rows that are excerpts of one song.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "stats", "scale" and "discriminant".
    """
    return Pipeline(
        [
            ("stats", TextureStats()),
            ("scale", StandardScaler()),
            ("discriminant", ShrinkageDiscriminantAnalysis(shuffle=n_excerpts == 1)),
        ]
    )


def excerpts_to(front_end, n_excerpts, classifier):
    """Make the Pipeline from audio to excerpts, whose classifier votes over them."""
    mel = MelSpectrogram(
        sample_rate=22050,
        n_fft=2048,
        hop_length=HOP_LENGTH,
        n_mels=128,
        scale="amplitude_db",
        ref="max",
        # low enough for quiet recordings to keep a range of 80 dB, too
        amin=1e-10,
        top_db=80.0,
        n_excerpts=n_excerpts,
    )
    mel.set_params(duration=mel._seconds(EXCERPT_FRAMES))
    return build(
        front_end,
        mel,
        ("slice", Slicer(slice_length=EXCERPT_FRAMES, n_slices=n_excerpts)),
        ("classifier", SliceVotingClassifier(classifier)),
        given=given_spectrograms,
    )
