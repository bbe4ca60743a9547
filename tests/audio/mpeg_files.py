"""MPEG audio files for tests, made of the frames of libsndfile's encoder."""

import io

import numpy as np
from helpers import sound_file

from sklearn_genre.audio._mpeg import scan

RATE = 44100


def tone(seconds, rate=RATE, channels=1):
    """A tone and its octave, that fades: no two spans of it are equal."""
    t = np.arange(int(seconds * rate)) / rate
    y = 0.3 * (np.sin(2764.6 * t) + np.sin(5529.2 * t)) * np.exp(-t / 3)
    return y if channels == 1 else np.stack([y, 0.5 * y], axis=1)


def encoded(seconds=2.0, rate=RATE, channels=1, mode="CONSTANT", level=0.5):
    """An mp3 with an Info header."""
    return sound_file(
        tone(seconds, rate, channels),
        rate,
        "MP3",
        "MPEG_LAYER_III",
        bitrate_mode=mode,
        compression_level=level,
    )


def frames_of(content):
    """The frames of a file that hold sound, one by one."""
    starts = scan(io.BytesIO(content), "file").offsets.tolist()
    ends = [*starts[1:], starts[-1] + (starts[-1] - starts[-2])]
    return [content[a:b] for a, b in zip(starts, ends, strict=True)]


def headerless(content):
    """The same file without its Info header."""
    first = scan(io.BytesIO(content), "file").offsets[0]
    return content[first:]


def id3(n):
    """An ID3v2 tag with a picture of n bytes, which looks like headers of frames."""
    size = bytes(n >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + (b"\xff\xfb\x90\x64" * n)[:n]


def ape(n):
    """An APE tag with n bytes in it."""
    start = b"APETAGEX" + (2000).to_bytes(4, "little") + (n + 32).to_bytes(4, "little")
    start += (1).to_bytes(4, "little")
    header, footer = ((flag << 28).to_bytes(4, "little") + bytes(8) for flag in (10, 8))
    return start + header + (b"\xff\xfb\x90\x64" * n)[:n] + start + footer


ID3V1 = b"TAG" + b"a song".ljust(125, b"\0")
LYRICS = b"LYRICSBEGININD0000200000021LYRICS200"
