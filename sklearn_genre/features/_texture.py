"""Statistics of the texture of a spectrogram: one row of features per clip."""

import numpy as np
from sklearn.base import OneToOneFeatureMixin

from .._utils.arrays import finite, validate_clips
from ..base import StatelessTransformer
from ..parameters import Names
from ._numerics.texture import STATS
from ._summary import in_parts


class TextureStats(OneToOneFeatureMixin, StatelessTransformer):
    """Statistics of how the bands of a spectrogram in decibels vary together and in
    time.

    Whereas :class:`SummaryStats` summarizes each band by itself, these also describe
    how bands vary together, how fast they rise and fall, and how a frame depends on
    those before it. A linear classifier with strong shrinkage on them learns genres in
    about a second (:func:`sklearn_genre.recipes.fast`).

    Attributes
    ----------
    n_features_in_ : int
        Number of bands.
    feature_names_in_ : ndarray of shape (n_bands,)
        Names of the bands, if X had names in ``fit``.

    See Also
    --------
    SummaryStats : Statistics of each band, in any unit.
    Slicer : With :class:`SliceVotingClassifier`: features of each slice.

    Notes
    -----
    128 bands give 871 columns. They are meant for coarse frames of about 50 to 100 ms;
    with shorter frames, lags and modulations describe faster changes. Clips of any
    number of frames give the same columns, so songs may differ in length. 2-D X is a
    table: one frame per clip, in which nothing changes over time.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals",
       IEEE Transactions on Speech and Audio Processing 10, 2002.
    .. [2] K. Seyerlehner, G. Widmer, T. Pohle, "Fusing block-level features for music
       similarity estimation", DAFx 2010.
    .. [3] T. Lidy, A. Rauber, "Evaluation of feature extractors and psycho-acoustic
       transformations for music genre classification", ISMIR 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import TextureStats
    >>> X = np.random.default_rng(0).normal(size=(3, 128, 334))
    >>> TextureStats().fit_transform(X).shape
    (3, 871)
    >>> TextureStats(stats=("contrast",)).fit(X).get_feature_names_out()[:2]
    array(['contrast_mean_0', 'contrast_mean_1'], dtype=object)
    """

    _parameters = {
        "stats": Names(
            tuple(STATS),
            """
            Any of these, each at most once. Bands are first averaged in groups of
            neighbors, 32 or 16 of them (fewer where X has fewer bands).

            - "level": mean and standard deviation over time of 32 groups;
            - "skew": their skewness (0 where constant);
            - "cepstrum": mean and standard deviation of 25 cepstral coefficients (DCT
              of a frame), and standard deviation of their steps from frame to frame;
            - "covariance": covariances of the first 16 coefficients;
            - "correlation": correlations between 16 groups;
            - "modulation": Fourier magnitudes of 16 groups over windows of 66 frames,
              as log(1 + magnitude) in eight ranges from 1 to 32 periods per window;
            - "contrast": mean level of the loudest fifth of the bands of eight regions
              above that of the softest fifth (mean and standard deviation), and the
              mean of the latter;
            - "lag": autocorrelation of 20 coefficients at lags of 1, 2, 4, 8 and 16
              frames;
            - "change": median and 90th percentile of the absolute steps of 32 groups;
            - "rise": 50th, 75th, 90th and 97th percentile of the rise of 32 groups over
              three frames, falls counted as 0.
            """,
            choices=STATS,
        )
    }

    @finite
    def transform(self, X):
        """Compute the statistics.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_bands), (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames), or list of ndarray
            Levels in dB. Clips in a list have shape (n_bands, n_frames_i) or (n_slices,
            n_bands, n_frames_i) and may differ in the last axis. Slices of a clip are
            read one after another.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_statistics)
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
            np.concatenate([STATS[name][0](part) for name in self.stats], axis=1)
            for part in in_parts(X)
        ]
        return np.concatenate(rows).astype(X[0].dtype)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str of shape (n_bands,) or None, default=None
            Names of the bands; they are only checked, as groups of bands have no names.

        Returns
        -------
        names : ndarray of str objects
            ``<statistic>_<number>``, statistic by statistic.

        Raises
        ------
        ValueError
            If there is not one name per band, or the names contradict
            ``feature_names_in_``.
        """
        n_bands = len(super().get_feature_names_out(input_features))
        names = [name for stat in self.stats for name in STATS[stat][1](n_bands)]
        return np.asarray(names, dtype=object)

    def _validate(self, X, reset):
        """Check ``stats`` and X; return a dense array or a list of clips."""
        self._check_params()
        return validate_clips(self, X, reset=reset, min_dim=3, lazy=True)
