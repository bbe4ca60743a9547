"""Spectrograms as small pictures inside a page."""

import base64
import struct
import zlib

import numpy as np

from ...audio import AudioError
from ..clips import open_song

_RATE = 22050
_COLUMNS = 480  # more than a phone shows, and about what a card of a wide page does
_BANDS = 80
_RANGE = 80.0  # decibels below the maximum
# matplotlib's "magma" at nine places, which prints well and suits the color-blind
_COLORS = "000004 1c1044 4f127b 812581 b5367a e55964 fb8761 fec287 fcfdbf"


def picture(clip, position):
    """Draw the spectrogram of a clip.

    Parameters
    ----------
    clip : ndarray of shape (..., n_bands, n_frames), or any form of audio
        An array of two and more axes is a spectrogram already, slices in its first
        axis; audio is decoded as a whole.
    position : int
        Index of the clip, for messages.

    Returns
    -------
    picture : dict
        "source" (a data URI), "width" and "height" in pixels, and "seconds" (None for
        a spectrogram); or "fault", why there is none.
    """
    if getattr(clip, "ndim", 1) > 1:
        bands = np.concatenate(clip, axis=-1) if clip.ndim == 3 else np.asarray(clip)
        return _draw(_thinned(bands), None)
    try:
        with open_song(clip, position, sample_rate=_RATE) as song:
            wave = song.wave()
    except AudioError as error:
        return {"fault": str(error)}
    return _draw(_mel(wave), len(wave) / _RATE)


def _mel(wave):
    """Compute a mel spectrogram in decibels of about as many frames as columns."""
    import librosa

    hop = max(512, -(-len(wave) // _COLUMNS))
    power = librosa.feature.melspectrogram(
        y=wave, sr=_RATE, n_fft=2048, hop_length=hop, n_mels=_BANDS
    )
    return librosa.power_to_db(power, ref=np.max, top_db=_RANGE)


def _thinned(bands):
    """Leave out frames beyond the number of columns."""
    return bands[:, :: -(-bands.shape[1] // _COLUMNS)]


def _draw(bands, seconds):
    """Return a picture of values, the lowest band at the bottom."""
    bands = np.nan_to_num(bands.astype(float))
    low, high = bands.min(), bands.max()
    pixels = (bands[::-1] - low) / max(high - low, 1e-12) * 255
    png = base64.b64encode(png_bytes(pixels.round().astype(np.uint8))).decode()
    height, width = bands.shape
    source = f"data:image/png;base64,{png}"
    return {"source": source, "width": width, "height": height, "seconds": seconds}


def png_bytes(pixels):
    """Encode an image of 256 colors as PNG.

    Parameters
    ----------
    pixels : ndarray of uint8 of shape (height, width)

    Returns
    -------
    data : bytes
    """
    height, width = pixels.shape
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    lines = np.hstack([np.zeros((height, 1), np.uint8), pixels]).tobytes()
    chunks = (
        (b"IHDR", head),
        (b"PLTE", _palette()),
        (b"IDAT", zlib.compress(lines, 9)),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + _checksum(kind + data)
        for kind, data in (*chunks, (b"IEND", b""))
    )


def _checksum(data):
    """Return the checksum of a chunk."""
    return struct.pack(">I", zlib.crc32(data))


def _palette():
    """Return 256 colors as bytes."""
    colors = np.array([list(bytes.fromhex(c)) for c in _COLORS.split()], dtype=float)
    at = np.linspace(0, len(colors) - 1, 256)
    parts = [np.interp(at, np.arange(len(colors)), part) for part in colors.T]
    return np.stack(parts, axis=1).round().astype(np.uint8).tobytes()
