"""Which score tells music of the training from all else, and what calibration gives.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.open_set --data DIR

``DIR`` holds ``gtzan`` and ``emotify`` as for `benchmarks.scores.embeddings`. Speech
is synthesized by espeak-ng where that is installed; noise, tones and silence are made
here. Songs to tell apart from these are those of Emotify, each held out with its
artist. "Other music" is one genre at a time, left out of the training. It takes about
five minutes.
"""

import argparse
import csv
import io
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.special import logsumexp
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._header import FOLDER, header, publish
from benchmarks.scores.embeddings import by_artist, taggrams
from sklearn_genre import (
    ClassDistance,
    MusicnnEmbedding,
    OpenSetClassifier,
    ShrinkageDiscriminantAnalysis,
    load_audio,
    recipes,
)

RESULTS = FOLDER / "open_set.txt"
RATE, SECONDS = 16000, 20
N_TAGS = 50
SURE = 0.7
VOICES = ("en-us", "en-gb", "en-us+f3", "en-gb+m7", "en-us+f5", "de", "fr", "es")
TEXTS = (
    "The committee met on Tuesday to discuss the budget. Several members were worried "
    "about the cost of the bridge, and the vote was put off until the following week.",
    "Mix the flour with the butter until it looks like sand. Add the eggs one at a "
    "time, then the milk, and leave the dough in a cool place for an hour.",
    "Turn left at the church, follow the road for two miles, and take the second exit. "
    "The house stands behind a row of tall trees; you cannot miss it.",
)


def colored(rng, slope):
    """Return noise whose power falls with the frequency to the power of ``slope``."""
    n = RATE * SECONDS
    spectrum = np.fft.rfft(rng.normal(size=n))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** (slope / 2)
    wave = np.fft.irfft(spectrum, n)
    return wave / np.abs(wave).max()


def sounds():
    """Return what is no music: waveforms at 16 kHz, by kind."""
    rng, t = np.random.default_rng(0), np.arange(RATE * SECONDS) / RATE
    made = {
        name: [gain * colored(rng, slope) for gain in (0.9, 0.3, 0.1, 0.03, 0.01) * 2]
        for slope, name in enumerate(("white noise", "pink noise", "brown noise"))
    }
    made["hum"] = [
        gain * sum(np.sin(2 * np.pi * f * k * t + k) / k for k in range(1, 12)) / 2
        for f in (50, 60)
        for gain in (0.5, 0.1, 0.02, 0.005)
    ]
    made["tones"] = [
        gain * np.sin(2 * np.pi * f * t)
        for f in (110, 220, 440, 880, 1760, 3520, 7000)
        for gain in (0.8, 0.05)
    ]
    made["silence"] = [gain * rng.normal(size=len(t)) for gain in (0, 1e-6, 1e-5, 1e-4)]
    return {
        kind: [(wave.astype(np.float32), RATE) for wave in waves]
        for kind, waves in made.items()
    }


def speech():
    """Return texts read by a synthesizer, or nothing where it is not installed."""
    if shutil.which("espeak-ng") is None:
        return {}
    read = []
    for voice in VOICES:
        for text in TEXTS:
            command = ["espeak-ng", "-v", voice, "--stdout", text]
            spoken = subprocess.run(command, capture_output=True, check=True).stdout
            with warnings.catch_warnings():
                # what goes to a pipe has no length in its header
                warnings.filterwarnings("ignore", "Reached EOF prematurely")
                rate, wave = wavfile.read(io.BytesIO(spoken))
            read.append((wave, rate))
    return {"speech": read}


def short(paths):
    """Return clips of songs, too short for a window of the network."""
    waves = [load_audio(path, sample_rate=RATE)[0] for path in paths]
    return {
        f"music, {seconds:g} s": [
            (wave[2 * RATE : int((2 + seconds) * RATE)], RATE) for wave in waves
        ]
        for seconds in (0.1, 0.3, 1.0, 3.0)
    }


def embed(clips):
    """Return tags and mean_pool, side by side."""
    return MusicnnEmbedding(layer=("taggram", "mean_pool")).transform(clips)


def views(X):
    """Return the features behind each score, by their names."""
    if X.shape[1] == N_TAGS:
        return {"tags": X}
    tags, pool = X[:, :N_TAGS], X[:, N_TAGS:]
    return {"tags": tags, "mean_pool": pool, "tags and mean_pool": X}


