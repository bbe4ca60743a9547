"""Patakula et al.: codes of raw audio, learned with a classifier or before it."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from .._utils.arrays import dense
from ..features import Resize, Waveform
from ..neural import Autoencoder, DeepSoftmaxAutoencoder, DenseClassifier
from ..slicing import Slicer, SliceVotingClassifier
from ._common import build, choose

_SAMPLE_RATE = 22050
_SLICE = 500 * 40  # samples of a slice; the mean of every 40 is kept
_DURATION = 600_000 / _SAMPLE_RATE
_ENCODERS = {
    "deck": {"activation": "elu", "code_activation": "identity"},
    "code": {"activation": ("sigmoid", "tanh", "relu"), "code_activation": "relu"},
}
_TRAINING = {"lr": 1e-4, "batch_size": 512}


def softmax_autoencoder(
    *,
    variant="deck",
    gamma=0.9,
    reduction="sum",
    n_components=64,
    n_slices=20,
    duration=_DURATION,
    max_epochs=200,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build an autoencoder and a classifier, trained together (S5-a, S5-d, S5-e).

    Stated: 500 values of downsampled audio to a code of 64 through three hidden
    layers, and back; a hidden layer of 128 with tanh from the code to four genres;
    the loss is 0.9 times the squared error plus 0.1 times the cross-entropy; rate
    1e-4, 200 epochs, batches of 512. Accuracy 0.582 (0.584 in its table) of classical,
    country, metal and pop. Split: 6,000 of 8,000 shuffled slices to train, with the
    20 slices of a song on both sides: it leaks, and the figure by song is lower and
    unknown.

    Contradicted: "10000 songs" and 10 genres are 1,000 songs of GTZAN and 4 genres.
    "Lossless reconstruction" is not shown.

    Ours, where the deck says nothing: from public code with the same printed
    constants, the mean of 40 samples of the first 600,000 at 22,050 Hz, slices of 500
    such means, widths 256, 192 and 128, and Adam. 20 slices are spread evenly; values
    are standardized; ELU and a linear code; the slices of a song vote.

    Parameters
    ----------
    variant : {"deck", "code"}, default="deck"
        "code" has the sigmoid, tanh and ReLU layers of the public code. Its output
        stays linear, since ReLU cannot rebuild the negative half of a waveform.
    gamma : float, default=0.9
        Weight of the reconstruction, in [0, 1].
    reduction : {"sum", "mean"}, default="sum"
        Squared errors of the 500 values of a slice are added, as the formula has it,
        or averaged (ours), which gives the genres 500 times the weight.
    n_components : int, default=64
        Length of the code, >= 1.
    n_slices : int, default=20
        Slices of each song, of 20,000 samples (0.9 s), >= 1.
    duration : float, default=27.21
        Seconds of each song to use, 600,000 samples; shorter songs are padded.
    max_epochs : int, default=200
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, which is cut into slices. None: X holds slices, of shape
        (n, n_slices, 1, n_values), or (n, n_values) for one slice per song. A
        transformer replaces the cutting.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end" and "classifier". The classifier is a transformer
        too: ``pipeline[-1].transform`` gives codes, ``inverse_transform`` audio.

    References
    ----------
    B. Patakula, P. Karnati, S. Chhatani, P. A. E. Sai Raj, "Music genre
    classification", slides.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import recipes
    >>> model = recipes.softmax_autoencoder(n_slices=2, duration=2.0)
    >>> X = np.random.default_rng(0).normal(size=(3, 44100))
    >>> model["front_end"].fit_transform(X).shape
    (3, 2, 1, 500)
    """
    network = DeepSoftmaxAutoencoder(
        hidden_sizes=(256, 192, 128),
        n_components=n_components,
        **choose("variant", variant, _ENCODERS),
        classifier_sizes=(128,),
        classifier_activation="tanh",
        gamma=gamma,
        reduction=reduction,
        **_TRAINING,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(front_end, _slices(n_slices, duration), ("classifier", network))


def autoencoder_two_stage(
    *,
    variant="deck",
    n_components=64,
    n_slices=20,
    duration=_DURATION,
    max_epochs=200,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build an autoencoder, then a network over its codes (S5-b, S5-c).

    Stated: encoder and decoder of three hidden layers each, 500 values to 64 and
    back, squared error; a network with a hidden layer of 128, tanh, and
    cross-entropy. No figure.

    Contradicted: the public code with the same constants has layers of 32 and 16
    after the code; this follows the deck.

    Ours: as in `softmax_autoencoder`; both stages are trained in the same way.

    Parameters
    ----------
    variant : {"deck", "code"}, default="deck"
        "code" has the sigmoid, tanh and ReLU layers of the public code.
    n_components : int, default=64
        Length of the code, >= 1.
    n_slices : int, default=20
        Slices of each song, of 20,000 samples (0.9 s), >= 1.
    duration : float, default=27.21
        Seconds of each song to use, 600,000 samples; shorter songs are padded.
    max_epochs : int, default=200
        Passes over the training data in each stage, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, which is cut into slices. None: X holds slices, of shape
        (n, n_slices, 1, n_values), or (n, n_values) for one slice per song. A
        transformer replaces the cutting.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds both networks.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "encoder" and "classifier".

    References
    ----------
    B. Patakula, P. Karnati, S. Chhatani, P. A. E. Sai Raj, "Music genre
    classification", slides.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> model = recipes.autoencoder_two_stage()
    >>> model["encoder"].n_components, model["classifier"].hidden_sizes
    (64, (128,))
    """
    training = {
        **_TRAINING,
        "max_epochs": max_epochs,
        "device": device,
        "random_state": random_state,
    }
    encoder = Autoencoder(
        hidden_sizes=(256, 192, 128),
        n_components=n_components,
        **choose("variant", variant, _ENCODERS),
        **training,
    )
    return build(
        front_end,
        _slices(n_slices, duration),
        ("encoder", encoder),
        ("classifier", _two_layers(training)),
    )


def pca_two_stage(
    *,
    n_components=64,
    n_slices=20,
    duration=_DURATION,
    max_epochs=200,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build principal components in place of the autoencoder (S5-j).

    Stated: autoencoders reduce dimensions "like PCA for linear space". No system and
    no figure: the counterpart is ours, with 64 components of 500 values and the
    network of `autoencoder_two_stage` over them.

    Parameters
    ----------
    n_components : int, default=64
        Number of components, >= 1.
    n_slices : int, default=20
        Slices of each song, of 20,000 samples (0.9 s), >= 1.
    duration : float, default=27.21
        Seconds of each song to use, 600,000 samples; shorter songs are padded.
    max_epochs : int, default=200
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, which is cut into slices. None: X holds slices, of shape
        (n, n_slices, 1, n_values), or (n, n_values) for one slice per song. A
        transformer replaces the cutting.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "flatten" and "classifier", a
        `SliceVotingClassifier` of a Pipeline of "pca" and "classifier".

    References
    ----------
    B. Patakula, P. Karnati, S. Chhatani, P. A. E. Sai Raj, "Music genre
    classification", slides.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.pca_two_stage()["classifier"].estimator["pca"]
    PCA(n_components=64)
    """
    training = {
        **_TRAINING,
        "max_epochs": max_epochs,
        "device": device,
        "random_state": random_state,
    }
    stages = Pipeline(
        [("pca", PCA(n_components=n_components)), ("classifier", _two_layers(training))]
    )
    return build(
        front_end,
        _slices(n_slices, duration),
        ("flatten", FunctionTransformer(_flatten)),
        ("classifier", SliceVotingClassifier(stages)),
    )


def _slices(n_slices, duration):
    """Return the chain from audio to slices of 500 values: (n, n_slices, 1, 500)."""
    return Pipeline(
        [
            ("waveform", Waveform(sample_rate=_SAMPLE_RATE, duration=duration)),
            ("slice", Slicer(slice_length=_SLICE, n_slices=n_slices)),
            ("downsample", Resize(shape=(None, 500), mode="area")),
        ]
    )


def _two_layers(training):
    """Return the network of the deck over codes."""
    return DenseClassifier(
        hidden_sizes=(128,), activation="tanh", dropout=0.0, **training
    )


def _flatten(X):
    """Reshape slices to (n, n_slices, n_values); a row of a table is one slice."""
    X = np.asarray(dense(X))
    return X.reshape(len(X), 1 if X.ndim == 2 else X.shape[1], -1)
