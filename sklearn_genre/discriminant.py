"""Linear discriminant analysis for few clips and many features."""

import warnings

import numpy as np
from scipy import linalg
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ._utils.arrays import FLOATS, check_spread, finite
from .parameters import Declared, Flag, Integer, Real

__all__ = ["ShrinkageDiscriminantAnalysis"]

# bounds the search: without any signal the best temperature is infinite, and at 100 the
# probabilities are practically equal; songs of GTZAN need 4.4
_HOTTEST = 100.0


class ShrinkageDiscriminantAnalysis(Declared, ClassifierMixin, BaseEstimator):
    """Linear discriminant analysis, shrunk, with tempered probabilities.

    It predicts like scikit-learn's ``LinearDiscriminantAnalysis(solver="lsqr")``, but
    is made for more features than clips: it computes a single singular value
    decomposition of the clips, and it tempers its probabilities, which would be far too
    confident. All scores are divided by the one number that makes the true classes of
    held-out clips most likely, in a cross-validation inside ``fit``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (n_classes, n_features)
        Coefficients, divided by the temperature.
    intercept_ : ndarray of shape (n_classes,)
        Intercepts, divided by the temperature.
    temperature_ : float
        In [1, 100]; 1 leaves the probabilities as they are.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X was a DataFrame whose columns have names.

    See Also
    --------
    TextureStats : Features for which it is made.

    Notes
    -----
    The inner folds are random: songs of one artist on both sides make the probabilities
    somewhat too confident for songs of new artists.

    Where no clip differs from the others of its class, as with one clip per class,
    there is no covariance to measure: the nearest mean gives the class.

    References
    ----------
    .. [1] J. H. Friedman, "Regularized discriminant analysis", Journal of the
       American Statistical Association 84, 1989.
    .. [2] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import ShrinkageDiscriminantAnalysis
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 200))
    >>> y = np.repeat(["jazz", "metal"], 30)
    >>> X[30:, :20] += 1
    >>> clf = ShrinkageDiscriminantAnalysis().fit(X, y)
    >>> clf.temperature_ > 1
    True
    >>> clf.predict(X[:2])
    array(['jazz', 'jazz'], dtype='<U5')
    """

    _parameters = {
        "shrinkage": Real(
            0.5,
            "Weight of a covariance of independent features of equal variance against "
            "the measured one. So standardize the features.",
            low=0,
            high=1,
        ),
        "n_splits": Integer(
            5,
            "Folds of the inner cross-validation; fewer where no class has that many "
            "clips. With too few clips for two folds the temperature is 1.",
            low=2,
        ),
        "shuffle": Flag(
            True,
            "Whether clips are dealt to these folds at random, or neighbors together. "
            "Give False where several consecutive rows are excerpts of one song: with "
            "some of them on each side the probabilities would be too confident.",
        ),
    }

    def fit(self, X, y):
        """Estimate means, covariance and temperature.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,)
            One label per clip.

        Returns
        -------
        self : ShrinkageDiscriminantAnalysis

        Raises
        ------
        ValueError
            If a parameter is invalid, X or y is not as described, or y has only
            one class.
        """
        self.check_params()
        X, y = validate_data(self, X, y, dtype=FLOATS, ensure_min_samples=2)
        check_classification_targets(y)
        check_spread(X, type(self).__name__)
        self.classes_, code = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "ShrinkageDiscriminantAnalysis needs two classes or more, but y has "
                "only one class."
            )
        cv = StratifiedKFold(
            min(self.n_splits, max(2, np.bincount(code).max())),
            shuffle=self.shuffle,
            random_state=0 if self.shuffle else None,
        )
        self.temperature_ = _temperature(X, code, self.shrinkage, cv)
        coef, intercept = _discriminants(X, code, self.shrinkage)
        self.coef_ = coef / self.temperature_
        self.intercept_ = intercept / self.temperature_
        return self

    @finite
    def _scores(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        return X @ self.coef_.T + self.intercept_

    def decision_function(self, X):
        """Score the classes: log probabilities up to a constant per row.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        scores : ndarray of shape (n, n_classes), or (n,) for two classes
            For two classes the score of the second minus that of the first.
        """
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_log_proba(self, X):
        """Return the logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        log_proba : ndarray of shape (n, n_classes)
        """
        return log_softmax(self._scores(X), axis=1)

    def predict_proba(self, X):
        """Predict the probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        proba : ndarray of shape (n, n_classes)
            In the order of ``classes_``.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X):
        """Predict the most probable class.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        y : ndarray of shape (n,)
        """
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]


def _discriminants(X, code, shrinkage):
    """Return coefficients and intercepts of classes 0, 1, ... of one covariance."""
    n_classes = code.max() + 1
    counts = np.bincount(code)
    means = np.stack([X[code == k].mean(axis=0) for k in range(n_classes)])
    within = (X - means[code]) / np.sqrt(len(X))
    _, deviations, axes = linalg.svd(within, full_matrices=False)
    variances = deviations**2
    floor = shrinkage * variances.sum() / X.shape[1]
    if not variances.any():
        # one clip per class, or copies of it: the nearest mean gives the class
        floor = X.var(axis=0).mean()
    # along directions in which no clip differs from its class, only the floor remains
    beyond = 1 / floor if floor > 0 else 0.0
    along = (1 - shrinkage) * variances + floor
    known = along > np.finfo(X.dtype).eps * along.max()
    inverse = np.where(known, 1 / np.where(known, along, 1.0), 0.0)
    coef = means * beyond + ((means @ axes.T) * (inverse - beyond)) @ axes
    intercept = np.log(counts / len(X)) - 0.5 * np.sum(means * coef, axis=1)
    return coef, intercept


def _temperature(X, code, shrinkage, cv):
    """Return the temperature for held-out clips; 1 if there are too few of them."""
    counts = np.bincount(code)
    # a class of one clip is missing in training when that clip is held out
    kept = counts[code] > 1
    n_classes = (counts > 1).sum()
    if n_classes < 2 or kept.sum() * (cv.n_splits - 1) // cv.n_splits <= n_classes:
        return 1.0
    X, code = X[kept], np.unique(code[kept], return_inverse=True)[1]
    scores = np.empty((len(X), n_classes))
    with warnings.catch_warnings():
        # a class with fewer clips than folds has each clip in a fold of its own
        warnings.filterwarnings("ignore", message="The least populated class")
        for train, test in cv.split(X, code):
            coef, intercept = _discriminants(X[train], code[train], shrinkage)
            scores[test] = X[test] @ coef.T + intercept
    return _best_temperature(scores, code)


def _best_temperature(scores, code):
    """Return the temperature with the least mean loss of the true classes."""
    rows = np.arange(len(code))

    def loss(log_temperature):
        cooled = log_softmax(scores / np.exp(log_temperature), axis=1)
        return -cooled[rows, code].mean()

    found = minimize_scalar(loss, bounds=(0, np.log(_HOTTEST)), method="bounded")
    return float(np.exp(found.x))
