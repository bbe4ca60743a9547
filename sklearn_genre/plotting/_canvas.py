"""What all displays share: figures and axes, colors, the axis of time."""

import itertools

import numpy as np

#: Settings of matplotlib for a figure in a paper: ``matplotlib.rc_context(PAPER)``.
PAPER = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # text stays text, in fonts that publishers accept
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "savefig.dpi": 300,
}

# M. Okabe, K. Ito, "Color Universal Design", 2008, without yellow, which is too faint
# for points and lines on white
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, RED, BLACK, GRAY = "#56B4E9", "#D55E00", "#000000", "#7F7F7F"
COLORS = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, BLACK)
# "muted" of P. Tol (SRON/EPS/TN/09-002, 2021), for more kinds than the above
MANY_COLORS = ("#332288", "#CC6677", "#117733", "#DDCC77", "#88CCEE", "#882255")
MANY_COLORS += ("#44AA99", "#999933", "#AA4499", BLACK)
# neither 7 nor 10 colors divide 9, so that every pair of color and shape is new
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "p")

_INSTALL = 'pip install "sklearn-genre[plot]"'
_MOST_COLUMNS = 2000  # more than a picture has pixels


def pyplot():
    """Return matplotlib.pyplot.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(f"Displays need matplotlib: {_INSTALL}") from error
    return plt


def one_axes(ax, *, figsize=None):
    """Return axes to draw on: those given, or those of a new figure."""
    return many_axes(ax, 1, figsize=figsize)[0]


def many_axes(ax, n, *, n_columns=None, figsize=None, **shared):
    """Return n axes to draw on: those given, or those of a new figure.

    Parameters
    ----------
    ax : Axes, array-like of Axes or None
    n : int
    n_columns : int or None, default=None
        Columns of the new figure; None: n.
    figsize : (float, float) or None, default=None
        Of the new figure, in inches.
    **shared : bool
        ``sharex`` and ``sharey`` of the new figure.

    Returns
    -------
    axes : ndarray of Axes of shape (n,)

    Raises
    ------
    ValueError
        If other than n axes are given.
    """
    plt = pyplot()
    if ax is not None:
        axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
        if len(axes) != n:
            raise ValueError(f"plot: ax must hold {n} axes, got {len(axes)}.")
        return axes
    n_columns = n if n_columns is None else min(n, n_columns)
    grid = (-(-n // n_columns), n_columns)
    _, axes = plt.subplots(
        *grid, figsize=figsize, squeeze=False, layout="constrained", **shared
    )
    for spare in axes.ravel()[n:]:
        spare.remove()
    return axes.ravel()[:n]


def styles(n):
    """Return a color and a marker for each of n kinds; no two pairs are equal."""
    colors = itertools.cycle(COLORS if n <= len(COLORS) else MANY_COLORS)
    pairs = zip(colors, itertools.cycle(MARKERS), strict=False)
    return list(itertools.islice(pairs, n))


def clock(seconds, whole):
    """Write a time as a clock does: 1:05, or 2:03:09 where ``whole`` has hours."""
    minutes, rest = divmod(round(float(seconds), 3), 60)
    text = f"{rest:02.0f}" if rest == int(rest) else f"{rest:04.1f}"
    if whole < 3600:
        return f"{minutes:.0f}:{text}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:.0f}:{minutes:02.0f}:{text}"


def time_axis(ax, start, stop, *, of="Time"):
    """Make the x axis that of a song, in seconds, minutes or hours by its length."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_xlim(start, stop)
    unit = "s"
    if stop > 90:  # seconds above that are read as minutes
        unit = "min:s" if stop < 3600 else "h:min:s"
        ax.xaxis.set_major_locator(_ClockLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda t, _: clock(t, stop)))
    else:
        ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    ax.set_xlabel(f"{of} ({unit})")


def _ClockLocator():
    """Return a locator of ticks at whole minutes or hours, or even parts of them."""
    from matplotlib.ticker import Locator

    class ClockLocator(Locator):
        steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)

        def __call__(self):
            return self.tick_values(*self.axis.get_view_interval())

        def tick_values(self, vmin, vmax):
            wanted = (vmax - vmin) / 7
            step = next((s for s in self.steps if s >= wanted), 21600 * 2)
            return np.arange(np.ceil(vmin / step) * step, vmax + 1e-6, step)

    return ClockLocator()


def thinned(columns, most=_MOST_COLUMNS):
    """Average neighboring columns until there are few enough to be seen.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_columns)
    most : int

    Returns
    -------
    columns : ndarray of shape (n_rows, at most ``most``)
    width : int
        Columns that became one; the last of them may be of fewer.
    """
    width = -(-columns.shape[1] // most)
    if width == 1:
        return columns, 1
    starts = np.arange(0, columns.shape[1], width)
    sums = np.add.reduceat(columns.astype(float), starts, axis=1)
    sizes = np.diff([*starts, columns.shape[1]])
    return sums / sizes, width


def narrow(n_columns):
    """Return the size of a color bar beside several columns of axes."""
    return {"fraction": 0.15 / n_columns, "pad": 0.03 / n_columns, "aspect": 30}


def plain(name):
    """Return a name so that matplotlib sees no formula between dollar signs."""
    return str(name).replace("$", r"\$")


def figure_of(axes):
    """Return the figure of axes, which may be several."""
    return np.atleast_1d(np.asarray(axes, dtype=object)).ravel()[0].figure
