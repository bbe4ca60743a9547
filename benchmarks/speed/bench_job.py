"""Whole jobs: from a folder of songs to a model, cross-validated and fitted.

    python -m benchmarks.speed.bench_job [--songs N] [--epochs N] [--format mp3]
        [--rounds N] [--output FILE]

Each way is a program of its own, as one would write it, on two cores. It begins with
its imports, reads all songs, scores a classifier in five folds and fits it to all:

- network: ``MelSpectrogram`` and ``CNNClassifier``; folds in two processes;
- network, bfloat16: the same, where the processor has it;
- network, by hand: librosa in two processes, the same network as one would write it
  first, in a loop of PyTorch with two threads, for as many epochs;
- fast: the statistics and the discriminant of ``recipes.fast``;
- sonara: mean and deviation of its mel bands, read in two threads, and a support
  vector machine of scikit-learn.

Songs are synthetic, 30 s each at 22,050 Hz as those of GTZAN, which has 1,000. Ways
take turns, and the best turn of each counts. Times of features and networks grow with
the number of songs, that of the imports does not. The accuracy only shows that each way
has learned something: the songs are easier than music.
"""

import argparse
import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks._header import header, publish

RATE, SECONDS, FOLDS, CORES = 22050, 30, 5, 2
SLICES, LENGTH, BATCH = 5, 128, 32
PHASES = ("imports", "features", "folds", "fit")


