"""The neural classifiers: shapes, targets, training, saved state."""

import pickle
import subprocess
import sys
import warnings
from itertools import pairwise

import joblib
import numpy as np
import pytest
import sklearn
import torch
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import Pipeline
from skorch.callbacks import Callback, EpochScoring

from sklearn_genre import (
    Augmentation,
    BandScaler,
    CNNClassifier,
    CRNNClassifier,
    NeuralClassifier,
    Slicer,
)
from sklearn_genre.neural.targets import clip_weights, split_clips, tag_weights
from sklearn_genre.neural.training import ClipDataset, LearningRateSchedule

SMALL = dict(n_filters=(6, 8), max_epochs=4, random_state=0)


@pytest.fixture
def clips(rng):
    """Three genres that differ in the level of four bands, 12 clips each."""
    y = np.repeat(["jazz", "metal", "pop"], 12)
    X = rng.normal(size=(36, 16, 32)).astype(np.float32)
    for k, genre in enumerate(np.unique(y)):
        X[y == genre, 4 * k : 4 * k + 4] += 2
    return X, y


@pytest.fixture
def tagged(clips):
    """The same clips with three tags, each the opposite of one genre, and one rare."""
    X, y = clips
    return X, np.stack([y != "jazz", y == "metal", y != "pop"], axis=1).astype(int)


def small_cnn(**params):
    # the genres of `clips` differ by the place of their bands
    return CNNClassifier(**{**SMALL, "keep_bands": True, **params})


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
    slices = Slicer(n_slices=4, length=8).fit_transform(X)
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
    slices = Slicer(n_slices=4, length=8).fit_transform(X)
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
    assert tag_weights(tags, "balanced") == [3.0, 1.0, 1.0]
    assert tag_weights(tags, {2: 5}) == [1.0, 1.0, 5.0]
    with pytest.raises(ValueError, match="class_weight"):
        tag_weights(tags, "equal")


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
    with pytest.raises(ValueError, match="not seen in the first fit"):
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


# -- training -----------------------------------------------------------------------


def test_early_stopping_splits_clips_and_keeps_the_best(clips):
    X, y = clips
    slices = Slicer(n_slices=4, length=8).fit_transform(X)
    seen = {}

    class Spy(Callback):
        def on_epoch_begin(self, net, dataset_train, dataset_valid, **kwargs):
            sets = (dataset_train, dataset_valid)
            seen["clips"] = [set(s.clips.tolist()) for s in sets]

    cnn = small_cnn(
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change=2,
        max_epochs=60,
        lr=0.05,
        callbacks=[Spy()],
    )
    cnn.fit(slices, y)
    train, valid = seen["clips"]
    assert not train & valid
    assert train | valid == set(range(36))
    assert len(valid) == 9
    assert {y[c] for c in valid} == set(y)
    assert cnn.n_iter_ < 60
    best = min(row["valid_loss"] for row in cnn.history_)
    dataset = ClipDataset(slices, cnn._encode(y, False), clips=np.array(sorted(valid)))
    batch = dataset.__getitems__(range(len(dataset)))
    loss = cnn.net_.validation_step(batch)["loss"].item()
    assert loss == pytest.approx(best, rel=1e-4)


def test_groups_never_cross_the_inner_split():
    rng = np.random.default_rng(0)
    y, groups = np.repeat([0, 1], 40), rng.integers(0, 20, 80)
    for seed in range(10):
        parts = split_clips(y, groups, 0.2, seed, multilabel=False)
        train, valid = (set(groups[p]) for p in parts)
        assert valid
        assert not train & valid
        assert set(y[parts[1]]) == {0, 1}


def test_groups_of_tags_never_cross_the_inner_split(rng):
    y, groups = rng.integers(0, 2, (40, 3)), np.arange(40) // 4
    train, valid = split_clips(y, groups, 0.2, 0, multilabel=True)
    assert not set(groups[train]) & set(groups[valid])


