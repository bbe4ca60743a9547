"""Scores and thresholds for tags."""

import csv
import gzip
import pickle
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_predict,
    cross_validate,
    train_test_split,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from sklearn_genre import (
    MultilabelStratifiedGroupKFold,
    TagReport,
    TagThresholdClassifier,
    tag_accuracy,
    tag_average_precision,
    tag_f1,
    tag_groups,
    tag_roc_auc,
    tag_scorers,
    top_n,
)
from sklearn_genre.evaluation import MultilabelAccuracyWarning
from sklearn_genre.evaluation.thresholds import best_threshold


@pytest.fixture
def tags(rng):
    """Tags of 200 rows, and scores that know something of them."""
    y = (rng.random((200, 6)) < [0.5, 0.4, 0.3, 0.2, 0.1, 0.05]).astype(int)
    return y, np.clip(0.3 * y + 0.7 * rng.random(y.shape), 0, 1)


# -- metrics -------------------------------------------------------------------------
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(tag_roc_auc, roc_auc_score), (tag_average_precision, average_precision_score)],
)
def test_equal_to_scikit_learn_where_all_tags_occur(
    ours, theirs, average, weighted, tags
):
    y, p = tags
    weights = np.random.default_rng(1).random(len(y)) if weighted else None
    np.testing.assert_allclose(
        ours(y, p, average=average, sample_weight=weights),
        theirs(y, p, average=average, sample_weight=weights),
        rtol=1e-12,
    )


def test_roc_auc_is_the_share_of_ordered_pairs(tags):
    y, p = tags
    for j in range(6):
        yes, no = p[y[:, j] == 1, j], p[y[:, j] == 0, j]
        expected = np.mean(yes[:, None] > no) + 0.5 * np.mean(yes[:, None] == no)
        assert tag_roc_auc(y, p, average=None)[j] == pytest.approx(expected)


def test_absent_tags_are_left_out(tags):
    y, p = tags
    y = y.copy()
    y[:, 2] = 0
    rest = [0, 1, 3, 4, 5]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for score in (tag_roc_auc, tag_average_precision):
            assert score(y, p) == pytest.approx(score(y[:, rest], p[:, rest]))
            assert np.flatnonzero(np.isnan(score(y, p, average=None))).tolist() == [2]
            assert score(y, p, average="weighted") == pytest.approx(
                score(y[:, rest], p[:, rest], average="weighted")
            )
    y[:, 0] = 1
    assert np.isnan(tag_roc_auc(y, p, average=None)[0]), "no negatives"
    assert tag_average_precision(y, p, average=None)[0] == 1


def test_no_tag_at_all(tags):
    y, p = tags
    for score, why in ((tag_roc_auc, "is there"), (tag_average_precision, "occurs")):
        with pytest.warns(UndefinedMetricWarning, match=f"No tag {why}"):
            assert np.isnan(score(np.zeros_like(y), p))


def test_f1_of_tags(tags):
    y, p = tags
    chosen = (p > 0.6) * 1
    assert tag_f1(y, chosen) == pytest.approx(f1_score(y, chosen, average="macro"))
    assert tag_f1(y, chosen, average="micro") == pytest.approx(
        f1_score(y, chosen, average="micro")
    )
    empty = y.copy()
    empty[:, 0] = 0
    assert tag_f1(empty, chosen) == pytest.approx(
        f1_score(y[:, 1:], chosen[:, 1:], average="macro")
    )
    with pytest.raises(ValueError, match="must hold 0 and 1"):
        tag_f1(y, p)


