"""Taggers that the documents quote from others."""

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler

from ..embedding import MusicnnEmbedding
from ..features import (
    MFCC,
    FrameKMeans,
    MelSpectrogram,
    PyramidLevel,
    SummaryStats,
)
from ..neural import DenseClassifier, TemporalCNNClassifier
from ..parameters import Integer
from ..slicing import Slicer
from ._common import build, given_spectrograms, on_table

_POOLS = ("mean", "std", "min", "max")


def dieleman_cnn(
    *,
    n_slices=10,
    slice_length=187,
    duration=30.0,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build convolutions over time on slices of 3 s (S2-i, Dieleman & Schrauwen).

    Stated: 128 mel bands of 16 kHz every 256 samples; two convolutions over time of 32
    filters of length 8, each with a ReLU and a max pool of 4; 100 units; slices of 3 s,
    whose predictions are averaged. Panwar et al. quote a ROC-AUC of 0.882 on
    MagnaTagATune as "1D convolutions".

    Ours: ten slices of each clip; ``log(1 + S)`` of powers, where the paper has a
    factor before S; Fourier transforms of 512; Adam at 1e-3, batches of 32, epochs. Its
    variant over samples, which scores less, is not built; `sample_cnn` is one.

    Parameters
    ----------
    n_slices : int, default=10
        Slices of each clip, >= 1.
    slice_length : int, default=187
        Frames per slice.
    duration : float, default=30.0
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which mel spectrograms are made. None: X is of shape
        (n, n_bands, n_frames) already. A transformer takes their place.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "slice" and "classifier".

    References
    ----------
    S. Dieleman, B. Schrauwen, "End-to-end learning for music audio", ICASSP 2014.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.dieleman_cnn()["classifier"].pool_size
    (4, 4)
    """
    mel = MelSpectrogram(
        sample_rate=16000,
        n_fft=512,
        hop_length=256,
        n_mels=128,
        scale="log1p",
        duration=duration,
    )
    network = TemporalCNNClassifier(
        n_filters=(32, 32),
        kernel_size=8,
        pool_size=(4, 4),
        hidden_sizes=(100,),
        dropout=0.0,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(
        front_end,
        mel,
        ("slice", Slicer(slice_length=slice_length, n_slices=n_slices)),
        ("classifier", network),
        given=given_spectrograms,
    )


def dieleman_multiscale(
    *,
    n_levels=6,
    n_components=200,
    hidden_sizes=(1000,),
    duration=30.0,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build a network over typical frames of several time scales (S2-i).

    Stated: features that spherical k-means learns, without labels, on several time
    scales of mel spectrograms. Panwar et al. quote a ROC-AUC of 0.898 on MagnaTagATune
    as "multi-scale", the highest of those that they compare with.

    Ours: frames of ``log(1 + S)`` of 128 mel powers of 16 kHz, every 512 samples; a
    Laplacian pyramid, whose last level is the mean course; 200 typical frames of each
    level, learned from the training songs; mean and highest value over the clip of how
    much its frames are like them, standardized; 1000 units with dropout of 0.5; Adam at
    1e-3, batches of 32, epochs.

    Parameters
    ----------
    n_levels : int, default=6
        Levels of the pyramid, from 1 to 16. A frame of the slowest stands for
        ``2 ** (n_levels - 1)`` frames of the spectrogram: 1 s with 6 levels.
    n_components : int, default=200
        Typical frames of each level, >= 1; no more than a level has frames in all
        training songs together.
    hidden_sizes : tuple of int, default=(1000,)
        Units of the hidden layers.
    duration : float, default=30.0
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which mel spectrograms are made. None: X is of shape
        (n, n_bands, n_frames) already. A transformer takes their place.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Draws frames and the first means, and seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scales", "scale" and "classifier".

    Raises
    ------
    ValueError
        If ``n_levels`` is no number of levels.

    References
    ----------
    S. Dieleman, B. Schrauwen, "Multiscale approaches to music audio feature learning",
    ISMIR 2013.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> len(recipes.dieleman_multiscale(n_levels=4)["scales"].transformer_list)
    4
    """
    Integer(low=1, high=16).check_value("n_levels", n_levels)
    mel = MelSpectrogram(
        sample_rate=16000,
        n_fft=1024,
        hop_length=512,
        n_mels=128,
        scale="log1p",
        duration=duration,
    )
    last = n_levels - 1
    levels = [
        PyramidLevel(level=level, detail=level < last) for level in range(n_levels)
    ]
    words = FrameKMeans(n_components=n_components, random_state=random_state)
    scales = [(f"level{i}", _bag(level, words)) for i, level in enumerate(levels)]
    network = DenseClassifier(
        hidden_sizes=hidden_sizes,
        dropout=0.5,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(
        front_end,
        mel,
        ("scales", FeatureUnion(scales)),
        ("scale", StandardScaler()),
        ("classifier", network),
        given=given_spectrograms,
    )


def _bag(level, words):
    """Return the chain of one time scale, from spectrograms to a table."""
    stats = SummaryStats(stats=("mean", "max"))
    return Pipeline([("pyramid", level), ("words", clone(words)), ("pool", stats)])


def hamel_pooled(
    *,
    hidden_sizes=(1000,),
    duration=30.0,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build a network with one hidden layer over pooled MFCC (S2-i, Hamel et al.).

    Stated, as Panwar et al. quote it: "pooling MFCC", with a ROC-AUC of 0.861 on
    MagnaTagATune.

    Ours: 20 MFCC; mean, standard deviation, lowest and highest value over the clip,
    standardized; 1000 units with dropout of 0.5; Adam at 1e-3, batches of 32, epochs.

    Parameters
    ----------
    hidden_sizes : tuple of int, default=(1000,)
        Units of the hidden layers.
    duration : float, default=30.0
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which a table is made. None: X is a table of shape
        (n, n_features). A transformer takes its place.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scale" and "classifier".

    References
    ----------
    P. Hamel, S. Lemieux, Y. Bengio, D. Eck, "Temporal pooling and multiscale learning
    for automatic annotation and ranking of music audio", ISMIR 2011.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.hamel_pooled()["front_end"]["pool"].stats
    ('mean', 'std', 'min', 'max')
    """
    chain = Pipeline(
        [
            ("mfcc", MFCC(n_mfcc=20, duration=duration)),
            ("pool", SummaryStats(stats=_POOLS)),
        ]
    )
    network = DenseClassifier(
        hidden_sizes=hidden_sizes,
        dropout=0.5,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return on_table(front_end, chain, network)


def oord_transfer(*, C=0.01, device="cpu", front_end="audio", random_state=None):
    """Build logistic regressions on a trained network (S2-i, van den Oord et al.).

    Stated: features of a network that was trained to tag the Million Song Dataset, and
    a linear classifier of them. Panwar et al. quote a ROC-AUC of 0.88 on MagnaTagATune
    as "transferred learning".

    Ours: the network, which is musicnn as its authors trained it on the same data set,
    by the tags of listeners; theirs read features of k-means and is not published. Its
    last layer before the fully connected one, averaged over windows of 3 s;
    standardized features, the strength of the penalty. `pretrained` is the system that
    we advise.

    Parameters
    ----------
    C : float, default=0.01
        Inverse of the L2 penalty, > 0.
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda" or "auto".
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which `MusicnnEmbedding` makes a table. None: X is a
        table of shape (n, n_features). A transformer takes its place.
    random_state : int, RandomState instance or None, default=None
        Passed to the classifiers.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scale" and "classifier".

    References
    ----------
    A. van den Oord, S. Dieleman, B. Schrauwen, "Transfer learning by supervised
    pre-training for audio-based music classification", ISMIR 2014.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.oord_transfer()["front_end"].layer
    'mean_pool'
    """
    chain = MusicnnEmbedding(model="msd", layer="mean_pool", device=device)
    one = LogisticRegression(C=C, max_iter=1000, random_state=random_state)
    return on_table(front_end, chain, OneVsRestClassifier(one))
