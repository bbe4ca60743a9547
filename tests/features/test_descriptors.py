"""Descriptors of frames: equal to librosa's, with names."""

import pickle

import librosa
import numpy as np
import pytest
import soundfile
import torch
from numba import njit
from sklearn import config_context
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from sklearn_genre import FrameDescriptors, SummaryStats
from sklearn_genre.features._numerics import described
from sklearn_genre.features._numerics.lanes import LANES
from sklearn_genre.features._numerics.timbre import _shape, contrast_bands

RATE = 22050
STATS = ("mean", "median", "std")
ROWS = {"rate": 0, "centroid": 1, "contrast": 2, "bandwidth": 3, "rolloff": 4}

FRAMES = {
    "default": {},
    "12 kHz": {"n_fft": 512, "hop_length": 256},
    "short window": {"n_fft": 1024, "hop_length": 300, "win_length": 701},
    "not centered": {"n_fft": 1024, "hop_length": 256, "center": False},
    "a prime": {"n_fft": 1103, "hop_length": 400},  # not in the compiled pass
    "long": {"n_fft": 8192, "hop_length": 2048},  # many extremes
}
OTHERS = {"12 kHz": {"sample_rate": 12000, "n_contrast_bands": 5}}


def signals():
    rng = np.random.default_rng(3)
    t = np.arange(2 * RATE) / RATE
    music = sum(np.sin(2 * np.pi * f * t) / f for f in (110, 220, 331, 1400, 5000))
    return {
        "noise": rng.standard_normal(len(t)),
        "quiet noise": 1e-4 * rng.standard_normal(len(t)),
        "noisy chord": music * (1 + np.sin(9 * t)) + 1e-3 * rng.standard_normal(len(t)),
        "odd length": rng.standard_normal(30001),
        "a burst": np.where((t > 0.7) & (t < 0.9), rng.standard_normal(len(t)), 0),
    }


SIGNALS = {name: y.astype(np.float32) for name, y in signals().items()}


def from_librosa(y, *, sample_rate=RATE, contrast="mean", n_contrast_bands=6, **frames):
    """The same rows by librosa's own functions, each with its own transform."""
    feature, sr = librosa.feature, sample_rate
    crossing = {k: frames[k] for k in ("hop_length", "center") if k in frames}
    bands = feature.spectral_contrast(y=y, sr=sr, n_bands=n_contrast_bands, **frames)
    M = feature.mfcc(y=y, sr=sr, n_mfcc=13, **frames)
    return np.concatenate(
        [
            feature.zero_crossing_rate(
                y, frame_length=frames.get("n_fft", 2048), **crossing
            ),
            feature.spectral_centroid(y=y, sr=sr, **frames),
            bands.mean(axis=0, keepdims=True) if contrast == "mean" else bands,
            feature.spectral_bandwidth(y=y, sr=sr, **frames),
            feature.spectral_rolloff(y=y, sr=sr, **frames),
            M,
            feature.delta(M),
        ]
    )


def assert_descriptors(ours, expected, bin_width):
    """The tolerances that the docstring states; some frames may roll off a bin off."""
    assert ours.shape == expected.shape
    assert ours.dtype == np.float32
    rolled = np.abs(ours[4] - expected[4])
    assert (rolled > 0.01).sum() <= max(2, 0.005 * len(rolled))
    assert rolled.max() < 1.01 * bin_width
    np.testing.assert_array_equal(ours[0], expected[0].astype(np.float32))
    for row, atol in ((1, 0.01), (2, 0.05), (3, 0.01)):
        np.testing.assert_allclose(ours[row], expected[row], rtol=1e-6, atol=atol)
    np.testing.assert_allclose(ours[5:], expected[5:], rtol=0, atol=0.005)


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("name", FRAMES)
def test_equals_librosa(name, signal):
    params = {**FRAMES[name], **OTHERS.get(name, {})}
    y = SIGNALS[signal]
    expected = from_librosa(y, **params)
    ours = FrameDescriptors(**params).transform([y])[0]
    bin_width = params.get("sample_rate", RATE) / params.get("n_fft", 2048)
    assert_descriptors(ours, expected, bin_width)


