"""Recipes learn, from audio and from what their front ends give."""

import numpy as np
import pytest
from helpers import systems

from sklearn_genre import load_model, make_genre_audio, recipes, save_model

# small in width and time, where that keeps what the recipe is
SHRINK = {
    "jones_dnn": {"hidden_sizes": (16, 16)},
    "jones_cnn": {"hidden_sizes": (16,)},
    "panwar_crnn": {"n_filters": (4, 4, 4, 4), "hidden_sizes": (4, 4)},
    "choi_fcn": {"n_filters": 8, "dropout": 0.1},
    "lachmish_cnn": {"n_filters": 8, "hidden_sizes": (16,)},
    "dieleman_cnn": {"n_filters": 8, "hidden_sizes": (16,)},
    "dieleman_multiscale": {"hidden_sizes": (16,)},
    "hamel_pooled": {"hidden_sizes": (16,)},
    "pun_dense": {"hidden_sizes": (16, 16, 8, 8)},
    "pun_hybrid": {"n_filters": (4, 8), "table_sizes": (8,), "branch_size": 8},
    "short_chunk_cnn": {"n_filters": (4, 4, 4, 4, 8, 8, 8), "hidden_sizes": (8,)},
    "musicnn": {"n_timbral": 4, "n_temporal": 4, "n_filters": 4},
    "sample_cnn": {"n_filters": (4,) * 10},
}


def shrunk(model, name):
    """The model with narrow layers; their number stays."""
    net, wanted = model["classifier"], {}
    for key, value in SHRINK.get(name, {}).items():
        if isinstance(value, int) and key == "n_filters" and name != "musicnn":
            value = (value,) * len(net.n_filters)
        wanted[f"classifier__{key}"] = value
    return model.set_params(**wanted)


def options(system, **wanted):
    """Those of the wanted parameters that the recipe has."""
    known = getattr(recipes, system.recipe).__kwdefaults__
    return {key: value for key, value in wanted.items() if key in known}


@pytest.fixture(scope="module")
def songs():
    """Two styles, two seconds each."""
    return make_genre_audio(3, genres=["dub", "waltz"], duration=2.0)


@systems
def test_from_audio(system, songs, tmp_path):
    """Whole chains at the rates of their papers, on short clips."""
    short = {"n_slices": 2} if system.input == "waveform" else {}
    if system.recipe in ("short_chunk_cnn", "musicnn", "dieleman_cnn"):
        short = {"n_slices": 2, "slice_length": 32}
    wanted = {"max_epochs": 1, "duration": 2.0, "random_state": 0} | short
    if system.recipe == "jones_dnn":
        wanted["front_end"] = recipes.pun_features(duration=2.0)
    if system.recipe == "jones_cnn":
        wanted["slice_length"] = 8
        wanted["image_shape"] = (32, 32) if system.params["n_slices"] == 5 else None
    if system.recipe in ("panwar_crnn", "lachmish_cnn"):
        wanted["n_frames"] = 48
    if system.recipe == "panwar_crnn":
        wanted["early_stopping"] = False
    if system.recipe == "sample_cnn":
        wanted["n_slices"] = 1
    if system.recipe in ("pca_two_stage", "dieleman_multiscale"):
        wanted["n_components"] = 8
    model = shrunk(system.build(**options(system, **wanted)), system.recipe)
    X = [(wave, songs.sample_rate) for wave in songs.audio]
    model.fit(X, songs.target)
    pred = model.predict(X)
    assert pred.shape == (6,)
    assert set(pred) <= {"dub", "waltz"}
    if hasattr(model, "predict_proba"):
        proba = model.predict_proba(X)
        np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    save_model(model, tmp_path / "model.skops")
    again = load_model(tmp_path / "model.skops")
    for answers in {"predict", "predict_proba"} & set(dir(model)):
        expected = getattr(model, answers)(X)
        np.testing.assert_array_equal(getattr(again, answers)(X), expected)


def easy(kind, rng):
    """Two genres that differ plainly, as ``front_end=None`` takes them."""
    y = np.repeat(["jazz", "metal"], 12)
    if kind == "table":
        X = rng.normal(size=(24, 10))
        X[12:, :4] += 4
    elif kind == "waveform":
        X = rng.normal(size=(24, 2, 1, 60)).astype("float32")
        X[12:, ..., :20] += 3
    else:
        X = rng.normal(size=(24, 24, 32)).astype("float32")
        X[12:, :12] += 4
        X -= X.min()  # powers are not negative
    return X, y


@systems
def test_learns_from_what_the_chain_would_give(system, rng):
    X, y = easy(system.input, rng)
    wanted = {"max_epochs": 20, "random_state": 0, "n_frames": None}
    if system.recipe in ("short_chunk_cnn", "musicnn", "dieleman_cnn"):
        wanted |= {"n_slices": 2, "slice_length": 16}
    if system.recipe == "jones_cnn":
        wanted |= {"slice_length": 8, "image_shape": None}
    if system.recipe.startswith(("pca", "soft", "auto", "dieleman_m")):
        wanted["n_components"] = 8
    if system.recipe == "sample_cnn":
        X = X[..., 0, :].reshape(24, -1)
        X = np.repeat(X, 2, axis=1)
        wanted["n_slices"] = 2
    model = system.build(front_end=None, **options(system, **wanted))
    model = shrunk(model, system.recipe)
    if system.recipe == "sample_cnn":
        model.set_params(
            slice__slice_length=81,
            classifier__n_filters=(8, 8, 8, 8),
            classifier__dropout=0,
        )
    rates = {key: 5e-3 for key in model.get_params() if key.endswith("__lr")}
    model.set_params(**rates)
    assert model.fit(X, y).score(X, y) >= 0.9


def test_tags_through_a_recipe(rng):
    tags = rng.integers(0, 2, size=(12, 3))
    X = rng.normal(size=(12, 24, 32)).astype("float32")
    model = recipes.panwar_crnn(
        front_end=None, n_frames=None, max_epochs=1, early_stopping=False
    )
    proba = shrunk(model, "panwar_crnn").fit(X, tags).predict_proba(X)
    assert proba.shape == (12, 3)


def test_groups_reach_the_inner_split_of_the_tagger(rng):
    X = rng.normal(size=(24, 24, 32)).astype("float32")
    y, artists = np.tile(["jazz", "pop"], 12), np.arange(24) // 2
    model = recipes.panwar_crnn(front_end=None, n_frames=None, max_epochs=1)
    model = shrunk(model, "panwar_crnn").fit(X, y, classifier__groups=artists)
    assert len(model["classifier"].history_) == 1


def test_votes_as_coded_and_as_told(rng):
    """The sum over slices and the highest single probability differ."""
    X = rng.normal(size=(12, 24, 32)).astype("float32")
    y = np.tile(["jazz", "pop", "rock"], 4)
    model = recipes.jones_cnn(
        slice_length=8, front_end=None, max_epochs=1, random_state=0
    )
    net = shrunk(model, "jones_cnn").fit(X, y)["classifier"]
    slices = model[:-1].transform(X)
    each = net.predict_proba_slices(slices)
    coded = np.argmax(each.sum(axis=1), axis=1)
    np.testing.assert_array_equal(net.predict(slices), net.classes_[coded])
    told = np.argmax(each.max(axis=1), axis=1)
    net.set_params(voting="max")
    np.testing.assert_array_equal(net.predict(slices), net.classes_[told])
