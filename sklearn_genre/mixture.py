"""Generative classifier: one Gaussian mixture per genre."""

import numpy as np
from scipy.special import logsumexp
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.mixture import GaussianMixture
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ._utils.arrays import FLOATS, check_finite, check_spread
from ._utils.labels import refuse_missing
from ._utils.tags import check_classes, kind_of_classes
from .parameters import Declared, Integer, OneOf, Real, Rule, Seed

__all__ = ["GaussianMixtureClassifier"]

# the largest that RandomState.randint draws as a C long on every platform
_MAX_SEED = 2**31 - 1
# of initializations and iterations: each is a pass over the clips of a class
_MOST_ROUNDS = 100_000


class _Priors(Rule):
    """Probabilities of classes; their number is checked in ``fit``."""

    type = "array-like of shape (n_classes,)"
    annotation = "Sequence[float]"
    words = "numbers >= 0 with the sum 1, one per class"

    def accepts(self, value, owner):
        priors = np.asarray(value, dtype=np.float64)
        return priors.ndim == 1 and (priors >= 0).all() and np.isclose(priors.sum(), 1)


class GaussianMixtureClassifier(Declared, ClassifierMixin, BaseEstimator):
    """Classifier with a Gaussian mixture as the density of each class.

    Expectation maximization estimates the density of each class from its own clips;
    Bayes' rule turns densities and priors into class probabilities. This is the
    Gaussian mixture baseline of genre classification [1]_. With one component and
    "full" covariances it is quadratic discriminant analysis.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    class_prior_ : ndarray of shape (n_classes,)
        Probability of each class.
    mixtures_ : list of GaussianMixture
        The fitted densities, in the order of ``classes_``.
    n_iter_ : int
        Largest number of iterations of any class.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X was a DataFrame whose columns have names.

    See Also
    --------
    SummaryStats : Turns frames into rows of features.
    sklearn.naive_bayes.GaussianNB : One Gaussian per class, without covariances.

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

    _parameters = {
        "n_components": Integer(
            3,
            "Gaussians per class. 3 is the number for which [1]_ reports 61 %.",
            low=1,
        ),
        "covariance_type": OneOf(
            "diag",
            "Form of the covariances, as in :class:`~sklearn.mixture.GaussianMixture`; "
            '"tied" is tied within a class. "full" ones of many features need many '
            "clips.",
            choices=("full", "tied", "diag", "spherical"),
        ),
        "priors": _Priors(
            None,
            "Probabilities of the classes, in the order of ``classes_``; not negative, "
            "with the sum 1. None: their shares of the training clips.",
            none=True,
        ),
        "tol": Real(
            1e-3,
            "Gain of the mean log likelihood below which the estimation stops.",
            low=0,
        ),
        "reg_covar": Real(
            1e-3,
            "Added to the variances. In units of the squared features, so standardize "
            "these; larger values help where clips are few.",
            low=0,
        ),
        "max_iter": Integer(
            100, "Maximum number of iterations per class.", low=1, high=_MOST_ROUNDS
        ),
        "n_init": Integer(
            1,
            "Initializations per class, of which the best is kept.",
            low=1,
            high=_MOST_ROUNDS,
        ),
        "init_params": OneOf(
            "kmeans",
            "How components are initialized.",
            choices=("kmeans", "k-means++", "random", "random_from_data"),
        ),
        "random_state": Seed(None, "Seeds the initialization."),
    }

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
            than ``n_components`` (or than 2); the error names the class.
        """
        self.check_params()
        refuse_missing(y)
        X, y = validate_data(self, X, y, dtype=FLOATS)
        kind_of_classes(y)
        check_spread(X, type(self).__name__)
        self.classes_, counts = np.unique(y, return_counts=True)
        check_classes(self.classes_, self)
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
        """Return the log density of each clip under each class, plus its log prior.

        Parameters
        ----------
        X : array-like of shape (n, n_features)

        Returns
        -------
        joint : ndarray of shape (n, n_classes)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        with np.errstate(over="ignore", invalid="ignore"):
            densities = [mixture.score_samples(X) for mixture in self.mixtures_]
        densities = np.stack(densities, axis=1)
        check_finite(densities, type(self).__name__)
        with np.errstate(divide="ignore"):  # a prior may be 0
            return densities + np.log(self.class_prior_)

    def predict_log_proba(self, X):
        """Return the logarithm of ``predict_proba``.

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
        """Predict the probabilities of the classes, by Bayes' rule.

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
        """Predict the most probable class of each clip.

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
        """Build the unfitted density of one class."""
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
        """Check that every class has enough clips for its components."""
        needed = max(self.n_components, 2)
        if counts.min() < needed:
            label, n = self.classes_[counts.argmin()], counts.min()
            raise ValueError(
                f"GaussianMixtureClassifier: class {label!s} has too few clips "
                f"(n_samples={n}) for n_components={self.n_components}: at least "
                f"{needed} of each class are needed."
            )

    def _priors(self, counts):
        """Return the prior probabilities of the classes."""
        if self.priors is None:
            return counts / counts.sum()
        priors = np.asarray(self.priors, dtype=np.float64)
        if len(priors) != len(counts):
            raise ValueError(
                "GaussianMixtureClassifier: priors must be one number >= 0 for each of "
                f"the {len(counts)} classes, got {self.priors!r}."
            )
        return priors
