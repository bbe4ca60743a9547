"""Ogg files for tests, page by page."""

import io
import zlib

import numpy as np
import soundfile

REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def written(codec="VORBIS", rate=22050, seconds=6.0, channels=1, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    wave = 0.3 * np.sin(2764.6 * t)[:, None] + 0.05 * rng.standard_normal(channels)
    wave = wave + 0.05 * rng.standard_normal((len(t), channels))
    file = io.BytesIO()
    how = dict(samplerate=rate, channels=channels, format="OGG", subtype=codec)
    with soundfile.SoundFile(file, "w", **how) as sound:
        for start in range(0, len(wave), 2**14):  # more at once may crash libsndfile
            sound.write(wave[start : start + 2**14])
    return file.getvalue()


def pages_of(content):
    pages = []
    while content:
        assert content.startswith(b"OggS")
        size = 27 + content[26] + sum(content[27 : 27 + content[26]])
        pages.append(content[:size])
        content = content[size:]
    return pages


def changed(page, flags=None, end=None, number=None, serial=None):
    """A page with other fields, and its checksum right."""
    page = bytearray(page)
    if flags is not None:
        page[5] = flags
    if end is not None:
        page[6:14] = end.to_bytes(8, "little", signed=True)
    if serial is not None:
        page[14:18] = serial
    if number is not None:
        page[18:22] = number.to_bytes(4, "little")
    page[22:26] = bytes(4)
    crc = zlib.crc32(bytes(page).translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    page[22:26] = crc.to_bytes(4, "big").translate(REVERSED)
    return bytes(page)


def end_of(page):
    return int.from_bytes(page[6:14], "little", signed=True)