@pytest.mark.parametrize("score", [tag_roc_auc, tag_average_precision])
def test_bad_input_of_metrics(score, tags):
    y, p = tags
    with pytest.raises(ValueError, match=r"shape \(200, 6\) of y_true, got \(200, 5\)"):
        score(y, p[:, :5])
    with pytest.raises(ValueError, match="y_true must hold 0 and 1"):
        score(y + 1, p)
    with pytest.raises(ValueError, match="y_true must hold 0 and 1"):
        score(y[:, 0], p[:, 0])
    with pytest.raises(ValueError, match="NaN or infinity"):
        score(y, np.where(p > 0.9, np.nan, p))
    with pytest.raises(ValueError, match="average must be"):
        score(y, p, average="samples")
    with pytest.raises(ValueError, match="inconsistent"):
        score(y, p, sample_weight=[1.0, 2.0])
    with pytest.raises(ValueError, match="tag 1 have shape"):
        score(y[:, :2], [np.stack([1 - p[:, 0], p[:, 0]], 1), np.ones((200, 1))])


def test_lists_of_probabilities(tags):
    y, p = tags
    as_list = [np.stack([1 - q, q], axis=1) for q in p.T]
    assert tag_roc_auc(y, as_list) == tag_roc_auc(y, p)


def test_accuracy_warns_with_the_score_of_no_tags(tags):
    y, _ = tags
    nothing = np.zeros_like(y)
    with pytest.warns(MultilabelAccuracyWarning) as caught:
        score = tag_accuracy(y, nothing)
    assert score == pytest.approx(1 - y.mean())
    assert f"{score:.3f}" in str(caught[0].message)


# -- scorers -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "model",
    [
        OneVsRestClassifier(LogisticRegression()),
        KNeighborsClassifier(),
        RandomForestClassifier(n_estimators=10, random_state=0),
        make_pipeline(
            StandardScaler(),
            MLPClassifier(
                solver="lbfgs", hidden_layer_sizes=(4,), max_iter=5000, random_state=0
            ),
        ),
    ],
    ids=["OneVsRest", "KNeighbors", "RandomForest", "MLP"],
)
def test_scorers_in_cross_validate(model):
    X, y = make_multilabel_classification(n_samples=120, n_classes=4, random_state=0)
    cv = KFold(3)
    scores = cross_validate(model, X, y, cv=cv, scoring=tag_scorers())
    assert len(tag_scorers()) == 6
    for i, (train, test) in enumerate(cv.split(X)):
        proba = sklearn.clone(model).fit(X[train], y[train]).predict_proba(X[test])
        if isinstance(proba, list):
            proba = np.stack([p[:, 1] for p in proba], axis=1)
        for name, metric in (
            ("roc_auc", roc_auc_score),
            ("average_precision", average_precision_score),
        ):
            for average in ("macro", "micro"):
                assert scores[f"test_{name}_{average}"][i] == pytest.approx(
                    metric(y[test], proba, average=average)
                )


def test_scorer_survives_a_fold_without_a_tag():
    X, y = make_multilabel_classification(n_samples=90, n_classes=3, random_state=1)
    y[:30, 2] = 0
    model = OneVsRestClassifier(LogisticRegression())
    scorers = pickle.loads(pickle.dumps(tag_scorers()))
    scores = cross_validate(model, X, y, cv=KFold(3), scoring=scorers)
    assert np.isfinite(scores["test_roc_auc_macro"]).all()
    search = GridSearchCV(
        model,
        {"estimator__C": [0.1, 1]},
        cv=KFold(3),
        scoring=tag_scorers()["roc_auc_macro"],
    )
    assert 0.5 < search.fit(X, y).best_score_ < 1


# -- thresholds ----------------------------------------------------------------------
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
    threshold, score = best_threshold(true, proba, model._check_scoring())
    assert score == pytest.approx(scores.max())
    assert objective(true, proba >= threshold) == pytest.approx(scores.max())
    cuts = np.unique(proba)
    middles = (cuts[1:] + cuts[:-1]) / 2
    good = [objective(true, proba >= t) > scores.max() - 1e-12 for t in middles]
    assert abs(threshold - 0.5) <= np.abs(middles[good] - 0.5).min() + 1e-12


def _f1(true, given):
    return 2 * (true & given).sum() / (true.sum() + given.sum())


