"""Spectrograms with Hz and seconds, and the drawing that other displays share."""

import numpy as np
from sklearn.base import clone

from ..features import MelSpectrogram
from ._canvas import figure_of, many_axes, narrow, plain, pyplot, thinned, time_axis
from ._front_end import front_end_of, parts_of, slice_spans

_RANGE = 80.0  # dB below the loudest value that are shown, as librosa does


def draw_spectrogram(ax, values, front_end, *, cmap="magma", **limits):
    """Draw one spectrogram with its axes.

    Parameters
    ----------
    ax : Axes
    values : ndarray of shape (n_bands, n_frames)
    front_end : FrontEnd
    cmap : str
    **limits : float
        ``vmin`` and ``vmax``.

    Returns
    -------
    mesh : QuadMesh
    """
    import librosa.display

    shown, width = thinned(np.asarray(values))
    start, step = front_end.first - front_end.frame / 2, front_end.frame * width
    y_axis = None if front_end.bands == "rows" else front_end.bands
    mesh = librosa.display.specshow(
        shown,
        x_coords=start + step * (np.arange(shown.shape[1]) + 0.5),
        y_axis=y_axis,
        sr=front_end.rate,
        cmap=cmap,
        ax=ax,
        **front_end.mel,
        **limits,
    )
    mesh.set_rasterized(True)  # in a PDF, a million rectangles would be slow
    stop = start + front_end.frame * values.shape[1]
    if front_end.time:
        time_axis(ax, max(start, 0), stop, of=front_end.time)
    else:
        ax.set(xlim=(start, stop), xlabel="Frame")
    _frequency_axis(ax, front_end)
    return mesh


def _frequency_axis(ax, front_end):
    """Label the bands: in kHz, as many ticks as there is room for."""
    from matplotlib.ticker import (
        FixedLocator,
        FuncFormatter,
        MaxNLocator,
        NullLocator,
    )

    if front_end.bands == "rows":
        # specshow draws no ticks of rows that it does not know
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda row, _: f"{row:.0f}"))
        ax.set_ylabel(front_end.row)
        return
    top = ax.get_ylim()[1]
    ticks = [512 * 2**k for k in range(8)] if front_end.bands == "mel" else None
    if ticks:
        ax.yaxis.set_major_locator(FixedLocator([0, *(t for t in ticks if t < top)]))
        ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda hz, _: f"{hz:g}"))
    ax.set_ylabel("Frequency (Hz)")


def level_limits(spectrograms, front_end):
    """Return the limits of the colors: the same for all, on a dB scale 80 dB."""
    top = max(float(values.max()) for values in spectrograms)
    low = min(float(values.min()) for values in spectrograms)
    if front_end.level.endswith("(dB)"):
        low = max(low, top - _RANGE)
    return {"vmin": low, "vmax": top}


