"""Time of a grid search over a classifier, with no cache and with two kinds of cache.

The search is ``GridSearchCV`` with 4 candidates and 5 folds over files through
MelSpectrogram, SummaryStats and LogisticRegression. It is run with no cache; with
scikit-learn's ``Pipeline(memory=...)``, which keeps transformed training folds; with
``cache`` of the transformer, which keeps features of clips, in an empty folder; and
with that folder again. The variants take turns, and the best of several turns counts
for each. The script checks that all find the same scores. Files that are decoded are
counted.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_cache [--data FOLDER]
       [--repeats N] [--output FILE]

FOLDER holds audio files, for example some of GTZAN's. Without it, and without
SKLEARN_GENRE_DATA, twenty clips of noise are written and read.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._header import header, publish
from benchmarks.speed.bench_extraction import choose_clips
from sklearn_genre import FeatureCache, MelSpectrogram, SummaryStats

NONE = "no cache"
PIPELINE = "Pipeline(memory=...)"
EMPTY = "MelSpectrogram(cache=...), empty folder"
FULL = "MelSpectrogram(cache=...), full folder"


class CountedFile(soundfile.SoundFile):
    """Sound file that counts how many were opened."""

    n_opened = 0

    def __init__(self, *args, **kwargs):
        type(self).n_opened += 1
        super().__init__(*args, **kwargs)


def search(paths, *, pipeline_memory=None, clip_cache=None):
    """Fit the search; return seconds, files decoded, and the mean scores."""
    y = np.arange(len(paths)) % 2
    pipe = make_pipeline(
        MelSpectrogram(cache=clip_cache),
        SummaryStats(),
        StandardScaler(),
        LogisticRegression(),
        memory=pipeline_memory,
    )
    grid = {"logisticregression__C": [0.01, 0.1, 1.0, 10.0]}
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    CountedFile.n_opened, start = 0, time.perf_counter()
    found = GridSearchCV(pipe, grid, cv=folds).fit(paths, y)
    seconds = time.perf_counter() - start
    return seconds, CountedFile.n_opened, found.cv_results_["mean_test_score"]


def turn(paths):
    """Run one search of every kind with new folders; return also bytes of the last."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as other:
        found = {
            NONE: search(paths),
            PIPELINE: search(paths, pipeline_memory=first),
            EMPTY: search(paths, clip_cache=other),
            FULL: search(paths, clip_cache=other),
        }
        return found, FeatureCache(other).info()["n_bytes"]


def report(paths, kind, turns, n_bytes):
    """Return the results as text."""
    seconds = {name: min(found[name][0] for found in turns) for name in turns[0]}
    names = ("sklearn-genre", "scikit-learn", "numpy", "torch")
    command = (
        "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_cache "
        f"--repeats {len(turns)}"
    )
    lines = [
        *header(command, *names),
        f"clips: {len(paths)} {kind}; 4 candidates, 5 folds and the last fit; "
        f"n_jobs=1; best of {len(turns)} alternating turns",
        f"size of the cache: {n_bytes / 1e6:.1f} MB",
        "",
        f"{'variant':42s} {'seconds':>8s} {'decodes':>8s}  times faster",
    ]
    for name, best in seconds.items():
        faster, decodes = seconds[NONE] / best, turns[0][name][1]
        lines.append(f"{name:42s} {best:8.2f} {decodes:8d}  {faster:12.2f}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKLEARN_GENRE_DATA"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    soundfile.SoundFile = CountedFile
    with tempfile.TemporaryDirectory() as folder:
        paths, kind = choose_clips(args.data, folder)
        MelSpectrogram().transform(paths[:1])  # imports and compiled code
        turns, sizes = zip(*(turn(paths) for _ in range(args.repeats)), strict=True)
    for found in turns:
        for _, _, scores in found.values():
            np.testing.assert_array_equal(scores, turns[0][NONE][2])
    text = report(paths, kind, turns, sizes[0])
    publish(text, args.output)


if __name__ == "__main__":
    main()
