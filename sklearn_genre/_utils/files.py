"""Files and folders of music, and a walk through a folder."""

import contextlib
import errno
import os
import re
import stat
import unicodedata
import uuid
from pathlib import Path

from .formats import AUDIO_EXTENSIONS, HEAD, has_ending
from .locks import locked

# what a path may be of, beside a regular file
_SPECIAL = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a terminal or another device"),
    (stat.S_ISBLK, "a disk or another block device"),
)

# What systems leave in folders, in any case: Windows, macOS and file servers for it,
# Linux and Android, disk stations of Synology and QNAP. Names that are also records
# ("Recycled", "Thumbs") are not among them.
_JUNK = {
    *("thumbs.db", "ehthumbs.db", "desktop.ini"),
    *("$recycle.bin", "system volume information", "$winreagent"),
    *("__macosx", "icon\r", "network trash folder", "temporary items"),
    *("thevolumesettingsfolder", "desktop db", "desktop df", "resource.frk"),
    *("lost+found", "lost.dir"),
    *("#recycle", "#snapshot", "@eadir", "@tmp", "@sharebin"),
    *("@recycle", "@recently-snapshot"),
}
# the bins of old Windows, and what it saves of a damaged disk
_JUNK_FORM = re.compile(r"RECYCLE[RD]|(?i:found\.\d{3})")
# what systems and programs hide: the halves of files that macOS writes elsewhere, bins,
# indices, earlier versions, thumbnails
_JUNK_HIDDEN = re.compile(
    r"\._.*|\.trash(es|-\d+)?|\.appled(ouble|b|esktop)|\.ds_store|\.spotlight-.*"
    r"|\.fseventsd|\.documentrevisions-.*|\.temporaryitems|\.@.*|\.#.*|\.snapshots?"
    r"|\.zfs|\.git|\.svn|\.hg|\.cache|\.tmp|\.thumbnails|\.sync|\.stversions|\.stfolder",
    re.IGNORECASE,
)


def is_junk(name):
    """Return whether a name is hidden or belongs to the operating system."""
    known = name.lower() in _JUNK or _JUNK_FORM.fullmatch(name)
    return name.startswith(".") or bool(known)


def _is_hidden(name):
    """Return whether a name is hidden, though no system or program is known for it."""
    return name.startswith(".") and not _JUNK_HIDDEN.fullmatch(name)


class NoFileError(OSError):
    """A path of a folder, a pipe, a socket or a device, which no data are read from."""


def open_file(path):
    """Open a file for reading bytes; refuse at once whatever is not a regular file.

    Opening a pipe waits until somebody writes to it, a device may never end.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    file : binary file object

    Raises
    ------
    NoFileError
        If the path is of something else; its ``strerror`` says of what.
    OSError
        If the file does not exist or cannot be opened.
    """
    _refuse_special(path, os.stat(path))
    return open(path, "rb", opener=_open_at_once)


def _open_at_once(path, flags):
    """Open a path as ``os.open`` does, without waiting, whatever it is now."""
    # a terminal must not become that of the process; Windows has neither flag
    for name in ("O_NONBLOCK", "O_NOCTTY"):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags)
    try:
        # another process may have put a pipe there since the first look
        _refuse_special(path, os.fstat(descriptor))
    except NoFileError:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_special(path, status):
    """Raise if the result of ``os.stat`` is not that of a regular file."""
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((k for test, k in _SPECIAL if test(status.st_mode)), "something else")
    raise NoFileError(errno.EINVAL, f"it is {kind}, not a regular file", path)


def require_folder(path):
    """Raise FileNotFoundError if the folder of a file to write does not exist."""
    folder, name = os.path.split(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"there is no folder {folder!r} for {name!r}. Make it, or give another "
            "path."
        )


