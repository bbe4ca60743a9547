"""Excerpts of songs, and songs in pieces: as if the whole had been decoded."""

import io
import tracemalloc
from functools import partial

import numpy as np
import pytest
import soundfile
from helpers import RATE, entries
from sklearn.base import clone

from sklearn_genre import (
    MFCC,
    AudioError,
    FrameDescriptors,
    MelSpectrogram,
    Slicer,
    Spectrogram,
    Waveform,
)
from sklearn_genre.audio import _sound
from sklearn_genre.features import (
    AudioTransformer,
    MelTransformer,
    SpectralTransformer,
    _excerpts,
)

SECONDS = 61.3
AT_8K = {"sample_rate": RATE}
# scales that do not depend on the rest of the song
EXACT = [
    Waveform(**AT_8K),
    MelSpectrogram(**AT_8K, scale="power", n_mels=20, n_fft=512, hop_length=500),
    MelSpectrogram(**AT_8K, scale="log1p", n_mels=20, n_fft=1024, hop_length=128),
    MelSpectrogram(**AT_8K, n_mels=20, n_fft=256, hop_length=777, top_db=None),
    Spectrogram(**AT_8K, scale="power", center=False, n_fft=513, hop_length=200),
    MFCC(**AT_8K, n_mels=20, n_mfcc=5, n_fft=512, win_length=400),
]
FORMS = [
    *((8000, "WAV", "PCM_16"), (16000, "WAV", "FLOAT"), (11025, "FLAC", "PCM_16")),
    *((16000, "OGG", "VORBIS"), (16000, "OGG", "OPUS"), (16000, "MP3", None)),
    *((22050, "MP3", None), (8000, "WAV", "GSM610"), (44100, "AIFF", "PCM_24")),
]


def music(rate, seconds=SECONDS, channels=2, seed=0):
    """Noise whose level changes all the time, in floats."""
    n = int(seconds * rate)
    level = 0.1 + 0.1 * np.sin(np.arange(n) / rate) * np.sin(np.arange(n) / 777)
    noise = np.random.default_rng(seed).standard_normal((n, channels))
    return (level[:, None] * noise).astype(np.float32)


def encoded(rate, format, subtype, **more):
    file = io.BytesIO()
    samples = music(rate, channels=1 if subtype == "GSM610" else 2, **more)
    with soundfile.SoundFile(
        file, "w", rate, samples.shape[1], format=format, subtype=subtype
    ) as sound:
        for start in range(0, len(samples), rate):
            sound.write(samples[start : start + rate])
    return file.getvalue()


def id_of(transformer):
    return f"{type(transformer).__name__}{getattr(transformer, 'hop_length', '')}"


def of_whole(transformer, clips, n_excerpts, duration):
    """What the excerpts must be: the whole song, and the Slicer."""
    length = clone(transformer).set_params(duration=duration).transform(clips).shape[-1]
    whole = clone(transformer).transform(clips)
    slices = Slicer(slice_length=length, n_slices=n_excerpts).fit_transform(whole)
    return np.concatenate([*slices.swapaxes(0, 1)], axis=-1)


def compare(transformer, clips, n_excerpts, duration, tolerance=1e-5):
    expected = of_whole(transformer, clips, n_excerpts, duration)
    some = clone(transformer).set_params(n_excerpts=n_excerpts, duration=duration)
    found = some.fit(clips).transform(clips)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(
        found.reshape(expected.shape), expected, rtol=0, atol=tolerance * largest
    )


@pytest.mark.parametrize("n_excerpts", [1, 4])
@pytest.mark.parametrize("transformer", EXACT, ids=id_of)
def test_excerpts_are_those_of_the_whole_song(transformer, n_excerpts):
    for rate in (8000, 11025):
        compare(transformer, [encoded(rate, "FLAC", "PCM_16")], n_excerpts, 5.0)
        compare(transformer, [(music(rate).T, rate)], n_excerpts, 5.0)


@pytest.mark.parametrize(("rate", "format", "subtype"), FORMS)
def test_formats(rate, format, subtype):
    content = encoded(rate, format, subtype)
    for transformer in EXACT[:2]:
        compare(transformer, [content], 3, 4.0)


@pytest.mark.parametrize("rate", [7999, 44099])
def test_rates_without_a_common_period(rate):
    # soxr itself is no more exact for these
    compare(EXACT[0], [(music(rate, 20.0).T, rate)], 3, 2.0, tolerance=2e-4)
    compare(EXACT[0], [(music(rate, 20.0).T, rate + 0.5)], 3, 2.0, tolerance=2e-4)


def test_songs_that_are_not_longer_stay_whole():
    for seconds in (0.5, 3.0, 7.9):
        clips = [music(RATE, seconds).T]
        for transformer in EXACT:
            whole = clone(transformer).transform(clips)
            some = clone(transformer).set_params(n_excerpts=3, duration=2.0)
            np.testing.assert_array_equal(some.transform(clips), whole)


def test_songs_of_several_lengths():
    clips = [music(RATE, seconds).T for seconds in (3.0, 30.0, 12.0)]
    waves = Waveform(**AT_8K, n_excerpts=2, duration=2.0).transform(clips)
    assert [len(wave) for wave in waves] == [3 * RATE, 4 * RATE, 4 * RATE]
    equal = Waveform(**AT_8K, n_excerpts=2, duration=2.0).transform(clips[1:])
    assert equal.shape == (2, 4 * RATE)


def test_a_song_starts_at_the_offset():
    song = music(RATE, 20.0)[:, 0]
    late = Waveform(**AT_8K, n_excerpts=2, duration=1.0, offset=5.0).transform([song])
    np.testing.assert_array_equal(late[0], np.r_[song[5 * RATE :][:RATE], song[-RATE:]])


