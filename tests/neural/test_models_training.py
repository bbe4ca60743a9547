"""Training of the further networks, their initial weights and divergence."""

import math
import pickle

import numpy as np
import pytest
import torch
from helpers import SMALL, small
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    CRNNClassifier,
    DenseClassifier,
    FullyConvolutionalClassifier,
    MusicnnClassifier,
    SampleCNNClassifier,
    Slicer,
    TemporalCNNClassifier,
    Waveform,
)

FIXED = (DenseClassifier, TemporalCNNClassifier)
kinds = pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)


# -- training -----------------------------------------------------------------------


@kinds
def test_every_network_learns(kind, clips):
    X, y = clips
    # bands side by side make one waveform that differs in the level of its parts
    X = X.reshape(36, -1) if kind is SampleCNNClassifier else X
    classifier = small(kind, max_epochs=40).fit(X, y)
    assert classifier.score(X, y) > 0.9


@kinds
def test_slices_tags_and_saved_models(kind, clips):
    X, y = clips
    tags = np.stack([y != "jazz", y == "metal"], axis=1).astype(int)
    slices = Slicer(n_slices=2, slice_length=16).fit_transform(X)
    classifier = small(kind, max_epochs=2).fit(slices, tags)
    proba = classifier.predict_proba(slices)
    assert proba.shape == (36, 2)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.predict_proba(slices), proba)


@kinds
def test_other_numbers_of_frames(kind, clips):
    X, y = clips
    classifier = small(kind, max_epochs=1).fit(X, y)
    longer = np.concatenate([X, X], axis=2)
    if kind in FIXED:
        with pytest.raises(ValueError, match="expecting 32 frames"):
            classifier.predict(longer)
    else:
        assert classifier.predict(longer).shape == (36,)


@kinds
def test_early_stopping_and_class_weights(kind, clips):
    X, y = clips
    classifier = small(kind, early_stopping=True, class_weight="balanced", max_epochs=3)
    assert classifier.fit(X, y).n_iter_ <= 3


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (DenseClassifier, dict(hidden_sizes=3)),
        (DenseClassifier, dict(hidden_dropout=1.5)),
        (DenseClassifier, dict(activation="step")),
        (TemporalCNNClassifier, dict(variant="readme")),
        (TemporalCNNClassifier, dict(kernel_size=0)),
        (TemporalCNNClassifier, dict(pool_size=(4, 2, 2))),
        (TemporalCNNClassifier, dict(pool_size=0)),
        (TemporalCNNClassifier, dict(n_filters=())),
        (FullyConvolutionalClassifier, dict(pool_size=((2, 4), (2, 4), (2, 4)))),
        (FullyConvolutionalClassifier, dict(pooling=None)),
        (MusicnnClassifier, dict(timbral_heights=(0.4, 1.7))),
        (MusicnnClassifier, dict(timbral_heights=())),
        (MusicnnClassifier, dict(temporal_lengths=(0,))),
        (MusicnnClassifier, dict(n_blocks=0)),
        (SampleCNNClassifier, dict(kernel_size=1)),
        (SampleCNNClassifier, dict(norm="group")),
        (SampleCNNClassifier, dict(dropout=-0.1)),
    ],
)
def test_bad_parameters_are_named(kind, params, clips):
    with pytest.raises(ValueError, match=next(iter(params))):
        small(kind, **params).fit(*clips)


def test_temporal_pool_for_all_convolutions(clips):
    X, y = clips
    one = small(TemporalCNNClassifier, pool_size=2, max_epochs=1).fit(X, y)
    two = small(TemporalCNNClassifier, pool_size=(2, 2), max_epochs=1).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_two_dimensional_waveforms_are_one_channel(rng):
    X, y = rng.normal(size=(12, 81)), np.repeat(["a", "b"], 6)
    flat = small(SampleCNNClassifier, max_epochs=2).fit(X, y)
    deep = small(SampleCNNClassifier, max_epochs=2).fit(X[:, None], y)
    proba = flat.predict_proba(X)
    # the two forms lie differently in memory, which changes the order of sums
    np.testing.assert_allclose(proba, deep.predict_proba(X[:, None]), rtol=1e-8)
    assert flat.n_features_in_ == flat.n_frames_in_ == 81
    assert (deep.n_features_in_, deep.n_frames_in_) == (1, 81)
    with pytest.raises(ValueError, match="80 features"):
        flat.predict(X[:, :80])


