"""A file of features that is being written, and the journal of its clips."""

import contextlib
import errno
import json
import os
import shutil
import uuid
from pathlib import Path

import joblib
import numpy as np

from .._utils.archive import npy_header
from .._utils.arrays import dense
from .._utils.clips import is_path, open_clip
from .._utils.files import require_folder
from .._utils.locks import locked
from ..audio import AudioError

_BLOCK = 2**24  # bytes that are in memory while rows are sorted


class Unfinished:
    """Features so far, and a journal with one line per row that names its clip.

    Rows are in the order in which they were computed, and on the disk before their
    lines are written. What a killed process or a power cut leaves may end in the middle
    of a row or a line: as many rows are good as there are whole rows and lines.
    """

    def __init__(self, path, n, identity):
        self.path = Path(path)
        if self.path.suffix != ".npy":
            raise ValueError(f"path must end in .npy, got {str(path)!r}.")
        require_folder(self.path)
        self.part = self.path.with_name(self.path.name + ".part")
        self.journal = self.path.with_name(self.path.name + ".journal")
        self._sent = self.path.with_name(self.path.name + ".rows")
        self.n, self.identity = n, identity
        self.shape = self.dtype = None
        self.done = 0
        # the row of each clip, -1 where there is none yet
        self.rows = np.full(n, -1)

    @contextlib.contextmanager
    def alone(self):
        """Keep other processes from writing the same file meanwhile."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.journal, wait=False))
            except BlockingIOError:
                raise BlockingIOError(
                    errno.EAGAIN, "another process is writing it", str(self.path)
                ) from None
            try:
                yield
            finally:
                with contextlib.suppress(OSError):  # nothing was begun
                    if self.journal.stat().st_size == 0:
                        self.journal.unlink()

    def begin(self, X, overwrite):
        """Find out which clips have features, or begin a file without any."""
        if not overwrite and self.path.exists():
            raise FileExistsError(
                f"{str(self.path)!r} exists; pass overwrite=True to replace it."
            )
        shutil.rmtree(self._sent, ignore_errors=True)  # of a process that was killed
        if not overwrite and self.journal.exists() and self.part.exists():
            self._resume(X)
        if not self.done:
            # the lines first: old ones must not meet new rows
            _write_through(self.journal, "wb", f"{self.identity}\n".encode())
            _write_through(self.part, "wb", b"")

    @contextlib.contextmanager
    def folder(self):
        """Yield the path of a new folder beside the file, for rows of workers.

        Its name is new, too: a worker of a killed process finds nothing to write to,
        and on a machine with other disks there is no such folder.
        """
        folder = self._sent.absolute() / uuid.uuid4().hex
        folder.mkdir(parents=True)
        try:
            yield str(folder)
        finally:
            shutil.rmtree(self._sent, ignore_errors=True)

    def missing(self):
        """Return the positions of the clips that have no features yet."""
        return np.flatnonzero(self.rows < 0).tolist()

    def _resume(self, X):
        """Find the rows that are complete, and cut off what follows."""
        journal = self.journal.read_bytes().decode("utf-8", "replace")
        identity, *lines = journal.split("\n")
        if not lines:  # not even the first line is whole
            return
        if identity != self.identity:
            raise ValueError(
                f"{str(self.part)!r} was begun with another transformer, other "
                "parameters or another version; pass overwrite=True to begin again."
            )
        # after the last line break there is nothing, or a broken line
        lines = lines[: min(len(lines) - 1, self._whole_rows())]
        if not lines:
            self.shape = self.dtype = None
            return
        self._match(lines, X)
        self.done = len(lines)
        with self.journal.open("r+b") as file:
            file.truncate(len("\n".join([identity, *lines, ""]).encode()))
            # else a power cut could bring lines back that other rows follow
            os.fsync(file.fileno())
        with self.part.open("r+b") as file:
            # the number of clips may have changed; NumPy leaves room for it
            self._write_header(file)
            file.truncate(file.tell() + self.done * self._row_bytes())

    def _whole_rows(self):
        """Return the number of whole rows in the file, and find out what they are."""
        with self.part.open("rb") as file:
            try:
                shape, self.dtype = npy_header(file)
            except ValueError:  # nothing but the beginning of a header was written
                return 0
            start = file.tell()
            self.shape = shape[1:]
            return (file.seek(0, os.SEEK_END) - start) // max(self._row_bytes(), 1)

    def _match(self, lines, X):
        """Find the row of each clip by the lines of the journal."""
        unused = {}
        for row in reversed(range(len(lines))):
            unused.setdefault(lines[row], []).append(row)
        for i in range(len(X)):
            if not unused:
                return
            rows = unused.get(line := _line(X[i]))
            if rows:
                self.rows[i] = rows.pop()
            if rows == []:
                del unused[line]
        if unused:
            row = min(rows[-1] for rows in unused.values())
            raise ValueError(
                f"{str(self.part)!r} was begun with other clips: clip {row} was "
                f"{lines[row]}. Give the same clips, or pass overwrite=True to begin "
                "again."
            )

    def append(self, rows, clips, positions):
        """Write the features of the next clips, then their lines."""
        if not clips:
            return
        rows = self._check(rows, clips, positions)
        if self.shape is None:
            self.shape, self.dtype = rows.shape[1:], rows.dtype
            self._check_space()
            with self.part.open("wb") as file:
                self._write_header(file)
        _write_through(self.part, "ab", rows.data)
        with self.journal.open("ab") as file:
            file.writelines(f"{_line(clip)}\n".encode() for clip in clips)
        self.rows[positions] = np.arange(self.done, self.done + len(rows))
        self.done += len(rows)

    def finish(self):
        """Give the file its name, with the rows in the order of the clips."""
        if (np.diff(self.rows) == 1).all():
            with self.part.open("r+b") as file:
                os.fsync(file.fileno())
            os.replace(self.part, self.path)
        else:
            self._write_sorted()
            self.part.unlink()
        self.journal.unlink()
        return self.path

    def _write_sorted(self):
        """Write the file anew, since clips were repaired after others were done."""
        unsorted = np.load(self.part, mmap_mode="r")
        temporary = self.path.with_name(self.path.name + ".sorted")
        step = max(1, _BLOCK // self._row_bytes())
        with temporary.open("wb") as file:
            self._write_header(file)
            for i in range(0, self.n, step):
                file.write(unsorted[self.rows[i : i + step]].tobytes())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)

    def _check(self, rows, clips, positions):
        """Return the rows as an array, of the shape and dtype of those before."""
        expected = np.shape(rows[0]) if self.shape is None else self.shape
        for row, clip, position in zip(rows, clips, positions, strict=True):
            if np.shape(row) != expected:
                raise ValueError(
                    f"clip {position} ({_line(clip)}) has features of shape "
                    f"{np.shape(row)}, but those before it {expected}. Give the audio "
                    "transformer a duration, or end with FixedLength or "
                    "Slicer(n_slices=...)."
                )
        return np.ascontiguousarray(dense(rows), dtype=self.dtype)

    def _check_space(self):
        """Raise an error if the disk is too small for all features."""
        needed = self.n * self._row_bytes()
        free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise OSError(
                errno.ENOSPC,
                f"features of {self.n} clips take {needed / 1e9:.1f} GB, but only "
                f"{free / 1e9:.1f} GB are free",
                str(self.path),
            )

    def _row_bytes(self):
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def _write_header(self, file):
        """Write the header of a .npy file of all clips."""
        header = np.lib.format.header_data_from_array_1_0(np.empty(0, self.dtype))
        header["shape"] = (self.n, *self.shape)
        np.lib.format.write_array_header_1_0(file, header)


def _write_through(path, mode, content):
    """Write bytes to a file; they are on the disk when this returns."""
    with path.open(mode) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _line(clip):
    """Identify a clip in one line: name, size and time of a file, or its content."""
    # a dictionary may name a file, and a decoder has no content before it is asked
    with contextlib.suppress(AudioError):  # it is no audio
        clip = open_clip(clip, 0, None)
    if not is_path(clip):
        return joblib.hash(clip)
    name = os.fspath(clip)
    try:
        stat = os.stat(name)
    except OSError:
        return json.dumps([name, "missing"])
    return json.dumps([name, stat.st_size, stat.st_mtime_ns])
