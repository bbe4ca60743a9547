"""A fixed number of frames picked evenly from each clip."""

import numbers

import numpy as np

from .._utils.arrays import rowwise, validate_clips
from .._utils.checks import check_number
from ..base import NdTransformer


class FrameSubsampler(NdTransformer):
    """Keep a fixed number of frames of each clip, evenly spaced.

    Of a clip of n frames, output frame c is input frame
    ``min(round(n * (c + offset) / span), n - 1)``. Frames are picked, not averaged:
    each is what it was. This makes data with fewer, coarser frames comparable with
    audio: the widespread mel images of GTZAN, 334 columns of 30 s, are the frames
    that ``FrameSubsampler(n_frames=334, offset=1.87, span=334.8)`` picks.

    Parameters
    ----------
    n_frames : int, default=128
        Number of frames of the output, >= 1.
    offset : float, default=0.5
        Place of the first picked frame, in units of the spacing, >= 0.
    span : float or None, default=None
        Number of spacings that make up a clip, > 0. None: ``n_frames``.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands seen in ``fit``.

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

    def __init__(self, *, n_frames=128, offset=0.5, span=None):
        self.n_frames = n_frames
        self.offset = offset
        self.span = span

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
        """Numbers of the picked frames of a clip of n."""
        span = self.n_frames if self.span is None else self.span
        at = np.round(n * (np.arange(self.n_frames) + self.offset) / span)
        return np.minimum(at, n - 1).astype(int)

    def _validate(self, X, reset):
        """Check parameters and X; a dense array or a list of clips."""
        check_number(self, "n_frames", kind=numbers.Integral, low=1)
        check_number(self, "offset", low=0)
        check_number(self, "span", low=np.finfo(np.float64).tiny, none=True)
        return validate_clips(self, X, reset=reset, min_dim=3)
