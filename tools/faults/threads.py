"""Threads that share a model or train at the same time: equal to the bit."""

import functools
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    BandScaler,
    CNNClassifier,
    DenseClassifier,
    MelSpectrogram,
    SummaryStats,
    recipes,
)

from ._trials import Trial

N_THREADS = 8


@functools.cache
def cases():
    """Return models and what they are trained with, by name."""
    rng = np.random.default_rng(0)
    clips = rng.normal(size=(12, 22050)).astype(np.float32) / 9
    y = np.tile(["dub", "jazz"], 6)
    small = dict(max_epochs=2, random_state=0)
    mel = MelSpectrogram(n_mels=16)
    network = CNNClassifier(n_filters=(4, 4), hidden_sizes=(8,), dropout=0.3, **small)
    return {
        "fast": (recipes.fast(), clips, y),
        "a network": (make_pipeline(mel, BandScaler(), network), clips, y),
        "a table": (
            make_pipeline(
                mel, SummaryStats(), DenseClassifier(hidden_sizes=(8,), **small)
            ),
            *(clips, y),
        ),
    }


def predicting(name):
    """Predict in threads with one model."""
    model, X, y = cases()[name]
    model = clone(model).fit(X, y)
    orders = [np.random.default_rng(k).permutation(len(X)) for k in range(24)]
    expected = [joblib.hash(model.predict_proba(X[order])) for order in orders]
    with ThreadPoolExecutor(N_THREADS) as pool:
        found = pool.map(lambda o: joblib.hash(model.predict_proba(X[o])), orders)
        return judged(list(found), expected)


def fitting(name):
    """Train copies in threads."""
    model, X, y = cases()[name]

    def digest(_):
        return joblib.hash(clone(model).fit(X, y).predict_proba(X))

    expected = digest(0)
    with ThreadPoolExecutor(N_THREADS) as pool:
        return judged(list(pool.map(digest, range(8))), [expected] * 8)


def judged(found, expected):
    bad = sum(a != b for a, b in zip(found, expected, strict=True))
    return f"wrong: {bad} of {len(found)} differ" if bad else "right"


def trials(rng):
    """Yield groups of threads without end."""
    while True:
        name = rng.choice(list(cases()))
        for what in (predicting, fitting):
            kind = f"{what.__name__}, {name}"
            yield Trial(kind, functools.partial(what, name), seconds=120)
