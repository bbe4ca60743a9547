"""Errors of audio that cannot be used."""

import contextlib

from .._utils.formats import INSTALL_CODECS, READABLE, foreign_kind
from .._utils.text import printable

_MORE = "those of FFmpeg (m4a, wma, webm, ape and others)"
_CONVERT = "convert it, for example with ffmpeg -i FILE converted.wav."
# messages of libsndfile that say nothing, in plain words
_PLAIN = {
    "Internal psf_fseek() failed": "its samples cannot be reached",
    "Internal error : SF_INFO struct incomplete": "its header makes no sense",
    "Unspecified internal error": "its header makes no sense",
    "Format not recognized": "its format is not known",
    # of the one format that it takes whatever is no other for
    "Error : bad data offset": "its format is not known",
    "Error : bad map offset": "its format is not known",
    "Error : bad map length": "its format is not known",
    "Error : bad resource fork": "its format is not known",
}
_REPAIR = (
    "Copy or download the file again, or re-encode what is left "
    "(ffmpeg -i FILE repaired.wav)."
)


class AudioError(ValueError):
    """Audio that cannot be used: missing, unreadable, truncated, empty or not scaled.

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
    return AudioError(name, f"it is truncated ({details})", _REPAIR)


def damaged(name, details):
    """Return the error for a file that cannot be decoded to its end."""
    return AudioError(name, f"it is damaged ({details})", _REPAIR)


def changing(name, seconds, old, new, *, cut="there"):
    """Return the error for sound that is of another form from a time on."""
    return AudioError(
        name,
        f"after {seconds:.6g} s it changes from {old} to {new}, as if two files were "
        "joined",
        f"Cut it {cut} and use the parts.",
    )


def reason_of(error):
    """Return what soundfile says of a file, in libsndfile's words if they are plain."""
    words = str(getattr(error, "error_string", error)).rstrip(".")
    return _PLAIN.get(words, words)


@contextlib.contextmanager
def reading(name):
    """Name the audio in whatever its disk raises."""
    try:
        yield
    except OSError as error:
        raise AudioError(
            name,
            f"it cannot be read ({error.strerror or error})",
            "Look at the disk or the network that it comes from, or copy it again.",
        ) from error


class RefusedError(AudioError):
    """A file that libsndfile does not decode.

    Attributes
    ----------
    lacks : str
        As in Sound.
    """

    lacks = ""


def undecodable(name, head, error):
    """Return the error for a file that libsndfile refuses, by its first bytes."""
    if head.lstrip().startswith(b"<"):
        cause = "it is a web page or XML text, which cannot be decoded"
    else:
        cause = f"it cannot be decoded as audio, or it is damaged ({reason_of(error)})"
    return RefusedError(name, cause, f"Formats that work: {READABLE}; {_CONVERT}")


def without_codecs(refusal, head):
    """Return the error for a file that libsndfile refuses, and FFmpeg is not there."""
    kind = foreign_kind(head)
    if kind:
        return AudioError(
            refusal.source,
            f"it is {kind}, which needs the optional codecs",
            f"Install them ({INSTALL_CODECS}), or {_CONVERT}",
        )
    return AudioError(
        refusal.source,
        refusal.cause,
        f"Formats that work: {READABLE}; with {INSTALL_CODECS} also {_MORE}; "
        f"{_CONVERT}",
    )


def beyond_codecs(refusal, head, reason):
    """Return the error for a file that FFmpeg refuses as well, for this reason."""
    kind = foreign_kind(head)
    if kind:
        return AudioError(
            refusal.source,
            f"it is {kind} that cannot be decoded, or damaged ({reason})",
            f"Copy or download it again, or {_CONVERT}",
        )
    return AudioError(
        refusal.source,
        refusal.cause,
        f"Formats that work: {READABLE}, and {_MORE}; {_CONVERT}",
    )
