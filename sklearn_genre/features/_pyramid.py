"""Slower time scales of spectrograms."""

import numpy as np
from scipy.ndimage import convolve1d
from sklearn.base import OneToOneFeatureMixin

from .._utils.arrays import finite, rowwise, stack, validate_clips
from ..base import ArrayOutputMixin, StatelessTransformer
from ..parameters import Flag, Integer

_MOST_LEVELS = 24  # a frame of 23 ms becomes four days
_BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16


class PyramidLevel(OneToOneFeatureMixin, ArrayOutputMixin, StatelessTransformer):
    """One level of the Gaussian or Laplacian pyramid of each clip over time.

    Level 0 of a Gaussian pyramid is the clip. For each further level the one before is
    smoothed over five frames by binomial weights, and every second frame of it is kept:
    level k has a frame for ``2 ** k`` of the clip. A level of the Laplacian pyramid
    (``detail=True``) is what the next one lacks: the level minus the next, interpolated
    to its frames.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    FrameSubsampler : Picks frames without smoothing.
    FrameKMeans : Learns the typical frames of a level.

    References
    ----------
    P. J. Burt, E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE
    Transactions on Communications 31, 1983.
    S. Dieleman, B. Schrauwen, "Multiscale approaches to music audio feature learning",
    ISMIR 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import PyramidLevel
    >>> X = np.random.default_rng(0).normal(size=(2, 20, 50))
    >>> PyramidLevel(level=3).fit_transform(X).shape
    (2, 20, 7)
    """

    _parameters = {
        "level": Integer(1, "Which level.", low=0, high=_MOST_LEVELS),
        "detail": Flag(False, "Whether the level is of the Laplacian pyramid."),
    }

    @rowwise
    @finite
    def transform(self, X):
        """Make the level.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            2-D X is one frame per clip. Clips in a list may differ in length.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_bands) or (n_clips, [n_slices,] n_bands, \
n_frames_new), or object array of such
            float32 or float64 as X; ``ceil(n_frames / 2 ** level)`` frames.

        Raises
        ------
        ValueError
            If a parameter is out of range, or X is not finite or too large.
        """
        X = self._validate(X, reset=False)
        if isinstance(X, np.ndarray) and X.ndim == 2:
            return self._level(X[:, :, None])[:, :, 0]
        return stack([self._level(np.asarray(clip)) for clip in X])

    def _level(self, clip):
        """Return the level of a clip."""
        for _ in range(self.level):
            clip = _reduced(clip)
        return clip - _expanded(_reduced(clip), clip.shape[-1]) if self.detail else clip

    def _validate(self, X, reset):
        """Check parameters and X; return a dense array or a list of clips."""
        self._check_params()
        return validate_clips(self, X, reset=reset, min_dim=3)


def _reduced(clip):
    """Smooth over time and keep every second frame; the edges are repeated."""
    return convolve1d(clip, _BINOMIAL, axis=-1, mode="nearest")[..., ::2]


def _expanded(clip, n_frames):
    """Put frames between those of a clip, to ``n_frames``."""
    zeros = np.zeros((*clip.shape[:-1], n_frames), dtype=clip.dtype)
    zeros[..., ::2] = clip
    weight = np.zeros(n_frames, dtype=clip.dtype)
    weight[::2] = 1
    # at the edges fewer frames take part, and count for more
    total = convolve1d(weight, _BINOMIAL, mode="constant")
    return convolve1d(zeros, _BINOMIAL, axis=-1, mode="constant") / total
