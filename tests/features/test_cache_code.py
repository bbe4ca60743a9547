"""The cache notices changes of the code that computes, ours and a user's."""

import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import RATE, audio_transformers, entries

import sklearn_genre
from sklearn_genre import Waveform
from sklearn_genre._utils.digest import files_digest
from sklearn_genre.features import AudioTransformer
from sklearn_genre.features._batches import compute
from sklearn_genre.features._cache import computing_code

PACKAGE = Path(sklearn_genre.__file__).parent
FILES = [str(path.relative_to(PACKAGE)) for path in computing_code(PACKAGE)]
TRANSFORMERS = list(audio_transformers())


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package's code."""
    folder = tmp_path_factory.mktemp("code") / "sklearn_genre"
    shutil.copytree(PACKAGE, folder, ignore=lambda _, names: {*names} & {"data"})
    return folder


@pytest.mark.parametrize("name", FILES)
def test_a_change_of_each_file_is_noticed(name, copy):
    before = files_digest(computing_code(copy))
    assert before == files_digest(computing_code(PACKAGE))
    file = copy / name
    content = file.read_bytes()
    file.write_bytes(content + b"\n")
    assert files_digest(computing_code(copy)) != before
    file.write_bytes(content)


def test_folders_below_are_included():
    assert {"audio/_decode.py", "_utils/clips.py", "features/_numerics/stft.py"} <= {
        *FILES
    }


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda t: type(t).__name__)
def test_everything_that_runs_for_a_clip_is_included(transformer, paths):
    """From the file to the row: the work of one worker, as the interpreter sees it."""
    seen = set()
    audio = {
        "sample_rate": RATE,
        "array_rate": RATE,
        "offset": 0.0,
        "duration": 1.0,
        "min_samples": 1,
    }
    function = transformer._waveform_function()
    function(np.ones(RATE, dtype=np.float32))  # it may be compiled, once
    sys.setprofile(lambda frame, *_: seen.add(frame.f_code.co_filename))
    try:
        for clip in (paths[0], np.ones(RATE), (np.ones(RATE), 2 * RATE)):
            compute(clip, 0, audio=audio, cache=None, function=function)
    finally:
        sys.setprofile(None)
    ours = {Path(name) for name in seen if name.startswith(str(PACKAGE))}
    assert {PACKAGE / "audio/_song.py", PACKAGE / "_utils" / "clips.py"} <= ours
    assert {str(path.relative_to(PACKAGE)) for path in ours} <= {*FILES}


OWN = '''
from sklearn_genre.features import AudioTransformer


def scaled(wave):
    return {gain} * wave


class Scaled(AudioTransformer):
    """Waveforms at another level."""

    def _waveform_function(self):
        return scaled
'''


def own_transformer(file, gain, monkeypatch):
    """A transformer of a user's file."""
    file.write_text(OWN.format(gain=gain))
    spec = importlib.util.spec_from_file_location("users_own", file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "users_own", module)
    spec.loader.exec_module(module)
    return module.Scaled(sample_rate=RATE)


def test_changes_of_an_own_transformer(paths, folder, tmp_path, monkeypatch, decodes):
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    expected = Waveform(sample_rate=RATE).transform(paths[:1])
    start = len(decodes())
    for gain in (2, 2, 3):
        own = own_transformer(tmp_path / "users_own.py", gain, monkeypatch)
        got = own.set_params(cache=folder).transform(paths[:1])
        np.testing.assert_array_equal(got, gain * expected)
    sys.dont_write_bytecode = before
    assert len(entries(folder)) == len(decodes()) - start == 2


def test_a_transformer_whose_code_is_in_no_file_has_no_cache(paths, folder):
    """As in a notebook: changes would go unnoticed."""
    cell = {"__name__": "a_notebook"}
    exec(OWN.format(gain=2), cell)
    own = cell["Scaled"](sample_rate=RATE)
    expected = 2 * Waveform(sample_rate=RATE).transform(paths[:1])
    np.testing.assert_array_equal(own.transform(paths[:1]), expected)
    with pytest.raises(ValueError, match=r"Scaled: cache must be None .* in no file"):
        own.set_params(cache=folder).transform(paths[:1])


def test_without_a_function_there_is_an_error(paths):
    with pytest.raises(NotImplementedError, match=r"needs a method _waveform_function"):
        AudioTransformer().transform(paths)
