"""The leak guard and merged groups."""

import pickle
import warnings
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import parallel_config
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    BaseCrossValidator,
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import GuardedCV, check_leakage
from sklearn_genre.evaluation import LeakageError, LeakageWarning, merge_groups

X10 = np.arange(10.0)[:, None]


# -- check_leakage -------------------------------------------------------------------
def test_names_each_leak_with_its_rows_and_fold():
    artists = ["queen", "dio", "queen", "abba", "dio", "abba"]
    folds = [([0, 1, 3], [2, 5]), ([0, 2], [1, 4])]
    report = check_leakage(folds, X10[:6], groups=artists)
    found = [(k.fold, k.label, k.train.tolist(), k.test.tolist()) for k in report.leaks]
    assert found == [(0, "queen", [0], [2]), (0, "abba", [3], [5])]
    np.testing.assert_allclose(report.shares["group"], [1.0, 0.0])
    assert "fold 0: group 'queen' is on both sides" in str(report)
    assert "1 of 2 folds leak" in str(report)


def test_a_clean_split_is_false_in_a_condition():
    report = check_leakage(GroupKFold(2), X10, groups=np.arange(10) // 2)
    assert not report
    assert report.leaks == []
    assert str(report).splitlines() == [
        "No leak found in 2 folds.",
        "Checked: songs (one per row), artists, exact copies.",
        "Not checked: near duplicates (audit finds most), other versions of a song.",
    ]
    assert "<p>Not checked: near" in report._repr_html_()
    assert repr(report) == "<LeakageReport: 0 leaks found in 2 folds>"


@pytest.mark.parametrize("relation", ["songs", "groups", "duplicates"])
def test_against_a_search_over_all_pairs(relation, rng):
    labels = rng.integers(0, 12, size=40).tolist()
    X = np.zeros((40, 1))
    folds = list(KFold(4, shuffle=True, random_state=1).split(X))
    report = check_leakage(folds, X, **{relation: labels})
    expected = {
        (f, labels[i])
        for f, (train, test) in enumerate(folds)
        for i in train
        for j in test
        if labels[i] == labels[j]
    }
    names = {"songs": "song", "groups": "group", "duplicates": "duplicate"}
    assert {(k.fold, k.label) for k in report.leaks} == expected
    assert {k.relation for k in report.leaks} == {names[relation]}
    for k in report.leaks:
        train, test = folds[k.fold]
        assert k.train.tolist() == [i for i in train if labels[i] == k.label]
        assert k.test.tolist() == [i for i in test if labels[i] == k.label]


def test_overlapping_sides_are_a_leak_of_rows():
    report = check_leakage([([0, 1, 2], [2, 3])], X10)
    assert [(k.relation, k.train.tolist()) for k in report.leaks] == [("row", [2])]
    assert check_leakage([([0, 1, -1], [9])], X10), "-1 is row 9"


def test_repeated_rows_are_no_leak_but_noted():
    report = check_leakage([([0, 0, 1], [2, 2])], X10)
    assert not report
    assert [n.split(" of")[0] for n in report.notes] == [
        "fold 0 repeats 1",
        "fold 0 repeats 1",
    ]
    assert "train" in report.notes[0]
    assert "test" in report.notes[1]


def test_unknown_labels_link_nothing():
    folds = [([0, 1, 2, 3], [4, 5, 6])]
    for unknown in (None, np.nan, float("nan"), pd.NA, pd.NaT):
        labels = [unknown] * 6 + ["queen"]
        assert not check_leakage(folds, X10[:7], groups=labels)
    assert check_leakage(folds, X10[:7], groups=[""] * 7), "'' is a label"


def test_groups_with_none_reach_a_group_splitter():
    groups = ["a", "a", None, None, "b", "b", None, "c", "c", None]
    report = check_leakage(GroupKFold(4), X10, groups=groups)
    assert not report
    assert report.n_splits == 4


def test_pandas_input():
    X = pd.DataFrame({"v": range(6)}, index=list("uvwxyz"))
    groups = pd.Series(["a", "b", None, "a", "b", np.nan], index=X.index)
    y = pd.Series([0, 1, 0, 1, 0, 1], index=X.index)
    assert check_leakage(KFold(2), X, y, groups=groups)
    assert not check_leakage(GroupKFold(3), X, y, groups=groups)


def test_one_group_spanning_everything():
    assert check_leakage(3, X10, groups=["a"] * 10).shares["group"].tolist() == [1] * 3
    with pytest.raises(ValueError, match="number of groups"):
        check_leakage(GroupKFold(2), X10, groups=["a"] * 10)
    assert merge_groups(groups=["a"] * 10).tolist() == [0] * 10


@pytest.mark.parametrize(
    ("folds", "match"),
    [
        ([([], [1])], "train side of fold 0 is empty"),
        ([([0], [1]), ([0], [])], "test side of fold 1 is empty"),
        ([([0], [10])], "rows 10 to 10, but X has rows 0 to 9"),
        ([([0, -11], [1])], "rows -11 to 0"),
        ([([0.5], [1])], "row numbers or a mask"),
        ([(np.ones(3, bool), [1])], "row numbers or a mask"),
        ([([0], [1], [2])], "must be a pair"),
        ([], "no folds"),
    ],
)
def test_bad_folds(folds, match):
    with pytest.raises(ValueError, match=match):
        check_leakage(folds, X10)


def test_masks_are_folds():
    test = np.arange(10) < 4
    report = check_leakage([(~test, test)], X10, groups=[0] * 4 + [1] * 6)
    assert not report


def test_bad_labels():
    with pytest.raises(TypeError, match=r"groups\[1\] is \['b'\].*not hashable"):
        check_leakage(2, X10[:2], groups=["a", ["b"]])
    with pytest.raises(TypeError, match=r"songs\[0\]"):
        check_leakage(2, X10[:2], songs=[{"a": 1}, "b"])
    with pytest.raises(ValueError, match="X has 10 rows, groups has 3"):
        check_leakage(2, X10, groups=["a", "b", "c"])
    with pytest.raises(
        ValueError, match=r"groups must be one label per row.*\(10, 2\)"
    ):
        check_leakage(2, X10, groups=np.zeros((10, 2)))
    with pytest.raises(ValueError, match="songs must be one label per row, got 'abc'"):
        check_leakage(2, X10, songs="abc")
    with pytest.raises(ValueError, match="on_leak"):
        check_leakage(2, X10, on_leak="ignore")


def test_tuples_and_mixed_types_are_labels():
    groups = [("a", 1), 1, "1", ("a", 1), 1, "1"]
    labels = merge_groups(groups=groups)
    assert labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_rows_are_named_by_song_or_file():
    files = ["a.wav", "b.wav", "c.wav"]
    report = check_leakage([([0, 1], [2])], files, groups=["x", "y", "x"])
    assert "train: a.wav; test: c.wav" in str(report)
    report = check_leakage([([0], [1])], X10[:2], songs=["s", "s"])
    assert "train: row 0 of s; test: row 1 of s" in str(report)


def test_long_reports_are_cut_but_complete_as_a_frame():
    report = check_leakage(KFold(2), X10, groups=np.arange(10) % 5)
    assert len(report.leaks) == 10
    assert "... and 5 more" in str(report)
    frame = report.to_frame()
    assert frame.shape == (10, 5)
    assert frame["test"].str.len().sum() == 10
    assert report._repr_html_().count("<tr>") == 11


def test_on_leak():
    with pytest.raises(LeakageError, match="group 0") as caught:
        check_leakage(2, X10, groups=[0] * 10, on_leak="raise")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert len(copy.report.leaks) == 2
    with pytest.warns(LeakageWarning, match="group 0"):
        check_leakage(2, X10, groups=[0] * 10, on_leak="warn")


# -- duplicates and merged groups ----------------------------------------------------
def test_forms_of_duplicates_agree():
    folds = [([0, 1, 2], [3, 4])]
    X = np.array([[1.0, 2], [3, 4], [5, 6], [1, 2], [3, 4.5]])
    for duplicates in (
        "exact",
        [(0, 3)],
        [{0, 3}],
        np.array([[0, 3]]),
        ["d", None, None, "d", None],
        iter([(3, 0)]),
    ):
        report = check_leakage(folds, X, duplicates=duplicates)
        found = [(k.train.tolist(), k.test.tolist()) for k in report.leaks]
        assert found == [([0], [3])], duplicates
    assert not check_leakage(folds, X, duplicates=[])


def test_duplicates_link_through_others():
    labels = merge_groups(X=np.zeros((6, 1)), duplicates=[(0, 2), (2, 5), (1, 3)])
    assert labels.tolist() == [0, 1, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ("duplicates", "error", "match"),
    [
        ([(0, 99)], ValueError, "X has rows 0 to 9"),
        ([(0, -1)], ValueError, "X has rows 0 to 9"),
        ([("a", "b")], TypeError, r"duplicates\[0\] must hold row numbers"),
        ([(True, False)], TypeError, "row numbers"),
        ("near", ValueError, "'exact'"),
        ([None] * 4, ValueError, "X has 10 rows"),
    ],
)
def test_bad_duplicates(duplicates, error, match):
    with pytest.raises(error, match=match):
        check_leakage(2, X10, duplicates=duplicates)


def test_what_merge_groups_needs():
    with pytest.raises(ValueError, match="needs songs, groups or duplicates"):
        merge_groups()
    with pytest.raises(ValueError, match="X is missing"):
        merge_groups(groups=["a", "b"], duplicates="find")
    with pytest.raises(ValueError, match="number of rows is not known"):
        merge_groups(duplicates=[(0, 1)])
    with pytest.raises(ValueError, match="needs songs, groups or duplicates"):
        merge_groups(X=X10)


def _merged_by_search(relations, n):
    """Groups by joining sets until nothing changes."""
    groups = [{i} for i in range(n)]
    changed = True
    while changed:
        changed = False
        for a, b in combinations(groups, 2):
            if any(
                labels[i] is not None and labels[i] == labels[j]
                for labels in relations
                for i in a
                for j in b
            ):
                a |= b
                groups.remove(b)
                changed = True
                break
    return {frozenset(g) for g in groups}


@pytest.mark.parametrize("seed", range(5))
def test_leak_groups_are_the_connected_components(seed):
    rng = np.random.default_rng(seed)
    n = 30
    relations = []
    for size in (12, 15, 20):
        labels = rng.integers(0, size, size=n).astype(object)
        labels[rng.random(n) < 0.5] = None
        relations.append(labels)
    songs, groups, duplicates = relations
    labels = merge_groups(songs=songs, groups=groups, duplicates=duplicates)
    found = {frozenset(np.flatnonzero(labels == k).tolist()) for k in np.unique(labels)}
    assert found == _merged_by_search(relations, n)
    first = [labels.tolist().index(k) for k in range(labels.max() + 1)]
    assert first == sorted(first)
    cv = StratifiedGroupKFold(3)
    y = np.arange(n) % 2
    report = check_leakage(
        list(cv.split(np.zeros((n, 1)), y, labels)),
        np.zeros((n, 1)),
        songs=songs,
        groups=groups,
        duplicates=duplicates,
    )
    assert not report


# -- GuardedCV -----------------------------------------------------------------------
@pytest.fixture
def problem(rng):
    X = rng.normal(size=(60, 4))
    y = np.arange(60) % 2
    X[y == 1] += 1.0
    return X, y, np.arange(60) // 3


def test_guarded_folds_are_those_of_the_splitter(problem):
    X, y, groups = problem
    plain = list(StratifiedGroupKFold(4).split(X, y, groups))
    guarded = list(GuardedCV(StratifiedGroupKFold(4), groups=groups).split(X, y))
    for (a, b), (c, d) in zip(plain, guarded, strict=True):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, d)
    assert isinstance(GuardedCV(), BaseCrossValidator)
    assert GuardedCV(7).get_n_splits() == 7
    assert GuardedCV(LeaveOneGroupOut(), groups=groups).get_n_splits(X) == 20


