"""Fingerprints of recordings: 32 bits per frame that survive codecs and level.

The bits are those of Haitsma and Kalker [1]_: for neighboring bands m and m + 1 and
neighboring frames, whether the energy difference between the bands grows. A louder
copy has the same bits; a lossy codec flips about one in ten; two different
recordings agree in half of them.

.. [1] J. Haitsma, T. Kalker, "A highly robust audio fingerprinting system",
   Proc. ISMIR 2002.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

N_BITS = 32
# Haitsma and Kalker: windows of 0.37 s, 33 bands of equal ratio from 300 to 2000 Hz,
# where every codec keeps the signal. Their hop is 11.6 ms; 23.2 ms halves the work and
# costs no accuracy here, since the windows still overlap by 94 %.
RATE = 5512
N_FFT = 2048
HOP = 128
_LOW, _HIGH = 300.0, 2000.0
_BLOCK = 256  # frames transformed at a time: about 2 MB
# Differences below this share of the frame's mean energy are rounding and codec noise.
_FLOOR = 1e-6
# Frames of a given spectrogram are averaged over this many: copies that do not start
# on the same frame then still look alike.
_SMOOTH = 5
# fewer bands cannot be told apart, fewer frames cannot be searched
MIN_BANDS = 17
MIN_FRAMES = 32


class Fingerprint:
    """The fingerprint of a waveform that comes block by block.

    Parameters
    ----------
    rate : float
        Of the blocks, in Hz.
    """

    def __init__(self, rate):
        import soxr

        self._stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
        self._wave = np.empty(0, dtype=np.float32)
        self._parts = []

    def add(self, wave, *, last=False):
        """Take the next block, of shape (n_samples,), float32."""
        wave = self._stream.resample_chunk(np.ascontiguousarray(wave), last)
        self._wave = np.concatenate([self._wave, wave])
        size = N_FFT + _BLOCK * HOP
        while len(self._wave) >= size or (last and len(self._wave) >= N_FFT + HOP):
            frames = sliding_window_view(self._wave[:size], N_FFT)[::HOP]
            self._parts.append(_words(_band_energies(frames)))
            self._wave = self._wave[_BLOCK * HOP :]  # begins with the last frame

    def words(self):
        """Return the fingerprint of all blocks; no more can be added.

        Returns
        -------
        words : ndarray of shape (n_frames,), uint32
            One word per 23.2 ms; empty for waveforms shorter than 0.4 s.
        """
        self.add(np.empty(0, dtype=np.float32), last=True)
        return np.concatenate([np.empty(0, dtype=np.uint32), *self._parts])


def rows_fingerprint(spectrogram):
    """Compute the fingerprint of a spectrogram.

    Parameters
    ----------
    spectrogram : ndarray of shape (n_bands, n_frames)
        On any scale that grows with energy; at least 17 bands.

    Returns
    -------
    words : ndarray of shape (n_frames - 5,), uint32
        One word per frame, empty for fewer than 6 frames.
    """
    n_bands, n_frames = spectrogram.shape
    if n_frames <= _SMOOTH:
        return np.empty(0, dtype=np.uint32)
    edges = np.linspace(0, n_bands, min(n_bands, N_BITS + 1) + 1).round().astype(int)
    total = np.zeros((n_bands + 1, n_frames))
    np.cumsum(spectrogram, axis=0, out=total[1:])
    bands = np.diff(total[edges], axis=0) / np.diff(edges)[:, None]
    return _words(sliding_window_view(bands, _SMOOTH, axis=1).mean(axis=-1).T)


def _band_energies(frames):
    """Return the energies (n_frames, 33) of frames of a waveform."""
    from scipy.fft import rfft
    from scipy.signal import get_window

    window = get_window("hann", N_FFT).astype(np.float32)
    power = np.abs(rfft(frames * window, axis=-1)) ** 2
    edges = np.geomspace(_LOW, _HIGH, N_BITS + 2) * N_FFT / RATE
    edges = edges.round().astype(int)
    return np.add.reduceat(power, edges, axis=1)[:, :-1].astype(np.float64)


def _words(energies):
    """Return the words (n_frames - 1,) of energies (n_frames, up to 33 bands)."""
    change = np.diff(-np.diff(energies, axis=1), axis=0)
    floor = _FLOOR * np.abs(energies[1:]).mean(axis=1, keepdims=True)
    bits = change > floor
    weights = np.uint32(1) << np.arange(bits.shape[1], dtype=np.uint32)
    return (bits * weights).sum(axis=1, dtype=np.uint32)
