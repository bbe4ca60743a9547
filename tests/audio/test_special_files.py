"""Paths that are not of regular files, names that are not text, impossible rates."""

import io
import os
import socket
import struct
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from helpers import sound_file, special_files, within

from sklearn_genre import (
    AudioError,
    FeatureCache,
    MelSpectrogram,
    load_audio,
    load_feature_table,
    load_manifest,
    load_msd,
)
from sklearn_genre._utils.files import NoFileError, check_file, open_file
from sklearn_genre.audio._sources import steady
from sklearn_genre.pretrained import load_model

MEL = MelSpectrogram(n_mels=8, n_fft=256, hop_length=256)


@pytest.fixture
def special(tmp_path):
    """Paths by what they are of, none a regular file; removed at the end."""
    with special_files(tmp_path) as paths:
        yield paths


KINDS = {
    "pipe": "it is a named pipe",
    "socket": "it is a socket",
    "terminal": "it is a terminal",
    "zeros": "it is a terminal or another device",
    "folder": "it is a folder",
    "loop": "symbolic links",
    "broken": "leads nowhere",
    "link to a pipe": "it is a named pipe",
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_refused_at_once(special, kind):
    path = special[kind]
    error = within(10, pytest.raises, AudioError, load_audio, path).value
    assert error.source == str(path)
    assert KINDS[kind] in error.cause
    for cache in (None, FeatureCache(path.parent / "cache", compare="content")):
        mel = MelSpectrogram(n_mels=8, cache=cache)
        error = within(10, pytest.raises, AudioError, mel.transform, [path]).value
        assert KINDS[kind] in error.cause


@pytest.mark.parametrize("kind", ["pipe", "socket", "zeros", "link to a pipe"])
def test_tables_and_models_are_files_too(special, kind):
    for read in (check_file, open_file, load_model, load_manifest, load_feature_table):
        error = within(10, pytest.raises, NoFileError, read, special[kind]).value
        assert str(special[kind]) in str(error)


@pytest.mark.parametrize("ending", [".h5", ".npz", ".csv"])
def test_tables_of_every_form(tmp_path, ending):
    refused = pytest.raises(NoFileError, match="named pipe")
    with special_files(tmp_path, ending) as special, refused:
        within(10, load_feature_table, special["pipe"])


def test_a_track_of_the_million_songs_is_a_file(tmp_path):
    pytest.importorskip("h5py")
    os.mkfifo(tmp_path / "TRAAAAA128E0792FB9.h5")
    with pytest.raises(NoFileError, match="named pipe"):
        within(10, load_msd, tmp_path, labels={"TRAAAAA128E0792FB9": "jazz"})


def test_a_pipe_put_in_the_place_of_a_file(special, monkeypatch):
    path = special["pipe"]
    regular = os.stat(__file__)
    monkeypatch.setattr(os, "stat", lambda *_, **__: regular)
    with pytest.raises(NoFileError, match="named pipe"):
        within(10, open_file, path)


def test_bytes_and_open_files_are_read_as_ever(tmp_path):
    wave = 0.1 * np.random.default_rng(0).standard_normal(2205)
    soundfile.write(tmp_path / "song.wav", wave, 22050)
    expected, _ = load_audio(tmp_path / "song.wav")
    content = (tmp_path / "song.wav").read_bytes()
    with open(tmp_path / "song.wav", "rb") as file:
        for source in (content, bytearray(content), io.BytesIO(content), file):
            np.testing.assert_array_equal(load_audio(source)[0], expected)
    link = tmp_path / "link.wav"
    link.symlink_to(tmp_path / "song.wav")
    np.testing.assert_array_equal(load_audio(link)[0], expected)


# -- names that are not text ----------------------------------------------------------
@pytest.fixture
def latin(tmp_path):
    """A song whose name is in Latin-1, as on old disks."""
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    try:
        path.write_bytes(b"")
    except OSError:
        pytest.skip("names here are always text")
    with path.open("wb") as file:
        wave = 0.1 * np.random.default_rng(0).standard_normal(2205)
        soundfile.write(file, wave, 22050, format="WAV")
    return path


@pytest.mark.parametrize("compare", ["mtime", "content"])
def test_a_name_in_latin_1_is_decoded_and_cached(latin, tmp_path, compare):
    wave, rate = load_audio(latin)
    assert (len(wave), rate) == (2205, 22050)
    expected = MEL.transform([str(latin)])
    cache = FeatureCache(tmp_path / "cache", compare=compare)
    mel = MelSpectrogram(n_mels=8, n_fft=256, hop_length=256, cache=cache)
    for _ in range(2):
        np.testing.assert_array_equal(mel.transform([latin]), expected)
    assert cache.info()["n_entries"] == 1


def test_a_name_that_this_locale_cannot_encode():
    code = (
        "import sklearn_genre as sg\n"
        "try: sg.load_audio('caf\\xe9.wav')\n"
        "except sg.AudioError as error: print(ascii(str(error)))"
    )
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | locale,
    )
    assert "no such file" in done.stdout or "not text in this locale" in done.stdout


