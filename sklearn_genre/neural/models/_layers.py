"""Layers shared by the networks. Shapes are (batch, channels, bands, frames)."""

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {"elu": nn.ELU, "relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}
RISING = (nn.ELU, nn.ReLU, nn.Tanh)
NORMS = (None, "batch", "layer")
INITS = {
    None: None,
    "he": nn.init.kaiming_normal_,
    "xavier": nn.init.xavier_normal_,
    "normal": nn.init.normal_,
}


class Standardized(nn.Module):
    """A network behind a per-band standardization of its input.

    Parameters
    ----------
    network : type
        Class of the network; built as ``network(n_bands=n_bands, **params)``.
    n_bands : int
    mean, scale : list of float of length n_bands, or None
        None leaves the input as it is.
    init : {"he", "xavier", "normal"}, float or None
        As for `init_weights`; None leaves the weights as the layers draw them.
    **params : dict
        The network's other parameters.
    """

    def __init__(self, network, n_bands, mean=None, scale=None, init=None, **params):
        super().__init__()
        mean = [0.0] * n_bands if mean is None else mean
        scale = [1.0] * n_bands if scale is None else scale
        for name, value in (("mean", mean), ("scale", scale)):
            column = torch.tensor(value, dtype=torch.float64)[:, None]
            self.register_buffer(name, column)
        self.network = network(n_bands=n_bands, **params)
        if init is not None:
            init_weights(self.network, init)

    def forward(self, X, *more):
        """Map (batch, n_bands, n_frames), and further inputs, to what it gives."""
        return self.network((X - self.mean) / self.scale, *more)


def init_weights(network, init):
    """Draw the initial weights anew; normalization keeps its own.

    Parameters
    ----------
    network : torch.nn.Module
    init : {"he", "xavier", "normal"} or float
        "he" and "xavier" are for weights, with biases of zero. "normal" draws both
        from the standard normal distribution, a number from one of that standard
        deviation.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d | nn.GroupNorm):
            continue
        for values in module.parameters(recurse=False):
            if not isinstance(init, str):
                nn.init.normal_(values, std=init)
            elif init == "normal" or values.dim() > 1:
                INITS[init](values)
            else:
                nn.init.zeros_(values)


def pair(size):
    """An int as (int, int); a pair (bands, frames) unchanged."""
    return (size, size) if isinstance(size, int) else tuple(size)


def make_norm(kind, n_channels):
    """Normalization layer: "batch", "layer" (one group) or None."""
    if kind == "batch":
        return nn.BatchNorm2d(n_channels)
    return nn.GroupNorm(1, n_channels) if kind == "layer" else nn.Identity()


def make_pool(pool_size, size, *, ceil=True):
    """Max pooling clipped to the map; returns the layer and the map's new size.

    Parameters
    ----------
    pool_size : (int, int)
        Bands and frames pooled into one.
    size : (int, int)
        Bands and frames of the map.
    ceil : bool, default=True
        Whether a last pool that is not full counts; False leaves it out.
    """
    pool = tuple(min(p, s) for p, s in zip(pool_size, size, strict=True))
    pooled = tuple(
        -(-s // p) if ceil else s // p for p, s in zip(pool, size, strict=True)
    )
    layer = nn.Identity() if pool == (1, 1) else nn.MaxPool2d(pool, ceil_mode=ceil)
    return layer, pooled


def clip_kernel(kernel_size, length):
    """Length of a kernel without the taps that only ever meet padding.

    A map of ``length`` reaches 2 * length - 1 taps of a centered kernel.
    """
    return min(kernel_size, 2 * length - 1)


class SameConv2d(nn.Conv2d):
    """Convolution that keeps the size of the map, of even kernels too.

    Zeros stand on both sides, one more behind where their number is odd.
    """

    def __init__(self, n_in, n_out, kernel_size):
        bands, frames = pair(kernel_size)
        padding = ((bands - 1) // 2, (frames - 1) // 2)
        super().__init__(n_in, n_out, (bands, frames), padding=padding)
        self.behind = (0, 1 - frames % 2, 0, 1 - bands % 2)

    def forward(self, X):
        """Map (batch, n_in, bands, frames) to (batch, n_out, bands, frames)."""
        return super().forward(F.pad(X, self.behind) if any(self.behind) else X)


class ConvBlock(nn.Sequential):
    """Convolution, normalization, activation: the plain block.

    ``padding`` in bands and frames takes the place of that which keeps the size, and
    ``pool`` stands behind the convolution.
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

    ``pool`` stands behind the first convolution, and before the shortcut.
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

        Both sizes of the map are those before and behind the pool, if there is one.
        """
        return self.activation(self.body(X) + self.shortcut(self.pool(X)))


BLOCKS = {"plain": ConvBlock, "residual": ResidualBlock}


def activate_last(block, pool):
    """A block and the pool behind it, with the activation behind both if it rises.

    The largest value of a rising function is the function of the largest value: the
    numbers stay the same, and the activation, a quarter of the training time of a
    CRNN where it stands before the pool, sees a fraction of the map.

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


def make_hidden(n_in, hidden_sizes, *, activation, dropout):
    """Fully connected layers, each with dropout behind; returns them and the width."""
    layers = []
    for n_out in hidden_sizes:
        layers += [
            nn.Linear(n_in, n_out),
            ACTIVATIONS[activation](),
            nn.Dropout(dropout),
        ]
        n_in = n_out
    return nn.Sequential(*layers), n_in
