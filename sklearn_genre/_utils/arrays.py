"""Arrays of clips: validation, ragged input, views, padding."""

import copy
import functools
import os

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from ..base import band_names
from ..rows import RowView
from .clips import as_floats, has_scale, numpy_integers, refuse_empty

FLOATS = (np.float32, np.float64)


def _holds_objects(X):
    """Return whether X is an object array or Series."""
    return getattr(getattr(X, "dtype", None), "kind", None) == "O"


def _shape(x):
    """Return the shape of an array-like; None if it is ragged itself."""
    try:
        return np.shape(x)
    except ValueError:
        return None


def is_ragged(X):
    """Return whether X is a list, tuple or object array of items of unequal shape."""
    if not (isinstance(X, (list, tuple)) or _holds_objects(X)):
        return False
    shapes = {_shape(x) for x in X}
    return len(shapes) > 1 or None in shapes


def dense(X):
    """Stack a 1-D object array of equal arrays; return anything else unchanged."""
    if _holds_objects(X) and np.ndim(X) == 1 and len(X):
        rows = list(X)
        return np.stack(rows) if np.ndim(rows[0]) else X
    return X


def stack(rows):
    """Stack rows of one shape; else put them into a 1-D object array.

    Parameters
    ----------
    rows : list of ndarray

    Returns
    -------
    X : ndarray of shape (n, ...) or object ndarray of shape (n,)
    """
    if len({row.shape for row in rows}) == 1:
        return np.stack(rows)
    out = np.empty(len(rows), dtype=object)
    out[:] = rows
    return out


def refuse_ragged(X, who, lengths=""):
    """Refuse clips of unequal length.

    Parameters
    ----------
    X : array-like
    who : str
        Name of the estimator or function.
    lengths : str, default=""
        What the message adds about the lengths.

    Raises
    ------
    ValueError
        If the items of X differ in shape; the error names the two remedies.
    """
    if is_ragged(X):
        raise ValueError(
            f"{who} needs clips of equal length, but X is ragged{lengths}. Either "
            "decode a fixed length (the duration and offset parameters of "
            "MelSpectrogram and the other audio transformers) or put "
            "Slicer(n_slices=...) or FixedLength(...) before it."
        )


def _refuse_files(X, who):
    """Refuse paths of audio files where arrays are needed."""
    first = X[0] if isinstance(X, (list, tuple, np.ndarray)) and len(X) else None
    if isinstance(first, (str, os.PathLike)):
        raise ValueError(
            f"{who} needs arrays, but X holds paths ({os.fspath(first)!r}). Put "
            "MelSpectrogram or another audio transformer before it in a Pipeline."
        )


def validate_nd(estimator, X, *, reset, max_dim=4, lazy=False, even=None):
    """Validate a dense float X of 2 to ``max_dim`` dimensions.

    ``n_features_in_`` is the length of the band axis: axis 1 of 2-D and 3-D X,
    axis 2 of 4-D X (n, n_slices, n_bands, n_frames).

    Parameters
    ----------
    estimator : estimator
        Estimator whose ``n_features_in_`` is set (``reset=True``) or compared.
    X : array-like of 2 to max_dim dimensions
    reset : bool
        True in ``fit``, False in ``transform`` and ``predict``.
    max_dim : int, default=4
    lazy : bool, default=False
        Whether a RowView stays one, whose rows are checked when they are read. False
        reads it.
    even : callable or None, default=None
        Returns ragged X as one array, or refuses it. None refuses all.

    Returns
    -------
    X : ndarray or RowView of dtype float32 or float64

    Raises
    ------
    ValueError
        For ragged, empty, non-finite or non-numeric X, paths, too many dimensions,
        or a number of bands other than in ``fit``.
    """
    name = type(estimator).__name__
    if lazy and isinstance(X, RowView):
        validate_nd(estimator, np.asarray(X[:1]), reset=reset, max_dim=max_dim)
        return X.map(functools.partial(_checked, estimator=name))
    refuse_empty(X, name)
    _refuse_files(X, name)
    names, X = band_names(X), X if even is None else even(X)
    refuse_ragged(X, name)
    X = dense(X)
    if names or (getattr(X, "ndim", 0) == 4 and max_dim >= 4):
        X = _checked(X, estimator)
        _check_bands(estimator, X.shape[1 if X.ndim < 4 else 2], names, reset)
    else:
        X = validate_data(estimator, X, reset=reset, dtype=FLOATS, allow_nd=True)
    if X.ndim > max_dim:
        raise ValueError(
            f"Found array with dim {X.ndim}, while dim <= {max_dim} is required by "
            f"{name}."
        )
    _refuse_no_frames(X.shape[1:], name)
    return X


