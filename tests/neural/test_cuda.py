"""Trainings on a real GPU: what other tests show with the CPU in its place."""

import pickle

import numpy as np
import pytest
import torch
from helpers import SMALL, killed, small, small_cnn
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from sklearn_genre import (
    Augmentation,
    Autoencoder,
    CRNNClassifier,
    DeepSoftmaxAutoencoder,
    DenseClassifier,
    HybridClassifier,
    MusicnnEmbedding,
    RowView,
    SampleCNNClassifier,
    SummaryStats,
)
from sklearn_genre.neural._engine import checkpoint, feed, graph
from sklearn_genre.prediction import to_device

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
EVERYTHING = Augmentation(
    crop=48, time_mask=0.2, freq_mask=0.2, freq_shift=1, gain=1.0, mixup=0.3
)
ON_GPU = dict(device="cuda", deterministic=True, batch_size=8)


@pytest.fixture
def clips(rng):
    y = np.repeat(["calm", "loud"], 22)
    X = rng.normal(size=(44, 16, 64)).astype(np.float32)
    X[22:, :4] += 1
    return X, y


def weights(model):
    return [w.detach().cpu().numpy() for w in model.module_.parameters()]


def assert_same(a, b):
    for one, other in zip(weights(a), weights(b), strict=True):
        np.testing.assert_array_equal(one, other)


def assert_near(a, b):
    for one, other in zip(weights(a), weights(b), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"augment": EVERYTHING, "class_weight": "balanced"},
        {"precision": "bfloat16", "lr_schedule": "one_cycle"},
        {"optimizer": "sgd", "early_stopping": True, "dropout": 0.3},
    ],
    ids=["plain", "augmented", "bfloat16", "sgd"],
)
def test_a_seed_gives_one_model(params, clips):
    fits = [small_cnn(**ON_GPU, **params).fit(*clips) for _ in range(2)]
    assert_same(*fits)


@pytest.mark.parametrize("form", [np.asarray, RowView], ids=["array", "view"])
def test_clips_on_the_gpu_and_clips_sent_ahead_train_the_same(form, clips, monkeypatch):
    X, y = clips
    model = small_cnn(**ON_GPU, augment=EVERYTHING)
    resident = clone(model).fit(form(X), y)
    monkeypatch.setattr(feed, "free_memory", lambda device: 0)
    assert_same(resident, model.fit(form(X), y))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"augment": EVERYTHING},
        {"precision": "bfloat16", "lr_schedule": "cosine"},
        {"optimizer": "sgd", "class_weight": "balanced"},
    ],
    ids=["plain", "augmented", "bfloat16", "sgd"],
)
def test_recorded_steps_train_the_same(params, clips, monkeypatch):
    recorded, record = [], graph.CudaRecorder.record

    def counted(self, function):
        recorded.append(1)
        return record(self, function)

    monkeypatch.setattr(graph.CudaRecorder, "record", counted)
    model = small_cnn(**ON_GPU, **params)
    usual = clone(model).fit(*clips)
    assert not recorded
    replayed = clone(model).set_params(cuda_graph=True).fit(*clips)
    assert recorded
    assert_near(usual, replayed)


@pytest.mark.parametrize("cuda_graph", [False, True])
def test_recorded_recurrent_networks_learn(cuda_graph, clips):
    X, y = clips
    model = CRNNClassifier(
        n_filters=(8, 8), pool_size=((2, 2), (2, 2)), hidden_sizes=(8,), lr=5e-3
    )
    model.set_params(device="cuda", batch_size=8, max_epochs=15, random_state=0)
    model.set_params(cuda_graph=cuda_graph)
    assert model.fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
def test_a_model_of_the_gpu_says_the_same_on_the_cpu(kind, rng):
    shapes = {DenseClassifier: (24, 20), SampleCNNClassifier: (24, 1, 3**6)}
    X = rng.normal(size=shapes.get(kind, (24, 96, 64))).astype(np.float32)
    y = np.repeat(["calm", "loud"], 12)
    model = small(kind, device="cuda", max_epochs=3).fit(X, y)
    expected = model.predict_proba(X)
    loaded = to_device(pickle.loads(pickle.dumps(model)), "cpu")
    assert not next(loaded.module_.parameters()).is_cuda
    np.testing.assert_allclose(loaded.predict_proba(X), expected, atol=5e-3)


@pytest.mark.parametrize("kind", [Autoencoder, DeepSoftmaxAutoencoder])
def test_codes_of_the_gpu_are_those_of_the_cpu(kind, rng):
    X, y = rng.normal(size=(24, 40)).astype(np.float32), np.repeat([0, 1], 12)
    model = kind(hidden_sizes=(16,), n_components=4, max_epochs=3, random_state=0)
    model.set_params(device="cuda").fit(X, y)
    expected = model.transform(X)
    loaded = to_device(pickle.loads(pickle.dumps(model)), "cpu")
    np.testing.assert_allclose(loaded.transform(X), expected, atol=1e-3)


def test_table_beside_clips(clips):
    X, y = clips
    model = HybridClassifier(table=SummaryStats(), n_filters=(4,), max_epochs=4)
    model.set_params(**ON_GPU, random_state=0)
    assert_same(clone(model).fit(X, y), model.fit(X, y))


def test_workers_share_the_gpu(clips):
    X, y = clips
    model = small_cnn(**{**ON_GPU, "device": "auto"})
    alone, shared = (cross_val_score(model, X, y, cv=2, n_jobs=n) for n in (1, 2))
    np.testing.assert_array_equal(alone, shared)


@pytest.mark.parametrize("cuda_graph", [False, True])
def test_a_killed_fit_goes_on(cuda_graph, clips, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "_SECONDS", 0.0)
    model = small_cnn(**ON_GPU, augment=EVERYTHING, cuda_graph=cuda_graph)
    whole = clone(model).fit(*clips)
    model.set_params(checkpoint=tmp_path)
    with killed(14):
        clone(model).fit(*clips)
    assert list(tmp_path.glob("*.checkpoint"))
    assert_near(whole, model.fit(*clips))


@pytest.mark.parametrize("model", ["msd", "mtt"])
def test_musicnn_says_the_same(model, rng):
    waves = 0.1 * rng.normal(size=(2, 16000 * 4)).astype(np.float32)
    on_cpu, on_gpu = (
        MusicnnEmbedding(model=model, layer="penultimate", device=device).fit_transform(
            waves
        )
        for device in ("cpu", "cuda")
    )
    np.testing.assert_allclose(on_gpu, on_cpu, rtol=1e-2, atol=1e-2)
