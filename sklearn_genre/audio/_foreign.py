"""Sound that libsndfile does not decode, through PyAV, which brings FFmpeg with it."""

import itertools

import numpy as np

from ._errors import (
    AudioError,
    beyond_codecs,
    damaged,
    no_samples,
    truncated,
    without_codecs,
)
from ._sources import steady

# FFmpeg's readers of files that hold music. Others open the files that a playlist or
# a script names, take text or noise for sound, or read what libsndfile reads better.
_READERS = (
    *("mov", "matroska", "asf", "ogg", "flac", "wav", "w64", "caf", "rm", "mpegts"),
    *("aac", "loas", "ac3", "eac3", "dts", "dtshd", "truehd", "mlp", "amr", "oma"),
    *("ape", "wv", "tta", "tak", "shn", "mpc", "mpc8", "dsf", "iff"),
)
_OPTIONS = {
    "format_whitelist": ",".join(_READERS),
    "protocol_whitelist": "none",  # only the file at hand is ever opened
}
# lossless formats have checksums, which FFmpeg compares only if it is told to
_STRICT = {"err_detect": "crccheck+explode"}
# readers that find the right place: that of Ogg may err by a page, others are untried
_SEEKING = (
    *("mov", "matroska", "asf", "mpegts", "caf"),
    *("aac", "eac3", "flac", "wv", "tta"),
)
# readers whose headers state the number of samples, and the length of a track
_COUNTED = ("flac", "wv", "ape", "tta", "tak")
_TIMED = ("mov", "matroska", "ogg")
# readers that guess the length by the bit rate: nine tenths of it are surely there
_GUESSING, _SURE = ("aac", "eac3", "mpegts"), 0.9
# decoders whose blocks are all of one length
_EVEN = ("aac", "ac3", "eac3", "mp3", "mp3float", "opus", "wmav1", "wmav2")
# Samples of a channel beyond which to seek. Decoding as many takes some 50 ms, and
# gives the same noise, where a decoder adds any (AAC, AC-3), as the file as a whole.
_FAR = 2**21
# Seconds decoded before a part of a file and dropped: what a codec carries over from
# one block to the next has faded by then (measured: Opus takes 0.45 s to reach 1e-4).
# In the first of them the clock may err, as that of wma, by a block.
_LEAD, _SETTLING = 1.5, 0.5
# Seconds by which the clock of a file may jump from one block to the next, and by
# which it may run ahead of its blocks altogether: then some of them are lost.
_JITTER, _MOST_LOST = 0.005, 0.1
# samples of a channel that are joined before they are passed on
_BLOCK = 2**18
# integers at full scale, by the bytes of a sample
_FULL_SCALE = {1: 2.0**7, 2: 2.0**15, 4: 2.0**31, 8: 2.0**63}


def codecs_version():
    """Return the versions of PyAV and its FFmpeg, None if it is not installed."""
    try:
        import av
    except ImportError:
        return None
    return f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"


