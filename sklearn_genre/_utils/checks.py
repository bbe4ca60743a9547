"""Checks of the arguments of functions."""

import numbers


def check_value(name, value, *, kind=numbers.Integral, low=1, high=None, none=False):
    """Check one numeric argument of a function.

    Parameters
    ----------
    name : str
        What to call it in the error.
    value : object
    kind : type, default=numbers.Integral
        ``numbers.Integral`` or ``numbers.Real``.
    low, high : number or None
        Inclusive bounds.
    none : bool, default=False
        Whether None is a legal value.

    Raises
    ------
    ValueError
        It names the argument, the legal range and the value given.
    """
    if value is None and none:
        return
    legal = isinstance(value, kind) and not isinstance(value, bool)
    if legal and (low is None or value >= low) and (high is None or value <= high):
        return
    what = "an integer" if kind is numbers.Integral else "a number"
    bounds = "" if low is None else f" >= {low}"
    bounds += "" if high is None else f"{' and' if bounds else ''} <= {high}"
    or_none = " or None" if none else ""
    raise ValueError(f"{name} must be {what}{bounds}{or_none}, got {value!r}.")


def check_one_of(name, value, choices):
    """Check an argument of a function that takes one of a few values.

    Raises
    ------
    ValueError
        It names the argument, the choices and the value given.
    """
    if not any(value is c or (isinstance(value, str) and value == c) for c in choices):
        legal = ", ".join(repr(c) for c in choices)
        raise ValueError(f"{name} must be one of {legal}, got {value!r}.")
