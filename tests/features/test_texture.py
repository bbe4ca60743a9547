"""TextureStats, against references written clip by clip."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import Slicer, SliceVotingClassifier, TextureStats, make_genre_audio
from sklearn_genre.features import MelSpectrogram

ALL = TextureStats().stats
COUNTS = {
    "level": 64,
    "skew": 32,
    "cepstrum": 75,
    "covariance": 136,
    "correlation": 120,
    "modulation": 128,
    "contrast": 24,
    "lag": 100,
    "change": 64,
    "rise": 128,
}


@pytest.fixture
def clips(rng):
    walk = np.cumsum(rng.normal(size=(3, 64, 200)), axis=2)
    return walk + rng.gamma(2.0, 3.0, size=walk.shape)


def grouped(clip, n):
    """Means of neighboring bands; n divides their number."""
    return np.array([part.mean(axis=0) for part in np.split(clip, n)])


def level(clip):
    B = grouped(clip, 32)
    return [*B.mean(axis=1), *B.std(axis=1)]


def skewness(clip):
    return scipy.stats.skew(grouped(clip, 32), axis=1)


def cepstra(clip):
    k, n = np.arange(len(clip))[:, None], np.arange(len(clip))
    basis = np.cos(np.pi * k * (2 * n + 1) / (2 * len(clip))) * np.sqrt(2 / len(clip))
    basis[0] /= np.sqrt(2)
    return basis @ clip


def cepstrum(clip):
    C = cepstra(clip)[:25]
    return [*C.mean(axis=1), *C.std(axis=1), *np.diff(C).std(axis=1)]


def covariance(clip):
    S = np.cov(cepstra(clip)[:16], bias=True)
    return [S[i, j] for i in range(16) for j in range(i, 16)]


def correlation(clip):
    R = np.corrcoef(grouped(clip, 16))
    return [R[i, j] for i in range(16) for j in range(i + 1, 16)]


def modulation(clip):
    B = grouped(clip, 16)
    starts = np.linspace(0, 200 - 66, 6).round().astype(int)
    magnitude = np.zeros((16, 33))
    for start in starts:
        Z = B[:, start : start + 66]
        Z = (Z - Z.mean(axis=1)[:, None]) * np.hanning(66)
        for m in range(33):
            wave = np.exp(-2j * np.pi * m * np.arange(66) / 66)
            magnitude[:, m] += np.abs(Z @ wave) / len(starts)
    ranges = [(1, 2), (2, 3), (3, 5), (5, 7), (7, 10), (10, 15), (15, 22), (22, 33)]
    return [v for a, b in ranges for v in np.log(1 + magnitude[:, a:b].mean(axis=1))]


def contrast(clip):
    above, valley = [], []
    for region in np.split(clip, 8):  # of eight bands: the loudest fifth is two
        ranked = np.sort(region, axis=0)
        above.append(ranked[-2:].mean(axis=0) - ranked[:2].mean(axis=0))
        valley.append(ranked[:2].mean())
    return [*np.mean(above, axis=1), *np.std(above, axis=1), *valley]


def lag(clip):
    C = cepstra(clip)[:20]
    Z = (C - C.mean(axis=1)[:, None]) / C.std(axis=1)[:, None]
    return [np.mean(row[k:] * row[:-k]) for k in (1, 2, 4, 8, 16) for row in Z]


def change(clip):
    steps = np.abs(np.diff(grouped(clip, 32)))
    return [np.percentile(row, p) for p in (50, 90) for row in steps]


def rise(clip):
    B = grouped(clip, 32)
    steps = np.maximum(B[:, 3:] - B[:, :-3], 0)
    return [np.percentile(row, p) for p in (50, 75, 90, 97) for row in steps]


REFERENCE = dict(
    level=level,
    skew=skewness,
    cepstrum=cepstrum,
    covariance=covariance,
    correlation=correlation,
    modulation=modulation,
    contrast=contrast,
    lag=lag,
    change=change,
    rise=rise,
)


@pytest.mark.parametrize("stat", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_match_the_reference(stat, dtype, clips):
    X = clips.astype(dtype)
    out = TextureStats(stats=[stat]).fit_transform(X)
    assert out.dtype == dtype
    expected = [REFERENCE[stat](clip.astype(np.float64)) for clip in X]
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)


def test_871_columns_of_128_bands(rng):
    texture = TextureStats().fit(rng.normal(size=(2, 128, 334)))
    names = texture.get_feature_names_out()
    assert len(names) == len(set(names)) == sum(COUNTS.values()) == 871
    for stat, count in COUNTS.items():
        one = TextureStats(stats=(stat,))
        assert one.fit_transform(rng.normal(size=(1, 128, 40))).shape == (1, count)


@pytest.mark.parametrize("n_bands", [1, 7, 16, 40, 100])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 16, 17, 65, 66, 67, 300])
def test_columns_do_not_depend_on_the_frames(n_bands, n_frames, rng):
    texture = TextureStats()
    out = texture.fit_transform(rng.normal(size=(2, n_bands, n_frames)))
    assert out.shape == (2, len(texture.get_feature_names_out()))
    assert np.isfinite(out).all()


@pytest.mark.parametrize("value", [0.0, -80.0, 0.1, 1e6])
def test_a_constant_clip_is_finite_and_still(value):
    texture = TextureStats().fit(np.zeros((1, 40, 70)))
    names = texture.get_feature_names_out()
    values = texture.transform(np.full((1, 40, 70), value))[0]
    row = dict(zip(names, values, strict=True))
    for name, number in row.items():
        if not name.startswith(("level_mean", "cepstrum_mean", "valley_mean")):
            assert abs(number) <= 1e-7 * max(1, abs(value)) ** 2, name


def test_louder_by_a_constant_moves_only_the_levels(clips):
    texture = TextureStats().fit(clips)
    names = texture.get_feature_names_out()
    moved = ~np.isclose(
        texture.transform(clips), texture.transform(clips + 7), atol=1e-6
    ).all(axis=0)
    assert {n.rpartition("_")[0] for n in names[moved]} == {
        "level_mean",
        "cepstrum_mean",
        "valley_mean",
    }
    # of the cepstrum only the coefficient that is the sum of all bands
    assert [n for n in names[moved] if "cepstrum" in n] == ["cepstrum_mean_0"]


def test_order_in_time_matters_only_to_statistics_of_movement(clips, rng):
    shuffled = clips[:, :, rng.permutation(clips.shape[2])]
    for stat in ALL:
        one = TextureStats(stats=(stat,))
        same = np.allclose(one.fit_transform(clips), one.fit_transform(shuffled))
        still = stat in ("level", "skew", "covariance", "correlation", "contrast")
        assert same == still, stat


def test_a_beat_shows_at_its_rate(rng):
    # six periods in a window of 66 frames: the range from 5 to 6
    t = np.arange(264)
    X = 10 * np.sin(2 * np.pi * 6 * t / 66) + 0.1 * rng.normal(size=(1, 32, 264))
    texture = TextureStats(stats=("modulation",))
    rows = texture.fit_transform(X).reshape(8, 16)
    assert rows.mean(axis=1).argmax() == 3


def test_ragged_clips_and_slices(clips):
    texture = TextureStats().fit(clips)
    ragged = [clips[0], clips[1, :, :90], clips[2, :, :5]]
    for clip, row in zip(ragged, texture.transform(ragged), strict=True):
        np.testing.assert_allclose(texture.transform(clip[None])[0], row)
    slices = Slicer(slice_length=50).fit_transform(clips)
    np.testing.assert_allclose(texture.transform(slices), texture.transform(clips))


def test_data_frame_of_named_columns(clips):
    texture = TextureStats(stats=("contrast",)).set_output(transform="pandas")
    table = texture.fit_transform(clips)
    assert isinstance(table, pd.DataFrame)
    assert table.shape == (3, 24)
    assert table.columns[0] == "contrast_mean_0"


@pytest.mark.parametrize(
    ("stats", "message"),
    [
        ((), "one or more different names"),
        ("level", "one or more different names"),
        (("level", "level"), "one or more different names"),
        (("level", "color"), "different names out of 'level', .* got"),
    ],
)
def test_bad_stats(stats, message, clips):
    with pytest.raises(ValueError, match=message):
        TextureStats(stats=stats).fit(clips)


@pytest.mark.slow
def test_songs_of_synthetic_genres_are_told_apart():
    train, test = (make_genre_audio(6, duration=4.0, random_state=s) for s in (0, 1))
    mel = MelSpectrogram(n_mels=64)
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)
    model = make_pipeline(mel, TextureStats(), StandardScaler(), lda)
    model.fit(train.audio, train.target)
    assert model.score(test.audio, test.target) > 0.8


def test_search_over_the_statistics_and_slices(rng):
    y = np.repeat(["slow", "fast"], 12)
    t = np.arange(132)
    periods = [33 if genre == "slow" else 11 for genre in y]
    X = np.stack([np.sin(2 * np.pi * t / period) for period in periods])
    X = 10 * X[:, None] + rng.normal(size=(24, 8, 132))
    model = SliceVotingClassifier(
        make_pipeline(TextureStats(), StandardScaler(), LogisticRegression())
    )
    pipe = make_pipeline(Slicer(slice_length=66), model)
    name = "slicevotingclassifier__estimator__texturestats__stats"
    search = GridSearchCV(pipe, {name: [("covariance",), ("modulation",)]}, cv=3)
    search.fit(X, y)
    assert search.best_params_[name] == ("modulation",)
    assert search.best_score_ == 1.0
