"""SliceVotingClassifier and the voting rules."""

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC

from sklearn_genre import SliceVotingClassifier, SummaryStats
from sklearn_genre._utils.voting import log_odds, vote, vote_decision

GENRES = np.array(["blues", "jazz", "rock"])


@pytest.fixture
def table(rng):
    """Slices of shape (60, 5, 6) whose mean follows the genre, and the genres."""
    y = GENRES[np.arange(60) % 3]
    X = rng.normal(size=(60, 5, 6))
    X[..., :3] += 1.2 * (y[:, None] == GENRES)[:, None]
    return X, y


@pytest.fixture
def tagged(rng):
    """Slices of shape (60, 4, 6) and an indicator of three tags."""
    X = rng.normal(size=(60, 4, 6))
    Y = (rng.uniform(size=(60, 3)) < 0.5).astype(int)
    X[..., :3] += 2.5 * Y[:, None]
    return X, Y


class Recorder(ClassifierMixin, BaseEstimator):
    """Keeps what it is given; predicts the first feature, rounded."""

    def fit(self, X, y, sample_weight=None, groups=None):
        self.X_, self.y_ = X, y
        self.sample_weight_, self.groups_ = sample_weight, groups
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[np.asarray(X)[:, 0].astype(int)]


# -- the rules ---------------------------------------------------------------------

PROBA = np.array([[[0.9, 0.05, 0.05], [0.2, 0.5, 0.3], [0.1, 0.6, 0.3]]])


def test_rules_by_hand():
    np.testing.assert_allclose(vote(PROBA, "soft"), [[0.4, 1.15 / 3, 0.65 / 3]])
    np.testing.assert_allclose(vote(PROBA, "hard"), [[1 / 3, 2 / 3, 0]])
    np.testing.assert_allclose(vote(PROBA, "max"), [[0.5, 0.6 / 1.8, 0.3 / 1.8]])


def test_rules_by_hand_for_tags():
    np.testing.assert_allclose(
        vote(PROBA, "soft", multilabel=True), vote(PROBA, "soft")
    )
    np.testing.assert_allclose(
        vote(PROBA, "max", multilabel=True), PROBA.max(axis=1), rtol=1e-12
    )
    hard = vote(PROBA, "hard", multilabel=True)
    np.testing.assert_allclose(hard, [[1 / 3, 1 / 3, 0]], atol=1e-12)
    assert ((hard > 0) & (hard < 1)).all()


def test_unknown_rule():
    with pytest.raises(ValueError, match="voting must be one of"):
        vote(PROBA, "mean")


def test_decision_rules_treat_both_classes_alike(rng):
    d = rng.normal(size=(9, 4))
    both = np.stack([-d, d], axis=2)
    for rule in ("soft", "max"):
        two = vote_decision(both, rule)
        one = vote_decision(d, rule)
        np.testing.assert_allclose(one, (two[:, 1] - two[:, 0]) / 2)
        np.testing.assert_array_equal(one > 0, two.argmax(axis=1) == 1)


def test_log_odds_invert_the_logistic_function(rng):
    d = rng.normal(scale=3, size=(20, 1))
    p = 1 / (1 + np.exp(-d))
    np.testing.assert_allclose(log_odds(p, multilabel=True), d, rtol=1e-9)
    np.testing.assert_allclose(log_odds(np.hstack([1 - p, p])), d[:, 0], rtol=1e-9)
    assert np.isfinite(log_odds(np.array([[0.0, 1.0]]))).all()


# -- genres ------------------------------------------------------------------------


