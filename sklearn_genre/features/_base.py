"""What the audio transformers share: checks, decoding, the cache, streaming."""

import numbers

import numpy as np
from joblib import Parallel, delayed
from sklearn.utils.validation import validate_data

from .._utils.arrays import FLOATS, stack
from .._utils.checks import check_number
from .._utils.clips import clip_list, is_clip, read_clip, short
from ..base import NdTransformer
from ._cache import ClipCache, as_cache


class AudioTransformer(NdTransformer):
    """Transformer from clips, in any form, to one array a clip.

    A subclass has the parameters ``sample_rate``, ``duration``, ``offset``,
    ``cache``, ``n_jobs`` and ``verbose``, and gives ``_function()``: a picklable
    function from a waveform of shape (..., n_samples) to an array whose leading axes
    are the same.
    """

    def transform(self, X):
        """Compute the features of every clip.

        Parameters
        ----------
        X : array-like of shape (n,) or (n, n_samples)
            Clips in one of these forms, or a mixture of the first four:

            - paths (str or path-like), bytes or open binary files of audio;
            - (array, rate) pairs;
            - {"array": array, "sampling_rate": rate} dictionaries;
            - arrays, which are taken to be at ``sample_rate``;
            - one array of shape (n, n_samples), also at ``sample_rate``.

            Arrays of single clips hold floats, have the shape (n_samples,) or
            (n_channels, n_samples) and may differ in length.

        Returns
        -------
        X_new : ndarray of shape (n, ...), float32
            For clips of unequal length, unless ``duration`` makes them equal, a 1-D
            object array of arrays.

        Raises
        ------
        AudioError
            For a clip that cannot be decoded or used; it names the file, or the
            position in X.
        """
        clips = self._validate(X, reset=False)
        rows = self._rows(clips)
        if self.verbose:
            from tqdm import tqdm

            rows = tqdm(rows, total=len(clips), desc=type(self).__name__, unit="clip")
        return _collect(rows, len(clips))

    def _validate(self, X, reset):
        """Check parameters and form of X; a list of clips or a 2-D float array."""
        self._check_params()
        clips = clip_list(X)
        if clips is None:
            # n_features_in_ has a meaning only for this form
            return validate_data(self, X, reset=reset, dtype=FLOATS)
        if not clips:
            raise ValueError("Found X with 0 clips while a minimum of 1 is required.")
        for position, clip in enumerate(clips):
            if not is_clip(clip):
                raise TypeError(
                    f"clip {position} of X is {short(clip)}; a clip is a path, bytes, "
                    "a binary file, a float array, an (array, rate) pair or a "
                    "{'array', 'sampling_rate'} dictionary."
                )
        return clips

    def _check_params(self):
        """Check the parameters of every audio transformer."""
        check_number(self, "sample_rate", kind=numbers.Integral, low=1)
        check_number(self, "offset", low=0, high=np.finfo(np.float64).max)
        check_number(self, "duration", low=1 / self.sample_rate, high=2**40, none=True)
        as_cache(self)

    def _min_samples(self):
        """Shortest waveform that has features."""
        return 1

    def _rows(self, clips):
        """Iterator over the features of the clips."""
        return self._parallel(clips, _features, function=self._function())

    def _parallel(self, clips, job, **keywords):
        """Iterator over the results of a job for each clip; few are held at a time."""
        keywords["audio"] = {
            "sample_rate": self.sample_rate,
            "offset": self.offset,
            "duration": self.duration,
            "min_samples": self._min_samples(),
        }
        keywords["cache"] = None if as_cache(self) is None else ClipCache(self)
        # decoding and torch release Python's lock, so that threads serve; measured,
        # they beat processes, which must import torch and send the arrays back
        parallel = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")
        return parallel(
            delayed(job)(clip, position, **keywords)
            for position, clip in enumerate(clips)
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = False
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def unchanged(wave):
    """The waveform itself."""
    return wave


def _features(clip, position, *, audio, cache, function):
    """Features of one clip: the whole work on one file, with plain arguments."""

    def compute():
        return function(read_clip(clip, position, **audio))

    return compute() if cache is None else cache.fetch(clip, compute)


def _collect(rows, n):
    """The rows as one array, filled as they come; unequal rows as an object array."""
    out, unequal = None, []
    for i, row in enumerate(rows):
        if out is None and not unequal:
            out = np.empty((n, *row.shape), dtype=row.dtype)
        if out is not None and row.shape != out.shape[1:]:
            unequal, out = list(out[:i]), None  # copies would need as much again
        if out is None:
            # rows of the cache are read-only maps of its files
            unequal.append(row if row.flags.writeable else row.copy())
        else:
            out[i] = row
    return stack(unequal) if out is None else out
