"""A fitted `recipes.best` as arrays and plain data, and back.

Everything specific to `recipes.best` is in this file: if the recipe changes, no other
file of this room has to.
"""

import contextlib
import copy

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch

from .. import recipes
from .._utils.archive import is_plain, plain
from ..neural import check_net_params
from ..parameters import Declared
from ._known import ELSEWHERE

_NET = "classifier__estimator__net__"
# where to compute and what to keep on the disk, which a file must not decide
_ELSEWHERE = {
    "front_end__device": "cpu",
    "front_end__cache": None,
    f"{_NET}checkpoint": None,
    f"{_NET}device": "cpu",
    # the same answers on processors with and without bfloat16
    f"{_NET}precision": "float32",
}
# may be changed after fit, since predictions do not depend on them
_FREE = (
    *("callbacks", "checkpoint", "device", "n_jobs", "precision", "random_state"),
    "verbose",
)
_LISTS = ("steps", "estimators", "transformers")
_ABSENT = object()
_WEIGHTS = "net."  # prefix of the names of the network's arrays
_SHUFFLE = "classifier__estimator__texture__discriminant__shuffle"
# of a probability, on noise: rounding to float16 changes a weight by up to 1/2048 of
# its value and a probability by less than half of this
_MOST_DIFFERENCE = 0.02


# -- from a model ---------------------------------------------------------------------
def take_apart(model):
    """Take a fitted model apart into arrays and plain data.

    Parameters
    ----------
    model : Pipeline
        Fitted, as `recipes.best` makes it; its front end may be one that takes mel
        images.

    Returns
    -------
    arrays : dict of str to ndarray
    about : dict
        "classes", "n_bands", "n_frames", "n_iter" and "params".

    Raises
    ------
    ValueError
        If `assemble` would build a different model from these, or a weight is too large
        for float16.
    """
    parts = _fitted_parts(model)
    params = _plain_params(model)
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
    """Return the parts that vote, by name."""
    try:
        if type(model) is Pipeline:
            return model["classifier"].estimator_.named_estimators_
    except (AttributeError, KeyError):
        pass
    raise ValueError(f"model must be a fitted recipes.best(), got {model!r}.")


def _plain_classes(classes):
    """Return the genres in a form that JSON can hold."""
    known = classes.tolist()
    if is_plain(known) and np.array_equal(np.array(known), classes):
        return known
    raise ValueError(
        f"model.classes_ must be text or numbers, got {classes!r}. Fit the model with "
        "such labels, or save it with joblib.dump."
    )


def _texture_arrays(texture):
    """Return what scaler and discriminant have learned, in float32."""
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
    """Return weights in float16, and statistics, of a larger range, in float32."""
    weights = {name for name, _ in net.module_.named_parameters()}
    arrays = {}
    for name, tensor in net.module_.state_dict().items():
        value = tensor.cpu().numpy().copy()
        if value.dtype.kind == "f":
            with np.errstate(over="ignore"):
                value = value.astype(np.float16 if name in weights else np.float32)
        if not np.isfinite(value).all():
            raise ValueError(
                f"model: the network's {name} does not fit into float16. Save it with "
                "joblib.dump, or train it with a smaller lr."
            )
        arrays[_WEIGHTS + name] = value
    return arrays


def _require_same_answers(model, arrays, about):
    """Raise a ValueError unless the arrays give the model's probabilities."""
    try:
        loaded = assemble(arrays, about, n_excerpts=1)
    except Exception as error:
        raise ValueError(
            f"model could not be loaded again ({type(error).__name__}: {error}). Fit "
            "it again with the parameters of recipes.best() and on what its front end "
            "gives, or save it with joblib.dump."
        ) from error
    shape = (2, 1, about["n_bands"], about["n_frames"])
    X = np.random.default_rng(0).uniform(-80, 0, shape).astype(np.float32)
    with _in_float32(model):
        expected = model["classifier"].predict_proba(X)
    difference = np.abs(loaded["classifier"].predict_proba(X) - expected).max()
    if not difference <= _MOST_DIFFERENCE:
        raise ValueError(
            f"model: what would be written gives probabilities that differ by "
            f"{difference:.3f} from the model's own, more than the network's weights "
            "in float16 explain. Was a part of it changed after fit? Fit it again, or "
            "save it with joblib.dump."
        )