@pytest.mark.parametrize("signal", ["noise", "noisy chord"])
def test_contrast_by_band(signal):
    y = SIGNALS[signal]
    ours = FrameDescriptors(contrast="bands").transform([y])[0]
    assert ours.shape[0] == 37
    expected = librosa.feature.spectral_contrast(y=y)
    np.testing.assert_allclose(ours[2:9], expected, rtol=0, atol=0.05)


@pytest.mark.parametrize("signal", ["noise", "noisy chord", "a burst"])
def test_optional_descriptors(signal):
    y = SIGNALS[signal]
    clips = FrameDescriptors(chroma=True, onset_strength=True, tempo=True)
    ours = clips.transform([y])[0]
    assert ours.shape[0] == 31 + 12 + 2 == len(clips.get_feature_names_out())
    chroma = librosa.feature.chroma_stft(y=y)
    np.testing.assert_allclose(ours[31:43], chroma, rtol=0, atol=1e-4)
    onsets = librosa.onset.onset_strength(y=y)
    np.testing.assert_allclose(ours[43], onsets, rtol=0, atol=1e-3)
    np.testing.assert_allclose(ours[44], librosa.feature.tempo(y=y, aggregate=None))
    alone = FrameDescriptors(tempo=True).transform([y])[0]
    np.testing.assert_array_equal(alone[31], ours[44])


def test_second_derivatives():
    y = SIGNALS["noise"]
    ours = FrameDescriptors(deltas=2).transform([y])[0]
    expected = librosa.feature.delta(librosa.feature.mfcc(y=y, n_mfcc=13), order=2)
    np.testing.assert_allclose(ours[31:44], expected, rtol=0, atol=0.005)


def reference_flux(y, **frames):
    """Tzanetakis and Cook's flux: squared changes of spectra of unit sum."""
    S = np.abs(librosa.stft(y, **frames)).astype(np.float64)
    N = S / np.maximum(S.sum(axis=0), 1e-30)
    return np.r_[0, ((N[:, 1:] - N[:, :-1]) ** 2).sum(axis=0)]


def reference_entropy(y, **frames):
    S = np.abs(librosa.stft(y, **frames)).astype(np.float64) ** 2
    P = S / np.maximum(S.sum(axis=0), 1e-30)
    return -(P * np.log2(P, where=P > 0, out=np.zeros_like(P))).sum(axis=0) / np.log2(
        len(S)
    )


MORE = {"energy": True, "flux": True, "entropy": True, "pitch": True}


@pytest.mark.parametrize("signal", ["noise", "noisy chord", "odd length"])
@pytest.mark.parametrize("center", [True, False])
def test_energy_flux_entropy_and_pitch(signal, center):
    y = SIGNALS[signal]
    clips = FrameDescriptors(**MORE, center=center)
    ours = clips.transform([y])[0]
    assert clips.get_feature_names_out()[31:].tolist() == list(MORE)
    np.testing.assert_array_equal(
        ours[:31], FrameDescriptors(center=center).transform([y])[0]
    )
    frames = {"frame_length": 2048, "center": center}
    rms = librosa.feature.rms(y=y, **frames)[0]
    np.testing.assert_allclose(ours[31], rms, rtol=1e-5)
    flux = reference_flux(y, n_fft=2048, center=center)
    np.testing.assert_allclose(ours[32], flux, rtol=1e-3, atol=1e-8)
    entropy = reference_entropy(y, n_fft=2048, center=center)
    np.testing.assert_allclose(ours[33], entropy, rtol=1e-4)
    pitch = librosa.yin(y, fmin=65.4, fmax=2093.0, sr=RATE, **frames)
    np.testing.assert_allclose(ours[34], pitch, rtol=1e-5)


def test_each_of_them_alone_and_in_batches():
    X = np.stack([SIGNALS["noise"], SIGNALS["noisy chord"]])
    together = FrameDescriptors(**MORE).transform(X)
    for k, name in enumerate(MORE):
        alone = FrameDescriptors(**{name: True}).transform(X)
        np.testing.assert_allclose(alone[:, 31], together[:, 31 + k], rtol=1e-5)


