"""Reports, their comparison, and published figures."""

import sys
from math import comb

import numpy as np
import pytest
from helpers import GENRES
from scipy import stats
from scipy.stats import binomtest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from sklearn_genre import evaluate
from sklearn_genre.evaluation import compare, published_figures
from sklearn_genre.evaluation._statistics import (
    corrected_t_test,
    mcnemar,
    sign_flip_test,
)


# -- the report as text, table, HTML --------------------------------------------------
def test_report_in_all_forms(music):
    report = evaluate(GaussianNB(), music)
    text = str(report)
    for part in (
        "5-fold by artist: accuracy",
        "No leak found in what was checked.",
        "Checked: songs (one per row), artists, exact copies.",
        "Not checked: near duplicates (audit finds most), other versions of a song.",
        "bootstrap over 30 groups",
        "Most confused:",
        "expected calibration error",
        "shared_artists",
        *GENRES,
    ):
        assert part in text
    page = report._repr_html_()
    assert page.count("<table>") == page.count("</table>") == 4
    for what in ("summary", "folds", "classes", "confusion", "confused", "reliability"):
        assert len(report.to_frame(what)) > 0
    with pytest.raises(ValueError, match="what must be one of"):
        report.to_frame("all")
    assert repr(report).startswith("<GenreReport: 5-fold by artist")


def test_few_songs_make_no_certainty():
    X, y = np.repeat([[0.0], [1.0]], 4, axis=0), np.repeat(["jazz", "rock"], 4)
    report = evaluate(KNeighborsClassifier(1), X, y, protocol="random", n_splits=2)
    assert report.intervals["accuracy"] == (1.0, 1.0)
    exact = binomtest(8, 8).proportion_ci(0.95).low
    for text in (str(report), str(compare(report, report))):
        assert "With only 8 songs they are too narrow." in text
        assert f"8 alike of 8 also fit a true share of {exact:.2f}" in text


def test_html_is_escaped():
    y = np.array(["<b>rock</b>", "r&b"] * 10)
    page = evaluate(DummyClassifier(), np.zeros((20, 1)), y, protocol="random")
    assert "&lt;b&gt;rock" in page._repr_html_()
    assert "<b>" not in page._repr_html_()


def test_no_probabilities(music):
    report = evaluate(SVC(), music)
    assert report.proba is None
    assert report.calibration is None
    assert "no predict_proba" in str(report)
    with pytest.raises(ValueError, match="no probabilities"):
        report.to_frame("reliability")


def test_a_class_missing_in_training_has_probability_zero():
    y = np.array(["a"] * 10 + ["b"] * 10 + ["c"] * 2)
    X = np.arange(22.0)[:, None]
    folds = [(np.arange(20), [20, 21])]
    report = evaluate(GaussianNB(), X, y, protocol=folds)
    assert report.proba[:, 2].tolist() == [0, 0]
    assert report.calibration.log_loss == pytest.approx(-np.log(np.finfo(float).eps))


def test_most_confused_pairs():
    y = np.repeat(["a", "b", "c"], 10)
    X = np.repeat([0.0, 0, 1], 10)[:, None]
    X[9] = 1
    report = evaluate(GaussianNB(), X, y, protocol="random", n_splits=5)
    pairs = {(a, b): n for a, b, n, _ in report.most_confused()}
    m = report.confusion_matrix
    assert pairs == {
        pair: m[i, j] + m[j, i]
        for pair, i, j in ((("a", "b"), 0, 1), (("a", "c"), 0, 2), (("b", "c"), 1, 2))
        if m[i, j] + m[j, i]
    }
    assert next(iter(pairs)) == ("a", "b")
    assert sum(share for *_, share in report.most_confused()) == pytest.approx(1)


def test_pandas_is_optional(music, monkeypatch):
    report = evaluate(GaussianNB(), music)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas"):
        report.to_frame()
    assert str(report)


