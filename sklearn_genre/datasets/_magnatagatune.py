"""MagnaTagATune: tags, published and random split, track and artist groups."""

import os
import re
from pathlib import Path

import numpy as np
from sklearn.utils import check_random_state

from .._utils.files import check_file, check_folder
from .._utils.names import plain_name
from .._utils.text import listed
from ..parameters import OneOf
from ._base import (
    check_complete,
    describe,
    documented,
    make_bunch,
    present,
    read_bundled,
    texts,
)
from ._io.tables import check_unique, read_table
from ._tags import indicator, merge_tags

N_CLIPS = 25_863
# train, valid and test of the random split of Panwar et al. (2017)
RANDOM_SIZES = (19_773, 1_521, 4_566)
# clips whose mp3 files are empty in every copy; the published split leaves them out
EMPTY = ("35644", "55753", "57881")
TAGS = ("top50", "all", "merged", "merged_top50")

_MP3 = re.compile(r"([0-9a-f])/([^/]+)-\d+-\d+\.mp3")


@documented
def load_magnatagatune(
    annotations,
    *,
    audio=None,
    tags="top50",
    split="published",
    groups="artist",
    untagged="keep",
    allow_partial=False,
    random_state=0,
    on_error="raise",
):
    r"""Read the tags of MagnaTagATune from a local copy, and find its clips.

    Nothing is downloaded. The music informatics research group at City, University of
    London, describes the data set on its site.

    Parameters
    ----------
    annotations : path-like
        ``annotations_final.csv`` as published (one column per tag), or a table with
        columns clip_id, mp3_path and tags, tags joined by "|"; or the folder that holds
        either (``annotations_final.csv``, ``annotations.csv`` or
        ``annotations.csv.gz``). With ``clip_info_final.csv`` in the same folder,
        artists have their full names.
    audio : path-like or None, default=None
        The folder that holds the folders ``0`` to ``f`` of mp3 files. None reads the
        tags only.
    tags : {"top50", "all", "merged", "merged_top50"}, default="top50"
        "top50": the 50 most frequent tags; "all": all 188; "merged": the 134 that
        remain after :func:`~sklearn_genre.datasets.merge_tags`; "merged_top50": the 50
        most frequent of these.
    split : {"published", "random"} or None, default="published"
        "published": folders 0 to b train, c validates, d to f test; its parts share no
        track, but many artists. "random": clips shuffled into 19,773/1,521/4,566 as in
        [2]_. LEAKING: clips of one track are in several parts. Use it only to reproduce
        figures that were measured with it.
    groups : {"artist", "track"} or None, default="artist"
        What to return in ``groups``.
    untagged : {"keep", "drop"}, default="keep"
        What to do about clips that have none of the chosen tags.
    allow_partial : bool, default=False
        Whether to accept a copy in which clips, or their audio files, are missing.
    random_state : int, RandomState instance or None, default=0
        Seed of the random split.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_clips,) of str; None if ``audio`` is None;
        - ``target``: ndarray of shape (n_clips, n_tags) of zeros and ones;
        - ``target_names``: ndarray of shape (n_tags,) of str, the tags, the most
          frequent first ("top50", "merged_top50") or in alphabetical order;
        - ``groups``: ndarray of shape (n_clips,) of str, or None;
        - ``split``: ndarray of shape (n_clips,) of str, "train", "valid" or "test";
          or None;
        - ``clip_id``, ``mp3_path``: ndarray of shape (n_clips,) of str;
        - ``artist``: ndarray of shape (n_clips,) of str, from the clip information,
          else from the file name;
        - ``track``: ndarray of shape (n_clips,) of str, a key of artist, album, number
          and title;
        - ``excluded``: list of str, ids of the three clips whose files are empty;
        - ``missing``: list of str, mp3 paths of audio files that are missing or empty;

    Raises
    ------
    FileNotFoundError
        If there are no annotations, or no audio folder.
    NotADirectoryError
        If ``audio`` is a file.
    ValueError
        If the header, an entry or an encoding is wrong, a clip occurs twice, clips or
        audio files are missing and not ``allow_partial``, or a parameter is out of
        range.

    See Also
    --------
    merge_tags : Merge tags that mean the same.
    tag_categories : Genre, instrument, mood and voice among the tags.
    GuardedCV : Refuses folds that share a track or an artist.

    References
    ----------
    .. [1] E. Law, K. West, M. Mandel, M. Bay, J. S. Downie, "Evaluation of algorithms
       using games: the case of music tagging", ISMIR 2009.
    .. [2] S. Panwar, A. Das, M. Roopaei, P. Rad, "A deep learning approach for
       mapping music genres", System of Systems Engineering Conference, 2017.

    Examples
    --------
    A table of three clips stands in for the real one:

    >>> import pathlib
    >>> import tempfile
    >>> from sklearn_genre import load_magnatagatune
    >>> rows = [
    ...     "clip_id,mp3_path,tags",
    ...     "2,f/bach-cantatas-01-aria-30-59.mp3,opera|violin|baroque",
    ...     "6,f/bach-cantatas-01-aria-59-88.mp3,opera",
    ...     "9,c/dj_x-beats-02-night-0-29.mp3,techno|fast",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "annotations.csv")
    ...     _ = path.write_text("\n".join(rows))
    ...     data = load_magnatagatune(path, allow_partial=True)
    >>> data.target.shape, data.target.sum(axis=1).tolist()
    ((3, 50), [2, 1, 2])
    >>> data.split.tolist(), data.groups.tolist()
    (['test', 'test', 'valid'], ['bach', 'bach', 'dj_x'])
    """
    OneOf(choices=TAGS).check_value("tags", tags)
    OneOf(choices=("published", "random"), none=True).check_value("split", split)
    OneOf(choices=("artist", "track"), none=True).check_value("groups", groups)
    OneOf(choices=("keep", "drop")).check_value("untagged", untagged)
    ids, mp3, Y, names_of = _read_all(_find_annotations(annotations), allow_partial)
    excluded = [clip for clip in ids if clip in EMPTY]
    rows = [k for k, clip in enumerate(ids) if clip not in EMPTY]
    ids, mp3, Y = [ids[k] for k in rows], [mp3[k] for k in rows], Y[rows]
    Y, names = _choose_tags(Y, tags)
    parts = _split(mp3, split, random_state)
    files, keep, missing = _find_audio(audio, mp3, allow_partial, on_error)
    if untagged == "drop":
        keep &= Y.any(axis=1)
    rows = np.flatnonzero(keep)
    clip_ids, mp3 = [ids[k] for k in rows], [mp3[k] for k in rows]
    tracks = [_MP3.fullmatch(path)[2] for path in mp3]
    artist_keys = [track.split("-")[0] for track in tracks]
    named = zip(clip_ids, artist_keys, strict=True)
    data = make_bunch(
        None if files is None else [files[k] for k in rows],
        Y[rows],
        target_names=names,
        groups={"artist": artist_keys, "track": tracks, None: None}[groups],
        split=None if parts is None else parts[rows],
        descr="",
        clip_id=texts(clip_ids),
        artist=texts(names_of.get(clip) or key for clip, key in named),
        mp3_path=texts(mp3),
        track=texts(tracks),
        excluded=excluded,
        missing=missing,
        on_error=on_error,
    )
    data.DESCR = _describe(data, tags)
    return data


