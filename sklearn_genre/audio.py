"""Audio files as mono float32 waveforms; every error names its file."""

import contextlib
import io
import numbers
import os

import numpy as np

from ._utils.files import READABLE

__all__ = ["AudioError", "load_audio"]

# common formats that libsndfile does not decode, by their first bytes (at an offset)
_FOREIGN = (
    (4, b"ftyp", "an MP4 file (m4a: AAC or ALAC)"),
    (0, b"\x30\x26\xb2\x75", "a Windows Media file (wma)"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"\xff\xf1", "a raw AAC stream"),
    (0, b"\xff\xf9", "a raw AAC stream"),
    (0, b"MAC ", "a Monkey's Audio file (ape)"),
    (0, b"wvpk", "a WavPack file (wv)"),
    (0, b"<", "a web page or XML text"),
)

# container id -> where its chunks start, bytes of a chunk size, byte order
_CHUNKED = {
    b"RIFF": (12, 4, "little"),
    b"RF64": (12, 4, "little"),
    b"RIFX": (12, 4, "big"),
    b"FORM": (12, 4, "big"),
    b"caff": (8, 8, "big"),
}
# programs that write to a pipe cannot know the size and leave a value above this
_UNKNOWN_SIZE = 0x7FFFF000

# In these formats libsndfile seeks inexactly and prints messages of the decoder, and
# soundfile seeks after every read. One read from the start is exact and quiet, and
# takes a millisecond for every few seconds skipped; its memory matters only beyond
# 2**26 samples (256 MB in float32).
_SEQUENTIAL = ("MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III", "OPUS")
_MOST_SKIPPED = 2**26
# samples of one MPEG frame: some encoders count their header frame, which has no audio
_MPEG_SLACK = 1152


class AudioError(ValueError):
    """Audio that cannot be used: missing, unreadable, truncated, empty or not finite.

    Parameters
    ----------
    source : str
        The file, or the position of the clip in X.
    cause : str
        What is wrong.
    remedy : str, default=""
        What to do about it.

    Attributes
    ----------
    source, cause, remedy : str
        As given.

    Examples
    --------
    >>> from sklearn_genre import AudioError, load_audio
    >>> try:
    ...     load_audio("nothing.wav")
    ... except AudioError as error:
    ...     print(error.source, "->", error.cause)
    nothing.wav -> no such file
    """

    def __init__(self, source, cause, remedy=""):
        super().__init__(source, cause, remedy)
        self.source = source
        self.cause = cause
        self.remedy = remedy

    def __str__(self):
        return f"{self.source}: {self.cause}." + (self.remedy and f" {self.remedy}")


def load_audio(source, *, sample_rate=None, offset=0.0, duration=None):
    """Decode an audio file to a mono float32 waveform.

    The formats are those of libsndfile: wav, aiff, au, flac, ogg (Vorbis or Opus), mp3
    and some more. Only the requested part is kept in memory; from formats in which
    libsndfile seeks exactly, only that part is read. Channels are averaged. Resampling
    is done by soxr at its high quality, as in ``librosa.load``.

    Parameters
    ----------
    source : str, path-like, bytes or binary file object
        The path of a file, the content of a file, or an open seekable file, which is
        read from its start.
    sample_rate : int or None, default=None
        Rate of the result in Hz, > 0. None keeps the rate of the file.
    offset : float, default=0.0
        Where to start, in seconds, >= 0.
    duration : float or None, default=None
        How much to read at most, in seconds, > 0. None reads to the end. If the file
        ends earlier, the result is shorter.

    Returns
    -------
    waveform : ndarray of shape (n_samples,), float32
        In [-1, 1] for files with integer samples.
    sample_rate : int
        Rate of ``waveform`` in Hz.

    Raises
    ------
    AudioError
        If the source is missing, empty, truncated, not audio or in a codec that
        libsndfile does not decode, if it holds no samples or samples that are NaN or
        infinite, or if ``offset`` lies at or beyond its end. The truncation of an ogg
        or uncompressed file (under 2 GB) is always noticed, that of a flac or mp3 file
        if samples of the requested part are missing.
    ValueError
        If ``sample_rate``, ``offset`` or ``duration`` is out of range.

    References
    ----------
    .. [1] libsndfile, https://libsndfile.github.io/libsndfile/
    .. [2] The SoX resampler library, https://sourceforge.net/projects/soxr/

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> import soundfile
    >>> from sklearn_genre import load_audio
    >>> file = io.BytesIO()
    >>> soundfile.write(file, np.zeros((44100, 2)), 44100, format="WAV")
    >>> waveform, rate = load_audio(file, sample_rate=22050, duration=0.5)
    >>> waveform.shape, waveform.dtype, rate
    ((11025,), dtype('float32'), 22050)
    """
    check_span(sample_rate, offset, duration)
    return decode(
        source,
        describe(source),
        sample_rate=sample_rate,
        offset=offset,
        duration=duration,
    )


