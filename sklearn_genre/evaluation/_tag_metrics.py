"""Scores for tagging that leave out the tags a fold does not hold."""

import warnings

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    make_scorer,
    roc_auc_score,
)
from sklearn.utils import check_consistent_length, column_or_1d

from .._utils.tags import check_indicator, tag_columns
from ..parameters import OneOf


class MultilabelAccuracyWarning(UserWarning):
    """Warning that plain accuracy says little about tags.

    Examples
    --------
    >>> from sklearn_genre.evaluation import MultilabelAccuracyWarning
    >>> issubclass(MultilabelAccuracyWarning, UserWarning)
    True
    """


def check_tags(y_true, y_score, what="y_score"):
    """Check tags and scores; return two arrays of one shape.

    Parameters
    ----------
    y_true : array-like of shape (n, n_tags)
        Zeros and ones.
    y_score : array-like of shape (n, n_tags), or list of n_tags arrays of shape (n, 2)
        A list is what some of scikit-learn's classifiers give as probabilities.
    what : str, default="y_score"
        Name for messages.

    Returns
    -------
    y_true : ndarray of bool of shape (n, n_tags)
    y_score : ndarray of shape (n, n_tags)

    Raises
    ------
    ValueError
        If shapes differ, y_true holds no tags, or scores are not finite.
    """
    y_true = check_indicator(y_true, "y_true")
    if isinstance(y_score, list) and np.ndim(y_score[0]) == 2:
        y_score = tag_columns(y_score)
    y_score = np.asarray(y_score, dtype=float)
    if y_score.shape != y_true.shape:
        raise ValueError(
            f"{what} must have the shape {y_true.shape} of y_true, got {y_score.shape}."
        )
    if not np.isfinite(y_score).all():
        raise ValueError(f"{what} holds NaN or infinity.")
    return y_true, y_score


def _per_tag(score, y_true, y_score, present, sample_weight):
    """Score each tag; NaN where the score is not defined."""
    out = np.full(y_true.shape[1], np.nan)
    for tag in np.flatnonzero(present):
        out[tag] = score(y_true[:, tag], y_score[:, tag], sample_weight=sample_weight)
    return out


def _average(score, y_true, y_score, present, average, sample_weight, why):
    """Average a score over tags, over all decisions, or not at all."""
    OneOf(choices=("macro", "micro", "weighted"), none=True).check_value(
        "average", average
    )
    if sample_weight is not None:
        sample_weight = column_or_1d(sample_weight)
        check_consistent_length(y_true, sample_weight)
    if average is None:
        return _per_tag(score, y_true, y_score, present, sample_weight)
    if not present.any():
        warnings.warn(f"No tag {why}; the score is NaN.", UndefinedMetricWarning)
        return np.nan
    if average == "micro":
        spread = None
        if sample_weight is not None:
            spread = np.repeat(sample_weight, y_true.shape[1])
        return float(score(y_true.ravel(), y_score.ravel(), sample_weight=spread))
    scores = _per_tag(score, y_true, y_score, present, sample_weight)[present]
    if average == "macro":
        return float(scores.mean())
    weights = np.ones(len(y_true)) if sample_weight is None else sample_weight
    return float(np.average(scores, weights=weights @ y_true[:, present]))


def tag_roc_auc(y_true, y_score, *, average="macro", sample_weight=None):
    """Compute the area under the ROC curve of the tags that can be scored.

    A tag that no row has, or that every row has, cannot be scored.
    :func:`sklearn.metrics.roc_auc_score` then gives NaN for all tags together; here
    such a tag counts as absent.

    Parameters
    ----------
    y_true : array-like of shape (n, n_tags)
        0 and 1.
    y_score : array-like of shape (n, n_tags), or list of n_tags arrays of shape (n, 2)
        Probabilities or other scores.
    average : {"macro", "micro", "weighted"} or None, default="macro"
        - "macro": mean over tags that can be scored;
        - "weighted": that, weighted by the rows that have the tag;
        - "micro": every pair of row and tag as one decision, over all tags;
        - None: one score per tag, NaN where there is none.
    sample_weight : array-like of shape (n,) or None, default=None

    Returns
    -------
    score : float or ndarray of shape (n_tags,)
        In [0, 1], 0.5 by chance.

    Raises
    ------
    ValueError
        If shapes differ, y_true is not 0 and 1, or scores are not finite.

    Warns
    -----
    UndefinedMetricWarning
        If no tag at all can be scored; the score is then NaN.

    See Also
    --------
    tag_scorers : These scores as ``scoring``.

    Examples
    --------
    >>> from sklearn_genre.evaluation import tag_roc_auc
    >>> y_true = [[1, 0], [0, 0], [1, 0]]  # no row has the second tag
    >>> tag_roc_auc(y_true, [[0.9, 0.1], [0.2, 0.3], [0.8, 0.2]])
    1.0
    """
    y_true, y_score = check_tags(y_true, y_score)
    present = y_true.any(axis=0) & ~y_true.all(axis=0)
    why = "is there in some rows and absent in others"
    return _average(
        roc_auc_score, y_true, y_score, present, average, sample_weight, why
    )


