"""Several kinds of spectrogram of the same clips in one array."""

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import stack
from ..base import ArrayOutputMixin, StatelessTransformer
from ..parameters import REQUIRED, Rule


class _NamedTransformers(Rule):
    """Names and transformers, as in a FeatureUnion."""

    type = "list of (str, transformer) tuples"
    annotation = "Sequence[tuple[str, Any]]"
    words = (
        "a list of one or more (name, transformer) tuples with different names without "
        "'__' in them"
    )

    def accepts(self, value, owner):
        return _are_named(value)


class BandUnion(ArrayOutputMixin, StatelessTransformer):
    """Several transformers over the same clips, with their bands one after another.

    It does for arrays with a time axis what
    :class:`~sklearn.pipeline.FeatureUnion` does for tables: several kinds of
    spectrogram become one X.

    Attributes
    ----------
    transformers_ : list of (str, transformer) tuples
        The fitted clones.
    n_features_in_ : int
        As seen by the first transformer, if it has the attribute.

    See Also
    --------
    sklearn.pipeline.FeatureUnion : For 2-D outputs, such as those of SummaryStats.

    Examples
    --------
    Log-mel bands and their 20 cepstral coefficients in one array:

    >>> import numpy as np
    >>> from sklearn_genre import MFCC, MelSpectrogram, BandUnion
    >>> waves = np.random.default_rng(0).normal(size=(2, 22050))
    >>> both = BandUnion(transformers=[("mel", MelSpectrogram()), ("mfcc", MFCC())])
    >>> both.fit_transform(waves).shape
    (2, 148, 44)
    >>> both.set_params(mel__n_mels=64).fit_transform(waves).shape
    (2, 84, 44)

    Two mel spectrograms with short and with long frames, as the channels of one image:

    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_genre import CNNClassifier
    >>> both = BandUnion(
    ...     transformers=[
    ...         ("short", MelSpectrogram(n_fft=1024, hop_length=512)),
    ...         ("long", MelSpectrogram(n_fft=4096, hop_length=512)),
    ...     ]
    ... )
    >>> model = make_pipeline(both, CNNClassifier(n_channels=2, max_epochs=1))
    >>> model.fit(waves, ["jazz", "metal"]).predict_proba(waves).shape
    (2, 2)
    """

    _parameters = {
        "transformers": _NamedTransformers(
            REQUIRED,
            "Transformers or Pipelines, each fitted on the same X. Their outputs must "
            "have equal shapes except for the bands. ``set_params`` uses the names "
            "(``mel__n_mels=96``), which must be different.",
        )
    }

    def get_params(self, deep=True):
        """Return the parameters and, with ``deep``, those of the transformers.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        params : dict
        """
        params = super().get_params(deep=False)
        if deep and _are_named(self.transformers):
            for name, transformer in self.transformers:
                params[name] = transformer
                for key, value in transformer.get_params().items():
                    params[f"{name}__{key}"] = value
        return params

    def set_params(self, **params):
        """Set parameters of the union or of its transformers.

        Parameters
        ----------
        **params : dict
            ``transformers``, a transformer's name, or ``<name>__<parameter>``.

        Returns
        -------
        self : object
        """
        if "transformers" in params:
            self.transformers = params.pop("transformers")
        if _are_named(self.transformers) and {*params} & {*dict(self.transformers)}:
            self.transformers = [
                (name, params.pop(name, old)) for name, old in self.transformers
            ]
        return super().set_params(**params)

    def fit(self, X, y=None):
        """Fit a clone of every transformer.

        Parameters
        ----------
        X : array-like
            Whatever the transformers take.
        y : array-like or None, default=None
            Passed to the transformers.

        Returns
        -------
        self : object
        """
        self.transformers_ = [
            (name, transformer.fit(X, y)) for name, transformer in self._clones()
        ]
        return self

    def fit_transform(self, X, y=None):
        """Fit a clone of every transformer and join their bands.

        Parameters
        ----------
        X : array-like
            Whatever the transformers take.
        y : array-like or None, default=None
            Passed to the transformers.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames)
            As returned by ``transform``.
        """
        fitted = self._clones()
        outputs = [(name, step.fit_transform(X, y)) for name, step in fitted]
        self.transformers_ = fitted
        return _join(outputs)

    def transform(self, X):
        """Join the bands that the transformers return.

        Parameters
        ----------
        X : array-like
            Whatever the transformers take.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_bands, n_frames) or \
(n_clips, n_slices, n_bands, n_frames)
            The bands of all transformers. An object array if they return ragged clips,
            a table of shape (n_clips, n_bands) if they return tables.

        Raises
        ------
        ValueError
            If the outputs differ in more than their bands.
        """
        check_is_fitted(self)
        return _join(
            [
                (name, transformer.transform(X))
                for name, transformer in self.transformers_
            ]
        )

    def get_feature_names_out(self, input_features=None):
        """Return the names of the bands of all transformers.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Passed to every transformer.

        Returns
        -------
        names : ndarray of str objects of shape (n_bands,)
            ``<transformer>__<band>``, as in a FeatureUnion.

        Raises
        ------
        AttributeError
            If the bands of a transformer have no names.
        """
        check_is_fitted(self)
        names = [
            f"{name}__{band}"
            for name, transformer in self.transformers_
            for band in transformer.get_feature_names_out(input_features)
        ]
        return np.asarray(names, dtype=object)

    @property
    def n_features_in_(self):
        """Number of bands (or columns) seen by the first transformer."""
        return self.transformers_[0][1].n_features_in_

    def _clones(self):
        """Return clones of the transformers."""
        self._check_params()
        return [(name, clone(transformer)) for name, transformer in self.transformers]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "transformers_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        return tags


def _are_named(steps):
    """Return whether steps are (name, estimator) tuples with different, legal names."""
    return (
        isinstance(steps, (list, tuple))
        and len(steps) > 0
        and all(isinstance(step, tuple) and len(step) == 2 for step in steps)
        and all(isinstance(name, str) and "__" not in name for name, _ in steps)
        and all(hasattr(est, "get_params") for _, est in steps)
        and len({name for name, _ in steps} | {"transformers"}) == len(steps) + 1
    )


def _join(outputs):
    """Concatenate the bands of (name, output) pairs, ragged outputs clip by clip."""
    names, arrays = zip(*outputs, strict=True)
    arrays = [np.asarray(array) for array in arrays]
    if all(array.dtype != object for array in arrays):
        return _join_bands(names, arrays, -2 if arrays[0].ndim > 2 else -1)
    clips = zip(*arrays, strict=True)
    return stack([_join_bands(names, row, -2) for row in clips])


def _join_bands(names, arrays, axis):
    """Concatenate arrays along the band axis, or say which shapes differ."""
    try:
        return np.concatenate(arrays, axis=axis)
    except ValueError as error:
        shapes = ", ".join(
            f"{name} {array.shape}" for name, array in zip(names, arrays, strict=True)
        )
        raise ValueError(
            "BandUnion: outputs must have equal shapes except for the bands, got "
            f"{shapes}. Use one sample_rate and hop_length, or bring the clips to one "
            "length with FixedLength."
        ) from error
