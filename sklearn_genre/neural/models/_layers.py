"""Layers shared by the networks. Shapes are (batch, channels, bands, frames)."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {"elu": nn.ELU, "relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}
RISING = (nn.ELU, nn.ReLU, nn.Tanh)
NORMS = ("batch", "layer")
GLOBAL_POOLINGS = ("mean", "max", "mean_max")


def make_norm(kind, n_channels, *, eps=1e-5):
    """Return the normalization layer "batch", "layer" (one group) or None."""
    if kind == "batch":
        return nn.BatchNorm2d(n_channels, eps=eps)
    return nn.GroupNorm(1, n_channels, eps) if kind == "layer" else nn.Identity()


def make_pool(pool_size, size, *, ceil=True):
    """Return max pooling clipped to the map, and the map's new size.

    Parameters
    ----------
    pool_size : (int, int)
        Bands and frames pooled into one.
    size : (int, int)
        Bands and frames of the map.
    ceil : bool, default=True
        Whether a last pool that is not full counts; False leaves it out.

    Returns
    -------
    layer : torch.nn.Module
    pooled : (int, int)
    """
    pool = tuple(min(p, s) for p, s in zip(pool_size, size, strict=True))
    pooled = tuple(
        -(-s // p) if ceil else s // p for p, s in zip(pool, size, strict=True)
    )
    layer = nn.Identity() if pool == (1, 1) else nn.MaxPool2d(pool, ceil_mode=ceil)
    return layer, pooled


def clip_kernel(kernel_size, length):
    """Return the length of a kernel without the taps that only ever meet padding.

    A map of ``length`` reaches 2 * length - 1 taps of a centered kernel.
    """
    return min(kernel_size, 2 * length - 1)


class SameConv2d(nn.Conv2d):
    """Convolution that keeps the size of the map, with even kernels too.

    Zeros are added on both sides, one more at the end where their number is odd.
    """

    def __init__(self, n_in, n_out, kernel_size):
        bands, frames = kernel_size
        padding = ((bands - 1) // 2, (frames - 1) // 2)
        super().__init__(n_in, n_out, kernel_size, padding=padding)
        self.behind = (0, 1 - frames % 2, 0, 1 - bands % 2)

    def forward(self, X):
        """Map (batch, n_in, bands, frames) to (batch, n_out, bands, frames)."""
        return super().forward(F.pad(X, self.behind) if any(self.behind) else X)


class ConvBlock(nn.Sequential):
    """Convolution, normalization, activation: the plain block.

    ``padding`` in bands and frames replaces the one that keeps the size, and ``pool``
    follows the convolution.
    """

    def __init__(
        self, n_in, n_out, *, kernel_size, norm, activation, padding=None, pool=None
    ):
        if padding is None:
            conv = SameConv2d(n_in, n_out, kernel_size)
        else:
            conv = nn.Conv2d(n_in, n_out, kernel_size, padding=padding)
        super().__init__(
            conv,
            *([] if pool is None else [pool]),
            make_norm(norm, n_out),
            ACTIVATIONS[activation](),
        )


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut (He et al. 2016), activation last.

    ``pool`` follows the first convolution, and comes before the shortcut.
    """

    def __init__(self, n_in, n_out, *, kernel_size, pool=None, **conv):
        super().__init__()
        first = ConvBlock(n_in, n_out, kernel_size=kernel_size, pool=pool, **conv)
        self.body = nn.Sequential(
            *first,
            SameConv2d(n_out, n_out, kernel_size),
            make_norm(conv["norm"], n_out),
        )
        self.pool = nn.Identity() if pool is None else pool
        self.shortcut = nn.Identity() if n_in == n_out else nn.Conv2d(n_in, n_out, 1)
        self.activation = ACTIVATIONS[conv["activation"]]()

    def forward(self, X):
        """Map (batch, n_in, bands, frames) to (batch, n_out, bands, frames).

        A pool makes the second map smaller than the first.
        """
        return self.activation(self.body(X) + self.shortcut(self.pool(X)))


