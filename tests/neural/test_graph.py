"""Recorded training steps: a stand-in for CUDA graphs shows what is copied and when."""

import contextlib

import numpy as np
import pytest
import torch
from helpers import small_cnn

from sklearn_genre import Augmentation, Autoencoder, CRNNClassifier
from sklearn_genre.neural._engine import gpu, graph, net


class Recorder:
    """Plays CUDA graphs back on the CPU: into the memory that was recorded."""

    def __init__(self, weights):
        self.weights = weights
        self.recorded = self.replayed = self.besides = 0

    @contextlib.contextmanager
    def aside(self):
        self.besides += 1
        yield

    def hold(self, tensor):
        return tensor.clone()

    def record(self, function):
        self.recorded += 1
        # a recording computes nothing: neither dropout nor running means move on
        buffers = [(b, b.clone()) for b in self.buffers]
        state = torch.get_rng_state()
        results = function()
        torch.set_rng_state(state)
        for buffer, before in buffers:
            buffer.copy_(before)
        held = [w.grad for w in self.weights]

        def replay():
            self.replayed += 1
            for weight in self.weights:
                weight.grad = None
            again = graph.mapped(torch.detach, function())
            with torch.no_grad():
                graph._fill(graph.mapped(torch.detach, results), again)
                for old, weight in zip(held, self.weights, strict=True):
                    if old is not None:
                        old.copy_(weight.grad)
            # a replay leaves results in its own memory alone
            for weight in self.weights:
                weight.grad = None

        return replay, results


@pytest.fixture
def recorders(monkeypatch):
    """Let the CPU record steps; the recorders of all trainings, in their order."""
    made = []

    def graphs(of):
        weights = list(of.module_.parameters())
        recorder = Recorder(weights)
        recorder.buffers = list(of.module_.buffers())
        made.append(recorder)
        return graph.StepGraphs(weights, recorder)

    monkeypatch.setattr(net, "step_graphs", graphs)
    return made


@pytest.fixture
def clips(rng):
    y = np.repeat(["calm", "loud"], 11)
    X = rng.normal(size=(22, 6, 20)).astype(np.float32)
    X[11:, :2] += 1
    return X, y


def both(model, X, y, **fit_params):
    """Train without and with recorded steps; return both histories and outputs."""
    found = []
    for recorded in (False, True):
        model.set_params(cuda_graph=recorded).fit(X, y, **fit_params)
        losses = [b["train_loss"] for r in model.net_.history for b in r["batches"]]
        weights = [w.detach().numpy().copy() for w in model.module_.parameters()]
        found.append((losses, weights))
    return found


def assert_same(found):
    (losses, weights), (recorded_losses, recorded_weights) = found
    assert losses == recorded_losses
    for a, b in zip(weights, recorded_weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"augment": Augmentation(crop=9, freq_mask=0.3, mixup=0.3)},
        {"class_weight": "balanced", "lr_schedule": "one_cycle"},
        {"precision": "bfloat16", "dropout": 0.5},
    ],
    ids=["plain", "augmented", "weighted", "bfloat16"],
)
def test_recorded_steps_train_the_same_network(params, recorders, clips):
    model = small_cnn(max_epochs=4, batch_size=4, random_state=0, **params)
    assert_same(both(model, *clips))
    (recorder,) = recorders
    # batches of 4 and of 3, three times as they are
    assert (recorder.recorded, recorder.besides) == (2, 6)
    assert recorder.replayed == 4 * 6 - 6


def test_recorded_steps_of_a_recurrent_network_and_an_autoencoder(recorders, clips):
    X, y = clips
    sizes = dict(max_epochs=3, batch_size=11, random_state=0)
    crnn = CRNNClassifier(
        n_filters=(4,), pool_size=((2, 2),), hidden_sizes=(3,), dropout=0.2, **sizes
    )
    assert_same(both(crnn, X, y))
    assert_same(both(Autoencoder(hidden_sizes=(5,), **sizes), X[:, :, 0], None))
    assert all(r.replayed == 3 for r in recorders)


