"""Sample-level network over raw waveforms and its classifier."""

import torch.nn.functional as F
from torch import nn

from ..._utils.arrays import with_channel_axis
from ...parameters import Integer, OneOf, Sizes
from .._classifier import NeuralClassifier
from .._engine.rules import LONGEST_KERNEL
from . import _shared
from ._layers import (
    ACTIVATIONS,
    GLOBAL_POOLINGS,
    ConvBlock,
    activate_last,
    clip_kernel,
    make_norm,
    make_pool,
    pool_time,
)


class SampleCNN(nn.Module):
    """Blocks of a small convolution and a small pool, from samples to one position.

    Parameters are those of `SampleCNNClassifier`, and:

    Parameters
    ----------
    n_bands, n_frames : int
        Channels and samples of one input.
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
        norm,
        activation,
        pooling,
        dropout,
    ):
        super().__init__()
        kind = dict(norm=norm, activation=activation)
        self.stride = min(kernel_size, n_frames)
        self.stem = nn.Sequential(
            nn.Conv2d(n_bands, n_filters[0], (1, self.stride), (1, self.stride)),
            make_norm(norm, n_filters[0]),
            ACTIVATIONS[activation](),
        )
        layers, n_in, size = [], n_filters[0], (1, -(-n_frames // self.stride))
        for n_out in n_filters[1:]:
            kernel = (1, clip_kernel(kernel_size, size[1]))
            pool, size = make_pool((1, kernel_size), size)
            block = ConvBlock(n_in, n_out, kernel_size=kernel, **kind)
            layers += activate_last(block, pool)
            n_in = n_out
        self.features = nn.Sequential(*layers)
        self.last = ConvBlock(n_in, n_in, kernel_size=(1, 1), **kind)
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(n_in * (2 if pooling == "mean_max" else 1), n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        X = F.pad(X, (0, -X.shape[2] % self.stride))
        maps = self.last(self.features(self.stem(X[:, :, None])))
        return self.out(self.dropout(pool_time(maps, self.pooling).flatten(1)))


class SampleCNNClassifier(NeuralClassifier):
    """Sample-level convolutional network over raw waveforms.

    A convolution of 3 samples with a stride of 3, nine blocks of a convolution of 3 and
    a max pool of 3, and one convolution of 1: the 3^9 network of Lee et al. It reads
    59049 = 3^10 samples, 2.7 s at 22050 Hz, of which one position is left. Clips vote
    by slices of that length: ``Slicer(slice_length=59049)``.

    X may also be of shape (n, n_samples), as `Waveform` gives it; then all clips,
    including those to predict, must have the same number of samples.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels, 1 for mono; the number of samples if X had two
        dimensions.
    n_frames_in_ : int
        Number of samples in ``fit``. Clips of three and four dimensions to predict
        may be of any length.

    See Also
    --------
    Waveform : Decodes audio to waveforms.
    MusicnnClassifier : Network over spectrograms.

    Notes
    -----
    Lee et al. trained with stochastic gradient descent and a Nesterov momentum of
    0.9, at rates from 0.01 down: ``SampleCNNClassifier(optimizer="sgd", lr=0.01,
    net_params={"optimizer__momentum": 0.9, "optimizer__nesterov": True})``.

    References
    ----------
    Lee et al. (2017), "Sample-level deep convolutional neural networks for music
    auto-tagging using raw waveforms", SMC.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import SampleCNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["low", "high"], 10)
    >>> pitch = np.where(y == "low", 0.05, 0.4)
    >>> X = np.sin(pitch[:, None] * np.arange(243) + rng.uniform(0, 6, (20, 1)))
    >>> clf = SampleCNNClassifier(
    ...     n_filters=(8, 8, 8, 8, 8), lr=5e-3, max_epochs=40, random_state=0
    ... )
    >>> clf.fit(X, y).score(X, y)
    1.0
    """

    _module = SampleCNN
    _architecture = {
        "n_filters": Sizes(
            (128, 128, 128, 256, 256, 256, 256, 256, 256, 512),
            "Filters of the strided convolution and of each block. A third of the "
            "length needs one block less; the 3^7 network has two blocks less.",
        ),
        "kernel_size": Integer(
            3,
            "Samples seen by each filter, and pooled into one. Clipped to the length "
            "that is left.",
            low=2,
            high=LONGEST_KERNEL,
        ),
        "norm": _shared.norm(),
        "activation": _shared.activation("relu"),
        "pooling": OneOf(
            "mean",
            "How the positions left of longer clips are pooled over time.",
            choices=GLOBAL_POOLINGS,
        ),
        "dropout": _shared.output_dropout(0.5),
    }

    def _check_X(self, X, reset, like=None):
        X = super()._check_X(X, reset, like)
        if self.n_dim_in_ > 2:
            return X
        # a table of samples is one channel over time, not bands of one frame
        X = with_channel_axis(X)
        if reset:
            self.n_frames_in_ = X.shape[-1]
        return X
