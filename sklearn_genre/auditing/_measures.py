"""Measures of a single clip."""

from dataclasses import dataclass, field

import numpy as np

from .._utils.clips import as_array, as_floats, clip_name, open_clip
from .._utils.digest import array_digest, wave_digest
from .._utils.faults import as_audio_error
from ..audio import AudioError, check_samples, is_file, mix, read_channels
from ._fingerprint import MIN_BANDS, rows_fingerprint, wave_fingerprint

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
        data, rate = _channels(clip, position, sample_rate)
        return _measure(data, rate, silence=silence, fingerprint=fingerprint)
    except Exception as error:
        fault = as_audio_error(error, clip_name(clip, position))
        return Measures(error=_words(fault), kind="unreadable")


def _words(error):
    """Return what an error says beside the name of the clip."""
    return f"{error.cause}. {error.remedy}".strip()


def _measure(data, rate, *, silence, fingerprint):
    """Measure samples of shape (n_samples, n_channels)."""
    size = {
        "duration": len(data) / rate,
        "sample_rate": rate,
        "n_channels": data.shape[1],
    }
    bad = int((~np.isfinite(data)).sum())
    if bad:
        cause = f"{bad} of {data.size} samples are NaN or infinite"
        return Measures(error=cause, kind="not_finite", **size)
    try:
        check_samples(data, "")
    except AudioError as error:
        return Measures(error=_words(error), kind="out_of_range", **size)
    mono = mix(data)
    energy, mixed = float(np.mean(np.square(data))), float(np.mean(np.square(mono)))
    return Measures(
        **size,
        peak=_decibel(np.abs(data).max() ** 2),
        level=_decibel(energy),
        silent=_silent_share(data, rate, silence),
        clipped=_clipped_share(data),
        canceled=energy > 10 ** (silence / 10) and mixed < _CANCELED * energy,
        digest=wave_digest([mono], rate),
        words=wave_fingerprint(mono, rate) if fingerprint else np.empty(0, np.uint32),
    )


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


def _channels(clip, position, sample_rate):
    """Return the samples (n_samples, n_channels) of a clip, and their rate."""
    name, clip = clip_name(clip, position), open_clip(clip, position, sample_rate)
    if is_file(clip):
        return read_channels(clip, name)
    if clip.rate is None:
        raise AudioError(
            name, "it is a bare array of unknown rate", "Give sample_rate."
        )
    data = np.atleast_2d(as_floats(as_array(clip.array, name)))
    if not data.size:
        raise AudioError(name, "it holds no samples", "Leave it out.")
    # what float32 cannot hold becomes infinite, and is counted as such
    with np.errstate(over="ignore"):
        return data.T.astype(np.float32, copy=False), clip.rate


def _decibel(energy):
    """Convert energy to dB, at least -200."""
    return float(10 * np.log10(max(energy, _TINY**2)))


def _silent_share(data, rate, silence):
    """Return the share of blocks of 50 ms whose level is below ``silence``."""
    length = min(max(round(_BLOCK * rate), 1), len(data))
    n_blocks = len(data) // length
    blocks = data[: n_blocks * length].reshape(n_blocks, -1)
    return float((np.square(blocks).mean(axis=1) < 10 ** (silence / 10)).mean())


def _clipped_share(data):
    """Return the share of samples in runs at full scale, of the worst channel."""
    if len(data) < _RUN:
        return 0.0
    full = np.abs(data) >= _FULL
    run = full[2:] & full[1:-1] & full[:-2]
    inside = np.zeros_like(full)
    for shift in range(_RUN):
        inside[shift : len(data) - _RUN + 1 + shift] |= run
    return float(inside.mean(axis=0).max())