def scores(X, y, new):
    """Return every score of new rows after training on X; higher is more like it."""
    found, tags = {}, new[:, :N_TAGS]
    model = classifier().fit(X[:, :N_TAGS], y)
    log_proba = model.predict_log_proba(tags)
    found["largest tag"] = tags.max(axis=1)
    found["largest probability"] = log_proba.max(axis=1)
    found["entropy"] = np.sum(np.exp(log_proba) * log_proba, axis=1)
    found["energy"] = logsumexp(model.decision_function(tags), axis=1)
    detectors = {
        "distance": ClassDistance(),
        "distance, nothing off": ClassDistance(relative=0.0),
        "distance, all off": ClassDistance(relative=1.0),
        "outlier factor": LocalOutlierFactor(novelty=True),
    }
    others = views(new)
    for view, features in views(X).items():
        for name, detector in detectors.items():
            fitted = make_pipeline(StandardScaler(), detector).fit(features, y)
            found[f"{name}: {view}"] = fitted.score_samples(others[view])
    return found


def classifier():
    """Return the classifier of `recipes.pretrained`."""
    return make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())


def folds(y, artists):
    """Draw folds by artist."""
    cv = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    return cv.split(y, y, artists)


def told(inside, outside):
    """Return the AUROC, and the share taken for music when 95 % of the music is."""
    true = np.repeat([1, 0], [len(inside), len(outside)])
    area = roc_auc_score(true, np.concatenate([inside, outside]))
    return area, np.mean(outside >= np.quantile(inside, 0.05))


def left_out(X, y, artists):
    """Return how well each genre is told from the others, by score."""
    found = {}
    for genre in np.unique(y):
        known = np.flatnonzero(y != genre)
        other = X[y == genre]
        for train, test in folds(y[known], artists[known]):
            rows = known[train], known[test]
            new = np.concatenate([X[rows[1]], other])
            for name, score in scores(X[rows[0]], y[rows[0]], new).items():
                pair = told(score[: len(test)], score[len(test) :])
                found.setdefault(name, []).append(pair)
    return {name: np.mean(pairs, axis=0) for name, pairs in found.items()}


def outside(X, y, artists, others):
    """Return how well each kind of sound is told from held-out songs, by score."""
    found = {}
    for train, test in folds(y, artists):
        new = np.concatenate([X[test], *others.values()])
        ends = np.cumsum([len(test), *map(len, others.values())])[:-1]
        for name, score in scores(X[train], y[train], new).items():
            inside, *parts = np.split(score, ends)
            pairs = [told(inside, part) for part in parts]
            found.setdefault(name, []).append(pairs)
    return {name: np.mean(pairs, axis=0) for name, pairs in found.items()}


def table_of_scores(X, y, artists, others):
    """Return the lines of the table of scores."""
    other = left_out(X, y, artists)
    kinds = outside(X, y, artists, others) if others else {}
    names = ["other music", *others]
    yield "AUROC / share taken for music of the training where 95% of that is"
    yield f"{'score':<36}" + "".join(f"{name:>14}" for name in names)
    for name, first in other.items():
        pairs = [first, *kinds.get(name, [])]
        yield f"{name:<36}" + "".join(f"{a:>8.2f} /{b:>4.2f}" for a, b in pairs)


def abstaining(X, y, artists, others):
    """Return the lines of what a model does with 5 % rejection."""
    seen = {}
    for train, test in folds(y, artists):
        model = system().fit(
            X[train], y[train], opensetclassifier__groups=artists[train]
        )
        for kind, part in {"songs": X[test], **others}.items():
            proba, fit = model.predict_proba(part), model.score_samples(part)
            wrong = np.ones(len(part), bool)
            if kind == "songs":
                wrong = model.classes_[proba.argmax(axis=1)] != y[test]
            sure, kept = proba.max(axis=1) >= SURE, fit > 0.05
            row = [~kept, wrong, wrong & kept, wrong & sure, wrong & sure & kept]
            seen.setdefault(kind, []).append([np.mean(column) for column in row])
    yield (
        f"answers of the system; sure: probability of {SURE} or more; after: those "
        "that are not unknown. Of all but songs every genre is counted, right or wrong"
    )
    yield f"{'':<20}{'unknown':>9}{'wrong':>9}{'after':>9}{'sure':>9}{'after':>9}"
    for kind, rows in seen.items():
        yield f"{kind:<20}" + "".join(f"{x:>9.2f}" for x in np.mean(rows, axis=0))


def system():
    """Return `recipes.pretrained` behind its embedding."""
    steps = recipes.pretrained(rejection_rate=0.05)[1:]
    return make_pipeline(*(step for _, step in steps.steps))


