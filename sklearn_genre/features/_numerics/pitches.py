"""Histograms of pitches of Tzanetakis and Cook (2002)."""

import numpy as np
from scipy.signal import butter, sosfilt

from .periods import autocorrelation, enhanced, framed, highest_peaks

N_NOTES = 128  # of MIDI
_CROSSING = 1000.0  # Hz: between the two bands, as stated
HIGHEST = 2093.0  # Hz: C7
_PEAKS = 3  # of a frame, as stated
# of Tolonen and Karjalainen, whose analysis it is: magnitudes of the spectrum are
# raised to 0.67, and multiples of the periods taken off. Those beyond 3 would move the
# broad peak of a pure tone by a semitone.
_POWER, _MULTIPLES = 0.67, (2, 3)


def pitch_features(wave, *, sample_rate, n_fft, hop_length):
    """Return the five features of a waveform: shape (5,), float32.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,)
    sample_rate, n_fft, hop_length : int
    """
    notes = note_histogram(
        wave, sample_rate=sample_rate, n_fft=n_fft, hop_length=hop_length
    )
    total = notes.sum()
    if not total:
        return np.zeros(5, dtype=np.float32)
    classes = np.bincount(np.arange(N_NOTES) % 12, notes)
    fifths = np.empty(12)
    fifths[7 * np.arange(12) % 12] = classes
    first, second = np.argsort(-fifths, kind="stable")[:2]
    interval = (second - first + 5) % 12 - 5 if fifths[second] else 0
    values = [fifths[first] / total, notes.argmax(), first, interval, total]
    return np.array(values, dtype=np.float32)


def note_histogram(wave, *, sample_rate, n_fft, hop_length):
    """Return how strongly each note of MIDI occurs, per frame: shape (128,).

    Of each frame the three highest peaks of the autocorrelation are added to the notes
    of their frequencies.
    """
    signal = _two_bands(np.asarray(wave, dtype=np.float64), sample_rate)
    frames = framed(signal, n_fft, hop_length)
    frames = frames - frames.mean(axis=1, keepdims=True)
    longest = n_fft // 2  # two periods in a frame
    correlation = autocorrelation(frames, _POWER)[:, : longest + 2]
    shortest = max(1, int(sample_rate / HIGHEST))
    lags, heights = highest_peaks(
        enhanced(correlation, _MULTIPLES), shortest, longest, _PEAKS
    )
    notes = np.round(69 + 12 * np.log2(sample_rate / lags / 440.0)).astype(int)
    weights = np.where((notes >= 0) & (notes < N_NOTES), heights, 0) / len(frames)
    return np.bincount(
        notes.clip(0, N_NOTES - 1).ravel(), weights.ravel(), minlength=N_NOTES
    )


def _two_bands(wave, sample_rate):
    """Return the band below 1 kHz plus the envelope of the one above."""
    edge = _CROSSING / (sample_rate / 2)
    low, high = (butter(2, edge, kind, output="sos") for kind in ("low", "high"))
    return sosfilt(low, wave) + sosfilt(low, np.maximum(sosfilt(high, wave), 0))
