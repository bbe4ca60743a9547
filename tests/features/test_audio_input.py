"""What the spectral transformers take and refuse, and how they work through it."""

import io
import pickle
import subprocess
import sys
import tracemalloc

import librosa
import numpy as np
import pytest
import soundfile
import torch
from helpers import SIGNALS, sound_file
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_genre import MFCC, AudioError, MelSpectrogram, Spectrogram
from sklearn_genre.features._batches import Prepared, batches

TRANSFORMERS = [MelSpectrogram(), MFCC(deltas=2), Spectrogram()]


RATE = 22050
MEL_DB, SPECTRUM_DB = 0.005, 0.02  # as in test_spectrograms.py


def wav(samples, rate=RATE, subtype="FLOAT"):
    return sound_file(samples, rate, subtype=subtype)


@pytest.fixture
def paths(tmp_path, rng):
    names = []
    for i, seconds in enumerate([0.5, 1.0, 0.75, 1.25]):
        path = tmp_path / f"{i}.wav"
        path.write_bytes(wav(0.1 * rng.standard_normal(int(seconds * RATE))))
        names.append(str(path))
    return names


def rows_equal(a, b):
    return len(a) == len(b) and all(map(np.array_equal, a, b))


def test_input_forms(tmp_path, rng):
    pd = pytest.importorskip("pandas")
    waves = (0.1 * rng.standard_normal((3, RATE))).astype(np.float32)
    paths = [tmp_path / f"{i}.wav" for i in range(3)]
    for path, y in zip(paths, waves, strict=True):
        path.write_bytes(wav(y))
    names = [str(path) for path in paths]
    object_pairs = np.empty((3, 2), dtype=object)
    for i, y in enumerate(waves):
        object_pairs[i] = [y, RATE]
    one_each = np.empty(3, dtype=object)
    one_each[:] = [*waves]
    files = [io.BytesIO(path.read_bytes()) for path in paths]
    forms = [
        waves,
        waves.astype(np.float64),
        waves.tolist(),
        [*waves],
        one_each,
        paths,
        names,
        tuple(names),
        np.array(names),
        np.array(names, dtype=object),
        pd.Series(names),
        pd.DataFrame({"path": names})["path"],
        [path.read_bytes() for path in paths],
        files,
        [(y, RATE) for y in waves],
        [(y.astype(np.float64), float(RATE)) for y in waves],
        [[y, RATE] for y in waves],
        object_pairs,
        [{"array": y, "sampling_rate": RATE} for y in waves],
        [{"array": y.tolist(), "sampling_rate": RATE} for y in waves],
        [(np.stack([y, y]), RATE) for y in waves],
        [names[0], (waves[1], RATE), waves[2]],
    ]
    expected = MelSpectrogram().fit_transform(waves)
    for X in forms:
        got = MelSpectrogram().fit(X).transform(X)
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got, expected)


def test_arrays_are_resampled_by_their_own_rate(rng):
    y = rng.standard_normal(44100).astype(np.float32)
    at_44 = [(y, 44100), {"array": y, "sampling_rate": 44100}, wav(y, 44100)]
    half = librosa.resample(y, orig_sr=44100, target_sr=RATE)
    expected = MelSpectrogram().transform([half] * 3)
    np.testing.assert_allclose(MelSpectrogram().transform(at_44), expected, atol=MEL_DB)


