"""What every data set has in common: the Bunch, names, checks, messages."""

import csv
from importlib import resources

import numpy as np
from sklearn.utils import Bunch

from .._utils.text import listed


def make_bunch(
    paths, target, *, target_names=None, groups=None, split=None, descr, **more
):
    """A data set in its one form.

    Parameters
    ----------
    paths : sequence of path-like or None
    target : sequence of str, ndarray of shape (n, n_tags) or None
    target_names : sequence of str or None, default=None
        The tags, if target is an indicator matrix; the sorted genres otherwise.
    groups, split : sequence or None
        One entry a clip.
    descr : str
    **more : object
        Further fields of the Bunch.

    Returns
    -------
    data : Bunch
    """
    if target is not None and target_names is None:
        target = np.asarray(target, dtype=str)
        target_names = np.unique(target)
    return Bunch(
        paths=None if paths is None else np.array([str(p) for p in paths], dtype=str),
        target=target,
        target_names=None if target_names is None else np.asarray(target_names, str),
        groups=None if groups is None else np.asarray(groups, dtype=str),
        split=None if split is None else np.asarray(split, dtype=str),
        DESCR=descr,
        **more,
    )


def check_extensions(extensions):
    """File name endings as a tuple of lower-case strings with a leading dot.

    Raises
    ------
    ValueError
        If it is empty, a bare string or holds anything but strings.
    """
    if isinstance(extensions, str):
        raise ValueError(
            f"extensions must be a sequence such as ('.wav', '.mp3'), got the string "
            f"{extensions!r}."
        )
    known = tuple(extensions)
    if not known or not all(isinstance(e, str) and e.strip(".") for e in known):
        raise ValueError(
            f"extensions must hold file name endings such as '.wav', got {known!r}."
        )
    return tuple("." + e.lower().lstrip(".") for e in known)


def bundled(name):
    """A file that comes with the package."""
    return resources.files(__package__) / "data" / name


def read_bundled(name):
    """Rows of a table that comes with the package, as dicts."""
    with bundled(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def present(paths, *, what, allow_partial):
    """Which files of a data set are there.

    Parameters
    ----------
    paths : list of Path
    what : str
        The data set, for the error.
    allow_partial : bool
        Whether some may be missing or empty.

    Returns
    -------
    there : list of bool

    Raises
    ------
    ValueError
        If a file is missing or empty and not ``allow_partial``, or if none is there.
    """
    sizes = [path.stat().st_size if path.is_file() else None for path in paths]
    there = [bool(size) for size in sizes]
    missing = [path for path, size in zip(paths, sizes, strict=True) if size is None]
    empty = [path for path, size in zip(paths, sizes, strict=True) if size == 0]
    if not any(there) or ((missing or empty) and not allow_partial):
        parts = [
            f"{len(group)} are {state}: {listed(group, 5)}"
            for group, state in ((missing, "missing"), (empty, "empty"))
            if group
        ]
        way_out = (
            ", or pass allow_partial=True to take the others" if any(there) else ""
        )
        raise ValueError(
            f"of {len(paths)} audio files of {what}, {'; '.join(parts)}. Restore "
            f"them{way_out}."
        )
    return there
