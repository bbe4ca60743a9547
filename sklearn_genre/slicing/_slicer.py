"""Cutting clips into slices along time."""

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import evenly, fit_frames, rowwise, validate_clips
from ..base import ArrayOutputMixin, StatelessTransformer
from ..parameters import Integer, OneOf, Real, Rule

# more is a typing error that would fill the memory: an hour of music in slices of 40 ms
# has fewer
_MOST_SLICES = 100_000


class _Length(Rule):
    """Length along time: frames, or seconds if the Slicer has a frame rate."""

    type, annotation = "int >= 1 or float > 0", "float"

    def accepts(self, value, owner):
        return self._rule(owner).legal(value, owner)

    def describe(self, owner=None):
        words = self._rule(owner).describe()
        return f"{words} or None" if self.none else words

    def _rule(self, owner):
        in_frames = owner is None or owner.frame_rate is None
        return Integer(low=1) if in_frames else Real(low=0, closed="right")


class Slicer(OneToOneFeatureMixin, ArrayOutputMixin, StatelessTransformer):
    """Cut every clip into slices of equal length along time.

    A clip stays one row of X, with a new axis for its slices. So any splitter divides
    clips, and slices of one clip are never on both sides of a split. Classifiers of
    this package, and any scikit-learn classifier inside :class:`SliceVotingClassifier`,
    train on the slices and vote once per clip.

    Attributes
    ----------
    n_features_in_ : int
        Number of bands (samples for 2-D X) seen in ``fit``. Not set for a list
        of waveforms.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    SliceVotingClassifier : Any classifier on slices, with one vote per clip.
    FixedLength : One length for all clips, without slices.

    Notes
    -----
    The transformer is stateless: with ``slice_length=None`` the length follows the
    clips of each call.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import Slicer
    >>> X = np.zeros((4, 96, 1292), dtype=np.float32)
    >>> Slicer(slice_length=128, n_slices=10).fit_transform(X).shape
    (4, 10, 96, 128)
    >>> seconds = Slicer(slice_length=3.0, hop_length=1.5, frame_rate=22050 / 512)
    >>> seconds.fit_transform(X).shape
    (4, 18, 96, 129)
    >>> ragged = [np.zeros((96, 900)), np.zeros((96, 1300))]
    >>> Slicer(n_slices=5).fit_transform(ragged).shape
    (2, 5, 96, 128)
    """

    _parameters = {
        "slice_length": _Length(
            128,
            "Length of a slice: frames, or seconds if ``frame_rate`` is given. None, "
            "with ``n_slices``: equal cuts of the whole clip, ``n_frames // n_slices`` "
            "frames each.",
            none=True,
        ),
        "hop_length": _Length(
            None,
            "Distance between the starts of two slices, in the unit of "
            "``slice_length``. None means ``slice_length``: no overlap and no gap. "
            "Every slice that fits is taken; the frames after the last one (fewer "
            "than ``hop_length``) are left out. Not together with ``n_slices``.",
            none=True,
        ),
        "n_slices": Integer(
            None,
            "Number of slices, spread evenly from the first frame to the last, "
            "whatever the duration of the clip. They do not overlap if ``n_slices * "
            "slice_length`` frames fit into the clip, and overlap evenly otherwise. A "
            "single slice is the middle of the clip.",
            low=1,
            high=_MOST_SLICES,
            none=True,
        ),
        "frame_rate": Real(
            None,
            "Frames per second: ``sample_rate / hop_length`` of the preceding "
            "transformer, or the sample rate for waveforms. With it ``slice_length`` "
            "and ``hop_length`` are in seconds, rounded to whole frames.",
            low=0,
            closed="right",
            none=True,
        ),
        "short": OneOf(
            "repeat",
            "What to do with a clip shorter than one slice: repeat it from its start, "
            "append zeros, or raise an error. Zero is not silence in decibels: there, "
            "put :class:`FixedLength` with a ``fill_value`` before the Slicer.",
            choices=("repeat", "zero", "raise"),
        ),
    }

    @rowwise
    def transform(self, X):
        """Cut the clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands, n_frames) or (n_clips, n_samples), \
or list of ndarray of shape (n_bands, n_frames_i) or (n_samples_i,)
            Spectrogram-like clips or waveforms; clips in a list may differ in length.
            Waveforms of integers are scaled as in :class:`Waveform`.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_slices, n_bands, slice_length)
            float32 or float64 as X; waveforms have one band. A RowView if X is one.

        Raises
        ------
        ValueError
            If a parameter is invalid, a clip is shorter than a slice and
            ``short="raise"``, or the clips would give different numbers of slices
            (or, with ``slice_length=None``, slices of different lengths).
        """
        X = self._validate(X, reset=False)
        plans = [self._plan(clip.shape[-1], i) for i, clip in enumerate(X)]
        self._check_one_shape(plans)
        length, starts = plans[0]
        n_bands, dtype = X[0].shape[0], X[0].dtype
        out = np.empty((len(X), len(starts), n_bands, length), dtype=dtype)
        for rows, clip, (_, starts) in zip(out, X, plans, strict=True):
            clip = fit_frames(
                clip,
                max(length, clip.shape[-1]),
                repeat=self.short == "repeat",
            )
            for row, start in zip(rows, starts, strict=True):
                row[...] = clip[:, start : start + length]
        return out

    def get_feature_names_out(self, input_features=None):
        """Return the names of the bands.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the bands of X. None: ``feature_names_in_``, else x0, x1, ...
            Ignored for waveforms.

        Returns
        -------
        names : ndarray of str objects of shape (n_bands,)
            The same; "waveform" for the single band of waveforms.

        Raises
        ------
        ValueError
            If there is not one name per band, or the names contradict
            ``feature_names_in_``.
        """
        check_is_fitted(self, "_has_bands")
        if self._has_bands:
            return super().get_feature_names_out(input_features)
        return np.asarray(["waveform"], dtype=object)

    def _validate(self, X, reset):
        """Check parameters and X; return clips of shape (n_bands, n_frames)."""
        self._check_params()
        try:
            X = validate_clips(self, X, reset=reset, max_dim=3)
        except ValueError as error:
            if np.ndim(X) == 2 and "features, but" in str(error):
                raise ValueError(
                    f"{error} Waveforms of another length than in fit are taken as a "
                    "list of arrays."
                ) from error
            raise
        has_bands = X[0].ndim == 2
        if reset:
            self._has_bands = has_bands
        if has_bands:
            return X
        return X[:, None] if isinstance(X, np.ndarray) else [x[None] for x in X]

    def _check_params(self):
        """Check every parameter on its own, then together."""
        super()._check_params()
        for name in ("slice_length", "hop_length"):
            if getattr(self, name) is not None and self._frames(name) < 1:
                raise ValueError(
                    f"Slicer: {name}={getattr(self, name)!r} seconds is less than one "
                    f"frame at frame_rate={self.frame_rate!r}."
                )
        if self.slice_length is None and self.n_slices is None:
            raise ValueError("Slicer: slice_length=None needs n_slices.")
        if self.hop_length is not None and self.n_slices is not None:
            raise ValueError(
                "Slicer: give either hop_length or n_slices, not both; n_slices "
                "spreads the slices evenly and so sets their distance itself."
            )

    def _frames(self, name):
        """Return a length in frames."""
        rate = 1 if self.frame_rate is None else self.frame_rate
        return round(getattr(self, name) * rate)

    def _plan(self, n_frames, i):
        """Return length and starts of the slices of clip i."""
        if self.slice_length is None:
            length = max(n_frames // self.n_slices, 1)
        else:
            length = self._frames("slice_length")
        if n_frames < length and self.short == "raise":
            raise ValueError(
                f"X[{i}] has {n_frames} frames, fewer than one slice of {length}. Use "
                'a smaller slice_length, or short="repeat" or short="zero".'
            )
        last = max(n_frames - length, 0)
        if self.n_slices is None:
            hop = length if self.hop_length is None else self._frames("hop_length")
            return length, range(0, last + 1, hop)
        return length, evenly(last, self.n_slices)

    def _check_one_shape(self, plans):
        """Raise if the clips' slices do not make one dense array."""
        if len({length for length, _ in plans}) > 1:
            raise ValueError(
                "Slicer: slice_length=None cuts clips of unequal length into slices of "
                "unequal length; set slice_length as well as n_slices."
            )
        counts = {len(starts) for _, starts in plans}
        if len(counts) > 1:
            raise ValueError(
                f"Slicer: clips of unequal length give {min(counts)} to {max(counts)} "
                "slices each. Set n_slices for the same number from every clip, or "
                "put FixedLength before the Slicer."
            )
