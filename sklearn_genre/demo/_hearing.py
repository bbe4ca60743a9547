"""What a model hears in a song: its answer, tags, both over time, and why."""

import os
from dataclasses import dataclass

from .._utils.clips import open_song
from .._utils.doubts import doubt_about
from ..audio import AudioError
from ..embedding import TAGS, MusicnnEmbedding, Taggram, taggram
from ..parameters import Integer, Real
from ..prediction import FilePrediction, predict_readable, song_over_time, window_of
from ._reasons import Reasons, reasons_for

_RATE = 22050  # at which lengths are counted
_TAG_WINDOW = 3.0  # of musicnn
# more windows than that look the same in a picture, and take long
_MOST_WINDOWS, _MOST_TAG_WINDOWS = 60, 200


@dataclass(frozen=True)
class Hearing:
    """What a model hears in a song.

    Attributes
    ----------
    name : str
        Of the song.
    seconds : float
        How long it is.
    prediction : FilePrediction
        Genres or tags, the most probable first, and the fit if the model measures it.
    label : str
        The most probable genre or tag, also where the model answers "unknown".
    doubt : str
        Why the answer means little, in words; "" where nothing is known of that.
    genres : Taggram or None
        The answers over time; None of a tagger that `tags` shows already.
    window : float
        Seconds that a column of ``genres`` stands for.
    tags : Taggram
        Tags over time by musicnn, which was trained on other music.
    reasons : Reasons
        Why the first answer.

    See Also
    --------
    hear : Makes it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.demo import Hearing, Reasons
    >>> from sklearn_genre.embedding import Taggram
    >>> from sklearn_genre.prediction import FilePrediction
    >>> tags = Taggram(np.array([0.0]), ("jazz", "metal"), np.array([[0.6, 0.1]]))
    >>> answer = FilePrediction("a.mp3", ("jazz",), (0.75,))
    >>> why = Reasons("Not known.")
    >>> Hearing("a.mp3", 3.0, answer, "jazz", "", None, 3.0, tags, why).tags.top(1)
    [('jazz', 0.6)]
    """

    name: str
    seconds: float
    prediction: FilePrediction
    label: str
    doubt: str
    genres: Taggram | None
    window: float
    tags: Taggram
    reasons: Reasons


def hear(model, path, *, top=5, max_minutes=20.0):
    """Return what a model hears in a song: answer, tags, both over time, and why.

    Parameters
    ----------
    model : fitted classifier or Pipeline
        Takes paths of audio files, and has ``predict_proba``.
    path : path-like
        The song.
    top : int, default=5
        Genres or tags in the answer, >= 1.
    max_minutes : float, default=20.0
        Length of a song in minutes, at most; what is longer is refused.

    Returns
    -------
    hearing : Hearing

    Raises
    ------
    AudioError
        If the song cannot be read or is too long; it is named without its folder.

    See Also
    --------
    sklearn_genre.predict_files : Many files, answers alone.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_genre import load_pretrained, make_genre_audio
    >>> from sklearn_genre.demo import hear
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     songs = make_genre_audio(1, genres=["dub"], duration=6.0, directory=folder)
    ...     hearing = hear(load_pretrained(), songs.paths[0])
    >>> hearing.seconds, len(hearing.prediction.labels), len(hearing.reasons.weights)
    (6.0, 5, 50)
    """
    Integer(low=1).check_value("top", top)
    Real(low=0, closed="right").check_value("max_minutes", max_minutes)
    path = os.fspath(path)
    name = os.path.basename(path)
    try:
        seconds = _length(path, max_minutes)
        answer = predict_readable(model, [path], top)[0]
        genres, window = _over_time(model, path, seconds)
        label = _first(model, path, answer)
        return Hearing(
            name,
            seconds,
            answer,
            label,
            doubt_about(path),
            genres,
            window,
            tags=taggram(path, hop=max(_TAG_WINDOW, seconds / _MOST_TAG_WINDOWS)),
            reasons=reasons_for(model, path, label),
        )
    except AudioError as error:
        raise AudioError(name, error.cause, error.remedy) from None


def _length(path, max_minutes):
    """Return the seconds of a song that is not too long."""
    with open_song(path, 0, sample_rate=_RATE) as song:
        seconds = song.n_samples / _RATE
    if seconds > 60 * max_minutes:
        raise AudioError(
            path,
            f"it lasts {seconds / 60:.1f} minutes, of at most {max_minutes:g} here",
            "Cut it, or use sklearn-genre predict --over-time, which takes any length.",
        )
    return seconds


def _over_time(model, path, seconds):
    """Return the answers over time and their window; None of musicnn's own tags."""
    first = getattr(model, "steps", [("", model)])[0][1]
    by_musicnn = isinstance(first, MusicnnEmbedding)
    if by_musicnn and list(model.classes_) == list(TAGS[first.model]):
        return None, _TAG_WINDOW
    window = window_of(model, path)
    hop = max(window / 2, seconds / _MOST_WINDOWS)
    return song_over_time(model, path, window=window, hop=hop)


def _first(model, path, answer):
    """Return the most probable label, also where the model abstains from it."""
    if answer.labels[0] in list(model.classes_):
        return answer.labels[0]
    return model.classes_[model.predict_proba([path])[0].argmax()]