def _tagger():
    return OneVsRestClassifier(LogisticRegression())


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
    tuned = TagThresholdClassifier(_tagger(), cv=cv, random_state=0).fit(X, y)
    plain = _tagger().fit(X, y)
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
    tuned = TagThresholdClassifier(_tagger(), cv=folds).fit(X, y)
    proba = cross_val_predict(_tagger(), X, y, cv=folds, method="predict_proba")
    for tag in range(4):
        true = y[:, tag] == 1
        best = max(_f1(true, proba[:, tag] >= t) for t in np.unique(proba[:, tag]))
        assert tuned.best_scores_[tag] == pytest.approx(best)
        at = f1_score(true, proba[:, tag] >= tuned.thresholds_[tag])
        assert at == pytest.approx(best)


def test_prefit_and_no_refit(rare):
    X, X_new, y, y_new = rare
    tagger = _tagger().fit(X, y)
    tuned = TagThresholdClassifier(tagger, cv="prefit").fit(X_new, y_new)
    assert tuned.estimator_ is tagger
    once = TagThresholdClassifier(_tagger(), cv=0.3, refit=False, random_state=0)
    once.fit(X, y)
    twice = TagThresholdClassifier(_tagger(), cv=0.3, random_state=0).fit(X, y)
    np.testing.assert_array_equal(once.thresholds_, twice.thresholds_)
    assert (once.predict_proba(X) != twice.predict_proba(X)).any()
    with pytest.raises(ValueError, match="refit=False needs one held-out part"):
        TagThresholdClassifier(_tagger(), cv=3, refit=False).fit(X, y)


def test_own_objective(rare):
    X, _, y, _ = rare

    def recall_first(tp, fp, fn, tn):
        return np.where(tp / (tp + fn) >= 0.9, tn / (tn + fp), 0.0)

    tuned = TagThresholdClassifier(_tagger(), scoring=recall_first, cv="prefit")
    tuned.estimator = _tagger().fit(X, y)
    chosen = tuned.fit(X, y).predict(X)
    recall = (chosen & y).sum(axis=0) / y.sum(axis=0)
    assert (recall >= 0.9).all()
    assert (recall < 0.95).all()


def test_groups_are_held_out_together(rare):
    X, _, y, _ = rare
    groups = np.arange(len(X)) // 6
    plain = TagThresholdClassifier(_tagger(), cv=3).fit(X, y)
    grouped = TagThresholdClassifier(_tagger(), cv=3).fit(X, y, groups=groups)
    folds = list(MultilabelStratifiedGroupKFold(3).split(X, y, groups))
    explicit = TagThresholdClassifier(_tagger(), cv=folds).fit(X, y)
    np.testing.assert_array_equal(grouped.thresholds_, explicit.thresholds_)
    assert (plain.thresholds_ != grouped.thresholds_).any()
    shared = TagThresholdClassifier(_tagger(), cv=0.3, random_state=1)
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
        self.model_ = _tagger().fit(X, y)
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
        ({"cv": 1.5}, "share must be in"),
        ({"cv": "all"}, "cv"),
    ):
        with pytest.raises(ValueError, match=match):
            TagThresholdClassifier(_tagger(), **change).fit(X, y)
    with pytest.raises(ValueError, match="only one class"):
        TagThresholdClassifier(_tagger()).fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="type of the target is multiclass"):
        TagThresholdClassifier(_tagger()).fit(X, y.sum(axis=1))


# -- tag groups, top-n, report -------------------------------------------------------
def test_groups_of_the_top_50(data_dir):
    names = (data_dir / "magnatagatune" / "top50_tags.txt").read_text().split("\n")
    names = [name for name in names if name]
    groups = tag_groups(names)
    assert len(names) == 50
    assert sorted(t for members in groups.values() for t in members) == sorted(names)
    assert groups["other"] == ["beat", "solo", "beats"]
    with (data_dir / "magnatagatune" / "synonyms.csv").open() as lines:
        merged = {line["merged_tag"] for line in csv.DictReader(lines)}
    assert set(tag_groups(merged).get("other", [])) == {"beat", "no beat"}


