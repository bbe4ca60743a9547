"""Bases of the transformers."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from .parameters import Declared
from .rows import RowView

__all__ = ["ArrayOutputMixin", "StatelessTransformer"]


class ArrayOutputMixin:
    """Transformer whose output may have more than two dimensions.

    A mixin to be listed before the transformer among the bases: such arrays have no
    DataFrame form.
    """

    def __init_subclass__(cls, **kwargs):
        """Keep ``transform`` from making DataFrames, even if bands have names."""
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    def set_output(self, *, transform=None):
        """Accept scikit-learn's output setting, without effect.

        Arrays with more than two dimensions have no DataFrame form, so a
        Pipeline set to ``transform="pandas"`` keeps them as arrays.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            Ignored.

        Returns
        -------
        self : object
        """
        return self


class StatelessTransformer(Declared, TransformerMixin, BaseEstimator):
    """Transformer that learns nothing: ``fit`` only checks the input.

    The input is checked again in ``transform``. A subclass lists its parameters in
    ``_parameters`` and defines ``_validate(X, reset)``, which calls
    ``_check_params()``, and ``transform(X)``.
    """

    def fit(self, X, y=None):
        """Check the parameters and X; nothing is learned.

        Parameters
        ----------
        X : array-like
            As for ``transform``.
        y : None
            Ignored.

        Returns
        -------
        self : object
        """
        # rows of a view are checked when they are read
        X = np.asarray(X[:1]) if isinstance(X, RowView) else X
        self._validate(X, reset=True)
        return self

    def _check_params(self):
        """Check the parameters; a subclass adds checks that involve several of them."""
        self.check_params()

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32", "float64"]
        return tags