@contextlib.contextmanager
def replacing(path):
    """Write a file as a whole: its name means what it did until all is on the disk.

    Parameters
    ----------
    path : path-like
        A link is replaced itself, not what it leads to.

    Yields
    ------
    file : binary file object
        Of a file beside it, whose name ends in digits and ".part", which an error
        removes. Every writer has one of its own: of several at the same time, the last
        one stays. It is opened at once, so that a folder that cannot be written is an
        error before any work is done.

    Raises
    ------
    NoFileError
        If the path is of something that is no regular file.
    FileNotFoundError
        If its folder does not exist.
    OSError
        If the file cannot be written.
    """
    require_folder(path)
    if os.path.exists(path):
        _refuse_special(path, os.stat(path))
    _remove_leftovers(path)
    with contextlib.ExitStack() as stack:
        part, file = _new_part(path, stack)
        try:
            _keep_mode(path, part)
            yield file
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.replace(part, path)
        except BaseException:
            file.close()
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
    _sync_folder(os.path.dirname(os.path.abspath(path)))


def _new_part(path, stack):
    """Open a new file beside a path, under a lock that a killed writer loses."""
    while True:
        part = f"{os.fspath(path)}.{uuid.uuid4().hex[:8]}.part"
        # "x" writes through no link
        file = stack.enter_context(open(part, "xb"))  # noqa: SIM115
        stack.enter_context(locked(part))
        # another writer may have taken it for left over before it was locked
        if os.path.samestat(os.fstat(file.fileno()), os.stat(part)):
            return part, file


def _remove_leftovers(path):
    """Remove the unfinished files of killed writers of a path."""
    folder, name = os.path.split(os.path.abspath(path))
    form = re.compile(re.escape(name) + r"\.[0-9a-f]{8}\.part")
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for entry in [e for e in found if form.fullmatch(e.name)]:
            # gone, a folder, or of a writer that lives; Windows removes no open files
            with contextlib.suppress(OSError), locked(entry.path, wait=False):
                os.unlink(entry.path)


def _keep_mode(path, part):
    """Let a file that others may not read stay so when it is replaced."""
    if os.path.exists(path):
        os.chmod(part, stat.S_IMODE(os.stat(path).st_mode))


def first_bytes(path):
    """Return the first bytes of a file, as many as tell what it is."""
    with open_file(path) as file:
        return file.read(HEAD)


def _sync_folder(folder):
    """Let the new name of a file outlast a power cut, where the system can."""
    with contextlib.suppress(OSError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_folder(folder, name="folder"):
    """Return a folder as a Path.

    Parameters
    ----------
    folder : path-like
    name : str, default="folder"
        Name of the parameter in errors.

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
        raise TypeError(f"{name} must be a path, got {type(folder).__name__}.")
    path = Path(folder).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"{name} {str(path)!r} does not exist (looked from {Path.cwd()})."
        )
    if not path.is_dir():
        raise NotADirectoryError(
            f"{name} {str(path)!r} is a file; give the directory that holds it."
        )
    return path


def check_file(path, name="path"):
    """Return a file as a Path.

    Parameters
    ----------
    path : path-like
    name : str, default="path"
        Name of the parameter in errors.

    Raises
    ------
    FileNotFoundError
        If it does not exist.
    IsADirectoryError
        If it is a directory.
    NoFileError
        If it is a pipe, a socket or a device.
    TypeError
        If it is not a path.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, got {type(path).__name__}.")
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"{name}: file {str(path)!r} does not exist (looked from {Path.cwd()})."
        )
    if path.is_dir():
        raise IsADirectoryError(f"{name}: {str(path)!r} is a directory, not a file.")
    _refuse_special(path, path.stat())
    return path


def existing_path(path):
    """Return a path that exists and differs at most in composed letters; else None.

    A Mac writes names of files decomposed, other systems keep them as they were typed.

    Parameters
    ----------
    path : str

    Returns
    -------
    path : str or None
    """
    if os.path.exists(path):
        return path
    parent, name = os.path.split(path)
    parent = None if parent == path else existing_path(parent)
    if parent is None or not os.path.isdir(parent):
        return None
    names = [name] if name.isascii() else sorted(os.listdir(parent))
    wanted = unicodedata.normalize("NFC", name)
    same = [n for n in names if unicodedata.normalize("NFC", n) == wanted]
    paths = (os.path.join(parent, n) for n in same)
    return next((path for path in paths if os.path.exists(path)), None)