@pytest.mark.parametrize("voting", ["soft", "hard", "max"])
def test_votes_of_a_classifier_with_probabilities(table, voting):
    X, y = table
    model = SliceVotingClassifier(LogisticRegression(), voting=voting).fit(X, y)
    inner = LogisticRegression().fit(X.reshape(300, 6), np.repeat(y, 5))
    by_slice = inner.predict_proba(X.reshape(300, 6)).reshape(60, 5, 3)
    np.testing.assert_allclose(model.predict_proba_slices(X), by_slice)
    proba = model.predict_proba(X)
    if voting == "soft":
        np.testing.assert_allclose(proba, by_slice.mean(axis=1))
    elif voting == "max":
        top = by_slice.max(axis=1)
        np.testing.assert_allclose(proba, top / top.sum(axis=1, keepdims=True))
    else:
        answers = inner.predict(X.reshape(300, 6)).reshape(60, 5)
        shares = np.stack([(answers == genre).mean(axis=1) for genre in GENRES], 1)
        np.testing.assert_allclose(proba, shares)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(X), GENRES[proba.argmax(axis=1)])
    np.testing.assert_array_equal(
        model.decision_function(X).argmax(axis=1), proba.argmax(axis=1)
    )
    np.testing.assert_array_equal(model.classes_, GENRES)
    assert model.n_features_in_ == 6
    assert model.predict(X).dtype == y.dtype


def test_voting_beats_single_slices(table):
    X, y = table
    model = SliceVotingClassifier(LogisticRegression())
    by_clip = cross_val_score(model, X, y, cv=5).mean()
    by_first_slice = cross_val_score(LogisticRegression(), X[:, 0], y, cv=5).mean()
    assert by_clip > by_first_slice + 0.1


def test_hard_voting_needs_no_probabilities(table):
    X, y = table
    model = SliceVotingClassifier(LinearSVC(), voting="hard").fit(X, y)
    assert not hasattr(model, "predict_proba_slices")
    shares = model.predict_proba(X)
    np.testing.assert_allclose(shares * 5, np.round(shares * 5), atol=1e-9)
    assert model.score(X, y) > 0.7


def test_hard_votes_are_those_of_predict():
    # a threshold of its own: predict and predict_proba disagree
    X = np.array([[[0.0], [1.0], [1.0]], [[0.0], [0.0], [1.0]]])
    model = SliceVotingClassifier(Recorder(), voting="hard").fit(X, ["a", "b"])
    np.testing.assert_array_equal(model.predict(X), ["b", "a"])
    np.testing.assert_allclose(model.predict_proba(X), [[1 / 3, 2 / 3], [2 / 3, 1 / 3]])


@pytest.mark.parametrize("n_genres", [2, 3])
@pytest.mark.parametrize("voting", ["soft", "max"])
def test_decision_values_vote_where_there_are_no_probabilities(table, voting, n_genres):
    X, y = table
    X, y = X[np.isin(y, GENRES[:n_genres])], y[np.isin(y, GENRES[:n_genres])]
    model = SliceVotingClassifier(RidgeClassifier(), voting=voting).fit(X, y)
    assert not hasattr(model, "predict_proba")
    d = model.estimator_.decision_function(X.reshape(-1, 6))
    d = d.reshape(len(X), 5, -1)
    two = np.concatenate([-d, d], axis=2) if n_genres == 2 else d
    combined = two.mean(axis=1) if voting == "soft" else two.max(axis=1)
    np.testing.assert_array_equal(model.predict(X), GENRES[combined.argmax(axis=1)])
    scoring = "roc_auc" if n_genres == 2 else "accuracy"
    assert cross_val_score(model, X, y, scoring=scoring, cv=3).mean() > 0.7


def test_methods_appear_with_rule_and_estimator():
    assert hasattr(SliceVotingClassifier(LogisticRegression()), "predict_proba")
    assert not hasattr(SliceVotingClassifier(LinearSVC()), "predict_proba")
    assert hasattr(SliceVotingClassifier(LinearSVC(), voting="hard"), "predict_proba")
    assert hasattr(SliceVotingClassifier(LinearSVC()), "decision_function")
    assert hasattr(SliceVotingClassifier(LogisticRegression()), "decision_function")
    assert not hasattr(SliceVotingClassifier(Recorder()), "decision_function")


def test_soft_voting_without_any_values_names_the_remedy(table):
    X, y = table
    with pytest.raises(ValueError, match=r"Recorder has neither. Use voting='hard'"):
        SliceVotingClassifier(Recorder()).fit(X, y)


@pytest.mark.parametrize("classifier", [LogisticRegression(), LinearSVC(), SVC()])
@pytest.mark.parametrize("voting", ["soft", "hard", "max"])
def test_one_slice_per_clip_is_the_classifier_itself(table, classifier, voting):
    X, y = table
    expected = clone(classifier).fit(X[:, 0], y).predict(X[:, 0])
    for one in (X[:, 0], X[:, :1]):
        model = SliceVotingClassifier(classifier, voting=voting).fit(one, y)
        np.testing.assert_array_equal(model.predict(one), expected)


