"""The neural classifiers: shapes, targets, workers, documentation."""

import pickle
from itertools import pairwise

import joblib
import numpy as np
import pytest
import torch
from helpers import small_cnn
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

from sklearn_genre import (
    Augmentation,
    CNNClassifier,
    CRNNClassifier,
    NeuralClassifier,
    Slicer,
)
from sklearn_genre.neural._engine.targets import clip_weights, tag_weights

SMALL = dict(n_filters=(6, 8), max_epochs=4, random_state=0)


@pytest.fixture
def tagged(clips):
    """The same clips with three tags, each the opposite of one genre, and one rare."""
    X, y = clips
    return X, np.stack([y != "jazz", y == "metal", y != "pop"], axis=1).astype(int)


# -- networks -----------------------------------------------------------------------


def output_of(classifier, part, X):
    """Shape of what one part of a fitted network gives."""
    shapes = []
    hook = getattr(classifier.net_.module_.network, part).register_forward_hook(
        lambda module, args, out: shapes.append(tuple(out.shape))
    )
    with torch.no_grad():
        classifier.net_.module_.eval()(torch.from_numpy(X))
    hook.remove()
    return shapes[0]


def n_weights(classifier):
    return sum(p.numel() for p in classifier.net_.module_.network.parameters())


def test_crnn_is_the_published_network(rng):
    X = rng.normal(size=(2, 96, 1440)).astype(np.float32)
    tags = np.eye(2, 50, dtype=int)
    crnn = CRNNClassifier(max_epochs=1, random_state=0).fit(X, tags)
    assert output_of(crnn, "features", X) == (2, 128, 1, 15)
    convolutions = sum(9 * a * b + b for a, b in [(1, 64), (64, 128)])
    convolutions += 2 * (9 * 128 * 128 + 128)
    norms = 2 * (64 + 3 * 128)
    recurrent = 3 * 32 * (128 + 32 + 2) + 3 * 32 * (32 + 32 + 2)
    assert n_weights(crnn) == convolutions + norms + recurrent + 33 * 50 == 394_098
    assert crnn.predict_proba(X).shape == (2, 50)


def test_crnn_pools_720_240_60_15(rng):
    X = rng.normal(size=(2, 96, 1440)).astype(np.float32)
    crnn = CRNNClassifier(n_filters=(2, 2, 2, 2), max_epochs=1).fit(X, ["a", "b"])
    maps = torch.zeros(1, 1, 96, 1440)
    lengths = []
    with torch.no_grad():
        for layer in crnn.net_.module_.network.features:
            maps = layer(maps)
            lengths.append(maps.shape[-1])
    assert lengths == [1440, 720, 720, 240, 240, 60, 60, 15]


@pytest.mark.parametrize(
    ("n_filters", "map_size"),
    [((16, 32), 32), ((16, 32, 64), 16), ((16, 32, 64, 64), 8)],
)
def test_elu_network_of_2_3_and_4_blocks(rng, n_filters, map_size):
    X = rng.normal(size=(2, 128, 128)).astype(np.float32)
    cnn = CNNClassifier(
        n_filters=n_filters,
        kernel_size=5,
        block="plain",
        norm=None,
        activation="elu",
        pooling=None,
        keep_bands=True,
        hidden_sizes=(512,),
        dropout=0.5,
        max_epochs=1,
    ).fit(X, ["a", "b"])
    expected = (2, n_filters[-1], map_size, map_size)
    assert output_of(cnn, "features", X) == expected
    sizes = [1, *n_filters]
    weights = (
        sum(25 * a * b + b for a, b in pairwise(sizes))
        + (n_filters[-1] * map_size**2 + 1) * 512
    )
    assert n_weights(cnn) == weights + 513 * 2
    with pytest.raises(ValueError, match="expecting 128 frames"):
        cnn.predict(X[:, :, :100])


def test_time_pooling_keeps_all_bands(clips):
    X, y = clips
    cnn = small_cnn(pool_size=(1, 4), max_epochs=1).fit(X, y)
    assert output_of(cnn, "features", X)[1:] == (8, 16, 2)


@pytest.mark.parametrize("block", ["plain", "residual"])
@pytest.mark.parametrize("norm", [None, "batch", "layer"])
@pytest.mark.parametrize("pooling", [None, "mean", "max", "mean_max"])
def test_every_form_of_the_cnn_learns(clips, block, norm, pooling):
    X, y = clips
    cnn = small_cnn(block=block, norm=norm, pooling=pooling, lr=5e-3, max_epochs=15)
    assert cnn.fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize("n_frames", [1, 7, 64])