def test_in_every_function_that_takes_cv(problem):
    X, y, groups = problem
    model = make_pipeline(StandardScaler(), LogisticRegression())
    cv = GuardedCV(GroupKFold(3), groups=groups)
    assert len(cross_val_score(model, X, y, cv=cv)) == 3
    with parallel_config("threading"):
        assert len(cross_validate(model, X, y, cv=cv, n_jobs=2)["test_score"]) == 3
    copy = pickle.loads(pickle.dumps(cv))
    assert len(cross_validate(model, X, y, cv=copy)["test_score"]) == 3
    assert cross_val_predict(model, X, y, cv=cv).shape == y.shape
    search = GridSearchCV(model, {"logisticregression__C": [0.1, 1]}, cv=cv)
    assert search.fit(X, y).n_splits_ == 3
    sklearn.clone(search).fit(X, y)

    bad = GuardedCV(KFold(3, shuffle=True, random_state=0), groups=groups)
    for call in (
        lambda: cross_val_score(model, X, y, cv=bad),
        lambda: cross_validate(model, X, y, cv=bad),
        lambda: cross_val_predict(model, X, y, cv=bad),
        lambda: GridSearchCV(model, {"logisticregression__C": [1]}, cv=bad).fit(X, y),
    ):
        with pytest.raises(LeakageError, match="3 of 3 folds leak"):
            call()