# -- comparison ----------------------------------------------------------------------
@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (8, 2), (30, 41), (5, 5)])
def test_mcnemar_is_the_binomial_sum(b, c):
    n = b + c
    tail = sum(comb(n, k) for k in range(min(b, c) + 1)) / 2**n
    assert mcnemar(b, c) == pytest.approx(min(1.0, 2 * tail))


def test_corrected_t_test_by_hand():
    d = np.array([0.02, 0.05, -0.01, 0.03])
    t, df, p = corrected_t_test(d, 90, 30)
    expected = d.mean() / np.sqrt((1 / 4 + 30 / 90) * d.var(ddof=1))
    assert (t, df) == (pytest.approx(expected), 3)
    assert p == pytest.approx(2 * stats.t.sf(expected, 3))
    plain = stats.ttest_1samp(d, 0)
    assert corrected_t_test(d, 1e12, 1)[0] == pytest.approx(plain.statistic)
    assert corrected_t_test(np.zeros(3), 2, 1) == (0.0, 2, 1.0)
    assert corrected_t_test(np.full(3, 0.1), 2, 1)[2] == 0.0
    assert np.isnan(corrected_t_test(d[:1], 2, 1)[2])


def test_sign_flips_equal_the_full_enumeration():
    d = np.array([3, 1, -1, 2, 2, -2, 4, 0])
    signs = np.array(np.meshgrid(*[[-1, 1]] * 8)).reshape(8, -1).T
    exact = np.mean(np.abs(signs @ d) >= abs(d.sum()))
    assert sign_flip_test(d, n_draws=50_000) == pytest.approx(exact, abs=0.01)
    ones = np.repeat([1, -1, 0], [30, 15, 5])
    assert sign_flip_test(ones, 50_000) == pytest.approx(mcnemar(30, 15), abs=0.01)
    assert sign_flip_test(np.zeros(4)) == 1.0


def test_compare_by_song(music):
    a = evaluate(LogisticRegression(), music, protocol="random")
    b = evaluate(DummyClassifier(), music, protocol="random")
    c = compare(a, b, names=("LR", "chance"))
    assert c.test == "mcnemar"
    right = [dict(zip(r.rows, r.y_true == r.y_pred, strict=True)) for r in (a, b)]
    only = sum(right[0][i] and not right[1][i] for i in range(120))
    other = sum(right[1][i] and not right[0][i] for i in range(120))
    assert (c.only_first, c.only_second) == (only, other)
    assert c.p_value == pytest.approx(mcnemar(only, other))
    assert c.differences["accuracy"] == pytest.approx((only - other) / 120)
    low, high = c.intervals["accuracy"]
    assert 0 < low < c.differences["accuracy"] < high
    assert "exact McNemar test on songs" in str(c)
    assert c.to_frame().columns.tolist() == [
        "score",
        "LR",
        "chance",
        "difference",
        "low",
        "high",
    ]
    assert "<table>" in c._repr_html_()
    back = compare(b, a)
    assert back.p_value == pytest.approx(c.p_value)
    assert back.differences["accuracy"] == pytest.approx(-c.differences["accuracy"])


def test_compare_by_artist_and_repeated(music):
    models = LogisticRegression(), KNeighborsClassifier(1)
    c = compare(*(evaluate(m, music) for m in models))
    assert c.test == "sign_flip"
    assert set(c.p_values) == {"mcnemar", "sign_flip", "corrected_t"}
    assert "over 30 groups" in str(c)
    reports = [evaluate(m, music, protocol="repeated", n_repeats=2) for m in models]
    c = compare(*reports)
    assert c.test == "corrected_t"
    assert c.only_first is None
    d = reports[0].fold_scores["accuracy"] - reports[1].fold_scores["accuracy"]
    assert c.p_value == pytest.approx(corrected_t_test(d, 108, 12)[2])
    one = [evaluate(m, music, protocol="fault_filtered") for m in models]
    assert "corrected_t" not in compare(*one).p_values


