"""The file of a trained model: what is kept, what is refused, what damage does."""

import copy
import io
import os
import shutil

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_genre import Augmentation, load_pretrained, recipes
from sklearn_genre._utils import archive
from sklearn_genre.pretrained import _loading as loading
from sklearn_genre.pretrained import save_pretrained

# rounding to float16 moves a weight by up to 1/2048 of itself
ROUNDING = 0.01


def small(**params):
    """A recipe trained for an instant on mel images of noise."""
    net = "classifier__estimator__net__"
    model = recipes.best(front_end=None, max_epochs=1, random_state=0)
    few = {f"{net}n_filters": (2, 2, 2, 2), "slice__slice_length": 80}
    model.set_params(**few).set_params(**params)
    X = np.random.default_rng(0).normal(-40, 10, size=(8, 128, 80)).astype(np.float32)
    return model.fit(X, ["dub", "waltz"] * 4)


@pytest.fixture(scope="module")
def of_images():
    return small()


@pytest.fixture(scope="module")
def written(of_images, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "mine.npz"
    save_pretrained(of_images, path)
    return path


class OwnFrontEnd(FunctionTransformer):
    """What a user might write."""


class OwnAugmentation(Augmentation):
    """What a user might write."""


TEXTURE, NET = "classifier__estimator__texture", "classifier__estimator__net"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("front_end", OwnFrontEnd()),
        ("front_end", FunctionTransformer(np.negative)),
        ("front_end", make_pipeline(FunctionTransformer())),
        ("slice__n_slices", None),
        ("classifier__estimator__n_jobs", 1),
        (TEXTURE, "drop"),
        (f"{TEXTURE}__scale", "passthrough"),
        (f"{TEXTURE}__scale__with_std", False),
        (f"{TEXTURE}__scale__with_mean", False),
        (f"{TEXTURE}__discriminant", LogisticRegression()),
        (NET, "drop"),
        (f"{NET}__augment", OwnAugmentation(crop=40)),
        (f"{NET}__random_state", np.random.RandomState(0)),
    ],
)
def test_what_loading_could_not_give_back_is_refused(name, value, tmp_path):
    model = small(**{name: value})
    with pytest.raises(ValueError, match=rf"model has {name}=.*joblib\.dump"):
        save_pretrained(model, tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


def test_added_steps_other_orders_and_rules_are_refused(of_images, tmp_path):
    model = copy.deepcopy(of_images)
    model.steps.insert(1, ("louder", FunctionTransformer()))
    with pytest.raises(ValueError, match="would have no louder"):
        save_pretrained(model, tmp_path / "model.npz")
    hard = small(classifier__voting="hard", classifier__estimator__voting="hard")
    with pytest.raises(ValueError, match="has classifier__estimator__voting='hard'"):
        save_pretrained(hard, tmp_path / "model.npz")
    model = copy.deepcopy(of_images)
    model["classifier"].estimator.estimators.reverse()
    with pytest.raises(ValueError, match="classifier__estimator__estimators="):
        save_pretrained(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="would have front_end=MelSpectrogram"):
        save_pretrained(of_images[1:], tmp_path / "model.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("front_end", "passthrough"),
        ("classifier__voting", "max"),
        ("classifier__estimator__weights", np.array([1.0, 3.0])),
        (f"{TEXTURE}__discriminant__shrinkage", np.float32(0.75)),
        (f"{TEXTURE}__stats__stats", ["level", "lag"]),
        (f"{NET}__augment", None),
        (f"{NET}__augment__crop", np.int64(40)),
        (f"{NET}__optimizer__betas", (0.8, 0.9)),
        (f"{NET}__standardize", False),
    ],
)
def test_other_parameters_are_kept(name, value, tmp_path):
    model = small(**{name: value})
    save_pretrained(model, tmp_path / "model.npz", training={"seed": np.int64(1)})
    loaded = load_pretrained(tmp_path / "model.npz", n_excerpts=1)
    assert loaded["front_end"].get_params() == recipes.best()["front_end"].get_params()
    if name != "front_end":
        np.testing.assert_array_equal(loaded.get_params()[name], value)
    X = np.random.default_rng(1).normal(-40, 10, size=(4, 128, 80))
    loaded.set_params(front_end="passthrough")
    expected = model.predict_proba(X)
    np.testing.assert_allclose(loaded.predict_proba(X), expected, atol=ROUNDING)


