"""Files made of chunks (wav, aiff, caf), and where in them the samples are."""

import io
import re

from ._pieces import joined, patched, piece

# container id -> where its chunks start, bytes of a chunk size, byte order, and what
# a decoder needs beside the samples
_CONTAINERS = {
    b"RIFF": (12, 4, "little", (b"fmt ", b"fact")),
    b"RF64": (12, 4, "little", (b"fmt ", b"fact")),
    b"RIFX": (12, 4, "big", (b"fmt ", b"fact")),
    b"FORM": (12, 4, "big", (b"FVER", b"COMM")),
    b"caff": (8, 8, "big", ()),
}
CHUNKED = tuple(_CONTAINERS)
_SAMPLES = (b"data", b"SSND", b"BODY")
# bytes of the chunk of samples before the first one; in aiff there are 8
_CAF_LEAD = 4
# what is left for the size by programs that write to a pipe, or more
_UNKNOWN, _UNKNOWN_LONG = range(0x7FFFF000, 2**32), 2**40
# bytes in which samples are searched for behind a chunk of the wrong length
_SEARCHED = 2**24


def is_unknown(size):
    """Return whether a size in bytes is none, but says that it is not known."""
    return size in _UNKNOWN or size >= _UNKNOWN_LONG


class Chunks:
    """The chunks of a file, up to its samples.

    Parameters
    ----------
    file : binary file object
    head : bytes
        The first bytes of the file.
    size : int
        Its size in bytes.

    Attributes
    ----------
    spans : dict from bytes to (int, int)
        Where the content of each chunk starts, and its length as written.
    samples : (int, int) or None
        The span of the chunk of samples.
    """

    def __init__(self, file, head, size):
        self._file, self._id, self._form, self._size = file, head[:4], head[8:12], size
        position, self._width, self._order, self._needed = _CONTAINERS[self._id]
        self.spans, self.samples = {}, None
        while self.samples is None and position + 4 + self._width <= size:
            position = self._add(position)

    def _add(self, position):
        """Add the chunk at a position; return where the next one starts."""
        name, length = self._header(position)
        start = position + 4 + self._width
        self.spans.setdefault(name, (start, length))
        if name in _SAMPLES:
            self.samples = start, self._long(length)
        return start + length + (length % 2 if self._width == 4 else 0)

    def _header(self, position):
        """Return the name and the length of a chunk."""
        self._file.seek(position)
        header = self._file.read(4 + self._width)
        return header[:4], int.from_bytes(header[4:], self._order)

    def _long(self, length):
        """Return the length of the samples, which RF64 keeps elsewhere."""
        if b"ds64" not in self.spans:
            return length
        self._file.seek(self.spans[b"ds64"][0] + 8)
        return int.from_bytes(self._file.read(8), self._order)

    def format_tag(self):
        """Return the number of the codec of a wav file, 0 in others."""
        if b"fmt " not in self.spans:
            return 0
        self._file.seek(self.spans[b"fmt "][0])
        return int.from_bytes(self._file.read(2), self._order)

    def place_of_samples(self):
        """Return where in the file the samples start and end, or None."""
        if self.samples is None:
            return None
        start, length = self.samples
        stop = self._size if self._is_open() else start + length
        return start, min(stop, self._size)

    def mended(self):
        """Return the file with the size of its samples put in, or None if it is right.

        Programs that write to a pipe leave 0 or the largest number, and libsndfile
        does not take all of these for unknown.
        """
        if self.samples is None or not self._is_open():
            return None
        start, at, width = self.samples[0], self.samples[0] - self._width, self._width
        if b"ds64" in self.spans:
            at, width = self.spans[b"ds64"][0] + 8, 8
        size = min(self._size - start, 2 ** (8 * width) - 1)
        return patched(self._file, at, size.to_bytes(width, self._order), self._size)

    def _is_open(self):
        """Return whether libsndfile needs to be told where the samples end."""
        start, length = self.samples
        if length <= self._lead():
            return not self._ends_in_chunks(start + length)
        is_open = is_unknown(length) and start + length > self._size
        return is_open and self._id in (b"RF64", b"caff")

    def _lead(self):
        """Return how many bytes of the chunk of samples come before the first."""
        return _CAF_LEAD if self._id == b"caff" else 8 * (b"SSND" in self.spans)

    def _ends_in_chunks(self, position):
        """Return whether what is left of the file is nothing but chunks."""
        while position + 4 + self._width <= self._size:
            name, length = self._header(position)
            if not name.strip().isalnum():
                return False
            position += 4 + self._width + length + length % 2
        return position in (self._size, self._size + 1)

    def bare(self):
        """Return a file of the samples and what describes them, or None."""
        if not {*self._needed} & {*self.spans}:
            return None
        self._file.seek(0, io.SEEK_END)  # libsndfile may have moved its descriptor
        samples = self.samples or self._search()
        if samples is None:
            return None
        start, length = samples
        spans = {name: self.spans[name] for name in self._needed if name in self.spans}
        spans[b"SSND" if self._id == b"FORM" else b"data"] = start, length
        pieces = [piece(self._id.replace(b"RF64", b"RIFF") + b"\xff" * 4 + self._form)]
        for name, (start, length) in spans.items():
            size = min(length, 2**32 - 1).to_bytes(4, self._order)
            stop = min(start + length, self._size)
            pieces += [piece(name + size), (self._file, start, stop)]
            pieces += [piece(bytes(length % 2))]
        return joined(pieces)

    def _search(self):
        """Return the span of samples behind a chunk of the wrong length, or None."""
        begin = max(
            sum(span) for name, span in self.spans.items() if name in self._needed
        )
        self._file.seek(begin)
        data = self._file.read(_SEARCHED)
        for match in re.finditer(b"data|SSND", data):
            at = match.end()
            length = int.from_bytes(data[at : at + self._width], self._order)
            if begin + at + self._width + length <= self._size:
                return begin + at + self._width, length
        return None
