"""The folder of the cache: damage, size, folders that fail, parameters."""

import io
import os
import re
import shutil
import threading
import time
import uuid
import zlib

import joblib
import numpy as np
import pytest
from helpers import KEY, MEL, entries, within
from sklearn.base import clone

from sklearn_genre import FeatureCache
from sklearn_genre.features import _store

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
    cached = clone(MEL).set_params(cache=folder)
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
    cached = clone(MEL).set_params(cache=folder)
    expected = cached.transform(paths[:2])
    one, other = entries(folder)
    one.write_bytes(other.read_bytes())
    with pytest.warns(UserWarning, match=re.escape(str(one))):
        np.testing.assert_array_equal(cached.transform(paths[:2]), expected)


def forged(array, key, dtype=None, shape=None):
    """An entry with a valid checksum, whose header says what it likes."""
    head = io.BytesIO()
    header = np.lib.format.header_data_from_array_1_0(array)
    header |= {"descr": dtype or header["descr"], "shape": shape or array.shape}
    np.lib.format.write_array_header_1_0(head, header)
    body = head.getvalue() + array.tobytes()
    check = zlib.crc32(body, zlib.crc32(key.encode()))
    return body + _store._TRAILER.pack(_store._MARK, check)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"dtype": "|O"}, "it holds object, not numbers"),
        ({"dtype": "|V8"}, "it holds .*V8, not numbers"),
        ({"dtype": "<M8[s]"}, "not numbers"),
        ({"dtype": "<U2"}, "not numbers"),
        ({"shape": (5, 8)}, r"its shape \(5, 8\) is not that"),
        ({"shape": (2, 3)}, "its shape"),
        ({"shape": (-4, -8)}, "its shape"),
        ({"shape": (2**62, 2**62)}, "its shape"),
        ({"dtype": "<f4"}, "its shape"),
    ],
)
def test_forged_entries_are_no_arrays(header, words, folder):
    store = FeatureCache(folder)._store()
    store.open()
    array = np.arange(32.0).reshape(4, 8)
    store.write(KEY, array)
    (entry,) = entries(folder)
    assert entry.read_bytes() == forged(array, KEY)
    entry.write_bytes(forged(array, KEY, **header))
    with pytest.warns(UserWarning, match=f"damaged .*{words}"):
        assert store.read(KEY) is None
    assert not entry.exists()


@pytest.mark.parametrize(
    "text", [b"{'descr': ", b"[" * 90, b"{(" * 9, b"\xff", b"'" * 3]
)
def test_headers_that_are_no_header(text, folder):
    store = FeatureCache(folder)._store()
    store.open()
    store.write(KEY, np.ones(3))
    (entry,) = entries(folder)
    body = entry.read_bytes()[: -_store._TRAILER.size]
    body = body[:10] + text.ljust(118) + body[128:]
    check = zlib.crc32(body, zlib.crc32(KEY.encode()))
    entry.write_bytes(body + _store._TRAILER.pack(_store._MARK, check))
    with pytest.warns(UserWarning, match=r"damaged \(it has no header of an array"):
        assert store.read(KEY) is None


def test_what_is_not_the_caches_is_neither_read_nor_removed(tmp_path, folder):
    store = FeatureCache(folder)._store()
    store.open()
    store.write(KEY, np.ones(3))
    (entry,) = entries(folder)
    mine = [
        entry.with_name("notes.txt"),
        entry.parent.parent / "notes.txt",
        entry.parents[2] / "unfinished" / "notes.txt",
    ]
    for path in mine:
        path.write_text("keep")
        os.utime(path, (0, 0))
    (entry.parents[2] / "unfinished" / uuid.uuid4().hex).mkdir()
    (entry.parent / f"{64 * 'a'}.npy").mkdir()
    store.open()
    store.clear()
    assert all(path.read_text() == "keep" for path in mine)
    assert not entry.exists()