@contextlib.contextmanager
def _in_float32(model):
    """Let the network compute in the precision of a loaded network."""
    net = model["classifier"].estimator_.named_estimators_["net"].net_
    usual = net.autocast
    net.autocast = False
    try:
        yield
    finally:
        net.autocast = usual


# -- to a model -----------------------------------------------------------------------
def assemble(arrays, about, *, n_excerpts):
    """Rebuild a model from its parts; its network computes on the CPU.

    Parameters
    ----------
    arrays : dict of str to ndarray
    about : dict
        As returned by `take_apart`.
    n_excerpts : int

    Returns
    -------
    model : Pipeline
        Fitted; its unfitted parts, which `clone` copies, are the recipe.

    Raises
    ------
    Exception
        Of any kind, if arrays and plain data do not fit together.
    """
    model = _unfitted(about["params"], n_excerpts)
    model["front_end"]._check_params()
    classes = np.array(about["classes"])
    # zeros, so that fit checks and learns shapes without training
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
    """Return the unfitted recipe with the parameters of a file."""
    params = {name: plain(value) for name, value in params.items()}
    _require_settable(params)
    params |= {**_ELSEWHERE, "slice__n_slices": n_excerpts}
    model = recipes.best().set_params(**params)
    for part in model.get_params().values():
        if isinstance(part, Declared):
            part.check_params()
    model["front_end"].set_params(**_excerpts(model, n_excerpts))
    linear = model["classifier"].estimator.named_estimators["texture"][-1]
    # when trained again, excerpts of a song must stay in one fold
    return model.set_params(**{_SHUFFLE: linear.shuffle and n_excerpts == 1})


def _require_settable(params):
    """Raise a ValueError that names a parameter that no file sets."""
    usual = recipes.best().get_params()
    own = {"classifier__estimator__weights", *_of_this_package(usual)}
    for name, value in params.items():
        last = name.split("__")[-1]
        if name not in own or (last in ELSEWHERE and value != plain(usual[name])):
            raise ValueError(f"a file does not set {name}")
    check_net_params(params.get(f"{_NET}net_params"))


def _excerpts(model, n_excerpts):
    """Return the front end's parameters to decode what the slices are cut from."""
    slicer, front_end = model["slice"], model["front_end"]
    if slicer.slice_length is None:  # equal cuts of the whole song
        return {"n_excerpts": None, "duration": None}
    usual = recipes.best(n_excerpts=n_excerpts)["front_end"].duration
    needed = front_end._seconds(slicer._frames("slice_length"))
    return {"n_excerpts": n_excerpts, "duration": max(usual, needed)}


def _try(model, arrays, about, X):
    """Raise a ValueError unless the model gives sound probabilities for a row of X."""
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
    """Give statistics, scaler and discriminant what they learned in training."""
    stats, scaler, linear = (step for _, step in texture.steps)
    n_features = len(stats.fit(X).get_feature_names_out())
    values = _texture_values(arrays, len(X), n_features)
    scaler.mean_, scaler.scale_ = values["mean"], values["scale"]
    scaler.var_ = scaler.scale_**2
    linear.coef_, linear.intercept_ = values["coef"], values["intercept"]
    linear.temperature_ = values["temperature"].item()
    # VotingClassifier trains its parts on the numbers of the classes
    linear.classes_ = np.arange(len(X))
    scaler.n_features_in_ = linear.n_features_in_ = n_features


def _texture_values(arrays, n_classes, n_features):
    """Return what scaler and discriminant learned; refuse other shapes."""
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
        name.removeprefix(_WEIGHTS): value
        for name, value in arrays.items()
        if name.startswith(_WEIGHTS)
    }
    net._restore(X, np.arange(len(X)), weights, n_iter=about["n_iter"])


