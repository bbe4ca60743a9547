"""Tags or genres of a song over time."""

import numpy as np

from ..embedding import taggram
from ..parameters import Integer
from ..prediction import song_over_time
from ._canvas import figure_of, one_axes, plain, pyplot, thinned, time_axis
from ._spectrogram import song_title

_WINDOW = 3.0  # of musicnn, in seconds


class TaggramDisplay:
    """Tags or genres of a song over time, the most probable at the top.

    Make it with `from_path`, for the tags of musicnn, or with `from_estimator`, for any
    model of genres or tags.

    Parameters
    ----------
    taggram : Taggram
        Times, names and probabilities.
    window : float, default=3.0
        Length of a window in seconds.
    top : int or None, default=10
        Rows: the tags or genres with the highest mean, at most this many. None: all.
    title : str or None, default=None

    Attributes
    ----------
    ax_ : Axes
    figure_ : Figure
    mesh_ : QuadMesh
        The picture.
    colorbar_ : Colorbar or None

    See Also
    --------
    sklearn_genre.taggram : The probabilities themselves.
    SongDisplay : With the spectrogram above.

    Notes
    -----
    A column is a window. Where windows overlap, each is drawn around its middle, as
    wide as the step to the next one. Of many hours, neighboring windows are averaged to
    2000 columns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.plotting import TaggramDisplay
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 10 * 44100)
    >>> display = TaggramDisplay.from_path((noise, 44100), top=3)
    >>> display.ax_.get_xlabel(), len(display.ax_.get_yticklabels())
    ('Time (s)', 3)
    """

    def __init__(self, taggram, *, window=_WINDOW, top=10, title=None):
        self.taggram, self.window, self.top = taggram, window, top
        self.title = title

    @classmethod
    def from_path(
        cls,
        path,
        *,
        model="msd",
        hop=3.0,
        device="cpu",
        top=10,
        title=None,
        ax=None,
        cmap="viridis",
    ):
        """Draw the tags that musicnn gives a song.

        Parameters
        ----------
        path : path-like, bytes, binary file or (array, rate) pair
            The song, of any length.
        model : {"msd", "mtt"}, default="msd"
            The network, as for `taggram`.
        hop : float, default=3.0
            Seconds from one window of 3 s to the next.
        device : str, default="cpu"
            Where the network computes: "cpu", "cuda", "cuda:1", ... or "auto".
        top : int or None, default=10
            Rows, at most; None: all tags.
        title : str or None, default=None
            None: the name of the file.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.
        cmap : str, default="viridis"
            Colors.

        Returns
        -------
        display : TaggramDisplay

        Raises
        ------
        AudioError
            If the song cannot be decoded or used.
        """
        pyplot()  # before minutes of work
        found = taggram(path, model=model, hop=hop, device=device)
        title = song_title(path) if title is None else title
        return cls(found, top=top, title=title).plot(ax=ax, cmap=cmap)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        path,
        *,
        window=None,
        hop=None,
        top=10,
        title=None,
        ax=None,
        cmap="viridis",
    ):
        """Draw what a model says of each part of a song.

        Parameters
        ----------
        estimator : classifier or Pipeline
            Fitted; takes audio, and has ``predict_proba``.
        path : path-like, bytes, binary file or (array, rate) pair
            The song, of any length; it is decoded part by part.
        window : float or None, default=None
            Length in seconds of what the model hears at once, >= 0.1: that of the clips
            it was trained on. None: 6 for a model that hears through musicnn; for
            others a fifth of the song, from 6 to 30.
        hop : float or None, default=None
            Seconds from one window to the next; None: ``window / 2``.
        top : int or None, default=10
            Rows, at most; None: all genres or tags.
        title : str or None, default=None
            None: the name of the file.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.
        cmap : str, default="viridis"
            Colors.

        Returns
        -------
        display : TaggramDisplay

        Raises
        ------
        AudioError
            If the song cannot be decoded or used.

        Notes
        -----
        What is left at the end, shorter than a window, is dropped, as in `taggram`; a
        song shorter than a window is one window, of all of it.
        """
        pyplot()  # before minutes of work
        found, window = song_over_time(estimator, path, window=window, hop=hop)
        title = song_title(path) if title is None else title
        display = cls(found, window=window, top=top, title=title)
        return display.plot(ax=ax, cmap=cmap)

    def plot(self, *, ax=None, cmap="viridis", colorbar=True):
        """Draw.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None makes a figure.
        cmap : str, default="viridis"
            Colors.
        colorbar : bool, default=True
            Whether to show what the colors mean.

        Returns
        -------
        self : TaggramDisplay
        """
        Integer(low=1, none=True).check_value("top", self.top)
        names, values = self._rows()
        ax = one_axes(ax, figsize=(7, 0.6 + 0.26 * len(names) + 0.4))
        edges = self._edges()
        shown, width = thinned(values)
        edges = np.append(edges[:-1:width], edges[-1])
        self.mesh_ = ax.pcolormesh(
            edges, np.arange(len(names) + 1), shown, cmap=cmap, vmin=0, rasterized=True
        )
        ax.set_yticks(np.arange(len(names)) + 0.5, [*map(plain, names)])
        ax.invert_yaxis()
        ax.tick_params(axis="y", length=0)
        time_axis(ax, edges[0], edges[-1])
        if self.title:
            ax.set_title(plain(self.title))
        self.ax_, self.figure_, self.colorbar_ = ax, figure_of(ax), None
        if colorbar:
            self.colorbar_ = self.figure_.colorbar(
                self.mesh_, ax=ax, label="Probability"
            )
        return self

    def _rows(self):
        """Return names and probabilities of the rows, the highest mean first."""
        names = [name for name, _ in self.taggram.top(self.top)]
        column = {tag: k for k, tag in enumerate(self.taggram.tags)}
        values = np.asarray(self.taggram.values)[:, [column[name] for name in names]]
        return [str(name) for name in names], values.T

    def _edges(self):
        """Return the bounds of the columns in seconds: halfway between the middles."""
        times = np.asarray(self.taggram.times, dtype=float)
        inner = (times[1:] + times[:-1] + self.window) / 2
        return np.concatenate([times[:1], inner, times[-1:] + self.window])