def _find_annotations(annotations):
    """Return the file that holds the tags."""
    if isinstance(annotations, (str, os.PathLike)) and Path(annotations).is_dir():
        names = ("annotations_final.csv", "annotations.csv", "annotations.csv.gz")
        for name in names:
            if (path := Path(annotations, name)).is_file():
                return path
        raise FileNotFoundError(
            f"no annotations of MagnaTagATune in {str(annotations)!r}: expected "
            f"{listed(names)}."
        )
    return check_file(annotations, "annotations")


def _read_all(path, allow_partial):
    """Read the annotations; refuse a copy that lacks clips."""
    ids, *found = _read_annotations(path)
    check_complete(
        len(ids),
        N_CLIPS,
        clips="clips of MagnaTagATune",
        where=path,
        expected=f"{N_CLIPS:,} rows",
        allow_partial=allow_partial,
    )
    return ids, *found


def _read_annotations(path):
    """Return ids, mp3 paths, the matrix of all 188 tags, and artists by clip."""
    known = [row["tag"] for row in read_bundled("magnatagatune_tags.csv")]
    table = read_table(path, required=("clip_id", "mp3_path"), strict=False)
    if "tags" in table:
        mp3 = table.column("mp3_path")
        # clips listed without a file were cut, but never published
        rows = [k for k, p in enumerate(mp3) if p]
        lists = table.column("tags")
        Y = indicator([_known_tags(table, k, lists[k], known) for k in rows], known)
    else:
        rows = range(len(table))
        mp3 = table.column("mp3_path")
        Y = _read_matrix(table, known)
    ids = table.column("clip_id")
    for k in rows:
        if not ids[k] or _MP3.fullmatch(mp3[k]) is None:
            raise ValueError(
                f"{str(path)!r}, line {table.lines[k]}: clip {ids[k]!r} with mp3_path "
                f"{mp3[k]!r}; expected an id and a path such as 'f/artist-album-01-"
                "title-30-59.mp3'."
            )
    ids, mp3 = [ids[k] for k in rows], [mp3[k] for k in rows]
    lines = [table.lines[k] for k in rows]
    check_unique(path, ids, lines, "clip")
    check_unique(path, mp3, lines, "mp3_path")
    return ids, mp3, Y, _artists(table)


