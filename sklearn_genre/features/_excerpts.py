"""What a transformer takes of a song: all of it or excerpts, at once or in pieces."""

import contextlib

import numpy as np

from .._utils.arrays import evenly
from .._utils.clips import open_song
from ..audio import AudioError
from ._numerics.frames import Pieces, n_frames
from ._numerics.stft import frames_in_block

# Samples above which a song's spectra are computed piece by piece, and samples of a
# piece: 16 MB, three minutes at 22,050 Hz.
_PIECE = 2**22


@contextlib.contextmanager
def open_wave(
    clip,
    position,
    *,
    sample_rate,
    array_rate,
    offset,
    duration,
    n_excerpts=None,
    min_samples=1,
    stft=None,
    resampler="soxr",
):
    """Open one item of X as what the function of a transformer takes.

    Parameters
    ----------
    clip : path, bytes, file, array, (array, rate) pair, dict, decoder or Samples
    position : int
        Index in X, for messages.
    sample_rate, array_rate : int
        Rate of the result, and the rate of a bare array, in Hz.
    offset : float
        Start, in seconds.
    duration : float or None
        Length of the result in seconds: cropped or padded with zeros at the end. With
        ``n_excerpts``, that of an excerpt.
    n_excerpts : int or None, default=None
        How many excerpts stand for a longer song.
    min_samples : int, default=1
        Minimum length of the song.
    stft : dict or None, default=None
        Keywords of ``stft_blocks``, except the device, if the function takes pieces.
    resampler : {"soxr", "kaiser_best"}, default="soxr"

    Yields
    ------
    wave : ndarray of shape (n_samples,), float32, or Pieces
        Pieces only if ``stft`` is given. They are decoded as they are taken, and have
        zeros where frames reach beyond the song: transforms with ``center=False`` are
        those of the song, or of its excerpts.

    Raises
    ------
    AudioError
        If the clip cannot be decoded or used.
    """
    length = None if duration is None else round(duration * sample_rate)
    most = duration if n_excerpts is None else None
    span = {"sample_rate": sample_rate, "offset": offset, "duration": most}
    span |= {"array_rate": array_rate, "resampler": resampler}
    with open_song(clip, position, **span) as song:
        n_samples = song.n_samples if most is None else length
        # So nothing is cut off clips of 30 s, which in most data sets are some frames
        # longer or shorter than that.
        if n_excerpts is not None and n_samples < (n_excerpts + 1) * length:
            n_excerpts = None
        _require(min_samples, song, n_samples if n_excerpts is None else length)
        if stft is None:
            yield _wave(song, n_samples, length, n_excerpts)
        else:
            yield _frames(song, n_samples, length, n_excerpts, stft)


def _require(min_samples, song, n_samples):
    """Raise an AudioError if a song, or each excerpt, is too short."""
    if n_samples < min_samples:
        raise AudioError(
            song.name,
            f"it has {n_samples} samples at {song.rate} Hz, fewer than the "
            f"{min_samples} that these features need",
            "Use longer clips, a shorter n_fft or hop_length, or pad with duration.",
        )


def _wave(song, n_samples, length, n_excerpts):
    """Return the samples of a song, or of its excerpts."""
    if n_excerpts is None:
        wave = song.wave(0, n_samples)
        # functions of users may write to it, and it may be an array of X
        return wave if wave.flags.writeable else wave.copy()
    starts = evenly(n_samples - length, n_excerpts)
    return np.concatenate([song.wave(start, start + length) for start in starts])


def _frames(song, n_samples, length, n_excerpts, stft):
    """Return the waveform of a song, or pieces with the frames that are wanted."""
    if n_excerpts is None and n_samples <= _PIECE:
        return song.wave(0, n_samples)
    starts, n = [0], n_frames(n_samples, **stft)
    if n_excerpts is not None:
        last, n = n, n_frames(length, **stft)
        starts = evenly(last - n, n_excerpts)
    waves = (wave for start in starts for wave in _pieces(song, start, n, **stft))
    return Pieces(len(starts) * n, waves)


def _pieces(song, first, n, *, n_fft, hop_length, center, **others):
    """Yield waveforms with the samples of ``n`` frames from ``first`` on."""
    start = first * hop_length - (n_fft // 2 if center else 0)
    stop = start + (n - 1) * hop_length + n_fft
    step = _frames_in_piece(n_fft, hop_length) * hop_length
    size = step + max(n_fft - hop_length, 0)
    held = np.empty(0, dtype=np.float32)
    for block in song.blocks(start, stop):
        held = np.concatenate([held, block])
        while len(held) >= size:
            yield held[:size]
            held = held[step:]
    if len(held) >= n_fft:
        yield held


def _frames_in_piece(n_fft, hop_length):
    """Return the number of frames in a piece; whole blocks of the transform.

    The digits of a frame may depend on the number of frames in its block.
    """
    block = frames_in_block(n_fft)
    n = max(_PIECE // hop_length, 1)
    return max(n // block * block, min(n, block))
