"""Protocols, reports, comparisons and published figures."""

import pickle
import sys
from math import comb

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import parallel_config
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    classification_report,
    confusion_matrix,
    f1_score,
    log_loss,
)
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import Bunch

from sklearn_genre import (
    LeakageError,
    LeakageWarning,
    compare,
    evaluate,
    leak_groups,
    leak_size,
    published_figures,
)
from sklearn_genre.evaluation import FIVE_GENRES
from sklearn_genre.evaluation.statistics import (
    METRICS,
    calibration,
    corrected_t_test,
    mcnemar,
    sign_flip_test,
)

GENRES = np.array(["blues", "classical", "country", "disco", "hiphop", "rock"])


@pytest.fixture
def music(rng):
    """120 songs of 30 artists, whose sound is mostly that of the artist."""
    artist = np.repeat(np.arange(30), 4)
    y = GENRES[artist % 6]
    sound = rng.normal(size=(30, 6)) + 1.5 * np.eye(6)[np.arange(30) % 6]
    X = sound[artist] + 0.3 * rng.normal(size=(120, 6))
    split = np.array(["train", "valid", "test", None, "train"], object)[artist % 5]
    return Bunch(data=X, target=y, groups=artist, split=split)


# -- scores against scikit-learn -----------------------------------------------------
def test_random_protocol_is_cross_val_predict(music):
    model = make_pipeline(StandardScaler(), LogisticRegression())
    X, y = music.data, music.target
    report = evaluate(model, X, y, protocol="random", n_splits=4, random_state=3)
    cv = StratifiedKFold(4, shuffle=True, random_state=3)
    pred = cross_val_predict(model, X, y, cv=cv)
    proba = cross_val_predict(model, X, y, cv=cv, method="predict_proba")
    assert report.scores["accuracy"] == pytest.approx(accuracy_score(y, pred))
    assert report.scores["balanced_accuracy"] == pytest.approx(
        balanced_accuracy_score(y, pred)
    )
    assert report.scores["macro_f1"] == pytest.approx(
        f1_score(y, pred, average="macro")
    )
    np.testing.assert_array_equal(report.confusion_matrix, confusion_matrix(y, pred))
    assert report.calibration.log_loss == pytest.approx(log_loss(y, proba))
    brier = brier_score_loss(y, proba, scale_by_half=False)
    assert report.calibration.brier == pytest.approx(brier)
    for i, (_, test) in enumerate(cv.split(X, y)):
        expected = accuracy_score(y[test], pred[test])
        assert report.fold_scores["accuracy"][i] == pytest.approx(expected)
        np.testing.assert_array_equal(report.rows[report.fold == i], test)
    frame = report.to_frame("classes").set_index("genre")
    expected = classification_report(y, pred, output_dict=True)
    for genre in GENRES:
        assert frame.loc[genre, "precision"] == pytest.approx(
            expected[genre]["precision"]
        )
        assert frame.loc[genre, "recall"] == pytest.approx(expected[genre]["recall"])
        assert frame.loc[genre, "f1"] == pytest.approx(expected[genre]["f1-score"])
        assert frame.loc[genre, "support"] == expected[genre]["support"]
    answers = report.to_frame("answers").set_index("row").sort_index()
    assert answers["answer"].tolist() == pred.tolist()
    np.testing.assert_allclose(answers.filter(like="proba_"), proba, rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_metrics_from_counts_equal_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    # classes that never occur, or are never answered, among them
    true, pred = rng.integers(0, 4, size=30), rng.integers(1, 6, size=30)
    counts = confusion_matrix(true, pred, labels=range(7))
    assert METRICS["accuracy"](counts) == pytest.approx(accuracy_score(true, pred))
    assert METRICS["macro_f1"](counts) == pytest.approx(
        f1_score(true, pred, average="macro")
    )
    seen = [np.mean(pred[true == c] == c) for c in np.unique(true)]
    assert METRICS["balanced_accuracy"](counts) == pytest.approx(np.mean(seen))


def test_calibration_by_hand():
    proba = np.array([[0.95, 0.05], [0.95, 0.05], [0.35, 0.65], [0.35, 0.65]])
    found = calibration(np.array([0, 1, 1, 1]), proba)
    # two bins of two: |0.95 - 0.5| and |0.65 - 1|, each weighs a half
    assert found.ece == pytest.approx((0.45 + 0.35) / 2)
    logs = np.log([0.95, 0.05, 0.65, 0.65])
    assert found.log_loss == pytest.approx(-logs.mean())
    frame = found.reliability.to_frame()
    assert frame["n"].tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 2]
    assert frame.loc[9, "accuracy"] == 0.5
    assert frame.loc[6, "mean_proba"] == pytest.approx(0.65)


