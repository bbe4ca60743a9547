"""What all recipes share: how a front end and its classifier become a Pipeline."""

from sklearn.pipeline import Pipeline


def build(front_end, source, *steps):
    """The Pipeline of a front end and what follows it.

    Parameters
    ----------
    front_end : "source", None or transformer
        As the user gave it.
    source : transformer or None
        The source's own chain; None where it has none from audio.
    *steps : tuple of (str, estimator)
        What follows, the classifier last.

    Returns
    -------
    pipeline : Pipeline

    Raises
    ------
    ValueError
        If ``front_end`` is none of the three, or the source has no chain.
    """
    if front_end is None:
        front_end = "passthrough"
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


def choose(name, value, choices):
    """What ``choices`` holds for the value of a parameter.

    Raises
    ------
    ValueError
        It names the parameter and the choices.
    """
    if not isinstance(value, str | int) or value not in choices:
        raise ValueError(f"{name} must be one of {[*choices]}, got {value!r}.")
    return choices[value]


def optional(name, step, wanted):
    """A named step, or none at all."""
    return [(name, step)] if wanted else []
