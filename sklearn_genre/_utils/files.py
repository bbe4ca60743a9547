"""Files and folders: what is audio, what is junk, all files below a folder."""

import os
from pathlib import Path

AUDIO_EXTENSIONS = (
    ".wav",
    ".au",
    ".flac",
    ".ogg",
    ".oga",
    ".opus",
    ".mp3",
    ".aif",
    ".aiff",
)
# what operating systems leave behind
_JUNK = ("thumbs.db", "desktop.ini", "__macosx")


def is_junk(name):
    """True for hidden files and what operating systems leave behind."""
    return name.startswith(".") or name.lower() in _JUNK


def check_folder(folder):
    """Return the folder as a Path.

    Raises
    ------
    FileNotFoundError
        If it does not exist.
    NotADirectoryError
        If it is a file.
    TypeError
        If it is not a path.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(f"folder must be a path, got {type(folder).__name__}.")
    path = Path(folder).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"folder {str(path)!r} does not exist (looked from {Path.cwd()})."
        )
    if not path.is_dir():
        raise NotADirectoryError(
            f"folder {str(path)!r} is a file; give the directory that holds it."
        )
    return path


def walk(folder):
    """Yield all files under a folder: sorted, links followed, junk left out.

    Parameters
    ----------
    folder : Path

    Yields
    ------
    path : Path

    Raises
    ------
    OSError
        If a directory cannot be read.
    """
    seen = set()

    def fail(error):
        raise error

    for base, directories, files in os.walk(folder, onerror=fail, followlinks=True):
        real = os.path.realpath(base)
        if real in seen:
            # a link back into the tree: following it would never end
            directories[:] = []
            continue
        seen.add(real)
        directories[:] = sorted(d for d in directories if not is_junk(d))
        for name in sorted(files):
            if not is_junk(name):
                yield Path(base) / name
