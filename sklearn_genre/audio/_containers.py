"""What the headers of a file promise, beside what it holds."""

import io

from .._utils.formats import foreign_kind
from ._chunks import CHUNKED, Chunks, is_unknown
from ._errors import AudioError, truncated
from ._extents import promised_size
from ._pieces import patched
from ._recorders import recorded_size

# byte order of au files
_AU = {b".snd": "big", b"dns.": "little"}
_NAMES = (*CHUNKED, *_AU, b"riff", b"OggS", b"fLaC", b"Creative", b"NIST", b"ALaw")


def inspect(file, name):
    """Look at the headers of a file; refuse empty and truncated files.

    Returns
    -------
    head : bytes
        The first ones.
    chunks : Chunks or None
        If it is made of chunks.
    """
    head = file.read(64)
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise AudioError(
            name, "the file is empty (0 bytes)", "Copy or download it again."
        )
    chunks = Chunks(file, head, size) if head.startswith(CHUNKED) else None
    start, promised = _promise(file, head, size, chunks)
    if start + promised > size and not is_unknown(promised):
        raise truncated(
            name,
            f"its header promises {promised} bytes of samples, "
            f"the file holds {max(size - start, 0)}",
        )
    return head, chunks


def _promise(file, head, size, chunks):
    """Return where the samples of a file start, or the file, and the bytes promised."""
    if head[:4] in _AU:
        order = _AU[head[:4]]
        return int.from_bytes(head[4:8], order), int.from_bytes(head[8:12], order)
    if head.startswith(b"riff\x2e\x91"):
        return 0, int.from_bytes(head[16:24], "little")  # Wave64: the whole file
    whole = promised_size(file, head, size) or recorded_size(file, head, size)
    if whole:
        return 0, whole
    return (chunks and chunks.samples) or (0, 0)


def mended(file, head, chunks):
    """Return the file with the size of its samples put in, or None if it is right."""
    if chunks is not None:
        return chunks.mended()
    size = int.from_bytes(head[8:12], _AU.get(head[:4], "big"))
    if head[:4] in _AU and (size == 0 or is_unknown(size)):
        return patched(file, 8, b"\xff" * 4, file.seek(0, io.SEEK_END))
    return None


def is_container(head):
    """Return whether a file of these first bytes has a format with a name in front."""
    return head.startswith(_NAMES) or foreign_kind(head) is not None