def test_warns_instead_if_told(problem):
    X, y, groups = problem
    cv = GuardedCV(KFold(3, shuffle=True), groups=groups, on_leak="warn")
    with pytest.warns(LeakageWarning, match="3 of 3 folds leak"):
        assert len(cross_val_score(LogisticRegression(), X, y, cv=cv)) == 3


def test_groups_of_the_call_come_first(problem):
    X, y, groups = problem
    cv = GuardedCV(StratifiedKFold(3, shuffle=True, random_state=0))
    assert len(cross_val_score(LogisticRegression(), X, y, cv=cv)) == 3
    with pytest.raises(LeakageError):
        cross_val_score(LogisticRegression(), X, y, cv=cv, groups=groups)


def test_metadata_routing_reaches_the_inner_search(problem):
    X, y, groups = problem
    songs = np.arange(60) // 2
    cv = GuardedCV(StratifiedGroupKFold(2))
    with sklearn.config_context(enable_metadata_routing=True):
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=cv)
        scores = cross_validate(
            search,
            X,
            y,
            cv=GuardedCV(GroupKFold(3)),
            params={"groups": groups},
            error_score="raise",
        )
        assert len(scores["test_score"]) == 3
        leaky = GridSearchCV(
            LogisticRegression(), {"C": [1]}, cv=GuardedCV(StratifiedKFold(2))
        )
        # outer folds by the same groups are clean, so the inner guard speaks
        with pytest.raises(LeakageError, match="of 2 folds leak"):
            cross_validate(
                leaky,
                X,
                y,
                cv=GuardedCV(GroupKFold(3)),
                params={"groups": groups},
                error_score="raise",
            )
        with pytest.raises(LeakageError, match="song"):
            cross_validate(
                LogisticRegression(),
                X,
                y,
                cv=GuardedCV(GroupKFold(3)),
                params={"groups": groups, "songs": songs},
            )


