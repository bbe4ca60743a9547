"""Spectrograms of clips in one compiled pass, from their samples to their bands.

Some frames at a time, one in each lane of a vector, are cut, windowed, transformed,
squared and projected onto the bands, and only those are stored. So nothing but the
waveform and the result ever leaves the processor's cache, nothing is allocated, and a
clip is one call, during which other threads have Python's lock.
"""

import functools
import math
import threading
from typing import NamedTuple

import numpy as np
from numba import float32, float64, int64, njit, types

from .fourier import (
    Plan,
    choose_radices,
    make_plan,
    n_columns,
    powers,
)
from .frames import Pieces, hann_window, n_frames
from .lanes import (
    INNER,
    LANES,
    divide,
    kept_if_possible,
    larger,
    load,
    logarithm,
    multiply_add,
    splat,
    store,
    transpose,
    where_equal,
)

_LOCAL = threading.local()


class Bank(NamedTuple):
    """Filters over bins, as the weights of the bins that each covers.

    Attributes
    ----------
    first, last, at : ndarray of shape (n_bands,), int64
        First bin, last bin + 1 and where the weights begin.
    weights : ndarray of float32
    """

    first: np.ndarray
    last: np.ndarray
    at: np.ndarray
    weights: np.ndarray


class Scratch(NamedTuple):
    """Memory of a thread for the frames in work.

    Attributes
    ----------
    frames, z, power : ndarray of float32
        Samples, transform, and magnitudes of the bins raised to the exponent.
    spare : ndarray of shape (LANES,), float32
    """

    frames: np.ndarray
    z: np.ndarray
    power: np.ndarray
    spare: np.ndarray


@njit(**INNER)
def cut(wave, start, hop, n_fft, frames):
    """Cut the frames of all lanes, the first from ``start`` on; see `n_columns`."""
    rows, columns = min(hop, n_fft), LANES + (n_fft - 1) // hop
    if start >= 0 and start + columns * hop <= len(wave) and rows >= LANES:
        # the last squares overlap those before
        for column in range(0, columns, LANES):
            column = min(column, columns - LANES)
            for row in range(0, rows, LANES):
                row = min(row, rows - LANES)
                i, j = start + column * hop + row, row * columns + column
                transpose(wave, i, hop, frames, j, columns)
        return
    for column in range(columns):
        for row in range(rows):
            i = start + column * hop + row
            sample = wave[i] if 0 <= i < len(wave) else float32(0)
            frames[row * columns + column] = sample


@njit(**INNER)
def _raise(power, exponent):
    """Raise squares of magnitudes to an exponent."""
    if exponent == 0.5:
        for i in range(len(power)):
            power[i] = np.sqrt(power[i])
    elif exponent != 1:
        for i in range(len(power)):
            power[i] = power[i] ** exponent


@njit(**INNER)
def weighted_sum(power, first, last, weights, at):
    """Return a band of all lanes: bins times the weights from element ``at`` on."""
    band = splat(float32(0))
    for k in range(first, last):
        band = multiply_add(load(power, k * LANES), splat(weights[at]), band)
        at += 1
    return band


@njit(**INNER)
def _largest(lanes, spare):
    """Return the largest number of a vector; NaN if there is one."""
    store(spare, 0, lanes)
    largest = spare[0]
    for j in range(1, LANES):
        if not spare[j] <= largest:
            largest = spare[j]
    return largest


@njit(**INNER)
def _spectra(wave, start, hop, n_frames, plan, exponent, bank, scratch, out, width):
    """Compute bands of at least LANES frames; return the largest, or NaN.

    The first frame begins at sample ``start``, which may be negative: zeros are beyond
    the ends of a waveform. Bands go to ``out``, ``width`` elements from one to the
    next.
    """
    # attributes inside of loops cost more than the loops
    frames, z, power, spare = scratch
    first, last, at, weights = bank
    n_fft = len(plan.window)
    zero = splat(float32(0))
    peak, doubt = zero, zero
    for f in range(0, n_frames, LANES):
        f = min(f, n_frames - LANES)  # the last ones may be among those before
        cut(wave, start + f * hop, hop, n_fft, frames)
        powers(frames, plan, z, power)
        _raise(power, exponent)
        for i in range(len(first)):
            band = weighted_sum(power, first[i], last[i], weights, at[i])
            peak = larger(peak, band)
            doubt = multiply_add(band, zero, doubt)  # NaN if a band is not finite
            store(out, i * width + f, band)
    doubt = _largest(doubt, spare)
    return _largest(peak, spare) + doubt


