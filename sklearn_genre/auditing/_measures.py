"""Measures of a single clip."""

import contextlib
import dataclasses
from dataclasses import dataclass, field

import numpy as np

from .._utils.clips import as_array, as_floats, clip_name, open_clip
from .._utils.digest import array_digest, wave_digest
from .._utils.faults import reason
from ..audio import (
    AudioError,
    check_samples,
    is_file,
    mix,
    no_samples,
    open_audio,
)
from ._fingerprint import MIN_BANDS, Fingerprint, rows_fingerprint

# Full scale of 16 bits less one step: what a clipped sample is after any rounding.
_FULL = 1 - 1.5 / 2**15
_RUN = 3  # samples at full scale in a row; a single peak is not clipping
_BLOCK = 0.05  # seconds over which loudness is measured
_TINY = 1e-10  # -200 dB: digital silence has a level that can be printed
# a mono mix this much weaker than its channels (20 dB) has lost most of the music
_CANCELED = 0.01


@dataclass
class Measures:
    """Measures of one clip; None where they have no meaning or were not reached.

    Attributes
    ----------
    error : str
        Why the clip cannot be used; "" if it can.
    kind : str
        Kind of that finding: "unreadable", "not_finite" or "out_of_range".
    lacks : str
        What is missing of the file, if the rest of it can be used; "" if nothing.
    duration : float
        In seconds.
    sample_rate, n_channels : int
    peak, level : float
        Largest sample and root mean square over all channels, in dB of full scale.
    silent, clipped : float
        Shares of the clip, in [0, 1].
    canceled : bool
        Whether the channels cancel each other in the mono mix.
    constant : bool
        Whether all numbers of a row are equal.
    digest : bytes
        Equal for clips with equal samples.
    words : ndarray of uint32
        Fingerprint.
    """

    error: str = ""
    kind: str = ""
    lacks: str = ""
    duration: float | None = None
    sample_rate: int | None = None
    n_channels: int | None = None
    peak: float | None = None
    level: float | None = None
    silent: float | None = None
    clipped: float | None = None
    canceled: bool = False
    constant: bool = False
    digest: bytes | None = None
    words: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint32))


def measure_audio(clip, position, *, sample_rate, silence, fingerprint):
    """Measure a clip in any form; no failure of a clip is raised.

    Parameters
    ----------
    clip : path, bytes, file, array, (array, rate) pair, dict or decoder
    position : int
        Index of the clip, for messages.
    sample_rate : int or None
        Rate of a bare array.
    silence : float
        Level in dB of full scale below which a stretch is silent.
    fingerprint : bool
        Whether to compute the fingerprint.

    Returns
    -------
    measures : Measures
    """
    try:
        with _opened(clip, position, sample_rate) as (blocks, rate, lacks):
            run = _Run(rate, silence=silence, fingerprint=fingerprint)
            # pulls the blocks through all the other measures
            run.digest = wave_digest(run.mixed(blocks), rate)
        return dataclasses.replace(run.measures(), lacks=lacks)
    except Exception as error:
        return Measures(error=reason(error), kind="unreadable")


class _Run:
    """Measures of a recording whose samples come block by block.

    Parameters
    ----------
    rate : float
        In Hz.
    silence : float
        Level in dB of full scale below which a stretch is silent.
    fingerprint : bool
    """

    def __init__(self, rate, *, silence, fingerprint):
        self.rate, self.digest = rate, None
        self._silence = 10 ** (silence / 10)
        self._print = Fingerprint(rate) if fingerprint else None
        self._n = self._bad = self._n_channels = 0
        self._peak = self._energy = self._mixed = 0.0
        self._loudness = _Loudness(max(round(_BLOCK * rate), 1), self._silence)
        self._clipping = _Clipping()

    def mixed(self, blocks):
        """Measure blocks (n_samples_i, n_channels) on their way; yield them mixed."""
        # what is not finite or too loud is told by its peak, and nothing else of it
        with np.errstate(over="ignore", invalid="ignore"):
            for data in blocks:
                mono = mix(data)
                self._add(data, mono)
                yield mono

    def _add(self, data, mono):
        """Measure a block."""
        self._n += len(data)
        self._n_channels = data.shape[1]
        self._bad += int((~np.isfinite(data)).sum())
        self._peak = np.maximum(self._peak, np.abs(data).max())
        self._energy += float(np.square(data).mean()) * len(data)
        self._mixed += float(np.square(mono).mean()) * len(data)
        self._loudness.add(data)
        self._clipping.add(data)
        if self._print is not None:
            self._print.add(mono)

    def measures(self):
        """Return the measures of all blocks together."""
        size = {
            "duration": self._n / self.rate,
            "sample_rate": self.rate,
            "n_channels": self._n_channels,
        }
        if self._bad:
            total = self._n * self._n_channels
            cause = f"{self._bad} of {total} samples are NaN or infinite"
            return Measures(error=cause, kind="not_finite", **size)
        try:
            check_samples(np.atleast_1d(self._peak), "")
        except AudioError as error:
            return Measures(error=reason(error), kind="out_of_range", **size)
        energy, mixed = self._energy / self._n, self._mixed / self._n
        return Measures(
            **size,
            peak=_decibel(self._peak**2),
            level=_decibel(energy),
            silent=self._loudness.share(),
            clipped=float(self._clipping.count.max() / self._n),
            canceled=energy > self._silence and mixed < _CANCELED * energy,
            digest=self.digest,
            words=self._print.words() if self._print else np.empty(0, np.uint32),
        )


