"""What the headers of a file promise, beside what it holds."""

import io

from .._utils.formats import foreign_kind
from ._errors import AudioError, truncated
from ._extents import promised_size

# container id -> where its chunks start, bytes of a chunk size, byte order
_CHUNKED = {
    b"RIFF": (12, 4, "little"),
    b"RF64": (12, 4, "little"),
    b"RIFX": (12, 4, "big"),
    b"FORM": (12, 4, "big"),
    b"caff": (8, 8, "big"),
}
_NAMES = (*_CHUNKED, b".snd", b"dns.", b"riff", b"OggS", b"fLaC", b"Creative")
# programs that write to a pipe cannot know the size and leave a value above this
_UNKNOWN_SIZE = 0x7FFFF000


def inspect(file, name):
    """Return the first bytes of a file; refuse empty and truncated files."""
    head = file.read(64)
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise AudioError(
            name, "the file is empty (0 bytes)", "Copy or download it again."
        )
    start, promised = _promise(file, head, size)
    if start + promised > size and promised < _UNKNOWN_SIZE:
        raise truncated(
            name,
            f"its header promises {promised} bytes of samples, "
            f"the file holds {max(size - start, 0)}",
        )
    if head.startswith(b"OggS") and not _ogg_ends(file, size):
        raise truncated(name, "its last page is not marked as the end")
    file.seek(0)
    return head


def _promise(file, head, size):
    """Return where the samples of a file start, or the file, and the bytes promised."""
    if head.startswith(b".snd"):
        return int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
    if head.startswith(b"riff\x2e\x91"):
        return 0, int.from_bytes(head[16:24], "little")  # Wave64: the whole file
    whole = promised_size(file, head, size)
    if whole:
        return 0, whole
    position, width, order = _CHUNKED.get(head[:4], (size, 0, "big"))
    long_size = None
    while position + 4 + width <= size:
        file.seek(position)
        chunk = file.read(4 + width)
        length = int.from_bytes(chunk[4:], order)
        position += 4 + width
        if chunk[:4] == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], order)
        if chunk[:4] in (b"data", b"SSND"):
            return position, length if long_size is None else long_size
        position += length + (length % 2 if width == 4 else 0)
    return 0, 0


def _ogg_ends(file, size):
    """Return whether the last page of an ogg file has the end-of-stream flag."""
    file.seek(max(size - 2**16, 0))
    tail = file.read()
    page = tail[max(tail.rfind(b"OggS"), 0) :]
    if len(page) < 27 or not page[5] & 4:
        return False
    body = 27 + page[26]
    return len(page) >= body + sum(page[27:body])


def is_container(head):
    """Return whether a file of these first bytes has a format with a name in front."""
    return head.startswith(_NAMES) or foreign_kind(head) is not None
