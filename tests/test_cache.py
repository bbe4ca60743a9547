"""The cache of the audio transformers: each clip once, and never a wrong value."""

import copy
import io
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

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
from sklearn_genre.features import _audio, _clips, _spectral, _store
from sklearn_genre.features._store import Store

RATE = 8000
SMALL = dict(sample_rate=RATE, n_fft=256, hop_length=128)
TRANSFORMERS = [
    MelSpectrogram(**SMALL, n_mels=16),
    MFCC(**SMALL, n_mels=16, n_mfcc=8, deltas=1),
    Spectrogram(**SMALL),
    Waveform(sample_rate=RATE),
    FrameDescriptors(**SMALL, n_mels=16, n_contrast_bands=3),
]
MEL = TRANSFORMERS[0]
KEY = "ab" + 62 * "0"


def write_wav(path, seed, seconds=0.5):
    y = 0.1 * np.random.default_rng(seed).standard_normal(int(seconds * RATE))
    soundfile.write(path, y, RATE, format="WAV", subtype="FLOAT")


@pytest.fixture
def paths(tmp_path):
    names = [str(tmp_path / f"{i}.wav") for i in range(10)]
    for i, name in enumerate(names):
        write_wav(name, i)
    return names


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def log_decodes(log):
    """Make this process note every decoded clip in a file."""

    def decode(source, name, **span):
        with open(log, "a") as file:
            file.write(f"{name}\n")
        return original(source, name, **span)

    original = _clips.decode
    _clips.decode = decode


def start_worker(log):
    """Initializer of a process: libraries now, else they count as leaked memory."""
    MEL.transform(np.zeros((1, RATE)))
    log_decodes(log)


@pytest.fixture(scope="session")
def workers(tmp_path_factory):
    """Arguments of ``parallel_config``, for the same processes in all tests."""
    log = tmp_path_factory.mktemp("workers") / "decodes.txt"
    return {"backend": "loky", "initializer": partial(start_worker, log)}


@pytest.fixture
def decodes(workers, monkeypatch):
    """Function that gives the names of the clips decoded so far, in any process."""
    log = workers["initializer"].args[0]
    log.write_text("")
    monkeypatch.setattr(_clips, "decode", _clips.decode)
    log_decodes(log)
    return partial(read_lines, log)


def read_lines(log):
    return log.read_text().splitlines()


def entries(folder):
    return sorted(folder.glob("sklearn_genre/entries/*/*.npy"))


# -- values ---------------------------------------------------------------------------


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda t: type(t).__name__)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_values_are_those_without_cache(transformer, n_jobs, paths, folder, decodes):
    expected = transformer.transform(paths)
    cached = clone(transformer).set_params(memory=str(folder), n_jobs=n_jobs)
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
        got = clone(MEL).set_params(memory=folder).transform(paths)
        assert got.dtype == object
        for row, other in zip(got, expected, strict=True):
            np.testing.assert_array_equal(row, other)
            row += 1  # nobody else's


def test_batches_of_a_gpu(paths, folder, decodes, monkeypatch):
    """Clips that are there and clips that are not, in the order of X."""
    monkeypatch.setattr(_spectral.SpectralTransformer, "_in_batches", lambda self: True)
    write_wav(paths[6], 6, seconds=0.7)
    expected = MEL.transform(paths)
    cached = clone(MEL).set_params(memory=folder, n_jobs=2)
    cached.transform([paths[i] for i in (1, 2, 5)])
    start = len(decodes())
    for _ in range(2):
        for row, other in zip(cached.transform(paths), expected, strict=True):
            np.testing.assert_array_equal(row, other)
    assert sorted(decodes()[start:]) == [paths[i] for i in (0, 3, 4, 6, 7, 8, 9)]


def test_entries_are_npy_files(paths, folder):
    expected = clone(MEL).set_params(memory=folder).transform(paths[:1])
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
    cached = clone(MEL).set_params(memory=folder)
    cached.transform(paths)
    write_wav(paths[3], 33)
    os.utime(paths[3], ns=(1, 1))
    start = len(decodes())
    got = cached.transform(paths)
    assert decodes()[start:] == [paths[3]]
    np.testing.assert_array_equal(got, MEL.transform(paths))


def test_a_file_changed_while_it_is_decoded_is_not_kept(paths, folder, monkeypatch):
    def decode(source, name, **span):
        result = original(source, name, **span)
        write_wav(paths[0], 33, seconds=0.6)
        return result

    original = _clips.decode
    monkeypatch.setattr(_clips, "decode", decode)
    clone(MEL).set_params(memory=folder).transform(paths[:1])
    assert entries(folder) == []


