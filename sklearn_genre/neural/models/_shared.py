"""Parameters that several networks have, with one text each."""

from ...parameters import Integer, OneOf, Pair, Real, Sizes
from ._layers import ACTIVATIONS, NORMS


def activation(default):
    """Declare the activation of the convolutions.

    Parameters
    ----------
    default : str

    Returns
    -------
    rule : Rule
    """
    return OneOf(default, "Activation after each convolution.", choices=ACTIVATIONS)


def norm(default="batch"):
    """Declare the normalization; see `activation`."""
    return OneOf(
        default, "Normalization before each activation.", choices=NORMS, none=True
    )


def n_filters(default):
    """Declare the filters of the convolutions; see `activation`."""
    return Sizes(
        default, "Filters of each convolution; its length is the number of blocks."
    )


def kernel_size(default=3):
    """Declare the size of the filters; see `activation`."""
    return Pair(default, "Bands and frames seen by each filter.")


def n_channels():
    """Declare the channels of the input; see `activation`."""
    return Integer(
        1,
        "Spectrograms of one size that stand one above the other in the bands of X, as "
        ":class:`BandUnion` puts them, and are the channels of one image: filters of "
        "the first layer see the same band and frame of all. Masks and shifts of "
        "``augmentation`` take the bands of all for those of one.",
        low=1,
    )


def hidden_sizes(default):
    """Declare the layers after the convolutions; see `activation`."""
    return Sizes(default, "Fully connected layers before the output.", empty=True)


def output_dropout(default):
    """Declare the dropout before the output; see `activation`."""
    return Real(
        default, "Share of units dropped before the output layer.", low=0, high=1
    )
