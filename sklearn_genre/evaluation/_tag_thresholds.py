"""A threshold for each tag, tuned on rows that the tagger has not seen."""

import numbers
import warnings

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedShuffleSplit,
)
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from .._utils.indexing import cut_params, n_rows, take_rows
from .._utils.routing import fit_router, routed_fit_params
from .._utils.tags import column_names, read_targets, tag_classes, tag_probabilities
from .._utils.text import listed
from .._utils.voting import strictly_inside
from ..parameters import (
    REQUIRED,
    AnyOf,
    Declared,
    Flag,
    Having,
    Integer,
    Jobs,
    OneOf,
    Real,
    Seed,
)
from ._folds import draw_folds
from ._rules import Folds, Function
from ._splitters import MultilabelStratifiedGroupKFold


def _f1(tp, fp, fn, tn):
    """Compute F1 from counts."""
    return 2 * tp / np.maximum(2 * tp + fp + fn, 1)


def _balanced_accuracy(tp, fp, fn, tn):
    """Compute the mean of both recalls from counts."""
    return (tp / np.maximum(tp + fn, 1) + tn / np.maximum(tn + fp, 1)) / 2


_OBJECTIVES = {"f1": _f1, "balanced_accuracy": _balanced_accuracy}


def best_threshold(true, proba, objective):
    """Find the threshold that maximizes an objective.

    Parameters
    ----------
    true : ndarray of bool of shape (n,)
    proba : ndarray of shape (n,)
    objective : callable
        Takes arrays of true positives, false positives, false negatives and true
        negatives.

    Returns
    -------
    threshold : float
        Of equally good ones, the nearest to 0.5: the midpoint between two
        probabilities, or 0.5 if it is between them.
    score : float
    """
    order = np.argsort(-proba, kind="stable")
    proba, true = proba[order], true[order]
    # k rows chosen: the threshold lies between the k-th and the next probability
    above = np.concatenate([[max(1.0, proba[0])], proba])
    below = np.concatenate([proba, [min(0.0, proba[-1])]])
    tp = np.concatenate([[0], np.cumsum(true)])
    k = np.arange(len(proba) + 1)
    scores = np.asarray(
        objective(tp, k - tp, tp[-1] - tp, len(proba) - k - (tp[-1] - tp)), dtype=float
    )
    # the first cut, which chooses nothing, is possible even at the edge
    scores[1:-1][above[1:-1] == below[1:-1]] = -np.inf
    middle = np.where((below < 0.5) & (above >= 0.5), 0.5, (above + below) / 2)
    middle[0] = max(middle[0], np.nextafter(proba[0], np.inf))
    middle[-1] = min(middle[-1], proba[-1])
    ties = np.flatnonzero(scores >= scores.max() - 1e-12)
    best = ties[np.abs(middle[ties] - 0.5).argmin()]
    return float(middle[best]), float(scores[best])


def _gives_probabilities(self):
    """Return whether the tagger inside gives probabilities."""
    return hasattr(getattr(self, "estimator_", self.estimator), "predict_proba")


