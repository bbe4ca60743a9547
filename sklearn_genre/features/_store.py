"""Arrays on disk under keys: complete or absent, even if a writer is killed.

``joblib.Memory`` does not suffice: it returns altered bytes without notice, keys a file
by its name or its whole content, lets two workers compute the same entry at the same
time, limits its size only on request, and unpickles what it finds.

An entry is one ``.npy`` file, readable by ``numpy.load``, followed by a checksum. It is
written under another name and moved into place, so readers find only complete ones.
Data are not forced to the disk: the checksum finds what a power cut leaves incomplete.

Links are not followed inside the folder, and only files with names that this module
gives are removed. The checksum keeps nobody out: whoever can write into the folder can
change features, but an entry can hold nothing but numbers.
"""

import contextlib
import errno
import io
import math
import mmap
import os
import re
import struct
import threading
import time
import uuid
import warnings
import zlib
from pathlib import Path

import numpy as np

from .._utils.archive import npy_header
from .._utils.files import NoFileError, open_file
from .._utils.locks import locked

# after the .npy part: a mark, then the checksum of the key and all bytes before it
_TRAILER = struct.Struct("<8sI")
_MARK = b"GENRENPY"
_LEFTOVER_AGE = 3600.0  # seconds after which the writer of a file counts as dead
# digits of a key that name its lock: with 4,096 locks, two workers rarely want the same
_LOCK_DIGITS = 3
# A folder is scanned again when this share of its limit has been written, and that much
# more than necessary is removed: scanning it at every write would be slow
_SLACK = 1 / 16

# kinds of numbers; transformers of the package write "f" only
_KINDS = "fiubc"
# names of what a store keeps: keys are SHA-256, unfinished files have random names
_SHARD = re.compile("[0-9a-f]{2}")
_ENTRY = re.compile(r"[0-9a-f]{64}\.npy")
_UNFINISHED = re.compile("[0-9a-f]{32}")

# folder -> bytes that this process may still write before it scans the folder; here and
# not in a Store, since scikit-learn keeps cloning the estimators that hold one
_ALLOWANCE = {}
_ALLOWANCE_LOCK = threading.Lock()


