"""Templates of frames: what the frames of clips are made of, or look like."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.decomposition import PCA, MiniBatchNMF
from sklearn.preprocessing import normalize
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import check_spread, finite, stack, validate_clips
from ..base import ArrayOutputMixin, StatelessTransformer
from ..parameters import Integer, Real, Seed

_MOST_TEMPLATES, _MOST_FRAMES = 2**12, 2**24
_DRAWN = Integer(
    20_000,
    "Frames to learn from: as many of each clip, drawn at random; at least one.",
    low=1,
    high=_MOST_FRAMES,
)


class FrameTemplates(
    ClassNamePrefixFeaturesOutMixin, ArrayOutputMixin, StatelessTransformer
):
    """Base of transformers that learn templates from frames of the clips of ``fit``.

    A subclass has parameters ``max_frames`` and ``random_state``. It learns its
    templates, ``components_``, in ``_learn`` and compares frames with them in
    ``_compare``; both take frames as rows.
    """

    def fit(self, X, y=None):
        """Learn the templates.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            Spectrograms. Clips in a list may differ in the last axis.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter is out of range, X is not finite, or its values are none
            that this transformer takes.
        """
        X = self._validate(X, reset=True)
        rng = check_random_state(self.random_state)
        n_each = -(-self.max_frames // len(X))
        parts = [_some(self._frames(clip), n_each, rng) for clip in X]
        self._learn(np.concatenate(parts), rng.randint(2**31 - 1))
        return self

    @finite
    def transform(self, X):
        """Compare the frames with the templates.

        Parameters
        ----------
        X : array-like
            As for ``fit``.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_components), (n_clips, n_components, \
n_frames) or (n_clips, n_slices, n_components, n_frames), or object array of such
            float32 or float64 as X.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        return stack([self._activations(np.asarray(clip)) for clip in X])

    def _activations(self, clip):
        """Return the activations of a clip, in the form of the clip."""
        found = np.asarray(self._compare(self._frames(clip)), dtype=clip.dtype)
        if clip.ndim == 1:
            return found[0]
        *first, _, n_frames = clip.shape
        return np.moveaxis(found.reshape(*first, n_frames, -1), -1, -2)

    def _frames(self, clip):
        """Return the frames of a clip as rows."""
        clip = np.asarray(clip)
        rows = clip[None] if clip.ndim == 1 else np.moveaxis(clip, -1, -2)
        return np.ascontiguousarray(rows.reshape(-1, rows.shape[-1]))

    @property
    def _n_features_out(self):
        return len(self.components_)

    def _validate(self, X, reset):
        """Check the parameters and X; return a dense array or a list of clips."""
        self._check_params()
        return validate_clips(self, X, reset=reset, min_dim=3)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "components_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        return tags


class FrameNMF(FrameTemplates):
    """Non-negative factorization of spectrograms: templates and when they sound.

    ``fit`` learns spectral templates, such as notes and drums, of which every frame is
    about a sum. ``transform`` returns how loud each template is in each frame. It is
    :class:`sklearn.decomposition.MiniBatchNMF` for arrays with a time axis.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_bands)
        The templates, not negative.
    n_iter_ : int
        Number of passes over the frames.
    n_features_in_ : int
        Number of bands.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    sklearn.decomposition.NMF : The same for tables.
    SummaryStats : Statistics of the activations, as features of a clip.

    Notes
    -----
    ``transform`` returns an array of shape (n, n_components, n_frames), or a 1-D object
    array of such arrays for clips of unequal length; for 2-D X, one frame per clip, a
    table. Templates are learned from the clips of ``fit`` only, within a Pipeline the
    training clips: in cross-validation they are learned anew in every fold. The
    activations of a clip depend on no other clip.

    References
    ----------
    D. D. Lee, H. S. Seung, "Learning the parts of objects by non-negative matrix
    factorization", Nature 401, 1999.
    P. Smaragdis, J. C. Brown, "Non-negative matrix factorization for polyphonic music
    transcription", WASPAA 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import FrameNMF
    >>> X = np.random.default_rng(0).random((3, 20, 50))
    >>> FrameNMF(n_components=4, random_state=0).fit_transform(X).shape
    (3, 4, 50)
    """

    _parameters = {
        "n_components": Integer(
            32, "Number of templates.", low=1, high=_MOST_TEMPLATES
        ),
        "max_frames": _DRAWN,
        "max_iter": Integer(
            200,
            "Passes over these frames, at most: fewer if they bring nothing more.",
            low=1,
            high=_MOST_FRAMES,
        ),
        "random_state": Seed(None, "Draws frames and initial templates."),
    }

    def _learn(self, frames, seed):
        model = MiniBatchNMF(
            self.n_components,
            max_iter=self.max_iter,
            # it ends when ten batches in a row bring nothing; small steps of the
            # templates, the other reason to end, come long before where frames are many
            tol=0.0,
            random_state=seed,
        )
        self._model = model.fit(frames)
        self.components_, self.n_iter_ = model.components_, model.n_iter_

    def _compare(self, frames):
        return self._model.transform(frames)

    def _frames(self, clip):
        """Return the frames of a clip as rows; refuse negative values."""
        if np.min(clip) < 0:
            raise ValueError(
                f"Negative values in data passed to {type(self).__name__}: X must hold "
                "powers or magnitudes, no decibels. Spectrograms have such a scale: "
                "scale='power' or 'log1p'."
            )
        return super()._frames(clip)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