def test_pooled_networks_take_any_number_of_frames(clips, n_frames):
    X, y = clips
    for classifier in (small_cnn(), CRNNClassifier(**SMALL, pool_size=2)):
        proba = classifier.fit(X, y).predict_proba(np.resize(X, (4, 16, n_frames)))
        assert proba.shape == (4, 3)


def test_pool_sizes_must_match_blocks(clips):
    with pytest.raises(ValueError, match="pool_size has 3 entries"):
        small_cnn(pool_size=(2, 2, 2)).fit(*clips)


# -- targets ------------------------------------------------------------------------


def test_string_labels_and_slices_vote_per_clip(clips):
    X, y = clips
    slices = Slicer(n_slices=4, slice_length=8).fit_transform(X)
    cnn = small_cnn(lr=5e-3, max_epochs=12).fit(slices, y)
    assert cnn.classes_.tolist() == ["jazz", "metal", "pop"]
    by_slice = cnn.predict_proba_slices(slices)
    assert by_slice.shape == (36, 4, 3)
    np.testing.assert_allclose(cnn.predict_proba(slices), by_slice.mean(axis=1))
    assert (cnn.predict(slices) == y).mean() > 0.9
    cnn.set_params(voting="max")
    top = by_slice.max(axis=1)
    expected = top / top.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(cnn.predict_proba(slices), expected)


def test_slices_give_what_each_slice_gives_alone(clips):
    X, y = clips
    slices = Slicer(n_slices=4, slice_length=8).fit_transform(X)
    cnn = small_cnn().fit(slices, y)
    alone = cnn.predict_proba(slices[:, 2:3])
    np.testing.assert_allclose(cnn.predict_proba_slices(slices)[:, 2], alone, atol=1e-6)


def test_tags(tagged):
    X, tags = tagged
    cnn = small_cnn(lr=5e-3, max_epochs=15).fit(X, tags)
    proba = cnn.predict_proba(X)
    assert proba.shape == (36, 3)
    assert ((proba > 0) & (proba < 1)).all()
    assert cnn.multilabel_
    assert (cnn.predict(X) == tags).mean() > 0.9
    assert cnn.predict(X).dtype == tags.dtype
    np.testing.assert_array_equal(cnn.decision_function(X) > 0, proba > 0.5)


def test_tagging_scorers_run_in_cross_validation(tagged):
    X, tags = tagged
    for scoring in ("roc_auc", "average_precision", "f1_macro"):
        cv = KFold(2, shuffle=True, random_state=0)
        scores = cross_val_score(small_cnn(), X, tags, scoring=scoring, cv=cv)
        assert np.isfinite(scores).all()


def test_sample_weights_are_repetitions(clips):
    X, y = clips
    X, weight = X.astype(np.float64), np.arange(36) % 3
    plain = small_cnn(norm=None, dropout=0, batch_size=1000)
    weighted = clone(plain).fit(X, y, sample_weight=weight)
    repeated = clone(plain).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-7, atol=1e-9
    )


@pytest.mark.parametrize("weight", [-1.0, np.nan, 0.0])
def test_bad_sample_weights(clips, weight):
    X, y = clips
    weights = np.full(36, 0.0 if weight == 0 else 1.0)
    weights[3] = weight
    with pytest.raises(ValueError, match="sample_weight"):
        small_cnn().fit(X, y, sample_weight=weights)


def test_balanced_clip_weights():
    y = np.array([0, 0, 0, 1])
    weight = clip_weights(y, np.array(["a", "b"]), "balanced", None, np.float64)
    np.testing.assert_allclose(weight, [2 / 3, 2 / 3, 2 / 3, 2])
    by_label = clip_weights(y, np.array(["a", "b"]), {"b": 3.0}, None, np.float64)
    np.testing.assert_allclose(by_label, np.array([1, 1, 1, 3]) / 1.5)


def test_tag_weights():
    tags = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    assert tag_weights(tags, np.arange(3), "balanced") == [3.0, 1.0, 1.0]
    assert tag_weights(tags, np.arange(3), {2: 5}) == [1.0, 1.0, 5.0]
    names = np.array(["calm", "fast", "loud"])
    assert tag_weights(tags, names, {"loud": 5}) == [1.0, 1.0, 5.0]
    with pytest.raises(ValueError, match="class_weight has 2, which is no tag"):
        tag_weights(tags, names, {2: 5})


