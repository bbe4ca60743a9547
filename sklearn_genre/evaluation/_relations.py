"""Which rows belong together: songs, artists and duplicates as integer codes."""

import numbers

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .._utils.digest import array_digest
from .._utils.indexing import n_rows
from .._utils.labels import label_list, to_codes


def duplicate_labels(duplicates, n, X=None):
    """Return duplicates of any form as a list of n labels, None for the rest.

    Parameters
    ----------
    duplicates : "exact", array-like of shape (n,), or iterable of sets of rows
        See :func:`merge_groups`.
    n : int
    X : array-like of shape (n, ...), optional
        Read for ``"exact"``.

    Returns
    -------
    labels : list

    Raises
    ------
    ValueError, TypeError
        For any other form, or rows outside of X.
    """
    if isinstance(duplicates, str):
        if duplicates != "exact":
            raise ValueError(
                f"duplicates must be 'exact', labels, or sets of rows, got "
                f"{duplicates!r}."
            )
        return _exact_duplicates(X, n)
    if not hasattr(duplicates, "__len__"):
        duplicates = list(duplicates)
    if not _holds_row_sets(duplicates):
        return label_list(duplicates, "duplicates", n)
    edges = [_check_rows(rows, i, n) for i, rows in enumerate(duplicates)]
    codes = _components(edges, n)
    linked = np.zeros(n, dtype=bool)
    for rows in edges:
        linked[rows] = True
    first = {}
    for row in np.flatnonzero(linked):
        first.setdefault(codes[row], int(row))
    return [first[codes[i]] if linked[i] else None for i in range(n)]


def _holds_row_sets(duplicates):
    """Return whether duplicates are pairs or sets of row numbers, or empty."""
    shape = getattr(duplicates, "shape", None)
    if shape is not None:
        return len(shape) == 2
    return all(
        isinstance(rows, list | tuple | set | frozenset | np.ndarray)
        for rows in duplicates
    )


def _check_rows(rows, i, n):
    """Return a set of duplicate rows as an integer array within 0..n-1."""
    rows = list(rows)
    if not all(
        isinstance(r, numbers.Integral) and not isinstance(r, bool) for r in rows
    ):
        raise TypeError(
            f"duplicates[{i}] must hold row numbers of X, got {rows!r}. To mark "
            "duplicates by name, give one label per row instead."
        )
    if any(not 0 <= r < n for r in rows):
        raise ValueError(f"duplicates[{i}] is {rows!r}, but X has rows 0 to {n - 1}.")
    return np.asarray(rows, dtype=np.intp)


def _exact_duplicates(X, n):
    """Label the rows that are equal to others; None for unique rows."""
    if X is None or n_rows(X) != n:
        raise ValueError("duplicates='exact' compares the rows of X, but X is missing.")
    digests = []
    for i in range(n):
        row = np.asarray(X.iloc[i] if hasattr(X, "iloc") else X[i])
        if row.ndim == 0 or row.dtype.kind not in "biufc":
            raise ValueError(
                "duplicates='exact' compares arrays of numbers, but X holds "
                f"{type(X[i]).__name__}. Give duplicates as labels or as sets of rows."
            )
        digests.append(array_digest(row))
    codes, _ = to_codes(digests)
    sizes = np.bincount(codes)
    first = np.unique(codes, return_index=True)[1]
    return [int(first[c]) if sizes[c] > 1 else None for c in codes]


def _components(edges, n):
    """Number the components of n rows, given sets of rows that are linked."""
    left = np.concatenate([np.repeat(e[:1], len(e)) for e in edges] or [[]])
    right = np.concatenate([*edges] or [[]])
    graph = coo_array(
        (np.ones(len(left), dtype=np.int8), (left.astype(int), right.astype(int))),
        shape=(n, n),
    )
    return connected_components(graph, directed=False)[1]


def relation_labels(n, *, X=None, songs=None, groups=None, duplicates=None):
    """Return each relation that was given as labels.

    Returns
    -------
    relations : dict of str to list
        Keys among "song", "group" and "duplicate".
    """
    relations = {}
    if songs is not None:
        relations["song"] = label_list(songs, "songs", n)
    if groups is not None:
        relations["group"] = label_list(groups, "groups", n)
    if duplicates is not None:
        relations["duplicate"] = duplicate_labels(duplicates, n, X)
    return relations


def merge_groups(*, songs=None, groups=None, duplicates=None, X=None):
    """Merge songs, artists and duplicates into one group label per row.

    Two rows get one label if they are slices of one song, or by one artist, or
    duplicates, or linked through other rows by any chain of these. With the result
    as ``groups``, :class:`~sklearn.model_selection.StratifiedGroupKFold` gives folds
    in which nothing known is on both sides.

    Parameters
    ----------
    songs : array-like of shape (n,) or None, default=None
        Song of each row. Needed when rows are slices.
    groups : array-like of shape (n,) or None, default=None
        Artist (album, session, ...) of each row.
    duplicates : "exact", array-like of shape (n,), iterable of sets of rows, or None, \
default=None
        Recordings that occur more than once: one label per row (equal for
        duplicates, None for the others); or sets or pairs of row numbers, such as
        ``[(4, 17), (4, 90)]``; or "exact", for rows of X that are equal number by
        number.
    X : array-like of shape (n, ...) or None, default=None
        Needed only for ``duplicates="exact"``, and to give the number of
        rows where duplicates are sets of rows and nothing else is given.

    Returns
    -------
    labels : ndarray of shape (n,)
        0, 1, ... in order of first appearance.

    Raises
    ------
    ValueError
        If nothing is given or the lengths differ.
    TypeError
        If a label is not hashable.

    See Also
    --------
    GuardedCV : Refuses folds in which one of these is on both sides.

    Notes
    -----
    None, NaN and pandas' NA mean unknown: that relation links the row with no other.
    An empty string is a label like any other, so replace it by None where it means
    an unknown artist.

    Names are compared as they look: composed and decomposed letters, blanks around a
    name and their number within it make no difference. Case, accents and punctuation
    do.

    Examples
    --------
    >>> from sklearn_genre.evaluation import merge_groups
    >>> artists = ["Queen", "Queen", "Dio", None, None]
    >>> merge_groups(groups=artists, duplicates=[(1, 2)])
    array([0, 0, 0, 1, 2])
    """
    given = [v for v in (songs, groups, X) if v is not None]
    if not given and (duplicates is None or isinstance(duplicates, str)):
        raise ValueError("merge_groups needs songs, groups or duplicates.")
    if not given and _holds_row_sets(duplicates):
        raise ValueError(
            "duplicates are sets of rows, so the number of rows is not known; give X, "
            "songs or groups as well."
        )
    n = n_rows(given[0] if given else duplicates)
    relations = relation_labels(
        n, X=X, songs=songs, groups=groups, duplicates=duplicates
    )
    if not relations:
        raise ValueError("merge_groups needs songs, groups or duplicates.")
    edges = []
    for labels in relations.values():
        codes, _ = to_codes(labels)
        order = np.argsort(codes, kind="stable")
        edges += np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return to_codes(_components(edges, n).tolist())[0]
