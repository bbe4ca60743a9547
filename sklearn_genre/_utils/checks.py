"""Checks of parameters."""

import numbers

import numpy as np


def check_number(owner, name, *, kind=numbers.Real, low=None, high=None, none=False):
    """Check one numeric parameter of an estimator.

    Parameters
    ----------
    owner : object
        The estimator; the parameter is its attribute ``name``.
    name : str
    kind : type, default=numbers.Real
        ``numbers.Integral`` or ``numbers.Real``.
    low, high : number or None
        Inclusive bounds.
    none : bool, default=False
        Whether None is a legal value.

    Raises
    ------
    ValueError
        It names the estimator, the parameter, the legal range and the value given.
    """
    check_value(
        f"{type(owner).__name__}: {name}",
        getattr(owner, name),
        kind=kind,
        low=low,
        high=high,
        none=none,
    )


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


def check_choice(owner, name, choices):
    """Check a parameter that takes one of a few values.

    Raises
    ------
    ValueError
        It names the estimator, the parameter, the choices and the value given.
    """
    check_one_of(f"{type(owner).__name__}: {name}", getattr(owner, name), choices)


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


def check_names(owner, name, known):
    """Check a parameter that lists names.

    Parameters
    ----------
    owner : object
        Whose attribute it is; its class stands in the error.
    name : str
    known : iterable of str
        Names it may have, each at most once.

    Raises
    ------
    ValueError
        It names the parameter and what it can be.
    """
    value = getattr(owner, name)
    listed = isinstance(value, (list, tuple))
    if not listed or not value or len({*value}) < len(value):
        raise ValueError(
            f"{type(owner).__name__}: {name} must be a list or tuple of one or more "
            f"different names, got {value!r}."
        )
    for entry in value:
        if entry not in known:
            raise ValueError(
                f"{type(owner).__name__}: unknown statistic {entry!r} in {name}; known "
                f"are {', '.join(known)}."
            )


def check_sizes(estimator, name, *, empty=False):
    """Check a parameter that lists layer sizes.

    Raises
    ------
    ValueError
        It names the estimator and the parameter.
    """
    value = getattr(estimator, name)
    sizes = list(value) if isinstance(value, list | tuple | np.ndarray) else [None]
    legal = all(isinstance(s, numbers.Integral) and s >= 1 for s in sizes)
    if not legal or not (sizes or empty):
        raise ValueError(
            f"{type(estimator).__name__}: {name} must be a sequence of positive "
            f"integers{', possibly empty' if empty else ''}, got {value!r}."
        )