def test_waveforms_of_audio_in_a_pipeline(rng):
    clips = [(rng.normal(size=1000), 8000) for _ in range(6)]
    pipe = make_pipeline(
        Waveform(sample_rate=4000, duration=0.1),
        small(SampleCNNClassifier, max_epochs=2),
    )
    assert pipe.fit(clips, [0, 0, 0, 1, 1, 1]).predict(clips).shape == (6,)


@kinds
def test_docstrings_name_every_parameter(kind):
    for name in kind().get_params(deep=False):
        assert f"\n{name} :" in kind.__doc__, name
    assert "\n**training" not in kind.__doc__


# -- initial weights and divergence -------------------------------------------------


def initial(init, kind=DenseClassifier, **params):
    """Weights before the first step, by name."""
    X = np.random.default_rng(0).normal(size=(4, 300))
    classifier = kind(init=init, lr=0.0, max_epochs=1, random_state=0, **params)
    network = classifier.fit(X, [0, 0, 1, 1]).net_.module_.network
    return {name: p.detach() for name, p in network.named_parameters()}


@pytest.mark.parametrize(
    ("init", "std"),
    [
        ("he", math.sqrt(2 / 300)),
        ("xavier", math.sqrt(2 / (300 + 512))),
        ("normal", 1.0),
        (0.1, 0.1),
    ],
)
def test_initial_weights_have_the_asked_spread(init, std):
    weights = initial(init)
    assert weights["hidden.0.weight"].std().item() == pytest.approx(std, rel=0.01)
    bias = weights["hidden.0.bias"].std().item()
    assert bias == pytest.approx(0 if init in ("he", "xavier") else std, rel=0.1)


def test_without_init_the_layers_draw_their_weights():
    # torch's linear layers: uniform in +-1 / sqrt(n_in)
    weight = initial(None)["hidden.0.weight"]
    assert weight.abs().max().item() <= 1 / math.sqrt(300)
    assert weight.std().item() == pytest.approx(1 / math.sqrt(3 * 300), rel=0.01)


def test_init_reaches_recurrent_layers_and_spares_normalization():
    params = dict(n_filters=(4,), pool_size=(300, 1), hidden_sizes=(64,))
    weights = initial("normal", CRNNClassifier, **params)
    assert weights["recurrent.0.weight_hh_l0"].std().item() == pytest.approx(
        1, rel=0.05
    )
    assert (weights["features.0.1.weight"] == 1).all()
    assert (weights["features.0.1.bias"] == 0).all()


def test_same_seed_same_initial_weights():
    for a, b in zip(initial("he").values(), initial("he").values(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("init", ["orthogonal", 0.0, -1.0])
def test_bad_init_is_named(init, clips):
    with pytest.raises(ValueError, match="init"):
        small(DenseClassifier, init=init).fit(*clips)


def test_divergence_is_an_error_that_names_the_remedies(clips):
    X, y = clips
    wild = small(DenseClassifier, optimizer="sgd", lr=1e30)
    with pytest.raises(ValueError, match=r"diverged in epoch \d+.*lr.*init"):
        wild.fit(X, y)
    assert not hasattr(wild, "net_")
    assert wild.set_params(lr=0.01).fit(X, y).score(X, y) > 0.9


def test_a_last_step_to_infinity_is_seen_too(clips):
    """The loss of the only batch is finite; the step after it is not."""
    X, y = clips
    params = dict(optimizer="sgd", lr=3e38, max_epochs=1, batch_size=100)
    with pytest.raises(ValueError, match=r"epoch 1: network.* is not finite"):
        small(DenseClassifier, standardize=False, **params).fit(100 * X, y)


def test_divergence_unfits_a_model_that_goes_on(clips):
    X, y = clips
    dense = small(DenseClassifier, optimizer="sgd", lr=0.01, warm_start=True).fit(X, y)
    kept = clone(dense).fit(X, y)
    with pytest.raises(ValueError, match="diverged"):
        dense.set_params(lr=1e30).fit(X, y)
    assert not hasattr(dense, "net_")
    assert kept.score(X, y) > 0.9
