"""BandScaler, FixedLength, Resize and BandUnion."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    BandScaler,
    BandUnion,
    FixedLength,
    Resize,
    Slicer,
    SummaryStats,
)

SHAPES = {2: (40, 6), 3: (20, 6, 31), 4: (10, 3, 6, 17)}
# axes of everything but the bands
OTHERS = {2: (0,), 3: (0, 2), 4: (0, 1, 3)}


@pytest.fixture(params=[2, 3, 4], ids=["2d", "3d", "4d"])
def X(request, rng):
    level = 10.0 ** np.arange(-3, 3)
    shape = SHAPES[request.param]
    level = level if request.param == 2 else level[:, None]
    return rng.normal(5 * level, level, shape)


# -- BandScaler --------------------------------------------------------------------


def test_band_scaler_matches_numpy(X):
    scaler = BandScaler().fit(X)
    axes = OTHERS[X.ndim]
    np.testing.assert_allclose(scaler.mean_, X.mean(axis=axes), rtol=1e-12)
    np.testing.assert_allclose(scaler.var_, X.var(axis=axes), rtol=1e-12)
    np.testing.assert_allclose(scaler.scale_, X.std(axis=axes), rtol=1e-12)
    scaled = scaler.transform(X)
    assert scaled.shape == X.shape
    np.testing.assert_allclose(scaled.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=axes), 1, rtol=1e-12)
    assert scaler.n_features_in_ == 6


def test_band_scaler_equals_standard_scaler_on_a_table(rng):
    X, weight = rng.gamma(2.0, size=(50, 4)), rng.uniform(size=50)
    ours = BandScaler().fit(X, sample_weight=weight)
    theirs = StandardScaler().fit(X, sample_weight=weight)
    np.testing.assert_allclose(ours.mean_, theirs.mean_, rtol=1e-12)
    np.testing.assert_allclose(ours.scale_, theirs.scale_, rtol=1e-12)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), atol=1e-12)


def test_band_scaler_weight_two_is_a_clip_given_twice(X, rng):
    weight = rng.integers(0, 3, len(X)).astype(float)
    weighted = BandScaler().fit(X, sample_weight=weight)
    repeated = BandScaler().fit(np.repeat(X, weight.astype(int), axis=0))
    np.testing.assert_allclose(weighted.mean_, repeated.mean_, rtol=1e-12)
    np.testing.assert_allclose(weighted.var_, repeated.var_, rtol=1e-12)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1.0, -1.0], "must not be negative"),
        ([0.0, 0.0], "all of sample_weight is zero"),
        ([1.0], r"shape \(2,\)"),
        ([1.0, np.nan], "sample_weight contains NaN"),
    ],
)
def test_band_scaler_bad_weights(weight, message):
    with pytest.raises(ValueError, match=message):
        BandScaler().fit(np.ones((2, 3, 4)), sample_weight=weight)


def test_band_scaler_more_than_one_chunk(rng):
    # 6.4 million values: several pieces of the moments' working copy
    X = rng.normal(-40, 12, (25, 128, 2000)).astype(np.float32)
    scaler = BandScaler().fit(X)
    exact = X.astype(np.float64)
    np.testing.assert_allclose(scaler.mean_, exact.mean(axis=(0, 2)), rtol=1e-12)
    np.testing.assert_allclose(scaler.var_, exact.var(axis=(0, 2)), rtol=1e-11)


def test_band_scaler_far_from_zero_in_float32(rng):
    # sums in float32, or E[x^2] - E[x]^2, would lose this variance
    X = (1e4 + rng.normal(size=(8, 1, 5000))).astype(np.float32)
    scaler = BandScaler().fit(X)
    np.testing.assert_allclose(scaler.scale_, X.astype(float).std(), rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, -100.0, 0.1, 1e-9, 1e9])
def test_band_scaler_constant_band_has_scale_one(dtype, value, rng):
    X = rng.normal(size=(7, 3, 33)).astype(dtype)
    X[:, 1] = value
    scaler = BandScaler().fit(X)
    assert scaler.scale_[1] == 1
    np.testing.assert_allclose(scaler.transform(X)[:, 1], 0, atol=abs(value) * 1e-7)
    assert (scaler.scale_[[0, 2]] != 1).all()


def test_band_scaler_scales_very_quiet_bands(rng):
    # power spectrograms of quiet music: small numbers are no constants
    X = rng.gamma(1.0, 1e-12, (10, 4, 50)).astype(np.float32)
    scaled = BandScaler().fit_transform(X)
    np.testing.assert_allclose(scaled.std(axis=(0, 2)), 1, rtol=1e-4)


@pytest.mark.parametrize("with_mean", [True, False])
@pytest.mark.parametrize("with_std", [True, False])
def test_band_scaler_switches_and_inverse(X, with_mean, with_std):
    scaler = BandScaler(with_mean=with_mean, with_std=with_std).fit(X)
    mean = X.mean(axis=OTHERS[X.ndim], keepdims=True) if with_mean else 0
    std = X.std(axis=OTHERS[X.ndim], keepdims=True) if with_std else 1
    assert (scaler.scale_ is None) == (not with_std)
    scaled = scaler.transform(X)
    np.testing.assert_allclose(scaled, (X - mean) / std, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(scaler.inverse_transform(scaled), X, rtol=1e-9)


def test_band_scaler_keeps_float32_and_its_input(X):
    X = X.astype(np.float32)
    before = X.copy()
    scaler = BandScaler().fit(X)
    assert scaler.transform(X).dtype == np.float32
    assert scaler.inverse_transform(X).dtype == np.float32
    assert scaler.mean_.dtype == np.float64
    np.testing.assert_array_equal(X, before)


def test_band_scaler_memmap(tmp_path, X):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(
        BandScaler().fit_transform(mapped), BandScaler().fit_transform(X)
    )


def test_band_scaler_fits_one_shape_and_scales_another(rng):
    X = rng.normal(3, 2, (6, 5, 40))
    scaler = BandScaler().fit(X)
    slices = Slicer(slice_length=10).fit_transform(X)
    np.testing.assert_array_equal(
        scaler.transform(slices), Slicer(slice_length=10).transform(scaler.transform(X))
    )


def test_band_scaler_is_fitted_on_training_clips_only(rng):
    X = rng.normal(size=(10, 3, 20))
    X[5:] += 100
    scaler = BandScaler().fit(X[:5])
    np.testing.assert_allclose(scaler.mean_, X[:5].mean(axis=(0, 2)))
    assert scaler.transform(X[5:]).mean() > 50


def test_band_scaler_errors(rng):
    X = rng.normal(size=(4, 3, 20))
    with pytest.raises(NotFittedError):
        BandScaler().transform(X)
    with pytest.raises(ValueError, match="4 features, but BandScaler is expecting 3"):
        BandScaler().fit(X).transform(np.ones((4, 4, 20)))
    with pytest.raises(ValueError, match=r"Slicer\(n_slices"):
        BandScaler().fit([np.ones((3, 10)), np.ones((3, 11))])
    with pytest.raises(ValueError, match="dim <= 4"):
        BandScaler().fit(np.ones((2, 2, 2, 2, 2)))
    X[1, 2, 3] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        BandScaler().fit(X)


# -- FixedLength -------------------------------------------------------------------


def test_fixed_length_of_the_tagging_network():
    # 29.12 s at 12 kHz and hop 256: 1366 frames, 37 zeros on each side give 1440
    X = np.arange(1, 2 * 96 * 1366 + 1, dtype=np.float32).reshape(2, 96, 1366)
    padded = FixedLength(n_frames=1440, align="center").fit_transform(X)
    assert padded.shape == (2, 96, 1440)
    np.testing.assert_array_equal(padded[..., 37:-37], X)
    assert not padded[..., :37].any()
    assert not padded[..., -37:].any()


NUMPY_SIDES = {"left": (0, 4), "right": (4, 0), "center": (2, 2)}


@pytest.mark.parametrize("align", NUMPY_SIDES)
@pytest.mark.parametrize("mode", ["constant", "repeat"])
@pytest.mark.parametrize("ndim", [2, 3, 4])
def test_fixed_length_pads_as_numpy(align, mode, ndim, rng):
    X = rng.normal(size=(*(3, 2, 4, 3)[: ndim - 1], 5))
    widths = [(0, 0)] * (ndim - 1) + [NUMPY_SIDES[align]]
    kind = {"constant": "constant", "repeat": "wrap"}[mode]
    out = FixedLength(n_frames=9, align=align, mode=mode).fit_transform(X)
    np.testing.assert_array_equal(out, np.pad(X, widths, mode=kind))


@pytest.mark.parametrize("n", range(1, 12))
def test_fixed_length_repeats_as_often_as_needed(n):
    out = FixedLength(n_frames=n, mode="repeat").fit_transform([[7.0, 8.0, 9.0]])
    np.testing.assert_array_equal(out[0], np.resize([7.0, 8.0, 9.0], n))


@pytest.mark.parametrize(
    ("align", "expected"), [("left", [0, 1, 2]), ("right", [3, 4, 5])]
)
def test_fixed_length_crops(align, expected):
    out = FixedLength(n_frames=3, align=align).fit_transform([np.arange(6.0)] * 2)
    np.testing.assert_array_equal(out, [expected] * 2)


def test_fixed_length_crops_the_middle():
    crop = FixedLength(n_frames=4, align="center")
    np.testing.assert_array_equal(
        crop.fit_transform(np.arange(8.0)[None]), [[2, 3, 4, 5]]
    )
    np.testing.assert_array_equal(
        crop.fit_transform(np.arange(7.0)[None]), [[1, 2, 3, 4]]
    )


@pytest.mark.parametrize("align", ["left", "right", "center"])
def test_fixed_length_crop_undoes_pad(align, rng):
    X = rng.normal(size=(2, 3, 8))
    padded = FixedLength(n_frames=13, align=align).fit_transform(X)
    back = FixedLength(n_frames=8, align=align).fit_transform(padded)
    np.testing.assert_array_equal(back, X)


def test_fixed_length_fill_values(rng):
    X = rng.uniform(-80, -20, (3, 4, 10)).astype(np.float32)
    low = FixedLength(n_frames=15, fill_value=-80.0).fit_transform(X)
    assert (low[..., 10:] == -80).all()
    own = FixedLength(n_frames=15, fill_value="min").fit_transform(X)
    for clip, out in zip(X, own, strict=True):
        assert (out[:, 10:] == clip.min()).all()


@pytest.mark.parametrize("lead", [(), (5,), (2, 5)])
@pytest.mark.parametrize("as_object", [False, True])
def test_fixed_length_makes_ragged_clips_dense(lead, as_object, rng):
    clips = [rng.normal(size=(*lead, t)).astype(np.float32) for t in (7, 20, 12)]
    X = clips
    if as_object:
        X = np.empty(3, dtype=object)
        X[:] = clips
    out = FixedLength(n_frames=12).fit_transform(X)
    assert out.shape == (3, *lead, 12)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out[0, ..., :7], clips[0])
    np.testing.assert_array_equal(out[1], clips[1][..., :12])
    np.testing.assert_array_equal(out[2], clips[2])


def test_fixed_length_never_returns_its_input():
    X = np.zeros((2, 3, 12))
    out = FixedLength(n_frames=12).fit_transform(X)
    assert not np.shares_memory(out, X)


def test_fixed_length_takes_other_waveforms_as_a_list(rng):
    model = FixedLength(n_frames=10).fit(rng.normal(size=(4, 16)))
    out = model.transform([rng.normal(size=9)])
    assert out.shape == (1, 10)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_frames": 0}, "n_frames must be an integer >= 1 and <= 268435456, got 0"),
        ({"n_frames": 2.5}, "n_frames must be an integer"),
        ({"align": "middle"}, "align must be one of 'left', 'right', 'center'"),
        ({"mode": "wrap"}, "mode must be one of 'constant', 'repeat'"),
        ({"fill_value": "max"}, "fill_value must be .* or 'min'"),
        ({"fill_value": None}, "fill_value must be a number"),
    ],
)
def test_fixed_length_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        FixedLength(**params).fit(np.ones((2, 3, 4)))


@pytest.mark.parametrize(
    ("clips", "message"),
    [
        ([np.ones((3, 4)), np.ones((2, 5))], r"X\[1\] has shape \(2, 5\)"),
        ([np.ones((3, 4)), np.ones((3, 0))], r"X\[1\] is empty \(shape \(3, 0\)\)"),
        ([np.ones(4), np.full(5, np.inf)], r"X\[1\] contains infinity"),
        ([np.ones((3, 4)), np.ones(5)], r"X\[1\] has shape \(5,\)"),
        ([np.ones((2, 2, 3, 4)), np.ones((2, 2, 3, 5))], "must have 1 to 3"),
        ([[[1.0, 2.0], [3.0]], [[1.0], [2.0]]], r"X\[0\] is itself ragged"),
    ],
)
def test_clip_lists_with_a_bad_clip(clips, message):
    with pytest.raises(ValueError, match=message):
        FixedLength(n_frames=4).fit(clips)


# -- both in scikit-learn ----------------------------------------------------------


def test_frames_in_a_pipeline_set_to_pandas(rng):
    X = rng.normal(size=(6, 4, 30))
    chain = make_pipeline(BandScaler(), FixedLength(n_frames=20), SummaryStats())
    expected = chain.fit_transform(X)
    with sklearn.config_context(transform_output="pandas"):
        frame = clone(chain).fit_transform(X)
    assert list(frame.columns[:3]) == ["x0_mean", "x0_std", "x1_mean"]
    np.testing.assert_array_equal(frame.to_numpy(), expected)
    frame = clone(chain).set_output(transform="pandas").fit_transform(X)
    np.testing.assert_array_equal(frame.to_numpy(), expected)


# -- Resize ------------------------------------------------------------------------


def interpolated(X, size):
    """Linear interpolation between pixel centers, flat beyond the outer ones."""
    for axis, new in zip((-2, -1), size, strict=True):
        old = X.shape[axis]
        at = (np.arange(new) + 0.5) * old / new - 0.5
        X = np.apply_along_axis(
            lambda x, at=at: np.interp(at, range(len(x)), x), axis, X
        )
    return X


@pytest.mark.parametrize("lead", [(3,), (2, 3)])
def test_resize_enlarges_by_linear_interpolation(lead, rng):
    X = rng.normal(size=(*lead, 5, 7))
    out = Resize(shape=(12, 20)).fit_transform(X)
    np.testing.assert_allclose(out, interpolated(X, (12, 20)), atol=1e-12)


def test_resize_shrinks_with_a_triangle_filter(rng):
    X = rng.normal(size=(2, 1, 40))
    out = Resize(shape=(1, 20)).fit_transform(X)[..., 1:-1]
    # weights of the triangle of half-width 2 at distances 1/2 and 3/2
    expected = sum(
        weight * X[..., 1 + k : 1 + k + 36 : 2]
        for k, weight in enumerate([1 / 8, 3 / 8, 3 / 8, 1 / 8])
    )
    np.testing.assert_allclose(out, expected, atol=1e-12)


@pytest.mark.parametrize("shape", [(40, 1), (20, 30), (1, 7)])
@pytest.mark.parametrize("mode", ["bilinear", "area"])
def test_resize_to_one_column_is_the_row_turned(shape, mode, rng):
    X = rng.normal(size=(3, *shape))
    column = Resize(shape=(5, 1), mode=mode).fit_transform(X)
    row = Resize(shape=(1, 5), mode=mode).fit_transform(X.transpose(0, 2, 1))
    np.testing.assert_allclose(column[..., 0], row[:, 0], atol=1e-12)
    # the mean of a constant is that constant, whatever the weights
    flat = Resize(shape=(5, 1), mode=mode).fit_transform(np.ones((2, *shape)))
    np.testing.assert_allclose(flat, 1, atol=1e-12)


def test_resize_by_area_is_the_block_mean(rng):
    X = rng.normal(size=(2, 3, 12, 20))
    out = Resize(shape=(4, 5), mode="area").fit_transform(X)
    expected = X.reshape(2, 3, 4, 3, 5, 4).mean(axis=(3, 5))
    np.testing.assert_allclose(out, expected, atol=1e-12)


@pytest.mark.parametrize("mode", ["bilinear", "area"])
def test_resize_keeps_a_constant_and_float32(mode):
    out = Resize(shape=(9, 31), mode=mode).fit_transform(
        np.full((2, 40, 17), -37.5, dtype=np.float32)
    )
    assert out.shape == (2, 9, 31)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, -37.5, rtol=1e-6)


def test_resize_in_parts_equals_resize_alone(rng):
    X = rng.normal(size=(60, 96, 800)).astype(np.float32)
    resize = Resize(shape=(8, 8))
    out = resize.fit_transform(X)
    alone = np.concatenate([resize.transform(clip[None]) for clip in X])
    np.testing.assert_allclose(out, alone, atol=1e-6)


def test_resize_of_ragged_clips(rng):
    clips = [rng.normal(size=(4, t)) for t in (8, 16)]
    assert Resize(shape=(4, 8)).fit_transform(clips).shape == (2, 4, 8)
    kept = Resize(shape=(2, None)).fit_transform(clips)
    assert [clip.shape for clip in kept] == [(2, 8), (2, 16)]


def test_resize_leaves_its_input_and_reads_memory_maps(tmp_path, rng):
    X = rng.normal(size=(3, 4, 10))
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    same = Resize(shape=(None, None)).fit_transform(mapped)
    np.testing.assert_allclose(same, X, atol=1e-12)
    assert not np.shares_memory(Resize(shape=(4, 10)).fit_transform(X), X)


@pytest.mark.parametrize("shape", [128, (128,), (0, 4), (4.0, 4), (1, 2, 3), "ab"])
def test_resize_bad_shape(shape):
    with pytest.raises(ValueError, match="shape must be a pair \\(bands, frames\\)"):
        Resize(shape=shape).fit(np.ones((2, 3, 4)))


# -- BandUnion -------------------------------------------------------------------------


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_band_union_puts_bands_behind_each_other(lead, rng):
    X = rng.normal(size=(4, *lead, 10)) if lead else rng.normal(size=(4, 3))
    both = BandUnion(
        transformers=[
            ("raw", BandScaler(with_mean=False, with_std=False)),
            ("scaled", BandScaler()),
        ]
    )
    out = both.fit_transform(X)
    axis = -2 if lead else -1
    raw, scaled = np.split(out, 2, axis=axis)
    np.testing.assert_array_equal(raw, X)
    np.testing.assert_array_equal(scaled, BandScaler().fit_transform(X))
    np.testing.assert_array_equal(both.transform(X), out)
    np.testing.assert_array_equal(both.fit(X).transform(X), out)


def test_band_union_of_ragged_clips(rng):
    clips = [rng.normal(size=(4, t)) for t in (8, 16)]
    out = BandUnion(
        transformers=[("a", Resize(shape=(2, None))), ("b", Resize(shape=(5, None)))]
    ).fit_transform(clips)
    assert [clip.shape for clip in out] == [(7, 8), (7, 16)]


def test_band_union_parameters_reach_the_transformers(rng):
    X, y = rng.normal(size=(20, 3, 30)), np.repeat([0, 1], 10)
    X[10:, :, 20:] += 5  # only frames that n_frames=10 crops
    stacked = BandUnion(
        transformers=[("a", FixedLength(n_frames=10)), ("b", FixedLength(n_frames=10))]
    )
    model = make_pipeline(stacked, SummaryStats(stats=["max"]), LogisticRegression())
    search = GridSearchCV(
        model,
        {
            "bandunion__a": [FixedLength(n_frames=10), FixedLength(align="right")],
            "bandunion__a__n_frames": [10],
        },
        cv=2,
    ).fit(X, y)
    assert search.best_params_["bandunion__a"].align == "right"
    assert search.best_score_ == 1
    # the given transformers stay as they are
    assert stacked.transformers[0][1].get_params()["align"] == "left"


def test_band_union_leaves_its_transformers_unfitted(rng):
    scaler = BandScaler()
    stacked = BandUnion(transformers=[("a", scaler)]).fit(rng.normal(size=(4, 3, 5)))
    assert not hasattr(scaler, "mean_")
    assert stacked.n_features_in_ == 3
    with pytest.raises(NotFittedError):
        clone(stacked).transform(np.ones((4, 3, 5)))


def test_band_union_of_unequal_frames_names_them(rng):
    stacked = BandUnion(
        transformers=[("a", FixedLength(n_frames=7)), ("b", FixedLength(n_frames=8))]
    )
    with pytest.raises(ValueError, match=r"a \(2, 3, 7\), b \(2, 3, 8\)"):
        stacked.fit_transform(rng.normal(size=(2, 3, 9)))


@pytest.mark.parametrize(
    "transformers",
    [
        [],
        None,
        [BandScaler()],
        [("a", BandScaler()), ("a", BandScaler())],
        [("a__b", BandScaler())],
        [("transformers", BandScaler())],
        [("a", "scale")],
    ],
)
def test_band_union_bad_list(transformers):
    with pytest.raises(ValueError, match=r"must be a list of one or more \(name"):
        BandUnion(transformers=transformers).fit(np.ones((2, 3, 4)))
