"""A classifier that abstains, and the calibration of its probabilities."""

import pickle

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, cross_validate
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    ClassDistance,
    OpenSetClassifier,
    ShrinkageDiscriminantAnalysis,
)

GENRES = np.array(["dub", "jazz", "ska"])


def songs(rng, n=240, n_features=12, spread=2.0, labels=GENRES):
    """Songs of artists, each of whom adds something of their own."""
    artist = np.arange(n) // 4
    y = artist % len(labels)
    centers = np.random.default_rng(5).normal(size=(len(labels), n_features)) * spread
    own = rng.normal(size=(artist.max() + 1, n_features))
    X = centers[y] + own[artist] + rng.normal(size=(n, n_features))
    return X, labels[y], artist


def model(**params):
    return OpenSetClassifier(ShrinkageDiscriminantAnalysis(), **params)


def test_it_rejects_what_is_far_and_one_in_twenty_of_the_rest(rng):
    X, y, artists = songs(rng)
    fitted = model().fit(X, y, groups=artists)
    new, truth, _ = songs(rng, 4000)
    said = fitted.predict(new)
    assert 0.02 < (said == "unknown").mean() < 0.09
    known = said != "unknown"
    assert (said[known] == truth[known]).mean() > 0.9
    far = rng.normal(size=(50, 12)) * 8
    assert (fitted.predict(far) == "unknown").mean() > 0.9
    assert set(fitted.classes_) == set(GENRES)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_the_rate_is_that_of_held_out_songs(rate, rng):
    X, y, artists = songs(rng)
    fitted = model(rejection_rate=rate).fit(X, y, groups=artists)
    n = len(fitted.held_out_scores_)
    assert n == len(X)
    scores = ClassDistance().fit(X, y).score_samples(X)
    np.testing.assert_array_equal(
        fitted.score_samples(X),
        [(1 + (fitted.held_out_scores_ <= s).sum()) / (n + 1) for s in scores],
    )
    rejected = fitted.predict(X) == "unknown"
    np.testing.assert_array_equal(rejected, fitted.score_samples(X) <= rate)


def test_held_out_scores_are_those_of_the_folds(rng):
    X, y, artists = songs(rng)
    folds = list(StratifiedGroupKFold(4).split(X, y, artists))
    fitted = model(cv=folds).fit(X, y)
    scores = [
        ClassDistance().fit(X[train], y[train]).score_samples(X[test])
        for train, test in folds
    ]
    np.testing.assert_allclose(fitted.held_out_scores_, np.sort(np.concatenate(scores)))


def test_without_artists_songs_fit_too_well(rng):
    X, y, artists = songs(rng, n_features=40)
    new = songs(rng, 2000, n_features=40)[0]
    shares = [
        (model(rejection_rate=0.1).fit(X, y, groups=g).predict(new) == "unknown").mean()
        for g in (artists, None)
    ]
    assert shares[0] < shares[1]


def test_it_can_never_abstain(rng):
    X, y, _ = songs(rng)
    fitted = model(rejection_rate=None).fit(X, y)
    far = rng.normal(size=(50, 12)) * 8
    assert set(fitted.predict(far)) <= set(GENRES)
    assert (fitted.score_samples(far) < 0.05).mean() > 0.9
    inner = fitted.estimator_
    np.testing.assert_array_equal(fitted.predict(X), inner.predict(X))


@pytest.mark.parametrize("estimator", ["sure", "unsure"])
def test_probabilities_are_calibrated(estimator, rng):
    X, y, artists = songs(rng, spread=0.5)
    inner = {
        "sure": LogisticRegression(C=1e4, max_iter=5000),
        "unsure": LogisticRegression(C=1e-4),
    }[estimator]
    fitted = OpenSetClassifier(inner).fit(X, y, groups=artists)
    assert (fitted.temperature_ > 1.2) == (estimator == "sure")
    assert (fitted.temperature_ < 0.8) == (estimator == "unsure")
    new, truth, _ = songs(rng, 2000, spread=0.5)
    before = log_loss(truth, fitted.estimator_.predict_proba(new))
    assert log_loss(truth, fitted.predict_proba(new)) < before - 0.01
    np.testing.assert_allclose(fitted.predict_proba(new).sum(axis=1), 1)
    np.testing.assert_allclose(
        np.exp(fitted.predict_log_proba(new)), fitted.predict_proba(new)
    )


def test_a_forest_whose_votes_are_zero(rng):
    X, y, _ = songs(rng)
    forest = RandomForestClassifier(5, random_state=0)
    fitted = OpenSetClassifier(forest).fit(X, y)
    assert np.isfinite(fitted.predict_log_proba(X)).all()
    assert np.isfinite(fitted.temperature_)


@pytest.mark.parametrize(
    "detector",
    [
        LocalOutlierFactor(novelty=True),
        make_pipeline(StandardScaler(), IsolationForest(random_state=0)),
    ],
    ids=["neighbors", "pipeline"],
)
def test_detectors_of_scikit_learn(detector, rng):
    X, y, artists = songs(rng)
    fitted = model(detector=detector).fit(X, y, groups=artists)
    assert (fitted.predict(rng.normal(size=(50, 12)) * 9) == "unknown").mean() > 0.8
    assert not hasattr(detector, "offset_")


