"""wav, aiff, caf and au with sizes and chunks that are not as they should be."""

import io
import struct

import numpy as np
import pytest
from helpers import RATE, sound_file

from sklearn_genre import AudioError, load_audio

from ..odd_bytes import mp3_in_wav, patched
from .mpeg_files import encoded, headerless

WAVE = 0.3 * np.random.default_rng(0).standard_normal(RATE)
UNKNOWN = [0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]


def written(format, subtype=None, endian=None):
    return sound_file(WAVE, RATE, format, subtype, endian=endian)


WAV = written("WAV")
DATA = WAV.index(b"data")
SAMPLES = load_audio(WAV)[0]


def check_whole(content, tmp_path):
    path = tmp_path / "song"
    path.write_bytes(content)
    for source in (content, path):
        np.testing.assert_array_equal(load_audio(source)[0], SAMPLES)
        part = load_audio(source, offset=0.5, duration=0.1)[0]
        np.testing.assert_array_equal(part, SAMPLES[4000:4800])


@pytest.mark.parametrize("size", [0, *UNKNOWN])
def test_wav_of_unknown_size(tmp_path, size):
    for order, content in (("<", WAV), (">", written("WAV", endian="BIG"))):
        field = struct.pack(f"{order}I", size)
        part = patched(content, b"data", field)
        check_whole(part, tmp_path)
        check_whole(patched(part, 4, field), tmp_path)


@pytest.mark.parametrize("size", [0, 2**62, 2**63 - 1, 2**64 - 1])
def test_rf64_of_unknown_size(tmp_path, capfd, size):
    content = written("RF64")
    samples, sizes = struct.pack("<Q", size), struct.pack("<3Q", *3 * [size])
    check_whole(patched(content, b"ds64", samples, skip=12), tmp_path)
    check_whole(patched(content, b"ds64", sizes, skip=4), tmp_path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [2**32, 2**36, 2**39])
def test_long_files_are_truncated(size):
    """What a header of 64 bits gives is meant."""
    for content in (
        patched(written("RF64"), b"ds64", struct.pack("<Q", size), skip=12),
        patched(written("CAF"), b"data", struct.pack(">q", size)),
    ):
        with pytest.raises(AudioError, match=f"truncated .*promises {size} bytes"):
            load_audio(content)


@pytest.mark.parametrize("size", [0, *UNKNOWN])
def test_au_of_unknown_size(tmp_path, size):
    check_whole(patched(written("AU"), 8, struct.pack(">I", size)), tmp_path)
    little = written("AU", endian="LITTLE")
    check_whole(patched(little, 8, struct.pack("<I", size)), tmp_path)


@pytest.mark.parametrize("size", [0, 8, *UNKNOWN])
def test_aiff_of_unknown_size(tmp_path, size):
    field = struct.pack(">I", size)
    content = patched(written("AIFF"), b"SSND", field)
    check_whole(content, tmp_path)
    check_whole(patched(content, 4, field), tmp_path)


@pytest.mark.parametrize("size", [0, 4, -1, 2**40])
def test_caf_of_unknown_size(tmp_path, capfd, size):
    field = struct.pack(">q", size)
    check_whole(patched(written("CAF"), b"data", field), tmp_path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [0, 24, -1, 2**40])
def test_w64_of_unknown_size(tmp_path, size):
    field = struct.pack("<q", size)
    check_whole(patched(written("W64"), b"data", field, skip=12), tmp_path)


@pytest.mark.parametrize("format", ["WAV", "RF64", "AIFF", "AU", "CAF", "W64"])
def test_files_without_samples_stay_empty(format):
    empty = sound_file(np.zeros(0), RATE, format)
    contents = [empty]
    if format in ("WAV", "AIFF"):
        order = "<" if format == "WAV" else ">"
        for text in (b"a note", b"odd"):
            tail = b"LIST" + struct.pack(f"{order}I", len(text)) + text
            contents.append(empty + tail + b"\0" * (len(text) % 2))
    for content in contents:
        with pytest.raises(AudioError, match="it holds no samples"):
            load_audio(content)


LISTS = {
    "entry padded to 4 bytes": struct.pack("<I", 16)
    + b"INFOICMT"
    + struct.pack("<I", 1)
    + b"a\0\0\0",
    "entry longer than the chunk": struct.pack("<I", 16)
    + b"INFOICMT"
    + struct.pack("<I", 10**6)
    + b"a\0\0\0",
    "cut entry": struct.pack("<I", 10) + b"INFOICMT" + b"\1\0",
    "nothing in it": struct.pack("<I", 4) + b"INFO",
    "no bytes at all": struct.pack("<I", 0),
    "only zeros": struct.pack("<I", 400) + bytes(400),
    "only ones": struct.pack("<I", 400) + b"\xff" * 400,
    "length too large": struct.pack("<I", 4000) + b"INFO" + bytes(16),
    "length far too large": struct.pack("<I", 2**31) + b"INFO" + bytes(16),
    "length too small": struct.pack("<I", 4)
    + b"INFO"
    + b"IART"
    + b"\0\0\0\1"
    + bytes(16),
    "odd, without padding": struct.pack("<I", 17) + b"INFO" + bytes(13),
}


@pytest.mark.parametrize("chunk", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("name", [b"LIST", b"bext", b"cart", b"id3 ", b"abcd"])
def test_chunks_that_confuse(tmp_path, name, chunk):
    check_whole(WAV[:DATA] + name + chunk + WAV[DATA:], tmp_path)


@pytest.mark.parametrize("chunk", LISTS.values(), ids=LISTS)
def test_chunks_that_confuse_in_aiff(tmp_path, chunk):
    content = written("AIFF")
    at = content.index(b"SSND")
    size = struct.pack(">I", struct.unpack("<I", chunk[:4])[0])
    check_whole(content[:at] + b"ANNO" + size + chunk[4:] + content[at:], tmp_path)


@pytest.mark.parametrize("layer_3", [encoded, lambda: headerless(encoded())])
@pytest.mark.parametrize("size", [None, 0, *UNKNOWN])
def test_mp3_in_a_wav(layer_3, size):
    content = layer_3()
    wav = mp3_in_wav(content, size)
    np.testing.assert_array_equal(load_audio(wav)[0], load_audio(content)[0])


CODECS = [
    *("WAV G721_32", "WAV GSM610", "WAV NMS_ADPCM_16", "WAV NMS_ADPCM_32"),
    *("WAV IMA_ADPCM", "WAV MS_ADPCM", "WAV ULAW", "W64 GSM610", "AIFF GSM610"),
    *("AIFF DWVW_16", "AIFF IMA_ADPCM", "AU G721_32", "AU G723_24", "AU G723_40"),
    *("CAF ALAC_16", "OGG VORBIS", "OGG OPUS", "FLAC PCM_24", "MP3 MPEG_LAYER_III"),
]


@pytest.mark.parametrize("codec", CODECS)
def test_any_codec_can_be_read_from_an_offset(tmp_path, codec):
    content = written(*codec.split())
    path = tmp_path / "song"
    path.write_bytes(content)
    whole = load_audio(content)[0]
    for source in (content, path, io.BytesIO(content)):
        for offset in (0.001, 0.3, 0.62, 0.9):
            part = load_audio(source, offset=offset, duration=0.1)[0]
            start = round(offset * RATE)
            np.testing.assert_array_equal(part, whole[start : start + 800])
