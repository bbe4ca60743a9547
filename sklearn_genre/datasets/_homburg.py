"""Homburg's benchmark data set: nine genres, artists from the file names."""

import re
import warnings

import numpy as np

from .._utils.files import check_folder, has_ending, is_junk, walk
from .._utils.text import listed
from ._base import bundled, make_bunch

COUNTS = {
    "alternative": 145,
    "blues": 120,
    "electronic": 113,
    "folkcountry": 222,
    "funksoulrnb": 47,
    "jazz": 319,
    "pop": 116,
    "raphiphop": 300,
    "rock": 504,
}


def load_homburg(folder, *, allow_partial=False):
    """Find the clips of a local copy of Homburg's benchmark data set and check it.

    Nothing is downloaded. The set is described on the audio page of the chair of
    artificial intelligence at TU Dortmund, as "Music Audio Benchmark Data Set": one
    zip of mp3 files for each genre. Unpack each into a directory named after its genre.

    Parameters
    ----------
    folder : path-like
        Holds the directories alternative, blues, electronic, folkcountry, funksoulrnb,
        jazz, pop, raphiphop and rock, with files ``Artist-Title.mp3`` (or converted to
        another format).
    allow_partial : bool, default=False
        Whether to accept a copy in which clips or genres are missing.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_clips,) of str, sorted by genre and path;
        - ``target``: ndarray of shape (n_clips,) of str, the genres;
        - ``target_names``: ndarray of shape (n_genres,) of str, sorted;
        - ``groups``: ndarray of shape (n_clips,) of str, the artist of the file name in
          lower case;
        - ``split``: None, there is no published one;
        - ``ignored``: list of str, audio files that are no clip of the set;
        - ``DESCR``: str.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    ValueError
        If there is no genre directory, a genre has fewer clips than published and not
        ``allow_partial``, or more, a clip is there twice, or a file is empty or bears
        no artist.

    Warns
    -----
    UserWarning
        If there are audio files outside of the genre directories.

    See Also
    --------
    load_folder : Any folder with one directory per genre.

    References
    ----------
    .. [1] H. Homburg, I. Mierswa, B. Moeller, K. Morik, M. Wurst, "A benchmark dataset
       for audio classification and clustering", ISMIR 2005.

    Examples
    --------
    Two clips stand for the real set:

    >>> import pathlib
    >>> import tempfile
    >>> from sklearn_genre import load_homburg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("jazz/Some_Trio-Blue_Hour.mp3", "rock/A_Band-Loud.mp3"):
    ...         path = pathlib.Path(folder, name)
    ...         path.parent.mkdir()
    ...         _ = path.write_bytes(b"ID3")
    ...     data = load_homburg(folder, allow_partial=True)
    >>> data.target.tolist(), data.groups.tolist()
    (['jazz', 'rock'], ['some_trio', 'a_band'])
    """
    root = check_folder(folder)
    clips, ignored = _find(root)
    _check_counts(root, clips, allow_partial)
    if ignored:
        warnings.warn(
            f"{len(ignored)} audio files in {str(root)!r} lie in no genre directory "
            f"and are left out: {listed(ignored, 5)}.",
            UserWarning,
            stacklevel=2,
        )
    paths = [path for genre in sorted(clips) for path in clips[genre]]
    return make_bunch(
        paths,
        [genre for genre in sorted(clips) for _ in clips[genre]],
        groups=np.array([_artist(path) for path in paths]),
        descr=bundled("homburg.rst").read_text("utf-8").format(n_clips=len(paths)),
        ignored=[str(path) for path in ignored],
    )


def _find(root):
    """Clips by genre, and audio files elsewhere."""
    clips, ignored = {}, []
    for entry in sorted(root.iterdir()):
        if is_junk(entry.name):
            continue
        files = list(walk(entry)) if entry.is_dir() else [entry]
        files = [f for f in files if has_ending(f)]
        genre = re.sub("[^a-z]", "", entry.name.lower())
        if not entry.is_dir() or genre not in COUNTS:
            ignored += files
        elif genre in clips:
            raise ValueError(f"{str(root)!r} holds two directories for {genre!r}.")
        else:
            clips[genre] = files
    for genre, files in clips.items():
        _check_files(genre, files)
    return clips, ignored


def _check_files(genre, files):
    """Raise if a clip is there twice, empty, or bears no artist."""
    stems = {}
    for path in files:
        if path.stem in stems:
            raise ValueError(
                f"clip {path.stem!r} of {genre!r} is there twice: "
                f"{str(stems[path.stem])!r} and {str(path)!r}."
            )
        stems[path.stem] = path
        if not path.stat().st_size:
            raise ValueError(f"{str(path)!r} is empty; restore or remove it.")
        if not _artist(path):
            raise ValueError(
                f"{str(path)!r} bears no artist; expected a name such as "
                "Artist-Title.mp3."
            )


def _artist(path):
    """The artist of the file name, in lower case; "" if there is none."""
    artist, dash, _ = path.stem.partition("-")
    return artist.strip(" _").lower() if dash else ""


def _check_counts(root, clips, allow_partial):
    """Raise if the copy is not complete, or more than that."""
    if not any(clips.values()):
        raise ValueError(
            f"no clip of Homburg's set in {str(root)!r}: expected directories "
            f"{listed(COUNTS)} that hold files such as Artist-Title.mp3."
        )
    more = [g for g in clips if len(clips[g]) > COUNTS[g]]
    if more:
        raise ValueError(
            f"{str(root)!r} holds more clips than were published: "
            f"{listed(f'{g} {len(clips[g])} instead of {COUNTS[g]}' for g in more)}. "
            "Take the others away, or use load_folder."
        )
    less = [g for g in COUNTS if len(clips.get(g, ())) < COUNTS[g]]
    if less and not allow_partial:
        found = sum(map(len, clips.values()))
        names = listed(f"{g} {len(clips.get(g, ()))} of {COUNTS[g]}" for g in less)
        raise ValueError(
            f"{found:,} of {sum(COUNTS.values()):,} clips found in {str(root)!r}; "
            f"missing: {names}. Give the complete copy, or pass allow_partial=True."
        )
