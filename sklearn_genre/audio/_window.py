"""A file as bytes by position, of which a block is at hand."""

import io

_BLOCK = 2**20
# more than a page of Ogg, or a dozen frames of mp3
_AHEAD = 2**16


class Window:
    """A block of a file.

    Parameters
    ----------
    file : binary file object

    Attributes
    ----------
    size : int
        Of the file in bytes.
    start : int
        Where in the file the block starts.
    data : bytes
        The block.
    """

    def __init__(self, file):
        self.file = file
        self.size = file.seek(0, io.SEEK_END)
        self.start, self.data = 0, b""

    def load(self, position):
        """Return where in ``data`` a position is; what follows is there too."""
        if not 0 <= position - self.start < self.limit:
            self.start, self.data = position, self._read(position)
        return position - self.start

    def _read(self, position):
        """Return a block, in as many parts as the file gives it."""
        self.file.seek(position)
        data = b""
        while n := min(_BLOCK, self.size - position) - len(data):
            part = self.file.read(n)
            if not part:  # somebody has cut the file meanwhile
                self.size = position + len(data)
                break
            data += part
        return data

    @property
    def last(self):
        """Return whether ``data`` reaches to the end of the file."""
        return self.start + len(self.data) >= self.size

    @property
    def limit(self):
        """Return where in ``data`` too little is left to look ahead."""
        return len(self.data) - (0 if self.last else _AHEAD)