@pytest.mark.parametrize("values", [[1, 7], [-1.0, 2.0], [False, True], ["x", "y"]])
def test_labels_of_any_kind(rng, values):
    y = np.repeat(values, 10)
    X = rng.normal(size=(20, 3, 2)) + 4 * (y == values[1])[:, None, None]
    predicted = SliceVotingClassifier(LogisticRegression()).fit(X, y).predict(X)
    assert predicted.dtype == y.dtype
    np.testing.assert_array_equal(predicted, y)


def test_another_number_of_slices_in_prediction(table):
    X, y = table
    model = SliceVotingClassifier(LogisticRegression()).fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba(X[:, :2]), model.predict_proba_slices(X)[:, :2].mean(axis=1)
    )


def test_spectrogram_slices_reach_the_estimator_as_clips(rng):
    X, y = rng.normal(size=(20, 3, 4, 30)), np.repeat([0, 1], 10)
    X[10:] *= 4
    inner = make_pipeline(SummaryStats(), KNeighborsClassifier())
    model = SliceVotingClassifier(inner).fit(X, y)
    assert model.n_features_in_ == 4
    assert model.score(X, y) == 1


# -- memory ------------------------------------------------------------------------


def test_x_is_not_copied(tmp_path, rng):
    X, y = rng.normal(size=(6, 3, 4, 5)), np.arange(6) % 2
    model = SliceVotingClassifier(Recorder(), voting="hard").fit(X, y)
    assert model.estimator_.X_.shape == (18, 4, 5)
    assert np.shares_memory(model.estimator_.X_, X)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    model.fit(mapped, y)
    assert np.shares_memory(model.estimator_.X_, mapped)


def test_float32_reaches_the_estimator(table):
    X, y = table
    model = SliceVotingClassifier(Recorder(), voting="hard").fit(X.astype("f4"), y)
    assert model.estimator_.X_.dtype == np.float32


# -- tags --------------------------------------------------------------------------

TAGGERS = [
    RandomForestClassifier(20, random_state=0),
    MultiOutputClassifier(LogisticRegression()),
    OneVsRestClassifier(LogisticRegression()),
    ClassifierChain(LogisticRegression()),
    KNeighborsClassifier(),
    MLPClassifier((8,), solver="lbfgs", alpha=3, max_iter=2000, random_state=0),
    OneVsRestClassifier(LinearSVC()),
]


@pytest.mark.parametrize("tagger", TAGGERS, ids=lambda t: type(t).__name__)
@pytest.mark.parametrize("voting", ["soft", "hard", "max"])
def test_tags(tagged, tagger, voting):
    X, Y = tagged
    model = SliceVotingClassifier(tagger, voting=voting).fit(X[:40], Y[:40])
    predicted = model.predict(X[40:])
    assert predicted.shape == (20, 3)
    assert predicted.dtype == Y.dtype
    # any one slice in doubt gives a tag under "max"
    assert (predicted == Y[40:]).mean() > (0.6 if voting == "max" else 0.75)
    np.testing.assert_array_equal(model.classes_, [0, 1, 2])
    decision = model.decision_function(X[40:])
    np.testing.assert_array_equal(decision > 0, predicted == 1)
    if hasattr(model, "predict_proba"):
        proba = model.predict_proba(X[40:])
        assert proba.shape == (20, 3)
        assert ((proba > 0) & (proba < 1)).all()
        np.testing.assert_array_equal(proba > 0.5, predicted == 1)
    for scoring in ("roc_auc", "average_precision", "f1_macro"):
        scores = cross_val_score(model, X, Y, scoring=scoring, cv=3)
        assert scores.mean() > 0.7


