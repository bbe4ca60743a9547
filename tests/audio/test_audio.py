import io
import os
import pickle
import struct

import librosa
import numpy as np
import pytest
import soundfile
from helpers import sound_file

from sklearn_genre import AudioError, load_audio

RATE = 22050

# format, subtype, largest difference from the samples written
LOSSLESS = [
    ("WAV", "PCM_16", 2**-15),
    ("WAV", "PCM_24", 2**-23),
    ("WAV", "FLOAT", 0),
    ("WAVEX", "PCM_16", 2**-15),
    ("RF64", "PCM_16", 2**-15),
    ("W64", "PCM_16", 2**-15),
    ("AIFF", "PCM_16", 2**-15),
    ("CAF", "PCM_16", 2**-15),
    ("AU", "PCM_16", 2**-15),
    ("FLAC", "PCM_16", 2**-15),
]
LOSSY = [("OGG", "VORBIS", 0.03), ("MP3", "MPEG_LAYER_III", 0.03)]
ALL = LOSSLESS + LOSSY


def tone(seconds=2.0, rate=RATE, frequency=440.0):
    t = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def encode(samples, rate=RATE, format="WAV", subtype=None):
    return sound_file(samples, rate, format, subtype)


@pytest.mark.parametrize(("format", "subtype", "tolerance"), ALL)
def test_formats(tmp_path, format, subtype, tolerance):
    y = tone()
    content = encode(y, format=format, subtype=subtype)
    path = tmp_path / "clip"
    path.write_bytes(content)
    waveform, rate = load_audio(path)
    assert (waveform.dtype, waveform.shape, rate) == (np.float32, y.shape, RATE)
    # the codecs round off the abrupt ends
    middle = slice(2000, -2000) if tolerance > 0.01 else slice(None)
    assert np.abs(waveform - y)[middle].max() <= tolerance
    with open(path, "rb") as file:
        for source in (str(path), content, bytearray(content), file, file):
            np.testing.assert_array_equal(load_audio(source)[0], waveform)


@pytest.mark.parametrize(("format", "subtype", "tolerance"), ALL)
def test_part_equals_part_of_whole(format, subtype, tolerance):
    rng = np.random.default_rng(1)
    noise = 0.1 * rng.standard_normal(3 * RATE)
    content = encode(noise, format=format, subtype=subtype)
    whole, _ = load_audio(content)
    part, _ = load_audio(content, offset=1.25, duration=0.5)
    start = round(1.25 * RATE)
    np.testing.assert_allclose(
        part, whole[start : start + round(0.5 * RATE)], atol=1e-6
    )
    rest, _ = load_audio(content, offset=2.5, duration=10)
    np.testing.assert_allclose(rest, whole[round(2.5 * RATE) :], atol=1e-6)


class CountingFile(io.BytesIO):
    n_read = 0

    def readinto(self, buffer):
        n = super().readinto(buffer)
        self.n_read += n
        return n

    def read(self, size=-1):
        data = super().read(size)
        self.n_read += len(data)
        return data


@pytest.mark.parametrize("format", ["WAV", "AU", "FLAC"])
def test_reads_only_the_wanted_part(format, rng):
    content = encode(0.1 * rng.standard_normal(30 * RATE), format=format)
    file = CountingFile(content)
    load_audio(file, offset=15, duration=1)
    assert file.n_read < len(content) / 4


@pytest.mark.skipif(os.name != "posix", reason="descriptor 2 is captured")
def test_mp3_parts_print_nothing(rng, capfd):
    content = encode(0.3 * rng.standard_normal(5 * RATE), format="MP3")
    for offset in (0.1, 1.0, 3.3):
        load_audio(content, offset=offset, duration=0.2)
    assert capfd.readouterr() == ("", "")


def test_channels_are_averaged(rng):
    stereo = rng.uniform(-1, 1, (1000, 2)).astype(np.float32)
    waveform, _ = load_audio(encode(stereo, subtype="FLOAT"))
    np.testing.assert_allclose(waveform, stereo.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize("target", [8000, 16000, 44100])
def test_resampling(target):
    content = encode(tone(), subtype="FLOAT")
    waveform, rate = load_audio(content, sample_rate=target)
    assert rate == target
    expected = tone(rate=target)
    assert abs(len(waveform) - len(expected)) <= 1
    # a tone stays that tone, away from the ends where the filter rings
    inside = slice(target // 10, -target // 10)
    np.testing.assert_allclose(waveform[inside], expected[inside], atol=1e-3)
    by_librosa = librosa.resample(tone(), orig_sr=RATE, target_sr=target)
    n = min(len(waveform), len(by_librosa))
    np.testing.assert_allclose(waveform[:n], by_librosa[:n], atol=1e-6)


def test_silence_is_legal():
    waveform, _ = load_audio(encode(np.zeros(1000)))
    assert not waveform.any()


def test_longer_duration_gives_what_is_there():
    assert len(load_audio(encode(tone(1)), duration=5)[0]) == RATE


def refusal(source, **kwargs):
    with pytest.raises(AudioError) as info:
        load_audio(source, **kwargs)
    return info.value


def test_missing_file(tmp_path):
    error = refusal(tmp_path / "nothing.wav")
    assert error.source == str(tmp_path / "nothing.wav")
    assert error.cause == "no such file"
    assert str(error) == f"{error.source}: no such file. Check the path."
    assert isinstance(error, ValueError)


def test_folder(tmp_path):
    assert "cannot be opened" in refusal(tmp_path).cause


def test_empty_file(tmp_path):
    path = tmp_path / "empty.wav"
    path.touch()
    error = refusal(path)
    assert error.source == str(path)
    assert error.cause == "the file is empty (0 bytes)"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not audio at all, but long enough " * 100, "cannot be decoded as audio"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00" + bytes(1000), "MP4 file (m4a"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(1000), "Windows Media"),
        (b"\xff\xf1\x50\x80" + bytes(1000), "AAC"),
        (b"<!DOCTYPE html><html>Not found</html>", "a web page"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "cannot be decoded"),
    ],
)
def test_not_audio(tmp_path, content, words):
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    error = refusal(path)
    assert error.source == str(path)
    assert words in error.cause
    assert "convert it" in error.remedy


