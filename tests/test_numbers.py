"""No frame, one class, targets of two columns, probabilities that are no numbers."""

import numpy as np
import pytest
from helpers import SMALL
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.utils import Bunch

from sklearn_genre import (
    Autoencoder,
    BandScaler,
    CNNClassifier,
    DenseClassifier,
    FixedLength,
    FrameSubsampler,
    GaussianMixtureClassifier,
    ShrinkageDiscriminantAnalysis,
    Slicer,
    SliceVotingClassifier,
    SummaryStats,
    TagThresholdClassifier,
    TextureStats,
    evaluate,
)

Y = np.repeat(["jazz", "metal"], 6)
NETWORKS = [
    kind(**SMALL.get(kind, {}), max_epochs=1)
    for kind in (CNNClassifier, DenseClassifier)
]
STEPS = [
    *(Autoencoder(), BandScaler(), FixedLength(n_frames=4), FrameSubsampler()),
    *(Slicer(slice_length=2), SummaryStats(), TextureStats()),
]


@pytest.mark.parametrize("model", [*NETWORKS, *STEPS], ids=lambda m: type(m).__name__)
@pytest.mark.parametrize(
    "shape", [(12, 8, 0), (12, 0, 5), (12, 0, 8, 5), (12, 2, 8, 0)]
)
def test_clips_that_hold_nothing(model, shape):
    what = ("slice", "band", "frame")[-len(shape[1:]) :][shape[1:].index(0)]
    with pytest.raises(ValueError, match=f"{what} or more|dim <= 3|0 feature"):
        clone(model).fit(np.zeros(shape, dtype="float32"), Y)


@pytest.mark.parametrize(
    "model",
    [
        *NETWORKS,
        GaussianMixtureClassifier(),
        ShrinkageDiscriminantAnalysis(),
        SliceVotingClassifier(ShrinkageDiscriminantAnalysis()),
        TagThresholdClassifier(GaussianMixtureClassifier()),
    ],
    ids=lambda m: type(m).__name__,
)
def test_targets_that_teach_nothing(model, rng):
    X = rng.normal(size=(12, 8))
    if isinstance(model, SliceVotingClassifier):
        X = rng.normal(size=(12, 2, 8))
    if isinstance(model, CNNClassifier):
        X = rng.normal(size=(12, 8, 6))
    with pytest.raises(ValueError, match=r"one class|number of classes"):
        clone(model).fit(X, np.repeat("jazz", 12))
    columns = np.stack([np.repeat([2, 3], 6), np.tile([2, 3], 6)], axis=1)
    with pytest.raises(ValueError, match=r"0 and 1 for each tag|1d array"):
        clone(model).fit(X, columns)


class Broken(ClassifierMixin, BaseEstimator):
    """Gives no numbers for the last rows."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        proba = np.full((len(X), len(self.classes_)), 0.5)
        proba[-1] = np.nan
        return proba

    def predict(self, X):
        return np.repeat(self.classes_[0], len(X))


def test_probabilities_that_are_no_numbers(rng):
    X = rng.normal(size=(12, 3, 8, 6))
    words = r"Broken.predict_proba gave NaN or infinity for row"
    votes = SliceVotingClassifier(Broken()).fit(X, Y)
    for method in (votes.predict_proba, votes.predict, votes.decision_function):
        with pytest.raises(ValueError, match=words + " 35"):
            method(X)
    table = X[:, 0, :, 0]
    with pytest.raises(ValueError, match=words):
        TagThresholdClassifier(Broken()).fit(table, Y)
    data = Bunch(data=table, target=Y, groups=np.arange(12))
    with pytest.raises(ValueError, match=words):
        evaluate(Broken(), data, protocol="random", n_splits=2)
    evaluate(DummyClassifier(strategy="prior"), data, protocol="random", n_splits=2)
