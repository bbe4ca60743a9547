"""Predictions by fitted models: many files, in bounded memory, on any device."""

import functools
from dataclasses import dataclass
from itertools import compress

import joblib
import numpy as np
from sklearn.pipeline import Pipeline

from ._utils.clips import open_song
from ._utils.collection import read_files
from ._utils.faults import file_outcomes
from ._utils.nested import estimators_in, jobs_of
from ._utils.tags import tag_classes, tag_probabilities
from ._utils.text import printable
from .audio import AudioError
from .evaluation import OpenSetClassifier
from .parameters import Integer, Real

__all__ = [
    "FilePrediction",
    "predict_files",
    "song_over_time",
    "to_device",
    "top_labels",
]


#: What is said of a file that is unknown.
UNLIKE = "nothing like it in the training"
# of a model that never abstains; one in 20 songs like those of the training is below
_UNUSUAL = 0.05
_RATE = 22050  # of most models, which resample windows if theirs is another
_SHORTEST = 6.0  # s, two windows of musicnn
_BATCH = 16  # windows in memory at a time


@dataclass(frozen=True)
class FilePrediction:
    """Prediction of a model for one file.

    Parameters
    ----------
    path : str
        Name of the file.
    labels : tuple, default=()
        Genres or tags, the most probable first. Empty if the file cannot be read. If
        the model has no ``predict_proba``, its genre, or the tags that it gives.
    proba : tuple of float, default=()
        Probability of each label, in [0, 1]; empty if the model gives none.
    error : str or None, default=None
        Why the file cannot be read, and what to do about it.
    fit : float or None, default=None
        How well the file fits the training, in (0, 1]: the share of songs held out in
        it, with this one, that fit no better. None if the model does not measure it.
    unknown : bool, default=False
        Whether nothing like it was in the training: its fit is not above the model's
        ``rejection_rate``, or above 0.05 if that is None. A model that abstains has
        one label then, what ``predict`` gives, without a probability.

    Examples
    --------
    >>> from sklearn_genre.prediction import FilePrediction
    >>> FilePrediction("song.mp3", ("jazz", "blues"), (0.75, 0.25)).labels[0]
    'jazz'
    >>> print(FilePrediction("song.mp3", ("jazz", "blues"), (0.75, 0.25)))
    song.mp3: jazz 0.750, blues 0.250
    >>> print(FilePrediction("book.mp3", ("jazz",), (0.75,), fit=0.01, unknown=True))
    book.mp3: jazz 0.750 (nothing like it in the training)
    """

    path: str
    labels: tuple = ()
    proba: tuple = ()
    error: str | None = None
    fit: float | None = None
    unknown: bool = False

    def __str__(self):
        if self.error is not None:
            return self.error
        proba = [f" {p:.3f}" for p in self.proba] or [""] * len(self.labels)
        pairs = zip(self.labels, proba, strict=True)
        text = f"{self.path}: " + ", ".join(f"{name}{p}" for name, p in pairs)
        return printable(f"{text} ({UNLIKE})" if self.unknown else text)


def predict_files(model, paths, *, top=None, names=None, batch_size=32, n_jobs=None):
    """Predict files and folders, a batch at a time, and report unreadable files.

    Parameters
    ----------
    model : classifier or Pipeline
        Fitted; takes paths of audio files.
    paths : path-like, Bunch, DataFrame or iterable of path-like
        Files and folders; for a Bunch its ``paths``, for a DataFrame its column "path".
        A folder stands for the audio files in it and below, in order of name.
    top : int or None, default=None
        Number of labels per file, >= 1. None gives all.
    names : iterable of str or None, default=None
        A name for each genre or tag, as for `top_labels`.
    batch_size : int, default=32
        Files per call of the model, >= 1. Memory holds the features of that many.
    n_jobs : int or None, default=None
        Number of files decoded at the same time, by steps whose own ``n_jobs`` is None.
        Under ``joblib.parallel_config`` with processes ("loky", "dask"): number of
        batches that are computed at the same time, and ahead, each from its files to
        its predictions by one process. None takes that of the first step with one.

    Returns
    -------
    predictions : iterator of FilePrediction
        One for each file, in order, computed when it is asked for. A file that cannot
        be read or predicted, and a folder without audio, have an ``error``.

    Raises
    ------
    ValueError
        If an argument is out of range, there are not as many names as labels, or a
        Bunch or DataFrame has no paths.
    Exception
        What the model raises for every file, even for noise; a note names the first.
    TypeError
        If ``paths`` or one of them is not a path.

    See Also
    --------
    extract_features : Features of many files, for training.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_genre import (
    ...     MelSpectrogram, SummaryStats, make_genre_audio, predict_files)
    >>> model = make_pipeline(
    ...     MelSpectrogram(duration=1.0), SummaryStats(), LogisticRegression(C=1e-4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     songs = make_genre_audio(
    ...         3, genres=["dub", "waltz"], duration=1.0, directory=folder)
    ...     model = model.fit(songs.paths, songs.target)
    ...     [p.labels[0] for p in predict_files(model, folder, top=1)]
    ['dub', 'dub', 'dub', 'waltz', 'waltz', 'waltz']
    """
    Integer(low=1, none=True).check_value("top", top)
    Integer(low=1).check_value("batch_size", batch_size)
    how = dict(top=top, names=None if names is None else list(names), n_jobs=n_jobs)
    compute = functools.partial(predict_readable, model, **how)
    jobs = jobs_of(model) if n_jobs is None else n_jobs
    outcomes = file_outcomes(compute, read_files(paths), batch_size, n_jobs=jobs)
    return map(_as_prediction, outcomes)


