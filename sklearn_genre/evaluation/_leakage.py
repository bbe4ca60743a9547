"""The leak guard: what is on both sides of a split, by name."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from .._utils.collection import item_names
from .._utils.indexing import n_rows
from .._utils.labels import to_codes
from .._utils.page import notebook_box
from .._utils.tabular import Tabular
from .._utils.text import listed
from .._utils.text_table import TextTable
from ..parameters import OneOf
from ._folds import draw_folds
from ._relations import find_relations, grouped

_NAMED = 5  # leaks and rows that a message names before it says "and ... more"


class LeakageError(ValueError):
    """Error for folds in which something known is on both sides.

    Parameters
    ----------
    report : LeakageReport
        All leaks.

    Attributes
    ----------
    report : LeakageReport
        All leaks.

    Examples
    --------
    >>> from sklearn_genre.evaluation import LeakageError, check_leakage
    >>> try:
    ...     check_leakage([([0], [1])], [0, 1], songs=["x", "x"], on_leak="raise")
    ... except LeakageError as error:
    ...     print(len(error.report.leaks), error.report.leaks[0].label)
    1 x
    """

    def __init__(self, report):
        super().__init__(str(report))
        self.report = report

    def __reduce__(self):
        return type(self), (self.report,)


class LeakageWarning(UserWarning):
    """Warning of leaks, with ``on_leak="warn"``.

    Examples
    --------
    >>> from sklearn_genre.evaluation import LeakageWarning
    >>> issubclass(LeakageWarning, UserWarning)
    True
    """


@dataclass(frozen=True)
class Leak:
    """One song, group, duplicate, copy or row on both sides of one fold.

    Attributes
    ----------
    fold : int
        Number of the fold, from 0.
    relation : {"row", "song", "group", "duplicate", "copy"}
    label : object
        What is on both sides; of exact copies, the number of the first row.
    train, test : ndarray of int
        Its rows on each side.

    Examples
    --------
    >>> from sklearn_genre.evaluation import check_leakage
    >>> report = check_leakage([([0, 1], [2])], [0, 1, 2], groups=["a", "b", "a"])
    >>> report.leaks[0].label, report.leaks[0].train.tolist()
    ('a', [0])
    """

    fold: int
    relation: str
    label: object
    train: np.ndarray = field(repr=False)
    test: np.ndarray = field(repr=False)


_KNOWN = {
    "row": "are in the training side",
    "song": "have slices of their song in the training side",
    "group": "have their artist in the training side",
    "duplicate": "have a duplicate in the training side",
    "copy": "have an exact copy in the training side",
}

_ELSEWHERE = (
    "whether these songs, copies of them or songs of their artists were in the "
    "training, which was elsewhere"
)


class LeakageReport(Tabular):
    """What is on both sides of each fold; made by :func:`check_leakage`.

    As a condition it is true if there is any leak. ``to_frame``, ``to_csv``,
    ``to_json``, ``to_latex`` and ``to_markdown`` give the table of all leaks.

    Parameters
    ----------
    folds : list of (train, test)
        Row numbers of each side.
    relations : Relations
        Labels of the rows by relation.
    names : list of str
        One name per row; where songs are known, their names are added.

    Attributes
    ----------
    n_splits : int
        Number of folds.
    leaks : list of Leak
        In order of folds.
    shares : dict of str to ndarray of shape (n_splits,)
        By relation: the share of test rows, in [0, 1], that the training side knows.
    checked, unchecked : list of str
        What was looked for, and what was not, in words.
    notes : list of str
        What is not a leak but should be known, such as rows that are repeated.

    See Also
    --------
    check_leakage : Makes such a report.

    Examples
    --------
    >>> from sklearn_genre import check_leakage
    >>> folds = [([0, 1], [2, 3])]
    >>> report = check_leakage(folds, [[0], [1], [2], [3]], groups=["a", "b", "b", "c"])
    >>> bool(report), report.shares["group"]
    (True, array([0.5]))
    >>> print(report)
    1 of 1 folds leak.
    fold 0: group 'b' is on both sides (train: row 1; test: row 2)
    """

    tables = ("leaks",)

    def __init__(self, folds, relations, names):
        self.n_splits = len(folds)
        self.names = _row_names(names, relations.labels.get("song"))
        self.checked, self.unchecked = relations.checked(), relations.unchecked()
        if not any(len(train) for train, _ in folds):
            self.checked, self.unchecked = [], [_ELSEWHERE]
        self.leaks, self.notes, self.shares = [], _repeats(folds), {}
        labels_of = {"row": range(len(names)), **relations.labels}
        for relation, labels in labels_of.items():
            codes, values = to_codes(list(labels))
            shares = []
            for i, (train, test) in enumerate(folds):
                found, share = _shared(codes, values, train, test, i, relation)
                self.leaks += found
                shares.append(share)
            self.shares[relation] = np.array(shares)
        self.leaks.sort(key=lambda leak: leak.fold)

    def __bool__(self):
        return bool(self.leaks)

    def summary(self):
        """Return what the training sides know about the test sides.

        Returns
        -------
        lines : list of str
            The last two say what was checked, and what was not.
        """
        leaks = [
            f"LEAK: {share.mean():.1%} of test rows {_KNOWN[name]}."
            for name, share in self.shares.items()
            if share.any()
        ]
        nothing = ["No leak found in what was checked."] if self.checked else []
        return [*(leaks or nothing), *self._scope()]

    def _scope(self):
        """Return what was checked, and what was not."""
        return [
            f"Checked: {', '.join(self.checked) or 'nothing'}.",
            f"Not checked: {', '.join(self.unchecked)}.",
        ]

    def _leaks_table(self):
        """Tabulate all leaks: fold, relation, label, names of rows on each side."""
        rows = [
            [leak.fold, leak.relation, leak.label]
            + [[self.names[r] for r in side] for side in (leak.train, leak.test)]
            for leak in self.leaks
        ]
        return TextTable(["fold", "relation", "label", "train", "test"], rows)

    def __str__(self):
        if not self.checked:
            lines = self._scope()
        elif not self:
            lines = [f"No leak found in {self.n_splits} folds.", *self._scope()]
        else:
            bad = len({leak.fold for leak in self.leaks})
            lines = [f"{bad} of {self.n_splits} folds leak."]
            lines += [self._line(leak) for leak in self.leaks[:_NAMED]]
        more = len(self.leaks) - _NAMED
        if more > 0:
            lines.append(f"... and {more} more; report.to_frame() names them all.")
        return "\n".join(lines + [f"Note: {note}" for note in self.notes])

    def __repr__(self):
        return (
            f"<LeakageReport: {len(self.leaks)} leaks found in {self.n_splits} folds>"
        )

    def _repr_html_(self):
        first = str(self).splitlines()[0]
        tables = {"leaks": self._table()} if self else {}
        return notebook_box(type(self).__name__, first, self._scope(), tables)

    def _line(self, leak):
        """Describe one leak."""
        sides = [self._name_rows(side) for side in (leak.train, leak.test)]
        named = {"row": "row", "copy": "an exact copy"}
        what = named.get(leak.relation, f"{leak.relation} {leak.label!r}")
        return (
            f"fold {leak.fold}: {what} is on both sides "
            f"(train: {sides[0]}; test: {sides[1]})"
        )

    def _name_rows(self, rows):
        """Name the first few rows."""
        return listed((self.names[r] for r in rows), _NAMED)


def _shared(codes, values, train, test, fold, relation):
    """Find the leaks of a relation in a fold, and the share of test rows affected."""
    both = np.zeros(len(values), dtype=bool)
    both[codes[train]] = True
    in_test = np.zeros(len(values), dtype=bool)
    in_test[codes[test]] = True
    # an unknown label belongs to one row only, which is a leak of its own
    both &= in_test & np.array([value is not None for value in values])
    sides = [_rows_by_code(codes, rows, both) for rows in (train, test)]
    leaks = [
        Leak(fold, relation, values[code], sides[0][code], sides[1][code])
        for code in np.flatnonzero(both)
    ]
    return leaks, float(both[codes[test]].mean())


def _rows_by_code(codes, rows, wanted):
    """Return the sorted rows of each wanted code."""
    rows = np.unique(rows[wanted[codes[rows]]])
    parts = [rows[part] for part in grouped(codes[rows])]
    return {codes[part[0]]: part for part in parts if len(part)}


def _repeats(folds):
    """Note the rows that occur more than once on one side of a fold."""
    notes = []
    for i, sides in enumerate(folds):
        for side, rows in zip(("train", "test"), sides, strict=True):
            n_extra = len(rows) - len(np.unique(rows))
            if n_extra:
                notes.append(
                    f"fold {i} repeats {n_extra} of its {side} rows, which then "
                    "weigh more."
                )
    return notes


def _row_names(names, songs):
    """Name each row by its song, where songs are known."""
    if songs is None:
        return names
    if len(set(songs)) == len(songs):
        pairs = zip(names, songs, strict=True)
        return [name if song is None else str(song) for name, song in pairs]
    return [f"{name} of {song}" for name, song in zip(names, songs, strict=True)]


def raise_or_warn(report, on_leak):
    """Raise, warn or do nothing about leaks, as ``on_leak`` says.

    Raises
    ------
    LeakageError
        If there is a leak and ``on_leak="raise"``.
    """
    if report and on_leak == "raise":
        raise LeakageError(report)
    if report and on_leak == "warn":
        warnings.warn(str(report), LeakageWarning, stacklevel=3)


def check_leakage(
    cv,
    X,
    y=None,
    *,
    groups=None,
    songs=None,
    duplicates="find",
    on_leak="return",
):
    """Find what is on both sides of a split.

    Parameters
    ----------
    cv : int, splitter, or iterable of (train, test)
        Folds as row numbers or boolean masks, or anything that scikit-learn takes as
        ``cv``.
    X : array-like of shape (n, ...) or sequence of clips
        Searched for exact copies, unless ``duplicates`` says otherwise.
    y : array-like of shape (n,) or (n, n_tags) or None, default=None
        Passed to the splitter.
    groups : array-like of shape (n,) or None, default=None
        Artist (album, session, ...) of each row. Passed to the splitter too.
    songs : array-like of shape (n,) or None, default=None
        Song of each row. Without it every row is a song of its own.
    duplicates : {"find", "exact"}, array-like of shape (n,), iterable of sets of \