def write_songs(folder, n_songs, ending):
    """Write songs of all genres."""
    from sklearn_genre import load_audio, make_genre_audio

    n = -(-n_songs // 8)
    songs = make_genre_audio(
        n, n_artists_per_genre=1, duration=SECONDS, directory=folder / "wav"
    )
    for i, (path, genre) in enumerate(zip(songs.paths, songs.target, strict=True)):
        write(folder / f"{i:04d}-{genre}.{ending}", load_audio(path)[0])
        os.unlink(path)
    return len(songs.paths)


def write(path, wave):
    """Write a song."""
    import soundfile

    soundfile.write(path, wave, RATE)


class Clock:
    """Seconds of the phases of a job."""

    def __init__(self):
        self.seconds, self._since = {}, time.perf_counter()

    def lap(self, name):
        """End a phase."""
        now = time.perf_counter()
        self.seconds[name], self._since = now - self._since, now


def network(paths, y, epochs, clock, precision="auto"):
    """Train the default network by this package; return the scores of the folds."""
    from sklearn.model_selection import cross_val_score

    from sklearn_genre import CNNClassifier, MelSpectrogram, Slicer

    clock.lap("imports")
    X = MelSpectrogram(duration=SECONDS, n_jobs=CORES).transform(paths)
    X = Slicer(n_slices=SLICES, slice_length=LENGTH).fit_transform(X)
    clock.lap("features")
    net = CNNClassifier(
        max_epochs=epochs, batch_size=BATCH, precision=precision, random_state=0
    )
    scores = cross_val_score(net, X, y, cv=FOLDS, n_jobs=CORES)
    clock.lap("folds")
    net.fit(X, y)
    clock.lap("fit")
    return scores


def by_hand(paths, y, epochs, clock):
    """Train the same network in a loop by hand."""
    import joblib
    import torch
    from sklearn.model_selection import StratifiedKFold

    torch.set_num_threads(CORES)
    clock.lap("imports")
    rows = joblib.Parallel(CORES)(map(joblib.delayed(librosa_slices), paths))
    X = np.stack(rows)
    labels = np.unique(y, return_inverse=True)[1]
    clock.lap("features")
    make, scores = plain_network(X, y), []
    for train, test in StratifiedKFold(FOLDS).split(X, y):
        net = trained(make(), X[train], labels[train], epochs)
        scores.append(np.mean(voted(net, X[test]) == labels[test]))
    clock.lap("folds")
    trained(make(), X, labels, epochs)
    clock.lap("fit")
    return scores


def librosa_slices(path):
    """Return slices of the mel spectrogram of a song."""
    import librosa

    wave, _ = librosa.load(path, sr=RATE, duration=SECONDS)
    wave = librosa.util.fix_length(wave, size=SECONDS * RATE)
    S = librosa.power_to_db(librosa.feature.melspectrogram(y=wave, sr=RATE))
    starts = np.linspace(0, S.shape[1] - LENGTH, SLICES).astype(int)
    return np.stack([S[:, start : start + LENGTH] for start in starts])


def plain_network(X, y):
    """Return what makes the default network, with activations before the pools."""
    from unittest import mock

    from benchmarks.speed.bench_training import twin
    from sklearn_genre import CNNClassifier

    few = np.unique(y, return_index=True)[1]
    net = CNNClassifier(random_state=0).partial_fit(X[few], y[few])

    def make():
        with mock.patch("sklearn_genre.neural.models._layers.RISING", ()):
            return twin(net)

    return make


def trained(net, X, labels, epochs):
    """Train a network on slices."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    mean, spread = X.mean(), X.std()
    net.register_buffer("scaling", torch.tensor([mean, spread]))
    slices = torch.from_numpy((X - mean) / spread).flatten(0, 1)
    data = TensorDataset(slices, torch.from_numpy(np.repeat(labels, SLICES)))
    optimizer = torch.optim.Adam(net.parameters())
    net.train()
    for _ in range(epochs):
        for batch, target in DataLoader(data, batch_size=BATCH, shuffle=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(batch), target).backward()
            optimizer.step()
    return net.eval()


def voted(net, X):
    """Return the label of each song, by the mean over its slices."""
    import torch

    mean, spread = net.scaling.tolist()
    with torch.no_grad():
        slices = torch.from_numpy((X - mean) / spread).flatten(0, 1)
        proba = torch.cat([net(part).softmax(1) for part in slices.split(BATCH)])
    return proba.reshape(len(X), SLICES, -1).mean(1).argmax(1).numpy()


def fast(paths, y, epochs, clock):
    """Train the fast recipe, whose statistics are computed once."""
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    from sklearn_genre import TextureStats, recipes

    clock.lap("imports")
    front_end = recipes.fast()["front_end"].set_params(n_jobs=CORES)
    X = TextureStats().fit_transform(front_end.fit_transform(paths))
    clock.lap("features")
    model = recipes.fast()["classifier"].estimator
    model = make_pipeline(*[step for name, step in model.steps if name != "stats"])
    scores = cross_val_score(model, X, y, cv=FOLDS)
    clock.lap("folds")
    model.fit(X, y)
    clock.lap("fit")
    return scores


def sonara_way(paths, y, epochs, clock):
    """Train a support vector machine on statistics of sonara's mel bands."""
    from concurrent.futures import ThreadPoolExecutor

    import sonara
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    def statistics(path):
        wave, _ = sonara.load(path, sr=RATE)
        S = sonara.power_to_db(sonara.melspectrogram(y=wave, sr=RATE))
        return np.concatenate([S.mean(axis=1), S.std(axis=1)])

    clock.lap("imports")
    with ThreadPoolExecutor(CORES) as pool:
        X = np.stack(list(pool.map(statistics, paths)))
    clock.lap("features")
    model = make_pipeline(StandardScaler(), SVC())
    scores = cross_val_score(model, X, y, cv=FOLDS)
    clock.lap("folds")
    model.fit(X, y)
    clock.lap("fit")
    return scores


WAYS = {
    "network": network,
    "network, bfloat16": functools.partial(network, precision="bfloat16"),
    "network, by hand": by_hand,
    "fast": fast,
    "sonara": sonara_way,
}


def work(name, folder, epochs):
    """Do a job in this process; print its phases and scores."""
    clock = Clock()
    paths = sorted(str(path) for path in Path(folder).glob("*.*"))
    y = np.array([Path(path).stem.split("-")[1] for path in paths])
    scores = WAYS[name](paths, y, int(epochs), clock)
    print(json.dumps([clock.seconds, float(np.mean(scores))]))


def measure(folder, epochs, rounds):
    """Return the best seconds of each way, its phases in that turn, and its score."""
    best = {}
    for _ in range(rounds):
        for name in WAYS:
            if name == "sonara" and not importlib.util.find_spec("sonara"):
                continue
            job = ["--worker", name, str(folder), str(epochs)]
            command = [sys.executable, "-m", "benchmarks.speed.bench_job", *job]
            start = time.perf_counter()
            pipe = subprocess.PIPE
            done = subprocess.run(command, check=True, stdout=pipe, text=True)
            seconds = time.perf_counter() - start
            if seconds < best.get(name, (np.inf,))[0]:
                best[name] = (seconds, *json.loads(done.stdout.splitlines()[-1]))
    return best


def report(best):
    """Yield lines of the table."""
    columns = "".join(f"{name:>10s}" for name in PHASES)
    yield f"{'seconds':18s}{'in all':>8s}{columns}{'accuracy':>10s}"
    for name, (seconds, phases, score) in best.items():
        # the rest is the start of the interpreter
        phases["imports"] += seconds - sum(phases.values())
        columns = "".join(f"{phases[phase]:10.1f}" for phase in PHASES)
        yield f"{name:18s}{seconds:8.1f}{columns}{score:10.2f}"
    yield ""
    for other in [name for name in best if not name.endswith(("by hand", "sonara"))]:
        one = "sonara" if other == "fast" else "network, by hand"
        if one in best:
            yield f"{one} takes {best[one][0] / best[other][0]:.2f} times {other}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=80)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--format", choices=("mp3", "wav"), default="mp3")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        work(*args.worker)
        return
    packages = ["sklearn-genre", "librosa", "torch", "scikit-learn"]
    packages += ["sonara"] if importlib.util.find_spec("sonara") else []
    options = f"--songs {args.songs} --epochs {args.epochs} --rounds {args.rounds}"
    lines = header(f"python -m benchmarks.speed.bench_job {options}", *packages)
    with tempfile.TemporaryDirectory() as folder:
        n = write_songs(Path(folder), args.songs, args.format)
        best = measure(Path(folder), args.epochs, args.rounds)
    lines.append(
        f"{n} songs, {args.format}, {SECONDS} s; {args.epochs} epochs of {SLICES} "
        f"slices a song; {FOLDS} folds and a fit; best of {args.rounds} turns"
    )
    publish("\n".join([*lines, "", *report(best)]) + "\n", args.output)


if __name__ == "__main__":
    main()
