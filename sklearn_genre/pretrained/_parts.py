"""A fitted `recipes.best` as arrays and plain data, and back."""

import numbers

import numpy as np
from sklearn.base import clone
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch

from .. import recipes
from ..neural.state import bare_module, to_plain

NET = "net."
_NET_PARAMS = "classifier__estimator__net__"


# -- from a model ---------------------------------------------------------------------
def take_apart(model):
    """Arrays and plain data of a fitted model.

    Parameters
    ----------
    model : Pipeline
        Fitted, as `sklearn_genre.recipes.best` makes it; its front end may be
        "passthrough".

    Returns
    -------
    arrays : dict of str to ndarray
    about : dict
        "classes", "n_bands", "n_frames", "n_iter" and "params".

    Raises
    ------
    ValueError
        If the model is another, or a weight is too large for float16.
    """
    try:
        parts = model["classifier"].estimator_.named_estimators_
        texture, net = parts["texture"], parts["net"]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"model must be a fitted recipes.best(), got {model!r}."
        ) from error
    arrays = {**_texture_arrays(texture), **_net_arrays(net)}
    about = dict(
        classes=model.classes_.tolist(),
        n_bands=net.n_features_in_,
        n_frames=net.n_frames_in_,
        n_iter=net.n_iter_,
        params=_params(model),
    )
    return arrays, about


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
            raise ValueError(f"the network's {name} does not fit into float16.")
        arrays[NET + name] = value
    return arrays


def _params(model):
    """Parameters of all parts of this package, those of the front end among them."""
    steps = clone(model)
    if not hasattr(steps["front_end"], "sample_rate"):
        # trained on what the recipe's front end gives
        steps.set_params(front_end=recipes.best()["front_end"])
    params = {"classifier__estimator__weights": steps[-1].estimator.weights}
    for name, part in steps.get_params().items():
        # those of scikit-learn's parts differ from version to version
        if type(part).__module__.startswith("sklearn_genre."):
            for key, value in part.get_params(deep=False).items():
                params[f"{name}__{key}"] = value
    # the same answers on processors with and without bfloat16
    params[_NET_PARAMS + "precision"] = "float32"
    return {name: value for name, value in params.items() if _is_plain(value)}


def _is_plain(value):
    """Whether JSON can hold it."""
    if isinstance(value, list | tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, str | bool | numbers.Real)


# -- to a model -----------------------------------------------------------------------
def assemble(arrays, about, *, n_excerpts, device):
    """The inverse of `take_apart`.

    Parameters
    ----------
    arrays : dict of str to ndarray
    about : dict
    n_excerpts : int
    device : str

    Returns
    -------
    model : Pipeline
        Fitted; its unfitted parts, which `clone` copies, are the recipe.
    """
    params = {name: _tuples(value) for name, value in about["params"].items()}
    params |= {"slice__n_slices": n_excerpts, _NET_PARAMS + "device": device}
    model = recipes.best().set_params(**params)
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
    return model


def _tuples(value):
    """Lists, which JSON has in the place of tuples, as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _restore_texture(texture, arrays, X):
    """Give a pipeline of statistics and discriminant what it has learned."""
    stats, scaler, linear = (step for _, step in texture.steps)
    stats.fit(X)
    values = {
        name.removeprefix("texture."): value.astype(np.float64)
        for name, value in arrays.items()
        if name.startswith("texture.")
    }
    scaler.mean_, scaler.scale_ = values["mean"], values["scale"]
    scaler.var_ = scaler.scale_**2
    linear.coef_, linear.intercept_ = values["coef"], values["intercept"]
    linear.temperature_ = values["temperature"].item()
    # VotingClassifier gives its parts numbers for classes
    linear.classes_ = np.arange(len(X))
    scaler.n_features_in_ = linear.n_features_in_ = len(scaler.mean_)


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
