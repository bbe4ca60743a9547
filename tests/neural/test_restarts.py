"""Starts that learn nothing: noticed, given up, and reported."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from torch import nn

from sklearn_genre import (
    Autoencoder,
    CNNClassifier,
    DeepSoftmaxAutoencoder,
    DenseClassifier,
)
from sklearn_genre.neural import NeuralClassifier
from sklearn_genre.neural._engine import checkpoint
from sklearn_genre.neural._engine.data import ClipDataset
from sklearn_genre.neural._engine.net import ClipNet
from sklearn_genre.neural._engine.restarts import patience

# one unit of ReLU after another: some draws of weights never answer to any clip
NARROW = DenseClassifier(
    hidden_sizes=(1, 1),
    activation="relu",
    dropout=0.0,
    init=1.0,
    lr=0.02,
    batch_size=8,
    max_epochs=36,
)
DEAD = 11  # a random_state from which it is so


@pytest.fixture
def table(rng):
    X = rng.normal(size=(24, 8)).astype(np.float32)
    X[12:, :3] += 2
    return X, np.repeat(["jazz", "metal"], 12)


class Failing(nn.Module):
    """A linear layer behind one of ReLU, whose first ``n_bad`` instances are bad."""

    n_bad, bias, n_built = 1, -1e4, 0

    def __init__(self, n_bands, n_frames, n_outputs):
        super().__init__()
        self.hidden = nn.Linear(n_bands * n_frames, 16)
        self.out = nn.Linear(16, n_outputs)
        if Failing.n_built < Failing.n_bad:
            nn.init.constant_(self.hidden.bias, Failing.bias)
        Failing.n_built += 1

    def forward(self, X):
        return self.out(torch.relu(self.hidden(X.flatten(1))))


class FailingClassifier(NeuralClassifier):
    _module = Failing


@pytest.fixture
def failing(monkeypatch):
    monkeypatch.setattr(Failing, "n_built", 0)
    return FailingClassifier(
        max_epochs=40, lr=0.02, batch_size=8, random_state=0, n_restarts=3
    )


def test_dead_units_are_given_up_for_a_start_that_learns(table):
    X, y = table
    alone = clone(NARROW).set_params(random_state=DEAD).fit(X, y)
    assert alone.score(X, y) == 0.5
    assert alone.n_restarts_ == 0
    again = clone(alone).set_params(n_restarts=5).fit(X, y)
    assert 0 < again.n_restarts_ < 5
    assert again.n_iter_ == 36
    assert again.score(X, y) > 0.7
    twin = clone(again).fit(X, y)
    assert twin.history_[-1]["train_loss"] == again.history_[-1]["train_loss"]


def test_a_start_that_learns_is_that_without_restarts(table):
    X, y = table
    model = clone(NARROW).set_params(random_state=9)
    one, other = model.fit(X, y), clone(model).set_params(n_restarts=5).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert other.n_restarts_ == 0


@pytest.mark.parametrize(("bias", "why"), [(-1e4, "fell to"), (np.inf, "diverged")])
def test_each_start_that_is_given_up_is_printed(
    failing, table, monkeypatch, capsys, bias, why
):
    monkeypatch.setattr(Failing, "n_bad", 2)
    monkeypatch.setattr(Failing, "bias", bias)
    failing.set_params(verbose=1).fit(*table)
    assert failing.n_restarts_ == 2
    assert failing.score(*table) > 0.9
    said = [line for line in capsys.readouterr().out.splitlines() if "given up" in line]
    assert len(said) == 2
    assert all(why in line for line in said)
    assert "FailingClassifier: start 2 of 4 is given up" in said[1]


def test_a_start_is_given_up_early_in_a_long_training(failing, table, monkeypatch):
    steps, usual = [], ClipNet.train_step
    monkeypatch.setattr(
        ClipNet, "train_step", lambda *args, **kw: steps.append(1) or usual(*args, **kw)
    )
    failing.fit(*table)
    assert len(steps) == 3 * (34 + 40)  # 100 batches of 3 an epoch are 34 epochs


@pytest.mark.parametrize(
    ("epochs", "n_batches", "wait"),
    [(30, 50, 10), (200, 50, 20), (30, 5, 20), (30, 1, 30), (3, 100, 3)],
)
def test_how_long_is_waited(epochs, n_batches, wait):
    assert patience(epochs, n_batches) == wait


def test_nothing_learned_from_any_start_is_a_warning(failing, table):
    failing.set_params(lr=0.0, n_restarts=2, max_epochs=5)
    with pytest.warns(
        ConvergenceWarning, match=r"has not learned: in 5 epochs .* 2 other"
    ):
        failing.fit(*table)
    assert failing.n_restarts_ == 2
    assert failing.n_iter_ == 5


def test_divergence_from_the_last_start_is_an_error(failing, table, monkeypatch):
    monkeypatch.setattr(Failing, "n_bad", 9)
    monkeypatch.setattr(Failing, "bias", np.inf)
    with pytest.raises(ValueError, match="diverged") as raised:
        failing.fit(*table)
    assert Failing.n_built == 4
    assert "3 other starts" in raised.value.__notes__[0]
    assert not hasattr(failing, "net_")


def test_trainings_that_go_on_never_start_anew(failing, table, monkeypatch):
    monkeypatch.setattr(Failing, "n_bad", 9)
    failing.partial_fit(*table)
    assert Failing.n_built == 1
    assert failing.n_restarts_ == 0
    failing.set_params(warm_start=True, max_epochs=2).fit(*table)
    assert Failing.n_built == 1
    assert failing.n_restarts_ == 0


def test_a_training_that_stops_early_is_judged_as_well(failing, table):
    failing.set_params(early_stopping=True, n_iter_no_change=2, validation_fraction=0.3)
    failing.fit(*table)
    assert failing.n_restarts_ == 1
    assert failing.score(*table) > 0.9


class Killed(BaseException):
    """What nothing catches, like a signal."""


@pytest.mark.parametrize("step", [20, 103, 130])
def test_a_killed_fit_goes_on_with_the_start_it_was_in(
    table, tmp_path, monkeypatch, step
):
    monkeypatch.setattr(checkpoint, "_SECONDS", 0.0)
    model = clone(NARROW).set_params(random_state=DEAD, n_restarts=5)
    whole = clone(model).fit(*table)
    model.set_params(checkpoint=tmp_path)
    usual, steps = ClipNet.train_step, []

    def dying(self, *args, **kwargs):
        steps.append(1)
        if len(steps) == step:
            raise Killed
        return usual(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(ClipNet, "train_step", dying)
        with pytest.raises(Killed):
            clone(model).fit(*table)
        (left,) = tmp_path.glob("*.checkpoint")
        kept = torch.load(left, weights_only=True)["restarts"]
        assert kept == int(step > 103)  # given up after 34 epochs of 3 batches
        steps.clear()
        patch.setattr(
            ClipNet, "train_step", lambda *a, **k: steps.append(1) or usual(*a, **k)
        )
        resumed = clone(model).fit(*table)
    assert resumed.n_restarts_ == whole.n_restarts_ == 1
    assert len(steps) < 102 + 108 - step + 6
    assert not list(tmp_path.iterdir())
    np.testing.assert_array_equal(
        resumed.predict_proba(table[0]), whole.predict_proba(table[0])
    )


# -- the loss that a start has to beat ----------------------------------------------
def constant_and_losses(model, X, y, y_encoded, weight=None):
    """The loss of the best constant answer, and those of other constant ones."""
    model.fit(X, y, sample_weight=weight)
    net = model.net_
    weight = None if weight is None else (weight / weight.mean()).astype(np.float32)
    clips = ClipDataset(model._check_X(X, False), y_encoded, weight)
    tensors = [torch.from_numpy(y_encoded), weight]
    if weight is not None:
        tensors[1] = torch.from_numpy(weight)
    rng = np.random.default_rng(0)
    shape = (200, net.module__n_outputs)
    others = torch.from_numpy(rng.normal(size=shape).astype(np.float32))
    losses = [float(net.losses(o.expand(len(X), -1), *tensors).mean()) for o in others]
    return net.constant_loss(clips), losses


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_no_constant_answer_for_classes_is_better(rng, weighted, smoothing):
    X = rng.normal(size=(12, 4)).astype(np.float32)
    y = np.repeat([0, 1, 2], [6, 4, 2])
    weight = rng.uniform(0.1, 2, 12) if weighted else None
    model = DenseClassifier(
        hidden_sizes=(4,), max_epochs=1, label_smoothing=smoothing, random_state=0
    )
    found, others = constant_and_losses(model, X, y, y, weight)
    assert found < min(others)
    if not weighted and not smoothing:
        share = np.array([6, 4, 2]) / 12
        np.testing.assert_allclose(found, -(share * np.log(share)).sum(), rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_no_constant_answer_for_tags_is_better(rng, class_weight, smoothing):
    X = rng.normal(size=(20, 4)).astype(np.float32)
    y = (rng.random((20, 3)) < [0.2, 0.5, 0.7]).astype(int)
    model = DenseClassifier(
        hidden_sizes=(4,),
        max_epochs=1,
        label_smoothing=smoothing,
        class_weight=class_weight,
        random_state=0,
    )
    found, others = constant_and_losses(model, X, y, y.astype(np.float32))
    assert found < min(others)
    if class_weight is None and not smoothing:
        p = y.mean(axis=0)
        entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).mean()
        np.testing.assert_allclose(found, entropy, rtol=1e-6)


def test_an_autoencoder_has_to_beat_the_variance(rng):
    X = (rng.normal(size=(30, 3, 4)) * 3 + 5).astype(np.float32)
    model = Autoencoder(hidden_sizes=(), max_epochs=1, standardize=False).fit(X)
    found = model.net_.constant_loss(ClipDataset(X))
    np.testing.assert_allclose(found, X.var(axis=0).mean(), rtol=1e-5)


def test_the_joint_loss_has_both_parts(rng):
    X = rng.normal(size=(30, 12)).astype(np.float32)
    y = np.repeat([0, 1], 15)
    model = DeepSoftmaxAutoencoder(
        gamma=0.7, reduction="sum", max_epochs=1, standardize=False
    )
    model.fit(X, y)
    found = model.net_.constant_loss(ClipDataset(X[:, :, None], y))
    expected = 0.7 * X.var(axis=0).sum() + 0.3 * np.log(2)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("lr", [0.0, 1e-3])
def test_an_autoencoder_starts_anew(rng, lr):
    X = (rng.normal(size=(40, 2)) @ rng.normal(size=(2, 10))).astype(np.float32)
    model = Autoencoder(max_epochs=20, n_restarts=1, lr=lr, random_state=0)
    if lr == 0:
        with pytest.warns(ConvergenceWarning):
            assert model.fit(X).n_restarts_ == 1
    else:
        assert model.fit(X).n_restarts_ == 0


def test_slices_and_tags_are_guarded(rng):
    X = rng.normal(size=(16, 2, 6, 8)).astype(np.float32)
    y = np.tile([[1, 0], [0, 1]], (8, 1))
    model = CNNClassifier(
        n_filters=(4,), lr=0.0, max_epochs=2, n_restarts=1, random_state=0
    )
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    X[::2, :, :3] += 3
    model.set_params(lr=0.01, max_epochs=10)
    assert model.fit(X, y).n_restarts_ == 0
