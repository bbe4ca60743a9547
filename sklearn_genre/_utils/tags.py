"""Targets and tags: one check of y, one of indicator matrices, tag probabilities."""

import warnings

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from .indexing import n_rows
from .labels import refuse_missing
from .names import plain_array
from .text import listed


def read_targets(y, who):
    """Return the checked y of a classifier, and whether it holds tags.

    Parameters
    ----------
    y : array-like of shape (n,), or indicator matrix of shape (n, n_tags)
    who : estimator
        Object named in errors.

    Returns
    -------
    y : ndarray of shape (n,) or (n, n_tags)
    multilabel : bool

    Raises
    ------
    ValueError
        If y is None, lacks a label, is not finite, continuous, or holds several
        columns of anything but zeros and ones.
    """
    if y is None:
        raise ValueError(
            f"{type(who).__name__} requires y to be passed, but the target y is None."
        )
    refuse_missing(y)
    # finite first: telling the type of a target casts it to integers
    y = check_array(
        y,
        accept_sparse=True,
        ensure_2d=False,
        dtype=None,
        input_name="y",
        estimator=who,
    )
    kind = kind_of_classes(y)
    if kind == "multiclass-multioutput":
        raise ValueError(
            "Unknown label type: y has several columns of classes "
            "(multiclass-multioutput). Give one label per clip, or an indicator matrix "
            "of zeros and ones for tags."
        )
    if kind == "multilabel-indicator":
        check_indicator(y, "y, which has several columns,")
        return (y.toarray() if hasattr(y, "toarray") else y), True
    return column_or_1d(y, warn=True), False


def kind_of_classes(y):
    """Return the type of a target, which must be of classes, as scikit-learn names it.

    Parameters
    ----------
    y : ndarray or sparse matrix of shape (n,) or (n, n_tags)

    Returns
    -------
    kind : str

    Raises
    ------
    ValueError
        If y is continuous or of no known type.
    TypeError
        If labels have no order; see :func:`distinct`.
    """
    if y.ndim == 1 and y.dtype == object:
        distinct(y)
    with warnings.catch_warnings():
        if y.dtype.kind in "OSU":  # names may be many and are no numbers
            warnings.filterwarnings("ignore", "The number of unique classes")
        check_classification_targets(y)
        return type_of_target(y, input_name="y", raise_unknown=True)


def column_names(y):
    """Return the names of the columns of a DataFrame of tags.

    Parameters
    ----------
    y : array-like or DataFrame of shape (n, n_tags)

    Returns
    -------
    names : ndarray of shape (n_tags,) of str, or None
        None if it is no DataFrame, or not all of its columns have a name, as with
        scikit-learn's ``feature_names_in_``.

    Raises
    ------
    ValueError
        If two columns have the same name.
    """
    names = list(getattr(y, "columns", ()))
    if not names or not all(isinstance(name, str) for name in names):
        return None
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"y has two columns of the name {twice[0]!r}; rename one.")
    return np.array(names, dtype=str)


def tag_classes(names, n_tags):
    """Return ``classes_`` of a tagger: the names of its tags, or column numbers."""
    return np.arange(n_tags) if names is None else names


def distinct(y, name="y"):
    """Return the distinct values of labels, sorted.

    Parameters
    ----------
    y : array-like of shape (n,)
    name : str, default="y"
        Name of the argument in the error.

    Returns
    -------
    classes : ndarray of shape (n_classes,)

    Raises
    ------
    TypeError
        If labels have no order, such as text beside numbers; it names one of each kind.
    """
    y = np.asarray(y)
    try:
        return np.unique(y)
    except TypeError as error:
        first = {type(label).__name__: repr(label) for label in y[::-1].tolist()}
        kinds = listed((f"{label} ({kind})" for kind, label in first.items()), 5)
        raise TypeError(
            f"{name} holds labels of kinds that have no order: {kinds}. Make them "
            "one kind, such as str."
        ) from error


def check_classes(classes, who, name="y"):
    """Raise if there is only one class: nothing can be told from it.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
    who : estimator
        Object named in the error.
    name : str, default="y"
        Name of the argument in the error.

    Raises
    ------
    ValueError
        It names the class.
    """
    if len(classes) < 2:
        raise ValueError(
            f"{type(who).__name__} needs clips of 2 or more classes, but {name} holds "
            f"only one class, {classes.tolist()[0]!r}."
        )