class FrameKMeans(FrameTemplates):
    """How much each frame is like each of the typical frames of the training clips.

    ``fit`` takes the correlations between bands out of the frames (principal
    components of unit variance) and finds typical frames among them by k-means.
    ``transform`` returns the products of each frame with all of them: large where they
    are alike, in proportion to how far the frame is from the mean of all. Statistics of
    these over time are a bag of frames.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_bands)
        The typical frames as filters: weights of the bands.
    mean_ : ndarray of shape (n_bands,)
        What is subtracted from a frame before: the mean of the training frames.
    n_features_in_ : int
        Number of bands.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    FrameNMF : Templates of which frames are sums.
    PyramidLevel : Slower time scales, on which other frames are typical.
    SummaryStats : Statistics of the products, as features of a clip.

    Notes
    -----
    ``transform`` returns an array of shape (n, n_components, n_frames), or a 1-D object
    array of such arrays for clips of unequal length; for 2-D X, one frame per clip, a
    table. Frames are made as long as each other before the clustering, and its means
    after it, which is spherical k-means but for the mean of a cluster, which is that of
    points and not of directions.

    References
    ----------
    A. Coates, A. Y. Ng, "Learning feature representations with k-means", Neural
    Networks: Tricks of the Trade, 2012.
    S. Dieleman, B. Schrauwen, "Multiscale approaches to music audio feature learning",
    ISMIR 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import FrameKMeans
    >>> X = np.random.default_rng(0).normal(size=(3, 20, 50))
    >>> FrameKMeans(n_components=4, random_state=0).fit_transform(X).shape
    (3, 4, 50)
    """

    _parameters = {
        "n_components": Integer(
            200, "Number of typical frames.", low=1, high=_MOST_TEMPLATES
        ),
        "max_frames": _DRAWN,
        "variance": Real(
            0.99,
            "Share of the variance of frames that the principal components keep; what "
            "they leave is mostly noise, and would be made as large as the rest.",
            low=0,
            high=1,
            closed="neither",
        ),
        "random_state": Seed(None, "Draws frames and the first means."),
    }

    def _learn(self, frames, seed):
        from sklearn.cluster import MiniBatchKMeans  # slow to import, for few

        self._check_frames(frames)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = PCA(self.variance, svd_solver="full").fit(frames)
            filters = parts.components_ / np.sqrt(parts.explained_variance_)[:, None]
        if not np.isfinite(filters).all():
            raise ValueError(
                "FrameKMeans: X holds values too small to compute with: their "
                f"variance is below the range of {frames.dtype}. Scale X."
            )
        points = normalize((frames - parts.mean_) @ filters.T)
        model = MiniBatchKMeans(self.n_components, n_init=3, random_state=seed)
        means = normalize(model.fit(points).cluster_centers_)
        self.components_, self.mean_ = means @ filters, parts.mean_

    def _check_frames(self, frames):
        """Raise if no typical frames can be found among those drawn."""
        n = len(frames)
        if n < self.n_components:
            raise ValueError(
                f"FrameKMeans: n_components={self.n_components} typical frames cannot "
                f"be found among {n} (n_samples={n}); give fewer, more clips, or a "
                "larger max_frames."
            )
        if not np.ptp(frames, axis=0).any():
            raise ValueError(
                "FrameKMeans: typical frames are found by how frames differ, but all "
                f"{n} drawn from X are the same (n_samples={n})."
            )
        check_spread(frames, "FrameKMeans")

    def _compare(self, frames):
        return (frames - self.mean_) @ self.components_.T


def _some(frames, n, rng):
    """Return n rows drawn at random, or all if there are no more."""
    if len(frames) <= n:
        return frames
    return frames[np.sort(rng.choice(len(frames), n, replace=False))]