# -- rates ----------------------------------------------------------------------------
def wav_at(rate):
    """The bytes of a wav of 33,000 samples that says it has this rate."""
    content = bytearray(sound_file(np.full(33_000, 0.1), subtype="PCM_16"))
    content[24:32] = struct.pack("<II", rate, 2 * rate)
    return bytes(content)


@pytest.mark.parametrize("rate", [1, 8, 999, 2**20 + 1, 7_000_000, 2**31 - 1])
def test_rates_at_which_nothing_is_recorded(tmp_path, rate):
    path = tmp_path / "odd.wav"
    path.write_bytes(wav_at(rate))
    for call in (load_audio, lambda path: MEL.transform([path])):
        with pytest.raises(
            AudioError, match=rf"odd\.wav: .* {rate} Hz.* 1,000 "
        ) as info:
            call(path)
        assert ("as in a DSD file" in info.value.remedy) == (rate > 2**20)
    with pytest.raises(AudioError, match=rf"clip 0: .* {rate} Hz"):
        MEL.transform([(np.full(4000, 0.1), rate)])


@pytest.mark.parametrize("rate", [1000, 384_000, 2**20])
def test_the_ends_of_the_range_of_rates(rate):
    assert load_audio(wav_at(rate))[1] == rate
    (row,) = MEL.transform([wav_at(rate)])
    assert np.isfinite(row).all()


def test_a_rate_to_resample_to_has_a_bound_too():
    assert len(load_audio(wav_at(8000), sample_rate=2**20, duration=0.1)[0]) == 104858
    with pytest.raises(ValueError, match=r"sample_rate must be at most 1,048,576 Hz"):
        load_audio(wav_at(8000), sample_rate=10**9)


def test_a_socket_is_no_audio_whoever_listens(tmp_path, special):
    # `special` holds an open one; a path that nobody listens to is the same
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "s.wav"))
    with pytest.raises(AudioError, match="it is a socket"):
        load_audio(tmp_path / "s.wav")


def test_places_that_no_file_has(tmp_path):
    """Damaged headers send decoders there."""
    path = tmp_path / "song.wav"
    path.write_bytes(b"0123456789")
    with path.open("rb") as opened:
        for file in (opened, opened.raw, io.BytesIO(b"0123456789")):
            source = steady(file)
            assert (source.seek(4), source.read(2)) == (4, b"45")
            assert (source.seek(-99), source.tell()) == (-1, 6)
            for place in (11, 2**62, 2**63 - 1, 2**70):
                assert source.seek(place) >= 10
                assert source.read(2) == b""
            assert (source.seek(-3, io.SEEK_END), source.read()) == (7, b"789")


# -- disks and networks that fail -----------------------------------------------------
WAVE = 0.1 * np.random.default_rng(0).standard_normal(22050)


CONTENTS = {
    name: sound_file(WAVE, 22050, name) for name in ("WAV", "FLAC", "OGG", "MP3")
}
CONTENTS["MP3 behind zeros"] = bytes(2**21) + CONTENTS["MP3"]
contents = pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)


class Failing(io.BytesIO):
    """Can be read some times."""

    name = "song on a disk"
    left = 0

    def read(self, size=-1):
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")
        return super().read(size)


@contents
@pytest.mark.parametrize("left", [0, 1, 2, 3])
def test_a_disk_that_fails(content, left):
    file = Failing(content)
    file.left = left
    with pytest.raises(AudioError, match=r"song on a disk: .*Input/output error"):
        load_audio(file)


class Drop(io.RawIOBase):
    """Gives a few bytes at a time, as a raw file may."""

    def __init__(self, content):
        self._file = io.BytesIO(content)

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, *place):
        return self._file.seek(*place)

    def readinto(self, buffer):
        data = self._file.read(min(len(buffer), 999))
        buffer[: len(data)] = data
        return len(data)


@contents
def test_raw_files_give_what_there_is(content):
    expected, _ = load_audio(content)
    file = Drop(content)
    # the second is not known to be raw
    other = SimpleNamespace(read=file.read, seek=file.seek, tell=file.tell)
    for source in (file, other):
        np.testing.assert_array_equal(within(10, load_audio, source)[0], expected)
        assert not file.closed


class Shrinking(io.BytesIO):
    """Somebody cuts it while it is read."""

    def read(self, size=-1):
        data = super().read(size)
        self.truncate(len(self.getvalue()) // 2)
        return data


@contents
def test_a_file_that_shrinks_is_an_error(content):
    within(10, pytest.raises, AudioError, load_audio, Shrinking(content))
