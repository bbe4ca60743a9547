"""What audio is read from: paths, bytes and binary file objects."""

import contextlib
import io
import os

from ._errors import AudioError


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