def test_scales_are_relative_to_the_excerpts():
    song = 0.01 * music(RATE, 30.0)[:, 0]
    song[14 * RATE] = 1  # louder than all else, and outside of both excerpts
    mel = MelSpectrogram(**AT_8K, ref="max", n_excerpts=2, duration=3.0)
    S = mel.transform([song])[0]
    assert S.max() == pytest.approx(0, abs=1e-5)
    first, second = (s.max() for s in np.split(S, 2, axis=1))
    assert max(first, second) > min(first, second)


def test_descriptors_of_joined_excerpts():
    song = music(RATE, 20.0)[:, 0]
    describe = FrameDescriptors(**AT_8K, n_contrast_bands=4)
    joined = Waveform(**AT_8K, n_excerpts=3, duration=1.5).transform([song])
    some = clone(describe).set_params(n_excerpts=3, duration=1.5).transform([song])
    np.testing.assert_array_equal(some, describe.transform(joined))


def level(S):
    return S.mean(axis=-1)


def peak(wave):
    return np.abs(wave).max(keepdims=True)


class Level(SpectralTransformer):
    """Mean spectrum: without the axis of frames."""

    def _spectrogram_function(self):
        return level


class Peak(AudioTransformer):
    """Largest sample."""

    def _waveform_function(self):
        return peak


def test_transformers_of_users():
    song = music(RATE, 30.0)[:, 0]
    some = {**AT_8K, "n_excerpts": 2, "duration": 3.0}
    joined = Waveform(**some).transform([song])[0]
    assert Peak(**some).transform([song]) == np.abs(joined).max()
    spectra = Spectrogram(**some, scale="power").transform([song])
    np.testing.assert_array_equal(Level(**some).transform([song]), spectra.mean(axis=2))


def test_excerpts_need_a_duration():
    for kind in (Waveform, MelSpectrogram):
        with pytest.raises(ValueError, match=r"n_excerpts=3 needs a duration"):
            kind(n_excerpts=3).fit([np.ones(22050)])


def test_excerpts_without_a_frame():
    short = Spectrogram(**AT_8K, center=False, n_fft=512, n_excerpts=2, duration=0.05)
    with pytest.raises(AudioError, match=r"clip 0: it has 400 samples .* the 512"):
        short.transform([music(RATE, 1.0)[:, 0]])


def test_cached_excerpts(tmp_path):
    clips = [music(RATE, 30.0)[:, 0]]
    mel = MelSpectrogram(**AT_8K, duration=2.0, cache=tmp_path)
    for n_excerpts in (None, 1, 3, 3):
        plain = clone(mel).set_params(n_excerpts=n_excerpts, cache=None)
        cached = clone(mel).set_params(n_excerpts=n_excerpts)
        np.testing.assert_array_equal(cached.transform(clips), plain.transform(clips))
    assert len(entries(tmp_path)) == 3


# -- how much is decoded, and held ----------------------------------------------------
@pytest.fixture
def n_decoded(monkeypatch):
    """Function that gives the samples decoded so far."""
    counts = []
    original = _sound.Sound._read

    def read(self, n):
        data = original(self, n)
        counts.append(data.size)
        return data

    monkeypatch.setattr(_sound.Sound, "_read", read)
    return partial(sum, counts)


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_only_excerpts_are_decoded(format, n_decoded):
    content = encoded(16000, format, None, seconds=120.0)
    mel = MelSpectrogram(sample_rate=16000, n_excerpts=3, duration=2.0)
    mel.transform([content])
    wanted = 2 * 3 * 2 * 16000
    # frames and the filter need some around; mp3 some frames before, read in blocks
    assert wanted < n_decoded() < 1.4 * wanted + 3 * 64 * 1152 * 2


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks and pieces that make a song of a minute a long one."""
    monkeypatch.setattr(_sound, "_BLOCK", 2**14)
    monkeypatch.setattr(_excerpts, "_PIECE", 2**14)


@pytest.mark.parametrize("in_batches", [False, True])
@pytest.mark.parametrize("transformer", EXACT, ids=id_of)
def test_long_songs_in_pieces(transformer, in_batches, monkeypatch):
    clips = [encoded(11025, "FLAC", "PCM_16"), music(RATE, 1.0)[:, 0]]
    expected = transformer.transform(clips)
    monkeypatch.setattr(_sound, "_BLOCK", 2**14)
    monkeypatch.setattr(_excerpts, "_PIECE", 2**14)
    if in_batches:  # as on a GPU
        monkeypatch.setattr(SpectralTransformer, "_in_batches", lambda self: True)
        monkeypatch.setattr(MelTransformer, "_in_batches", lambda self: True)
    found = transformer.transform(clips)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], atol=0.02)
    compare(transformer, clips[:1], 2, 9.0)


def peak_of(call):
    call()
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, peak


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_memory_beyond_the_features(format):
    content = encoded(16000, format, None)
    whole = 16000 * SECONDS * 4  # bytes of one channel
    _, few = peak_of(
        lambda: MelSpectrogram(**AT_8K, n_excerpts=2, duration=1.0).transform([content])
    )
    assert few < whole / 4
    wave, most = peak_of(lambda: Waveform(**AT_8K).transform([content]))
    assert most < wave.nbytes + whole / 4
    # torch's own memory is not traced
    mel = MelSpectrogram(**AT_8K, n_mels=10, hop_length=256, n_fft=512)
    S, most = peak_of(lambda: mel.transform([content]))
    assert most < S.nbytes + whole / 4


def test_the_waveform_of_an_array_is_a_copy():
    wave = music(RATE, 1.0)[:, 0]
    for clips in ([wave], [(wave, RATE)], wave[None]):
        assert not np.shares_memory(Waveform(**AT_8K).transform(clips), wave)
