"""Slicer."""

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_genre import (
    BandScaler,
    FixedLength,
    Slicer,
    SliceVotingClassifier,
    SummaryStats,
)


def clock(n_clips, n_bands, n_frames):
    """Clips in which every value is its own frame number."""
    return np.broadcast_to(
        np.arange(n_frames, dtype=float), (n_clips, n_bands, n_frames)
    )


def starts(out):
    """Frame numbers at which the slices of a clock start."""
    return out[:, :, 0, 0].astype(int)


# -- which slices ------------------------------------------------------------------


def test_slices_are_stretches_of_the_clip(rng):
    X = rng.normal(size=(4, 6, 50))
    out = Slicer(slice_length=12, hop_length=5).fit_transform(X)
    assert out.shape == (4, 8, 6, 12)
    for j in range(8):
        np.testing.assert_array_equal(out[:, j], X[..., 5 * j : 5 * j + 12])


@pytest.mark.parametrize("n_slices", [5, 10])
def test_thirty_seconds_in_slices_of_128_frames_without_overlap(n_slices):
    # 30 s at 22,050 Hz and hop 512 are 1292 frames
    out = Slicer(slice_length=128, n_slices=n_slices).fit_transform(clock(1, 1, 1292))
    assert out.shape == (1, n_slices, 1, 128)
    frames = out[0, :, 0].ravel()
    assert len(np.unique(frames)) == n_slices * 128
    assert frames[0] == 0
    assert frames[-1] == 1291


@pytest.mark.parametrize("n_frames", [10, 33, 64, 100, 129, 1291])
@pytest.mark.parametrize("n_slices", [1, 2, 3, 7])
@pytest.mark.parametrize("slice_length", [1, 9, 10])
def test_spread_slices_cover_evenly(n_frames, n_slices, slice_length):
    out = Slicer(slice_length=slice_length, n_slices=n_slices).fit_transform(
        clock(1, 2, n_frames)
    )
    at = starts(out)[0]
    steps = np.diff(at)
    assert out.shape == (1, n_slices, 2, slice_length)
    if n_slices == 1:
        assert at[0] == (n_frames - slice_length) // 2
        return
    assert at[0] == 0
    assert at[-1] == n_frames - slice_length
    assert np.ptp(steps) <= 1
    # apart if there is room
    assert steps.min() >= slice_length or n_slices * slice_length > n_frames


@pytest.mark.parametrize("n_frames", [20, 21, 59, 1000])
@pytest.mark.parametrize("hop_length", [None, 1, 7, 20, 31])
def test_hop_takes_every_slice_that_fits(n_frames, hop_length):
    slicer = Slicer(slice_length=20, hop_length=hop_length)
    out = slicer.fit_transform(clock(1, 1, n_frames))
    step = hop_length or 20
    expected = [s for s in range(0, n_frames, step) if s + 20 <= n_frames]
    np.testing.assert_array_equal(starts(out)[0], expected)


def test_equal_cuts_of_the_whole_clip():
    out = Slicer(slice_length=None, n_slices=4).fit_transform(clock(2, 3, 100))
    assert out.shape == (2, 4, 3, 25)
    np.testing.assert_array_equal(out[0, :, 0].ravel(), np.arange(100))
    out = Slicer(slice_length=None, n_slices=10).fit_transform(clock(1, 1, 1292))
    assert out.shape == (1, 10, 1, 129)
    assert len(np.unique(out)) == 1290


def test_seconds():
    X, rate = clock(1, 1, 1292), 22050 / 512
    out = Slicer(slice_length=3, hop_length=1.5, frame_rate=rate).fit_transform(X)
    assert out.shape[-1] == round(3 * rate) == 129
    assert np.diff(starts(out)[0])[0] == round(1.5 * rate) == 65
    np.testing.assert_array_equal(
        Slicer(slice_length=2.5, n_slices=4, frame_rate=100).fit_transform(X),
        Slicer(slice_length=250, n_slices=4).fit_transform(X),
    )


def test_waveforms(rng):
    X = rng.normal(size=(3, 800)).astype(np.float32)
    out = Slicer(slice_length=0.02, frame_rate=8000).fit_transform(X)
    assert out.shape == (3, 5, 1, 160)
    np.testing.assert_array_equal(out.reshape(3, 800), X)


# -- short and ragged clips --------------------------------------------------------


