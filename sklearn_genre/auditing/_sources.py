"""What an audit looks at: folders, data sets, clips and arrays in one form."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .._utils.clips import clip_list
from .._utils.files import AUDIO_EXTENSIONS, check_folder, has_ending, walk
from ..audio import is_file
from ..evaluation._relations import label_list


@dataclass
class Source:
    """Clips with their names and labels.

    Attributes
    ----------
    kind : {"audio", "spectrogram", "row"}
    items : list or ndarray
        One entry a clip.
    names : list of str
    labels : list of (hashable or None) or None
        Genre, or tuple of tags, of each clip.
    groups : list or None
        Artist of each clip.
    notes : list of str
        What was left out, and why.
    """

    kind: str
    items: object
    names: list
    labels: list | None
    groups: list | None
    notes: list


def resolve(data, y, groups, sample_rate):
    """The clips of any accepted form of data.

    Raises
    ------
    ValueError, TypeError
        For a form that is not accepted, no clips, or labels that are not one a clip.
    """
    notes, names, tags = [], None, None
    if isinstance(data, str | os.PathLike):
        data, own, notes = _folder(data)
        y = own if y is None else y
    elif isinstance(data, dict) and "array" not in data:
        y = data.get("target") if y is None else y
        groups = data.get("groups") if groups is None else groups
        tags, names = data.get("target_names"), data.get("ids")
        data = _clips_of_bunch(data)
    if hasattr(data, "__len__") and len(data) == 0:
        raise ValueError("there are no clips to audit.")
    items = clip_list(data)
    kind = "audio"
    if items is None:
        items = np.asarray(data)
        kind = _kind_of_array(items, sample_rate)
    n = len(items)
    if names is None:
        names = [_name(item, i) for i, item in enumerate(items)]
    return Source(
        kind,
        items,
        [str(name) for name in names],
        None if y is None else _labels(y, tags, n),
        None if groups is None else label_list(groups, "groups", n),
        notes,
    )


def _folder(folder):
    """Audio files of a folder, the genre of each if it has directories, notes."""
    root = check_folder(folder)
    files = list(walk(root))
    paths = [path for path in files if has_ending(path)]
    notes = []
    if len(paths) < len(files):
        notes.append(f"{len(files) - len(paths)} files are no audio by their ending.")
    if not paths:
        raise ValueError(
            f"folder {str(root)!r} holds no audio files "
            f"({', '.join(AUDIO_EXTENSIONS)})."
        )
    parts = [path.relative_to(root).parts for path in paths]
    nested = all(len(part) > 1 for part in parts)
    return (
        [str(path) for path in paths],
        [p[0] for p in parts] if nested else None,
        notes,
    )


def _clips_of_bunch(data):
    """Paths of a data set, or its array where it has no paths."""
    for field in ("paths", "data", "X"):
        if data.get(field) is not None:
            return data[field]
    raise ValueError(
        f"this data set has none of 'paths', 'data' and 'X'; it has {sorted(data)}."
    )


def _kind_of_array(array, sample_rate):
    """What the rows of an array of numbers are."""
    if array.dtype.kind not in "biuf" or array.ndim not in (2, 3):
        raise ValueError(
            f"an array to audit has shape (n, n_samples), (n, n_features) or "
            f"(n, n_bands, n_frames) and holds numbers; got {array.dtype} of shape "
            f"{array.shape}."
        )
    if array.ndim == 3:
        return "spectrogram"
    return "row" if sample_rate is None else "audio"


def _name(item, i):
    """Name of a clip: its path, or its position."""
    if isinstance(item, str | os.PathLike):
        return str(Path(item))
    return f"clip {i}" if is_file(item) else f"row {i}"


def _labels(y, tags, n):
    """One hashable label a clip; tuples of tags for an indicator matrix."""
    if getattr(y, "ndim", 1) == 1:
        return label_list(y, "y", n)
    matrix = np.asarray(y)
    if matrix.ndim != 2 or len(matrix) != n:
        raise ValueError(f"y must have {n} rows, one a clip, got shape {matrix.shape}.")
    if tags is None:
        tags = np.arange(matrix.shape[1])
    return [tuple(str(t) for t in np.asarray(tags)[row != 0]) for row in matrix]