def test_another_choice_of_trained_weights_is_recorded_anew(recorders):
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    recorder = Recorder(weights)
    recorder.buffers = []
    graphs = graph.StepGraphs(weights, recorder)

    def step(batch):
        loss = sum((w * batch["X"]).sum() for w in weights)
        loss.backward()
        return {"loss": loss, "y_pred": batch["X"]}

    for frozen in (False, True):
        weights[1].requires_grad_(not frozen)
        for value in range(6):
            for weight in weights:
                weight.grad = None
            out = graphs.step(step, {"X": torch.full((2,), float(value))})
            assert out["loss"].item() == 4 * value
            assert weights[0].grad.tolist() == [value, value]
            assert (weights[1].grad is None) == frozen
    assert recorder.recorded == 2


def test_results_are_not_those_of_the_next_replay(recorders):
    weight = torch.nn.Parameter(torch.ones(1))
    recorder = Recorder([weight])
    recorder.buffers = []
    graphs = graph.StepGraphs([weight], recorder)

    def step(batch):
        loss = (weight * batch).sum()
        loss.backward()
        return {"loss": loss, "y_pred": (batch, batch)}

    kept = []
    for value in range(8):
        weight.grad = None
        kept.append(graphs.step(step, torch.tensor([float(value)])))
    assert [k["loss"].item() for k in kept] == list(range(8))
    assert [k["y_pred"][1].item() for k in kept] == list(range(8))


def test_a_step_that_cannot_be_recorded_is_said(recorders, clips, monkeypatch):
    def record(self, function):
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    monkeypatch.setattr(Recorder, "record", record)
    model = small_cnn(max_epochs=2, batch_size=4, random_state=0, cuda_graph=True)
    match = r"cuda_graph: .*cannot be recorded \(operation not [a-z ]*\)\. Train with"
    with pytest.raises(ValueError, match=match):
        model.fit(*clips)


def test_a_cpu_records_nothing(clips):
    assert_same(both(small_cnn(max_epochs=2, random_state=0), *clips))


def test_two_ways_at_once_are_refused(clips):
    with pytest.raises(ValueError, match="compile and cuda_graph are two ways"):
        small_cnn(compile=True, cuda_graph=True).fit(*clips)


@pytest.mark.parametrize(
    ("device", "n_values", "capability", "expected"),
    [
        ("cpu", 2**30, (9, 0), False),
        ("cuda", 2**21, (8, 0), True),
        ("cuda:1", 2**21 - 1, (9, 0), False),
        ("cuda", 2**21, (7, 5), False),
    ],
)
def test_large_batches_are_computed_in_bfloat16(
    device, n_values, capability, expected, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert gpu.bfloat16_is_faster(device, n_values) is expected


def test_bfloat16_of_auto_is_that_of_training_alone(clips, monkeypatch):
    X, y = clips
    exact = small_cnn(max_epochs=2, random_state=0).fit(X, y)
    monkeypatch.setattr(
        "sklearn_genre.neural._estimator.bfloat16_is_faster", lambda device, n: True
    )
    auto = small_cnn(max_epochs=2, random_state=0).fit(X, y)
    asked = small_cnn(max_epochs=2, random_state=0, precision="bfloat16").fit(X, y)
    losses = [m.net_.history[:, "train_loss"] for m in (exact, auto, asked)]
    assert losses[1] == losses[2] != losses[0]
    # the same weights, but probabilities in float32
    assert not auto.net_.autocast
    assert np.abs(auto.predict_proba(X) - asked.predict_proba(X)).max() > 1e-5
    float32 = small_cnn(max_epochs=2, random_state=0, precision="float32").fit(X, y)
    monkeypatch.undo()
    assert float32.net_.history[:, "train_loss"] == losses[0]
