"""Standardization of the input, and initial weights, of any network."""

import torch
from torch import nn

INITS = {
    "he": nn.init.kaiming_normal_,
    "xavier": nn.init.xavier_normal_,
    "normal": nn.init.normal_,
}


class Standardized(nn.Module):
    """A network after a per-band standardization of its input.

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
        """Apply the network to standardized X (batch, n_bands, n_frames) and more."""
        return self.network((X - self.mean) / self.scale, *more)


def init_weights(network, init):
    """Redraw the initial weights; normalization layers keep theirs.

    Parameters
    ----------
    network : torch.nn.Module
    init : {"he", "xavier", "normal"} or float
        "he" and "xavier" draw weights, with biases of zero. "normal" draws both from
        the standard normal distribution, a number from a normal distribution of that
        standard deviation.
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
