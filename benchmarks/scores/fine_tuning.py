"""A published network trained further, on folds by artist.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.fine_tuning --data DIR --keep DIR

``DIR`` of ``--data`` holds ``emotify``: songs in directories by genre, and
``emotify.csv`` with their artists. Every system is scored on the same five folds:
the network as published with a new output layer alone, the network trained further at
two rates, the same network from random weights, all by the same slices; and the
discriminant on pooled features. A fold of a network takes minutes of one core, so those
that are done are kept in the other ``DIR``, and a run that was cut short goes on. With
``--done-only`` the table is made of those, and a line has the songs of the folds that
it counts.

Nothing was chosen on these folds: rates and epochs were set beforehand. ``--inner``
scores other rates on a split by artist of the training songs of the first fold.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._header import FOLDER, header, publish
from benchmarks.scores.embeddings import by_artist
from benchmarks.scores.emotify import WIDTHS
from sklearn_genre import (
    DenseClassifier,
    MusicnnClassifier,
    MusicnnSpectrogram,
    ShrinkageDiscriminantAnalysis,
    Slicer,
)
from sklearn_genre.neural import musicnn_network

RESULTS = FOLDER / "fine_tuning.txt"
# three slices of 3 s, spread over the 30 s of a song: a fold takes four minutes of CPU
N_SLICES, EPOCHS = 3, 2
MODELS = ("msd", "mtt")
RATES = (0, 1e-5, 1e-4, 1e-3)


def read(folder):
    """Return the paths, genres and artists of the songs."""
    with (folder / "emotify.csv").open() as file:
        known = list(csv.DictReader(file))
    paths = [str(folder / row["path"]) for row in known]
    return paths, *(
        np.array([row[key] for row in known]) for key in ("label", "artist")
    )


def kept(path, compute):
    """Return an array that is computed once and kept in a file."""
    if not path.exists():
        np.save(path, compute())
    return np.load(path)


def slices(paths):
    """Return slices of songs: (n, n_slices, 96, 187)."""
    chain = make_pipeline(
        MusicnnSpectrogram(), Slicer(slice_length=187, n_slices=N_SLICES)
    )
    return chain.fit_transform(paths)


def heard(X, model):
    """Return the layers of a published network, slice by slice, side by side."""
    rows = []
    with torch.inference_mode():
        for song in X:
            found = musicnn_network(model, "cpu").layers(torch.from_numpy(song))
            found["taggram"] = found["logits"].sigmoid()
            rows.append(torch.cat([found[name] for name in WIDTHS], dim=1).numpy())
    return np.stack(rows)


def training(**params):
    """Return the parameters of a training of the network."""
    given = dict(
        lr=1e-3,
        lr_schedule="one_cycle",
        batch_size=16,
        max_epochs=EPOCHS,
        random_state=0,
    )
    return given | params


def network(**params):
    """Return a classifier to be trained on slices."""
    return MusicnnClassifier(precision="bfloat16", **training(**params))


def systems(data, keep):
    """Yield the name, the features and the classifier of each system."""
    paths, *_ = read(data)
    X = kept(keep / "slices.npy", lambda: slices(paths))
    discriminant = make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())
    # frozen layers give the same in every epoch, so that they are computed once
    head = DenseClassifier(
        hidden_sizes=(), dropout=0, standardize=False, **training(max_epochs=100)
    )
    for model in MODELS:
        Z = kept(keep / f"{model}.npy", lambda: heard(X, model))  # noqa: B023
        parts = np.split(Z, np.cumsum([*WIDTHS.values()])[:-1], axis=2)
        tags, units, *pools = parts
        yield f"{model}, taggram, discriminant", tags.mean(axis=1), discriminant
        both = np.concatenate(pools, axis=2).mean(axis=1)
        yield f"{model}, mean and max pool, discriminant", both, discriminant
        yield f"{model}, output layer only", units[..., None], head
    for model in MODELS:
        yield f"{model}, all at two rates", X, network(pretrained=model)
    yield "from random weights, same epochs", X, network()


def folds(y, artists):
    """Return the songs of each fold by artist: (train, test)."""
    cv = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    return [*cv.split(np.zeros(len(y)), y, artists)]


def scores(data, keep, done_only):
    """Return the lines of the table."""
    _, y, artists = read(data)
    yield f"Emotify: {len(y)} songs of {len(set(artists))} artists, 5 folds by artist"
    yield f"{'system':<42} {'songs':>5} {'score':>6} {'95%':>13}  by fold"
    for name, X, classifier in systems(data, keep):
        known = []
        for number, (train, test) in enumerate(folds(y, artists)):
            path = keep / f"{name}, fold {number}.npy"
            if done_only and not path.exists():
                continue
            found = kept(
                path,
                lambda: classifier.fit(X[train], y[train]).predict(X[test]),  # noqa: B023
            )
            known.append((found == y[test], artists[test]))
        if known:
            yield line(name, known)


def line(name, known):
    """Return a line of the table from what was right in each fold."""
    right, artists = (np.concatenate(part) for part in zip(*known, strict=True))
    low, high = by_artist(right, artists)
    each = " ".join(f"{part.mean():.3f}" for part, _ in known)
    score = f"{len(right):>5} {right.mean():>6.3f} {low:>6.3f}-{high:.3f}"
    return f"{name:<42} {score}  {each}"


def inner(data, keep):
    """Return the lines of the rates, on a split inside the first training fold."""
    paths, y, artists = read(data)
    X = kept(keep / "slices.npy", lambda: slices(paths))
    train, _ = folds(y, artists)[0]
    cv = StratifiedGroupKFold(4, shuffle=True, random_state=1)
    fit, held = (
        train[rows] for rows in next(cv.split(X[train], y[train], artists[train]))
    )
    yield f"rates: {len(fit)} training songs of the first fold, {len(held)} held out"
    yield "pretrained_lr  accuracy  log loss"
    for rate in RATES:
        clf = network(pretrained="msd", pretrained_lr=rate).fit(X[fit], y[fit])
        proba, truth = (
            clf.predict_proba(X[held]),
            np.searchsorted(clf.classes_, y[held]),
        )
        loss = -np.log(proba[np.arange(len(held)), truth]).mean()
        yield f"{rate:<14} {(proba.argmax(1) == truth).mean():<9.3f} {loss:.3f}"


def main():
    """Print the table and write it to ``benchmarks/results/fine_tuning.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--done-only", action="store_true")
    parser.add_argument("--inner", action="store_true", help="rates instead of scores")
    args = parser.parse_args()
    args.keep.mkdir(exist_ok=True)
    songs = args.data / "emotify"
    if args.inner:
        print(*inner(songs, args.keep), sep="\n")
        return
    command = "python -m benchmarks.scores.fine_tuning --data DIR --keep DIR"
    command += " --done-only" if args.done_only else ""
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    lines += ["", *scores(songs, args.keep, args.done_only)]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