def test_tag_probabilities_are_the_mean_of_the_slices(tagged):
    X, Y = tagged
    model = SliceVotingClassifier(TAGGERS[0]).fit(X, Y)
    columns = model.estimator_.predict_proba(X.reshape(240, 6))
    by_slice = np.stack([p[:, 1] for p in columns], axis=1).reshape(60, 4, 3)
    np.testing.assert_allclose(model.predict_proba_slices(X), by_slice)
    np.testing.assert_allclose(
        model.predict_proba(X), by_slice.mean(axis=1), atol=1e-12
    )


@pytest.mark.parametrize("value", [0, 1])
def test_a_tag_that_is_always_or_never_given(tagged, value):
    X, Y = tagged
    Y[:, 1] = value
    model = SliceVotingClassifier(TAGGERS[0]).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], value, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X)[:, 1], value)


def test_tags_as_sparse_matrix_list_or_frame(tagged):
    X, Y = tagged
    model = SliceVotingClassifier(OneVsRestClassifier(LogisticRegression()))
    expected = model.fit(X, Y).predict_proba(X)
    for form in (scipy.sparse.csr_array, np.ndarray.tolist, pd.DataFrame):
        np.testing.assert_array_equal(model.fit(X, form(Y)).predict_proba(X), expected)


def test_cross_val_predict_of_tags(tagged):
    X, Y = tagged
    model = SliceVotingClassifier(RandomForestClassifier(10, random_state=0))
    proba = cross_val_predict(model, X, Y, method="predict_proba", cv=3)
    assert proba.shape == (60, 3)


# -- metadata ----------------------------------------------------------------------


def recorder(**requests):
    est = Recorder()
    return SliceVotingClassifier(
        est.set_fit_request(**requests) if requests else est, voting="hard"
    )


def test_metadata_is_repeated_for_the_slices(rng):
    X, y = rng.uniform(size=(4, 3, 2)), np.array([0, 1, 0, 1])
    weight, groups = np.array([1.0, 2.0, 3.0, 4.0]), ["a", "b", "b", "c"]
    model = recorder().fit(X, y, sample_weight=weight, groups=groups)
    inner = model.estimator_
    np.testing.assert_array_equal(inner.y_, np.repeat(y, 3))
    np.testing.assert_array_equal(inner.sample_weight_, np.repeat(weight, 3))
    np.testing.assert_array_equal(inner.groups_, np.repeat(groups, 3))
    model.fit(X, y, sample_weight=pd.Series(weight, index=[9, 8, 7, 6]))
    np.testing.assert_array_equal(model.estimator_.sample_weight_, np.repeat(weight, 3))
    assert model.estimator_.groups_ is None


def test_metadata_of_another_length(rng):
    X, y = rng.uniform(size=(4, 3, 2)), np.array([0, 1, 0, 1])
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[4, 12\]"):
        recorder().fit(X, y, sample_weight=np.ones(12))


def test_weights_count_as_repetitions(table):
    X, y = table
    weight = np.arange(60) // 3 % 3
    model = SliceVotingClassifier(LogisticRegression(solver="newton-cholesky"))
    weighted = clone(model).fit(X, y, sample_weight=weight)
    repeated = model.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-6
    )


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
def test_routing_hands_on_what_is_requested(rng):
    X, y = rng.uniform(size=(4, 3, 2)), np.array([0, 1, 0, 1])
    weight, groups = np.arange(4.0), np.arange(4)
    model = recorder(sample_weight=True, groups=False).fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(model.estimator_.sample_weight_, np.repeat(weight, 3))
    with pytest.raises(UnsetMetadataPassedError):
        recorder(sample_weight=True).fit(X, y, groups=groups)
    chain = make_pipeline(recorder(sample_weight=True, groups=True))
    chain.fit(X, y, sample_weight=weight, groups=groups)
    np.testing.assert_array_equal(chain[-1].estimator_.groups_, np.repeat(groups, 3))


@pytest.mark.usefixtures("routing")
def test_routing_of_groups_to_splitter_and_estimator(table):
    X, y = table
    groups, weight = np.arange(60) // 4, np.linspace(1, 2, 60)
    model = recorder(sample_weight=True, groups=True)
    model.set_score_request(sample_weight=True)
    out = cross_validate(
        GridSearchCV(model, {"voting": ["hard"]}, cv=GroupKFold(3)),
        np.clip(X, 0, 0.9),
        y,
        cv=GroupKFold(3),
        params={"groups": groups, "sample_weight": weight},
        return_estimator=True,
        return_indices=True,
    )
    for search, train in zip(out["estimator"], out["indices"]["train"], strict=True):
        inner = search.best_estimator_.estimator_
        np.testing.assert_array_equal(inner.groups_, np.repeat(groups[train], 5))
        np.testing.assert_array_equal(inner.sample_weight_, np.repeat(weight[train], 5))


