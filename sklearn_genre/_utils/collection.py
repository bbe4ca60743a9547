"""The one reader of data: a folder, a Bunch, a DataFrame or a sequence of clips.

The input of ``evaluate``, ``audit``, ``predict_files`` and ``extract_features`` is read
here, so that all of them accept the same forms and refuse all others.
"""

import os
from dataclasses import dataclass, field

import numpy as np

from ..audio import AudioError, describe, is_file
from .clips import is_array, is_path, path_of
from .files import check_folder, files_by_directory, same_files, walk
from .formats import AUDIO_EXTENSIONS, has_ending
from .indexing import n_rows
from .labels import label_list
from .names import name_fault, plain_name
from .omissions import warn_of_codecs, warn_of_omissions
from .text import listed

#: Fields of a Bunch that hold its clips, for functions that decode or transform them.
CLIPS_FIRST = ("paths", "audio", "data", "X")
#: The same for functions that fit an estimator, which prefer features.
FEATURES_FIRST = ("data", "X", "audio", "paths")

# the columns of a table of files, named as `load_manifest` names them
_COLUMNS = {"label": "y", "group": "groups", "song": "songs", "split": "split"}


@dataclass
class Collection:
    """Clips, and everything known about them.

    Attributes
    ----------
    items : list or array-like of n entries
        Clips in any form that has rows: paths, waveforms, features.
    y : array-like or None
        Labels, as they were given.
    groups, songs, split : list of n or None
        Entries that are not known are None.
    duplicates : object or None
        Duplicates in any form that `merge_groups` takes.
    ids : sequence of n or None
        Names of the clips other than their paths.
    target_names : sequence of str or None
    sample_rate : int or None
        Rate of items that are bare waveforms.
    notes : list of str
        What was left out, and why.
    """

    items: object
    y: object = None
    groups: list | None = None
    songs: list | None = None
    split: list | None = None
    duplicates: object = None
    ids: object = None
    target_names: object = None
    sample_rate: int | None = None
    notes: list = field(default_factory=list)

    def names(self):
        """Return a name for each clip: its id, its path, or its row number."""
        return item_names(self.items) if self.ids is None else [*map(str, self.ids)]

    def check_links(self):
        """Raise if two paths of a folder are one file and have two labels."""
        for i, j in same_files(self.items):
            if self.y[i] != self.y[j]:
                raise ValueError(
                    f"{self.items[i]!r} and {self.items[j]!r} are one file, by a link, "
                    f"but have two labels, {str(self.y[i])!r} and {str(self.y[j])!r}. "
                    "Remove one of them."
                )

    def clips(self):
        """Return the items, bare waveforms of known rate as (array, rate) pairs."""
        if self.sample_rate is None:
            return self.items
        return [(wave, self.sample_rate) for wave in self.items]


def read_collection(data, *, name="data", fields=CLIPS_FIRST, y=None, **known):
    """Read a collection of clips in any form.

    Parameters
    ----------
    data : path-like, Bunch, DataFrame or array-like
        - A folder: the audio files in it and below, in order of name; where each is in
          a directory, the topmost one is its label.
        - A Bunch: the first of its ``fields`` that is there, with its ``target``,
          ``groups``, ``songs``, ``split`` and ``duplicates``.
        - A DataFrame with a column "path", or of one column of text: files, with
          optional columns "label", "group", "song", "split" and "id". Any other
          DataFrame is a table of features.
        - A list, array, Series, sparse matrix or RowView: its entries.
    name : str, default="data"
        Name of the argument, for messages.
    fields : tuple of str, default=CLIPS_FIRST
        Fields of a Bunch that may hold the clips, by preference.
    y : array-like or None, default=None
        Takes precedence over the labels that data holds.
    **known : array-like or None
        ``groups``, ``songs``, ``split`` and ``duplicates``, in the same way.

    Returns
    -------
    collection : Collection

    Raises
    ------
    TypeError
        If data is of none of these forms.
    FileNotFoundError, NotADirectoryError
        If it is a path, but not of a folder.
    ValueError
        If there are not clips, or groups, songs or split are not one per clip.
    """
    read = _reader(data)
    if read is None:
        raise TypeError(
            f"{name} must be a folder, a Bunch, a DataFrame with a column 'path', or a "
            f"sequence or array of clips, got {type(data).__name__}."
            + (f" Give list({name})." if hasattr(data, "__iter__") else "")
        )
    found = read(data, name, fields)
    if y is not None:
        found.y = y
    for what, value in known.items():
        if value is not None:
            setattr(found, what, value)
    n = n_rows(found.items)
    if n == 0:
        raise ValueError(f"{name} holds no clips.")
    for what in ("groups", "songs", "split"):
        labels = getattr(found, what)
        setattr(found, what, None if labels is None else label_list(labels, what, n))
    return found


