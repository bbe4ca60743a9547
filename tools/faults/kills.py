"""kill -9 at any moment while something is written."""

import contextlib
import functools
import itertools
import os
import random
import tempfile
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_genre import (
    CNNClassifier,
    DenseClassifier,
    MelSpectrogram,
    extract_features,
    load_model,
    save_model,
)
from sklearn_genre.datasets import fetch_previews
from sklearn_genre.features import _unfinished
from sklearn_genre.neural._engine import checkpoint
from sklearn_genre.neural._engine.state import net_state
from tests.odd_bytes import encoded
from tests.preview_server import serve

from ._trials import Trial, here, killed_after

# a kill that comes too late counts as a trial that ends by itself
MOST_KILLS = 60


# -- models ---------------------------------------------------------------------------
@functools.cache
def models():
    """Return two models that answer differently, and what they are asked."""
    X = np.random.default_rng(0).normal(size=(200, 30)).astype(np.float32)
    y = np.where(X[:, 0] > 0, "dub", "jazz")
    network = DenseClassifier(hidden_sizes=(300,), max_epochs=1, random_state=0)
    return (
        make_pipeline(StandardScaler(), SVC()).fit(X, y),
        make_pipeline(StandardScaler(), network).fit(X, y),
        X,
    )


def save(ending, rng):
    """Save without pause over an old model, and kill that."""
    old, new, X = models()
    path = here(f"model{ending}")
    save_model(old, path)

    def work():
        while True:
            save_model(new, path)

    killed_after(rng.random() * 0.2, work)
    try:
        found = load_model(path).predict(X)
    except Exception as error:
        return f"wrong: the old model is destroyed: {error}"
    whole = any((found == model.predict(X)).all() for model in (old, new))
    if not whole:
        return "wrong: another model"
    save_model(new, path)
    left = sorted(p.name for p in here(".").iterdir())
    return "right" if left == [path.name] else f"wrong: {left} is left"


# -- features -------------------------------------------------------------------------
class Songs:
    """Songs and their features."""

    def __init__(self, folder, n=24):
        self.paths = [str(Path(folder) / f"{k}.wav") for k in range(n)]
        for k, path in enumerate(self.paths):
            Path(path).write_bytes(encoded(seconds=0.2, seed=k))
        self.mel = MelSpectrogram(n_mels=8, n_fft=512)
        self.rows = self.mel.transform(self.paths)

    def extract(self):
        """Write the features, a few songs at a time."""
        return extract_features(self.mel, self.paths, here("X.npy"), batch_size=3)


def extraction(songs, rng):
    """Kill an extraction again and again, until it ends."""
    for _ in range(MOST_KILLS):
        if killed_after(rng.random() * 0.04, songs.extract):
            break
    if not here("X.npy").exists():
        songs.extract()
    same = np.array_equal(np.load("X.npy"), songs.rows)
    left = sorted(p.name for p in here(".").iterdir())
    if left != ["X.npy"]:
        return f"wrong: {left} is left"
    return "right" if same else "wrong: other rows"


def power_cut(songs, rng):
    """Leave any part of the rows and any part of the journal."""
    append, calls = _unfinished.Unfinished.append, []

    def stopping(self, *args):
        if len(calls) == stop:
            raise KeyboardInterrupt
        calls.append(1)
        append(self, *args)

    stop = rng.randint(1, 7)
    _unfinished.Unfinished.append = stopping
    with contextlib.suppress(KeyboardInterrupt):
        songs.extract()
    _unfinished.Unfinished.append = append
    part, journal = here("X.npy.part"), here("X.npy.journal")
    lines = lost(journal.read_bytes(), rng)
    journal.write_bytes(lines)
    # rows are on the disk before their lines: noise can only follow those with lines
    size, n_done = songs.rows[0].nbytes, lines.count(b"\n") - 1
    head = part.stat().st_size - size * 3 * stop
    part.write_bytes(lost(part.read_bytes(), rng, head + size * max(n_done, 0)))
    rows = songs.extract()
    return "right" if np.array_equal(rows, songs.rows) else "wrong: other rows"