def test_class_weight_of_no_class(clips):
    X, genres = clips
    with pytest.raises(ValueError, match="class_weight has 'jaz', which is no class"):
        small_cnn(class_weight={"jaz": 2}).fit(X, genres)
    every = dict.fromkeys([*genres, "not in this split"], 1.0)
    small_cnn(class_weight=every, max_epochs=1).fit(X, genres)


def test_class_weight_of_tags_raises_their_probability(tagged):
    X, tags = tagged
    plain = small_cnn().fit(X, tags).predict_proba(X)
    weighted = small_cnn(class_weight={1: 20}).fit(X, tags).predict_proba(X)
    assert weighted[:, 1].mean() > plain[:, 1].mean() + 0.05


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([np.zeros((16, 20)), np.zeros((16, 25))], "duration and offset.*Slicer"),
        (np.zeros((2, 2, 2, 2, 2)), "dim 5"),
        (np.full((2, 16, 32), np.nan), "NaN"),
        (["a.wav", "b.wav"], "holds paths.*MelSpectrogram"),
    ],
)
def test_bad_X(X, message):
    with pytest.raises(ValueError, match=message):
        small_cnn().fit(X, ["a", "b"])


def test_changed_dimensions(clips):
    X, y = clips
    cnn = small_cnn(max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="fitted with 3-D X"):
        cnn.predict(X[:, None])
    with pytest.raises(ValueError, match="8 features"):
        cnn.predict(X[:, :8])


def test_changed_targets(clips, tagged):
    X, y = clips
    cnn = small_cnn(max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="neither the first fit"):
        cnn.partial_fit(X, np.where(y == "pop", "folk", y))
    with pytest.raises(ValueError, match="tags"):
        cnn.partial_fit(*tagged)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_epochs", 0),
        ("batch_size", 1.5),
        ("lr", -1),
        ("voting", "loudest"),
        ("precision", "int8"),
        ("optimizer", "newton"),
        ("lr_schedule", "linear"),
        ("dropout", 2),
        ("n_filters", ()),
        ("n_filters", 16),
        ("block", "dense"),
        ("augment", Augmentation(time_mask=2)),
        ("augment", Augmentation(crop=0)),
    ],
)
def test_bad_parameters_are_named(clips, name, value):
    pattern = "time_mask|crop" if name == "augment" else name
    with pytest.raises(ValueError, match=pattern):
        small_cnn().set_params(**{name: value}).fit(*clips)


# -- many workers ---------------------------------------------------------------------


@pytest.mark.slow
def test_all_workers_give_the_same_scores(clips):
    X, y = clips
    cnn = small_cnn(augment=Augmentation(mixup=0.2), max_epochs=2)
    cv = StratifiedKFold(3)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        expected = cross_val_score(cnn, X, y, cv=cv, scoring="neg_log_loss")
        for backend in ("loky", "threading"):
            with joblib.parallel_config(backend, n_jobs=2):
                scores = cross_val_score(cnn, X, y, cv=cv, scoring="neg_log_loss")
            np.testing.assert_array_equal(scores, expected)
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("precision", ["auto", "bfloat16"])
def test_cuda(clips, precision):
    X, y = clips
    augment = Augmentation(crop=16, time_mask=0.2, freq_mask=0.2, mixup=0.3, gain=1)
    params = dict(max_epochs=15, lr=5e-3, precision=precision, augment=augment)
    cnn = small_cnn(device="cuda", **params).fit(X, y)
    assert cnn.net_.module_.network.out.weight.is_cuda
    assert cnn.score(X, y) > 0.9
    loaded = pickle.loads(pickle.dumps(cnn))
    np.testing.assert_allclose(loaded.predict_proba(X), cnn.predict_proba(X), atol=1e-5)


# -- documentation --------------------------------------------------------------------


@pytest.mark.parametrize("kind", [CNNClassifier, CRNNClassifier, NeuralClassifier])
def test_docstrings_name_every_parameter(kind):
    for name in kind().get_params(deep=False):
        assert f"\n{name} :" in kind.__doc__, name
    assert "\n**training" not in kind.__doc__


def test_scorer_by_name(clips):
    X, y = clips
    cnn = small_cnn().fit(X, y)
    for name in ("accuracy", "balanced_accuracy", "neg_log_loss", "roc_auc_ovr"):
        assert np.isfinite(get_scorer(name)(cnn, X, y))
