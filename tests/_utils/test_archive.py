"""Archives of arrays: what is refused before it is read."""

import io
import zipfile

import numpy as np
import pytest
from helpers import bounded_memory

from sklearn_genre._utils import archive


def npy(array, **header):
    known = np.lib.format.header_data_from_array_1_0(array) | header
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, known)
    return buffer.getvalue() + array.tobytes()


ONES = np.ones(4)


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)


def test_round_trip(tmp_path):
    arrays = {"a.b": np.arange(6.0).reshape(2, 3), "empty": np.zeros((0, 3), "f4")}
    archive.write(tmp_path / "a.npz", arrays, {"seed": 1})
    archive.write(tmp_path / "a.npz", arrays, {"seed": 2})
    found, about = archive.read(tmp_path / "a.npz")
    assert found.keys() == arrays.keys()
    np.testing.assert_array_equal(found["a.b"], arrays["a.b"])
    assert about["seed"] == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.npz"]


def test_damage(tmp_path):
    path, other = tmp_path / "a.npz", tmp_path / "b.npz"
    archive.write(path, {"a": ONES}, {"seed": 1})
    content = path.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    for damaged in (b"", b"text", content[:-100], flipped):
        other.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"b\.npz: no weights .* damaged"):
            archive.read(other)
    with np.load(path) as arrays:
        np.savez(other, **{**arrays, "a": 2 * ONES})  # under the old checksum
    with pytest.raises(ValueError, match="damaged"):
        archive.read(other)


def test_a_later_format(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "FORMAT", 2)
    archive.write(tmp_path / "a.npz", {}, {})
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"a\.npz: .* format 2; .* reads format 1"):
        archive.read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "members",
    [
        [("a.npy", npy(ONES, shape=(2**40,)))],
        [("a.npy", npy(ONES, shape=(-4,)))],
        [("a.npy", npy(ONES, descr="|O"))],
        [("a.npy", npy(ONES, descr="|V0"))],
        [("../a.npy", npy(ONES))],
        [("/a.npy", npy(ONES))],
        [("a.txt", b"text")],
        [("a.npy", npy(np.zeros(10**7)))],  # 80 MB of zeros
    ],
    ids=["huge", "negative", "objects", "void", "path", "root", "text", "bomb"],
)
def test_odd_members(members, tmp_path):
    path = tmp_path / "a.npz"
    zipped(path, [*members, ("about.npy", npy(np.array("{}")))])
    with bounded_memory(60), pytest.raises(ValueError, match=r"a\.npz: no weights"):
        archive.read(path)


def test_members_that_share_their_bytes(tmp_path):
    """Two entries of the table of contents that lead to one place."""
    path = tmp_path / "a.zip"
    zipped(path, [("a", bytes(5000)), ("b", b"")], zipfile.ZIP_STORED)
    with zipfile.ZipFile(path) as file:
        first, second = file.infolist()
        second.header_offset, second.file_size = first.header_offset, first.file_size
        with pytest.raises(ValueError, match="members of 10,000 bytes in a file of 5,"):
            archive.check_members(file, path.stat().st_size)
