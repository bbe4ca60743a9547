"""Ogg files (Vorbis, Opus, FLAC): their pages, counted and checked.

libsndfile reads the first of several streams that were joined, and passes over pages
that are missing or damaged; the pages say that there should be more.
"""

import zlib
from itertools import accumulate

from ._errors import changing, damaged, truncated
from ._pieces import joined, piece
from ._sound import Sound
from ._window import Window

_FIRST, _LAST = 2, 4
# how the first packet of a sound track starts
_CODECS = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
# Ogg's checksum is that of zlib with the bits of each byte the other way round
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# samples of Vorbis
_LONGEST_BLOCK = 8192
# samples in a page; one that adds more lies about the end
_MOST_IN_PAGE = 255 * _LONGEST_BLOCK


def find_links(file, name):
    """Find the streams of sound that follow each other in an Ogg file.

    Parameters
    ----------
    file : binary file object
        Seekable.
    name : str
        For messages.

    Returns
    -------
    links : list of Link

    Raises
    ------
    AudioError
        If pages inside a stream are missing or damaged.
    """
    links, torn = [], False
    for position, page in _pages(Window(file)):
        torn = len(page) < _size(page)
        if torn:  # it is junk, if others follow
            continue
        if page[5] & _FIRST and (not links or links[-1].begun):
            links.append(Link(file, name))
        if links:
            links[-1].add(position, page)
    links = [link for link in links if link.serial]
    if links:
        links[-1].torn = torn
    for link in links:
        link.check_ends()
    return links


def _pages(window):
    """Iterate over the positions and the bytes of the pages in a file.

    A page that would go on behind the end of the file is as long as it can be.
    """
    position = 0
    while position < window.size:
        at = window.load(position)
        start = window.data.find(b"OggS", at)
        if start < 0 or start > window.limit:
            position = window.start + max(window.limit - 3, at + 1)
            continue
        size = _size(window.data[start : start + 282])
        page = window.data[start : start + size]
        position = window.start + start
        if len(page) >= 27:
            yield position, page
        position += size if len(page) == size else 4


def _size(page):
    """Return the bytes of a page, by the first of them."""
    n = page[26] if len(page) > 26 else 0
    return 27 + n + sum(page[27 : 27 + n])


class Link:
    """One stream of sound in an Ogg file.

    Attributes
    ----------
    serial : bytes
        What its pages are marked with; empty if there is no sound.
    begun : bool
        Whether there was a page beside those that start a stream.
    end, before : int
        The positions that the last two pages give: their last samples.
    torn : bool
        Whether the file ends inside a page.
    lacks : str
        Which of its pages are missing, in words; empty if all are there.
    """

    def __init__(self, file, name):
        self._file, self._name = file, name
        self.serial, self.begun, self.torn = b"", False, False
        self.end = self.before = 0
        self._runs, self._last_page = [], b""
        self._next, self._late = None, False
        self._others = set()  # the marks of other streams, as of a film

    def add(self, position, page):
        """Add the next page of the file."""
        starts = bool(page[5] & _FIRST)
        self.begun = self.begun or not starts
        if starts and not self.serial and _body(page).startswith(_CODECS):
            self.serial = page[14:18]
        if page[14:18] != self.serial:
            self._add_other(position, page, starts)
            return
        self._check(position, page)
        self._last_page = page
        begin = position
        if self._runs and self._runs[-1][1] == position:
            begin = self._runs.pop()[0]
        self._runs.append((begin, position + len(page)))

    def _add_other(self, position, page, starts):
        """Note a page that is not of this stream."""
        serial = page[14:18]
        if starts:
            self._others.add(serial)
        elif serial not in self._others and _is_intact(page):
            raise damaged(
                self._name, f"the stream of the page at byte {position} has no start"
            )

    def _check(self, position, page):
        """Refuse damaged pages, and those that do not follow the last one."""
        if not _is_intact(page):
            raise damaged(self._name, f"in the page at byte {position}")
        self._check_number(position, page)
        end = _end(page)
        if 0 <= end < self.end:
            raise damaged(
                self._name,
                f"the page at byte {position} goes back from sample {self.end}",
            )
        if end > self.end:
            self.before, self.end = self.end, end

    def _check_number(self, position, page):
        """Refuse a page that does not follow the last one; the first may be missing."""
        number = int.from_bytes(page[18:22], "little")
        if page == self._last_page:
            raise damaged(self._name, f"the page at byte {position} is there twice")
        if self._next is not None and number < self._next:
            raise damaged(self._name, f"the page at byte {position} is out of order")
        if self._next not in (None, number):
            if self.end:
                raise damaged(self._name, f"pages are missing at byte {position}")
            self._late = True
        self._next = number + 1

    @property
    def is_cut(self):
        """Return whether the last page is missing."""
        page = self._last_page
        return self.torn or not page[5] & _LAST or _end(page) < 0

    @property
    def is_plain(self):
        """Return whether the file is this stream and nothing else."""
        return not (self.is_cut or self._others) and [a for a, _ in self._runs] == [0]

    def check_ends(self):
        """Refuse a stream without any samples."""
        if self.is_cut and not self.end:
            raise truncated(self._name, "it ends before its first samples")

    @property
    def lacks(self):
        sides = {"first": self._late, "last": self.is_cut}
        lost = " and ".join(side for side, missing in sides.items() if missing)
        return lost and f"its {lost} pages are missing"

    def file(self):
        """Return a file of this stream alone, with an end."""
        *runs, (begin, end) = self._runs
        stop = end - len(self._last_page)
        pieces = [(self._file, *run) for run in [*runs, (begin, stop)]]
        page = self._last_page
        last = page[:5] + bytes([page[5] | _LAST]) + page[6:22]
        last += _checksum(last + bytes(4) + page[26:]) + page[26:]
        return joined([*pieces, piece(last)])


