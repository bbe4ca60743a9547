import io

import librosa
import numpy as np
import pytest
import soundfile
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import AudioError, Waveform


@pytest.fixture
def paths(tmp_path, rng):
    names = []
    for i, (seconds, rate) in enumerate([(0.5, 22050), (1.0, 44100), (0.75, 16000)]):
        path = tmp_path / f"{i}.flac"
        noise = 0.1 * rng.standard_normal((int(seconds * rate), 2))
        soundfile.write(path, noise, rate)
        names.append(path)
    return names


def by_librosa(path, rate):
    y, sr = soundfile.read(path, dtype="float32", always_2d=True)
    mono = librosa.to_mono(y.T)
    return mono if sr == rate else librosa.resample(mono, orig_sr=sr, target_sr=rate)


@pytest.mark.parametrize("rate", [8000, 22050])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_waveforms(paths, rate, n_jobs):
    waves = Waveform(sample_rate=rate, n_jobs=n_jobs).fit_transform(paths)
    assert waves.dtype == object
    for wave, path in zip(waves, paths, strict=True):
        assert wave.dtype == np.float32
        np.testing.assert_allclose(wave, by_librosa(path, rate), atol=1e-6)


def test_duration_makes_a_table(paths):
    X = Waveform(sample_rate=16000, duration=0.6).fit_transform(paths)
    assert (X.shape, X.dtype) == ((3, 9600), np.float32)
    assert not X[0, 8000:].any()
    np.testing.assert_allclose(X[2], by_librosa(paths[2], 16000)[:9600], atol=1e-6)
    scaled = make_pipeline(Waveform(duration=0.5), StandardScaler()).fit_transform(
        paths
    )
    assert scaled.shape == (3, 11025)


def test_offset(paths):
    X = Waveform(sample_rate=16000, duration=0.5, offset=0.25).transform(paths[2:])
    np.testing.assert_allclose(
        X[0], by_librosa(paths[2], 16000)[4000:], rtol=0, atol=1e-7
    )
    with pytest.raises(AudioError, match=r"0\.flac: offset 0\.5 s is not before"):
        Waveform(offset=0.5).transform(paths)


def test_waveforms_pass_through(rng):
    X = rng.standard_normal((3, 500))
    out = Waveform().fit_transform(X)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, X.astype(np.float32))
    assert not np.shares_memory(out, Waveform().transform(out))


def test_last_axis_of_channels_is_time(rng):
    stereo = rng.standard_normal((2, 300))
    out = Waveform().transform([stereo])
    np.testing.assert_allclose(out[0], stereo.mean(axis=0), rtol=1e-6)


def test_equal_lengths_after_unequal_ones(rng):
    """Rows found equal only until the last one is decoded."""
    clips = [rng.standard_normal(n) for n in (50, 50, 50, 51)]
    out = Waveform().transform(clips)
    assert [len(wave) for wave in out] == [50, 50, 50, 51]
    for wave, clip in zip(out, clips, strict=True):
        np.testing.assert_array_equal(wave, clip.astype(np.float32))
    assert Waveform().transform(clips[:3]).shape == (3, 50)


def test_too_short_to_resample():
    with pytest.raises(AudioError, match="clip 0: it holds no samples"):
        Waveform(sample_rate=8000).transform([(np.ones(1), 192000)])


def test_read_only_input(rng):
    X = rng.standard_normal((2, 100)).astype(np.float32)
    X.flags.writeable = False
    np.testing.assert_array_equal(Waveform().transform(X), X)


def test_open_files_are_read_from_their_start():
    file = io.BytesIO()
    soundfile.write(file, np.full(100, 0.5), 22050, format="WAV", subtype="FLOAT")
    for _ in range(2):
        np.testing.assert_array_equal(
            Waveform().transform([file]), np.full((1, 100), 0.5)
        )