def test_perfect_probabilities_are_calibrated(rng):
    p = rng.uniform(size=40_000)
    found = calibration((rng.uniform(size=p.size) < p) * 1, np.stack([1 - p, p], 1))
    assert found.ece < 0.02
    overconfident = np.clip((p - 0.5) * 3 + 0.5, 0, 1)
    both = np.stack([1 - overconfident, overconfident], 1)
    assert calibration((rng.uniform(size=p.size) < p) * 1, both).ece > 0.1


# -- intervals -----------------------------------------------------------------------
def test_song_interval_is_the_binomial_one():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=400)
    X = np.where(rng.random(400) < 0.8, y, 1 - y)[:, None] * 1.0
    report = evaluate(GaussianNB(), X, y, protocol="random", n_bootstrap=4000)
    p = report.scores["accuracy"]
    assert p == pytest.approx(0.8, abs=0.05)
    low, high = report.intervals["accuracy"]
    half = 1.96 * np.sqrt(p * (1 - p) / 400)
    assert low == pytest.approx(p - half, abs=0.006)
    assert high == pytest.approx(p + half, abs=0.006)
    assert (report.unit, report.n_units) == ("song", 400)


def test_group_interval_is_wider_when_artists_agree():
    """All songs of an artist right or wrong together: artists are what counts."""
    artist = np.repeat(np.arange(60), 8)
    y = np.where(artist % 2, "jazz", "rock")
    right = np.random.default_rng(1).random(60) < 0.7
    X = ((artist % 2 == 1) == right[artist])[:, None] * 1.0
    model = KNeighborsClassifier(15)
    report = evaluate(model, X, y, groups=artist, n_splits=4)
    assert (report.unit, report.n_units) == ("group", 60)
    p = report.scores["accuracy"]
    low, high = report.intervals["accuracy"]
    half = 1.96 * np.sqrt(p * (1 - p) / 60)
    assert (high - low) / 2 == pytest.approx(half, rel=0.15)
    by_song = evaluate(model, X, y, protocol=_folds_of(report, artist), n_splits=4)
    narrow = np.ptp(by_song.intervals["accuracy"])
    assert high - low > 2 * narrow


def _folds_of(report, artist):
    return [
        (np.setdiff1d(np.arange(len(artist)), test), test)
        for test in (report.rows[report.fold == f] for f in range(4))
    ]


# -- protocols -----------------------------------------------------------------------
def test_artist_protocol_divides_nothing(music):
    duplicates = [(0, 5), (0, 9), (50, 90)]
    report = evaluate(GaussianNB(), music, duplicates=duplicates)
    codes = leak_groups(groups=music.groups, duplicates=duplicates)
    for fold in range(5):
        test = codes[report.rows[report.fold == fold]]
        train = codes[report.rows[report.fold != fold]]
        assert not set(test) & set(train)
    assert not report.leakage
    assert sorted(report.rows) == list(range(120))
    assert report.n_units == len(np.unique(codes)) == 27
    folds = report.to_frame("folds")
    assert folds["shared_artists"].tolist() == [0] * 5
    assert (folds["train_artists"] + folds["test_artists"]).tolist() == [30] * 5
    assert (folds["train_songs"] + folds["test_songs"]).tolist() == [120] * 5


