"""ID3 and APE tags: text and pictures before, behind and between the sound."""

import io

from ._containers import is_container
from ._pieces import joined


def tag_size(head):
    """Return the bytes of an ID3 or APE tag, by its first 32."""
    if head.startswith(b"ID3"):
        size = sum((byte & 0x7F) << 7 * k for k, byte in enumerate(head[9:5:-1]))
        return 10 + size + (10 if head[5:6] >= b"\x10" and head[5] & 0x10 else 0)
    is_header = int.from_bytes(head[20:24], "little") >> 29 & 1
    return 32 + (int.from_bytes(head[12:16], "little") if is_header else 0)


def behind_tags(file):
    """Return a file without the ID3 tags before a container; as it is without them.

    They belong to mp3, but some programs put them before anything. libsndfile takes the
    samples of such a wav or aiff file to end earlier by their length.

    Parameters
    ----------
    file : binary file object
        Seekable.
    """
    start, head = 0, file.read(64)
    while head.startswith(b"ID3"):
        start += tag_size(head)
        file.seek(start)
        head = file.read(64)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if start == 0 or not is_container(head):
        return file
    return joined([(file, start, size)])
