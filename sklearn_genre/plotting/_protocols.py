"""One model under several splits, and two models under one."""

import textwrap

import numpy as np

from ..evaluation import compare, published_figures
from ..parameters import OneOf
from ._canvas import BLUE, GRAY, ORANGE, RED, figure_of, one_axes, plain

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
_LABELS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
}


class ProtocolDisplay:
    """Scores of one model under several splits, with intervals.

    Splits that leak on purpose have hollow points. Gray ticks are figures that others
    published for the same split: only these may be compared with the model.

    Parameters
    ----------
    reports : list of GenreReport
        One per row, the first at the top.
    names : list of str or None, default=None
        Names of the rows; None: the protocols in words.
    metric : {"accuracy", "balanced_accuracy", "macro_f1"}, default="accuracy"
    dataset : str or None, default=None
        Whose published figures to show, such as "gtzan"; None: none. They are
        accuracies, and shown for these only.

    Attributes
    ----------
    ax_ : Axes
    figure_ : Figure
    published_ : list of list of PublishedFigure
        What is shown in each row.

    Raises
    ------
    ValueError
        If there is no report, no such metric or data set, or not one name per report.

    See Also
    --------
    sklearn_genre.evaluate : Makes the reports.
    sklearn_genre.evaluation.published_figures : What others published.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.plotting import ProtocolDisplay
    >>> X, artists = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) // 3
    >>> y = np.where(artists % 2, "jazz", "rock")
    >>> reports = [evaluate(GaussianNB(), X, y, groups=artists, protocol=protocol)
    ...            for protocol in ("random", "artist")]
    >>> display = ProtocolDisplay.from_reports(reports)
    >>> display.ax_.get_xlabel()
    'Accuracy'
    """

    def __init__(self, reports, *, names=None, metric="accuracy", dataset=None):
        OneOf(choices=METRICS).check_value("metric", metric)
        self.reports = list(reports)
        if not self.reports:
            raise ValueError("ProtocolDisplay: there is no report.")
        self.names = [r.title for r in self.reports] if names is None else list(names)
        if len(self.names) != len(self.reports):
            raise ValueError(
                f"names must name each of {len(self.reports)} reports, got "
                f"{len(self.names)}."
            )
        self.metric, self.dataset = metric, dataset

    @classmethod
    def from_reports(
        cls, reports, *, names=None, metric="accuracy", dataset=None, ax=None
    ):
        """Draw reports of one model.

        Parameters
        ----------
        reports : list of GenreReport
            From :func:`~sklearn_genre.evaluate` with different protocols.
        names : list of str or None, default=None
            Names of the rows; None: the protocols in words.
        metric : {"accuracy", "balanced_accuracy", "macro_f1"}, default="accuracy"
            Which score.
        dataset : str or None, default=None
            Whose published figures to show, such as "gtzan"; None: none.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ProtocolDisplay

        Raises
        ------
        ValueError
            If an argument is not as described.
        """
        display = cls(reports, names=names, metric=metric, dataset=dataset)
        return display.plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : ProtocolDisplay
        """
        self.published_ = [self._published(report) for report in self.reports]
        n = len(self.reports)
        ax = one_axes(ax, figsize=(7, 1.1 + 0.55 * n))
        for at, (report, found) in enumerate(
            zip(self.reports, self.published_, strict=True)
        ):
            ticks = [figure.value for figure in found]
            ax.plot(ticks, np.full(len(ticks), at), "|", color=GRAY, markersize=14)
            self._row(ax, at, report)
        ax.set_yticks(range(n), [textwrap.fill(plain(name), 34) for name in self.names])
        ax.set(ylim=(n - 0.4, -0.6), xlabel=_LABELS[self.metric])
        ax.set_xlim(self._chance(), 1.02)  # a marker at 1 is whole
        ax.grid(axis="x", color="0.92", linewidth=0.8)
        ax.set_axisbelow(True)
        ax.tick_params(axis="y", length=0)
        self._legend(ax)
        self.ax_, self.figure_ = ax, figure_of(ax)
        return self

    def _chance(self):
        """Return where the axis starts: at the chance of guessing a genre."""
        lowest = min(report.intervals[self.metric][0] for report in self.reports)
        return min(1 / len(self.reports[0].classes), max(lowest - 0.02, 0))

    def _row(self, ax, at, report):
        """Draw a score, its interval and its number."""
        score, (low, high) = report.scores[self.metric], report.intervals[self.metric]
        color = RED if report.leaking else BLUE
        ax.plot([low, high], [at, at], color=color, linewidth=2)
        face = "white" if report.leaking else color
        ax.plot(score, at, "o", color=color, markerfacecolor=face, markersize=7)
        ax.annotate(
            f"{score:.3f}",
            (score, at),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize="small",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )

    def _published(self, report):
        """Return what was published for the split of a report."""
        if self.dataset is None or self.metric != "accuracy":
            return []
        found = published_figures(dataset=self.dataset, metric="accuracy")
        return [f for f in found if f.protocol == report.published_protocol]

    def _legend(self, ax):
        """Say what the points mean, of the kinds that there are."""
        level = f"{self.reports[0].confidence:.0%} interval"
        if not all(report.leaking for report in self.reports):
            ax.plot([], [], "o-", color=BLUE, label=f"this model, {level}")
        if any(report.leaking for report in self.reports):
            hollow = {"color": RED, "markerfacecolor": "white"}
            ax.plot([], [], "o-", **hollow, label="this model, leaking on purpose")
        if any(self.published_):
            mark = {"color": GRAY, "linestyle": "", "markersize": 10}
            ax.plot([], [], "|", **mark, label="published, same split")
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1)}
        ax.legend(frameon=False, ncols=3, fontsize="small", **place)


class ComparisonDisplay:
    """Differences between two models on the same folds, with paired intervals.

    Parameters
    ----------
    comparisons : Comparison or list of Comparison
        From :func:`~sklearn_genre.evaluation.compare`; one row each.
    metric : {"accuracy", "balanced_accuracy", "macro_f1"} or None, default=None
        None: all three for a single comparison, accuracy for several.

    Attributes
    ----------
    ax_ : Axes
    figure_ : Figure

    See Also
    --------
    sklearn_genre.evaluation.compare : The numbers, and what the tests mean.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.plotting import ComparisonDisplay
    >>> y = np.repeat(["jazz", "rock"], 30)
    >>> X = np.random.default_rng(0).normal(size=(60, 4)) + (y == "rock")[:, None]
    >>> reports = [evaluate(model, X, y, protocol="random", n_splits=3)
    ...            for model in (GaussianNB(), DummyClassifier())]
    >>> display = ComparisonDisplay.from_reports(*reports, names=("Bayes", "chance"))
    >>> display.ax_.get_title()
    'Bayes minus chance'
    """

    def __init__(self, comparisons, *, metric=None):
        OneOf(choices=METRICS, none=True).check_value("metric", metric)
        several = isinstance(comparisons, list | tuple)
        self.comparisons = list(comparisons) if several else [comparisons]
        self.metric = metric

    @classmethod
    def from_reports(
        cls, report_a, report_b, *, names=("first", "second"), random_state=0, ax=None
    ):
        """Compare two reports and draw the differences.

        Parameters
        ----------
        report_a, report_b : GenreReport
            On the same songs and folds.
        names : tuple of str, default=("first", "second")
            What to call the models.
        random_state : int, RandomState instance or None, default=0
            For bootstrap and permutations.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ComparisonDisplay

        Raises
        ------
        ValueError
            If the reports are not on the same songs and folds.
        """
        found = compare(report_a, report_b, names=names, random_state=random_state)
        return cls(found).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : ComparisonDisplay
        """
        rows = self._rows()
        ax = one_axes(ax, figsize=(6.4, 1.2 + 0.5 * len(rows)))
        ax.axvline(0, color=GRAY, linewidth=1)
        for at, (_, difference, (low, high)) in enumerate(rows):
            # blue if the first is better beyond chance, orange if the second is
            color = BLUE if low > 0 else ORANGE if high < 0 else GRAY
            ax.plot([low, high], [at, at], color=color, linewidth=2)
            ax.plot(difference, at, "o", color=color, markersize=7)
        ax.set_yticks(range(len(rows)), [plain(name) for name, *_ in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        reach = 1.1 * max(max(abs(low), abs(high)) for *_, (low, high) in rows)
        ax.set_xlim(-max(reach, 0.01), max(reach, 0.01))
        ax.tick_params(axis="y", length=0)
        level = f"{self.comparisons[0].confidence:.0%} paired interval"
        ax.set_xlabel(f"Difference, with {level}")
        if len(self.comparisons) == 1:
            ax.set_title(plain(" minus ".join(self.comparisons[0].names)))
        self.ax_, self.figure_ = ax, figure_of(ax)
        return self

    def _rows(self):
        """Return name, difference and interval of each row."""
        single = len(self.comparisons) == 1
        metrics = METRICS if single and self.metric is None else (self.metric,)
        rows = []
        for one in self.comparisons:
            for metric in metrics:
                metric = metric or "accuracy"
                name = _LABELS[metric] if single else " minus ".join(one.names)
                if metric == "accuracy":
                    name += f"\np {_p(one.p_value)}"
                rows.append((name, one.differences[metric], one.intervals[metric]))
        return rows


def _p(p):
    """Write a p-value with no more digits than it has."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