def test_random_protocol_tells_what_it_leaks(music):
    report = evaluate(GaussianNB(), music, protocol="random", duplicates=[(0, 40)])
    text = str(report)
    assert "of test rows have their artist in the training side" in text
    assert report.leakage.shares["group"].mean() > 0.9
    with pytest.raises(LeakageError, match="group"):
        evaluate(GaussianNB(), music, protocol="random", on_leak="raise")
    with pytest.warns(LeakageWarning, match="group"):
        evaluate(GaussianNB(), music, protocol="random", on_leak="warn")


def test_leak_is_measured_and_paired(music):
    model = KNeighborsClassifier(1)
    random = evaluate(model, music, protocol="random")
    artist = evaluate(model, music, protocol="artist")
    size = leak_size(random, artist)
    assert size.difference == pytest.approx(
        random.scores["accuracy"] - artist.scores["accuracy"]
    )
    assert size.paired
    assert size.unit == "group"
    low, high = size.interval
    assert 0.1 < low < size.difference < high
    with pytest.raises(ValueError, match="metric must be"):
        leak_size(random, artist, metric="auc")
    none = leak_size(random, random)
    assert none.difference == 0
    assert none.interval == (0, 0)
    part = evaluate(model, music, protocol="fault-filtered")
    assert not leak_size(random, part).paired


def test_random_protocol_keeps_slices_of_a_song_together(music):
    songs = np.arange(120) // 2
    report = evaluate(GaussianNB(), music, protocol="random", songs=songs, n_splits=5)
    for fold in range(5):
        test = songs[report.rows[report.fold == fold]]
        assert not set(test) & set(songs[report.rows[report.fold != fold]])
    assert report.n_units == 60


def test_repeated_protocol(music):
    report = evaluate(GaussianNB(), music, protocol="repeated", n_splits=3, n_repeats=4)
    assert report.fold.max() == 11
    assert np.bincount(report.rows).tolist() == [4] * 120
    assert report.n_units == 120
    draws = {tuple(sorted(report.rows[report.fold == f])) for f in range(12)}
    assert len(draws) == 12
    ten = evaluate(DummyClassifier(), music, protocol="repeated")
    assert ten.fold.max() == 99


def test_fault_filtered_protocol(music):
    for train_on in (("train",), ("train", "valid"), "train"):
        report = evaluate(
            GaussianNB(), music, protocol="fault-filtered", train_on=train_on
        )
        train = np.isin(music.split.astype(str), np.atleast_1d(train_on))
        test = music.split == "test"
        model = GaussianNB().fit(music.data[train], music.target[train])
        expected = model.score(music.data[test], music.target[test])
        assert report.scores["accuracy"] == pytest.approx(expected)
        assert report.rows.tolist() == np.flatnonzero(test).tolist()
        left = 120 - train.sum() - test.sum()
        assert report.notes == [f"{left} of 120 rows are in neither list."]
    assert report.unit == "group"
    assert np.isnan(report.to_frame().loc[0, "fold_sd"])


def test_five_genre_protocol(music):
    report = evaluate(GaussianNB(), music, protocol="five-genre", n_splits=4)
    assert report.class_names == list(FIVE_GENRES)
    assert sorted(report.rows) == np.flatnonzero(music.target != "rock").tolist()
    numbered = evaluate(
        GaussianNB(),
        Bunch(
            data=music.data,
            target=np.searchsorted(GENRES, music.target),
            target_names=GENRES,
        ),
        protocol="five-genre",
        n_splits=4,
    )
    assert numbered.class_names == list(FIVE_GENRES)
    assert numbered.scores == report.scores


def test_slice_level_protocol_is_marked_and_leaks(rng):
    song = rng.normal(size=(60, 1, 5, 1))
    X = song + 0.1 * rng.normal(size=(60, 4, 5, 3))
    y = np.arange(60) % 2
    model = make_pipeline(_Flat(), KNeighborsClassifier(1))
    report = evaluate(model, X, y, protocol="slice-level", n_splits=5)
    assert report.leaking
    assert report.headline().startswith("LEAKING: random 5-fold over slices")
    assert len(report.rows) == 240
    assert report.n_units == 60
    assert report.scores["accuracy"] > 0.95, "songs are recognised, not classes"
    flat = X.reshape(240, 5, 3)
    songs, labels = np.repeat(np.arange(60), 4), np.repeat(y, 4)
    by_song = evaluate(model, flat, labels, songs=songs, protocol="random", n_splits=5)
    assert by_song.scores["accuracy"] < 0.75
    size = leak_size(report, by_song)
    assert size.paired
    assert size.interval[0] > 0.2
    same = evaluate(
        model, flat, labels, songs=songs, protocol="slice-level", n_splits=5
    )
    assert same.scores == report.scores


