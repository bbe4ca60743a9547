"""Base of the audio transformers, and of those that users write."""

import contextlib
import functools

import numpy as np
from joblib import Parallel, delayed
from sklearn.utils.validation import validate_data

from .._utils.arrays import FLOATS
from .._utils.clips import (
    SCALED,
    check_clips,
    clip_list,
    refuse_empty,
    sample_matrix,
)
from .._utils.processes import n_threads
from ..audio import HIGHEST_RATE
from ..base import ArrayOutputMixin, StatelessTransformer
from ..parameters import Integer, Jobs, Real, Verbosity
from ._batches import compute
from ._cache import Cache, ClipCache, as_cache
from ._collect import Collected, in_threads

# above any length that is recorded, and below what would only fill the memory
_LONGEST_DURATION = 86_400.0  # seconds: a day
_MOST_EXCERPTS = 100_000


class AudioTransformer(ArrayOutputMixin, StatelessTransformer):
    """Base of the transformers that turn clips, in any form, into one array each.

    It decodes, mixes and resamples clips, one per worker and a few at a time, and
    looks features up in a cache. A subclass lists its parameters in ``_parameters``
    and has the method ``_waveform_function()``, which returns a function:

    - it takes a waveform, a float32 array of shape (n_samples,), and returns a float32
      array of finite numbers in any shape, as a rule (n_rows, n_frames);
    - it can be pickled, as workers may be processes: a function of a module, with the
      values of parameters bound by :func:`functools.partial`;
    - it depends on the parameters only, as the cache is looked up by these.

    ``_min_samples()`` returns the length in samples of the shortest clip that has
    features, 1 unless a subclass says otherwise. ``_row_names()`` returns the names of
    the rows, for `get_feature_names_out`. ``_check_params()`` may check what involves
    several parameters, after ``super()._check_params()``. ``_depends_on()`` returns, as
    plain data for the cache, what else features depend on: nothing, unless a subclass
    says otherwise.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip seen in ``fit``; only where X was one 2-D array.

    See Also
    --------
    SpectralTransformer : Base for features of the bins of a spectrogram.
    MelTransformer : Base for features of mel bands.
    Waveform : The waveforms themselves.

    Examples
    --------
    The level of each second:

    >>> import functools
    >>> import numpy as np
    >>> from sklearn_genre.features import AudioTransformer
    >>> from sklearn_genre.parameters import Real
    >>> def level(wave, *, length):
    ...     whole = wave[: len(wave) // length * length]
    ...     return np.sqrt(np.mean(whole.reshape(1, -1, length) ** 2, axis=-1))
    >>> class Level(AudioTransformer):
    ...     \"\"\"Root mean square of the parts of a clip.\"\"\"
    ...     _parameters = {
    ...         "seconds": Real(1.0, "Length of a part.", low=0.01, high=60)
    ...     }
    ...     def _min_samples(self):
    ...         return int(self.seconds * self.sample_rate)
    ...     def _waveform_function(self):
    ...         return functools.partial(level, length=self._min_samples())
    >>> waves = [np.ones(22050), 0.5 * np.ones(44100)]
    >>> Level(seconds=0.5).fit_transform(waves)[1]
    array([[0.5, 0.5, 0.5, 0.5]], dtype=float32)
    """

    _parameters = {
        "sample_rate": Integer(
            22050,
            "Rate in Hz to which every clip is resampled, and which arrays without "
            "a rate are taken to have.",
            low=1,
            high=HIGHEST_RATE,
        ),
        "duration": Real(
            None,
            "Length of every clip in seconds, at least one sample, in fit and predict "
            "alike: longer clips are cropped, shorter ones padded with zeros, at "
            "their end. None: whole clips. With ``n_excerpts``, length of an excerpt.",
            low=0,
            high=_LONGEST_DURATION,
            closed="right",
            none=True,
        ),
        "offset": Real(
            0.0, "Start of every clip in seconds.", low=0, high=_LONGEST_DURATION
        ),
        "n_excerpts": Integer(
            None,
            "Number of excerpts of ``duration`` seconds that stand for a longer song: "
            "spread evenly from its start to its end (a single one is its middle), "
            "they alone are decoded, and joined. ``Slicer(n_slices=n_excerpts)`` takes "
            "them apart. A song of less than ``n_excerpts + 1`` times ``duration`` is "
            "taken whole, at its own length. None: no excerpts.",
            low=1,
            high=_MOST_EXCERPTS,
            none=True,
        ),
        "cache": Cache(
            None,
            "Where to keep the features of every clip, so that clips seen before are "
            "not decoded again. A path means ``FeatureCache(path)``. None: nowhere.",
            none=True,
        ),
        "n_jobs": Jobs(
            None,
            "Clips decoded and transformed at the same time, in threads unless "
            "``joblib.parallel_config`` says otherwise. None means 1, -1 all "
            "processors. Each clip is worked on by one thread.",
        ),
        "verbose": Verbosity(0, "Whether to show a progress bar."),
    }

    # how clips get their rate; a trained network may depend on where it falls off
    _resampler = "soxr"

    def transform(self, X):
        """Compute the features of every clip.

        Parameters
        ----------
        X : array-like of shape (n,) or (n, n_samples)
            Clips in one of these forms, or a mixture of all but the last:

            - paths (str or path-like), bytes or open binary files of audio;
            - (array, rate) pairs, or (rate, array) as SciPy reads them;
            - the clips of Hugging Face datasets: {"array": array, "sampling_rate":
              rate} or {"bytes": content, "path": path} dictionaries, or decoders;
            - arrays, which are taken to be at ``sample_rate``;
            - one array of shape (n, n_samples), also at ``sample_rate``.

            Arrays of single clips have the shape (n_samples,) or (n_channels,
            n_samples) and may differ in length. Floats have full scale at 1, and may
            exceed it up to 120 times. Integers of 8, 16 or 32 bits are divided by the
            full scale of their type, 128, 32768 or 2147483648 (unsigned ones less
            their middle, which is silence). Other integers, such as int64 and those of
            lists, have no known scale: as single clips they are refused, as one array
            they are taken as floats would be, with a warning.

        Returns
        -------
        X_new : ndarray of shape (n, ...), float32
            For clips of unequal length, unless ``duration`` makes them equal, a 1-D
            object array of arrays.

        Raises
        ------
        AudioError
            If a clip cannot be decoded or used, or its features are not finite; it
            names the file, or the position in X.
        TypeError
            If an item of X is no clip.
        ValueError
            If a parameter is out of range.
        """
        clips = self._validate(X, reset=False)
        with self._progress(len(clips)) as done:
            found = Collected(len(clips), self._check_row, done)
            self._compute(clips, found.put)
        return found.rows()

    def get_feature_names_out(self, input_features=None):
        """Return the names of the rows of a clip, which a Pipeline passes on.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only its length is checked: if X was one 2-D array in ``fit``, it must be
            the number of samples of a clip.

        Returns
        -------
        names : ndarray of str objects of shape (n_rows,)

        Raises
        ------
        AttributeError
            If the rows have no names.
        ValueError
            If a parameter is out of range, or the number of ``input_features`` is
            not that of the samples.
        """
        self._check_params()
        n_samples = getattr(self, "n_features_in_", None)
        if input_features is not None and n_samples not in (None, len(input_features)):
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({n_samples}), got {len(input_features)}."
            )
        return np.asarray(self._row_names(), dtype=object)

    def _row_names(self):
        """Return the names of the rows of the features, as a list."""
        # scikit-learn looks for these words
        raise AttributeError(
            f"{type(self).__name__} does not provide get_feature_names_out: its class "
            "has no method _row_names."
        )

    def _waveform_function(self):
        """Return a function from waveforms to features; see the class."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a method _waveform_function."
        )

    def _rate(self):
        """Return the rate of the waveforms that the function takes, in Hz."""
        return self.sample_rate

    def _array_rate(self):
        """Return the rate that arrays without a rate are taken to have, in Hz."""
        return self.sample_rate

    def _depends_on(self):
        """Return what features depend on besides the parameters, as plain data."""
        return None

    def _min_samples(self):
        """Return the length of the shortest waveform that has features."""
        return 1

    def _stft_of_pieces(self):
        """Return how the function cuts frames if it takes a song in pieces, or None."""
        return None

    def _validate(self, X, reset):
        """Check parameters and form of X; return a list of clips or a 2-D array."""
        self._check_params()
        clips = clip_list(X)
        refuse_empty(X if clips is None else clips, type(self).__name__)
        if clips is None:
            # n_features_in_ has a meaning only for this form
            X = sample_matrix(X)
            return validate_data(self, X, reset=reset, dtype=(*FLOATS, *SCALED))
        check_clips(clips)
        return clips

    def _check_params(self):
        """Check the parameters, and that a clip has at least one sample."""
        super()._check_params()
        if self.n_excerpts is not None and self.duration is None:
            raise ValueError(
                f"{type(self).__name__}: n_excerpts={self.n_excerpts!r} needs a "
                "duration, the length of an excerpt in seconds."
            )
        if self.duration is not None and self.duration * self._rate() < 1:
            raise ValueError(
                f"{type(self).__name__}: duration must be at least one sample, 1 / "
                f"sample_rate = {1 / self._rate():g} s, got {self.duration!r}."
            )

    def _check_row(self, row, position, first, first_position):
        """Raise if the features of a clip do not go with those that came first."""

    @contextlib.contextmanager
    def _progress(self, n):
        """Yield what is called after each of n clips, and moves the progress bar."""
        if not self.verbose:
            yield _nothing
            return
        from tqdm import tqdm

        with tqdm(total=n, desc=type(self).__name__, unit="clip") as bar:
            yield bar.update

    def _compute(self, clips, put):
        """Put in the features of each clip, by its position."""
        n, function = n_threads(self.n_jobs), self._waveform_function()
        if n is None:
            rows = self._parallel(clips, compute, function=function)
            for position, row in enumerate(rows):
                put(position, row)
        else:
            job = functools.partial(compute, function=function, **self._of_clips())
            in_threads(job, clips, put, min(n, len(clips)))

    def _parallel(self, clips, job, **keywords):
        """Iterate over the results of a job for each clip; few are held at a time."""
        keywords |= self._of_clips()
        parallel = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")
        return parallel(
            delayed(job)(clip, position, **keywords)
            for position, clip in enumerate(clips)
        )

    def _of_clips(self):
        """Return what jobs take: how clips are read, and where features are kept."""
        audio = {
            "sample_rate": self._rate(),
            "array_rate": self._array_rate(),
            "offset": self.offset,
            "duration": self.duration,
            "n_excerpts": self.n_excerpts,
            "resampler": self._resampler,
            "min_samples": self._min_samples(),
            "stft": self._stft_of_pieces(),
        }
        cache = None if as_cache(self.cache) is None else ClipCache(self)
        return {"audio": audio, "cache": cache}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = False
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _nothing():
    """Do nothing."""