def _as_prediction(outcome):
    """Return the prediction of a file that has none but an error."""
    if isinstance(outcome, AudioError):
        return FilePrediction(outcome.source, error=str(outcome))
    return outcome


def predict_readable(model, files, top, names=None, n_jobs=None):
    """Predict files; raise an AudioError for one that cannot be read."""
    with joblib.parallel_config(n_jobs=n_jobs):
        if not hasattr(model, "predict_proba"):
            labels = _labels(model, files, names)
            return [
                FilePrediction(file, given[:top])
                for file, given in zip(files, labels, strict=True)
            ]
        if measures_fit(model):
            return _predict_open_set(model, files, top, names)
        best = top_labels(model, files, top=top, names=names)
    return [
        FilePrediction(file, *zip(*pairs, strict=True))
        for file, pairs in zip(files, best, strict=True)
    ]


def measures_fit(model):
    """Return whether predictions of files have a fit."""
    return isinstance(model, Pipeline) and isinstance(model[-1], OpenSetClassifier)


def _labels(model, files, names):
    """Return the genre of each file as a tuple of one, or the tags that it is given."""
    answers = model.predict(files)
    if np.ndim(answers) == 1:
        return [(label,) for label in answers.tolist()]
    names = _label_names(model, names, answers.shape[1])
    given = answers.toarray() if hasattr(answers, "toarray") else answers
    return [tuple(compress(names, row)) for row in given.tolist()]


def _predict_open_set(model, files, top, names):
    """Predict files by a model that ends with an OpenSetClassifier."""
    # what comes before is computed once for genres and fit
    X, model = model[:-1].transform(files), model[-1]
    fits, rate = model.score_samples(X), model.rejection_rate
    best = top_labels(model, X, top=top, names=names)
    found = []
    for file, pairs, fit in zip(files, best, fits.tolist(), strict=True):
        unknown = fit <= (_UNUSUAL if rate is None else rate)
        if unknown and rate is not None:
            said = (model.unknown,), ()
        else:
            said = zip(*pairs, strict=True)
        fit = None if np.isnan(fit) else fit
        found.append(FilePrediction(file, *said, fit=fit, unknown=unknown))
    return found


def top_labels(model, X, *, top=3, names=None):
    """Return the most probable genres or tags of each clip, with their probabilities.

    Parameters
    ----------
    model : fitted classifier or Pipeline
        With ``predict_proba``; for genres or for tags.
    X : array-like of shape (n_clips, ...)
        What the model takes.
    top : int or None, default=3
        Number of labels, >= 1; all if there are fewer, or if None.
    names : iterable of str or None, default=None
        A name for each column of the probabilities. None takes ``model.classes_``:
        genres, or tags if the model was trained on a DataFrame of tags and is one of
        this package. For scikit-learn's own taggers these are column numbers.

    Returns
    -------
    best : list of list of (name, float)
        For each clip, the most probable first.

    Raises
    ------
    ValueError
        If ``top`` is less than 1, or there are not as many names as probabilities.

    See Also
    --------
    predict_files : The same for many files and folders, in bounded memory.
    TagThresholdClassifier : Keeps the names of tags for any classifier.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre.prediction import top_labels
    >>> model = GaussianNB().fit([[0], [1], [4], [5]], ["jazz", "jazz", "rock", "rock"])
    >>> [name for name, probability in top_labels(model, [[0.5]], top=2)[0]]
    ['jazz', 'rock']
    """
    Integer(low=1, none=True).check_value("top", top)
    proba = tag_probabilities(model, X)
    names = _label_names(model, names, proba.shape[1])
    order = np.argsort(-proba, axis=1, kind="stable")[:, :top]
    values = np.take_along_axis(proba, order, axis=1).tolist()
    return [
        [(names[j], p) for j, p in zip(columns, row, strict=True)]
        for columns, row in zip(order.tolist(), values, strict=True)
    ]


