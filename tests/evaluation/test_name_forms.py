"""One name in two forms is one song, artist, genre or tag for guards and reports."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import (
    GroupKFold,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier

from sklearn_genre import GuardedCV, check_leakage, evaluate
from sklearn_genre.evaluation import (
    LeakageError,
    MultilabelStratifiedGroupKFold,
    TagReport,
    merge_groups,
)
from sklearn_genre.neural._engine.held_out import split_clips

NFC, NFD = "Sigur Rós", unicodedata.normalize("NFD", "Sigur Rós")
PAIRS = {
    "decomposed": (NFC, NFD),
    "blanks around": ("Dio", " Dio\t"),
    "two blanks": ("Iron Maiden", "Iron  Maiden"),
    "no-break space": ("Iron Maiden", "Iron\u00a0Maiden"),
    "byte order mark": ("Dio", "\ufeffDio"),
    "tuples": ((NFC, 1), (NFD, 1)),
}
FOLDS = [([0, 2], [1, 3])]
X = np.arange(4.0)[:, None]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("relation", ["groups", "songs", "duplicates"])
def test_leaks(pair, relation):
    one, other = PAIRS[pair]
    if relation == "duplicates" and pair == "tuples":
        pytest.skip("tuples are sets of rows there")
    labels = [one, other, "x", "y"]
    report = check_leakage(FOLDS, X, **{relation: labels})
    assert [leak.label for leak in report.leaks] == [one]
    assert merge_groups(**{relation: labels}).tolist() == [0, 0, 1, 2]
    with pytest.raises(LeakageError, match="fold 0"):
        list(GuardedCV(FOLDS).split(X, **{relation: labels}))


@pytest.mark.parametrize("kind", [np.array, pd.Series, pd.Categorical, list])
def test_labels_of_any_kind(kind):
    labels = kind([NFC, NFD, "x", "y"])
    assert check_leakage(FOLDS, X, groups=labels)
    assert merge_groups(groups=labels).tolist() == [0, 0, 1, 2]


def test_case_and_accents_tell_artists_apart():
    assert not check_leakage(FOLDS, X, groups=["Dio", "dio", "Rós", "Ros"])


@pytest.fixture
def twelve():
    artists = np.array(
        [(NFC, NFD)[i % 2] if i < 4 else f"a{i // 2}" for i in range(12)]
    )
    genres = np.array(["rock", "jazz"] * 6)
    return np.arange(12.0)[:, None], genres, artists


@pytest.mark.parametrize(
    "splitter", [GroupKFold(3), StratifiedGroupKFold(3), LeaveOneGroupOut()]
)
def test_splitters_behind_the_guard(twelve, splitter):
    X, y, artists = twelve
    cv = GuardedCV(splitter, groups=artists)
    assert len(cross_val_score(DummyClassifier(), X, y, cv=cv)) >= 3
    assert not check_leakage(splitter, X, y, groups=artists)


def test_own_splitter(twelve):
    X, _, artists = twelve
    tags = np.eye(2, dtype=int)[np.arange(12) % 2]
    folds = MultilabelStratifiedGroupKFold(3).split(X, tags, artists)
    assert not check_leakage(list(folds), X, groups=artists)


def test_own_splitter_stratifies_by_genre(twelve):
    X, _, artists = twelve
    y = np.array([("Café", "Cafe\u0301")[i // 6] for i in range(12)])
    same = np.array(["Café"] * 12)
    both = [
        [
            test.tolist()
            for _, test in MultilabelStratifiedGroupKFold(3).split(X, t, artists)
        ]
        for t in (y, same)
    ]
    assert both[0] == both[1]


def test_evaluate(twelve):
    X, y, artists = twelve
    report = evaluate(KNeighborsClassifier(1), X, y, groups=artists, n_splits=3)
    assert report.n_units == 5
    written = np.array([" rock", "jazz", "rock", "ja\u00adzz"] * 3)
    again = evaluate(KNeighborsClassifier(1), X, written, groups=artists, n_splits=3)
    assert again.classes.tolist() == ["jazz", "rock"]
    assert again.scores == report.scores


def test_published_lists_in_another_form(twelve):
    X, y, _ = twelve
    split = ["train", "train ", "\ufefftrain", "test"] * 3
    report = evaluate(
        DummyClassifier(),
        X,
        y,
        split=split,
        protocol="fault_filtered",
        train_on="train",
    )
    assert len(report.rows) == 3


def test_early_stopping():
    groups = np.array([(NFC, NFD)[i % 2] for i in range(20)] + ["b"] * 20)
    train, valid = split_clips(np.arange(40) % 2, groups, 0.5, 0, multilabel=False)
    assert {*train} in ({*range(20)}, {*range(20, 40)})
    assert {*train} | {*valid} == {*range(40)}


def test_names_of_tags():
    y = np.array([[1, 0], [0, 1], [1, 1]])
    report = TagReport(
        y, y, tags=["Cafe\u0301", " slow"], categories={"all": ["Café", "slow"]}
    )
    assert report.tags == ["Café", "slow"]
    assert report.per_category["all"]["tags"] == 2
