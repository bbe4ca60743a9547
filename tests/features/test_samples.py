"""What a sample is: integers and loud floats."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import MEL, RATE, audio_transformers, entries, sound_file
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    AudioError,
    BandScaler,
    FixedLength,
    MelSpectrogram,
    Resize,
    RowView,
    Slicer,
    SliceVotingClassifier,
    Spectrogram,
    SummaryStats,
    TextureStats,
    Waveform,
    audit,
    extract_features,
    load_audio,
)
from sklearn_genre.features import AudioTransformer

WAVES = Waveform(sample_rate=RATE)
TRANSFORMERS = list(audio_transformers())
FLOAT32 = np.finfo(np.float32)


def ids(value):
    return getattr(value, "__name__", type(value).__name__)


@pytest.fixture
def pcm(rng):
    """Two clips of 16-bit samples."""
    return np.round(3000 * rng.standard_normal((2, 1000))).astype(np.int16)


# -- arrays of the caller --------------------------------------------------------------
def _centered_in_place(wave):
    wave -= wave.mean()
    return wave[None]


class CenteredInPlace(AudioTransformer):
    """A function that writes to its waveform."""

    def _waveform_function(self):
        return _centered_in_place


@pytest.mark.parametrize("transformer", [*TRANSFORMERS, CenteredInPlace()], ids=ids)
@pytest.mark.parametrize("n", [1, 2])
def test_arrays_are_neither_changed_nor_given_back(transformer, n, rng):
    X = [(wave, RATE) for wave in rng.uniform(size=(n, 4 * RATE)).astype(np.float32)]
    before = [wave.copy() for wave, _ in X]
    transformer = clone(transformer).set_params(sample_rate=RATE)
    rows = transformer.fit_transform(X)
    assert rows.flags.writeable
    for (wave, _), old, row in zip(X, before, rows, strict=True):
        np.testing.assert_array_equal(wave, old)
        assert not np.may_share_memory(row, wave)


# -- integers --------------------------------------------------------------------------
FULL = {
    np.int8: 2**7,
    np.int16: 2**15,
    np.int32: 2**31,
    np.uint8: 2**7,
    np.uint16: 2**15,
    np.uint32: 2**31,
}


@pytest.mark.parametrize("kind", FULL, ids=ids)
def test_integers_are_scaled_by_their_type(kind, rng):
    info = np.iinfo(kind)
    X = rng.integers(info.min, info.max, size=(2, 500), endpoint=True, dtype=kind)
    X[:, :3] = info.min, info.max, (int(info.min) + info.max + 1) // 2
    floats = X.astype(np.float64)
    want = (floats - FULL[kind] * (info.min == 0)) / FULL[kind]
    assert want[0, :3] == pytest.approx([-1, 1, 0], abs=0.01)
    for form in (X, [*X], [(x, RATE) for x in X], torch.tensor(X)):
        np.testing.assert_allclose(WAVES.transform(form), want, atol=1e-6)
    stereo = WAVES.transform([X])
    np.testing.assert_allclose(stereo[0], want.mean(axis=0), atol=1e-6)


def test_every_form_of_integers_gives_the_features_of_the_file(pcm):
    numbered = pd.DataFrame(pcm)
    forms = {
        "files": [sound_file(x) for x in pcm],
        "array": pcm,
        "big-endian": pcm.astype(">i2"),
        "Fortran": np.asfortranarray(pcm),
        "RowView": RowView(pcm),
        "list": [*pcm],
        "Series": [pd.Series(x) for x in pcm],
        "nullable Series": [pd.Series(x, dtype="Int16") for x in pcm],
        "DataFrame": numbered,
        "tensor": torch.from_numpy(pcm),
        "list of tensors": [*torch.from_numpy(pcm)],
        "pairs": [(x, RATE) for x in pcm],
        "(rate, array)": [(RATE, x) for x in pcm],
        "rate as an array": [(np.array(RATE), x) for x in pcm],
        "dictionaries": [{"array": x, "sampling_rate": RATE} for x in pcm],
        "channels": [np.stack([x, x]) for x in pcm],
        "rows of NumPy's numbers": [list(x) for x in pcm],
        "32 bits": pcm.astype(np.int32) * 2**16,
        "floats": pcm / 2**15,
    }
    want = MEL.fit_transform(pcm.astype(np.float32) / 2**15)
    for name, X in forms.items():
        got = clone(MEL).fit(X).transform(X)
        np.testing.assert_allclose(got, want, atol=1e-3, err_msg=name)


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=ids)
def test_integers_in_every_transformer(transformer, pcm):
    want = transformer.fit_transform(pcm.astype(np.float32) / 2**15)
    np.testing.assert_array_equal(transformer.fit_transform(pcm), want)


WITHOUT_SCALE = {
    "int64": lambda X: X.astype(np.int64),
    "uint64": lambda X: np.abs(X).astype(np.uint64),
    "lists": lambda X: X.tolist(),
    "pandas": lambda X: pd.DataFrame(X, dtype="Int64"),
    "objects": lambda X: X.astype(object),
    "tensor": lambda X: torch.from_numpy(X.astype(np.int64)),
}


@pytest.mark.parametrize("form", WITHOUT_SCALE)
def test_integers_without_a_scale(form, pcm):
    X = WITHOUT_SCALE[form](pcm)
    with (
        pytest.warns(UserWarning, match=r"int64 numbers, whose full scale is not"),
        pytest.raises(AudioError, match=r"^clip 0: its samples reach \d+.* by 32768"),
    ):
        WAVES.fit_transform(X)
    with pytest.warns(UserWarning, match="as floats in"):
        got = WAVES.fit_transform(WITHOUT_SCALE[form](np.sign(pcm)))
    assert np.abs(got).max() == 1
    clips = X.to_numpy() if form == "pandas" else X
    with pytest.raises(AudioError, match=r"^clip 0: (its samples are .?int64|it is)"):
        WAVES.transform([clips[0], 0.1 * np.ones(9)])


def test_slices_of_integer_waveforms(pcm):
    want = (pcm / 2**15).astype(np.float32)
    for step in (Slicer(slice_length=1000), FixedLength(n_frames=1000)):
        for X in (pcm, [*pcm]):
            np.testing.assert_array_equal(
                step.fit_transform(X).reshape(want.shape), want
            )


def test_slices_of_integers_in_a_voting_classifier(pcm):
    model = make_pipeline(clone(MEL), SummaryStats(), LinearDiscriminantAnalysis())
    voting = SliceVotingClassifier(estimator=model)
    X, y = pcm.reshape(4, 2, 250)[:, :, :], ["dub", "ska"] * 2
    voting.fit(X, y)
    floats = (X / 2**15).astype(np.float32)
    np.testing.assert_allclose(voting.predict_proba(X), voting.predict_proba(floats))


def test_tables_and_images_of_integers_keep_their_values(rng):
    images = rng.integers(0, 256, size=(3, 4, 5), dtype=np.uint8)
    table = images[..., 0]
    np.testing.assert_array_equal(
        SummaryStats(stats=("max",)).fit_transform(images), images.max(axis=2)
    )
    np.testing.assert_array_equal(
        SummaryStats(stats=("max",)).fit_transform(table), table
    )
    np.testing.assert_array_equal(BandScaler().fit(table).mean_, table.mean(axis=0))
    np.testing.assert_array_equal(
        Slicer(slice_length=5).fit_transform(images)[:, 0], images
    )


# -- level -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scale", "words"),
    [
        (200, r"reach 200, .* Scale them"),
        (2.0**15, r"reach 32768, .* Divide them by 32768 if they were 16-bit"),
        (2.0**23, r"reach 8388608, .* Divide them by 8388608"),
        (2.0**31, r"reach 2\.147\d+e\+09, .* Divide them by 2147483648"),
        (1e12, r"reach 1e\+12, .* Scale them"),
        (1e30, r"reach 1e\+30, .* Scale them"),
        (3e38, r"reach 3e\+38, .* Scale them"),
    ],
)
def test_floats_that_are_no_samples(tmp_path, scale, words):
    wave = np.full(2000, scale, dtype=np.float32)
    path = tmp_path / "loud.wav"
    path.write_bytes(sound_file(wave, subtype="FLOAT"))
    with pytest.raises(AudioError, match=rf"loud\.wav: its samples {words}"):
        load_audio(path)
    for transformer in TRANSFORMERS:
        with pytest.raises(AudioError, match=rf"loud\.wav: its samples {words}"):
            transformer.transform([0.1 * wave / scale, path])
        with pytest.raises(AudioError, match=rf"^clip 1: its samples {words}"):
            transformer.transform([0.1 * wave / scale, -wave])
    findings = audit([path, wave], sample_rate=RATE).findings
    assert [f.kind for f in findings[:2]] == ["out_of_range"] * 2
    assert "far outside" in findings[0].detail
    assert not audit([wave], sample_rate=RATE).usable.any()


def test_stereo_beyond_float32_is_refused(tmp_path):
    wave = np.full((2000, 2), 3e38, dtype=np.float32)
    content = sound_file(wave, subtype="FLOAT")
    for clip in (content, wave.T, wave.T.astype(np.float64) * 10):
        with pytest.raises(AudioError, match=r"^clip 0.*than float32 holds"):
            WAVES.transform([clip])


def test_floats_above_full_scale_are_kept(rng):
    wave = np.clip(2 * rng.standard_normal(RATE), -16, 16).astype(np.float32)
    wave[0] = 30
    np.testing.assert_array_equal(WAVES.transform([wave])[0], wave)
    content = sound_file(wave, subtype="FLOAT")
    np.testing.assert_array_equal(load_audio(content)[0], wave)
    report = audit([wave], sample_rate=RATE)
    assert [f.kind for f in report.findings] == ["clipped"]


# -- nothing is NaN --------------------------------------------------------------------
def extreme_waves():
    n = 2000
    rng = np.random.default_rng(0)
    return {
        "loudest": np.full(n, 120, np.float32),
        "loud noise": np.clip(60 * rng.standard_normal(n), -120, 120),
        "square": np.where(np.arange(n) % 2, 120.0, -120.0),
        "least": np.full(n, FLOAT32.smallest_subnormal, np.float32),
        "faint noise": FLOAT32.tiny * rng.standard_normal(n),
        "least of float64": np.full(n, np.finfo(np.float64).smallest_subnormal),
        "zeros": np.zeros(n),
        "constant": np.full(n, 0.3),
        "impulse": np.eye(1, n, 100)[0],
        "one sample": np.array([0.5]),
        "antiphase": np.outer([1, -1], np.full(n, 1.0)),
    }


@pytest.mark.parametrize("name", extreme_waves())
@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=ids)
def test_extreme_samples_give_finite_features(transformer, name):
    found = transformer.fit_transform([extreme_waves()[name]])
    assert np.isfinite(found).all()


@pytest.mark.parametrize("power", [1e-3, 1, 2, 10])
@pytest.mark.parametrize("scale", ["db", "amplitude_db", "log1p"])
@pytest.mark.parametrize("ref", [1.0, "max"])
def test_every_scale_is_finite_where_powers_are(power, scale, ref):
    spectrogram = Spectrogram(
        sample_rate=RATE, n_fft=256, hop_length=128, power=power, scale=scale, ref=ref
    )
    for wave in extreme_waves().values():
        level = 120 if power < 10 else 1  # its tenth power is within float32
        found = spectrogram.fit_transform([wave / 120 * level])
        assert np.isfinite(found).all()


BEYOND = dict(power=10, scale="power", n_fft=1024)  # for loud samples


def test_features_beyond_float32_are_refused_and_not_kept(tmp_path):
    loud = [np.full(2000, 0.01), (RATE, np.full(2000, 100.0))]
    beyond = clone(MEL).set_params(**BEYOND, cache=tmp_path)
    with pytest.raises(AudioError, match=r"^clip 1: its features are NaN or infinite"):
        beyond.fit_transform(loud)
    assert len(entries(tmp_path)) == 1


def _undefined(wave):
    return np.log(wave[None] - 0.25).astype(np.float32)


class Undefined(AudioTransformer):
    """Features that some clips have not."""

    def _waveform_function(self):
        return _undefined


@pytest.mark.filterwarnings("ignore:invalid value encountered in log")
def test_a_row_that_is_not_finite_is_neither_cached_nor_stored(tmp_path):
    X = [np.full(500, level) for level in (0.5, 0.1, 0.4)]
    own = Undefined(sample_rate=RATE)
    with pytest.raises(AudioError, match=r"^clip 1: its features are NaN"):
        own.set_params(cache=tmp_path / "cache").transform(X)
    assert len(entries(tmp_path / "cache")) <= 2
    with pytest.raises(AudioError, match=r"^clip 1: its features are NaN"):
        extract_features(own.set_params(cache=None), X, tmp_path / "rows.npy")
    assert not (tmp_path / "rows.npy").exists()
    rows = extract_features(own, [X[0], X[2]], tmp_path / "rows.npy", overwrite=True)
    assert np.isfinite(rows[:]).all()


def test_batches_are_checked_too(tmp_path, monkeypatch):
    """What a GPU computes is refused by the name of its clip."""
    monkeypatch.setattr(MelSpectrogram, "_in_batches", lambda self: True)
    beyond = clone(MEL).set_params(**BEYOND, cache=tmp_path)
    with pytest.raises(AudioError, match=r"^clip 1: its features are NaN or infinite"):
        beyond.transform([np.full(2000, 0.01), np.full(2000, 100.0)])
    assert len(entries(tmp_path)) == 1


def extreme_arrays(shape, dtype):
    info, noise = np.finfo(dtype), np.random.default_rng(0).normal(size=shape)
    return {
        "largest": np.full(shape, info.max, dtype),
        "lowest": np.full(shape, -info.max, dtype),
        "large noise": (noise * np.sqrt(info.max)).astype(dtype),
        "least": np.full(shape, info.smallest_subnormal, dtype),
        "faint noise": (noise * info.tiny).astype(dtype),
        "zeros": np.zeros(shape, dtype),
        "constant": np.full(shape, 0.1, dtype),
    }


STEPS = [
    SummaryStats(stats=("mean", "median", "std", "min", "max", "skew", "kurtosis")),
    TextureStats(),
    BandScaler(),
    Slicer(slice_length=4),
    FixedLength(n_frames=20, fill_value="min"),
    Resize(shape=(4, 3)),
    Resize(shape=(4, 3), mode="area"),
]


def outcome(step, X):
    """What a step makes of X, or the text of its error."""
    try:
        return step.fit(X).transform(X)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3, 6, 9), (3, 6)])
@pytest.mark.parametrize("step", STEPS, ids=ids)
def test_steps_give_finite_rows_or_an_error(step, shape, dtype):
    for name, X in extreme_arrays(shape, dtype).items():
        found = outcome(clone(step), X)
        if isinstance(found, str):
            assert name in ("largest", "lowest", "large noise")
            assert "too large to compute with" in found
        else:
            assert np.isfinite(found).all(), name


def test_the_row_that_overflows_is_named():
    X = np.ones((4, 2, 5))
    X[2] = [[1e200, -1e200, 0, 0, 0]] * 2
    with pytest.raises(ValueError, match=r"SummaryStats: X\[2\] holds values too"):
        SummaryStats().fit_transform(X)
    scaler = BandScaler().fit(X[:2] + 4 * np.arange(5))
    with pytest.raises(ValueError, match=r"BandScaler: X\[1\] holds values too large"):
        scaler.inverse_transform(np.stack([X[0], 1e308 * X[0]]))
    ragged = [np.full((2, n), v, np.float32) for n, v in ((9, 1), (8, FLOAT32.max))]
    with pytest.raises(ValueError, match=r"Resize: X\[1\] holds values too large"):
        Resize(shape=(1, None), mode="area").fit_transform(ragged)