def test_comparing_content(paths, folder, decodes):
    cached = clone(MEL).set_params(memory=FeatureCache(folder, compare="content"))
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
    cached = clone(MEL).set_params(memory=folder)
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
    cached = clone(MEL).set_params(memory=folder)
    cached.transform(paths[:1])
    changed = cached.set_params(**change).transform(paths[:1])
    assert len(entries(folder)) == 2
    cached.set_params(memory=None)
    np.testing.assert_array_equal(changed, cached.transform(paths[:1]))


def test_parameters_that_do_not(paths, folder, decodes, capsys):
    clone(MEL).set_params(memory=folder).transform(paths)
    same = {"sample_rate": np.int64(RATE), "fmin": 0, "n_jobs": 2, "verbose": 1}
    same |= {"memory": FeatureCache(folder, max_bytes=10**9), "device": "auto"}
    clone(MEL).set_params(**same).transform(paths)
    assert len(decodes()) == len(paths)
    capsys.readouterr()


def test_transformers_share_a_folder(paths, folder):
    for transformer in TRANSFORMERS:
        cached = clone(transformer).set_params(memory=folder)
        np.testing.assert_array_equal(
            cached.transform(paths[:2]), transformer.transform(paths[:2])
        )
    assert len(entries(folder)) == 2 * len(TRANSFORMERS)


@pytest.mark.parametrize("name", ["librosa", "torch", "libsndfile", "code"])
def test_versions_are_part_of_the_key(name, paths, folder, decodes, monkeypatch):
    from sklearn_genre.features import cache

    cached = clone(MEL).set_params(memory=folder)
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
    cached = clone(MEL).set_params(memory=folder)
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
    cached = clone(MEL).set_params(memory=folder)
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


# -- workers --------------------------------------------------------------------------


def search(paths, memory, n_jobs):
    y = np.arange(len(paths)) % 2
    pipe = make_pipeline(
        clone(MEL).set_params(memory=memory), SummaryStats(), LogisticRegression()
    )
    grid = {"logisticregression__C": [0.01, 0.1, 1.0, 10.0]}
    return GridSearchCV(pipe, grid, cv=KFold(5), n_jobs=n_jobs).fit(paths, y)


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
def test_a_search_decodes_each_clip_once(backend, paths, folder, decodes, workers):
    expected = search(paths, None, 1).cv_results_
    n, start = len(paths), len(decodes())
    assert start == n * (4 * 5 + 1)  # every candidate and fold, and the last fit
    config = workers if backend == "loky" else {"backend": backend}
    with joblib.parallel_config(**config):
        found = search(paths, folder, 1 if backend == "sequential" else 2)
    assert sorted(decodes()[start:]) == paths
    for name in ("mean_test_score", "split0_test_score"):
        np.testing.assert_array_equal(found.cv_results_[name], expected[name])


def test_one_worker_computes_and_the_others_wait(paths, folder, decodes):
    cached = clone(MEL).set_params(memory=folder, n_jobs=4)
    got = cached.transform(paths[:1] * 40)
    assert decodes() == paths[:1]
    np.testing.assert_array_equal(got[39], MEL.transform(paths[:1])[0])


def test_processes(paths, folder, decodes, workers):
    cached = clone(MEL).set_params(memory=folder, n_jobs=2)
    with joblib.parallel_config(**workers):
        for _ in range(2):
            got = cached.transform(paths)
    assert sorted(decodes()) == paths
    np.testing.assert_array_equal(got, MEL.transform(paths))


WRITER = """
import sys
import numpy as np
from sklearn_genre.features._store import Store
store = Store(sys.argv[1])
store.open()
print("ready", flush=True)
for i in range(80):
    store.write(sys.argv[2], np.full((1000, 100), i, np.float32))
"""


