"""The rows that are evaluated, and everything known about them."""

from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.utils.multiclass import type_of_target

from .._utils.clips import is_path
from .._utils.collection import FEATURES_FIRST, read_collection
from .._utils.indexing import n_rows, take_rows
from .._utils.labels import to_codes
from .._utils.names import plain_array
from ._relations import duplicate_labels, merge_groups


@dataclass
class Rows:
    """Everything known about the rows that are evaluated.

    Attributes
    ----------
    X : array-like of shape (n, ...)
    y : ndarray of shape (n,)
    origin : ndarray of int of shape (n,)
        Row of the user's data that each row is, or of which it is a slice.
    numbers : ndarray of int of shape (n,)
        Number of each row; a song has the same number under every model.
    names : list of n str
        What to call each row.
    songs, groups, duplicates, split : list of n or None
    class_names : dict of class to str
    notes : list of str
        What was left out of the data, and why.
    """

    X: object
    y: np.ndarray
    origin: np.ndarray
    numbers: np.ndarray
    names: list
    songs: list | None = None
    groups: list | None = None
    duplicates: list | None = None
    split: list | None = None
    class_names: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    def take(self, keep):
        """Return only the rows ``keep``."""
        part = {
            name: [getattr(self, name)[i] for i in keep]
            for name in ("names", "songs", "groups", "duplicates", "split")
            if getattr(self, name) is not None
        }
        part |= {k: getattr(self, k)[keep] for k in ("y", "origin", "numbers")}
        return replace(self, X=take_rows(self.X, keep), **part)

    def relations(self):
        """Return the labels of each relation that is known."""
        return {
            name: labels
            for name, labels in (
                ("song", self.songs),
                ("group", self.groups),
                ("duplicate", self.duplicates),
            )
            if labels is not None
        }

    def song_codes(self):
        """Return the song of each row as a number."""
        if self.songs is None:
            return np.arange(len(self.y))
        return to_codes(self.songs)[0]

    def leak_codes(self):
        """Return the merged group of each row as a number."""
        return merge_groups(
            songs=self.song_codes(), groups=self.groups, duplicates=self.duplicates
        )


def read_rows(data, y, **known):
    """Read data in any form into :class:`Rows`.

    Parameters
    ----------
    data : path-like, Bunch, DataFrame or array-like
        As in `read_collection`.
    y : array-like of shape (n,) or None
    **known : array-like or None
        ``songs``, ``groups``, ``duplicates`` and ``split``.

    Raises
    ------
    ValueError
        If X or y is missing, lengths differ, or y holds no classes.
    """
    found = read_collection(data, fields=FEATURES_FIRST, y=y, **known)
    if found.y is None:
        raise ValueError("evaluate needs y: the genre of each row.")
    found.y = y = _check_classes(found.y, n_rows(found.items))
    if is_path(data):  # the place of a file is its label
        found.check_links()
    return Rows(
        X=found.items,
        y=y,
        origin=np.arange(len(y)),
        numbers=np.arange(len(y)),
        names=found.names(),
        songs=found.songs,
        groups=found.groups,
        duplicates=_duplicates(found),
        split=found.split,
        class_names=_class_names(y, found.target_names),
        notes=found.notes,
    )


def _duplicates(found):
    """Return duplicates as labels, or None."""
    if found.duplicates is None:
        return None
    return duplicate_labels(found.duplicates, n_rows(found.items), found.items)


def _check_classes(y, n):
    """Return y as an array of one class per row, names in plain form."""
    y = np.asarray(y)
    if len(y) != n:
        raise ValueError(f"X has {n} rows, but y has {len(y)}.")
    kind = type_of_target(y, input_name="y")
    if kind.startswith("multilabel"):
        raise ValueError(
            "evaluate reports on one genre per song, but y holds several tags per "
            "song. Use cross_val_predict with method='predict_proba' and TagReport, "
            "or cross_validate with tag_scorers()."
        )
    if kind not in ("binary", "multiclass") or y.ndim != 1:
        raise ValueError(f"y must hold one genre per row, got {kind} of {y.shape}.")
    return plain_array(y)


def _class_names(y, target_names):
    """Name each class: by itself, or by its name if y holds numbers."""
    classes = np.unique(y)
    numbered = target_names is not None and y.dtype.kind in "iu"
    if numbered and classes.min() >= 0 and classes.max() < len(target_names):
        return {c: str(target_names[c]) for c in classes}
    return {c: str(c) for c in classes}