def _label_names(model, names, n):
    """Return the name of each of n columns of probabilities."""
    if names is None:
        # of several outputs these are the values of each
        several = isinstance(model.classes_, list)
        names = tag_classes(None, n) if several else model.classes_
    names = names.tolist() if hasattr(names, "tolist") else list(names)
    if len(names) != n:
        raise ValueError(
            f"names must have one name for each of {n} probabilities, got {len(names)}."
        )
    return names


def window_of(model, song):
    """Return the seconds that a model hears at once, for a picture of a song over time.

    As long as the excerpts that most models were trained on, but at most a fifth of the
    song, so that a picture has columns to compare; never less than a model that hears
    through musicnn gets, two of its windows.
    """
    from .embedding import MusicnnEmbedding

    first = model[0] if isinstance(model, Pipeline) else model
    if isinstance(first, MusicnnEmbedding):
        return _SHORTEST
    with open_song(song, 0, sample_rate=_RATE) as opened:
        fifth = opened.n_samples / _RATE / 5
    return min(max(fifth, _SHORTEST), 30.0)


def song_over_time(model, song, *, window=None, hop=None):
    """Return what a model says of each window of a song, and their length.

    Parameters
    ----------
    model : fitted classifier or Pipeline
        With ``predict_proba``; X is audio.
    song : path-like, bytes, binary file or (array, rate) pair
    window : float or None, default=None
        Seconds that the model hears at once, >= 0.1: as long as what it was trained
        on. None: 6 for a model that hears through musicnn; for others a fifth of the
        song, from 6 to 30.
    hop : float or None, default=None
        Seconds from one window to the next, > 0; None takes half a window.

    Returns
    -------
    found : Taggram
        A row per window; what is left at the end, shorter than a window, is dropped.
    window : float
        In seconds; that of the song, if it is shorter.

    Raises
    ------
    AudioError
        If the song cannot be decoded or used.
    ValueError
        If ``window`` or ``hop`` is out of range.

    See Also
    --------
    sklearn_genre.taggram : The tags of musicnn over time.

    Examples
    --------
    >>> from sklearn_genre import load_pretrained, make_genre_audio
    >>> from sklearn_genre.prediction import song_over_time
    >>> songs = make_genre_audio(1, genres=["dub"], duration=12.0)
    >>> song = (songs.audio[0], songs.sample_rate)
    >>> found, window = song_over_time(load_pretrained(), song, window=6.0)
    >>> found.times.tolist(), found.values.shape, window
    ([0.0, 3.0, 6.0], (3, 10), 6.0)
    """
    from .embedding import Taggram  # the room takes a while to load

    window = window_of(model, song) if window is None else window
    Real(low=0.1).check_value("window", window)
    hop = window / 2 if hop is None else hop
    Real(low=0, closed="right").check_value("hop", hop)
    length, step = round(window * _RATE), max(round(hop * _RATE), 1)
    with open_song(song, 0, sample_rate=_RATE) as opened:
        length = min(length, opened.n_samples)
        cut = _windows(opened.blocks(), length, step)
        proba = np.concatenate([*_window_answers(model, cut)])
    names = _label_names(model, None, proba.shape[1])
    times = np.arange(len(proba)) * step / _RATE
    return Taggram(times, tuple(names), proba), length / _RATE


def _window_answers(model, windows):
    """Yield the probabilities of windows, some at a time: (n, n_classes)."""
    batch = []
    for window in windows:
        batch.append((window, _RATE))
        if len(batch) == _BATCH:
            yield tag_probabilities(model, batch)
            batch = []
    if batch:
        yield tag_probabilities(model, batch)


def _windows(blocks, length, step):
    """Yield the windows of a song whose samples come block by block."""
    held, skip = np.empty(0, dtype=np.float32), 0
    for block in blocks:
        held = np.concatenate([held, block])
        skip, held = max(skip - len(held), 0), held[skip:]
        while len(held) >= length:
            yield held[:length].copy()
            skip, held = max(step - len(held), 0), held[step:]


def to_device(model, device):
    """Move a fitted model, with all its steps, to a device.

    Parameters
    ----------
    model : estimator
        A network, or a Pipeline or any other estimator that contains networks. Changed
        in place.
    device : str
        "cpu", "cuda", "cuda:1", ..., or "auto" for CUDA if it is available.

    Returns
    -------
    model : estimator
        The same model.

    Raises
    ------
    ValueError
        If there is no such device here.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier, to_device
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 20))
    >>> model = CNNClassifier(max_epochs=1).fit(X, ["jazz", "rock"] * 4)
    >>> to_device(model, "cpu").net_.device
    'cpu'
    """
    from ._utils.device import resolve_device

    name = resolve_device(device)
    for part in estimators_in(model):
        if "device" in part.get_params(deep=False):
            part.set_params(device=device)
        if hasattr(part, "_move_net"):
            part._move_net(name)
    return model
