"""scikit-learn's own checks of every public estimator."""

import inspect

import numpy as np
import pytest
from helpers import public_estimators
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_genre import (
    Autoencoder,
    CNNClassifier,
    CRNNClassifier,
    DeepSoftmaxAutoencoder,
    DenseClassifier,
    FullyConvolutionalClassifier,
    HybridClassifier,
    MusicnnClassifier,
    NeuralClassifier,
    SampleCNNClassifier,
    TemporalCNNClassifier,
)
from sklearn_genre.neural import NeuralEstimator

ESTIMATORS = list(public_estimators())

# Weights are repetitions only without batch normalization and dropout, and in one
# batch: scikit-learn checks its own MLPClassifier with lbfgs for the same reason.
EXACT = dict(norm=None, dropout=0.0, batch_size=10_000, max_epochs=5)
EXACT_CHECK = "check_sample_weight_equivalence_on_dense_data"
# Behind a normalization as last layer only the biases of the output can favor a class
# whatever the input, and the steps of this check hardly move them.
FAVORITE_CHECK = "check_class_weight_classifiers"


def run(estimator, check):
    """Run one check, with the parameters that it needs."""
    name = getattr(check, "func", check).__name__
    if name == EXACT_CHECK and isinstance(estimator, NeuralEstimator):
        known = estimator.get_params()
        exact = {k: v for k, v in EXACT.items() if k in known}
        estimator = clone(estimator).set_params(**exact)
    if name == FAVORITE_CHECK and isinstance(estimator, MusicnnClassifier):
        estimator = clone(estimator).set_params(norm=None)
    check(estimator)


@parametrize_with_checks(ESTIMATORS)
def test_default_form(estimator, check):
    run(estimator, check)


def tiled(kind, shape, method="_check_X"):
    """The classifier, with the checks' 2-D X spread over more axes inside."""

    def check(self, X, reset, like=None):
        X = np.repeat(getattr(kind, method)(self, X, reset, like), shape[-1], axis=2)
        return X if len(shape) == 1 else np.repeat(X[:, None], shape[0], axis=1)

    class Tiled(kind):
        def _check_frames(self, n_frames, like):
            assert n_frames == 1  # checked before X is tiled

    setattr(Tiled, method, check)
    Tiled.__name__ = f"{kind.__name__}{len(shape) + 2}D"
    Tiled.__qualname__ = Tiled.__name__
    # checks pickle the estimator, which needs its class by name
    globals()[Tiled.__name__] = Tiled
    return Tiled


SMALL_NETWORKS = {
    DenseClassifier: dict(hidden_sizes=(32,)),
    FullyConvolutionalClassifier: dict(
        n_filters=(16, 16), pool_size=(2, 1), dropout=0.1
    ),
    MusicnnClassifier: dict(n_timbral=8, n_temporal=4, n_filters=8, dropout=0.1),
    SampleCNNClassifier: dict(n_filters=(16, 16), dropout=0.1),
    TemporalCNNClassifier: dict(
        n_filters=(16, 16), kernel_size=2, pool_size=2, hidden_sizes=(16,)
    ),
}


def tiled_forms():
    """Small networks on 3-D (4 frames) and 4-D (2 slices of 4 frames) X."""
    small = dict(random_state=0, n_filters=(8, 16))
    for shape in ((4,), (2, 4)):
        yield tiled(CNNClassifier, shape)(**small)
        yield tiled(CRNNClassifier, shape)(**small, pool_size=2)
        yield tiled(HybridClassifier, shape, "_check_image")(
            **small, table_sizes=(8,), batch_size=128, lr=5e-3
        )
        narrow = dict(hidden_sizes=(32,), n_components=8, batch_size=128, lr=5e-3)
        for kind in (Autoencoder, DeepSoftmaxAutoencoder):
            yield tiled(kind, shape)(random_state=0, **narrow)
        for kind, sizes in SMALL_NETWORKS.items():
            yield tiled(kind, shape)(random_state=0, batch_size=128, lr=5e-3, **sizes)


@parametrize_with_checks(list(tiled_forms()))
def test_with_frames_and_slices(estimator, check):
    run(estimator, check)


def test_the_network_base_is_no_estimator_by_itself():
    with pytest.raises(NotImplementedError):
        NeuralClassifier().fit(np.zeros((4, 3)), ["dub", "ska"] * 2)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_parameters_are_keyword_only(estimator):
    kinds = [
        p.kind
        for p in inspect.signature(type(estimator)).parameters.values()
        if p.default is not p.empty
    ]
    assert set(kinds) <= {inspect.Parameter.KEYWORD_ONLY}
