"""A fixed number of frames picked evenly from each clip."""

import numpy as np
from sklearn.base import OneToOneFeatureMixin

from .._utils.arrays import rowwise, validate_clips
from ..base import ArrayOutputMixin, StatelessTransformer
from ..parameters import Integer, Real

_MOST_FRAMES = 2**24  # four days of frames of 23 ms


class FrameSubsampler(OneToOneFeatureMixin, ArrayOutputMixin, StatelessTransformer):
    """Keep a fixed number of frames of each clip, evenly spaced.

    Output frame c of a clip of n frames is input frame
    ``min(round(n * (c + offset) / span), n - 1)``. Frames are picked, not
    averaged: they are not changed. This makes audio comparable with data that have
    fewer frames: the widespread mel images of GTZAN, with 334 columns for 30 s, are the
    frames that ``FrameSubsampler(n_frames=334, offset=1.87, span=334.8)`` picks.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    Resize : Averages frames instead of picking them.
    FixedLength : Pads or crops.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import FrameSubsampler
    >>> X = np.arange(12.0).reshape(1, 1, 12)
    >>> FrameSubsampler(n_frames=4).fit_transform(X)
    array([[[ 2.,  4.,  8., 10.]]])
    """

    _parameters = {
        "n_frames": Integer(
            128, "Number of frames of the output.", low=1, high=_MOST_FRAMES
        ),
        "offset": Real(
            0.5, "Place of the first picked frame, in units of the spacing.", low=0
        ),
        "span": Real(
            None,
            "Number of spacings that a clip spans. None: ``n_frames``.",
            low=0,
            closed="right",
            none=True,
        ),
    }

    @rowwise
    def transform(self, X):
        """Pick the frames.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            2-D X is one frame per clip. Clips in a list may differ in length.

        Returns
        -------
        X_new : ndarray of shape (n_clips, [n_slices,] n_bands, n_frames)
            float32 or float64 as X.

        Raises
        ------
        ValueError
            If a parameter is out of range or X is not finite.
        """
        X = self._validate(X, reset=False)
        if isinstance(X, np.ndarray) and X.ndim == 2:
            X = X[:, :, None]
        return np.stack([clip[..., self._picked(clip.shape[-1])] for clip in X])

    def _picked(self, n):
        """Return the indices of the frames picked from a clip of n frames."""
        span = self.n_frames if self.span is None else self.span
        # beyond any clip, the last frame is picked
        with np.errstate(over="ignore"):
            at = np.round(n * (np.arange(self.n_frames) + self.offset) / span)
        return np.minimum(at, n - 1).astype(int)

    def _validate(self, X, reset):
        """Check parameters and X; return a dense array or a list of clips."""
        self._check_params()
        return validate_clips(self, X, reset=reset, min_dim=3)