def test_guards_lists_and_generators(problem):
    X, y, groups = problem
    folds = GroupKFold(3).split(X, y, groups)
    cv = GuardedCV(folds, groups=groups)
    assert cv.get_n_splits() == 3
    assert len(list(cv.split(X))) == len(list(cv.split(X))) == 3
    assert repr(GuardedCV(4)) == "GuardedCV(4, on_leak='raise')"
    with pytest.raises(ValueError, match="on_leak"):
        list(GuardedCV(on_leak="return").split(X))


# -- the real thing ------------------------------------------------------------------
@pytest.fixture(scope="module")
def gtzan(data_dir):
    with np.load(data_dir / "gtzan" / "gtzan_mel_images.npz") as data:
        return {name: data[name] for name in data.files}


@pytest.fixture(scope="module")
def pairs(gtzan):
    """Exact duplicates found by comparing sorted rows."""
    rows = gtzan["mel"].reshape(len(gtzan["mel"]), -1)
    order = np.lexsort(rows[:, ::997].T)
    return [
        tuple(sorted((int(a), int(b))))
        for a, b in pairwise(order)
        if (rows[a] == rows[b]).all()
    ]


def test_gtzan_has_14_duplicate_pairs(gtzan, pairs):
    assert len(pairs) == 14
    clips = {tuple(gtzan["clip"][list(pair)]) for pair in pairs}
    assert ("metal.00058", "rock.00016") in clips
    exact = merge_groups(X=gtzan["mel"], duplicates="exact")
    assert len(np.unique(exact)) == 999 - 14
    assert all(exact[a] == exact[b] for a, b in pairs)


def test_gtzan_guard(gtzan, pairs):
    mel, y, artists = gtzan["mel"], gtzan["genre"], gtzan["artist"]
    X = mel.mean(axis=2)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    random = StratifiedKFold(3, shuffle=True, random_state=0)

    slices = np.concatenate([part.mean(axis=2) for part in np.array_split(mel, 3, 2)])
    songs, labels = np.tile(gtzan["clip"], 3), np.tile(y, 3)
    with pytest.raises(LeakageError, match=r"song 'blues\.\d+' is on both sides"):
        cross_val_score(model, slices, labels, cv=GuardedCV(random, songs=songs))

    with pytest.raises(LeakageError, match="group 'john lee hooker'"):
        cross_val_score(model, X, y, cv=GuardedCV(random, groups=artists))

    twins = GuardedCV(random, songs=gtzan["clip"], duplicates=pairs)
    with pytest.raises(LeakageError, match=r"duplicate .* is on both sides"):
        cross_val_score(model, X, y, cv=twins)

    groups = merge_groups(groups=artists, duplicates=pairs)
    folds = list(StratifiedGroupKFold(3).split(X, y, groups))
    cv = GuardedCV(folds, groups=artists, duplicates=pairs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        honest = cross_val_score(model, X, y, cv=cv)
    leaking = cross_val_score(model, X, y, cv=random)
    assert leaking.mean() > honest.mean() + 0.05