@pytest.mark.parametrize(
    ("labels", "unknown", "dtype"),
    [
        (GENRES, "something else", "U"),
        (GENRES, None, "O"),
        (GENRES, -1, "O"),
        (np.arange(3), -1, "i"),
        (np.arange(3), "unknown", "O"),
    ],
)
def test_the_name_of_what_is_unknown(labels, unknown, dtype, rng):
    X, y, _ = songs(rng, labels=labels)
    fitted = model(unknown=unknown).fit(X, y)
    said = fitted.predict(np.concatenate([X[:40], np.full((1, 12), 50.0)]))
    assert said.dtype.kind == dtype
    assert said[-1] == unknown
    assert (said[:40] == y[:40]).mean() > 0.8


def test_classes_and_artists_that_are_few(rng):
    X, y, artists = songs(rng)
    # one song of a class, another class by one artist, more folds than artists
    rows = np.concatenate(
        [np.flatnonzero(y == "dub")[:40], np.flatnonzero(y == "jazz")[:40]]
    )
    X = np.concatenate([X[rows], rng.normal(size=(5, 12)) + 9])
    y = np.concatenate([y[rows], ["ska"] * 4, ["waltz"]])
    groups = np.concatenate([artists[rows], [-1] * 4, [-2]])
    fitted = model().fit(X, y, groups=groups)
    assert len(fitted.held_out_scores_) == 80
    assert set(fitted.predict(X)) >= {"dub", "jazz"}
    assert len(model().fit(X, y).held_out_scores_) == 84
    two = np.where(groups % 8 < 4, "a", "b")
    assert len(model().fit(X[:80], y[:80], groups=two[:80]).held_out_scores_) == 80


def test_what_cannot_be_held_out(rng):
    X = rng.normal(size=(4, 3))
    for y, groups in (
        (["dub", "jazz", "ska", "waltz"], None),
        (["dub", "dub", "jazz", "jazz"], ["x"] * 4),
    ):
        with pytest.raises(ValueError, match="No clip can be held out"):
            model().fit(X, y, groups=groups)
        fitted = model(rejection_rate=None).fit(X, y, groups=groups)
        assert np.isnan(fitted.score_samples(X)).all()
        assert fitted.temperature_ == 1
        assert (fitted.predict(X) == fitted.estimator_.predict(X)).all()


def test_too_few_songs_to_reject_any_are_told(rng):
    X, y, _ = songs(rng, 16)
    with pytest.warns(UserWarning, match="needs 19 clips .* there are 16"):
        fitted = model().fit(X, y)
    assert "unknown" not in fitted.predict(X * 100)


def test_metadata_routing(rng):
    X, y, artists = songs(rng)
    with sklearn.config_context(enable_metadata_routing=True):
        inner = LogisticRegression().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, OpenSetClassifier(inner, rejection_rate=0.1))
        pipeline[-1].set_score_request(sample_weight=True)
        scores = cross_validate(
            pipeline,
            *(X, y),
            cv=GroupKFold(4),
            params={"groups": artists, "sample_weight": np.ones(len(X))},
            error_score="raise",
        )
    assert scores["test_score"].min() > 0.6
    plain = model().fit(X, y, groups=artists)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = model().fit(X, y, groups=artists)
    np.testing.assert_array_equal(plain.held_out_scores_, routed.held_out_scores_)


def test_jobs_and_pickles_give_the_same(rng):
    X, y, artists = songs(rng)
    serial = model().fit(X, y, groups=artists)
    threads = model(n_jobs=2)
    with joblib.parallel_config("threading"):
        threads.fit(X, y, groups=artists)
    np.testing.assert_array_equal(serial.held_out_scores_, threads.held_out_scores_)
    again = pickle.loads(pickle.dumps(serial))
    np.testing.assert_array_equal(again.predict(X), serial.predict(X))


def test_bad_parameters(rng):
    X, y, _ = songs(rng, 60)
    for change, match in (
        ({"rejection_rate": 1.0}, "rejection_rate must be"),
        ({"rejection_rate": 0}, "rejection_rate must be"),
        ({"unknown": 0.5}, "unknown must be text, an integer or None"),
        ({"unknown": "ska"}, "unknown='ska' is one of the classes"),
        ({"cv": 1}, "cv must be"),
        ({"detector": LogisticRegression()}, "detector must be"),
    ):
        with pytest.raises(ValueError, match=match):
            model(**change).fit(X, y)
    with pytest.raises(ValueError, match="y holds tags"):
        model().fit(X, np.ones((60, 2), int))
    assert model(unknown="ska", rejection_rate=None).fit(X, y).temperature_ > 0


def test_few_songs_all_right_are_no_certainty(rng):
    X, y, _ = songs(rng, 24, spread=6.0)
    fitted = model(rejection_rate=None).fit(X, y)
    proba = fitted.predict_proba(songs(rng, 300, spread=6.0)[0]).max(axis=1)
    assert np.median(proba) > 0.9
    assert proba.max() < 1 - 1e-4
