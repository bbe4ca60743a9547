"""FMA, a dataset for music analysis: clips, genres, artists, the authors' split."""

import ast
import hashlib
import os
import re
import warnings
from pathlib import Path

import numpy as np

from .._utils.files import audio_files, check_file, check_folder
from .._utils.text import listed
from ._base import bundled, make_bunch, read_bundled
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


def load_fma(
    folder,
    *,
    subset="small",
    labels="genre_top",
    audio=None,
    faulty="warn",
    verify=False,
    allow_partial=False,
):
    r"""Find the clips of a local copy of FMA and read their metadata.

    Nothing is downloaded. The data set is described in the repository "fma" of its
    first author, M. Defferrard, where ``fma_metadata.zip`` and the zip files of audio
    are listed with their checksums.

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
        "genres_all": these and all genres above them, both as indicator matrix; needs
        ``genres.csv``.
    audio : path-like, False or None, default=None
        The folder that holds ``000``, ``001`` and so on. None looks for ``fma_small``,
        ``fma_medium`` and ``fma_large``, whichever is the first that is large enough.
        False reads the metadata only.
    faulty : {"warn", "exclude", "keep"}, default="warn"
        What to do about the clips that are known to have no audio, because they were
        cut beyond the end of the track: leave them out with a warning, leave them out,
        or keep them.
    verify : bool, default=False
        Whether to compare each file with the SHA-1 sums in the file ``checksums`` that
        comes with the audio. Reads all of the audio.
    allow_partial : bool, default=False
        Whether to accept a copy in which tracks or audio files are missing.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_clips,) of str, or None without audio;
        - ``target``: ndarray of shape (n_clips,) of str, or of shape (n_clips,
          n_genres) of zeros and ones;
        - ``target_names``: ndarray of shape (n_genres,) of str;
        - ``groups``: ndarray of shape (n_clips,) of str, artist ids;
        - ``split``: ndarray of shape (n_clips,) of str, "train", "valid" or "test";
        - ``ids``: ndarray of shape (n_clips,) of str, track ids, in rising order;
        - ``artist``, ``title``: ndarray of shape (n_clips,) of str;
        - ``fault``: ndarray of shape (n_clips,) of str, "short", "no audio" or "";
        - ``excluded``: list of str, ids of clips left out as faulty;
        - ``unlabeled``: list of str, ids of tracks left out for want of a genre;
        - ``missing``: list of str, ids of tracks without an audio file;
        - ``ignored``: list of str, audio files that are no clip of the set;
        - ``DESCR``: str.

    Raises
    ------
    FileNotFoundError
        If a folder, or the metadata, is not there.
    ValueError
        If a header is wrong, tracks or audio files are missing or empty and not
        ``allow_partial``, a clip is there twice, a checksum differs, or a parameter is
        out of range.

    Warns
    -----
    UserWarning
        If clips without audio are left out and ``faulty="warn"``, or there are audio
        files that are no clips of the set.

    References
    ----------
    .. [1] M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson, "FMA: a dataset for
       music analysis", ISMIR 2017, arXiv:1612.01840.

    Examples
    --------
    Two tracks stand for the real set:

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
    _check_choices(subset=subset, labels=labels, faulty=faulty)
    root = check_folder(folder)
    metadata = _find_metadata(root)
    tracks, known = _read_tracks(metadata, subset, allow_partial)
    tracks, excluded = _leave_out_faulty(tracks, faulty)
    unlabeled = [t["id"] for t in tracks if labels == "genre_top" and not t[labels]]
    tracks = [t for t in tracks if t["id"] not in set(unlabeled)]
    files, ignored = _find_audio(root, audio, subset, known)
    missing = _check_audio(tracks, files, allow_partial)
    if files is not None:
        tracks = [t for t in tracks if t["id"] not in set(missing)]
        if verify:
            _verify(files, tracks)
    target, names = _labels(metadata, tracks, labels)
    return make_bunch(
        None if files is None else [files[t["id"]] for t in tracks],
        target,
        target_names=names,
        groups=[t["artist_id"] for t in tracks],
        split=[PARTS[t["split"]] for t in tracks],
        descr=_describe(len(tracks), subset),
        ids=np.array([t["id"] for t in tracks], dtype=str),
        artist=np.array([t["artist"] for t in tracks], dtype=str),
        title=np.array([t["title"] for t in tracks], dtype=str),
        fault=np.array([t["fault"] for t in tracks], dtype=str),
        excluded=excluded,
        unlabeled=unlabeled,
        missing=missing,
        ignored=ignored,
    )


def _check_choices(*, subset, labels, faulty):
    """Check the parameters that take one of a few values."""
    for name, value, choices in (
        ("subset", subset, tuple(SUBSETS)),
        ("labels", labels, LABELS),
        ("faulty", faulty, ("warn", "exclude", "keep")),
    ):
        if value not in choices:
            legal = ", ".join(map(repr, choices))
            raise ValueError(f"{name} must be one of {legal}; got {value!r}.")


def _find_metadata(root):
    """The file tracks.csv."""
    for path in (root / "fma_metadata" / "tracks.csv", root / "tracks.csv"):
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"no metadata of FMA in {str(root)!r}: expected fma_metadata/tracks.csv, which "
        "comes in fma_metadata.zip."
    )


def _read_tracks(path, subset, allow_partial):
    """The tracks of a subset as dicts, by rising id; the ids of all tracks."""
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
    if not tracks or (len(tracks) != SUBSETS[subset] and not allow_partial):
        raise ValueError(
            f"{str(path)!r} holds {len(tracks):,} tracks of subset {subset!r}, which "
            f"has {SUBSETS[subset]:,}. Give the complete file"
            f"{', or pass allow_partial=True' if tracks else ''}."
        )
    return sorted(tracks, key=lambda track: int(track["id"])), set(ids)


def _check_heads(path, heads):
    """Position of each column, from the three header rows."""
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
    """Raise if an entry is not what it must be."""
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
    """Tracks with their fault, and the ids of those left out."""
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


def _find_audio(root, audio, subset, known):
    """Audio files by track id, and audio files that are no clip; None without audio."""
    if audio is False:
        return None, []
    if audio is None:
        names = list(SUBSETS)[list(SUBSETS).index(subset) :]
        candidates = [root / f"fma_{name}" for name in names] + [root]
        folder = next(c for c in candidates if c.is_dir())
    else:
        folder = check_folder(audio)
    files, strange = {}, []
    for path in audio_files(folder, [".mp3"]):
        named = _NAME.fullmatch(path.stem) and path.parent.name == path.stem[:3]
        key = str(int(path.stem)) if named else ""
        if key not in known:
            strange.append(str(path))
            continue
        if key in files:
            raise ValueError(
                f"clip {key} is there twice: {str(files[key])!r} and {str(path)!r}. "
                "Give the folder of one copy."
            )
        files[key] = path
    if strange:
        warnings.warn(
            f"{len(strange)} mp3 files in {str(folder)!r} are no clips of FMA and are "
            f"left out: {listed(strange, 5)}.",
            UserWarning,
            stacklevel=3,
        )
    if not files:
        raise ValueError(
            f"no clip of FMA in {str(folder)!r}: expected files such as "
            "000/000002.mp3. Unpack fma_small.zip there, or pass audio=False."
        )
    return files, strange


def _check_audio(tracks, files, allow_partial):
    """Ids of the tracks without audio."""
    if files is None:
        return []
    missing = [
        t["id"]
        for t in tracks
        if t["id"] not in files or not os.path.getsize(files[t["id"]])
    ]
    if missing and (not allow_partial or len(missing) == len(tracks)):
        names = listed((f"{int(i):06d}"[:3] + f"/{int(i):06d}.mp3" for i in missing), 5)
        raise ValueError(
            f"{len(missing):,} of {len(tracks):,} clips of FMA are missing or empty: "
            f"{names}. Give the complete copy, or pass allow_partial=True."
        )
    return missing


def _verify(files, tracks):
    """Compare files with the sums that come with them."""
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
        if sums.get(files[t["id"]].name)
        != hashlib.sha1(files[t["id"]].read_bytes(), usedforsecurity=False).hexdigest()
    ]
    if bad:
        raise ValueError(
            f"{len(bad)} files differ from {str(path)!r}: {listed(bad, 5)}. Unpack "
            "them again."
        )


def _labels(metadata, tracks, labels):
    """Target and its names."""
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


def _describe(n_clips, subset):
    """The DESCR text."""
    text = bundled("fma.rst").read_text("utf-8")
    return text.format(n_clips=n_clips, subset=subset)