def _body(page):
    """Return what is in a page, behind its header."""
    return page[27 + page[26] :]


def _end(page):
    """Return the position that a page gives, -1 if none."""
    return int.from_bytes(page[6:14], "little", signed=True)


def _is_intact(page):
    """Return whether the checksum of a page is right."""
    return _checksum(page[:22] + bytes(4) + page[26:]) == page[22:26]


def _checksum(page):
    """Return the checksum of a page in which its own place is zero."""
    crc = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return crc.to_bytes(4, "big").translate(_REVERSED)


class OggSound(Sound):
    """A stream of sound in an Ogg file, open.

    Parameters
    ----------
    link : Link
    name : str
        For messages.
    head : bytes
        The first bytes of the file, for messages.
    file : path, descriptor or binary file object, default=None
        Where libsndfile finds it; None: what the link gives.
    **how : dict
        Keywords to open it with.
    """

    # the last sample to which libsndfile jumps
    _safe = 0

    def __init__(self, link, name, head, file=None, **how):
        super().__init__(link.file() if file is None else file, name, head, **how)
        self.lacks = link.lacks
        if link.end - link.before > _MOST_IN_PAGE:
            self.n_samples = self.count()
        # libsndfile goes to a wrong place on the last page, and in any but the first
        # jump after it was opened
        last = min(link.end - link.before, self.n_samples)
        self._safe = self.n_samples - last - _LONGEST_BLOCK

    def _go_to(self, start):
        if not self._safe < self._at <= start:
            super()._go_to(max(min(start, self._safe), 0))
        self._skip_to(start)

    def _check_length(self):
        """Believe the length: all pages are there."""

    def _seek(self, position):
        if self._at:
            self._reopen()
        return super()._seek(position) if position else 0


class ChainedSound:
    """Streams of sound that follow each other in a file, as one.

    Parameters
    ----------
    links : list of Link
    name : str
        For messages.
    head : bytes
        The first bytes of the file, for messages.

    Attributes
    ----------
    rate, n_channels, n_samples : int
    lacks : str
        As in Sound.
    """

    def __init__(self, links, name, head):
        self._links, self._open = links, lambda link: OggSound(link, name, head)
        self._sound, self._at = None, None
        lengths = []
        for k in range(len(links)):
            lengths.append(self._part(k).n_samples)
            form = self._sound.rate, self._sound.n_channels
            if k == 0:
                self.rate, self.n_channels = form
            elif form != (self.rate, self.n_channels):
                seconds = sum(lengths[:-1]) / self.rate
                old = f"{self.rate:,} Hz and {self.n_channels} channels"
                raise changing(name, seconds, old, "{:,} Hz and {}".format(*form))
        self._ends = [*accumulate(lengths)]
        self.n_samples = self._ends[-1]
        self.lacks = next((link.lacks for link in links if link.lacks), "")

    def _part(self, k):
        """Return one of the streams, open; the others are closed."""
        if self._at != k:
            self.close()
            self._sound, self._at = self._open(self._links[k]), k
        return self._sound

    def close(self):
        """Close the stream that is open."""
        if self._sound is not None:
            self._sound.close()

    def blocks(self, start, stop):
        """Iterate over the samples from ``start`` to ``stop``, as in Sound."""
        for k, end in enumerate(self._ends):
            begin = self._ends[k - 1] if k else 0
            if start < end and begin < stop:
                part = max(start, begin) - begin, min(stop, end) - begin
                yield from self._part(k).blocks(*part)
