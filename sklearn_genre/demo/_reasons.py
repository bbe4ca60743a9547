"""Why a model answers as it does, as far as it can tell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..embedding import MusicnnEmbedding
from ..evaluation import OpenSetClassifier

_STEPS = 16  # of the integral: twice as many change no picture that can be seen
_TAGS = (
    "The model hears a song through a network that others trained to tag music, and "
    "weighs its tags. These spoke most for and against {label}, compared with an "
    "average song. Tags go together (guitar and rock): read them as a group."
)
_NETWORK = (
    "Red parts of the spectrogram spoke for {label}, blue ones against it, by "
    "integrated gradients. This says what the network used, not what makes the genre; "
    "a wrong answer has such a picture, too."
)
_UNTOLD = (
    "This model cannot say what in the sound it used. The picture over time shows when "
    "it heard {label}. The tags are those of another network, not its reasons."
)


@dataclass(frozen=True)
class Reasons:
    """Why a model gave an answer, as far as it can tell.

    Attributes
    ----------
    text : str
        What is shown, in words.
    weights : tuple of (str, float)
        Tags with what they added to the score of the answer, less their mean over all
        genres, the greatest first; those below zero spoke against it. Empty if the
        model does not weigh tags.
    picture : ActivationDisplay or None
        What in the spectrogram spoke for the answer; None if the model is no network
        over a spectrogram.

    Examples
    --------
    >>> from sklearn_genre.demo import Reasons
    >>> Reasons("Two tags.", (("rock", 1.5), ("jazz", -0.5))).weights[0]
    ('rock', 1.5)
    """

    text: str
    weights: tuple = ()
    picture: Any = None


def reasons_for(model, song, label):
    """Return why a model gave a label to a song.

    Parameters
    ----------
    model : fitted classifier or Pipeline
    song : path-like or (array, rate) pair
    label : str
        The genre or tag.

    Returns
    -------
    reasons : Reasons
    """
    weights = _tag_weights(model, song, label)
    if weights:
        return Reasons(_TAGS.format(label=label), weights)
    picture = _activation(model, song, label)
    text = _UNTOLD if picture is None else _NETWORK
    return Reasons(text.format(label=label), picture=picture)


def _activation(model, song, label):
    """Return what in the spectrogram spoke for a label; None if it cannot be said."""
    from matplotlib.figure import Figure

    from ..plotting import ActivationDisplay

    try:
        return ActivationDisplay.from_estimator(
            model, song, label=label, n_steps=_STEPS, title="", ax=Figure().subplots(2)
        )
    except (TypeError, ValueError):  # no network, or no spectrogram
        return None


def _tag_weights(model, song, label):
    """Return what each tag adds to the score of a label; () unless tags are weighed."""
    steps = getattr(model, "steps", [("", model)])
    embedding = steps[0][1]
    if not isinstance(embedding, MusicnnEmbedding) or len(steps) < 2:
        return ()
    names, X = embedding.get_feature_names_out(), embedding.transform([song])
    found = _linear_scores([step for _, step in steps[1:]], X, names)
    if found is None:
        return ()
    names, scores, classes = found
    own = scores[classes.index(label)] - scores.mean(axis=0)
    order = np.argsort(-own, kind="stable")
    return tuple((names[j], float(own[j])) for j in order)


def _linear_scores(steps, X, names):
    """Return tags, what each adds to the score of each class, and the classes.

    None if the steps, each of one song's row, do not end in a linear classifier over
    tags alone.
    """
    for step in _flat(steps):
        if hasattr(step, "coef_"):
            return _added(step, X, names)
        if not hasattr(step, "transform"):
            return None
        names, X = _names_after(step, X, names), step.transform(X)
        if names is None:
            return None
    return None


def _flat(steps):
    """Yield fitted steps, and those inside of them, in their order."""
    for step in steps:
        if isinstance(step, OpenSetClassifier):
            yield from _flat([step.estimator_])
        elif isinstance(step, Pipeline):
            yield from _flat([part for _, part in step.steps])
        elif step not in (None, "passthrough"):
            yield step


def _names_after(step, X, names):
    """Return the names of what a step gives; None if it mixes its columns."""
    if isinstance(step, StandardScaler):
        return names
    if not isinstance(step, ColumnTransformer | FunctionTransformer):
        return None
    # a choice of columns chooses their numbers, too
    numbers = np.ravel(step.transform(np.arange(len(names), dtype=float)[None]))
    if not np.isin(numbers, np.arange(len(names))).all():
        return None
    return names[numbers.astype(int)]


def _added(step, X, names):
    """Return tags, coefficients times values, and classes; None if not all are tags."""
    tags = [str(name).removeprefix("tag ") for name in names]
    if not all(str(name).startswith("tag ") for name in names):
        return None
    coef = step.coef_
    if len(coef) == 1:  # of two classes only the second has its own
        coef = np.concatenate([-coef, coef]) / 2
    return tags, coef * np.asarray(X)[0], step.classes_.tolist()
