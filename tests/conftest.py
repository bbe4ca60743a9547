"""Fixtures shared by the tests."""

import os
from functools import partial
from pathlib import Path

# before scipy and torch are imported: scikit-learn's array API checks skip without the
# first, and torch threads slow each other down on few cores without the second
os.environ.setdefault("SCIPY_ARRAY_API", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# no test downloads anything
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import pytest
import torch
from helpers import GENRES, RATE, write_wav
from sklearn.utils import Bunch

from sklearn_genre import MelSpectrogram
from sklearn_genre._utils import clips as _clips
from sklearn_genre.neural import NeuralEstimator


@pytest.fixture(autouse=True)
def seeded():
    """The same initial weights in every run of a test that builds a bare network."""
    torch.manual_seed(0)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def data_dir():
    """Folder of real recordings; its tests skip where none is named."""
    path = os.environ.get("SKLEARN_GENRE_DATA")
    if not path:
        pytest.skip("no real data: SKLEARN_GENRE_DATA is not set")
    if not Path(path).is_dir():
        pytest.fail(f"SKLEARN_GENRE_DATA names no folder: {path}")
    return Path(path)


@pytest.fixture
def music(rng):
    """120 songs of 30 artists, whose sound is mostly that of the artist."""
    artist = np.repeat(np.arange(30), 4)
    y = GENRES[artist % 6]
    sound = rng.normal(size=(30, 6)) + 1.5 * np.eye(6)[np.arange(30) % 6]
    X = sound[artist] + 0.3 * rng.normal(size=(120, 6))
    split = np.array(["train", "valid", "test", None, "train"], object)[artist % 5]
    return Bunch(data=X, target=y, groups=artist, split=split)


@pytest.fixture
def clips(rng):
    """Three genres that differ in the level of four bands, 12 clips each."""
    y = np.repeat(["jazz", "metal", "pop"], 12)
    X = rng.normal(size=(36, 16, 32)).astype(np.float32)
    for k, genre in enumerate(np.unique(y)):
        X[y == genre, 4 * k : 4 * k + 4] += 2
    return X, y


@pytest.fixture
def paths(tmp_path):
    """Ten files of half a second of noise."""
    names = [str(tmp_path / f"{i}.wav") for i in range(10)]
    for i, name in enumerate(names):
        write_wav(name, i)
    return names


@pytest.fixture
def folder(tmp_path):
    """Where a cache may be made."""
    return tmp_path / "cache"


def log_decodes(log):
    """Make this process note every decoded clip in a file."""

    def open_audio(source, name):
        with open(log, "a") as file:
            file.write(f"{name}\n")
        return original(source, name)

    original = _clips.open_audio
    _clips.open_audio = open_audio


def start_worker(log):
    """Initializer of a process: libraries now, else they count as leaked memory."""
    MelSpectrogram(sample_rate=RATE).transform(np.zeros((1, RATE)))
    log_decodes(log)


@pytest.fixture(scope="session")
def workers(tmp_path_factory):
    """Arguments of ``parallel_config``, for the same processes in all tests."""
    log = tmp_path_factory.mktemp("workers") / "decodes.txt"
    return {"backend": "loky", "initializer": partial(start_worker, log)}


@pytest.fixture
def decodes(workers, monkeypatch):
    """Function that gives the names of the clips decoded so far, in any process."""
    log = workers["initializer"].args[0]
    log.write_text("")
    monkeypatch.setattr(_clips, "open_audio", _clips.open_audio)
    log_decodes(log)
    return partial(read_lines, log)


def read_lines(log):
    return log.read_text().splitlines()


# scikit-learn's checks that train no network, and one that trains the least: what is
# left of a network's conformance in the inner loop
QUICK_CHECKS = {
    "check_complex_data",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimators_empty_data_messages",
    "check_estimators_partial_fit_n_features",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_fit2d_1sample",
    "check_fit_score_takes_y",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_requires_y_none",
    "check_set_params",
    "check_supervised_y_no_nan",
    "check_valid_tag_types",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if trains_a_network(item):
            item.add_marker(pytest.mark.slow)


def trains_a_network(item):
    """Whether this is one of scikit-learn's checks, run on a network, that fits it."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    check = params.get("check")
    name = getattr(getattr(check, "func", check), "__name__", "")
    network = isinstance(params.get("estimator"), NeuralEstimator)
    return network and name.startswith("check_") and name not in QUICK_CHECKS
