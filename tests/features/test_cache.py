"""The cache of the audio transformers: each clip once, and never a wrong value."""

import contextlib
import copy
import io
import os
import pickle
import re
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from helpers import KEY, MEL, RATE, audio_transformers, entries, write_wav
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    MFCC,
    AudioError,
    FeatureCache,
    FrameDescriptors,
    MelSpectrogram,
    Spectrogram,
    SummaryStats,
    Waveform,
)
from sklearn_genre._utils import clips as _clips
from sklearn_genre.features import MelTransformer
from sklearn_genre.features._store import Store

TRANSFORMERS = list(audio_transformers())


# -- values ---------------------------------------------------------------------------


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda t: type(t).__name__)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_values_are_those_without_cache(transformer, n_jobs, paths, folder, decodes):
    expected = transformer.transform(paths)
    cached = clone(transformer).set_params(cache=str(folder), n_jobs=n_jobs)
    start = len(decodes())
    for _ in range(2):
        got = cached.fit_transform(paths)
        np.testing.assert_array_equal(got, expected)
        assert got.dtype == np.float32
        assert got.flags.writeable
    assert sorted(decodes()[start:]) == paths
    assert len(entries(folder)) == len(paths)


def test_clips_of_unequal_length(paths, folder):
    write_wav(paths[0], 0, seconds=0.7)
    expected = MEL.transform(paths)
    for _ in range(2):
        got = clone(MEL).set_params(cache=folder).transform(paths)
        assert got.dtype == object
        for row, other in zip(got, expected, strict=True):
            np.testing.assert_array_equal(row, other)
            row += 1  # nobody else's


def test_batches_of_a_gpu(paths, folder, decodes, monkeypatch):
    """Clips that are there and clips that are not, in the order of X."""
    monkeypatch.setattr(MelTransformer, "_in_batches", lambda self: True)
    write_wav(paths[6], 6, seconds=0.7)
    expected = MEL.transform(paths)
    cached = clone(MEL).set_params(cache=folder, n_jobs=2)
    cached.transform([paths[i] for i in (1, 2, 5)])
    start = len(decodes())
    for _ in range(2):
        for row, other in zip(cached.transform(paths), expected, strict=True):
            np.testing.assert_array_equal(row, other)
    assert sorted(decodes()[start:]) == [paths[i] for i in (0, 3, 4, 6, 7, 8, 9)]


def test_entries_are_npy_files(paths, folder):
    expected = clone(MEL).set_params(cache=folder).transform(paths[:1])
    np.testing.assert_array_equal(np.load(entries(folder)[0]), expected[0])


def test_reads_are_memory_maps(folder):
    store = Store(folder)
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    store.open()
    store.write(KEY, array)
    got = store.read(KEY)
    np.testing.assert_array_equal(got, array)
    assert not got.flags.writeable
    assert not got.flags.owndata
    store.write(KEY, np.asfortranarray(2 * array))
    np.testing.assert_array_equal(store.read(KEY), 2 * array)
    np.testing.assert_array_equal(got, array)  # the old map is left alone


# -- what a key depends on ------------------------------------------------------------


def test_a_changed_file_is_decoded_again(paths, folder, decodes):
    cached = clone(MEL).set_params(cache=folder)
    cached.transform(paths)
    write_wav(paths[3], 33)
    os.utime(paths[3], ns=(1, 1))
    start = len(decodes())
    got = cached.transform(paths)
    assert decodes()[start:] == [paths[3]]
    np.testing.assert_array_equal(got, MEL.transform(paths))


def test_a_file_changed_while_it_is_decoded_is_not_kept(paths, folder, monkeypatch):
    @contextlib.contextmanager
    def open_audio(source, name):
        with original(source, name) as sound:
            yield sound
            write_wav(paths[0], 33, seconds=0.6)

    original = _clips.open_audio
    monkeypatch.setattr(_clips, "open_audio", open_audio)
    clone(MEL).set_params(cache=folder).transform(paths[:1])
    assert entries(folder) == []