def lost(content, rng, durable=0):
    """Return content without its end, or with zeros or noise behind what is durable."""
    at, how = rng.randint(0, len(content)), rng.random()
    if how < 0.6:
        return content[:at]
    at = max(at, min(durable, len(content)))
    rest = len(content) - at
    # blocks of the disk that were never written
    return content[:at] + (bytes(rest) if how < 0.8 else rng.randbytes(rest))


# -- trainings ------------------------------------------------------------------------
class Trainings:
    """Networks, and what an uninterrupted training gives, by name."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.X = rng.normal(size=(24, 8, 12)).astype(np.float32)
        self.y = np.repeat(["jazz", "metal"], 12)
        small = dict(batch_size=8, max_epochs=6, random_state=0, dropout=0.3)
        self.models = {
            "CNN": CNNClassifier(n_filters=(4, 4), hidden_sizes=(8,), **small),
            "stopping": CNNClassifier(
                n_filters=(4, 4), early_stopping=True, lr_schedule="cosine", **small
            ),
            "Dense": DenseClassifier(hidden_sizes=(8,), **small),
        }
        self.expected = {name: self.fit(name) for name in self.models}

    def fit(self, name, folder=None):
        """Train, and return a digest of the weights and the optimizer."""
        model = clone(self.models[name]).set_params(checkpoint=folder)
        state = net_state(model.fit(self.X, self.y).net_)
        return joblib.hash([state["module"], state["optimizer"]])


def training(trainings, rng):
    """Kill a training again and again, until it ends."""
    name = rng.choice(list(trainings.models))
    checkpoint._SECONDS = 0.0

    def work():
        here("digest").write_text(trainings.fit(name, here("kept")))

    for _ in range(MOST_KILLS):
        if killed_after(rng.random() * 0.1, work):
            break
    else:
        work()
    same = here("digest").read_text() == trainings.expected[name]
    if left := list(here("kept").iterdir()):
        return f"wrong: {left} is left"
    return "right" if same else f"wrong: another training of {name}"


# -- downloads ------------------------------------------------------------------------
def downloads(rng):
    """Kill a run of downloads again and again, until it ends."""
    os.environ["no_proxy"] = "*"
    server, tracks = serve(), [f"good-{k}" for k in range(30)]

    def work():
        url, folder = f"{server.url}/{{id}}", here("out")
        return fetch_previews(tracks, url, folder, min_interval=0.0, retries=0)

    for _ in range(8):
        if killed_after(rng.random() * 0.2, work):
            break
    result = work()
    files = [Path(path).read_bytes() for path in result.paths]
    left = {p.suffix for p in here("out").iterdir()} - {".mp3", ".jsonl", ".lock", ""}
    if left:
        return f"wrong: {left} is left"
    return "right" if len(set(files)) == 1 else "wrong: files differ"


def seeded(run, seed):
    return run(rng=random.Random(seed))


def trials(rng):
    """Yield kills without end, of each kind by turns."""
    models()
    with tempfile.TemporaryDirectory() as folder:
        songs = Songs(folder)
        kinds = {
            "a model, by save_model": functools.partial(save, ".skops"),
            "a model, by joblib": functools.partial(save, ".joblib"),
            "an extraction, resumed": functools.partial(extraction, songs),
            "rows and journal, cut anywhere": functools.partial(power_cut, songs),
            "a training, continued": functools.partial(training, Trainings()),
            "downloads, resumed": downloads,
        }
        for kind in itertools.cycle(kinds):
            seed = rng.getrandbits(32)
            yield Trial(
                kind,
                functools.partial(seeded, kinds[kind], seed),
                name="X.npy",
                seconds=60,
                detail=str(seed),
            )
