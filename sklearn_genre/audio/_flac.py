"""flac files: the number of their samples, by the header of their last frame."""

import io
import re
from typing import NamedTuple

import numpy as np

from ._errors import AudioError, damaged, no_samples, truncated
from ._pieces import patched
from ._sound import Sound

_MARK = b"fLaC\0\0\0\x22"  # and the length of what follows
# where in the file the number of samples stands, behind four bits of something else
_TOTAL_AT = 21
# bytes in which the last frame is searched for, if the file does not say how large
# frames are; it may be tagged behind
_TAIL = 2**17
# bytes that libsndfile may have read beyond those it has decoded
_AHEAD = 2**17
# where a frame may start, and the samples of a short one
_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_SHORT = 576


class Info(NamedTuple):
    """What the header of a flac file says."""

    longest_block: int
    longest_frame: int  # in bytes; 0 if unknown
    total: int  # 0 if unknown


def read_info(head):
    """Return what the first 64 bytes of a flac file say, or None."""
    if not head.startswith(_MARK) or len(head) < _TOTAL_AT + 5:
        return None
    number = int.from_bytes(head[_TOTAL_AT : _TOTAL_AT + 5], "big") & (2**36 - 1)
    return Info(
        int.from_bytes(head[10:12], "big"), int.from_bytes(head[15:18], "big"), number
    )


def last_sample(file, info):
    """Return where the last frame of a file ends, in samples, or None if unknown.

    That is 0 if it has no frames.

    Parameters
    ----------
    file : binary file object
    info : Info
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - max(4 * info.longest_frame, _TAIL), 0))
    tail = file.read()
    if len(tail) == size and not _SYNC.search(tail):
        return 0
    spans, lengths, at = [], {}, len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        span = _span(tail[at : at + 16].ljust(16, b"\0"), info)
        if span is not None and span[1] == info.total:
            return span[1]
        if span is not None:
            spans.append(span)
            if not tail[at + 1] & 1:  # frames have numbers and are equally long
                lengths[span[0]] = span[1] - span[0]
    n = info.longest_block
    short = (lengths[k] for k in lengths if lengths[k] < n and k + n in lengths)
    if (length := next(short, None)) is not None:  # the header is wrong about it
        return last_sample(file, info._replace(longest_block=length))
    # what looks like a frame is one if it starts where another ends
    ends = {0, *(end for _, end in spans)}
    return next((end for start, end in spans if start in ends), None)


def _span(data, info):
    """Return the samples of the frame that data starts, from and to, or None."""
    if data[1] & 0xFE != 0xF8 or data[3] & 1 or data[3] >> 4 > 10:
        return None
    number, at = _coded_number(data, 4)
    code, rate = data[2] >> 4, data[2] & 15
    if number is None or code == 0 or rate == 15:
        return None
    block, at = _block_length(code, data, at)
    at += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if block > info.longest_block or _checksum(data[:at]) != data[at]:
        return None
    start = number if data[1] & 1 else number * info.longest_block
    return start, start + block


def _block_length(code, data, at):
    """Return the samples in a block by their code, and where the header goes on."""
    if code in (6, 7):
        return int.from_bytes(data[at : at + code - 5], "big") + 1, at + code - 5
    if code == 1:
        return 192, at
    return (576 << (code - 2) if code < 6 else 256 << (code - 8)), at


def _coded_number(data, at):
    """Return a number written as in UTF-8, of up to 36 bits, and where it ends."""
    ones = 8 - (data[at] ^ 0xFF).bit_length()
    if ones in (1, 8):
        return None, at
    length = max(ones, 1)
    number = data[at] & (0x7F >> ones)
    for byte in data[at + 1 : at + length]:
        if byte & 0xC0 != 0x80:
            return None, at
        number = number << 6 | byte & 0x3F
    return number, at + length


def _checksum(data):
    """Return the checksum of the header of a frame."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ (0x107 if crc & 0x80 else 0)
    return crc


def corrected(file, name, head):
    """Return a flac file with the right number of samples, or None if it has it.

    Raises
    ------
    AudioError
        If there are fewer than its header promises, or none.
    """
    info = read_info(head)
    end = info and last_sample(file, info)
    if end == 0 == info.total:
        raise no_samples(name)
    if end is None or end == info.total:
        return None
    if end < info.total:
        last = f"its last is {end}" if end else "it has none"
        raise truncated(name, f"its header promises {info.total} samples, {last}")
    number = (head[_TOTAL_AT] >> 4 << 36 | end).to_bytes(5, "big")
    return patched(file, _TOTAL_AT, number, file.seek(0, io.SEEK_END))


class FlacSound(Sound):
    """A flac file, open.

    Where frames are missing, libsndfile gives silence, and it does not look at what
    comes behind the last one.
    """

    def blocks(self, start, stop):
        yield from super().blocks(start, stop)
        if stop >= self.n_samples and _MARK in self._bytes_from(self._position()):
            raise AudioError(
                self._name,
                f"behind its end at {self.n_samples / self.rate:.6g} s another flac "
                "file starts, as if two were joined",
                "Cut it there and use the parts.",
            )

    def _read(self, n):
        position, at = self._position(), self._at
        data = super()._read(n)
        if _is_silent_somewhere(data):
            n_bytes = self._position() - position + 2 * _AHEAD
            self._check_frames(at, self._bytes_from(position, n_bytes))
        return data

    def _check_frames(self, at, data):
        """Refuse a file if samples from ``at`` on are in none of its frames."""
        info = read_info(self._head)
        places = (match.start() for match in _SYNC.finditer(data))
        spans = [_span(data[k : k + 16].ljust(16, b"\0"), info) for k in places]
        spans = sorted(span for span in spans if span is not None)
        reached = {max((start for start, _ in spans if start <= at), default=at)}
        for start, end in spans:
            if start in reached:
                reached.add(end)
        if data and max(reached) < min(self._at, self.n_samples):
            seconds = f"{max(reached) / self.rate:.6g} s"
            raise damaged(self._name, f"a frame is missing at {seconds}")

    def _raw(self):
        """Return the file object that libsndfile reads, or None."""
        if isinstance(self._file, str):  # it does not tell where it is
            return None
        if isinstance(self._file, int):
            return io.FileIO(self._file, closefd=False)
        return self._file

    def _position(self):
        """Return where in the file libsndfile is, 0 if unknown."""
        file = self._raw()
        return 0 if file is None else file.tell()

    def _bytes_from(self, position, n=-1):
        """Return ``n`` bytes, or all, of those that libsndfile has from a position."""
        file = self._raw()
        if file is None:
            return b""
        now = file.tell()
        file.seek(max(position - _AHEAD, len(_MARK)))
        data = file.read(n)
        file.seek(now)
        return data


def _is_silent_somewhere(data):
    """Return whether samples are zero for as long as a short frame."""
    places = np.flatnonzero(~data[::_SHORT].any(axis=1)) * _SHORT
    half = _SHORT // 2
    return any(not data[max(k - half, 0) : k + half].any() for k in places)
