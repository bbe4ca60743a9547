"""The Deep Softmax Autoencoder's protocol on GTZAN, with and without its leak.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.gtzan_softmax_autoencoder --data DIR

It also takes ``--epochs N`` and ``--output FILE``.

The source cuts downsampled audio into 8,000 pieces of 500 numbers, 20 of each song of
classical, country, metal and pop, shuffles them and trains on 6,000. Here the same is
measured three times over the same songs: pieces dealt at random as in the source, songs
dealt at random, and artists dealt at random with exact duplicates merged.

``DIR`` is as for ``gtzan_leaks.py``. It has no audio, so pieces are cut from mel
images: the figures show how large the leak is, not what the source's system reaches.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._header import header, publish
from benchmarks.scores.gtzan_leaks import load_images
from sklearn_genre import Resize, Slicer, check_leakage, recipes
from sklearn_genre.evaluation import merge_groups

GENRES = ("classical", "country", "metal", "pop")
N_PIECES, N_BANDS, N_COLUMNS = 20, 50, 10
N_VALUES = N_BANDS * N_COLUMNS
PUBLISHED = {"test piece": 0.582, "training piece": 0.856}
SOURCE_EPOCHS = 200
N_FOLDS, FOLD_SEED = 4, 0
SEEDS = (0, 1, 2)
JOINT, CHANCE = "autoencoder with classifier", "chance: most frequent genre"
CHECKED = ("pieces", "artists")
SPLITS = {
    "pieces": ("(a) by piece, LEAKS", KFold),
    "songs": ("(b) by song", StratifiedKFold),
    "artists": ("(c) by artist", StratifiedGroupKFold),
}
TABLES = {
    "test piece": "Accuracy of a test piece",
    "test song": "Accuracy of a test song (mean probability of its 20 pieces)",
    "training piece": "Accuracy of a training piece",
}


def load(folder):
    """Return songs of four genres: X of shape (n, 20, 1, 500), labels, relations."""
    images, known = load_images(folder)
    keep = np.isin(known["y"], GENRES)
    songs = {
        name: np.asarray(known[name], dtype=object)[keep]
        for name in ("y", "clips", "groups", "duplicates")
    }
    songs["y"] = songs["y"].astype(str)
    songs["merged"] = merge_groups(
        groups=songs["groups"], duplicates=songs["duplicates"]
    )
    # otherwise the guard would report a piece as a duplicate of its own song's pieces
    labels = songs["duplicates"].tolist()
    songs["duplicates"] = np.array(
        [label if labels.count(label) > 1 else None for label in labels], dtype=object
    )
    songs["X"] = cut(images[keep] * (80 / 255) - 80)
    return songs


def cut(images):
    """Cut images in dB into pieces of 500 values."""
    slices = Slicer(slice_length=N_COLUMNS, n_slices=N_PIECES).fit_transform(images)
    small = Resize(shape=(N_BANDS, None), mode="area").fit_transform(slices)
    return small.reshape(len(images), N_PIECES, 1, N_VALUES)


def in_pieces(songs):
    """Return every piece as a row of its own."""
    X = pieces(songs["X"])
    rows = {
        name: np.repeat(value, N_PIECES) for name, value in songs.items() if name != "X"
    }
    return rows | {"X": X}


def pieces(X):
    """Reshape clips of many pieces to clips of one piece."""
    return X.reshape(-1, 1, 1, N_VALUES)


def draw(kind, rows, seeds=SEEDS):
    """Return training and test rows of as many folds as there are seeds."""
    cv = SPLITS[kind][1](N_FOLDS, shuffle=True, random_state=FOLD_SEED)
    groups = rows["merged"] if kind == "artists" else None
    folds = cv.split(np.zeros(len(rows["y"])), rows["y"], groups)
    return list(folds)[: len(seeds)]


def make_models(epochs, seed):
    """Make the source's three ways to compute a code, and a model without a network."""
    params = {"front_end": None, "max_epochs": epochs, "random_state": seed}
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return {
        JOINT: recipes.softmax_autoencoder(**params),
        "autoencoder, then network": recipes.autoencoder_two_stage(**params),
        "PCA, then network": recipes.pca_two_stage(**params),
        "logistic regression": recipes.pca_two_stage(front_end=None).set_params(
            classifier__estimator=linear
        ),
    }


def measure(model, rows, fold):
    """Return the accuracies of one fit."""
    X, y = rows["X"], rows["y"]
    train, test = fold
    model.fit(X[train], y[train])
    found = {
        f"{side} piece": model.score(pieces(X[at]), np.repeat(y[at], X.shape[1]))
        for side, at in (("training", train), ("test", test))
    }
    if X.shape[1] > 1:
        found["test song"] = model.score(X[test], y[test])
    return found


def run(rows, folds, epochs, seeds=SEEDS):
    """Return accuracies by model and kind, one per seed."""
    results = {}
    for seed, fold in zip(seeds, folds, strict=True):
        for name, model in make_models(epochs, seed).items():
            for what, value in measure(model, rows, fold).items():
                results.setdefault((name, what), []).append(value)
    floors = [chance(rows["y"][test]) for _, test in folds]
    results[CHANCE, "test piece"] = floors
    if rows["X"].shape[1] > 1:
        results[CHANCE, "test song"] = floors
    return results


