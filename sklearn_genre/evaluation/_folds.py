"""Folds of any origin, drawn and checked."""

import warnings

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils.multiclass import type_of_target

from .._utils.indexing import n_rows
from .._utils.labels import label_list, to_codes
from .._utils.names import plain_array


def _check_side(rows, n, fold, side):
    """Return one side of a fold as row numbers 0..n-1."""
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (n,):
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise ValueError(
            f"The {side} side of fold {fold} must be row numbers or a mask of length "
            f"{n}, got dtype {rows.dtype} and shape {rows.shape}."
        )
    if rows.size == 0:
        raise ValueError(f"The {side} side of fold {fold} is empty.")
    if rows.min() < -n or rows.max() >= n:
        raise ValueError(
            f"The {side} side of fold {fold} has rows {rows.min()} to {rows.max()}, "
            f"but X has rows 0 to {n - 1}."
        )
    return np.where(rows < 0, rows + n, rows).astype(np.intp)


def check_folds(folds, n):
    """Return folds as a list of pairs of row numbers.

    Raises
    ------
    ValueError
        If there are no folds, or a side is empty, not row numbers, or outside 0..n-1.
    """
    checked = []
    for i, fold in enumerate(folds):
        checked.append(
            tuple(
                _check_side(rows, n, i, side)
                for rows, side in zip(fold, ("train", "test"), strict=True)
            )
        )
    if not checked:
        raise ValueError("cv gives no folds. (A generator gives them only once.)")
    return checked


def draw_folds(cv, X, y, groups):
    """Draw and check the folds of any splitter, integer or list.

    Unknown groups reach the splitter as groups of their own, since scikit-learn's
    refuse None and NaN, and tuples as numbers, since it takes them apart.

    Returns
    -------
    folds : list of (train, test)
    """
    if isinstance(cv, list | tuple):
        for i, fold in enumerate(cv):
            if len(fold) != 2:
                raise ValueError(
                    f"Fold {i} must be a pair (train, test), got {fold!r}."
                )
    classes = y is not None and type_of_target(y) in ("binary", "multiclass")
    cv = check_cv(cv, y, classifier=classes)
    if groups is not None:
        labels = label_list(groups, "groups", n_rows(X))
        coded = any(label is None or isinstance(label, tuple) for label in labels)
        groups = to_codes(labels)[0] if coded else plain_array(groups)
    with warnings.catch_warnings():
        # the guard reads groups itself, so it does not matter that a splitter ignores
        # them
        warnings.filterwarnings("ignore", "The groups parameter is ignored")
        folds = list(cv.split(X, y, groups))
    return check_folds(folds, n_rows(X))
