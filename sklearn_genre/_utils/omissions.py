"""What is said of audio files that are left out, or that cannot be decoded here."""

import os
import warnings
from collections import Counter
from pathlib import Path

from ..audio import codecs_version
from .files import first_bytes, hidden_songs
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


def about_hidden(folder, songs):
    """Return the sentences about songs that are left out since they are hidden.

    Parameters
    ----------
    folder : Path
    songs : sequence of Path
    """
    names = listed((song.relative_to(folder) for song in songs), 3)
    return (
        f"{len(songs)} audio files in {str(folder)!r} are left out: they, or folders "
        f"that hold them, are hidden by a name that begins with a dot: {names}. Rename "
        "these, or give them by name."
    )


def warn_of_omissions(folder, files, hidden):
    """Warn of files that are audio, but are left out: hidden, or of another ending.

    Parameters
    ----------
    folder : path-like
    files : iterable of path-like
        Those of the folder that are not taken.
    hidden : list of Path
        Its hidden files and directories.
    """
    songs = hidden_songs(hidden)
    if songs:
        warnings.warn(about_hidden(Path(folder), songs), UserWarning, stacklevel=3)
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
