"""Forms of a clip: paths, bytes, files, arrays, pairs and dictionaries."""

import contextlib
import numbers

import numpy as np

from ..audio import AudioError, Song, check_rate, describe, is_file, open_audio
from .text import short


@contextlib.contextmanager
def open_song(clip, position, *, sample_rate, offset, duration):
    """Open one item of X.

    Parameters
    ----------
    clip : path, bytes, file, array, (array, rate) pair or dict
    position : int
        Index in X, for messages.
    sample_rate : int
        Rate of the song, and the rate of a bare array, in Hz.
    offset : float
        Start, in seconds.
    duration : float or None
        Length in seconds, at most.

    Yields
    ------
    song : Song

    Raises
    ------
    AudioError
        If the clip cannot be decoded or used.
    """
    name = f"clip {position}"
    span = {"sample_rate": sample_rate, "offset": offset, "duration": duration}
    if is_file(clip):
        name = describe(clip) if is_path(clip) else f"{name} ({describe(clip)})"
        with open_audio(clip, name) as sound:
            yield Song(sound, name, **span)
    else:
        yield Song(_Samples(clip, name, sample_rate), name, **span)


class _Samples:
    """The samples of a clip given as numbers, by their position, as of a file."""

    def __init__(self, clip, name, sample_rate):
        array, self.rate = unpack(clip, name, sample_rate)
        self._array = _channels(array, name)
        self.n_samples = self._array.shape[-1]

    def blocks(self, start, stop):
        """Yield the samples from ``start`` to ``stop``, mixed: (stop - start, 1)."""
        wave = self._array[..., start:stop]
        with np.errstate(over="ignore"):
            mono = (wave if wave.ndim == 1 else wave.mean(axis=0)).astype(np.float32)
        yield mono[:, None]


def _channels(array, name):
    """Return the samples of a clip given as numbers, of one or more channels."""
    wave = np.asarray(array)
    if wave.dtype.kind != "f" and isinstance(array, np.ndarray):
        raise AudioError(
            name,
            f"its samples are {wave.dtype}, not floats",
            "Scale integer samples to [-1, 1], for example "
            "array.astype('float32') / 32768 for int16.",
        )
    if wave.ndim not in (1, 2) or (wave.ndim == 2 and len(wave) > wave.shape[1]):
        raise AudioError(
            name,
            f"its array has shape {wave.shape}",
            "Give (n_samples,) or (n_channels, n_samples), the last axis being time.",
        )
    return wave


def unpack(clip, name, sample_rate):
    """Return the array and the rate of a dictionary, a pair or a bare array."""
    if isinstance(clip, dict):
        missing = [key for key in ("array", "sampling_rate") if key not in clip]
        if missing:
            raise AudioError(
                name,
                f"its dictionary lacks {' and '.join(map(repr, missing))}",
                "Give both 'array' and 'sampling_rate'.",
            )
        array, rate = clip["array"], clip["sampling_rate"]
    elif _is_pair(clip):
        array, rate = clip
    else:
        return clip, sample_rate
    if not isinstance(rate, numbers.Real):
        raise AudioError(name, f"its sampling rate is {rate!r}", "Give a rate in Hz.")
    check_rate(rate, name)
    return array, rate


def clip_list(X, name="X"):
    """Return the clips of X as a list; None where X is one array of numbers."""
    if is_file(X) or isinstance(X, dict) or (isinstance(X, tuple) and _is_pair(X)):
        raise ValueError(
            f"{name} is a single clip ({short(X)}), but a collection of clips is "
            f"needed: put it in a list, [{name}]."
        )
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if isinstance(X, np.ndarray):
        return _clips_of_array(X, name)
    if not isinstance(X, (list, tuple)):
        return None
    if any(is_clip(x) and not _is_numbers(x) for x in X):
        return list(X)
    # sequences of numbers are rows of one array, as everywhere in scikit-learn
    lengths = {len(x) if _is_numbers(x) else -1 for x in X}
    return list(X) if len(lengths) > 1 else None


def _clips_of_array(X, name):
    """Return the clips of an array, as ``clip_list`` does."""
    if X.ndim == 1 and X.dtype.kind in "OUST":
        return list(X)
    if X.ndim == 2 and X.dtype == object and X.shape[1] == 2 and _is_pair(X[0]):
        return [tuple(row) for row in X]
    if X.ndim == 2 and X.size and isinstance(X.flat[0], str):
        raise ValueError(
            f"{name} holds strings in shape {X.shape}; paths are a 1-D sequence, for "
            f"example {name}[:, 0] or the column of a DataFrame."
        )
    return None


def is_clip(x):
    """Return whether x can be one clip."""
    return is_file(x) or isinstance(x, dict) or _is_pair(x) or _is_vector(x)


def _is_pair(x):
    """Return whether x is (array, rate)."""
    return (
        isinstance(x, (tuple, list, np.ndarray))
        and len(x) == 2
        and _is_vector(x[0])
        and np.ndim(x[1]) == 0
    )


def _is_vector(x):
    """Return whether x is a sequence or an array of at least one axis."""
    return isinstance(x, (list, tuple)) or getattr(x, "ndim", 0) > 0


def _is_numbers(x):
    """Return whether x is a plain sequence of numbers, a row of a table."""
    return isinstance(x, (list, tuple)) and not _is_pair(x)


def is_path(x):
    """Return whether x names a file."""
    return isinstance(x, str) or hasattr(x, "__fspath__")
