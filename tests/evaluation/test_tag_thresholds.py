"""Thresholds for tags, tuned on held-out rows."""

import numpy as np
import pytest
import sklearn
from helpers import tagger
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    cross_val_predict,
    cross_validate,
    train_test_split,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import estimator_checks

from sklearn_genre import TagThresholdClassifier
from sklearn_genre.evaluation import MultilabelStratifiedGroupKFold, tag_f1
from sklearn_genre.evaluation._tag_thresholds import best_threshold


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_classifiers_multilabel_representation_invariance,
        estimator_checks.check_classifiers_multilabel_output_format_predict,
        estimator_checks.check_classifiers_multilabel_output_format_predict_proba,
        estimator_checks.check_classifiers_multilabel_output_format_decision_function,
    ],
    ids=lambda check: check.__name__,
)
@pytest.mark.parametrize(
    "tagger",
    [
        KNeighborsClassifier(),
        OneVsRestClassifier(LogisticRegression()),
    ],
    ids=["list", "array"],
)
def test_scikit_learns_checks_of_tags(tagger, check):
    check("TagThresholdClassifier", TagThresholdClassifier(tagger, cv=3))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("scoring", ["f1", "balanced_accuracy"])
def test_best_threshold_against_a_search(seed, scoring):
    rng = np.random.default_rng(seed)
    true = rng.random(30) < 0.3
    true[:2] = [True, False]
    proba = np.round(rng.random(30) * 0.6 + 0.3 * true, 1)  # many ties
    objective = {
        "f1": _f1,
        "balanced_accuracy": lambda true, given: (
            (given[true].mean() + 1 - given[~true].mean()) / 2
        ),
    }[scoring]
    grid = np.linspace(0, 1.05, 400)
    scores = np.array([objective(true, proba >= t) for t in grid])
    model = TagThresholdClassifier(None, scoring=scoring)
    threshold, score = best_threshold(true, proba, model._objective())
    assert score == pytest.approx(scores.max())
    assert objective(true, proba >= threshold) == pytest.approx(scores.max())
    cuts = np.unique(proba)
    middles = (cuts[1:] + cuts[:-1]) / 2
    good = [objective(true, proba >= t) > scores.max() - 1e-12 for t in middles]
    assert abs(threshold - 0.5) <= np.abs(middles[good] - 0.5).min() + 1e-12


def _f1(true, given):
    return 2 * (true & given).sum() / (true.sum() + given.sum())


