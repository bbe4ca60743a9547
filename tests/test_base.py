"""Pandas objects in and out of every public transformer: rows, names, containers."""

import functools
import pickle

import numpy as np
import pandas as pd
import pytest
from helpers import MEL, RATE, SMALL_STFT, public_estimators, write_wav
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import (
    check_global_output_transform_pandas,
    check_set_output_transform,
    check_set_output_transform_pandas,
    check_transformer_get_feature_names_out,
)

from sklearn_genre import (
    MFCC,
    Autoencoder,
    BandScaler,
    BandUnion,
    CNNClassifier,
    FixedLength,
    FrameKMeans,
    FrameNMF,
    FrameSubsampler,
    PyramidLevel,
    Resize,
    RowView,
    Slicer,
    SliceVotingClassifier,
    SummaryStats,
    TextureStats,
    Waveform,
    recipes,
)
from sklearn_genre.features import AudioTransformer, MelTransformer

N = 6
Y = np.array(["dub", "ska", "ska", "dub", "dub", "ska"])


def transformers():
    """Every public transformer, quick and for the test's clips."""
    for estimator in public_estimators():
        if hasattr(estimator, "transform"):
            known = estimator.get_params(deep=False)
            quick = {"max_epochs": 1, "sample_rate": RATE, "n_contrast_bands": 3}
            quick["duration"] = 0.5
            yield estimator.set_params(**{k: v for k, v in quick.items() if k in known})


def name_of(transformer):
    return type(transformer).__name__


every = pytest.mark.parametrize("transformer", list(transformers()), ids=name_of)

# what the rows of a frame may be called
INDEXES = {
    "shuffled": pd.Index([2, 1, 4, 0, 5, 3]),
    "a part of a larger frame": pd.Index([70, 7, 40, 2, 31, 9]),
    "strings": pd.Index(list("feabdc")),
    "repeated": pd.Index([1, 1, 2, 0, 2, 0]),
    "two levels": pd.MultiIndex.from_product([["b", "a"], [2, 0, 1]]),
}
indexes = pytest.mark.parametrize("index", list(INDEXES.values()), ids=list(INDEXES))


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    for i in range(N):
        write_wav(folder / f"{i}.wav", seed=i, seconds=0.5)
    return np.array([str(folder / f"{i}.wav") for i in range(N)], dtype=object)


def clips_for(transformer, paths):
    """Paths, or clips of five bands and 40 frames."""
    if isinstance(transformer, AudioTransformer):
        return paths
    return np.abs(np.random.default_rng(0).normal(size=(N, 5, 40)))


def series_of(clips, index):
    """A Series with one clip in each cell."""
    cells = np.empty(len(clips), dtype=object)
    cells[:] = list(clips)
    return pd.Series(cells, index=index)


def fit_transform(transformer, X, container=None):
    """The output of a copy: an array unless a container is given."""
    return clone(transformer).set_output(transform=container).fit(X, Y).transform(X)


def assert_same_rows(out, expected):
    """Equal row by row, where ``out`` may be a DataFrame or a Series of arrays."""
    for row, other in zip(out.to_numpy(), expected, strict=True):
        np.testing.assert_allclose(row, other, rtol=1e-5, atol=1e-5)


# -- rows -----------------------------------------------------------------------------


@every
@indexes
def test_rows_keep_their_index(transformer, index, paths):
    clips = clips_for(transformer, paths)
    X = series_of(clips, index)
    out = fit_transform(transformer, X, "pandas")
    assert out.index.equals(index)
    assert_same_rows(out, fit_transform(transformer, clips))
    with config_context(transform_output="pandas"):
        fitted = clone(transformer).fit(X, Y)
        assert fitted.transform(X).equals(out)
        assert fitted.transform(X.iloc[[4, 1]]).index.equals(index[[4, 1]])


@every
def test_tables_are_data_frames_with_names(transformer, paths):
    """And arrays with more axes are a Series, with names for their bands."""
    clips = clips_for(transformer, paths)
    expected = fit_transform(transformer, clips)
    assert isinstance(expected, np.ndarray)
    fitted = clone(transformer).set_output(transform="pandas").fit(clips, Y)
    out, names = fitted.transform(clips), fitted.get_feature_names_out()
    assert names.dtype == object
    assert len({*names}) == len(names)
    if expected.ndim == 2:
        assert isinstance(out, pd.DataFrame)
        assert out.columns.tolist() == names.tolist()
    else:
        assert isinstance(out, pd.Series)
        assert len(names) == expected.shape[-2]


