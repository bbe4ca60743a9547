"""Which rows belong together: songs, artists, duplicates and exact copies."""

import numbers
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .._utils.copies import copy_labels
from .._utils.indexing import n_rows
from .._utils.labels import label_list, to_codes

#: Names of relations, as in messages.
RELATIONS = ("song", "group", "duplicate", "copy")


@dataclass
class Relations:
    """What is known to belong together, and what was not looked at.

    Attributes
    ----------
    n : int
        Number of rows.
    labels : dict of str to list
        Labels of the rows, None for unknown ones, by name of the relation.
    compared : list of bool
        Whether each row was compared in a search for exact copies.
    """

    n: int
    labels: dict = field(default_factory=dict)
    compared: list = field(default_factory=list)

    def take(self, keep):
        """Return what is known of only the rows ``keep``."""
        labels = {name: [known[i] for i in keep] for name, known in self.labels.items()}
        compared = [self.compared[i] for i in keep] if self.compared else []
        return Relations(len(keep), labels, compared)

    def codes(self, *names):
        """Number the groups of rows that any chain of the named relations links.

        Parameters
        ----------
        *names : str
            Those that are not known link nothing.

        Returns
        -------
        codes : ndarray of shape (n,)
            0, 1, ... in order of first appearance.
        """
        edges = []
        for name in [name for name in names if name in self.labels]:
            edges += grouped(to_codes(self.labels[name])[0])
        return to_codes(_components(edges, self.n).tolist())[0]

    def sets(self, *names):
        """Return the sets of several rows that the named relations link."""
        sets = grouped(self.codes(*names))
        return [rows.tolist() for rows in sets if len(rows) > 1]

    def checked(self):
        """Return in words what splits are checked for."""
        songs = "songs" if "song" in self.labels else "songs (one per row)"
        n_artists = self._n_artists()
        artists = f"artists{self._part('known for', n_artists)}"
        copies = f"exact copies{self._part('among', sum(self.compared))}"
        return [
            songs,
            *([artists] if n_artists else []),
            *(["known duplicates"] if "duplicate" in self.labels else []),
            *([copies] if any(self.compared) else []),
        ]

    def unchecked(self):
        """Return in words what they cannot be checked for."""
        searched, given = "copy" in self.labels, "duplicate" in self.labels
        why = "no row could be compared" if searched else "duplicates=None"
        copies = "other duplicates" if given else f"exact copies ({why})"
        near = "near duplicates (audit finds most)"
        return [
            *([] if self._n_artists() else ["artists (no groups given)"]),
            *([] if any(self.compared) else [copies]),
            *([] if given and not searched else [near]),
            "other versions of a song",
        ]

    def _n_artists(self):
        """Count the rows whose artist is known."""
        return sum(label is not None for label in self.labels.get("group", ()))

    def _part(self, verb, n):
        """Return how many of the rows, in brackets, if not all."""
        return "" if n == self.n else f" ({verb} {n} of {self.n} rows)"


def grouped(codes):
    """Return the sorted rows of each code, in order of codes."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def is_search(duplicates):
    """Return whether duplicates are to be searched for, and were not given.

    Raises
    ------
    ValueError
        If they are another word.
    """
    if not isinstance(duplicates, str):
        return False
    if duplicates not in ("find", "exact"):
        raise ValueError(
            f"duplicates must be 'find', 'exact', labels, or sets of rows, got "
            f"{duplicates!r}."
        )
    return True


def duplicate_labels(duplicates, n):
    """Return duplicates of any form as a list of n labels, None for the rest.

    Parameters
    ----------
    duplicates : array-like of shape (n,), or iterable of sets of rows
        See :func:`merge_groups`.
    n : int

    Returns
    -------
    labels : list

    Raises
    ------
    ValueError, TypeError
        For any other form, or rows outside of X.
    """
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


def _components(edges, n):
    """Number the components of n rows, given sets of rows that are linked."""
    left = np.concatenate([np.repeat(e[:1], len(e)) for e in edges] or [[]])
    right = np.concatenate([*edges] or [[]])
    graph = coo_array(
        (np.ones(len(left), dtype=np.int8), (left.astype(int), right.astype(int))),
        shape=(n, n),
    )
    return connected_components(graph, directed=False)[1]


def find_relations(
    n, *, X=None, songs=None, groups=None, duplicates=None, known=None, n_jobs=None
):
    """Return what is known to belong together, and search X for copies if asked.

    Parameters
    ----------
    n : int
        Number of rows.
    X, songs, groups, duplicates : array-like or None
        As in :func:`merge_groups`.
    known : array-like, iterable of sets of rows, or None
        Duplicates that the data set knows, unless others are given.
    n_jobs : int or None
        Number of files searched at the same time.

    Returns
    -------
    relations : Relations
    """
    relations = Relations(n)
    for name, labels in (("song", songs), ("group", groups)):
        if labels is not None:
            relations.labels[name] = label_list(labels, f"{name}s", n)
    search = is_search(duplicates)
    given = known if search or duplicates is None else duplicates
    if given is not None:
        relations.labels["duplicate"] = duplicate_labels(given, n)
    if search:
        if X is None or n_rows(X) != n:
            raise ValueError(
                f"duplicates={duplicates!r} compares the rows of X, but X is missing."
            )
        relations.labels["copy"], relations.compared = copy_labels(
            X, chance=duplicates == "exact", n_jobs=n_jobs
        )
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
    duplicates : {"find", "exact"}, array-like of shape (n,), iterable of sets of \
rows, or None, default=None
        Recordings that occur more than once:

        - one label per row (equal for duplicates, None for the others), or sets or
          pairs of row numbers, such as ``[(4, 17), (4, 90)]`` or those that
          :func:`audit` finds;
        - "find": the rows of X that are exact copies. Clips are copies if they have
          equal samples after decoding and mixing to mono, whatever the format, name
          and tags of their files; other rows if all their numbers are equal, unless
          they consist of equal numbers or of fewer than eight different whole ones,
          which may be chance;
        - "exact": the same, and rows that may be equal by chance.
    X : array-like of shape (n, ...), sequence of clips or None, default=None
        Needed only to search for copies, and to give the number of
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

    A search for copies decodes the first two seconds of every file. Files that agree in
    them are compared byte by byte, and decoded as a whole only if they differ. A file
    that cannot be read is no copy of any.

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
    relations = find_relations(
        n, X=X, songs=songs, groups=groups, duplicates=duplicates
    )
    if not relations.labels:
        raise ValueError("merge_groups needs songs, groups or duplicates.")
    return relations.codes(*RELATIONS)
