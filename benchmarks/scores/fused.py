"""Network from scratch, pretrained features, and the average of both on GTZAN.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.fused --data DIR --keep FOLDER

``DIR`` is as for ``embeddings.py`` and ``gtzan_leaks.py``: mel images and published tag
probabilities of the fault-filtered songs. Which of the three is best is decided on five
artist-grouped folds of the training songs; the test songs are scored once. Both count
equally in the average. Every fold of `recipes.best` takes minutes; ``FOLDER`` keeps
their probabilities, and folds found there are not trained again.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._header import FOLDER, header, publish
from benchmarks.scores.embeddings import by_artist, pooled, taggrams
from benchmarks.scores.gtzan_best import load
from sklearn_genre import ShrinkageDiscriminantAnalysis, recipes

RESULTS = FOLDER / "fused.txt"
SYSTEMS = ("fast", "best", "pretrained", "best + pretrained")


def songs_of(folder):
    """Return both kinds of features, genres, artists and parts of the songs."""
    images, known = load(folder)
    row = {clip: k for k, clip in enumerate(known["clips"])}
    found = {
        "train": taggrams(folder, "training"),
        "test": taggrams(folder, "evaluation"),
    }
    songs = [
        (row[clip], means, genre, artist, part)
        for part, (windows, y, artists, clips) in found.items()
        for clip, means, genre, artist in zip(
            clips, pooled(windows)["means"], y, artists, strict=True
        )
        if clip in row
    ]
    rows, means, y, artists, parts = map(np.array, zip(*songs, strict=True))
    return images[rows], means, y, artists, parts


def probabilities(images, means, y, train, test, seed):
    """Return the probabilities of the held-out songs of every system."""
    best = recipes.best(front_end=None, precision="bfloat16", random_state=seed)
    best.fit(images[train], y[train])
    head = make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())
    found = {
        "fast": recipes.fast(front_end=None)
        .fit(images[train], y[train])
        .predict_proba(images[test]),
        "best": best.predict_proba(images[test]),
        "pretrained": head.fit(means[train], y[train]).predict_proba(means[test]),
    }
    return found | {"best + pretrained": (found["best"] + found["pretrained"]) / 2}


def kept(path, *fold):
    """Return the probabilities of a fold from a file, which is made if need be."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **probabilities(*fold))
    with np.load(path) as arrays:
        return dict(arrays)


def table(folder, keep, seed):
    """Yield the lines of the table."""
    images, means, y, artists, parts = songs_of(folder)
    songs, test = np.flatnonzero(parts == "train"), np.flatnonzero(parts == "test")
    cv = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    folds = [(songs[a], songs[b]) for a, b in cv.split(songs, y[songs], artists[songs])]
    classes, right = np.unique(y), {name: np.zeros(len(y), bool) for name in SYSTEMS}
    for number, (train, held) in enumerate([*folds, (songs, test)]):
        path = keep / f"fused_{seed}_{number}.npz"
        found = kept(path, images, means, y, train, held, seed)
        for name in SYSTEMS:
            right[name][held] = classes[found[name].argmax(axis=1)] == y[held]
        print(number, {name: right[name][held].mean() for name in SYSTEMS}, flush=True)
    for what, rows in (("train", songs), ("test", test)):
        yield f"{len(rows)} songs of {len(set(artists[rows]))} artists to {what}"
    yield f"{'':<18} 5 folds  test  95%"
    for name in SYSTEMS:
        low, high = by_artist(right[name][test], artists[test])
        scores = (right[name][rows].mean() for rows in (songs, test))
        yield (
            f"{name:<18} "
            + "   ".join(f"{s:.3f}" for s in scores)
            + (f"  {low:.3f}-{high:.3f}")
        )


def main():
    """Print the table and write it to ``benchmarks/results/fused.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True)
    args = parser.parse_args()
    command = (
        "OMP_NUM_THREADS=1 python -m benchmarks.scores.fused --data DIR --keep DIR"
    )
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    lines += ["", *table(args.data, args.keep, 0)]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