class TagThresholdClassifier(
    Declared, MetaEstimatorMixin, ClassifierMixin, BaseEstimator
):
    """Tagger with a threshold of its own for each tag, instead of 0.5.

    Tags are rare, so probabilities seldom reach 0.5. Thresholds are tuned on
    probabilities for rows that were held out.

    Attributes
    ----------
    estimator_ : classifier
    thresholds_ : ndarray of shape (n_tags,)
        In [0, 1]; a tag is given where its probability reaches the threshold. For two
        classes there is one threshold.
    best_scores_ : ndarray of shape (n_tags,)
        The objective on held-out rows at the threshold. As the maximum over many
        thresholds it is optimistic: score other rows.
    classes_ : ndarray of shape (n_tags,) or (2,)
        The tags: the columns of a DataFrame by name, else the names that the estimator
        has, else column numbers. Or the two classes.
    n_features_in_ : int
        If the estimator has it.

    See Also
    --------
    sklearn.model_selection.TunedThresholdClassifierCV : For two classes;
        ``MultiOutputClassifier(TunedThresholdClassifierCV(...))`` trains one model
        per tag.

    Notes
    -----
    Every possible threshold is tried: those between two neighboring probabilities. Of
    equally good ones, the nearest to 0.5 is taken. ``predict_proba`` remains that of
    the tagger, so ``predict`` deliberately gives tags whose probability is below 0.5.

    References
    ----------
    Z. C. Lipton, C. Elkan, B. Naryanaswamy, "Optimal Thresholding of Classifiers to
    Maximize F1 Measure", ECML PKDD 2014.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.multiclass import OneVsRestClassifier
    >>> from sklearn_genre import TagThresholdClassifier
    >>> X, y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> tagger = OneVsRestClassifier(LogisticRegression())
    >>> tuned = TagThresholdClassifier(tagger).fit(X, y)
    >>> tuned.thresholds_.shape, tuned.predict(X).shape
    ((3,), (100, 3))
    """

    _parameters = {
        "estimator": Having(
            REQUIRED,
            "For several tags or for two classes.",
            methods=("fit", "predict_proba"),
            type="classifier",
        ),
        "scoring": AnyOf(
            "f1",
            "What each tag's threshold maximizes. A callable takes arrays of true "
            "positives, false positives, false negatives and true negatives, one entry "
            "per threshold, and returns scores.",
            OneOf(choices=_OBJECTIVES),
            Function(),
        ),
        "cv": AnyOf(
            5,
            """
            Where the probabilities come from: folds (stratified, by group if groups
            are given to ``fit``), a share held out at random (whole groups), or
            "prefit": the estimator is fitted already and ``fit`` only tunes.
            """,
            Integer(low=2),
            Real(low=0, high=1, closed="neither"),
            Folds(),
            OneOf(choices=("prefit",)),
        ),
        "refit": Flag(
            True,
            "Whether the estimator is then trained on all rows. False, with one "
            "held-out part only, keeps the one that was trained beside it.",
        ),
        "n_jobs": Jobs(None, "Folds at the same time."),
        "random_state": Seed(None, "For a share held out at random."),
    }

    # groups are for the folds of this estimator whenever metadata routing is on
    __metadata_request__fit = {"groups": True}

    def fit(self, X, y, groups=None, **fit_params):
        """Tune the thresholds, and train the tagger.

        Parameters
        ----------
        X : array-like of shape (n, ...)
        y : array-like of shape (n, n_tags) or (n,)
            0 and 1 for each tag, which the columns of a DataFrame name; or two classes.
        groups : array-like of shape (n,) or None, default=None
            Rows of one group are held out together.
        **fit_params : dict
            Passed to ``fit`` of the estimator; those with one entry per row are
            restricted to its rows.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If y holds neither tags nor two classes, a fitted estimator has other tags,
            or a parameter is out of range.

        Warns
        -----
        UserWarning
            If tags never occur, or always, in the rows held out; they keep 0.5.
        """
        self.check_params()
        names = column_names(y)
        y = self._read_targets(y)
        if not hasattr(X, "shape") and not isinstance(X, list | tuple):
            X = np.asarray(X)
        objective = self._objective()
        fit_params = routed_fit_params(self, fit_params, groups=groups)
        if isinstance(self.cv, str) and self.cv == "prefit":
            self.estimator_ = self.estimator
            rows, proba = np.arange(len(y)), self._tag_proba(X)
        else:
            rows, proba = self._held_out(X, y, groups, fit_params)
        self.classes_ = self._find_classes(names, y)
        if hasattr(self.estimator_, "n_features_in_"):
            self.n_features_in_ = self.estimator_.n_features_in_
        if hasattr(self.estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.estimator_.feature_names_in_
        self._tune(self._tags(y[rows]), proba, objective)
        return self

    def _read_targets(self, y):
        """Return tags or two classes as an array."""
        y, self._multilabel = read_targets(y, self)
        if self._multilabel:
            return y
        kind = type_of_target(y, input_name="y")
        if kind != "binary":
            raise ValueError(
                "Only binary classification is supported besides tags. The type of "
                f"the target is {kind}."
            )
        if (y == y[0]).all():
            raise ValueError(
                f"y holds only one class, {y[0]!r}; a threshold lies between two."
            )
        return y

    def _find_classes(self, names, y):
        """Return the names of the tags or classes; refuse tags in another order."""
        known = self.estimator_.classes_
        if not self._multilabel:
            return known
        # of several outputs these are the values of each
        named = not isinstance(known, list) and np.asarray(known).dtype.kind in "UO"
        if not named:
            return tag_classes(names, y.shape[1])
        if names is not None and not np.array_equal(names, known):
            raise ValueError(
                f"y has the tags {listed(names)}, but the estimator was trained on "
                f"{listed(known)}. Give the same tags in the same order."
            )
        return known

    def _objective(self):
        """Return what is maximized, as a function of counts."""
        named = isinstance(self.scoring, str)
        return _OBJECTIVES[self.scoring] if named else self.scoring

    def _held_out(self, X, y, groups, fit_params):
        """Train; return the rows that were held out and their probabilities."""
        if self.refit:
            # first, so that the estimator itself says what is wrong with X and y
            self.estimator_ = clone(self.estimator).fit(X, y, **fit_params)
        folds = draw_folds(self._splitter(y, groups), X, y, groups)
        if not self.refit and len(folds) > 1:
            raise ValueError(
                f"refit=False needs one held-out part, but cv={self.cv!r} gives "
                f"{len(folds)}. Set cv to a share such as 0.2."
            )
        parts = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_part)(
                clone(self.estimator),
                X,
                y,
                train,
                cut_params(fit_params, train, len(y)),
            )
            for train, _ in folds
        )
        if not self.refit:
            self.estimator_ = parts[0]
        proba = [
            self._tag_proba(take_rows(X, test), part)
            for part, (_, test) in zip(parts, folds, strict=True)
        ]
        return np.concatenate([test for _, test in folds]), np.concatenate(proba)

    def _splitter(self, y, groups):
        """Return the splitter that ``cv`` stands for."""
        if isinstance(self.cv, numbers.Integral):
            if self._multilabel:
                return _quiet(MultilabelStratifiedGroupKFold(self.cv), y, groups)
            return self.cv if groups is None else StratifiedGroupKFold(self.cv)
        if not isinstance(self.cv, numbers.Real):
            return self.cv
        kind = StratifiedShuffleSplit
        if groups is not None or self._multilabel:
            kind = ShuffleSplit if groups is None else GroupShuffleSplit
        return kind(1, test_size=self.cv, random_state=self.random_state)

    def _tags(self, y):
        """Return y as an array of bool of shape (n, n_tags)."""
        if self._multilabel:
            return y.astype(bool)
        return (y == self.classes_[-1])[:, None]

    def _tag_proba(self, X, estimator=None):
        """Predict probabilities of shape (n, n_tags)."""
        estimator = self.estimator_ if estimator is None else estimator
        proba = np.asarray(tag_probabilities(estimator, X))
        return proba if self._multilabel else proba[:, -1:]

    def _tune(self, tags, proba, objective):
        """Find each tag's threshold."""
        n_tags = tags.shape[1]
        self.thresholds_ = np.full(n_tags, 0.5)
        self.best_scores_ = np.full(n_tags, np.nan)
        fixed = np.flatnonzero(tags.all(axis=0) | ~tags.any(axis=0))
        for tag in np.setdiff1d(np.arange(n_tags), fixed):
            found = best_threshold(tags[:, tag], proba[:, tag], objective)
            self.thresholds_[tag], self.best_scores_[tag] = found
        if len(fixed):
            tags = self.classes_[fixed].tolist()
            warnings.warn(
                f"Tags {tags} occur in none or in all of the rows held out, so their "
                "threshold stays 0.5.",
                UserWarning,
                stacklevel=3,
            )

    @available_if(_gives_probabilities)
    def predict_proba(self, X):
        """Predict probabilities as the tagger gives them.

        Parameters
        ----------
        X : array-like of shape (n, ...)

        Returns
        -------
        proba : ndarray of shape (n, n_tags) or (n, 2)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        proba = tag_probabilities(self.estimator_, X)
        return strictly_inside(proba) if self._multilabel else proba

    @available_if(_gives_probabilities)
    def decision_function(self, X):
        """Return how far the probabilities are above their thresholds.

        Parameters
        ----------
        X : array-like of shape (n, ...)

        Returns
        -------
        decision : ndarray of shape (n, n_tags) or (n,)
            In [-1, 1]; a tag is given where this is 0 or more.
        """
        check_is_fitted(self)
        above = self._tag_proba(X) - self.thresholds_
        return above if self._multilabel else above[:, 0]

    @available_if(_gives_probabilities)
    def predict(self, X):
        """Predict the tags whose probability reaches their threshold.

        Parameters
        ----------
        X : array-like of shape (n, ...)

        Returns
        -------
        y : ndarray of shape (n, n_tags) or (n,)
            0 and 1 for each tag; or classes.
        """
        check_is_fitted(self)
        given = self._tag_proba(X) >= self.thresholds_
        return given.astype(int) if self._multilabel else self._name(given[:, 0])

    def _name(self, second):
        """Return the class of each row, given whether it is the second class."""
        return self.classes_[np.where(second, len(self.classes_) - 1, 0)]

    def get_metadata_routing(self):
        """Route groups to the folds here, and the rest to the estimator.

        Returns
        -------
        routing : MetadataRouter
        """
        return fit_router(self)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "thresholds_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.classifier_tags.multi_class = False
        if inner.classifier_tags is not None:
            tags.classifier_tags.multi_label = inner.classifier_tags.multi_label
            tags.classifier_tags.poor_score = inner.classifier_tags.poor_score
        return tags


def _fit_part(estimator, X, y, train, fit_params):
    """Train on some rows."""
    params = cut_params(fit_params, train, len(y))
    return estimator.fit(take_rows(X, train), y[train], **params)


def _quiet(cv, y, groups):
    """Draw folds without the warning of rare tags, which ``fit`` gives later."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return list(cv.split(np.zeros(n_rows(y)), y, groups))
