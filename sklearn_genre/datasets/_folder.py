"""A folder of songs, one directory per genre."""

import warnings

from .._utils.files import (
    check_folder,
    files_by_directory,
    hidden_songs,
    same_files,
)
from .._utils.formats import AUDIO_EXTENSIONS, has_ending
from .._utils.names import plain_name
from .._utils.omissions import about_hidden
from .._utils.text import listed, printable
from ..parameters import OneOf
from ._base import documented, make_bunch

_DESCR = """\
Folder of songs
===============
{n_songs} songs of {n_genres} genres in {folder}.
{table}
Genres are the names of the directories. {groups}
"""


@documented
def load_folder(
    folder,
    *,
    extensions=None,
    groups=None,
    on_ignored="warn",
    on_error="raise",
):
    """Find the songs of a folder that holds one directory per genre.

    The label of a song is the directory directly under ``folder``; songs may be
    deeper (``music/jazz/Miles Davis/So What.flac``). No file is opened, unless
    ``on_error="skip"``. Links are followed, but a song that two paths lead to is
    listed once.

    Parameters
    ----------
    folder : path-like
        The folder that holds the genre directories.
    extensions : sequence of str or None, default=None
        Which files are songs, by the ends of their names, in any case. None: those of
        all formats that `load_audio` reads, with the optional codecs or without.
    groups : {"artist", None}, default=None
        "artist": the directory under the genre is the artist
        (``genre/artist/.../song``) and becomes ``groups``, by name, so that an
        artist of two genres is one group. None: no groups are known.
    on_ignored : {"warn", "raise", "ignore"}, default="warn"
        What to do about files that are not songs, links to songs that are listed
        already, and songs that are hidden (by a dot in front, as in a folder
        ``.38 Special``). ``ignored`` lists them in every case. Other hidden files and
        those of the operating system (``.DS_Store``, ``._*``, ``.Trash``,
        ``Thumbs.db``, ``__MACOSX``, ``$RECYCLE.BIN``, ``@eaDir``, ``lost+found``) never
        count.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_songs,) of str, sorted by genre and path;
        - ``target``: ndarray of shape (n_songs,) of str, the genres;
        - ``groups``: ndarray of shape (n_songs,) of str, the artists, or None;
        - ``split``: None;
        - ``ignored``: list of str, the files that are not songs, then the links to
          songs, then the hidden songs;
        - ``DESCR``: str, with the folder and the number of songs per genre.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    NotADirectoryError
        If ``folder`` is a file.
    ValueError
        If a song is directly in ``folder`` (it has no genre), if a genre
        directory holds no song, if there is no song at all, if a link brings a song
        into two genres, if a song is directly in a genre directory though
        ``groups="artist"``, if there are other files and ``on_ignored="raise"``, or
        if a parameter is out of range.

    Warns
    -----
    UserWarning
        If there is anything to be ignored and ``on_ignored="warn"``, or songs that
        need the optional codecs where these are not installed.

    See Also
    --------
    load_manifest : A table of files, with labels and artists.
    load_gtzan : The GTZAN set, with artists, faults and published splits.
    make_genre_audio : Clips in synthetic styles, made without any files.

    Notes
    -----
    Names of genres and artists are compared as they look: composed and decomposed
    letters, blanks around a name and their number within it make no difference. Case,
    accents and punctuation do.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_genre import load_folder, make_genre_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_genre_audio(
    ...         2, genres=["dub", "waltz"], duration=1.0, directory=folder
    ...     )
    ...     songs = load_folder(folder)
    >>> songs.target.tolist()
    ['dub', 'dub', 'waltz', 'waltz']
    """
    OneOf(choices=("warn", "raise", "ignore")).check_value("on_ignored", on_ignored)
    OneOf(choices=("artist",), none=True).check_value("groups", groups)
    extensions = _check_extensions(extensions)
    root = check_folder(folder)
    hidden = []
    songs, ignored = _sort_out(root, extensions, hidden)
    songs, links = _leave_out_links(songs)
    hidden = hidden_songs(hidden, extensions)
    _report_ignored(root, ignored, links, hidden, on_ignored)
    paths = [path for genre in sorted(songs) for path in songs[genre]]
    target = [genre for genre in sorted(songs) for _ in songs[genre]]
    return make_bunch(
        paths,
        target,
        groups=_artists(root, paths) if groups else None,
        descr=_describe(root, songs, groups),
        ignored=[str(path) for path in (*ignored, *links, *hidden)],
        on_error=on_error,
    )