def test_comparing_content(paths, folder, decodes):
    cached = clone(MEL).set_params(cache=FeatureCache(folder, compare="content"))
    cached.transform(paths[:2])
    stat = os.stat(paths[0])
    write_wav(paths[0], 33)
    os.utime(paths[0], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    os.utime(paths[1], ns=(1, 1))
    moved = f"{paths[1]}.moved"
    os.rename(paths[1], moved)
    start = len(decodes())
    got = cached.transform([paths[0], moved, Path(moved).read_bytes()])
    assert decodes()[start:] == [paths[0]]
    np.testing.assert_array_equal(got[:2], MEL.transform([paths[0], moved]))
    np.testing.assert_array_equal(got[1], got[2])


def test_links_and_relative_paths_are_one_file(paths, folder, decodes, monkeypatch):
    cached = clone(MEL).set_params(cache=folder)
    cached.transform(paths[:1])
    link = f"{paths[0]}.link"
    os.symlink(paths[0], link)
    monkeypatch.chdir(Path(paths[0]).parent)
    cached.transform([link, "0.wav", Path("0.wav")])
    assert decodes() == paths[:1]


CHANGES = [
    {"n_fft": 512},
    {"hop_length": 64},
    {"win_length": 200},
    {"center": False},
    {"n_mels": 8},
    {"fmin": 10.0},
    {"power": 1.0},
    {"scale": "log1p"},
    {"top_db": None},
    {"duration": 0.25},
    {"offset": 0.1},
    {"sample_rate": 4000},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: next(iter(c)))
def test_parameters_that_change_values(change, paths, folder):
    cached = clone(MEL).set_params(cache=folder)
    cached.transform(paths[:1])
    changed = cached.set_params(**change).transform(paths[:1])
    assert len(entries(folder)) == 2
    cached.set_params(cache=None)
    np.testing.assert_array_equal(changed, cached.transform(paths[:1]))


def test_parameters_that_do_not(paths, folder, decodes, capsys):
    clone(MEL).set_params(cache=folder).transform(paths)
    same = {"sample_rate": np.int64(RATE), "fmin": 0, "n_jobs": 2, "verbose": 1}
    same |= {"cache": FeatureCache(folder, max_bytes=10**9), "device": "auto"}
    clone(MEL).set_params(**same).transform(paths)
    assert len(decodes()) == len(paths)
    capsys.readouterr()


def test_transformers_share_a_folder(paths, folder):
    for transformer in TRANSFORMERS:
        cached = clone(transformer).set_params(cache=folder)
        np.testing.assert_array_equal(
            cached.transform(paths[:2]), transformer.transform(paths[:2])
        )
    assert len(entries(folder)) == 2 * len(TRANSFORMERS)


@pytest.mark.parametrize("name", ["librosa", "torch", "libsndfile", "code"])
def test_versions_are_part_of_the_key(name, paths, folder, decodes, monkeypatch):
    from sklearn_genre.features import _cache as cache

    cached = clone(MEL).set_params(cache=folder)
    cached.transform(paths[:1])
    versions = cache._versions()
    assert name in versions
    monkeypatch.setattr(cache, "_versions", lambda: {**versions, name: "other"})
    cached.transform(paths[:1])
    assert len(decodes()) == 2


def test_clips_that_are_not_paths(folder, rng):
    y = (0.1 * rng.standard_normal(RATE)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, y, RATE, format="WAV", subtype="FLOAT")
    cached = clone(MEL).set_params(cache=folder)
    clips = [
        (y, 1),  # the content of a file, as bytes and as a file: one entry
        (file.getvalue(), 2),
        (file, 2),
        ((y, RATE), 2),
        ({"array": y, "sampling_rate": float(RATE)}, 2),
        (y.astype(np.float64), 3),
        ((y, 2 * RATE), 4),
        (np.stack([y, y]), 5),
        (np.stack([y, y])[:, ::2], 6),
    ]
    for clip, n_entries in clips:
        for _ in range(2):
            got = cached.transform([clip])
            np.testing.assert_array_equal(got, MEL.transform([clip]))
            assert len(entries(folder)) == n_entries
    table = np.stack([y, -y])
    got = cached.fit_transform(table)
    np.testing.assert_array_equal(got, MEL.transform(table))
    assert len(entries(folder)) == 7


def test_bad_clips_raise_as_without_cache(paths, folder):
    cached = clone(MEL).set_params(cache=folder)
    short = np.zeros(10, np.float32)
    for clip in (
        "nothing.wav",
        "a\0b",
        b"",
        short * np.nan,
        {"array": short},
        short[:0],
    ):
        with pytest.raises(ValueError, match=r".") as expected:
            MEL.transform([paths[0], clip])
        with pytest.raises(type(expected.value), match=re.escape(str(expected.value))):
            cached.transform([paths[0], clip])
    with pytest.raises(AudioError, match="no such file"):
        cached.transform(["nothing.wav"])


# -- estimators that hold one ---------------------------------------------------------


@pytest.mark.parametrize("wrap", [str, Path, partial(FeatureCache, max_bytes=10**8)])
def test_pipelines_are_cloned_pickled_and_saved(wrap, paths, folder, tmp_path, decodes):
    y = np.arange(len(paths)) % 2
    pipe = make_pipeline(
        clone(MEL).set_params(cache=wrap(folder)),
        *(SummaryStats(), StandardScaler(), LogisticRegression()),
    ).fit(paths, y)
    expected = pipe.predict_proba(paths)
    joblib.dump(pipe, tmp_path / "pipe.joblib")
    for other in (
        joblib.load(tmp_path / "pipe.joblib"),
        pickle.loads(pickle.dumps(pipe)),
        copy.deepcopy(pipe),
        clone(pipe).fit(paths, y),
    ):
        np.testing.assert_array_equal(other.predict_proba(paths), expected)
        assert repr(other[0]) == repr(pipe[0])
    assert len(decodes()) == len(paths)


def test_with_the_cache_of_a_pipeline(paths, folder, tmp_path, decodes):
    """Both at once; the estimator, its cache included, is what joblib hashes."""
    pipe = make_pipeline(
        clone(MEL).set_params(cache=FeatureCache(folder)),
        SummaryStats(),
        memory=str(tmp_path / "pipeline"),
    )
    first = pipe.fit_transform(paths)
    np.testing.assert_array_equal(clone(pipe).fit_transform(paths), first)
    assert len(decodes()) == len(paths)


def test_repr():
    cache = FeatureCache("c", max_bytes=5, compare="content")
    assert repr(cache) == "FeatureCache('c', max_bytes=5, compare='content')"
    assert eval(repr(cache)).__dict__ == cache.__dict__
    assert repr(MelSpectrogram(cache=FeatureCache("c"))) == (
        "MelSpectrogram(cache=FeatureCache('c'))"
    )


def test_a_relative_folder_is_the_one_of_the_caller(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clone(MEL).set_params(cache="cache").transform(paths[:1])
    assert len(entries(tmp_path / "cache")) == 1
    assert FeatureCache("~/x")._store().folder == Path.home() / "x" / "sklearn_genre"


def test_every_audio_transformer_has_it():
    kinds = {type(transformer) for transformer in TRANSFORMERS}
    assert {MelSpectrogram, MFCC, Spectrogram, Waveform, FrameDescriptors} <= kinds
    assert all(kind().cache is None for kind in kinds)
