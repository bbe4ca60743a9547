"""Convolutions over time only, and their classifier."""

from torch import nn

from ...parameters import Integer, OneOf, Pools, Real, Sizes
from .._classifier import NeuralClassifier
from .._engine.rules import LONGEST_KERNEL
from ._layers import (
    ACTIVATIONS,
    NORMS,
    ConvBlock,
    activate_last,
    conv_stack,
    make_hidden,
    make_pool,
)

VARIANTS = ("figure", "code")


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
    """Return pooled, unpadded convolutions over time with all bands as channels.

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


class OfVariant(Sizes):
    """Sizes, or None for those of the variant.

    Parameters
    ----------
    doc : str
    empty : bool, default=False
        As for `Sizes`.
    **known : sequence of int
        What None means in each variant.
    """

    def __init__(self, doc, *, empty=False, **known):
        means = " and ".join(f'{sizes} for "{name}"' for name, sizes in known.items())
        super().__init__(None, f"{doc} None means {means}.", empty=empty, none=True)
        self.known = known

    def plain(self, value, owner):
        """Return a tuple of int."""
        sizes = self.known[owner.variant] if value is None else value
        return super().plain(sizes, owner)


class TimePools(Pools):
    """Positive integer for all convolutions, or one per convolution."""

    type = "int or sequence of int"
    annotation = "int | Sequence[int]"
    words = (
        f"an integer in [1, {LONGEST_KERNEL}] or a sequence of them, one per entry of "
        "n_filters"
    )

    def accepts(self, value, owner):
        """Return whether it is the length of a pool, or several."""
        length = Integer(low=1, high=LONGEST_KERNEL)
        several = isinstance(value, list | tuple) and len(value) > 0
        return all(length.legal(one, owner) for one in (value if several else [value]))

    def plain(self, value, owner):
        """Return a tuple of int, one per convolution."""
        listed = isinstance(value, list | tuple)
        return tuple(map(int, value if listed else [value] * self.n_blocks(owner)))


class TemporalCNNClassifier(NeuralClassifier):
    """Convolutions over time with all bands as channels.

    The default is the network in the figure of Lachmish's study, which follows a
    music recommender of van den Oord et al.: three convolutions of 4 frames without
    padding, each with a ReLU, max pooling over time and dropout, and a fully
    connected layer of 1024. 128 mel bands (or 13 MFCC) x 599 frames become 149, 73
    and 35 steps.

    Attributes
    ----------
    n_frames_in_ : int
        Number of frames in ``fit``; clips to predict must have the same length, give or
        take 2 %.

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

    _module = TemporalCNN
    _architecture = {
        "variant": OneOf(
            "figure",
            """
            "figure": convolutions over time. "code": the study's public code, which
            took the lengths 149, 73 and 35 for numbers of filters, with square kernels,
            zero-padded, and square pools over bands and time.
            """,
            choices=VARIANTS,
        ),
        "n_filters": OfVariant(
            "Filters of each convolution; its length is the number of convolutions.",
            figure=(256, 256, 512),
            code=(149, 73, 35),
        ),
        "kernel_size": Integer(
            4,
            'Frames, and bands for "code", seen by each filter. Clipped to the frames '
            "that are left.",
            low=1,
            high=LONGEST_KERNEL,
        ),
        "pool_size": TimePools(
            (4, 2, 2),
            'Frames, and bands for "code", pooled into one after each convolution. '
            "Clipped to the size of the map.",
        ),
        "norm": OneOf(
            None, "Normalization after each convolution.", choices=NORMS, none=True
        ),
        "activation": OneOf(
            "relu",
            "Activation after each convolution and each fully connected layer.",
            choices=ACTIVATIONS,
        ),
        "hidden_sizes": OfVariant(
            "Fully connected layers before the output.",
            empty=True,
            figure=(1024,),
            code=(8192,),
        ),
        "dropout": Real(
            0.25,
            "Share of values dropped after each pool and each fully connected layer.",
            low=0,
            high=1,
        ),
    }