def test_energy_flux_entropy_and_pitch_of_what_is_known():
    t = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * 440 * t)
    clips = FrameDescriptors(**MORE)
    energy, flux, entropy, pitch = clips.transform([tone])[0][31:, 4:-4]
    np.testing.assert_allclose(energy, np.sqrt(0.5), rtol=2e-3)
    assert flux.max() < 1e-4
    assert entropy.max() < 0.3
    np.testing.assert_allclose(pitch, 440, rtol=0.01)
    noise = clips.transform([SIGNALS["noise"]])[0][33]
    assert (noise > 0.85).all()
    silent = clips.transform([np.zeros(RATE, dtype=np.float32)])[0]
    np.testing.assert_array_equal(silent[31:34], 0)


@pytest.mark.parametrize(
    "params", [{"n_fft": 512}, {"sample_rate": 2000, "n_contrast_bands": 1}]
)
def test_pitch_needs_two_periods_in_a_frame(params):
    with pytest.raises(ValueError, match=r"pitch=True needs two periods of 65\.4 Hz"):
        FrameDescriptors(pitch=True, **params).transform([SIGNALS["noise"]])


# -- theory ---------------------------------------------------------------------------


def test_of_a_tone():
    frequency = 100 * RATE / 2048  # the middle of a bin
    tone = np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)
    rows = FrameDescriptors().transform([tone])[0][:, 4:-4]
    np.testing.assert_allclose(rows[0], 2 * frequency / RATE, rtol=0.02)
    np.testing.assert_allclose(rows[1], frequency, rtol=1e-3)
    np.testing.assert_allclose(rows[4], frequency + RATE / 2048, rtol=1e-6)


@njit
def compiled_shape(magnitude, step, roll, out):
    n_bins, sums = len(magnitude) // LANES, np.empty(3 * LANES)
    spare = np.empty(LANES, dtype=np.float32)
    described._shape(magnitude, n_bins, step, roll, sums, spare, out, 0, LANES)


@njit
def compiled_extremes(magnitude, first, stop, n, out):
    extremes = np.empty(2 * n * LANES, dtype=np.float32)
    described._extremes(magnitude, first, stop, n, extremes, out, 0, LANES)


def in_lanes(magnitude):
    """Return (n, n_bins) as the compiled pass has it: the bins of all lanes in turn."""
    rows = np.resize(magnitude, (LANES, magnitude.shape[1]))
    return np.ascontiguousarray(rows.T, dtype=np.float32).ravel()


def shapes(magnitude):
    """Yield the shape of ideal spectra by both ways: (3, n), of n spectra."""
    freq = torch.fft.rfftfreq(2048, 1 / RATE, dtype=torch.float64)
    yield _shape(torch.from_numpy(magnitude), freq, 0.85).T.numpy()
    out = np.empty(3 * LANES, dtype=np.float32)
    compiled_shape(in_lanes(magnitude), RATE / 2048, 0.85, out)
    yield out.reshape(3, LANES)[:, : len(magnitude)]


def test_of_ideal_spectra():
    magnitude = np.zeros((3, 1025), dtype=np.float32)
    magnitude[0, 1000:1003] = 1.0, 2.0, 1.0  # a tone in a Hann window
    magnitude[1] = 1
    bin_width = RATE / 2048
    spread = np.sqrt((1025**2 - 1) / 12)  # of equal shares of 1025 bins
    expected = [
        [1001 * bin_width, 512 * bin_width, 0],
        [np.sqrt(0.5) * bin_width, spread * bin_width, 0],
        [1002 * bin_width, 871 * bin_width, 0],
    ]
    for found in shapes(magnitude):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(("first", "stop", "n"), [(0, 9, 1), (3, 50, 3), (0, 60, 60)])
def test_extremes_are_those_of_sorted_bins(first, stop, n, rng):
    magnitude = rng.exponential(size=(LANES, 60)).round(2)  # some are equal
    out = np.empty(2 * LANES, dtype=np.float32)
    compiled_extremes(in_lanes(magnitude), first, stop, n, out)
    band = np.sort(magnitude[:, first:stop], axis=1)
    expected = band[:, -n:].mean(axis=1), band[:, :n].mean(axis=1)
    np.testing.assert_allclose(out.reshape(2, LANES), expected, rtol=1e-5)