def read_files(data, *, name="paths"):
    """Find the files that a folder, data set or sequence stands for, one by one.

    Parameters
    ----------
    data : path-like, Bunch, DataFrame or iterable of path-like
        Files and folders; for a Bunch its ``paths``, for a DataFrame its column "path".
    name : str, default="paths"
        Name of the argument, for messages.

    Returns
    -------
    entries : iterator of (str, list of (str or AudioError))
        Each entry of data and its files: itself, or those of a folder, and an error
        for each folder in it that cannot be listed. Made one at a time, so that data
        may be endless.

    Raises
    ------
    TypeError
        If data, or later an entry, is not a path.
    ValueError
        If a Bunch or DataFrame has no paths.
    """
    forms = "a file, a folder, a Bunch or DataFrame with paths, or a sequence of files"
    if is_path(data):
        data = [data]
    elif isinstance(data, dict) or _is_frame(data):
        data = _paths_of(data, name, forms)
    elif is_file(data) or not hasattr(data, "__iter__"):
        raise TypeError(f"{name} must be {forms}, got {type(data).__name__}.")
    return _expand(data, name)


def _paths_of(data, name, forms):
    """Return the paths of a Bunch or DataFrame."""
    column = "paths" if isinstance(data, dict) else _path_column(data)
    paths = None if column is None else data.get(column)
    if paths is None:
        raise ValueError(
            f"{name} must be {forms}; this {type(data).__name__} has no paths. What is "
            "in memory already goes to the model's own predict or predict_proba."
        )
    return paths


def _expand(entries, name):
    """Yield entries with their files; see :func:`read_files`."""
    for i, entry in enumerate(entries):
        if not is_path(entry):
            raise TypeError(
                f"{name}[{i}] must be the path of a file or folder, got "
                f"{type(entry).__name__}."
            )
        path = os.fsdecode(entry)
        yield path, _audio_in(path) if os.path.isdir(path) else [path]


def _audio_in(folder):
    """Return the audio files under a folder; warn of what is not as it seems."""
    audio, others, faults, hidden = [], [], [], []
    for file in walk(folder, faults, hidden):
        (audio if has_ending(file) else others).append(str(file))
    warn_of_codecs(audio)
    warn_of_omissions(folder, others, hidden)
    return [*audio, *map(_unlisted, faults)]


def _unlisted(fault):
    """Return the error for a folder that cannot be listed."""
    cause = f"this folder cannot be listed ({fault.strerror})"
    return AudioError(describe(fault.filename), cause, "Make it readable to you.")


def item_names(items):
    """Return the path, or the row number, of each of the items."""
    if isinstance(items, list | tuple) or getattr(items, "ndim", 0) == 1:
        return [path_of(x) or f"row {i}" for i, x in enumerate(items)]
    return [f"row {i}" for i in range(n_rows(items))]


def _reader(data):
    """Return the function that reads this form; None if there is none."""
    if is_path(data):
        return _read_folder
    # a dict with "array" is one clip, which is refused as such where clips are read
    if isinstance(data, dict) and "array" not in data:
        return _read_bunch
    if _is_frame(data):
        return _read_frame
    if isinstance(data, dict | set | frozenset) or is_file(data):
        return None
    rows = hasattr(data, "__len__") or hasattr(data, "__array__")
    return _read_rows if rows and getattr(data, "shape", (0,)) != () else None


