"""A song at a rate, from any place: as if all of it had been resampled."""

import io

import numpy as np
import pytest
import soundfile
import soxr
from helpers import sound_file

from sklearn_genre import AudioError
from sklearn_genre.audio import Song, _song, check_samples, open_audio

N, RATE = 40_000, 8000


class Blocks:
    """Samples of an array, in blocks of some length, as of an open file."""

    def __init__(self, data, rate=RATE, size=1000):
        self.data, self.rate, self.size = np.asarray(data, np.float32), rate, size
        self.n_samples = len(data)
        self.spans = []

    def blocks(self, start, stop):
        self.spans.append((start, stop))
        for at in range(start, min(stop, len(self.data)), self.size):
            yield self.data[at : min(at + self.size, stop)]


@pytest.fixture
def noise(rng):
    return rng.uniform(-0.5, 0.5, size=(N, 2))


# the last ones have no common period, or one as long as the song
RATES = [8000, 16000, 22050, 4000, 11025, 6000, 48000, 7999, np.float32(8000.5)]


@pytest.mark.parametrize("rate", RATES)
def test_waves(rate, noise):
    mono = noise.astype(np.float32).mean(axis=1)
    whole = mono if rate == RATE else soxr.resample(mono, RATE, float(rate))
    song = Song(Blocks(noise), "song", sample_rate=rate)
    assert (song.n_samples, song.rate) == (len(whole), rate)
    np.testing.assert_array_equal(song.wave(), whole)
    np.testing.assert_array_equal(np.concatenate([*song.blocks()]), whole)
    n = song.n_samples
    padded = np.pad(whole, 300)
    for start, stop in ((-300, 70), (n // 3, n // 2), (n - 50, n + 300), (-7, n + 9)):
        part = song.wave(start, stop)
        assert part.dtype == np.float32
        expected = padded[start + 300 : stop + 300]
        np.testing.assert_allclose(part, expected, rtol=0, atol=5e-5)
        assert sum(map(len, song.blocks(start, stop))) == stop - start
    for start, stop in ((-9, -2), (n, n + 5), (5, 5)):
        np.testing.assert_array_equal(song.wave(start, stop), np.zeros(stop - start))


@pytest.mark.parametrize("rate", [22050, 4000, 100])
def test_little_is_read_around_a_span(rate, noise):
    sound = Blocks(np.tile(noise, (20, 1)))
    song = Song(sound, "song", sample_rate=rate)
    song.wave(50 * rate, 51 * rate)
    ((start, stop),) = sound.spans
    around = 1000 * max(RATE / rate, 1)
    assert 50 * RATE - around < start < 50 * RATE
    assert 51 * RATE < stop < 51 * RATE + around


@pytest.mark.parametrize("at_once", [1, 999, 20_000, 39_999])
@pytest.mark.parametrize("size", [7, 1000, N])
def test_memory_grows_with_the_blocks(at_once, size, noise, monkeypatch):
    monkeypatch.setattr(_song, "_AT_ONCE", at_once)
    song = Song(Blocks(noise[:, :1], size=size), "song", sample_rate=None)
    np.testing.assert_array_equal(song.wave(), noise[:, 0].astype(np.float32))


def test_what_a_header_claims_is_not_allocated(noise):
    sound = Blocks(noise)
    sound.n_samples = 2**36
    assert len(Song(sound, "song", sample_rate=None, duration=1e6).wave()) == N


def test_offset_and_duration(noise):
    mono = noise.astype(np.float32).mean(axis=1)
    sound = Blocks(noise)
    song = Song(sound, "song", sample_rate=RATE, offset=2.0, duration=1.5)
    np.testing.assert_array_equal(song.wave(), mono[2 * RATE : 2 * RATE + 12_000])
    # the sound ends there, also for the filter
    song = Song(sound, "song", sample_rate=4000, offset=2.0, duration=1.5)
    expected = soxr.resample(mono[2 * RATE : 2 * RATE + 12_000], RATE, 4000)
    np.testing.assert_array_equal(song.wave(), expected)
    assert not song.wave(song.n_samples, song.n_samples + 10).any()


def test_no_samples():
    with pytest.raises(AudioError, match="song: it holds no samples"):
        Song(Blocks(np.zeros((0, 1))), "song", sample_rate=RATE)
    with pytest.raises(AudioError, match="song: it holds no samples"):
        Song(Blocks(np.zeros((1, 1))), "song", sample_rate=1000)
    with pytest.raises(AudioError, match=r"offset 5 s is not before its end at 5 s"):
        Song(Blocks(np.zeros((N, 1))), "song", sample_rate=RATE, offset=5.0)


def test_faults_of_later_blocks(noise):
    noise[30_000, 0] = np.nan
    song = Song(Blocks(noise), "song", sample_rate=RATE)
    assert np.isfinite(song.wave(0, 20_000)).all()
    with pytest.raises(AudioError, match="song: it holds NaN"):
        song.wave()


@pytest.mark.parametrize("at", [0, 150, 399])
@pytest.mark.parametrize("value", [np.nan, -np.inf, np.inf, -121.0, 121.0])
def test_samples_are_checked_in_all_parts(at, value, monkeypatch):
    monkeypatch.setattr(_song, "_PART", 100)
    wave = np.zeros(400, dtype=np.float32)
    check_samples(wave, "song")
    check_samples(wave[:0], "song")
    wave[at] = value
    with pytest.raises(AudioError, match="song: it"):
        check_samples(wave, "song")


@pytest.mark.parametrize("format", ["WAV", "AIFF", "AU", "CAF", "W64", "FLAC"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_only_integers_as_they_are_need_no_check(format, subtype):
    subtype = "PCM_S8" if (format, subtype) == ("FLAC", "FLOAT") else subtype
    loud = np.tile([-1.0, 1.0], 4000)
    content = sound_file(loud, RATE, format=format, subtype=subtype)
    with open_audio(content, "song") as sound:
        # what decodes flac might give more
        assert sound.bounded == (subtype != "FLOAT" and format != "FLAC")
        (block,) = sound.blocks(0, 8000)
    assert np.abs(block).max() == 1


@pytest.mark.parametrize("format", ["WAV", "AIFF", "AU", "CAF", "W64", "RF64"])
@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_16_bit_samples_equal_those_of_libsndfile(format, endian):
    if not soundfile.check_format(format, "PCM_16", endian):
        pytest.skip("no such files")
    every = np.arange(-(2**15), 2**15, dtype=np.int16).reshape(-1, 2)
    file = io.BytesIO()
    how = {"subtype": "PCM_16", "format": format, "endian": endian}
    soundfile.write(file, every, RATE, **how)
    file.seek(0)
    expected, _ = soundfile.read(file, dtype="float32")
    with open_audio(file.getvalue(), "song") as sound:
        (block,) = sound.blocks(0, len(every))
    assert block.dtype == np.float32
    np.testing.assert_array_equal(block, expected)
