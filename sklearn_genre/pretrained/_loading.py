"""Load and save trained models, and predict the genre of a file in one call."""

import functools
import os
from pathlib import Path

from .._utils.archive import inconsistent, is_plain, plain, read, write
from .._utils.faults import as_audio_error
from ..audio import AudioError
from ..parameters import Integer
from ..prediction import predict_readable, to_device

# the networks that tag, by the names of the models
_TAGGERS = {"musicnn-msd": "msd", "musicnn-mtt": "mtt"}
NAMES = ("gtzan", *_TAGGERS)
_HERE = Path(__file__).parent
NAMED = f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"


def load_pretrained(name="gtzan", *, n_excerpts=None, device="cpu"):
    """Load a trained model that takes audio files of any length.

    "gtzan" is `recipes.best`, trained on all songs of GTZAN. It always answers blues,
    classical, country, disco, hiphop, jazz, metal, pop, reggae or rock, whatever the
    file holds. "musicnn-msd" and "musicnn-mtt" are taggers: the published networks of
    musicnn, which give the probabilities of 50 tags each. The model cards
    (docs/model_card_gtzan.md, docs/model_card_musicnn.md) say what the models were
    trained on, how they score, what they cannot do, and under which terms their weights
    come.

    Parameters
    ----------
    name : {"gtzan", "musicnn-msd", "musicnn-mtt"} or path-like, default="gtzan"
        Name of a model, or a file that `pretrained.save_pretrained` wrote.
    n_excerpts : int or None, default=None
        Number of 30 s excerpts, >= 1, spread evenly over a song, that vote. A single
        one is the middle of the song. Shorter songs are repeated from their start. None
        takes three. Taggers read the whole song and take None only.
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda", "cuda:1", ..., or "auto" for CUDA
        if it is available.

    Returns
    -------
    model : Pipeline
        Fitted. X is audio: paths, (array, rate) pairs, or waveforms at 22,050 Hz (at
        16,000 Hz for the taggers). ``classes_`` are the genres or tags. ``clone`` gives
        the unfitted recipe, `joblib.dump` saves the model.

    Raises
    ------
    TypeError
        If ``name`` is neither a string nor path-like.
    ValueError
        If there is no model of that name, its file is damaged, inconsistent or of a
        later format, or another argument is not legal.
    FileNotFoundError
        If the file is not there.

    See Also
    --------
    pretrained.load_model : Models saved by joblib, too.
    predict_genre : The genre of one file.
    top_tags : The tags of one file.
    predict_files : Many files and folders.
    recipes.best : The same system, to be trained on other songs.

    Notes
    -----
    The tags of taggers are the means of `taggram` over windows of 3 s. Probabilities of
    tags are low, so ``predict``, which gives those above 0.5, gives few; to have more,
    tune thresholds on songs of your own by ``TagThresholdClassifier(cv="prefit")``.

    The file holds arrays and plain data, checked by a SHA-256 sum; unlike a pickle, it
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
    >>> tagger = load_pretrained("musicnn-msd")
    >>> clips = [(wave, songs.sample_rate) for wave in songs.audio]
    >>> tagger.classes_[tagger.predict_proba(clips).argmax(axis=1)]
    array(['electronic', 'folk'], dtype='<U16')
    """
    # imported here, so that the names of the models are known without torch
    from ._best_model import assemble

    Integer(low=1, none=True).check_value("n_excerpts", n_excerpts)
    path = _find(name)
    if path is None:
        return _load_tagger(name, n_excerpts, device)
    arrays, about = read(path)
    try:
        model = assemble(arrays, about, n_excerpts=n_excerpts or 3)
    except Exception as error:  # of any kind, since anything may be wrong with the file
        raise inconsistent(path, error) from error
    if device != "cpu":
        to_device(model["classifier"], device)
    return model


