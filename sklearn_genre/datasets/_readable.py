"""Songs that cannot be read, left out of a data set before anything else is done."""

import warnings

import numpy as np

from .._utils.clips import open_song
from .._utils.faults import reason
from .._utils.survey import survey
from .._utils.text import listed

# fields of a Bunch that have no entry per clip, though they are arrays
_OF_THE_SET = ("target_names", "tag_names", "duplicates")


def leave_out_unreadable(bunch):
    """Leave out the clips of a data set whose files cannot be decoded to their end.

    Parameters
    ----------
    bunch : Bunch
        With ``paths``. Fields that have an entry per clip are arrays, or dicts of
        arrays. Changed in place; the reasons go to ``unreadable``.

    Raises
    ------
    ValueError
        If no clip is left.

    Warns
    -----
    UserWarning
        If clips are left out.
    """
    faults = _faults(bunch.paths.tolist())
    if not faults:
        return
    bunch.unreadable = {str(bunch.paths[row]): e for row, e in faults.items()}
    n, examples = len(bunch.paths), [f"{p} ({e})" for p, e in bunch.unreadable.items()]
    if len(faults) == n:
        raise ValueError(f"none of {n} audio files can be read: {listed(examples, 3)}.")
    before = set(bunch.target.tolist()) if bunch.target.ndim == 1 else set()
    _keep(bunch, [row for row in range(n) if row not in faults])
    lost = sorted(before - set(bunch.target_names.tolist()))
    warnings.warn(
        f"{len(faults)} of {n} audio files cannot be read and are left out: "
        f"{listed(examples, 5)}."
        + (f" No song is left of {listed(lost)}." if lost else ""),
        UserWarning,
        stacklevel=4,  # of the loader's caller
    )
    bunch.DESCR += f"\n{len(faults)} of them cannot be read and are left out.\n"


def _faults(paths):
    """Return why files cannot be read, by their rows."""
    found = enumerate(survey(_read, paths))
    return {row: reason(fault) for row, fault in found if fault is not None}


def _read(path, position):
    """Decode a file to its end, a block at a time."""
    with open_song(path, position, sample_rate=None) as song:
        for _ in song.blocks():
            pass


def _keep(bunch, rows):
    """Keep some clips, in all fields that have an entry per clip."""
    for name, value in bunch.items():
        if name in _OF_THE_SET:
            continue
        if isinstance(value, np.ndarray):
            bunch[name] = value[rows]
        elif isinstance(value, dict) and name != "unreadable":
            bunch[name] = {key: column[rows] for key, column in value.items()}
    if bunch.target.ndim == 1:
        bunch.target_names = np.unique(bunch.target)
    if bunch.get("duplicates") is not None:
        there = np.isin(bunch.duplicates, bunch.clips).all(axis=1)
        bunch.duplicates = bunch.duplicates[there]