def check_indicator(y, name="y"):
    """Return an indicator matrix as a boolean array.

    Parameters
    ----------
    y : array-like or sparse matrix of shape (n, n_tags)
        Zeros and ones.
    name : str, default="y"
        Name of the argument in the error.

    Returns
    -------
    y : ndarray of bool of shape (n, n_tags)

    Raises
    ------
    ValueError
        If it has another shape, or holds anything but zeros and ones.
    """
    y = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
    if y.ndim != 2:
        raise ValueError(
            f"{name} must hold 0 and 1 for each tag, in shape (n, n_tags), got shape "
            f"{y.shape}."
        )
    wrong = ~np.isin(y, (0, 1))
    if wrong.any():
        raise ValueError(
            f"{name} must hold 0 and 1 for each tag, but it holds "
            f"{y[wrong].ravel().tolist()[0]!r}."
        )
    return y.astype(bool)


def tag_columns(proba, classes=None):
    """Return the probabilities of tags as one array, in whatever form they come.

    Parameters
    ----------
    proba : ndarray of shape (n, n_tags) or list of ndarray of shape (n, n_values)
        A list, one array per tag, as RandomForestClassifier and
        MultiOutputClassifier return it.
    classes : list of ndarray of shape (n_values,) or None, default=None
        The classifier's ``classes_``, used for a list: a tag without an example (or
        without a counterexample) in training has one value only.

    Returns
    -------
    proba : ndarray of shape (n, n_tags)
        A tag that never occurred in training has 0, one that always occurred has 1.

    Raises
    ------
    ValueError
        If a tag has one value only, and ``classes`` do not say which.
    """
    if not isinstance(proba, list):
        return proba
    if classes is None:
        return np.stack([_positive(p, tag) for tag, p in enumerate(proba)], axis=1)
    # the values are 0 and 1, so at most one column belongs to 1
    return np.stack(
        [p @ (values == 1) for p, values in zip(proba, classes, strict=True)], axis=1
    )


def _positive(proba, tag):
    """Return the column of the value 1."""
    if proba.shape[1] != 2:
        raise ValueError(
            f"The probabilities of tag {tag} have shape {proba.shape}, not (n, 2): in "
            "training the tag occurred always or never. Leave it out, or stratify the "
            "folds (MultilabelStratifiedGroupKFold)."
        )
    return proba[:, 1]


def tag_probabilities(estimator, X):
    """Predict the probability of each tag or class.

    Parameters
    ----------
    estimator : fitted classifier
    X : array-like of shape (n, ...)

    Returns
    -------
    proba : ndarray of shape (n, n_tags) or (n, n_classes)
    """
    return tag_columns(probabilities(estimator, X), estimator.classes_)


def probabilities(estimator, X):
    """Return what ``predict_proba`` gives, in its own form.

    Parameters
    ----------
    estimator : fitted classifier
    X : array-like of shape (n, ...)

    Returns
    -------
    proba : ndarray of shape (n, n_classes), or list of such arrays

    Raises
    ------
    ValueError
        If it is NaN or infinite somewhere; it names the estimator and the row.
    """
    proba = estimator.predict_proba(X)
    for part in proba if isinstance(proba, list) else [proba]:
        finite = np.isfinite(part).reshape(len(part), -1).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"{type(estimator).__name__}.predict_proba gave NaN or infinity for "
                f"row {int(np.argmin(finite))}: no class follows from that."
            )
    return proba


def as_indicator(y, n, who):
    """Return tags or classes as a matrix of zeros and ones.

    Parameters
    ----------
    y : array-like of shape (n, n_tags) or (n,)
    n : int
        Number of rows that y must have.
    who : object
        Object named in errors.

    Returns
    -------
    tags : ndarray of int of shape (n, n_tags)

    Raises
    ------
    ValueError
        If y holds neither, or has another length.
    """
    y, multilabel = read_targets(y, who)
    if n_rows(y) != n:
        raise ValueError(f"X has {n} rows, but y has {len(y)}.")
    if not multilabel:
        y = plain_array(y)
        y = y[:, None] == np.unique(y)
    return y.astype(int)
