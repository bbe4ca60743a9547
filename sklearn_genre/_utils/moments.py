"""Mean and standard deviation per band, over clips, slices and frames."""

import numpy as np

_CHUNK = 2**21  # values in float64 at a time: 16 MB, however large X is


def band_moments(X, sample_weight=None):
    """Return the weighted mean and variance of each band, without a copy of X.

    Parameters
    ----------
    X : ndarray or RowView of shape (n, n_bands, n_frames) or \
(n, n_slices, n_bands, n_frames)
        np.memmap and RowView are read a few rows at a time.
    sample_weight : ndarray of shape (n,) or None, default=None

    Returns
    -------
    mean, var : ndarray of shape (n_bands,), float64

    Raises
    ------
    ValueError
        If one is beyond the range of float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mean, var = _moments(X, sample_weight)
    if not np.isfinite(var).all():
        band = int(np.argmin(np.isfinite(var)))
        raise ValueError(
            f"X holds values too large to compute with: the variance of band {band} "
            "is beyond float64. Scale X."
        )
    return mean, var


def _moments(X, sample_weight):
    """Return mean and variance of each band, as ``band_moments`` does."""
    axes = tuple(axis for axis in range(1, X.ndim) if axis != X.ndim - 2)
    weight = np.ones(len(X)) if sample_weight is None else sample_weight
    rows = max(1, _CHUNK // int(np.prod(X.shape[1:])))
    parts = [slice(i, i + rows) for i in range(0, len(X), rows)]
    total = np.sum(weight, dtype=np.float64)
    mean = sum(
        weight[p] @ np.asarray(X[p]).mean(axis=axes, dtype=np.float64) for p in parts
    )
    mean = mean / total
    var = sum(
        weight[p] @ np.square(np.asarray(X[p]) - mean[:, None]).mean(axis=axes)
        for p in parts
    )
    return mean, var / total


def band_scale(var, dtype, mean=1.0):
    """Return the standard deviation of each band; 1 where only rounding varies.

    Parameters
    ----------
    var : ndarray of shape (n_bands,)
    dtype : dtype
        Precision of the values from which ``var`` was computed.
    mean : ndarray of shape (n_bands,) or float, default=1.0
        Level of the band, by which rounding is judged.

    Returns
    -------
    scale : ndarray of shape (n_bands,)
    """
    scale = np.sqrt(var)
    # ten times eps, as in scikit-learn's handling of constant columns
    rounding = 10 * np.finfo(dtype).eps * np.abs(mean)
    return np.where(scale <= rounding, 1.0, scale)