FORMS = {
    "slices": lambda clips: [np.stack([clip, clip[::-1]]) for clip in clips],
    "unequal": lambda clips: [clip[:, : 40 - i] for i, clip in enumerate(clips)],
    "waveforms": lambda clips: [clip[0, : 40 - i] for i, clip in enumerate(clips)],
}
TAKE_WAVES = (FixedLength, Slicer)
TAKE_UNEQUAL = (
    *(FrameKMeans, FrameNMF, FrameSubsampler, PyramidLevel, Resize),
    *(SummaryStats, TextureStats),
    *TAKE_WAVES,
)


def other_forms():
    """The transformers of arrays, each with the forms of clips that it takes."""
    for transformer in transformers():
        takes = {
            "slices": not isinstance(transformer, (AudioTransformer, Slicer)),
            "unequal": isinstance(transformer, TAKE_UNEQUAL),
            "waveforms": isinstance(transformer, TAKE_WAVES),
        }
        for form in FORMS:
            if takes[form]:
                yield transformer, form


@pytest.mark.parametrize(
    ("transformer", "form"),
    [pytest.param(t, form, id=f"{name_of(t)}-{form}") for t, form in other_forms()],
)
def test_other_forms_keep_their_index(transformer, form, paths):
    clips = FORMS[form](clips_for(transformer, paths))
    X = series_of(clips, INDEXES["strings"])
    out = fit_transform(transformer, X, "pandas")
    assert out.index.equals(X.index)
    plain = np.stack(clips) if form == "slices" else clips
    assert_same_rows(out, fit_transform(transformer, plain))


def take_tables():
    """The transformers of arrays for which a table is one frame per clip."""
    for transformer in transformers():
        if not isinstance(transformer, (AudioTransformer, *TAKE_WAVES)):
            yield transformer


of_tables = pytest.mark.parametrize("transformer", list(take_tables()), ids=name_of)


@of_tables
def test_rows_of_a_frame_keep_their_index(transformer):
    values = np.abs(np.random.default_rng(1).normal(size=(N, 5)))
    X = pd.DataFrame(values, index=INDEXES["two levels"], columns=list("vwxyz"))
    out = fit_transform(transformer, X, "pandas")
    assert out.index.equals(X.index)
    assert_same_rows(out, fit_transform(transformer, values))


@of_tables
@pytest.mark.filterwarnings("ignore:X .*feature names")  # the checks mix both forms
def test_checks_of_scikit_learn(transformer):
    """They know tables only."""
    if isinstance(transformer, (FrameSubsampler, Resize)):
        return  # whose output has frames
    name = name_of(transformer)
    check_set_output_transform(name, transformer)
    check_set_output_transform_pandas(name, transformer)
    check_global_output_transform_pandas(name, transformer)
    check_transformer_get_feature_names_out(name, transformer)


# -- beside other columns -------------------------------------------------------------


def chain(*steps):
    """A Pipeline of copies, as ``set_output`` changes the steps."""
    return make_pipeline(*map(clone, steps))


MEANS = SummaryStats(stats=("mean",))
WAVES = Waveform(sample_rate=RATE)
CODES = Autoencoder(n_components=2, hidden_sizes=(), max_epochs=1, random_state=0)
CHAINS = {
    "statistics": chain(MEL, MEANS),
    "texture": chain(MEL, TextureStats()),
    "scaled": chain(MEL, BandScaler(), SummaryStats(), StandardScaler()),
    "slices": chain(MEL, Slicer(slice_length=8), MEANS),
    "resized": chain(MEL, Resize(shape=(8, 4)), MEANS),
    "one length": chain(MEL, FixedLength(n_frames=20), MEANS),
    "nested": chain(chain(MEL, FrameSubsampler(n_frames=9)), chain(chain(MEANS))),
    "bands": chain(BandUnion(transformers=[("a", MEL)]), MEANS),
    "tables": make_union(chain(MEL, MEANS), chain(MFCC(**SMALL_STFT), MEANS)),
    "codes": chain(MEL, CODES),
    "codes of slices": chain(MEL, Slicer(slice_length=8), CODES, MEANS),
    "waveforms": chain(WAVES, Slicer(slice_length=999), SummaryStats()),
}


@pytest.fixture
def table(paths):
    return pd.DataFrame({"path": paths, "number": np.arange(N, dtype=float)})


