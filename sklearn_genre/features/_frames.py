"""Transformers of frame arrays: scale, length and size."""

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import (
    check_weights,
    finite,
    fit_frames,
    rowwise,
    stack,
    validate_clips,
    validate_nd,
    with_frame_axis,
)
from .._utils.moments import band_moments, band_scale
from ..base import ArrayOutputMixin, StatelessTransformer, numbered
from ..parameters import AnyOf, Flag, Integer, OneOf, Real, Rule

# above what any clip has, and below what would only fill the memory
_MOST_FRAMES = 2**28  # or samples: 3.4 hours at 22,050 Hz
_LARGEST_IMAGE = 2**16  # bands or frames
_LARGEST_FILL = 1e38  # of float32


class BandScaler(OneToOneFeatureMixin, ArrayOutputMixin, StatelessTransformer):
    """Standardize every band to mean 0 and standard deviation 1.

    Mean and standard deviation of a band are taken over all clips, slices and
    frames seen in ``fit``; within a Pipeline, over the training clips only. It is
    :class:`~sklearn.preprocessing.StandardScaler` for arrays with a time axis, and
    equals it on 2-D X.

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
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    sklearn.preprocessing.StandardScaler : The same for feature tables.

    Notes
    -----
    X is read twice, 16 MB at a time, in float64, so that ``fit`` needs little memory
    beside X, which may be a memory map.

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

    _parameters = {
        "with_mean": Flag(True, "Whether to subtract the mean."),
        "with_std": Flag(True, "Whether to divide by the standard deviation."),
    }

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
            If a parameter is out of range; if X is ragged, not finite, or has fewer
            than 2 or more than 4 dimensions; or if all weights are zero.
        """
        self._check_params()
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
    @finite
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

    @finite
    def inverse_transform(self, X):
        """Restore mean and standard deviation of scaled bands.

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
        """Return X as a dense float array of 2 to 4 dimensions."""
        return validate_nd(self, X, reset=reset)

    def _by_band(self, X):
        """Return mean and scale in X's precision, shaped to broadcast over X."""
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


class FixedLength(OneToOneFeatureMixin, ArrayOutputMixin, StatelessTransformer):
    """Give every clip the same number of frames by padding or cropping.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands (samples for 2-D X) seen in ``fit``. Not set for a list
        of waveforms.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

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

    _parameters = {
        "n_frames": Integer(
            1292,
            "Frames of every clip afterwards (samples for waveforms). The default is "
            "30 s at 22,050 Hz with 512 samples between frames.",
            low=1,
            high=_MOST_FRAMES,
        ),
        "align": OneOf(
            "left",
            'Where the clip is in the result. "left" pads or crops at the end, "right" '
            'at the start, "center" half at each side, an odd frame at the end.',
            choices=("left", "right", "center"),
        ),
        "mode": OneOf(
            "constant",
            "Whether to pad a short clip with ``fill_value`` or by repeating it.",
            choices=("constant", "repeat"),
        ),
        "fill_value": AnyOf(
            0.0,
            'Padding value for ``mode="constant"``. Zero is silence in a waveform or '
            'in a power spectrogram, but a loud value in decibels; there, "min" pads a '
            "clip with its own lowest value, which is its silence.",
            Real(low=-_LARGEST_FILL, high=_LARGEST_FILL),
            OneOf(choices=("min",)),
        ),
    }

    @rowwise
    def transform(self, X):
        """Pad or crop the clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_frames), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            The last axis is time. Clips in a list may differ in length. 2-D X is
            waveforms; those of integers are scaled as in :class:`Waveform`.

        Returns
        -------
        X_new : ndarray of the shape of X except for the last axis
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

    def get_feature_names_out(self, input_features=None):
        """Return the names of the bands or, for waveforms, of the samples.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the bands. None: ``feature_names_in_``, else x0, x1, ... Ignored
            for waveforms.

        Returns
        -------
        names : ndarray of str objects
            The names of the bands; fixedlength0, fixedlength1, ... for waveforms.

        Raises
        ------
        ValueError
            If there is not one name per band, or the names contradict
            ``feature_names_in_``.
        """
        check_is_fitted(self, "_has_bands")
        if self._has_bands:
            return super().get_feature_names_out(input_features)
        return numbered("fixedlength", self.n_frames)

    def _validate(self, X, reset):
        """Check parameters and X; return a dense array or a list of clips."""
        self._check_params()
        X = validate_clips(self, X, reset=reset)
        if reset:
            self._has_bands = X[0].ndim > 1
        return X


class _Shape(Rule):
    """Bands and frames of an image."""

    type, annotation = "pair of int or None", "tuple[int | None, int | None]"
    words = f"a pair (bands, frames), each an integer in [1, {_LARGEST_IMAGE}] or None"

    def accepts(self, value, owner):
        size = Integer(low=1, high=_LARGEST_IMAGE)
        listed = isinstance(value, list | tuple) and len(value) == 2
        return listed and all(one is None or size.legal(one, owner) for one in value)


class Resize(OneToOneFeatureMixin, ArrayOutputMixin, StatelessTransformer):
    """Resize spectrograms as images, to a fixed number of bands and frames.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

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

    _parameters = {
        "shape": _Shape(
            (128, 128), "Bands and frames afterwards. None keeps an axis as it is."
        ),
        "mode": OneOf(
            "bilinear",
            '"bilinear" is linear interpolation, with a triangle filter as wide as the '
            'reduction where the image shrinks; "area" is the mean over the (whole) '
            "bands and frames that an output value covers.",
            choices=("bilinear", "area"),
        ),
    }

    @rowwise
    @finite
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
        # one column of one channel is wrong in torch 2.13, which takes it for
        # channels last; as a row it is right
        turned = size[1] == 1
        if turned:
            images, size = images.mT.contiguous(), size[::-1]
        antialias = self.mode == "bilinear"
        images = interpolate(images, size=size, mode=self.mode, antialias=antialias)
        images = images.mT if turned else images
        return images.numpy().reshape(*X.shape[:-2], *images.shape[-2:])

    def get_feature_names_out(self, input_features=None):
        """Return the names of the bands.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the bands of X. None: ``feature_names_in_``, else x0, x1, ...

        Returns
        -------
        names : ndarray of str objects
            The same where ``shape`` keeps the bands, else resize0, resize1, ...

        Raises
        ------
        ValueError
            If there is not one name per band, or the names contradict
            ``feature_names_in_``.
        """
        bands = super().get_feature_names_out(input_features)
        n_bands = self.shape[0]
        return bands if n_bands is None else numbered("resize", n_bands)

    def _validate(self, X, reset):
        """Check parameters and X; return a dense array or a list of clips."""
        self._check_params()
        return validate_clips(self, X, reset=reset, min_dim=3)
