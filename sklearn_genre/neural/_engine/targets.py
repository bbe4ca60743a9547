"""Targets and weights of the neural classifiers, as plain arrays."""

import numpy as np
from sklearn.utils import compute_class_weight

from ..._utils.arrays import check_weights
from ...rows import RowView


def without_weightless(sample_weight, *arrays):
    """Leave out the clips of weight zero.

    Parameters
    ----------
    sample_weight : array-like of shape (n,) or None
    *arrays : array-like or sparse matrix of n rows, or None
        The first one determines n.

    Returns
    -------
    sample_weight : ndarray of shape (n_kept,) or None
    *arrays : array-like, sparse matrix or None
        As given if no weight is zero.

    Raises
    ------
    ValueError
        If there are not n weights, one is negative or not finite, or all are zero.
    """
    if sample_weight is None:
        return None, *arrays
    weight = check_weights(sample_weight, len(arrays[0]))
    keep = weight > 0
    if not keep.any():
        raise ValueError("sample_weight must not be zero for all clips.")
    if keep.all():
        return weight, *arrays
    return weight[keep], *(None if a is None else _rows(a, keep) for a in arrays)


def _rows(array, keep):
    """Return the rows to keep of an array-like, a view or a sparse matrix."""
    if isinstance(array, RowView):
        return array[keep]
    sparse = not isinstance(array, list | tuple) and not hasattr(array, "__array__")
    return array[keep] if sparse else np.asarray(array)[keep]


def clip_weights(y, classes, class_weight, sample_weight, dtype):
    """Return sample weight times class weight, scaled to a mean of one.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Encoded classes.
    classes : ndarray of shape (n_classes,)
    class_weight : dict, "balanced" or None
    sample_weight : ndarray of shape (n,) or None
    dtype : numpy dtype

    Returns
    -------
    weight : ndarray of shape (n,), or None if all are equal

    Raises
    ------
    ValueError
        If the dict has a key that is no class, and lacks a class: a slip, and not a
        class without clips in this part of a split. scikit-learn does the same.
    """
    weight = sample_weight
    if class_weight is not None:
        seen = np.unique(y)
        per_class = np.ones(len(classes))
        if isinstance(class_weight, dict):
            place = {label: k for k, label in enumerate(classes.tolist())}
            odd = [key for key in class_weight if key not in place]
            if odd and not place.keys() <= class_weight.keys():
                raise ValueError(
                    f"class_weight has {odd[0]!r}, which is no class of y."
                )
            class_weight = {
                place[k]: v for k, v in class_weight.items() if place.get(k) in seen
            }
        per_class[seen] = compute_class_weight(class_weight, classes=seen, y=y)
        weight = per_class[y] if weight is None else weight * per_class[y]
    return None if weight is None else np.asarray(weight / weight.mean(), dtype=dtype)


def tag_weights(y, tags, class_weight):
    """Return the weight of the positive clips of each tag, for binary cross-entropy.

    Parameters
    ----------
    y : ndarray of shape (n, n_tags)
    tags : ndarray of shape (n_tags,)
        Names or column numbers.
    class_weight : dict, "balanced" or None
        "balanced" gives negatives / positives; a tag without positives gets 1. A
        dict gives the weights of some tags.

    Returns
    -------
    weight : list of float of length n_tags, or None

    Raises
    ------
    ValueError
        If the dict has a key that is no tag.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, dict):
        tags = tags.tolist()
        for tag in class_weight:
            if tag not in tags:
                raise ValueError(f"class_weight has {tag!r}, which is no tag of y.")
        return [float(class_weight.get(tag, 1.0)) for tag in tags]
    positive = y.sum(axis=0)
    weight = (len(y) - positive) / np.maximum(positive, 1)
    return np.where((positive > 0) & (weight > 0), weight, 1.0).tolist()
