"""Embeddings by a function, and the windows that all embeddings of waveforms share."""

import functools
import importlib.util
import pickle
import sys

import numpy as np
import pytest
from helpers import RATE, entries
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_genre import EmbeddingTransformer
from sklearn_genre.embedding._windows import long_enough, windows


def level_and_peak(windows):
    """Two features of each window."""
    return np.stack([windows.std(axis=1), abs(windows).max(axis=1)], axis=1)


def scaled(windows, *, gain=1.0, name="x"):
    return gain * level_and_peak(windows)


def frames(windows):
    """Four frames per window: their levels and their first samples."""
    parts = windows.reshape(len(windows), 4, -1)
    return np.stack([parts.std(axis=2), parts[:, :, 0]], axis=1)


def embedding(function=level_and_peak, **params):
    return EmbeddingTransformer(function, RATE, **{"window": 0.1, **params})


@pytest.fixture
def wave(rng):
    return rng.uniform(-0.3, 0.3, RATE).astype(np.float32)


def test_windows_of_a_clip(wave):
    seen = []

    def noted(windows):
        seen.append(windows.copy())
        windows[:] = 0  # nobody else's
        return level_and_peak(seen[-1])

    found = embedding(noted, hop=0.03, batch_size=7, pooling=None).fit_transform([wave])
    starts = range(0, RATE - 799, 240)
    expected = np.stack([wave[start : start + 800] for start in starts])
    np.testing.assert_array_equal(np.concatenate(seen), expected)
    assert [len(batch) for batch in seen] == [7, 7, 7, 7, 3]
    assert {batch.dtype for batch in seen} == {np.dtype("float32")}
    np.testing.assert_allclose(found[0], level_and_peak(expected).T, rtol=1e-6)


def test_without_windows_the_clip_is_one(wave):
    found = embedding(window=None).fit_transform([wave, wave[:300]])
    expected = [level_and_peak(clip[None])[0] for clip in (wave, wave[:300])]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("n_samples", [1, 300, 799, 800, 801])
def test_short_clips_are_repeated(wave, n_samples):
    clip = wave[:n_samples]
    cut = windows(clip, 800, 800)
    np.testing.assert_array_equal(cut[0], np.tile(clip, 800)[:800])
    assert cut.shape == (1, 800)
    np.testing.assert_array_equal(long_enough(wave, 10), wave)


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("mean", lambda rows: rows.mean(axis=0)),
        ("max", lambda rows: rows.max(axis=0)),
        ("mean_std", lambda rows: np.r_[rows.mean(axis=0), rows.std(axis=0)]),
        (None, np.transpose),
    ],
)
def test_pooling(wave, pooling, expected):
    found = embedding(pooling=pooling).fit_transform([wave])[0]
    rows = level_and_peak(wave.reshape(10, 800))
    np.testing.assert_allclose(found, expected(rows), rtol=1e-5)


@pytest.mark.parametrize(
    ("frame_pooling", "expected"),
    [
        ("mean", lambda rows: rows.mean(axis=2)),
        ("max", lambda rows: rows.max(axis=2)),
        ("mean_std", lambda rows: np.c_[rows.mean(axis=2), rows.std(axis=2)]),
        (None, lambda rows: np.concatenate(rows.transpose(0, 2, 1))),
    ],
)
def test_frames_within_windows(wave, frame_pooling, expected):
    rows = expected(frames(wave.reshape(10, 800)))
    for pooling, row in ((None, rows.T), ("max", rows.max(axis=0))):
        embed = embedding(frames, frame_pooling=frame_pooling, pooling=pooling)
        found = embed.fit_transform([wave])[0]
        np.testing.assert_allclose(found, row, rtol=1e-5)
        assert len(embed.get_feature_names_out()) == len(found)


def test_names():
    def names(**params):
        return list(embedding(**params).get_feature_names_out())

    assert names() == ["level_and_peak0", "level_and_peak1"]
    bound = functools.partial(scaled, gain=2.0)
    assert names(function=bound, pooling="mean_std", window=None) == [
        *("scaled0_mean", "scaled1_mean", "scaled0_std", "scaled1_std")
    ]
    both = dict(frame_pooling="mean_std", pooling="mean_std")
    assert names(function=frames, **both)[:3] == [
        *("frames0_mean_mean", "frames1_mean_mean", "frames0_std_mean")
    ]


def test_excerpts_and_rates(wave):
    """As of every audio transformer."""
    embed = embedding(duration=0.1, n_excerpts=3)
    starts = (0, 3600, 7200)
    rows = level_and_peak(np.stack([wave[start : start + 800] for start in starts]))
    found = embed.fit_transform([wave, (np.repeat(wave, 2), 2 * RATE)])
    np.testing.assert_allclose(found[0], rows.mean(axis=0), rtol=1e-5)
    assert found.shape == (2, 2)


def test_in_a_pipeline(paths, rng):
    y = np.arange(len(paths)) % 2
    pipe = make_pipeline(embedding(scaled, n_jobs=2), LogisticRegression())
    expected = pipe.fit(paths, y).predict_proba(paths)
    again = pickle.loads(pickle.dumps(pipe))
    np.testing.assert_array_equal(again.predict_proba(paths), expected)
    np.testing.assert_array_equal(
        clone(pipe).fit(paths, y).predict_proba(paths), expected
    )


