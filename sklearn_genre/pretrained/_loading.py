"""Trained models by name: load one, write one, and the genre of a file in one call."""

import functools
import os
from pathlib import Path

from .._utils.checks import check_value
from ..prediction import predict_readable, to_device
from ._file import inconsistent, read, write

NAMES = ("gtzan",)
_HERE = Path(__file__).parent


def load_pretrained(name="gtzan", *, n_excerpts=3, device="cpu"):
    """A trained model that takes audio files of any length.

    "gtzan" is `recipes.best`, trained on all songs of GTZAN: blues, classical,
    country, disco, hiphop, jazz, metal, pop, reggae or rock, and always one of these,
    whatever the file holds. Read its model card (docs/model_card_gtzan.md) for what it
    was trained on, how the same recipe scores on songs it has not seen, what it cannot
    do, and the terms of its weights.

    Parameters
    ----------
    name : "gtzan" or path-like, default="gtzan"
        Name of a model, or a file that `pretrained.save_pretrained` wrote.
    n_excerpts : int, default=3
        Excerpts of 30 s, spread evenly over a song, that vote, >= 1. One is the
        middle of the song. Shorter songs are repeated from their start.
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda", "cuda:1", ..., or "auto" for CUDA
        where there is any.

    Returns
    -------
    model : Pipeline
        Fitted. X is audio: paths, (array, rate) pairs or waveforms at 22,050 Hz.
        ``clone`` makes the unfitted recipe of it, `joblib.dump` saves it.

    Raises
    ------
    TypeError
        If ``name`` is neither.
    ValueError
        If there is no model of that name, its file is damaged, inconsistent or of a
        later format, or a parameter is out of range.
    FileNotFoundError
        If the file is not there.

    See Also
    --------
    predict_genre : The genre of one file.
    predict_files : Many files and folders.
    recipes.best : The system, to be trained on other songs.

    Notes
    -----
    The file holds arrays and plain data, checked by a SHA-256 sum; unlike a pickle it
    cannot run code.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals",
       IEEE Transactions on Speech and Audio Processing 10(5), 2002.

    Examples
    --------
    >>> from sklearn_genre import load_pretrained, make_genre_audio
    >>> model = load_pretrained()
    >>> len(model.classes_), model.classes_[0]
    (10, np.str_('blues'))
    >>> songs = make_genre_audio(1, genres=["dub", "waltz"], duration=5.0)
    >>> model.predict_proba(songs.audio).sum(axis=1).round(6)
    array([1., 1.])
    """
    # torch is loaded here: the names of the models cost none
    from ._parts import assemble

    check_value("n_excerpts", n_excerpts)
    path = _find(name)
    arrays, about = read(path)
    try:
        model = assemble(arrays, about, n_excerpts=n_excerpts)
    except Exception as error:  # as many kinds as there are things to be wrong
        raise inconsistent(path, error) from error
    if device != "cpu":
        to_device(model["classifier"], device)
    return model


def _check_path(name, value, *, what="the path of a file"):
    """Raise a TypeError unless it is a path."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} must be {what}, got {type(value).__name__}.")


def _find(name):
    """The file of a model."""
    what = f"one of {NAMES} or the path of a file that save_pretrained wrote"
    _check_path("name", name, what=what)
    if name not in NAMES:
        path = Path(name)
        if path.suffix or path.exists():
            return path
        raise ValueError(f"name: there is no model {name!r}. It must be {what}.")
    path = _HERE / f"{name}.npz"
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: this copy of sklearn_genre holds no weights of {name!r}. With "
            "the songs, tools/train_pretrained.py makes them."
        )
    return path


def save_pretrained(model, path, *, training=None):
    """Write a fitted `recipes.best` as arrays and plain data, without a pickle.

    A loaded model has all parameters of the saved one but those that say where to
    compute (``device``, ``cache``) and ``precision``: predictions are computed in
    float32, whatever the training used. The network's weights are rounded to float16.
    What cannot be kept so is refused.

    Parameters
    ----------
    model : Pipeline
        Fitted, as `recipes.best` makes it, with any parameters that are numbers or
        text. With ``front_end=None`` it was fitted on what the recipe's own front end
        gives, and gets that one when it is loaded.
    path : path-like
        Where to write; replaced if it is there.
    training : dict or None, default=None
        What JSON can hold about songs, seed, commit and date of the training.

    Raises
    ------
    TypeError
        If ``path`` is no path.
    ValueError
        If the model is another, or has a parameter or part that loading could not
        give back (the error names it), or a weight is too large for float16; if
        ``training`` is not as described.

    See Also
    --------
    load_pretrained : The way back.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_genre import make_genre_audio, recipes
    >>> from sklearn_genre.pretrained import load_pretrained, save_pretrained
    >>> songs = make_genre_audio(2, genres=["dub", "waltz"], duration=2.0)
    >>> model = recipes.best(max_epochs=1).fit(songs.audio, songs.target)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "mine.npz")
    ...     save_pretrained(model, path, training={"songs": 4})
    ...     load_pretrained(path).classes_
    array(['dub', 'waltz'], dtype='<U5')
    """
    from ._params import is_plain, plain
    from ._parts import take_apart

    _check_path("path", path)
    training = plain(training or {})
    if not (isinstance(training, dict) and is_plain(training)):
        raise ValueError(
            "training must be a dict of what JSON can hold: text, numbers, lists and "
            f"dicts with text as keys, got {training!r}."
        )
    arrays, about = take_apart(model)
    write(path, arrays, {**about, "training": training})


@functools.lru_cache(maxsize=1)
def _default_model():
    """One model for all calls of `predict_genre`."""
    return load_pretrained()


def predict_genre(path, *, top=3):
    """The most probable genres of one audio file, by the trained model "gtzan".

    Parameters
    ----------
    path : path-like
        An audio file of any length, in a format that `load_audio` reads.
    top : int or None, default=3
        Number of genres, >= 1; None gives all ten.

    Returns
    -------
    prediction : FilePrediction
        Its ``labels`` and ``proba``, the most probable first; ``print`` shows them in
        one line.

    Raises
    ------
    AudioError
        If the file is missing or cannot be read; it names the file.
    TypeError
        If ``path`` is no single path.
    ValueError
        If ``top`` is out of range.

    See Also
    --------
    load_pretrained : The model itself; its limits and its model card.
    predict_files : Many files and folders, where bad ones stop nothing.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn_genre import make_genre_audio, predict_genre
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     songs = make_genre_audio(1, genres=["dub"], duration=5.0, directory=folder)
    ...     prediction = predict_genre(songs.paths[0], top=2)
    >>> len(prediction.labels), len(prediction.proba)
    (2, 2)
    """
    check_value("top", top, none=True)
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"path must be the path of one audio file, got {type(path).__name__}. For "
            "many use predict_files(load_pretrained(), paths)."
        )
    return predict_readable(_default_model(), [os.fspath(path)], top)[0]
