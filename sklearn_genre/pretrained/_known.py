"""What a model file may hold: the types that are built, the parameters that are set."""

import contextlib
import functools
import importlib
import inspect

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.discovery import all_estimators

from ..parameters import Declared

# rooms of this package with classes that a fitted model consists of
_ROOMS = (
    "discriminant",
    "embedding",
    "evaluation",
    "features",
    "mixture",
    "neural",
    "slicing",
)
# Where and how to compute, what to keep on a disk, and code of the user's: these belong
# to the one who loads a model. In a file they have their defaults.
_ELSEWHERE = frozenset(
    {
        "cache",
        "callbacks",
        "checkpoint",
        "compile",
        "cuda_graph",
        "device",
        "memory",
        "n_jobs",
        "trust_remote_code",
        "verbose",
    }
)
# classes that read a folder or a network address, which a file would name
_OUTSIDE = ("HuggingFaceEmbedding",)
# compiled losses of scikit-learn
LOSSES = {
    "sklearn._loss._loss": ("CyHalfBinomialLoss", "CyHalfMultinomialLoss"),
    "sklearn.linear_model._sgd_fast": ("Hinge", "ModifiedHuber", "SquaredHinge"),
}
# other parts of fitted estimators of scikit-learn that are no estimators
_PARTS = {
    "sklearn._loss.link": (
        "Interval",
        "LogitLink",
        "HalfLogitLink",
        "MultinomialLogit",
    ),
    "sklearn._loss.loss": (
        "ExponentialLoss",
        "HalfBinomialLoss",
        "HalfMultinomialLoss",
    ),
    "sklearn.calibration": ("_CalibratedClassifier", "_SigmoidCalibration"),
    "sklearn.ensemble._hist_gradient_boosting.binning": ("_BinMapper",),
    "sklearn.ensemble._hist_gradient_boosting.predictor": ("TreePredictor",),
    "sklearn.neural_network._stochastic_optimizers": ("AdamOptimizer", "SGDOptimizer"),
    "sklearn.tree._tree": ("Tree",),
    "sklearn.utils._bunch": ("Bunch",),
    "numpy.random._generator": ("Generator",),
    "numpy.random.mtrand": ("RandomState",),
}
# functions that are parameters: of scikit-learn's feature selection, of our recipes
FUNCTIONS = {
    "sklearn.feature_selection._univariate_selection": ("chi2", "f_classif"),
    "sklearn.feature_selection._mutual_info": ("mutual_info_classif",),
    "sklearn_genre.recipes._common": ("given_spectrograms",),
    "sklearn_genre.recipes._pretrained": ("_chosen", "log_tags"),
    "sklearn_genre.recipes._raw_audio": ("_flatten",),
}
_PLAIN = (bool, int, float, str, bytes, list, tuple, dict, set, type(None))


def type_name(kind):
    """Return the module and the name of a class or function."""
    return kind.__module__, kind.__name__


@functools.lru_cache(maxsize=1)
def _of_sklearn():
    """Return the estimators of scikit-learn and what they consist of, by name."""
    kinds = {type_name(kind): kind for _, kind in all_estimators()}
    # a package of somebody else's may add estimators to the list
    kinds = {key: kind for key, kind in kinds.items() if key[0].startswith("sklearn.")}
    named = {**_PARTS, **LOSSES, **FUNCTIONS}
    for key in ((module, name) for module in named for name in named[module]):
        with contextlib.suppress(ImportError, AttributeError):  # another version
            kinds[key] = getattr(importlib.import_module(key[0]), key[1])
    return kinds


@functools.cache
def _of_room(room):
    """Return the classes that a room of this package offers, by name."""
    door = importlib.import_module(f"..{room}", __package__)
    names = (name for name in door.__all__ if name not in _OUTSIDE)
    offered = (getattr(door, name) for name in names)
    return _with_parts(filter(inspect.isclass, offered))


def _with_parts(kinds):
    """Return classes by name, with those that their fitted objects consist of."""
    found = {}
    for kind in kinds:
        if issubclass(kind, Declared | BaseEstimator):
            parts = getattr(kind, "_saved_types", tuple)()
            found |= {type_name(one): one for one in (kind, *parts)}
    return found


@functools.lru_cache(maxsize=1)
def _plain_types():
    """Return the types of values, by name, and the classes of optimizers of torch."""
    numbers = {*np.sctypeDict.values(), np.ndarray}
    kinds = {*_PLAIN, *(kind for kind in numbers if kind is not np.object_)}
    optimizers = (kind for kind in vars(torch.optim).values() if inspect.isclass(kind))
    return {type_name(kind): kind for kind in (*kinds, *optimizers)}


def find_type(module, name, trusted=()):
    """Return a known class by the module and name in a file; None for any other.

    Nothing is imported that the file names: the known classes are looked up.

    Parameters
    ----------
    module, name : str
    trusted : sequence of type
        Classes of the user's.

    Returns
    -------
    kind : type or None
    """
    own, key = _with_parts(trusted), (module, name)
    root, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    if root == "sklearn_genre" and room in _ROOMS:
        return own.get(key) or _of_room(room).get(key)
    if root == "sklearn_genre" and room == "pretrained":
        from ._taggers import TagProbabilities

        return _with_parts([TagProbabilities]).get(key)
    return own.get(key) or _plain_types().get(key) or _of_sklearn().get(key)


def is_ufunc(module, name):
    """Return whether a name is that of one of NumPy's elementwise functions."""
    return module == "numpy" and isinstance(getattr(np, name, None), np.ufunc)


def defaults_elsewhere(kind):
    """Return the parameters of a class that no file sets, with their defaults."""
    if not (isinstance(kind, type) and issubclass(kind, Declared | BaseEstimator)):
        return {}
    signature = inspect.signature(kind).parameters
    return {name: signature[name].default for name in signature if name in _ELSEWHERE}
