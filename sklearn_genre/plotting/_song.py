"""One song at a glance: its spectrogram, and what it was taken for, over time."""

import numpy as np

from ..embedding import taggram
from ..features import MelSpectrogram
from ..prediction import song_over_time
from ._canvas import pyplot, time_axis
from ._spectrogram import SpectrogramDisplay, song_title
from ._taggram import TaggramDisplay

# a frame of 93 ms: enough for a picture, and an hour takes 25 MB
_SPECTROGRAM = MelSpectrogram(hop_length=2048, n_mels=96)


class SongDisplay:
    """A song at a glance: the spectrogram above tags or genres over the same time.

    Parameters
    ----------
    spectrogram : SpectrogramDisplay
        Of one song.
    taggram : TaggramDisplay

    Attributes
    ----------
    ax_ : ndarray of Axes of shape (2,)
    figure_ : Figure

    See Also
    --------
    SpectrogramDisplay : The upper half.
    TaggramDisplay : The lower half.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.plotting import SongDisplay
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 10 * 44100)
    >>> display = SongDisplay.from_path((noise, 44100), top=3)
    >>> display.figure_.savefig("song.png")  # doctest: +SKIP
    """

    def __init__(self, spectrogram, taggram):
        self.spectrogram, self.taggram = spectrogram, taggram

    @classmethod
    def from_path(cls, path, *, model=None, window=None, top=8, title=None, fig=None):
        """Draw a song.

        Parameters
        ----------
        path : path-like, bytes, binary file or (array, rate) pair
            The song.
        model : classifier, Pipeline, {"msd", "mtt"} or None, default=None
            Whose genres or tags to show; None: the tags of musicnn, "msd".
        window : float or None, default=None
            Seconds that a model hears at once. None: 6 for a model that hears through
            musicnn, for others a fifth of the song, from 6 to 30; the tags of musicnn
            itself are always of 3 s.
        top : int or None, default=8
            Tags or genres, at most; None: all.
        title : str or None, default=None
            None: the name of the file.
        fig : Figure, SubFigure or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : SongDisplay

        Raises
        ------
        AudioError
            If the song cannot be decoded or used.
        """
        pyplot()
        if model is None or isinstance(model, str):
            found, window = taggram(path, model=model or "msd"), 3.0
        else:
            found, window = song_over_time(model, path, window=window)
        title = song_title(path) if title is None else title
        values = _SPECTROGRAM.transform([path])
        spectrogram = SpectrogramDisplay(values, front_end=_SPECTROGRAM, titles=[title])
        tags = TaggramDisplay(found, window=window, top=top)
        return cls(spectrogram, tags).plot(fig=fig)

    def plot(self, *, fig=None):
        """Draw.

        Parameters
        ----------
        fig : Figure, SubFigure or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : SongDisplay
        """
        rows = 0.26 * len(self.taggram._rows()[0]) + 0.7
        if fig is None:
            size = (8, 2.6 + rows)
            fig = pyplot().figure(figsize=size, layout="constrained")
        upper, lower = fig.subplots(2, height_ratios=[2.6, rows])
        self.spectrogram.plot(ax=upper)
        self.taggram.plot(ax=lower)
        # the last window of the lower half may end before the song
        end = upper.get_xlim()[1]
        time_axis(lower, 0, end)
        upper.set_xlabel("")
        self.ax_, self.figure_ = np.array([upper, lower]), fig
        return self
