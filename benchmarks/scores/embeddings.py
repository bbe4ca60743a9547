"""Genres of GTZAN from the tag probabilities that the authors of musicnn published.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.embeddings --data DIR

``DIR`` holds ``musicnn_taggrams``, the probabilities of the fault-filtered songs,
``gtzan_artists.csv`` and a few ``clips`` as audio.

Every system of the table is scored on artist-grouped folds of the 443 training songs;
the first line is the best of these, and its test score is the one to report. Other test
scores are printed for the record.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks._header import FOLDER, header, publish
from sklearn_genre import MusicnnEmbedding, ShrinkageDiscriminantAnalysis

SEEDS = range(3)
RESULTS = FOLDER / "embeddings.txt"
CLASSIFIERS = {
    "discriminant": ShrinkageDiscriminantAnalysis(),
    "discriminant 0.2": ShrinkageDiscriminantAnalysis(shrinkage=0.2),
    "logistic 0.01": LogisticRegression(C=0.01, max_iter=5000),
    "logistic 0.1": LogisticRegression(C=0.1, max_iter=5000),
    "svm 1": SVC(),
}


def taggrams(folder, part):
    """Return the windows of every song, its genre, its artist and its name."""
    with (folder / "gtzan_artists.csv").open() as file:
        artists = {row["clip"]: row["artist_key"] for row in csv.DictReader(file)}
    (path,) = (folder / "musicnn_taggrams").glob(f"*{part}*.npz")
    with np.load(path) as known:
        songs = np.unique(known["IDS"])
        windows = [known["X"][known["IDS"] == song] for song in songs]
    clips = [Path(str(song)).stem for song in songs]
    y = np.array([clip.partition(".")[0] for clip in clips])
    return windows, y, np.array([artists.get(clip) or clip for clip in clips]), clips


def pooled(windows):
    """Return what can be made of the windows of songs: one row per song."""
    means = np.stack([song.mean(axis=0) for song in windows])
    deviations = np.stack([song.std(axis=0) for song in windows])
    return {"means": means, "means, deviations": np.hstack([means, deviations])}


def grouped(model, X, y, groups, n_splits):
    """Return the accuracy on folds by artist for each seed."""
    scores = []
    for seed in SEEDS:
        cv = StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed)
        scores.append(
            np.mean(cross_val_predict(model, X, y, groups=groups, cv=cv) == y)
        )
    return np.array(scores)


def by_artist(right, artists, n=2000):
    """Return the 95% interval of a score, over draws of artists."""
    rng, names = np.random.default_rng(0), np.unique(artists)
    rows = {name: np.flatnonzero(artists == name) for name in names}
    draws = [
        right[np.concatenate([rows[name] for name in rng.choice(names, len(names))])]
        for _ in range(n)
    ]
    return np.percentile([draw.mean() for draw in draws], [2.5, 97.5])


def fault_filtered(folder):
    """Return the lines of the table of the published taggrams."""
    train, y, artists, _ = taggrams(folder, "training")
    test, truth, others, _ = taggrams(folder, "evaluation")
    rows = []
    for pooling, X in pooled(train).items():
        Z = pooled(test)[pooling]
        for name, classifier in CLASSIFIERS.items():
            model = make_pipeline(StandardScaler(), classifier)
            folds = grouped(model, X, y, artists, 5).mean()
            right = model.fit(X, y).predict(Z) == truth
            everything = [np.concatenate(both) for both in ((X, Z), (y, truth))]
            whole = grouped(model, *everything, np.concatenate([artists, others]), 10)
            rows.append((folds, f"{pooling}, {name}", right, whole))
    yield (
        f"GTZAN, fault-filtered: {len(y)} songs of {len(set(artists))} artists to "
        f"train, {len(truth)} of {len(set(others))} to test"
    )
    head = f"{'features, classifier':<36} {'5 folds':>7} {'test':>6} {'95%':>13}"
    yield f"{head} 10 folds of all"
    for folds, name, right, whole in sorted(rows, key=lambda row: -row[0]):
        low, high = by_artist(right, others)
        yield (
            f"{name:<36} {folds:>7.3f} {right.mean():>6.3f} {low:>6.3f}-{high:.3f} "
            f"{whole.mean():.3f} ({whole.min():.3f}-{whole.max():.3f})"
        )


def clips(folder):
    """Return the lines on the clips that are there as audio."""
    paths = sorted((folder / "clips").glob("*/*.*"))
    truth = np.array([path.parent.name for path in paths])
    with (folder / "gtzan_artists.csv").open() as file:
        known = {row["clip"]: row["artist_key"] for row in csv.DictReader(file)}
    heard = {known.get(path.stem) or path.stem for path in paths}
    parts = [taggrams(folder, part) for part in ("training", "evaluation")]
    windows = parts[0][0] + parts[1][0]
    y, artists = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    others = ~np.isin(artists, [*heard])
    X = pooled(windows)["means"][others]
    model = make_pipeline(StandardScaler(), CLASSIFIERS["discriminant"])
    found = model.fit(X, y[others]).predict(MusicnnEmbedding(hop=1.0).transform(paths))
    yield (
        f"{len(paths)} clips as audio, trained on the published means of the {len(X)} "
        f"songs by other artists: {(found == truth).sum()} right"
    )


def main():
    """Print the tables and write them to ``benchmarks/results/embeddings.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    command = "OMP_NUM_THREADS=1 python -m benchmarks.scores.embeddings --data DIR"
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    lines += ["", *fault_filtered(data), "", *clips(data)]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
