"""The y of every door that learns from one: a label for each clip."""

import numpy as np
import pandas as pd
import pytest
from helpers import small_cnn

from sklearn_genre import (
    GaussianMixtureClassifier,
    OpenSetClassifier,
    ShrinkageDiscriminantAnalysis,
    SliceVotingClassifier,
    evaluate,
)
from sklearn_genre.neural import Augmentation

X = np.random.default_rng(0).normal(size=(6, 40, 64)).astype(np.float32)
WITHOUT = {
    "None": ["rock", None, "jazz"] * 2,
    "NaN": ["rock", float("nan"), "jazz"] * 2,
    "array": np.array(["rock", None, "jazz"] * 2, dtype=object),
    "strings": pd.Series(["rock", pd.NA, "jazz"] * 2, dtype="string"),
    "categories": pd.Series(["rock", None, "jazz"] * 2, dtype="category"),
    "numbers": [0, None, 1] * 2,
}
DOORS = {
    "network": lambda y: small_cnn().fit(X, y),
    "voting": lambda y: SliceVotingClassifier(small_cnn()).fit(X[:, None], y),
    "mixture": lambda y: GaussianMixtureClassifier().fit(X[:, 0], y),
    "discriminant": lambda y: ShrinkageDiscriminantAnalysis().fit(X[:, 0], y),
    "open set": lambda y: OpenSetClassifier(small_cnn()).fit(X, y),
    "evaluate": lambda y: evaluate(small_cnn(), X, y, protocol="random"),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("y", WITHOUT.values(), ids=WITHOUT)
def test_rows_without_a_label_are_named(door, y):
    with pytest.raises(ValueError, match="y has no label in row 1 and 1 other rows"):
        door(y)


def test_one_row_without_a_label():
    y = ["rock", "jazz", "rock", "jazz", "rock", None]
    with pytest.raises(ValueError, match=r"no label in row 5\. Give each clip a label"):
        small_cnn().fit(X, y)


def test_empty_lists_say_where_they_may_come_from():
    with pytest.raises(ValueError, match=r"X is empty.*the folder and the pattern"):
        small_cnn().fit([], [])


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_labels_of_several_kinds_are_named(door):
    y = np.array(["rock", 1, "jazz"] * 2, dtype=object)
    kinds = (
        r"kinds that have no order: ('\w+' \(str\), 1 \(int\)|1 .*, '\w+' .*)\. Make"
    )
    with pytest.raises(TypeError, match=kinds):
        door(y)


def test_classes_that_come_later_are_named():
    net = small_cnn(max_epochs=1).fit(X, ["rock", "jazz"] * 3)
    with pytest.raises(ValueError, match=r"nor its argument classes had: 'funk'\."):
        net.partial_fit(X, ["rock", "jazz", "funk"] * 2)
    with pytest.raises(ValueError, match="but classes holds only one class, 'rock'"):
        small_cnn().partial_fit(X, ["rock"] * 6, classes=["rock"])


def test_augmentation_that_is_not_there_has_no_parameters():
    with pytest.raises(ValueError, match="augment__crop needs an augmentation"):
        small_cnn().set_params(augment__crop=3)
    net = small_cnn().set_params(augment=Augmentation(), augment__crop=3)
    assert net.augment.crop == 3