BLOCKS = {"plain": ConvBlock, "residual": ResidualBlock}


def activate_last(block, pool):
    """Return a block and its pool, the activation moved after both.

    The maximum of an increasing function is the function of the maximum: the numbers
    stay the same, and the activation, which takes a quarter of the training time of a
    CRNN when it comes before the pool, sees a fraction of the map. An activation that
    is not monotonic stays where it is.

    Parameters
    ----------
    block : ConvBlock or ResidualBlock
    pool : torch.nn.Module

    Returns
    -------
    layers : list of (block, torch.nn.Module)
    """
    activation = block[-1] if isinstance(block, ConvBlock) else block.activation
    if not (isinstance(pool, nn.MaxPool2d) and isinstance(activation, RISING)):
        return [block, pool]
    if isinstance(block, ConvBlock):
        block[-1] = nn.Identity()
    else:
        block.activation = nn.Identity()
    return [block, nn.Sequential(pool, activation)]


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
    n_channels=1,
    **conv,
):
    """Return blocks of convolution and pooling.

    Parameters
    ----------
    size : (int, int)
        Bands and frames of the input.
    n_filters : sequence of int
        Output channels of each block.
    pool_size : sequence of (int, int)
        Bands and frames pooled into one by each block.
    block : {"plain", "residual"}
    kernel_size : (int, int)
        Bands and frames seen by each filter, without the taps that only meet padding.
    pool_first : bool, default=False
        Whether pools follow the first convolution of a block.
    dropout : float, default=0.0
        Share of values dropped after each block.
    ceil : bool, default=True
        Whether a last pool that is not full counts.
    n_channels : int, default=1
        Of the input.
    **conv : dict
        Further parameters of the block.

    Returns
    -------
    stack : torch.nn.Sequential
    shape : (int, int, int)
        Channels, bands and frames of the output.
    """
    layers, n_in = [], n_channels
    for n_out, pool in zip(n_filters, pool_size, strict=True):
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


def n_bands_of_channels(n_bands, n_channels):
    """Return the bands of each channel; `as_channels` makes them.

    Raises
    ------
    ValueError
        If the channels would not have as many bands each.
    """
    if n_bands % n_channels:
        raise ValueError(
            f"n_channels={n_channels} must divide the number of bands of X, which is "
            f"{n_bands}: every channel has as many bands as the others."
        )
    return n_bands // n_channels


def as_channels(X, n_channels):
    """Make (batch, n_bands, n_frames) images of some channels, one after another."""
    # exported graphs keep the sizes that are read here, but for the -1
    return X.reshape(-1, n_channels, X.shape[1] // n_channels, X.shape[2])


def maxima(maps, axis):
    """Return the largest values along an axis.

    The gradient of ``amax`` looks for the places that equal the maximum. A network
    compiled in bfloat16 holds the two in different digits, finds no such place, and
    divides by their number: NaN. That of ``max`` knows the place.
    """
    # without gradients amax is the faster one
    return maps.max(axis).values if torch.is_grad_enabled() else maps.amax(axis)


def pool_time(maps, pooling):
    """Pool (batch, channels, bands, frames) over frames; bands stay separate."""
    if pooling is None:
        return maps
    pooled = {"mean": [maps.mean(-1)], "max": [maxima(maps, -1)]}
    pooled["mean_max"] = pooled["mean"] + pooled["max"]
    return torch.cat(pooled[pooling], dim=1)


def make_hidden(n_in, hidden_sizes, *, activation, dropout):
    """Return fully connected layers, each followed by dropout, and their width."""
    layers = []
    for n_out in hidden_sizes:
        layers += [
            nn.Linear(n_in, n_out),
            ACTIVATIONS[activation](),
            nn.Dropout(dropout),
        ]
        n_in = n_out
    return nn.Sequential(*layers), n_in
