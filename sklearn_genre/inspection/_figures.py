"""Arrays behind common figures: projections, curves, tables of tags, means."""

import numbers

import numpy as np
from sklearn.utils import Bunch, check_array, check_consistent_length, column_or_1d

from .._utils.arrays import FLOATS, dense, refuse_ragged
from .._utils.tags import column_names, tag_classes
from ..parameters import OneOf
from ._networks import networks_in


def project(X, *, method="pca", n_components=2, random_state=None, **params):
    """Project clips to a few dimensions, for a scatter plot.

    Parameters
    ----------
    X : array-like of shape (n, ...)
        One row per clip, of any shape: features, codes, logits, spectrograms. All
        axes but the first are read as one vector.
    method : {"pca", "tsne"}, default="pca"
        :class:`sklearn.decomposition.PCA` or :class:`sklearn.manifold.TSNE`.
    n_components : int, default=2
        Dimensions of the result, >= 1.
    random_state : int, RandomState instance or None, default=None
        Seeds t-SNE, and PCA where it draws random numbers.
    **params
        Further parameters of the scikit-learn class, such as ``perplexity`` (30 by
        default) of t-SNE.

    Returns
    -------
    points : ndarray of shape (n, n_components)

    Raises
    ------
    ValueError
        If ``method`` is unknown, X is ragged or not finite, or all rows are the same.

    Notes
    -----
    Both methods depend on the units of X: standardize features of different units
    first. In a t-SNE, sizes of clusters and distances between them mean nothing.

    References
    ----------
    van der Maaten and Hinton (2008), "Visualizing data using t-SNE", JMLR 9.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.inspection import project
    >>> X = np.random.default_rng(0).normal(size=(50, 12, 20))
    >>> project(X).shape
    (50, 2)
    >>> project(X, method="tsne", perplexity=10, random_state=0).shape
    (50, 2)
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    kinds = {"pca": PCA, "tsne": TSNE}
    OneOf(choices=kinds).check_value("project: method", method)
    rows = _clips(X, "project")
    rows = rows.reshape(len(rows), -1)
    if not np.ptp(rows, axis=0).any():
        raise ValueError(
            f"project: all {len(rows)} rows of X are the same, so no direction tells "
            "them apart. Give songs that differ, or other features of them."
        )
    model = kinds[method](n_components, random_state=random_state, **params)
    return model.fit_transform(rows)


def training_curves(model):
    """Return losses, scores and times of each epoch of a neural estimator.

    Parameters
    ----------
    model : NeuralEstimator, or a Pipeline or other model that holds one
        Fitted.

    Returns
    -------
    curves : dict of str to ndarray of shape (n_epochs,)
        "epoch", "train_loss", "dur" (seconds) and "train_acc", for tags "train_auc";
        where clips are watched also "valid_loss" and "valid_acc" or "valid_auc"; and
        what scoring callbacks recorded.
        An epoch without a value has nan. ``pandas.DataFrame(curves)`` turns them into a
        table.

    Raises
    ------
    TypeError
        If there is no network in the model.
    ValueError
        If there are several, or if it keeps no history, as those of
        :func:`~sklearn_genre.load_pretrained`.

    See Also
    --------
    sklearn.model_selection.learning_curve : Scores by the size of the training set.

    Notes
    -----
    A scoring callback adds any other score. For the average precision of a tagger, on
    the clips that are watched, put

    ``EpochScoring("average_precision", lower_is_better=False, name="valid_ap")``

    into the classifier's ``callbacks``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.inspection import training_curves
    >>> rng = np.random.default_rng(0)
    >>> X, tags = rng.normal(size=(40, 8, 10)), rng.integers(0, 2, size=(40, 3))
    >>> tagger = CNNClassifier(
    ...     n_filters=(4,), max_epochs=3, early_stopping=True,
    ...     validation_fraction=0.5,
    ... ).fit(X, tags)
    >>> curves = training_curves(tagger)
    >>> sorted(curves)
    ['dur', 'epoch', 'train_auc', 'train_loss', 'valid_auc', 'valid_loss']
    >>> curves["epoch"].tolist(), curves["valid_auc"].shape
    ([1, 2, 3], (3,))
    """
    rows = _history_of(model)
    names = dict.fromkeys(
        name for row in rows for name, value in row.items() if _is_measure(name, value)
    )
    curves = {
        name: np.array([row.get(name, np.nan) for row in rows], dtype=float)
        for name in names
    }
    curves["epoch"] = np.array([row["epoch"] for row in rows])
    return curves


def _history_of(model):
    """Return what was recorded in each epoch of the only network in a model."""
    inside = networks_in(model)
    kept = [list(network.history_) for network in inside if len(network.history_)]
    if not kept:
        raise ValueError(
            f"The history of {type(inside[0]).__name__} was not kept with its weights. "
            "Models of load_pretrained come without it; save_model keeps it."
        )
    if len(kept) > 1:
        raise ValueError(
            f"{type(model).__name__} holds {len(kept)} networks, each with a history "
            "of its own; give one of them."
        )
    return kept[0]


def _is_measure(name, value):
    """Return whether an entry of skorch's history is a number measured in an epoch."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and not name.endswith("_batch_count")


