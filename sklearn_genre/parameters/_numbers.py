"""Rules for numbers and for what is given as a number."""

import math
import numbers

import numpy as np

from ._declared import Rule


class _Number(Rule):
    """Number in a range, whose ends may be names of other parameters."""

    kind, noun = numbers.Real, "a number"

    def __init__(
        self, default=None, doc="", *, low=None, high=None, closed="both", none=False
    ):
        super().__init__(default, doc, none=none)
        self.low, self.high, self.closed = low, high, closed

    def accepts(self, value, owner):
        """Return whether a value is such a number, finite and in the range."""
        if not isinstance(value, self.kind) or isinstance(value, bool):
            return False
        low, high = (_end(end, owner) for end in (self.low, self.high))
        above = low is None or value > low or (value == low and self._closed("left"))
        below = (
            high is None or value < high or (value == high and self._closed("right"))
        )
        return math.isfinite(value) and above and below

    def _closed(self, side):
        return self.closed in (side, "both")

    def _bounds(self, show=lambda end: end):
        """Return the ends that exist as (sign, end)."""
        signs = (
            ">=" if self._closed("left") else ">",
            "<=" if self._closed("right") else "<",
        )
        ends = zip(signs, (self.low, self.high), strict=True)
        return [(sign, show(end)) for sign, end in ends if end is not None]

    def describe(self, owner=None):
        """Return what is legal, in words for an error."""

        def show(end):
            known = isinstance(end, str) and owner is not None
            return f"{end} ({getattr(owner, end)!r})" if known else end

        bounds = " and ".join(f"{sign} {end}" for sign, end in self._bounds(show))
        return f"{self.noun} {bounds}".strip() + (" or None" if self.none else "")

    @property
    def type(self):
        """Type and range, as "int >= 1" or "float in [0, 1)"."""
        if self.low is None or self.high is None:
            return " ".join([self.annotation, *(f"{s} {e}" for s, e in self._bounds())])
        left = "[" if self._closed("left") else "("
        right = "]" if self._closed("right") else ")"
        return f"{self.annotation} in {left}{self.low}, {self.high}{right}"


def _end(end, owner):
    """Return an end of a range: a number, or the value of the parameter it names."""
    return getattr(owner, end) if isinstance(end, str) else end


class Integer(_Number):
    """Integer in a range; no bool.

    Parameters
    ----------
    default : int or None
    doc : str
    low, high : int, str or None, default=None
        Ends of the range, or names of the parameters that give them.
    closed : {"both", "left", "right", "neither"}, default="both"
        Which ends belong to the range.
    none : bool, default=False
        As for `Rule`.
    """

    kind, noun, annotation = numbers.Integral, "an integer", "int"

    def plain(self, value, owner):
        """Return an int, or None."""
        return None if value is None else int(value)


class Real(_Number):
    """Finite number in a range; no bool. Parameters as for `Integer`."""

    annotation = "float"

    def plain(self, value, owner):
        """Return a float, or None."""
        return None if value is None else float(value)


class Flag(Rule):
    """True or False, and nothing that merely evaluates to one of them."""

    type = annotation = "bool"
    words = "True or False"

    def accepts(self, value, owner):
        """Return whether a value is a bool, of Python or NumPy."""
        return isinstance(value, bool | np.bool_)

    def plain(self, value, owner):
        """Return a bool."""
        return bool(value)


class Seed(Rule):
    """Seed of random numbers, as in scikit-learn; None is legal."""

    type = "int in [0, 2**32 - 1], RandomState instance"
    annotation = "int | np.random.RandomState"
    words = "an integer in [0, 2**32 - 1], a numpy.random.RandomState"

    def __init__(self, default=None, doc=""):
        super().__init__(default, doc, none=True)

    def accepts(self, value, owner):
        """Return whether a value is a seed or a generator of NumPy."""
        if isinstance(value, np.random.RandomState):
            return True
        return _SEED.legal(value, owner)


class Jobs(Rule):
    """Number of jobs for joblib; None is legal."""

    type, annotation = "int", "int"
    words = "an integer other than 0 (-1 for all processors)"

    def __init__(self, default=None, doc=""):
        super().__init__(default, doc, none=True)

    def accepts(self, value, owner):
        """Return whether a value is an integer other than 0."""
        return _INTEGER.legal(value, owner) and value != 0


class Verbosity(Rule):
    """Amount of printed output: a count, or a bool."""

    type, annotation = "int >= 0", "int"
    words = "an integer >= 0"

    def accepts(self, value, owner):
        """Return whether a value is a bool or a count."""
        return _FLAG.legal(value, owner) or _COUNT.legal(value, owner)


_INTEGER, _COUNT, _SEED = Integer(), Integer(low=0), Integer(low=0, high=2**32 - 1)
_FLAG = Flag()
