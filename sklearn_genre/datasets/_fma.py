"""FMA, a data set for music analysis: clips, genres, artists, the authors' split."""

import ast
import hashlib
import re
import warnings
from pathlib import Path

from .._utils.files import check_file, check_folder, open_file
from .._utils.text import listed
from ..parameters import OneOf
from ._base import (
    check_complete,
    describe,
    documented,
    find_files,
    make_bunch,
    one_file_each,
    present,
    read_bundled,
    texts,
    warn_ignored,
)
from ._io.tables import check_unique, check_width, iter_rows, read_table
from ._tags import indicator

SUBSETS = {"small": 8_000, "medium": 25_000, "large": 106_574}
LABELS = ("genre_top", "genres", "genres_all")
PARTS = {"training": "train", "validation": "valid", "test": "test"}

_COLUMNS = {
    "subset": ("set", "subset"),
    "split": ("set", "split"),
    "genre_top": ("track", "genre_top"),
    "genres": ("track", "genres"),
    "genres_all": ("track", "genres_all"),
    "artist_id": ("artist", "id"),
    "artist": ("artist", "name"),
    "title": ("track", "title"),
}
_NAME = re.compile(r"\d{6}")


@documented
def load_fma(
    folder,
    *,
    subset="small",
    labels="genre_top",
    audio=None,
    faulty="warn",
    verify=False,
    allow_partial=False,
    on_error="raise",
):
    r"""Find the clips of a local copy of FMA and read their metadata.

    Nothing is downloaded. The repository "fma" of the first author, M. Defferrard,
    describes the data set and lists ``fma_metadata.zip`` and the zip files of audio
    with their checksums.

    Parameters
    ----------
    folder : path-like
        Holds ``fma_metadata/tracks.csv`` (or ``tracks.csv``) and the audio in
        ``fma_small/000/000002.mp3`` and so on.
    subset : {"small", "medium", "large"}, default="small"
        Each holds the smaller ones.
    labels : {"genre_top", "genres", "genres_all"}, default="genre_top"
        "genre_top": the one top genre; tracks of "large" that have none are left out
        and listed in ``unlabeled``. "genres": the genres given by the artist,
        "genres_all": these and all genres above them, both as an indicator matrix;
        they need ``genres.csv``.
    audio : path-like, False or None, default=None
        The folder that holds ``000``, ``001`` and so on. None looks for ``fma_small``,
        ``fma_medium`` and ``fma_large``, and takes the first that is large enough.
        False reads the metadata only.
    faulty : {"warn", "exclude", "keep"}, default="warn"
        What to do about the clips that are known to have no audio, because they were
        cut beyond the end of the track: leave them out with a warning, leave them out
        silently, or keep them.
    verify : bool, default=False
        Whether to compare each file with its SHA-1 sum in the file ``checksums`` that
        comes with the audio. This reads all of the audio.
    allow_partial : bool, default=False
        Whether to accept a copy in which tracks or audio files are missing.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_clips,) of str, or None without audio;
        - ``target``: ndarray of shape (n_clips,) of str, or of shape (n_clips,
          n_genres) of zeros and ones;
        - ``target_names``: ndarray of shape (n_genres,) of str, sorted;
        - ``groups``: ndarray of shape (n_clips,) of str, artist ids;
        - ``split``: ndarray of shape (n_clips,) of str, "train", "valid" or "test";
        - ``ids``: ndarray of shape (n_clips,) of str, track ids, in rising order;
        - ``artist``, ``title``: ndarray of shape (n_clips,) of str;
        - ``fault``: ndarray of shape (n_clips,) of str, "short", "no audio" or "";
        - ``excluded``: list of str, ids of the clips left out as faulty;
        - ``unlabeled``: list of str, ids of the tracks left out because they have no
          top genre;
        - ``missing``: list of str, ids of the tracks without an audio file;
        - ``ignored``: list of str, mp3 files that are not clips of the set;

    Raises
    ------
    FileNotFoundError
        If a folder or the metadata does not exist.
    NotADirectoryError
        If ``folder`` or ``audio`` is a file.
    ValueError
        If a header is wrong, tracks or audio files are missing or empty and not
        ``allow_partial``, a clip occurs twice, a checksum differs, or a parameter is
        out of range.

    Warns
    -----
    UserWarning
        If clips without audio are left out and ``faulty="warn"``, or there are mp3
        files that are not clips of the set.

    References
    ----------
    .. [1] M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson, "FMA: a dataset for
       music analysis", ISMIR 2017, arXiv:1612.01840.

    Examples
    --------
    Two tracks stand in for the real set:

    >>> import pathlib
    >>> import tempfile
    >>> from sklearn_genre import load_fma
    >>> table = (
    ...     ",set,set,track,track,track,track,artist,artist\n"
    ...     ",split,subset,genre_top,genres,genres_all,title,id,name\n"
    ...     "track_id,,,,,,,,\n"
    ...     "2,training,small,Hip-Hop,[21],[21],Food,1,AWOL\n"
    ...     "140,test,small,Folk,[17],[17],Queen,54,Alec\n"
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "tracks.csv").write_text(table)
    ...     data = load_fma(folder, audio=False, allow_partial=True)
    >>> data.target.tolist(), data.split.tolist()
    (['Hip-Hop', 'Folk'], ['train', 'test'])
    """
    OneOf(choices=SUBSETS).check_value("subset", subset)
    OneOf(choices=LABELS).check_value("labels", labels)
    OneOf(choices=("warn", "exclude", "keep")).check_value("faulty", faulty)
    root = check_folder(folder)
    metadata = _find_metadata(root)
    tracks, known = _read_tracks(metadata, subset, allow_partial)
    tracks, excluded = _leave_out_faulty(tracks, faulty)
    unlabeled = [t["id"] for t in tracks if labels == "genre_top" and not t[labels]]
    tracks = [t for t in tracks if labels != "genre_top" or t[labels]]
    folder = _audio_folder(root, audio, subset)
    files, ignored = _find_audio(folder, known)
    warn_ignored(folder, ignored, "are not clips of FMA", kind="mp3")
    tracks, missing = _drop_missing(tracks, folder, files, allow_partial, on_error)
    if verify and files is not None:
        _verify(files, tracks)
    target, names = _labels(metadata, tracks, labels)
    return make_bunch(
        None if files is None else [files[t["id"]] for t in tracks],
        target,
        target_names=names,
        groups=[t["artist_id"] for t in tracks],
        split=[PARTS[t["split"]] for t in tracks],
        descr=describe("fma", n_clips=len(tracks), subset=subset),
        ids=texts(t["id"] for t in tracks),
        artist=texts(t["artist"] for t in tracks),
        title=texts(t["title"] for t in tracks),
        fault=texts(t["fault"] for t in tracks),
        excluded=excluded,
        unlabeled=unlabeled,
        missing=missing,
        ignored=[str(path) for path in ignored],
        on_error=on_error,
    )


