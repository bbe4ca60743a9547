"""What networks look for, and what in a spectrogram spoke for a genre."""

import numpy as np

from ..inspection import integrated_gradients, layer_weights
from ..parameters import Integer
from ._canvas import BLUE, figure_of, many_axes, plain, pyplot
from ._front_end import FrontEnd, front_end_of, parts_of
from ._spectrogram import draw_spectrogram, level_limits, song_title

_AVERAGED = 0.25  # seconds over which attributions are averaged: single frames flicker
_MOST_FILTERS = 64


class ActivationDisplay:
    """What in the spectrogram of a song spoke for a genre or tag, and what against it.

    Below the spectrogram are the integrated gradients of the network, averaged over
    neighboring bands and a quarter of a second: red spoke for the genre, blue against.

    Parameters
    ----------
    spectrogram : array-like of shape (n_bands, n_frames)
        What the network was given.
    attributions : array-like of shape (n_bands, n_frames)
        As of :func:`~sklearn_genre.inspection.integrated_gradients`.
    front_end : transformer or None, default=None
        What made the spectrogram; None: axes count bands and frames.
    title : str or None, default=None

    Attributes
    ----------
    ax_ : ndarray of Axes of shape (2,)
    figure_ : Figure

    See Also
    --------
    sklearn_genre.inspection.integrated_gradients : The numbers.
    FilterDisplay : What the first layer looks for.

    Notes
    -----
    A network explains itself only: an attribution says what it used, not what makes a
    genre, and a wrong answer has one, too.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_genre import CNNClassifier, MelSpectrogram, make_genre_audio
    >>> from sklearn_genre.plotting import ActivationDisplay
    >>> songs = make_genre_audio(2, genres=["dub", "waltz"], duration=1.0)
    >>> cnn = CNNClassifier(n_filters=(4,), max_epochs=1)
    >>> model = make_pipeline(MelSpectrogram(n_mels=32), cnn)
    >>> display = ActivationDisplay.from_estimator(
    ...     model.fit(songs.audio, songs.target), songs.audio[0], label="dub")
    >>> display.ax_[1].get_title()
    'For (red) and against (blue) dub'
    """

    def __init__(self, spectrogram, attributions, *, front_end=None, title=None):
        self.spectrogram = np.asarray(spectrogram)
        self.attributions = np.asarray(attributions)
        if self.spectrogram.shape != self.attributions.shape:
            raise ValueError(
                f"attributions must have the shape of the spectrogram, "
                f"{self.spectrogram.shape}, got {self.attributions.shape}."
            )
        self.front_end, self.title, self.label = front_end, title, None

    @classmethod
    def from_estimator(
        cls, estimator, song, *, label=None, n_steps=32, title=None, ax=None
    ):
        """Draw what in a song spoke for a genre or tag.

        Parameters
        ----------
        estimator : NeuralClassifier or Pipeline that ends in one
            Fitted. Of a Pipeline that starts with an audio transformer the axes are in
            seconds and Hz.
        song : path, or whatever else is one item of the X of the estimator
            If the model cuts it into slices, the first is drawn.
        label : str, int or None, default=None
            A genre or tag; None: the most probable one.
        n_steps : int, default=32
            Steps of the integral, >= 1.
        title : str or None, default=None
            None: the name of the file.
        ax : array-like of 2 Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ActivationDisplay

        Raises
        ------
        ValueError
            If there is no such label, or the input of the network is no spectrogram.
        TypeError
            If the estimator is no network of this package.
        """
        pyplot()  # before minutes of work
        X, network, front_end = network_input(estimator, [song])
        if label is None:
            proba = network.predict_proba(X)[0]
            label = network.classes_[proba.argmax()]
        parts = integrated_gradients(network, X, label=label, n_steps=n_steps)[0]
        clip = X[0]
        if clip.ndim == 3:
            clip, parts = clip[0], parts[0]
        if clip.ndim != 2:
            raise ValueError(
                f"ActivationDisplay draws what networks see of spectrograms, but "
                f"{type(network).__name__} was fitted on X of {X.ndim} dimensions."
            )
        title = song_title(song) if title is None else title
        display = cls(clip, parts, front_end=front_end, title=title)
        display.label = label
        return display.plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw.

        Parameters
        ----------
        ax : array-like of 2 Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : ActivationDisplay
        """
        axes = many_axes(ax, 2, n_columns=1, figsize=(7, 5), sharex=True, sharey=True)
        known = axes_of(self.front_end)
        values, smooth = self.spectrogram, self._smoothed(known)
        limits = level_limits([values], known)
        upper = draw_spectrogram(axes[0], values, known, **limits)
        # a few loud spots would leave the rest pale
        reach = np.quantile(np.abs(smooth), 0.995) or 1.0
        how = {"cmap": "RdBu_r", "vmin": -reach, "vmax": reach}
        lower = draw_spectrogram(axes[1], smooth, known, **how)
        self.figure_, self.ax_ = figure_of(axes), axes
        self.figure_.colorbar(upper, ax=axes[0], label=known.level)
        bar = self.figure_.colorbar(lower, ax=axes[1], label="Attribution")
        bar.set_ticks([-reach, 0, reach], labels=["against", "0", "for"])
        axes[0].set_title(plain(self.title or ""))
        what = "the answer" if self.label is None else self.label
        axes[1].set_title(f"For (red) and against (blue) {plain(what)}")
        axes[0].label_outer()
        return self

    def _smoothed(self, front_end):
        """Return attributions, averaged over neighboring bands and frames."""
        from scipy.ndimage import gaussian_filter

        frames = _AVERAGED / front_end.frame if front_end.rate else 1
        bands = len(self.attributions) / 64
        return gaussian_filter(self.attributions, (bands, frames))


def network_input(estimator, X):
    """Return X as the last step sees it, that step, and the audio transformer or None.

    The transformer counts only if no step after it changes bands or frames other than
    by cutting slices, whose own time starts at zero.
    """
    if not hasattr(estimator, "steps"):
        return np.asarray(X), estimator, None
    made = estimator[:-1].transform(X) if len(estimator) > 1 else np.asarray(X)
    try:
        transformer, _ = parts_of(estimator)
        front_end_of(transformer)
    except TypeError:
        transformer = None
    if transformer is not None:
        n_bands = len(transformer.transform(X[:1])[0])
        transformer = transformer if made.shape[-2:][0] == n_bands else None
    return made, estimator[-1], transformer


def axes_of(front_end):
    """Return the axes of a transformer, or axes that count bands and frames."""
    if front_end is not None:
        return front_end_of(front_end)
    return FrontEnd(1, 1, first=0.5, time="", row="Band")


class FilterDisplay:
    """The filters of a network's layer, as pictures.

    Parameters
    ----------
    weights : array-like of shape (n_filters, bands, frames) or (n_filters, frames)
        2-D filters are drawn as pictures, others as lines.
    order : array-like of int or None, default=None
        Which filters to draw, and their numbers; None: all.

    Attributes
    ----------
    ax_ : ndarray of Axes of shape (n_drawn,)
    figure_ : Figure

    See Also
    --------
    sklearn_genre.inspection.layer_weights : The numbers.
    sklearn_genre.inspection.top_clips : The clips that a filter answers to.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.plotting import FilterDisplay
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 20))
    >>> cnn = CNNClassifier(n_filters=(6, 4), max_epochs=1).fit(X, np.arange(8) % 2)
    >>> FilterDisplay.from_estimator(cnn).ax_.shape
    (6,)
    """

    def __init__(self, weights, *, order=None):
        self.weights = np.asarray(weights)
        n = len(self.weights)
        self.order = np.arange(n) if order is None else np.asarray(order)

    @classmethod
    def from_estimator(cls, estimator, *, layer=0, n_filters=32, ax=None):
        """Draw the filters of a layer, those with the largest weights first.

        Parameters
        ----------
        estimator : NeuralEstimator or Pipeline that ends in one
            Fitted.
        layer : int or str, default=0
            As for :func:`~sklearn_genre.inspection.layer_weights`. Only layers with
            one input map, that reach over all bands, or along time alone have
            pictures: as a rule the first.
        n_filters : int, default=32
            How many to draw, at most; in [1, 64].
        ax : array-like of Axes or None, default=None
            Where to draw: one per filter; None makes a figure.

        Returns
        -------
        display : FilterDisplay

        Raises
        ------
        ValueError
            If there is no such layer, or its filters have no pictures.
        """
        Integer(low=1, high=_MOST_FILTERS).check_value("n_filters", n_filters)
        weights = layer_weights(estimator, layer=layer)
        if weights.ndim == 4 and weights.shape[1] == 1:
            weights = weights[:, 0]
        if weights.ndim == 4 and weights.shape[2] == 1:
            weights = weights[
                :, :, 0
            ]  # along time: a row per band or map that it reads
        if weights.ndim == 3 and weights.shape[1] == 1:
            weights = weights[:, 0]
        if weights.ndim not in (2, 3):
            raise ValueError(
                f"FilterDisplay: filters of layer {layer!r} have {weights.shape[1]} "
                "input maps each, which make no picture. Take the first layer."
            )
        norm = np.square(weights).reshape(len(weights), -1).sum(axis=1)
        order = np.argsort(-norm, kind="stable")[:n_filters]
        return cls(weights, order=order).plot(ax=ax)

    def plot(self, *, ax=None, cmap="RdBu_r"):
        """Draw.

        Parameters
        ----------
        ax : array-like of Axes or None, default=None
            Where to draw: one per filter; None makes a figure.
        cmap : str, default="RdBu_r"
            Colors of pictures; zero is in the middle.

        Returns
        -------
        self : FilterDisplay
        """
        drawn = self.weights[self.order]
        n, reach = len(drawn), float(np.abs(drawn).max()) or 1.0
        columns = min(n, 8)
        wide, high = self._shape(drawn)
        size = (wide * columns + 0.8, high * -(-n // columns) + 0.3)
        axes = many_axes(ax, n, n_columns=columns, figsize=size)
        for one, number, weights in zip(axes, self.order, drawn, strict=True):
            if weights.ndim == 2:
                how = {"cmap": cmap, "vmin": -reach, "vmax": reach, "aspect": "auto"}
                picture = one.imshow(weights, origin="lower", **how)
            else:
                one.plot(weights, color=BLUE, linewidth=1)
                one.set_ylim(-reach, reach)
            one.set_title(str(number), fontsize="small", pad=2)
            one.set(xticks=[], yticks=[])
        self.figure_, self.ax_ = figure_of(axes), axes
        if drawn.ndim == 3:
            self.figure_.colorbar(picture, ax=list(axes), label="Weight")
        return self

    def _shape(self, drawn):
        """Return the inches of one filter: flat, square or high as its weights are."""
        if drawn.ndim == 2:
            return 1.2, 0.8
        bands, frames = drawn.shape[1:]
        return 0.8, float(np.clip(0.8 * bands / frames, 0.6, 2.0)) + 0.2
