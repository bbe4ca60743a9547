"""The page "Add a feature": its example runs as it stands."""

import doctest
import importlib
import pickle
import re
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
from helpers import RATE, check_prints
from sklearn.base import clone

import sklearn_genre

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "develop" / "add_a_feature.md"
EXAMPLE, SESSION = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
SMALL = dict(sample_rate=RATE, n_fft=256, hop_length=128)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The example as a module, in a file of the user's own."""
    (tmp_path / "flux.py").write_text(EXAMPLE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("flux")
    monkeypatch.delitem(sys.modules, "flux")


def test_what_the_example_prints(module, rng):
    names = dict(vars(module), X=rng.standard_normal((2, 22050)))
    check_prints(SESSION, names)
    assert doctest.testmod(module).attempted >= 3
    assert doctest.testmod(module).failed == 0


def test_the_example_is_a_whole_transformer(module, paths, folder, decodes):
    flux = module.SpectralFlux(**SMALL, lag=2)
    for name in ("lag", "n_fft", "sample_rate", "cache", "n_features_in_"):
        assert f"\n{name} : " in flux.__doc__
    expected = clone(flux).fit_transform(paths)
    assert (expected.shape, expected.dtype) == ((10, 1, 32), np.float32)
    wave, _ = soundfile.read(paths[0], dtype="float32")
    magnitudes = np.abs(librosa.stft(wave, n_fft=256, hop_length=128))
    rise = np.maximum(magnitudes[:, 2:] - magnitudes[:, :-2], 0).sum(axis=0)
    np.testing.assert_allclose(expected[0, 0, 2:], rise, rtol=1e-4)
    start = len(decodes())
    for _ in range(2):
        cached = clone(flux).set_params(cache=folder, n_jobs=2)
        np.testing.assert_array_equal(cached.fit_transform(paths), expected)
    assert len(decodes()) - start == len(paths)
    loaded = pickle.loads(pickle.dumps(flux))
    np.testing.assert_array_equal(loaded.transform(paths), expected)


def test_batches_are_single_clips(module, rng):
    """What a GPU computes."""
    function = module.SpectralFlux(**SMALL)._waveform_function()
    waves = rng.standard_normal((3, RATE)).astype(np.float32)
    np.testing.assert_allclose(
        function(waves), [function(wave) for wave in waves], rtol=1e-4
    )


def test_the_files_to_touch_are_there():
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text("utf-8"), re.M)
    files = [row for row in rows if "/" in row]
    assert 0 < len(files) <= 4
    for name in files:
        path = ROOT / name
        assert path.exists() or "flux" in path.name
        assert path.parent.is_dir()
    for base in set(rows) - set(files):
        assert hasattr(sklearn_genre.features, base)
    assert not hasattr(sklearn_genre, "SpectralFlux")
