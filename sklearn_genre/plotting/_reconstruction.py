"""Clips, and what an autoencoder makes of their codes."""

import numpy as np

from ..parameters import Integer
from ._activation import axes_of, network_input
from ._canvas import BLUE, ORANGE, figure_of, many_axes, narrow, plain
from ._spectrogram import draw_spectrogram, level_limits, song_title


class ReconstructionDisplay:
    """Clips, and below each what an autoencoder rebuilt from its code.

    Spectrograms are drawn as pictures of the same colors, waveforms and tables as lines
    above each other.

    Parameters
    ----------
    clips, rebuilt : array-like of shape (n, n_bands, n_frames) or (n, n_features)
    front_end : transformer or None, default=None
        What made the clips; None: axes count bands and frames.
    titles : list of str or None, default=None
        One per clip.

    Attributes
    ----------
    ax_ : ndarray of Axes of shape (2, n), or (1, n) for lines
    figure_ : Figure
    error_ : ndarray of shape (n,)
        Root mean square difference of each clip, in its own unit; in the titles.

    Raises
    ------
    ValueError
        If the shapes differ.

    See Also
    --------
    Autoencoder : The network.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import Autoencoder
    >>> from sklearn_genre.plotting import ReconstructionDisplay
    >>> X = np.random.default_rng(0).normal(size=(20, 8, 10))
    >>> encoder = Autoencoder(hidden_sizes=(16,), n_components=2, max_epochs=1)
    >>> ReconstructionDisplay.from_estimator(encoder.fit(X), X[:3]).ax_.shape
    (2, 3)
    """

    def __init__(self, clips, rebuilt, *, front_end=None, titles=None):
        self.clips, self.rebuilt = np.asarray(clips), np.asarray(rebuilt)
        if self.clips.shape != self.rebuilt.shape:
            raise ValueError(
                f"rebuilt must have the shape of the clips, {self.clips.shape}, got "
                f"{self.rebuilt.shape}."
            )
        self.front_end, self.titles = front_end, titles

    @classmethod
    def from_estimator(cls, estimator, X, *, n_clips=3, titles=None, ax=None):
        """Draw the first clips of X and what the autoencoder makes of them.

        Parameters
        ----------
        estimator : Autoencoder, DeepSoftmaxAutoencoder or Pipeline that ends in one
            Fitted. Of a Pipeline that starts with an audio transformer the axes are in
            seconds and Hz.
        X : array-like
            What the estimator takes. Of clips cut into slices, the first slice of each
            is drawn.
        n_clips : int, default=3
            How many to draw, >= 1; all if there are fewer.
        titles : list of str or None, default=None
            One per clip; None: the names of the files.
        ax : array-like of Axes or None, default=None
            Where to draw: clips, then what was rebuilt; None makes a figure.

        Returns
        -------
        display : ReconstructionDisplay

        Raises
        ------
        TypeError
            If the estimator has no ``inverse_transform``.
        """
        Integer(low=1).check_value("n_clips", n_clips)
        X = X[:n_clips]
        last = estimator[-1] if hasattr(estimator, "steps") else estimator
        if not hasattr(last, "inverse_transform"):
            raise TypeError(f"{type(last).__name__} rebuilds nothing from its output.")
        clips, encoder, front_end = network_input(estimator, X)
        rebuilt = encoder.inverse_transform(encoder.transform(clips))
        if clips.ndim == 4:
            clips, rebuilt = clips[:, 0], rebuilt[:, 0]
        if clips.ndim == 3 and clips.shape[1] == 1:  # a waveform, not a picture
            clips, rebuilt = clips[:, 0], rebuilt[:, 0]
        titles = [song_title(song) for song in X] if titles is None else titles
        return cls(clips, rebuilt, front_end=front_end, titles=titles).plot(ax=ax)

    def plot(self, *, ax=None, cmap="magma"):
        """Draw.

        Parameters
        ----------
        ax : array-like of Axes or None, default=None
            Where to draw: clips, then what was rebuilt; for lines one per clip. None
            makes a figure.
        cmap : str, default="magma"
            Colors of pictures.

        Returns
        -------
        self : ReconstructionDisplay
        """
        difference = (self.clips - self.rebuilt).reshape(len(self.clips), -1)
        self.error_ = np.sqrt(np.square(difference).mean(axis=1))
        draw = self._lines if self.clips.ndim == 2 else self._pictures
        axes = draw(ax, len(self.clips), cmap)
        self.ax_, self.figure_ = axes, figure_of(axes)
        return self

    def _title(self, k):
        """Return the title of a clip, which may be empty."""
        return "" if self.titles is None else plain(self.titles[k])

    def _pictures(self, ax, n, cmap):
        """Draw clips above, what was rebuilt below, in the same colors."""
        size = (2.8 * n + 0.9, 4.6)
        axes = many_axes(
            ax, 2 * n, n_columns=n, figsize=size, sharex=True, sharey=True
        ).reshape(2, n)
        known = axes_of(self.front_end)
        limits = level_limits(self.clips, known)
        for row, made in zip(axes, (self.clips, self.rebuilt), strict=True):
            for one, values in zip(row, made, strict=True):
                mesh = draw_spectrogram(one, values, known, cmap=cmap, **limits)
                one.label_outer()
        for k, (above, below) in enumerate(axes.T):
            above.set_title(self._title(k))
            below.set_title(f"rebuilt, off by {self.error_[k]:.3g} (rms)")
        bar = {"label": known.level, **narrow(n)}
        figure_of(axes).colorbar(mesh, ax=list(axes.ravel()), **bar)
        return axes

    def _lines(self, ax, n, cmap):
        """Draw clips and what was rebuilt in one panel each."""
        axes = many_axes(ax, n, n_columns=1, figsize=(7, 1.6 * n + 0.5), sharex=True)
        for k, (one, clip, rebuilt) in enumerate(
            zip(axes, self.clips, self.rebuilt, strict=True)
        ):
            one.plot(clip, color=BLUE, linewidth=1, label="clip")
            one.plot(rebuilt, color=ORANGE, linewidth=1, label="rebuilt")
            title = f"{self._title(k)}, " if self._title(k) else ""
            one.set_title(f"{title}off by {self.error_[k]:.3g} (rms)", loc="left")
            one.set_ylabel("Value")
        axes[-1].set_xlabel("Sample or feature")
        # above the panel: the curves may be anywhere in it
        above = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0}
        axes[0].legend(frameon=False, ncols=2, **above)
        return axes[None]
