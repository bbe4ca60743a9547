"""MusicnnClassifier from the weights of a published network."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_genre import Augmentation, MusicnnClassifier, recipes
from sklearn_genre.neural import musicnn_network

MODELS = ("msd", "mtt")


@pytest.fixture(scope="module")
def windows():
    """Eight windows, whose upper bands are loud in every second one."""
    X = np.random.default_rng(0).uniform(0, 2, size=(8, 96, 187)).astype("float32")
    X[1::2, 60:] += 2
    return X, np.array(["dub", "ska"] * 4)


def tuned(**params):
    given = dict(pretrained="msd", max_epochs=1, batch_size=4, random_state=0)
    return MusicnnClassifier(**(given | params))


@pytest.fixture(scope="module")
def head(windows):
    """A network whose output layer alone was trained."""
    return tuned(pretrained_lr=0, lr=0.01, max_epochs=3, save_optimizer=True).fit(
        *windows
    )


@pytest.fixture(scope="module")
def whole(windows):
    """A network that was trained at two rates."""
    return tuned(max_epochs=3).fit(*windows)


def weights(classifier):
    return classifier.module_.network.state_dict()


def changed(one, other):
    """Names of the weights and statistics that differ, the output layer aside."""
    return {
        key
        for key, value in one.items()
        if not key.startswith("out.") and not torch.equal(value, other[key])
    }


@pytest.mark.parametrize("model", MODELS)
def test_starts_from_the_published_network(windows, model):
    """A step of rate zero leaves everything but the statistics of batches."""
    X, y = windows
    clf = tuned(pretrained=model, pretrained_lr=0, lr=0).fit(X, y)
    expected = musicnn_network(model, "cpu").layers(torch.from_numpy(X))
    with torch.inference_mode():
        found = clf.module_.eval().network.layers(torch.from_numpy(X))
    assert found["logits"].shape == (8, 2)
    for name in expected.keys() - {"logits"}:
        assert torch.equal(found[name], expected[name]), name


def test_frozen_layers_stay_to_the_bit(head):
    network = musicnn_network("msd", "cpu")
    assert not changed(weights(head), network.state_dict())
    for part in (head.module_.network, network):
        part.train()
    assert head.module_.network.out.training
    assert not any(m.training for m in head.module_.network.modules() if leaf(m))
    network.eval()


def leaf(module):
    """Whether it is a layer of its own, and not the output layer."""
    return not [*module.children()] and not isinstance(module, torch.nn.Linear)


def test_frozen_layers_ignore_the_batch(windows, head):
    """Neither statistics of the batch nor dropout: training mode changes nothing."""
    X = torch.from_numpy(windows[0])
    net = head.module_
    with torch.inference_mode():
        assert torch.equal(net.train()(X[:2]), net.eval()(X[:2]))


def test_training_lowers_the_loss(head, whole):
    for clf in (head, whole):
        losses = clf.net_.history[:, "train_loss"]
        assert losses[-1] < losses[0]


def test_all_other_layers_learn(whole):
    known = musicnn_network("msd", "cpu").state_dict()
    assert known.keys() - changed(weights(whole), known) == {
        "out.weight",
        "out.bias",
        # the normalization of the input stays as published
        *(key for key in known if key.startswith("input_norm.")),
    }


@pytest.mark.parametrize("rate", [1e-5, 1e-3])
def test_two_rates(windows, rate):
    """The first step of Adam has the size of the rate."""
    clf = tuned(pretrained_lr=rate, lr=1e-3, batch_size=8).fit(*windows)
    before = musicnn_network("msd", "cpu").state_dict()
    for key in ("timbral.0.0.weight", "middle.2.0.weight", "hidden.0.0.weight"):
        step = (weights(clf)[key] - before[key]).abs().max().item()
        assert step == pytest.approx(rate, rel=0.02), key
    assert [g["lr"] for g in clf.net_.optimizer_.param_groups] == [rate, 1e-3]


@pytest.mark.parametrize("kind", ["cosine", "one_cycle"])
def test_schedules_keep_the_ratio_of_the_rates(windows, kind):
    from skorch.callbacks import Callback

    class Spy(Callback):
        rates = []

        def on_batch_begin(self, net, training=False, **kwargs):
            self.rates.append([g["lr"] for g in net.optimizer_.param_groups])

    clf = tuned(
        pretrained_lr=1e-4,
        lr=1e-3,
        lr_schedule=kind,
        batch_size=2,
        callbacks=[Spy()],
    )
    clf.fit(*windows)
    low, high = np.transpose(Spy.rates)
    np.testing.assert_allclose(low, high / 10)
    assert high.max() == pytest.approx(1e-3)
    assert len(set(high)) > 1


@pytest.mark.parametrize(
    "params",
    [
        {"n_timbral": 20},
        {"timbral_heights": (0.4, 0.8)},
        {"n_temporal": 20},
        {"temporal_lengths": (64, 32)},
        {"n_filters": 512},
        {"n_blocks": 2},
        {"hidden_sizes": (500,)},
        {"norm": None},
        {"activation": "elu"},
        {"standardize": True},
        {"init": "he"},
        {"net_params": {"optimizer__param_groups": [("*out*", {"lr": 0.1})]}},
    ],
)
def test_parameters_that_contradict_the_network(windows, params):
    (name,) = params
    message = rf"MusicnnClassifier: {name}=.*pretrained='mtt'.*Leave {name} at"
    with pytest.raises(ValueError, match=message):
        tuned(pretrained="mtt", **params).fit(*windows)


def test_sizes_in_other_types_are_the_same(windows):
    clf = tuned(hidden_sizes=[np.int64(200)], timbral_heights=[0.4, 0.7])
    clf.check_params()
    clf._check_params()


def test_clips_that_the_network_cannot_read(windows):
    X, y = windows
    with pytest.raises(ValueError, match=r"reads 96 bands, got 80\. .*MusicnnSpectro"):
        tuned().fit(X[:, :80], y)
    with pytest.raises(ValueError, match=r"187 frames .*got 100\. .*slice_length=187"):
        tuned().fit(X[..., :100], y)
    with pytest.raises(ValueError, match=r"187 frames .*got 1\. "):
        tuned().fit(X[..., 0], y)
    with pytest.raises(ValueError, match=r"got 90\. .*\(augment\)"):
        tuned(augment=Augmentation(crop=90)).fit(X, y)


def test_input_is_not_standardized(windows, head):
    assert "mean" not in head._scaling(windows[0], None)
    assert head.get_params()["standardize"] is None
    assert MusicnnClassifier()._standardizes()
    assert not MusicnnClassifier(standardize=False)._standardizes()


@pytest.mark.parametrize("fitted", ["head", "whole"])
def test_clone_and_pickle(windows, fitted, request):
    X, _ = windows
    clf = request.getfixturevalue(fitted)
    loaded = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.module_.network.frozen == clf.module_.network.frozen
    assert clone(clf).get_params() == clf.get_params()


def test_warm_start_thaws_and_freezes(windows, head):
    """The output layer first, then all, then the output layer; through a file."""
    clf = pickle.loads(pickle.dumps(head))
    known = musicnn_network("msd", "cpu").state_dict()
    clf.set_params(warm_start=True, max_epochs=1, pretrained_lr=1e-4).fit(*windows)
    thawed = {key: value.clone() for key, value in weights(clf).items()}
    assert "timbral.0.0.weight" in changed(thawed, known)
    assert "timbral.0.2.running_mean" in changed(thawed, known)
    clf = pickle.loads(pickle.dumps(clf)).set_params(pretrained_lr=0)
    clf.partial_fit(*windows)
    assert not changed(weights(clf), thawed)
    assert not torch.equal(weights(clf)["out.bias"], thawed["out.bias"])
    frozen = pickle.loads(pickle.dumps(clf)).module_.network.frozen
    assert "timbral" in frozen


def test_warm_start_of_a_network_from_random_weights(rng):
    X, y = rng.normal(size=(6, 96, 187)).astype("float32"), ["dub", "ska"] * 3
    small = dict(n_timbral=2, n_temporal=2, n_filters=2, hidden_sizes=(2,))
    clf = MusicnnClassifier(max_epochs=1, warm_start=True, **small).fit(X, y)
    default = MusicnnClassifier().get_params()
    clf.set_params(pretrained="msd", **{name: default[name] for name in small})
    clf.fit(X, y)
    (group,) = clf.net_.optimizer_.param_groups
    assert group["lr"] == clf.lr
    assert clf.module_.network.frozen == ()


def test_search_and_tags(windows):
    X, y = windows
    tags = np.stack([y == "dub", y == "ska", np.arange(8) < 4], axis=1).astype(int)
    grid = {"pretrained": ["msd", "mtt"]}
    search = GridSearchCV(tuned(pretrained_lr=0), grid, cv=2, refit=False)
    assert len(search.fit(X, y).cv_results_["params"]) == 2
    clf = tuned(pretrained_lr=0).fit(X, tags)
    assert clf.predict_proba(X).shape == (8, 3)


def test_double_precision(windows):
    X, y = windows
    clf = tuned(pretrained_lr=0).fit(X[:2].astype("float64"), y[:2])
    out = clf.module_.network.state_dict()
    assert out["out.weight"].dtype == torch.float64
    known = musicnn_network("msd", "cpu").state_dict()
    assert torch.equal(out["timbral.0.0.weight"].float(), known["timbral.0.0.weight"])


def test_recipe_from_audio(rng):
    """Songs of unequal length, one of them shorter than a window."""
    noise = [(rng.uniform(-0.1, 0.1, 16000 * k // 2), 16000) for k in (3, 7, 8, 9)]
    model = recipes.fine_tuned(
        model="mtt", n_slices=2, pretrained_lr=0, max_epochs=1, random_state=0
    )
    proba = model.fit(noise, ["dub", "ska"] * 2).predict_proba(noise[:2])
    assert proba.shape == (2, 2)
    assert model[:-1].transform(noise[:1]).shape == (1, 2, 96, 187)
    network = model["classifier"]
    assert (network.pretrained, network.pretrained_lr) == ("mtt", 0)