def test_the_front_end_is_kept(of_images, tmp_path):
    """Its parameters, but not where it computes and what it keeps there."""
    model = copy.deepcopy(of_images).set_params(front_end=recipes.best()["front_end"])
    model.set_params(front_end__top_db=np.float64(60), front_end__cache=tmp_path)
    save_pretrained(model, tmp_path / "model.npz")
    front_end = load_pretrained(tmp_path / "model.npz")["front_end"]
    assert (front_end.top_db, front_end.cache) == (60.0, None)
    model.set_params(front_end__n_mels=64)
    with pytest.raises(ValueError, match="n_bands=128, but the front end gives 64"):
        save_pretrained(model, tmp_path / "model.npz")


@pytest.mark.parametrize("n_excerpts", [1, 3])
def test_the_front_end_decodes_what_is_sliced(written, tmp_path, n_excerpts):
    usual = recipes.best()["front_end"].duration
    for length, duration in ((80, usual), (334, usual), (500, 499 * 1977 / 22050)):
        params = {"slice__slice_length": length}
        resealed(written, tmp_path / "model.npz", params=params)
        loaded = load_pretrained(tmp_path / "model.npz", n_excerpts=n_excerpts)
        front_end = loaded["front_end"]
        assert (front_end.n_excerpts, front_end.duration) == (n_excerpts, duration)
    params = {"slice__slice_length": 40.0, "slice__frame_rate": 10}
    resealed(written, tmp_path / "model.npz", params=params)
    assert load_pretrained(tmp_path / "model.npz")["front_end"].duration > 399 * 0.089
    resealed(written, tmp_path / "model.npz", params={"slice__slice_length": None})
    front_end = load_pretrained(tmp_path / "model.npz")["front_end"]
    assert (front_end.n_excerpts, front_end.duration) == (None, None)


def test_changes_after_fit_are_refused(of_images, tmp_path):
    path = tmp_path / "model.npz"
    for name, value in {
        f"{NET}__voting": "max",
        f"{NET}__n_filters": (4, 4, 4, 4),
        "classifier__estimator__weights": (1, 2),
        f"{TEXTURE}__stats__stats": ("level",),
    }.items():
        model = copy.deepcopy(of_images).set_params(**{name: value})
        with pytest.raises(ValueError, match=f"{name.split('__')[-1]}=.* now. Set it"):
            save_pretrained(model, path)
    model = copy.deepcopy(of_images)
    parts = model["classifier"].estimator_.estimators_
    parts[0].predict_proba = lambda X: np.tile([0.0, 1.0], (len(X), 1))
    with pytest.raises(ValueError, match="differ by"):
        save_pretrained(model, path)
    # no answer depends on these
    model = copy.deepcopy(of_images).set_params(**{f"{NET}__random_state": None})
    save_pretrained(model, path)


def test_arguments_of_save(of_images, tmp_path):
    with pytest.raises(TypeError, match="path must be the path of a file, got None"):
        save_pretrained(of_images, None)
    for training in ({"model": of_images}, {1: "one"}, [1]):
        with pytest.raises(ValueError, match="training must be a dict"):
            save_pretrained(of_images, tmp_path / "model.npz", training=training)
    model = copy.deepcopy(of_images)
    model["classifier"].classes_ = np.array([b"dub", b"waltz"])
    with pytest.raises(ValueError, match=r"classes_ must be text or numbers"):
        save_pretrained(model, tmp_path / "model.npz")


def test_excerpts_are_kept_together_when_trained_anew(written):
    shuffles = [
        load_pretrained(written, n_excerpts=n)[-1]
        .estimator.named_estimators["texture"][-1]
        .shuffle
        for n in (1, 3)
    ]
    assert shuffles == [True, False]


@pytest.mark.parametrize("unfit", [recipes.best(), recipes.knn(), "gtzan"])
def test_only_a_fitted_recipe_is_written(unfit, tmp_path):
    with pytest.raises(ValueError, match=r"fitted recipes\.best"):
        save_pretrained(unfit, tmp_path / "model.npz")


def test_weights_beyond_float16_are_refused(written, tmp_path):
    model = load_pretrained(written)
    net = model[-1].estimator_.named_estimators_["net"]
    net.net_.module_.network.out.bias.data[0] = 1e6
    with pytest.raises(ValueError, match=r"out\.bias does not fit"):
        save_pretrained(model, tmp_path / "model.npz")


# -- the file -------------------------------------------------------------------------
def altered(written, path, **changes):
    """The file with other arrays and the old checksum."""
    with np.load(written) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, **{**arrays, **changes})


