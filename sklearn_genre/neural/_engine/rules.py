"""Rules for the parameters that only networks have."""

import torch
from skorch.callbacks import Callback

from ...parameters import OneOf, Pair, Rule, Sizes
from .build import OPTIMIZERS

# more units or filters, layers and taps than this are taken to be a typing error
MOST_UNITS, MOST_LAYERS, LONGEST_KERNEL = Sizes.largest, 1000, Pair.largest


class Optimizer(OneOf):
    """Name of an optimizer, or a torch optimizer class."""

    def __init__(self, default, doc=""):
        super().__init__(default, doc, choices=OPTIMIZERS)

    def accepts(self, value, owner):
        """Return whether it is a known name or a class of optimizers."""
        own = isinstance(value, type) and issubclass(value, torch.optim.Optimizer)
        return own or super().accepts(value, owner)

    def describe(self, owner=None):
        """Return the names, and the class that others must derive from."""
        return f"{super().describe(owner)} or a subclass of torch.optim.Optimizer"

    @property
    def type(self):
        """The names, and the class that others must derive from."""
        return f"{super().type} or subclass of torch.optim.Optimizer"

    annotation = "str | type"


class Callbacks(Rule):
    """List of skorch callbacks, named or not; None is legal."""

    type, annotation = "list of skorch callbacks", "list[Any]"
    words = "a list of skorch callbacks or of (name, callback) pairs"

    def __init__(self, default, doc=""):
        super().__init__(default, doc, none=True)

    def accepts(self, value, owner):
        """Return whether every entry is a callback, or a name and a callback."""
        return isinstance(value, list | tuple) and all(map(_is_callback, value))


def _is_callback(entry):
    named = isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str)
    one = entry[1] if named else entry
    kind = one if isinstance(one, type) else type(one)
    return issubclass(kind, Callback)
