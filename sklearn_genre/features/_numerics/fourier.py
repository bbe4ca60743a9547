"""Discrete Fourier transforms of several frames at a time, one in each lane.

The transform of n = r * m complex numbers x is split by their index i = k + j * m, with
k < m and j < r, and that of the result, p + r * q, with p < r and q < m:

    X[p + r q] = sum_k w(k q / m) [ w(k p / n) sum_j w(j p / r) x[k + j m] ]

where w(a) = exp(-2 pi i a), as w of whole numbers is 1. The inner sum is a transform
of r numbers, the bracket that sum turned by a twiddle factor; the outer sum is, for
every p, a transform of the m numbers of all k, which is split in turn. A pass takes r
numbers, puts the r brackets in their places, and so needs no other memory; the results
then lie in the order that `_order` gives.

The samples of a frame are real. Of an even number n_fft of them, the even ones become
the real parts and the odd ones the imaginary parts of half as many complex numbers, z.
With h = n_fft / 2 and Z the transform of z, those of the even and the odd samples are

    E[k] = (Z[k] + conj Z[h - k]) / 2    and    O[k] = (Z[k] - conj Z[h - k]) / 2i,

and that of the frame is E[k] + w(k / n_fft) O[k], and conj(E[k] - w(k / n_fft) O[k]) at
h - k. Two frames in one transform would be as fast, but rounding errors of a loud frame
would be the noise of a silent one.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from .lanes import (
    INNER,
    LANES,
    Memory,
    load,
    multiples,
    multiply_add,
    scaled,
    shifted,
    splat,
    store,
)

# Longer frames do not fit the cache; they, and lengths with other factors, are for the
# libraries.
_LONGEST = 2**14
_ODD_RADICES = (3, 5, 7)
# Sixteen complex numbers fill the 32 registers of processors with wide vectors; where
# there are half as many registers, two passes take less time.
_SIXTEEN = [16] if LANES == 16 else [4, 4]


def dft(x):
    """Return the transform of a few complex numbers, pairs of real and imaginary part.

    The parts are vectors, or anything else that can be added and multiplied.
    """
    n = len(x)
    if n == 1:
        return x
    if n % 2:
        return _odd_dft(x)
    low, high = [], []
    for k, (even, odd) in enumerate(zip(dft(x[::2]), dft(x[1::2]), strict=True)):
        odd = _turned(odd, k, n)
        low.append((even[0] + odd[0], even[1] + odd[1]))
        high.append((even[0] - odd[0], even[1] - odd[1]))
    return low + high


def _turned(x, k, n):
    """Return x * exp(-2 pi i k / n)."""
    real, imag = x
    if k == 0:
        return x
    if 4 * k == n:
        return imag, -1.0 * real
    if 8 * k == n:
        return math.sqrt(0.5) * (real + imag), math.sqrt(0.5) * (imag - real)
    if 8 * k == 3 * n:
        return math.sqrt(0.5) * (imag - real), -math.sqrt(0.5) * (real + imag)
    cos, sin = math.cos(2 * math.pi * k / n), math.sin(2 * math.pi * k / n)
    return cos * real + sin * imag, cos * imag - sin * real


def _odd_dft(x):
    """Return the transform of an odd number of values, with x[j] and x[n - j] joined.

    Of w(j k / n) and w((n - j) k / n) the real parts are equal, the imaginary opposite.
    """
    n, (first, *others) = len(x), x
    pairs = list(zip(others[: n // 2], others[: n // 2 - 1 : -1], strict=True))
    sums = [(a[0] + b[0], a[1] + b[1]) for a, b in pairs]
    differences = [(a[0] - b[0], a[1] - b[1]) for a, b in pairs]
    total = [sum((s[part] for s in sums), start=first[part]) for part in (0, 1)]
    low, high = [], []
    for k in range(1, n // 2 + 1):
        (a, b), (c, d) = first, (0.0, 0.0)
        for j, (s, t) in enumerate(zip(sums, differences, strict=True), start=1):
            angle = 2 * math.pi * (j * k % n) / n
            a, b = a + math.cos(angle) * s[0], b + math.cos(angle) * s[1]
            c, d = c + math.sin(angle) * t[0], d + math.sin(angle) * t[1]
        low.append((a + d, b - c))
        high.append((a - d, b + c))
    return [tuple(total), *low, *high[::-1]]


class Plan(NamedTuple):
    """Tables of the transform of frames.

    Attributes
    ----------
    radices : ndarray of int64
        Of the passes.
    places : ndarray of shape (n_fft,), int64
        Elements at which the samples of frames begin.
    window : ndarray of shape (n_fft,), float32
        Half of it where samples are packed, for the halves in E and O.
    twiddles : ndarray of float32
        Real and imaginary parts, for one pass after the other.
    order : ndarray of shape (n,), int64
        Places of the results.
    turns : ndarray of float32
        Of n_fft even: real and imaginary parts of w(k / n_fft).
    """

    radices: np.ndarray
    places: np.ndarray
    window: np.ndarray
    twiddles: np.ndarray
    order: np.ndarray
    turns: np.ndarray


def make_plan(window, hop_length, radices):
    """Return the plan for frames that lie as `n_columns` says."""
    n_fft = len(window)
    sample, columns = np.arange(n_fft), n_columns(n_fft, hop_length)
    half = np.arange(n_fft // 4 + 1)
    return Plan(
        np.array(radices, dtype=np.int64),
        sample % hop_length * columns + sample // hop_length,
        (window if n_fft % 2 else window / 2).astype(np.float32),
        np.concatenate([*_twiddles(radices)]).astype(np.float32),
        np.argsort(_order(radices)),
        _parts(half / n_fft).astype(np.float32),
    )


def n_columns(n_fft, hop_length):
    """Return how many hops the frames of all lanes span.

    Sample n of the frame of lane i is that of lane 0 i hops later. With a row for each
    sample of a hop, and a column for each hop, it is that of row n % hop_length and
    column n // hop_length + i: the samples n of all lanes are neighbors in a row.
    """
    return LANES + (n_fft - 1) // hop_length


def choose_radices(n_fft):
    """Return the radices for frames of a length, or None where there are none."""
    n = n_fft if n_fft % 2 else n_fft // 2
    twos = (n & -n).bit_length() - 1
    radices, n = _radices_of_two(twos), n >> twos
    for factor in _ODD_RADICES:
        while n % factor == 0:
            n //= factor
            # not the first, which has a faster form for eight, nor the last
            radices.insert(1, factor)
    return radices if n == 1 and radices and n_fft <= _LONGEST else None


def _radices_of_two(exponent):
    eights, rest = divmod(exponent, 3)
    if rest == 1 and eights:
        return [8] * (eights - 1) + (_SIXTEEN if eights > 1 else [4, 4])
    return [8] * eights + [2 * rest] * (rest > 0)


def _twiddles(radices):
    """Yield the twiddle factors of each pass, k by k, as real and imaginary parts."""
    n = math.prod(radices)
    for radix in radices:
        k = np.arange(n // radix)[:, np.newaxis]
        yield _parts(k * np.arange(1, radix) / n)
        n //= radix


def _parts(a):
    """Return real and imaginary parts of exp(-2 pi i a) in turn."""
    return np.exp(-2j * np.pi * a).view(float).ravel()


def _order(radices):
    """Return which result lies at each place after all passes."""
    order = np.zeros(1, dtype=np.int64)
    for radix in reversed(radices):
        order = np.concatenate([p + radix * order for p in range(radix)])
    return order


class _Complex:
    """Complex numbers in memory: vectors of real parts, each followed by imaginary."""

    def __init__(self, memory):
        self.memory, self.builder = memory, memory.builder

    def load(self, i):
        return tuple(self.memory.load(at) for at in self._parts(i))

    def store(self, i, value):
        for at, part in zip(self._parts(i), value, strict=True):
            self.memory.store(at, part)

    def _parts(self, i):
        at = scaled(self.builder, i, 2 * LANES)
        return at, shifted(self.builder, at, LANES)


def _store_turned(z, places, values, twiddles, t):
    """Store values, all but the first multiplied by the twiddle factors from t on."""
    z.store(places[0], values[0])
    for place, (real, imag) in zip(places[1:], values[1:], strict=True):
        cos, sin = twiddles.splat(t), twiddles.splat(shifted(z.builder, t, 1))
        z.store(place, (real * cos - imag * sin, real * sin + imag * cos))
        t = shifted(z.builder, t, 2)


def _step(radix):
    """Return a function that transforms ``radix`` numbers of z, m apart, in place."""

    @intrinsic
    def step(typing, z, i, m, twiddles, t):
        def write(context, builder, signature, values):
            z, i, m, twiddles, t = values
            z = _Complex(Memory(context, builder, signature.args[0], z))
            twiddles = Memory(context, builder, signature.args[3], twiddles)
            places = multiples(builder, i, m, radix)
            results = dft([z.load(place) for place in places])
            _store_turned(z, places, results, twiddles, t)
            return context.get_dummy_value()

        n = types.intp
        return types.void(z, n, n, twiddles, n), write

    return step


def _last_step(radix):
    """Return the step of the last pass, where all twiddle factors are 1."""

    @intrinsic
    def step(typing, z, i):
        def write(context, builder, signature, values):
            z = _Complex(Memory(context, builder, signature.args[0], values[0]))
            places = [shifted(builder, values[1], k) for k in range(radix)]
            results = dft([z.load(place) for place in places])
            for place, result in zip(places, results, strict=True):
                z.store(place, result)
            return context.get_dummy_value()

        return types.void(z, types.intp), write

    return step


_step2, _step3, _step4, _step5, _step7, _step8 = map(_step, (2, 3, 4, 5, 7, 8))
_last_step4, _last_step8, _last_step16 = map(_last_step, (4, 8, 16))


@njit(**INNER)
def _pass(radix, z, start, stop, n, twiddles, t):
    """Make one pass over the blocks of n numbers from start to stop."""
    if radix == n and radix in (4, 8, 16):
        _last_pass(radix, z, start, stop)
        return
    m = n // radix
    for block in range(start, stop, n):
        for k in range(m):
            i, at = block + k, t + 2 * (radix - 1) * k
            if radix == 8:
                _step8(z, i, m, twiddles, at)
            elif radix == 4:
                _step4(z, i, m, twiddles, at)
            elif radix == 2:
                _step2(z, i, m, twiddles, at)
            elif radix == 3:
                _step3(z, i, m, twiddles, at)
            elif radix == 5:
                _step5(z, i, m, twiddles, at)
            else:
                _step7(z, i, m, twiddles, at)


@njit(**INNER)
def _last_pass(radix, z, start, stop):
    """Make the last pass, whose blocks have as many numbers as a step."""
    for i in range(start, stop, radix):
        if radix == 16:
            _last_step16(z, i)
        elif radix == 8:
            _last_step8(z, i)
        else:
            _last_step4(z, i)


@intrinsic
def _first_step8(typing, frames, places, window, i, m, z, twiddles):
    """Make a step of the first pass, with radix 8, on windowed samples of frames."""

    def write(context, builder, signature, values):
        frames, places, window, z, twiddles = (
            Memory(context, builder, signature.args[k], values[k])
            for k in (0, 1, 2, 5, 6)
        )
        i, m = values[3:5]

        def sample(n):
            return frames.load(places.number(n)) * window.splat(n)

        at = multiples(builder, i, m, 8)
        even = [scaled(builder, place, 2) for place in at]
        x = [(sample(n), sample(shifted(builder, n, 1))) for n in even]
        t = scaled(builder, i, 2 * (8 - 1))
        _store_turned(_Complex(z), at, dft(x), twiddles, t)
        return context.get_dummy_value()

    n = types.intp
    return types.void(frames, places, window, n, n, z, twiddles), write


@njit(**INNER)
def _pack(frames, places, window, z):
    """Window the samples of frames, and make them complex numbers."""
    step = 2 * LANES if len(window) % 2 else LANES
    zero = splat(np.float32(0))
    for i in range(len(window)):
        sample = load(frames, places[i])
        store(z, i * step, multiply_add(sample, splat(window[i]), zero))
        if step > LANES:
            store(z, i * step + LANES, zero)


@intrinsic
def _join(typing, z, a, b, turns, t, power, k, mirrored):
    """Store the powers of bins k and h - k of frames whose samples were packed.

    Z[k] begins at element a of z, Z[h - k] at b.
    """

    def write(context, builder, signature, values):
        z, turns, power = (
            Memory(context, builder, signature.args[i], values[i]) for i in (0, 3, 5)
        )
        one, other = (
            (z.load(values[i]), z.load(shifted(builder, values[i], LANES)))
            for i in (1, 2)
        )
        turn = (turns.splat(at) for at in (values[4], shifted(builder, values[4], 1)))
        for place, (real, imag) in zip(
            values[6:], _joined(one, other, *turn), strict=True
        ):
            power.store(place, real * real + imag * imag)
        return context.get_dummy_value()

    n = types.intp
    return types.void(z, n, n, turns, n, power, n, n), write


def _joined(one, other, cos, sin):
    """Return twice the transform of a frame at k, and its conjugate at h - k."""
    (a, b), (c, d) = one, other
    even, odd = (a + c, b - d), (b + d, c - a)
    odd = odd[0] * cos - odd[1] * sin, odd[0] * sin + odd[1] * cos
    return [
        (even[0] + odd[0], even[1] + odd[1]),
        (even[0] - odd[0], even[1] - odd[1]),
    ]


@njit(**INNER)
def _other_passes(z, start, radices, n, twiddles):
    """Transform the n numbers from ``start`` on, which the first pass left."""
    stop, t = start + n, 2 * (radices[0] - 1) * n
    for i in range(1, len(radices)):
        _pass(radices[i], z, start, stop, n, twiddles, t)
        n //= radices[i]
        t += 2 * (radices[i] - 1) * n


@njit(**INNER)
def _squares(z, first, step, packed, order, turns, power):
    """Store the powers of every ``step``-th bin from ``first`` on, and of mirrors."""
    n, width = len(order), 2 * LANES
    for k in range(first, n // 2 + 1, step):
        i, mirrored = order[k] * width, n - k
        if packed:
            j = order[mirrored % n] * width
            _join(z, i, j, turns, 2 * k, power, k * LANES, mirrored * LANES)
        else:
            real, imag = load(z, i), load(z, i + LANES)
            square = multiply_add(imag, imag, splat(np.float32(0)))
            store(power, k * LANES, multiply_add(real, real, square))


@njit(**INNER)
def powers(frames, plan, z, power):
    """Store the squares of the magnitudes of all bins of frames.

    Parameters
    ----------
    frames : ndarray, float32
        Sample i of the frames begins at element ``plan.places[i]``.
    plan : Plan
    z : ndarray of shape (2 * LANES * n,), float32
        Memory for as many complex numbers as are transformed.
    power : ndarray of shape (LANES * n_bins,), float32
        Overwritten.
    """
    # attributes inside of loops cost more than the loops
    radices, places, window, twiddles, order, turns = plan
    radix, n = radices[0], len(order)
    size, packed = n // radix, len(window) % 2 == 0
    if radix == 8 and packed:
        for i in range(size):
            _first_step8(frames, places, window, i, size, z, twiddles)
    else:
        _pack(frames, places, window, z)
        _pass(radix, z, 0, n, n, twiddles, 0)
    # What the first pass leaves for each of its p is transformed by itself, as it stays
    # in the fastest cache, and so do two: p and r - p have the bins that are joined.
    for p in range(radix // 2 + 1):
        mirrored = (radix - p) % radix
        _other_passes(z, p * size, radices, size, twiddles)
        if mirrored != p:
            _other_passes(z, mirrored * size, radices, size, twiddles)
            _squares(z, mirrored, radix, packed, order, turns, power)
        _squares(z, p, radix, packed, order, turns, power)