class _Loudness:
    """The share of stretches of some samples that are silent."""

    def __init__(self, length, silence):
        self._length, self._silence = length, silence
        self._rest = None
        self._silent = []

    def add(self, data):
        """Measure the stretches that a block completes."""
        if self._rest is not None:
            data = np.concatenate([self._rest, data])
        end = len(data) // self._length * self._length
        self._measure(data[:end], self._length)
        self._rest = data[end:].copy()

    def share(self):
        """Return the share; a recording of less than a stretch is one."""
        if not self._silent:
            self._measure(self._rest, len(self._rest))
        return float(np.mean(self._silent))

    def _measure(self, data, length):
        if len(data):
            energy = np.square(data).reshape(len(data) // length, -1).mean(axis=1)
            self._silent.extend(energy < self._silence)


class _Clipping:
    """The number of samples in runs at full scale, by channel."""

    def __init__(self):
        self.count = np.zeros(1)
        self._full = self._inside = None  # of the last samples

    def add(self, data):
        """Count the samples in runs; a block may complete one from before."""
        full = np.abs(data) >= _FULL
        before = np.zeros_like(full)
        if self._full is not None:
            full = np.concatenate([self._full, full])
            before = np.concatenate([self._inside, before])
        inside = _in_runs(full)
        self.count = self.count + (inside & ~before).sum(axis=0)
        self._full, self._inside = full[1 - _RUN :], inside[1 - _RUN :]


def measure_row(row, *, fingerprint):
    """Measure a spectrogram (n_bands, n_frames) or a row of a table.

    Parameters
    ----------
    row : ndarray of shape (n_bands, n_frames) or (n_features,)
    fingerprint : bool
        Whether to compute the fingerprint.

    Returns
    -------
    measures : Measures
    """
    bad = int((~np.isfinite(row)).sum())
    if bad:
        cause = f"{bad} of {row.size} values are NaN or infinite"
        # a table may have gaps; two rows with the same gaps are still duplicates
        return Measures(error=cause, kind="not_finite", digest=array_digest(row))
    wanted = fingerprint and row.ndim == 2 and len(row) >= MIN_BANDS
    return Measures(
        constant=bool(row.size and row.min() == row.max()),
        digest=array_digest(row),
        words=rows_fingerprint(row) if wanted else np.empty(0, np.uint32),
    )


@contextlib.contextmanager
def _opened(clip, position, sample_rate):
    """Open a clip; yield its blocks (n_samples_i, n_channels), rate and ``lacks``."""
    name, clip = clip_name(clip, position), open_clip(clip, position, sample_rate)
    if is_file(clip):
        with open_audio(clip, name) as sound:
            if sound.n_samples == 0:
                raise no_samples(name)
            yield sound.blocks(0, sound.n_samples), sound.rate, sound.lacks
        return
    if clip.rate is None:
        raise AudioError(
            name, "it is a bare array of unknown rate", "Give sample_rate."
        )
    data = np.atleast_2d(as_floats(as_array(clip.array, name)))
    if not data.size:
        raise no_samples(name)
    # what float32 cannot hold becomes infinite, and is counted as such
    with np.errstate(over="ignore"):
        yield [data.T.astype(np.float32, copy=False)], clip.rate, ""


def _decibel(energy):
    """Convert energy to dB, at least -200."""
    return float(10 * np.log10(max(energy, _TINY**2)))


def _in_runs(full):
    """Return which samples are in runs, of those (n_samples, n_channels) at an end."""
    inside = np.zeros_like(full)
    if len(full) >= _RUN:
        run = full[2:] & full[1:-1] & full[:-2]
        for shift in range(_RUN):
            inside[shift : len(full) - _RUN + 1 + shift] |= run
    return inside
