"""Scores of tags, groups of tags, the best tags, and the report."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre.evaluation import (
    MultilabelAccuracyWarning,
    TagReport,
    tag_accuracy,
    tag_average_precision,
    tag_f1,
    tag_roc_auc,
    tag_scorers,
)


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


# -- top-n, report -------------------------------------------------------


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
    assert report.per_category["instrument"]["roc_auc"] == pytest.approx(
        auc[[0, 3]].mean()
    )
    assert report.per_category["genre"] == {
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
    assert "Left out of means, as no row has them: opera." in text
    assert "instrument" in text
    assert report._repr_html_().count("<table>") == 3
    assert len(report.to_frame("categories")) == 4
    summary = report.to_frame("summary").set_index("score")
    assert summary.loc["roc_auc", "macro"] == report.roc_auc["macro"]
    assert summary.loc["f1", "micro"] == report.f1["micro"]


def test_bad_input_of_the_report(tags):
    y, p = tags
    with pytest.raises(ValueError, match="6 tags, got 1"):
        TagReport(y, p, tags=["guitar"])
    with pytest.raises(ValueError, match="unknown tags"):
        TagReport(y, p, categories={"mine": ["99"]})
    with pytest.raises(ValueError, match="thresholds must be one number or 6"):
        TagReport(y, p, thresholds=[0.5, 0.5])
    with pytest.raises(ValueError, match="what must be"):
        TagReport(y, p).to_frame("all")
