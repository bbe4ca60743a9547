"""What all recipes share: how a front end and its classifier become a Pipeline."""

import numbers

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer


def build(front_end, source, *steps, given=None):
    """The Pipeline of a front end and what follows it.

    Parameters
    ----------
    front_end : "source", None or transformer
        As the user gave it.
    source : transformer or None
        The source's own chain; None where it has none from audio.
    *steps : tuple of (str, estimator)
        What follows, the classifier last.
    given : callable or None, default=None
        Takes X where there is no front end, and gives it back or raises.

    Returns
    -------
    pipeline : Pipeline

    Raises
    ------
    ValueError
        If ``front_end`` is none of the three, or the source has no chain.
    """
    if front_end is None:
        front_end = "passthrough" if given is None else FunctionTransformer(given)
    elif isinstance(front_end, str) and front_end == "source":
        if source is None:
            raise ValueError(
                "front_end='source': this system's features are a published table, "
                "there is no chain from audio. Give front_end=None for such a table, "
                "or a transformer such as recipes.pun_features()."
            )
        front_end = source
    elif not hasattr(front_end, "transform"):
        raise ValueError(
            "front_end must be 'source' for the source's own chain from audio, None "
            "for X that needs none, or a transformer in its place, got "
            f"{front_end!r}."
        )
    return Pipeline([("front_end", front_end), *steps])


def given_spectrograms(X):
    """X as it is, if its rows are spectrograms.

    Raises
    ------
    ValueError
        If they are audio files, samples or rows of a table.
    """
    shape = X.shape if hasattr(X, "shape") else (len(X),)
    if len(shape) == 1 and shape[0]:
        shape += np.shape(X[0])
    if len(shape) < 3:
        raise ValueError(
            "front_end=None: X must hold spectrograms, of shape (n, n_bands, "
            f"n_frames), got {'x'.join(map(str, shape))}. For audio leave "
            "front_end='source'."
        )
    return X


def choose(name, value, choices):
    """What ``choices`` holds for the value of a parameter.

    Raises
    ------
    ValueError
        It names the parameter and the choices.
    """
    if not isinstance(value, str | numbers.Integral) or value not in choices:
        raise ValueError(f"{name} must be one of {[*choices]}, got {value!r}.")
    return choices[value]


def optional(name, step, wanted):
    """A named step, or none at all."""
    return [(name, step)] if wanted else []