def _restore_voting(voting, parts, classes):
    """Give a VotingClassifier its fitted parts."""
    # scikit-learn has no public way to make a fitted VotingClassifier of fitted parts;
    # its predict turns their numbers into classes by ``le_``, which is not documented
    voting.estimators_ = list(parts.values())
    voting.named_estimators_ = Bunch(**parts)
    voting.le_ = LabelEncoder().fit(classes)
    voting.classes_ = voting.le_.classes_


# -- parameters -----------------------------------------------------------------------
def _plain_params(model):
    """Return the parameters of all parts of this package in a form that JSON can hold.

    A front end that takes mel images is replaced by the recipe's own, which computes
    such images. Raise a ValueError that names the parameter if `recipes.best` with
    these parameters is a different model.
    """
    recipe = _from_audio(model).get_params()
    given = {**recipe, **{k: v for k, v in _ELSEWHERE.items() if k in recipe}}
    known = recipes.best().get_params()
    own = {"classifier__estimator__weights", *_of_this_package(recipe)}
    params = {name: plain(value) for name, value in given.items() if name in own}
    params = {k: v for k, v in params.items() if k in known and is_plain(v)}
    _require_same(given, recipes.best().set_params(**params).get_params())
    if params["slice__n_slices"] is None:
        raise ValueError(
            "model has slice__n_slices=None, but a loaded model takes a number of "
            "excerpts. Fit it with one, or save it with joblib.dump."
        )
    _require_as_fitted(model["classifier"])
    return params


def _from_audio(model):
    """Return the model, with the recipe's front end if it took mel images."""
    front_end = model.named_steps.get("front_end", _ABSENT)
    images = recipes.best(front_end=None)["front_end"]
    if front_end not in (None, "passthrough"):
        alone, other = (
            Pipeline([("it", it)]).get_params() for it in (front_end, images)
        )
        if _differences(alone, other):
            return model
    mel = recipes.best()["front_end"]
    model = copy.copy(model)
    model.steps = [(k, mel if k == "front_end" else v) for k, v in model.steps]
    return model


def _of_this_package(params):
    """Yield the names of the parameters of all parts of this package.

    The parameters of scikit-learn's parts differ from version to version.
    """
    for name, part in params.items():
        of_us = type(part).__module__.startswith("sklearn_genre.")
        if of_us and hasattr(part, "get_params"):
            yield from (f"{name}__{key}" for key in part.get_params(deep=False))


def _differences(some, others):
    """Return the names of parameters that differ, the outermost first."""
    names = [
        name
        for name in {**some, **others}
        if not _same(some.get(name, _ABSENT), others.get(name, _ABSENT))
    ]
    # a list of parts differs wherever one of them does, and says less about it
    return sorted(
        names, key=lambda name: (name.split("__")[-1] in _LISTS, name.count("__"))
    )


def _same(one, other):
    """Return whether two parts have the same class, or two other values are equal."""
    one, other = plain(one), plain(other)
    if hasattr(one, "get_params") or hasattr(other, "get_params"):
        return type(one) is type(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other or (is_plain(one) and is_plain(other) and one == other)


def _require_same(given, loaded):
    """Raise a ValueError that names a parameter that a loaded model would not have."""
    for name in _differences(given, loaded):
        raise ValueError(
            f"model has {_shown(name, given)}, but loaded from the file it would have "
            f"{_shown(name, loaded)}. Fit it with the latter, or save it with "
            "joblib.dump, which keeps every model."
        )


def _require_as_fitted(voter):
    """Raise a ValueError if a parameter was changed after the training."""
    fitted, now = voter.estimator_.get_params(), voter.estimator.get_params()
    parts = voter.estimator_.named_estimators_
    fitted |= Pipeline([*parts.items()]).get_params()
    for name in _differences(fitted, now):
        if name in now and name.split("__")[-1] not in (*_FREE, *_LISTS):
            raise ValueError(
                f"model was fitted with {_shown(name, fitted)} in its classifier, but "
                f"has {_shown(name, now)} now. Set it back, or fit the model again."
            )


def _shown(name, params):
    """Return a parameter with its value, for an error message."""
    value = params.get(name, _ABSENT)
    if value is _ABSENT:
        return f"no {name}"
    if hasattr(value, "get_params"):
        return f"{name}={type(value).__name__}"
    return f"{name}={plain(value)!r}"