def test_writers_of_one_key_never_show_a_mixture(folder):
    args = [sys.executable, "-c", WRITER, folder, KEY]
    processes = [subprocess.Popen(args, stdout=subprocess.PIPE) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    store, seen = Store(folder), set()
    while any(process.poll() is None for process in processes):
        array = store.read(KEY)
        if array is not None:
            assert (array == array[0, 0]).all()
            seen.add(float(array[0, 0]))
    assert [process.wait() for process in processes] == [0, 0]
    assert seen
    for process in processes:
        process.stdout.close()


KILLED = """
import os, signal, sys
import numpy as np
from sklearn_genre.features import _store

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

class Parts(tuple):
    def __iter__(self):
        yield from self[:2]
        die()

if sys.argv[3] == "before it is moved":
    _store.os.replace = die
else:
    whole, _store._pack = _store._pack, lambda *args: Parts(whole(*args))
    _store.sum = lambda lengths: 0
store = _store.Store(sys.argv[1])
store.open()
store.write(sys.argv[2], np.ones((1000, 100)))
"""


@pytest.mark.parametrize("stage", ["before it is moved", "in the middle"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_killed_writers_leave_nothing_that_is_read(folder, stage, overwrite):
    store, old = Store(folder), np.zeros(7)
    store.open()
    if overwrite:
        store.write(KEY, old)
    args = [sys.executable, "-c", KILLED, folder, KEY, stage]
    assert subprocess.run(args, check=False).returncode == -signal.SIGKILL
    (left,) = (folder / "unfinished").iterdir()
    assert left.stat().st_size > 800_000 - 4096
    if overwrite:
        np.testing.assert_array_equal(store.read(KEY), old)
    else:
        assert store.read(KEY) is None
    store.open()
    assert left.exists()  # it might still be written to
    os.utime(left, (0, 0))
    store.open()
    assert not left.exists()
    store.write(KEY, np.ones(3))
    np.testing.assert_array_equal(store.read(KEY), np.ones(3))


def test_the_lock_of_a_killed_worker_is_free(folder):
    pytest.importorskip("fcntl")
    code = (
        "import sys, time\nfrom sklearn_genre.features._store import Store\n"
        "store = Store(sys.argv[1])\nstore.open()\n"
        "with store.lock(sys.argv[2]):\n    print('ready', flush=True)\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, folder, KEY], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    got = threading.Event()

    def wait():
        with Store(folder).lock(KEY):
            got.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not got.wait(0.2)
    process.kill()
    assert got.wait(60)
    thread.join()
    process.wait()
    process.stdout.close()


# -- damage ---------------------------------------------------------------------------


def truncate(content):
    return content[: len(content) // 2]


def flip(position):
    def damage(content):
        changed = bytearray(content)
        changed[position] ^= 4
        return bytes(changed)

    return damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: b"", "empty"),
        (lambda content: content[:5], "truncated"),
        (truncate, "truncated"),
        (lambda content: content[:-1], "truncated"),
        (lambda content: content + b"x", "truncated"),
        (flip(2), "checksum"),
        (flip(30), "checksum"),
        (flip(1000), "checksum"),
        (flip(-1), "checksum"),
        (flip(-6), "truncated"),
    ],
)
def test_damaged_entries_are_computed_anew(damage, words, paths, folder, decodes):
    cached = clone(MEL).set_params(memory=folder)
    expected = cached.transform(paths[:2])
    entry = entries(folder)[1]
    good = entry.read_bytes()
    entry.write_bytes(damage(good))
    with pytest.warns(UserWarning, match=f"{entry}: this entry .* damaged.*{words}"):
        got = cached.transform(paths[:2])
    np.testing.assert_array_equal(got, expected)
    assert len(decodes()) == 3
    assert entry.read_bytes() == good
    np.testing.assert_array_equal(cached.transform(paths[:2]), expected)


def test_an_entry_under_the_name_of_another(paths, folder):
    cached = clone(MEL).set_params(memory=folder)
    expected = cached.transform(paths[:2])
    one, other = entries(folder)
    one.write_bytes(other.read_bytes())
    with pytest.warns(UserWarning, match=re.escape(str(one))):
        np.testing.assert_array_equal(cached.transform(paths[:2]), expected)


# -- size -----------------------------------------------------------------------------


def test_the_least_recently_used_go_first(paths, folder, decodes):
    clone(MEL).set_params(memory=folder).transform(paths[:1])
    one = entries(folder)[0].stat().st_size
    cache = FeatureCache(folder, max_bytes=5 * one)
    cached = clone(MEL).set_params(memory=cache)
    for i in (0, 1, 2, 3, 0, 1, 4, 5):  # the fifth of five, then one too many
        cached.transform(paths[i : i + 1])
        time.sleep(0.01)  # more than the clock of a file system may stand still
        assert cache.info()["n_bytes"] <= 5 * one
    start = len(decodes())
    cached.transform([paths[i] for i in (0, 1, 4, 5)])
    assert len(decodes()) == start
    cached.transform(paths[2:3])
    assert decodes()[start:] == [paths[2]]


def test_the_limit_holds_for_several_processes(paths, folder, workers):
    clone(MEL).set_params(memory=folder).transform(paths[:1])
    one = entries(folder)[0].stat().st_size
    cached = clone(MEL).set_params(memory=FeatureCache(folder, max_bytes=4 * one))
    with joblib.parallel_config(**workers):
        got = cached.set_params(n_jobs=2).transform(paths)
    np.testing.assert_array_equal(got, MEL.transform(paths))
    assert 0 < len(entries(folder)) <= 5


def test_an_entry_larger_than_the_limit(paths, folder):
    cache = FeatureCache(folder, max_bytes=100)
    with pytest.warns(UserWarning, match=r"larger than the whole .*max_bytes=100"):
        got = clone(MEL).set_params(memory=cache).transform(paths[:1])
    np.testing.assert_array_equal(got, MEL.transform(paths[:1]))
    assert entries(folder) == []


def test_info_and_clear(paths, folder, decodes):
    cache = FeatureCache(folder)
    nothing = {"n_entries": 0, "n_bytes": 0, "max_bytes": None}
    assert cache.info() == {"folder": str(folder), **nothing}
    cache.clear()
    assert not folder.exists()
    cached = clone(MEL).set_params(memory=cache)
    cached.transform(paths)
    (folder / "mine.txt").write_text("keep")
    (folder / "sklearn_genre" / "unfinished" / "left").touch()
    assert cache.info()["n_entries"] == len(paths)
    assert cache.info()["n_bytes"] == sum(e.stat().st_size for e in entries(folder))
    cache.clear()
    assert cache.info()["n_entries"] == 0
    assert not any((folder / "sklearn_genre" / "unfinished").iterdir())
    assert (folder / "mine.txt").read_text() == "keep"
    cached.transform(paths)
    assert len(decodes()) == 2 * len(paths)


# -- folders and parameters -----------------------------------------------------------


def test_a_folder_that_cannot_be_made(paths, tmp_path):
    (tmp_path / "file").touch()
    cached = clone(MEL).set_params(memory=tmp_path / "file" / "cache")
    with pytest.raises(OSError, match=r"feature cache, '.*file/cache/.*Give memory a"):
        cached.fit(paths).transform(paths)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(paths, folder):
    folder.mkdir(mode=0o500)
    with pytest.raises(OSError, match=r"cannot be used \(Permission denied\)"):
        clone(MEL).set_params(memory=folder).transform(paths)


def test_a_full_disk_costs_time_only(paths, folder, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_store.os, "replace", full)
    with pytest.warns(UserWarning, match=r"cannot be written \(No space left"):
        got = clone(MEL).set_params(memory=folder).transform(paths[:2])
    np.testing.assert_array_equal(got, MEL.transform(paths[:2]))
    assert not any((folder / "sklearn_genre" / "unfinished").iterdir())


def test_a_folder_removed_meanwhile(paths, folder):
    import shutil

    cached = clone(MEL).set_params(memory=folder)
    store = FeatureCache(folder)._store()
    cached.transform(paths[:1])
    shutil.rmtree(folder)
    store.write(KEY, np.ones(3))
    np.testing.assert_array_equal(store.read(KEY), np.ones(3))
    cached.transform(paths[:1])
    assert len(entries(folder)) == 2


@pytest.mark.parametrize(
    ("memory", "words"),
    [
        (3, "memory must be None, a path or a FeatureCache, got 3"),
        (True, "memory must be None, a path or a FeatureCache, got True"),
        (joblib.Memory(None), r"is for Pipeline\(memory=...\); here give its folder"),
    ],
)
def test_bad_memory(memory, words, paths):
    with pytest.raises(TypeError, match=words):
        clone(MEL).set_params(memory=memory).fit(paths)


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"folder": 3}, TypeError, "folder must be a path, got 3"),
        ({"max_bytes": 0}, ValueError, "max_bytes must be an integer >= 1 or None"),
        ({"max_bytes": "1GB"}, ValueError, "max_bytes must be an integer"),
        ({"compare": "name"}, ValueError, "compare must be one of 'mtime', 'content'"),
    ],
)
def test_bad_caches(params, error, words):
    with pytest.raises(error, match=words):
        FeatureCache(**{"folder": "cache", **params})


