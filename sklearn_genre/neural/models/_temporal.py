"""Convolutions over time only, and their classifier."""

import numbers

from torch import nn

from ..._utils.checks import check_choice, check_number, check_sizes
from .._classifier import NeuralClassifier
from ._cnn import check_pool_count, conv_stack
from ._layers import (
    ACTIVATIONS,
    NORMS,
    ConvBlock,
    activate_last,
    make_hidden,
    make_pool,
)

# n_filters and hidden_sizes of the two forms
VARIANTS = {
    "figure": ((256, 256, 512), (1024,)),
    "code": ((149, 73, 35), (8192,)),
}


class TemporalCNN(nn.Module):
    """Convolution blocks over time, fully connected layers.

    Parameters are those of `TemporalCNNClassifier`, and:

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
        variant,
        n_filters,
        kernel_size,
        pool_size,
        norm,
        activation,
        hidden_sizes,
        dropout,
    ):
        super().__init__()
        kind = dict(norm=norm, activation=activation)
        if variant == "figure":
            stack = time_stack(
                n_bands, n_frames, n_filters, kernel_size, pool_size, dropout, **kind
            )
        else:
            stack = conv_stack(
                (n_bands, n_frames),
                n_filters,
                [(pool, pool) for pool in pool_size],
                block="plain",
                dropout=dropout,
                kernel_size=(kernel_size, kernel_size),
                **kind,
            )
        self.channel_axis = 1 if variant == "code" else 2
        self.features, (n_channels, bands, frames) = stack
        self.hidden, width = make_hidden(
            n_channels * bands * frames,
            hidden_sizes,
            activation=activation,
            dropout=dropout,
        )
        self.out = nn.Linear(width, n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        maps = self.features(X.unsqueeze(self.channel_axis))
        return self.out(self.hidden(maps.flatten(1)))


def time_stack(n_bands, n_frames, n_filters, kernel_size, pools, dropout, **conv):
    """Unpadded convolutions over time with all bands as channels, each pooled.

    Returns
    -------
    stack : torch.nn.Sequential
        It takes maps of shape (batch, n_bands, 1, n_frames).
    shape : (int, int, int)
        Channels, bands (1) and frames of the output.
    """
    layers, n_in = [], n_bands
    for n_out, pool in zip(n_filters, pools, strict=True):
        kernel = min(kernel_size, n_frames)
        block = ConvBlock(n_in, n_out, kernel_size=(1, kernel), padding=0, **conv)
        pool_layer, (_, n_frames) = make_pool((1, pool), (1, n_frames - kernel + 1))
        layers += [*activate_last(block, pool_layer), nn.Dropout(dropout)]
        n_in = n_out
    return nn.Sequential(*layers), (n_in, 1, n_frames)


class TemporalCNNClassifier(NeuralClassifier):
    """Convolutions over time with all bands as channels.

    The default is the network in the figure of Lachmish's study, which follows a
    music recommender of van den Oord et al.: three convolutions of 4 frames without
    padding, each with a ReLU, max pooling over time and dropout, and a fully
    connected layer of 1024. 128 mel bands (or 13 MFCC) x 599 frames become 149, 73
    and 35 steps.

    Parameters
    ----------
    variant : {"figure", "code"}, default="figure"
        "figure": convolutions over time. "code": the study's public code, which took
        the lengths 149, 73 and 35 for numbers of filters, with square kernels,
        zero-padded, and square pools over bands and time.
    n_filters : sequence of int or None, default=None
        Filters of each convolution; its length is the number of convolutions. None
        means (256, 256, 512) for "figure", (149, 73, 35) for "code".
    kernel_size : int, default=4
        Frames, and bands for "code", seen by each filter. Clipped to the frames
        that are left.
    pool_size : int or sequence of int, default=(4, 2, 2)
        Frames, and bands for "code", pooled into one after each convolution.
        Clipped to the size of the map.
    norm : {"batch", "layer"} or None, default=None
        Normalization after each convolution.
    activation : {"relu", "elu", "gelu", "tanh"}, default="relu"
    hidden_sizes : sequence of int or None, default=None
        Fully connected layers before the output. None means (1024,) for "figure",
        (8192,) for "code".
    dropout : float, default=0.25
        Share of values dropped after each pool and each fully connected layer, in
        [0, 1].
    **training
        The parameters of `NeuralClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres, or the tags' column numbers.
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Number of bands.
    n_frames_in_ : int
        Number of frames in ``fit``; clips to predict must be as long.
    n_iter_ : int
        Number of epochs trained.
    multilabel_ : bool
        Whether ``y`` was an indicator matrix.

    See Also
    --------
    CNNClassifier : Convolutions over bands and time.

    Notes
    -----
    The study trained with Adam at ``lr=1e-3`` in batches of 64. Its code draws all
    weights from a normal distribution of standard deviation 1, which
    ``init="normal"`` does too, and which is enough to explain its low accuracy. For
    MFCC the code has two convolutions: ``TemporalCNNClassifier(variant="code",
    n_filters=(149, 73), pool_size=(4, 2), hidden_sizes=(1024,))``. It reads 2 mel
    or 5 MFCC vectors per window as channels, where this class has one.

    References
    ----------
    Lachmish (2016), "Music genre classification", Tel Aviv University.
    van den Oord et al. (2013), "Deep content-based music recommendation", NIPS.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import TemporalCNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "metal"], 10)
    >>> X = rng.normal(size=(20, 13, 60)).astype("float32")
    >>> X[10:, :4] += 2
    >>> clf = TemporalCNNClassifier(
    ...     n_filters=(16, 16), pool_size=(4, 2), max_epochs=10, random_state=0
    ... )
    >>> clf.fit(X, y).score(X, y)
    1.0
    """

    _fixed_frames = True

    def __init__(
        self,
        *,
        variant="figure",
        n_filters=None,
        kernel_size=4,
        pool_size=(4, 2, 2),
        norm=None,
        activation="relu",
        hidden_sizes=None,
        dropout=0.25,
        **training,
    ):
        super().__init__(**training)
        self.variant = variant
        self.n_filters = n_filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.norm = norm
        self.activation = activation
        self.hidden_sizes = hidden_sizes
        self.dropout = dropout

    def _network(self):
        check_choice(self, "variant", tuple(VARIANTS))
        check_choice(self, "norm", NORMS)
        check_choice(self, "activation", tuple(ACTIVATIONS))
        check_number(self, "kernel_size", kind=numbers.Integral, low=1)
        check_number(self, "dropout", low=0, high=1)
        n_filters, hidden_sizes = self._sizes()
        return TemporalCNN, dict(
            variant=self.variant,
            n_filters=n_filters,
            kernel_size=self.kernel_size,
            pool_size=self._pools(len(n_filters)),
            norm=self.norm,
            activation=self.activation,
            hidden_sizes=hidden_sizes,
            dropout=self.dropout,
        )

    def _sizes(self):
        """Filters and hidden units, those of the variant where None is given."""
        n_filters, hidden_sizes = VARIANTS[self.variant]
        if self.n_filters is not None:
            check_sizes(self, "n_filters")
            n_filters = tuple(self.n_filters)
        if self.hidden_sizes is not None:
            check_sizes(self, "hidden_sizes", empty=True)
            hidden_sizes = tuple(self.hidden_sizes)
        return n_filters, hidden_sizes

    def _pools(self, n_blocks):
        """One pool size per convolution."""
        if isinstance(self.pool_size, numbers.Integral):
            check_number(self, "pool_size", kind=numbers.Integral, low=1)
            return (self.pool_size,) * n_blocks
        check_sizes(self, "pool_size")
        check_pool_count(self, len(self.pool_size), n_blocks)
        return tuple(self.pool_size)
