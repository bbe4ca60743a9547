"""Spectral descriptors in the compiled pass, of the frames that are in its lanes.

What is summed over many bins is summed in double precision: the second moment of a
spectrum about 0 dwarfs that about its centroid.
"""

import numpy as np
from numba import float32, float64, int64, njit, types

from .compiled import (
    BANK,
    FLOATS,
    INTEGERS,
    PLAN,
    READ_ONLY,
    SCRATCH,
    cut,
    mel_filters,
    plan_of,
    scratch_of,
    weighted_sum,
)
from .fourier import powers
from .frames import n_frames
from .lanes import (
    INNER,
    LANES,
    count_below,
    kept_if_possible,
    larger,
    load,
    multiply_add,
    smaller,
    splat,
    store,
    widened,
)

_DOUBLES, _TABLE = float64[::1], int64[:, ::1]
_TINY = float(np.finfo(np.float32).tiny)


@njit(**INNER)
def _extremes(magnitude, first, stop, n, extremes, out, at, width):
    """Store the means of the n largest and of the n smallest bins from first to stop.

    The largest so far are kept in order, and the smallest: a bin goes along them, and
    takes a place by exchange.
    """
    for i in range(n):
        store(extremes, i * LANES, splat(float32(-np.inf)))
        store(extremes, (n + i) * LANES, splat(float32(np.inf)))
    for k in range(first, stop):
        high = low = load(magnitude, k * LANES)
        for i in range(n):
            j = (n + i) * LANES
            top, bottom = load(extremes, i * LANES), load(extremes, j)
            store(extremes, i * LANES, larger(top, high))
            store(extremes, j, smaller(bottom, low))
            high, low = smaller(top, high), larger(bottom, low)
    share, zero = splat(float32(1 / n)), splat(float32(0))
    for row in range(2):
        total = zero
        for i in range(row * n, (row + 1) * n):
            total = multiply_add(load(extremes, i * LANES), share, total)
        store(out, at + row * width, total)


@njit(**INNER)
def _shape(magnitude, n_bins, step, roll, sums, spare, out, at, width):
    """Store centroid, bandwidth and rolloff, with bins ``step`` Hz apart."""
    zero, one = splat(0.0), splat(1.0)
    total, first, second = zero, zero, zero
    for k in range(n_bins):
        m = widened(load(magnitude, k * LANES))
        total = multiply_add(m, one, total)
        first = multiply_add(m, splat(float64(k)), first)
        second = multiply_add(m, splat(float64(k * k)), second)
    threshold = multiply_add(total, splat(roll), zero)
    reached, below = zero, splat(float32(0))
    for k in range(n_bins - 1):
        reached = multiply_add(widened(load(magnitude, k * LANES)), one, reached)
        below = count_below(below, reached, threshold)
    store(sums, 0, total)
    store(sums, LANES, first)
    store(sums, 2 * LANES, second)
    store(spare, 0, below)
    for j in range(LANES):
        total = sums[j] if sums[j] >= _TINY else 1.0
        centroid = sums[LANES + j] / total
        spread = max(sums[2 * LANES + j] / total - centroid * centroid, 0.0)
        out[at + j] = centroid * step
        out[at + width + j] = np.sqrt(spread) * step
        out[at + 2 * width + j] = spare[j] * step


@njit(**INNER)
def _describe(
    wave,
    start,
    hop,
    n_frames,
    plan,
    bank,
    bands,
    step,
    roll,
    scratch,
    extremes,
    sums,
    out,
    width,
    keep,
):
    """Compute rows of at least LANES frames; see `described`."""
    frames, z, power, spare = scratch
    first, last, at, weights = bank
    n_fft = len(plan.window)
    n_bins = n_fft // 2 + 1
    for f in range(0, n_frames, LANES):
        f = min(f, n_frames - LANES)  # the last ones may be among those before
        cut(wave, start + f * hop, hop, n_fft, frames)
        powers(frames, plan, z, power)
        row = f
        for i in range(len(first)):
            store(out, row, weighted_sum(power, first[i], last[i], weights, at[i]))
            row += width
        if keep:
            for k in range(n_bins):
                store(out, row, load(power, k * LANES))
                row += width
        for i in range(len(power)):
            power[i] = np.sqrt(power[i])
        for i in range(len(bands)):
            low, high, n = bands[i]
            _extremes(power, low, high, n, extremes, out, row, width)
            row += 2 * width
        _shape(power, n_bins, step, roll, sums, spare, out, row, width)