def test_fitting_makes_no_folder(paths, folder):
    clone(MEL).set_params(memory=folder).fit(paths)
    assert not folder.exists()


# -- estimators that hold one ---------------------------------------------------------


@pytest.mark.parametrize("wrap", [str, Path, partial(FeatureCache, max_bytes=10**8)])
def test_pipelines_are_cloned_pickled_and_saved(wrap, paths, folder, tmp_path, decodes):
    y = np.arange(len(paths)) % 2
    pipe = make_pipeline(
        clone(MEL).set_params(memory=wrap(folder)), SummaryStats(), LogisticRegression()
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
        clone(MEL).set_params(memory=FeatureCache(folder)),
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
    assert repr(MelSpectrogram(memory=FeatureCache("c"))) == (
        "MelSpectrogram(memory=FeatureCache('c'))"
    )


def test_a_relative_folder_is_the_one_of_the_caller(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clone(MEL).set_params(memory="cache").transform(paths[:1])
    assert len(entries(tmp_path / "cache")) == 1
    assert FeatureCache("~/x")._store().folder == Path.home() / "x" / "sklearn_genre"


def test_every_audio_transformer_has_it():
    kinds = {type(transformer) for transformer in TRANSFORMERS}
    found = _audio.AudioTransformer.__subclasses__()
    while found:
        kind = found.pop()
        found += kind.__subclasses__()
        if not kind.__subclasses__() and kind.__module__.startswith("sklearn_genre."):
            assert kind in kinds
            assert kind().memory is None
