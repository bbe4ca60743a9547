"""Linear discriminant analysis for few clips and many features."""

import warnings

import numpy as np
from scipy import linalg
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from ._utils.arrays import FLOATS, check_spread, finite
from ._utils.calibration import best_temperature
from ._utils.labels import refuse_missing
from ._utils.tags import check_classes, kind_of_classes
from .parameters import Declared, Flag, Integer, Real

__all__ = ["ClassDistance", "ShrinkageDiscriminantAnalysis"]


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
        refuse_missing(y)
        X, y = validate_data(self, X, y, dtype=FLOATS, ensure_min_samples=2)
        kind_of_classes(y)
        check_spread(X, type(self).__name__)
        self.classes_, code = np.unique(y, return_inverse=True)
        check_classes(self.classes_, self)
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


class ClassDistance(Declared, BaseEstimator):
    """Distance of clips from the nearest class, to tell what fits no class.

    It is the squared Mahalanobis distance from the mean of the nearest class, under one
    shrunk covariance of all classes as in `ShrinkageDiscriminantAnalysis`: that one
    tells which class is nearest, this one whether any is near. A share of the distance
    from the mean of all clips is taken off: in directions in which classes do not
    differ from the rest, distance says less.

    Attributes
    ----------
    means_ : ndarray of shape (n_classes, n_features)
        The means of the classes.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X was a DataFrame whose columns have names.

    See Also
    --------
    OpenSetClassifier : A classifier that abstains where nothing is near.

    References
    ----------
    .. [1] K. Lee, K. Lee, H. Lee, J. Shin, "A simple unified framework for detecting
       out-of-distribution samples and adversarial attacks", NeurIPS 2018.
    .. [2] J. Ren et al., "A simple fix to Mahalanobis distance for improving near-OOD
       detection", arXiv:2106.09022, 2021. It takes off the whole distance.

    Examples
    --------
    >>> from sklearn_genre import ClassDistance
    >>> distance = ClassDistance().fit([[0.0], [1.0], [8.0], [9.0]], [0, 0, 1, 1])
    >>> distance.score_samples([[0.5], [4.5], [8.5]]).round(1).tolist()
    [0.5, -64.0, 0.5]
    """

    _parameters = {
        "shrinkage": Real(
            0.5,
            "Weight of a covariance of independent features of equal variance against "
            "the measured one. So standardize the features.",
            low=0,
            high=1,
        ),
        # for genres left out of the training, of GTZAN and of Emotify, half is better
        # by 0.01 of the AUROC than none, or as good (benchmarks/results/open_set.txt)
        "relative": Real(
            0.5,
            "Share of the squared distance from the mean of all clips that is taken "
            "off; 0 takes nothing off.",
            low=0,
            high=1,
        ),
    }

    def fit(self, X, y=None):
        """Estimate means and covariances.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,) or None, default=None
            One label per clip; None takes all for one class.

        Returns
        -------
        self : ClassDistance

        Raises
        ------
        ValueError
            If a parameter is invalid, or X or y is not as described.
        """
        self.check_params()
        X = validate_data(self, X, dtype=FLOATS, ensure_min_samples=2)
        check_spread(X, type(self).__name__)
        y = np.zeros(len(X)) if y is None else column_or_1d(y)
        check_consistent_length(X, y)
        code = np.unique(y, return_inverse=True)[1]
        self.means_ = np.stack([X[code == k].mean(axis=0) for k in np.unique(code)])
        center = X.mean(axis=0)
        self._near = _precision(X, self.means_[code], self.shrinkage)
        self._far = center, _precision(X, center, self.shrinkage)
        return self

    @finite
    def score_samples(self, X):
        """Return how near each clip is to a class.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        scores : ndarray of shape (n,)
            The negative of the squared distance, in variances, as the mean over the
            features.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        near = np.min([_squares(X, mean, self._near) for mean in self.means_], axis=0)
        far = _squares(X, *self._far)
        return (self.relative * far - near) / X.shape[1]


def _discriminants(X, code, shrinkage):
    """Return coefficients and intercepts of classes 0, 1, ... of one covariance."""
    n_classes = code.max() + 1
    counts = np.bincount(code)
    means = np.stack([X[code == k].mean(axis=0) for k in range(n_classes)])
    axes, extra, beyond = _precision(X, means[code], shrinkage)
    coef = means * beyond + ((means @ axes.T) * extra) @ axes
    intercept = np.log(counts / len(X)) - 0.5 * np.sum(means * coef, axis=1)
    return coef, intercept


def _precision(X, centers, shrinkage):
    """Return the inverse of the shrunk covariance of rows about their centers.

    It is ``beyond`` in every direction, and ``extra`` more along each of the axes.
    """
    within = (X - centers) / np.sqrt(len(X))
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
    return axes, inverse - beyond, beyond


def _squares(X, center, precision):
    """Return the squared distances of rows from a center."""
    axes, extra, beyond = precision
    away = X - center
    return beyond * np.sum(away**2, axis=1) + (away @ axes.T) ** 2 @ extra


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
    return best_temperature(scores, code)