def _artists(table):
    """Return the artist by clip, from the table or the clip information beside it."""
    other = table.path.with_name("clip_info_final.csv")
    if "artist" not in table and other.is_file():
        table = read_table(other, required=("clip_id", "artist"), strict=False)
    if "artist" not in table:
        return {}
    return dict(zip(table.column("clip_id"), table.column("artist"), strict=True))


def _known_tags(table, row, text, known):
    """Return the tags of one clip, all of them known."""
    tags = [tag for tag in map(plain_name, text.split("|")) if tag]
    unknown = set(tags) - set(known)
    if unknown:
        raise ValueError(
            f"{str(table.path)!r}, line {table.lines[row]}: {listed(sorted(unknown))} "
            "is not a tag of MagnaTagATune."
        )
    return tags


def _read_matrix(table, known):
    """Return the matrix of the published file, columns in the order of ``known``."""
    columns = [name for name in table.header if name not in ("clip_id", "mp3_path")]
    missing, more = set(known) - set(columns), set(columns) - set(known)
    if missing or more:
        raise ValueError(
            f"{str(table.path)!r} is not the annotations of MagnaTagATune: "
            f"{len(missing)} of 188 tags have no column "
            f"({listed(sorted(missing), 5)}); {len(more)} columns are not tags "
            f"({listed(sorted(more), 5)})."
        )
    where = [table.header.index(tag) for tag in known]
    Y = np.empty((len(table), len(known)), dtype=np.int64)
    for k, row in enumerate(table.rows):
        fields = [row[w] for w in where]
        if set(fields) - {"0", "1"}:
            bad = next(w for w in where if row[w] not in ("0", "1"))
            raise ValueError(
                f"{str(table.path)!r}, line {table.lines[k]}, column "
                f"{table.header[bad]!r}: expected 0 or 1, got {row[bad]!r}."
            )
        Y[k] = fields
    return Y


def _choose_tags(Y, tags):
    """Return the wanted columns and their names."""
    facts = read_bundled("magnatagatune_tags.csv")
    names = [row["tag"] for row in facts]
    if tags.startswith("merged"):
        Y, names = merge_tags(Y, names)
    if tags.endswith("top50"):
        name = "tag" if tags == "top50" else "merged"
        rank = {row[name]: int(row[tags]) for row in facts if row[tags]}
        wanted = sorted(rank, key=rank.get)
    else:
        wanted = sorted(names)
    where = {name: k for k, name in enumerate(names)}
    return Y[:, [where[name] for name in wanted]], wanted


def _split(mp3, split, random_state):
    """Return the part of each clip."""
    if split is None:
        return None
    if split == "published":
        part = dict.fromkeys("0123456789ab", "train") | dict.fromkeys("def", "test")
        part["c"] = "valid"
        return np.array([part[path[0]] for path in mp3], dtype=str)
    n_clips, total = len(mp3), sum(RANDOM_SIZES)
    n_train, n_valid = (n_clips * size // total for size in RANDOM_SIZES[:2])
    parts = np.array(["test"] * n_clips, dtype="U5")
    order = check_random_state(random_state).permutation(n_clips)
    parts[order[:n_train]] = "train"
    parts[order[n_train : n_train + n_valid]] = "valid"
    return parts


def _find_audio(audio, mp3, allow_partial, on_error):
    """Return audio files, which clips to keep, and the mp3 paths that are missing."""
    if audio is None:
        return None, np.ones(len(mp3), dtype=bool), []
    root = check_folder(audio, "audio")
    files = [root / path for path in mp3]
    there = present(
        files, what="MagnaTagATune", allow_partial=allow_partial, on_error=on_error
    )
    missing = [path for path, ok in zip(mp3, there, strict=True) if not ok]
    return files, np.array(there), missing


def _describe(data, tags):
    """Return the text of DESCR, with the counts of this copy."""
    counts = "None."
    if data.split is not None:
        sizes = [int((data.split == part).sum()) for part in ("train", "valid", "test")]
        counts = "{:,} train, {:,} valid, {:,} test.".format(*sizes)
    return describe(
        "magnatagatune",
        n_clips=len(data.target),
        n_tags=data.target.shape[1],
        tags=tags,
        counts=counts,
    )
