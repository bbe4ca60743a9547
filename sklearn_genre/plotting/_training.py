"""Losses and scores of a training, epoch by epoch."""

import numpy as np

from ..inspection import training_curves
from ._canvas import BLUE, ORANGE, figure_of, many_axes

_NAMES = {
    "acc": "Accuracy",
    "auc": "ROC-AUC",
    "loss": "Loss",
    "ap": "Average precision",
}
_SIDES = {"train": ("training", BLUE, "-"), "valid": ("validation", ORANGE, "--")}


class TrainingDisplay:
    """Loss, and scores if there are any, of each epoch of a network's training.

    Parameters
    ----------
    curves : dict of str to array-like of shape (n_epochs,)
        As of :func:`~sklearn_genre.inspection.training_curves`: "epoch", "train_loss",
        "valid_loss", "valid_acc" and so on. Each measure has a panel; "dur" has none.

    Attributes
    ----------
    ax_ : ndarray of Axes of shape (n_measures,)
    figure_ : Figure
    best_epoch_ : int or None
        Epoch of the lowest validation loss, which is marked; early stopping keeps its
        weights. None without validation.

    See Also
    --------
    sklearn_genre.inspection.training_curves : The numbers, and how to record a score.
    sklearn.model_selection.LearningCurveDisplay : Scores by the number of songs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.plotting import TrainingDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(20, 16, 20)), ["dub", "polka"] * 10
    >>> cnn = CNNClassifier(n_filters=(4,), max_epochs=3, early_stopping=True)
    >>> display = TrainingDisplay.from_estimator(cnn.fit(X, y))
    >>> [ax.get_ylabel() for ax in display.ax_]
    ['Loss', 'Accuracy']
    """

    def __init__(self, curves):
        self.curves = {name: np.asarray(values) for name, values in curves.items()}

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the training of a network.

        Parameters
        ----------
        estimator : NeuralEstimator or Pipeline that ends in one
            Fitted.
        ax : Axes, array-like of Axes or None, default=None
            Where to draw: one per measure; None makes a figure.

        Returns
        -------
        display : TrainingDisplay

        Raises
        ------
        TypeError
            If the estimator is no network of this package.
        """
        return cls(training_curves(estimator)).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : Axes, array-like of Axes or None, default=None
            Where to draw: one per measure; None makes a figure.

        Returns
        -------
        self : TrainingDisplay
        """
        panels = self._panels()
        axes = many_axes(ax, len(panels), figsize=(3.6 * len(panels), 2.8))
        self.best_epoch_ = self._best()
        for one, (measure, sides) in zip(axes, panels.items(), strict=True):
            for side in sides:
                self._line(one, measure, side)
            self._finish(one, measure)
        self.ax_, self.figure_ = axes, figure_of(axes)
        self._legend(own=ax is None)
        return self

    def _legend(self, own):
        """Name the lines: above the panels, where curves do not run, if it can be."""
        lines, names = self.ax_[0].get_legend_handles_labels()
        if own:
            place = {"loc": "outside upper center", "ncols": len(names)}
            self.figure_.legend(lines, names, frameon=False, **place)
        else:
            self.ax_[0].legend(lines, names, frameon=False)

    def _panels(self):
        """Return the sides of each measure: {"loss": ["train", "valid"], ...}."""
        panels = {"loss": []}
        for side in _SIDES:
            for name in self.curves:
                if name.startswith(f"{side}_"):
                    panels.setdefault(name.partition("_")[2], []).append(side)
        return {measure: sides for measure, sides in panels.items() if sides}

    def _best(self):
        """Return the epoch of the lowest validation loss, if there is one."""
        loss = self.curves.get("valid_loss")
        if loss is None or np.isnan(loss).all():
            return None
        return int(self.curves["epoch"][np.nanargmin(loss)])

    def _line(self, ax, measure, side):
        """Draw one curve; single points where epochs beside have no value."""
        label, color, style = _SIDES[side]
        epochs, values = self.curves["epoch"], self.curves[f"{side}_{measure}"]
        few = len(epochs) < 30
        marker = {"marker": "o", "markersize": 3} if few else {}
        ax.plot(epochs, values, style, color=color, label=label, **marker)

    def _finish(self, ax, measure):
        """Label the axes and mark the best epoch."""
        from matplotlib.ticker import MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel("Epoch")
        ax.set_ylabel(_NAMES.get(measure, measure))
        ax.grid(axis="y", color="0.9", linewidth=0.8)
        if self.best_epoch_ is not None:
            label = f"lowest validation loss ({self.best_epoch_})"
            ax.axvline(self.best_epoch_, color="0.5", linestyle=":", label=label)