class Store:
    """Arrays under keys of hexadecimal digits, in files of a folder.

    Parameters
    ----------
    folder : str or path-like
    max_bytes : int or None, default=None
        Size above which the least recently used entries are removed.
    """

    def __init__(self, folder, *, max_bytes=None):
        self.folder = Path(folder)
        self.max_bytes = max_bytes

    def open(self):
        """Create the folder and remove what killed writers have left there.

        Raises
        ------
        OSError
            If the folder cannot be created, read or written; it names the folder.
        """
        try:
            try:
                self._try_folder()
            except FileNotFoundError:  # another process removed it just now
                self._try_folder()
        except OSError as error:
            raise OSError(
                f"the folder of the feature cache, {str(self.folder)!r}, cannot be "
                f"used ({error.strerror}). Give cache a folder that can be written, "
                "or None for no cache."
            ) from error

    def _try_folder(self):
        """Make the folders, write into them, and remove what is left over."""
        for name in ("entries", "locks", "unfinished"):
            folder = self.folder / name
            folder.mkdir(parents=True, exist_ok=True)
            _refuse_link(folder)
        probe = self._temporary()
        probe.touch(exist_ok=False)
        probe.unlink(missing_ok=True)  # another process may have cleared the cache
        self._remove_leftovers()

    def read(self, key):
        """Return the array of a key; None if there is none or, with a warning, if it is
        damaged.

        Returns
        -------
        array : ndarray or None
            Mapped to the file, and read-only.
        """
        path = self._path(key)
        try:
            _refuse_link(path)
            with open_file(path) as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            array = _unpack(content, key)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # ValueError: an empty file
            self._drop(path, error)
            return None
        with contextlib.suppress(OSError):  # evicted, or another user's
            os.utime(path)
        return array

    def write(self, key, array):
        """Store an array under a key; a failure is a warning, as it only costs time."""
        parts = _pack(np.ascontiguousarray(array), key)
        size = sum(map(len, parts))
        if self.max_bytes is not None and size > self.max_bytes:
            warnings.warn(
                f"an entry of {size} bytes is larger than the whole feature cache "
                f"{str(self.folder)!r} may be (max_bytes={self.max_bytes}); it is not "
                "kept."
            )
            return
        try:
            self._replace(self._path(key), parts)
        except FileNotFoundError:  # cleared by another worker before it was in place
            return
        except OSError as error:
            warnings.warn(
                f"the feature cache {str(self.folder)!r} cannot be written "
                f"({error.strerror}); features are computed, but not kept."
            )
            return
        self._keep_to_limit(size)

    @contextlib.contextmanager
    def lock(self, key):
        """Let one worker at a time compute the entry of a key.

        The system releases the lock when a process dies. Where there are no such locks
        (Windows, some network file systems) no worker waits, and several may compute
        the same entry; the last one written is kept.
        """
        with locked(self.folder / "locks" / key[:_LOCK_DIGITS]):
            yield

    def entries(self):
        """Return a list of (path, bytes, time of last use in ns) of the entries."""
        found = []
        for shard in _scan(self.folder / "entries", _SHARD):
            for entry in _scan(shard, _ENTRY):
                with contextlib.suppress(FileNotFoundError):
                    stat = entry.stat(follow_symlinks=False)
                    found.append((entry.path, stat.st_size, stat.st_mtime_ns))
        return found

    def clear(self):
        """Remove every entry, and every file that is being written."""
        for path, *_ in self.entries():
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(path)
        self._remove_leftovers(age=-math.inf)
        with _ALLOWANCE_LOCK:
            _ALLOWANCE.pop(self.folder, None)

    def _path(self, key):
        """Return the file of a key."""
        return self.folder / "entries" / key[:2] / f"{key}.npy"

    def _temporary(self):
        """Return a new name for a file that is being written."""
        return self.folder / "unfinished" / uuid.uuid4().hex

    def _drop(self, path, error):
        """Remove a damaged entry, with a warning."""
        warnings.warn(
            f"{path}: this entry of the feature cache is damaged ({error}); it is "
            "removed and computed anew."
        )
        with contextlib.suppress(OSError):
            path.unlink()

    def _replace(self, path, parts):
        """Write a file as a whole or not at all."""
        temporary = self._temporary()
        for folder in (path.parent, temporary.parent):
            folder.mkdir(parents=True, exist_ok=True)
            _refuse_link(folder)
        try:
            with open(temporary, "xb") as file:
                file.writelines(parts)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def _remove_leftovers(self, age=_LEFTOVER_AGE):
        """Remove unfinished files that no worker is still writing."""
        for entry in _scan(self.folder / "unfinished", _UNFINISHED):
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                if entry.stat(follow_symlinks=False).st_mtime < time.time() - age:
                    os.unlink(entry.path)

    def _keep_to_limit(self, written):
        """Remove the least recently used entries if there are too many.

        Other processes write, too, so the whole folder is scanned whenever this process
        has written a share of the limit.
        """
        if self.max_bytes is None:
            return
        with _ALLOWANCE_LOCK:
            left = _ALLOWANCE.get(self.folder, 0) - written
            if left <= 0:
                left = min(self._evict(), self.max_bytes * _SLACK)
            _ALLOWANCE[self.folder] = left

    def _evict(self):
        """Remove the oldest entries down to the limit; return the bytes then free."""
        entries = sorted(self.entries(), key=lambda entry: entry[2])
        total = sum(size for _, size, _ in entries)
        goal = self.max_bytes
        if total > goal:
            goal -= self.max_bytes * _SLACK
        for path, size, _ in entries[:-1]:  # never the one just written
            if total <= goal:
                break
            with contextlib.suppress(OSError):  # gone, or mapped on Windows
                os.unlink(path)
            total -= size
        return self.max_bytes - total


def _scan(folder, names):
    """Return what lies in a folder under names of a form.

    Nothing if the folder is missing, is a link or is no folder.
    """
    if os.path.islink(folder):
        return []
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if names.fullmatch(entry.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _refuse_link(path):
    """Raise if a path is a link: what it leads to is not the cache's."""
    if os.path.islink(path):
        raise NoFileError(errno.EINVAL, "it is a link", str(path))


def _pack(array, key):
    """Return the bytes of an entry, in parts."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, np.lib.format.header_data_from_array_1_0(array)
    )
    body = array.reshape(-1).view(np.uint8).data
    check = zlib.crc32(body, zlib.crc32(head.getvalue(), _start(key)))
    return head.getvalue(), body, _TRAILER.pack(_MARK, check)


def _unpack(content, key):
    """Return the array in an entry; raise ValueError if it is not as it was written."""
    end = len(content) - _TRAILER.size
    mark, check = _TRAILER.unpack(content[end:]) if end > 0 else (b"", 0)
    if mark != _MARK:
        raise ValueError("it is truncated")
    with memoryview(content) as view, view[:end] as checked:
        if zlib.crc32(checked, _start(key)) != check:
            raise ValueError("its checksum does not match")
    head = io.BytesIO(content[: min(end, 4096)])
    shape, dtype = npy_header(head)
    # an array of objects would take the bytes of the file for pointers
    if dtype.kind not in _KINDS:
        raise ValueError(f"it holds {dtype}, not numbers")
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes != end - head.tell() or min(shape, default=0) < 0:
        raise ValueError(f"its shape {shape} is not that of its {end} bytes")
    return np.ndarray(shape, dtype, content, head.tell())


def _start(key):
    """Return the start of a checksum, so that an entry under a wrong key is invalid."""
    return zlib.crc32(key.encode())