def is_file(source):
    """Return whether ``load_audio`` can read it: a path, bytes or a file object."""
    return isinstance(
        source, (str, os.PathLike, bytes, bytearray, memoryview)
    ) or hasattr(source, "read")


def describe(source):
    """Return the name of a source for messages."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return f"<{len(source)} bytes>"
    return str(getattr(source, "name", f"<{type(source).__name__}>"))


def check_span(sample_rate, offset, duration):
    """Check the three numbers that say which samples are requested."""
    for name, value, zero in (
        ("sample_rate", sample_rate, False),
        ("offset", offset, True),
        ("duration", duration, False),
    ):
        if value is None and name != "offset":
            continue
        legal = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not legal or not (value >= 0 if zero else value > 0) or value == np.inf:
            raise ValueError(
                f"{name} must be a finite number {'>=' if zero else '>'} 0"
                f"{'' if zero else ' or None'}, got {value!r}."
            )


def decode(source, name, *, sample_rate, offset, duration):
    """Decode a source as ``load_audio`` does, without checking the numbers."""
    data, rate = read_channels(source, name, offset=offset, duration=duration)
    return finish(mix(data), rate, name, sample_rate=sample_rate)


def mix(data):
    """Average the channels of samples of shape (n_samples, n_channels)."""
    return data[:, 0] if data.shape[1] == 1 else data.mean(axis=1)


def read_channels(source, name, *, offset=0.0, duration=None):
    """Return the samples in a file, of shape (n_samples, n_channels), and their rate.

    They may be NaN, which :func:`finish` refuses.
    """
    import soundfile

    with _opened(source, name) as file:
        head = _inspect(file, name)
        is_path = isinstance(source, (str, os.PathLike))
        try:
            # given a path, libsndfile reads by itself, without Python's lock
            with soundfile.SoundFile(source if is_path else file) as sound:
                return _read(sound, name, offset, duration)
        except (soundfile.SoundFileError, TypeError) as error:
            raise _undecodable(name, head, error) from error


def finish(wave, rate, name, *, sample_rate):
    """Check that a mono float32 wave is finite and resample it."""
    import soxr

    if not np.isfinite(wave).all():
        raise AudioError(
            name, "it holds NaN or infinite samples", "Export the file again."
        )
    if sample_rate is not None and sample_rate != rate:
        wave = soxr.resample(wave, rate, sample_rate, quality="HQ")
        rate = sample_rate
    if len(wave) == 0:
        raise _no_samples(name)
    return wave, rate


def first_frame(n_frames, rate, name, offset):
    """Return the index of the first requested sample; refuse offsets beyond the end."""
    if n_frames == 0:
        raise _no_samples(name)
    start = round(offset * rate)
    if start >= n_frames:
        raise AudioError(
            name,
            f"offset {offset:g} s is not before its end at {n_frames / rate:.6g} s",
            "Use a smaller offset or leave this clip out.",
        )
    return start


def span_length(n_frames, rate, duration):
    """Return how many of ``n_frames`` samples a duration spans."""
    return n_frames if duration is None else min(n_frames, round(duration * rate) or 1)


def _no_samples(name):
    """Return the error for audio of length zero."""
    return AudioError(
        name, "it holds no samples", "Leave it out or replace it by a complete copy."
    )


def _truncated(name, details):
    """Return the error for a file that ends early."""
    return AudioError(
        name,
        f"it is truncated ({details})",
        "Copy or download the file again, or re-encode what is left "
        "(ffmpeg -i FILE repaired.wav).",
    )


def _opened(source, name):
    """Return a context manager of a seekable binary file object at its start."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if not is_file(source):
        raise TypeError(
            f"audio must be a path, bytes or a binary file object, "
            f"got {type(source).__name__}."
        )
    try:
        if isinstance(source, (str, os.PathLike)):
            return open(source, "rb")
        source.seek(0)
        if not isinstance(source.read(0), bytes):
            raise AudioError(name, "it is open as text", "Open it with mode 'rb'.")
        return contextlib.nullcontext(source)
    except FileNotFoundError as error:
        raise AudioError(name, "no such file", "Check the path.") from error
    except AudioError:
        raise
    except (OSError, AttributeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AudioError(
            name,
            f"it cannot be opened ({reason})",
            "Give a readable audio file, a seekable file object, or bytes.",
        ) from error


def _inspect(file, name):
    """Return the first bytes of a file; refuse empty and truncated files."""
    head = file.read(64)
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise AudioError(
            name, "the file is empty (0 bytes)", "Copy or download it again."
        )
    start, promised = _promise(file, head, size)
    if start + promised > size and promised < _UNKNOWN_SIZE:
        raise _truncated(
            name,
            f"its header promises {promised} bytes of samples, "
            f"the file holds {max(size - start, 0)}",
        )
    if head.startswith(b"OggS") and not _ogg_ends(file, size):
        raise _truncated(name, "its last page is not marked as the end")
    file.seek(0)
    return head


def _promise(file, head, size):
    """Return where the samples of an uncompressed file start, and their bytes."""
    if head.startswith(b".snd"):
        return int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
    if head.startswith(b"riff\x2e\x91"):
        return 0, int.from_bytes(head[16:24], "little")  # Wave64: the whole file
    position, width, order = _CHUNKED.get(head[:4], (size, 0, "big"))
    long_size = None
    while position + 4 + width <= size:
        file.seek(position)
        chunk = file.read(4 + width)
        length = int.from_bytes(chunk[4:], order)
        position += 4 + width
        if chunk[:4] == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], order)
        if chunk[:4] in (b"data", b"SSND"):
            return position, length if long_size is None else long_size
        position += length + (length % 2 if width == 4 else 0)
    return 0, 0


