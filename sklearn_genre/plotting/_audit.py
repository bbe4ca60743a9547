"""A data set at a glance: durations, levels, duplicates, findings."""

from collections import Counter

import numpy as np

from ._canvas import BLUE, GRAY, ORANGE, RED, figure_of, many_axes, plain

_LEVELS = {"error": RED, "warning": ORANGE, "note": GRAY}
_MOST_LABELS = 20  # bars that can be read
_FULL_SCALE = 0.0  # dB
_FAINTEST = (
    -96.0
)  # dB, the step of 16 bits: nothing to see below, and silence is at -200
_BELOW = 6.0  # dB under the faintest clip shown, where the silent ones are
_BESIDE = {"textcoords": "offset points", "va": "center"}


class AuditDisplay:
    """A data set at a glance: durations, levels, duplicates and findings.

    Parameters
    ----------
    report : AuditReport

    Attributes
    ----------
    ax_ : ndarray of Axes of shape (4,)
        Durations, levels, clips by label, findings by kind.
    figure_ : Figure

    See Also
    --------
    sklearn_genre.audit : Makes the report.

    Notes
    -----
    Clips of unknown duration or level, such as those that cannot be read, are left out
    of the first two panels, whose titles say how many; findings name them. Of more than
    20 labels, the largest are shown. Silent clips, which have no level that could be
    compared, are marked in the corner of the panel of levels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import audit
    >>> from sklearn_genre.plotting import AuditDisplay
    >>> rng = np.random.default_rng(0)
    >>> clips = [0.1 * rng.standard_normal(22050 * n) for n in (2, 3, 4)]
    >>> report = audit([*clips, clips[0]], ["dub", "dub", "polka", "polka"],
    ...                sample_rate=22050)
    >>> display = AuditDisplay.from_report(report)
    >>> display.ax_[0].get_xlabel()
    'Duration (s)'
    """

    def __init__(self, report):
        self.report = report

    @classmethod
    def from_report(cls, report, *, ax=None):
        """Draw a report.

        Parameters
        ----------
        report : AuditReport
            From :func:`~sklearn_genre.audit`.
        ax : array-like of 4 Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : AuditDisplay
        """
        return cls(report).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : array-like of 4 Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : AuditDisplay
        """
        labels = min(len(self.report.balance), _MOST_LABELS)
        kinds = len({finding.kind for finding in self.report.findings})
        rows = max(0.24 * labels, 0.38 * kinds, 1.4)  # a kind takes two lines
        axes = many_axes(ax, 4, n_columns=2, figsize=(8, 3.6 + rows))
        self._durations(axes[0])
        self._levels(axes[1])
        self._labels(axes[2])
        self._findings(axes[3])
        for axis in (axes[0].yaxis, axes[2].xaxis, axes[3].xaxis):
            axis.get_major_locator().set_params(integer=True)  # they count clips
        self.ax_, self.figure_ = axes, figure_of(axes)
        return self

    def _measured(self, name):
        """Return the rows of which a measure is known, and its values."""
        values = [getattr(one, name) for one in self.report.measures]
        rows = [row for row, value in enumerate(values) if value is not None]
        return np.array(rows, dtype=int), np.array([values[row] for row in rows])

    def _durations(self, ax):
        """Draw how many clips are how long."""
        rows, seconds = self._measured("duration")
        if len(seconds):
            unit, scale = ("min", 60) if np.median(seconds) > 90 else ("s", 1)
            low, high = seconds.min() / scale, seconds.max() / scale
            # files of one length differ by less than a frame of mp3
            pad = max(0.5, 0.05 * (high - low))
            bins = np.linspace(max(low - pad, 0), high + pad, 30)
            ax.hist(seconds / scale, bins=bins, color=BLUE)
            ax.set_xlabel(f"Duration ({unit})")
        ax.set_ylabel("Clips")
        ax.set_title(self._unknown("Durations", len(rows)))

    def _levels(self, ax):
        """Draw level against peak; mark the clipped clips, and the silent ones."""
        rows, level = self._measured("level")
        peak = np.array([self.report.measures[row].peak for row in rows])
        clipped = {f.row for f in self.report.findings if f.kind == "clipped"}
        hit, silent = np.isin(rows, list(clipped)), level < _FAINTEST
        fine = ~hit & ~silent
        ax.plot(peak[fine], level[fine], "o", color=BLUE, alpha=0.6, markersize=4)
        ax.set(xlabel="Peak (dB of full scale)", ylabel="Level (dB of full scale)")
        ax.set_title(self._unknown("Levels", len(rows)))
        if hit.any():
            label = f"clipped ({hit.sum()})"
            ax.plot(peak[hit], level[hit], "^", color=RED, markersize=5, label=label)
            _legend_below(ax)
        if silent.any():
            _mark_silent(ax, silent.sum(), peak[~silent], level[~silent])
        ax.axvline(_FULL_SCALE, color=GRAY, linewidth=1, linestyle=":")

    def _unknown(self, title, n_known):
        """Return a title that says of how many clips a measure is not known."""
        missing = len(self.report.names) - n_known
        return f"{title} (of {missing} not known)" if missing else title

    def _labels(self, ax):
        """Draw the clips of each label, and how many of them are duplicates."""
        report = self.report
        again = {row for pair in report.duplicates for row in pair}
        labels = report.labels or [None] * len(report.names)
        twice = Counter()
        for row in again:
            found = labels[row]
            twice.update(found if isinstance(found, tuple) else [found])
        balance = dict(list(report.balance.items())[:_MOST_LABELS])
        balance = balance or {"all clips": len(report.names)}
        if not report.balance:
            twice = {"all clips": len(again)}
        names, at = list(balance), np.arange(len(balance))
        ax.barh(at, list(balance.values()), color=BLUE, label="clips")
        in_pairs = [twice.get(name, 0) for name in names]
        how = {"color": ORANGE, "hatch": "////", "edgecolor": "white"}
        ax.barh(at, in_pairs, label="of them in duplicates", **how)
        ax.set_yticks(at, [plain(name) for name in names])
        ax.set(ylim=(len(at) - 0.4, -0.6), xlabel="Clips")
        ax.tick_params(axis="y", length=0)
        n = len(report.duplicates)
        ax.set_title(f"{n} pair{'' if n == 1 else 's'} of duplicates")
        _legend_below(ax)

    def _findings(self, ax):
        """Draw how many clips have each kind of finding."""
        rows = {(f.level, f.kind, f.row) for f in self.report.findings}
        counts = Counter((level, kind) for level, kind, _ in rows)
        kinds = sorted(
            counts, key=lambda pair: (list(_LEVELS).index(pair[0]), -counts[pair])
        )
        for at, (level, kind) in enumerate(kinds):
            ax.barh(at, counts[level, kind], color=_LEVELS[level])
        names = [f"{kind.replace('_', ' ')}\n({level})" for level, kind in kinds]
        ax.set_yticks(range(len(kinds)), names)
        ax.tick_params(axis="y", length=0)
        ax.set(xlabel="Clips", title="Findings" if kinds else "No findings")
        if kinds:
            ax.set_ylim(max(len(kinds), 3) - 0.4, -0.6)


def _mark_silent(ax, n, peak, level):
    """Mark n silent clips in the corner under the peaks and levels of the others."""
    x, y = (min(known, default=_FAINTEST) - _BELOW for known in (peak, level))
    ax.plot(x, y, "v", color=RED, markersize=5)
    ax.annotate(f"silent ({n})", (x, y), (6, 0), **_BESIDE)
    ax.margins(0.08)


def _legend_below(ax):
    """Explain the marks under the axes, where nothing is drawn."""
    # the axes' own labels take three lines
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 3.4}
    ax.legend(ncols=2, frameon=False, **place)