def same_files(paths):
    """Find the paths that lead to one file, by a link of any kind.

    Parameters
    ----------
    paths : iterable of path-like

    Returns
    -------
    pairs : list of (int, int)
        The path of a file that goes through the fewest symbolic links, of equals the
        first, and another.
    """
    paths, places = list(paths), {}
    for k, path in enumerate(paths):
        try:
            status = os.stat(path)
        except OSError:
            continue
        # some file systems number no files
        if status.st_ino:
            places.setdefault((status.st_dev, status.st_ino), []).append(k)
    pairs = []
    for same in places.values():
        if len(same) > 1:
            kept = min(same, key=lambda k: _n_links(paths[k]))
            pairs += [(kept, k) for k in same if k != kept]
    return sorted(pairs, key=lambda pair: pair[1])


def _n_links(path):
    """Return how many parts of a path are symbolic links."""
    path = Path(os.path.abspath(path))
    return sum(part.is_symlink() for part in (path, *path.parents))


def walk(folder, faults=None, hidden=None):
    """Yield all files under a folder, sorted; follow links and leave out junk.

    Each directory is visited once, by its own path where that is in the folder: links
    come last. One to a directory that holds ``folder`` is not followed: it leads out of
    the folder and back into it.

    Parameters
    ----------
    folder : path-like
    faults : list or None, default=None
        Where the errors of directories that cannot be listed go. None raises them.
    hidden : list or None, default=None
        Where the paths of hidden files and directories go that may be of a user: a band
        is called ".38 Special".

    Yields
    ------
    path : Path

    Raises
    ------
    OSError
        If a directory cannot be listed.
    """
    seen, root, tops = set(), os.path.realpath(folder), [folder]
    hidden = [] if hidden is None else hidden

    def fail(error):
        if faults is None:
            raise error
        faults.append(error)

    for top in tops:
        for base, directories, files in os.walk(top, onerror=fail, followlinks=True):
            real = os.path.realpath(base)
            if real in seen or (seen and _holds(real, root)):
                # a link back into the tree: following it would never end
                directories[:] = []
                continue
            seen.add(real)
            hidden += [Path(base, n) for n in directories + files if _is_hidden(n)]
            names = sorted(d for d in directories if not is_junk(d))
            links = [d for d in names if os.path.islink(os.path.join(base, d))]
            tops += [os.path.join(base, d) for d in links]
            directories[:] = [d for d in names if d not in links]
            yield from (Path(base, n) for n in sorted(files) if not is_junk(n))


def files_by_directory(folder, hidden):
    """Return all files under a folder, by the directories that are directly in it.

    Parameters
    ----------
    folder : Path
    hidden : list
        As in :func:`walk`.

    Returns
    -------
    loose : list of Path
        The files directly in the folder, and what is neither file nor directory.
    files : dict of Path to list of Path
        The files of each directory as :func:`walk` gives them, each directory by
        itself: what links bring into two of them is in both.
    """
    entries = sorted(folder.iterdir())
    hidden += [e for e in entries if _is_hidden(e.name)]
    entries = [e for e in entries if not is_junk(e.name)]
    loose = [e for e in entries if not e.is_dir()]
    root = os.path.realpath(folder)
    inside = (e for e in entries if e.is_dir())
    inside = [e for e in inside if not _holds(os.path.realpath(e), root)]
    return loose, {place: list(walk(place, hidden=hidden)) for place in inside}


def hidden_songs(hidden, extensions=AUDIO_EXTENSIONS):
    """Return the audio files among hidden files and directories, and in these.

    Parameters
    ----------
    hidden : list of Path
        As :func:`walk` gives them.
    extensions : sequence of str, default=AUDIO_EXTENSIONS

    Returns
    -------
    songs : list of Path
    """
    # a link may lead anywhere
    hidden = [p for p in hidden if not (p.is_symlink() and p.is_dir())]
    inside = (walk(p, faults=[]) if p.is_dir() else [p] for p in hidden)
    return sorted(p for files in inside for p in files if has_ending(p, extensions))


def _holds(directory, folder):
    """Return whether a directory is a folder or above it, by their real paths."""
    return os.path.join(folder, "").startswith(os.path.join(directory, ""))