def _check_extensions(extensions):
    """Return file name endings in lower case, with a leading dot; None means audio.

    Raises
    ------
    ValueError
        If it is empty, a bare string or holds anything but strings.
    """
    if extensions is None:
        return AUDIO_EXTENSIONS
    if isinstance(extensions, str):
        raise ValueError(
            f"extensions must be a sequence such as ('.wav', '.mp3'), got the string "
            f"{extensions!r}."
        )
    known = tuple(extensions)
    if not known or not all(isinstance(e, str) and e.strip(".") for e in known):
        raise ValueError(
            f"extensions must hold file name endings such as '.wav', got {known!r}."
        )
    return tuple("." + e.lower().lstrip(".") for e in known)


def _sort_out(root, extensions, hidden):
    """Return the songs by genre, and the files that are not songs; fill ``hidden``."""
    songs, ignored = {}, []
    loose, by_directory = files_by_directory(root, hidden)
    stray = [e for e in loose if has_ending(e, extensions)]
    if stray:
        raise ValueError(
            f"{len(stray)} songs are directly in {str(root)!r} and so have no genre: "
            f"{listed(p.name for p in stray)}. Move each into a directory named after "
            "its genre, or give the folder above if this is a genre."
        )
    ignored += loose
    for folder, files in by_directory.items():
        found = songs.setdefault(_name_of(folder), [])
        found += [p for p in files if has_ending(p, extensions)]
        ignored += [p for p in files if not has_ending(p, extensions)]
    _check_songs(root, songs, ignored, extensions)
    return songs, ignored


def _name_of(folder):
    """Return the genre or artist that a directory is named after."""
    name = plain_name(folder.name)
    if not name:
        raise ValueError(f"{str(folder)!r} has no visible name. Rename it.")
    return name


def _leave_out_links(songs):
    """Return the songs with one path for each file, and the other paths by the first.

    Raises
    ------
    ValueError
        If a file is in two genres.
    """
    labeled = [(genre, path) for genre in sorted(songs) for path in songs[genre]]
    links = {}
    for i, j in same_files(path for _, path in labeled):
        (genre, path), (other, link) = labeled[i], labeled[j]
        if genre != other:
            raise ValueError(
                f"{str(path)!r} and {str(link)!r} are one file, by a link, in two "
                "genres. Remove one of them, or the link that leads to its directory."
            )
        links[link] = path
    kept = {g: [p for p in paths if p not in links] for g, paths in songs.items()}
    return kept, links


def _check_songs(root, songs, ignored, extensions):
    """Raise if there is no song, or none in one of the genres."""
    found = sorted({p.suffix.lower() or p.name for p in ignored})
    hint = f" Other files there end in {listed(found)}." if found else ""
    if not any(songs.values()):
        raise ValueError(
            f"no song in {str(root)!r}: expected one directory per genre, with files "
            f"that end in {listed(extensions)}.{hint}"
        )
    empty = [genre for genre, paths in songs.items() if not paths]
    if empty:
        raise ValueError(
            f"no song in the genre directories {listed(empty)} of {str(root)!r}: "
            f"remove them, fill them or extend extensions.{hint}"
        )


def _report_ignored(root, ignored, links, hidden, on_ignored):
    """Warn or raise about files that are no songs, links to songs and hidden songs."""
    if not (ignored or links or hidden) or on_ignored == "ignore":
        return
    parts = []
    if ignored:
        parts.append(
            f"{len(ignored)} files in {str(root)!r} are not taken as songs: "
            f"{listed(p.relative_to(root) for p in ignored)}. Add their ending to "
            "extensions if they are."
        )
    if links:
        pairs = (
            f"{link.relative_to(root)} ({path.relative_to(root)})"
            for link, path in links.items()
        )
        parts.append(
            f"{len(links)} songs in {str(root)!r} are links to others, in brackets, "
            f"and are left out: {listed(pairs, 5)}."
        )
    if hidden:
        parts.append(about_hidden(root, hidden))
    parts.append("on_ignored='ignore' silences this; the field ignored lists them all.")
    if on_ignored == "raise":
        raise ValueError(" ".join(parts))
    warnings.warn(" ".join(parts), UserWarning, stacklevel=3)


def _artists(root, paths):
    """Return the artist of each song: the directory under the genre."""
    parts = [path.relative_to(root).parts for path in paths]
    loose = ["/".join(p) for p in parts if len(p) < 3]
    if loose:
        raise ValueError(
            "groups='artist' expects genre/artist/song, but these songs are directly "
            f"in a genre directory: {listed(loose)}."
        )
    return [_name_of(root.joinpath(*p[:2])) for p in parts]


def _describe(root, songs, groups):
    """Return the text of DESCR."""
    counts = [(printable(g), len(p)) for g, p in sorted(songs.items())]
    width = max(len(genre) for genre, _ in counts)
    table = "\n".join(f"  {genre:<{width}}  {n:>6}" for genre, n in counts)
    known = "Groups are the artist directories." if groups else "No groups are known."
    return _DESCR.format(
        n_songs=sum(map(len, songs.values())),
        n_genres=len(songs),
        folder=printable(str(root)),
        table=table,
        groups=known,
    )
