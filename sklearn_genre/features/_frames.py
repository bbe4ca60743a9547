"""Transformers of frame arrays: scale, length and size."""

import numbers

import numpy as np
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import (
    check_weights,
    fit_frames,
    rowwise,
    stack,
    validate_clips,
    validate_nd,
    with_frame_axis,
)
from .._utils.checks import check_choice, check_number
from .._utils.moments import band_moments, band_scale
from ..base import NdTransformer


class BandScaler(NdTransformer):
    """Standardize every band to mean 0 and standard deviation 1.

    Mean and standard deviation of a band are taken over all clips, slices and
    frames seen in ``fit``; within a Pipeline, over the training clips only. It is
    :class:`~sklearn.preprocessing.StandardScaler` for arrays with a time axis, and
    equals it on 2-D X.

    Parameters
    ----------
    with_mean : bool, default=True
        Whether to subtract the mean.
    with_std : bool, default=True
        Whether to divide by the standard deviation.

    Attributes
    ----------
    mean_ : ndarray of shape (n_bands,)
        Mean of each band, float64.
    var_ : ndarray of shape (n_bands,)
        Variance of each band (divisor: the number of values), float64.
    scale_ : ndarray of shape (n_bands,) or None
        Standard deviation of each band, 1 for a band that is constant. None if
        ``with_std=False``.
    n_features_in_ : int
        Number of bands.

    See Also
    --------
    sklearn.preprocessing.StandardScaler : The same for feature tables.

    Notes
    -----
    X is read twice in pieces of 16 MB, in float64, so that ``fit`` needs little
    memory beside X, which may be a memory map.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import BandScaler
    >>> X = np.random.default_rng(0).normal(-40, 12, (8, 3, 50)).astype(np.float32)
    >>> scaled = BandScaler().fit_transform(X)
    >>> scaled.shape, scaled.dtype
    ((8, 3, 50), dtype('float32'))
    >>> np.abs(scaled.mean(axis=(0, 2))).max() < 1e-5
    np.True_
    """

    def __init__(self, *, with_mean=True, with_std=True):
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X, y=None, sample_weight=None):
        """Learn mean and standard deviation of each band.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames)
            2-D X is one frame per clip.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_clips,) or None, default=None
            Weight of each clip, >= 0.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If X is ragged, not finite, or has other than 2 to 4 dimensions; if all
            weights are zero.
        """
        X = validate_nd(self, X, reset=True, lazy=True)
        weights = check_weights(sample_weight, len(X))
        if not weights.any():
            raise ValueError("BandScaler: all of sample_weight is zero.")
        self.mean_, self.var_ = band_moments(with_frame_axis(X), weights)
        self.scale_ = None
        if self.with_std:
            self.scale_ = band_scale(self.var_, X.dtype, self.mean_)
        return self

    @rowwise
    def transform(self, X):
        """Scale the bands.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames)

        Returns
        -------
        X_new : ndarray of the shape of X
            A new array, float32 or float64 as X.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        mean, scale = self._by_band(X)
        out = np.subtract(X, mean)
        return np.divide(out, scale, out=out)

    def inverse_transform(self, X):
        """Give scaled bands their mean and standard deviation back.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames)

        Returns
        -------
        X_original : ndarray of the shape of X
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        mean, scale = self._by_band(X)
        out = np.multiply(X, scale)
        return np.add(out, mean, out=out)

    def _validate(self, X, reset):
        """X as a dense float array of 2 to 4 dimensions."""
        return validate_nd(self, X, reset=reset)

    def _by_band(self, X):
        """Mean and scale in X's precision, shaped to broadcast over X."""
        shape = (-1,) if X.ndim == 2 else (-1, 1)
        mean = self.mean_ if self.with_mean else np.zeros_like(self.mean_)
        scale = np.ones_like(mean) if self.scale_ is None else self.scale_
        return (part.astype(X.dtype).reshape(shape) for part in (mean, scale))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "mean_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        return tags


