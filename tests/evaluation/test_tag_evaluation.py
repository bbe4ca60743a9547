"""Evaluation of taggers by protocol, and comparison of two of them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.utils import Bunch

from sklearn_genre import evaluate
from sklearn_genre.evaluation import TagReport, compare
from sklearn_genre.evaluation._tag_statistics import (
    bootstrap_tags,
    exchange_test,
    macro_scores,
)

TAGGER = MultiOutputClassifier(LogisticRegression())
QUICK = {"n_bootstrap": 50}


@pytest.fixture
def tagged(rng):
    """80 songs of 20 artists and three tags, two of which can be heard."""
    artist = np.repeat(np.arange(20), 4)
    y = (rng.random((80, 3)) < [0.5, 0.3, 0.4]).astype(int)
    X = rng.normal(size=(80, 4))
    X[:, :2] += 2 * y[:, :2]
    names = pd.DataFrame(y, columns=["slow", "guitar", "loud"])
    return Bunch(data=X, target=names, groups=artist)


def test_report_of_a_tagger(tagged):
    report = evaluate(TAGGER, tagged, **QUICK)
    assert type(report) is TagReport
    assert report.tags == ["slow", "guitar", "loud"]
    assert report.title == "5-fold by artist"
    y = tagged.target.to_numpy()[report.rows]
    np.testing.assert_array_equal(report.y_true, y)
    auc = roc_auc_score(y, report.proba)
    assert report.roc_auc["macro"] == pytest.approx(auc)
    low, high = report.intervals["roc_auc"]
    assert report.chance["roc_auc"] == 0.5 < low < auc < high
    assert not report.leakage
    assert report.unit == "group"
    assert report.n_units == 20
    assert report.to_frame("folds")["shared_artists"].sum() == 0
    for part in ("No leak found", "bootstrap over 20 groups", "train_artists"):
        assert part in str(report)
    assert repr(report).startswith("<TagReport: 5-fold by artist: macro ROC-AUC 0.")
    assert len(repr(report).splitlines()) == 3


def test_answers_are_those_of_models_that_did_not_hear_the_artist(tagged):
    report = evaluate(TAGGER, tagged, **QUICK)
    X, y = tagged.data, tagged.target.to_numpy()
    test = report.rows[report.fold == 0]
    train = np.setdiff1d(np.arange(80), test)
    assert not set(tagged.groups[test]) & set(tagged.groups[train])
    model = MultiOutputClassifier(LogisticRegression()).fit(X[train], y[train])
    proba = np.stack([p[:, 1] for p in model.predict_proba(X[test])], axis=1)
    np.testing.assert_allclose(report.proba[report.fold == 0], proba)
    np.testing.assert_array_equal(
        report.y_pred[report.fold == 0], model.predict(X[test])
    )


@pytest.mark.parametrize("protocol", ["random", "repeated", "nested", "fault_filtered"])
def test_protocols(tagged, protocol):
    tagged.split = ["train", "train", "valid", "test"] * 20
    kinds = {}
    if protocol != "fault_filtered":
        kinds = {"n_splits": 3}
    if protocol == "repeated":
        kinds["n_repeats"] = 2
    if protocol == "nested":
        kinds["param_grid"] = {"estimator__C": [0.01, 1]}
    report = evaluate(TAGGER, tagged, protocol=protocol, **kinds, **QUICK)
    assert report.protocol == protocol
    assert report.roc_auc["macro"] > 0.6
    assert (report.best_params is None) == (protocol != "nested")


def test_protocols_for_genres_only(tagged):
    with pytest.raises(ValueError, match="needs one genre per row, not tags"):
        evaluate(TAGGER, tagged, protocol="five_genre")


def test_scarce_tags_are_noted(tagged):
    tagged.target["opera"] = np.arange(80) < 4
    forest = RandomForestClassifier(5, random_state=0)
    report = evaluate(forest, tagged, **QUICK)
    note = "With fewer groups than folds, some folds lack: opera (1)."
    assert note in report.notes
    assert np.isfinite(report.roc_auc["macro"])
    assert report.proba.shape == (80, 4)


def test_a_fold_that_cannot_be_scored_has_a_dash():
    y = np.array([[1], [0], [1], [0]])
    y = np.hstack([y, 1 - y])
    folds = [([0, 1, 3], [2]), ([1, 2, 3], [0])]
    with pytest.warns(UndefinedMetricWarning):
        report = evaluate(
            KNeighborsClassifier(1), np.arange(4.0)[:, None], y, protocol=folds, **QUICK
        )
    assert np.isnan(report.fold_scores["roc_auc"]).all()
    assert " - " in str(report._table("folds"))


def test_a_tagger_without_probabilities_is_refused(tagged):
    with pytest.raises(ValueError, match="no predict_proba"):
        evaluate(MultiOutputClassifier(LinearSVC()), tagged)


def test_names_of_tags(tagged):
    y = tagged.target.to_numpy()
    kinds = {"groups": tagged.groups, **QUICK}
    assert evaluate(TAGGER, tagged.data, y, **kinds).tags == ["0", "1", "2"]
    data = Bunch(data=tagged.data, target=y, target_names=["a", "b", "c"])
    assert evaluate(TAGGER, data, **kinds).tags == ["a", "b", "c"]


def test_copies_with_other_tags_are_named(tagged):
    tagged.data[7] = tagged.data[2]
    tagged.target.iloc[[2, 7]] = [[1, 1, 0], [0, 0, 0]]
    report = evaluate(TAGGER, tagged, **QUICK)
    assert any("row 2 (slow, guitar) = row 7 (no tag)" in n for n in report.notes)


# -- statistics -----------------------------------------------------------------------
@pytest.fixture
def scored(rng):
    """60 rows with scores that tie, and answers."""
    y = rng.random((60, 3)) < 0.4
    score = np.round(rng.random((60, 3)) + 0.3 * y, 1)
    return y, score, score > 0.6


def test_weighted_scores_are_those_of_scikit_learn(scored, rng):
    y, score, given = scored
    weights = rng.integers(4, size=(5, 60)).astype(float)
    found = macro_scores(y, score, given, weights)
    for i, w in enumerate(weights):
        kinds = {"average": "macro", "sample_weight": w}
        for name, measure, answers in (
            ("roc_auc", roc_auc_score, score),
            ("average_precision", average_precision_score, score),
            ("f1", f1_score, given),
        ):
            assert found[name][i] == pytest.approx(measure(y, answers, **kinds))


def test_a_tag_that_a_draw_lacks_is_left_out(scored):
    y, score, given = scored
    y[:, 0] = np.arange(60) == 0
    weights = np.ones((1, 60))
    weights[0, 0] = 0
    found = macro_scores(y, score, given, weights)
    rest = roc_auc_score(y[1:, 1:], score[1:, 1:])
    assert found["roc_auc"][0] == pytest.approx(rest)


def test_bootstrap_draws_groups(scored):
    units = np.repeat(np.arange(6), 10)
    (by_group,) = bootstrap_tags([scored], units, 200, 0)
    (by_row,) = bootstrap_tags([scored], np.arange(60), 200, 0)
    assert by_group["roc_auc"].shape == (200,)
    assert by_group["roc_auc"].std() != by_row["roc_auc"].std()
    again = bootstrap_tags([scored, scored], units, 200, 0)
    np.testing.assert_array_equal(again[0]["f1"], again[1]["f1"])
    np.testing.assert_array_equal(again[0]["f1"], by_group["f1"])


def test_intervals_on_request(scored):
    y, score, given = scored
    assert TagReport(y, score).intervals == {}
    report = TagReport(y, score, y_pred=given, n_bootstrap=100)
    low, high = report.intervals["roc_auc"]
    assert low < report.roc_auc["macro"] < high
    assert report.f1["macro"] == pytest.approx(f1_score(y, given, average="macro"))
    assert "bootstrap over 60 songs" in str(report)
    grouped = TagReport(y, score, groups=np.arange(60) // 10, n_bootstrap=100)
    assert "bootstrap over 6 groups" in str(grouped)
    with pytest.raises(ValueError, match="y_pred must have the shape"):
        TagReport(y, score, y_pred=given[:, :2])


# -- comparison -----------------------------------------------------------------------
def test_compare_taggers(tagged):
    good = evaluate(TAGGER, tagged, **QUICK)
    bad = evaluate(DummyClassifier(), tagged, **QUICK)
    c = compare(good, bad, names=("LR", "chance"))
    assert c.test == "exchange"
    assert set(c.p_values) == {"exchange", "corrected_t"}
    assert c.p_value < 0.01
    low, high = c.intervals["roc_auc"]
    assert 0 < low < c.differences["roc_auc"] < high
    expected = good.roc_auc["macro"] - bad.roc_auc["macro"]
    assert c.differences["roc_auc"] == pytest.approx(expected)
    assert "permutation test that exchanges" in str(c)
    assert repr(c).startswith("<Comparison: LR against chance: roc_auc +0.")
    assert c.to_frame("tests")["test"].tolist() == ["exchange", "corrected_t"]
    same = compare(good, good)
    assert same.differences["f1"] == 0
    assert same.p_value == 1


def test_compare_answers_alone(scored):
    y, score, _ = scored
    c = compare(TagReport(y, score), TagReport(y, -score))
    assert set(c.p_values) == {"exchange"}
    with pytest.raises(ValueError, match="same songs and folds"):
        compare(TagReport(y, score), TagReport(~y, score))


def test_genres_and_tags_do_not_compare(tagged, music):
    with pytest.raises(TypeError, match="two reports of one kind"):
        compare(evaluate(TAGGER, tagged, **QUICK), evaluate(DummyClassifier(), music))


def test_exchange_ignores_the_scale_of_scores(scored):
    y, score, _ = scored
    units = np.arange(60)
    assert exchange_test(y, score, 100 * score - 3, units, n_draws=99) == 1


def test_exchange_gives_no_false_alarm():
    """Models that know equally much, of artists whose songs sound alike."""
    false = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        artist = np.repeat(np.arange(12), 5)
        y = rng.random((60, 2)) < 0.5
        first, second = (
            y + 2 * rng.normal(size=(12, 2))[artist] + rng.normal(size=(60, 2))
            for _ in range(2)
        )
        p = exchange_test(y, first, second, artist, n_draws=99, random_state=seed)
        false += p <= 0.05
    assert false <= 8