def _refuse_no_frames(shape, who):
    """Raise if clips hold nothing: no frame, no slice, or no band."""
    if 0 in shape:
        what = ("slice", "band", "frame")[-len(shape) :][shape.index(0)]
        raise ValueError(
            f"{who} needs clips of one {what} or more, but X holds clips of shape "
            f"{tuple(shape)}."
        )


def _check_bands(estimator, n_bands, names, reset):
    """Set or compare the number of bands of an estimator, and their names."""
    bands = np.empty((1, n_bands))
    # without a fit there is nothing to compare with, and a function between two steps
    # may have made other bands of them
    known = reset or hasattr(estimator, "n_features_in_")
    if known and names and len(names) == n_bands:
        import pandas

        bands = pandas.DataFrame(bands, columns=names)
    validate_data(estimator, bands, reset=reset, skip_check_array=True)


def _checked(X, estimator):
    """Return rows as finite floats."""
    return check_array(
        X, dtype=FLOATS, allow_nd=True, estimator=estimator, input_name="X"
    )


def validate_clips(estimator, X, *, reset, min_dim=2, max_dim=4, lazy=False):
    """Validate X for a transformer that also takes clips of unequal length.

    ``n_features_in_`` is the number of bands, as in :func:`validate_nd`. A list of
    waveforms has no bands, so waveforms in a list may change length between calls.

    Parameters
    ----------
    estimator : estimator
        Estimator whose ``n_features_in_`` is set (``reset=True``) or compared.
    X : array-like of 2 to max_dim dimensions, or list, tuple or object array of ndarray
        Clips in a list have shape (n_frames_i,), (n_bands, n_frames_i) or
        (n_slices, n_bands, n_frames_i) and differ in the last axis only.
    reset : bool
        True in ``fit``, False in ``transform``.
    min_dim, max_dim : int, default=2 and 4
        Dimensions of X, the clip axis included. 2-D X as an array is always taken: as
        waveforms, of which integers are scaled by their type, or with ``min_dim=3`` as
        a table, which refuses lists of waveforms.
    lazy : bool, default=False
        As in :func:`validate_nd`.

    Returns
    -------
    X : ndarray or RowView of 2 to max_dim dimensions or list of ndarray
        Of dtype float32 or float64. A list if and only if X was a list of clips.

    Raises
    ------
    ValueError
        As for :func:`validate_nd`; for a list of clips the error names the clip.
    """
    X = [_in_numpy(clip) for clip in X] if isinstance(X, list | tuple) else _in_numpy(X)
    if not _is_clip_list(X, min_dim - 1):
        X = _scaled(X, 2) if min_dim == 2 else X
        return validate_nd(estimator, X, reset=reset, max_dim=max_dim, lazy=lazy)
    names = band_names(X)
    X = [_scaled(clip, 1) for clip in X] if min_dim == 2 else X
    clips = [_check_clip(clip, i, max_dim - 1) for i, clip in enumerate(X)]
    leads = [clip.shape[:-1] for clip in clips]
    for i, lead in enumerate(leads):
        if lead != leads[0]:
            raise ValueError(
                f"Clips may differ in their last axis (time) only, but X[0] has shape "
                f"{clips[0].shape} and X[{i}] has shape {clips[i].shape}."
            )
    if leads[0]:
        _check_bands(estimator, leads[0][-1], names, reset)
    elif reset and hasattr(estimator, "n_features_in_"):
        del estimator.n_features_in_
    dtype = np.result_type(*clips)
    return [clip.astype(dtype, copy=False) for clip in clips]


def _in_numpy(X):
    """Return a tensor as an array, and anything else as it is."""
    return X.detach().cpu().numpy() if hasattr(X, "detach") else X


def _scaled(X, n_dim):
    """Return waveforms of integers as floats, and what has not n_dim axes as it is."""
    if n_dim == 2 and hasattr(X, "iloc") and hasattr(X, "columns"):
        X = numpy_integers(X)
        waves = X.to_numpy()
        if not has_scale(waves.dtype):
            return X
        return type(X)(as_floats(waves), index=X.index, columns=X.columns)
    waves = isinstance(X, np.ndarray) and X.ndim == n_dim and has_scale(X.dtype)
    return as_floats(X) if waves else X


def _is_clip_list(X, min_dim):
    """Return whether X lists arrays, or lists of unequal shape."""
    if hasattr(X, "dtype"):
        listed = _holds_objects(X) and np.ndim(X) == 1
    else:
        listed = isinstance(X, (list, tuple))
    if not listed or len(X) == 0:
        return False
    if not (is_ragged(X) or all(isinstance(x, np.ndarray) for x in X)):
        return False
    shapes = [_shape(x) for x in X]
    return all(shape is None or len(shape) >= min_dim for shape in shapes)