def _ogg_ends(file, size):
    """Return whether the last page of an ogg file has the end-of-stream flag."""
    file.seek(max(size - 2**16, 0))
    tail = file.read()
    page = tail[max(tail.rfind(b"OggS"), 0) :]
    if len(page) < 27 or not page[5] & 4:
        return False
    body = 27 + page[26]
    return len(page) >= body + sum(page[27:body])


def _read(sound, name, offset, duration):
    """Return the samples of the requested part of an open sound file, and its rate."""
    rate = sound.samplerate
    start = first_frame(sound.frames, rate, name, offset)
    wanted = span_length(sound.frames - start, rate, duration)
    data = _read_frames(sound, start, wanted)
    slack = _MPEG_SLACK if sound.subtype.startswith("MPEG") else 0
    if len(data) == 0 or len(data) < wanted - slack:
        raise _truncated(name, f"{len(data)} of {wanted} samples could be read")
    return data, rate


def _read_frames(sound, start, wanted):
    """Return samples of shape (wanted, n_channels) from the sample ``start`` on."""
    lead = 0
    if sound.subtype in _SEQUENTIAL and start * sound.channels <= _MOST_SKIPPED:
        lead = start
    if start > lead:
        sound.seek(start)
    return sound.read(lead + wanted, dtype="float32", always_2d=True)[lead:]


def _undecodable(name, head, error):
    """Return the error for a file that libsndfile refuses, by its first bytes."""
    kind = next((k for at, magic, k in _FOREIGN if head[at:].startswith(magic)), None)
    if kind:
        cause = f"it is {kind}, which cannot be decoded"
    else:
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        cause = f"it cannot be decoded as audio, or it is damaged ({reason})"
    return AudioError(
        name,
        cause,
        f"Formats that work: {READABLE}; convert it, for example with "
        "ffmpeg -i FILE converted.wav.",
    )