class ForeignSound:
    """A file that FFmpeg reads.

    Parameters
    ----------
    file : binary file object
        Seekable.
    refusal : AudioError
        Why libsndfile does not decode it.
    head : bytes
        The first bytes of the file, for messages.

    Attributes
    ----------
    rate : int
        In Hz.
    n_channels, n_samples : int
    lacks : str
        As in Sound.

    Raises
    ------
    AudioError
        If PyAV is not installed or does not decode the file either, or if the file has
        no sound track, or is damaged or truncated as far as it had to be decoded to
        count its samples.
    """

    def __init__(self, file, refusal, head):
        self._file, self._name, self._track = file, refusal.source, None
        self.lacks = refusal.lacks
        try:
            import av
        except ImportError:
            raise without_codecs(refusal, head) from refusal
        try:
            self._start()
        except av.FFmpegError as error:
            raise beyond_codecs(refusal, head, error.strerror) from error
        self.rate, self.n_channels = self._track.rate, self._track.n_channels
        self.n_samples, self._all = self._count()

    def close(self):
        """Let FFmpeg free its memory; the file stays open."""
        if self._track is not None:
            self._track.close()

    def blocks(self, start, stop):
        """Iterate over the samples from ``start`` to ``stop``, as in Sound."""
        if self._all is not None:
            yield self._all[start:stop]
            return
        if start < self._track.at:
            self._start()
        if start > self._track.at + _FAR:
            self._jump(start)
        at = start
        for data in self._track.blocks(start, stop):
            yield data
            at += len(data)
        # the place of the end may be known by the clock only
        if at == start < stop or at < stop - _MOST_LOST * self.rate:
            raise truncated(
                self._name, f"{at - start} of {stop - start} samples could be read"
            )

    def _start(self):
        """Open the track, at its first sample."""
        self.close()
        self._file.seek(0)
        self._track = _Track(self._file, self._name)

    def _jump(self, index):
        """Go to a sample, or to the first one if its place is uncertain."""
        if not self._track.jump(index):
            self._start()

    def _count(self):
        """Return the number of samples, and all of them if they are few, or None."""
        promised = round(self._track.seconds * self.rate)
        if promised > _FAR:
            self._jump(promised)
        begin, kept = self._track.at, []
        for data in self._track.blocks(begin, np.inf):
            kept.append(data)
            if self._track.at > _FAR:
                kept = []
        self._track.check_end()
        few = begin == 0 and self._track.at <= _FAR
        return self._track.at, np.concatenate(kept) if few else None


class _Track:
    """The sound track of a file: its default one, or else the first.

    Parameters
    ----------
    file : binary file object
        At its start.
    name : str
        For messages.

    Attributes
    ----------
    rate : int
        In Hz.
    n_channels : int
        Of the first samples.
    at : int
        Index of the next sample.
    seconds : float
        A length that the file states or surely has; 0 if none is known.
    """

    def __init__(self, file, name):
        import av

        # without its name, from whose ending FFmpeg would draw conclusions
        file = steady(file)
        self._container = av.open(file, options=_OPTIONS, metadata_errors="replace")
        self._reader = self._container.format.name.partition(",")[0]
        self._name, self.rate, self.at = name, None, 0
        self._stream = _choose(self._container.streams.audio, name)
        self._stream.codec_context.thread_count = 1
        self._stream.codec_context.options = _STRICT
        self._clock = _Clock()
        frames = self._decoded()
        self._first = next(frames, None)
        if self._first is None:
            raise no_samples(name)
        self._frames = itertools.chain([self._first], frames)
        self.rate = self._first.sample_rate
        self.n_channels = _samples(self._first).shape[1]
        self.seconds = max(self._container.duration or 0, 0) / av.time_base
        if self._reader in _GUESSING:
            self.seconds *= _SURE

    def close(self):
        """Close the container."""
        self._container.close()

    def blocks(self, start, stop):
        """Iterate over the samples from ``start``, not before ``at``, to ``stop``."""
        held, n_held = [], 0
        for frame in self._frames:
            first, end = max(start - self.at, 0), min(stop - self.at, frame.samples)
            self.at += frame.samples
            if self.at > start:
                held.append(self._fitted(_samples(frame)[first : int(end)]))
                n_held += len(held[-1])
            if n_held >= _BLOCK:
                yield np.concatenate(held)
                held, n_held = [], 0
            if self.at >= stop:
                break
        if n_held:
            yield np.concatenate(held)

    def jump(self, index):
        """Go to a place at or before a sample; return whether it is certain."""
        import av

        if self._reader not in _SEEKING or self._first.pts is None:
            return False
        ticks = int((index / self.rate - _LEAD) / self._stream.time_base)
        self._clock = None
        try:
            self._container.seek(self._first.pts + ticks, stream=self._stream)
            frames = self._decoded()
            landed = _settled(frames)
        except (av.FFmpegError, AudioError):
            return False
        at = None if landed is None else self._index(landed)
        if at is None or at > index:
            return False
        self._clock = _Clock()
        self.at, self._frames = at, itertools.chain([landed], frames)
        return True

    def check_end(self):
        """Raise if the header promises more than what was decoded."""
        total = self._stream.duration
        if total is not None:
            total = float(total * self._stream.time_base)
        elif len(self._container.streams) == 1:
            total = self.seconds
        if not total:
            return
        counted = round(total * self.rate)
        if self._reader in _COUNTED and self.at < counted:
            details = f"{self.at} of {counted} samples could be read"
            raise truncated(self._name, details)
        end = self._clock.due
        if self._reader in _TIMED and end is not None and end < total - _MOST_LOST:
            details = f"it ends at {end:.2f} s of {total:.2f} s"
            raise truncated(self._name, details)

    def _decoded(self):
        """Yield the frames from where the container is."""
        import av

        try:
            for frame in self._container.decode(self._stream):
                if self.rate not in (None, frame.sample_rate):
                    raise damaged(self._name, "its rate changes")
                hole = self._clock is not None and self._clock.finds_hole(frame)
                if frame.is_corrupt or hole:
                    raise damaged(self._name, "a part of it is missing")
                yield frame
        except av.FFmpegError as error:
            raise damaged(self._name, f"FFmpeg: {error.strerror}") from error

    def _index(self, frame):
        """Return the index of the first sample of a frame, None if it is uncertain."""
        tick = self._stream.time_base * self.rate
        index = (frame.pts - self._first.pts) * tick
        # AAC may count pairs of samples; other clocks divide each into equal ticks
        if tick == 2 or tick.numerator == 1:
            return round(index)
        if self._stream.codec_context.name not in _EVEN:
            return None
        # milliseconds, or ticks that do not fit: take the start of a block nearby
        lead, length = self._first.samples, frame.samples
        start = lead + round((index - lead) / length) * length
        return start if abs(start - index) <= max(tick, 1) else None

    def _fitted(self, data):
        """Return samples with as many channels as the first ones had."""
        if data.shape[1] == self.n_channels:
            return data
        return np.repeat(data.mean(axis=1, keepdims=True), self.n_channels, axis=1)


