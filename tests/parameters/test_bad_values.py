"""Every parameter of every public estimator refuses bad values, and says which."""

import re

import numpy as np
import pytest
from helpers import public_estimators
from sklearn.base import clone

ESTIMATORS = {type(e).__name__: e for e in public_estimators()}


class Nothing:
    """What no parameter can be."""

    def __repr__(self):
        return "<Nothing>"


# no parameter takes one of these
NEVER = [Nothing(), [Nothing()], {1: Nothing()}, (np.nan, "x"), b"bytes", 1j]
# by the type of the default
NUMBERS = [
    np.nan,
    np.inf,
    -np.inf,
    "1",
    "nonsense",
    [1],
    np.array([1, 2]),
    {},
    -(10**9),
]
BY_TYPE = {
    bool: ["False", "True", 0, 1, 1.0, None, np.array([True, False]), [], np.nan],
    int: [*NUMBERS, 1.5, None],
    float: [*NUMBERS, True, None],
    str: ["nonsense", "", 0, 1.5, True, [], ["mean"], np.array(["a"])],
    tuple: [(), [], (0,), (-1, 2), (1.5,), ("nonsense",), {}, 1.5, True, None],
    type(None): [Nothing, [Nothing], "\0", -1.5, np.array([np.nan, 1])],
}
# what is legal all the same: (class or None for any, parameter): values
LEGAL = {
    (None, "verbose"): [None],
}


def is_same(a, b):
    return type(a) is type(b) and repr(a) == repr(b)


def bad_values(kind, name, default):
    """Values of a parameter that must be refused."""
    legal = LEGAL.get((kind, name), []) + LEGAL.get((None, name), [])
    for value in NEVER + BY_TYPE.get(type(default), []):
        if not any(is_same(value, one) for one in legal):
            yield value


def cases():
    for kind, estimator in ESTIMATORS.items():
        for name, default in estimator.get_params(deep=False).items():
            for i, value in enumerate(bad_values(kind, name, default)):
                yield pytest.param(kind, name, value, id=f"{kind}-{name}-{i}")


@pytest.fixture(scope="module")
def data():
    """X and y for any estimator."""
    rng = np.random.default_rng(0)
    y = np.repeat(["jazz", "metal"], 6)
    return {
        2: (rng.normal(size=(12, 4000)), y),
        3: (rng.normal(size=(12, 6, 16)), y),
        4: (rng.normal(size=(12, 2, 6, 16)), y),
        "tags": (rng.normal(size=(12, 5)), rng.integers(0, 2, (12, 3))),
    }


def fit(estimator, data):
    name = type(estimator).__name__
    tags = estimator.__sklearn_tags__()
    if name == "TagThresholdClassifier":
        return estimator.fit(*data["tags"])
    if name == "SliceVotingClassifier":
        return estimator.fit(*data[4])
    if hasattr(estimator, "sample_rate") or not tags.input_tags.three_d_array:
        return estimator.fit(*data[2])
    return estimator.fit(*data[3])


@pytest.mark.parametrize(("kind", "name", "value"), cases())
def test_refused_by_name(kind, name, value, data):
    estimator = clone(ESTIMATORS[kind])
    with pytest.raises((ValueError, TypeError)) as refusal:
        fit(estimator.set_params(**{name: value}), data)
    assert re.search(rf"\b{name}\b", str(refusal.value))
