"""Labels of rows: lists of hashable objects, None for unknown ones."""

from collections import Counter

import numpy as np

from .names import plain_label


def is_missing(label):
    """Return whether a label is unknown: None, NaN, NaT or pandas' NA."""
    if label is None:
        return True
    try:
        return bool(label != label)
    except TypeError:  # pandas' NA has no truth value
        return True


def refuse_missing(y):
    """Raise if a row has no label; what holds only numbers is checked elsewhere.

    Parameters
    ----------
    y : array-like of shape (n,), or anything else, which passes

    Raises
    ------
    ValueError
        If a label is None, NaN or pandas' NA; it names the row.
    """
    one_each = isinstance(y, list | tuple) or getattr(y, "ndim", None) == 1
    kind = getattr(getattr(y, "dtype", None), "kind", "O")
    if not one_each or kind not in ("O", "T"):  # objects and strings
        return
    # NumPy would make the name "nan" of a NaN between names
    rows = [i for i, c in enumerate(y) if np.ndim(c) == 0 and is_missing(c)]
    if rows:
        more = f" and {len(rows) - 1} other rows" if rows[1:] else ""
        raise ValueError(
            f"y has no label in row {rows[0]}{more}. Give each clip a label, or leave "
            "out those without one."
        )


def label_list(labels, name, n):
    """Return labels as a list of n hashable objects, None for unknown ones.

    Names are in plain form, so that one name in two spellings is one label.

    Parameters
    ----------
    labels : array-like of shape (n,)
    name : str
        Parameter name, for error messages.
    n : int or None
        Number of rows; None takes what there is.

    Returns
    -------
    labels : list

    Raises
    ------
    ValueError
        If there is not one label per row.
    TypeError
        If a label cannot be compared by hash, such as a list.
    """
    if isinstance(labels, str) or not hasattr(labels, "__len__"):
        raise ValueError(f"{name} must be one label per row, got {labels!r}.")
    shape = getattr(labels, "shape", (len(labels),))
    if len(shape) != 1:
        raise ValueError(f"{name} must be one label per row, got shape {shape}.")
    labels = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    if n is not None and len(labels) != n:
        raise ValueError(
            f"{name} must be one label per row: X has {n} rows, {name} has "
            f"{len(labels)} labels."
        )
    for i, label in enumerate(labels):
        try:
            hash(label)
        except TypeError:
            raise TypeError(
                f"{name}[{i}] is {label!r}, which cannot be a label because it is not "
                "hashable. Use strings, numbers or tuples, one per row."
            ) from None
    return [None if is_missing(label) else plain_label(label) for label in labels]


def to_codes(labels):
    """Number labels in order of first appearance; every None is a separate group.

    Parameters
    ----------
    labels : list of hashable
        From :func:`label_list`.

    Returns
    -------
    codes : ndarray of shape (n,)
        0, 1, ..., n_codes - 1.
    names : list
        The label of each code.
    """
    seen, names = {}, []
    codes = np.empty(len(labels), dtype=np.intp)
    for i, label in enumerate(labels):
        key = (i,) if label is None else ("label", label)
        if key not in seen:
            seen[key] = len(names)
            names.append(label)
        codes[i] = seen[key]
    return codes, names


def count_owners(classes, owners):
    """Count the owners of each class.

    Parameters
    ----------
    classes : sequence of length n
        Class of each row; None where it does not count.
    owners : sequence of length n
        What no fold divides: songs, artists, copies of one song.

    Returns
    -------
    counts : Counter of class to int
        In the order of the classes.
    """
    pairs = {(c, o) for c, o in zip(classes, owners, strict=True) if c is not None}
    return Counter(sorted(c for c, _ in pairs))


def smallest_class(counts):
    """Return the class that sets how many folds there can be, and its owners' number.

    A class of a single owner cannot be on both sides of a split, however many folds
    there are, so it counts only where there are no others.
    """
    name = min(counts, key=lambda c: (counts[c] == 1, counts[c]))
    return name, counts[name]