class _Clock:
    """The time stamps of blocks, beside the samples in them.

    Attributes
    ----------
    due : float or None
        When the next block begins, in seconds.
    """

    def __init__(self):
        self.due, self._lost = None, 0.0

    def finds_hole(self, frame):
        """Note a frame; return whether there are frames missing before it."""
        if frame.time is None:
            return False
        late = 0.0 if self.due is None else frame.time - self.due
        self._lost += late if abs(late) > _JITTER else 0.0
        self.due = frame.time + frame.samples / frame.sample_rate
        return self._lost > _MOST_LOST


def _settled(frames):
    """Return the first frame that has a certain time, or None."""
    first = next(frames, None)
    if first is None or first.time is None:
        return None
    times = (f for f in frames if f.time is not None)
    return next((f for f in times if f.time >= first.time + _SETTLING), None)


def _choose(tracks, name):
    """Return the stream to decode."""
    from av.stream import Disposition

    if not tracks:
        raise AudioError(name, "it has no sound track", "Leave it out.")
    chosen = next((t for t in tracks if t.disposition & Disposition.default), tracks[0])
    if chosen.codec_context is None:
        raise AudioError(
            name,
            "its sound track cannot be decoded: it is encrypted, or of unknown codec",
            "Convert it with the program that made it.",
        )
    return chosen


def _samples(frame):
    """Return the samples of a frame in [-1, 1], of shape (n_samples, n_channels)."""
    if frame.format.name == "s64":  # which PyAV gives no array of
        values = np.frombuffer(frame.planes[0], np.int64)
        values = values[: frame.samples * frame.layout.nb_channels]
    else:
        values = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(frame.samples, -1)
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):  # infinite samples are refused later
            return values.astype(np.float32, copy=False)
    full = np.float32(_FULL_SCALE[values.dtype.itemsize])
    values = values.astype(np.float32)
    return (values - full if frame.format.name.startswith("u") else values) / full
