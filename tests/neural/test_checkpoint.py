"""Trainings that are killed and go on: equal to those that are not, to the bit."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading

import joblib
import numpy as np
import pytest
import torch
from helpers import Killed, killed
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, LRScheduler

from sklearn_genre import (
    Augmentation,
    Autoencoder,
    BandScaler,
    CNNClassifier,
    DenseClassifier,
    FeatureCache,
    HybridClassifier,
    RowView,
    SummaryStats,
)
from sklearn_genre.neural._engine import checkpoint, checkpoint_file
from sklearn_genre.neural._engine.state import net_state

SMALL = dict(n_filters=(4, 4), hidden_sizes=(8,), batch_size=8, random_state=0)
TABLE = DenseClassifier(hidden_sizes=(8,), batch_size=8, max_epochs=4, random_state=0)


@pytest.fixture(autouse=True)
def every_epoch(monkeypatch):
    monkeypatch.setattr(checkpoint, "_SECONDS", 0.0)


@pytest.fixture
def clips(rng):
    y = np.repeat(["jazz", "metal"], 12)
    X = rng.normal(size=(24, 8, 12)).astype(np.float32)
    X[12:, :3] += 1
    return X, y


def same_training(a, b):
    """Whether weights, optimizer, history and generators are equal to the bit."""
    a_state, b_state = net_state(a.net_), net_state(b.net_)
    for state in (a_state, b_state):
        for row in state["history"]:
            del row["dur"]
    assert joblib.hash(a_state["module"]) == joblib.hash(b_state["module"])
    assert joblib.hash(a_state["optimizer"]) == joblib.hash(b_state["optimizer"])
    assert a_state["history"] == b_state["history"]
    assert torch.equal(a._generator.get_state(), b._generator.get_state())
    assert a.n_iter_ == b.n_iter_
    return True


def killed_and_resumed(model, folder, fit, step):
    """The model after a fit that was killed, and another one."""
    model = clone(model).set_params(checkpoint=folder)
    with killed(step):
        fit(clone(model))
    (left,) = folder.glob("*.checkpoint")
    done = torch.load(left, weights_only=True)["epochs"]
    assert done > 0
    fitted = fit(model)
    assert not list(folder.iterdir())
    return fitted, done


MODELS = {
    "plain": dict(max_epochs=5),
    "cosine": dict(max_epochs=5, lr_schedule="cosine", dropout=0.3),
    "one_cycle": dict(max_epochs=5, lr_schedule="one_cycle", optimizer="sgd"),
    "augment": dict(max_epochs=5, augment=Augmentation(mixup=0.4, crop=8)),
    "stopping": dict(
        max_epochs=30, early_stopping=True, n_iter_no_change=2, lr=0.05, dropout=0.3
    ),
    "callback": dict(
        max_epochs=5, callbacks=[("lr", LRScheduler(policy="StepLR", step_size=2))]
    ),
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_killed_fit_goes_on_to_the_same_end(kind, clips, tmp_path):
    X, y = clips
    model = CNNClassifier(**SMALL, **MODELS[kind])
    whole = clone(model).fit(X, y)
    torch.manual_seed(5)  # what the process did before makes no difference
    resumed, done = killed_and_resumed(
        model, tmp_path / "kept", lambda m: m.fit(X, y), 8
    )
    assert done == 2
    assert same_training(whole, resumed)
    np.testing.assert_array_equal(whole.predict_proba(X), resumed.predict_proba(X))


@pytest.mark.parametrize("kind", ["autoencoder", "hybrid", "tagger", "view", "warm"])
def test_every_kind_of_training(kind, clips, tmp_path):
    X, y = clips
    table = X[:, :, 0]
    tags = np.stack([y == "jazz", y == "metal", X[:, 0, 0] > 0], axis=1).astype(int)
    model, data = {
        "autoencoder": (
            Autoencoder(
                hidden_sizes=(8,), n_components=3, batch_size=8, random_state=0
            ),
            (table,),
        ),
        "hybrid": (HybridClassifier(table=SummaryStats(), **SMALL), (X, y)),
        "tagger": (CNNClassifier(**SMALL), (X, tags)),
        "view": (CNNClassifier(**SMALL), (RowView(X), y)),
        "warm": (CNNClassifier(warm_start=True, **SMALL), (X, y)),
    }[kind]
    model = clone(model).set_params(max_epochs=4)

    def fit(model):
        if kind == "warm":
            folder, model = model.checkpoint, model.set_params(checkpoint=None)
            model.fit(*data).set_params(checkpoint=folder)
        return model.fit(*data)

    whole = fit(clone(model))
    step = 20 if kind == "warm" else 8
    resumed, _ = killed_and_resumed(model, tmp_path / "kept", fit, step)
    assert same_training(whole, resumed)


def test_the_last_epoch_may_be_the_kept_one(clips, tmp_path, monkeypatch):
    X, y = clips
    model = clone(TABLE).set_params(checkpoint=tmp_path)

    def dying(self):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint_file.TrainingFile, "remove", dying)
        with pytest.raises(Killed):
            clone(model).fit(X[:, :, 0], y)
    resumed = model.fit(X[:, :, 0], y)
    assert same_training(clone(TABLE).fit(X[:, :, 0], y), resumed)


@pytest.mark.slow
def test_killed_by_a_signal_in_another_process(clips, tmp_path):
    X, y = clips
    np.savez(tmp_path / "data.npz", X=X, y=y)
    program = f"""
        import os, signal
        import numpy as np
        from sklearn_genre import CNNClassifier
        from sklearn_genre.neural._engine import checkpoint
        from sklearn_genre.neural._engine.net import ClipNet

        checkpoint._SECONDS = 0.0
        train_step, steps = ClipNet.train_step_single, []
        def dying(self, batch, **params):
            steps.append(1)
            if len(steps) == 11:
                os.kill(os.getpid(), signal.SIGKILL)
            return train_step(self, batch, **params)
        ClipNet.train_step_single = dying
        data = np.load({str(tmp_path / "data.npz")!r})
        CNNClassifier(dropout=0.3, lr_schedule="cosine", max_epochs=6,
            checkpoint={str(tmp_path / "kept")!r}, **{SMALL!r}
        ).fit(data["X"], data["y"])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)])
    assert done.returncode == -signal.SIGKILL
    assert len(list((tmp_path / "kept").glob("*.checkpoint"))) == 1
    model = CNNClassifier(dropout=0.3, lr_schedule="cosine", max_epochs=6, **SMALL)
    whole = clone(model).fit(X, y)
    assert same_training(
        whole, model.set_params(checkpoint=tmp_path / "kept").fit(X, y)
    )


