"""Features of clips: one by one, or in batches of equal length, as a GPU needs them."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from .._utils.arrays import is_finite
from .._utils.clips import clip_name, open_clip
from .._utils.faults import named
from ..audio import AudioError
from ._excerpts import open_wave
from ._numerics.frames import Pieces

# samples of one batch: 64 MB, under 2 GB with its frames and spectra
_BATCH_SAMPLES = 2**24


def compute(clip, position, *, audio, cache, function):
    """Compute the features of one clip, from decoding on."""
    with named(clip, position):
        name = clip_name(clip, position)
        clip = open_clip(clip, position, audio["array_rate"])

        def row():
            with open_wave(clip, position, **audio) as wave:
                return finite_row(function(wave), name)

        return row() if cache is None else cache.fetch(clip, row)


def finite_row(row, name):
    """Return the features of a clip; refuse those that are not finite."""
    if not is_finite(row):
        raise AudioError(
            name,
            "its features are NaN or infinite, beyond the range of float32",
            "Use a smaller exponent (power), or another scale.",
        )
    return row


def _drop(row):
    """Keep features nowhere."""


@dataclasses.dataclass
class Prepared:
    """A clip on its way to a batch: its features from a cache, or its waveform.

    Pieces of a waveform are a batch by themselves.
    """

    row: np.ndarray | None = None
    wave: np.ndarray | Pieces | None = None
    name: str = ""  # for messages
    keep: Callable = _drop  # called with the features once they are computed


def prepare(clip, position, *, audio, cache, stage=None):
    """Read a clip in a worker, so that its features can be computed in a batch."""
    with named(clip, position):
        item = _prepare(clip, position, audio, cache)
        if stage is not None and isinstance(item.wave, np.ndarray):
            item.wave = stage(item.wave)
        return item


def _prepare(clip, position, audio, cache):
    """Return the features of a clip from the cache, or its waveform."""
    name = clip_name(clip, position)
    clip = open_clip(clip, position, audio["array_rate"])
    key = None if cache is None else cache.key(clip)
    row = None if cache is None else cache.read(key)
    if row is not None:
        return Prepared(row=row)
    keep = _drop if cache is None else functools.partial(cache.write, key, clip)
    return Prepared(wave=_read(clip, position, audio), name=name, keep=keep)


def _read(clip, position, audio):
    """Return the waveform of a clip, or all pieces of it."""
    with open_wave(clip, position, **audio) as wave:
        if isinstance(wave, Pieces):
            return wave._replace(waves=list(wave.waves))
        return wave


def batches(items):
    """Yield lists of consecutive clips of equal length, bounded in memory.

    A clip that already has its features is a list by itself.
    """
    batch = []
    for item in items:
        if batch and not _fits(item, batch):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _fits(item, batch):
    """Return whether a clip can be computed together with those in a batch."""
    if not all(isinstance(it.wave, np.ndarray) for it in (item, batch[0])):
        return False
    n_samples = len(item.wave)
    together = (len(batch) + 1) * n_samples
    return n_samples == len(batch[0].wave) and together <= _BATCH_SAMPLES
