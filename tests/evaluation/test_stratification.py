"""Stratified folds for tags, of which none divides a group."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from sklearn_genre.evaluation import MultilabelStratifiedGroupKFold


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