def test_a_kill_while_writing_leaves_the_state_before(clips, tmp_path, monkeypatch):
    X, y = clips
    model, fsync, calls = clone(TABLE).set_params(checkpoint=tmp_path), os.fsync, []

    def dying(descriptor):
        calls.append(1)
        if len(calls) == 5:  # each file and its folder
            raise Killed
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", dying)
        with pytest.raises(Killed):
            clone(model).fit(X[:, :, 0], y)
    (left,) = tmp_path.glob("*.checkpoint")
    assert torch.load(left, weights_only=True)["epochs"] == 2
    resumed = model.fit(X[:, :, 0], y)
    assert same_training(clone(TABLE).fit(X[:, :, 0], y), resumed)


def test_folds_are_not_mixed_up(clips, tmp_path):
    X, y = clips
    whole = make_pipeline(BandScaler(), clone(TABLE))
    expected = cross_val_score(whole, X, y, cv=3)
    model = clone(whole).set_params(denseclassifier__checkpoint=tmp_path)
    with killed(14):  # in the second fold, of 8 steps each
        cross_val_score(model, X, y, cv=3)
    assert len(list(tmp_path.glob("*.checkpoint"))) == 1
    np.testing.assert_array_equal(cross_val_score(model, X, y, cv=3), expected)
    assert not list(tmp_path.iterdir())


def stopped(model, folder, *data):
    """Leave an unfinished training in a folder."""
    with killed(8):
        clone(model).set_params(checkpoint=folder).fit(*data)


def test_other_parameters_are_an_error_that_names_them(clips, tmp_path):
    X, y = clips[0][:, :, 0], clips[1]
    stopped(TABLE, tmp_path, X, y)
    other = clone(TABLE).set_params(checkpoint=tmp_path, lr=0.5, dropout=0.2)
    with pytest.raises(
        ValueError, match=r"another training: dropout was .*lr was 0.001 and is 0.5"
    ):
        other.fit(X, y)
    assert not hasattr(other, "net_")
    # other data, another member of an ensemble, no change of any value
    clone(TABLE).set_params(checkpoint=tmp_path).fit(X[::2], y[::2])
    clone(TABLE).set_params(checkpoint=tmp_path, random_state=1).fit(X, y)
    same = clone(TABLE).set_params(checkpoint=tmp_path, verbose=0, device="cpu")
    assert same_training(clone(TABLE).fit(X, y), same.fit(X, y))
    assert not list(tmp_path.iterdir())


def test_a_file_under_the_name_of_another(clips, tmp_path):
    X, y = clips[0][:, :, 0], clips[1]
    stopped(TABLE, tmp_path / "a", X, y)
    stopped(TABLE, tmp_path / "b", X[::-1], y)
    (a,), (b,) = ((tmp_path / name).glob("*.checkpoint") for name in "ab")
    os.replace(a, b)
    with pytest.raises(ValueError, match="another training: data was"):
        clone(TABLE).set_params(checkpoint=tmp_path / "b").fit(X[::-1], y)


def bomb(path):
    return (os.mkdir, (str(path),))


