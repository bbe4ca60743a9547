"""Doctored model files are refused before anything is built from them."""

import numpy as np
import pytest
from helpers import bounded_memory, small_cnn, within
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import NODE_DTYPE

from sklearn_genre import Slicer, load_model, save_model
from sklearn_genre.pretrained import model_card
from sklearn_genre.pretrained._compiled import check_compiled

from .doctored_models import DOCTORED, npy, packed, unpacked


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The bytes of a small model."""
    X = np.random.default_rng(0).normal(size=(8, 16, 40)).astype(np.float32)
    model = make_pipeline(Slicer(n_slices=2, slice_length=16), small_cnn(max_epochs=1))
    path = tmp_path_factory.mktemp("sound") / "model.skops"
    save_model(model.fit(X, ["dub", "waltz"] * 4), path, card="# Sound")
    return path.read_bytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


def test_taking_apart_and_packing_changes_nothing(sound, path):
    path.write_bytes(packed(unpacked(sound)))
    assert list(load_model(path).classes_) == ["dub", "waltz"]
    assert model_card(path) == "# Sound"


@pytest.mark.parametrize("name", DOCTORED)
def test_doctored_files_are_refused_by_name(name, sound, path):
    doctor, words = DOCTORED[name]
    path.write_bytes(doctor(sound))
    with (
        bounded_memory(500),
        pytest.raises(ValueError, match=rf"model\.skops'.*({words})"),
    ):
        within(20, load_model, path)


@pytest.mark.parametrize("name", ["text", "bomb", "two plans", "lying sizes", "link"])
def test_no_card_of_a_doctored_file(name, sound, path):
    path.write_bytes(DOCTORED[name][0](sound))
    with pytest.raises(ValueError, match=r"model\.skops' cannot be loaded"):
        model_card(path)


# -- compiled code that follows numbers of the file ---------------------------------
@pytest.fixture(scope="module")
def table():
    X = np.random.default_rng(0).normal(size=(40, 3))
    return X, (X[:, 0] > 0).astype(int)


def altered_tree(tree, name, at, value):
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"][name][at] = value
    tree.__setstate__(state)


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("left_child", 0, 10**6),
        ("right_child", 0, 10**6),
        ("right_child", 0, 0),
        ("left_child", 0, -2),
        ("feature", 0, 3),
        ("feature", 0, -5),
    ],
)
@pytest.mark.parametrize("kind", [RandomForestClassifier, GradientBoostingClassifier])
def test_trees_with_nodes_out_of_range(table, kind, name, at, value):
    model = kind(n_estimators=2, random_state=0).fit(*table)
    check_compiled(model)
    altered_tree(np.ravel(model.estimators_)[0].tree_, name, at, value)
    with pytest.raises(ValueError, match="arrays of Tree do not fit together"):
        check_compiled({"model": [model]})


@pytest.mark.parametrize(
    "nodes", [np.float64(1), np.ones(7), np.zeros((2, 7), NODE_DTYPE)], ids=str
)
def test_trees_of_other_arrays(table, path, nodes):
    """Such a tree would end the process when it is built."""
    save_model(DecisionTreeClassifier().fit(*table), path)
    members = unpacked(path.read_bytes())
    is_tree = (b"left_child" in one[:200] for one in members.values())
    name = next(name for name, one in zip(members, is_tree, strict=True) if one)
    path.write_bytes(packed(members | {name: npy(nodes)}))
    with pytest.raises(ValueError, match="the arrays of a tree do not fit together"):
        load_model(path)


def test_trees_of_other_features(table):
    X, y = table
    model = RandomForestClassifier(2, random_state=0).fit(X, y)
    model.estimators_ = RandomForestClassifier(2).fit(np.tile(X, 2), y).estimators_
    with pytest.raises(ValueError, match="do not fit together"):
        check_compiled(model)
    model = GradientBoostingClassifier(n_estimators=2).fit(X, y)
    model.estimators_ = np.tile(model.estimators_, (1, 2))
    with pytest.raises(ValueError, match=r"GradientBoosting.* do not fit together"):
        check_compiled(model)


@pytest.mark.parametrize(
    ("name", "value"),
    [("left", 10**6), ("right", 0), ("feature_idx", 99), ("is_categorical", 1)],
)
def test_trees_of_histograms(table, name, value):
    model = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2).fit(*table)
    check_compiled(model)
    nodes = model._predictors[0][0].nodes = model._predictors[0][0].nodes.copy()
    nodes[name][0] = value
    with pytest.raises(ValueError, match="do not fit together"):
        check_compiled(model)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("support_vectors_", lambda a: a[:1]),
        ("support_vectors_", lambda a: a[:, :1]),
        ("_dual_coef_", lambda a: a[:, :1]),
        ("_n_support", lambda a: a * 10**6),
        ("_n_support", lambda a: a * -1),
        ("_intercept_", lambda a: a[:0]),
        ("_probA", lambda a: np.ones(5)),
    ],
)
def test_support_vectors_of_other_shapes(table, name, change):
    model = SVC().fit(*table)
    check_compiled(model)
    setattr(model, name, change(getattr(model, name)))
    with pytest.raises(ValueError, match="arrays of SVC do not fit together"):
        check_compiled(model)
