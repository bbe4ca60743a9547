"""A song as one waveform: mono, at a rate, read block by block from any place."""

import itertools
import math
import warnings
from fractions import Fraction

import numpy as np

from .._utils.text import printable
from ._errors import AudioError, no_samples, reading
from ._kaiser_best import kaiser_best

# Samples of the file on both sides of a span that is resampled alone, times the ratio
# of the rates where that is above 1: measured, 100 give all but the last digits of the
# resampled whole.
_MARGIN = 512
# samples for which memory is taken at once: 256 MB, 50 minutes at 22,050 Hz
_AT_ONCE = 2**26
# Float files may exceed full scale: unmastered mixes by some dB, synthetic signals by
# more. 41.6 dB are above any of them, and below what 8-bit integers are as floats.
_LOUDEST = 120.0
# samples whose largest and smallest are found while they are in the processor's cache
_PART = 2**17
_BYTE = 255  # integers of 8 bits reach this, or half of it


class Song:
    """Samples of an open file or array from ``offset`` on, as they are resampled.

    Parameters
    ----------
    sound : object
        With a ``rate`` in Hz, the number of its samples, ``n_samples``, and a method
        ``blocks(start, stop)``, an iterator over float32 arrays of shape (n_samples_i,
        n_channels). If it has ``bounded``, and that is true, they are in [-1, 1].
    name : str
        Of the clip, for messages.
    sample_rate : int or None
        Rate of the result in Hz; None keeps that of the sound.
    offset : float, default=0.0
        In seconds.
    duration : float or None, default=None
        Length in seconds, at most. None: to the end.
    resampler : {"soxr", "kaiser_best"}, default="soxr"

    Raises
    ------
    AudioError
        If the sound has no samples, or ends before the offset.

    Warns
    -----
    UserWarning
        If something of it is missing, as its ``lacks`` says.
    """

    def __init__(
        self,
        sound,
        name,
        *,
        sample_rate,
        offset=0.0,
        duration=None,
        resampler="soxr",
    ):
        self.name = name
        if lacks := getattr(sound, "lacks", ""):
            text = f"{name}: {lacks}; what is there is used."
            warnings.warn(printable(text), UserWarning, stacklevel=2)
        self._resample = RESAMPLERS[resampler]
        self.rate = sound.rate if sample_rate is None else sample_rate
        self._sound = sound
        self._bounded = getattr(sound, "bounded", False)
        self._first = first_frame(sound.n_samples, sound.rate, name, offset)
        rest = sound.n_samples - self._first
        self._n_samples = span_length(rest, sound.rate, duration)
        # as many as soxr makes of them
        self.n_samples = int(self._n_samples * self.rate / sound.rate + 0.5)
        if self.n_samples == 0:
            raise no_samples(name)

    def wave(self, start=0, stop=None):
        """Return the waveform from ``start`` to ``stop``, with zeros beyond its ends.

        Parameters
        ----------
        start : int, default=0
            May be negative.
        stop : int or None, default=None
            None: the end.

        Returns
        -------
        wave : ndarray of shape (stop - start,), float32
        """
        n = (self.n_samples if stop is None else stop) - start
        wave = _joined(self.blocks(start, stop), n)
        if stop is None or len(wave) == n:
            return wave
        return np.pad(wave, (0, n - len(wave)))  # of an mp3, a frame may be missing

    def blocks(self, start=0, stop=None):
        """Iterate over the blocks of which ``wave(start, stop)`` consists.

        From the start of the song they equal the resampled whole; those of a later
        start differ from it by rounding.
        """
        stop = self.n_samples if stop is None else stop
        first, last = min(max(start, 0), self.n_samples), min(stop, self.n_samples)
        if start < first:
            yield np.zeros(min(first, stop) - start, dtype=np.float32)
        if first < last:
            yield from self._resampled(first, last)
        if max(start, last) < stop:
            yield np.zeros(stop - max(start, last), dtype=np.float32)

    def _resampled(self, start, stop):
        """Iterate over the samples from ``start`` to ``stop``, inside the song."""
        rate = self._sound.rate
        if rate == self.rate:
            yield from self._mono(start, stop)
            return
        begin, end, ahead = self._around(start, stop)
        wanted = stop - start
        for block in self._resample(self._mono(begin, end), rate, self.rate):
            cut = block[ahead : ahead + wanted]
            ahead = max(ahead - len(block), 0)
            wanted -= len(cut)
            yield cut

    def _around(self, start, stop):
        """Return the span of the sound from which a span of the song is resampled.

        It begins where samples of both rates coincide, as they do at the start.

        Returns
        -------
        begin, end : int
        ahead : int
            How many samples of the result come before ``start``.
        """
        ratio = Fraction(float(self._sound.rate)) / Fraction(float(self.rate))
        margin = math.ceil(_MARGIN * max(ratio, 1))
        period = ratio.numerator
        begin = max(math.floor(start * ratio) - margin, 0) // period * period
        end = min(math.ceil(stop * ratio) + margin, self._n_samples)
        return begin, end, start - int(begin / ratio)

    def _mono(self, start, stop):
        """Iterate over samples of the sound, mixed, from and to positions in it."""
        with reading(self.name):
            for data in self._sound.blocks(self._first + start, self._first + stop):
                wave = mix(data)
                if not self._bounded:
                    check_samples(wave, self.name)
                yield wave