def _load_tagger(name, n_excerpts, device):
    """Return a tagger of musicnn."""
    from ._taggers import make_tagger

    if n_excerpts is not None:
        raise ValueError(
            f"n_excerpts must be None for {name!r}, which reads the whole song, got "
            f"{n_excerpts}."
        )
    return to_device(make_tagger(_TAGGERS[name]), device)


def check_path(name, value, *, what="the path of a file"):
    """Raise a TypeError unless a value is a path."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} must be {what}, got {type(value).__name__}.")


def _find(name):
    """Return the path of a model's file; None if its weights are elsewhere."""
    what = f"one of {NAMED}, or the path of a file that save_pretrained wrote"
    check_path("name", name, what=what)
    if name not in NAMES:
        path = Path(name)
        if path.suffix or path.exists():
            return path
        raise ValueError(f"name: there is no model {name!r}. It must be {what}.")
    if name in _TAGGERS:
        return None
    path = _HERE / f"{name}.npz"
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: this copy of sklearn_genre holds no weights of {name!r}. With "
            "the songs, tools/train_pretrained.py makes them."
        )
    return path


def save_pretrained(model, path, *, training=None):
    """Save a fitted `recipes.best` as arrays and plain data, without a pickle.

    A loaded model has all parameters of the saved one except those that say where to
    compute (``device``, ``cache``), and ``precision``: predictions are computed in
    float32, whatever the training used. The network's weights are rounded to float16.
    A model that cannot be kept in this way is refused.

    Parameters
    ----------
    model : Pipeline
        Fitted, as `recipes.best` makes it, with any parameters that are numbers or
        text. A model with ``front_end=None``, fitted on what the recipe's own front
        end gives, has that front end once it is loaded.
    path : path-like
        Where to write; an existing file is replaced.
    training : dict or None, default=None
        Facts to keep about the training, such as songs, seed and date: text, numbers,
        lists and dicts.

    Raises
    ------
    TypeError
        If ``path`` is not a path.
    ValueError
        If the model is of another kind, has a parameter or part that loading could not
        restore (the error names it) or a weight too large for float16, or if
        ``training`` is not as described.

    See Also
    --------
    load_pretrained : Loads the file.
    save_model : Keeps models of any kind, to the last bit, in twice the space.

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
    from ._best_model import take_apart

    check_path("path", path)
    training = plain(training or {})
    if not (isinstance(training, dict) and is_plain(training)):
        raise ValueError(
            "training must be a dict of what JSON can hold: text, numbers, lists and "
            f"dicts with text as keys, got {training!r}."
        )
    arrays, about = take_apart(model)
    write(path, arrays, {**about, "training": training})


def is_archive(path):
    """Return whether a file is what `save_pretrained` writes, or claims to be."""
    return path.suffix.lower() == ".npz"


@functools.lru_cache(maxsize=1)
def _default_model():
    """Load the model that all calls of `predict_genre` share."""
    return load_pretrained()


def predict_genre(path, *, top=3):
    """Predict the genre of one audio file by the trained model "gtzan".

    Parameters
    ----------
    path : path-like
        An audio file of any length, in a format that `load_audio` reads.
    top : int or None, default=3
        Number of genres to give, >= 1, the most probable ones; None gives all ten.

    Returns
    -------
    prediction : FilePrediction
        With ``labels`` and ``proba``, the most probable first; ``print`` shows them in
        one line.

    Raises
    ------
    AudioError
        If the file is missing or cannot be read; the error names it.
    TypeError
        If ``path`` is not a single path.
    ValueError
        If ``top`` is out of range.

    See Also
    --------
    load_pretrained : The model itself, its limits and its model card.
    predict_files : Many files and folders; bad files are reported.

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
    Integer(low=1, none=True).check_value("top", top)
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"path must be the path of one audio file, got {type(path).__name__}. For "
            "many use predict_files(load_pretrained(), paths)."
        )
    model, path = _default_model(), os.fspath(path)
    try:
        return predict_readable(model, [path], top)[0]
    except AudioError:
        raise
    except Exception as error:  # the model works for other files
        raise as_audio_error(error, path) from error
