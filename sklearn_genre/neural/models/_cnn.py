"""Convolutional network over spectrograms and its classifier."""

import numbers
from functools import partial

import torch
from torch import nn

from ...parameters import Flag, OneOf, Pair, Pools, Real, Sizes
from .._classifier import NeuralClassifier
from ._layers import (
    ACTIVATIONS,
    BLOCKS,
    NORMS,
    ConvBlock,
    activate_last,
    clip_kernel,
    make_hidden,
    make_pool,
    pair,
)

GLOBAL_POOLINGS = ("mean", "max", "mean_max")
POOLINGS = (None, *GLOBAL_POOLINGS)


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
        **conv,
    ):
        super().__init__()
        self.features, (n_channels, bands, frames) = conv_stack(
            (n_bands, n_frames), n_filters, pool_size, activation=activation, **conv
        )
        self.pooling, self.keep_bands = pooling, keep_bands
        bands = bands if keep_bands else 1
        width = n_channels * bands * {None: frames, "mean_max": 2}.get(pooling, 1)
        self.dropout = nn.Dropout(dropout if pooling else 0.0)
        self.hidden, width = make_hidden(
            width, hidden_sizes, activation=activation, dropout=dropout
        )
        self.out = nn.Linear(width, n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        maps = self.features(X[:, None])
        if not self.keep_bands:
            maps = maps.mean(2, keepdim=True)
        flat = pool_time(maps, self.pooling).flatten(1)
        return self.out(self.hidden(self.dropout(flat)))


def conv_stack(
    size,
    n_filters,
    pool_size,
    *,
    block,
    kernel_size,
    pool_first=False,
    dropout=0.0,
    ceil=True,
    **conv,
):
    """Blocks of convolution and pooling.

    Parameters
    ----------
    size : (int, int)
        Bands and frames of the input.
    n_filters : sequence of int
        Output channels of each block.
    pool_size : int, (int, int) or a sequence of those, one per block
        Bands and frames pooled into one after each block.
    block : {"plain", "residual"}
    kernel_size : (int, int)
        Bands and frames seen by each filter, less the taps that only meet padding.
    pool_first : bool, default=False
        Whether pools stand behind the first convolution of a block.
    dropout : float, default=0.0
        Share of values dropped behind each block.
    ceil : bool, default=True
        Whether a last pool that is not full counts.
    **conv : dict
        Further parameters of the block.

    Returns
    -------
    stack : torch.nn.Sequential
    shape : (int, int, int)
        Channels, bands and frames of the output.
    """
    pools = spread(pool_size, len(n_filters))
    layers, n_in = [], 1
    for n_out, pool in zip(n_filters, pools, strict=True):
        kernel = tuple(map(clip_kernel, kernel_size, size))
        pool_layer, size = make_pool(pool, size, ceil=ceil)
        # one plain convolution at full resolution: a residual block there would
        # cost more than all others together and has one channel to add to
        kind = BLOCKS[block] if layers else ConvBlock
        make = partial(kind, n_in, n_out, kernel_size=kernel, **conv)
        if pool_first:
            layers.append(make(pool=pool_layer))
        else:
            layers += activate_last(make(), pool_layer)
        if dropout:
            layers.append(nn.Dropout(dropout))
        n_in = n_out
    return nn.Sequential(*layers), (n_in, *size)


def spread(pool_size, n_blocks):
    """One (bands, frames) pair per block."""
    if isinstance(pool_size, numbers.Integral) or (
        len(pool_size) == 2 and all(isinstance(p, numbers.Integral) for p in pool_size)
    ):
        return [pair(pool_size)] * n_blocks
    return [pair(p) for p in pool_size]


def pool_time(maps, pooling):
    """Pool (batch, channels, bands, frames) over frames; bands keep their place."""
    if pooling is None:
        return maps
    pooled = {"mean": [maps.mean(-1)], "max": [maps.amax(-1)]}
    pooled["mean_max"] = pooled["mean"] + pooled["max"]
    return torch.cat(pooled[pooling], dim=1)


class CNNClassifier(NeuralClassifier):
    """Convolutional network over spectrograms.

    The default is a small residual network of 3x3 convolutions with batch
    normalization. The 5x5 ELU network of the MSD/GTZAN study this package started
    from is ``CNNClassifier(n_filters=(16, 32, 64), kernel_size=5, block="plain",
    norm=None, activation="elu", pooling=None, keep_bands=True, hidden_sizes=(512,),
    dropout=0.5)``.
    The short-chunk network of Won et al., for 128 mel bands of about 4 s, is
    ``CNNClassifier(n_filters=(128, 128, 256, 256, 256, 256, 512), pool_first=False,
    pooling="max", keep_bands=True, hidden_sizes=(512,), dropout=0.5)``; theirs has
    strides in the place of the pools, a residual block in the place of the first
    convolution, and one more batch normalization.

    See Also
    --------
    CRNNClassifier : Convolutions followed by recurrent layers.
    Slicer : Cuts clips into slices, which vote.

    References
    ----------
    He et al. (2016), "Deep residual learning for image recognition", CVPR.
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
        "n_filters": Sizes(
            (16, 32, 64, 128),
            "Filters of each convolution block; its length is the number of blocks.",
        ),
        "kernel_size": Pair(3, "Bands and frames seen by each filter."),
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
            choices=NORMS[1:],
            none=True,
        ),
        "activation": OneOf(
            "relu", "What follows each convolution.", choices=ACTIVATIONS
        ),
        "pool_first": Flag(
            True,
            "Whether a block pools behind its first convolution, before what follows "
            "there, or at its end. Normalization and activation of the full map are "
            "half the time of a training step, and this spares them.",
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
            "Whether the bands of the last maps keep their place, or are averaged, "
            "which gives fewer weights and better scores where songs are few.",
        ),
        "hidden_sizes": Sizes(
            (), "Fully connected layers before the output.", empty=True
        ),
        "dropout": Real(
            0.3,
            "Share of units dropped before each fully connected layer. With "
            "``pooling=None`` only behind the hidden layers.",
            low=0,
            high=1,
        ),
    }

    @property
    def _fixed_frames(self):
        return self.pooling is None


def check_pools(estimator):
    """Check that ``pool_size`` has one entry per block.

    Raises
    ------
    ValueError
        It names the estimator and both numbers.
    """
    n_blocks = len(estimator.n_filters)
    check_pool_count(estimator, len(spread(estimator.pool_size, n_blocks)), n_blocks)


def check_pool_count(estimator, n_pools, n_blocks):
    """Raise the error of `check_pools` if the two numbers differ."""
    if n_pools != n_blocks:
        raise ValueError(
            f"{type(estimator).__name__}: pool_size has {n_pools} entries, but "
            f"n_filters has {n_blocks}; give one per block, or one for all."
        )
