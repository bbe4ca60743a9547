"""What audio is read from: paths, bytes and binary file objects."""

import contextlib
import io
import os
import sys
import types

from .._utils.files import NoFileError, open_file
from ._errors import AudioError

# Hz; telephones record at 8,000, DXD at 352,800. A rate far outside is that of a
# damaged header, and resampling from it would make gigabytes out of kilobytes.
LOWEST_RATE, HIGHEST_RATE = 1_000, 2**20


def is_file(source):
    """Return whether ``load_audio`` can read it: a path, bytes or a file object."""
    return isinstance(
        source, (str, os.PathLike, bytes, bytearray, memoryview)
    ) or hasattr(source, "read")


def describe(source):
    """Return the name of a source for messages."""
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source) or "'' (an empty path)"
    if isinstance(source, (bytes, bytearray, memoryview)):
        return f"<{len(source)} bytes>"
    return str(getattr(source, "name", f"<{type(source).__name__}>"))


def opened(source, name):
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
            return open_file(source)
        source.seek(0)
        if not isinstance(source.read(0), bytes):
            raise AudioError(name, "it is open as text", "Open it with mode 'rb'.")
        if isinstance(source, io.RawIOBase):
            return _buffered(source)
        return contextlib.nullcontext(source)
    except AudioError:
        raise
    except (OSError, AttributeError, ValueError) as error:
        raise AudioError(name, *_why_closed(error)) from error


@contextlib.contextmanager
def _buffered(raw):
    """Yield a file that reads as much as it is asked to, which a raw one need not."""
    file = io.BufferedReader(raw)
    try:
        yield file
    finally:
        file.detach()


def _why_closed(error):
    """Return why a source cannot be opened, and what to do about it."""
    if isinstance(error, FileNotFoundError):
        if os.path.islink(error.filename):
            return "it is a link that leads nowhere", "Restore the file, or remove it."
        return "no such file", "Check the path."
    if isinstance(error, NoFileError):
        cause = f"it cannot be opened: {error.strerror}"
        return cause, "Give a file of audio, or its content as bytes."
    if isinstance(error, UnicodeEncodeError):
        encoding = sys.getfilesystemencoding()
        utf8 = "" if encoding == "utf-8" else ", or set a UTF-8 locale (LC_ALL=C.UTF-8)"
        return f"its name is not text in this locale ({encoding})", f"Rename it{utf8}."
    reason = getattr(error, "strerror", None) or str(error)
    return (
        f"it cannot be opened ({reason})",
        "Give a readable audio file, a seekable file object, or bytes.",
    )


def for_libsndfile(source, file):
    """Return what libsndfile reads a source from, and the keywords to open it with.

    A path is read through the descriptor of its open file, which needs neither the
    name, in whatever encoding, nor Python's lock, and is the file that was looked at.
    The file object itself must not be read afterwards.
    """
    if not isinstance(source, (str, os.PathLike)):
        file.seek(0)
        return file, {}
    if os.name == "nt":  # a descriptor is of one C library there, a name always text
        return os.fspath(source), {}
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    return file.fileno(), {"closefd": False}


def steady(file):
    """Return a file object for a library in C, in which seeking never raises.

    Damaged files send a decoder far behind their end or before their start. There
    soundfile would print the exception, and PyAV raise it in place of its own.
    """

    def seek(offset, whence=io.SEEK_SET):
        try:
            return file.seek(offset, whence)
        except (OSError, OverflowError, ValueError):
            return file.seek(0, io.SEEK_END) if offset > 0 else -1

    names = [name for name in ("read", "readinto", "tell") if hasattr(file, name)]
    return types.SimpleNamespace(
        seek=seek, **{name: getattr(file, name) for name in names}
    )


def unbuffered(source, file):
    """Return the file to read after libsndfile has moved the descriptor of a path."""
    return file.raw if isinstance(source, (str, os.PathLike)) else file


def check_rate(rate, name):
    """Raise an AudioError for a rate at which no music is recorded."""
    if LOWEST_RATE <= rate <= HIGHEST_RATE:
        return
    remedy = "Correct its header, or export it again."
    if rate > HIGHEST_RATE:
        remedy = (
            "If that is so, as in a DSD file of a high rate, convert it, for example "
            "with ffmpeg -i FILE -ar 96000 converted.wav; if not, correct its header."
        )
    raise AudioError(
        name,
        f"its sampling rate is {rate!r} Hz, which is not between {LOWEST_RATE:,} "
        f"and {HIGHEST_RATE:,} Hz",
        remedy,
    )
