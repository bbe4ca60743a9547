"""Spectral templates: what the frames of clips are made of."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.decomposition import MiniBatchNMF
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import finite, stack, validate_clips
from ..base import ArrayOutputMixin, StatelessTransformer
from ..parameters import Integer, Seed

_MOST_TEMPLATES, _MOST_FRAMES = 2**12, 2**24


class FrameNMF(ClassNamePrefixFeaturesOutMixin, ArrayOutputMixin, StatelessTransformer):
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
        "max_frames": Integer(
            20_000,
            "Frames to learn from: as many of each clip, drawn at random.",
            low=1,
            high=_MOST_FRAMES,
        ),
        "max_iter": Integer(
            200,
            "Passes over these frames, at most: fewer if they bring nothing more.",
            low=1,
            high=_MOST_FRAMES,
        ),
        "random_state": Seed(None, "Draws frames and initial templates."),
    }

    def fit(self, X, y=None):
        """Learn the templates.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            Not negative: powers, magnitudes or ``log1p`` of them, no decibels. Clips in
            a list may differ in the last axis.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter is out of range, or X is negative or not finite.
        """
        X = self._validate(X, reset=True)
        rng = check_random_state(self.random_state)
        n_each = -(-self.max_frames // len(X))
        parts = [_some(self._frames(clip), n_each, rng) for clip in X]
        model = MiniBatchNMF(
            self.n_components,
            max_iter=self.max_iter,
            # it ends when ten batches in a row bring nothing; small steps of the
            # templates, the other reason to end, come long before where frames are many
            tol=0.0,
            random_state=rng.randint(2**31 - 1),
        )
        self._model = model.fit(np.concatenate(parts))
        self.components_, self.n_iter_ = model.components_, model.n_iter_
        return self

    @finite
    def transform(self, X):
        """Find the activations of the templates.

        Parameters
        ----------
        X : array-like
            As for ``fit``.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_components), (n_clips, n_components, \
n_frames) or (n_clips, n_slices, n_components, n_frames), or object array of such
            Not negative, float32 or float64 as X.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        return stack([self._activations(np.asarray(clip)) for clip in X])

    def _activations(self, clip):
        """Return the activations of a clip, in the form of the clip."""
        # a table, if scikit-learn is set to give these
        found = np.asarray(self._model.transform(self._frames(clip)), dtype=clip.dtype)
        if clip.ndim == 1:
            return found[0]
        *first, _, n_frames = clip.shape
        return np.moveaxis(found.reshape(*first, n_frames, -1), -1, -2)

    def _frames(self, clip):
        """Return the frames of a clip as rows; refuse negative values."""
        clip = np.asarray(clip)
        if clip.min() < 0:
            raise ValueError(
                f"Negative values in data passed to {type(self).__name__}: X must hold "
                "powers or magnitudes, no decibels. Spectrograms have such a scale: "
                "scale='power' or 'log1p'."
            )
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
        tags.input_tags.positive_only = True
        return tags


def _some(frames, n, rng):
    """Return n rows drawn at random, or all if there are no more."""
    if len(frames) <= n:
        return frames
    return frames[np.sort(rng.choice(len(frames), n, replace=False))]
