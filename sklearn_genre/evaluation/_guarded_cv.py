"""The leak guard as a splitter, for whatever takes ``cv``."""

from sklearn.model_selection import BaseCrossValidator, check_cv

from .._utils.collection import item_names
from .._utils.indexing import n_rows
from ..parameters import OneOf
from ._folds import draw_folds
from ._leakage import LeakageReport, raise_or_warn
from ._relations import find_relations


class GuardedCV(BaseCrossValidator):
    """Splitter that refuses folds with something on both sides, and names it.

    It knows of the songs, artists and duplicates that it is told of, and of exact
    copies, which it looks for itself. Other copies and versions of a song pass.

    It can be used wherever scikit-learn takes ``cv``: ``cross_val_score``,
    ``cross_validate``, ``GridSearchCV``, ``cross_val_predict``, ``learning_curve``.

    Parameters
    ----------
    cv : int, splitter, or iterable of (train, test), default=5
        The splitter that is guarded.
    groups, songs : array-like or None, default=None
        As in :func:`check_leakage`, for all rows of the X that will be split. In a
        search inside another cross-validation X is only a part, so pass labels to the
        outer function instead (``cross_validate(..., params={"groups": ...})`` with
        metadata routing), which passes on the right part; such labels take precedence
        over those given here.
    duplicates : {"find", "exact"}, array-like, iterable of sets of rows, or None, \
default="find"
        The same. "find" searches X for exact copies at every split, None for none.
    on_leak : {"raise", "warn"}, default="raise"
        Whether a leak is an error or a warning.

    See Also
    --------
    check_leakage : The check by itself.
    merge_groups : Group labels with which nothing that is known leaks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GroupKFold, cross_val_score
    >>> from sklearn_genre import GuardedCV
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(40, 3)), np.tile(["rock", "jazz"], 20)
    >>> artists = np.arange(40) // 2 % 10
    >>> cv = GuardedCV(GroupKFold(5), groups=artists)
    >>> len(cross_val_score(LogisticRegression(), X, y, cv=cv))
    5
    >>> cross_val_score(LogisticRegression(), X, y, cv=GuardedCV(5, groups=artists))
    Traceback (most recent call last):
    ...
    sklearn_genre.evaluation._leakage.LeakageError: ...5 of 5 folds leak...
    """

    # how third parties declare what a splitter's split takes
    __metadata_request__split = {
        "groups": True,
        "songs": True,
        "duplicates": True,
    }

    def __init__(
        self, cv=5, *, groups=None, songs=None, duplicates="find", on_leak="raise"
    ):
        # a generator gives its folds once, but get_n_splits and split both need them
        self.cv = list(cv) if hasattr(cv, "__next__") else cv
        self.groups = groups
        self.songs = songs
        self.duplicates = duplicates
        self.on_leak = on_leak

    def split(self, X, y=None, groups=None, songs=None, duplicates=None):
        """Check all folds, then yield them one by one.

        Parameters
        ----------
        X : array-like of shape (n, ...)
        y : array-like of shape (n,) or (n, n_tags) or None, default=None
        groups, songs, duplicates : array-like of shape (n,) or None, default=None
            Take precedence over those of the constructor.

        Yields
        ------
        train : ndarray of int
        test : ndarray of int

        Raises
        ------
        LeakageError
            If something is on both sides of any fold and ``on_leak="raise"``.
        ValueError
            As :func:`check_leakage`.
        """
        OneOf(choices=("raise", "warn")).check_value("on_leak", self.on_leak)
        groups = self.groups if groups is None else groups
        songs = self.songs if songs is None else songs
        relations = find_relations(
            n_rows(X),
            X=X,
            songs=songs,
            groups=groups,
            duplicates=self.duplicates if duplicates is None else duplicates,
        )
        folds = draw_folds(self.cv, X, y, groups)
        raise_or_warn(LeakageReport(folds, relations, item_names(X)), self.on_leak)
        yield from folds

    def get_n_splits(self, X=None, y=None, groups=None, songs=None, duplicates=None):
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : array-like or None, default=None
            Passed to the guarded splitter.
        songs, duplicates : array-like or None, default=None
            Ignored.

        Returns
        -------
        n_splits : int
        """
        groups = self.groups if groups is None else groups
        return check_cv(self.cv, y).get_n_splits(X, y, groups)

    def __repr__(self):
        return f"GuardedCV({self.cv!r}, on_leak={self.on_leak!r})"