def test_short_clips(rng):
    X = rng.normal(size=(2, 3, 5))
    repeated = Slicer(slice_length=12, n_slices=2).fit_transform(X)
    np.testing.assert_array_equal(repeated[:, 0], np.tile(X, 3)[..., :12])
    np.testing.assert_array_equal(repeated[:, 1], repeated[:, 0])
    padded = Slicer(slice_length=12, short="zero").fit_transform(X)
    np.testing.assert_array_equal(padded[:, 0, :, :5], X)
    assert not padded[..., 5:].any()
    strict = Slicer(slice_length=12, short="raise")
    with pytest.raises(ValueError, match=r"X\[0\] has 5 frames, fewer than one slice"):
        strict.fit_transform(X)
    with pytest.raises(ValueError, match=r"X\[1\] has 5 frames"):
        strict.transform([np.ones((3, 12)), np.ones((3, 5))])


def test_more_cuts_than_frames():
    out = Slicer(slice_length=None, n_slices=5).fit_transform(clock(1, 1, 3))
    assert out.shape == (1, 5, 1, 1)
    np.testing.assert_array_equal(np.unique(out), [0, 1, 2])


@pytest.mark.parametrize("form", [list, tuple, "object"])
@pytest.mark.parametrize("n_bands", [None, 4])
def test_ragged_clips_give_a_dense_array(form, n_bands, rng):
    lead = () if n_bands is None else (n_bands,)
    clips = [rng.normal(size=(*lead, t)).astype(np.float32) for t in (30, 7, 100)]
    if form == "object":
        X = np.empty(3, dtype=object)
        X[:] = clips
    else:
        X = form(clips)
    slicer = Slicer(slice_length=16, n_slices=5).fit(X)
    out = slicer.transform(X)
    assert out.shape == (3, 5, n_bands or 1, 16)
    assert out.dtype == np.float32
    for clip, rows in zip(clips, out, strict=True):
        alone = slicer.transform([clip])
        np.testing.assert_array_equal(alone[0], rows)
    assert getattr(slicer, "n_features_in_", None) == n_bands


def test_ragged_clips_with_equal_slice_counts_are_fine():
    X = [np.ones((2, 40)), np.ones((2, 47))]
    assert Slicer(slice_length=16).fit_transform(X).shape == (2, 2, 2, 16)


def test_ragged_clips_that_make_no_array():
    X = [np.ones((2, 40)), np.ones((2, 80))]
    with pytest.raises(ValueError, match=r"give 2 to 5 slices each. Set n_slices"):
        Slicer(slice_length=16).fit_transform(X)
    with pytest.raises(ValueError, match="set slice_length as well as n_slices"):
        Slicer(slice_length=None, n_slices=4).fit_transform(X)
    fixed = FixedLength(n_frames=48)
    assert make_pipeline(fixed, Slicer(slice_length=16)).fit_transform(X).shape[1] == 3


def test_waveforms_of_another_length():
    slicer = Slicer(n_slices=3).fit(np.ones((2, 500)))
    with pytest.raises(ValueError, match="taken as a list of arrays"):
        slicer.transform(np.ones((1, 400)))
    assert slicer.transform([np.ones(400)]).shape == (1, 3, 1, 128)
    # refitted on a list, no length is remembered
    assert not hasattr(slicer.fit([np.ones(400)]), "n_features_in_")


