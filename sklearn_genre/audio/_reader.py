"""Open audio files, of which any stretch can be read."""

import contextlib

from ._containers import inspect
from ._errors import truncated, undecodable
from ._sources import check_rate, for_libsndfile, opened

# In these formats libsndfile seeks inexactly and prints messages of the decoder, and
# soundfile seeks after every read. One read from the start is exact and quiet, and
# takes a millisecond for every few seconds skipped; it matters only beyond 2**26
# samples.
_SEQUENTIAL = ("MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III", "OPUS")
_MOST_SKIPPED = 2**26
# samples of one MPEG frame: some encoders count their header frame, which has no audio
_MPEG_SLACK = 1152
# Samples of all channels in a block, 16 MB in float32: most songs of data sets are
# shorter, and blocks of half a minute are resampled a tenth faster than short ones.
_BLOCK = 2**22


@contextlib.contextmanager
def open_audio(source, name):
    """Open a source of audio, to read its samples by their position.

    Parameters
    ----------
    source : path, bytes or binary file object
    name : str
        For messages.

    Yields
    ------
    sound : Sound

    Raises
    ------
    AudioError
        If it cannot be opened or decoded.
    """
    import soundfile

    with opened(source, name) as file:
        head = inspect(file, name)
        source, how = for_libsndfile(source, file)
        try:
            sound = soundfile.SoundFile(source, **how)
        except (soundfile.SoundFileError, TypeError) as error:
            raise undecodable(name, head, error) from error
        with sound:
            check_rate(sound.samplerate, name)
            yield Sound(sound, name, head)


class Sound:
    """The samples of an open file by their position.

    Attributes
    ----------
    rate : int
        In Hz.
    n_channels, n_samples : int
    """

    def __init__(self, sound, name, head):
        self.rate, self.n_channels = sound.samplerate, sound.channels
        self.n_samples = sound.frames
        self._sound, self._name, self._head = sound, name, head
        self._at = 0
        if sound.subtype in _SEQUENTIAL:
            sound.seekable = lambda: False  # what soundfile asks for after every read

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
        slack = _MPEG_SLACK if self._sound.subtype.startswith("MPEG") else 0
        while self._at < stop:
            data = self._read(stop - self._at)
            if not len(data):
                break
            yield data
        if self._at < stop - slack or self._at == start < stop:
            read, wanted = max(self._at - start, 0), stop - start
            raise truncated(self._name, f"{read} of {wanted} samples could be read")

    def _go_to(self, start):
        """Make a sample the next one that is read."""
        if self._at > start:
            self._at = self._seek(0)
        near = (start - self._at) * self.n_channels <= _MOST_SKIPPED
        if self._sound.subtype in _SEQUENTIAL and near:
            while self._at < start and len(self._read(start - self._at)):
                pass
        elif self._at < start:
            self._at = self._seek(start)

    def _seek(self, position):
        """Let libsndfile go to a sample; return it."""
        import soundfile

        try:
            return self._sound.seek(position)
        except soundfile.SoundFileError as error:
            raise undecodable(self._name, self._head, error) from error

    def _read(self, n):
        """Return the next block of samples, ``n`` at most."""
        import soundfile

        n = min(n, max(_BLOCK // self.n_channels, 1))
        try:
            data = self._sound.read(n, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, TypeError) as error:
            raise undecodable(self._name, self._head, error) from error
        self._at += len(data)
        return data
