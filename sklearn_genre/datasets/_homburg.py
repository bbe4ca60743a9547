"""Homburg's benchmark data set: nine genres, artists from the file names."""

import re
from collections import Counter

from .._utils.files import check_folder
from .._utils.text import listed
from ._base import (
    check_complete,
    describe,
    documented,
    find_files,
    make_bunch,
    one_file_each,
    warn_ignored,
)

# clips per genre, as published
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


@documented
def load_homburg(folder, *, allow_partial=False, on_error="raise"):
    """Find the clips of a local copy of Homburg's benchmark data set and check it.

    Nothing is downloaded. The chair of artificial intelligence at TU Dortmund describes
    the set on its audio page as "Music Audio Benchmark Data Set": one zip of mp3 files
    per genre. Unpack each into a directory named after its genre.

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
        - ``groups``: ndarray of shape (n_clips,) of str, the artist in the file name,
          in lower case;
        - ``ignored``: list of str, audio files that are not clips of the set;

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    NotADirectoryError
        If ``folder`` is a file.
    ValueError
        If there is no genre directory, a genre has fewer clips than published and not
        ``allow_partial``, or more, a clip occurs twice, or a file is empty or names
        no artist.

    Warns
    -----
    UserWarning
        If there are audio files outside the genre directories.

    See Also
    --------
    load_folder : Any folder with one directory per genre.

    References
    ----------
    .. [1] H. Homburg, I. Mierswa, B. Moeller, K. Morik, M. Wurst, "A benchmark dataset
       for audio classification and clustering", ISMIR 2005.

    Examples
    --------
    Two clips stand in for the real set:

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
    found, ignored = find_files(root, lambda path: _clip(root, path))
    files = one_file_each(found)
    _check_names(root, files, on_error)
    clips = sorted(files, key=lambda clip: (_genre(clip), files[clip]))
    _check_counts(root, Counter(map(_genre, clips)), allow_partial)
    warn_ignored(root, ignored, "are in no genre directory")
    paths = [files[clip] for clip in clips]
    return make_bunch(
        paths,
        [_genre(clip) for clip in clips],
        groups=[_artist(path) for path in paths],
        descr=describe("homburg", n_clips=len(paths)),
        ignored=[str(path) for path in ignored],
        on_error=on_error,
    )


def _clip(root, path):
    """Return genre and name of a clip; None outside the genre directories."""
    place, *inside = path.relative_to(root).parts
    genre = re.sub("[^a-z]", "", place.lower())
    return f"{genre}/{path.stem}" if inside and genre in COUNTS else None


def _genre(clip):
    """Return the genre of a clip."""
    return clip.partition("/")[0]


def _artist(path):
    """Return the artist in a file name, in lower case; "" if there is none."""
    artist, dash, _ = path.stem.partition("-")
    return artist.strip(" _").lower() if dash else ""


def _check_names(root, files, on_error):
    """Raise if a genre has two directories, or a file is empty or names no artist."""
    places = {}
    for clip, path in files.items():
        genre, place = _genre(clip), path.relative_to(root).parts[0]
        if places.setdefault(genre, place) != place:
            raise ValueError(f"{str(root)!r} holds two directories for {genre!r}.")
        if on_error == "raise" and not path.stat().st_size:
            raise ValueError(f"{str(path)!r} is empty; restore or remove it.")
        if not _artist(path):
            raise ValueError(
                f"{str(path)!r} names no artist; expected a name such as "
                "Artist-Title.mp3."
            )


def _check_counts(root, counts, allow_partial):
    """Raise if the copy is not complete, or holds more than the set."""
    more = [
        f"{genre} {n} instead of {COUNTS[genre]}"
        for genre, n in counts.items()
        if n > COUNTS[genre]
    ]
    if more:
        raise ValueError(
            f"{str(root)!r} holds more clips than were published: {listed(more)}. "
            "Remove the others, or use load_folder."
        )
    check_complete(
        counts.total(),
        sum(COUNTS.values()),
        clips="clips of Homburg's set",
        where=root,
        expected=f"directories {listed(COUNTS)} with files such as Artist-Title.mp3",
        missing=[
            f"{genre} {counts[genre]} of {n}"
            for genre, n in COUNTS.items()
            if counts[genre] < n
        ],
        allow_partial=allow_partial,
    )
