"""The rows that are evaluated, and everything known about them."""

from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.utils.multiclass import type_of_target

from .._utils.clips import is_path, path_of
from .._utils.collection import FEATURES_FIRST, read_collection
from .._utils.indexing import n_rows, take_rows
from .._utils.labels import refuse_missing
from .._utils.names import plain_array
from .._utils.tags import check_indicator, column_names, distinct, tag_classes
from .._utils.text import listed
from ._relations import RELATIONS, Relations, find_relations


@dataclass
class Rows:
    """Everything known about the rows that are evaluated.

    Attributes
    ----------
    X : array-like of shape (n, ...)
    y : ndarray of shape (n,), or of shape (n, n_tags) of 0 and 1
    origin : ndarray of int of shape (n,)
        Row of the user's data that each row is, or of which it is a slice.
    numbers : ndarray of int of shape (n,)
        Number of each row; a song has the same number under every model.
    names : list of n str
        What to call each row.
    relations : Relations
        Songs, artists, duplicates and exact copies.
    split : list of n or None
    class_names : dict of class to str
        Empty for tags.
    tags : list of str or None
        Names of the tags; None for genres.
    paths : list of n (str or None), or None
        Files of the rows; None if no row is known to be a file.
    notes : list of str
        What was left out of the data, and why.
    """

    X: object
    y: np.ndarray
    origin: np.ndarray
    numbers: np.ndarray
    names: list
    relations: Relations
    split: list | None = None
    class_names: dict = field(default_factory=dict)
    tags: list | None = None
    paths: list | None = None
    notes: list = field(default_factory=list)

    def take(self, keep):
        """Return only the rows ``keep``."""
        part = {k: getattr(self, k)[keep] for k in ("y", "origin", "numbers")}
        part["names"] = [self.names[i] for i in keep]
        for what in ("split", "paths"):
            if getattr(self, what) is not None:
                part[what] = [getattr(self, what)[i] for i in keep]
        relations = self.relations.take(keep)
        return replace(self, X=take_rows(self.X, keep), relations=relations, **part)

    @property
    def songs(self):
        """Return the song of each row, or None."""
        return self.relations.labels.get("song")

    @property
    def groups(self):
        """Return the artist of each row, or None."""
        return self.relations.labels.get("group")

    def song_codes(self):
        """Return the song of each row as a number; exact copies are one song."""
        return self.relations.codes("song", "copy")

    def recording_codes(self):
        """Return the song of each row, the same for known duplicates."""
        return self.relations.codes("song", "copy", "duplicate")

    def leak_codes(self):
        """Return the merged group of each row as a number."""
        return self.relations.codes(*RELATIONS)

    def label_texts(self):
        """Return the genre, or the tags, of each row as one text."""
        if self.tags is None:
            return [self.class_names[c] for c in self.y]
        tags = np.array(self.tags, dtype=object)
        return [", ".join(tags[has]) or "no tag" for has in self.y.astype(bool)]

    def copy_notes(self):
        """Return notes that name the exact copies, and duplicates of two genres."""
        copies = [_equal(rows, self.names) for rows in self.relations.sets("copy")]
        genres = self.label_texts()
        pairs = zip(self.names, genres, strict=True)
        labeled = [f"{name} ({genre})" for name, genre in pairs]
        torn = [
            _equal(rows, labeled)
            for rows in self.relations.sets("copy", "duplicate")
            if len({genres[row] for row in rows}) > 1
        ]
        notes = []
        if copies:
            notes.append(f"Exact copies of {len(copies)} songs: {_first(copies)}.")
        if torn:
            notes.append(
                f"Copies with different labels: {_first(torn)}. At most one of the "
                "labels of a song can be answered right."
            )
        return notes


