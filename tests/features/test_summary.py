"""SummaryStats."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_genre import Slicer, SummaryStats

REFERENCE = {
    "mean": lambda x: np.mean(x, axis=-1),
    "median": lambda x: np.median(x, axis=-1),
    "std": lambda x: np.std(x, axis=-1),
    "min": lambda x: np.min(x, axis=-1),
    "max": lambda x: np.max(x, axis=-1),
    "skew": lambda x: scipy.stats.skew(x, axis=-1),
    "kurtosis": lambda x: scipy.stats.kurtosis(x, axis=-1),
}
ALL = tuple(REFERENCE)


@pytest.mark.parametrize("stat", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_match_numpy_and_scipy(stat, dtype, rng):
    X = rng.gamma(2.0, 3.0, (7, 5, 60)).astype(dtype)
    out = SummaryStats(stats=[stat]).fit_transform(X)
    assert out.shape == (7, 5)
    assert out.dtype == dtype
    expected = REFERENCE[stat](X.astype(np.float64))
    rtol = {np.float32: 1e-6, np.float64: 1e-10}[dtype]
    np.testing.assert_allclose(out, expected, rtol=rtol)


def test_columns_go_band_by_band(rng):
    X = rng.normal(size=(3, 4, 25))
    out = SummaryStats(stats=ALL).fit_transform(X)
    expected = np.stack([REFERENCE[stat](X) for stat in ALL], axis=-1)
    np.testing.assert_allclose(out, expected.reshape(3, -1), rtol=1e-10)


def test_slices_of_a_clip_count_as_one_stretch_of_time(rng):
    X = rng.normal(size=(5, 6, 40))
    summary = SummaryStats(stats=ALL)
    whole = summary.fit_transform(X)
    slices = Slicer(slice_length=8).fit_transform(X)
    np.testing.assert_allclose(summary.fit_transform(slices), whole, rtol=1e-9)


@pytest.mark.parametrize("as_object", [False, True])
def test_ragged_clips_are_summarised_one_by_one(as_object, rng):
    clips = [rng.normal(size=(4, t)).astype(np.float32) for t in (9, 30, 17)]
    X = clips
    if as_object:
        X = np.empty(3, dtype=object)
        X[:] = clips
    summary = SummaryStats(stats=ALL).fit(X)
    out = summary.transform(X)
    assert out.shape == (3, 28)
    assert out.dtype == np.float32
    assert summary.n_features_in_ == 4
    for clip, row in zip(clips, out, strict=True):
        np.testing.assert_allclose(summary.transform(clip[None])[0], row, rtol=1e-6)


def test_many_clips_are_taken_in_parts(rng):
    # 3 million values: more than one working copy
    X = rng.normal(size=(30, 50, 2000)).astype(np.float32)
    out = SummaryStats(stats=("mean", "median")).fit_transform(X)
    np.testing.assert_allclose(out[:, ::2], X.mean(axis=2, dtype=float), atol=1e-7)
    np.testing.assert_allclose(out[:, 1::2], np.median(X, axis=2), atol=1e-7)


@pytest.mark.parametrize("value", [0.0, -80.0, 0.1, 1e-30, 1e30])
def test_a_constant_band_is_finite(value):
    out = SummaryStats(stats=ALL).fit_transform(np.full((2, 3, 50), value))
    mean, median, std, low, high, skew, kurtosis = out.reshape(2, 3, 7).transpose(
        2, 0, 1
    )
    for same in (mean, median, low, high):
        np.testing.assert_allclose(same, value, rtol=1e-14)
    np.testing.assert_allclose(std, 0, atol=1e-14 * abs(value))
    np.testing.assert_array_equal(skew, 0)
    np.testing.assert_array_equal(kurtosis, 0)


def test_tiny_values_keep_their_shape(rng):
    # skewness and kurtosis do not depend on scale, even where squares underflow
    x = rng.gamma(1.0, size=(1, 1, 200))
    summary = SummaryStats(stats=("skew", "kurtosis"))
    np.testing.assert_allclose(
        summary.fit_transform(x * 1e-100), summary.fit_transform(x), rtol=1e-9
    )


def test_a_table_is_one_frame_per_clip(rng):
    X = rng.normal(size=(6, 3))
    out = SummaryStats(stats=ALL).fit_transform(X).reshape(6, 3, 7)
    for column, expected in enumerate((X, X, 0 * X, X, X, 0 * X, 0 * X)):
        np.testing.assert_array_equal(out[:, :, column], expected)


def test_names_of_the_93_features(rng):
    bands = [f"d{i}" for i in range(31)]
    summary = SummaryStats(stats=("mean", "median", "std"))
    out = summary.fit_transform(rng.normal(size=(2, 31, 20)))
    names = summary.get_feature_names_out(bands)
    assert out.shape == (2, 93)
    assert len(set(names)) == 93
    assert list(names[:4]) == ["d0_mean", "d0_median", "d0_std", "d1_mean"]


def test_names_follow_the_columns(rng):
    X = rng.normal(size=(4, 3, 20))
    summary = SummaryStats(stats=("max", "mean")).fit(X)
    table = dict(
        zip(summary.get_feature_names_out(), summary.transform(X).T, strict=True)
    )
    np.testing.assert_allclose(table["x1_max"], X[:, 1].max(axis=1))
    np.testing.assert_allclose(table["x2_mean"], X[:, 2].mean(axis=1))


def test_data_frames(rng):
    X = rng.normal(size=(4, 3, 20))
    summary = SummaryStats().set_output(transform="pandas")
    frame = summary.fit_transform(X)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(summary.get_feature_names_out())
    with sklearn.config_context(transform_output="pandas"):
        pd.testing.assert_frame_equal(SummaryStats().fit_transform(X), frame)

    table = pd.DataFrame(X[:, :, 0], columns=["a", "b", "c"], index=[3, 1, 4, 2])
    frame = summary.fit(table).transform(table)
    assert list(frame.columns[:2]) == ["a_mean", "a_std"]
    assert list(frame.index) == [3, 1, 4, 2]
    with pytest.raises(ValueError, match="input_features is not equal to feature"):
        summary.get_feature_names_out(["x", "y", "z"])


def test_wrong_number_of_names(rng):
    summary = SummaryStats().fit(rng.normal(size=(4, 3, 20)))
    with pytest.raises(ValueError, match="number of features"):
        summary.get_feature_names_out(["a", "b"])


def test_memmap(tmp_path, rng):
    X = rng.normal(size=(5, 4, 30)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(
        SummaryStats().fit_transform(mapped), SummaryStats().fit_transform(X)
    )


def test_grid_search_over_stats(rng):
    X, y = rng.normal(size=(40, 3, 50)), np.repeat(["even", "odd"], 20)
    X[20:] *= 3  # only the spread tells the classes apart
    search = GridSearchCV(
        make_pipeline(SummaryStats(), LogisticRegression()),
        {"summarystats__stats": [("mean",), ("std",)]},
        cv=4,
    ).fit(X, y)
    assert search.best_params_ == {"summarystats__stats": ("std",)}
    assert search.best_score_ == 1


@pytest.mark.parametrize(
    ("stats", "message"),
    [
        ((), "one or more different names"),
        ("mean", "must be a list or tuple"),
        (("mean", "mean"), "different"),
        (("mean", "mode"), "different names out of 'mean', 'median', .* got"),
        (None, "must be a list or tuple"),
    ],
)
def test_bad_stats(stats, message):
    with pytest.raises(ValueError, match=message):
        SummaryStats(stats=stats).fit(np.ones((2, 3, 4)))


def test_bad_input(rng):
    summary = SummaryStats().fit(rng.normal(size=(4, 3, 20)))
    with pytest.raises(ValueError, match="5 features, but SummaryStats is expecting 3"):
        summary.transform(np.ones((4, 5, 20)))
    with pytest.raises(ValueError, match="5 features, but SummaryStats is expecting 3"):
        summary.transform([np.ones((5, 20)), np.ones((5, 30))])
    with pytest.raises(ValueError, match="X is ragged"):
        summary.transform([np.ones(20), np.ones(30)])
    with pytest.raises(ValueError, match=r"X\[1\] contains NaN"):
        summary.transform([np.ones((3, 20)), np.full((3, 30), np.nan)])


def test_real_mel_images(data_dir):
    with np.load(data_dir / "gtzan" / "gtzan_mel_images.npz") as file:
        X = file["mel"][:20].astype(np.float32)
    out = SummaryStats(stats=ALL).fit_transform(X).reshape(20, 128, 7)
    varying = X.std(axis=2) > 0
    assert np.isfinite(out).all()
    for column, stat in enumerate(ALL):
        np.testing.assert_allclose(
            out[varying, column],
            REFERENCE[stat](X[varying].astype(np.float64)),
            rtol=1e-6,
            atol=1e-6,
        )
