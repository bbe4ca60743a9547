"""One small search, serial and in parallel: wall times side by side in one run.

    python -m benchmarks.speed.bench_search [--rounds N] [--output FILE]

GridSearchCV over 4 learning rates and 2 folds, 8 fits of a CNN on random spectrograms,
on 2 cores:

- serial, torch with one thread;
- serial, torch with two threads;
- joblib's processes, n_jobs=2, one thread each;
- the same with two threads each (``inner_max_num_threads=2``): more threads than cores;
- dask, a LocalCluster of two processes, one thread each.

Processes are started and have imported torch before the time is measured; the column
"start" shows how long that takes. The least time of several rounds counts. The scores
of all variants with one thread must be the same, or the script fails.
"""

import argparse
import contextlib
import logging
import os
import time
from pathlib import Path

import joblib
import numpy as np
import torch
from distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV

from benchmarks._header import header, publish
from sklearn_genre import CNNClassifier


def data():
    """Return random spectrograms of two similar genres: 64 clips of 64 x 64."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 32)
    X = rng.normal(size=(len(y), 64, 64)).astype(np.float32)
    X[y == 1, :8] += 0.2
    return X, y


def search(X, y):
    """Return the scores of the search, of shape (4 candidates, 2 folds)."""
    cnn = CNNClassifier(n_filters=(16, 32), max_epochs=2, random_state=0)
    grid = {"lr": [3e-4, 1e-3, 3e-3, 1e-2]}
    found = GridSearchCV(cnn, grid, cv=2, scoring="neg_log_loss", refit=False)
    results = found.fit(X, y).cv_results_
    return np.stack([results[f"split{k}_test_score"] for k in range(2)], axis=1)


@contextlib.contextmanager
def serial(n_threads):
    """Run without workers."""
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    yield
    torch.set_num_threads(before)


@contextlib.contextmanager
def processes(inner=None):
    """Run in two processes of joblib."""
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=inner):
        yield


@contextlib.contextmanager
def cluster():
    """Run in two processes of dask."""
    options = dict(n_workers=2, threads_per_worker=1, dashboard_address=None)
    options["silence_logs"] = logging.CRITICAL
    with (
        LocalCluster(**options) as here,
        Client(here),
        joblib.parallel_config("dask"),
    ):
        yield


VARIANTS = {
    "serial, one thread": (serial, 1),
    "serial, two threads": (serial, 2),
    "processes, n_jobs=2": (processes,),
    "  with two threads each": (processes, 2),
    "dask, two workers": (cluster,),
}


def measure(variant, rounds, X, y):
    """Return seconds of the start, least seconds of the search, and its scores."""
    context, *args = variant
    began = time.perf_counter()
    with context(*args):
        search(X[::8], y[::8])
        start, best = time.perf_counter() - began, float("inf")
        for _ in range(rounds):
            began = time.perf_counter()
            scores = search(X, y)
            best = min(best, time.perf_counter() - began)
    return start, best, scores


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    # measure the limits that joblib and dask set, not those of the caller
    for name in ("OMP", "MKL", "OPENBLAS"):
        os.environ.pop(f"{name}_NUM_THREADS", None)
    lines = header(
        f"python -m benchmarks.speed.bench_search --rounds {args.rounds}",
        *("sklearn-genre", "torch", "scikit-learn", "joblib", "distributed"),
    )
    lines += ["", f"{'variant':26s} {'start':>7s} {'search':>8s}   times serial speed"]
    X_y = data()
    results = {
        name: measure(variant, args.rounds, *X_y) for name, variant in VARIANTS.items()
    }
    _, reference, expected = results["serial, one thread"]
    for name in ("processes, n_jobs=2", "dask, two workers"):
        np.testing.assert_array_equal(results[name][2], expected)
    for name, (start, best, _) in results.items():
        lines.append(
            f"{name:26s} {start:6.1f}s {best:7.2f}s   {reference / best:18.2f}"
        )
    text = "\n".join(lines) + "\n"
    publish(text, args.output)


if __name__ == "__main__":
    main()