def test_rows_depend_on_no_other_frame(rng):
    """Nor on whether a clip comes alone: fewer frames than lanes, or an odd number."""
    y = rng.standard_normal(40 * 512).astype(np.float32)
    clips = FrameDescriptors(center=False, deltas=0, n_mfcc=1)
    whole = clips.transform([y])[0][:5]
    for first, n in ((0, 1), (3, 5), (7, 20)):
        part = clips.transform([y[first * 512 :][: 2048 + (n - 1) * 512]])[0]
        for row in (0, 1, 3, 4):  # contrast has a floor 80 dB below the clip's peak
            np.testing.assert_array_equal(part[row], whole[row, first : first + n])


def test_of_silence():
    rows = FrameDescriptors(onset_strength=True).transform([np.zeros(RATE)])[0]
    assert (rows[:5] == 0).all()
    np.testing.assert_allclose(rows[5], -100 * np.sqrt(128), rtol=1e-6)
    np.testing.assert_allclose(rows[6:], 0, atol=1e-4)


def test_loudness_changes_contrast_and_shape_little():
    y = SIGNALS["noisy chord"]
    loud, quiet = FrameDescriptors().transform([y, y / 2])
    np.testing.assert_allclose(quiet[:2], loud[:2], rtol=1e-3)
    np.testing.assert_allclose(quiet[3:5], loud[3:5], rtol=1e-3)
    np.testing.assert_allclose(loud[6:18], quiet[6:18], atol=0.01)
    fall = 20 * np.log10(2) * np.sqrt(128)
    np.testing.assert_allclose(loud[5] - quiet[5], fall, rtol=1e-4)


def test_bands_cover_all_bins_once():
    bands = contrast_bands(RATE, 2048, 6)
    assert bands[0][0] == 0
    assert bands[-1][1] == 1025
    assert [a[1] for a in bands[:-1]] == [b[0] for b in bands[1:]]
    assert bands[-1][2] == 9  # 2 % of 431 bins


def test_fewer_frames_than_a_derivative_spans():
    ours = FrameDescriptors().transform([SIGNALS["noise"][:2500]])[0]
    assert ours.shape == (31, 5)
    expected = librosa.feature.delta(ours[5:18], mode="nearest")
    np.testing.assert_allclose(ours[18:], expected, rtol=0, atol=1e-5)


# -- names ----------------------------------------------------------------------------


def test_93_named_features():
    pipe = make_pipeline(FrameDescriptors(), SummaryStats(stats=STATS))
    X = [SIGNALS["noise"], SIGNALS["odd length"]]
    table = pipe.fit_transform(X)
    assert table.shape == (2, 93)
    bases = [
        "zero_crossing_rate",
        "spectral_centroid",
        "spectral_contrast",
        "spectral_bandwidth",
        "spectral_rolloff",
        *(f"mfcc{i}" for i in range(13)),
        *(f"mfcc_delta{i}" for i in range(13)),
    ]
    names = [f"{base}_{stat}" for base in bases for stat in STATS]
    assert pipe.get_feature_names_out().tolist() == names
    rows = FrameDescriptors().transform(X)[1]
    np.testing.assert_allclose(
        table[1, names.index("mfcc3_median")], np.median(rows[8])
    )


def test_names_are_the_rows():
    clips = FrameDescriptors(contrast="bands", deltas=2, n_mfcc=3, tempo=True)
    names = clips.get_feature_names_out()
    assert names.dtype == object
    rows = clips.fit_transform([SIGNALS["noisy chord"]])[0]
    assert len(set(names)) == len(names) == len(rows)
    by_name = dict(zip(names, rows, strict=True))
    M = librosa.feature.mfcc(y=SIGNALS["noisy chord"], n_mfcc=3)
    np.testing.assert_allclose(by_name["mfcc2"], M[2], atol=0.005)
    second = librosa.feature.delta(M, order=2)[1]
    np.testing.assert_allclose(by_name["mfcc_delta2_1"], second, atol=0.005)
    assert set(by_name["tempo"]) <= set(librosa.tempo_frequencies(344)[1:])