def test_torch_tensors(wave):
    import torch

    found = embedding(lambda windows: torch.from_numpy(level_and_peak(windows)))
    expected = embedding().fit_transform([wave])
    np.testing.assert_array_equal(found.fit_transform([wave]), expected)


# -- what a function may not return ---------------------------------------------------


def grad(windows):
    import torch

    return torch.zeros((len(windows), 2), requires_grad=True)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda w: w[0, :2], r"shape \(n_windows, n_features\).* got \(2,\)"),
        (lambda w: w[:-1, :2], r"windows of shape \(8, 800\), got \(7, 2\)"),
        (lambda w: w[:, :0], r"got \(8, 0\)"),
        (lambda w: np.zeros((len(w), 2, 2, 2)), r"got \(8, 2, 2, 2\)"),
        (lambda w: None, "array of real numbers, got None"),
        (lambda w: [[1], [1, 2]], "array of real numbers"),
        (lambda w: level_and_peak(w) * 1j, "real numbers"),
        (grad, r"tensor\.detach\(\)\.cpu\(\)\.numpy\(\)"),
        (lambda w: np.log(0 * level_and_peak(w[:, :1])), "NaN, infinities.* 8 of 8"),
        (lambda w: np.full((len(w), 1), 1e60), "beyond float32"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_wrong_results_are_refused(function, words, wave):
    with pytest.raises(ValueError, match=words) as raised:
        embedding(function).fit_transform([(wave, RATE)])
    assert "while working on" in raised.value.__notes__[0]


def test_another_number_of_features_is_refused(wave):
    def half(windows):
        return windows[:, ::2]

    with pytest.raises(ValueError, match="clip 1 has 200 features, clip 0 has 4000"):
        embedding(half, window=None).fit_transform([wave, wave[:400]])


def test_an_error_of_the_function_names_the_clip(paths):
    def broken(windows):
        raise KeyError("weights")

    with pytest.raises(KeyError, match="weights") as raised:
        embedding(broken).fit_transform(paths)
    assert "0.wav" in raised.value.__notes__[0]


def test_a_hop_needs_a_window(wave):
    with pytest.raises(ValueError, match=r"hop=0\.5 needs a window"):
        embedding(window=None, hop=0.5).fit([wave])
    with pytest.raises(TypeError, match="sample_rate"):
        EmbeddingTransformer(level_and_peak)


# -- the cache ------------------------------------------------------------------------

OWN = """
def net(windows, gain=1.0):
    return {factor} * gain * windows[:, :3]
"""


def own_function(file, factor, monkeypatch):
    file.write_text(OWN.format(factor=factor))
    spec = importlib.util.spec_from_file_location("own_network", file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_network", module)
    spec.loader.exec_module(module)
    return module.net


def test_a_changed_function_is_called_again(paths, folder, tmp_path, monkeypatch):
    for n_entries, factor in enumerate((1, 2), 1):
        function = own_function(tmp_path / "own_network.py", factor, monkeypatch)
        expected = embedding(function).fit_transform(paths[:1])
        for _ in range(2):
            found = embedding(function, cache=folder).fit_transform(paths[:1])
            np.testing.assert_array_equal(found, expected)
            assert len(entries(folder)) == n_entries


def test_bound_arguments_belong_to_the_key(paths, folder):
    for n_entries, gain in enumerate((1.0, 2.0), 1):
        bound = functools.partial(scaled, gain=gain, name=None)
        found = embedding(bound, cache=folder).fit_transform(paths[:1])
        np.testing.assert_array_equal(found, embedding(bound).fit_transform(paths[:1]))
        assert len(entries(folder)) == n_entries


@pytest.mark.parametrize(
    "change",
    [
        {"window": 0.2},
        {"hop": 0.05},
        {"frame_pooling": "max"},
        {"pooling": "max"},
        {"sample_rate": 4000},
    ],
)
def test_parameters_belong_to_the_key(change, paths, folder):
    first = embedding(frames, cache=folder)
    first.fit_transform(paths[:1])
    found = first.set_params(**change).fit_transform(paths[:1])
    assert len(entries(folder)) == 2
    first.set_params(cache=None)
    np.testing.assert_array_equal(found, first.fit_transform(paths[:1]))


class Network:
    def __call__(self, windows):
        return level_and_peak(windows)

    def method(self, windows):
        return level_and_peak(windows)


@pytest.mark.parametrize(
    "function",
    [
        lambda windows: level_and_peak(windows),
        Network(),
        Network().method,
        functools.partial(lambda windows, gain: windows[:, :2], gain=1),
        functools.partial(scaled, gain=np.ones(2)),
        functools.partial(scaled, name=["a"]),
    ],
)
def test_what_the_cache_cannot_know_is_refused(function, paths, folder):
    assert embedding(function).fit_transform(paths[:1]).shape == (1, 2)
    with pytest.raises(ValueError, match="cache must be None for a function"):
        embedding(function, cache=folder).fit_transform(paths[:1])
    assert not entries(folder)


def test_a_function_in_no_file_is_refused(paths, folder, monkeypatch):
    module = type(sys)("notebook")
    exec(OWN.format(factor=1), module.__dict__)
    monkeypatch.setitem(sys.modules, "notebook", module)
    assert module.net.__module__ == "notebook"
    with pytest.raises(ValueError, match="Put it into a module"):
        embedding(module.net, cache=folder).fit_transform(paths[:1])
