"""scikit-learn's own displays, from a report: one call each."""

import numpy as np

from ..parameters import OneOf
from ._canvas import BLUE, GRAY, one_axes, plain, styles


def confusion_display(report, *, normalize=None, ax=None):
    """Draw the confusion matrix of a report.

    Parameters
    ----------
    report : GenreReport
    normalize : {"true", "pred", "all"} or None, default=None
        Shares of the songs of a genre, of the answers of a genre, or of all; None:
        numbers of songs.
    ax : Axes or None, default=None
        Where to draw; None makes a figure.

    Returns
    -------
    display : sklearn.metrics.ConfusionMatrixDisplay

    Raises
    ------
    ValueError
        If ``normalize`` is none of these.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.plotting import confusion_display
    >>> X, y = np.zeros((20, 1)), ["jazz", "rock"] * 10
    >>> report = evaluate(DummyClassifier(), X, y, protocol="random", n_splits=2)
    >>> confusion_display(report).confusion_matrix.tolist()
    [[10, 0], [10, 0]]
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    OneOf(choices=("true", "pred", "all"), none=True).check_value(
        "normalize", normalize
    )
    matrix, names = report.confusion_matrix, [*map(plain, report.class_names)]
    if normalize is not None:
        axis = {"true": 1, "pred": 0, "all": None}[normalize]
        total = matrix.sum(axis=axis, keepdims=True)
        matrix = matrix / np.maximum(total, 1)
    n = len(names)
    ax = one_axes(ax, figsize=(2.4 + 0.5 * n, 1.8 + 0.5 * n))
    form = "d" if normalize is None else ".2f"
    display = ConfusionMatrixDisplay(matrix, display_labels=names)
    display.plot(ax=ax, cmap="Blues", values_format=form, xticks_rotation=90)
    ax.set(xlabel="Answer", ylabel="Truth", title=plain(report.title))
    return display


def roc_display(report, *, ax=None):
    """Draw the ROC curve of each genre against the others.

    Parameters
    ----------
    report : GenreReport
        Of a model with probabilities.
    ax : Axes or None, default=None
        Where to draw; None makes a figure.

    Returns
    -------
    displays : dict of str to sklearn.metrics.RocCurveDisplay
        By genre.

    Raises
    ------
    ValueError
        If the model gives no probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.plotting import roc_display
    >>> X, y = np.random.default_rng(0).normal(size=(40, 2)), ["jazz", "rock"] * 20
    >>> report = evaluate(GaussianNB(), X, y, protocol="random", n_splits=2)
    >>> list(roc_display(report))
    ['jazz', 'rock']
    """
    from sklearn.metrics import RocCurveDisplay

    labels = ("False positive rate", "True positive rate")
    displays = _curves(report, RocCurveDisplay, labels, ax)
    drawn = next(iter(displays.values())).ax_
    drawn.plot([0, 1], [0, 1], color=GRAY, linewidth=1, linestyle=":")
    return displays


def precision_recall_display(report, *, ax=None):
    """Draw precision against recall of each genre against the others.

    Parameters
    ----------
    report : GenreReport
        Of a model with probabilities.
    ax : Axes or None, default=None
        Where to draw; None makes a figure.

    Returns
    -------
    displays : dict of str to sklearn.metrics.PrecisionRecallDisplay
        By genre.

    Raises
    ------
    ValueError
        If the model gives no probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.plotting import precision_recall_display
    >>> X, y = np.random.default_rng(0).normal(size=(40, 2)), ["jazz", "rock"] * 20
    >>> report = evaluate(GaussianNB(), X, y, protocol="random", n_splits=2)
    >>> list(precision_recall_display(report))
    ['jazz', 'rock']
    """
    from sklearn.metrics import PrecisionRecallDisplay

    return _curves(report, PrecisionRecallDisplay, ("Recall", "Precision"), ax)


def _curves(report, kind, labels, ax):
    """Draw a curve per genre, against the others."""
    proba = _probabilities(report)
    ax = one_axes(ax, figsize=(6.4, 4.2))
    colors = [color for color, _ in styles(len(report.class_names))]
    displays = {}
    for k, name in enumerate(report.class_names):
        # in print without color, dashes tell neighbors apart
        style = {"color": colors[k], "linestyle": ("-", "--", ":")[k % 3]}
        displays[name] = kind.from_predictions(
            report.y_true == k, proba[:, k], name=plain(name), ax=ax, curve_kwargs=style
        )
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
    ax.set(title=plain(report.title), xlabel=labels[0], ylabel=labels[1])
    return displays


def _probabilities(report):
    """Return the probabilities of a report."""
    if report.proba is None:
        raise ValueError("The estimator gives no probabilities (predict_proba).")
    return report.proba


def calibration_display(report, *, n_bins=10, ax=None):
    """Draw how often answers are right, by the probability that they were given.

    Parameters
    ----------
    report : GenreReport
        Of a model with probabilities.
    n_bins : int, default=10
        Bins of equal width; empty ones have no point.
    ax : Axes or None, default=None
        Where to draw; None makes a figure.

    Returns
    -------
    display : sklearn.calibration.CalibrationDisplay

    Raises
    ------
    ValueError
        If the model gives no probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.plotting import calibration_display
    >>> X, y = np.random.default_rng(0).normal(size=(40, 2)), ["jazz", "rock"] * 20
    >>> report = evaluate(GaussianNB(), X, y, protocol="random", n_splits=2)
    >>> calibration_display(report).ax_.get_xlabel()
    'Probability of the answer'
    """
    from sklearn.calibration import CalibrationDisplay

    proba = _probabilities(report)
    ax = one_axes(ax, figsize=(4.4, 4.2))
    display = CalibrationDisplay.from_predictions(
        report.y_true == proba.argmax(axis=1),
        proba.max(axis=1),
        n_bins=n_bins,
        name="answers",
        ax=ax,
        color=BLUE,
    )
    ax.set(xlabel="Probability of the answer", ylabel="Share that is right")
    ax.set_title(plain(report.title))
    return display