def test_pandas_output_takes_the_names(rng):
    pandas = pytest.importorskip("pandas")
    X = rng.standard_normal((3, 5000))
    pipe = make_pipeline(FrameDescriptors(), SummaryStats(stats=STATS))
    expected = pipe.fit_transform(X)
    with config_context(transform_output="pandas"):
        table = pipe.fit_transform(X)
    assert isinstance(table, pandas.DataFrame)
    assert table.columns.tolist() == pipe.get_feature_names_out().tolist()
    pipe.set_output(transform="pandas")
    assert pipe.fit_transform(X).equals(table)
    np.testing.assert_array_equal(table, expected)
    assert [rows.shape[0] for rows in pipe[:-1].transform(X)] == [31, 31, 31]


def test_number_of_input_features(rng):
    clips = FrameDescriptors().fit(rng.standard_normal((2, 3000)))
    assert len(clips.get_feature_names_out([f"x{i}" for i in range(3000)])) == 31
    with pytest.raises(ValueError, match="should have length equal"):
        clips.get_feature_names_out(["a"])


# -- in use ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"contrast": "octaves"}, "contrast"),
        ({"sample_rate": 12000}, r"n_contrast_bands=6.*sample_rate=12000"),
        ({"n_fft": 64}, "n_fft=64 has too few bins"),
        ({"n_mfcc": 200}, "n_mfcc"),
        ({"deltas": 3}, "deltas"),
        ({"roll_percent": 1.0}, "roll_percent"),
        ({"tempo": "yes"}, "tempo"),
    ],
)
def test_bad_parameters_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        FrameDescriptors(**params).fit([SIGNALS["noise"]])


def test_one_frame_has_no_onsets():
    clips = FrameDescriptors(onset_strength=True)
    with pytest.raises(ValueError, match="fewer than the 512"):
        clips.transform([np.ones(300)])
    assert clips.transform([np.ones(512)]).shape == (1, 32, 2)


def test_threads_and_copies_give_the_same():
    X = [SIGNALS["noise"], SIGNALS["noisy chord"], SIGNALS["quiet noise"]]
    clips = FrameDescriptors()
    expected = clips.transform(X)
    copy = pickle.loads(pickle.dumps(clips)).set_params(n_jobs=2)
    np.testing.assert_array_equal(copy.transform(X), expected)


def test_grid_search_reaches_into_the_descriptors():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 4000))
    y = np.arange(12) % 2
    X[y == 1] = np.cumsum(X[y == 1], axis=1) / 50
    steps = [("rows", FrameDescriptors()), ("stats", SummaryStats()), ("svm", SVC())]
    grid = {"rows__contrast": ["mean", "bands"], "rows__n_mfcc": [5, 13]}
    search = GridSearchCV(Pipeline(steps), grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_score_ == 1.0
    assert len(search.cv_results_["params"]) == 4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda():
    X = [SIGNALS["noise"], SIGNALS["noisy chord"]]
    expected = FrameDescriptors(chroma=True).transform(X)
    ours = FrameDescriptors(chroma=True, device="cuda").transform(X)
    np.testing.assert_allclose(ours[:, 31:], expected[:, 31:], atol=1e-4)
    for clip, reference in zip(ours[:, :31], expected[:, :31], strict=True):
        assert_descriptors(clip, reference, RATE / 2048)


@pytest.mark.slow
def test_real_clips(data_dir):
    paths = sorted((data_dir / "gtzan" / "clips").glob("*/*"))
    assert len(paths) == 21
    pipe = make_pipeline(FrameDescriptors(), SummaryStats(stats=STATS))
    table = pipe.fit_transform(paths)
    assert table.shape == (21, 93)
    for path, row in zip(paths, table, strict=True):
        y, rate = soundfile.read(path, dtype="float32")
        assert rate == RATE
        expected = from_librosa(y)
        stats = np.stack(
            [expected.mean(axis=1), np.median(expected, axis=1), expected.std(axis=1)],
            axis=1,
        )
        np.testing.assert_allclose(row, stats.ravel(), rtol=2e-4, atol=1e-3)
    assert_descriptors(pipe[0].transform(paths[-1:])[0], expected, RATE / 2048)
