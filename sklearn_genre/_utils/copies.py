"""Exact copies among the rows of X: clips of equal sound, arrays of equal numbers."""

import functools

import numpy as np

from ..audio import is_file
from .clips import clip_list, open_song
from .digest import array_digest, content_digest, wave_digest
from .survey import survey

# Seconds of each clip that are decoded; only clips that agree in them are read further.
# No two of 400 songs agreed in the first quarter of a second. Two seconds leave room
# for songs that begin with silence, and are a hundredth of a song.
_START = 2.0
# rows of fewer different whole numbers, such as key and mode, are equal by chance
_FEW = 8


def copy_labels(X, *, chance=False, n_jobs=None):
    """Find the rows of X that are exact copies of others.

    Clips are copies if their samples are equal after decoding and mixing to mono, at
    the same rate: whatever the format, name or tags of their files. Other rows are
    copies if all their numbers are equal.

    Parameters
    ----------
    X : array-like of shape (n, ...) or sequence of clips
    chance : bool, default=False
        Whether rows that may be equal by chance, of equal numbers or of a few whole
        ones, are copies, too.
    n_jobs : int or None, default=None
        Number of files read at the same time.

    Returns
    -------
    labels : list of (int or None)
        The first row of each set of copies; None for rows without a copy.
    compared : list of bool
        Whether each row could be compared: not those of files that cannot be read, nor
        those equal by chance.
    """
    clips = None if len(getattr(X, "shape", (0,))) > 1 else clip_list(X)
    if clips is None or all(map(_is_row, clips)):
        keys = _row_keys(X, chance)
    else:
        keys = _clip_keys(clips, n_jobs)
    labels = [None] * len(keys)
    for rows in alike(keys):
        for row in rows:
            labels[row] = rows[0]
    return labels, [key is not None for key in keys]


def _is_row(clip):
    """Return whether a clip is a bare array, of samples or of anything else."""
    return hasattr(clip, "ndim") and not is_file(clip)  # NumPy's texts have it, too


def alike(keys):
    """Return the sets of rows that share a key; None is no key."""
    rows = {}
    for row, key in enumerate(keys):
        if key is not None:
            rows.setdefault(key, []).append(row)
    return [same for same in rows.values() if len(same) > 1]


def _clip_keys(clips, n_jobs):
    """Return a key of each clip, equal for copies; None if it cannot be read."""

    def look(function, rows):
        found = survey(function, [clips[row] for row in rows], n_jobs=n_jobs)
        keys = zip(rows, found, strict=True)
        return {row: key for row, key in keys if isinstance(key, bytes)}

    keys = look(functools.partial(_sound, duration=_START), range(len(clips)))
    same = alike([keys.get(row) for row in range(len(clips))])
    content = look(_content, [row for rows in same for row in rows])
    # equal bytes are copies; where they differ, one of each content is decoded
    unlike = [rows for rows in same if len({content.get(r, r) for r in rows}) > 1]
    one = {content.get(r, r): r for rows in unlike for r in rows}
    whole = look(_sound, one.values())
    keys |= {r: whole.get(one[content.get(r, r)]) for rows in unlike for r in rows}
    return [keys.get(row) for row in range(len(clips))]


def _sound(clip, position, duration=None):
    """Return a digest of the mono samples of a clip, or of its first seconds."""
    with open_song(clip, position, sample_rate=None, duration=duration) as song:
        return wave_digest(song.blocks(), song.rate)


def _content(clip, position):
    """Return a digest of the bytes of a file, or of the samples of another clip."""
    return content_digest(clip) if is_file(clip) else _sound(clip, position)


# -- rows of numbers -------------------------------------------------------------------
def _row_keys(X, chance):
    """Return a key of each row of numbers; None if it may equal others by chance."""
    rows = _rows(X)
    keys = [_row_digest(np.asarray(row)) for row in rows]
    for same in () if chance else alike(keys):
        if not _is_telling(np.asarray(rows[same[0]])):
            for row in same:
                keys[row] = None
    return keys


def _rows(X):
    """Return the rows of X as a sequence of what `np.asarray` takes."""
    if hasattr(X, "to_numpy"):
        return X.to_numpy()
    if not hasattr(X, "tocsr"):
        return X
    X = X.tocsr(copy=True)
    X.sum_duplicates()
    X.eliminate_zeros()
    spans = zip(X.indptr[:-1], X.indptr[1:], strict=True)
    return [np.stack([X.indices[a:b], X.data[a:b]]) for a, b in spans]


def _row_digest(row):
    """Return a digest of a row; of its text, where it does not hold numbers alone."""
    return array_digest(row) if row.dtype.kind in "biufc" else repr(row.tolist())


def _is_telling(row):
    """Return whether a row is too particular to be equal to another by chance."""
    if row.dtype.kind not in "iuf":
        return len(set(map(str, row.ravel().tolist()))) >= _FEW
    values = np.unique(row)
    return len(values) >= _FEW or (len(values) > 1 and bool((values % 1 != 0).any()))
