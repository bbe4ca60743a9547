"""Million Song Dataset: track files as rows of features."""

import os
import re
from pathlib import Path

import numpy as np

from .._utils.files import check_file, check_folder, walk
from ..parameters import Names
from ._base import describe, documented, make_bunch, one_file_each, texts, warn_ignored
from ._io.feature_files import check_own, import_h5py
from ._io.labels import assign_split, match_labels, read_labels

FEATURES = ("timbre", "pitches", "loudness", "rhythm", "key")
STATISTICS = {
    "mean": lambda x: x.mean(axis=0),
    "std": lambda x: x.std(axis=0),
    "median": lambda x: np.median(x, axis=0),
    "min": lambda x: x.min(axis=0),
    "max": lambda x: x.max(axis=0),
}
_KEYS = ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b")
# what is read from each file: a value of the table "songs", or an array
_SCALARS = (
    "duration",
    "loudness",
    "tempo",
    "time_signature",
    "time_signature_confidence",
    "key",
    "key_confidence",
    "mode",
    "mode_confidence",
)
_SHOP_ID = "track_7digitalid"
_TEXTS = ("artist_id", "artist_name", "title")
_ARRAYS = (
    "segments_timbre",
    "segments_pitches",
    "segments_loudness_max",
    "segments_loudness_start",
    "beats_start",
)
_TRACK = re.compile("TR[A-Z0-9]+")


