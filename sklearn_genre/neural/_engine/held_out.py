"""Clips that early stopping holds out of training."""

import warnings

import numpy as np
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedShuffleSplit,
)

from ..._utils.names import plain_array
from ..._utils.text import listed

_DRAWS = 20  # of a random splitter, to find one that leaves every class in training


def split_clips(y, groups, fraction, random_state, *, multilabel, names=None):
    """Split clips for early stopping.

    No group is on both sides; classes stay in proportion if there are enough clips
    (and groups) of each. Among the splits that were drawn it is one that leaves clips
    of every class in training, and nearly the fraction of clips out of it, if there is
    one.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, n_tags)
        Encoded targets.
    groups : array-like of shape (n,) or None
    fraction : float
        Share of clips, or of groups, held out.
    random_state : int
    multilabel : bool
    names : ndarray of shape (n_classes,) or None, default=None
        What classes (or tags) are called in the warning.

    Returns
    -------
    train, valid : ndarray of int
        Clip numbers.

    Raises
    ------
    ValueError
        If there is only one clip or one group, or the fraction leaves none to train on.

    Warns
    -----
    UserWarning
        If all clips of a class are held out; it names the class.
    """
    n = len(y)
    if n < 2:
        raise ValueError(f"early_stopping needs at least 2 clips, got n_samples = {n}.")
    fewest = 0 if multilabel else np.unique(y, return_counts=True)[1].min()
    if groups is None:
        cv = _clip_splitter(y, fewest, fraction, random_state, multilabel)
        splits = cv.split(np.zeros(n), y)
    else:
        groups = plain_array(groups)
        cv = _group_splitter(groups, fewest, fraction, random_state)
        splits = list(cv.split(np.zeros(n), None if multilabel else y, groups))
        # the folds of a splitter have an order: the largest groups are in the first
        order = np.random.default_rng(random_state).permutation(len(splits))
        splits = [splits[k] for k in order]
    return _best(splits, fraction, *_classes_of(y, names, multilabel))


def _clip_splitter(y, fewest, fraction, random_state, multilabel):
    """Return a stratified splitter, or a random one if a class has few clips."""
    n = len(y)
    n_valid = _n_held_out(fraction, n, "clips")
    enough = min(n_valid, n - n_valid) >= (0 if multilabel else y.max() + 1)
    kind = StratifiedShuffleSplit if fewest > 1 and enough else ShuffleSplit
    return kind(_DRAWS, test_size=fraction, random_state=random_state)


def _group_splitter(groups, fewest, fraction, random_state):
    """Return a stratified splitter, or a random one if a class has few clips."""
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise ValueError(
            "early_stopping needs at least 2 groups to hold one out, but all clips "
            "are of one group."
        )
    _n_held_out(fraction, n_groups, "groups")
    # a fold is at most half of the groups, and at least one of them
    n_folds = max(2, round(min(1 / fraction, n_groups + 1)))
    if min(fewest, n_groups) >= n_folds and fraction <= 0.5:
        return StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
    return GroupShuffleSplit(_DRAWS, test_size=fraction, random_state=random_state)


def _n_held_out(fraction, n, what):
    """Return how many of n clips or groups are held out; refuse all of them."""
    n_valid = int(np.ceil(fraction * n))
    if n_valid == n:
        raise ValueError(
            f"validation_fraction={fraction!r} holds out all of {n} {what}, which "
            "leaves none to train on. Use a smaller fraction."
        )
    return n_valid


def _classes_of(y, names, multilabel):
    """Return which clip has which class or tag, and what these are called."""
    if multilabel and y.ndim == 2:
        return y.astype(bool), np.arange(y.shape[1]) if names is None else names
    codes = np.unique(y)
    return y[:, None] == codes, codes if names is None else names[codes]


def _best(splits, fraction, has, names):
    """Return the first split that takes no class away and is of the right size."""
    least = None
    for split in splits:  # drawn one by one, as nearly always the first will do
        cost = _lost(has, split[0]).sum(), _off(len(split[1]) / len(has), fraction)
        if least is None or cost < least:
            least, (train, valid) = cost, split
        if cost == (0, 0):
            break
    lost = names[_lost(has, train)].tolist()
    if lost:
        warnings.warn(
            f"early_stopping holds out all clips of {listed(map(repr, lost), 5)}, so "
            "the network learns nothing about that: no split that was drawn (by "
            "groups, if there are some) leaves clips of everything in training. Name "
            "the clips to watch by val_mask or X_val, or set early_stopping=False.",
            stacklevel=2,
        )
    return train, valid


def _lost(has, train):
    """Return which classes or tags no training clip has, though some clip does."""
    return has.any(axis=0) & ~has[train].any(axis=0)


def _off(share, fraction):
    """Return how far a share is from the fraction; a half more or less is near."""
    return max(abs(share / fraction - 1) - 0.5, 0)