class _Flat(BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.reshape(len(X), -1)


def test_nested_protocol_searches_by_artist(music):
    seen = []
    grid = {"n_neighbors": [1, 25]}
    report = evaluate(
        _Spy(log=seen), music, protocol="nested", param_grid=grid, n_splits=3
    )
    assert len(report.best_params) == 3
    assert not report.leakage
    sets = [frozenset(music.groups[rows]) for rows in seen]
    # per outer fold two values of the parameter in three inner folds, then a refit
    assert len(sets) == 3 * (2 * 3 + 1)
    # the artists of an inner training side are missing as a whole on the other
    for outer in range(3):
        inner = seen[outer * 7 : outer * 7 + 6]
        whole = seen[outer * 7 + 6]
        for rows in inner:
            held = np.setdiff1d(whole, rows)
            assert not set(music.groups[held]) & set(music.groups[rows])
    search = GridSearchCV(KNeighborsClassifier(), grid)
    again = evaluate(search, music, protocol="nested", n_splits=3)
    assert again.scores == report.scores
    assert again.best_params == report.best_params
    by_song = evaluate(
        search, music.data, music.target, protocol="nested", n_splits=3, inner_splits=2
    )
    assert by_song.unit == "song"


class _Spy(KNeighborsClassifier):
    """Notes the rows that it was trained on, found by their first number."""

    def __init__(self, log=None, n_neighbors=5):
        super().__init__(n_neighbors=n_neighbors)
        self.log = log

    def __sklearn_clone__(self):
        return type(self)(log=self.log, n_neighbors=self.n_neighbors)

    def fit(self, X, y):
        rng = np.random.default_rng(0)
        sound = rng.normal(size=(30, 6)) + 1.5 * np.eye(6)[np.arange(30) % 6]
        whole = sound[np.repeat(np.arange(30), 4)] + 0.3 * rng.normal(size=(120, 6))
        self.log.append(np.flatnonzero(np.isin(whole[:, 0], X[:, 0])))
        return super().fit(X, y)


def test_own_folds(music):
    cv = KFold(3, shuffle=True, random_state=0)
    report = evaluate(GaussianNB(), music, protocol=cv)
    assert (report.protocol, report.unit) == ("custom", "song")
    folds = list(StratifiedGroupKFold(3).split(music.data, music.target, music.groups))
    report = evaluate(GaussianNB(), music, protocol=folds)
    assert (report.unit, report.n_units) == ("group", 30)


# -- input ---------------------------------------------------------------------------
def test_a_bunch_and_its_arrays_agree(music):
    whole = evaluate(GaussianNB(), music)
    parts = evaluate(GaussianNB(), music.data, music.target, groups=music.groups)
    framed = evaluate(
        GaussianNB(),
        pd.DataFrame(music.data).to_numpy().tolist(),
        pd.Series(music.target),
        groups=pd.Series(music.groups),
    )
    assert whole.scores == parts.scores == framed.scores


def test_duplicates_of_a_bunch_by_name(music):
    music.clips = np.array([f"song{i:03}" for i in range(120)])
    music.duplicates = np.array([["song000", "song005"], ["song000", "song009"]])
    named = evaluate(GaussianNB(), music)
    assert named.n_units == 28
    rows = evaluate(GaussianNB(), music, duplicates=[(0, 5), (0, 9)])
    assert named.scores == rows.scores
    music.duplicates = np.empty((0, 2), str)
    assert evaluate(GaussianNB(), music).n_units == 30
    music.duplicates = np.array([["song000", "song999"]])
    with pytest.raises(TypeError, match="song999"):
        evaluate(GaussianNB(), music)


def test_paths_as_rows(music):
    """Rows may be anything the estimator takes, such as files."""
    table = {f"song{i:03}.wav": x for i, x in enumerate(music.data)}
    bunch = Bunch(paths=list(table), target=music.target, groups=music.groups)
    model = make_pipeline(_Load(table), GaussianNB())
    assert evaluate(model, bunch).scores == evaluate(GaussianNB(), music).scores
    bunch.paths = np.array(bunch.paths)
    assert evaluate(model, bunch).scores == evaluate(GaussianNB(), music).scores


class _Load(BaseEstimator):
    def __init__(self, table):
        self.table = table

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([self.table[x] for x in X])


def test_unknown_artists_are_alone_and_noted(music):
    groups = music.groups.astype(object)
    groups[:8] = None
    report = evaluate(GaussianNB(), music.data, music.target, groups=groups)
    assert report.n_units == 28 + 8
    assert "8 rows have no known artist and count as one each." in report.notes


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"protocol": "loo"}, "protocol must be one of 'random'"),
        ({"groups": None}, "needs groups"),
        ({"protocol": "fault-filtered"}, "needs split"),
        (
            {"protocol": "fault-filtered", "split": ["train"] * 12},
            "No row has split 'test'",
        ),
        ({"protocol": "five-genre"}, "lacks blues, classical"),
        ({"protocol": "slice-level"}, "needs slices"),
        ({"protocol": "nested"}, "needs param_grid"),
        ({"param_grid": {}}, "'nested' only"),
        ({"n_splits": 7}, "needs as many groups, but there are only 6"),
        ({"n_splits": 1}, "n_splits must be an integer >= 2"),
        ({"n_repeats": 0}, "n_repeats must be an integer >= 1"),
        ({"groups": [0] * 12}, "join all rows into one"),
        ({"groups": [0] * 3}, "groups has 3"),
        ({"y": None}, "needs y"),
        ({"y": [0, 1]}, "X has 12 rows, but y has 2"),
        ({"y": np.ones((12, 2), int)}, "several tags"),
        ({"y": np.linspace(0, 1, 12)}, "continuous"),
        ({"on_leak": "ignore"}, "on_leak"),
        ({"n_bootstrap": 0}, "n_bootstrap"),
        ({"confidence": 95}, "confidence"),
        ({"data": Bunch(target=[1])}, "neither data, nor audio, nor paths"),
    ],
)
def test_bad_input(change, match):
    given = {
        "data": np.zeros((12, 1)),
        "y": ["jazz", "rock"] * 6,
        "groups": np.arange(12) // 2,
        "n_splits": 2,
    } | change
    with pytest.raises(ValueError, match=match):
        evaluate(DummyClassifier(), given.pop("data"), given.pop("y"), **given)


