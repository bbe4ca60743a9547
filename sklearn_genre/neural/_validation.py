"""The clips that a training watches and does not learn from, as given to ``fit``."""

from typing import Any, NamedTuple

import numpy as np


class Watched(NamedTuple):
    """What ``fit`` was given to watch: clips of their own, or a mask of those of X.

    Attributes
    ----------
    X, y : array-like or None
        Clips, checked or as given, and their targets.
    mask : ndarray of bool of shape (n,), or None
        Which of the clips of ``fit`` are not trained on.
    """

    X: Any = None
    y: Any = None
    mask: Any = None

    @property
    def learned(self):
        """The rows to learn from, or a slice of all."""
        return slice(None) if self.mask is None else ~self.mask


NOTHING = Watched()


def watched(who, X, X_val, y_val, val_mask, *, targets=True):
    """Return what to watch; refuse contradictions.

    Parameters
    ----------
    who : str
        Name of the estimator, for errors.
    X : array-like of n clips
    X_val, y_val, val_mask : array-like or None
        As given to ``fit``.
    targets : bool, default=True
        Whether clips need targets.

    Returns
    -------
    watched : Watched

    Raises
    ------
    ValueError
        If one of X_val and y_val is missing, both ways are used at once, or the mask is
        not one bool per clip that leaves clips on both sides.
    """
    if val_mask is not None and X_val is not None:
        raise ValueError(f"{who}: give X_val or val_mask, not both.")
    if targets and (X_val is None) != (y_val is None):
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(f"{who}: X_val and y_val go together, but {missing} is None.")
    if val_mask is None:
        return Watched(X_val, y_val)
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    mask = np.asarray(val_mask)
    if mask.dtype != bool or mask.shape != (n,):
        raise ValueError(
            f"{who}: val_mask must be one bool per clip, shape ({n},), got "
            f"{mask.dtype} of shape {mask.shape}. Of a column of splits: split == "
            "'valid'."
        )
    if mask.all() or not mask.any():
        side = "train on" if mask.all() else "watch"
        raise ValueError(f"{who}: val_mask leaves no clips to {side}.")
    return Watched(mask=mask)