def test_no_false_alarm_when_artists_agree():
    """Noise shared by the songs of an artist fools McNemar, not the sign flips."""
    false = {"mcnemar": 0, "sign_flip": 0}
    for seed in range(200):
        d = np.random.default_rng(seed).choice([-1, 1], size=20) * 10
        wins = int((d > 0).sum()) * 10
        false["mcnemar"] += mcnemar(wins, 200 - wins) < 0.05
        false["sign_flip"] += sign_flip_test(d, 999, random_state=seed) < 0.05
    assert false["mcnemar"] > 60
    assert false["sign_flip"] < 20


def test_compare_needs_the_same_folds(music):
    a = evaluate(GaussianNB(), music, protocol="random")
    for other in (
        evaluate(GaussianNB(), music, protocol="random", random_state=1),
        evaluate(GaussianNB(), music, protocol="artist"),
        evaluate(GaussianNB(), music, protocol="fault_filtered"),
        evaluate(GaussianNB(), music, protocol="five_genre"),
    ):
        with pytest.raises(ValueError, match="same songs and folds"):
            compare(a, other)


# -- published figures ---------------------------------------------------------------
def test_published_figures_are_sound():
    figures = published_figures()
    assert len(figures) > 80
    for f in figures:
        assert 0 < f.value < 1
        assert f.spread is None or 0 < f.spread < 0.1
        assert f.mark in ("read", "quoted")
        assert f.system
        assert f.protocol
        assert f.source
    quoted = {f.source for f in figures if f.mark == "quoted"}
    assert quoted == {"Castellon et al., ISMIR 2021", "Won et al. 2020"}
    values = [f.value for f in published_figures(dataset="gtzan")]
    assert values == sorted(values, reverse=True)
    with pytest.raises(ValueError, match="dataset must be one of"):
        published_figures(dataset="ballroom")
    assert published_figures(dataset="gtzan", protocol="artist 3-fold") == []


@pytest.mark.parametrize(
    ("dataset", "value", "name"),
    [
        ("gtzan", 0.83, "Sigtia"),
        ("gtzan", 0.61, "Tzanetakis"),
        ("gtzan", 0.749, "Li et al."),
        ("gtzan", 0.785, "Li et al."),
        ("gtzan", 0.91, "Panagakis"),
        ("gtzan", 0.75, "Benetos"),
        ("gtzan", 0.6375, "Feng"),
        ("homburg", 0.5323, "k-nearest neighbors (Homburg"),
        ("homburg", 0.3002, "network over mel"),
        ("gtzan", 0.4687, "network over mel"),
        ("gtzan", 0.1718, "network over MFCC"),
        ("gtzan", 0.61, "logistic regression"),
        ("gtzan", 0.65, "SVM, RBF"),
        ("gtzan", 0.64, "naive Bayes"),
        ("gtzan", 0.68, "fully connected network over 93"),
        ("gtzan", 0.81, "CNN + fully connected"),
        ("gtzan", 0.582, "deep softmax autoencoder"),
        ("msd", 0.67, "2 hidden layers"),
    ],
)
def test_what_the_sources_compare_with_is_there(dataset, value, name):
    found = published_figures(dataset=dataset)
    assert any(f.value == value and name in f.system for f in found)


def test_a_report_stands_beside_its_own_protocol_only(music):
    table = evaluate(GaussianNB(), music, protocol="random").compare_published()
    expected = published_figures(dataset="gtzan", protocol="random 10-fold")
    assert len(table.rows) == len(expected) + 1 == 12
    assert "this report" in str(table)
    assert "MuQ" not in str(table)
    values = table.to_frame()["accuracy"].tolist()
    assert values == sorted(values, reverse=True)
    five = evaluate(GaussianNB(), music, protocol="random", n_splits=5)
    assert len(five.compare_published().rows) == 1, "5 folds are another protocol"
    lists = evaluate(GaussianNB(), music, protocol="fault_filtered")
    assert "MuQ_iter" in str(lists.compare_published())