def _read_folder(folder, name, fields):
    """Read the audio files of a folder, and their labels if it has directories."""
    root = check_folder(folder, f"{name}: folder")
    hidden = []
    loose, by_directory = files_by_directory(root, hidden)
    files = {None: loose}
    for directory, inside in by_directory.items():
        files.setdefault(plain_name(directory.name), []).extend(inside)
    audio = {label: list(filter(has_ending, paths)) for label, paths in files.items()}
    others = [p for paths in files.values() for p in paths if not has_ending(p)]
    warn_of_omissions(root, others, hidden)
    if audio[None]:  # not all have labels, so none has
        audio = {None: [path for paths in audio.values() for path in paths]}
    if not any(audio.values()):
        raise ValueError(
            f"{name}: folder {str(root)!r} holds no audio files "
            f"({listed(AUDIO_EXTENSIONS)})."
        )
    notes = [f"{len(others)} files are not audio by their ending."] if others else []
    links = _leave_out_links(audio)
    if links:
        notes.append(f"Links to other files were left out: {listed(links, 5)}.")
    labels = [label for label, paths in audio.items() for _ in paths]
    paths = [str(path) for paths in audio.values() for path in paths]
    warn_of_codecs(paths)
    return Collection(paths, y=None if None in labels else labels, notes=notes)


def _leave_out_links(audio):
    """Leave one path for each file under each label; return the others as texts."""
    links = []
    for label, paths in audio.items():
        first = {paths[j]: paths[i] for i, j in same_files(paths)}
        links += [f"{link} (the same as {path})" for link, path in first.items()]
        audio[label] = [path for path in paths if path not in first]
    return links


def _read_bunch(bunch, name, fields):
    """Read the clips of a data set, and everything known about them."""
    found = next((f for f in fields if bunch.get(f) is not None), None)
    if found is None:
        raise ValueError(
            f"{name}: a Bunch must have one of {listed(map(repr, fields))}, but this "
            "one has "
            f"{', '.join(sorted(map(repr, bunch))) or 'nothing'}."
        )
    return Collection(
        bunch[found],
        y=bunch.get("target"),
        groups=bunch.get("groups"),
        songs=bunch.get("songs"),
        split=bunch.get("split"),
        duplicates=_duplicates_by_row(bunch),
        ids=bunch.get("ids"),
        target_names=bunch.get("target_names"),
        sample_rate=bunch.get("sample_rate") if found == "audio" else None,
    )


def _duplicates_by_row(bunch):
    """Return the duplicates of a Bunch; pairs of clips by name become pairs of rows."""
    duplicates, clips = bunch.get("duplicates"), bunch.get("clips")
    if clips is None or np.ndim(duplicates) != 2:
        return duplicates
    row = {str(clip): i for i, clip in enumerate(clips)}
    return [tuple(row.get(str(c), c) for c in pair) for pair in duplicates]


def _is_frame(data):
    """Return whether data is a DataFrame, without importing pandas."""
    return hasattr(data, "columns") and hasattr(data, "to_numpy")


def _path_column(frame):
    """Return the name of the column of paths, or None."""
    if "path" in frame.columns:
        return "path"
    alone = len(frame.columns) == 1 and len(frame)
    if alone and is_path(_column(frame, frame.columns[0])[0]):
        return frame.columns[0]
    return None


def _column(frame, column):
    """Return a column as a list."""
    return np.asarray(frame[column]).tolist()


def _read_frame(frame, name, fields):
    """Read a table of files, or of features."""
    column = _path_column(frame)
    if column is None:
        return Collection(frame)
    known = {
        what: _check_names(_column(frame, other), name, other)
        for other, what in _COLUMNS.items()
        if other in frame.columns
    }
    ids = _column(frame, "id") if "id" in frame.columns else None
    return Collection(_column(frame, column), ids=ids, **known)


def _check_names(values, name, column):
    """Return values; raise if one is a text that is no name, such as "nan"."""
    for i, value in enumerate(values):
        fault = name_fault(plain_name(value)) if isinstance(value, str) else None
        if fault:
            raise ValueError(f"{name}: column {column!r}, row {i}: {value!r} {fault}")
    return values


def _read_rows(data, name, fields):
    """Read data that already consist of rows."""
    listed = isinstance(data, list | tuple) or is_array(data)
    return Collection(data if listed else list(data))