# -- parameters and memory ---------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"slice_length": 0}, "slice_length must be an integer >= 1 or None, got 0"),
        ({"slice_length": 2.5}, "slice_length must be an integer"),
        ({"slice_length": True}, "slice_length must be an integer"),
        ({"hop_length": 0}, "hop_length must be an integer >= 1"),
        ({"n_slices": 0}, "n_slices must be an integer >= 1"),
        ({"n_slices": 2.0}, "n_slices must be an integer"),
        ({"slice_length": None}, "slice_length=None needs n_slices"),
        ({"hop_length": 5, "n_slices": 5}, "either hop_length or n_slices, not both"),
        ({"slice_length": 0.01, "frame_rate": 43.0}, "less than one frame"),
        ({"slice_length": 1.0, "frame_rate": 0}, "frame_rate must be a number > 0"),
        ({"slice_length": 1.0, "frame_rate": -1}, "frame_rate must be a number > 0"),
        ({"slice_length": 1.0, "frame_rate": np.inf}, "frame_rate must be a number"),
        ({"slice_length": 0, "frame_rate": 1.0}, "slice_length must be a number > 0"),
        ({"slice_length": "1", "frame_rate": 1.0}, "slice_length must be a number"),
        ({"n_slices": 10**9}, "n_slices must be an integer >= 1 and <= 100000"),
        ({"short": "wrap"}, "short must be one of 'repeat', 'zero', 'raise'"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        Slicer(**params).fit(np.ones((2, 3, 4)))


def test_parameters_are_keyword_only():
    with pytest.raises(TypeError):
        Slicer(128)


def test_numpy_integers_are_integers():
    slicer = Slicer(slice_length=np.int64(8), n_slices=np.int32(2))
    assert slicer.fit_transform(np.ones((1, 1, 20))).shape == (1, 2, 1, 8)


def test_too_many_dimensions():
    with pytest.raises(ValueError, match="dim <= 3 is required by Slicer"):
        Slicer().fit(np.ones((2, 2, 2, 200)))


def test_memmap_and_dtype(tmp_path, rng):
    X = rng.normal(size=(3, 4, 300)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    out = Slicer(slice_length=100).fit_transform(mapped)
    assert out.dtype == np.float32
    assert not isinstance(out, np.memmap)
    np.testing.assert_array_equal(out, Slicer(slice_length=100).fit_transform(X))


def test_output_is_a_fresh_contiguous_array(rng):
    X = rng.normal(size=(2, 3, 40))
    out = Slicer(slice_length=40).fit_transform(X)
    assert out.flags.c_contiguous
    out[:] = 0
    assert X.all()


# -- in scikit-learn ---------------------------------------------------------------

SPLITTERS = [
    KFold(3),
    KFold(3, shuffle=True, random_state=0),
    StratifiedKFold(3),
    GroupKFold(3),
    ShuffleSplit(3, random_state=0),
    StratifiedShuffleSplit(3, random_state=0),
    TimeSeriesSplit(3),
    LeaveOneOut(),
]


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda s: type(s).__name__)
def test_no_splitter_divides_a_clip(splitter):
    # every value of a clip is the clip's number
    X = np.broadcast_to(np.arange(24.0)[:, None, None], (24, 2, 30))
    y, groups = np.arange(24) % 2, np.arange(24) // 2
    X = Slicer(slice_length=7, hop_length=3).fit_transform(X)
    groups = groups if isinstance(splitter, GroupKFold) else None
    for train, test in splitter.split(X, y, groups):
        assert not np.intersect1d(X[train], X[test]).size


def noise_clips(rng, n=40, n_bands=4, n_frames=60):
    """Clips of two genres that differ in loudness, and their labels."""
    y = np.repeat(["calm", "loud"], n // 2)
    gain = np.where(y == "loud", 3.0, 1.0)[:, None, None]
    return rng.normal(size=(n, n_bands, n_frames)) * gain, y


def genre_pipeline(**params):
    inner = make_pipeline(SummaryStats(), LogisticRegression())
    return Pipeline(
        [
            ("scale", BandScaler()),
            ("slicer", Slicer(slice_length=20)),
            ("vote", SliceVotingClassifier(inner)),
        ],
        **params,
    )


def test_grid_search_over_slices_and_the_classifier_within(rng):
    X, y = noise_clips(rng)
    grid = {
        "slicer__slice_length": [10, 30],
        "vote__estimator__logisticregression__C": [1e-6, 10.0],
        "vote__voting": ["soft", "hard"],
    }
    search = GridSearchCV(genre_pipeline(), grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.9
    assert search.best_params_["vote__estimator__logisticregression__C"] == 10.0
    assert len(search.cv_results_["params"]) == 8
    assert set(search.predict(X[:3])) <= {"calm", "loud"}


def test_cross_val_score_on_ragged_clips(rng):
    X, y = noise_clips(rng)
    ragged = [clip[:, : 30 + i % 25] for i, clip in enumerate(X)]
    model = make_pipeline(
        Slicer(slice_length=20, n_slices=4),
        BandScaler(),
        SliceVotingClassifier(make_pipeline(SummaryStats(), LogisticRegression())),
    )
    assert cross_val_score(model, ragged, y, cv=4).mean() > 0.9


def test_pipeline_with_memory_and_pandas_output(rng, tmp_path):
    X, y = noise_clips(rng)
    expected = genre_pipeline().fit(X, y).predict_proba(X)
    cached = genre_pipeline(memory=joblib.Memory(tmp_path, verbose=0))
    for _ in range(2):
        np.testing.assert_array_equal(cached.fit(X, y).predict_proba(X), expected)
    with sklearn.config_context(transform_output="pandas"):
        np.testing.assert_allclose(
            genre_pipeline().fit(X, y).predict_proba(X), expected, rtol=1e-6
        )


def test_real_mel_images(data_dir):
    with np.load(data_dir / "gtzan" / "gtzan_mel_images.npz") as file:
        X = file["mel"][:5].astype(np.float32)
    out = Slicer(slice_length=None, n_slices=5).fit_transform(X)
    assert out.shape == (5, 5, 128, 66)
    np.testing.assert_array_equal(out[:, 0], X[..., :66])
    np.testing.assert_array_equal(out[:, -1], X[..., -66:])