def _find_metadata(root):
    """Return the path of tracks.csv."""
    for path in (root / "fma_metadata" / "tracks.csv", root / "tracks.csv"):
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"no metadata of FMA in {str(root)!r}: expected fma_metadata/tracks.csv, which "
        "comes in fma_metadata.zip."
    )


def _read_tracks(path, subset, allow_partial):
    """Return the tracks of a subset as dicts, by rising id, and the ids of all."""
    rows = iter_rows(path, delimiter=",", strict=False)
    heads = [next(rows, (0, []))[1] for _ in range(3)]
    where = _check_heads(path, heads)
    wanted = tuple(SUBSETS)[: tuple(SUBSETS).index(subset) + 1]
    tracks, ids, lines = [], [], []
    for number, row in rows:
        check_width(path, number, row, len(heads[0]))
        track = {name: row[k].strip() for name, k in where.items()}
        track["id"] = row[0].strip()
        _check_track(path, number, track)
        ids.append(track["id"])
        lines.append(number)
        if track["subset"] in wanted:
            tracks.append(track)
    check_unique(path, ids, lines, "track")
    check_complete(
        len(tracks),
        SUBSETS[subset],
        clips=f"tracks of FMA's subset {subset!r}",
        where=path,
        expected=f"{SUBSETS[subset]:,} of them",
        allow_partial=allow_partial,
    )
    return sorted(tracks, key=lambda track: int(track["id"])), set(ids)


def _check_heads(path, heads):
    """Return the position of each column, from the three header rows."""
    top, names, index = heads
    if not (len(top) == len(names) == len(index) and index[0].strip() == "track_id"):
        raise ValueError(
            f"{str(path)!r} does not start with the three header rows of FMA's "
            f"tracks.csv, the third of which starts with 'track_id'; the first is "
            f"{listed(map(repr, top), 5)}."
        )
    place = {pair: k for k, pair in enumerate(zip(top, names, strict=True))}
    missing = [pair for pair in _COLUMNS.values() if pair not in place]
    if missing:
        raise ValueError(f"{str(path)!r} has no columns {listed(missing)}.")
    return {name: place[pair] for name, pair in _COLUMNS.items()}


