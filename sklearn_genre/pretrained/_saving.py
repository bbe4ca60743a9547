"""Fitted models as files: saved whole or not at all, loaded without running code."""

import inspect
import os
import warnings
from pathlib import Path

from sklearn.utils.validation import check_is_fitted

from .._utils.files import check_file, first_bytes, replacing
from .._utils.formats import starts_as_audio
from .._utils.text import did_you_mean
from ._loading import NAMED, NAMES, built_in_path, check_path, load_pretrained

_PICKLES = (".joblib", ".pkl")
_GIVE = f"Give a file that save_model wrote, or one of {NAMED}"
_ORDER = f"{_GIVE}; in a command the model comes first, then the songs."


def save_model(model, path, *, card="", trusted=()):
    """Save a fitted model in a file that runs no code when it is loaded.

    The file holds a description of the model and its arrays, the versions of the
    libraries, and a model card. It is moved to its place when it is whole: until then,
    and whatever happens, an older file of that name stays as it is. The loaded model
    gives the same probabilities, to the last bit, on the same machine.

    Parameters
    ----------
    model : estimator
        Fitted: a Pipeline or any other estimator of this package or of scikit-learn.
    path : path-like
        Where to save it, by custom ``name.skops``. A name that ends in ``.joblib`` or
        ``.pkl`` gives a file of joblib instead, which keeps every model and runs code
        when it is loaded.
    card : str, default=""
        What others should know: data, split, score, date. `model_card` returns it.
    trusted : sequence of type, default=()
        Classes of your own that the model consists of; `load_model` needs them, too.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    OSError
        If the file cannot be written; an older one stays.
    TypeError
        If an argument is not of the kind described.
    ValueError
        If a part of the model cannot be kept in such a file: functions, classes of
        others, searches, parts whose compiled code trusts its data (neighbors in
        trees). The error names the part. Also if a joblib file is to have a card.

    Warns
    -----
    UserWarning
        If the model has ``callbacks`` or ``net_params``; they are left out.

    See Also
    --------
    load_model : Loads the file.
    pretrained.model_card : The card in it.

    Notes
    -----
    Where and how to compute belongs to the one who loads: ``device``, ``n_jobs``,
    ``cache``, ``memory``, ``compile``, ``verbose``, ``callbacks`` and ``net_params``
    have their defaults in the loaded model. The state of a network's optimizer is not
    kept; `joblib` files keep all of it, the optimizer with ``save_optimizer=True``.

    The file is one of `skops <https://skops.readthedocs.io>`_, a zip file whose plan
    and card can be read with any tool.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_genre import load_model, make_genre_audio, recipes, save_model
    >>> songs = make_genre_audio(6, genres=["dub", "waltz"], duration=2.0)
    >>> model = recipes.fast().fit(songs.audio, songs.target)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "mine.skops")
    ...     save_model(model, path, card="Twelve synthetic songs.")
    ...     load_model(path).classes_
    array(['dub', 'waltz'], dtype='<U5')
    """
    check_path("path", path)
    path = os.path.realpath(path)  # a link stays one
    _check_arguments(model, card, trusted)
    if _is_pickle(path):
        _dump(model, path, card)
        return
    content = _packed(model, card, trusted)
    with replacing(path) as file:
        file.write(content)


def _check_arguments(model, card, trusted):
    """Raise unless the model is fitted, the card is text, and classes are given."""
    if not isinstance(card, str):
        raise TypeError(f"card must be text, got {type(card).__name__}.")
    _check_trusted(trusted)
    if not hasattr(model, "get_params") or inspect.isclass(model):
        raise TypeError(f"model must be an estimator, got {model!r}.")
    check_is_fitted(model)


def _check_trusted(trusted):
    if not all(inspect.isclass(kind) for kind in trusted):
        raise TypeError(f"trusted must be a sequence of classes, got {trusted!r}.")


def _dump(model, path, card):
    """Save a model by joblib."""
    import joblib

    if card:
        raise ValueError(
            f"card: {os.fspath(path)!r} is a file of joblib, which holds no card. Give "
            "a name that ends in .skops."
        )
    with replacing(path) as file:
        joblib.dump(model, file)


def _packed(model, card, trusted):
    """Return the bytes of a model's file."""
    from . import _model_file

    try:
        content, dropped = _model_file.to_bytes(model, card, trusted)
    except Exception as error:  # of skops, or of the model's own code
        raise ValueError(
            f"this {type(model).__name__} does not fit into a file that runs no code "
            f"({_reason(error, model)}). A path that ends in .joblib keeps every "
            "model, for people who trust you: loading it runs code."
        ) from error
    if dropped:
        warnings.warn(
            f"{', '.join(dropped)} are not saved: the loaded model predicts the same, "
            "and trains again without them."
        )
    return content


def _reason(error, model):
    """Return what is wrong, with the part whose code failed if the error names none."""
    if isinstance(error, ValueError) and ": " in str(error):
        return str(error)
    place = _culprit(model, type(model).__name__)
    return f"{place}: {type(error).__name__}: {error}"


def _culprit(value, where):
    """Return the place of the innermost value that skops cannot write."""
    from skops.io import dumps

    for name, one in _named_values(value):
        try:
            dumps(one)
        except Exception:
            return _culprit(one, f"{where}{name}")
    return where


def _named_values(value):
    """Return what a container or an object holds, by the way to it."""
    if isinstance(value, dict):
        return [(f".{key}", one) for key, one in value.items()]
    if isinstance(value, list | tuple):
        return [(f"[{k}]", one) for k, one in enumerate(value)]
    return [(f".{key}", one) for key, one in getattr(value, "__dict__", {}).items()]


