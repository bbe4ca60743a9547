"""Genres from pretrained features, on folds by artist.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.embeddings --data DIR

``DIR`` holds ``gtzan`` (with ``musicnn_taggrams``, the tag probabilities that the
authors of musicnn published for the fault-filtered songs, ``gtzan_artists.csv``) and
``emotify`` (songs in directories by genre, ``emotify.csv`` with their artists).

Every system of the first table is scored on artist-grouped folds of the 443 training
songs; the first line is the best of these, and its test score is the one to report.
Other test scores are printed for the record. The second table needs the audio of
Emotify and takes about ten minutes; the third says how scores rise with the songs per
genre.
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
from sklearn_genre import MusicnnEmbedding, ShrinkageDiscriminantAnalysis, recipes

SEEDS = range(3)
RESULTS = FOLDER / "embeddings.txt"
CLASSIFIERS = {
    "discriminant": ShrinkageDiscriminantAnalysis(),
    "discriminant 0.2": ShrinkageDiscriminantAnalysis(shrinkage=0.2),
    "logistic 0.01": LogisticRegression(C=0.01, max_iter=5000),
    "logistic 0.1": LogisticRegression(C=0.1, max_iter=5000),
    "svm 1": SVC(),
}
MODELS = ("msd", "mtt")
WIDTHS = {"taggram": 50, "penultimate": 200, "mean_pool": 753, "max_pool": 753}
LAYERS = [
    ("taggram",),
    ("penultimate",),
    ("mean_pool",),
    ("max_pool",),
    ("mean_pool", "max_pool"),
    ("taggram", "penultimate"),
]
COUNTS = (2, 5, 10, 20, 50)


def taggrams(folder, part):
    """Return the windows of every song, its genre and its artist."""
    with (folder / "gtzan_artists.csv").open() as file:
        artists = {row["clip"]: row["artist_key"] for row in csv.DictReader(file)}
    (path,) = (folder / "musicnn_taggrams").glob(f"*{part}*.npz")
    with np.load(path) as known:
        songs, first = np.unique(known["IDS"], return_index=True)
        windows = [known["X"][known["IDS"] == song] for song in songs]
        y = known["Y"][first]
    clips = [Path(str(song)).stem for song in songs]
    return windows, y, np.array([artists.get(clip) or clip for clip in clips])


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
    train, y, artists = taggrams(folder, "training")
    test, truth, others = taggrams(folder, "evaluation")
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


def emotify(folder):
    """Return the features of every system, the genres and the artists."""
    with (folder / "emotify.csv").open() as file:
        known = list(csv.DictReader(file))
    paths = [str(folder / row["path"]) for row in known]
    y, artists = (np.array([row[key] for row in known]) for key in ("label", "artist"))
    features = {"fast": recipes.fast()[:-1].transform(paths)}
    for model in MODELS:
        every = MusicnnEmbedding(model=model, layer=tuple(WIDTHS)).transform(paths)
        ends = np.cumsum([*WIDTHS.values()])[:-1]
        parts = dict(zip(WIDTHS, np.split(every, ends, axis=1), strict=True))
        for layers in LAYERS:
            X = np.hstack([parts[layer] for layer in layers])
            features[f"{model}, {' + '.join(layers)}"] = X
    both = [features[f"{model}, taggram"] for model in MODELS]
    return features | {"msd + mtt, taggram": np.hstack(both)}, y, artists


def folds_of_songs(features, y, artists):
    """Return the lines of the table of all songs."""
    yield f"Emotify: {len(y)} songs of {len(set(artists))} artists, 5 folds by artist"
    yield f"{'features, discriminant':<36} accuracy, mean of {len(SEEDS)} seeds (range)"
    for name, X in features.items():
        found = grouped(discriminant(), X, y, artists, 5)
        yield f"{name:<36} {found.mean():.3f} ({found.min():.3f}-{found.max():.3f})"


def few_songs(features, y, artists):
    """Return the lines of the table of scores by number of songs."""
    yield "Emotify: n songs per genre to train, those of other artists to test"
    yield f"{'features, discriminant':<36} " + " ".join(f"n = {n:<5}" for n in COUNTS)
    for name in ("fast", "msd, taggram", "msd, mean_pool + max_pool"):
        X = features[name]
        found = [np.mean([*some(X, y, artists, n)]) for n in COUNTS]
        yield f"{name:<36} " + " ".join(f"{score:<9.3f}" for score in found)


def some(X, y, artists, n):
    """Yield the accuracies after training on n songs per genre, for ten draws."""
    for seed in range(10):
        cv = StratifiedGroupKFold(2, shuffle=True, random_state=seed)
        train, test = next(cv.split(X, y, artists))
        order = np.random.default_rng(seed).permutation(train)
        rows = np.concatenate([order[y[order] == genre][:n] for genre in np.unique(y)])
        yield discriminant().fit(X[rows], y[rows]).score(X[test], y[test])


def discriminant():
    """Return the classifier of `recipes.pretrained` and, on its features, `fast`."""
    return make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())


def main():
    """Print the tables and write them to ``benchmarks/results/embeddings.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--published-only", action="store_true", help="the first table, without audio"
    )
    args = parser.parse_args()
    data, command = args.data, "python -m benchmarks.scores.embeddings --data DIR"
    command += " --published-only" if args.published_only else ""
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    lines += ["", *fault_filtered(data / "gtzan")]
    if not args.published_only:
        songs = emotify(data / "emotify")
        lines += ["", *folds_of_songs(*songs), "", *few_songs(*songs)]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
