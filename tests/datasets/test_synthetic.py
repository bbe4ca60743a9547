"""The synthetic data set: what its songs have, and where it is written."""

import warnings
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from helpers import FIELDS, touch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import load_folder, make_genre_audio


@pytest.fixture(scope="module")
def made():
    return make_genre_audio(15)


def log_power(audio, n_fft=1024, hop=512, n_bands=40):
    """Spectrogram in dB in equal bands of the Bark-like log axis, by NumPy alone."""
    frames = np.lib.stride_tricks.sliding_window_view(np.stack(audio), n_fft, axis=1)
    power = np.abs(np.fft.rfft(frames[:, ::hop] * np.hanning(n_fft))) ** 2
    edges = np.unique(np.geomspace(2, n_fft // 2, n_bands + 1).astype(int))
    bands = [power[..., a:b].mean(-1) for a, b in pairwise(edges)]
    return 10 * np.log10(np.stack(bands, axis=1) + 1e-10)


def modulation(S):
    """Size of the modulation of each band at rates up to about 10 Hz."""
    S = S - S.mean(-1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(S * np.hanning(S.shape[-1]), 256, axis=-1))
    grouped = spectrum[:, :, 2:62].reshape(*S.shape[:2], 30, 2).mean(-1)
    return np.log(grouped + 1e-3).reshape(len(S), -1)


def score(X, data, model, *, by_artist):
    cv = StratifiedGroupKFold if by_artist else StratifiedKFold
    return cross_val_score(
        make_pipeline(StandardScaler(), model),
        X,
        data.target,
        groups=data.groups if by_artist else None,
        cv=cv(5, shuffle=True, random_state=0),
    ).mean()


def test_made_shape(made):
    assert set(made) >= FIELDS
    assert len(made.audio) == 120
    assert len(made.target_names) == 8
    assert set(Counter(made.target).values()) == {15}
    assert made.paths is None
    assert len(set(made.groups)) == 40
    of_artist = dict(zip(made.groups, made.target, strict=True))
    pairs = zip(made.groups, made.target, strict=True)
    assert all(of_artist[a] == g for a, g in pairs)
    for clip in made.audio:
        assert clip.shape == (88200,)
        assert clip.dtype == np.float32
        assert np.isfinite(clip).all()
        assert 0.01 < np.abs(clip).max() <= 1


def test_made_loudness_says_nothing(made):
    X = np.array([[20 * np.log10(np.std(x))] for x in made.audio])
    # chance is 1/8; 120 clips have a standard error of 0.03
    for model in (LogisticRegression(), KNeighborsClassifier(5)):
        assert score(X, made, model, by_artist=True) < 0.125 + 3 * 0.03


def test_made_styles_differ_in_time(made):
    S = log_power(made.audio)
    spectrum, time = S.mean(-1), modulation(S)
    model = LogisticRegression(C=0.1, max_iter=1000)
    of_spectrum = score(spectrum, made, model, by_artist=True)
    of_time = score(time, made, model, by_artist=True)
    assert 0.125 < of_spectrum < 0.7
    assert of_time > 0.8
    assert of_time > of_spectrum + 0.15


def test_made_artists_leak(made):
    spectrum = log_power(made.audio).mean(-1)
    model = KNeighborsClassifier(1)
    leaking = score(spectrum, made, model, by_artist=False)
    honest = score(spectrum, made, model, by_artist=True)
    assert leaking > honest + 0.1


def test_made_is_deterministic():
    a = make_genre_audio(2, duration=1.0)
    b = make_genre_audio(2, duration=1.0)
    assert all(np.array_equal(x, y) for x, y in zip(a.audio, b.audio, strict=True))
    c = make_genre_audio(2, duration=1.0, random_state=1)
    assert not any(np.array_equal(x, y) for x, y in zip(a.audio, c.audio, strict=True))
    rng = [np.random.RandomState(3) for _ in range(2)]
    d, e = (make_genre_audio(1, duration=1.0, random_state=r) for r in rng)
    assert all(np.array_equal(x, y) for x, y in zip(d.audio, e.audio, strict=True))


def test_made_clips_do_not_depend_on_the_others():
    few = make_genre_audio(2, genres=["waltz", "dub"], duration=1.0)
    more = make_genre_audio(4, duration=1.0)
    index = [
        np.flatnonzero(more.target == g)[k] for g in ("dub", "waltz") for k in (0, 1)
    ]
    for clip, k in zip(few.audio, index, strict=True):
        np.testing.assert_array_equal(clip, more.audio[k])


def test_made_sample_rate():
    data = make_genre_audio(1, duration=1.5, sample_rate=8000)
    assert data.sample_rate == 8000
    assert all(x.shape == (12000,) for x in data.audio)


def test_made_files(tmp_path):
    written = make_genre_audio(1, duration=1.0, directory=tmp_path / "new" / "folder")
    arrays = make_genre_audio(1, duration=1.0)
    assert written.audio is None
    assert written.paths.tolist() == sorted(written.paths)
    for path, clip in zip(written.paths, arrays.audio, strict=True):
        x, rate = soundfile.read(path, dtype="float32")
        assert rate == 22050
        np.testing.assert_allclose(x, clip, atol=1 / 32768)
    loaded = load_folder(tmp_path / "new" / "folder")
    assert loaded.paths.tolist() == written.paths.tolist()
    assert loaded.target.tolist() == written.target.tolist()


def test_made_files_never_mix_with_others(tmp_path):
    touch(tmp_path, "mine.wav")
    with pytest.raises(FileExistsError, match="not an empty folder"):
        make_genre_audio(1, directory=tmp_path)
    with pytest.raises(FileExistsError, match=r"mine\.wav"):
        make_genre_audio(1, directory=tmp_path / "mine.wav")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.wav"]


@pytest.mark.parametrize(
    "params",
    [
        {"n_clips_per_genre": 0},
        {"n_artists_per_genre": 1.5},
        {"duration": 0.5},
        {"sample_rate": 100},
        {"genres": ["polka"]},
        {"genres": "dub"},
        {"genres": []},
    ],
)
def test_made_parameters(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        make_genre_audio(**params)


def test_loaders_are_quiet_about_what_is_right(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_genre_audio(1, duration=1.0, directory=tmp_path)
        load_folder(tmp_path)