@documented
def load_msd(
    folder,
    *,
    labels=None,
    features=FEATURES,
    statistics=("mean", "std"),
    split=None,
    unlabeled="raise",
    allow_partial=False,
):
    """Read track files of the Million Song Dataset as rows of features, with genres.

    The data set has no audio: each file holds an analysis of one song by The Echo Nest.
    Every file ``TR….h5`` under the folder is read, and must be valid.

    Parameters
    ----------
    folder : path-like
        Holds the track files, at any depth (``A/B/C/TRABC….h5``); or one track file,
        whose name ends in ``.h5``.
    labels : path-like, mapping or None, default=None
        Genre by track id: tagtraum's ``msd_tagtraum_cd1.cls`` [2]_ (zipped or not), or
        any table of track id, genre and perhaps a second genre, divided by tabs,
        commas or semicolons; or a mapping.
    features : sequence of str, default=("timbre", "pitches", "loudness", "rhythm", \
"key")
        Which groups of features to compute:

        - "timbre", "pitches": statistics over the segments, 12 values each;
        - "loudness": of the track (dB), and statistics of the segments' maximum and
          start (dB);
        - "rhythm": tempo (beats per minute), time signature and its confidence,
          segments and beats per second, duration (s);
        - "key": twelve indicators of the key, its confidence, mode (1 major, 0 minor)
          and its confidence.
    statistics : sequence of {"mean", "std", "median", "min", "max", "cov"}, \
default=("mean", "std")
        What to compute over the segments. "cov": the 66 covariances of timbre, and of
        pitches.
    split : mapping, path-like or None, default=None
        Published lists: a mapping of part name to track ids, to row numbers of the
        result, or to a text file with one id per line; or a table of track id and
        part, such as TU Wien's [3]_.
    unlabeled : {"raise", "drop"}, default="raise"
        What to do about tracks that ``labels`` does not name.
    allow_partial : bool, default=False
        Whether ``split`` may name tracks that are not in the folder.

    Returns
    -------
    data : Bunch
        - ``data``: ndarray of shape (n_tracks, n_features), float64. NaN where a track
          has no segment or no beat;
        - ``feature_names``: ndarray of shape (n_features,) of str;
        - ``ids``: ndarray of shape (n_tracks,) of str, the track ids, sorted;
        - ``target``: ndarray of shape (n_tracks,) of str, or None without labels;
        - ``target_names``: ndarray of str, sorted, or None;
        - ``second``: ndarray of shape (n_tracks,) of str, the second genre or "";
          None without labels;
        - ``groups``: ndarray of shape (n_tracks,) of str, The Echo Nest's artist ids;
        - ``split``: ndarray of shape (n_tracks,) of str, "" for tracks in no part;
          None without split;
        - ``artist``, ``title``: ndarray of shape (n_tracks,) of str;
        - ``track_7digitalid``: ndarray of shape (n_tracks,) of str, what 7digital
          called the track when the set was made, "" where it is not known;
        - ``unlabeled``: list of str, tracks that were left out;
        - ``ignored``: list of str, files that are not track files;
        - ``paths``: ndarray of shape (n_tracks,) of str, the track files, which hold no
          audio;

    Raises
    ------
    FileNotFoundError
        If the folder or a table does not exist.
    NotADirectoryError
        If ``folder`` is a file of another ending.
    ImportError
        If h5py is not installed.
    ValueError
        If there is no track file, one is damaged or holds several tracks, a track is
        repeated or in a file of another name, tracks have no label and
        ``unlabeled="raise"``, or a parameter is out of range.

    Warns
    -----
    UserWarning
        If there are ``.h5`` files that are not named after a track, such as the summary
        file that comes with the subset of 10,000 songs.

    See Also
    --------
    load_feature_table : Features that others computed for the same tracks.
    fetch_previews : Audio, where a service offers it.

    References
    ----------
    .. [1] T. Bertin-Mahieux, D. P. W. Ellis, B. Whitman, P. Lamere, "The Million Song
       Dataset", ISMIR 2011.
    .. [2] H. Schreiber, "Improving genre annotations for the Million Song Dataset",
       ISMIR 2015.
    .. [3] A. Schindler, R. Mayer, A. Rauber, "Facilitating comprehensive benchmarking
       experiments on the Million Song Dataset", ISMIR 2012.

    Examples
    --------
    >>> from sklearn_genre import load_msd
    >>> songs = load_msd(
    ...     "MillionSongSubset", labels="msd_tagtraum_cd1.cls", unlabeled="drop"
    ... )  # doctest: +SKIP
    >>> X, y, artists = songs.data, songs.target, songs.groups  # doctest: +SKIP
    """
    Names(choices=FEATURES).check_value("features", features)
    Names(choices=(*STATISTICS, "cov")).check_value("statistics", statistics)
    genres = None if labels is None else read_labels(labels)
    h5py = import_h5py("load_msd")
    root, files, ignored = _find(folder)
    strange = [path for path in ignored if path.suffix.lower() == ".h5"]
    warn_ignored(root, strange, "are not named after a track", kind=".h5")
    matched = match_labels(list(files), genres, unlabeled)
    ids = [list(files)[k] for k in matched.rows]
    paths = [files[key] for key in ids]
    tracks, names, table = _read_all(h5py, paths, features, statistics)
    return make_bunch(
        paths,
        matched.target,
        groups=[track["artist_id"] for track in tracks],
        split=assign_split(ids, split, allow_partial),
        descr=describe("msd", n_tracks=len(ids)),
        data=table,
        feature_names=texts(names),
        ids=texts(ids),
        second=texts(matched.second),
        artist=texts(track["artist_name"] for track in tracks),
        title=texts(track["title"] for track in tracks),
        track_7digitalid=texts(_shop_id(track) for track in tracks),
        unlabeled=matched.unlabeled,
        ignored=[str(path) for path in ignored],
    )


def _find(folder):
    """Return the folder, its track files by id, sorted, and the other files."""
    if isinstance(folder, str | os.PathLike):
        path = Path(folder).expanduser()
        if path.suffix.lower() == ".h5" and path.is_file():
            return path.parent, {path.stem: path}, []
    root, found, ignored = check_folder(folder), {}, []
    for path in walk(root):
        is_track = path.suffix == ".h5" and _TRACK.fullmatch(path.stem)
        (found.setdefault(path.stem, []) if is_track else ignored).append(path)
    if not found:
        raise ValueError(
            f"no track file in {str(root)!r}; expected files of the Million Song "
            "Dataset such as A/B/C/TRABC….h5."
        )
    return root, dict(sorted(one_file_each(found).items())), ignored


def _read_all(h5py, paths, features, statistics):
    """Return what names each track, the names of the features, and their table."""
    tracks, rows = [], []
    for path in paths:
        track = _read_track(h5py, path)
        row = _features(track, features, statistics)
        # the segments of a million songs would fill any memory
        tracks.append({name: track[name] for name in (*_TEXTS, _SHOP_ID)})
        rows.append(np.array(list(row.values())))
    return tracks, list(row), np.array(rows)


