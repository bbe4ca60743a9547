"""Statistics over time: one row of features per clip."""

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils import gen_batches

from .._utils.arrays import finite, validate_clips
from ..base import StatelessTransformer
from ..parameters import Names

_CHUNK = 2**20  # values in float64 at a time: 8 MB


class SummaryStats(OneToOneFeatureMixin, StatelessTransformer):
    """Summarize each band of a clip over all its frames and slices.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    Slicer : Placed before SummaryStats it only changes how often a frame counts; put
        SummaryStats inside a :class:`SliceVotingClassifier` for features per slice.

    Notes
    -----
    The columns are ordered band by band, the statistics of a band side by side in the
    order of ``stats``: ``x0_mean, x0_std, x1_mean, x1_std, ...``. 2-D X is a table: one
    frame per clip, whose "std", "skew" and "kurtosis" are 0. Everything is computed in
    float64 and returned in X's precision.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import SummaryStats
    >>> X = np.arange(12.0).reshape(1, 2, 6)
    >>> summary = SummaryStats(stats=("mean", "max"))
    >>> summary.fit_transform(X)
    array([[ 2.5,  5. ,  8.5, 11. ]])
    >>> summary.get_feature_names_out(["low", "high"])
    array(['low_mean', 'low_max', 'high_mean', 'high_max'], dtype=object)
    """

    _parameters = {
        "stats": Names(
            ("mean", "std"),
            """
            Any of "mean", "median", "std", "min", "max", "skew" and "kurtosis", each
            at most once. The divisor of "std" is the number of frames. "skew" and
            "kurtosis" are those of :func:`scipy.stats.skew` and
            :func:`scipy.stats.kurtosis`: biased, and 0 for a normal distribution. For a
            constant band, where they have no value, both are 0.
            """,
            choices=("mean", "median", "std", "min", "max", "skew", "kurtosis"),
        )
    }

    @finite
    def transform(self, X):
        """Compute the statistics.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            Clips in a list have shape (n_bands, n_frames_i) or (n_slices, n_bands,
            n_frames_i) and may differ in the last axis.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_bands * n_stats)
            float32 or float64 as X. A DataFrame after
            ``set_output(transform="pandas")``.

        Raises
        ------
        ValueError
            If ``stats`` is empty or has an unknown or repeated name; if X is not
            finite, or its bands differ in number from those in ``fit``.
        """
        X = self._validate(X, reset=False)
        rows = [
            np.stack([_STATS[name](part) for name in self.stats], axis=-1)
            for part in in_parts(X)
        ]
        table = np.concatenate(rows).astype(X[0].dtype)
        return table.reshape(len(X), -1)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str of shape (n_bands,) or None, default=None
            Names of the bands. None: ``feature_names_in_``, else x0, x1, ...

        Returns
        -------
        names : ndarray of str objects of shape (n_bands * n_stats,)
            ``<band>_<statistic>``, band by band.

        Raises
        ------
        ValueError
            If there is not one name per band, or the names contradict
            ``feature_names_in_``.
        """
        bands = super().get_feature_names_out(input_features)
        names = [f"{band}_{stat}" for band in bands for stat in self.stats]
        return np.asarray(names, dtype=object)

    def _validate(self, X, reset):
        """Check ``stats`` and X; return a dense array or a list of clips."""
        self._check_params()
        return validate_clips(self, X, reset=reset, min_dim=3, lazy=True)


def in_parts(X):
    """Yield parts of X in float64, each of shape (n_clips, n_bands, n_values)."""
    if isinstance(X, list):
        parts = (clip[None] for clip in X)
    else:
        n_rows = max(1, _CHUNK // int(np.prod(X.shape[1:])))
        parts = (np.asarray(X[batch]) for batch in gen_batches(len(X), n_rows))
    for part in parts:
        part = part.astype(np.float64)
        if part.ndim == 2:
            part = part[:, :, None]
        if part.ndim == 4:
            n, k, n_bands, n_frames = part.shape
            part = part.swapaxes(1, 2).reshape(n, n_bands, k * n_frames)
        yield part


def _standardize(x):
    """Scale the last axis to mean 0 and standard deviation 1; 0 if constant."""
    mean = x.mean(axis=-1, keepdims=True)
    z = x - mean
    std = np.sqrt(np.mean(z * z, axis=-1, keepdims=True))
    # the bound is that of scipy.stats, which returns nan below it
    constant = std <= np.finfo(x.dtype).resolution * np.abs(mean)
    return np.where(constant, 0.0, z / np.where(constant, 1.0, std))


def _skew(x):
    """Return the biased skewness over the last axis; 0 where constant."""
    z = _standardize(x)
    return np.mean(z * z * z, axis=-1)


def _kurtosis(x):
    """Return the biased excess kurtosis over the last axis; 0 where constant."""
    square = np.square(_standardize(x))
    moment = np.mean(square * square, axis=-1)
    return np.where(moment == 0, 0.0, moment - 3.0)


_STATS = {
    "mean": lambda x: x.mean(axis=-1),
    "median": lambda x: np.median(x, axis=-1),
    "std": lambda x: x.std(axis=-1),
    "min": lambda x: x.min(axis=-1),
    "max": lambda x: x.max(axis=-1),
    "skew": _skew,
    "kurtosis": _kurtosis,
}
