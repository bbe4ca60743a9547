"""Histogram of beats of Tzanetakis and Cook (2002)."""

import numpy as np
from scipy.signal import lfilter

from .periods import autocorrelation, enhanced, framed, highest_peaks

SLOWEST, FASTEST = 40, 200  # beats per minute, the range of the histogram
_OCTAVES = 4  # of the wavelet transform: envelopes have a 16th of the rate, as stated
_SMOOTH = 0.99  # of the one-pole filter of an envelope, as stated
_PEAKS = 3  # of a window, as stated
# Multiples of a period are periods, too: they are taken off like those of pitches.
_MULTIPLES = (2, 3)
# Two peaks of a histogram are two tempos, not two neighbors, if this share apart: the
# tempo of people wanders by less than a tenth.
_APART = 0.1
_ROOT = np.sqrt(3)
# the wavelet of Daubechies with four coefficients
_LOW = np.array([1 + _ROOT, 3 + _ROOT, 3 - _ROOT, 1 - _ROOT]) / (4 * np.sqrt(2))
_HIGH = _LOW[::-1] * [1, -1, 1, -1]


def beat_features(wave, *, sample_rate, win_length, hop_length):
    """Return the six features of a waveform: shape (6,), float32.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,)
    sample_rate, win_length, hop_length : int
    """
    histogram = beat_histogram(
        wave, sample_rate=sample_rate, win_length=win_length, hop_length=hop_length
    )
    total, first = histogram.sum(), int(histogram.argmax())
    if not total:
        return np.zeros(6, dtype=np.float32)
    tempos = SLOWEST + np.arange(len(histogram))
    others = np.abs(tempos - tempos[first]) > _APART * tempos[first]
    second = int((histogram * others).argmax())
    a0, a1 = histogram[first] / total, histogram[second] * others[second] / total
    p1 = tempos[second] if a1 else 0
    return np.array([a0, a1, a1 / a0, tempos[first], p1, total], dtype=np.float32)


def beat_histogram(wave, *, sample_rate, win_length, hop_length):
    """Return how strongly each tempo occurs, per window: shape (161,).

    Of each window the three highest peaks of the autocorrelation of its envelopes are
    added to the bins of their tempos, from 40 to 200 beats per minute.
    """
    step = 2**_OCTAVES
    rate = sample_rate / step
    envelope = octave_envelopes(np.asarray(wave, dtype=np.float64))
    windows = framed(envelope, win_length // step, hop_length // step)
    windows = windows - windows.mean(axis=1, keepdims=True)
    shortest, longest = int(60 * rate / (FASTEST + 1)), int(60 * rate / (SLOWEST - 1))
    correlation = enhanced(autocorrelation(windows)[:, : longest + 2], _MULTIPLES)
    lags, heights = highest_peaks(correlation, shortest, longest, _PEAKS)
    bins = np.round(60 * rate / lags).astype(int) - SLOWEST
    inside = (bins >= 0) & (bins <= FASTEST - SLOWEST)
    weights = np.where(inside, heights, 0).ravel() / len(windows)
    n_bins = FASTEST - SLOWEST + 1
    return np.bincount(bins.clip(0, n_bins - 1).ravel(), weights, minlength=n_bins)


def octave_envelopes(wave):
    """Return the sum of the envelopes of octave bands, at a 16th of the rate."""
    total, low = 0, np.pad(wave, (0, -len(wave) % 2**_OCTAVES))
    for octave in range(_OCTAVES):
        low, high = _wavelet_step(low)
        total = total + _envelope(high, 2 ** (_OCTAVES - octave - 1))
    return total + _envelope(low, 1)


def _wavelet_step(x):
    """Return the lower and the upper half of the band, at half the rate."""
    padded = np.pad(x, (0, len(_LOW) - 2))
    taps = [padded[i : i + len(x) : 2] for i in range(len(_LOW))]
    return [
        sum(c * part for c, part in zip(f, taps, strict=True)) for f in (_LOW, _HIGH)
    ]


def _envelope(band, step):
    """Return the smoothed absolute values, every ``step``-th of them."""
    smooth = lfilter([1 - _SMOOTH], [1, -_SMOOTH], np.abs(band))[::step]
    return smooth - smooth.mean()
