"""How long files of music players say they are: MP4, Matroska, Windows Media."""

# boxes that MP4 files have at the top; what follows others is no part of the file
_BOXES = {
    *(b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"emsg", b"pdin"),
    *(b"free", b"skip", b"wide", b"uuid", b"udta", b"meta", b"pnot", b"prft"),
}
# the object of a Windows Media file that holds its size
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_BROADCAST = 1


def promised_size(file, head, size):
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
    if head[4:8] == b"ftyp":
        return _mp4_size(file, size)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return _matroska_size(head)
    if head.startswith(b"\x30\x26\xb2\x75"):
        return _asf_size(file, head)
    return 0


def _mp4_size(file, size):
    """Return where the last box ends."""
    position = 0
    while position + 16 <= size:
        file.seek(position)
        box = file.read(16)
        length = int.from_bytes(box[:4], "big")
        if length == 1:
            length = int.from_bytes(box[8:], "big")
        if length < 8 or box[4:8] not in _BOXES:
            break
        position += length
    return position


def _matroska_size(head):
    """Return where the segment ends, which holds all but the first few bytes."""
    position = 4
    length, width = _variable(head[position:])
    position += width + length
    if head[position : position + 4] != b"\x18\x53\x80\x67":
        return 0
    length, width = _variable(head[position + 4 :])
    if width == 0 or length == 2 ** (7 * width) - 1:  # live: the size is unknown
        return 0
    return position + 4 + width + length


def _variable(data):
    """Return a number of variable width, and how many bytes it takes."""
    width = 9 - data[0].bit_length() if data and data[0] else 0
    number = int.from_bytes(data[:width], "big")
    return number & (2 ** (7 * width) - 1), width


def _asf_size(file, head):
    """Return the size that the file properties give."""
    file.seek(0)
    # the header is as large as the cover in it, and may lie about its size
    header = file.read(min(int.from_bytes(head[16:24], "little"), 2**24))
    at = header.find(_ASF_PROPERTIES)
    flags = int.from_bytes(header[at + 88 : at + 92], "little")
    if at < 0 or flags & _ASF_BROADCAST:
        return 0
    return int.from_bytes(header[at + 40 : at + 48], "little")
