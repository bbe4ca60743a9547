"""From a saved model to the genre of songs: quick to start, steady over many files."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
import torch

from sklearn_genre import CNNClassifier


@pytest.fixture
def clips(rng):
    y = np.repeat(["calm", "loud"], 6)
    return rng.normal(size=(12, 8, 20)).astype(np.float32), y


@pytest.fixture
def cnn(clips):
    return CNNClassifier(n_filters=(4,), max_epochs=2, random_state=0).fit(*clips)


# -- a loaded net ---------------------------------------------------------------------
def test_a_loaded_net_predicts_without_what_training_needs(cnn, clips, tmp_path):
    joblib.dump(cnn, tmp_path / "model.joblib")
    np.save(tmp_path / "X.npy", clips[0])
    program = (
        "import sys, joblib, numpy as np\n"
        f"model = joblib.load({str(tmp_path / 'model.joblib')!r})\n"
        f"X = np.load({str(tmp_path / 'X.npy')!r})\n"
        "np.save(sys.argv[1], model.predict_proba(X))\n"
        "print('torch._dynamo' in sys.modules)\n"
        "model.partial_fit(X[:2], ['calm', 'loud'])\n"
        "print('torch._dynamo' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "proba.npy")],
        capture_output=True,
        text=True,
        check=True,
    )
    # the second line shows that the module is what training loads
    assert done.stdout.split() == ["False", "True"]
    expected = cnn.predict_proba(clips[0])
    np.testing.assert_array_equal(np.load(tmp_path / "proba.npy"), expected)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", torch.optim.RMSprop])
def test_the_optimizer_of_a_loaded_net_is_the_saved_one(clips, optimizer):
    X, y = clips
    params = dict(lr=0.01, weight_decay=0.1, max_epochs=2)
    cnn = CNNClassifier(n_filters=(4,), optimizer=optimizer, random_state=0, **params)
    cnn.fit(X, y)
    loaded = pickle.loads(pickle.dumps(cnn))
    twice = pickle.loads(pickle.dumps(loaded))
    for other in (loaded, twice):
        made = other.net_.optimizer_
        assert type(made) is type(cnn.net_.optimizer_)
        assert made is other.net_.optimizer_
        assert made.param_groups[0]["lr"] == 0.01
        assert made.param_groups[0]["weight_decay"] == 0.1
        state, saved = made.state_dict(), cnn.net_.optimizer_.state_dict()
        for key, values in saved["state"].items():
            for name, value in values.items():
                assert torch.equal(state["state"][key][name], torch.as_tensor(value))
    assert len(cnn.net_.optimizer_.state_dict()["state"]) == (
        0 if optimizer == "sgd" else len(list(cnn.net_.module_.parameters()))
    )


def test_a_loaded_net_trains_on_as_if_it_had_not_been_saved(cnn, clips):
    loaded = pickle.loads(pickle.dumps(cnn)).set_params(warm_start=True, lr=0.01)
    cnn.set_params(warm_start=True, lr=0.01)
    X, y = clips
    cnn.random_state = loaded.random_state = 1
    cnn._generator = None
    expected = cnn.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(loaded.fit(X, y).predict_proba(X), expected)
