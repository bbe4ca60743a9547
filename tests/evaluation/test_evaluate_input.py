"""What ``evaluate`` takes, notes and refuses."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from helpers import special_files, within, write_wav
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.utils import Bunch

from sklearn_genre import (
    AudioError,
    MelSpectrogram,
    SummaryStats,
    evaluate,
    load_folder,
)
from sklearn_genre.evaluation import FIVE_GENRES, compare


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


def test_files_that_cannot_be_read(tmp_path):
    for genre, rate in (("dub", 1), ("waltz", 3)):
        (tmp_path / genre).mkdir()
        for k in range(4):
            write_wav(tmp_path / genre / f"{k}.wav", rate * 9 + k, 0.2)
    model = make_pipeline(MelSpectrogram(n_mels=8), SummaryStats(), GaussianNB())
    how = dict(protocol="random", n_splits=2)
    whole = evaluate(model, load_folder(tmp_path), **how)
    assert len(whole.y_true) == 8
    with special_files(tmp_path / "dub") as special:
        songs = load_folder(tmp_path, on_ignored="ignore")
        call = pytest.raises, AudioError, evaluate, model, songs
        error = within(60, *call, **how).value
        assert any(error.source == str(path) for path in special.values())
        with pytest.warns(UserWarning, match="cannot be read"):
            songs = load_folder(tmp_path, on_ignored="ignore", on_error="skip")
        left = within(60, evaluate, model, songs, **how)
    assert left.scores == whole.scores
    str(left).encode()


def test_names_that_are_no_text_print_anywhere(tmp_path):
    for genre, seed in (("caf\udce9", 1), ("rock\x1b", 9)):
        try:
            (tmp_path / genre).mkdir()
        except OSError:
            pytest.skip("names here are always text")
        for k in range(4):
            # copies have a note that names them
            write_wav(tmp_path / genre / f"\udcff\n{k}.wav", seed + k // 2, 0.2)
    model = make_pipeline(MelSpectrogram(n_mels=8), SummaryStats(), GaussianNB())
    songs = load_folder(tmp_path)
    report = evaluate(model, songs, protocol="random", n_splits=2)
    assert any(r"\xff\n0.wav" in note for note in report.notes)
    text = str(report) + report._repr_html_() + str(report.leakage) + songs.DESCR
    assert r"caf\xe9" in text
    assert not {"\udce9", "\x1b"} & set(text)


def test_unknown_artists_are_alone_and_noted(music):
    groups = music.groups.astype(object)
    groups[:8] = None
    report = evaluate(GaussianNB(), music.data, music.target, groups=groups)
    assert report.n_units == 28 + 8
    assert "8 rows have no known artist and count as one each." in report.notes


def test_few_songs_have_fewer_folds():
    X, y = np.arange(7.0)[:, None], ["jazz"] * 4 + ["rock"] * 3
    note = "3 folds instead of 10: the smallest genre, 'rock', has 3 songs."
    report = evaluate(GaussianNB(), X, y, protocol="random")
    assert report.title == "random 3-fold by song"
    assert note in report.notes
    report = evaluate(GaussianNB(), X, y, groups=[0, 0, 1, 2, 3, 3, 0])
    assert report.title == "2-fold by artist"
    note = "2 folds instead of 5: the smallest genre, 'rock', has 2 groups."
    assert note in report.notes
    assert not evaluate(GaussianNB(), X, y, protocol="random", n_splits=2).notes


def test_a_genre_of_one_song_takes_no_folds_away():
    X, y = np.arange(9.0)[:, None], ["jazz"] * 4 + ["rock"] * 4 + ["ska"]
    report = evaluate(DummyClassifier(), X, y, protocol="random")
    assert report.title == "random 4-fold by song"
    assert "With fewer songs than folds, some folds lack: ska (1)." in report.notes


def test_genres_that_a_protocol_leaves_out_take_no_folds_away():
    y = [genre for genre in FIVE_GENRES for _ in range(4)] + ["rock"] * 2
    X = np.arange(22.0)[:, None]
    report = evaluate(DummyClassifier(), X, y, protocol="five_genre")
    assert report.title == "random 4-fold by song, five genres only"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"protocol": "loo"}, "protocol must be one of 'random'"),
        ({"groups": None}, "needs groups.* protocol='random' splits by song"),
        (
            {"protocol": "random", "n_splits": 7},
            "the largest, 'jazz', has 6. Give n_splits=6 or less",
        ),
        ({"protocol": "fault_filtered"}, "needs split"),
        (
            {"protocol": "fault_filtered", "split": ["train"] * 12},
            "No row has split 'test'",
        ),
        ({"protocol": "five_genre"}, "lacks blues, classical"),
        ({"protocol": "slice_level"}, "needs slices"),
        ({"protocol": "nested"}, "needs param_grid"),
        ({"param_grid": {}}, "'nested' only"),
        ({"n_splits": 7}, "needs as many groups, but there are only 6"),
        ({"n_splits": 1}, "n_splits must be an integer >= 2"),
        ({"n_repeats": 0}, "n_repeats must be an integer >= 1"),
        ({"groups": [0] * 12}, "join all rows into one"),
        ({"groups": [0] * 3}, "groups has 3"),
        ({"y": None}, "needs y"),
        ({"y": [0, 1]}, "X has 12 rows, but y has 2"),
        ({"y": np.ones((12, 2), int)}, "no tag that some rows have and others lack"),
        ({"y": np.linspace(0, 1, 12)}, "continuous"),
        ({"on_leak": "ignore"}, "on_leak"),
        ({"n_bootstrap": 0}, "n_bootstrap"),
        ({"confidence": 95}, "confidence must be a number > 0 and < 1"),
        ({"confidence": "high"}, "confidence must be a number > 0 and < 1"),
        ({"data": Bunch(target=[1])}, "data: a Bunch must have one of"),
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
            GaussianNB(), music, protocol="fault_filtered", train_on=("train", "test")
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


def test_fit_params_are_repeated_for_slices(music):
    X = np.repeat(music.data[:, None, :, None], 3, axis=1)  # (n, 3 slices, bands, 1)
    model = make_pipeline(FunctionTransformer(_flat), GaussianNB())
    weights = np.where(np.arange(120) % 3, 1.0, 0.0)
    report = evaluate(
        model,
        X,
        music.target,
        protocol="slice_level",
        fit_params={"gaussiannb__sample_weight": weights},
    )
    assert len(report.rows) == 360
    assert report.scores["accuracy"] > 0.4
    assert "slice 0 of row 1, slice 1 of row 1" in str(report.leakage)


def _flat(X):
    return X.reshape(len(X), -1)


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
