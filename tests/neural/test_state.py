"""Neural classifiers that are saved and loaded."""

import dataclasses
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
import torch
from helpers import small_cnn
from sklearn.pipeline import Pipeline

from sklearn_genre import Augmentation, CNNClassifier, DenseClassifier, Slicer
from sklearn_genre.neural._engine.build import _present_device


def holds_torch(state):
    """Whether any part of a nested state comes from torch."""
    if isinstance(state, dict):
        return any(holds_torch(v) for pair in state.items() for v in pair)
    if isinstance(state, list | tuple):
        return any(map(holds_torch, state))
    if dataclasses.is_dataclass(state):
        return holds_torch(vars(state))
    return isinstance(state, torch.Tensor | torch.nn.Module | torch.Generator)


def test_state_is_numpy_and_plain_data(clips):
    state = small_cnn(early_stopping=True).fit(*clips).__getstate__()
    assert not holds_torch(state)
    spec = state["_spec"]
    assert dataclasses.is_dataclass(spec)
    assert holds_torch(dataclasses.replace(spec, mean=torch.zeros(3)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.device = "cuda"


@pytest.mark.slow
def test_joblib_round_trip_in_a_fresh_process(clips, tmp_path):
    X, y = clips
    pipe = Pipeline(
        [("slice", Slicer(n_slices=2, slice_length=16)), ("clf", small_cnn())]
    )
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
    cnn = small_cnn(save_optimizer=True).fit(X, y)
    loaded = pickle.loads(pickle.dumps(cnn))
    step = cnn.net_.optimizer_.state_dict()["state"][0]["step"]
    assert loaded.net_.optimizer_.state_dict()["state"][0]["step"] == step
    assert [row["train_loss"] for row in loaded.history_] == [
        row["train_loss"] for row in cnn.history_
    ]
    assert loaded.partial_fit(X, y).n_iter_ == 5


@pytest.mark.parametrize("again", ["partial_fit", "fit"])
def test_a_new_optimizer_is_announced_once(clips, again):
    cnn = small_cnn(warm_start=True).fit(*clips)
    loaded = pickle.loads(pickle.dumps(cnn))
    np.testing.assert_array_equal(
        loaded.predict_proba(clips[0]), cnn.predict_proba(clips[0])
    )
    # saving it again does not bring the optimizer back
    loaded = pickle.loads(pickle.dumps(loaded))
    with pytest.warns(UserWarning, match="without the state of its optimizer"):
        getattr(loaded, again)(*clips)
    n_iter = cnn.n_iter_ + (1 if again == "partial_fit" else cnn.max_epochs)
    assert loaded.n_iter_ == n_iter
    loaded.partial_fit(*clips)


def test_the_state_of_the_optimizer_is_two_thirds_of_a_file(clips):
    cnn = DenseClassifier(hidden_sizes=(256, 256), max_epochs=1).fit(*clips)
    without = len(pickle.dumps(cnn))
    weights = sum(v.nbytes for v in cnn.module_.parameters())
    assert weights < without < 1.1 * weights
    cnn.set_params(save_optimizer=True)
    assert len(pickle.dumps(cnn)) > without + 1.9 * weights


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
    cnn.device = "cuda"  # as it would stand after such a fit
    cnn._spec = dataclasses.replace(cnn._spec, device="cuda")
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


def test_model_of_a_gpu_that_is_not_here(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert _present_device("cuda:1") == "cuda:1"
    with pytest.warns(UserWarning, match="cuda:2, which is not available here"):
        assert _present_device("cuda:2") == "cuda"