def tag_table(y_true, y_proba, *, tags=None, threshold=0.5):
    """Compare the predicted with the actual tags of one clip.

    Parameters
    ----------
    y_true : array-like of shape (n_tags,)
        Zeros and ones.
    y_proba : array-like of shape (n_tags,)
        Probabilities, in [0, 1]: one row of ``predict_proba``.
    tags : sequence of str of length n_tags, or None, default=None
        Names; None takes 0, 1, ...
    threshold : float or array-like of shape (n_tags,), default=0.5
        A tag is predicted where its probability is above its threshold.

    Returns
    -------
    table : Bunch
        Arrays of shape (n_tags,), the most probable tag first:

        - ``tag``, ``proba``: name and probability;
        - ``predicted``, ``actual``: bool;
        - ``outcome``: "TP", "FP", "FN" or "TN";

        and ``counts``, a dict of those four to their numbers, and ``accuracy``, the
        share of tags that are correct. As most clips have few of the tags, that share
        is high for any tagger that gives few tags.

    Raises
    ------
    ValueError
        If lengths differ or values are not as described.

    Examples
    --------
    >>> from sklearn_genre.inspection import tag_table
    >>> table = tag_table([1, 1, 0, 0], [0.2, 0.8, 0.6, 0.1],
    ...                   tags=["beat", "techno", "fast", "harp"])
    >>> for row in zip(table.tag, table.proba, table.outcome):
    ...     print(*row)
    techno 0.8 TP
    fast 0.6 FP
    beat 0.2 FN
    harp 0.1 TN
    >>> table.counts, table.accuracy
    ({'TP': 1, 'FP': 1, 'FN': 1, 'TN': 1}, 0.5)
    """
    actual = column_or_1d(check_array(y_true, ensure_2d=False, input_name="y_true"))
    proba = check_array(y_proba, ensure_2d=False, dtype=float, input_name="y_proba")
    proba = column_or_1d(proba)
    names = np.arange(len(proba)) if tags is None else np.asarray(tags)
    check_consistent_length(actual, proba, names)
    if not np.isin(actual, (0, 1)).all():
        raise ValueError("tag_table: y_true must hold zeros and ones only.")
    if proba.min() < 0 or proba.max() > 1:
        raise ValueError("tag_table: y_proba must hold probabilities, in [0, 1].")
    predicted = proba > np.broadcast_to(threshold, proba.shape)
    actual = actual.astype(bool)
    outcome = np.array(["TN", "FN", "FP", "TP"])[2 * predicted + actual]
    order = np.argsort(-proba, kind="stable")
    return Bunch(
        tag=names[order],
        proba=proba[order],
        predicted=predicted[order],
        actual=actual[order],
        outcome=outcome[order],
        counts={
            kind: int((outcome == kind).sum()) for kind in ("TP", "FP", "FN", "TN")
        },
        accuracy=float((predicted == actual).mean()),
    )


def mean_by_class(X, y):
    """Average the clips of each genre or tag, to a mean spectrogram for example.

    Parameters
    ----------
    X : array-like of shape (n, ...)
        Clips of equal shape. For 4-D X, (n, n_slices, n_bands, n_frames), the mean
        is over slices, too. np.memmap is read clip by clip.
    y : array-like of shape (n,) or indicator matrix of shape (n, n_tags)

    Returns
    -------
    means : Bunch
        - ``classes``: ndarray of shape (n_classes,), the genres, or the tags, which are
          column numbers unless y is a DataFrame;
        - ``mean``: ndarray of shape (n_classes, ...); nan for a tag without clips;
        - ``count``: ndarray of shape (n_classes,), number of clips of each.

    Raises
    ------
    ValueError
        If X is ragged or not finite, or lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.inspection import mean_by_class
    >>> X = np.arange(4)[:, None, None] * np.ones((4, 2, 3))
    >>> means = mean_by_class(X, ["jazz", "rock", "jazz", "rock"])
    >>> means.classes.tolist(), means.mean.shape, means.mean[:, 0, 0].tolist()
    (['jazz', 'rock'], (2, 2, 3), [1.0, 2.0])
    """
    X, names, y = _clips(X, "mean_by_class"), column_names(y), np.asarray(y)
    check_consistent_length(X, y)
    classes = tag_classes(names, y.shape[1]) if y.ndim == 2 else np.unique(y)
    member = y.astype(bool) if y.ndim == 2 else y[:, None] == classes
    axes = (1,) if X.ndim == 4 else ()
    mean = np.zeros((len(classes), *(X.shape[2:] if axes else X.shape[1:])))
    for clip, of in zip(X, member, strict=True):
        mean[of] += clip.mean(axis=0, dtype=float) if axes else clip
    count = member.sum(axis=0)
    share = np.where(count > 0, count, np.nan).reshape(-1, *[1] * (mean.ndim - 1))
    return Bunch(classes=classes, mean=mean / share, count=count)


def _clips(X, who):
    """Return X as one dense finite float array of 2 or more dimensions."""
    refuse_ragged(X, who)
    return check_array(dense(X), dtype=FLOATS, allow_nd=True, input_name="X")