def tag_average_precision(y_true, y_score, *, average="macro", sample_weight=None):
    """Compute the average precision of the tags that occur.

    A tag that no row has counts as absent; in
    :func:`sklearn.metrics.average_precision_score` it counts as 0.

    Parameters
    ----------
    y_true : array-like of shape (n, n_tags)
        0 and 1.
    y_score : array-like of shape (n, n_tags), or list of n_tags arrays of shape (n, 2)
        Probabilities or other scores.
    average : {"macro", "micro", "weighted"} or None, default="macro"
        As in :func:`tag_roc_auc`.
    sample_weight : array-like of shape (n,) or None, default=None

    Returns
    -------
    score : float or ndarray of shape (n_tags,)
        In [0, 1]; by chance the share of rows that have the tag.

    Raises
    ------
    ValueError
        If shapes differ, y_true is not 0 and 1, or scores are not finite.

    Warns
    -----
    UndefinedMetricWarning
        If no tag occurs; the score is then NaN.

    Examples
    --------
    >>> from sklearn_genre.evaluation import tag_average_precision
    >>> y_true = [[1, 0], [0, 0], [1, 0]]
    >>> y_score = [[0.9, 0.1], [0.2, 0.3], [0.8, 0.2]]
    >>> tag_average_precision(y_true, y_score, average=None)
    array([ 1., nan])
    """
    y_true, y_score = check_tags(y_true, y_score)
    return _average(
        average_precision_score,
        y_true,
        y_score,
        y_true.any(axis=0),
        average,
        sample_weight,
        "occurs",
    )


def tag_f1(y_true, y_pred, *, average="macro", sample_weight=None):
    """Compute the F1 score of the tags that occur.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n, n_tags)
        0 and 1.
    average : {"macro", "micro", "weighted"} or None, default="macro"
        As in :func:`tag_roc_auc`.
    sample_weight : array-like of shape (n,) or None, default=None

    Returns
    -------
    score : float or ndarray of shape (n_tags,)
        In [0, 1].

    Raises
    ------
    ValueError
        If shapes differ or y_true or y_pred is not 0 and 1.

    Examples
    --------
    >>> from sklearn_genre.evaluation import tag_f1
    >>> tag_f1([[1, 0], [0, 0], [1, 0]], [[1, 0], [0, 0], [0, 0]])
    0.666...
    """
    y_true, y_pred = check_tags(y_true, y_pred, "y_pred")
    y_pred = check_indicator(y_pred, "y_pred")

    def score(true, pred, sample_weight):
        return f1_score(true, pred, sample_weight=sample_weight, zero_division=0.0)

    return _average(
        score, y_true, y_pred, y_true.any(axis=0), average, sample_weight, "occurs"
    )


def tag_accuracy(y_true, y_pred):
    """Compute the share of correct pairs of row and tag, and warn how little it says.

    Most tags are absent from most rows, so a tagger that never gives a tag is nearly
    always right. The warning states the score of such a tagger.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n, n_tags)
        0 and 1.

    Returns
    -------
    score : float
        In [0, 1].

    Raises
    ------
    ValueError
        If shapes differ or y_true is not 0 and 1.

    Warns
    -----
    MultilabelAccuracyWarning
        Always.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_genre.evaluation import tag_accuracy
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     tag_accuracy([[1, 0, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]])
    0.875
    """
    y_true, y_pred = check_tags(y_true, y_pred, "y_pred")
    never = 1 - y_true.mean()
    warnings.warn(
        "Accuracy says little about tags: an answer without any tag is right in "
        f"{never:.3f} of all cases here. Use tag_roc_auc, tag_average_precision or "
        "tag_f1.",
        MultilabelAccuracyWarning,
        stacklevel=2,
    )
    return float((y_true == y_pred).mean())


def tag_scorers():
    """Return scorers for tags, for ``scoring=`` of any scikit-learn function.

    Returns
    -------
    scorers : dict of str to scorer
        "roc_auc_macro", "roc_auc_micro", "average_precision_macro",
        "average_precision_micro", "f1_macro" and "f1_micro".

    See Also
    --------
    tag_roc_auc : What they leave out, and why.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.model_selection import cross_validate
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn_genre.evaluation import tag_scorers
    >>> X, y = make_multilabel_classification(random_state=0)
    >>> scores = cross_validate(KNeighborsClassifier(), X, y, scoring=tag_scorers())
    >>> scores["test_roc_auc_macro"].shape
    (5,)
    """
    ranks = ("predict_proba", "decision_function")
    scorers = {}
    for average in ("macro", "micro"):
        for name, score, method in (
            ("roc_auc", tag_roc_auc, ranks),
            ("average_precision", tag_average_precision, ranks),
            ("f1", tag_f1, "predict"),
        ):
            scorers[f"{name}_{average}"] = make_scorer(
                score, response_method=method, average=average
            )
    return scorers