class SpectrogramDisplay:
    """Spectrograms of songs, with Hz and seconds on their axes.

    Make it with `from_path` or `from_estimator`, which read the axes from the
    parameters of the transformer.

    Parameters
    ----------
    spectrograms : list of ndarray of shape (n_bands, n_frames_i)
    front_end : MelSpectrogram, Spectrogram or other transformer with frames
        What made them.
    titles : list of str or None, default=None
        One per spectrogram.
    slicer : Slicer or None, default=None
        Its slices are marked.

    Attributes
    ----------
    ax_ : Axes, or ndarray of Axes
        An array if there are several spectrograms.
    figure_ : Figure
    meshes_ : list of QuadMesh
        The pictures.
    colorbar_ : Colorbar or None

    Raises
    ------
    TypeError
        If frames of the transformer have no known times.

    See Also
    --------
    ActivationDisplay : What in a spectrogram spoke for a genre.
    sklearn_genre.inspection.mean_by_class : Mean spectrogram of each genre.

    Notes
    -----
    Of long songs, neighboring frames are averaged to 2000 columns. On a dB scale, all
    spectrograms have the same colors, from the loudest value to 80 dB below.

    Examples
    --------
    >>> from sklearn_genre import MelSpectrogram, make_genre_audio
    >>> from sklearn_genre.plotting import SpectrogramDisplay
    >>> songs = make_genre_audio(1, genres=["dub", "waltz"], duration=2.0)
    >>> display = SpectrogramDisplay.from_estimator(
    ...     MelSpectrogram(), songs.audio, y=songs.target)
    >>> [ax.get_title() for ax in display.ax_]
    ['dub', 'waltz']
    """

    def __init__(self, spectrograms, *, front_end, titles=None, slicer=None):
        self.spectrograms = [np.asarray(values) for values in spectrograms]
        self.front_end, self.titles, self.slicer = front_end, titles, slicer

    @classmethod
    def from_path(cls, path, *, estimator=None, title=None, ax=None, cmap="magma"):
        """Draw the spectrogram of a song.

        Parameters
        ----------
        path : path-like, bytes, binary file or (array, rate) pair
            The song.
        estimator : transformer, Pipeline or None, default=None
            As for `from_estimator`; None: ``MelSpectrogram()``.
        title : str or None, default=None
            None: the name of the file.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.
        cmap : str, default="magma"
            Colors.

        Returns
        -------
        display : SpectrogramDisplay

        Raises
        ------
        AudioError
            If the song cannot be decoded or used.
        """
        estimator = MelSpectrogram() if estimator is None else estimator
        title = song_title(path) if title is None else title
        return cls.from_estimator(estimator, [path], titles=[title], ax=ax, cmap=cmap)

    @classmethod
    def from_estimator(
        cls, estimator, X, *, y=None, titles=None, ax=None, cmap="magma"
    ):
        """Draw what a model's transformer makes of songs.

        Parameters
        ----------
        estimator : transformer or Pipeline
            An audio transformer, or a Pipeline that starts with one; if a `Slicer`
            follows it (or a `BandScaler` between them), its slices are marked.
        X : list of paths, or whatever else the transformer takes
        y : array-like of shape (n,) or None, default=None
            Genres: the first song of each is drawn.
        titles : list of str or None, default=None
            One per drawn song. None: the genres; without y, the names of the files.
        ax : Axes, array-like of Axes or None, default=None
            Where to draw: one per song; None makes a figure.
        cmap : str, default="magma"
            Colors.

        Returns
        -------
        display : SpectrogramDisplay

        Raises
        ------
        TypeError
            If the estimator does not start with a transformer that has frames.
        """
        pyplot()  # before minutes of work
        transformer, slicer = parts_of(estimator)
        front_end_of(transformer)  # refused before anything is decoded
        if y is not None:
            genres, rows = np.unique(np.asarray(y), return_index=True)
            X = [X[row] for row in rows]
            titles = [str(genre) for genre in genres] if titles is None else titles
        if titles is None:
            titles = [song_title(clip) for clip in X]
        # a copy: drawing changes nothing of a fitted model
        made = list(clone(transformer).fit_transform(X))
        display = cls(made, front_end=transformer, titles=titles, slicer=slicer)
        return display.plot(ax=ax, cmap=cmap)

    def plot(self, *, ax=None, cmap="magma", n_columns=5, colorbar=True):
        """Draw.

        Parameters
        ----------
        ax : Axes, array-like of Axes or None, default=None
            Where to draw: one per spectrogram; None makes a figure.
        cmap : str, default="magma"
            Colors.
        n_columns : int, default=5
            Columns of the new figure, at most.
        colorbar : bool, default=True
            Whether to show what the colors mean.

        Returns
        -------
        self : SpectrogramDisplay
        """
        n, front_end = len(self.spectrograms), front_end_of(self.front_end)
        columns = min(n, n_columns)
        size = (7, 3) if n == 1 else (2.4 * columns + 0.8, 2.2 * -(-n // columns))
        axes = many_axes(
            ax, n, n_columns=n_columns, figsize=size, sharex=n > 1, sharey=n > 1
        )
        limits = level_limits(self.spectrograms, front_end)
        self.meshes_ = [
            draw_spectrogram(one, values, front_end, cmap=cmap, **limits)
            for one, values in zip(axes, self.spectrograms, strict=True)
        ]
        self._finish(axes, front_end)
        self.figure_, self.colorbar_ = figure_of(axes), None
        if colorbar:
            self.colorbar_ = self.figure_.colorbar(
                self.meshes_[0], ax=list(axes), label=front_end.level, **narrow(columns)
            )
        self.ax_ = axes[0] if n == 1 else axes
        return self

    def _finish(self, axes, front_end):
        """Set titles, mark slices, show all of the longest song."""
        longest = max(values.shape[1] for values in self.spectrograms)
        titles = [None] * len(axes) if self.titles is None else self.titles
        for ax, values, title in zip(axes, self.spectrograms, titles, strict=True):
            stop = front_end.first + front_end.frame * (longest - 0.5)
            time_axis(ax, *(ax.get_xlim()[0], stop), of=front_end.time)
            if title is not None:
                ax.set_title(plain(title))
            if self.slicer is not None:
                mark_slices(ax, self.slicer, values.shape[1], front_end)
            if len(axes) > 1:
                ax.label_outer()


def mark_slices(ax, slicer, n_frames, front_end):
    """Draw a bracket for each slice along the top of a spectrogram.

    Slices that overlap are drawn at two heights in turn.
    """
    starts, length = slice_spans(slicer, n_frames)
    edge = front_end.first - front_end.frame / 2
    overlap = len(starts) > 1 and np.diff(starts).min() < length
    for k, start in enumerate(starts):
        left, right = edge + front_end.frame * np.array([start, start + length])
        right = min(right, edge + front_end.frame * n_frames)
        height = 0.97 - 0.05 * (k % 2 if overlap else 0)
        ax.annotate(
            "",
            (left, height),
            (right, height),
            xycoords=ax.get_xaxis_transform(),
            arrowprops={
                "arrowstyle": "|-|,widthA=0.25,widthB=0.25",
                "color": "white",
                "linewidth": 1.2,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def song_title(song):
    """Return the name of a file without its folders; nothing for other songs."""
    from pathlib import Path

    return Path(song).name if isinstance(song, str | Path) else ""
