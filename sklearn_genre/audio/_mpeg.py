"""The frames of an MPEG audio file (mp3, mp2, mp1), counted by their headers.

No header of such a file is needed to play it, and few are right: libsndfile guesses the
length of a file without one from the size of its first frame, and ends at junk. Here
every frame is found. Of what libsndfile would misjudge it is then given the frames
alone, behind one made-up Xing frame that has their number.
"""

import io
import math

from ._mpeg_headers import DECODER_DELAY, WORDS, borrowed, mute, silent_frame
from ._mpeg_scan import Walker
from ._pieces import in_memory, joined, piece
from ._sound import Sound

# The decoder needs the frames before: one for the overlap of windows, and what layer
# III borrows from, 255 bytes (24 frames at the lowest bitrate) or, in MPEG-1, 511 (8).
# In multiples of eight frames, its loops add in the same order.
_BEFORE = 32
# silent frames behind the made-up one: libsndfile drops the first samples
_SILENT = 8
_ID3V1 = 128  # bytes of such a tag
# samples that are decoded and dropped rather than sought over
_NEAR = 2**16


def scan(file, name):
    """Find the frames of an MPEG audio file.

    Parameters
    ----------
    file : binary file object
        Seekable.
    name : str
        For messages.

    Returns
    -------
    frames : Frames or None
        None if there are none: the file is in another format.

    Raises
    ------
    AudioError
        If frames are missing that a header promises, or the rate or the number of
        channels changes.
    """
    walker = Walker(file, name)
    position = walker.first_start()
    while position is not None:
        last, end = walker.walk(position)
        position = walker.next_start(last + 4)
        if position is not None and position < end:
            walker.drop(last)
    walker.check()
    return Frames(walker) if walker.n_frames else None