def test_links_are_not_followed(tmp_path, folder):
    store = FeatureCache(folder)._store()
    store.open()
    store.write(KEY, np.ones(3))
    (entry,) = entries(folder)
    outside = tmp_path / "outside"
    shutil.move(entry.parent, outside)
    left = outside / uuid.uuid4().hex
    left.touch()
    entry.parent.symlink_to(outside)
    store.clear()
    with pytest.warns(UserWarning, match=r"cannot be written \(it is a link\)"):
        store.write(KEY, np.zeros(3))
    assert sorted(outside.iterdir()) == sorted([left, outside / entry.name])
    entry.parent.unlink()
    entry.parent.mkdir()
    entry.symlink_to(outside / entry.name)
    with pytest.warns(UserWarning, match="damaged .*it is a link"):
        assert store.read(KEY) is None
    assert (outside / entry.name).exists()
    lock = store.folder / "locks" / KEY[:3]
    lock.symlink_to(tmp_path / "planted")
    with store.lock(KEY):
        assert not (tmp_path / "planted").exists()
    shutil.rmtree(store.folder / "unfinished")
    (store.folder / "unfinished").symlink_to(outside)
    store.clear()
    with pytest.raises(OSError, match=r"cannot be used .*it is a link"):
        store.open()
    assert left.exists()


def test_a_pipe_in_the_place_of_an_entry(folder):
    store = FeatureCache(folder)._store()
    store.open()
    store.write(KEY, np.ones(3))
    (entry,) = entries(folder)
    entry.unlink()
    os.mkfifo(entry)
    with pytest.warns(UserWarning, match="damaged .*a named pipe"):
        assert within(10, store.read, KEY) is None


def test_clearing_beside_a_running_transform(paths, folder):
    cached = clone(MEL).set_params(cache=folder)
    expected, done = MEL.transform(paths), threading.Event()

    def clear():
        while not done.is_set():
            FeatureCache(folder).clear()

    thread = threading.Thread(target=clear)
    thread.start()
    try:
        for _ in range(20):
            np.testing.assert_array_equal(cached.transform(paths), expected)
    finally:
        done.set()
        thread.join()


def test_a_folder_removed_while_it_is_opened(paths, folder, monkeypatch):
    store = FeatureCache(folder)._store()
    try_folder, times = _store.Store._try_folder, []

    def removed_once(self):
        times.append(1)
        if len(times) == 1:
            raise FileNotFoundError(2, "No such file or directory")
        try_folder(self)

    monkeypatch.setattr(_store.Store, "_try_folder", removed_once)
    store.open()
    assert len(times) == 2


# -- size -----------------------------------------------------------------------------


def test_the_least_recently_used_go_first(paths, folder, decodes):
    clone(MEL).set_params(cache=folder).transform(paths[:1])
    one = entries(folder)[0].stat().st_size
    cache = FeatureCache(folder, max_bytes=5 * one)
    cached = clone(MEL).set_params(cache=cache)
    for i in (0, 1, 2, 3, 0, 1, 4, 5):  # the fifth of five, then one too many
        cached.transform(paths[i : i + 1])
        time.sleep(0.01)  # more than the clock of a file system may stand still
        assert cache.info()["n_bytes"] <= 5 * one
    start = len(decodes())
    cached.transform([paths[i] for i in (0, 1, 4, 5)])
    assert len(decodes()) == start
    cached.transform(paths[2:3])
    assert decodes()[start:] == [paths[2]]


@pytest.mark.slow
def test_the_limit_holds_for_several_processes(paths, folder, workers):
    clone(MEL).set_params(cache=folder).transform(paths[:1])
    one = entries(folder)[0].stat().st_size
    cached = clone(MEL).set_params(cache=FeatureCache(folder, max_bytes=4 * one))
    with joblib.parallel_config(**workers):
        got = cached.set_params(n_jobs=2).transform(paths)
    np.testing.assert_array_equal(got, MEL.transform(paths))
    assert 0 < len(entries(folder)) <= 5