def test_damaged_files(written, tmp_path):
    content = written.read_bytes()
    bad = tmp_path / "bad.npz"
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    objects = io.BytesIO()
    np.savez(objects, about=np.array([{}], dtype=object))
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    for damaged in (
        b"",
        b"text",
        content[:-100],
        flipped,
        array.getvalue(),
        objects.getvalue(),
    ):
        bad.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"bad\.npz: not a model file .* damaged"):
            load_pretrained(bad)
    altered(written, bad, **{"texture.mean": np.zeros(871, np.float32)})
    with pytest.raises(ValueError, match="damaged"):
        load_pretrained(bad)


def resealed(written, path, arrays=None, params=None, **about):
    """The file with other content and its checksum right; None takes out."""
    old, known = archive.read(written)
    arrays, params = {**old, **(arrays or {})}, {**known["params"], **(params or {})}
    arrays = {name: value for name, value in arrays.items() if value is not None}
    about = {**known, "params": params, **about}
    archive.write(path, arrays, {k: v for k, v in about.items() if v is not None})


def floats(*shape):
    return np.ones(shape, np.float32)


@pytest.mark.parametrize(
    "changes",
    [
        {"arrays": {"texture.coef": None}},
        {"arrays": {"texture.coef": floats(1, 871)}},
        {"arrays": {"texture.intercept": floats()}},
        {"arrays": {"texture.scale": floats(1)}},
        {"arrays": {"texture.mean": np.full(871, np.nan, np.float32)}},
        {"arrays": {"texture.mean": np.full(871, "a")}},
        {"arrays": {"net.network.out.bias": None}},
        {"arrays": {"net.network.out.bias": floats(4)}},
        {"arrays": {"net.network.more": floats(4)}},
        {"params": {"front_end__n_fft": -1}},
        {"params": {"front_end__n_mels": 64}},
        {"params": {"front_end__abacus": 1}},
        {"params": {"classifier__voting": "loud"}},
        {"params": {"classifier__estimator__weights": [1]}},
        {"params": {f"{NET}__n_filters": [4, 4, 4, 4]}},
        {"params": {f"{NET}__n_filters": "four"}},
        {"classes": ["dub", "swing", "waltz"]},
        {"classes": ["waltz", "dub"]},
        {"classes": 3},
        {"classes": None},
        {"n_bands": 64},
        {"n_frames": None},
    ],
)
def test_inconsistent_files(changes, written, tmp_path):
    resealed(written, tmp_path / "bad.npz", **changes)
    with pytest.raises(
        ValueError, match=r"bad\.npz: its arrays .* do not make a model"
    ):
        load_pretrained(tmp_path / "bad.npz")


@pytest.mark.parametrize("name", ["front_end__cache", f"{NET}__checkpoint"])
def test_a_file_does_not_say_where_to_write(written, tmp_path, name):
    resealed(written, tmp_path / "model.npz", params={name: str(tmp_path / "kept")})
    with pytest.raises(ValueError, match=f"a file does not set {name}"):
        load_pretrained(tmp_path / "model.npz")


def test_files_of_a_later_format(written, tmp_path):
    arrays, about = archive.read(written)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "FORMAT", 2)
        del about["format"]
        archive.write(tmp_path / "later.npz", arrays, about)
    with pytest.raises(ValueError, match=r"later\.npz: .* format 2; .* reads format 1"):
        load_pretrained(tmp_path / "later.npz")


def test_arguments(written, tmp_path, monkeypatch):
    for name in (None, b"gtzan", 1, ["gtzan"]):
        with pytest.raises(TypeError, match=r"name must be one of gtzan, .*, or the"):
            load_pretrained(name)
    with pytest.raises(ValueError, match="no model 'gtzam'"):
        load_pretrained("gtzam")
    with pytest.raises(FileNotFoundError, match="gone"):
        load_pretrained(tmp_path / "gone.npz")
    for n in (0, 1.5, "three"):
        with pytest.raises(ValueError, match="n_excerpts must be"):
            load_pretrained(written, n_excerpts=n)
    with pytest.raises(ValueError, match="abacus"):
        load_pretrained(written, device="abacus")
    monkeypatch.setattr(loading, "_HERE", tmp_path)
    with pytest.raises(FileNotFoundError, match="train_pretrained"):
        load_pretrained()


def test_a_file_by_any_name(written, tmp_path):
    shutil.copy(written, tmp_path / "weights")
    assert len(load_pretrained(os.fspath(tmp_path / "weights")).classes_) == 2
