"""Genres, emotions and tags of real songs from several features, on folds by artist.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.emotify --data DIR [--cache FOLDER]
        [--without-networks]

``DIR`` holds songs in directories by genre and ``emotify.csv`` with their artists, the
share of listeners who felt each of nine emotions, and tags of MagnaTagATune for some.

Nothing is tuned: every table uses one classifier with its defaults. The networks that
are trained from scratch, `recipes.best` and a CRNN, take most of the time, about two
hours on one core; features take ten minutes, once with a cache.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._header import FOLDER, header, publish
from benchmarks.scores.embeddings import by_artist
from sklearn_genre import (
    CRNNClassifier,
    MelSpectrogram,
    MusicnnEmbedding,
    ShrinkageDiscriminantAnalysis,
    TextureStats,
    recipes,
)

SEEDS = range(3)
RESULTS = FOLDER / "emotify.txt"
MODELS = ("msd", "mtt")
WIDTHS = {"taggram": 50, "penultimate": 200, "mean_pool": 753, "max_pool": 753}
LAYERS = [*((layer,) for layer in WIDTHS), ("mean_pool", "max_pool")]
COUNTS, DRAWS = (2, 5, 10, 20, 50), 10
EMOTIONS = (
    "amazement",
    "solemnity",
    "tenderness",
    "nostalgia",
    "calmness",
    "power",
    "joyful_activation",
    "tension",
    "sadness",
)
# of a tag: fewer leave folds without it
FEWEST_SONGS, FEWEST_ARTISTS = 15, 10


def known_of(folder):
    """Return a dict of what is known of the songs: arrays with one row per song."""
    with (folder / "emotify.csv").open() as file:
        rows = list(csv.DictReader(file))
    known = {key: np.array([row[key] for row in rows]) for key in ("label", "artist")}
    known["emotions"] = np.array([[float(row[e]) for e in EMOTIONS] for row in rows])
    known["tags"] = [set(filter(None, row["mtt_tags"].split("|"))) for row in rows]
    return known | {"paths": [str(folder / row["path"]) for row in rows]}


def features_of(paths, cache):
    """Return a dict of features by their names."""
    bands = spectrograms(paths, cache)
    features = {"fast": TextureStats().transform(bands)}
    for model in MODELS:
        embedding = MusicnnEmbedding(model=model, layer=tuple(WIDTHS), cache=cache)
        ends = np.cumsum([*WIDTHS.values()])[:-1]
        parts = np.split(embedding.transform(paths), ends, axis=1)
        named = dict(zip(WIDTHS, parts, strict=True))
        for layers in LAYERS:
            name = f"{model}, {' + '.join(layers)}"
            features[name] = np.hstack([named[layer] for layer in layers])
    both = [features[f"{model}, taggram"] for model in MODELS]
    return features | {"msd + mtt, taggram": np.hstack(both)}


def spectrograms(paths, cache):
    """Return the mel bands of `recipes.best`."""
    return recipes.best()[0].set_params(cache=cache).transform(paths)


def held_out(model, X, y, cv, *groups):
    """Return what a model says of every row while it is held out.

    Probabilities, or numbers if it is a regression.
    """
    out = []
    for train, test in cv.split(X, *groups):
        fitted = clone(model).fit(X[train], y[train])
        ask = getattr(fitted, "predict_proba", fitted.predict)
        out.append((test, ask(X[test])))
    rows, found = (np.concatenate(parts) for parts in zip(*out, strict=True))
    return found[np.argsort(rows)]


# -- genres ---------------------------------------------------------------------------
def discriminant():
    """Return the classifier of `recipes.pretrained` and, on its features, `fast`."""
    return make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())


def network(seed=0):
    """Return `recipes.best` on its mel bands."""
    return recipes.best(front_end=None, precision="bfloat16", random_state=seed)


def genres(features, known, bands):
    """Yield the lines of the table of genres."""
    y, artists = known["label"], known["artist"]
    yield f"GENRES: {len(y)} songs of {len(set(artists))} artists, 5 folds by artist"
    yield f"{'':<28} accuracy of {len(SEEDS)} seeds (range), 95% of the first"
    first = {}
    for name, X in features.items():
        found = [probabilities(discriminant(), X, y, artists, s) for s in SEEDS]
        first[name] = found[0]
        yield line(name, found, y, artists)
    if bands is None:
        return
    best = probabilities(network(), bands, y, artists, 0)
    yield line("best (one seed)", [best], y, artists)
    for name in ("msd, taggram", "mtt, penultimate"):
        yield line(f"best + {name}", [best + first[name]], y, artists)


def probabilities(model, X, y, artists, seed):
    """Return the probabilities of the genres of songs while they are held out."""
    cv = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    return held_out(model, X, y, cv, y, artists)


def line(name, found, y, artists):
    """Return the line of a system: mean and range over seeds, interval by artist."""
    right = [np.unique(y)[proba.argmax(axis=1)] == y for proba in found]
    scores = np.array([each.mean() for each in right])
    low, high = by_artist(right[0], artists)
    spread = f"({scores.min():.3f}-{scores.max():.3f})"
    return f"{name:<28} {scores.mean():.3f} {spread} {low:.3f}-{high:.3f}"


def few_songs(features, known, bands):
    """Yield the lines of the table of scores by number of songs."""
    yield f"FEW SONGS: n per genre to train, {DRAWS} draws, tested on other artists"
    yield f"{'':<28} " + " ".join(f"n = {n:<11}" for n in COUNTS)
    names = ("fast", "msd, taggram", "msd, mean_pool + max_pool", "mtt, penultimate")
    systems = [(name, discriminant(), features[name], DRAWS) for name in names]
    if bands is not None:
        systems.append(("best (3 draws)", network(), bands, 3))
    for name, model, X, draws in systems:
        found = np.array([[*some(model, X, known, n, draws)] for n in COUNTS])
        cells = (f"{row.mean():.3f} +- {row.std(ddof=1):.3f}  " for row in found)
        yield f"{name:<28} " + " ".join(cells)


def some(model, X, known, n, draws):
    """Yield the accuracy after training on n songs per genre, for every draw."""
    y, artists = known["label"], known["artist"]
    for seed in range(draws):
        cv = StratifiedGroupKFold(2, shuffle=True, random_state=seed)
        train, test = next(cv.split(X, y, artists))
        order = np.random.default_rng(seed).permutation(train)
        rows = np.concatenate([order[y[order] == genre][:n] for genre in np.unique(y)])
        yield clone(model).fit(X[rows], y[rows]).score(X[test], y[test])


# -- emotions -------------------------------------------------------------------------
def emotions(features, known):
    """Yield the lines of the table of emotions."""
    shares, artists = known["emotions"], known["artist"]
    cv = GroupKFold(5, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(1, 5, 9)))
    yield f"EMOTIONS: shares of listeners by ridge regression, {len(shares)} songs"
    yield f"{'':<28} mean of {len(EMOTIONS)}: r, R2; r of each"
    yield " " * 41 + " ".join(name[:6] for name in EMOTIONS)
    for name, X in features.items():
        found = held_out(model, X, shares, cv, shares, artists)
        each = [np.corrcoef(a, b)[0, 1] for a, b in zip(found.T, shares.T, strict=True)]
        rest = ((found - shares) ** 2).sum(axis=0) / (shares.var(axis=0) * len(shares))
        cells = " ".join(f"{r:6.2f}" for r in each)
        yield f"{name:<28} {np.mean(each):.3f} {1 - rest.mean():.3f} {cells}"


# -- tags -----------------------------------------------------------------------------
def tags(features, known, mels):
    """Yield the lines of the table of tags."""
    rows = np.flatnonzero([bool(tags) for tags in known["tags"]])
    artists = known["artist"][rows]
    names = common([known["tags"][row] for row in rows], artists)
    Y = np.array(
        [[tag in known["tags"][row] for tag in names] for row in rows], dtype=int
    )
    cv = GroupKFold(5, shuffle=True, random_state=0)
    logistic = OneVsRestClassifier(LogisticRegression(C=0.01, max_iter=2000))
    model = make_pipeline(StandardScaler(), logistic)
    yield (
        f"TAGS: {len(names)} tags of {len(Y)} songs of {len(set(artists))} artists, 5 "
        "folds by artist, logistic regression"
    )
    yield f"{'':<28} macro ROC-AUC, average precision"
    for name, X in features.items():
        yield tag_line(name, Y, held_out(model, X[rows], Y, cv, Y, artists))
    if mels is not None:
        found = held_out(crnn(), mels[rows], Y, cv, Y, artists)
        yield tag_line("CRNN from scratch", Y, found)


def common(tags, artists):
    """Return the tags that enough songs of enough artists have."""
    found = []
    for tag in sorted(set().union(*tags)):
        those = [
            artist for has, artist in zip(tags, artists, strict=True) if tag in has
        ]
        if len(those) >= FEWEST_SONGS and len(set(those)) >= FEWEST_ARTISTS:
            found.append(tag)
    return found


def tag_line(name, Y, proba):
    """Return the line of a system for tags."""
    auc = roc_auc_score(Y, proba, average="macro")
    return f"{name:<28} {auc:.3f} {average_precision_score(Y, proba):.3f}"


def crnn():
    """Return the network from scratch: its defaults but for the number of epochs."""
    return CRNNClassifier(
        max_epochs=20, lr=1e-3, batch_size=16, precision="bfloat16", random_state=0
    )


def mel_bands(paths, cache):
    """Return the spectrograms that the CRNN reads."""
    mel = MelSpectrogram(
        sample_rate=12000, n_fft=512, hop_length=512, n_mels=96, scale="db"
    )
    return mel.set_params(duration=29.0, cache=cache).transform(paths)


def main():
    """Print the tables and write them to ``benchmarks/results/emotify.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", help="folder to keep features in")
    parser.add_argument("--without-networks", action="store_true")
    args = parser.parse_args()
    command = "OMP_NUM_THREADS=1 python -m benchmarks.scores.emotify --data DIR"
    command += " --without-networks" if args.without_networks else ""
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    known = known_of(args.data)
    features = features_of(known["paths"], args.cache)
    bands = mels = None
    if not args.without_networks:
        bands = spectrograms(known["paths"], args.cache)
        mels = mel_bands(known["paths"], args.cache)
    for table in (
        genres(features, known, bands),
        few_songs(features, known, bands),
        emotions(features, known),
        tags(features, known, mels),
    ):
        for text in ("", *table):
            print(text, flush=True)
            lines.append(text)
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
