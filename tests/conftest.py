"""Fixtures shared by the tests."""

import os
from functools import partial
from pathlib import Path

# before scipy and torch are imported: scikit-learn's array API checks skip without the
# first, and torch threads slow each other down on few cores without the second
os.environ.setdefault("SCIPY_ARRAY_API", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import torch
from helpers import GENRES, RATE, ROOT, write_wav
from sklearn.utils import Bunch

from sklearn_genre import MelSpectrogram
from sklearn_genre._utils import clips as _clips


@pytest.fixture(autouse=True)
def seeded():
    """The same initial weights in every run of a test that builds a bare network."""
    torch.manual_seed(0)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def data_dir():
    """Folder of real recordings; its tests skip where it is absent."""
    path = Path(os.environ.get("SKLEARN_GENRE_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"real data not found at {path}; set SKLEARN_GENRE_DATA")
    return path


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

    def decode(source, name, **span):
        with open(log, "a") as file:
            file.write(f"{name}\n")
        return original(source, name, **span)

    original = _clips.decode
    _clips.decode = decode


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
    monkeypatch.setattr(_clips, "decode", _clips.decode)
    log_decodes(log)
    return partial(read_lines, log)


def read_lines(log):
    return log.read_text().splitlines()


def pytest_collection_modifyitems(items):
    """Skip the examples of the trained model where its weights are not."""
    if (ROOT / "sklearn_genre" / "pretrained" / "gtzan.npz").exists():
        return
    names = ("load_pretrained", "predict_genre")
    skip = pytest.mark.skip(reason="this copy of the package holds no weights")
    for item in items:
        if item.name in {f"sklearn_genre.pretrained._loading.{n}" for n in names}:
            item.add_marker(skip)
