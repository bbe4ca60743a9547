"""Voting rules: combine the answers for the slices of a clip into one."""

import numpy as np

RULES = ("soft", "hard", "max")


def vote(proba, voting, *, multilabel=False):
    """Combine the probabilities of a clip's slices.

    Parameters
    ----------
    proba : ndarray of shape (n_clips, n_slices, n_outputs)
        Probabilities of each slice, in [0, 1].
    voting : {"soft", "hard", "max"}
        - "soft": the mean over slices;
        - "hard": the share of slices that vote for the class (for tags: the share
          in which the tag's probability is above 0.5);
        - "max": the highest probability that any slice gives, for classes scaled to sum
          to one.
    multilabel : bool, default=False
        Whether the outputs are independent tags.

    Returns
    -------
    proba : ndarray of shape (n_clips, n_outputs)
        Rows sum to one for classes. Tags are strictly inside (0, 1), as
        scikit-learn expects of multilabel classifiers.

    Raises
    ------
    ValueError
        If ``voting`` is none of the three rules.
    """
    if voting not in RULES:
        raise ValueError(f"voting must be one of {RULES}, got {voting!r}.")
    if multilabel:
        return _vote_tags(proba, voting)
    if voting == "soft":
        return proba.mean(axis=1)
    if voting == "max":
        top = proba.max(axis=1)
        return top / top.sum(axis=1, keepdims=True)
    winners = proba.argmax(axis=2)
    return np.stack(
        [(winners == k).mean(axis=1) for k in range(proba.shape[2])], axis=1
    )


def _vote_tags(proba, voting):
    """Combine the slices' tag probabilities; strictly inside (0, 1)."""
    if voting == "hard":
        proba = proba > 0.5
    proba = proba.max(axis=1) if voting == "max" else proba.mean(axis=1)
    return strictly_inside(proba)


def strictly_inside(proba):
    """Return probabilities of tags inside (0, 1), as scikit-learn expects them."""
    eps = np.finfo(proba.dtype).eps
    return np.clip(proba, eps, 1 - eps)


def vote_decision(decision, voting):
    """Combine the decision values of a clip's slices.

    Parameters
    ----------
    decision : ndarray of shape (n_clips, n_slices) or (n_clips, n_slices, n_outputs)
        Decision values: of the second of two classes, or of each class or tag.
    voting : {"soft", "max"}
        The mean over slices, or the highest value any slice gives. Of two classes
        the second has the negative distance of the first, so that "max" is the
        mean of the highest and the lowest value.

    Returns
    -------
    decision : ndarray of shape (n_clips,) or (n_clips, n_outputs)
    """
    if voting == "soft":
        return decision.mean(axis=1)
    if decision.ndim == 3:
        return decision.max(axis=1)
    return (decision.max(axis=1) + decision.min(axis=1)) / 2


def log_odds(proba, *, multilabel=False):
    """Return decision values that rank and choose as the probabilities do.

    Parameters
    ----------
    proba : ndarray of shape (n_clips, n_outputs)
        As returned by :func:`vote`.
    multilabel : bool, default=False
        Whether the outputs are independent tags.

    Returns
    -------
    decision : ndarray of shape (n_clips,) or (n_clips, n_outputs)
        Log odds of each tag, or of the second of two classes; logarithms of the
        probabilities for more classes, where 0 counts as the smallest positive number.
    """
    proba = np.maximum(proba, np.finfo(np.float64).tiny, dtype=np.float64)
    if multilabel:
        return np.log(proba) - np.log1p(-proba)
    if proba.shape[1] == 2:
        return np.log(proba[:, 1]) - np.log(proba[:, 0])
    return np.log(proba)


def answers_as_votes(answers, classes, *, multilabel=False):
    """Turn predicted labels into votes: 1 for the label, 0 for the others.

    Parameters
    ----------
    answers : ndarray of shape (n,) or (n, n_tags)
        Output of ``predict``.
    classes : ndarray of shape (n_classes,)
    multilabel : bool, default=False
        Whether answers is a tag indicator already.

    Returns
    -------
    votes : ndarray of shape (n, n_outputs)
    """
    if multilabel:
        return np.asarray(answers, dtype=np.float64)
    return (np.ravel(answers)[:, None] == classes).astype(np.float64)
