"""Scores of tags, and the tags of one song against those it should have."""

import numpy as np

from ..evaluation import TagReport
from ..inspection import tag_table
from ..parameters import Integer, OneOf
from ._canvas import BLUE, GRAY, ORANGE, SKY, figure_of, many_axes, one_axes, plain

_MEASURES = {"roc_auc": "ROC-AUC", "average_precision": "Average precision"}
_ROW = 0.19  # inches of a line of text
_OUTCOMES = {
    "TP": (BLUE, "", "predicted, and a tag of the song"),
    "FP": (SKY, "////", "predicted, but none of its tags"),
    "FN": (ORANGE, "", "a tag of the song, not predicted"),
    "TN": ("0.8", "", "neither"),
}


class TagReportDisplay:
    """ROC-AUC and average precision of each tag, with chance.

    Parameters
    ----------
    report : TagReport
    sort_by : {"roc_auc", "average_precision", "support"}, default="roc_auc"
        The highest is at the top.
    top : int or None, default=None
        Rows, at most; None: all tags.

    Attributes
    ----------
    ax_ : ndarray of Axes of shape (2,)
        ROC-AUC and average precision.
    figure_ : Figure

    See Also
    --------
    sklearn_genre.evaluation.TagReport : The numbers.
    SongTagsDisplay : The tags of one song.

    Notes
    -----
    Chance is 0.5 for ROC-AUC; for average precision it is the share of rows that have
    the tag, which a gray bar shows. Tags that no row has are left out.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.plotting import TagReportDisplay
    >>> y = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    >>> p = np.array([[0.9, 0.2], [0.3, 0.6], [0.4, 0.8], [0.6, 0.1]])
    >>> display = TagReportDisplay.from_predictions(y, p, tags=["guitar", "slow"])
    >>> [ax.get_xlabel() for ax in display.ax_]
    ['ROC-AUC', 'Average precision']
    """

    def __init__(self, report, *, sort_by="roc_auc", top=None):
        OneOf(choices=(*_MEASURES, "support")).check_value("sort_by", sort_by)
        Integer(low=1, none=True).check_value("top", top)
        self.report, self.sort_by, self.top = report, sort_by, top

    @classmethod
    def from_report(cls, report, *, sort_by="roc_auc", top=None, ax=None):
        """Draw a report.

        Parameters
        ----------
        report : TagReport
            With the scores.
        sort_by : {"roc_auc", "average_precision", "support"}, default="roc_auc"
            The highest is at the top.
        top : int or None, default=None
            Rows, at most; None: all tags.
        ax : array-like of 2 Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : TagReportDisplay
        """
        return cls(report, sort_by=sort_by, top=top).plot(ax=ax)

    @classmethod
    def from_predictions(
        cls, y_true, y_score, *, tags=None, sort_by="roc_auc", top=None, ax=None
    ):
        """Draw the scores of a tagger's probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n, n_tags)
            Zeros and ones.
        y_score : array-like of shape (n, n_tags)
            Probabilities.
        tags : iterable of str or None, default=None
            Names of the tags, as for `TagReport`.
        sort_by : {"roc_auc", "average_precision", "support"}, default="roc_auc"
            The highest is at the top.
        top : int or None, default=None
            Rows, at most; None: all tags.
        ax : array-like of 2 Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : TagReportDisplay

        Raises
        ------
        ValueError
            If shapes differ, or names are not one per tag.
        """
        report = TagReport(y_true, y_score, tags=tags)
        return cls.from_report(report, sort_by=sort_by, top=top, ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : array-like of 2 Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : TagReportDisplay
        """
        rows = self._rows()
        support = self.report.per_tag["support"][rows]
        axes = many_axes(ax, 2, figsize=(7, 0.9 + _ROW * len(rows)), sharey=True)
        at = np.arange(len(rows))
        for one, (measure, label) in zip(axes, _MEASURES.items(), strict=True):
            values = self.report.per_tag[measure][rows]
            self._panel(one, at, values, support / self.report.n_rows, measure)
            one.set_xlabel(label)
        tags = [self.report.tags[row] for row in rows]
        names = [f"{plain(tag)} ({n})" for tag, n in zip(tags, support, strict=True)]
        axes[0].set_yticks(at, names)
        axes[0].set_ylim(len(rows) - 0.4, -0.6)
        self.ax_, self.figure_ = axes, figure_of(axes)
        return self

    def _rows(self):
        """Return the tags that some row has, sorted."""
        scores = self.report.per_tag
        rows = np.flatnonzero(scores["support"] > 0)
        order = np.argsort(-scores[self.sort_by][rows], kind="stable")
        return rows[order][: self.top]

    def _panel(self, ax, at, values, share, measure):
        """Draw the values of a measure, their chance and their mean."""
        if measure == "roc_auc":
            ax.axvline(0.5, color=GRAY, linewidth=1, linestyle=":")
            ax.set_xlim(min(0.45, np.nanmin(values) - 0.05), 1.01)
        else:
            ax.barh(at, share, height=0.7, color="0.85", label="chance")
            ax.set_xlim(0, 1.01)
        mean = getattr(self.report, measure)["macro"]
        ax.axvline(mean, color=ORANGE, linewidth=1, label=f"mean {mean:.3f}")
        ax.plot(values, at, "o", color=BLUE, markersize=4)
        ax.grid(axis="x", color="0.92", linewidth=0.8)
        ax.set_axisbelow(True)
        ax.tick_params(axis="y", length=0)
        above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
        ax.legend(frameon=False, ncols=2, **above)


class SongTagsDisplay:
    """The tags predicted for one song, against its actual ones.

    Parameters
    ----------
    table : Bunch
        As of :func:`~sklearn_genre.inspection.tag_table`.
    top : int or None, default=20
        Rows: the most probable tags, and below them the song's other tags. None: all.
    threshold : float or None, default=0.5
        Where a line is drawn; None draws none.

    Attributes
    ----------
    ax_ : Axes
    figure_ : Figure

    See Also
    --------
    sklearn_genre.inspection.tag_table : The numbers.
    TagReportDisplay : The scores of each tag over many songs.

    References
    ----------
    S. Panwar, A. Das, M. Roopaei, P. Rad, "A deep learning approach for mapping music
    genres", 2017, figure 6, compares tags so.

    Examples
    --------
    >>> from sklearn_genre.plotting import SongTagsDisplay
    >>> display = SongTagsDisplay.from_predictions(
    ...     [1, 1, 0, 0], [0.2, 0.8, 0.6, 0.1], tags=["beat", "techno", "fast", "harp"])
    >>> [tick.get_text() for tick in display.ax_.get_yticklabels()]
    ['techno', 'fast', 'beat', 'harp']
    """

    def __init__(self, table, *, top=20, threshold=0.5):
        Integer(low=1, none=True).check_value("top", top)
        self.table, self.top, self.threshold = table, top, threshold

    @classmethod
    def from_predictions(
        cls, y_true, y_proba, *, tags=None, threshold=0.5, top=20, ax=None
    ):
        """Draw the tags of one song.

        Parameters
        ----------
        y_true : array-like of shape (n_tags,)
            Zeros and ones.
        y_proba : array-like of shape (n_tags,)
            Probabilities, in [0, 1].
        tags : sequence of str or None, default=None
            Names; None takes 0, 1, ...
        threshold : float or array-like of shape (n_tags,), default=0.5
            A tag is predicted where its probability is above its threshold.
        top : int or None, default=20
            Rows: the most probable tags, and below them the song's other tags. None:
            all.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : SongTagsDisplay

        Raises
        ------
        ValueError
            If lengths differ or values are not as described.
        """
        table = tag_table(y_true, y_proba, tags=tags, threshold=threshold)
        line = threshold if np.ndim(threshold) == 0 else None
        return cls(table, top=top, threshold=line).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : SongTagsDisplay
        """
        table, n = self.table, len(self.table.tag)
        first = np.arange(n) < (n if self.top is None else self.top)
        rows = np.flatnonzero(first | table.actual | table.predicted)
        ax = one_axes(ax, figsize=(8, 1.4 + 0.22 * len(rows)))
        for outcome, (color, hatch, label) in _OUTCOMES.items():
            at = np.flatnonzero(table.outcome[rows] == outcome)
            if len(at):
                style = {"color": color, "hatch": hatch, "edgecolor": "white"}
                ax.barh(at, table.proba[rows[at]], label=label, **style)
        if self.threshold is not None:
            ax.axvline(self.threshold, color=GRAY, linewidth=1, linestyle=":")
        ax.set_yticks(np.arange(len(rows)), [plain(tag) for tag in table.tag[rows]])
        for text, actual in zip(ax.get_yticklabels(), table.actual[rows], strict=True):
            text.set_fontweight("bold" if actual else "normal")
        ax.set(xlim=(0, 1), ylim=(len(rows) - 0.4, -0.6), xlabel="Probability")
        ax.tick_params(axis="y", length=0)
        beside = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
        ax.legend(frameon=False, title="bold: a tag of the song", **beside)
        self.ax_, self.figure_ = ax, figure_of(ax)
        return self
