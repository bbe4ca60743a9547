"""Forms of a clip: paths, bytes, files, arrays, pairs, dictionaries and decoders."""

import contextlib
import numbers
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..audio import AudioError, Song, check_rate, describe, is_file, open_audio
from .text import short

# integers whose range says what full scale is; wider ones are what NumPy makes of any
# number, and say nothing about the sound
SCALED = (np.int8, np.int16, np.int32, np.uint8, np.uint16, np.uint32)


class Samples(NamedTuple):
    """A clip given as numbers.

    Attributes
    ----------
    array : array-like of shape (n_samples,) or (n_channels, n_samples)
    rate : float or None
        In Hz; None if it is not known.
    """

    array: Any
    rate: Any


@contextlib.contextmanager
def open_song(clip, position, *, sample_rate, array_rate=None, **span):
    """Open one item of X.

    Parameters
    ----------
    clip : path, bytes, file, array, (array, rate) pair, dict, decoder or Samples
    position : int
        Index in X, for messages.
    sample_rate : int
        Rate of the song, in Hz.
    array_rate : int or None, default=None
        Rate of a bare array; None: the same.
    **span : object
        ``offset``, ``duration`` and ``resampler``, as for `Song`.

    Yields
    ------
    song : Song

    Raises
    ------
    AudioError
        If the clip cannot be decoded or used.
    """
    name = clip_name(clip, position)
    span["sample_rate"] = sample_rate
    clip = open_clip(clip, position, array_rate or sample_rate)
    if is_file(clip):
        with open_audio(clip, name) as sound:
            yield Song(sound, name, **span)
    else:
        yield Song(_Sound(as_array(clip.array, name), clip.rate), name, **span)


class _Sound:
    """The samples of an array by their position, as of a file."""

    def __init__(self, array, rate):
        self._array, self.rate = array, rate
        self.n_samples = array.shape[-1]

    def blocks(self, start, stop):
        """Yield the samples from ``start`` to ``stop``, mixed: (stop - start, 1).

        They may be those of the caller, and are read-only.
        """
        wave = as_floats(self._array[..., start:stop])
        # what float32 cannot hold becomes infinite, which is refused
        with np.errstate(over="ignore", invalid="ignore"):
            mono = wave if wave.ndim == 1 else wave.mean(axis=0)
            mono = mono.astype(np.float32, copy=False)
        yield read_only(mono)[:, None]


