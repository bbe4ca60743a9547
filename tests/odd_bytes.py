"""Audio files as bytes, and surgery on them, for tests of odd and bad files."""

import io
import struct

import numpy as np
from helpers import sound_file

from .audio.mpeg_files import frames_of, headerless, id3
from .audio.ogg_files import changed, pages_of, written

RATE, SECONDS = 22050, 1.0


def noise(seconds=SECONDS, rate=RATE, channels=1, level=0.3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-level, level, (round(seconds * rate), channels))


def encoded(format="WAV", subtype=None, rate=RATE, endian=None, **music):
    """A file as libsndfile writes it."""
    wave = noise(rate=rate, **music)
    return sound_file(wave, rate, format, subtype, endian=endian)


def float_wav(values, rate=RATE):
    return sound_file(np.float32(values), rate, "WAV", "FLOAT")


def patched(data, place, new, skip=0):
    """Bytes with some replaced, at a place, or ``skip`` behind some bytes."""
    at = data.index(place) + len(place) if isinstance(place, bytes) else place
    at += skip
    return data[:at] + new + data[at + len(new) :]


def cut(data, share):
    return data[: round(share * len(data))]


# -- wav ------------------------------------------------------------------------------
def sized(wav, chunk, size, order="<"):
    """A file whose header gives another size of a chunk."""
    return patched(wav, chunk, struct.pack(f"{order}I", size))


def with_field(wav, at, form, value):
    """A wav with another value in its format chunk."""
    return patched(wav, b"fmt ", struct.pack(form, value), skip=4 + at)


def with_chunk(wav, name, body, *, size=None, behind=False):
    """A wav with another chunk before the samples, or behind them."""
    at = len(wav) if behind else wav.index(b"data")
    size = len(body) if size is None else size
    data = wav[:at] + name + struct.pack("<I", size) + body + wav[at:]
    return patched(data, 4, struct.pack("<I", len(data) - 8))


# -- flac -----------------------------------------------------------------------------
def flac(**music):
    return encoded("FLAC", **music)


def flac_total(data, total):
    """A flac file whose header gives another number of samples."""
    # behind the marker and the head of the first block: 13 bytes, then 36 bits of total
    at = 8 + 13
    high = bytes([data[at] & 0xF0 | total >> 32])
    return patched(data, at, high + struct.pack(">I", total & 0xFFFFFFFF))


def head_of_flac():
    """A flac file up to its first frame."""
    data = flac()
    return data[: data.index(b"\xff\xf8")]


# -- mp3 ------------------------------------------------------------------------------
def promising(n, data):
    """An mp3 file whose header gives another number of frames."""
    return patched(data, b"Info", struct.pack(">I", n), skip=4)


def id3_claiming(size, n):
    """An ID3 tag of n bytes that gives another size."""
    return patched(id3(n), 6, id3(size)[6:10])


def vbri(data, n=None):
    """An mp3 file behind a VBRI header, of n frames, in place of its own."""
    frames = frames_of(data)
    head = frames[0][:4].ljust(len(frames[0]), b"\0")
    n = struct.pack(">I", len(frames) if n is None else n)
    return patched(patched(head, 36, b"VBRI"), 50, n) + headerless(data)


def mp3_in_wav(data, size=None, fact=b""):
    """A wav file whose samples, of a size that may be wrong, are coded as mp3."""
    size = len(data) if size is None else size
    form = struct.pack("<HHIIHH", 0x55, 1, 44100, 16000, 1, 0)
    form += struct.pack("<HHIHHH", 12, 1, 2, 417, 1, 1393)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + fact
    chunks += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


# -- ogg ------------------------------------------------------------------------------
def ogg(codec="VORBIS", rate=22050, seconds=SECONDS, **music):
    return written(codec, rate, seconds, **music)


def opus(**music):
    return ogg("OPUS", 48000, **music)


def with_serial(data, serial):
    """An ogg file under another serial number."""
    return b"".join(changed(page, serial=serial) for page in pages_of(data))


def without_page(data, k):
    pages = pages_of(data)
    del pages[k]
    return b"".join(pages)


def with_page_twice(data, k):
    pages = pages_of(data)
    return b"".join(pages[: k + 1] + pages[k:])


def multiplexed(first, second):
    """Two streams of sound at the same time."""
    pages = zip(pages_of(first), pages_of(second), strict=True)
    return b"".join(page for pair in pages for page in pair)


# -- others ---------------------------------------------------------------------------
def zipped(name="song.wav"):
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, encoded())
    return file.getvalue()