def chance(y):
    """Return the accuracy of always answering the most frequent genre."""
    counts = np.unique(y, return_counts=True)[1]
    return counts.max() / counts.sum()


def describe(kind, rows, folds):
    """Return lines about a split: its sizes, and what the leak guard reports."""
    relations = {"songs": "clips", "groups": "groups", "duplicates": "duplicates"}
    labels = {name: rows[of] for name, of in relations.items()}
    report = check_leakage(folds, rows["X"], **labels)
    lines = [SPLITS[kind][0]]
    for at, side in enumerate(("training", "test")):
        sizes = "; ".join(count(rows, fold[at]) for fold in folds)
        lines.append(f"  {side}: {sizes}")
    shares = ", ".join(
        f"{name} {report.shares[name].mean():.1%}"
        for name in ("song", "group", "duplicate")
    )
    lines.append(
        f"  share of test rows whose ... the training side has: {shares} "
        "(group: artist)"
    )
    return [*lines, *(f"  guard: {line}" for line in str(report).splitlines()), ""]


def count(rows, at):
    """Count pieces, songs and artists among some rows."""
    n_songs, n_artists = (len(set(rows[name][at])) for name in ("clips", "groups"))
    n = len(at) * rows["X"].shape[1]
    return f"{n} pieces of {n_songs} songs by {n_artists} artists"


def table(what, results):
    """Return the lines of one table: models down, splits across."""
    lines = [
        TABLES[what],
        f"{'':36s}" + "".join(f"{s:>22s}" for s, _ in SPLITS.values()),
    ]
    for name in dict.fromkeys(name for name, kind in results["songs"] if kind == what):
        cells = [results[kind].get((name, what)) for kind in SPLITS]
        lines.append(f"{name:36s}" + "".join(map(cell, cells)))
    if what in PUBLISHED:
        lines.append(f"{'published, of raw audio':36s}{PUBLISHED[what]:8.3f}")
    return [*lines, ""]


def cell(values):
    """Return mean and range over seeds, or the value of the only one."""
    if values is None:
        return f"{'-':>22s}"
    if len(values) == 1:
        return f"{values[0]:22.3f}"
    return f"{np.mean(values):8.3f} ({min(values):.3f}-{max(values):.3f})".rjust(22)


def longer(drawn, results, epochs):
    """Return lines on the joint model of the first seed at the source's epochs."""
    lines = [f"Test pieces of seed {SEEDS[0]}, {JOINT}, by epochs"]
    for kind in CHECKED:
        rows, folds = drawn[kind]
        model = make_models(SOURCE_EPOCHS, SEEDS[0])[JOINT]
        after = measure(model, rows, folds[0])["test piece"]
        before = results[kind][JOINT, "test piece"][0]
        name = SPLITS[kind][0]
        lines.append(
            f"{name:36s}{before:8.3f} ({epochs}){after:8.3f} ({SOURCE_EPOCHS})"
        )
    return [*lines, ""]


def settings(songs, epochs):
    """Return lines on data and training."""
    n_artists, n_groups = (len(set(songs[name])) for name in ("groups", "merged"))
    n_copies = sum(label is not None for label in songs["duplicates"])
    return [
        f"songs: {len(songs['y'])} of {', '.join(GENRES)}, by {n_artists} artists; "
        f"{n_copies} of them have an exact duplicate; {n_groups} groups after merging",
        f"input: mel images in dB, no audio; {N_PIECES} pieces of a song, spread "
        f"evenly with gaps of 0.6 s, each {N_COLUMNS} columns (0.9 s) of 128 bands "
        f"averaged to {N_BANDS}: {N_VALUES} numbers",
        *training(epochs),
    ]


def training(epochs, seeds=SEEDS):
    """Return lines on training, folds and figures."""
    stated = "" if epochs == SOURCE_EPOCHS else f" (the source: {SOURCE_EPOCHS})"
    return [
        f"networks: {epochs} epochs{stated}, batches of 512, Adam at 1e-4, code of 64, "
        "gamma 0.9, one thread",
        "logistic regression: each value standardized, C=1, nothing tuned",
        f"seeds: {', '.join(map(str, seeds))}; {N_FOLDS} folds drawn once (seed "
        f"{FOLD_SEED}), seed s trains without fold s and is tested on it",
        "figures: mean over the seeds (lowest-highest)"
        if len(seeds) > 1
        else "figures: of the one seed; 100 songs have a standard error of 5 points",
        "",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--epochs", type=int, default=SOURCE_EPOCHS)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    command = "python -m benchmarks.scores.gtzan_softmax_autoencoder --data DIR"
    command += f" --epochs {args.epochs}"
    lines = header(command, "sklearn-genre", "torch", "scikit-learn")
    songs = load(args.data)
    lines += settings(songs, args.epochs)
    drawn, results = {}, {}
    for kind in SPLITS:
        rows = in_pieces(songs) if kind == "pieces" else songs
        drawn[kind] = rows, draw(kind, rows)
        lines += describe(kind, *drawn[kind])
        results[kind] = run(*drawn[kind], args.epochs)
    for what in TABLES:
        lines += table(what, results)
    if args.epochs != SOURCE_EPOCHS:
        lines += longer(drawn, results, args.epochs)
    lines.append(f"CPU seconds: {time.process_time():.0f}")
    publish("\n".join(lines) + "\n", args.output)


if __name__ == "__main__":
    main()
