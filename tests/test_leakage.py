"""The leak guard, merged groups and stratified folds for tags."""

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

from sklearn_genre import (
    GuardedCV,
    LeakageError,
    LeakageWarning,
    MultilabelStratifiedGroupKFold,
    check_leakage,
    leak_groups,
)

X10 = np.arange(10.0)[:, None]


# -- check_leakage -------------------------------------------------------------------
def test_names_each_leak_with_its_rows_and_fold():
    artists = ["queen", "dio", "queen", "abba", "dio", "abba"]
    folds = [([0, 1, 3], [2, 5]), ([0, 2], [1, 4])]
    report = check_leakage(folds, X10[:6], groups=artists)
    found = [(k.fold, k.label, k.train.tolist(), k.test.tolist()) for k in report.leaks]
    assert found == [(0, "queen", [0], [2]), (0, "abba", [3], [5])]
    np.testing.assert_allclose(report.shares["group"], [1.0, 0.0])
    assert "fold 0: group 'queen' stands on both sides" in str(report)
    assert "1 of 2 folds leak" in str(report)


def test_a_clean_split_is_false_in_a_condition():
    report = check_leakage(GroupKFold(2), X10, groups=np.arange(10) // 2)
    assert not report
    assert report.leaks == []
    assert str(report) == "No leak in 2 folds."


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
    assert leak_groups(groups=["a"] * 10).tolist() == [0] * 10


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
    labels = leak_groups(groups=groups)
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
    labels = leak_groups(X=np.zeros((6, 1)), duplicates=[(0, 2), (2, 5), (1, 3)])
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


def test_exact_needs_numbers():
    with pytest.raises(ValueError, match="holds str"):
        leak_groups(X=["a.wav", "b.wav"], duplicates="exact")
    with pytest.raises(ValueError, match="needs songs, groups or duplicates"):
        leak_groups()
    with pytest.raises(ValueError, match="number of rows is not known"):
        leak_groups(duplicates=[(0, 1)])
    with pytest.raises(ValueError, match="needs songs, groups or duplicates"):
        leak_groups(X=X10)


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
    labels = leak_groups(songs=songs, groups=groups, duplicates=duplicates)
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


# -- iterative stratification --------------------------------------------------------
def _sechidis(y, k):
    """Algorithm 1 of Sechidis et al. 2011, line by line, ties to the first."""
    n, q = y.shape
    r = 1 / k
    c_j = [n * r] * k
    c_ij = [[y[:, i].sum() * r for i in range(q)] for _ in range(k)]
    left, subsets = list(range(n)), [[] for _ in range(k)]
    while any(y[left].sum(axis=0) > 0) if left else False:
        d = y[left].sum(axis=0)
        lab = min((i for i in range(q) if d[i] > 0), key=lambda i: d[i])
        for x in [x for x in left if y[x, lab]]:
            top = max(c_ij[j][lab] for j in range(k))
            m = [j for j in range(k) if abs(c_ij[j][lab] - top) < 1e-9]
            most = max(c_j[j] for j in m)
            m = next(j for j in m if abs(c_j[j] - most) < 1e-9)
            subsets[m].append(x)
            left.remove(x)
            for i in range(q):
                c_ij[m][i] -= y[x, i]
            c_j[m] -= 1
    for x in left:
        m = max(range(k), key=lambda j: c_j[j])
        subsets[m].append(x)
        c_j[m] -= 1
    return subsets


def _label_distribution(y, folds):
    """Measure LD of the paper: how far folds differ in the odds of each label."""
    whole = y.sum(0) / (len(y) - y.sum(0))
    parts = [y[t].sum(0) / np.maximum(len(t) - y[t].sum(0), 1e-9) for t in folds]
    return np.mean(np.abs(np.array(parts) - whole))


def _tags(rng, n=300):
    return (rng.random((n, 8)) < [0.5, 0.3, 0.2, 0.1, 0.08, 0.05, 0.04, 0.03]) * 1


def test_without_groups_it_is_the_published_algorithm(rng):
    y = _tags(rng)
    ours = [t for _, t in MultilabelStratifiedGroupKFold(5).split(y, y)]
    for mine, theirs in zip(ours, _sechidis(y, 5), strict=True):
        assert mine.tolist() == sorted(theirs)


@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_are_a_partition_that_divides_no_group(shuffle, rng):
    y = _tags(rng)
    groups = rng.integers(0, 90, size=len(y))
    cv = MultilabelStratifiedGroupKFold(4, shuffle=shuffle, random_state=0)
    folds = list(cv.split(y, y, groups))
    tests = np.concatenate([t for _, t in folds])
    assert sorted(tests.tolist()) == list(range(len(y)))
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == len(y)
    sizes = [len(t) for _, t in folds]
    assert max(sizes) - min(sizes) <= 8


def test_more_balanced_than_group_k_fold(rng):
    scores = []
    for _ in range(10):
        y = _tags(rng)
        groups = rng.integers(0, 100, size=len(y))
        y |= _tags(rng, 100)[groups]  # tags go with artists
        ours = MultilabelStratifiedGroupKFold(5, shuffle=True, random_state=0)
        plain = GroupKFold(5, shuffle=True, random_state=0)
        scores.append(
            [
                _label_distribution(y, [t for _, t in cv.split(y, y, groups)])
                for cv in (ours, plain)
            ]
        )
    ours, plain = np.mean(scores, axis=0)
    assert ours < 0.6 * plain


def test_every_fold_gets_a_rare_tag_when_it_can():
    y = np.zeros((50, 2), int)
    y[::10, 0] = 1
    y[:, 1] = np.arange(50) % 2
    for _, test in MultilabelStratifiedGroupKFold(5).split(y, y):
        assert y[test].sum(axis=0).tolist() == [1, 5]
        assert len(test) == 10


def test_classes_are_one_tag_each():
    y = np.repeat(["a", "b", "c"], [10, 20, 30])
    for _, test in MultilabelStratifiedGroupKFold(5).split(y, y):
        assert np.unique(y[test], return_counts=True)[1].tolist() == [2, 4, 6]


def test_random_state(rng):
    y = _tags(rng)
    same = [
        [t.tolist() for _, t in cv.split(y, y)]
        for cv in [MultilabelStratifiedGroupKFold(3, shuffle=True, random_state=1)] * 2
    ]
    assert same[0] == same[1]
    other = MultilabelStratifiedGroupKFold(3, shuffle=True, random_state=2)
    assert [t.tolist() for _, t in other.split(y, y)] != same[0]


def test_errors_and_warnings_of_stratification(rng):
    y = _tags(rng, 20)
    cv = MultilabelStratifiedGroupKFold
    with pytest.raises(ValueError, match="only 1"):
        list(cv(2).split(y, y, ["a"] * 20))
    with pytest.raises(ValueError, match="n_splits must be an integer >= 2"):
        list(cv(1).split(y, y))
    with pytest.raises(ValueError, match="X has 10 rows, but y has 20"):
        list(cv(2).split(y[:10], y))
    with pytest.raises(ValueError, match="continuous"):
        list(cv(2).split(y, rng.random(20)))
    y = np.zeros((20, 2), int)
    y[0, 0] = 1
    y[::2, 1] = 1
    with pytest.warns(UserWarning, match=r"Tags \[0\] occur in fewer"):
        list(cv(2).split(y, y))


def test_unknown_groups_are_alone_in_stratification():
    y = np.zeros((12, 2), int)
    y[:6, 0] = y[6:, 1] = 1
    groups = [None, None, None, "a", "a", "a"] * 2
    cv = MultilabelStratifiedGroupKFold(2)
    tests = [t.tolist() for _, t in cv.split(y, y, groups)]
    assert sorted(tests) == [[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11]]


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
    exact = leak_groups(X=gtzan["mel"], duplicates="exact")
    assert len(np.unique(exact)) == 999 - 14
    assert all(exact[a] == exact[b] for a, b in pairs)


def test_gtzan_guard(gtzan, pairs):
    mel, y, artists = gtzan["mel"], gtzan["genre"], gtzan["artist"]
    X = mel.mean(axis=2)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    random = StratifiedKFold(3, shuffle=True, random_state=0)

    slices = np.concatenate([part.mean(axis=2) for part in np.array_split(mel, 3, 2)])
    songs, labels = np.tile(gtzan["clip"], 3), np.tile(y, 3)
    with pytest.raises(LeakageError, match=r"song 'blues\.\d+' stands on both sides"):
        cross_val_score(model, slices, labels, cv=GuardedCV(random, songs=songs))

    with pytest.raises(LeakageError, match="group 'john lee hooker'"):
        cross_val_score(model, X, y, cv=GuardedCV(random, groups=artists))

    twins = GuardedCV(random, songs=gtzan["clip"], duplicates=pairs)
    with pytest.raises(LeakageError, match=r"duplicate .* stands on both sides"):
        cross_val_score(model, X, y, cv=twins)

    groups = leak_groups(groups=artists, duplicates=pairs)
    folds = list(StratifiedGroupKFold(3).split(X, y, groups))
    cv = GuardedCV(folds, groups=artists, duplicates=pairs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        honest = cross_val_score(model, X, y, cv=cv)
    leaking = cross_val_score(model, X, y, cv=random)
    assert leaking.mean() > honest.mean() + 0.05
