"""Input of an audit: clips of one kind, with their names and labels."""

from dataclasses import dataclass

import numpy as np

from .._utils.clips import clip_list
from .._utils.collection import read_collection
from .._utils.labels import label_list
from .._utils.names import plain_name


@dataclass
class Source:
    """Clips with their names and labels.

    Attributes
    ----------
    kind : {"audio", "spectrogram", "row"}
    items : list or ndarray
        One entry per clip.
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


def read_source(data, y, groups, sample_rate):
    """Read the clips of any form of data.

    Raises
    ------
    ValueError, TypeError
        If the form is not accepted, there are not clips, or there is not one label per
        clip.
    """
    found = read_collection(data, y=y, groups=groups)
    clips = found.clips()
    items, kind = clip_list(clips, name="data"), "audio"
    if items is None:
        items = np.asarray(clips)
        kind = _kind_of_array(items, sample_rate)
    labels = None
    if found.y is not None:
        labels = _labels(found.y, found.target_names, len(items))
    return Source(kind, items, found.names(), labels, found.groups, found.notes)


def _kind_of_array(array, sample_rate):
    """Return what kind of rows an array of numbers holds."""
    if array.dtype.kind not in "biuf" or array.ndim not in (2, 3):
        raise ValueError(
            f"data: an array to audit has shape (n, n_samples), (n, n_features) or "
            f"(n, n_bands, n_frames) and holds numbers; got {array.dtype} of shape "
            f"{array.shape}."
        )
    if array.ndim == 3:
        return "spectrogram"
    return "row" if sample_rate is None else "audio"


def _labels(y, tags, n):
    """Return one hashable label per clip; tuples of tags for an indicator matrix."""
    if getattr(y, "ndim", 1) == 1:
        return label_list(y, "y", n)
    matrix = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
    if matrix.ndim != 2 or len(matrix) != n:
        raise ValueError(
            f"y must have {n} rows, one per clip, got shape {matrix.shape}."
        )
    if tags is None:
        tags = np.arange(matrix.shape[1])
    tags = np.array([plain_name(tag) for tag in tags])
    return [tuple(tags[row != 0].tolist()) for row in matrix]