def test_groups_of_real_annotations(data_dir):
    path = data_dir / "magnatagatune" / "annotations.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        found = {
            tag
            for _, line in zip(range(3000), csv.DictReader(lines), strict=False)
            for tag in line["top50"].split("|")
            if tag
        }
    assert len(found) == 50
    assert tag_groups(sorted(found)).get("other") == ["beat", "beats", "solo"]


def test_spelling_of_tags():
    assert tag_groups(["maleVocal", "male vocal", "Rock", "polka"]) == {
        "genre": ["Rock"],
        "voice": ["maleVocal", "male vocal"],
        "other": ["polka"],
    }
    assert sum(map(len, tag_groups().values())) == 65


def test_top_n():
    X, y = make_multilabel_classification(n_classes=4, random_state=0)
    for model in (_tagger(), KNeighborsClassifier()):
        model.fit(X, y)
        proba = model.predict_proba(X)
        if isinstance(proba, list):
            proba = np.stack([q[:, 1] for q in proba], axis=1)
        best = top_n(model, X, n=2, names=["a", "b", "c", "d"])
        for row, (first, second) in zip(proba, best, strict=True):
            assert first[1] == row.max()
            assert second[1] == np.sort(row)[-2]
            assert row["abcd".index(first[0])] == row.max()
        assert len(top_n(model, X)[0]) == 3
        assert len(top_n(model, X, n=99)[0]) == 4
    with pytest.raises(ValueError, match="one name for each of 4"):
        top_n(model, X, names=["a"])
    with pytest.raises(ValueError, match="n must be"):
        top_n(model, X, n=0)


def test_tag_report(tags):
    y, p = tags
    y = y.copy()
    y[:, 5] = 0
    names = ["guitar", "rock", "slow", "piano", "female voice", "opera"]
    report = TagReport(y, p, tags=names, thresholds=0.6)
    assert report.absent == ["opera"]
    auc = roc_auc_score(y[:, :5], p[:, :5], average=None)
    ap = average_precision_score(y[:, :5], p[:, :5], average=None)
    assert report.roc_auc["macro"] == pytest.approx(auc.mean())
    assert report.average_precision["macro"] == pytest.approx(ap.mean())
    assert report.per_group["instrument"]["roc_auc"] == pytest.approx(
        auc[[0, 3]].mean()
    )
    assert report.per_group["genre"] == {
        "tags": 2,
        "roc_auc": pytest.approx(auc[1]),
        "average_precision": pytest.approx(ap[1]),
        "f1": report.per_tag["f1"][1],
    }
    frame = report.to_frame()
    assert frame["tag"].tolist() == names
    assert frame["support"].tolist() == y.sum(axis=0).tolist()
    np.testing.assert_allclose(frame["roc_auc"], [*auc, np.nan])
    chosen = p[:, 0] >= 0.6
    assert frame.loc[0, "precision"] == pytest.approx(y[chosen, 0].mean())
    assert frame.loc[0, "recall"] == pytest.approx(chosen[y[:, 0] == 1].mean())
    text = str(report)
    assert "In no row, and so in no mean: opera." in text
    assert "instrument" in text
    assert report._repr_html_().count("<table>") == 3
    assert len(report.to_frame("groups")) == 4
    assert report.to_frame("summary")["average"].tolist() == ["macro", "micro"]


def test_bad_input_of_the_report(tags):
    y, p = tags
    with pytest.raises(ValueError, match="6 tags, got 1"):
        TagReport(y, p, tags=["guitar"])
    with pytest.raises(ValueError, match="unknown tags"):
        TagReport(y, p, groups={"mine": ["99"]})
    with pytest.raises(ValueError, match="thresholds must be one number or 6"):
        TagReport(y, p, thresholds=[0.5, 0.5])
    with pytest.raises(ValueError, match="what must be"):
        TagReport(y, p).to_frame("all")
