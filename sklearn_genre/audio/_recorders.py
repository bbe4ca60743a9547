"""How long files of speech corpora and recorders say they are: NIST, voc, wve."""

import re

_SPHERE_FIELD = re.compile(rb"^(\w+) -(?:i|s\d+) (\S+)", re.MULTILINE)
_VOC_END = 0  # the type of the last block, which has no size
_WVE_START = 32


def recorded_size(file, head, size):
    """Return the size in bytes that the headers of a file claim, 0 if they do not.

    Parameters
    ----------
    file : binary file object
        Seekable.
    head : bytes
        Its first 64 bytes.
    size : int
        Its size in bytes.
    """
    if head.startswith(b"NIST_1A\n"):
        return _sphere_size(file, head)
    if head.startswith(b"Creative Voice File\x1a"):
        return _voc_size(file, head, size)
    if head.startswith(b"ALawSoundFile**\0"):
        return _WVE_START + int.from_bytes(head[18:22], "big")
    return 0


def _sphere_size(file, head):
    """Return where the samples end, by the fields of the header."""
    lines = head.split(b"\n")
    start = int(lines[1]) if lines[1].strip().isdigit() else 0
    file.seek(0)
    fields = dict(_SPHERE_FIELD.findall(file.read(start)))
    sizes = [fields.get(name, b"1") for name in (b"channel_count", b"sample_n_bytes")]
    counts = [fields.get(b"sample_count", b"0"), *sizes]
    # behind a comma there is the name of a compression
    if b"," in fields.get(b"sample_coding", b"") or not all(map(bytes.isdigit, counts)):
        return 0
    n_samples, n_channels, width = map(int, counts)
    return start + n_samples * n_channels * width


def _voc_size(file, head, size):
    """Return where the last block ends."""
    position = int.from_bytes(head[20:22], "little")
    while position + 4 <= size:
        file.seek(position)
        block = file.read(4)
        if block[0] == _VOC_END:
            break
        position += 4 + int.from_bytes(block[1:], "little")
    return position