def test_one_group_cannot_be_split():
    with pytest.raises(ValueError, match="at least 2 groups"):
        split_clips(np.array([0, 1]), ["a", "a"], 0.5, 0, multilabel=False)


def test_groups_reach_the_inner_split_through_a_pipeline(clips):
    X, y = clips
    groups = np.arange(36) // 3
    held = []

    class Spy(Callback):
        def on_epoch_begin(self, net, dataset_train, dataset_valid, **kwargs):
            held.append((dataset_train.clips, dataset_valid.clips))

    cnn = small_cnn(early_stopping=True, callbacks=[Spy()], max_epochs=1)
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = BandScaler().set_fit_request(sample_weight=False)
        pipe = Pipeline([("scale", scaler), ("clf", cnn)])
        cross_validate(
            pipe, X, y, cv=GroupKFold(3), params={"groups": groups}, error_score="raise"
        )
    folds = GroupKFold(3).split(X, y, groups)
    assert len(held) == 3
    for (train, valid), (outer, _) in zip(held, folds, strict=True):
        inner = groups[outer]
        assert not set(inner[train]) & set(inner[valid])


def test_warm_start_goes_on(clips):
    X, y = clips
    cnn = small_cnn(warm_start=True).fit(X, y)
    first = cnn.net_
    cnn.set_params(lr=1e-4).fit(X, y)
    assert cnn.net_ is first
    assert cnn.n_iter_ == 8
    assert cnn.net_.optimizer_.param_groups[0]["lr"] == 1e-4


def test_partial_fit_needs_all_classes_only_once(clips):
    X, y = clips
    cnn = small_cnn()
    cnn.partial_fit(X[:20], y[:20], classes=["jazz", "metal", "pop"])
    cnn.partial_fit(X[20:], y[20:])
    assert cnn.n_iter_ == 2
    assert cnn.predict_proba(X).shape == (36, 3)


def test_callbacks_are_cloned_and_score(clips):
    X, y = clips
    auc = EpochScoring("roc_auc_ovr", on_train=True, name="auc", lower_is_better=False)
    cnn = small_cnn(callbacks=[auc]).fit(X, y)
    assert len(cnn.history_[:, "auc"]) == 4
    assert not hasattr(auc, "best_score_")


@pytest.mark.parametrize("kind", ["cosine", "one_cycle"])
def test_learning_rate_schedule(clips, kind):
    X, y = clips
    rates = []

    class Spy(Callback):
        def on_batch_end(self, net, training=False, **kwargs):
            rates.append(net.optimizer_.param_groups[0]["lr"])

    cnn = small_cnn(lr_schedule=kind, lr=0.01, max_epochs=20, callbacks=[Spy()])
    cnn.fit(X, y)
    assert len(rates) == 40
    peak = 10 if kind == "one_cycle" else 0
    assert np.argmax(rates) == peak
    assert rates[peak] == pytest.approx(0.01)
    assert (np.diff(rates[peak:]) < 0).all()
    assert rates[-1] < 1e-4
    cnn.partial_fit(X, y)
    assert rates[-1] == pytest.approx(0.01)


def test_schedule_starts_low_for_one_cycle():
    schedule = LearningRateSchedule("one_cycle", 100)
    np.testing.assert_allclose(
        [schedule.factor(p) for p in (0, 0.125, 0.25, 0.625, 1)],
        [0.04, 0.52, 1, 0.5, 0],
        atol=1e-12,
    )