@pytest.fixture(scope="module")
def rare():
    """Tags too rare for a threshold of 0.5."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 5))
    logits = X @ rng.normal(size=(5, 4)) - [1, 2.5, 3, 3.5]
    y = (rng.random((1200, 4)) < 1 / (1 + np.exp(-logits))).astype(int)
    return train_test_split(X, y, random_state=0)


@pytest.mark.parametrize("cv", [5, 0.3, KFold(3)])
def test_tuned_thresholds_are_better_on_new_rows(cv, rare):
    X, X_new, y, y_new = rare
    tuned = TagThresholdClassifier(tagger(), cv=cv, random_state=0).fit(X, y)
    plain = tagger().fit(X, y)
    np.testing.assert_array_equal(
        tuned.predict_proba(X_new), plain.predict_proba(X_new)
    )
    assert (
        tag_f1(y_new, tuned.predict(X_new)) > tag_f1(y_new, plain.predict(X_new)) + 0.03
    )
    assert (tuned.thresholds_[1:] <= 0.5).all()
    assert tuned.thresholds_[1:].mean() < 0.4
    given = tuned.predict_proba(X_new) >= tuned.thresholds_
    np.testing.assert_array_equal(tuned.predict(X_new), given)
    np.testing.assert_array_equal(tuned.decision_function(X_new) >= 0, given)


def test_thresholds_are_tuned_on_held_out_rows(rare):
    X, _, y, _ = rare
    folds = list(KFold(4).split(X))
    tuned = TagThresholdClassifier(tagger(), cv=folds).fit(X, y)
    proba = cross_val_predict(tagger(), X, y, cv=folds, method="predict_proba")
    for tag in range(4):
        true = y[:, tag] == 1
        best = max(_f1(true, proba[:, tag] >= t) for t in np.unique(proba[:, tag]))
        assert tuned.best_scores_[tag] == pytest.approx(best)
        at = f1_score(true, proba[:, tag] >= tuned.thresholds_[tag])
        assert at == pytest.approx(best)


def test_prefit_and_no_refit(rare):
    X, X_new, y, y_new = rare
    fitted = tagger().fit(X, y)
    tuned = TagThresholdClassifier(fitted, cv="prefit").fit(X_new, y_new)
    assert tuned.estimator_ is fitted
    once = TagThresholdClassifier(tagger(), cv=0.3, refit=False, random_state=0)
    once.fit(X, y)
    twice = TagThresholdClassifier(tagger(), cv=0.3, random_state=0).fit(X, y)
    np.testing.assert_array_equal(once.thresholds_, twice.thresholds_)
    assert (once.predict_proba(X) != twice.predict_proba(X)).any()
    with pytest.raises(ValueError, match="refit=False needs one held-out part"):
        TagThresholdClassifier(tagger(), cv=3, refit=False).fit(X, y)


def test_own_objective(rare):
    X, _, y, _ = rare

    def recall_first(tp, fp, fn, tn):
        return np.where(tp / (tp + fn) >= 0.9, tn / (tn + fp), 0.0)

    tuned = TagThresholdClassifier(tagger(), scoring=recall_first, cv="prefit")
    tuned.estimator = tagger().fit(X, y)
    chosen = tuned.fit(X, y).predict(X)
    recall = (chosen & y).sum(axis=0) / y.sum(axis=0)
    assert (recall >= 0.9).all()
    assert (recall < 0.95).all()


def test_groups_are_held_out_together(rare):
    X, _, y, _ = rare
    groups = np.arange(len(X)) // 6
    plain = TagThresholdClassifier(tagger(), cv=3).fit(X, y)
    grouped = TagThresholdClassifier(tagger(), cv=3).fit(X, y, groups=groups)
    folds = list(MultilabelStratifiedGroupKFold(3).split(X, y, groups))
    explicit = TagThresholdClassifier(tagger(), cv=folds).fit(X, y)
    np.testing.assert_array_equal(grouped.thresholds_, explicit.thresholds_)
    assert (plain.thresholds_ != grouped.thresholds_).any()
    shared = TagThresholdClassifier(tagger(), cv=0.3, random_state=1)
    assert shared.fit(X, y, groups=groups).thresholds_.shape == (4,)


def test_metadata_routing_of_groups_and_weights(rare):
    X, _, y, _ = rare
    groups = np.arange(len(X)) // 6
    weights = np.linspace(0.1, 2, len(X))
    with sklearn.config_context(enable_metadata_routing=True):
        inner = _Weighted().set_fit_request(sample_weight=True)
        tuned = TagThresholdClassifier(inner, cv=3)
        tuned.set_score_request(sample_weight=True)
        tuned.fit(X, y, groups=groups, sample_weight=weights)
        scores = cross_validate(
            make_pipeline(StandardScaler().set_fit_request(sample_weight=False), tuned),
            X,
            y,
            cv=GroupKFold(2),
            params={"groups": groups, "sample_weight": weights},
            error_score="raise",
        )
        assert len(scores["test_score"]) == 2
    assert tuned.estimator_.n_weights_ == len(X)
    plain = TagThresholdClassifier(_Weighted(), cv=3).fit(X, y, sample_weight=weights)
    assert plain.estimator_.n_weights_ == len(X)


class _Weighted(ClassifierMixin, BaseEstimator):
    """Refuses weights that are not one per row."""

    def fit(self, X, y, sample_weight):
        assert len(sample_weight) == len(X) == len(y)
        self.n_weights_ = len(sample_weight)
        self.classes_ = np.arange(y.shape[1])
        self.model_ = tagger().fit(X, y)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


def test_tags_that_never_occur_keep_one_half(rare):
    X, _, y, _ = rare
    y = y.copy()
    y[:, 3] = 0
    model = TagThresholdClassifier(KNeighborsClassifier())
    with pytest.warns(UserWarning, match=r"Tags \[3\] occur in none or in all"):
        model.fit(X, y)
    assert model.thresholds_[3] == 0.5
    assert np.isnan(model.best_scores_[3])
    assert model.predict(X)[:, 3].sum() == 0


def test_two_classes_and_bad_parameters(rare):
    X, _, y, _ = rare
    names = np.where(y[:, 1], "vocal", "instrumental")
    model = TagThresholdClassifier(LogisticRegression()).fit(X, names)
    assert model.thresholds_.shape == (1,)
    assert (model.predict(X) == "vocal").mean() > (
        LogisticRegression().fit(X, names).predict(X) == "vocal"
    ).mean()
    for change, match in (
        ({"scoring": "accuracy"}, "scoring must be"),
        ({"cv": 1.5}, "cv must be an integer >= 2, a number > 0 and < 1, a splitter"),
        ({"cv": "all"}, "cv must be .* or 'prefit'"),
        ({"cv": [(0, 1, 2)]}, "cv must be"),
        ({"cv": []}, "cv must be"),
        ({"n_jobs": 0}, "n_jobs must be"),
        ({"random_state": "nonsense"}, "random_state must be"),
        ({"refit": "False"}, "refit must be True or False"),
        ({"estimator": LogisticRegression}, "estimator must be a classifier"),
        ({"estimator": LinearSVC()}, r"with fit and predict_proba"),
    ):
        with pytest.raises(ValueError, match=match):
            TagThresholdClassifier(**{"estimator": tagger(), **change}).fit(X, y)
    with pytest.raises(ValueError, match="only one class"):
        TagThresholdClassifier(tagger()).fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="type of the target is multiclass"):
        TagThresholdClassifier(tagger()).fit(X, y.sum(axis=1))