def _read_track(h5py, path):
    """Read what the features need from one track file."""
    check_file(path)
    try:
        with h5py.File(path, "r") as file:
            analysis, metadata = (
                check_own(path, file[f"{name}/songs"])[:]
                for name in ("analysis", "metadata")
            )
            track = {name: analysis[name] for name in (*_SCALARS, "track_id")}
            track |= {name: metadata[name] for name in (*_TEXTS, _SHOP_ID)}
            arrays = {
                name: check_own(path, file[f"analysis/{name}"])[:] for name in _ARRAYS
            }
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{str(path)!r} is damaged or not a Million Song Dataset track file: "
            f"{error}."
        ) from error
    if len(analysis) != 1 or len(metadata) != 1:
        raise ValueError(
            f"{str(path)!r} holds {len(analysis)} songs; expected a file of one track."
        )
    track = {name: values[0] for name, values in track.items()}
    for name in (*_TEXTS, "track_id"):
        track[name] = track[name].decode("utf-8", "replace")
    if track["track_id"] != path.stem:
        raise ValueError(
            f"{str(path)!r} holds track {track['track_id']!r}; restore the original "
            "name."
        )
    return track | arrays


def _shop_id(track):
    """Return 7digital's id; the files have 0 or -1 where it is not known."""
    number = int(track[_SHOP_ID])
    return str(number) if number > 0 else ""


def _features(track, features, statistics):
    """Compute the features of one track, by name."""
    row = {}
    for group in features:
        row |= _GROUPS[group](track, statistics)
    return row


def _over_segments(name, values, statistics):
    """Compute statistics of (n_segments, n_values); NaN where there is no segment."""
    row = {}
    for statistic in statistics:
        if statistic == "cov":
            if values.shape[1] > 1:
                row |= _covariances(name, values)
            continue
        out = np.full(values.shape[1], np.nan)
        if len(values):
            out = STATISTICS[statistic](values)
        single = len(out) == 1
        row |= {
            f"{name}_{statistic}" if single else f"{name}{k}_{statistic}": v
            for k, v in enumerate(out)
        }
    return row


def _covariances(name, values):
    """Compute covariances of all pairs of values; NaN for fewer than two segments."""
    n_values = values.shape[1]
    cov = np.full((n_values, n_values), np.nan)
    if len(values) > 1:
        cov = np.cov(values, rowvar=False)
    return {
        f"{name}{i}_{name}{j}_cov": cov[i, j]
        for i in range(n_values)
        for j in range(i + 1, n_values)
    }


def _timbre(track, statistics):
    """Compute statistics of timbre."""
    return _over_segments("timbre", track["segments_timbre"], statistics)


def _pitches(track, statistics):
    """Compute statistics of chroma."""
    return _over_segments("pitches", track["segments_pitches"], statistics)


def _loudness(track, statistics):
    """Compute the loudness of the track and of its segments."""
    row = {"loudness": track["loudness"]}
    for name in ("loudness_max", "loudness_start"):
        row |= _over_segments(name, track[f"segments_{name}"][:, None], statistics)
    return row


def _rhythm(track, statistics):
    """Collect tempo, meter, events per second and duration."""
    row = {
        name: track[name]
        for name in ("tempo", "time_signature", "time_signature_confidence")
    }
    duration = track["duration"]
    beats = np.diff(track["beats_start"])
    row["segments_per_second"] = len(track["segments_timbre"]) / duration
    row["beats_per_second"] = 1 / beats.mean() if len(beats) else np.nan
    row["duration"] = duration
    return row


def _key(track, statistics):
    """Return the key as twelve indicators, the mode, and their confidence."""
    row = {f"key_{name}": float(track["key"] == k) for k, name in enumerate(_KEYS)}
    names = ("key_confidence", "mode", "mode_confidence")
    return row | {name: track[name] for name in names}


_GROUPS = {
    "timbre": _timbre,
    "pitches": _pitches,
    "loudness": _loudness,
    "rhythm": _rhythm,
    "key": _key,
}