def _check_clip(clip, i, max_dim):
    """Return one clip of a list as a finite float array of 1 to max_dim dimensions."""
    name = f"X[{i}]"
    if _shape(clip) is None:
        raise ValueError(f"{name} is itself ragged; each clip must be one array.")
    if np.size(clip) == 0:
        raise ValueError(f"{name} is empty (shape {np.shape(clip)}).")
    clip = check_array(
        clip, dtype=FLOATS, ensure_2d=False, allow_nd=True, input_name=name
    )
    if not 1 <= clip.ndim <= max_dim:
        raise ValueError(
            f"{name} has {clip.ndim} dimensions; a clip must have 1 to {max_dim}."
        )
    return clip


def fit_frames(x, n_frames, *, align="left", repeat=False, fill_value=0.0):
    """Pad or crop the last axis to ``n_frames``; x itself if it already fits.

    Parameters
    ----------
    x : ndarray of shape (..., t)
    n_frames : int
    align : {"left", "right", "center"}, default="left"
        Where the clip is in the result: "left" pads or crops on the right. With
        "center" an odd frame is padded, or cropped, on the right.
    repeat : bool, default=False
        Whether to pad by repeating the clip rather than with ``fill_value``.
    fill_value : float, default=0.0

    Returns
    -------
    x : ndarray of shape (..., n_frames)
    """
    t = x.shape[-1]
    if t == n_frames:
        return x
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    before = int(share * abs(n_frames - t))
    if t > n_frames:
        return x[..., before : before + n_frames]
    if repeat:
        return x[..., (np.arange(n_frames) - before) % t]
    out = np.full((*x.shape[:-1], n_frames), fill_value, dtype=x.dtype)
    out[..., before : before + t] = x
    return out


def evenly(last, n):
    """Return ``n`` integers spread evenly from 0 to ``last``; one is in the middle."""
    return [last // 2] if n == 1 else [j * last // (n - 1) for j in range(n)]


def rowwise(transform):
    """Let a ``transform`` that works row by row turn a RowView into another.

    The view keeps a copy of the estimator, so that a later fit does not change it.
    """

    @functools.wraps(transform)
    def transform_view(self, X):
        if isinstance(X, RowView):
            return X.map(copy.copy(self).set_output(transform="default").transform)
        return transform(self, X)

    return transform_view


def finite(method):
    """Let a method of X refuse rows for which it would return NaN or infinities."""

    @functools.wraps(method)
    def checked(self, X):
        with np.errstate(over="ignore", invalid="ignore"):
            out = method(self, X)
        check_finite(out, type(self).__name__)
        return out

    return checked


def check_finite(rows, who):
    """Refuse results that are not finite, though X is.

    Parameters
    ----------
    rows : ndarray of shape (n, ...), or object array of n arrays
    who : str
        Name of the estimator, for the error.

    Raises
    ------
    ValueError
        It names the first such row.
    """
    if not _holds_objects(rows) and is_finite(rows):
        return
    for i, row in enumerate(rows):
        if not is_finite(row):
            raise ValueError(
                f"{who}: X[{i}] holds values too large to compute with: the result is "
                "NaN or infinite. Scale X."
            )


def is_finite(array):
    """Return whether all values are finite."""
    # NaN is its own minimum and maximum; a mask would be a quarter of a long song
    return bool(np.isfinite([array.min(initial=0), array.max(initial=0)]).all())


def check_spread(X, who):
    """Refuse X whose variance is beyond the range of its precision.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
    who : str
        Name of the estimator, for the error.

    Raises
    ------
    ValueError
        If the sum of squared differences from the mean is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.square(X - X.mean(axis=0)).sum()
    if not np.isfinite(spread):
        raise ValueError(
            f"{who}: X holds values too large to compute with, up to "
            f"{np.abs(X).max():.3g}: their variance is beyond {X.dtype}. Scale X."
        )


def with_frame_axis(X):
    """Return a table as one frame per clip, (n, n_bands, 1), and other X unchanged."""
    return _reshaped(X, np.expand_dims, axis=2) if X.ndim == 2 else X


def with_channel_axis(X):
    """Return X of shape (n, n_samples, 1) as one band over time, (n, 1, n_samples)."""
    return _reshaped(X, np.swapaxes, axis1=1, axis2=2)


def _reshaped(X, function, **axes):
    """Apply a function of NumPy to an array, or to rows of a view as they are read."""
    if isinstance(X, RowView):
        return X.map(functools.partial(function, **axes))
    return function(X, **axes)


def check_weights(sample_weight, n_samples):
    """Return sample weights as float64 of shape (n_samples,); ones for None.

    Raises
    ------
    ValueError
        If there are not n_samples of them, or one is negative or not finite.
    """
    if sample_weight is None:
        return np.ones(n_samples)
    weights = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
    )
    if weights.shape != (n_samples,):
        raise ValueError(
            f"sample_weight must have shape ({n_samples},), got {weights.shape}."
        )
    if (weights < 0).any():
        raise ValueError("sample_weight must not be negative.")
    return weights
