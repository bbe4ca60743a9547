"""Headers of MPEG audio frames (mp3, mp2, mp1), and the Xing, Info and VBRI tags."""

import re
from typing import NamedTuple

# kbit/s by bitrate index, for (MPEG-1, layer) and for the lower rates of MPEG-2 and 2.5
_KBITS = {
    (True, 1): range(0, 449, 32),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
HEADER = rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x00-\xeb]"
_is_header = re.compile(HEADER, re.DOTALL).match
# samples by which the decoder of libsndfile lags, and which it removes behind Xing
DECODER_DELAY = 529
WORDS = (b"Xing", b"Info")


class Kind(NamedTuple):
    """What the frames of a stream have in common."""

    first: bool  # MPEG-1, not 2 or 2.5
    layer: int
    rate: int
    channels: int
    free: bool  # of a free format: the bitrate is not in the header

    @property
    def samples(self):
        """Return the samples per channel in a frame."""
        if self.layer == 1:
            return 384
        return 1152 if self.first or self.layer == 2 else 576

    @property
    def slot(self):
        """Return the bytes of padding that a header may announce."""
        return 4 if self.layer == 1 else 1

    @property
    def tag_at(self):
        """Return where in a frame of layer III a Xing or Info tag stands."""
        return 4 + {(True, 2): 32, (False, 1): 9}.get((self.first, self.channels), 17)


def kind_of(header):
    """Return the kind of frame that four bytes start, or None."""
    if len(header) < 4 or not _is_header(header):
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate = header[2] >> 2 & 3
    if rate == 3 or header[2] >> 4 == 15:
        return None
    return Kind(
        first=version == 3,
        layer=layer,
        rate=(44100, 48000, 32000)[rate] >> {3: 0, 2: 1, 0: 2}[version],
        channels=1 if header[3] >> 6 == 3 else 2,
        free=header[2] >> 4 == 0,
    )


class Sizes(dict):
    """Bytes of a frame by its header; 0 where the header is not of one kind.

    Parameters
    ----------
    kind : Kind
    free_size : int, default=0
        The bytes of a frame of a free format, without its padding.
    """

    def __init__(self, kind, free_size=0):
        super().__init__()
        self.kind = kind
        self.free_size = free_size

    def __missing__(self, header):
        size = self._measure(header) if kind_of(header) == self.kind else 0
        self[header] = size
        return size

    def _measure(self, header):
        kind, padding = self.kind, self.kind.slot * (header[2] >> 1 & 1)
        if kind.free:
            return self.free_size + padding if self.free_size else 0
        bits = 1000 * _KBITS[kind.first, kind.layer][header[2] >> 4]
        slots = kind.samples // 8 // kind.slot * bits // kind.rate
        return slots * kind.slot + padding

    def follow(self, data, at, most):
        """Return how many frames, up to ``most``, follow each other, and their end."""
        count = 0
        while count < most and (size := self[data[at : at + 4]]):
            at += size
            count += 1
        return count, at


class Tag(NamedTuple):
    """What a Xing, Info or VBRI frame says about the frames behind it."""

    word: bytes
    n_frames: int | None
    n_bytes: int | None  # with the frame of the tag
    delay: int  # samples that the encoder has put before the first
    padding: int  # and behind the last

    @property
    def lead(self):
        """Return how many of the first samples libsndfile leaves out."""
        return 0 if self.word == b"VBRI" else self.delay + DECODER_DELAY


def tag_of(kind, frame):
    """Return the tag in a frame (of which the first 256 bytes will do), or None."""
    for at in (kind.tag_at, kind.tag_at + 2):  # + 2: behind a checksum
        if frame[at : at + 4] in WORDS and not frame[6:at].strip(b"\0"):
            return _xing(frame, at)
    if frame[36:40] == b"VBRI":
        return Tag(b"VBRI", _number(frame, 50), None, 0, 0)
    return None


def _xing(frame, at):
    """Return the tag that stands at a place in its frame."""
    word, flags = frame[at : at + 4], _number(frame, at + 4)
    at += 8
    counts = []
    for bit, size in enumerate((4, 4, 100, 4)):
        counts.append(_number(frame, at) if flags >> bit & 1 else None)
        at += size * (flags >> bit & 1)
    encoder = frame[at : at + 24]
    both = int.from_bytes(encoder[21:], "big") if encoder[:1] > b"\0" else 0
    return Tag(word, *counts[:2], both >> 12, both & 0xFFF)


def _number(data, at):
    """Return the 32-bit number at a place in bytes."""
    return int.from_bytes(data[at : at + 4], "big")


def silent_frame(kind, n_frames=None):
    """Return a frame without sound, as long as can be: others may borrow from it.

    Parameters
    ----------
    kind : Kind
        Of layer III.
    n_frames : int or None, default=None
        If given, the frame holds a Xing tag with this number.
    """
    version = {True: 3}.get(kind.first, 2 if kind.rate >= 16000 else 0)
    rate = (44100, 48000, 32000).index(kind.rate << {3: 0, 2: 1, 0: 2}[version])
    mode = 0xC0 if kind.channels == 1 else 0
    header = bytes((0xFF, 0xE3 | version << 3, 14 << 4 | rate << 2, mode))
    frame = bytearray(Sizes(kind._replace(free=False))[header])
    frame[:4] = header
    if n_frames is not None:
        tag = b"Xing" + (1).to_bytes(4, "big") + n_frames.to_bytes(4, "big")
        frame[kind.tag_at : kind.tag_at + 12] = tag
    return bytes(frame)


def borrowed(kind, frame):
    """Return how many bytes a frame of layer III takes from those before it."""
    at = _side_info(frame)
    return frame[at] << 1 | frame[at + 1] >> 7 if kind.first else frame[at]


def mute(kind, frame):
    """Return a frame of layer III without its sound, but with its bytes for others."""
    at = _side_info(frame)
    side = bytearray(kind.tag_at - 4)
    side[:2] = (frame[at], frame[at + 1] & 0x80) if kind.first else (frame[at], 0)
    header = bytes((frame[0], frame[1] | 1, *frame[2:4]))  # no checksum
    return header + side + bytes(at - 4) + frame[at + len(side) :]


def _side_info(frame):
    """Return where the side information starts: behind the header and checksum."""
    return 4 if frame[1] & 1 else 6