def _is_pickle(path):
    """Return whether a file is one of joblib, by its name."""
    return Path(path).suffix.lower() in _PICKLES


# -- loading --------------------------------------------------------------------------
def load_model(source, *, trusted=()):
    """Load a saved model: a trained one by name, or a file of `save_model`.

    No code in the file is run, and only estimators of this package and of scikit-learn
    are built, unless the name of the file ends in ``.joblib`` or ``.pkl``.

    Parameters
    ----------
    source : {"gtzan", "gtzan-scratch", "musicnn-msd", "musicnn-mtt"} or path-like
        Name of a trained model, or a file that `save_model` wrote. A name stands for
        the model of the package, whatever lies in the current folder; ``./gtzan`` is
        the file.
    trusted : sequence of type, default=()
        Classes of your own that the model may consist of.

    Returns
    -------
    model : estimator
        Fitted, as it was saved; it computes on the CPU.

    Raises
    ------
    TypeError
        If ``source`` is neither a string nor path-like.
    FileNotFoundError
        If the file is not there.
    IsADirectoryError
        If ``source`` is a folder.
    ValueError
        If the file is no model, damaged, or holds anything that a model file may not;
        the error names the file and the part.

    Warns
    -----
    UserWarning
        If the model was saved with other versions of this package or of a library that
        it computes with.

    See Also
    --------
    save_model : Writes such files.
    pretrained.model_card : What its author says about a model.
    load_pretrained : Trained models only, with the number of excerpts and the device.
    predict_files : Predicts files and folders by a model.

    Notes
    -----
    Loading a joblib file (``.joblib``, ``.pkl``) runs whatever code is in it, as with
    every pickle: load only those that you trust.

    Examples
    --------
    >>> from sklearn_genre import load_model
    >>> load_model("gtzan").classes_[:3]
    array(['blues', 'classical', 'country'], dtype='<U9')
    """
    check_path("source", source, what=f"one of {NAMED}, or the path of a model")
    _check_trusted(trusted)
    if source in NAMES:
        return load_pretrained(source)
    path = _existing(source)
    if _is_pickle(path):
        return _load_joblib(path)
    return _load_file(path, trusted)


def _existing(source):
    """Return the path of a file that may be a model."""
    name, path = repr(os.fspath(source)), Path(source)
    if path.is_dir():
        raise IsADirectoryError(f"{name} is a folder, not a model. {_ORDER}")
    if not path.exists():
        raise FileNotFoundError(
            f"{name} is no file here, nor the name of a trained model ({NAMED})."
            f"{did_you_mean(os.fspath(source), NAMES)}"
        )
    check_file(path)
    if starts_as_audio(first_bytes(path)):
        raise ValueError(f"{name} is audio, not a model. {_ORDER}")
    return path


def _load_file(path, trusted):
    """Load a file of `save_model`, and say if other versions wrote it."""
    # imported here, so that the names of the models are known without torch
    from . import _model_file

    try:
        model, about = _model_file.from_bytes(_model_file.read_file(path), trusted)
    except OSError:
        raise
    except Exception as error:  # anything may be wrong with the file
        raise _unusable(path, error) from error
    changed = _model_file.drift(about)
    if changed:
        warnings.warn(
            f"{os.fspath(path)!r} was saved with other versions: {changed}. Check its "
            "predictions before you rely on them."
        )
    return model


def _unusable(path, error):
    """Return the error for a file that is no model or may not be loaded."""
    reason = str(error) or type(error).__name__
    return ValueError(
        f"{os.fspath(path)!r} cannot be loaded as a model ({reason}). Give a file that "
        "save_model wrote; one of joblib must end in .joblib or .pkl, and runs code."
    )


def _load_joblib(path):
    """Load a joblib file, if it holds a model."""
    import joblib

    name = repr(os.fspath(path))
    try:
        model = joblib.load(path)
    except Exception as error:  # a broken pickle may raise anything
        raise ValueError(
            f"{name} cannot be loaded as a model ({type(error).__name__}: {error}). "
            f"{_GIVE}."
        ) from error
    if not hasattr(model, "predict"):
        raise ValueError(f"{name} holds no model, but {type(model).__name__}.")
    return model


def model_card(source):
    """Return the card in a model's file, without loading the model.

    Parameters
    ----------
    source : {"gtzan", "gtzan-scratch"} or path-like
        A model of the package that is a file, or a file that `save_model` wrote.

    Returns
    -------
    card : str
        Text in Markdown; "" if there is none. It says what its author wants, and is no
        proof of anything.

    Raises
    ------
    FileNotFoundError
        If the file is not there.
    ValueError
        If it is no model that `save_model` wrote.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklearn.svm import SVC
    >>> from sklearn_genre import save_model
    >>> from sklearn_genre.pretrained import model_card
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "mine.skops")
    ...     save_model(SVC().fit(np.eye(4), [0, 0, 1, 1]), path, card="# Toy")
    ...     model_card(path)
    '# Toy'
    """
    return _read(source)[1]


def saved_versions(source):
    """Return the versions of the libraries that saved a model, by name.

    Argument and errors are those of `model_card`.
    """
    return _read(source)[0]["versions"]


def _read(source):
    """Return what a model's file says about itself, and its card."""
    from . import _model_file

    named = source in ("gtzan", "gtzan-scratch")
    path = built_in_path(source) if named else check_file(source)
    try:
        return _model_file.head_of(path)
    except OSError:
        raise
    except Exception as error:
        raise _unusable(path, error) from error