def test_train_on_test_is_refused(music):
    with pytest.raises(ValueError, match="must not hold 'test'"):
        evaluate(
            GaussianNB(), music, protocol="fault-filtered", train_on=("train", "test")
        )


def test_few_artists_of_a_genre_are_noted(music):
    y = np.where(music.groups < 2, "rare", "common")
    report = evaluate(GaussianNB(), music.data, y, groups=music.groups, n_splits=3)
    assert any("some folds lack: rare (2)" in note for note in report.notes)


def test_errors_name_the_fold(music):
    with pytest.raises(TypeError) as caught:
        evaluate(GaussianNB(), music, fit_params={"nonsense": 1})
    assert caught.value.__notes__ == ["(in fold 0 of evaluate)"]


def test_fit_params_are_cut_to_rows(music):
    weights = np.where(np.arange(120) % 3, 1.0, 0.0)
    report = evaluate(
        GaussianNB(), music, protocol="random", fit_params={"sample_weight": weights}
    )
    assert report.scores["accuracy"] > 0.4


def test_groups_are_routed_to_who_asks(music):
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(StandardScaler(), _Grouped().set_fit_request(groups=True))
        evaluate(model, music, n_splits=3)
    with pytest.raises(ValueError, match="no groups"):
        evaluate(make_pipeline(StandardScaler(), _Grouped()), music)


