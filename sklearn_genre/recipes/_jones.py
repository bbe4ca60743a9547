"""Jones & Bonafilia: a dense network on tables, a CNN on slices of spectrograms."""

from sklearn.pipeline import make_pipeline

from ..features import MelSpectrogram, Resize, Spectrogram
from ..neural import CNNClassifier, DenseClassifier
from ..parameters import Integer
from ..slicing import Slicer
from ._common import build, choose, given_spectrograms, optional

# slices of 128 frames then last 3 s, so that 10 of them fill 30 s
_STFT = {"n_fft": 1024, "hop_length": 512}


def jones_dnn(
    *,
    hidden_sizes=(512, 512),
    dropout=0.5,
    max_epochs=30,
    front_end=None,
    device="cpu",
    random_state=None,
):
    """Build two hidden layers over a table: the network for MSD (S1-a, S1-b).

    Stated: two hidden ReLU layers, dropout before a linear output, softmax
    cross-entropy, Adam at 1e-4; 67 % on the Million Song Dataset with the features
    and the train and test partition of TU Wien, and "very marginally better" than
    one hidden layer, which is ``jones_dnn(hidden_sizes=(512,))``.

    Contradicted: the printed code computes the second layer and then reads the
    first. The diagram and the text have two, as does this recipe.

    Ours: sizes, share of dropout, epochs, batches of 32, standardized columns.

    Parameters
    ----------
    hidden_sizes : sequence of int, default=(512, 512)
        Units of each hidden layer.
    dropout : float, default=0.5
        Share of units dropped before the output, in [0, 1].
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : None or transformer, default=None
        None: X is a table of shape (n, n_features). The paper took its features from
        a published table, so "audio" is an error here; `pun_features` makes a table
        from audio.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end" and "classifier".

    References
    ----------
    K. Jones, D. Bonafilia, "Automatic music genre classification with deep
    learning", slides.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.jones_dnn()["classifier"].hidden_sizes
    (512, 512)
    """
    network = DenseClassifier(
        hidden_sizes=hidden_sizes,
        dropout=dropout,
        lr=1e-4,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(front_end, None, ("classifier", network))


def jones_cnn(
    *,
    n_slices=10,
    slice_length="paper",
    image_shape="paper",
    n_blocks=None,
    features="linear",
    voting="soft",
    duration=30.0,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build convolutions over 5 or 10 slices of a spectrogram (S1-e to S1-j).

    Stated: 5x5 convolutions of 16, 32, 64 filters, ELU, 2x2 max pools, a fully
    connected layer of 512 with ELU, dropout, Adam at 1e-4; the outputs of a song's
    slices are summed. 83 % on GTZAN with three convolutions and 5 slices resized to
    128x128; 85 % with two convolutions and 10 slices of 128x128 not resized. Split:
    900 songs to train, 100 to test at random, equal genres: by song, with artists on
    both sides.

    Contradicted: the code flattens 8x8 places, but 128x128 after three pools leaves
    16x16, which is used here; ``image_shape=(64, 64)`` gives the 8x8. The
    text chooses the genre of the highest probability, ``voting="max"``, the code the
    highest sum, ``voting="soft"``. The output layer reads an undefined variable.

    Ours: share of dropout (0.5), epochs, batches of 32, standardized bands; how the
    images were made (here spectrograms in dB, 1024 samples every 512, reduced to 128
    bands of equal width); slices do not overlap in 30 s; they do in shorter songs, into
    which 10 slices of 128 frames do not fit side by side.

    Parameters
    ----------
    n_slices : int, default=10
        Slices of each song, >= 1. The paper has 5 and 10; other numbers below 10 are
        treated as 5, those above as 10.
    slice_length : int, None or "paper", default="paper"
        Frames per slice; None: equal cuts of the whole song. "paper": None below 10
        slices, else 128.
    image_shape : (int, int), None or "paper", default="paper"
        Bands and frames to which slices are resized; None: not resized. "paper":
        (128, 128) below 10 slices, else None.
    n_blocks : int or None, default=None
        Convolutions, >= 1; None: 3 below 10 slices, else 2. Filters double from 16.
    features : {"linear", "mel"}, default="linear"
        Scale of the frequencies of the paper's chain.
    voting : {"soft", "hard", "max"}, default="soft"
        How the slices of a song vote.
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, and the paper's chain makes spectrograms from it. None: X
        is of shape (n, n_bands, n_frames) already. A transformer takes the place of
        the chain.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "slice", "resize" (if resized), "classifier".

    References
    ----------
    K. Jones, D. Bonafilia, "Automatic music genre classification with deep
    learning", slides.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> [name for name, _ in recipes.jones_cnn(n_slices=5).steps]
    ['front_end', 'slice', 'resize', 'classifier']
    >>> recipes.jones_cnn(n_slices=10)["classifier"].n_filters
    (16, 32)
    """
    Integer(low=1).check_value("n_slices", n_slices)
    Integer(low=1, none=True).check_value("n_blocks", n_blocks)
    few = n_slices < 10
    length = (None if few else 128) if slice_length == "paper" else slice_length
    shape = ((128, 128) if few else None) if image_shape == "paper" else image_shape
    n_blocks = (3 if few else 2) if n_blocks is None else n_blocks
    network = CNNClassifier(
        n_filters=tuple(16 * 2**k for k in range(n_blocks)),
        kernel_size=5,
        pool_size=2,
        block="plain",
        norm=None,
        activation="elu",
        pooling=None,
        keep_bands=True,
        hidden_sizes=(512,),
        dropout=0.5,
        lr=1e-4,
        voting=voting,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(
        front_end,
        choose("features", features, _spectrograms(duration)),
        ("slice", Slicer(slice_length=length, n_slices=n_slices)),
        *optional("resize", Resize(shape=shape), shape is not None),
        ("classifier", network),
        given=given_spectrograms,
    )


def _spectrograms(duration):
    """Return the two front ends, each with 128 bands."""
    linear = Spectrogram(duration=duration, **_STFT)
    return {
        "linear": make_pipeline(linear, Resize(shape=(128, None), mode="area")),
        "mel": MelSpectrogram(n_mels=128, duration=duration, **_STFT),
    }