def test_groups_keep_an_inner_search_from_dividing_clips(table):
    X, y = table
    clips = np.arange(60)

    class Splits(GroupKFold):
        seen = ()

        def split(self, X, y=None, groups=None):
            Splits.seen = [
                (groups[train], groups[test])
                for train, test in super().split(X, y, groups)
            ]
            return super().split(X, y, groups)

    inner = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=Splits(3))
    SliceVotingClassifier(inner).fit(X, y, groups=clips)
    assert len(Splits.seen) == 3
    for train, test in Splits.seen:
        assert not np.intersect1d(train, test).size


# -- errors and scikit-learn -------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones((4, 3, 2)), None, "requires y to be passed"),
        (np.ones((4, 3, 2)), [0, 1, 0], "inconsistent numbers of samples"),
        (np.ones((4, 3, 2)), [0.5, 1.2, 2.2, 0.1], "Unknown label type"),
        (np.ones((4, 3, 2)), [[0, 2], [1, 0], [2, 2], [0, 1]], "several columns"),
        (np.ones((4, 3, 2, 2, 2)), [0, 1, 0, 1], "dim <= 4"),
        ([np.ones((2, 3)), np.ones((3, 3))], [0, 1], "X is ragged"),
        (np.full((4, 3, 2), np.nan), [0, 1, 0, 1], "NaN"),
    ],
)
def test_bad_input(X, y, message):
    with pytest.raises(ValueError, match=message):
        SliceVotingClassifier(LogisticRegression()).fit(X, y)


def test_bad_parameters(table):
    with pytest.raises(ValueError, match="voting must be one of 'soft', 'hard', 'max'"):
        SliceVotingClassifier(LogisticRegression(), voting="mean").fit(*table)
    for wrong in (LinearRegression(), LogisticRegression, None, "svm", 3):
        with pytest.raises(ValueError, match="estimator must be a classifier, got"):
            SliceVotingClassifier(wrong).fit(*table)
    with pytest.raises(TypeError, match="estimator"):
        SliceVotingClassifier()
    with pytest.raises(ValueError, match="6"):
        SliceVotingClassifier(LogisticRegression()).fit(*table).predict(
            table[0][..., :5]
        )
    with pytest.raises(NotFittedError):
        SliceVotingClassifier(LogisticRegression()).predict(table[0])


def test_refit_forgets(table, tagged):
    model = SliceVotingClassifier(LogisticRegression()).fit(*table)
    frame = pd.DataFrame(table[0][:, 0], columns=list("abcdef"))
    model.fit(frame, table[1])
    assert list(model.feature_names_in_) == list("abcdef")
    model.fit(*table)
    assert not hasattr(model, "feature_names_in_")
    model.set_params(estimator=KNeighborsClassifier()).fit(*tagged)
    assert model.multilabel_
    assert not model.fit(*table).multilabel_


def test_dummy_and_calibrated_classifiers(table):
    X, y = table
    prior = SliceVotingClassifier(DummyClassifier(strategy="prior")).fit(X, y)
    np.testing.assert_allclose(prior.predict_proba(X), 1 / 3)
    calibrated = SliceVotingClassifier(CalibratedClassifierCV(LinearSVC())).fit(X, y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)


def test_parallel_scores_are_equal(table):
    X, y = table
    model = SliceVotingClassifier(LogisticRegression())
    serial = cross_val_score(model, X, y, cv=3, n_jobs=1)
    with joblib.parallel_config("threading", n_jobs=2):
        np.testing.assert_array_equal(cross_val_score(model, X, y, cv=3), serial)


def test_html_and_text_repr():
    model = SliceVotingClassifier(LogisticRegression(C=3))
    assert "LogisticRegression(C=3)" in repr(model)
    assert "SliceVotingClassifier" in model._repr_html_()