class FixedLength(NdTransformer):
    """Give every clip the same number of frames by padding or cropping.

    Parameters
    ----------
    n_frames : int, default=1292
        Frames of every clip afterwards (samples for waveforms), >= 1. The default is
        30 s at 22,050 Hz with 512 samples between frames.
    align : {"left", "right", "center"}, default="left"
        Where the clip stands in the result. "left" pads or crops at the end, "right"
        at the start, "center" half at each side, an odd frame at the end.
    mode : {"constant", "repeat"}, default="constant"
        Whether to pad a short clip with ``fill_value`` or by repeating it.
    fill_value : float or "min", default=0.0
        Padding value for ``mode="constant"``. Zero is silence in a waveform or in a
        power spectrogram, but a loud value in decibels; there, "min" pads a clip
        with its own lowest value, which is its silence.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands seen in ``fit`` (of samples for 2-D X). Not set for a list
        of waveforms.

    See Also
    --------
    Slicer : Several slices from each clip.

    Examples
    --------
    A log-mel spectrogram of 29.12 s, padded to the input of a tagging network:

    >>> import numpy as np
    >>> from sklearn_genre import FixedLength
    >>> X = np.ones((2, 96, 1366), dtype=np.float32)
    >>> padded = FixedLength(n_frames=1440, align="center").fit_transform(X)
    >>> padded.shape
    (2, 96, 1440)
    >>> np.flatnonzero(padded[0, 0])[[0, -1]]
    array([  37, 1402])
    """

    def __init__(self, *, n_frames=1292, align="left", mode="constant", fill_value=0.0):
        self.n_frames = n_frames
        self.align = align
        self.mode = mode
        self.fill_value = fill_value

    @rowwise
    def transform(self, X):
        """Pad or crop the clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_frames), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            The last axis is time. Clips in a list may differ in length.

        Returns
        -------
        X_new : ndarray of the shape of X but for the last axis
            float32 or float64 as X. Never shares memory with X.

        Raises
        ------
        ValueError
            If a parameter is out of range or X is not finite.
        """
        X = self._validate(X, reset=False)
        first = X[0]
        out = np.empty((len(X), *first.shape[:-1], self.n_frames), dtype=first.dtype)
        for row, clip in zip(out, X, strict=True):
            row[...] = fit_frames(
                clip,
                self.n_frames,
                align=self.align,
                repeat=self.mode == "repeat",
                fill_value=clip.min() if self.fill_value == "min" else self.fill_value,
            )
        return out

    def _validate(self, X, reset):
        """Check parameters and X; a dense array or a list of clips."""
        check_number(self, "n_frames", kind=numbers.Integral, low=1)
        check_choice(self, "align", ("left", "right", "center"))
        check_choice(self, "mode", ("constant", "repeat"))
        if not isinstance(self.fill_value, str):
            check_number(self, "fill_value")
        else:
            check_choice(self, "fill_value", ("min",))
        return validate_clips(self, X, reset=reset)


class Resize(NdTransformer):
    """Resize spectrograms as images, to a fixed number of bands and frames.

    Parameters
    ----------
    shape : tuple of two int or None, default=(128, 128)
        Bands and frames afterwards, each >= 1. None keeps an axis as it is.
    mode : {"bilinear", "area"}, default="bilinear"
        "bilinear" is linear interpolation, with a triangle filter as wide as the
        reduction where the image shrinks; "area" is the mean over the (whole) bands
        and frames that an output value covers.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands seen in ``fit``.

    See Also
    --------
    FixedLength : Pads or crops instead of resampling.
    Slicer : Cuts clips into slices, which may be resized afterwards.

    Notes
    -----
    Computed by :func:`torch.nn.functional.interpolate` with ``antialias=True`` for
    "bilinear", on the CPU.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import Resize
    >>> Resize(shape=(64, 64)).fit_transform(np.ones((2, 5, 128, 258))).shape
    (2, 5, 64, 64)
    >>> ramp = np.array([[[1.0, 3.0, 5.0, 7.0]]])
    >>> Resize(shape=(None, 2), mode="area").fit_transform(ramp)
    array([[[2., 6.]]])
    """

    def __init__(self, *, shape=(128, 128), mode="bilinear"):
        self.shape = shape
        self.mode = mode

    @rowwise
    def transform(self, X):
        """Resize the clips, or their slices.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            2-D X is one frame per clip. Clips in a list have shape (n_bands,
            n_frames_i) or (n_slices, n_bands, n_frames_i).

        Returns
        -------
        X_new : ndarray of shape (n_clips, bands, frames) or \
(n_clips, n_slices, bands, frames)
            float32 or float64 as X. An object array of arrays if X is ragged and
            ``shape`` keeps the frames.

        Raises
        ------
        ValueError
            If a parameter is out of range or X is not finite.
        """
        X = self._validate(X, reset=False)
        if isinstance(X, list):
            return stack([self._resize(clip) for clip in X])
        if X.ndim == 2:
            X = X[:, :, None]
        # few clips at a time, as torch may copy what it is given
        n_rows = max(1, 2**22 // int(np.prod(X.shape[1:])))
        return np.concatenate([self._resize(X[i]) for i in gen_batches(len(X), n_rows)])

    def _resize(self, X):
        """Resize the last two axes of one array."""
        import torch
        from torch.nn.functional import interpolate

        size = [
            old if new is None else int(new)
            for new, old in zip(self.shape, X.shape[-2:], strict=True)
        ]
        # a copy, because torch warns of arrays it may not write to
        images = torch.from_numpy(np.array(X)).reshape(-1, 1, *X.shape[-2:])
        antialias = self.mode == "bilinear"
        images = interpolate(images, size=size, mode=self.mode, antialias=antialias)
        return images.numpy().reshape(*X.shape[:-2], *size)

    def _validate(self, X, reset):
        """Check parameters and X; a dense array or a list of clips."""
        check_choice(self, "mode", ("bilinear", "area"))
        legal = isinstance(self.shape, (tuple, list)) and len(self.shape) == 2
        if not legal or not all(
            size is None or (isinstance(size, numbers.Integral) and size >= 1)
            for size in self.shape
        ):
            raise ValueError(
                "Resize: shape must be two integers >= 1 (or None), for bands and "
                f"frames, got {self.shape!r}."
            )
        return validate_clips(self, X, reset=reset, min_dim=3)
