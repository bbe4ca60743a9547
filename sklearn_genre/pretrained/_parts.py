"""A fitted `recipes.best` as arrays and plain data, and back."""

import contextlib

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch

from .. import recipes
from ..neural._engine.state import bare_module, to_plain
from ._params import ELSEWHERE, is_plain, plain, plain_params

NET = "net."
SHUFFLE = "classifier__estimator__texture__discriminant__shuffle"
# of a probability, by rounding the network's weights, on noise
MOST_DIFFERENCE = 0.02


# -- from a model ---------------------------------------------------------------------
def take_apart(model):
    """Arrays and plain data of a fitted model.

    Parameters
    ----------
    model : Pipeline
        Fitted, as `sklearn_genre.recipes._best` makes it; its front end may be one
        that takes mel images.

    Returns
    -------
    arrays : dict of str to ndarray
    about : dict
        "classes", "n_bands", "n_frames", "n_iter" and "params".

    Raises
    ------
    ValueError
        If `assemble` would make another model of them, or a weight is too large for
        float16.
    """
    parts = _fitted_parts(model)
    params = plain_params(model)
    texture, net = parts["texture"], parts["net"]
    arrays = {**_texture_arrays(texture), **_net_arrays(net)}
    about = dict(
        classes=_plain_classes(model.classes_),
        n_bands=net.n_features_in_,
        n_frames=net.n_frames_in_,
        n_iter=net.n_iter_,
        params=params,
    )
    _require_same_answers(model, arrays, about)
    return arrays, about


def _fitted_parts(model):
    """The parts that vote, by name."""
    try:
        if type(model) is Pipeline:
            return model["classifier"].estimator_.named_estimators_
    except (AttributeError, KeyError):
        pass
    raise ValueError(f"model must be a fitted recipes.best(), got {model!r}.")


def _plain_classes(classes):
    """Genres as JSON can hold them."""
    known = classes.tolist()
    if is_plain(known) and np.array_equal(np.array(known), classes):
        return known
    raise ValueError(
        f"model.classes_ must be text or numbers, got {classes!r}. Fit the model with "
        "such labels, or save it with joblib.dump."
    )


def _texture_arrays(texture):
    """Scaler and discriminant in float32."""
    scaler, linear = texture["scale"], texture["discriminant"]
    values = {
        "texture.mean": scaler.mean_,
        "texture.scale": scaler.scale_,
        "texture.coef": linear.coef_,
        "texture.intercept": linear.intercept_,
        "texture.temperature": linear.temperature_,
    }
    return {name: np.float32(value) for name, value in values.items()}


def _net_arrays(net):
    """Weights in float16; statistics, whose range is larger, in float32."""
    module = bare_module(net.net_)
    weights = {name for name, _ in module.named_parameters()}
    arrays = {}
    for name, value in to_plain(module.state_dict()).items():
        if value.dtype.kind == "f":
            with np.errstate(over="ignore"):
                value = value.astype(np.float16 if name in weights else np.float32)
        if not np.isfinite(value).all():
            raise ValueError(
                f"model: the network's {name} does not fit into float16. Save it with "
                "joblib.dump, or train it with a smaller lr."
            )
        arrays[NET + name] = value
    return arrays


def _require_same_answers(model, arrays, about):
    """Raise a ValueError unless the arrays give the model's probabilities."""
    try:
        loaded = assemble(arrays, about, n_excerpts=1)
    except Exception as error:
        raise ValueError(
            f"model could not be loaded again ({type(error).__name__}: {error}). Fit "
            "it anew with parameters as recipes.best() has them and on what its front "
            "end gives, or save it with joblib.dump."
        ) from error
    shape = (2, 1, about["n_bands"], about["n_frames"])
    X = np.random.default_rng(0).uniform(-80, 0, shape).astype(np.float32)
    with _in_float32(model):
        expected = model["classifier"].predict_proba(X)
    difference = np.abs(loaded["classifier"].predict_proba(X) - expected).max()
    if not difference <= MOST_DIFFERENCE:
        raise ValueError(
            f"model: what would be written gives probabilities that differ by "
            f"{difference:.3f} from the model's own, more than the network's weights "
            "in float16 explain. Was a part of it changed after fit? Fit it again, or "
            "save it with joblib.dump."
        )


