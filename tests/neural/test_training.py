"""Training of the neural classifiers."""

import pickle
import sys
import warnings

import numpy as np
import pytest
import sklearn
import torch
from helpers import small_cnn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import Pipeline
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    LRScheduler,
)

from sklearn_genre import (
    Augmentation,
    BandScaler,
    CNNClassifier,
    CRNNClassifier,
    FullyConvolutionalClassifier,
    MusicnnClassifier,
    SampleCNNClassifier,
    Slicer,
)
from sklearn_genre.neural._engine.callbacks import lr_scheduler
from sklearn_genre.neural._engine.data import ClipDataset
from sklearn_genre.neural._engine.held_out import split_clips
from sklearn_genre.neural._engine.net import Training


def test_early_stopping_splits_clips_and_keeps_the_best(clips):
    X, y = clips
    slices = Slicer(n_slices=4, slice_length=8).fit_transform(X)
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


def test_a_dominant_artist_is_not_always_held_out():
    # half of the songs of genre 0 are of one artist, as in real collections
    y = np.repeat([0, 1, 2], 40)
    groups = np.where(np.arange(120) < 20, 500, np.arange(120) // 2)
    held = set()
    for seed in range(20):
        train, valid = split_clips(y, groups, 0.1, seed, multilabel=False)
        assert 0.05 <= len(valid) / len(y) <= 0.15
        assert set(y[train]) == {0, 1, 2}
        assert 500 not in groups[valid]
        held.add(tuple(valid))
    assert len(held) > 5


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tags", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_a_class_of_one_clip_or_artist_stays_in_training(seed, tags, grouped):
    y = np.array([0] * 20 + [1] * 19 + [2] * (8 if grouped else 1))
    groups = np.where(y == 2, 1000, np.arange(len(y))) if grouped else None
    targets = y[:, None] == np.arange(3) if tags else y
    train, _ = split_clips(targets, groups, 0.2, seed, multilabel=tags)
    assert set(y[train]) == {0, 1, 2}


def test_a_class_that_must_be_held_out_is_named():
    X, y = np.zeros((8, 8, 4)), ["jazz"] * 4 + ["rock"] * 4
    cnn = small_cnn(early_stopping=True, validation_fraction=0.5, max_epochs=1)
    with pytest.warns(UserWarning, match=r"holds out all clips of '(jazz|rock)', so"):
        cnn.fit(X, y, groups=y)


@pytest.mark.parametrize(
    "fraction", [0, 0.0, 1, 1.0, -0.1, np.nan, np.inf, "0.1", None]
)
@pytest.mark.parametrize("groups", [None, np.arange(20) // 2])
def test_validation_fraction_is_refused_by_name(fraction, groups):
    cnn = small_cnn(early_stopping=True, validation_fraction=fraction)
    X, y = np.zeros((20, 8, 4)), ["a", "b"] * 10
    with pytest.raises(ValueError, match="validation_fraction must be a number > 0"):
        cnn.fit(X, y, groups=groups)


@pytest.mark.parametrize("groups", [None, np.arange(20) // 2])
@pytest.mark.parametrize("tags", [False, True])
def test_any_fraction_holds_out_its_share_or_says_why_not(groups, tags):
    y = np.arange(20) % 2
    y = np.stack([y, 1 - y], axis=1) if tags else y
    for fraction in (1e-320, 1e-9, 0.1, 0.3, 0.5, 0.7, 0.9):
        train, valid = split_clips(y, groups, fraction, 0, multilabel=tags)
        assert len(train) + len(valid) == 20
        assert len(valid) / 20 == pytest.approx(max(fraction, 0.05), abs=0.11)
    with pytest.raises(ValueError, match=r"validation_fraction=0\.99 holds out all of"):
        split_clips(y, groups, 0.99, 0, multilabel=tags)


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
    assert len(cnn.net_.history[:, "auc"]) == 4
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


def half_cosine(start, stop, progress):
    return stop + (start - stop) * 0.5 * (1 + np.cos(np.pi * progress))


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 5, 39, 40, 1000])
@pytest.mark.parametrize("kind", ["cosine", "one_cycle"])
def test_schedules_follow_their_formula(kind, n_steps):
    rates = lr_scheduler(kind, 0.5, n_steps).initialize().simulate(n_steps, 0.5)
    at = np.arange(n_steps) / n_steps
    expected = half_cosine(1, 0, at)
    if kind == "one_cycle":
        fall = half_cosine(1, 0, (at - 0.25) / 0.75)
        expected = np.where(at < 0.25, half_cosine(0.04, 1, at / 0.25), fall)
    np.testing.assert_allclose(rates, 0.5 * expected, rtol=1e-12, atol=1e-15)
    assert (rates > 0).all()


class NoteRates(Callback):
    """Write the learning rate of each epoch's first batch into the history."""

    def on_batch_end(self, net, training=False, **kwargs):
        if training and len(net.history[-1, "batches"]) == 1:
            net.history.record("lr", net.optimizer_.param_groups[0]["lr"])


@pytest.mark.parametrize("kind", ["cosine", "one_cycle"])
def test_every_fit_runs_through_the_schedule_again(clips, kind):
    notes = [NoteRates()]
    cnn = small_cnn(lr_schedule=kind, warm_start=True, callbacks=notes, lr=0.01)
    cnn.set_params(save_optimizer=True)
    cnn.fit(*clips).set_params(lr=0.02).fit(*clips)
    loaded = pickle.loads(pickle.dumps(cnn)).fit(*clips)
    first, *others = np.split(np.array(loaded.net_.history[:, "lr"]), 3)
    assert len(set(first)) == 4
    for later in others:
        np.testing.assert_allclose(later, 2 * first)


def test_a_net_keeps_nothing_of_its_training(clips):
    cnn = small_cnn(augment=Augmentation(gain=1.0), early_stopping=True).fit(*clips)
    assert cnn.net_.training_ == Training()
    names = [name for name, _ in cnn.net_.callbacks_]
    assert "lr_schedule" not in names
    assert not any(isinstance(v, torch.Generator) for v in vars(cnn.net_).values())


def test_a_net_can_be_cloned(clips):
    """Its settings are parameters, not attributes set afterwards."""
    net = small_cnn(precision="float64", label_smoothing=0.1).fit(*clips).net_
    copy = clone(net)
    assert (copy.dtype, copy.label_smoothing) == (torch.float64, 0.1)
    assert not copy.initialized_


def test_skorch_names_in_set_params_and_grid_search(clips):
    X, y = clips
    pipe = Pipeline(
        [("slice", Slicer(slice_length=16)), ("clf", small_cnn(max_epochs=1))]
    )
    grid = {
        "slice__slice_length": [8, 16],
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


@pytest.mark.parametrize("native", [True, False])
def test_slow_bfloat16_is_said(clips, monkeypatch, native):
    monkeypatch.setattr(
        "sklearn_genre.neural._engine.build._multiplies_bfloat16", lambda: native
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        small_cnn(precision="bfloat16", max_epochs=1).fit(*clips)
    words = [str(warning.message) for warning in caught]
    assert [text.count('precision="float32"') for text in words] == [1] * (not native)


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


NORMALIZED = [
    CNNClassifier,
    CRNNClassifier,
    FullyConvolutionalClassifier,
    MusicnnClassifier,
    SampleCNNClassifier,
]


@pytest.mark.parametrize("kind", NORMALIZED)
def test_batches_of_one(kind, rng):
    """Too few to normalize, and enough without normalization."""
    X, y = rng.normal(size=(3, 8, 16)), ["dub", "ska", "ska"]
    net = kind(max_epochs=1, batch_size=1)
    with pytest.raises(ValueError, match=rf"{kind.__name__}: .*batch_size=1 .*>= 2"):
        net.fit(X, y)
    assert not hasattr(net, "net_")
    assert kind(max_epochs=1, batch_size=2).fit(X, y).n_iter_ == 1
    assert net.set_params(norm=None).fit(X, y).n_iter_ == 1


@pytest.mark.parametrize(
    "callback",
    [
        EarlyStopping(),
        Checkpoint(
            monitor="valid_loss_best",
            **dict.fromkeys(["f_params", "f_history", "f_optimizer", "f_criterion"]),
        ),
        LRScheduler(torch.optim.lr_scheduler.ReduceLROnPlateau, monitor="valid_loss"),
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_callbacks_that_need_held_out_clips_say_so(clips, callback):
    cnn = small_cnn(callbacks=[callback], max_epochs=2)
    with pytest.raises(ValueError, match="Set early_stopping=True, or monitor='train"):
        cnn.fit(*clips)
    assert not hasattr(cnn, "net_")
    assert cnn.set_params(early_stopping=True).fit(*clips).n_iter_ == 2


def test_values_beyond_the_precision_are_refused_by_row(clips):
    X, y = clips
    cnn = small_cnn(max_epochs=1).fit(X, y)
    far = X[:3].copy()
    far[1] = np.finfo(far.dtype).max
    for predict in (cnn.predict, cnn.predict_proba, cnn.decision_function):
        with pytest.raises(ValueError, match=r"CNNClassifier: X\[1\] holds values too"):
            predict(far)
    with pytest.raises(ValueError, match="variance of band 0 is beyond float64"):
        small_cnn().fit(X.astype(np.float64) * 1e200, y)


def test_one_clip_is_too_few():
    with pytest.raises(ValueError, match="one class"):
        small_cnn().fit(np.zeros((1, 16, 8)), ["a"])
    with pytest.raises(ValueError, match="n_samples = 1"):
        small_cnn().partial_fit(np.zeros((1, 16, 8)), ["a"], classes=["a", "b"])


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
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 2 + 4
    assert "\x1b" not in out  # no terminal


@pytest.mark.parametrize("refused", [False, True])
def test_colors_of_a_terminal(clips, capsys, monkeypatch, refused):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if refused:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    small_cnn(verbose=1).fit(*clips)
    assert ("\x1b" in capsys.readouterr().out) != refused


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"max_epochs": 3}, "'max_epochs': it is a parameter of CNNClassifier itself"),
        ({"optimizer": "sgd"}, "'optimizer': it is a parameter of"),
        ({"train_split": None}, "'train_split': early_stopping holds clips out"),
        ({"module": torch.nn.Module}, "'module': the class of the estimator"),
        ({"criterion__reduction": "mean"}, "'criterion__reduction': weights of clips"),
        ({"module__n_outputs": 4}, "'module__n_outputs': it follows from X and y"),
        ({"module__dropout": 0.1}, "'module__dropout': it is a parameter of CNN"),
        ({"autocast": True}, "'autocast': precision sets it"),
        ({"dtype": torch.float64}, "'dtype': precision sets it"),
        ({"multilabel": True}, "'multilabel': it follows from the kind of y"),
    ],
)
def test_net_params_that_would_be_ignored_are_refused(clips, params, why):
    with pytest.raises(ValueError, match=f"net_params must not have {why}"):
        small_cnn(net_params=params).fit(*clips)


def test_callbacks_that_there_are_not_are_refused(clips):
    known = {"callbacks__early_stopping__patience": 40, "callbacks__print_log": None}
    small_cnn(early_stopping=True, net_params=known).fit(*clips)
    with pytest.raises(
        ValueError, match=r"no such callback, only epoch_timer, .*valid"
    ):
        small_cnn().set_params(callbacks__nope__x=3).fit(*clips)


def test_the_way_to_parameters_of_the_net_is_said():
    with pytest.raises(TypeError, match=r"are set by net_params={'criterion': ...}"):
        CNNClassifier(criterion=torch.nn.MSELoss)
    with pytest.raises(TypeError, match=r"set_params\(optimizer__betas=...\), or net_"):
        CNNClassifier(optimizer__betas=(0.8, 0.9))


class SquaredError(torch.nn.Module):
    """The squared error of the probabilities, a loss per window."""

    def __init__(self, reduction):
        super().__init__()
        assert reduction == "none"

    def forward(self, logits, y):
        proba = logits.softmax(1)
        return (proba - torch.nn.functional.one_hot(y, 3)).square().sum(1)


def test_another_criterion(clips):
    cnn = small_cnn(net_params={"criterion": SquaredError}, max_epochs=1)
    loss = cnn.fit(*clips).history_[0]["train_loss"]
    assert 0 < loss < 1  # cross-entropy begins at log(3)
    assert type(cnn.net_.criterion_) is SquaredError