@pytest.mark.parametrize(
    ("name", "index"),
    [*((name, "shuffled") for name in CHAINS), *(("slices", i) for i in INDEXES)],
)
@pytest.mark.parametrize("everywhere", [False, True], ids=["set_output", "config"])
def test_each_song_keeps_its_numbers(name, index, everywhere, table):
    """ColumnTransformer joins columns by the index of their rows."""
    index = INDEXES[index]
    frame = table.iloc[[2, 1, 4, 0, 5, 3]].set_index(index)
    expected = clone(CHAINS[name]).fit_transform(frame["path"].to_numpy())
    both = ColumnTransformer(
        [("audio", clone(CHAINS[name]), "path"), ("n", "passthrough", ["number"])]
    ).set_output(transform=None if everywhere else "pandas")
    with config_context(transform_output="pandas" if everywhere else "default"):
        out = both.fit_transform(frame)
        part = both.transform(frame.iloc[[3, 1]])
    assert out.index.equals(index)
    assert out["n__number"].tolist() == [2, 1, 4, 0, 5, 3]
    assert_same_rows(out.drop(columns="n__number"), expected)
    pd.testing.assert_frame_equal(part, out.iloc[[3, 1]], rtol=1e-4, atol=1e-5)
    assert out.columns.tolist() == both.get_feature_names_out().tolist()


@pytest.mark.parametrize("kind", ["columns", "union"])
def test_clips_with_a_time_axis_are_no_columns(kind, table):
    """scikit-learn's error names the branch that does not end in a table."""
    if kind == "union":
        model, X = FeatureUnion([("mel", clone(MEL))]), table["path"]
    else:
        model, X = ColumnTransformer([("mel", clone(MEL), "path")]), table
    with pytest.raises(ValueError, match=r"'mel'.* 2"):
        model.set_output(transform="pandas").fit_transform(X)