def test_an_entry_larger_than_the_limit(paths, folder):
    cache = FeatureCache(folder, max_bytes=100)
    with pytest.warns(UserWarning, match=r"larger than the whole .*max_bytes=100"):
        got = clone(MEL).set_params(cache=cache).transform(paths[:1])
    np.testing.assert_array_equal(got, MEL.transform(paths[:1]))
    assert entries(folder) == []


def test_info_and_clear(paths, folder, decodes):
    cache = FeatureCache(folder)
    nothing = {"n_entries": 0, "n_bytes": 0, "max_bytes": None}
    assert cache.info() == {"folder": str(folder), **nothing}
    cache.clear()
    assert not folder.exists()
    cached = clone(MEL).set_params(cache=cache)
    cached.transform(paths)
    (folder / "mine.txt").write_text("keep")
    left = folder / "sklearn_genre" / "unfinished" / uuid.uuid4().hex
    left.touch()
    assert cache.info()["n_entries"] == len(paths)
    assert cache.info()["n_bytes"] == sum(e.stat().st_size for e in entries(folder))
    cache.clear()
    assert cache.info()["n_entries"] == 0
    assert not left.exists()
    assert (folder / "mine.txt").read_text() == "keep"
    cached.transform(paths)
    assert len(decodes()) == 2 * len(paths)


# -- folders and parameters -----------------------------------------------------------


def test_a_folder_that_cannot_be_made(paths, tmp_path):
    (tmp_path / "file").touch()
    cached = clone(MEL).set_params(cache=tmp_path / "file" / "cache")
    with pytest.raises(OSError, match=r"feature cache, '.*file/cache/.*Give cache a"):
        cached.fit(paths).transform(paths)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(paths, folder):
    folder.mkdir(mode=0o500)
    with pytest.raises(OSError, match=r"cannot be used \(Permission denied\)"):
        clone(MEL).set_params(cache=folder).transform(paths)


def test_a_full_disk_costs_time_only(paths, folder, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_store.os, "replace", full)
    with pytest.warns(UserWarning, match=r"cannot be written \(No space left"):
        got = clone(MEL).set_params(cache=folder).transform(paths[:2])
    np.testing.assert_array_equal(got, MEL.transform(paths[:2]))
    assert not any((folder / "sklearn_genre" / "unfinished").iterdir())


def test_a_folder_removed_meanwhile(paths, folder):
    cached = clone(MEL).set_params(cache=folder)
    store = FeatureCache(folder)._store()
    cached.transform(paths[:1])
    shutil.rmtree(folder)
    store.write(KEY, np.ones(3))
    np.testing.assert_array_equal(store.read(KEY), np.ones(3))
    cached.transform(paths[:1])
    assert len(entries(folder)) == 2


@pytest.mark.parametrize(
    ("cache", "words"),
    [
        (3, "cache must be a path, a FeatureCache or None, got 3"),
        (True, "cache must be a path, a FeatureCache or None, got True"),
        (joblib.Memory(None), "would not notice that a file has changed"),
        ("", "cache must be a path"),
        ("a\0b", "cache must be a path"),
    ],
)
def test_bad_cache(cache, words, paths):
    with pytest.raises(ValueError, match=words):
        clone(MEL).set_params(cache=cache).fit(paths)


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"folder": 3}, ValueError, "folder must be a path, got 3"),
        ({"folder": ""}, ValueError, "folder must be a path, got ''"),
        ({"max_bytes": 0}, ValueError, "max_bytes must be an integer >= 1 or None"),
        ({"max_bytes": "1GB"}, ValueError, "max_bytes must be an integer"),
        ({"compare": "name"}, ValueError, "compare must be one of 'mtime', 'content'"),
    ],
)
def test_bad_caches(params, error, words):
    with pytest.raises(error, match=words):
        FeatureCache(**{"folder": "cache", **params})


def test_fitting_makes_no_folder(paths, folder):
    clone(MEL).set_params(cache=folder).fit(paths)
    assert not folder.exists()