def test_headerless_audio_is_refused(tmp_path):
    path = tmp_path / "samples.raw"
    path.write_bytes(bytes(1000))
    assert "cannot be decoded" in refusal(path).cause


def test_unsupported_codec():
    content = bytearray(encode(tone(0.1)))
    content[20:22] = struct.pack("<H", 0x0FFF)  # nobody's
    assert "cannot be decoded" in refusal(bytes(content)).cause


@pytest.mark.parametrize(("format", "subtype", "tolerance"), ALL)
@pytest.mark.parametrize("share", [0.97, 0.5, 0.1])
def test_truncated(tmp_path, capfd, format, subtype, tolerance, share):
    rng = np.random.default_rng(2)
    content = encode(0.1 * rng.standard_normal(5 * RATE), format=format)
    path = tmp_path / "cut"
    path.write_bytes(content[: int(share * len(content))])
    if format == "OGG" and share > 0.1:
        with pytest.warns(UserWarning, match=f"{path}: its last pages are missing"):
            waveform, _ = load_audio(path)
        assert 0.7 * share * 5 * RATE < len(waveform) < 5 * RATE
        return
    error = refusal(path)
    assert error.source == str(path)
    if format == "FLAC":
        assert "truncated" in error.cause or "damaged" in error.cause
    elif not (format == "CAF" and share < 0.9):  # refused by libsndfile
        assert "truncated" in error.cause


@pytest.mark.parametrize("format", ["WAV", "AU"])
def test_truncation_is_noticed_outside_the_wanted_part(format):
    content = encode(tone(2), format=format)
    assert "truncated" in refusal(content[:-1000], duration=0.1).cause


def test_unknown_size_is_not_truncation():
    """Programs that write wav and au to a pipe leave the size open."""
    wav = bytearray(encode(tone(1)))
    wav[4:8] = wav[40:44] = b"\xff\xff\xff\xff"
    assert wav[36:40] == b"data"
    assert len(load_audio(bytes(wav))[0]) == RATE
    au = bytearray(encode(tone(1), format="AU"))
    au[8:12] = b"\xff\xff\xff\xff"
    assert len(load_audio(bytes(au))[0]) == RATE


def test_other_chunks_do_not_look_like_truncation():
    wav = encode(tone(1))
    odd = b"LIST" + struct.pack("<I", 5) + b"title\x00"
    data = wav.index(b"data")
    content = wav[:data] + odd + wav[data:] + b"id3 " + struct.pack("<I", 4) + b"abcd"
    content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    assert len(load_audio(content)[0]) == RATE
    cut = content[:-2000]
    assert "truncated" in refusal(cut).cause


def test_zero_length():
    assert "no samples" in refusal(encode(np.zeros(0))).cause


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(value):
    y = tone(0.1)
    y[17] = value
    assert "NaN or infinite" in refusal(encode(y, subtype="FLOAT")).cause


@pytest.mark.parametrize("offset", [1.0, 1.5, 1e6])
def test_offset_beyond_the_end(offset):
    error = refusal(encode(tone(1)), offset=offset)
    assert error.cause == f"offset {offset:g} s is not before its end at 1 s"


def test_file_objects_that_do_not_serve(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(encode(tone(0.1)))
    with open(path, encoding="latin-1") as text:
        assert "text" in refusal(text).cause
    with open(path, "rb") as closed:
        pass
    with pytest.raises(AudioError, match="cannot be opened"):
        load_audio(closed)

    class Pipe:
        def read(self, size=-1):
            return b""

    assert "cannot be opened" in refusal(Pipe()).cause
    with pytest.raises(TypeError, match="a path, bytes or a binary file object"):
        load_audio(3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sample_rate", 0),
        ("sample_rate", "22050"),
        ("offset", -1),
        ("offset", None),
        ("offset", np.nan),
        ("duration", 0),
        ("duration", np.inf),
        ("duration", True),
    ],
)
def test_numbers_out_of_range(name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be a finite number"):
        load_audio(encode(tone(0.1)), **{name: value})


def test_error_survives_pickling():
    error = pickle.loads(pickle.dumps(AudioError("a.wav", "it is bad", "Fix it.")))
    assert (error.source, error.cause, error.remedy) == (
        "a.wav",
        "it is bad",
        "Fix it.",
    )
    assert str(error) == "a.wav: it is bad. Fix it."


def test_real_files_equal_librosa(data_dir):
    paths = [*data_dir.glob("gtzan/clips/*/*"), *data_dir.glob("free_audio/*.ogg")]
    assert len(paths) >= 27
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float32")
        waveform, own_rate = load_audio(path)
        assert own_rate == rate
        np.testing.assert_array_equal(waveform, samples)
        part = samples[round(1.5 * rate) : round(3.5 * rate)]
        expected = librosa.resample(part, orig_sr=rate, target_sr=12000)
        waveform, _ = load_audio(path, sample_rate=12000, offset=1.5, duration=2)
        assert len(waveform) == 24000  # librosa may add a zero
        np.testing.assert_allclose(waveform, expected[:24000], atol=1e-6)