def test_duration_pads_and_crops(paths):
    transformer = MelSpectrogram(duration=1.0, scale="power").fit(paths[:2])
    S = transformer.transform(paths)
    assert S.shape == (4, 128, 1 + RATE // 512)
    y, _ = soundfile.read(paths[0], dtype="float32")
    padded = np.concatenate([y, np.zeros(RATE - len(y), np.float32)])
    np.testing.assert_array_equal(S[0], transformer.transform([padded])[0])
    y, _ = soundfile.read(paths[3], dtype="float32")
    np.testing.assert_array_equal(S[3], transformer.transform([y[:RATE]])[0])
    transformer.set_params(offset=0.25, duration=0.5)
    np.testing.assert_array_equal(
        transformer.transform(paths[3:]),
        transformer.transform([wav(y)]),
    )
    by_hand = MelSpectrogram(scale="power").transform(
        [y[round(0.25 * RATE) : round(0.25 * RATE) + RATE // 2]]
    )
    np.testing.assert_array_equal(transformer.transform([y]), by_hand)


def test_ragged_output(paths):
    S = MelSpectrogram().fit_transform(paths)
    assert (S.dtype, S.shape) == (object, (4,))
    frames = [1 + int(s * RATE) // 512 for s in (0.5, 1.0, 0.75, 1.25)]
    assert [s.shape for s in S] == [(128, n) for n in frames]


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_rows_do_not_depend_on_their_neighbors(transformer, paths):
    together = transformer.fit_transform(paths)
    for path, row in zip(paths, together, strict=True):
        np.testing.assert_array_equal(transformer.transform([path])[0], row)


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_n_jobs(transformer, paths):
    serial = transformer.fit_transform(paths)
    parallel = clone(transformer).set_params(n_jobs=2)
    assert rows_equal(parallel.fit_transform(paths), serial)


@pytest.mark.slow
def test_n_jobs_with_processes(paths):
    serial = MelSpectrogram().fit_transform(paths)
    with parallel_config(backend="loky"):
        assert rows_equal(MelSpectrogram(n_jobs=2).fit_transform(paths), serial)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_torch_threads_are_left_alone(paths, n_threads):
    before = torch.get_num_threads()
    expected = MelSpectrogram().transform(paths)
    try:
        torch.set_num_threads(n_threads)
        assert rows_equal(MelSpectrogram(n_jobs=2).transform(paths), expected)
        assert torch.get_num_threads() == n_threads
        assert rows_equal(MelSpectrogram().transform(paths), expected)
        assert torch.get_num_threads() == n_threads
        with pytest.raises(AudioError):
            MelSpectrogram(n_jobs=2).transform([*paths, "nothing.wav"])
        assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_batches_equal_single_clips(transformer, rng):
    """What a GPU computes: one call for clips of equal length."""
    waves = (0.1 * rng.standard_normal((3, RATE))).astype(np.float32)
    function = transformer._waveform_function()
    np.testing.assert_allclose(
        function(waves), [function(y) for y in waves], rtol=0, atol=SPECTRUM_DB
    )


def test_batches_keep_order_and_bound():
    waves = [np.zeros(n) for n in [3, 3, 2, 2, 2, 3, 2**24, 2**24, 5]]
    items = [Prepared(wave=y) for y in waves]
    items.insert(3, Prepared(row=np.zeros(4)))
    lengths = [
        [item.wave is not None and len(item.wave) for item in batch]
        for batch in batches(iter(items))
    ]
    assert lengths == [[3, 3], [2], [False], [2, 2], [3], [2**24], [2**24], [5]]
    many = list(batches(Prepared(wave=np.zeros(2**22)) for _ in range(9)))
    assert [len(batch) for batch in many] == [4, 4, 1]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_cuda_equals_cpu(transformer, paths):
    on_gpu = clone(transformer).set_params(device="cuda", n_jobs=2)
    for X in (paths, np.stack([SIGNALS["noise"], SIGNALS["chirp"]])):
        for a, b in zip(on_gpu.fit_transform(X), transformer.transform(X), strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=SPECTRUM_DB)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_device_without_cuda(paths):
    with pytest.raises(ValueError, match="CUDA is not available here; use device="):
        MelSpectrogram(device="cuda").fit(paths)
    auto = MelSpectrogram(device="auto").fit_transform(paths)
    assert rows_equal(auto, MelSpectrogram().transform(paths))


@pytest.mark.parametrize("unequal", [False, True])
def test_memory_stays_bounded(unequal, tmp_path, rng):
    y = 0.1 * rng.standard_normal(10 * RATE)
    paths = [tmp_path / "long.wav", tmp_path / "longer.wav"]
    for path, samples in zip(paths, (y, np.append(y, y[:RATE])), strict=True):
        path.write_bytes(wav(samples))
    waveform = len(y) * 4
    transformer = MelSpectrogram(n_jobs=2)
    transformer.transform(paths)
    tracemalloc.start()
    S = transformer.fit_transform([*paths[:1] * 60, paths[unequal]])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (S.dtype == object) == unequal
    size = sum(row.nbytes for row in S)
    assert size > 13 * 10**6
    assert peak < size + 10 * waveform


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_silence_is_finite(transformer):
    for scale in ({}, {"scale": "amplitude_db", "ref": "max"}, {"scale": "log1p"}):
        if isinstance(transformer, MFCC) and scale:
            continue
        S = clone(transformer).set_params(**scale).fit_transform(np.zeros((2, RATE)))
        assert np.isfinite(S).all()


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_pickle_holds_plain_data(transformer, paths):
    fitted = clone(transformer).fit(paths)
    S = fitted.transform(paths)
    content = pickle.dumps(fitted)
    assert b"torch" not in content
    assert rows_equal(pickle.loads(content).transform(paths), S)


def test_pipeline_with_cache(tmp_path, paths):
    pipeline = make_pipeline(
        MelSpectrogram(duration=1.0),
        FunctionTransformer(np.negative),
        memory=str(tmp_path / "cache"),
    )
    expected = -MelSpectrogram(duration=1.0).transform(paths)
    for _ in range(2):
        np.testing.assert_array_equal(pipeline.fit_transform(paths), expected)
    with config_context(transform_output="pandas"):
        S = MelSpectrogram(duration=1.0).fit_transform(paths)
    np.testing.assert_array_equal(np.stack(list(S)), -expected)


def test_repr_and_progress(paths, capsys):
    assert repr(MelSpectrogram(n_mels=96)) == "MelSpectrogram(n_mels=96)"
    MelSpectrogram(verbose=1).transform(paths)
    err = capsys.readouterr().err
    assert "MelSpectrogram" in err
    assert "4/4" in err
    MelSpectrogram().transform(paths)
    assert capsys.readouterr().err == ""


def test_number_of_samples_is_a_feature_only_of_tables(paths):
    X = np.ones((2, 1000))
    fitted = MelSpectrogram().fit(X)
    assert fitted.n_features_in_ == 1000
    with pytest.raises(ValueError, match="999 features"):
        fitted.transform(X[:, :-1])
    assert MelSpectrogram().fit([X[0], X[1]]).transform([X[0, 1:]]).shape[0] == 1
    assert not hasattr(MelSpectrogram().fit(paths), "n_features_in_")


GOOD = np.ones(4000, np.float32)


@pytest.mark.parametrize(
    ("clip", "words"),
    [
        ("nothing.wav", r"^nothing\.wav: no such file"),
        (b"", r"^clip 1 \(<0 bytes>\): the file is empty"),
        (GOOD[:0], "^clip 1: it holds no samples"),
        (GOOD * np.nan, "^clip 1: it holds NaN or infinite"),
        (GOOD.astype(np.float64) * 1e300, "^clip 1: it holds NaN or infinite"),
        (GOOD.astype(np.int64), r"^clip 1: its samples are int64, whose full scale"),
        ([0, 1, -1], r"^clip 1: its samples are int64, whose .* dtype='int16'"),
        (GOOD > 0, r"^clip 1: it is array\(.*no array of numbers"),
        ([[0.5], [0.5, 0.5]], r"^clip 1: its samples.*no array of numbers"),
        (32767 * GOOD, r"^clip 1: its samples reach 32767, far .*Divide them by 32768"),
        (GOOD.reshape(2000, 2), r"shape \(2000, 2\).*the last axis being time"),
        (GOOD.reshape(1, 2, 2000), r"shape \(1, 2, 2000\)"),
        ((GOOD, 0), "^clip 1: its sampling rate is 0"),
        ((GOOD, "a"), "^clip 1: its sampling rate is 'a'"),
        ({"array": GOOD}, "^clip 1: its dictionary lacks 'sampling_rate'"),
        ({}, "^clip 1: its dictionary lacks 'array' and 'sampling_rate'"),
        ({"path": "a.wav"}, r"^a\.wav: no such file"),
        ({"path": "a.wav", "bytes": b""}, r"^clip 1 .*: the file is empty"),
    ],
)
def test_bad_clips(clip, words):
    for n_jobs in (None, 2):
        with pytest.raises(AudioError, match=words):
            MelSpectrogram(n_jobs=n_jobs).fit_transform([GOOD, clip])


def test_offset_beyond_a_clip(paths):
    with pytest.raises(AudioError, match=r"0\.wav: offset 0\.6 s is not before its"):
        MelSpectrogram(offset=0.6).transform(paths)
    with pytest.raises(AudioError, match="clip 1: offset"):
        MelSpectrogram(offset=0.1).transform([GOOD, GOOD[:2000]])


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        ("a.wav", ValueError, "single clip .'a.wav'.*put it in a list"),
        ((GOOD, RATE), ValueError, "single clip"),
        ({"array": GOOD, "sampling_rate": RATE}, ValueError, "single clip"),
        (GOOD, ValueError, "Expected 2D array"),
        ([], ValueError, "X is empty.*the folder and the pattern"),
        (np.array([]), ValueError, "X is empty"),
        (np.array([], dtype=object), ValueError, "X is empty"),
        ((RATE, GOOD), ValueError, "single clip"),
        ([GOOD, 3], TypeError, r"clip 1 of X is 3 \(int\); a clip is a path"),
        ([GOOD, None], TypeError, "clip 1 of X is None"),
        ([None, None], TypeError, r"clip 0 of X is None \(NoneType\)"),
        ([object()], TypeError, r"clip 0 of X is .*\(object\); a clip is a path"),
        (iter([GOOD]), TypeError, r"^X is .*\(list_iterator\).* list\(X\)"),
        ({"a.wav"}, TypeError, r"^X is .*\(set\).* list\(X\)"),
        (np.array([["a.wav"], ["b.wav"]]), ValueError, "1-D sequence"),
        (np.full((2, 9), np.nan), ValueError, "NaN"),
    ],
)
def test_bad_collections(X, error, words):
    with pytest.raises(error, match=words):
        MelSpectrogram().fit(X)


@pytest.mark.parametrize(
    ("transformer", "words"),
    [
        (
            MelSpectrogram(sample_rate=0),
            "sample_rate must be an integer >= 1 and <= 1048576",
        ),
        (MelSpectrogram(n_fft=1), "n_fft must be an integer >= 2"),
        (MelSpectrogram(hop_length=0), "hop_length must be an integer >= 1"),
        (
            MelSpectrogram(win_length=4096),
            "win_length must be .* <= n_fft \\(2048\\) or None",
        ),
        (MelSpectrogram(center=1), "center must be True or False"),
        (MelSpectrogram(n_mels=0), "n_mels must be an integer >= 1"),
        (MelSpectrogram(fmax=12000), r"fmax at most sample_rate / 2 = 11025"),
        (MelSpectrogram(fmin=5000, fmax=4000), "fmin must be below fmax"),
        (MelSpectrogram(mel_norm="L1"), "mel_norm must be"),
        (MelSpectrogram(scale="dB"), "scale must be one of 'db'"),
        (MelSpectrogram(ref="min"), "ref must be a number"),
        (MelSpectrogram(ref=0), "ref must be a number"),
        (MelSpectrogram(amin=0), "amin must be a number"),
        (MelSpectrogram(top_db=-1), "top_db must be a number >= 0 or None"),
        (MelSpectrogram(power=0), "power must be a number"),
        (MelSpectrogram(duration=0), "duration must be a number"),
        (MelSpectrogram(offset=-1), "offset must be a number >= 0"),
        (MelSpectrogram(device="gpu"), "device='gpu' is not a device"),
        (MFCC(n_mfcc=129), "n_mfcc must be an integer >= 1 and <= n_mels \\(128\\)"),
        (MFCC(deltas=3), "deltas must be an integer >= 0 and <= 2"),
        (MFCC(delta_width=4), "delta_width must be an odd integer"),
        (MFCC(lifter=-1), "lifter must be a number >= 0"),
    ],
)
def test_parameters_out_of_range(transformer, words):
    with pytest.raises(ValueError, match=words):
        transformer.fit([GOOD])


_WORKER = """
import sys
import numpy as np
from sklearn_genre import MelSpectrogram
MelSpectrogram().transform([np.ones(22050, dtype=np.float32)])
print("torch" in sys.modules)
"""


@pytest.mark.slow
def test_a_worker_imports_no_torch():
    command = [sys.executable, "-c", _WORKER]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