def calibration(folder):
    """Return the lines of the reliability of probabilities on the test songs."""
    X, y, artists = table(folder, "training")
    new, truth, others = table(folder, "evaluation")
    model = make_pipeline(
        StandardScaler(), OpenSetClassifier(ShrinkageDiscriminantAnalysis())
    ).fit(X, y, opensetclassifier__groups=artists)
    inner = make_pipeline(model[0], model[-1].estimator_)
    raw = inner.decision_function(new) * model[-1].estimator_.temperature_
    systems = {
        "no temperature": np.exp(raw - logsumexp(raw, axis=1, keepdims=True)),
        "random folds": inner.predict_proba(new),
        "folds by artist": model.predict_proba(new),
    }
    yield (
        f"GTZAN, fault-filtered: {len(y)} songs to train, {len(truth)} of "
        f"{len(set(others))} artists to test; temperature "
        f"{model[-1].estimator_.temperature_:.2f}, by artist times "
        f"{model[-1].temperature_:.2f}"
    )
    unknown = model.score_samples(new) <= 0.05
    yield f"unknown at a rate of 0.05: {interval(unknown, others)}"
    right = inner.predict(new) == truth
    known = right[~unknown].mean()
    yield f"right: {right.mean():.3f}; of those not unknown {known:.3f}"
    head = f"{'':<18}{'NLL (95%)':<22}{'calibration error (95%)':<26}"
    yield head + f"sure ({SURE} or more) and wrong (95%)"
    for name, proba in systems.items():
        top = proba.max(axis=1)
        cost = -np.log(
            proba[np.arange(len(truth)), np.searchsorted(inner.classes_, truth)]
        )
        wrong = (top >= SURE) & ~right
        yield (
            f"{name:<18}{interval(cost, others):<22}"
            f"{error_interval(top, right, others):<26}{interval(wrong, others)}"
        )
    yield "probability, songs, mean probability, share right (folds by artist)"
    top = systems["folds by artist"].max(axis=1)
    for low in np.arange(10) / 10:
        rows = (top > low) & (top <= low + 0.1)
        if rows.any():
            means = f"{top[rows].mean():.2f} {right[rows].mean():.2f}"
            yield f"{low:.1f}-{low + 0.1:.1f} {rows.sum():>4} {means}"


def table(folder, part):
    """Return the mean tags of songs, their genres and artists."""
    windows, y, artists, _ = taggrams(folder, part)
    return np.stack([song.mean(axis=0) for song in windows]), y, artists


def interval(values, artists):
    """Return a mean with its 95 % interval over artists."""
    low, high = by_artist(np.asarray(values, dtype=float), artists)
    return f"{np.mean(values):.3f} ({low:.3f}-{high:.3f})"


def calibration_error(top, right):
    """Return the mean difference of probability and share right, over ten bins."""
    bins = np.minimum((top * 10).astype(int), 9)
    gaps = np.bincount(bins, top - right, minlength=10)
    return np.abs(gaps).sum() / len(top)


def error_interval(top, right, artists, n=1000):
    """Return the calibration error with its 95 % interval over artists."""
    rng, names = np.random.default_rng(0), np.unique(artists)
    rows = {name: np.flatnonzero(artists == name) for name in names}
    drawn = []
    for _ in range(n):
        some = np.concatenate([rows[a] for a in rng.choice(names, len(names))])
        drawn.append(calibration_error(top[some], right[some]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{calibration_error(top, right):.3f} ({low:.3f}-{high:.3f})"


def emotify(folder):
    """Return features, genres and artists of the songs, and features of all else."""
    with (folder / "emotify.csv").open() as file:
        known = list(csv.DictReader(file))
    paths = [str(folder / row["path"]) for row in known]
    y, artists = (np.array([row[key] for row in known]) for key in ("label", "artist"))
    others = {**speech(), **sounds(), **short(paths[::10])}
    return embed(paths), y, artists, {k: embed(clips) for k, clips in others.items()}


def main():
    """Print the tables and write them to ``benchmarks/results/open_set.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    command = "python -m benchmarks.scores.open_set --data DIR"
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    lines += ["", *calibration(args.data / "gtzan")]
    X, y, artists = table(args.data / "gtzan", "training")
    lines += ["", "GTZAN, the songs to train, ten genres"]
    lines += table_of_scores(X, y, artists, {})
    songs = emotify(args.data / "emotify")
    lines += ["", f"Emotify, {len(songs[1])} songs, four genres"]
    lines += [*table_of_scores(*songs), "", *abstaining(*songs)]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
