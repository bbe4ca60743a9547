"""Generative classifier: a Gaussian mixture for each genre."""

import numpy as np
from scipy.special import logsumexp
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.mixture import GaussianMixture
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ._utils.arrays import FLOATS

__all__ = ["GaussianMixtureClassifier"]

_MAX_SEED = 2**31 - 1


class GaussianMixtureClassifier(ClassifierMixin, BaseEstimator):
    """Classifier with a Gaussian mixture as the density of each class.

    Each class's density is estimated by expectation maximization from its own clips;
    Bayes' rule makes class probabilities of densities and priors. It is the Gaussian
    mixture baseline of genre classification [1]_. With one component and "full"
    covariances it is quadratic discriminant analysis.

    Parameters
    ----------
    n_components : int, default=3
        Gaussians of each class, >= 1. 3 is the one for which [1]_ reports 61 %.
    covariance_type : {"full", "tied", "diag", "spherical"}, default="diag"
        Form of the covariances, as in :class:`~sklearn.mixture.GaussianMixture`;
        "tied" is tied within a class. "full" ones of many features need many clips.
    priors : array-like of shape (n_classes,) or None, default=None
        Probabilities of the classes, in the order of ``classes_``; not negative,
        with the sum 1. None: their shares of the training clips.
    tol : float, default=1e-3
        Gain of the mean log likelihood below which the estimation stops, >= 0.
    reg_covar : float, default=1e-3
        Added to the variances, >= 0. In units of the squared features, so
        standardize these; larger values help where clips are few.
    max_iter : int, default=100
        Most iterations of a class, >= 1.
    n_init : int, default=1
        Initializations of a class, of which the best is kept, >= 1.
    init_params : {"kmeans", "k-means++", "random", "random_from_data"}, \
default="kmeans"
        How components are initialized.
    random_state : int, RandomState instance or None, default=None
        Seeds the initialization.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    class_prior_ : ndarray of shape (n_classes,)
        Probability of each class.
    mixtures_ : list of GaussianMixture
        The fitted densities, in the order of ``classes_``.
    n_iter_ : int
        Most iterations that any class took.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where X was a DataFrame with such columns.

    See Also
    --------
    SummaryStats : Makes feature rows of frames.
    sklearn.naive_bayes.GaussianNB : One Gaussian a class, without covariances.

    Notes
    -----
    There is no ``sample_weight``, because GaussianMixture has none.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals",
       IEEE Trans. Speech Audio Process. 10(5), 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import GaussianMixtureClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 2)) + 6 * (np.arange(60) % 4)[:, None]
    >>> y = np.where(np.arange(60) % 2, "jazz", "pop")  # two clusters each
    >>> clf = GaussianMixtureClassifier(n_components=2, random_state=0).fit(X, y)
    >>> clf.score(X, y)
    1.0
    >>> clf.predict([[0, 0], [6, 6], [12, 12]])
    array(['pop', 'jazz', 'pop'], dtype='<U4')
    """

    def __init__(
        self,
        *,
        n_components=3,
        covariance_type="diag",
        priors=None,
        tol=1e-3,
        reg_covar=1e-3,
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        random_state=None,
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.priors = priors
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.random_state = random_state

    def fit(self, X, y):
        """Estimate the density of every class.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Finite floats.
        y : array-like of shape (n,)
            Class labels.

        Returns
        -------
        self : GaussianMixtureClassifier

        Raises
        ------
        ValueError
            If X, y or a parameter is not as described, or a class has fewer clips
            than ``n_components`` (or than 2); it names the class.
        """
        X, y = validate_data(self, X, y, dtype=FLOATS)
        check_classification_targets(y)
        self.classes_, counts = np.unique(y, return_counts=True)
        self._check_counts(counts)
        self.class_prior_ = self._priors(counts)
        rng = check_random_state(self.random_state)
        # GaussianMixture refuses "kmeans" under dispatch, even for NumPy's arrays
        with config_context(array_api_dispatch=False):
            self.mixtures_ = [
                self._mixture(rng.randint(_MAX_SEED)).fit(X[y == label])
                for label in self.classes_
            ]
        self.n_iter_ = max(mixture.n_iter_ for mixture in self.mixtures_)
        return self

    def predict_joint_log_proba(self, X):
        """Log densities of the clips under each class, plus its log prior.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        joint : ndarray of shape (n, n_classes)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        densities = [mixture.score_samples(X) for mixture in self.mixtures_]
        with np.errstate(divide="ignore"):  # a prior may be 0
            return np.stack(densities, axis=1) + np.log(self.class_prior_)

    def predict_log_proba(self, X):
        """Logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        log_proba : ndarray of shape (n, n_classes)
        """
        joint = self.predict_joint_log_proba(X).astype(np.float64)
        return joint - logsumexp(joint, axis=1, keepdims=True)

    def predict_proba(self, X):
        """Probabilities of the classes, by Bayes' rule.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        proba : ndarray of shape (n, n_classes)
            In the order of ``classes_``; rows sum to one.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X):
        """The most probable class of each clip.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        y : ndarray of shape (n,)
        """
        best = self.predict_joint_log_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _mixture(self, seed):
        """An unfitted density of one class."""
        return GaussianMixture(
            n_components=self.n_components,
            covariance_type=self.covariance_type,
            tol=self.tol,
            reg_covar=self.reg_covar,
            max_iter=self.max_iter,
            n_init=self.n_init,
            init_params=self.init_params,
            random_state=seed,
        )

    def _check_counts(self, counts):
        """Check that every class has clips enough for its components."""
        needed = max(self.n_components, 2)
        if counts.min() < needed:
            label, n = self.classes_[counts.argmin()], counts.min()
            raise ValueError(
                f"GaussianMixtureClassifier: class {label!s} has too few clips "
                f"(n_samples={n}) for n_components={self.n_components}: at least "
                f"{needed} of each class are needed."
            )

    def _priors(self, counts):
        """Probabilities of the classes."""
        if self.priors is None:
            return counts / counts.sum()
        priors = check_array(
            self.priors, ensure_2d=False, dtype=np.float64, input_name="priors"
        )
        if priors.shape != counts.shape or (priors < 0).any():
            raise ValueError(
                "GaussianMixtureClassifier: priors must be one number >= 0 for each of "
                f"the {len(counts)} classes, got {self.priors!r}."
            )
        if not np.isclose(priors.sum(), 1.0):
            raise ValueError(
                "GaussianMixtureClassifier: priors must sum to 1, got a sum of "
                f"{priors.sum():g}."
            )
        return priors
