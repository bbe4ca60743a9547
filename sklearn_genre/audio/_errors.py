"""Errors of audio that cannot be used."""

from .._utils.files import READABLE
from .._utils.text import printable

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
        text = f"{self.source}: {self.cause}." + (self.remedy and f" {self.remedy}")
        return printable(text)


def no_samples(name):
    """Return the error for audio of length zero."""
    return AudioError(
        name, "it holds no samples", "Leave it out or replace it by a complete copy."
    )


def truncated(name, details):
    """Return the error for a file that ends early."""
    return AudioError(
        name,
        f"it is truncated ({details})",
        "Copy or download the file again, or re-encode what is left "
        "(ffmpeg -i FILE repaired.wav).",
    )


def foreign_kind(head):
    """Return which format that libsndfile does not decode these first bytes start."""
    return next((k for at, magic, k in _FOREIGN if head[at:].startswith(magic)), None)


def undecodable(name, head, error):
    """Return the error for a file that libsndfile refuses, by its first bytes."""
    kind = foreign_kind(head)
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
