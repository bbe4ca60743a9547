"""Rules for sizes: units of layers, kernels, pools."""

import numpy as np

from ._declared import Rule
from ._numbers import Integer

# larger layers or kernels are taken to be a typing error: a convolution of this size
# already needs minutes for one batch
_LARGEST_SIZE, _LARGEST_KERNEL = 2**20, 2**12
_SIZE = Integer(low=1, high=_LARGEST_SIZE)
_KERNEL = Integer(low=1, high=_LARGEST_KERNEL)


class Sizes(Rule):
    """Sequence of positive integers, such as the units of layers.

    Parameters
    ----------
    default : tuple of int or None
    doc : str
    empty : bool, default=False
        Whether it may have no entry.
    none : bool, default=False
        As for `Rule`.
    """

    type, annotation = "sequence of int", "Sequence[int]"
    largest = _LARGEST_SIZE

    def __init__(self, default, doc="", *, empty=False, none=False):
        super().__init__(default, doc, none=none)
        self.empty = empty

    @property
    def words(self):
        """Legal values, in words."""
        return f"a sequence of positive integers{', possibly empty' * self.empty}"

    def accepts(self, value, owner):
        """Return whether a value lists sizes."""
        if not isinstance(value, list | tuple | np.ndarray):
            return False
        legal = all(_SIZE.legal(entry, owner) for entry in value)
        return legal and (self.empty or len(value) > 0)

    def plain(self, value, owner):
        """Return a tuple of int, or None."""
        return None if value is None else tuple(map(int, value))


class Pair(Rule):
    """Positive integer, or two of them: bands and frames."""

    type, annotation = "int or (int, int)", "int | tuple[int, int]"
    largest = _LARGEST_KERNEL
    words = f"an integer in [1, {_LARGEST_KERNEL}] or a pair (bands, frames) of them"

    def accepts(self, value, owner):
        """Return whether a value is one size or two."""
        return _is_kernel(value) or _is_pair(value)

    def plain(self, value, owner):
        """Return (bands, frames)."""
        return _pair(value)


class Pools(Rule):
    """`Pair` for all blocks of a network, or one per block.

    Parameters
    ----------
    default : int or tuple
    doc : str
    per : str, default="n_filters"
        Name of the parameter with one entry per block.
    """

    type = "int, (int, int) or a sequence with one of those per block"
    annotation = "int | Sequence[int | tuple[int, int]]"

    def __init__(self, default, doc="", *, per="n_filters"):
        super().__init__(default, doc)
        self.per = per

    @property
    def words(self):
        """Legal values, in words."""
        return f"{Pair.words}, or a sequence with one of those per entry of {self.per}"

    def accepts(self, value, owner):
        """Return whether a value is one size, two, or a sequence of these."""
        if _is_kernel(value) or _is_pair(value):
            return True
        listed = isinstance(value, list | tuple) and len(value) > 0
        return listed and all(_is_kernel(one) or _is_pair(one) for one in value)

    def check(self, owner, name):
        """Check the entries, and that there is one per block."""
        super().check(owner, name)
        n_blocks = self.n_blocks(owner)
        n_pools = len(self.plain(getattr(owner, name), owner))
        if n_pools != n_blocks:
            raise ValueError(
                f"{type(owner).__name__}: {name} has {n_pools} entries, but {self.per} "
                f"has {n_blocks}; give one per block, or one for all."
            )

    def plain(self, value, owner):
        """Return a list with (bands, frames) per block."""
        if _is_kernel(value) or _is_pair(value):
            return [_pair(value)] * self.n_blocks(owner)
        return [_pair(one) for one in value]

    def n_blocks(self, owner):
        """Return the number of entries that the other parameter has or implies."""
        return len(owner._rules[self.per].plain(getattr(owner, self.per), owner))


def _is_kernel(value):
    return _KERNEL.legal(value, None)


def _is_pair(value):
    listed = isinstance(value, list | tuple | np.ndarray)
    return listed and len(value) == 2 and all(_is_kernel(one) for one in value)


def _pair(value):
    bands, frames = (value, value) if _is_kernel(value) else value
    return int(bands), int(frames)
