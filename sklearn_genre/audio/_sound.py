"""The samples of an open file by their position."""

import os

import numpy as np

from ._errors import damaged, reason_of, truncated, undecodable
from ._sources import steady

# In these formats libsndfile seeks inexactly and prints messages of the decoder, and
# soundfile seeks after every read. One read from the start is exact and quiet, and
# takes a millisecond for every few seconds skipped; it matters only beyond 2**26
# samples.
_SEQUENTIAL = (
    *("MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III", "OPUS"),
    *("DWVW_12", "DWVW_16", "DWVW_24"),
)
_MOST_SKIPPED = 2**26
# formats whose integers are in the file as they are, so that none exceeds full scale
_UNCODED = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF")
# Samples of all channels in a block, 16 MB in float32: most songs of data sets are
# shorter, and blocks of half a minute are resampled a tenth faster than short ones.
_BLOCK = 2**22
# A header that promises more samples, and more of them for a byte than flac has for
# silence, is not believed, nor libsndfile's number for a length that is not known.
_MOST_BELIEVED, _MOST_PER_BYTE = 2**24, 2**10
_UNKNOWN = 2**62


class Sound:
    """A file that libsndfile reads, open.

    Parameters
    ----------
    file : path, descriptor or binary file object
    name : str
        For messages.
    head : bytes
        The first bytes of the file, for messages.
    **how : dict
        Keywords to open the file with.

    Attributes
    ----------
    rate : int
        In Hz.
    n_channels, n_samples : int
    lacks : str
        What is missing of the file, in words, if the rest of it can be used; or empty.
    bounded : bool
        Whether samples are in [-1, 1] whatever the file holds.

    Raises
    ------
    AudioError
        If it cannot be decoded.
    """

    lacks = ""
    # how many of the last samples may be missing
    _slack = 0

    def __init__(self, file, name, head, **how):
        self._name, self._head = name, head
        self._file, self._how = file, how
        self._open(file, **how)
        self.rate, self.n_channels = self._sound.samplerate, self._sound.channels
        self.n_samples = self._sound.frames
        n = self.n_samples
        if n > _MOST_BELIEVED and n > _MOST_PER_BYTE * _size(file):
            self._check_length()

    def _check_length(self):
        """Count the samples, if more are promised than a file can hold."""
        promised, self.n_samples = self.n_samples, self.count()
        if self.n_samples < promised < _UNKNOWN:
            raise truncated(
                self._name,
                f"its header promises {promised} samples, {self.n_samples} are there",
            )

    def count(self):
        """Count the samples by decoding all of them."""
        self._go_to(0)
        while len(self._read(_BLOCK)):
            pass
        return self._at

    def _open(self, file, **how):
        """Open a file of samples."""
        import soundfile

        try:
            readable = steady(file) if hasattr(file, "seek") else file
            self._sound = soundfile.SoundFile(readable, **how)
        except (soundfile.SoundFileError, TypeError) as error:
            raise undecodable(self._name, self._head, error) from error
        self._at = 0
        integers = self._sound.subtype.startswith("PCM")
        self.bounded = integers and self._sound.format in _UNCODED
        self._type = "float32"
        if self.bounded and self._sound.subtype == "PCM_16":
            self._type = "int16"  # scaled here, in 0.4 times the time of libsndfile
        self._can_seek = self._sound.seekable()
        self._forward = not self._can_seek or self._sound.subtype in _SEQUENTIAL
        if self._forward:
            # what soundfile asks for after every read
            self._sound.seekable = lambda: False

    def close(self):
        """Close the file, if it was opened by its name."""
        self._sound.close()

    def blocks(self, start, stop):
        """Iterate over the samples from ``start`` to ``stop``.

        Parameters
        ----------
        start, stop : int

        Yields
        ------
        data : ndarray of shape (n_samples_i, n_channels), float32
            May hold NaN.

        Raises
        ------
        AudioError
            If they cannot be decoded, or samples are missing.
        """
        self._go_to(start)
        while self._at < stop:
            data = self._read(stop - self._at)
            if not len(data):
                break
            yield data
        if self._at < stop - self._slack or self._at == start < stop:
            read, wanted = max(self._at - start, 0), stop - start
            raise truncated(self._name, f"{read} of {wanted} samples could be read")

    def _go_to(self, start):
        """Make a sample the next one that is read."""
        if self._at > start:
            self._at = self._seek(0)
        near = (start - self._at) * self.n_channels <= _MOST_SKIPPED
        if not self._can_seek or (self._forward and near):
            self._skip_to(start)
        elif self._at < start:
            self._at = self._seek(start)

    def _skip_to(self, start):
        """Read over the samples before one."""
        while self._at < start and len(self._read(start - self._at)):
            pass

    def _seek(self, position):
        """Let libsndfile go to a sample; return it."""
        import soundfile

        if not self._can_seek:
            return self._reopen()
        try:
            return self._sound.seek(position)
        except soundfile.SoundFileError as error:
            raise damaged(self._name, reason_of(error)) from error

    def _reopen(self):
        """Open the file anew; return its first sample."""
        self._sound.close()
        if isinstance(self._file, int):
            os.lseek(self._file, 0, os.SEEK_SET)
        elif hasattr(self._file, "seek"):
            self._file.seek(0)
        self._open(self._file, **self._how)
        return 0

    def _read(self, n):
        """Return the next block of samples, ``n`` at most."""
        import soundfile

        n = min(n, max(_BLOCK // self.n_channels, 1))
        try:
            data = self._sound.read(n, dtype=self._type, always_2d=True)
        except (soundfile.SoundFileError, TypeError) as error:
            raise damaged(self._name, reason_of(error)) from error
        self._at += len(data)
        return data if self._type == "float32" else data * np.float32(2.0**-15)


def _size(file):
    """Return the size in bytes of a path, a descriptor or a file object."""
    if not hasattr(file, "seek"):
        return os.stat(file).st_size
    position = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(position)
    return size