@njit(**INNER)
def _rescaled(x, log1p, low, gain, shift):
    """Return a vector on a logarithmic scale.

    It is ``gain * log(max(x, low)) + shift``, or with ``log1p`` gain * log(1 + low x).
    """
    if not log1p:
        return multiply_add(logarithm(larger(x, low)), gain, shift)
    # log(y) / (y - 1) changes so little that the rounding error of y does no harm
    one = splat(float32(1))
    x = multiply_add(x, low, splat(float32(0)))
    y = multiply_add(x, one, one)
    rest = multiply_add(one, splat(float32(-1)), y)
    ratio = divide(logarithm(y), where_equal(rest, splat(float32(0)), one, rest))
    ratio = where_equal(rest, splat(float32(0)), one, ratio)
    return multiply_add(x, multiply_add(ratio, gain, splat(float32(0))), shift)


@njit(**INNER)
def _rescale(values, log1p, low, gain, shift, spare):
    low, gain, shift = splat(low), splat(gain), splat(shift)
    n = len(values) // LANES * LANES
    for i in range(0, n, LANES):
        store(values, i, _rescaled(load(values, i), log1p, low, gain, shift))
    for i in range(n, len(values)):
        spare[i - n] = values[i]
    store(spare, 0, _rescaled(load(spare, 0), log1p, low, gain, shift))
    for i in range(n, len(values)):
        values[i] = spare[i - n]


@njit(**INNER)
def _combine(weights, S, out):
    """Compute sums of the rows of S, of LANES columns or more: weights @ S."""
    n, width, flat, result = len(S), S.shape[1], S.reshape(-1), out.reshape(-1)
    for column in range(0, width, LANES):
        column = min(column, width - LANES)
        for i in range(len(weights)):
            total = splat(float32(0))
            # sums of sums: rounding errors of one long sum would be ten times as large
            for first in range(0, n, 16):
                part = splat(float32(0))
                for k in range(first, min(first + 16, n)):
                    row = load(flat, k * width + column)
                    part = multiply_add(row, splat(weights[i, k]), part)
                total = multiply_add(part, splat(float32(1)), total)
            store(result, i * width + column, total)


FLOATS, INTEGERS, _TABLE = float32[::1], int64[::1], float32[:, ::1]
READ_ONLY = types.Array(float32, 1, "C", readonly=True)
PLAN = types.NamedTuple((INTEGERS, INTEGERS, FLOATS, FLOATS, INTEGERS, FLOATS), Plan)
BANK = types.NamedTuple((INTEGERS, INTEGERS, INTEGERS, FLOATS), Bank)
SCRATCH = types.NamedUniTuple(FLOATS, 4, Scratch)


def _compiled(how, digest):
    """Return the functions that Python calls, compiled; see `kept_if_possible`.

    They have one form for all arguments, read-only waveforms among them.
    """

    @njit(
        float64(
            READ_ONLY,
            int64,
            int64,
            int64,
            PLAN,
            float32,
            BANK,
            SCRATCH,
            FLOATS,
            int64,
        ),
        **how,
    )
    def spectra(wave, start, hop, n_frames, plan, exponent, bank, scratch, out, width):
        digest  # noqa: B018
        return _spectra(
            wave, start, hop, n_frames, plan, exponent, bank, scratch, out, width
        )

    @njit(types.void(FLOATS, types.boolean, float32, float32, float32, FLOATS), **how)
    def rescale(values, log1p, low, gain, shift, spare):
        digest  # noqa: B018
        _rescale(values, log1p, low, gain, shift, spare)

    @njit(types.void(_TABLE, _TABLE, _TABLE), **how)
    def combine(weights, S, out):
        digest  # noqa: B018
        _combine(weights, S, out)

    return spectra, rescale, combine


_spectra_of, _rescale_all, _combine_rows = kept_if_possible(
    _compiled, "fourier.py", "lanes.py"
)


def fits(n_fft):
    """Return whether frames of a length are computed here."""
    return choose_radices(n_fft) is not None


def spectrogram(wave, *, stft, power, mel, scale):
    """Compute spectrograms of waveforms; see `stft.spectral_features`."""
    if not isinstance(wave, Pieces) and wave.ndim > 1:
        how = {"stft": stft, "power": power, "mel": mel, "scale": scale}
        return np.stack([spectrogram(clip, **how) for clip in wave])
    S, peak = _bands(wave, stft, power, mel)
    rescale(S, peak, **scale)
    return S


