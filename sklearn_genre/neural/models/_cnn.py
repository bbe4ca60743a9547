"""Convolutional network over spectrograms and its classifier."""

from torch import nn

from ...parameters import Flag, OneOf, Pools, Real, Sizes
from .._classifier import NeuralClassifier
from . import _shared
from ._layers import (
    BLOCKS,
    GLOBAL_POOLINGS,
    NORMS,
    as_channels,
    conv_stack,
    make_hidden,
    n_bands_of_channels,
    pool_time,
)


class CNN(nn.Module):
    """Convolution blocks, pooling over time, fully connected layers.

    Parameters are those of `CNNClassifier`, and:

    Parameters
    ----------
    n_bands, n_frames : int
        Shape of one input.
    n_outputs : int
        Number of classes or tags.
    """

    def __init__(
        self,
        n_bands,
        n_frames,
        n_outputs,
        *,
        n_filters,
        pool_size,
        activation,
        pooling,
        hidden_sizes,
        dropout,
        keep_bands=True,
        n_channels=1,
        **conv,
    ):
        super().__init__()
        self.n_channels = n_channels
        self.features, (n_maps, bands, frames) = conv_stack(
            (n_bands_of_channels(n_bands, n_channels), n_frames),
            n_filters,
            pool_size,
            activation=activation,
            n_channels=n_channels,
            **conv,
        )
        self.pooling, self.keep_bands = pooling, keep_bands
        bands = bands if keep_bands else 1
        width = n_maps * bands * {None: frames, "mean_max": 2}.get(pooling, 1)
        self.dropout = nn.Dropout(dropout if pooling else 0.0)
        self.hidden, width = make_hidden(
            width, hidden_sizes, activation=activation, dropout=dropout
        )
        self.out = nn.Linear(width, n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        maps = self.features(as_channels(X, self.n_channels))
        if not self.keep_bands:
            maps = maps.mean(2, keepdim=True)
        flat = pool_time(maps, self.pooling).flatten(1)
        return self.out(self.hidden(self.dropout(flat)))


class CNNClassifier(NeuralClassifier):
    """Convolutional network over spectrograms.

    The default is a small residual network of 3x3 convolutions with batch
    normalization. Published networks of this kind:

    - Jones & Bonafilia, 5x5 and ELU: ``CNNClassifier(n_filters=(16, 32, 64),
      kernel_size=5, block="plain", norm=None, activation="elu", pooling=None,
      keep_bands=True, hidden_sizes=(512,), dropout=0.5)``;
    - Won et al., the short-chunk network, for 128 mel bands of about 4 s:
      ``CNNClassifier(n_filters=(128, 128, 256, 256, 256, 256, 512),
      pool_first=False, pooling="max", keep_bands=True, hidden_sizes=(512,),
      dropout=0.5)``. Theirs has strides instead of pools, a residual block instead
      of the first convolution, and one more batch normalization.

    See Also
    --------
    CRNNClassifier : Convolutions followed by recurrent layers.
    Slicer : Cuts clips into slices, which vote.

    References
    ----------
    He et al. (2016), "Deep residual learning for image recognition", CVPR.
    Jones & Bonafilia, "Automatic music genre classification with deep learning",
    slides.
    Won et al. (2020), "Evaluation of CNN-based automatic music tagging models", SMC.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "metal"], 10)
    >>> X = rng.normal(size=(20, 16, 30)).astype("float32")
    >>> X[10:, :4] += 2
    >>> clf = CNNClassifier(n_filters=(8, 8), lr=5e-3, max_epochs=20, random_state=0)
    >>> clf.fit(X, y).score(X, y)
    1.0
    """

    _module = CNN
    _architecture = {
        "n_channels": _shared.n_channels(),
        "n_filters": Sizes(
            (16, 32, 64, 128),
            "Filters of each convolution block; its length is the number of blocks.",
        ),
        "kernel_size": _shared.kernel_size(),
        "pool_size": Pools(
            2,
            "Bands and frames pooled into one after each block; ``(1, 2)`` pools over "
            "time only. Clipped to the size of the map.",
        ),
        "block": OneOf(
            "residual",
            '"plain": convolution, normalization, activation; "residual": two '
            "convolutions and a shortcut.",
            choices=BLOCKS,
        ),
        "norm": OneOf(
            "batch",
            "Normalization after each convolution. With None and ``dropout=0`` integer "
            "sample weights are exactly the same as repeated clips.",
            choices=NORMS,
            none=True,
        ),
        "activation": _shared.activation("relu"),
        "pool_first": Flag(
            True,
            "Whether a block pools right after its first convolution or at its end. "
            "Normalization and activation of the full map take half the time of a "
            "training step, and pooling first avoids them.",
        ),
        "pooling": OneOf(
            "mean_max",
            "How the last maps are pooled over time. None keeps every frame, so that "
            "clips to predict must be as long as those of ``fit``.",
            choices=GLOBAL_POOLINGS,
            none=True,
        ),
        "keep_bands": Flag(
            False,
            "Whether the bands of the last maps stay separate or are averaged, "
            "which gives fewer weights and better scores when songs are few.",
        ),
        "hidden_sizes": _shared.hidden_sizes(()),
        "dropout": Real(
            0.3,
            "Share of units dropped before each fully connected layer. With "
            "``pooling=None`` only after the hidden layers.",
            low=0,
            high=1,
        ),
    }

    @property
    def _fixed_frames(self):
        return self.pooling is None
