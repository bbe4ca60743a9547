"""The GTZAN genre collection: a local copy, checked, with what is known of it."""

import re
import warnings

import numpy as np

from .._utils.files import audio_files, check_folder, starts_as_audio
from .._utils.text import listed
from ._base import bundled, make_bunch, read_bundled

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
# the one clip whose file is broken in the wav copy that most people have
BROKEN = "jazz.00054"
SPLITS = ("fault_filtered", "stratified")

_NAME = re.compile(rf"({'|'.join(GENRES)})[._-]?(\d{{5}})", re.IGNORECASE)


def load_gtzan(folder, *, genres=None, split=None, allow_partial=False):
    """Find the clips of a local copy of the GTZAN genre collection and check it.

    Nothing is downloaded: the set has no license and its first host is gone. Any
    layout will do (``genres/blues/blues.00000.au``,
    ``Data/genres_original/blues/blues.00000.wav``, all clips in one folder), in
    .au, .wav, .flac, .ogg or .mp3: clips are known by their names.

    Parameters
    ----------
    folder : path-like
        The copy, or any folder above it.
    genres : sequence of str or None, default=None
        A subset of the ten genres, such as Sturm's five: "blues", "classical",
        "country", "disco", "hiphop". None takes all.
    split : {"fault_filtered", "stratified"} or None, default=None
        The published lists to give in ``split``.
    allow_partial : bool, default=False
        Whether to accept a copy in which clips are missing. A copy in which only
        jazz.00054 is missing, or broken, is always accepted, with a warning.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_clips,) of str, sorted by clip;
        - ``target``: ndarray of shape (n_clips,) of str, the genres;
        - ``target_names``: ndarray of shape (n_genres,) of str, sorted;
        - ``groups``: ndarray of shape (n_clips,) of str, an artist key; clips
          whose artist is unknown have one of their own;
        - ``split``: ndarray of shape (n_clips,) of str: "train", "valid", "test" or
          "" for clips that the published list leaves out; None if ``split`` is None;
        - ``clips``: ndarray of shape (n_clips,) of str, such as "blues.00000";
        - ``artist``: ndarray of shape (n_clips,) of str, as credited; "" where
          unknown;
        - ``duplicates``: ndarray of shape (n_pairs, 2) of str, pairs of clips with
          the same sound, both of them present;
        - ``missing``: list of str, the clips that are not there;
        - ``ignored``: list of str, audio files that are no clip of the set;
        - ``DESCR``: str, with citation, license, known faults and all sources.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    NotADirectoryError
        If ``folder`` is a file.
    ValueError
        If there is no clip of GTZAN, if clips are missing and not
        ``allow_partial``, if a clip is there twice, lies in the directory of
        another genre or is no audio file, or if a parameter is out of range.

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
    A copy of two clips stands for the real one:

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
    if split is not None and split not in SPLITS:
        raise ValueError(
            f"split must be 'fault_filtered', 'stratified' or None, got {split!r}."
        )
    genres = _check_genres(genres)
    root = check_folder(folder)
    found, ignored = _find(root, genres)
    broken = _check_headers(found)
    wanted = [f"{genre}.{k:05d}" for genre in genres for k in range(100)]
    missing = [clip for clip in wanted if clip not in found]
    _check_missing(root, found, missing, broken, len(wanted), allow_partial)
    if ignored:
        warnings.warn(
            f"{len(ignored)} audio files in {str(root)!r} are no clips of GTZAN and "
            f"are left out: {listed(p.relative_to(root) for p in ignored)}.",
            UserWarning,
            stacklevel=2,
        )
    clips = sorted(found)
    facts = {row["clip"]: row for row in read_bundled("gtzan.csv")}
    return make_bunch(
        [found[clip] for clip in clips],
        [clip.split(".")[0] for clip in clips],
        groups=[facts[clip]["artist_key"] for clip in clips],
        split=None if split is None else [facts[clip][split] for clip in clips],
        descr=bundled("gtzan.rst").read_text("utf-8").format(n_clips=len(clips)),
        clips=np.array(clips),
        artist=np.array([facts[clip]["artist"] for clip in clips]),
        duplicates=_duplicates(found),
        missing=missing,
        ignored=[str(path) for path in ignored],
    )


def _check_genres(genres):
    """The wanted genres, sorted."""
    if genres is None:
        return GENRES
    if isinstance(genres, str) or not len(genres):
        raise ValueError(f"genres must be a sequence of genre names, got {genres!r}.")
    for genre in genres:
        if genre not in GENRES:
            raise ValueError(
                f"genres: GTZAN has no {genre!r}; choose from {list(GENRES)}."
            )
    return tuple(sorted(set(genres)))


def _find(root, genres):
    """Clips by name, and audio files that are none."""
    found, ignored = {}, []
    for path in audio_files(root):
        name = _NAME.fullmatch(path.stem)
        if name is None or int(name[2]) > 99:
            ignored.append(path)
            continue
        genre = name[1].lower()
        _check_place(path, genre)
        if genre in genres:
            clip = f"{genre}.{name[2]}"
            if clip in found:
                raise ValueError(
                    f"clip {clip} is there twice: {str(found[clip])!r} and "
                    f"{str(path)!r}. Give the folder of one copy."
                )
            found[clip] = path
    return found, ignored


def _check_place(path, genre):
    """Raise if a clip lies in the directory of another genre."""
    place = path.parent.name.lower()
    if place in GENRES and place != genre:
        raise ValueError(
            f"{str(path)!r} is a {genre} clip by its name, but lies in the directory "
            f"of {place}; which is right? Restore the original names and places."
        )


def _check_headers(found):
    """Take jazz.00054 out if its file is broken; raise for any other."""
    bad = [clip for clip, path in found.items() if not starts_as_audio(path)]
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


def _check_missing(root, found, missing, broken, n_wanted, allow_partial):
    """Raise or warn if the copy is not complete."""
    if not found:
        raise ValueError(
            f"no clip of GTZAN in {str(root)!r}: expected names such as "
            "blues.00000.wav or genres/blues/blues.00000.au."
        )
    if broken:
        _warn_broken("its file is broken and is left out")
    elif missing == [BROKEN]:
        _warn_broken("it is missing")
    if missing in ([], [BROKEN]) or allow_partial:
        return
    if len(missing) > 20:
        genres = sorted({clip.split(".")[0] for clip in missing})
        names = ", ".join(
            f"{sum(c.startswith(g) for c in missing)} {g}" for g in genres
        )
    else:
        names = ", ".join(missing)
    raise ValueError(
        f"{len(found)} of {n_wanted:,} clips of GTZAN found in {str(root)!r}; missing: "
        f"{names}. Give the complete copy, or pass allow_partial=True to work with "
        "what is there."
    )


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
    """Pairs of clips with the same sound of which both are there."""
    rows = read_bundled("gtzan_duplicates.csv")
    pairs = [(r["clip"], r["other"]) for r in rows]
    pairs = [pair for pair in pairs if pair[0] in found and pair[1] in found]
    return np.array(pairs, dtype=str).reshape(-1, 2)
