"""Files that are replaced as a whole or not at all."""

import contextlib
import os

import pytest

from sklearn_genre._utils import files
from sklearn_genre._utils.files import NoFileError, replacing


def half_written(path, error):
    with replacing(path) as file:
        file.write(b"half")
        raise error


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(KeyError):
        half_written(path, KeyError)
    assert not list(tmp_path.iterdir())
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        half_written(path, KeyboardInterrupt)
    assert path.read_bytes() == b"old"
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_writers_at_the_same_time_do_not_mix(tmp_path):
    path = tmp_path / "a"
    with replacing(path) as first:
        first.write(b"first, ")
        with replacing(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
        first.write(b"and whole")
    assert path.read_bytes() == b"first, and whole"
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_writers_left_is_removed(tmp_path):
    pytest.importorskip("fcntl")
    path = tmp_path / "a"
    mine = [tmp_path / name for name in ("a.part", "a.notes.part", "b.01234567.part")]
    for left in (*mine, tmp_path / "a.01234567.part", tmp_path / "a.89abcdef.part"):
        left.write_bytes(b"half")
    (tmp_path / "a.00000000.part").mkdir()
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert {*tmp_path.iterdir()} == {path, *mine, tmp_path / "a.00000000.part"}


def test_a_file_taken_before_it_was_locked_is_made_anew(tmp_path, monkeypatch):
    taken = []

    @contextlib.contextmanager
    def late(path, **how):
        if not taken:
            taken.append(path)
            os.unlink(path)
            open(path, "xb").close()
        yield

    monkeypatch.setattr(files, "locked", late)
    with replacing(tmp_path / "a") as file:
        file.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert taken


def test_modes_are_those_of_the_old_file_or_of_the_umask(tmp_path):
    path = tmp_path / "a"
    old = os.umask(0o027)
    try:
        with replacing(path):
            pass
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o640
    path.chmod(0o600)
    with replacing(path):
        pass
    assert path.stat().st_mode & 0o777 == 0o600


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "gone" / "a"):
        pass
    with pytest.raises(NoFileError, match="a folder"), replacing(tmp_path):
        pass


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*no' for 'a'\. Make it"):
        half_written(tmp_path / "no" / "a", KeyError)