class Frames:
    """The frames of an MPEG audio file that hold sound.

    Attributes
    ----------
    kind : Kind
    rate, channels, samples_per_frame : int
    offsets : ndarray of shape (n_frames,), int64
        Where in the file each frame starts.
    lead : int
        Samples at the start that are left out: the encoder's delay, if a header
        states it, and the decoder's.
    n_samples : int
        Samples per channel that the file is decoded to.
    plain : bool
        Whether libsndfile finds the same samples by itself.
    alone : bool
        Whether it finds them if its guess of their number is high enough: the file
        has no header, and nothing but frames that can be decoded.
    lacks : str
        As in Sound.
    """

    def __init__(self, walker):
        self._file, self._runs = walker.window.file, walker.runs
        self._sizes = walker.sizes
        self.kind = walker.sizes.kind
        self.rate, self.channels = self.kind.rate, self.kind.channels
        self.samples_per_frame = self.kind.samples
        self.offsets, self.lacks = walker.offsets, walker.lacks
        tags = dict(walker.tags)
        self.lead = tags[0].lead if 0 in tags else 0
        whole = [*tags] == [0] and self._promised(tags[0])
        self.plain = (
            whole and len(self._runs) == 1 and _is_near(tags[0].n_bytes, walker.n_bytes)
        )
        self.n_samples = len(self.offsets) * self.samples_per_frame - self.lead
        padding = max(tags[0].padding - DECODER_DELAY, 0) if whole else 0
        if padding < self.n_samples:
            self.n_samples -= padding
        else:
            self.plain = False
        self.alone = not tags and self._is_alone(walker.n_bytes)

    def _is_alone(self, n_bytes):
        """Return whether there is nothing else in the file, but an ID3v1 tag."""
        usual = self.kind.layer == 3 and not self.kind.free
        if n_bytes is None or not usual or len(self.offsets) <= _BEFORE:
            return False  # libsndfile does not find the first of a few
        (_, end), *others = self._runs
        self._file.seek(end)
        tag = self._file.read(3) if n_bytes - end == _ID3V1 else b""
        if others or (n_bytes > end and tag != b"TAG"):
            return False
        head = self._head(0)
        return self._without_debts(head) == head

    def _head(self, first):
        """Return the bytes of some frames."""
        return joined(self.pieces(first, first + _BEFORE)).read()

    def _promised(self, tag):
        """Return whether libsndfile finds as many frames by a tag as there are."""
        return tag.n_frames == len(self.offsets) and tag.word in WORDS

    def pieces(self, first, stop=None):
        """Return the spans of bytes of frames, without the junk between them.

        Parameters
        ----------
        first : int
            The first frame.
        stop : int or None, default=None
            The frame to end before; None: the end.

        Returns
        -------
        pieces : list of (file, int, int)
        """
        n = len(self.offsets)
        begin = self.offsets[first] if first < n else math.inf
        end = math.inf if stop is None or stop >= n else self.offsets[stop]
        spans = ((max(begin, a), min(end, b)) for a, b in self._runs)
        return [(self._file, int(a), int(b)) for a, b in spans if a < b]

    def excerpt(self, start):
        """Return a file that libsndfile decodes to the samples from one on.

        Parameters
        ----------
        start : int
            The first sample wanted, of the ``n_samples``.

        Returns
        -------
        file : binary file object
        skip : int
            How many samples it has before.
        """
        self._file.seek(0, io.SEEK_END)  # libsndfile may have moved its descriptor
        start += self.lead
        first = max(start // self.samples_per_frame - _BEFORE, 0) // 8 * 8
        skip = start - first * self.samples_per_frame
        head = self._head(first)
        rest = self.pieces(first + _BEFORE)
        if self.kind.layer < 3:
            tail = self._repeats(head, rest)
            return joined([piece(head), *rest, piece(tail)]), skip
        silent = _SILENT * silent_frame(self.kind)
        xing = silent_frame(self.kind, _SILENT + len(self.offsets) - first)
        head = xing + silent + self._without_debts(head)
        skip += _SILENT * self.samples_per_frame - DECODER_DELAY
        return joined([piece(head), *rest]), skip

    def _without_debts(self, stretch):
        """Mute the frames that borrow from some before the first.

        They cannot be decoded, and the decoder would say so on standard error.
        """
        parts, at, saved = [], 0, 0
        while at < len(stretch):
            frame = stretch[at : at + self._sizes[stretch[at : at + 4]]]
            muted = borrowed(self.kind, frame) > saved
            parts.append(mute(self.kind, frame) if muted else frame)
            saved += len(frame) - self.kind.tag_at
            at += len(frame)
        return b"".join(parts)

    def _repeats(self, head, rest):
        """Return the first frame as often as libsndfile's guess of the length needs.

        Layers I and II have no Xing tag: it divides by the size of that frame.
        """
        size = self._sizes[head[:4]]
        n = len(self.offsets)
        n_bytes = len(head) + sum(stop - start for _, start, stop in rest)
        return max(n + 1 - n_bytes // size, 0) * head[:size]


class MpegSound(Sound):
    """The samples of an MPEG audio file, open.

    Parameters
    ----------
    frames : Frames
    name : str
        For messages.
    head : bytes
        The first bytes of the file, for messages.
    file : path, descriptor or binary file object, default=None
        If libsndfile can read it as it is.
    **how : dict
        Keywords to open it with.
    """

    _slack = 1152

    def __init__(self, frames, name, head, file=None, **how):
        self._frames = frames
        file, skip = self._excerpt(0) if file is None else (file, 0)
        super().__init__(file, name, head, **how)
        self._at = -skip
        if frames.alone and self._sound.frames < frames.n_samples:
            self._reopen_at(0)
        self.n_samples, self.lacks = frames.n_samples, frames.lacks

    def _excerpt(self, start):
        """Return what to read from a sample on, and how many come before it."""
        file, skip = self._frames.excerpt(start)
        return in_memory(file), skip

    def _go_to(self, start):
        if not 0 <= start - self._at <= _NEAR:
            self._reopen_at(start)
        self._skip_to(start)

    def _reopen_at(self, start):
        """Open what has the frames from a little before a sample on."""
        self._sound.close()
        file, skip = self._excerpt(start)
        self._open(file)
        self._at = start - skip


def _is_near(promised, n_bytes):
    """Return whether libsndfile takes a number of bytes without printing a warning."""
    if n_bytes is None or promised is None:
        return n_bytes is not None
    return abs(promised - n_bytes) <= n_bytes / 128