def _bands(wave, stft, power, mel):
    """Return the bands of a waveform or its pieces, and the largest; see `_spectra`."""
    pieces, start = wave, 0
    if not isinstance(wave, Pieces):
        pieces = Pieces(n_frames(len(wave), **stft), [wave])
        start = -(stft["n_fft"] // 2) if stft["center"] else 0
    bank = mel_filters(**mel) if mel else _bins(stft["n_fft"] // 2 + 1)
    out = np.empty((len(bank.first), pieces.n_frames), dtype=np.float32)
    column, peaks = 0, [0.0]
    for piece in pieces.waves:
        n = n_frames(len(piece) - 2 * start, **{**stft, "center": False})
        peaks.append(_into(out, column, n, piece, start, stft, power, bank))
        column += n
    return out, np.max(peaks)


def _into(out, column, n, wave, start, stft, power, bank):
    """Compute n frames, from sample ``start`` on, into columns of a spectrogram."""
    if n < LANES:
        full = np.empty((len(out), LANES), dtype=np.float32)
        _into(full, 0, LANES, wave, start, stft, power, bank)
        out[:, column : column + n] = full[:, :n]
        return full[:, :n].max()
    n_fft, hop = stft["n_fft"], stft["hop_length"]
    plan = plan_of(n_fft, hop, stft["win_length"])
    scratch, wave = scratch_of(n_fft, hop), np.ascontiguousarray(wave, dtype=np.float32)
    rows = out.reshape(-1)[column:]
    return _spectra_of(
        wave, start, hop, n, plan, power / 2, bank, scratch, rows, out.shape[1]
    )


@functools.lru_cache(maxsize=16)
def plan_of(n_fft, hop_length, win_length):
    """Return the plan for frames."""
    window = hann_window(n_fft, win_length)
    return make_plan(window, hop_length, choose_radices(n_fft))


@functools.lru_cache(maxsize=16)
def _bins(n_bins):
    """Return filters that leave the bins as they are."""
    i = np.arange(n_bins)
    return Bank(i, i + 1, i, np.ones(n_bins, dtype=np.float32))


@functools.lru_cache(maxsize=16)
def mel_filters(**mel):
    """Return mel filters by the keywords of ``librosa.filters.mel``."""
    import librosa

    filters = librosa.filters.mel(**mel)
    covered = filters != 0
    first = np.where(covered.any(axis=1), covered.argmax(axis=1), 0)
    last = first + covered.sum(axis=1)
    at = np.cumsum(last - first) - (last - first)
    return Bank(first, last, at, filters[covered])


def rescale(S, peak, *, scale, ref=1.0, amin=None, top_db=80.0, gain=1, base=math.e):
    """Convert a spectrogram to a loudness scale in place; see `stft.to_scale`.

    Parameters
    ----------
    S : ndarray of shape (n_bands, n_frames), float32
    peak : float
        Its largest value.
    """
    if scale == "power":
        return
    if not np.isfinite(peak):
        S[:] = np.nan  # the logarithm here takes finite numbers only
        return
    spare = np.ones(LANES, dtype=np.float32)
    if scale == "log1p":
        _rescale_all(S.reshape(-1), True, gain, 1 / math.log(base), 0, spare)
        return
    factor, default = (20, 1e-5) if scale == "amplitude_db" else (10, 1e-10)
    amin = max(default if amin is None else amin, float(np.finfo(np.float32).tiny))
    zero = max(peak if ref == "max" else ref, amin)
    # the range of the decibels is one of the values
    low = 0 if top_db is None else max(peak, amin) * 10 ** (-top_db / factor)
    _rescale_all(
        S.reshape(-1),
        False,
        max(amin, low),
        factor / math.log(10),
        -factor * np.log10(zero),
        spare,
    )


def combined(weights, S):
    """Return sums of the bands of spectrograms: ``weights @ S``, frame by frame.

    Parameters
    ----------
    weights : ndarray of shape (n, n_bands), float32
    S : ndarray of shape (..., n_bands, n_frames), float32

    Returns
    -------
    C : ndarray of shape (..., n, n_frames), float32
    """
    if S.ndim > 2:
        return np.stack([combined(weights, clip) for clip in S])
    n = S.shape[1]
    S = np.pad(S, ((0, 0), (0, LANES - n))) if n < LANES else S
    out = np.empty((len(weights), S.shape[1]), dtype=np.float32)
    _combine_rows(weights, np.ascontiguousarray(S, dtype=np.float32), out)
    return out[:, :n]


def scratch_of(n_fft, hop):
    """Return the memory of this thread for frames of a length, a hop apart."""
    key = n_fft, hop
    if getattr(_LOCAL, "key", None) != key:
        frames = min(hop, n_fft) * n_columns(n_fft, hop)
        z = 2 * LANES * (n_fft if n_fft % 2 else n_fft // 2)
        sizes = frames, z, LANES * (n_fft // 2 + 1), LANES
        _LOCAL.key, _LOCAL.scratch = key, Scratch(*map(_aligned, sizes))
    return _LOCAL.scratch


def _aligned(n):
    """Return memory for n numbers whose vectors lie within lines of the cache."""
    line = 64  # bytes
    memory = np.zeros(4 * n + line, dtype=np.uint8)
    start = -memory.ctypes.data % line
    return memory[start : start + 4 * n].view(np.float32)
