"""The search for MPEG audio frames in a file."""

import re

import numpy as np

from ._errors import changing, truncated
from ._mpeg_headers import HEADER, WORDS, Sizes, kind_of, tag_of
from ._tags import tag_size
from ._window import Window

_START = re.compile(HEADER + rb"|ID3[\x02-\x04]|APETAGEX", re.DOTALL)
_TAGS = (b"ID3", b"TAG", b"APE")
_LETTER = re.compile(rb"[XI]")  # the first of a word
# bytes of the longest frame
_LONGEST = 4096
# Headers that must follow each other: noise has that once in 2**43 bytes. In a free
# format any distance will do, so more of them must have it. Behind long junk there must
# be more than the blocks of an MPEG film hold.
_CONSECUTIVE, _CONSECUTIVE_FREE, _CONSECUTIVE_FAR = 3, 6, 12
# bytes in front of the first frame, beside tags
_MOST_JUNK = 2**24


class Walker:
    """The search for frames in a file.

    Attributes
    ----------
    sizes : Sizes or None
        None before the first frame.
    runs : list of (int, int)
        Bytes (first, behind the last) of frames that follow each other.
    tags : list of (int, Tag)
        With the number of frames in front.
    n_bytes : int or None
        Of the file, if nothing is in front of the first frame. libsndfile's decoder
        would print what it finds wrong in tags.
    """

    def __init__(self, file, name):
        self.window, self.name = Window(file), name
        self.sizes = None
        self.runs, self.tags = [], []
        self.n_bytes = None
        self.n_frames = 0
        self._offsets = []
        self._clear = 0  # where the junk starts
        self._cut = False

    def first_start(self):
        """Return the position of the first frame, or None."""
        position = self.next_start(0)
        if position == 0:
            self.n_bytes = self.window.size
        return position

    @property
    def offsets(self):
        """Return where the frames are."""
        return np.concatenate([*self._offsets, np.empty(0, np.int64)])

    def next_start(self, position):
        """Return the position of the next frame that others follow, or None."""
        window = self.window
        junk = window.size if self.sizes else _MOST_JUNK
        most = position + junk
        while position < min(most, window.size):
            match = next(self._candidates(window.load(position)), None)
            if match is None:
                position = window.start + window.limit
            elif match.group().startswith(b"\xff"):
                return window.start + match.start()
            else:
                position = self._behind_tag(window.start + match.start())
                self._clear, most = position, position + junk
        return None

    def _candidates(self, at):
        """Yield the matches, in the bytes at hand, of frames and tags."""
        window = self.window
        for match in _START.finditer(window.data, at):
            if match.start() >= window.limit:
                return
            if not match.group().startswith(b"\xff") or self._starts(match.start()):
                yield match

    def _starts(self, at):
        """Return whether frames start at a place; take over their sizes."""
        data = self.window.data
        sizes = self._sizes_at(at)
        if sizes is None:
            return False
        same = self.sizes is None or sizes.kind == self.sizes.kind
        needed = self._needed(at, same)
        count, end = sizes.follow(data, at, needed)
        cut = end > len(data)
        ends = cut or end == len(data) or data[end : end + 3] in _TAGS
        few = same and ends and needed <= _CONSECUTIVE and count > cut
        if count < needed and not few:
            return False
        if not same:
            raise self._changed(sizes.kind, at)
        self.sizes = sizes
        return True

    def _needed(self, at, same):
        """Return how many frames must follow each other at a place."""
        if self.sizes is not None:
            return _CONSECUTIVE - same
        position = self.window.start + at
        before = self.window.data[max(at - _LONGEST, 0) : at]
        far = position - self._clear > _LONGEST and before.strip(b"\0")
        return _CONSECUTIVE_FAR if far else _CONSECUTIVE

    def _sizes_at(self, at):
        """Return the sizes of frames of the kind that a header has, or None."""
        data = self.window.data
        kind = kind_of(data[at : at + 4])
        if kind is None:
            return None
        known = self.sizes is not None and kind == self.sizes.kind
        if known and (not kind.free or self.sizes.follow(data, at, 2)[0] == 2):
            return self.sizes
        return Sizes(kind, _free_size(kind, data, at) if kind.free else 0)

    def _changed(self, kind, at):
        """Return the error for frames of another kind than those before."""
        old, place = self.sizes.kind, f"at byte {self.window.start + at}"
        seconds = self.n_frames * old.samples / old.rate
        return changing(self.name, seconds, _words(old), _words(kind), cut=place)

    def _behind_tag(self, position):
        """Return the end of an ID3 or APE tag, if what is there can follow a tag."""
        window = self.window
        at = window.load(position)
        end = position + tag_size(window.data[at : at + 32])
        if end < window.size:
            at = window.load(end)
            next_bytes = window.data[at : at + 4]
            known = next_bytes.startswith((*_TAGS, bytes(4)))
            return end if known or kind_of(next_bytes) else position + 3
        return end if end == window.size else position + 3

    def walk(self, position):
        """Keep the frames from a position to where they end.

        Returns
        -------
        last, end : int
            Where the last frame starts, and where it ends.
        """
        window, last = self.window, position
        while True:
            found, end = self._steps(window.load(position))
            self._keep(found, end)
            last = window.start + found[-1] if found else last
            position = window.start + end
            if end < window.limit or window.last:
                return last, position

    def _steps(self, at):
        """Return where whole frames start that follow each other, and their end."""
        data, limit, sizes, found = self.window.data, self.window.limit, self.sizes, []
        while at < limit and (size := sizes[data[at : at + 4]]):
            found.append(at)
            at += size
        if at > len(data):  # the file ends within the last one
            self._cut = True
            at = found.pop()
        elif found and data[at:] and data[found[0] :].startswith(data[at:][:2]):
            self._cut = len(data) - at in (2, 3)  # or within its header
        return found, at

    def _keep(self, found, end):
        """Keep the frames at places in the bytes at hand, but those that hold tags."""
        first = 0
        for k, tag in self._tags_in(found):
            self._add(found[first:k], found[k])
            self.tags.append((self.n_frames, tag))
            first = k + 1
        self._add(found[first:], end)

    def _tags_in(self, found):
        """Return the indices of frames with tags, and the tags."""
        data, kind = self.window.data, self.sizes.kind
        if kind.layer < 3 or not found:
            return []
        at = kind.tag_at
        # most frames are passed over by one letter, which NumPy looks at
        letters = np.frombuffer(data, np.uint8).take(np.add(found, at), mode="clip")
        maybe = (match.start() for match in _LETTER.finditer(letters.tobytes()))
        marked = [k for k in maybe if data[found[k] + at : found[k] + at + 4] in WORDS]
        firsts = [0] if 0 not in marked else []
        tags = [(k, tag_of(kind, data[found[k] :][:256])) for k in firsts + marked]
        return [(k, tag) for k, tag in tags if tag]

    def _add(self, found, end):
        """Add frames that follow each other."""
        if not found:
            return
        offsets = np.array(found, np.int64) + self.window.start
        self._offsets.append(offsets)
        self.n_frames += len(found)
        begin, end = int(offsets[0]), self.window.start + end
        if self.runs and self.runs[-1][1] == begin:
            begin = self.runs.pop()[0]
        self.runs.append((begin, end))

    def drop(self, last):
        """Drop the last frame: another starts within it."""
        if self.n_frames and self._offsets[-1][-1] == last:
            self._offsets[-1] = self._offsets[-1][:-1]
            begin, _ = self.runs.pop()
            if last > begin:
                self.runs.append((begin, last))
            self.n_frames -= 1

    def _is_even(self):
        """Return whether all frames follow each other, and the last one is whole."""
        return len(self.runs) == 1 and not self._cut

    @property
    def lacks(self):
        """Return what is missing at the end, as in Sound, if no tag tells of it."""
        before, tag = self.tags[-1] if self.tags else (0, None)
        promised = tag is not None and tag.n_frames
        whole = promised and self.n_frames - before <= promised
        return "its last frame is cut" if self._cut and not whole else ""

    def check(self):
        """Refuse files with fewer frames than their tags promise."""
        counts = [n for n, _ in self.tags] + [self.n_frames]
        for (before, tag), after in zip(self.tags, counts[1:], strict=True):
            # some encoders count the frame of the tag
            least = (tag.n_frames or 0) - self._is_even()
            if after - before < least:
                raise truncated(
                    self.name,
                    f"its header promises {tag.n_frames} frames, "
                    f"{after - before} are there",
                )


def _free_size(kind, data, at):
    """Return the bytes, without padding, of the frames of a free format, or 0."""
    padding = kind.slot * (data[at + 2] >> 1 & 1)
    for match in _START.finditer(data, at + 24, at + _LONGEST):
        sizes = Sizes(kind, match.start() - at - padding)
        if sizes.follow(data, at, _CONSECUTIVE_FREE)[0] == _CONSECUTIVE_FREE:
            return sizes.free_size
    return 0


def _words(kind):
    """Describe frames for messages."""
    channels = "mono" if kind.channels == 1 else "stereo"
    return f"{kind.rate:,} Hz {channels} of layer {kind.layer * 'I'}"