rows, or None, default="find"
        Recordings that occur more than once, as in :func:`merge_groups`. None: not
        checked.
    on_leak : {"return", "warn", "raise"}, default="return"
        What to do besides returning the report.

    Returns
    -------
    report : LeakageReport
        As a condition it is false if no leak was found. It says what was checked and
        what was not.

    Raises
    ------
    LeakageError
        If something leaks and ``on_leak="raise"``.
    ValueError
        If a fold has an empty side or rows that X does not have, or there is not one
        label per row.
    TypeError
        If a label is not hashable.

    See Also
    --------
    GuardedCV : The same check inside any scikit-learn function.
    merge_groups : Group labels with which nothing that is known leaks.

    Notes
    -----
    None, NaN and pandas' NA are unknown labels, which are not equal to any other.

    Names are compared as they look: composed and decomposed letters, blanks around a
    name and their number within it make no difference. Case, accents and punctuation
    do.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> from sklearn_genre import check_leakage
    >>> slices = [[0.1], [0.2], [0.3], [0.4]]
    >>> print(check_leakage(KFold(2), slices, songs=["s1", "s2", "s1", "s2"]))
    2 of 2 folds leak.
    fold 0: song 's1' is on both sides (train: row 2 of s1; test: row 0 of s1)
    fold 0: song 's2' is on both sides (train: row 3 of s2; test: row 1 of s2)
    fold 1: song 's1' is on both sides (train: row 0 of s1; test: row 2 of s1)
    fold 1: song 's2' is on both sides (train: row 1 of s2; test: row 3 of s2)
    >>> bool(check_leakage(KFold(2), slices, songs=["s1", "s1", "s2", "s2"]))
    False
    """
    OneOf(choices=("return", "warn", "raise")).check_value("on_leak", on_leak)
    relations = find_relations(
        n_rows(X), X=X, songs=songs, groups=groups, duplicates=duplicates
    )
    folds = draw_folds(cv, X, y, groups)
    report = LeakageReport(folds, relations, item_names(X))
    raise_or_warn(report, on_leak)
    return report