@pytest.mark.parametrize("damage", ["cut", "empty", "pickle"])
def test_damaged_files_run_nothing(damage, clips, tmp_path):
    X, y = clips[0][:, :, 0], clips[1]
    stopped(TABLE, tmp_path, X, y)
    (left,) = tmp_path.glob("*.checkpoint")
    if damage == "pickle":

        class Bomb:
            def __reduce__(self):
                return bomb(tmp_path / "canary")

        torch.save({"about": Bomb(), "epochs": 1}, left)
    else:
        left.write_bytes(left.read_bytes()[:100] if damage == "cut" else b"")
    with pytest.raises(ValueError, match=r"is no checkpoint or is damaged .*Remove it"):
        clone(TABLE).set_params(checkpoint=tmp_path).fit(X, y)
    assert not (tmp_path / "canary").exists()


def test_one_process_at_a_time(clips, tmp_path):
    pytest.importorskip("fcntl")
    X, y = clips[0][:, :, 0], clips[1]
    inside, go_on = threading.Event(), threading.Event()

    class Waiting(Callback):
        def on_train_begin(self, net, **kwargs):
            if threading.current_thread() is not threading.main_thread():
                inside.set()
                go_on.wait(10)

    model = clone(TABLE).set_params(checkpoint=tmp_path, callbacks=[Waiting()])
    thread = threading.Thread(target=clone(model).fit, args=(X, y))
    thread.start()
    try:
        assert inside.wait(10)
        with pytest.raises(BlockingIOError, match="another process does this"):
            clone(model).fit(X, y)
        # in progress is not the same as unfinished
    finally:
        go_on.set()
        thread.join()
    assert clone(model).fit(X, y).n_iter_ == 4


def test_an_interruption_names_the_checkpoint(clips, tmp_path):
    X, y = clips
    model = CNNClassifier(max_epochs=4, checkpoint=tmp_path, **SMALL)
    with (
        pytest.warns(UserWarning, match="interrupted after 3 epochs"),
        killed(8, KeyboardInterrupt) as said,
    ):
        model.fit(X, y)
    assert re.search(r"continues from .*\.checkpoint", said[0])
    model.fit(X, y)
    plain = clone(model).set_params(checkpoint=None)
    assert same_training(plain.fit(X, y), model)


def test_a_training_that_diverges_leaves_nothing(clips, tmp_path):
    X, y = clips
    model = CNNClassifier(
        max_epochs=50, optimizer="sgd", norm=None, checkpoint=tmp_path, **SMALL
    )
    with pytest.raises(ValueError, match="diverged"):
        model.set_params(lr=1e6).fit(X, y)
    assert not list(tmp_path.iterdir())


class Drawing(Callback):
    """Draws from NumPy's global generator, and counts by itself."""

    def on_train_begin(self, net, **kwargs):
        self.seen_, self.drawn_ = np.float64(0), {}

    def on_epoch_end(self, net, **kwargs):
        self.seen_ += 1
        self.drawn_["last"] = float(np.random.random())  # noqa: NPY002
        net.history.record("drawn", self.drawn_["last"])
        net.history.record("seen", self.seen_)


class Counting(Drawing):
    """Says itself what its state is."""

    def state_dict(self):
        return {"seen": float(self.seen_)}

    def load_state_dict(self, state):
        self.seen_ = state["seen"]


class Secretive(Counting):
    """Has a state that no file can hold."""

    def state_dict(self):
        return {"seen": Killed}


def test_a_state_that_cannot_be_kept_is_an_error_at_once(clips, tmp_path):
    X, y = clips[0][:, :, 0], clips[1]
    model = clone(TABLE).set_params(checkpoint=tmp_path, callbacks=[Secretive()])
    with pytest.raises(TypeError, match="cannot be kept"):
        model.fit(X, y)
    assert not list(tmp_path.glob("*.checkpoint*"))


@pytest.mark.parametrize("kind", [Drawing, Counting])
def test_callbacks_of_users_go_on(kind, clips, tmp_path):
    X, y = clips
    model = CNNClassifier(max_epochs=5, callbacks=[("own", kind())], **SMALL)
    np.random.seed(3)  # noqa: NPY002
    whole = clone(model).fit(X, y)
    np.random.seed(3)  # noqa: NPY002
    resumed, _ = killed_and_resumed(model, tmp_path / "kept", lambda m: m.fit(X, y), 8)
    assert same_training(whole, resumed)


def test_short_epochs_are_not_written_one_by_one(clips, tmp_path, monkeypatch):
    X, y = clips[0][:, :, 0], clips[1]
    monkeypatch.setattr(checkpoint, "_SECONDS", 3600.0)
    monkeypatch.setattr(checkpoint_file.TrainingFile, "write", None)
    clone(TABLE).set_params(checkpoint=tmp_path).fit(X, y)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", [None, np.random.RandomState(0)])
def test_a_seed_is_needed(seed, clips, tmp_path):
    model = clone(TABLE).set_params(random_state=seed, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="checkpoint needs a random_state that is an"):
        model.fit(clips[0][:, :, 0], clips[1])


def test_a_cache_or_another_folder_is_no_other_training():
    params = {"cache": FeatureCache("x"), "net__checkpoint": "y", "lr": 1, "f": dict}
    assert checkpoint_file.described(params) == {"f": "builtins.dict", "lr": "1"}
