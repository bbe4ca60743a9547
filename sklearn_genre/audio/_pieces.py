"""A file made of pieces of others."""

import io
import os
import shutil
from bisect import bisect_right
from itertools import accumulate

_BUFFER = 2**16
# Bytes: four minutes at 128 kbit/s. Of longer ones often only an excerpt is decoded,
# and the copy would take longer than what it saves.
_MOST_COPIED = 2**22


def joined(pieces):
    """Return a file object that reads as one file what lies in pieces.

    Parameters
    ----------
    pieces : list of (file, start, stop)
        A binary file object, and a span of its bytes.
    """
    return io.BufferedReader(_Joined(pieces), _BUFFER)


def in_memory(file):
    """Return a descriptor of a copy of a file in memory, where the system has such.

    From it libsndfile reads without Python, and so without its lock. Long files, and
    all on other systems than Linux, are returned as they are.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > _MOST_COPIED or not hasattr(os, "memfd_create"):
        return file
    descriptor = os.memfd_create("frames")
    with open(descriptor, "wb", closefd=False) as copy:
        shutil.copyfileobj(file, copy, _BUFFER)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def piece(data):
    """Return bytes as a piece."""
    return io.BytesIO(data), 0, len(data)


def patched(file, at, data, size):
    """Return a file of ``size`` bytes with other bytes at a place."""
    return joined([(file, 0, at), piece(data), (file, at + len(data), size)])


class _Joined(io.RawIOBase):
    def __init__(self, pieces):
        self._pieces = [piece for piece in pieces if piece[2] > piece[1]]
        lengths = (stop - start for _, start, stop in self._pieces)
        self._ends = [*accumulate(lengths)]
        self._at = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = (0, self._at, self._ends[-1] if self._ends else 0)[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer):
        k = bisect_right(self._ends, self._at)
        if k == len(self._ends):
            return 0
        file, _, stop = self._pieces[k]
        left = self._ends[k] - self._at
        file.seek(stop - left)
        data = file.read(min(left, len(buffer)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
