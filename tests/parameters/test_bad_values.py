"""Every parameter of every public estimator refuses bad values, and says which."""

import copy
import inspect
import re

import numpy as np
import pytest
from helpers import public_estimators

from sklearn_genre import Augmentation, CNNClassifier, FeatureCache, MelSpectrogram

ESTIMATORS = {type(e).__name__: e for e in public_estimators()}
ESTIMATORS |= {"Augmentation": Augmentation(), "FeatureCache": FeatureCache("cache")}


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
# what is legal all the same, by parameter
PAIR = np.array([1, 2])
LEGAL = {
    "layer": [0],
    "kernel_size": [PAIR],
    "pool_size": [PAIR],
    "hidden_sizes": [(), []],
    "classifier_sizes": [(), []],
    "table_sizes": [(), []],
    "random_state": [None],
    "fill_value": [-(10**9)],
    "folder": ["nonsense"],
    "mel_norm": [0, 1.5],
    "top_db": [None],
    "unknown": ["nonsense", "", 0],
}
PARAMETERS = [
    (kind, name)
    for kind, estimator in ESTIMATORS.items()
    for name in inspect.signature(type(estimator)).parameters
]


def bad_values(name, default):
    """Values of a parameter that must be refused."""
    legal = {repr(value) for value in LEGAL.get(name, [])}
    for value in NEVER + BY_TYPE.get(type(default), []):
        if repr(value) not in legal:
            yield value


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
    if name == "Augmentation":
        return fit(CNNClassifier(augment=estimator), data)
    if name == "FeatureCache":
        return fit(MelSpectrogram(cache=estimator), data)
    if name == "TagThresholdClassifier":
        return estimator.fit(*data["tags"])
    if name == "OpenSetClassifier":
        return estimator.fit(*data[2])
    if name == "SliceVotingClassifier":
        return estimator.fit(*data[4])
    if name == "HybridClassifier":
        return estimator.fit(data[2][0][:, :9], data[2][1])
    tags = estimator.__sklearn_tags__()
    if hasattr(estimator, "sample_rate") or not tags.input_tags.three_d_array:
        return estimator.fit(*data[2])
    return estimator.fit(*data[3])


def fault(estimator, name, value, data):
    """What is wrong with how an estimator refuses a value; None if all is right."""
    estimator = copy.copy(estimator)
    setattr(estimator, name, value)
    try:
        fit(estimator, data)
    except (ValueError, TypeError) as error:
        named = re.search(rf"\b{name}\b", str(error))
        return None if named else f"{value!r} does not name {name}: {error!r}"
    except Exception as error:
        return f"{value!r} raises {error!r}"
    return f"{value!r} was accepted"


@pytest.mark.parametrize(("kind", "name"), PARAMETERS)
def test_refused_by_name(kind, name, data):
    estimator = ESTIMATORS[kind]
    values = bad_values(name, getattr(estimator, name))
    faults = [fault(estimator, name, value, data) for value in values]
    assert len(faults) >= len(NEVER)
    assert not list(filter(None, faults))


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("Slicer", "n_slices", 10**9),
        ("GaussianMixtureClassifier", "n_init", 10**9),
        ("CNNClassifier", "kernel_size", 10**9),
        ("CNNClassifier", "pool_size", (1, 10**9)),
        ("CNNClassifier", "n_filters", (10**9, 2)),
        ("SampleCNNClassifier", "kernel_size", 10**9),
        ("TemporalCNNClassifier", "kernel_size", 10**9),
        ("DenseClassifier", "hidden_sizes", (10**9,)),
        ("MelSpectrogram", "n_fft", 10**9),
        ("MelSpectrogram", "n_mels", 10**9),
        ("FixedLength", "n_frames", 10**12),
        ("FrameSubsampler", "n_frames", 10**12),
        ("Augmentation", "n_time_masks", 10**9),
    ],
)
def test_slips_of_the_keyboard_are_refused_rather_than_run(kind, name, value, data):
    assert fault(ESTIMATORS[kind], name, value, data) is None
