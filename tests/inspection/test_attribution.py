"""Integrated gradients: they add up, and find what a clip was told by."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    Augmentation,
    Autoencoder,
    BandScaler,
    CNNClassifier,
    CRNNClassifier,
    DenseClassifier,
    Slicer,
)
from sklearn_genre.inspection import integrated_gradients

SMALL = dict(n_filters=(6,), max_epochs=8, lr=0.01, random_state=0)


def centered_logits(model, X):
    """Logits of genres less their mean, of each clip of one window."""
    logits = np.log(model.predict_proba(X).astype(float))
    return logits - logits.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("kind", [CNNClassifier, CRNNClassifier, DenseClassifier])
def test_parts_add_up_to_the_logit(clips, kind):
    X, y = clips
    model = kind(max_epochs=2, random_state=0).fit(X, y)
    base = np.broadcast_to(X.mean(axis=(0, 2), keepdims=True), (1, *X.shape[1:]))
    k = list(model.classes_).index("pop")
    gain = (centered_logits(model, X) - centered_logits(model, base))[:, k]
    parts = integrated_gradients(model, X, label="pop", n_steps=200)
    assert parts.shape == X.shape
    np.testing.assert_allclose(parts.sum(axis=(1, 2)), gain, atol=0.02)


def test_they_point_at_the_bands_of_the_genre(clips):
    """Genre k of the fixture is loud in the bands from 4 k on."""
    X, y = clips
    model = DenseClassifier(max_epochs=8, random_state=0).fit(X, y)
    for k, genre in enumerate(model.classes_):
        parts = integrated_gradients(model, X[y == genre], label=genre)
        assert set(parts.mean(axis=(0, 2)).argsort()[-2:]) <= {*range(4 * k, 4 * k + 4)}


def test_without_a_label_each_clip_has_its_own(clips):
    X, y = clips
    model = CNNClassifier(**SMALL).fit(X, y)
    found = integrated_gradients(model, X[:2])
    for clip, parts in zip(X[:2], found, strict=True):
        label = model.predict(clip[None])[0]
        mine = integrated_gradients(model, clip[None], label=label)[0]
        np.testing.assert_allclose(parts, mine, atol=1e-5)


def test_of_slices_and_windows(clips):
    """Windows that do not overlap have each a share of the clip's."""
    X, y = clips
    network = CNNClassifier(**SMALL)
    model = make_pipeline(BandScaler(), Slicer(slice_length=16), network).fit(X, y)
    parts = integrated_gradients(model, X[:3], label="jazz")
    assert parts.shape == (3, 2, 16, 16)
    cropped = CNNClassifier(**SMALL, augment=Augmentation(crop=16)).fit(X, y)
    whole = integrated_gradients(cropped, X[:3], label="jazz")
    assert whole.shape == (3, 16, 32)
    first = integrated_gradients(cropped, X[:3, :, :16], label="jazz")
    np.testing.assert_allclose(whole[:, :, :16], first / 2, atol=1e-6)


def test_of_tables_and_tags(rng):
    X, y = rng.normal(size=(30, 5)), rng.integers(0, 2, size=(30, 3))
    model = DenseClassifier(max_epochs=2, random_state=0).fit(X, y)
    parts = integrated_gradients(model, X, label=2, n_steps=200)
    assert parts.shape == X.shape
    odds = model.decision_function(X)[:, 2]
    base = model.decision_function(X.mean(axis=0, keepdims=True))[0, 2]
    np.testing.assert_allclose(parts.sum(axis=1), odds - base, atol=0.02)


def test_errors(clips):
    X, y = clips
    model = CNNClassifier(**SMALL).fit(X, y)
    with pytest.raises(ValueError, match="one of 'jazz', 'metal', 'pop', got 'polka'"):
        integrated_gradients(model, X, label="polka")
    with pytest.raises(ValueError, match="n_steps must be an integer >= 1"):
        integrated_gradients(model, X, n_steps=0)
    with pytest.raises(TypeError, match="Autoencoder has no genres or tags"):
        integrated_gradients(Autoencoder(max_epochs=1).fit(X), X)