@contextlib.contextmanager
def _in_float32(model):
    """Let the network compute as it will when it is loaded."""
    net = model["classifier"].estimator_.named_estimators_["net"].net_
    usual = net.autocast
    net.autocast = False
    try:
        yield
    finally:
        net.autocast = usual


# -- to a model -----------------------------------------------------------------------
def assemble(arrays, about, *, n_excerpts):
    """The inverse of `take_apart`; the network computes on the CPU.

    Parameters
    ----------
    arrays : dict of str to ndarray
    about : dict
    n_excerpts : int

    Returns
    -------
    model : Pipeline
        Fitted; its unfitted parts, which `clone` copies, are the recipe.

    Raises
    ------
    Exception
        Of many kinds, if arrays and plain data do not fit together.
    """
    model = _unfitted(about["params"], n_excerpts)
    model["front_end"]._check_params()
    classes = np.array(about["classes"])
    # what fit checks and learns of shapes, without training
    X = np.zeros((len(classes), about["n_bands"], about["n_frames"]), np.float32)
    model["slice"].fit(X)
    voter = model["classifier"]
    voting = clone(voter.estimator)
    parts = dict(voting.estimators)
    _restore_texture(parts["texture"], arrays, X)
    _restore_net(parts["net"], arrays, about, X)
    _restore_voting(voting, parts, classes)
    voter._restore(voting, classes)
    _try(model, arrays, about, X)
    return model


def _unfitted(params, n_excerpts):
    """The recipe with the parameters of a file."""
    params = {name: plain(value) for name, value in params.items()}
    params |= {**ELSEWHERE, "slice__n_slices": n_excerpts}
    model = recipes.best().set_params(**params)
    linear = model["classifier"].estimator.named_estimators["texture"][-1]
    # trained anew, excerpts of a song have to keep together
    return model.set_params(**{SHUFFLE: linear.shuffle and n_excerpts == 1})


def _try(model, arrays, about, X):
    """Raise a ValueError unless the model has sound probabilities for one row of X."""
    for name, values in arrays.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name} is not finite")
    classes = about["classes"]
    if not np.array_equal(model.classes_, classes):
        raise ValueError("classes are not sorted")
    bands = model["front_end"].n_mels
    if bands != about["n_bands"]:
        raise ValueError(f"n_bands={about['n_bands']}, but the front end gives {bands}")
    proba = model["classifier"].predict_proba(model["slice"].transform(X[:1]))
    if proba.shape != (1, len(classes)):
        raise ValueError(f"{len(classes)} classes, but {proba.shape[1]} probabilities")


def _restore_texture(texture, arrays, X):
    """Give a pipeline of statistics and discriminant what it has learned."""
    stats, scaler, linear = (step for _, step in texture.steps)
    n_features = len(stats.fit(X).get_feature_names_out())
    values = _texture_values(arrays, len(X), n_features)
    scaler.mean_, scaler.scale_ = values["mean"], values["scale"]
    scaler.var_ = scaler.scale_**2
    linear.coef_, linear.intercept_ = values["coef"], values["intercept"]
    linear.temperature_ = values["temperature"].item()
    # VotingClassifier gives its parts numbers for classes
    linear.classes_ = np.arange(len(X))
    scaler.n_features_in_ = linear.n_features_in_ = n_features


def _texture_values(arrays, n_classes, n_features):
    """The arrays of scaler and discriminant by name; other shapes might broadcast."""
    shapes = {
        "mean": (n_features,),
        "scale": (n_features,),
        "coef": (n_classes, n_features),
        "intercept": (n_classes,),
        "temperature": (),
    }
    values = {name: arrays[f"texture.{name}"] for name in shapes}
    for name, shape in shapes.items():
        if values[name].shape != shape:
            raise ValueError(f"texture.{name} is {values[name].shape}, not {shape}")
    return {name: value.astype(np.float64) for name, value in values.items()}


def _restore_net(net, arrays, about, X):
    """Give a network its weights."""
    weights = {
        name.removeprefix(NET): value
        for name, value in arrays.items()
        if name.startswith(NET)
    }
    net._restore(X, np.arange(len(X)), weights, n_iter=about["n_iter"])


def _restore_voting(voting, parts, classes):
    """Give a VotingClassifier its fitted parts."""
    voting.estimators_ = list(parts.values())
    voting.named_estimators_ = Bunch(**parts)
    voting.le_ = LabelEncoder().fit(classes)
    voting.classes_ = voting.le_.classes_
