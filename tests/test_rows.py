"""Features that stay on the disk: the same results, and nothing read as a whole."""

import mmap
import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedShuffleSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    Autoencoder,
    BandScaler,
    CNNClassifier,
    DenseClassifier,
    FixedLength,
    FrameSubsampler,
    HybridClassifier,
    Resize,
    RowView,
    SampleCNNClassifier,
    Slicer,
    SliceVotingClassifier,
    SummaryStats,
)


class Recorder:
    """An array that notes which rows are read of it, and how many at a time."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.ndim, self.read, self.most = array.ndim, [], 0

    def __getitem__(self, key):
        rows = key[0] if isinstance(key, tuple) else key
        self.read += rows.tolist()
        self.most = max(self.most, len(rows))
        return self.array[key]


@pytest.fixture
def clips(rng):
    """Loud and quiet clips of 8 bands and 40 frames, and labels."""
    y = np.repeat(["calm", "loud"], 20)
    X = rng.normal(size=(40, 8, 40)).astype(np.float32)
    X[20:] *= 3
    order = rng.permutation(40)
    return X[order], y[order]


@pytest.fixture
def on_disk(clips, tmp_path):
    np.save(tmp_path / "X.npy", clips[0])
    return RowView(np.load(tmp_path / "X.npy", mmap_mode="r"))


def small_cnn(**params):
    params = dict(n_filters=(4,), max_epochs=2, random_state=0) | params
    return CNNClassifier(**params)


# -- the view itself ------------------------------------------------------------------
@pytest.mark.parametrize(
    "key",
    [
        3,
        -1,
        np.int64(2),
        slice(2, 9, 3),
        [4, 1, 1],
        np.array([True, False] * 20),
        [],
        (np.array([3, 5]), ...),
        (slice(1, 4), 2),
        (slice(1, 4), np.array([0, 3])),
        (np.array([3, 5]), np.array([0, 7])),
        (4, 0, slice(1, 3)),
    ],
)
def test_indexing_is_that_of_an_array(clips, on_disk, key):
    np.testing.assert_array_equal(np.asarray(on_disk[key]), clips[0][key])


def test_a_view_of_a_view_keeps_to_the_array(clips, on_disk):
    X, _ = clips
    view = on_disk[::2][[3, 1, 2]]
    assert (len(view), view.shape, view.ndim) == (3, (3, 8, 40), 3)
    assert view.dtype == np.float32
    assert view.nbytes == X[:3].nbytes
    np.testing.assert_array_equal(view.rows, [6, 2, 4])
    np.testing.assert_array_equal(RowView(view, [0, 2]), X[[6, 4]])
    np.testing.assert_array_equal(np.stack(list(view)), X[[6, 2, 4]])
    assert np.asarray(view, dtype=np.float64).dtype == np.float64


def test_bad_views(on_disk):
    with pytest.raises(TypeError, match="mmap_mode"):
        RowView([1.0, 2.0])
    with pytest.raises(IndexError, match="integers or booleans"):
        on_disk[[0.5]]
    with pytest.raises(IndexError, match="out of bounds"):
        on_disk[[40]]
    with pytest.raises(ValueError, match="copy"):
        np.array(on_disk, copy=False)
    with pytest.raises(ValueError, match="keeps the number of rows"):
        on_disk.map(lambda x: x[:0])
    with pytest.raises(ValueError, match="0 rows"):
        on_disk[[]].map(np.abs)


def test_repr_names_the_file(on_disk):
    assert "X.npy" in repr(on_disk)
    assert "40 rows of shape (8, 40), float32" in repr(on_disk.map(np.abs))


def test_mapped_rows_are_computed_from_the_rows_that_are_read(clips):
    source = Recorder(clips[0])
    view = RowView(source).map(np.abs)[10:20]
    source.read.clear()
    np.testing.assert_array_equal(view[[2, 0, 2]], np.abs(clips[0][[12, 10, 12]]))
    assert source.read == [10, 12]


def test_flattened_slices(clips, on_disk):
    X, _ = clips
    sliced = Slicer(slice_length=10).transform(on_disk[5:20])
    assert isinstance(sliced, RowView)
    assert sliced.shape == (15, 4, 8, 10)
    expected = Slicer(slice_length=10).transform(X[5:20])
    np.testing.assert_array_equal(sliced.flatten(), expected.reshape(60, 8, 10))
    np.testing.assert_array_equal(sliced.flatten()[7:9][1], expected[2, 0])


def test_pickle_holds_the_name_of_the_file(on_disk, clips, tmp_path):
    view = on_disk[[7, 3]].map(np.abs)
    state = pickle.dumps(view)
    assert len(state) < 2000 < clips[0].nbytes
    np.testing.assert_array_equal(pickle.loads(state), np.abs(clips[0][[7, 3]]))
    part = RowView(np.load(tmp_path / "X.npy", mmap_mode="r")[5:])
    state = pickle.dumps(part)
    assert len(state) < 2000
    np.testing.assert_array_equal(pickle.loads(state), clips[0][5:])
    in_memory = pickle.loads(pickle.dumps(RowView(clips[0])))
    np.testing.assert_array_equal(in_memory, clips[0])


def test_pickle_of_a_file_that_has_changed_or_gone(on_disk, tmp_path):
    state = pickle.dumps(on_disk)
    np.save(tmp_path / "X.npy", np.zeros((50, 8, 40), np.float32))
    with pytest.raises(ValueError, match=r"X\.npy.* have changed"):
        pickle.loads(state)
    (tmp_path / "X.npy").unlink()
    with pytest.raises(FileNotFoundError, match=r"X\.npy"):
        pickle.loads(state)


# -- scikit-learn ---------------------------------------------------------------------
MODELS = {
    "network": small_cnn(),
    "scaled": make_pipeline(BandScaler(), small_cnn(standardize=False)),
    "slices": make_pipeline(Slicer(slice_length=16, n_slices=3), small_cnn()),
    "early stopping": small_cnn(early_stopping=True, validation_fraction=0.3),
    "frames": make_pipeline(
        FixedLength(n_frames=48),
        Resize(shape=(8, 16)),
        FrameSubsampler(n_frames=8),
        DenseClassifier(max_epochs=2, random_state=0),
    ),
    "voting": make_pipeline(
        Slicer(slice_length=16, n_slices=3),
        SliceVotingClassifier(make_pipeline(SummaryStats(), LogisticRegression())),
    ),
    "codes": make_pipeline(
        Autoencoder(n_components=4, max_epochs=2, random_state=0),
        StandardScaler(),
        LogisticRegression(),
    ),
    "hybrid": HybridClassifier(
        image=BandScaler(),
        table=SummaryStats(),
        n_filters=(4,),
        max_epochs=1,
        random_state=0,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_learn_the_same_as_from_memory(name, clips, on_disk):
    X, y = clips
    model = MODELS[name]
    expected = model.fit(X, y).predict_proba(X)
    got = model.fit(on_disk, y).predict_proba(on_disk)
    np.testing.assert_array_equal(got, expected)


def test_raw_waveforms(rng, tmp_path):
    X = rng.normal(size=(12, 729)).astype(np.float32)
    y = np.repeat(["a", "b"], 6)
    np.save(tmp_path / "X.npy", X)
    view = RowView(np.load(tmp_path / "X.npy", mmap_mode="r"))
    model = SampleCNNClassifier(max_epochs=1, random_state=0)
    expected = model.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(model.fit(view, y).predict_proba(view), expected)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_search_by_cross_validation(clips, on_disk, n_jobs):
    X, y = clips
    model = make_pipeline(BandScaler(), Slicer(slice_length=20), small_cnn())
    cv = StratifiedShuffleSplit(2, test_size=0.5, random_state=0)
    search = GridSearchCV(model, {"cnnclassifier__lr": [1e-3, 1e-2]}, cv=cv)
    search.set_params(n_jobs=n_jobs)
    expected = search.fit(X, y).cv_results_["mean_test_score"]
    got = search.fit(on_disk, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("sliced", [False, True])
def test_only_batches_are_read(clips, sliced):
    """At most a batch, or what is learned from in one piece, is ever in memory."""
    X, y = clips
    source = Recorder(X)
    view = RowView(source)
    model = make_pipeline(Slicer(slice_length=10), small_cnn(batch_size=4))
    model = model if sliced else model[1:]
    # pieces of the moments are of 2**21 values: more than these clips have
    model[-1].set_params(standardize=False)
    train, test, y_train, _ = train_test_split(view, y, random_state=0, stratify=y)
    assert source.read == []
    model.fit(train, y_train)
    n_checked = len(train)
    assert set(source.read) == set(train.rows)
    source.most = 0
    model.predict(test)
    assert source.most <= 4 < n_checked


def test_scores_are_by_rows_on_disk(clips, on_disk):
    X, y = clips
    expected = cross_val_score(small_cnn(), X, y, cv=3)
    np.testing.assert_array_equal(
        cross_val_score(small_cnn(), on_disk, y, cv=3), expected
    )


def test_weightless_clips_are_left_out(clips, on_disk):
    X, y = clips
    weight = np.r_[np.zeros(5), np.ones(35)]
    expected = small_cnn().fit(X[5:], y[5:]).predict_proba(X)
    model = small_cnn().fit(on_disk, y, sample_weight=weight)
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_integers_on_disk_are_read_as_float32(clips, tmp_path):
    X, y = clips
    images = np.clip(X * 20 + 128, 0, 255).astype(np.uint8)
    np.save(tmp_path / "X.npy", images)
    view = RowView(np.load(tmp_path / "X.npy", mmap_mode="r"))
    model = small_cnn().fit(view, y)
    expected = small_cnn().fit(images.astype(np.float32), y).predict_proba(images)
    np.testing.assert_array_equal(model.predict_proba(view), expected)


@pytest.mark.parametrize("standardize", [True, False])
def test_a_row_that_is_not_finite_is_named_before_training(
    clips, tmp_path, standardize
):
    X, y = clips
    X[17, 2, 3] = np.nan
    np.save(tmp_path / "X.npy", X)
    view = RowView(np.load(tmp_path / "X.npy", mmap_mode="r"))
    model = small_cnn(standardize=standardize)
    with pytest.raises(ValueError, match=r"row 17 of .*X\.npy: .*NaN"):
        model.fit(view, y)
    assert not hasattr(model, "net_")
    model.fit(view[:17], y[:17])
    weights = model.predict_proba(view[:5])
    with pytest.raises(ValueError, match="NaN"):
        model.set_params(warm_start=True).fit(view, y)
    np.testing.assert_array_equal(model.predict_proba(view[:5]), weights)


def test_views_of_other_shapes_are_refused(clips, on_disk):
    _, y = clips
    model = small_cnn().fit(on_disk, y)
    with pytest.raises(ValueError, match="7 features"):
        model.predict(on_disk.map(lambda x: x[:, :7]))
    with pytest.raises(ValueError, match="0 sample"):
        model.predict(on_disk[[]])
    with pytest.raises(ValueError, match="dim 5"):
        small_cnn().fit(RowView(np.zeros((2, 3, 4, 5, 6))), ["a", "b"])
    with pytest.raises(ValueError, match="inconsistent"):
        small_cnn().fit(on_disk[:3], y)
    with pytest.raises(ValueError, match="dim 5"):
        SliceVotingClassifier(LogisticRegression()).fit(
            RowView(np.zeros((2, 3, 4, 5, 6))), ["a", "b"]
        )


def test_a_view_keeps_the_scaler_it_was_made_with(clips, on_disk):
    X, _ = clips
    scaler = BandScaler().fit(on_disk)
    view = scaler.transform(on_disk)
    expected = np.asarray(view)
    scaler.fit(X * 5)
    np.testing.assert_array_equal(np.asarray(view), expected)


# -- reading ahead --------------------------------------------------------------------
@pytest.mark.skipif(not hasattr(mmap, "MADV_WILLNEED"), reason="no madvise here")
@pytest.mark.parametrize("kind", ["rows", "part", "mapped", "pieces"])
def test_the_advice_covers_the_rows_and_nothing_else(tmp_path, kind):
    X = np.arange(60 * 4 * 2048, dtype=np.float32).reshape(60, 4, 2048)
    np.save(tmp_path / "X.npy", X)
    opened = np.load(tmp_path / "X.npy", mmap_mode="r")
    asked = []

    class Map:
        def madvise(self, advice, start, length):
            assert advice == mmap.MADV_WILLNEED
            assert start % mmap.PAGESIZE == 0
            asked.append((start, start + length))

    class Root:
        base, offset, ctypes = Map(), opened.offset, opened.ctypes

    view = RowView(opened[10:] if kind == "part" else opened)
    view = view[[3, 20, 4, 5]] if kind != "part" else view[[3, 4]]
    if kind in ("mapped", "pieces"):
        view = view.map(np.abs)
    view = view.flatten() if kind == "pieces" else view
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklearn_genre.rows._root", lambda array: Root)
        view.prefetch()
    runs = [(13, 15)] if kind == "part" else [(3, 6), (20, 21)]
    size = X[0].nbytes
    expected = [(opened.offset + a * size, opened.offset + b * size) for a, b in runs]
    assert [stop for _, stop in asked] == [stop for _, stop in expected]
    for (start, _), (wanted, _) in zip(asked, expected, strict=True):
        assert 0 <= wanted - start < mmap.PAGESIZE
    view.prefetch()
    RowView(X)[[1]].prefetch()
    view[[]].prefetch()
