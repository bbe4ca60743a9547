"""Trained models by name, and the genre of a file in one call."""

import functools
import os
from pathlib import Path

from .._utils.faults import as_audio_error
from ..audio import AudioError
from ..parameters import Integer
from ..prediction import predict_readable, to_device

# the networks that tag, by the names of the models
_TAGGERS = {"musicnn-msd": "msd", "musicnn-mtt": "mtt"}
NAMES = ("gtzan", "gtzan-scratch", *_TAGGERS)
_HERE = Path(__file__).parent
NAMED = f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"


def load_pretrained(name="gtzan", *, n_excerpts=None, device="cpu"):
    """Load a trained model that takes audio files of any length.

    "gtzan" and "gtzan-scratch" name one of ten genres: blues, classical, country,
    disco, hiphop, jazz, metal, pop, reggae or rock. "gtzan" is `recipes.pretrained`, a
    discriminant on the tags of musicnn, and says how well a file fits its training.
    "gtzan-scratch" is `recipes.best`, which learned from GTZAN alone, and does not.
    "musicnn-msd" and "musicnn-mtt" are taggers: the published networks of musicnn,
    which give the probabilities of 50 tags each. The model cards
    (docs/model_card_gtzan.md, docs/model_card_musicnn.md) say what the models were
    trained on, how they score, what they cannot do, and under which terms their weights
    come.

    Parameters
    ----------
    name : {"gtzan", "gtzan-scratch", "musicnn-msd", "musicnn-mtt"}, default="gtzan"
        Name of a model.
    n_excerpts : int or None, default=None
        Number of 30 s excerpts, >= 1, spread evenly over a song, that are heard. A
        single one is the middle of the song. Shorter songs are repeated from their
        start. None takes three. Taggers read the whole song and take None only.
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda", "cuda:1", ..., or "auto" for CUDA
        if it is available.

    Returns
    -------
    model : Pipeline
        Fitted. X is audio: paths, (array, rate) pairs, or waveforms at 16,000 Hz (at
        22,050 Hz for "gtzan-scratch"). ``classes_`` are the genres or tags. ``clone``
        gives the unfitted recipe, `save_model` saves the model.

    Raises
    ------
    TypeError
        If ``name`` is no string.
    ValueError
        If there is no model of that name, its file is damaged, or another argument is
        not legal.

    See Also
    --------
    load_model : Models that you have saved, too.
    predict_genre : The genre of one file.
    top_tags : The tags of one file.
    predict_files : Many files and folders.
    recipes.pretrained, recipes.best : The same systems, to be trained on other songs.

    Notes
    -----
    The tags of taggers are the means of `taggram` over windows of 3 s. Probabilities of
    tags are low, so ``predict``, which gives those above 0.5, gives few; to have more,
    tune thresholds on songs of your own by ``TagThresholdClassifier(cv="prefit")``.

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
    Integer(low=1, none=True).check_value("n_excerpts", n_excerpts)
    check_path("name", name, what=f"one of {NAMED}")
    if name not in NAMES:
        raise ValueError(
            f"name: there is no model {name!r}. It must be one of {NAMED}; load_model "
            "loads files."
        )
    if name in _TAGGERS:
        return _load_tagger(name, n_excerpts, device)
    model = _load_built_in(name)
    if n_excerpts is not None:
        _hear(model, n_excerpts)
    return to_device(model, device)


def _load_built_in(name):
    """Return a model of the package, whatever the versions that wrote it.

    With each release the tests compare its answers with stored ones, so versions are
    not compared here.
    """
    # imported here, so that the names of the models are known without torch
    from . import _model_file

    path = built_in_path(name)
    try:
        return _model_file.from_bytes(_model_file.read_file(path))[0]
    except OSError:
        raise
    except Exception as error:  # anything may be wrong with the file
        raise ValueError(
            f"{path}: damaged, or not to be read with these versions "
            f"({type(error).__name__}: {error}). Install the package again."
        ) from error


def built_in_path(name):
    """Return the path of a model of the package."""
    return _HERE / f"{name}.skops"


def _hear(model, n_excerpts):
    """Set how many excerpts of a song a model hears."""
    model[0].set_params(n_excerpts=n_excerpts)
    if "slice" in model.named_steps:
        model["slice"].set_params(n_slices=n_excerpts)


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
        With ``labels`` and ``proba``, the most probable first, ``fit``, how well the
        file fits the training, and ``unknown``, whether nothing like it was in it;
        ``print`` shows them in one line.

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