def _joined(blocks, n):
    """Join blocks of n samples in all, or fewer.

    Memory is taken as they come, since n is what a header says. It is doubled up to n,
    so that there are never more than n samples in it.
    """
    size, blocks = n, iter(blocks)
    first = next(blocks, np.empty(0, dtype=np.float32))
    second = next(blocks, None)
    if second is None:  # as most clips are
        return first
    while size > _AT_ONCE:
        size = -(-size // 2)
    wave, at = np.empty(size, dtype=np.float32), 0
    for block in itertools.chain([first, second], blocks):
        while at + len(block) > len(wave):
            longer = np.empty(min(2 * len(wave), n), dtype=np.float32)
            longer[:at] = wave[:at]
            wave = longer
        wave[at : at + len(block)] = block
        at += len(block)
    return wave[:at]


def mix(data):
    """Average the channels of samples of shape (n_samples, n_channels)."""
    # what float32 cannot hold becomes infinite, which `check_samples` refuses
    with np.errstate(over="ignore", invalid="ignore"):
        if data.shape[1] != 2:
            return data[:, 0] if data.shape[1] == 1 else data.mean(axis=1)
        # the same values in a fifteenth of the time, which was half of that of an mp3
        return (data[:, 0] + data[:, 1]) / data.dtype.type(2)


def check_samples(wave, name):
    """Raise an AudioError if samples are not finite, or far outside [-1, 1].

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
    name : str
        Of the clip, for messages.
    """
    peak = _peak(wave)
    if peak <= _LOUDEST:
        return
    if not np.isfinite(peak):
        raise AudioError(
            name,
            "it holds NaN or infinite samples, or larger ones than float32 holds",
            "Export the file again.",
        )
    bits = next((n for n in (16, 24, 32) if _BYTE < peak <= 2 ** (n - 1)), None)
    how = "Scale them"
    if bits is not None:
        how = f"Divide them by {2 ** (bits - 1)} if they were {bits}-bit integers"
    raise AudioError(
        name,
        f"its samples reach {peak:.8g}, far outside [-1, 1]",
        f"{how}: floats have full scale at 1.",
    )


def _peak(wave):
    """Return the largest magnitude, or NaN if there is one."""
    parts = (wave[start : start + _PART] for start in range(0, len(wave), _PART))
    # NaN goes through all but Python's own max
    return np.max([(part.max(), -part.min()) for part in parts], initial=0)


def _soxr(blocks, rate, new_rate):
    """Iterate over resampled blocks; joined, they are the resampled whole."""
    import soxr

    first, second = next(blocks, np.empty(0, dtype=np.float32)), next(blocks, None)
    if second is None:  # at once it takes four fifths of the time, for equal bits
        yield soxr.resample(np.ascontiguousarray(first), rate, new_rate, quality="HQ")
        return
    stream = soxr.ResampleStream(rate, new_rate, 1, dtype="float32", quality="HQ")
    for block in itertools.chain([first, second], blocks):
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)


RESAMPLERS = {"soxr": _soxr, "kaiser_best": kaiser_best}


def first_frame(n_frames, rate, name, offset):
    """Return the index of the first requested sample; refuse offsets beyond the end."""
    if n_frames == 0:
        raise no_samples(name)
    start = round(offset * rate)
    if start >= n_frames:
        raise AudioError(
            name,
            f"offset {offset:g} s is not before its end at {n_frames / rate:.6g} s",
            "Use a smaller offset or leave this clip out.",
        )
    return start


def span_length(n_frames, rate, duration):
    """Return how many of ``n_frames`` samples a duration spans."""
    return n_frames if duration is None else min(n_frames, round(duration * rate) or 1)
