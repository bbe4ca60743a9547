"""Scores, intervals and protocols of ``evaluate``."""

import numpy as np
import pytest
from helpers import GENRES
from sklearn.base import BaseEstimator
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
from sklearn.utils import Bunch

from sklearn_genre import evaluate
from sklearn_genre.evaluation import (
    FIVE_GENRES,
    LeakageError,
    LeakageWarning,
    leak_effect,
    merge_groups,
)
from sklearn_genre.evaluation._statistics import METRICS, calibration


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
    codes = merge_groups(groups=music.groups, duplicates=duplicates)
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
    size = leak_effect(random, artist)
    assert size.difference == pytest.approx(
        random.scores["accuracy"] - artist.scores["accuracy"]
    )
    assert size.paired
    assert size.unit == "group"
    low, high = size.interval
    assert 0.1 < low < size.difference < high
    with pytest.raises(ValueError, match="metric must be"):
        leak_effect(random, artist, metric="auc")
    none = leak_effect(random, random)
    assert none.difference == 0
    assert none.interval == (0, 0)
    part = evaluate(model, music, protocol="fault_filtered")
    assert not leak_effect(random, part).paired


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
            GaussianNB(), music, protocol="fault_filtered", train_on=train_on
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
    report = evaluate(GaussianNB(), music, protocol="five_genre", n_splits=4)
    assert report.class_names == list(FIVE_GENRES)
    assert sorted(report.rows) == np.flatnonzero(music.target != "rock").tolist()
    numbered = evaluate(
        GaussianNB(),
        Bunch(
            data=music.data,
            target=np.searchsorted(GENRES, music.target),
            target_names=GENRES,
        ),
        protocol="five_genre",
        n_splits=4,
    )
    assert numbered.class_names == list(FIVE_GENRES)
    assert numbered.scores == report.scores


def test_slice_level_protocol_is_marked_and_leaks(rng):
    song = rng.normal(size=(60, 1, 5, 1))
    X = song + 0.1 * rng.normal(size=(60, 4, 5, 3))
    y = np.arange(60) % 2
    model = make_pipeline(_Flat(), KNeighborsClassifier(1))
    report = evaluate(model, X, y, protocol="slice_level", n_splits=5)
    assert report.leaking
    assert report.summary().startswith("LEAKING: random 5-fold over slices")
    assert len(report.rows) == 240
    assert report.n_units == 60
    assert report.scores["accuracy"] > 0.95, "songs are recognized, not classes"
    flat = X.reshape(240, 5, 3)
    songs, labels = np.repeat(np.arange(60), 4), np.repeat(y, 4)
    by_song = evaluate(model, flat, labels, songs=songs, protocol="random", n_splits=5)
    assert by_song.scores["accuracy"] < 0.75
    size = leak_effect(report, by_song)
    assert size.paired
    assert size.interval[0] > 0.2
    same = evaluate(
        model, flat, labels, songs=songs, protocol="slice_level", n_splits=5
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


# -- the real thing ------------------------------------------------------------------
def test_gtzan_leaks(data_dir):
    with np.load(data_dir / "gtzan" / "gtzan_mel_images.npz") as data:
        X = data["mel"].mean(axis=2, dtype=np.float64)
        y, artists, split = data["genre"], data["artist"], data["fault_filtered"]
        exact = merge_groups(X=data["mel"], duplicates="exact")
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
    lists = evaluate(model, known, protocol="fault_filtered")
    assert artist.n_units == 285
    assert leak_effect(random, artist).interval[0] > 0.03
    assert 0.7 < random.leakage.shares["group"].mean() < 0.9
    assert (len(lists.rows), lists.mean_sizes) == (290, (442, 290))
    assert "267 of 999 rows are in neither list." in lists.notes
    pop_quiz = {tuple(sorted(p[:2])) for p in random.most_confused(10)}
    assert ("country", "rock") in pop_quiz
