"""The resampler behind which musicnn was trained.

It falls off from 7 kHz on where the new rate is 16 kHz, and others fall off elsewhere:
tag probabilities behind them differ by up to 0.1.
"""

import functools
import math

import numpy as np

# the filter: zeros of the sinc on each side, table entries from one to the next, and
# cutoff and shape of the window, as published
_N_ZEROS, _N_ENTRIES = 64, 512
_ROLLOFF, _BETA = 0.9475937167399596, 14.769656459379492
# windows multiplied at a time: those of 44,100 to 16,000 Hz take 6 MB
_ROWS = 2**12


def kaiser_best(blocks, rate, new_rate):
    """Resample a waveform as resampy 0.2 does with its filter "kaiser_best".

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n_samples_i,), float32
        The waveform, block by block.
    rate, new_rate : int
        In Hz.

    Yields
    ------
    block : ndarray of float32
        Joined, they are the resampled waveform: n_samples * new_rate / rate samples,
        rounded.

    References
    ----------
    .. [1] B. McFee, resampy 0.2.2, 2020, https://github.com/bmcfee/resampy
    .. [2] J. O. Smith, "Digital audio resampling home page", 2002.
    """
    common = math.gcd(rate, new_rate)
    up, down = new_rate // common, rate // common
    taps, reach = _phases(up, down)
    # samples whose windows are not complete; first the zeros before the waveform
    held, n_in, n_out = np.zeros(reach, dtype=np.float32), 0, 0
    for block in blocks:
        n_in += len(block)
        held = np.concatenate([held, block])
        n_periods = max((len(held) - 2 * reach) // down, 0)
        yield _outputs(held, taps, down, n_periods * up)
        held, n_out = held[n_periods * down :], n_out + n_periods * up
    held = np.pad(held, (0, reach + down))
    yield _outputs(held, taps, down, int(n_in * up / down + 0.5) - n_out)


def _outputs(held, taps, down, n_out):
    """Return the first outputs of samples that begin ``reach`` before the first."""
    up, n_taps = taps.shape
    out = np.empty(n_out, dtype=np.float32)
    if not n_out:
        return out
    windows = np.lib.stride_tricks.sliding_window_view(held, n_taps)
    for phase in range(min(up, n_out)):
        # every up-th output is at the same place between two samples
        for first in range(phase, n_out, up * _ROWS):
            part = out[first : first + up * _ROWS : up]
            rows = windows[first * down // up :: down][: len(part)]
            np.matmul(rows, taps[phase], out=part)
    return out


@functools.lru_cache(maxsize=8)
def _phases(up, down):
    """Return the taps of every phase (up, 2 * reach + 1), and their reach in samples.

    As in resampy 0.2, the table is walked in whole entries, which makes the filter a
    little longer where the rate falls; the networks were trained with that.
    """
    scale = min(1.0, up / down)
    step = int(scale * _N_ENTRIES)
    table = _half_window() * scale
    fraction = scale * (np.arange(up) * down % up) / up
    left, right = (_wing(f, table, step) for f in (fraction, scale - fraction))
    reach = left.shape[1]
    taps = np.zeros((up, 2 * reach + 1), dtype=np.float32)
    taps[:, reach::-1][:, :reach] = left
    taps[:, reach + 1 :] = right
    return taps, reach


def _wing(fraction, table, step):
    """Return the taps on one side (n_phases, n_taps), the nearest sample first."""
    place = fraction[:, None] * _N_ENTRIES + step * np.arange(len(table) // step + 1)
    entry = place.astype(int)
    n_taps = (len(table) - entry[:, :1]) // step
    inside = np.arange(place.shape[1]) < n_taps
    slope = np.append(np.diff(table), 0.0)
    entry = np.minimum(entry, len(table) - 1)
    return np.where(inside, table[entry] + (place - entry) * slope[entry], 0.0)


@functools.lru_cache(maxsize=1)
def _half_window():
    """Return the right half of the filter, a windowed sinc."""
    n = _N_ZEROS * _N_ENTRIES
    sinc = _ROLLOFF * np.sinc(_ROLLOFF * np.linspace(0, _N_ZEROS, n + 1))
    return sinc * np.kaiser(2 * n + 1, _BETA)[n:]
