"""The code of users, by which a cache knows that it has changed."""

import contextlib
import functools
import sys
import types
from importlib import metadata
from pathlib import Path

from .digest import files_digest

_PLAIN = (str, int, float, type(None))


def modules_digest(modules):
    """Return a digest of the files of modules; None if one of them has none.

    Parameters
    ----------
    modules : iterable of str
        Names of modules that are imported.

    Returns
    -------
    digest : str or None
    """
    files = {getattr(sys.modules.get(name), "__file__", None) for name in modules}
    return None if None in files else files_digest(sorted(map(Path, files)))


def package_versions(*names):
    """Return the versions of packages by name, None for those that are not there."""
    found = {}
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return {name: found.get(name) for name in names}


def code_of(function, owner):
    """Return plain data that changes with what a function computes.

    Parameters
    ----------
    function : callable
    owner : str
        Name of the class whose parameter it is, for the error.

    Returns
    -------
    code : list
        Its name, the digest of its file, and the arguments bound by ``partial``.

    Raises
    ------
    ValueError
        If changes of its code or arguments would go unnoticed.
    """
    if isinstance(function, functools.partial):
        bound = [*function.args], function.keywords
        _check_plain([*function.args, *function.keywords.values()], owner)
        return [*code_of(function.func, owner), *bound]
    digest = (
        modules_digest([function.__module__]) if _is_in_a_module(function) else None
    )
    if digest is None:
        raise ValueError(
            f"{owner}: cache must be None for a function that is no function of a "
            "module in a file (a lambda, one of a notebook or within another function, "
            "a method, an object): its changes would go unnoticed. Put it into a "
            "module with def; functools.partial may bind arguments."
        )
    return [function.__module__, function.__qualname__, digest]


def _is_in_a_module(function):
    """Return whether a function is the one of that name in its module."""
    if not isinstance(function, types.FunctionType):
        return False
    home = sys.modules.get(function.__module__)
    return getattr(home, function.__qualname__, None) is function


def _check_plain(values, owner):
    """Refuse bound arguments whose changes would go unnoticed."""
    for value in values:
        if not isinstance(value, _PLAIN):
            raise ValueError(
                f"{owner}: cache must be None for a function with a bound argument "
                f"of type {type(value).__name__}, whose changes would go unnoticed. "
                "Bind strings, numbers or None."
            )