CNN = CNNClassifier(n_filters=(4,), max_epochs=1, random_state=0)
LINEAR = chain(MEANS, StandardScaler(), LogisticRegression())
MODELS = {
    "table": chain(MEL, LINEAR),
    "network": chain(MEL, BandScaler(), Slicer(slice_length=8), CNN),
    "votes": chain(MEL, Slicer(slice_length=8), SliceVotingClassifier(LINEAR)),
    "recipe": recipes.fast(front_end=MEL),
    "codes": recipes.pca_two_stage(
        n_components=2, n_slices=2, duration=0.5, max_epochs=1, random_state=0
    ),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("index", ["shuffled", "repeated"])
@pytest.mark.filterwarnings("ignore:When `set_output`")  # of a recipe's function
def test_cross_validation_of_a_frame(name, index, paths):
    args = dict(cv=GroupKFold(3), method="predict_proba")
    X, y, artists = paths, Y, np.arange(N) // 2
    expected = cross_val_predict(MODELS[name], X, y, groups=artists, **args)
    X, y, artists = (pd.Series(v, index=INDEXES[index]) for v in (X, y, artists))
    with config_context(transform_output="pandas"):
        proba = cross_val_predict(MODELS[name], X, y, groups=artists, **args)
    np.testing.assert_allclose(proba, expected, rtol=1e-4, atol=1e-5)


# -- names ----------------------------------------------------------------------------


def names_after(*steps, X):
    return chain(*steps).fit(X, Y).get_feature_names_out().tolist()


def test_names_go_from_step_to_step(paths):
    mfcc = MFCC(**SMALL_STFT, n_mfcc=2, deltas=2)
    bands = ["mfcc0", "mfcc1", "mfcc_delta0", "mfcc_delta1"]
    bands += ["mfcc_delta2_0", "mfcc_delta2_1"]
    means = [f"{band}_mean" for band in bands]
    assert names_after(mfcc, X=paths) == bands
    steps = BandScaler(), FrameSubsampler(n_frames=20), Slicer(slice_length=4)
    assert names_after(mfcc, *steps, X=paths) == bands
    assert names_after(mfcc, *steps, MEANS, X=paths) == means
    steps = FixedLength(n_frames=20), Resize(shape=(None, 9)), MEANS
    assert names_after(mfcc, *steps, X=paths) == means
    resized = names_after(mfcc, Resize(shape=(2, 9)), MEANS, X=paths)
    assert resized == ["resize0_mean", "resize1_mean"]
    both = BandUnion(transformers=[("a", mfcc), ("b", MEL)])
    assert names_after(both, X=paths)[5:7] == ["a__mfcc_delta2_1", "b__mel0"]
    waves = names_after(WAVES, Slicer(slice_length=100), MEANS, X=paths)
    assert waves == ["waveform_mean"]
    codes = names_after(MEL, Slicer(slice_length=8), CODES, MEANS, X=paths)
    assert codes == ["autoencoder0_mean", "autoencoder1_mean"]


def test_the_columns_have_the_names(paths):
    pipe = chain(MFCC(**SMALL_STFT), BandScaler(), SummaryStats())
    plain = pipe.fit_transform(paths)
    table = clone(pipe).set_output(transform="pandas").fit_transform(paths)
    assert table.columns.tolist() == pipe.get_feature_names_out().tolist()
    np.testing.assert_array_equal(table["mfcc3_std"], plain[:, 7])


def test_number_of_samples(rng):
    X = rng.normal(size=(2, 100))
    wave = Waveform(sample_rate=RATE, offset=10 / RATE)
    assert wave.get_feature_names_out().tolist() == ["waveform"]
    assert len(wave.fit(X).get_feature_names_out()) == wave.transform(X).shape[1] == 90
    wave.set_params(duration=20 / RATE)
    assert wave.get_feature_names_out()[-1] == "waveform19"
    wave.set_params(n_excerpts=2)  # a short song is whole
    assert wave.get_feature_names_out().tolist() == ["waveform"]


def loudest(S, n_rows):
    return S.max(axis=-1)[..., :n_rows]


class Loudest(MelTransformer):
    """The largest value of the first bands."""

    def _spectrogram_function(self):
        return functools.partial(loudest, n_rows=3)


class NamedLoudest(Loudest):
    """The same, with names."""

    def _row_names(self):
        return ["low", "middle", "high"]


def test_own_features_with_and_without_names(paths):
    own = NamedLoudest(**SMALL_STFT, n_mels=16).set_output(transform="pandas")
    assert own.fit_transform(paths).columns.tolist() == ["low", "middle", "high"]
    own = Loudest(**SMALL_STFT, n_mels=16).set_output(transform="pandas")
    numbers = ["loudest0", "loudest1", "loudest2"]
    assert own.fit_transform(paths).columns.tolist() == numbers
    with pytest.raises(AttributeError, match=r"Loudest .* has no method _row_names"):
        chain(own, StandardScaler()).fit(paths).get_feature_names_out()


def test_bands_that_a_function_made_have_no_names(paths):
    X = clone(MEL).set_output(transform="pandas").fit_transform(paths)
    assert clone(MEANS).fit(X).get_feature_names_out()[0] == "mel0_mean"
    fewer = X.map(lambda clip: clip[:3])
    assert clone(MEANS).fit(fewer).get_feature_names_out()[0] == "x0_mean"


def test_without_a_fit_there_are_no_names_to_compare(paths):
    with config_context(transform_output="pandas"):
        X = clone(MEL).transform(paths)
        assert Slicer(slice_length=8).transform(X).iloc[0].shape == (4, 16, 8)
        table = FixedLength(n_frames=4).transform(np.ones((2, 3)))
    assert table.columns.tolist() == [f"fixedlength{i}" for i in range(4)]


# -- containers -----------------------------------------------------------------------


def test_set_output(paths):
    mel = clone(MEL)
    assert mel.set_output() is mel
    assert isinstance(mel.transform(paths), np.ndarray)
    mel = clone(mel.set_output(transform="pandas")).set_output()
    assert mel.transform(paths).name == "melspectrogram"
    with pytest.raises(ValueError, match=r"transform must be one of 'default'"):
        mel.set_output(transform="numpy")


def test_an_own_setting_comes_before_the_global_one(paths):
    mel = clone(MEL).set_output(transform="default")
    with config_context(transform_output="pandas"):
        assert isinstance(mel.transform(paths), np.ndarray)


def test_polars(paths):
    polars = pytest.importorskip("polars")
    pipe = chain(MEL, MEANS).set_output(transform="polars")
    assert isinstance(pipe.fit_transform(paths), polars.DataFrame)
    assert isinstance(pipe[0].transform(paths), np.ndarray)
    waves = Waveform(sample_rate=RATE, duration=0.01).set_output(transform="polars")
    assert waves.fit_transform(paths).columns[-1] == "waveform79"


@pytest.mark.parametrize("step", [BandScaler(), Slicer(slice_length=8)])
def test_views_of_rows_stay_views(step, rng):
    X = rng.normal(size=(4, 3, 20))
    with config_context(transform_output="pandas"):
        view = step.fit(X).transform(RowView(X))
    assert isinstance(view, RowView)
    np.testing.assert_array_equal(np.asarray(view), step.transform(X))


def test_a_view_takes_no_series():
    """It would look rows up by their index."""
    with pytest.raises(TypeError, match=r"RowView needs an array .* got Series"):
        RowView(pd.Series([1.0, 2.0], index=[1, 0]))


def test_a_parameter_that_a_saved_transformer_lacks_has_its_default():
    old = MFCC(n_mels=40)
    del old.n_excerpts
    assert pickle.loads(pickle.dumps(old)).get_params() == MFCC(n_mels=40).get_params()
