"""Exact copies in evaluations: found, kept on one side, or told."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_genre import (
    GuardedCV,
    MelSpectrogram,
    SummaryStats,
    check_leakage,
    evaluate,
    load_folder,
)
from sklearn_genre.evaluation import LeakageError, merge_groups

MEL = MelSpectrogram(sample_rate=RATE, n_fft=256, hop_length=128, n_mels=16)
NEAREST = make_pipeline(MEL, SummaryStats(), KNeighborsClassifier(1))


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """Twelve songs without any genre in them, each in two files of another form."""
    folder = tmp_path_factory.mktemp("twice")
    rng = np.random.default_rng(0)
    for i in range(12):
        place = folder / ("dub", "waltz")[i % 2]
        place.mkdir(exist_ok=True)
        song = rng.integers(-9000, 9000, 2 * RATE).astype(np.int16)
        soundfile.write(place / f"{i:02}.wav", song, RATE)
        soundfile.write(place / f"copy {i:02}.flac", song, RATE)
    return folder


FORMS = {
    "folder": lambda folder: (folder, None),
    "Bunch": lambda folder: (load_folder(folder), None),
    "DataFrame": lambda folder: (
        pd.DataFrame({"path": load_folder(folder).paths}),
        load_folder(folder).target,
    ),
    "list": lambda folder: (
        load_folder(folder).paths.tolist(),
        load_folder(folder).target,
    ),
    "pairs": lambda folder: (
        [soundfile.read(path) for path in load_folder(folder).paths],
        load_folder(folder).target,
    ),
    "features": lambda folder: (
        NEAREST[:-1].transform(load_folder(folder).paths),
        load_folder(folder).target,
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_copies_stay_on_one_side(twice, form):
    data, y = FORMS[form](twice)
    model = NEAREST[-1:] if form == "features" else NEAREST
    given = {"protocol": "random", "n_splits": 3}
    leaking = evaluate(model, data, y, duplicates=None, **given)
    assert leaking.scores["accuracy"] > 0.75, "copies are recognized"
    assert not leaking.leakage
    assert "Not checked: artists (no groups given), exact copies (" in str(leaking)
    report = evaluate(model, data, y, **given)
    assert report.scores["accuracy"] < 0.75, "there is nothing else to recognize"
    assert report.title == "random 3-fold by song, duplicates together"
    assert report.n_units == 12
    for row, fold in zip(report.rows, report.fold, strict=True):
        # load_folder sorts: of each genre six wav files, then six copies
        assert report.fold[report.rows == (row + 6) % 12 + row // 12 * 12] == fold
    assert not report.leakage
    assert report.leakage.shares["copy"].tolist() == [0, 0, 0]
    assert "exact copies" in report.leakage.checked
    (note,) = report.notes
    assert note.startswith("Exact copies of 12 songs: ")
    assert note.endswith("; and 7 more.")
    if form in ("folder", "Bunch", "DataFrame", "list"):
        assert f"{twice / 'dub' / '00.wav'} = {twice / 'dub' / 'copy 00.flac'}" in note


def test_copies_across_the_users_split_are_a_leak(twice):
    songs = load_folder(twice)
    split = np.where([path.endswith("wav") for path in songs.paths], "train", "test")
    sides = [np.flatnonzero(split == side) for side in ("train", "test")]
    for protocol, given in (("fault_filtered", {"split": split}), ([sides], {})):
        report = evaluate(NEAREST, songs, protocol=protocol, **given)
        assert report.scores["accuracy"] == 1
        assert report.leakage
        lines = report.leakage.summary()
        assert lines[0] == (
            "LEAK: 100.0% of test rows have an exact copy in the training side."
        )
        assert [line.split(":")[0] for line in lines[1:]] == ["Checked", "Not checked"]
        assert "an exact copy is on both sides (train: " in str(report.leakage)
        with pytest.raises(LeakageError, match=r"copy 00\.flac"):
            evaluate(NEAREST, songs, protocol=protocol, on_leak="raise", **given)


def test_copies_under_two_labels_are_named(twice, tmp_path):
    shutil.copytree(twice, tmp_path / "songs")
    shutil.copy(twice / "dub" / "00.wav", tmp_path / "songs" / "waltz" / "stray.wav")
    report = evaluate(NEAREST, tmp_path / "songs", protocol="random", n_splits=3)
    assert not report.leakage
    (note,) = [note for note in report.notes if "different labels" in note]
    for name in ("dub/00.wav (dub)", "dub/copy 00.flac (dub)", "stray.wav (waltz)"):
        assert str(Path(name)) in note
    assert "01.wav" not in note


def test_artists_who_share_a_copy_are_one(twice):
    songs = load_folder(twice)
    artists = np.arange(24)
    report = evaluate(NEAREST, songs, groups=artists, n_splits=3)
    assert report.title == "3-fold by artist, duplicates together"
    assert report.n_units == 12
    assert not report.leakage
    nested = evaluate(
        NEAREST,
        songs,
        protocol="nested",
        param_grid={"kneighborsclassifier__n_neighbors": [1]},
        n_splits=3,
        inner_splits=2,
    )
    assert nested.n_units == 12
    assert not nested.leakage


def test_given_duplicates_take_the_place_of_a_search(music):
    X, y = music.data.copy(), music.target
    X[7] = X[1]
    found = evaluate(KNeighborsClassifier(1), X, y, protocol="random")
    assert found.n_units == 119
    given = evaluate(
        KNeighborsClassifier(1), X, y, protocol="random", duplicates=[(0, 6), (1, 7)]
    )
    assert given.n_units == 118
    assert "known duplicates" in given.leakage.checked
    assert "other duplicates" in given.leakage.unchecked
    assert "exact copies" not in given.leakage.checked
    known = Bunch(data=X, target=y, duplicates=[(0, 6)])
    both = evaluate(KNeighborsClassifier(1), known, protocol="random")
    assert both.n_units == 118
    assert {"known duplicates", "exact copies"} <= {*both.leakage.checked}
    none = evaluate(KNeighborsClassifier(1), known, protocol="random", duplicates=None)
    assert none.n_units == 119
    with pytest.raises(ValueError, match="duplicates must be 'find', 'exact'"):
        evaluate(KNeighborsClassifier(1), X, y, protocol="random", duplicates="near")


def test_what_was_not_checked_is_said(music):
    report = check_leakage(5, np.zeros((20, 2)))
    assert "exact copies (no row could be compared)" in report.unchecked
    assert not any("copies" in what for what in report.checked)
    report = check_leakage(5, music.data, groups=[None] * 100 + ["a"] * 20)
    assert "artists (known for 20 of 120 rows)" in report.checked
    report = check_leakage(5, music.data, groups=[None] * 120)
    assert "artists (no groups given)" in report.unchecked
    X = music.data.copy()
    X[:3] = 0
    report = check_leakage(5, X, songs=np.arange(120))
    assert report.checked == ["songs", "exact copies (among 117 of 120 rows)"]
    assert report.unchecked == [
        "artists (no groups given)",
        "near duplicates (audit finds most)",
        "other versions of a song",
    ]


def test_fewer_songs_than_folds(music):
    X, y = music.data[[0, 4] * 4], ["dub", "waltz"] * 4
    with pytest.raises(ValueError, match=r"as many different songs, .* only 2"):
        evaluate(LogisticRegression(), X, y, protocol="random", n_splits=3)
    X = music.data[[0, 4, 8, 12] * 2]
    y = ["dub", "waltz", "polka", "polka"] * 2
    report = evaluate(LogisticRegression(), X, y, protocol="random", n_splits=2)
    assert "some folds lack: dub (1), waltz (1)" in report.notes[0]


# -- the guard -------------------------------------------------------------------------
def test_the_guard_refuses_copies(twice):
    songs = load_folder(twice)
    random = StratifiedKFold(3, shuffle=True, random_state=0)
    with pytest.raises(LeakageError, match=r"an exact copy .*copy 0\d\.flac"):
        cross_val_score(NEAREST, songs.paths, songs.target, cv=GuardedCV(random))
    search = GridSearchCV(
        NEAREST, {"kneighborsclassifier__n_neighbors": [1]}, cv=GuardedCV(random)
    )
    with pytest.raises(LeakageError, match="an exact copy"):
        search.fit(songs.paths, songs.target)
    blind = GuardedCV(random, duplicates=None)
    assert cross_val_score(NEAREST, songs.paths, songs.target, cv=blind).mean() > 0.75

    groups = merge_groups(X=songs.paths, duplicates="find")
    assert groups.tolist() == [*range(6)] * 2 + [*range(6, 12)] * 2
    folds = StratifiedGroupKFold(3)
    scores = cross_val_score(
        NEAREST, songs.paths, songs.target, groups=groups, cv=GuardedCV(folds)
    )
    assert scores.mean() < 0.75


def test_oversampling_before_the_split_is_a_leak(music):
    rows = np.append(np.arange(120), np.arange(40))
    X, y = music.data[rows], music.target[rows]
    with pytest.raises(LeakageError, match="an exact copy"):
        cross_val_score(LogisticRegression(), X, y, cv=GuardedCV(5))
