"""What is said of audio files that are left out, or that cannot be decoded here."""

import os
import warnings
from collections import Counter

from ..audio import codecs_version
from .files import first_bytes
from .formats import FOREIGN_EXTENSIONS, INSTALL_CODECS, has_ending, starts_as_audio
from .text import listed


def warn_of_codecs(paths):
    """Warn if some of the files need the optional codecs and these are not there.

    Parameters
    ----------
    paths : sequence of path-like
    """
    foreign = [path for path in paths if has_ending(path, FOREIGN_EXTENSIONS)]
    if foreign and codecs_version() is None:
        warnings.warn(
            f"{len(foreign)} of {len(paths)} audio files ({_endings(foreign)}) cannot "
            f"be decoded here. Install the optional codecs ({INSTALL_CODECS}), or "
            "convert these files, for example with ffmpeg -i FILE converted.wav.",
            UserWarning,
            stacklevel=3,
        )


def warn_of_omissions(folder, files):
    """Warn of files that begin like audio, but are left out for their ending.

    Parameters
    ----------
    folder : path-like
    files : iterable of path-like
        Those of the folder that are not taken.
    """
    audio = [path for path in files if _may_be_audio(path)]
    if audio:
        warnings.warn(
            f"{len(audio)} files in {os.fspath(folder)!r} begin like audio, but are "
            f"left out for their ending ({_endings(audio)}): {listed(audio, 3)}. "
            "Rename them, or give them by name.",
            UserWarning,
            stacklevel=3,
        )


def _may_be_audio(path):
    """Return whether a file can be read and begins like audio."""
    try:
        return starts_as_audio(first_bytes(path))
    except OSError:
        return False


def _endings(paths):
    """Return how many files have which ending, in words."""
    endings = (os.path.splitext(path)[1].lower() or "none" for path in paths)
    counts = Counter(endings).most_common()
    return listed(f"{ending}: {n}" for ending, n in counts)
