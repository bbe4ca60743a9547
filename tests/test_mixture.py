"""A Gaussian mixture for each class."""

import pickle

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import GaussianMixtureClassifier


@pytest.fixture
def rows(rng):
    """Two genres of two far clusters each, which no single Gaussian tells apart."""
    cluster = np.arange(160) % 4
    X = rng.normal(size=(160, 3)) + np.array([0, 8, 16, 24])[cluster, None]
    return X, np.array(["jazz", "metal"])[cluster % 2]


def single(**params):
    return GaussianMixtureClassifier(n_components=1, **params)


def test_one_diagonal_component_is_naive_bayes(rows):
    X, y = rows
    ours = single(reg_covar=0).fit(X, y)
    theirs = GaussianNB(var_smoothing=0).fit(X, y)
    np.testing.assert_allclose(
        ours.predict_joint_log_proba(X), theirs.predict_joint_log_proba(X), rtol=1e-9
    )


def test_one_full_component_is_quadratic_discriminant_analysis(rows):
    X, y = rows
    X, y = X[:120], y[:120]
    ours = single(covariance_type="full", reg_covar=0).fit(X, y)
    theirs = QuadraticDiscriminantAnalysis().fit(X, y)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    # scipy's density with the maximum likelihood covariance, which has divisor n
    for k, genre in enumerate(["jazz", "metal"]):
        own = X[y == genre]
        density = multivariate_normal(own.mean(axis=0), np.cov(own.T, bias=True))
        expected = density.logpdf(X) + np.log((y == genre).mean())
        np.testing.assert_allclose(ours.predict_joint_log_proba(X)[:, k], expected)


def test_bayes_rule(rows):
    X, y = rows
    clf = GaussianMixtureClassifier(n_components=2, random_state=0).fit(X, y)
    density = np.stack([np.exp(m.score_samples(X)) for m in clf.mixtures_], axis=1)
    expected = density * clf.class_prior_
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(clf.predict_proba(X), expected, rtol=1e-9, atol=1e-300)


def test_components_find_the_clusters(rows):
    X, y = rows
    assert cross_val_score(GaussianNB(), X, y).mean() < 0.9
    clf = GaussianMixtureClassifier(n_components=2, random_state=0)
    assert cross_val_score(clf, X, y).mean() == 1.0
    centers = np.sort(clf.fit(X, y).mixtures_[0].means_[:, 0])
    np.testing.assert_allclose(centers, [0, 16], atol=0.6)


def test_each_class_is_fitted_by_its_own_rows(rows):
    X, y = rows
    clf = GaussianMixtureClassifier(n_components=2, random_state=3).fit(X, y)
    seed = np.random.RandomState(3).randint(2**31 - 1)
    alone = GaussianMixture(2, covariance_type="diag", reg_covar=1e-3)
    alone.set_params(random_state=seed).fit(X[y == "jazz"])
    np.testing.assert_array_equal(clf.mixtures_[0].means_, alone.means_)


def test_priors(rows):
    X, y = rows
    keep = (y == "jazz") | (np.arange(160) % 3 == 0)
    X, y = X[keep], y[keep]
    own = single().fit(X, y)
    np.testing.assert_allclose(
        own.class_prior_, [(y == "jazz").mean(), np.mean(y != "jazz")]
    )
    even = single(priors=[0.5, 0.5]).fit(X, y)
    shift = np.log(own.class_prior_ / 0.5)
    difference = own.predict_joint_log_proba(X) - even.predict_joint_log_proba(X)
    np.testing.assert_allclose(difference, np.tile(shift, (len(X), 1)), atol=1e-9)
    certain = single(priors=[0, 1]).fit(X, y)
    assert set(certain.predict(X)) == {"metal"}
    np.testing.assert_array_equal(
        certain.predict_proba(X), np.tile([0, 1], (len(X), 1))
    )


def test_far_rows_keep_finite_probabilities(rows):
    X, y = rows
    proba = single().fit(X, y).predict_proba([[1e6] * 3, [-1e6] * 3])
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_values_too_large_to_compute_with_are_refused(rows):
    X, y = rows
    fitted = single().fit(X, y)
    for predict in (fitted.predict, fitted.predict_proba, fitted.predict_log_proba):
        with pytest.raises(
            ValueError, match=r"Mixture.*: X\[1\] holds values too large"
        ):
            predict(np.outer([0, 1e300], np.ones(3)))
    with pytest.raises(
        ValueError, match="holds values too large to compute with, up to"
    ):
        single().fit(1e200 * X, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"priors": [1.0]}, "priors must be one number >= 0 for each of the 2"),
        ({"priors": [-0.5, 1.5]}, "priors"),
        ({"priors": [0.5, 0.6]}, "priors must be numbers >= 0 with the sum 1"),
        ({"priors": "even"}, "priors must be numbers >= 0"),
        ({"priors": [np.nan, 1.0]}, "priors must be numbers >= 0"),
        ({"priors": 1.0}, "priors must be numbers >= 0"),
        ({"covariance_type": "round"}, "covariance_type"),
        ({"n_components": 0}, "n_components"),
        ({"n_init": 10**9}, "n_init must be an integer >= 1 and <= 100000"),
        ({"max_iter": 10**9}, "max_iter must be an integer >= 1 and <= 100000"),
        ({"init_params": "best"}, "init_params must be one of 'kmeans'"),
        ({"tol": -1e-3}, "tol must be a number >= 0"),
        ({"reg_covar": "small"}, "reg_covar must be a number >= 0"),
        ({"random_state": "dice"}, "random_state must be an integer"),
        ({"n_components": 90}, r"class jazz has too few clips \(n_samples=80\)"),
    ],
)
def test_bad_parameters_are_named(rows, params, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixtureClassifier(**params).fit(*rows)


def test_same_seed_same_model_and_pickle(rows):
    X, y = rows
    first = GaussianMixtureClassifier(random_state=1).fit(X, y)
    again = pickle.loads(
        pickle.dumps(GaussianMixtureClassifier(random_state=1).fit(X, y))
    )
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))


def test_grid_search(rows):
    X, y = rows
    pipe = make_pipeline(StandardScaler(), GaussianMixtureClassifier(random_state=0))
    grid = {"gaussianmixtureclassifier__n_components": [1, 2]}
    search = GridSearchCV(pipe, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_params_["gaussianmixtureclassifier__n_components"] == 2


def test_real_features(data_dir):
    """The mixtures beat chance by far on the widely used table, by song."""
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(data_dir / "gtzan" / "features_30_sec.csv")
    X = table.drop(columns=["filename", "length", "label"])
    clf = GaussianMixtureClassifier(reg_covar=0.1, random_state=0)
    scores = cross_val_score(make_pipeline(StandardScaler(), clf), X, table["label"])
    assert 0.45 < scores.mean() < 0.75
