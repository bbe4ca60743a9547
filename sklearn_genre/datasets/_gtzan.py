"""The GTZAN genre collection: a local copy, checked, and the facts known about it."""

import re
import warnings
from collections import Counter

import numpy as np

from .._utils.files import check_folder, first_bytes
from .._utils.formats import starts_as_audio
from .._utils.text import listed
from ..parameters import OneOf
from ._base import (
    check_complete,
    choose_genres,
    describe,
    documented,
    find_files,
    make_bunch,
    one_file_each,
    read_bundled,
    texts,
    warn_ignored,
)

GENRES = (
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
)
# the one clip whose file is broken in the widely spread wav copy
BROKEN = "jazz.00054"
SPLITS = ("fault_filtered", "stratified")

_NAME = re.compile(rf"({'|'.join(GENRES)})[._-]?(\d{{5}})", re.IGNORECASE)


@documented
def load_gtzan(
    folder, *, genres=None, split=None, allow_partial=False, on_error="raise"
):
    """Find the clips of a local copy of the GTZAN genre collection and check it.

    Nothing is downloaded: the set has no license, and its original host is gone.
    Clips are recognized by their names, so any layout works
    (``genres/blues/blues.00000.au``, ``Data/genres_original/blues/blues.00000.wav``,
    all clips in one folder), in any format that can be read.

    Parameters
    ----------
    folder : path-like
        The copy, or any folder above it.
    genres : sequence of str or None, default=None
        A subset of the ten genres, such as Sturm's five: "blues", "classical",
        "country", "disco", "hiphop". None takes all.
    split : {"fault_filtered", "stratified"} or None, default=None
        The published lists to return in ``split``.
    allow_partial : bool, default=False
        Whether to accept a copy in which clips are missing. A copy in which only
        jazz.00054 is missing, or broken, is always accepted, with a warning.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_clips,) of str, sorted by clip;
        - ``groups``: ndarray of shape (n_clips,) of str, a key of the artist; each clip
          whose artist is unknown has a key of its own;
        - ``split``: ndarray of shape (n_clips,) of str: "train", "valid", "test" or
          "" for clips that the published list leaves out; None if ``split`` is None;
        - ``clips``: ndarray of shape (n_clips,) of str, such as "blues.00000";
        - ``artist``: ndarray of shape (n_clips,) of str, as credited; "" where
          unknown;
        - ``duplicates``: ndarray of shape (n_pairs, 2) of str, pairs of clips with
          the same sound, both of them present;
        - ``missing``: list of str, the clips that are not there;
        - ``ignored``: list of str, audio files that are not clips of the set;

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    NotADirectoryError
        If ``folder`` is a file.
    ValueError
        If there is no clip of GTZAN, if clips are missing and not
        ``allow_partial``, if a clip occurs twice, is in the directory of another
        genre or is not an audio file, or if a parameter is out of range.

    Warns
    -----
    UserWarning
        If jazz.00054 alone is missing, if it is left out because its file is
        broken, or if there are other audio files.

    See Also
    --------
    load_folder : Any folder with one directory per genre.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals",
       IEEE Transactions on Speech and Audio Processing 10(5), 2002.
    .. [2] B. L. Sturm, "The GTZAN dataset: its contents, its faults, their effects
       on evaluation, and its future use", arXiv:1306.1461, 2013.
    .. [3] C. Kereliuk, B. L. Sturm, J. Larsen, "Deep learning and music
       adversaries", IEEE Transactions on Multimedia 17(11), 2015.

    Examples
    --------
    Two clips stand in for the real copy:

    >>> import pathlib
    >>> import tempfile
    >>> import numpy as np
    >>> import soundfile
    >>> from sklearn_genre import load_gtzan
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("blues.00000.wav", "jazz.00000.wav"):
    ...         path = pathlib.Path(folder, name)
    ...         soundfile.write(path, np.zeros(22050), 22050)
    ...     data = load_gtzan(folder, split="fault_filtered", allow_partial=True)
    >>> data.target.tolist(), data.split.tolist()
    (['blues', 'jazz'], ['valid', 'train'])
    >>> data.groups.tolist()
    ['john lee hooker', 'leonard bernstein']
    >>> len(data.missing)
    998
    """
    OneOf(choices=SPLITS, none=True).check_value("split", split)
    genres = choose_genres(genres, GENRES, "GTZAN")
    root = check_folder(folder)
    found, ignored = find_files(root, _clip)
    found = {clip: paths for clip, paths in found.items() if _genre(clip) in genres}
    found = one_file_each(found)
    broken = _leave_out_broken(found, on_error)
    missing = _check_missing(root, found, genres, broken, allow_partial)
    warn_ignored(root, ignored, "are not clips of GTZAN")
    clips = sorted(found)
    facts = {row["clip"]: row for row in read_bundled("gtzan.csv")}
    return make_bunch(
        [found[clip] for clip in clips],
        [_genre(clip) for clip in clips],
        groups=[facts[clip]["artist_key"] for clip in clips],
        split=None if split is None else [facts[clip][split] for clip in clips],
        descr=describe("gtzan", n_clips=len(clips)),
        clips=texts(clips),
        artist=texts(facts[clip]["artist"] for clip in clips),
        duplicates=_duplicates(found),
        missing=missing,
        ignored=[str(path) for path in ignored],
        on_error=on_error,
    )


