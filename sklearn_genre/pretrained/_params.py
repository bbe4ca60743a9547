"""Parameters of a `recipes.best` as plain data, and what these cannot hold."""

import copy

import numpy as np
from sklearn.pipeline import Pipeline

from .. import recipes

NET = "classifier__estimator__net__"
# where to compute and what to keep there: not for the file to say
ELSEWHERE = {
    "front_end__device": "cpu",
    "front_end__cache": None,
    f"{NET}device": "cpu",
    # the same answers on processors with and without bfloat16
    f"{NET}precision": "float32",
}
# may be changed after fit: no answer depends on them
_FREE = ("callbacks", "device", "n_jobs", "precision", "random_state", "verbose")
_LISTS = ("steps", "estimators", "transformers")
_ABSENT = object()


def plain_params(model):
    """Parameters of all parts of this package, those of the front end among them.

    Parameters
    ----------
    model : Pipeline
        Fitted. A front end that takes mel images stands for the recipe's own, which
        gives such images.

    Returns
    -------
    params : dict
        What JSON can hold.

    Raises
    ------
    ValueError
        If `recipes.best` with these parameters is another model; names the parameter.
    """
    recipe = _from_audio(model).get_params()
    given = {**recipe, **{k: v for k, v in ELSEWHERE.items() if k in recipe}}
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


def plain(value):
    """NumPy's numbers as Python's, and sequences, of which JSON has one, as tuples."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value


def is_plain(value):
    """Whether JSON can hold it."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, str | bool | int | float)


def _from_audio(model):
    """The model, with the recipe's front end if it was trained on mel images."""
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
    """Names of the parameters of all parts that are of this package.

    Those of scikit-learn's parts differ from version to version.
    """
    for name, part in params.items():
        of_us = type(part).__module__.startswith("sklearn_genre.")
        if of_us and hasattr(part, "get_params"):
            yield from (f"{name}__{key}" for key in part.get_params(deep=False))


def _differences(some, others):
    """Names of parameters that are not the same, the outermost first."""
    names = [
        name
        for name in {**some, **others}
        if not _same(some.get(name, _ABSENT), others.get(name, _ABSENT))
    ]
    # a list of parts differs wherever one of them does, and says less
    return sorted(
        names, key=lambda name: (name.split("__")[-1] in _LISTS, name.count("__"))
    )


def _same(one, other):
    """Whether two values are of one kind if they are parts, else whether equal."""
    one, other = plain(one), plain(other)
    if hasattr(one, "get_params") or hasattr(other, "get_params"):
        return type(one) is type(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other or (is_plain(one) and is_plain(other) and one == other)


def _require_same(given, loaded):
    """Raise a ValueError that names what a loaded model would not have."""
    for name in _differences(given, loaded):
        raise ValueError(
            f"model has {_shown(name, given)}, but loaded from the file it would have "
            f"{_shown(name, loaded)}. Fit it with the latter, or save it with "
            "joblib.dump, which keeps every model."
        )


def _require_as_fitted(voter):
    """Raise a ValueError if a parameter is no longer that of the training."""
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
    """A parameter for an error message."""
    value = params.get(name, _ABSENT)
    if value is _ABSENT:
        return f"no {name}"
    if hasattr(value, "get_params"):
        return f"{name}={type(value).__name__}"
    return f"{name}={plain(value)!r}"