@njit(**INNER)
def _count(wave, least, positions, counts):
    """Count the changes of sign up to ascending positions, from the first of them."""
    low, total = float32(-least), 0
    counts[0] = 0
    for k in range(1, len(positions)):
        for i in range(positions[k - 1] + 1, positions[k] + 1):
            total += (wave[i] < low) != (wave[i - 1] < low)
        counts[k] = total


def _compiled(how, digest):
    """Return the functions that Python calls, compiled; see `kept_if_possible`."""

    @njit(
        types.void(
            READ_ONLY,
            int64,
            int64,
            int64,
            PLAN,
            BANK,
            _TABLE,
            float64,
            float64,
            SCRATCH,
            FLOATS,
            _DOUBLES,
            FLOATS,
            int64,
            types.boolean,
        ),
        **how,
    )
    def describe(
        wave,
        start,
        hop,
        n_frames,
        plan,
        bank,
        bands,
        step,
        roll,
        scratch,
        extremes,
        sums,
        out,
        width,
        keep,
    ):
        digest  # noqa: B018
        _describe(
            wave,
            start,
            hop,
            n_frames,
            plan,
            bank,
            bands,
            step,
            roll,
            scratch,
            extremes,
            sums,
            out,
            width,
            keep,
        )

    @njit(types.void(READ_ONLY, float64, INTEGERS, INTEGERS), **how)
    def count(wave, least, positions, counts):
        digest  # noqa: B018
        _count(wave, least, positions, counts)

    return describe, count


_describe_frames, _count_changes = kept_if_possible(
    _compiled, "compiled.py", "fourier.py", "lanes.py"
)


def sign_changes(wave, first, last, *, least):
    """Count the changes of sign in parts of a waveform.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
    first, last : ndarray of shape (n,), int64
        First and last sample of each part.
    least : float
        Samples above its opposite are not negative.

    Returns
    -------
    counts : ndarray of shape (n,), int64
    """
    wave = np.ascontiguousarray(wave, dtype=np.float32)
    positions, at = np.unique(np.concatenate([first, last]), return_inverse=True)
    until = np.empty_like(positions)
    _count_changes(wave, least, positions, until)
    return until[at[len(first) :]] - until[at[: len(first)]]


def described(wave, *, stft, mel, bands, sample_rate, roll_percent, keep_energy):
    """Compute what descriptors need of the spectra of a waveform.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
    stft : dict
        Keywords of ``stft_blocks``, except the device.
    mel : dict
        Keywords of ``librosa.filters.mel``.
    bands : list of (first bin, last bin + 1, number of extreme bins)
    sample_rate : int
    roll_percent : float
    keep_energy : bool

    Returns
    -------
    parts : dict of ndarray of shape (n_rows, n_frames), float32
        "mel", and with ``keep_energy`` "energy", of powers; "peak" and "valley" of
        magnitudes; "shape": centroid, bandwidth and rolloff in Hz.
    """
    n, (n_fft, hop) = n_frames(len(wave), **stft), (stft["n_fft"], stft["hop_length"])
    bank, start = mel_filters(**mel), -(n_fft // 2) if stft["center"] else 0
    ends = np.cumsum(
        [len(bank.first), keep_energy * (n_fft // 2 + 1), 2 * len(bands), 3]
    )
    out = np.empty((ends[-1], max(n, LANES)), dtype=np.float32)
    _describe_frames(
        np.ascontiguousarray(wave, dtype=np.float32),
        start,
        hop,
        out.shape[1],
        plan_of(n_fft, hop, stft["win_length"]),
        bank,
        np.array(bands, dtype=np.int64),
        sample_rate / n_fft,
        roll_percent,
        scratch_of(n_fft, hop),
        np.empty(2 * LANES * max(most for _, _, most in bands), dtype=np.float32),
        np.empty(3 * LANES),
        out.reshape(-1),
        out.shape[1],
        keep_energy,
    )
    S, energy, extremes, shape = np.split(out[:, :n], ends[:-1])
    parts = {"mel": S, "peak": extremes[::2], "valley": extremes[1::2], "shape": shape}
    return parts | ({"energy": energy} if keep_energy else {})
