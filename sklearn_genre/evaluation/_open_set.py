"""A classifier that says when it does not know."""

import numbers
import warnings

import numpy as np
from joblib import Parallel, delayed
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from .._utils.calibration import best_temperature
from .._utils.indexing import cut_params, n_rows, take_rows
from .._utils.labels import label_list, to_codes
from .._utils.routing import fit_router, routed_fit_params
from .._utils.tags import read_targets
from ..discriminant import ClassDistance
from ..parameters import REQUIRED, AnyOf, Declared, Having, Integer, Jobs, Real
from ._folds import draw_folds
from ._rules import Folds, Label

# below 1 the probabilities become more certain; classifiers that vote need about 0.3
_COLDEST = 0.2
# no vote is no proof that a class is impossible
_LEAST = np.finfo(float).eps
_DEFAULT = ClassDistance()


class OpenSetClassifier(Declared, MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Classifier that abstains where a clip is like nothing in the training.

    A classifier has to choose one of its classes, for speech and silence as well, and
    is often sure of it: its probabilities compare classes and do not say whether any of
    them fits. This one measures the fit beside it, with a detector, and compares it
    with the fit of clips that were held out in the training. On the same clips it also
    calibrates the probabilities.

    Attributes
    ----------
    estimator_ : classifier
        Trained on all clips.
    detector_ : estimator
        Trained on all clips.
    held_out_scores_ : ndarray of shape (n_held_out,)
        What the detector gave for clips of the training when they were held out, in
        ascending order. Left out are clips whose class was missing on the other side.
    temperature_ : float
        In [0.2, 100]; the logarithms of the probabilities are divided by it.
    classes_ : ndarray of shape (n_classes,)
        Those of the estimator; ``unknown`` is none of them.
    n_features_in_ : int
        If the estimator has it.
    feature_names_in_ : ndarray of shape (n_features,)
        If the estimator has it.

    See Also
    --------
    ClassDistance : The detector used by default.
    recipes.pretrained : A system with both.
    sklearn.calibration.CalibratedClassifierCV : Calibration by itself; its temperature
        needs all classes in every fold.

    Notes
    -----
    Give ``groups`` to ``fit``: with songs of an artist on both sides of a fold,
    held-out clips fit too well, so that more than ``rejection_rate`` of the songs by
    other artists are rejected, and the probabilities are too certain.

    The rate is that of conformal prediction [1]_: a clip is rejected if its place among
    the held-out clips and itself is within the rate. So 19 are needed to reject one in
    20.

    References
    ----------
    .. [1] V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World",
       Springer, 2005.
    .. [2] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import OpenSetClassifier, ShrinkageDiscriminantAnalysis
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "metal"], 50)
    >>> X = rng.normal(size=(100, 5)) + 4 * (y == "metal")[:, None]
    >>> model = OpenSetClassifier(ShrinkageDiscriminantAnalysis()).fit(X, y)
    >>> model.predict([[0] * 5, [4] * 5, [9, -9, 9, -9, 9]])
    array(['jazz', 'metal', 'unknown'], dtype='<U7')
    >>> model.score_samples([[0] * 5, [9, -9, 9, -9, 9]]).round(2)
    array([1.  , 0.01])
    """

    _parameters = {
        "estimator": Having(
            REQUIRED,
            "For two or more classes.",
            methods=("fit", "predict_proba"),
            type="classifier",
        ),
        "detector": Having(
            None,
            """
            What measures the fit, with higher scores for what fits better:
            `ClassDistance` if None, one of scikit-learn's detectors of
            outliers, or a Pipeline that ends with one.
            """,
            methods=("fit", "score_samples"),
            type="detector",
            none=True,
        ),
        "rejection_rate": Real(
            0.05,
            "Share of songs like those of the training for which ``predict`` abstains, "
            "at most. None never abstains.",
            low=0,
            high=1,
            closed="neither",
            none=True,
        ),
        "unknown": Label(
            "unknown", "What ``predict`` gives where it abstains: no class, or None."
        ),
        "cv": AnyOf(
            5,
            """
            Folds that are held out in turn: stratified, at random, by group if groups
            are given to ``fit``; fewer if there are not as many groups or clips.
            """,
            Integer(low=2),
            Folds(),
        ),
        "n_jobs": Jobs(None, "Folds at the same time."),
    }

    # groups are for the folds of this estimator whenever metadata routing is on
    __metadata_request__fit = {"groups": True}

    def fit(self, X, y, groups=None, **fit_params):
        """Train the classifier and the detector, and measure both on held-out clips.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,)
            One label per clip.
        groups : array-like of shape (n,) or None, default=None
            Clips of one group, such as an artist, are held out together.
        **fit_params : dict
            Passed to ``fit`` of the classifier; those with one entry per clip are
            restricted to its clips.

        Returns
        -------
        self : OpenSetClassifier

        Raises
        ------
        ValueError
            If y holds tags or only one class, a parameter is out of range, ``unknown``
            is a class, or clips are to be rejected, but none can be held out.

        Warns
        -----
        UserWarning
            If so few clips can be held out that none will ever be rejected.
        """
        self.check_params()
        if not hasattr(X, "shape") and not isinstance(X, list | tuple):
            X = np.asarray(X)
        y = self._read_targets(y)
        fit_params = routed_fit_params(self, fit_params, groups=groups)
        # first, so that the estimator itself says what is wrong with X and y
        self.estimator_ = clone(self.estimator).fit(X, y, **fit_params)
        self.detector_ = self._new_detector().fit(X, y)
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        scores, log_proba, code = self._held_out(X, y, groups, fit_params)
        self.held_out_scores_ = np.sort(scores)
        self.temperature_ = 1.0
        if len(code):
            self.temperature_ = best_temperature(
                log_proba, code, coldest=_COLDEST, n_unsure=1
            )
        self._check_rate()
        return self

    def _read_targets(self, y):
        """Return classes as an array."""
        y, multilabel = read_targets(y, self)
        if multilabel:
            raise ValueError(
                f"{type(self).__name__} takes one class per clip, but y holds tags."
            )
        if (y == y[0]).all():
            raise ValueError(
                f"{type(self).__name__} needs two classes or more, but y has only one "
                "class."
            )
        if self.rejection_rate is not None and self.unknown in y.tolist():
            raise ValueError(
                f"unknown={self.unknown!r} is one of the classes in y; what stands for "
                "none of them needs another name."
            )
        return y

    def _new_detector(self):
        """Return an untrained detector."""
        return clone(_DEFAULT if self.detector is None else self.detector)

    def _held_out(self, X, y, groups, fit_params):
        """Return scores, log probabilities and classes of clips when held out."""
        code = np.searchsorted(self.classes_, y)
        folds = self._folds(X, y, code, groups)
        parts = Parallel(n_jobs=self.n_jobs)(
            delayed(_measure)(
                clone(self.estimator),
                self._new_detector(),
                X,
                y,
                fold,
                fit_params,
                self.classes_,
            )
            for fold in folds
        )
        if not parts:
            return np.empty(0), np.empty((0, len(self.classes_))), np.empty(0, int)
        scores, log_proba = map(np.concatenate, zip(*parts, strict=True))
        return scores, log_proba, code[np.concatenate([test for _, test in folds])]

    def _folds(self, X, y, code, groups):
        """Draw the folds, without clips whose class is not on the other side."""
        cv, limit = self.cv, len(y)
        if isinstance(cv, numbers.Integral):
            kind = StratifiedKFold
            if groups is not None:
                kind = StratifiedGroupKFold
                limit = to_codes(label_list(groups, "groups", n_rows(X)))[0].max() + 1
            most = np.bincount(code).max()
            cv = kind(max(2, min(cv, limit, most)), shuffle=True, random_state=0)
            if limit < 2 or most < 2:
                return []
        with warnings.catch_warnings():
            # such classes have each of their clips in a fold of its own
            warnings.filterwarnings("ignore", "The least populated class")
            folds = draw_folds(cv, X, y, groups)
        kept = [
            (train, test[np.isin(code[test], code[train])]) for train, test in folds
        ]
        return [
            (train, test)
            for train, test in kept
            if len(test) and len(np.unique(code[train])) > 1
        ]

    def _check_rate(self):
        """Refuse or warn of a rate that so few held-out clips cannot show."""
        n, rate = len(self.held_out_scores_), self.rejection_rate
        if rate is None:
            return
        if not n:
            raise ValueError(
                "No clip can be held out: that needs a class with clips in two groups "
                "or, without groups, with two clips, and another class. Add clips, or "
                "set rejection_rate=None."
            )
        if rate * (n + 1) < 1:
            warnings.warn(
                f"rejection_rate={rate:g} needs {int(np.ceil(1 / rate)) - 1} clips "
                f"that can be held out, there are {n}: no clip will be rejected. Add "
                "clips, or set a higher rate.",
                UserWarning,
                stacklevel=3,
            )

    def predict(self, X):
        """Predict the most probable class, or abstain.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        y : ndarray of shape (n,)
            Classes; ``unknown`` where the fit is not above ``rejection_rate``. Of
            dtype object if ``unknown`` is of another type than the classes.
        """
        check_is_fitted(self)
        best = self.classes_[self.predict_log_proba(X).argmax(axis=1)]
        if self.rejection_rate is None:
            return best
        rejected = self.score_samples(X) <= self.rejection_rate
        same = isinstance(self.unknown, str) == (best.dtype.kind == "U")
        if self.unknown is None or not same:
            best = best.astype(object)
        return np.where(rejected, np.array(self.unknown), best)

    def score_samples(self, X):
        """Return how well each clip fits the training.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        fit : ndarray of shape (n,)
            In (0, 1]: the share of held-out clips, with the clip itself, that fit no
            better. NaN if no clip could be held out.
        """
        check_is_fitted(self)
        held_out, scores = self.held_out_scores_, self.detector_.score_samples(X)
        if not len(held_out):
            return np.full(len(scores), np.nan)
        below = np.searchsorted(held_out, scores, side="right")
        return (below + 1) / (len(held_out) + 1)

    def predict_log_proba(self, X):
        """Return the logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        log_proba : ndarray of shape (n, n_classes)
        """
        check_is_fitted(self)
        return log_softmax(_log_proba(self.estimator_, X) / self.temperature_, axis=1)

    def predict_proba(self, X):
        """Predict the probabilities of the classes, if the clip is of one of them.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        proba : ndarray of shape (n, n_classes)
            In the order of ``classes_``, for rejected clips as well.
        """
        return np.exp(self.predict_log_proba(X))

    def get_metadata_routing(self):
        """Route groups to the folds here, and the rest to the estimator.

        Returns
        -------
        routing : MetadataRouter
        """
        return fit_router(self)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "temperature_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        detector = _DEFAULT if self.detector is None else self.detector
        tags.input_tags.sparse &= get_tags(detector).input_tags.sparse
        if inner.classifier_tags is not None:
            tags.classifier_tags.poor_score = inner.classifier_tags.poor_score
        return tags


def _measure(estimator, detector, X, y, fold, fit_params, classes):
    """Train on one side of a fold; return scores and log probabilities of the other."""
    train, test = fold
    params = cut_params(fit_params, train, len(y))
    seen, new = take_rows(X, train), take_rows(X, test)
    estimator.fit(seen, y[train], **params)
    log_proba = np.full((len(test), len(classes)), np.log(_LEAST))
    columns = np.searchsorted(classes, estimator.classes_)
    log_proba[:, columns] = _log_proba(estimator, new)
    return detector.fit(seen, y[train]).score_samples(new), log_proba


def _log_proba(estimator, X):
    """Return finite logarithms of the probabilities of classes."""
    proba = np.asarray(estimator.predict_proba(X), dtype=float)
    return np.log(np.clip(proba, _LEAST, None))