def test_skorch_names_in_set_params_and_grid_search(clips):
    X, y = clips
    pipe = Pipeline([("slice", Slicer(length=16)), ("clf", small_cnn(max_epochs=1))])
    grid = {
        "slice__length": [8, 16],
        "clf__optimizer__betas": [(0.8, 0.9)],
        "clf__n_filters": [(4,), (4, 4)],
        "clf__augment": [None, Augmentation(gain=1.0)],
    }
    search = GridSearchCV(pipe, grid, cv=2, error_score="raise").fit(X, y)
    optimizer = search.best_estimator_["clf"].net_.optimizer_
    assert optimizer.param_groups[0]["betas"] == (0.8, 0.9)
    assert len(search.cv_results_["params"]) == 8


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_fused_steps_learn_the_same(clips, optimizer):
    kinds = {None: None, "foreach": True, "fused": False}
    found = {}
    for name, value in kinds.items():
        given = {} if name is None else {f"optimizer__{name}": value}
        net = small_cnn(optimizer=optimizer, max_epochs=2, precision="float64")
        found[name] = net.set_params(**given).fit(*clips)
    fused = found.pop(None)
    assert fused.net_.optimizer_.defaults["fused"]
    for net in found.values():
        assert not net.net_.optimizer_.defaults.get("fused")
        expected = net.predict_proba(clips[0])
        np.testing.assert_allclose(fused.predict_proba(clips[0]), expected, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
def test_precision(clips, precision):
    X, y = clips
    cnn = small_cnn(precision=precision, max_epochs=15, lr=5e-3).fit(X, y)
    expected = torch.float64 if precision == "float64" else torch.float32
    assert {p.dtype for p in cnn.net_.module_.parameters()} == {expected}
    assert cnn.score(X, y) > 0.9


def test_auto_precision_follows_X(clips):
    X, y = clips
    for dtype in (np.float32, np.float64):
        cnn = small_cnn(max_epochs=1).fit(X.astype(dtype), y)
        assert cnn.net_.dtype is getattr(torch, np.dtype(dtype).name)


def test_training_leaves_torch_generators_alone(clips):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    cnn = small_cnn(augment=Augmentation(mixup=0.2, time_mask=0.2)).fit(*clips)
    cnn.predict(clips[0])
    pickle.loads(pickle.dumps(cnn))
    assert torch.equal(torch.rand(3), expected)


def test_same_seed_same_model(clips):
    X, y = clips
    augment = Augmentation(crop=16, time_mask=0.2, freq_mask=0.2, mixup=0.3, gain=1)
    proba = [
        small_cnn(augment=augment, random_state=seed).fit(X, y).predict_proba(X)
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(proba[0], proba[1])
    assert not np.array_equal(proba[0], proba[2])


def test_one_clip_is_too_few():
    with pytest.raises(ValueError, match="n_samples = 1"):
        small_cnn().fit(np.zeros((1, 16, 8)), ["a"])


def test_memory_map(clips, tmp_path):
    X, y = clips
    path = tmp_path / "X.npy"
    np.save(path, X)
    mapped = np.load(path, mmap_mode="r")
    expected = small_cnn().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(
        small_cnn().fit(mapped, y).predict_proba(mapped), expected
    )


class InterruptingCallback(Callback):
    """Raise at the start of the second epoch, or stop as skorch's callbacks do."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise KeyboardInterrupt


class InterruptedOptimizer(torch.optim.Adam):
    """The user's Ctrl-C in the middle of a step of the third epoch."""

    n_steps = 0

    def step(self, closure=None):
        InterruptedOptimizer.n_steps += 1
        if InterruptedOptimizer.n_steps == 5:
            raise KeyboardInterrupt
        return super().step(closure)


def test_interrupt_warns_keeps_the_model_and_goes_on(clips):
    X, y = clips
    InterruptedOptimizer.n_steps = 0
    cnn = small_cnn(optimizer=InterruptedOptimizer)
    with (
        pytest.warns(UserWarning, match="interrupted after 3 epochs"),
        pytest.raises(KeyboardInterrupt),
    ):
        cnn.fit(X, y)
    assert cnn.predict(X).shape == (36,)


def test_interrupt_stops_a_grid_search(clips):
    InterruptedOptimizer.n_steps = 0
    search = GridSearchCV(
        small_cnn(optimizer=InterruptedOptimizer), {"lr": [1e-3, 1e-2]}, cv=2
    )
    with (
        pytest.warns(UserWarning, match="interrupted"),
        pytest.raises(KeyboardInterrupt),
    ):
        search.fit(*clips)


def test_a_callback_may_end_the_training(clips):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cnn = small_cnn(callbacks=[InterruptingCallback()]).fit(*clips)
    assert cnn.n_iter_ == 2


def test_verbose_prints_a_line_per_epoch(clips, capsys):
    small_cnn(verbose=1).fit(*clips)
    assert len(capsys.readouterr().out.splitlines()) == 2 + 4


# -- saved state ----------------------------------------------------------------------


def holds_torch(state):
    """Whether any part of a nested state comes from torch."""
    if isinstance(state, dict):
        return any(holds_torch(v) for pair in state.items() for v in pair)
    if isinstance(state, list | tuple):
        return any(map(holds_torch, state))
    return isinstance(state, torch.Tensor | torch.nn.Module | torch.Generator)


def test_state_is_numpy_and_plain_data(clips):
    state = small_cnn(early_stopping=True).fit(*clips).__getstate__()
    assert not holds_torch(state)


def test_joblib_round_trip_in_a_fresh_process(clips, tmp_path):
    X, y = clips
    pipe = Pipeline([("slice", Slicer(n_slices=2, length=16)), ("clf", small_cnn())])
    pipe.fit(X, y)
    joblib.dump(pipe, tmp_path / "model.joblib")
    np.save(tmp_path / "X.npy", X)
    code = (
        "import joblib, numpy as np, sys; d = sys.argv[1];"
        "p = joblib.load(d + '/model.joblib').predict_proba(np.load(d + '/X.npy'));"
        "np.save(d + '/proba.npy', p)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    np.testing.assert_array_equal(
        np.load(tmp_path / "proba.npy"), pipe.predict_proba(X)
    )


def test_loaded_model_trains_on(clips):
    X, y = clips
    cnn = small_cnn().fit(X, y)
    loaded = pickle.loads(pickle.dumps(cnn))
    step = cnn.net_.optimizer_.state_dict()["state"][0]["step"]
    assert loaded.net_.optimizer_.state_dict()["state"][0]["step"] == step
    assert [row["train_loss"] for row in loaded.history_] == [
        row["train_loss"] for row in cnn.history_
    ]
    assert loaded.partial_fit(X, y).n_iter_ == 5


def test_parameters_changed_after_fit_do_not_break_loading(clips):
    X, y = clips
    cnn = small_cnn(augment=Augmentation(crop=16)).fit(X, y)
    expected = cnn.predict_proba(X)
    cnn.set_params(n_filters=(3,), optimizer="sgd", augment=None)
    loaded = pickle.loads(pickle.dumps(cnn))
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_model_trained_on_cuda_loads_without(clips):
    X, y = clips
    cnn = small_cnn().fit(X, y)
    expected = cnn.predict_proba(X)
    cnn._spec["device"] = cnn.device = "cuda"  # as it would stand after such a fit
    saved = pickle.dumps(cnn)
    with pytest.warns(UserWarning, match="trained on CUDA"):
        loaded = pickle.loads(saved)
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)
    with pytest.raises(ValueError, match="device='auto' or 'cpu'"):
        loaded.fit(X, y)
    loaded.set_params(device="auto").fit(X, y)


def test_other_version_warns(clips):
    cnn = small_cnn(max_epochs=1).fit(*clips)
    state = dict(cnn.__getstate__(), _version="0.0.1")
    with pytest.warns(UserWarning, match=r"saved by sklearn_genre 0\.0\.1"):
        CNNClassifier.__new__(CNNClassifier).__setstate__(state)


def test_skops_needs_trust_in_our_classes_only(clips, tmp_path):
    io = pytest.importorskip("skops.io")
    X, y = clips
    cnn = small_cnn().fit(X, y)
    io.dump(cnn, tmp_path / "model.skops")
    names = io.get_untrusted_types(file=tmp_path / "model.skops")
    assert all(name.startswith("sklearn_genre.") for name in names)
    loaded = io.load(tmp_path / "model.skops", trusted=names)
    np.testing.assert_array_equal(loaded.predict_proba(X), cnn.predict_proba(X))


# -- many workers ---------------------------------------------------------------------


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