def read_rows(estimator, data, y, *, duplicates, n_jobs=None, **known):
    """Read data in any form into :class:`Rows`.

    Parameters
    ----------
    estimator : estimator
        Where it has a parameter "sample_rate", or a part of it has, waveforms come with
        their rate.
    data : path-like, Bunch, DataFrame or array-like
        As in `read_collection`.
    y : array-like of shape (n,) or None
    duplicates : str, array-like or None
        As in `evaluate`.
    n_jobs : int or None, default=None
        Number of files searched for copies at the same time.
    **known : array-like or None
        ``songs``, ``groups`` and ``split``.

    Raises
    ------
    ValueError
        If X or y is missing, lengths differ, or y holds neither classes nor tags.
    """
    found = read_collection(data, fields=FEATURES_FIRST, y=y, **known)
    if found.y is None:
        raise ValueError("evaluate needs y: the genre, or the tags, of each row.")
    labels = found.y
    refuse_missing(labels)
    found.y = y = _check_targets(found.y, n_rows(found.items))
    tags = _tag_names(labels, found.target_names) if y.ndim == 2 else None
    if is_path(data):  # the place of a file is its label
        found.check_links()
    paths = _paths(data, found.items)
    return Rows(
        X=found.clips() if _hears(estimator) else found.items,
        y=y,
        origin=np.arange(len(y)),
        numbers=np.arange(len(y)),
        names=_names(found, paths),
        relations=find_relations(
            len(y),
            X=found.items,
            songs=found.songs,
            groups=found.groups,
            duplicates=duplicates,
            known=found.duplicates,
            n_jobs=n_jobs,
        ),
        split=found.split,
        class_names=_class_names(y, found.target_names) if tags is None else {},
        tags=tags,
        paths=paths,
        notes=found.notes,
    )


def _equal(rows, names):
    """Name rows that are copies of each other."""
    first, *others = (names[row] for row in rows)
    return f"{first} = {listed(others, limit=3)}"


def _first(sets, limit=5):
    """Return the first sets of copies in one line, and how many more there are."""
    more = [f"and {len(sets) - limit} more"] if len(sets) > limit else []
    return "; ".join([*sets[:limit], *more])


def _hears(estimator):
    """Return whether a part of an estimator reads audio at a rate of its own."""
    # what has no parameters is no estimator, as `clone` says
    names = getattr(estimator, "get_params", dict)()
    return any(name.split("__")[-1] == "sample_rate" for name in names)


def _check_targets(y, n):
    """Return y as an array of one class per row, in plain form, or of tags."""
    y = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
    if n_rows(y) != n:
        raise ValueError(f"X has {n} rows, but y has {n_rows(y)}.")
    if y.ndim == 2 and y.dtype == object:  # columns of truth values beside numbers
        y = check_indicator(y)
    if y.ndim == 1 and y.dtype == object:
        distinct(y)
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator":
        if not (y.any(axis=0) & ~y.all(axis=0)).any():
            raise ValueError(
                "y holds no tag that some rows have and others lack, so there is "
                "nothing to score."
            )
        return check_indicator(y).astype(int)
    if kind not in ("binary", "multiclass") or y.ndim != 1:
        raise ValueError(
            "y must hold one genre per row, or 0 and 1 for each tag, got "
            f"{kind} of {y.shape}."
        )
    return plain_array(y)


def _tag_names(y, target_names):
    """Name the columns of y: by its own names, those of the data, or numbers."""
    n_tags = np.shape(y)[1]
    names = column_names(y)
    if names is None and target_names is not None and len(target_names) == n_tags:
        names = target_names
    return [str(name) for name in tag_classes(names, n_tags)]


def _names(found, paths):
    """Name the rows: by id, by file, or by number."""
    if found.ids is not None or paths is None:
        return found.names()
    pairs = zip(paths, found.names(), strict=True)
    return [name if path is None else path for path, name in pairs]


def _paths(data, items):
    """Return the files of the rows, also where they are described by features."""
    if isinstance(data, dict) and data.get("paths") is not None:
        items = data["paths"]
    if not (isinstance(items, list | tuple) or getattr(items, "ndim", 0) == 1):
        return None
    paths = [path_of(item) for item in items]
    return paths if any(paths) else None


def _class_names(y, target_names):
    """Name each class: by itself, or by its name if y holds numbers."""
    classes = np.unique(y)
    numbered = target_names is not None and y.dtype.kind in "iu"
    if numbered and classes.min() >= 0 and classes.max() < len(target_names):
        return {c: str(target_names[c]) for c in classes}
    return {c: str(c) for c in classes}
