"""Clips of nearly equal length."""

import functools
import warnings

import numpy as np

from ..rows import RowView
from .arrays import is_ragged, refuse_ragged

# Files of a data set of "30 s" clips differ by about 1 %, those of GTZAN by 1.25 %. Of
# 30 s this is 0.6 s, which says nothing about the rest. Clips that differ by more were
# not meant to be of one length.
PERCENT = 2
# 2.3 s of 22,050 Hz at librosa's hop: so much is lost of long clips only
_MUCH = 100


def near_lengths(n_frames):
    """Return the least and the greatest length that is nearly a number of frames.

    The longer of two is at most 2 % longer than the other. So if the clips of a data
    set are nearly as long as its shortest, those of every fold are nearly as long as
    the shortest of the others.
    """
    whole = 100 + PERCENT
    return -(-100 * n_frames // whole), whole * n_frames // 100


def _nearly(length, n_frames):
    """Return whether a length is nearly a number of frames."""
    fewest, most = near_lengths(n_frames)
    return fewest <= length <= most


def of_length(X, n_frames):
    """Cut the last axis to ``n_frames``, or repeat its last frame up to there.

    Parameters
    ----------
    X : ndarray of shape (..., t)
    n_frames : int

    Returns
    -------
    X : ndarray of shape (..., n_frames)
        A view if nothing is repeated.
    """
    missing = n_frames - X.shape[-1]
    if missing <= 0:
        return X[..., :n_frames]
    return np.pad(X, [*[(0, 0)] * (X.ndim - 1), (0, missing)], mode="edge")


def even_clips(X, who, n_frames=None):
    """Return clips of nearly equal length as one array.

    Parameters
    ----------
    X : array-like
    who : str
        Name of the estimator, for errors.
    n_frames : int or None, default=None
        Length that all clips get. None: that of the shortest.

    Returns
    -------
    X : ndarray of shape (n_clips, ..., n_frames), or X itself if it is not ragged

    Raises
    ------
    ValueError
        If clips are more than 2 % longer than the shortest or, with ``n_frames``,
        more than 2 % longer or shorter than that, or differ in another axis.

    Warns
    -----
    UserWarning
        If spectrograms lose more than 100 frames.
    """
    if not is_ragged(X):
        return X
    lengths = _lengths(X)
    if lengths is None:
        refuse_ragged(X, who)
    needed = min(lengths) if n_frames is None else n_frames
    if not all(_nearly(length, needed) for length in lengths):
        fitted = "" if n_frames is None else f", {n_frames} in fit"
        found = f"{min(lengths)} to {max(lengths)} frames{fitted}"
        refuse_ragged(X, who, f" ({found}; they may differ by {PERCENT} %)")
    even = np.stack([of_length(np.asarray(clip), needed) for clip in X])
    _tell_of_much(even.shape[-2], max(lengths), needed)
    return even


def _tell_of_much(n_bands, n_frames, needed):
    """Warn if much of a spectrogram is cut off; waveforms have samples for frames."""
    if n_bands > 1 and n_frames - needed > _MUCH:
        warnings.warn(
            f"Clips of up to {n_frames} frames are cut to {needed}. Give the audio "
            "transformer a duration to choose what is left out.",
            stacklevel=3,
        )


def _lengths(X):
    """Return the set of the lengths of clips; None if they differ in another axis."""
    try:
        shapes = {np.shape(clip) for clip in X}
    except ValueError:  # a clip is itself ragged
        return None
    *lead, _ = next(iter(shapes)) or (0,)
    if not lead or any(shape[:-1] != tuple(lead) for shape in shapes):
        return None
    return {shape[-1] for shape in shapes}


def as_in_fit(X, n_frames):
    """Return clips of nearly the length of ``fit`` at that length, others unchanged.

    Parameters
    ----------
    X : ndarray or RowView of shape (n_clips, ..., t)
    n_frames : int

    Returns
    -------
    X : ndarray or RowView

    Warns
    -----
    UserWarning
        If spectrograms lose more than 100 frames.
    """
    if X.shape[-1] == n_frames or not _nearly(X.shape[-1], n_frames):
        return X
    _tell_of_much(X.shape[-2], X.shape[-1], n_frames)
    if isinstance(X, RowView):
        return X.map(functools.partial(of_length, n_frames=n_frames))
    return of_length(X, n_frames)
