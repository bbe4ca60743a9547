"""What all recipes share: how a front end and its classifier become a Pipeline."""

import numbers

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler


def build(front_end, chain, *steps, given=None):
    """Make the Pipeline of a front end and what follows it.

    Parameters
    ----------
    front_end : "audio", None or transformer
        As the user gave it.
    chain : transformer or None
        The paper's own chain from audio; None where it has none.
    *steps : tuple of (str, estimator)
        What follows, the classifier last.
    given : callable or None, default=None
        Check of X if there is no front end: returns X or raises.

    Returns
    -------
    pipeline : Pipeline

    Raises
    ------
    ValueError
        If ``front_end`` is none of these, or the paper has no chain.
    """
    if front_end is None:
        front_end = "passthrough" if given is None else FunctionTransformer(given)
    elif isinstance(front_end, str) and front_end == "audio":
        if chain is None:
            raise ValueError(
                "front_end='audio': this system's features are a published table, "
                "there is no chain from audio. Give front_end=None for such a table, "
                "or a transformer such as recipes.pun_features()."
            )
        front_end = chain
    elif not hasattr(front_end, "transform"):
        raise ValueError(
            "front_end must be 'audio' for the system's own chain from audio, None for "
            f"X that needs none, or a transformer in its place, got {front_end!r}."
        )
    return Pipeline([("front_end", front_end), *steps])


def on_table(front_end, chain, classifier):
    """Make the Pipeline of a classifier over standardized features of ``chain``."""
    scale = ("scale", StandardScaler())
    return build(front_end, chain, scale, ("classifier", classifier))


def given_spectrograms(X):
    """Return X unchanged if its rows are spectrograms.

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
            "front_end='audio'."
        )
    return X


def choose(name, value, choices):
    """Return the entry of ``choices`` for the value of a parameter.

    Raises
    ------
    ValueError
        If there is no such entry; the error names the parameter and the choices.
    """
    if not isinstance(value, str | numbers.Integral) or value not in choices:
        raise ValueError(f"{name} must be one of {[*choices]}, got {value!r}.")
    return choices[value]


def optional(name, step, wanted):
    """Return a list of one named step, or an empty one."""
    return [(name, step)] if wanted else []