class _Grouped(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, groups=None):
        if groups is None or len(groups) != len(X):
            raise ValueError("no groups")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class _Stranger(_Grouped):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), "polka")


class _NoProba(_Stranger):
    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 0.9)


def test_strange_answers_are_refused(music):
    with pytest.raises(ValueError, match="'polka', which is not in y"):
        evaluate(_Stranger(), music)
    with pytest.raises(ValueError, match="sum to one"):
        evaluate(_NoProba(), music)


def test_n_jobs_changes_nothing(music):
    one = evaluate(SVC(), music, n_splits=3)
    with parallel_config("threading"):
        two = evaluate(SVC(), music, n_splits=3, n_jobs=2)
    assert one.scores == two.scores
    assert one.intervals == two.intervals


def test_a_report_can_be_kept(music):
    report = evaluate(GaussianNB(), music)
    copy = pickle.loads(pickle.dumps(report))
    assert str(copy) == str(report)
    assert compare(copy, report).p_value == 1


# -- the report as text, table, HTML --------------------------------------------------
def test_report_in_all_forms(music):
    report = evaluate(GaussianNB(), music)
    text = str(report)
    for part in (
        "5-fold by artist: accuracy",
        "No leak found (checked: group)",
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
    assert "over groups" in str(c)
    reports = [evaluate(m, music, protocol="repeated", n_repeats=2) for m in models]
    c = compare(*reports)
    assert c.test == "corrected_t"
    assert c.only_first is None
    d = reports[0].fold_scores["accuracy"] - reports[1].fold_scores["accuracy"]
    assert c.p_value == pytest.approx(corrected_t_test(d, 108, 12)[2])
    one = [evaluate(m, music, protocol="fault-filtered") for m in models]
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
        evaluate(GaussianNB(), music, protocol="fault-filtered"),
        evaluate(GaussianNB(), music, protocol="five-genre"),
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
        published_figures(dataset="msd")
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
        ("homburg", 0.5323, "k-nearest neighbours (Homburg"),
        ("homburg", 0.3002, "network over mel"),
    ],
)
def test_what_the_sources_compare_with_is_there(dataset, value, name):
    found = published_figures(dataset=dataset)
    assert any(f.value == value and name in f.system for f in found)


def test_a_report_stands_beside_its_own_protocol_only(music):
    table = evaluate(GaussianNB(), music, protocol="random").beside_published()
    expected = published_figures(dataset="gtzan", protocol="random 10-fold")
    assert len(table.rows) == len(expected) + 1 == 12
    assert "this report" in str(table)
    assert "MuQ" not in str(table)
    values = table.to_frame()["accuracy"].tolist()
    assert values == sorted(values, reverse=True)
    five = evaluate(GaussianNB(), music, protocol="random", n_splits=5)
    assert len(five.beside_published().rows) == 1, "5 folds are another protocol"
    lists = evaluate(GaussianNB(), music, protocol="fault-filtered")
    assert "MuQ_iter" in str(lists.beside_published())


# -- the real thing ------------------------------------------------------------------
def test_gtzan_leaks(data_dir):
    with np.load(data_dir / "gtzan" / "gtzan_mel_images.npz") as data:
        X = data["mel"].mean(axis=2, dtype=np.float64)
        y, artists, split = data["genre"], data["artist"], data["fault_filtered"]
        exact = leak_groups(X=data["mel"], duplicates="exact")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    known = Bunch(
        data=X,
        target=y,
        groups=artists,
        duplicates=exact,
        split=np.where(split, split, None),
    )
    random = evaluate(model, known, protocol="random", n_splits=5)
    artist = evaluate(model, known, protocol="artist")
    lists = evaluate(model, known, protocol="fault-filtered")
    assert artist.n_units == 285
    assert leak_size(random, artist).interval[0] > 0.03
    assert 0.7 < random.leakage.shares["group"].mean() < 0.9
    assert (len(lists.rows), lists.mean_sizes) == (290, (442, 290))
    assert "267 of 999 rows are in neither list." in lists.notes
    pop_quiz = {tuple(sorted(p[:2])) for p in random.most_confused(10)}
    assert ("country", "rock") in pop_quiz