def _clip(path):
    """Return the clip that a file name stands for; None if it is not in the set."""
    name = _NAME.fullmatch(path.stem)
    if name is None or int(name[2]) > 99:
        return None
    genre, place = name[1].lower(), path.parent.name.lower()
    if place in GENRES and place != genre:
        raise ValueError(
            f"{str(path)!r} is a {genre} clip by its name, but is in the directory "
            f"of {place}; which is right? Restore the original names and places."
        )
    return f"{genre}.{name[2]}"


def _genre(clip):
    """Return the genre of a clip."""
    return clip.partition(".")[0]


def _leave_out_broken(found, on_error):
    """Remove jazz.00054 if its file is broken, and return whether it is.

    Raises
    ------
    ValueError
        If any other file is broken, unless those are left out later.
    """
    looked_at = {BROKEN} & set(found) if on_error == "skip" else found
    bad = [c for c in looked_at if not starts_as_audio(first_bytes(found[c]))]
    others = sorted(set(bad) - {BROKEN})
    if others:
        raise ValueError(
            f"{len(others)} files are empty or no audio: "
            f"{listed(found[c] for c in others)}. Restore them, or remove them and "
            "pass allow_partial=True."
        )
    for clip in bad:
        del found[clip]
    return bool(bad)


def _check_missing(root, found, genres, broken, allow_partial):
    """Return the clips that the copy lacks; most copies lack one."""
    wanted = [f"{genre}.{k:05d}" for genre in genres for k in range(100)]
    missing = [clip for clip in wanted if clip not in found]
    if broken:
        _warn_broken("its file is broken and is left out")
    elif missing == [BROKEN]:
        _warn_broken("it is missing")
    names = missing
    if len(missing) > 20:
        counts = Counter(map(_genre, missing))
        names = [f"{n} {genre}" for genre, n in counts.items()]
    check_complete(
        len(found),
        len(wanted),
        clips="clips of GTZAN",
        where=root,
        expected="names such as blues.00000.wav or genres/blues/blues.00000.au",
        missing=names,
        allow_partial=allow_partial or missing == [BROKEN],
    )
    return missing


def _warn_broken(state):
    """Explain the clip that most copies lack."""
    warnings.warn(
        f"GTZAN clip {BROKEN}: {state}. In the widely spread wav copy this file does "
        "not start with a RIFF header, so many works use the other 999 clips; the "
        "original .au file is sound. State the number of clips with your results.",
        UserWarning,
        stacklevel=4,
    )


def _duplicates(found):
    """Return the pairs of clips with the same sound that are both present."""
    rows = read_bundled("gtzan_duplicates.csv")
    pairs = [(row["clip"], row["other"]) for row in rows]
    pairs = [pair for pair in pairs if pair[0] in found and pair[1] in found]
    return np.array(pairs, dtype=str).reshape(-1, 2)
