"""Periods of signals: autocorrelations without the multiples of their peaks."""

import numpy as np


def enhanced(correlation, factors):
    """Take from an autocorrelation what its peaks have at multiples of their lags.

    Negative values become 0; then the function is stretched by each factor and
    subtracted, and what is below 0 becomes 0 again.

    Parameters
    ----------
    correlation : ndarray of shape (n, n_lags)
    factors : sequence of int

    Returns
    -------
    correlation : ndarray of shape (n, n_lags)
    """
    original = np.maximum(correlation, 0)
    rest, lags = original, np.arange(original.shape[1])
    for factor in factors:
        below, share = np.divmod(lags, factor)
        above = np.minimum(below + 1, lags[-1])
        share = share / factor
        stretched = original[:, below] * (1 - share) + original[:, above] * share
        rest = np.maximum(rest - stretched, 0)
    return rest


def highest_peaks(values, first, last, n_peaks):
    """Find the highest local maxima of each row.

    Parameters
    ----------
    values : ndarray of shape (n, n_lags)
        Not negative.
    first, last : int
        Lags between which they are, both included.
    n_peaks : int

    Returns
    -------
    lags : ndarray of shape (n, n_peaks)
        Between samples, by a parabola through three of them.
    heights : ndarray of shape (n, n_peaks)
        0 where a row has fewer peaks.
    """
    left, here, right = (values[:, first - 1 + i : last + i] for i in range(3))
    heights = np.where((here > left) & (here >= right), here, 0)
    n_peaks = min(n_peaks, heights.shape[1])
    best = np.argpartition(heights, -n_peaks, axis=1)[:, -n_peaks:]
    left, here, right = (np.take_along_axis(x, best, 1) for x in (left, here, right))
    bend = left - 2 * here + right
    shift = 0.5 * (left - right) / np.where(bend < 0, bend, 1)
    heights = np.take_along_axis(heights, best, 1)
    return first + best + np.where(heights > 0, shift, 0), heights


def autocorrelation(frames, power=2.0):
    """Return the autocorrelation of each row, divided by its value at lag 0.

    Parameters
    ----------
    frames : ndarray of shape (n, n_samples)
    power : float, default=2.0
        Of the magnitudes of the spectrum; less than 2 makes it flatter.

    Returns
    -------
    correlation : ndarray of shape (n, n_samples)
        0 for a row of zeros.
    """
    n = frames.shape[1]
    spectrum = np.abs(np.fft.rfft(frames, 2 * n)) ** power
    found = np.fft.irfft(spectrum)[:, :n]
    level = found[:, :1]
    return np.divide(found, level, out=np.zeros_like(found), where=level > _SILENCE)


def framed(values, length, hop):
    """Cut a signal into frames, with zeros behind its end: (n_frames, length)."""
    n_frames = 1 + max(0, -(-(len(values) - length) // hop))
    padded = np.zeros((n_frames - 1) * hop + length)
    padded[: len(values)] = values
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]


# sums of squares below are those of rounding
_SILENCE = 1e-20