def _check_track(path, number, track):
    """Raise if an entry has an unknown form."""
    for name, ok in (
        ("id", track["id"].isdigit()),
        ("split", track["split"] in PARTS),
        ("subset", track["subset"] in SUBSETS),
    ):
        if not ok:
            raise ValueError(
                f"{str(path)!r}, line {number}: {name} is {track[name]!r}."
            )


def _leave_out_faulty(tracks, faulty):
    """Add to each track its fault; return the tracks kept and the ids of the others."""
    faults = {row["track_id"]: row["fault"] for row in read_bundled("fma_faults.csv")}
    for track in tracks:
        track["fault"] = faults.get(track["id"], "")
    if faulty == "keep":
        return tracks, []
    excluded = [track["id"] for track in tracks if track["fault"] == "no audio"]
    if excluded and faulty == "warn":
        warnings.warn(
            f"{len(excluded)} clips of FMA have no audio in any copy and are left out: "
            f"{listed(excluded)}. State the number of clips with your results; "
            "faulty='exclude' silences this warning.",
            UserWarning,
            stacklevel=3,
        )
    return [track for track in tracks if track["id"] not in excluded], excluded


def _audio_folder(root, audio, subset):
    """Return the folder of the audio; None without audio."""
    if audio is False:
        return None
    if audio is not None:
        return check_folder(audio, "audio")
    names = list(SUBSETS)[list(SUBSETS).index(subset) :]
    candidates = [root / f"fma_{name}" for name in names]
    return next((folder for folder in candidates if folder.is_dir()), root)


def _find_audio(folder, known):
    """Return the audio files by track id, and the mp3 files that are not clips."""

    def clip(path):
        named = _NAME.fullmatch(path.stem) and path.parent.name == path.stem[:3]
        key = str(int(path.stem)) if named else ""
        return key if key in known else None

    if folder is None:
        return None, []
    found, ignored = find_files(folder, clip, extensions=(".mp3",))
    if not found:
        raise ValueError(
            f"no clip of FMA in {str(folder)!r}: expected files such as "
            "000/000002.mp3. Unpack fma_small.zip there, or pass audio=False."
        )
    return one_file_each(found), ignored


def _drop_missing(tracks, folder, files, allow_partial, on_error):
    """Return the tracks that have audio, and the ids of the others."""
    if files is None:
        return tracks, []
    names = {t["id"]: f"{int(t['id']):06d}" for t in tracks}
    paths = [
        files.get(key, folder / name[:3] / f"{name}.mp3") for key, name in names.items()
    ]
    there = present(paths, what="FMA", allow_partial=allow_partial, on_error=on_error)
    kept = [t for t, ok in zip(tracks, there, strict=True) if ok]
    return kept, [t["id"] for t, ok in zip(tracks, there, strict=True) if not ok]


def _sum(path):
    """Return the SHA-1 of a file, in hexadecimal digits."""
    with open_file(path) as file:
        return hashlib.sha1(file.read(), usedforsecurity=False).hexdigest()


def _verify(files, tracks):
    """Compare the files with the sums that come with them."""
    folder = next(iter(files.values())).parent.parent
    path = check_file(folder / "checksums", "checksums")
    sums = {}
    for number, row in iter_rows(path, delimiter=" "):
        if len(row) < 2:
            raise ValueError(f"{str(path)!r}, line {number}: expected sum and name.")
        sums[Path(row[-1]).name] = row[0].lower()
    bad = [
        str(files[t["id"]])
        for t in tracks
        if sums.get(files[t["id"]].name) != _sum(files[t["id"]])
    ]
    if bad:
        raise ValueError(
            f"{len(bad)} files differ from {str(path)!r}: {listed(bad, 5)}. Unpack "
            "them again."
        )


def _labels(metadata, tracks, labels):
    """Return the target and its names; None for the names of single genres."""
    if labels == "genre_top":
        return [t["genre_top"] for t in tracks], None
    table = read_table(metadata.with_name("genres.csv"), required=("genre_id", "title"))
    title = dict(zip(table.column("genre_id"), table.column("title"), strict=True))
    lists = []
    for track in tracks:
        try:
            keys = [str(int(key)) for key in ast.literal_eval(track[labels])]
            lists.append([title[key] for key in keys])
        except (ValueError, SyntaxError, TypeError, KeyError) as error:
            raise ValueError(
                f"{str(metadata)!r}: track {track['id']} has {labels} "
                f"{track[labels]!r}; expected a list of ids that genres.csv names."
            ) from error
    names = sorted({name for members in lists for name in members})
    return indicator(lists, names), names
