"""Fully convolutional network for tagging and its classifier."""

import math

import torch
from torch import nn

from ...parameters import OneOf, Pools, Real
from .._classifier import NeuralClassifier
from . import _shared
from ._layers import GLOBAL_POOLINGS, conv_stack, pool_time


class FullyConvolutional(nn.Module):
    """Convolutions whose pools leave one position for a whole clip, and the output.

    Parameters are those of `FullyConvolutionalClassifier`, and:

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
        kernel_size,
        pool_size,
        norm,
        activation,
        pooling,
        dropout,
    ):
        super().__init__()
        self.features, (n_channels, bands, _) = conv_stack(
            (n_bands, n_frames),
            n_filters,
            pool_size,
            block="plain",
            dropout=dropout,
            ceil=False,
            kernel_size=kernel_size,
            norm=norm,
            activation=activation,
        )
        pools = [p for p in self.features.modules() if isinstance(p, nn.MaxPool2d)]
        self.fewest_frames = math.prod(p.kernel_size[1] for p in pools)
        self.pooling = pooling
        n_pooled = 2 if pooling == "mean_max" else 1
        self.out = nn.Linear(n_channels * bands * n_pooled, n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        maps = self.features(X[:, None])
        return self.out(pool_time(maps, self.pooling).flatten(1))


class FullyConvolutionalClassifier(NeuralClassifier):
    """Fully convolutional network (FCN) of Choi et al., made for tagging.

    3x3 convolutions, each with batch normalization, an activation, max pooling and
    dropout; the pools grow until a single position is left of 96 bands x 1366 frames
    (29.1 s), and the output layer reads the channels there. The default is the narrow
    five-layer form of Won et al. The networks of Choi et al. are

    - FCN-4: ``n_filters=(128, 384, 768, 2048)``, ``pool_size=((2, 4), (4, 5),
      (3, 8), (4, 8))``;
    - FCN-5: ``n_filters=(128, 256, 512, 1024, 2048)`` and the default pools.

    Not to be confused with a fully connected network, which is `DenseClassifier`.

    Attributes
    ----------
    n_frames_in_ : int
        Number of frames in ``fit``. Clips to predict may be longer, and shorter
        down to the product of the pools over time.

    See Also
    --------
    CRNNClassifier : Convolutions followed by recurrent layers.
    CNNClassifier : Convolutions with smaller pools.

    Notes
    -----
    FCN-4 has 17 million weights and FCN-5 has 25 million, so use a GPU. Choi et al.
    trained with Adam and binary cross-entropy, and a dropout of 0.5.

    References
    ----------
    Choi et al. (2016), "Automatic tagging using deep convolutional neural networks",
    ISMIR.
    Won et al. (2020), "Evaluation of CNN-based automatic music tagging models", SMC.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import FullyConvolutionalClassifier
    >>> rng = np.random.default_rng(0)
    >>> tags = rng.integers(0, 2, size=(24, 3))
    >>> X = rng.normal(size=(24, 12, 20)).astype("float32")
    >>> clf = FullyConvolutionalClassifier(
    ...     n_filters=(8, 8), pool_size=((3, 4), (4, 5)), max_epochs=2
    ... )
    >>> clf.fit(X, tags).predict_proba(X).shape
    (24, 3)
    """

    _module = FullyConvolutional
    _architecture = {
        "n_filters": _shared.n_filters((64, 128, 128, 128, 64)),
        "kernel_size": _shared.kernel_size(),
        "pool_size": Pools(
            ((2, 4), (2, 4), (2, 4), (3, 5), (4, 4)),
            "Bands and frames pooled into one after each block. Clipped to the size "
            "of the map. What does not fill a last pool is left out, as published: "
            "with 1366 frames, the last two.",
        ),
        "norm": _shared.norm(),
        "activation": _shared.activation("relu"),
        "pooling": OneOf(
            "mean",
            "How the positions left of longer clips are pooled over time; bands stay "
            "separate.",
            choices=GLOBAL_POOLINGS,
        ),
        "dropout": Real(0.5, "Share of values dropped after each pool.", low=0, high=1),
    }

    def _check_X(self, X, reset, like=None):
        X = super()._check_X(X, reset, like)
        if not reset:
            fewest = self._fewest_frames(like)
            if X.shape[-1] < fewest:
                raise ValueError(
                    f"X has {X.shape[-1]} frames, but {type(self).__name__} needs at "
                    f"least {fewest} frames, the product of its pools over time."
                )
        return X

    def _fewest_frames(self, like):
        """Return how short clips may be, for clips to watch before there is a net."""
        if like is None:
            return self.module_.network.fewest_frames
        n_bands, n_frames = like.shape[-2:]
        window = getattr(self.augment, "crop", None) or n_frames
        kind, sizes = self._network()
        # pools follow the shape of the input; without memory for the weights
        with torch.device("meta"):
            return kind(n_bands, min(window, n_frames), 1, **sizes).fewest_frames