def read_only(array):
    """Return a view of an array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def as_array(array, name):
    """Return the samples of one clip as an array, floats or integers with a scale.

    Parameters
    ----------
    array : array-like of shape (n_samples,) or (n_channels, n_samples)
    name : str
        Name of the clip, for messages.

    Raises
    ------
    AudioError
        If it is no such array, or its numbers are of another kind.
    """
    samples = _to_numpy(array, name)
    kind = samples.dtype.kind
    if kind not in "fiu":
        raise AudioError(
            name,
            f"it is {_described(array)}, no array of numbers",
            "Give a path, bytes, or an array of floats.",
        )
    if kind != "f" and not has_scale(samples.dtype):
        raise AudioError(
            name,
            f"its samples are {samples.dtype}, whose full scale is not known",
            "Give floats in [-1, 1] or integers of 8, 16 or 32 bits: for 16-bit sound "
            "np.asarray(samples, dtype='int16').",
        )
    channels_first = samples.ndim == 2 and samples.shape[0] <= samples.shape[1]
    if samples.ndim != 1 and not channels_first:
        raise AudioError(
            name,
            f"its array has shape {samples.shape}",
            "Give (n_samples,) or (n_channels, n_samples), the last axis being time; "
            "array.T swaps the two.",
        )
    return samples


def has_scale(dtype):
    """Return whether the range of integers of a type says what full scale is."""
    return dtype.newbyteorder("=") in SCALED


def _to_numpy(array, name):
    """Return anything that holds numbers as an array."""
    if hasattr(array, "detach"):  # a tensor, which may be on a GPU or have gradients
        array = array.detach().cpu()
    try:
        return np.asarray(array)
    except (TypeError, ValueError, RuntimeError) as error:
        raise AudioError(
            name,
            f"its samples, {_described(array)}, are no array of numbers ({error})",
            "Give one array of floats.",
        ) from error


def as_floats(samples):
    """Return samples as floats: integers in [-1, 1], by the range of their type.

    Unsigned integers have silence in the middle of their range.
    """
    if samples.dtype.kind == "f":
        return samples
    full = np.float32(2.0 ** (8 * samples.dtype.itemsize - 1))
    scaled = samples / full
    return (scaled - (samples.dtype.kind == "u")).astype(np.float32, copy=False)


def open_clip(clip, position, sample_rate):
    """Return what holds the samples of one item of X.

    Parameters
    ----------
    clip : path, bytes, file, array, (array, rate) pair, dict, decoder or Samples
    position : int
        Index in X, for messages.
    sample_rate : float or None
        Rate of a bare array in Hz.

    Returns
    -------
    clip : path, bytes, file or Samples

    Raises
    ------
    AudioError
        If a part is missing, or the rate is none of music.
    """
    if is_file(clip) or isinstance(clip, Samples):
        return clip
    name = clip_name(clip, position)
    if isinstance(clip, Mapping):
        source, rate = _of_dictionary(clip, name)
    elif _is_decoder(clip):
        source, rate = _of_decoder(clip, name)
    elif _is_pair(clip):
        # scipy.io.wavfile.read gives the rate first
        source, rate = clip if _is_vector(clip[0]) else reversed(clip)
    else:
        return Samples(clip, sample_rate)
    if is_file(source):
        return source
    rate = rate.item() if getattr(rate, "ndim", None) == 0 else rate
    if not isinstance(rate, numbers.Real):
        raise AudioError(name, f"its sampling rate is {rate!r}", "Give a rate in Hz.")
    check_rate(rate, name)
    return Samples(source, rate)


def _of_dictionary(clip, name):
    """Return the array and rate of a dictionary, or its undecoded bytes or path."""
    if clip.get("array") is None:
        for key in ("bytes", "path"):
            if is_file(clip.get(key)):
                return clip[key], None
    missing = [key for key in ("array", "sampling_rate") if key not in clip]
    if missing:
        raise AudioError(
            name,
            f"its dictionary lacks {' and '.join(map(repr, missing))}",
            "Give both 'array' and 'sampling_rate', or 'bytes' or 'path' of a file.",
        )
    return clip["array"], clip["sampling_rate"]


def _of_decoder(clip, name):
    """Return the array and rate of a decoder, or of the samples that it gave."""
    try:
        if hasattr(clip, "get_all_samples"):
            clip = clip.get_all_samples()
        if hasattr(clip, "sample_rate"):
            return clip.data, clip.sample_rate
        return clip["array"], clip["sampling_rate"]
    except Exception as error:
        raise AudioError(
            name,
            f"it is {_described(clip)}, which gives no samples "
            f"({type(error).__name__}: {error})",
            "Give (array, rate) pairs or {'array', 'sampling_rate'} dictionaries.",
        ) from error


def clip_name(clip, position):
    """Return the name of a clip for messages: its path, or its place in X."""
    path = path_of(clip)
    if path is not None and not (isinstance(clip, Mapping) and _in_memory(clip)):
        return path
    what = describe(clip) if is_file(clip) else path
    return f"clip {position}" if what is None else f"clip {position} ({what})"


def path_of(clip):
    """Return the path that a clip is, or that its dictionary gives; None if neither."""
    path = clip.get("path") if isinstance(clip, Mapping) else clip
    return describe(path) if is_path(path) else None


def _in_memory(clip):
    """Return whether a dictionary holds samples or bytes beside a path."""
    return any(clip.get(key) is not None for key in ("array", "bytes"))


def refuse_empty(X, who):
    """Raise if X lists nothing, as does a search for files that found none.

    Parameters
    ----------
    X : array-like
    who : str
        Name of the estimator.
    """
    listed = isinstance(X, list | tuple) or getattr(X, "ndim", None) == 1
    if listed and len(X) == 0:
        raise ValueError(
            f"{who} needs one clip or more, but X is empty. If X comes from a search "
            "for files, look at the folder and the pattern that were searched."
        )


def clip_list(X, name="X"):
    """Return the clips of X as a list; None where X is one array of numbers."""
    pair = isinstance(X, tuple) and _is_pair(X)
    if pair or is_file(X) or isinstance(X, Mapping) or _is_decoder(X):
        raise ValueError(
            f"{name} is a single clip ({short(X)}), but a collection of clips is "
            f"needed: put it in a list, [{name}]."
        )
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if isinstance(X, np.ndarray):
        return _clips_of_array(X, name)
    if hasattr(X, "__iter__") and not (hasattr(X, "__getitem__") or is_array(X)):
        raise TypeError(
            f"{name} is {_described(X)}, which cannot be read twice or has no order: "
            f"give a list of clips, list({name})."
        )
    if is_array(X) or not hasattr(X, "__iter__"):
        return None
    X = list(X)
    if not all(map(_is_row, X)):
        return X
    # sequences of numbers are rows of one array, as everywhere in scikit-learn
    lengths = {len(x) if _is_numbers(x) else -1 for x in X}
    return X if len(lengths) > 1 else None


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


def check_clips(clips, name="X"):
    """Check that each of the items can be a clip.

    Raises
    ------
    TypeError
        If one is none; the error names its position and type.
    """
    for position, clip in enumerate(clips):
        if not is_clip(clip):
            raise TypeError(
                f"clip {position} of {name} is {_described(clip)}; a clip is a path, "
                "bytes, a binary file, an array of samples, an (array, rate) pair, a "
                "{'array', 'sampling_rate'} or {'bytes', 'path'} dictionary, or a "
                "decoder of Hugging Face datasets."
            )


def is_clip(x):
    """Return whether x can be one clip."""
    known = is_file(x) or isinstance(x, Mapping) or _is_decoder(x)
    return known or _is_pair(x) or _is_vector(x)


def sample_matrix(X):
    """Return X, one array of clips, with the type of its samples.

    Parameters
    ----------
    X : array-like of shape (n, n_samples)
        Not a list of clips.

    Returns
    -------
    X : array-like
        An array where X is a list or a tensor.

    Warns
    -----
    UserWarning
        If it holds integers whose full scale is not known.
    """
    X = numpy_integers(X)
    # scikit-learn does not see the type of what is neither NumPy's nor pandas'
    if not hasattr(X, "dtypes") and not hasattr(getattr(X, "dtype", None), "kind"):
        X = _to_numpy(X, "X")
    dtype = _dtype(X)
    if isinstance(X, np.ndarray) and not dtype.isnative and has_scale(dtype):
        return X.astype(dtype.newbyteorder("="))
    if np.ndim(X) == 2 and dtype.kind in "biu" and not has_scale(dtype):
        warnings.warn(
            f"X holds {dtype} numbers, whose full scale is not known: they are taken "
            "as floats in [-1, 1] would be. Give integers of 8, 16 or 32 bits, or "
            "floats."
        )
    return X


def numpy_integers(X):
    """Return a table of pandas' own integers as one of NumPy's; other X as it is."""
    if not (hasattr(X, "iloc") and hasattr(X, "columns")):
        return X
    dtypes = [getattr(dtype, "numpy_dtype", dtype) for dtype in X.dtypes]
    whole = all(getattr(dtype, "kind", "O") in "iu" for dtype in dtypes)
    if not dtypes or not whole or X.isna().any(axis=None):
        return X
    return X.astype(np.result_type(*dtypes))


def _dtype(X):
    """Return the type of numbers in an array, also if they are objects."""
    if hasattr(X, "dtypes"):
        X = X.to_numpy()  # objects, where the columns are pandas' own integers
    return np.asarray(X.tolist()).dtype if X.dtype == object else X.dtype


def _is_decoder(x):
    """Return whether x is a decoder of Hugging Face datasets, or samples from one.

    Before torchcodec was behind it, a decoded clip was a dictionary; its decoders still
    answer to the keys.
    """
    if hasattr(x, "get_all_samples") or (hasattr(x, "sample_rate") and _has_data(x)):
        return True
    keyed = hasattr(type(x), "__getitem__") and not hasattr(type(x), "__len__")
    return keyed and not is_array(x)


def _has_data(x):
    """Return whether x holds samples as its ``data``."""
    return _is_vector(getattr(x, "data", None))


def _is_pair(x):
    """Return whether x is (array, rate) or (rate, array)."""
    listed = isinstance(x, (tuple, list)) or (isinstance(x, np.ndarray) and x.ndim == 1)
    if not listed or len(x) != 2:
        return False
    return any(map(_is_vector, x)) and any(map(_is_single, x))


def _is_single(x):
    """Return whether x is one value, such as a rate."""
    return not _is_vector(x) and np.ndim(x) == 0


def _is_vector(x):
    """Return whether x is a sequence or an array of at least one axis."""
    return isinstance(x, (list, tuple)) or getattr(x, "ndim", 0) > 0


def _is_row(x):
    """Return whether x is a number, or a plain sequence of numbers."""
    return isinstance(x, numbers.Number | np.bool_) or _is_numbers(x)


def _is_numbers(x):
    """Return whether x is a plain sequence of numbers, a row of a table."""
    return isinstance(x, (list, tuple)) and not _is_pair(x)


def _described(x):
    """Return a value and its type for messages."""
    return f"{short(x)} ({type(x).__name__})"


def is_path(x):
    """Return whether x names a file."""
    return isinstance(x, str) or hasattr(x, "__fspath__")


def is_array(x):
    """Return whether x is an array of some library, or can be made one."""
    return hasattr(x, "shape") or hasattr(x, "__array__")
