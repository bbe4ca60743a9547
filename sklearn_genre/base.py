"""Bases of the transformers, and the containers that ``set_output`` asks for."""

import functools

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin

from .parameters import Declared, OneOf
from .rows import RowView

__all__ = ["ArrayOutputMixin", "StatelessTransformer"]

# where a Series of clips keeps the names of their bands
_NAMES = "feature_names_out"
_CONTAINERS = OneOf(choices=("default", "pandas", "polars"), none=True)


class ArrayOutputMixin:
    """Transformer whose output may have more than two dimensions.

    A mixin to be listed before the transformer among the bases. It does what
    scikit-learn does for tables only: it puts the output of ``transform`` and
    ``fit_transform`` into the container that `set_output` or
    ``sklearn.set_config(transform_output=...)`` asks for.
    """

    def __init_subclass__(cls, **kwargs):
        """Wrap the methods that the class itself defines."""
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)
        for name in {"transform", "fit_transform"} & {*vars(cls)}:
            setattr(cls, name, _contained(vars(cls)[name]))

    def set_output(self, *, transform=None):
        """Set what ``transform`` and ``fit_transform`` return.

        A table, one row of features per clip, can be a DataFrame. Clips with a time
        axis cannot: a DataFrame has two axes. With "pandas" they become a Series that
        holds one array per clip, so that no index is lost on the way through a
        Pipeline; with "polars", which has no index, they stay an array. For a
        DataFrame of them, let the Pipeline go on to :class:`SummaryStats` or
        :class:`TextureStats`.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            "default" is NumPy's array. The index of pandas objects is that of X; the
            columns have the names of ``get_feature_names_out``. None changes nothing.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If ``transform`` is none of these.
        """
        _CONTAINERS.check_value("transform", transform)
        if transform is not None:
            # the name that scikit-learn's clone copies; a new dictionary, as copies of
            # an estimator share the old one
            self._sklearn_output_config = {"transform": transform}
        return self


def _contained(method):
    """Let a method that returns clips put them into the container asked for."""

    @functools.wraps(method)
    def with_container(self, X, *args, **kwargs):
        out = method(self, X, *args, **kwargs)
        own = getattr(self, "_sklearn_output_config", {})
        container = own.get("transform", get_config()["transform_output"])
        # a RowView has rows of its own
        if container == "default" or not isinstance(out, np.ndarray):
            return out
        if out.ndim == 2:
            return _data_frame(out, X, self, container)
        return _series(out, X, self) if container == "pandas" else out

    return with_container


def _data_frame(table, X, transformer, container):
    """Return a table as a DataFrame with the index of X."""
    names = _names(transformer)
    if names is None or len(names) != table.shape[1]:
        names = numbered(type(transformer).__name__.lower(), table.shape[1])
    if container == "polars":
        import polars

        return polars.DataFrame(table, schema=list(names), orient="row")
    import pandas

    return pandas.DataFrame(table, index=_index(X), columns=names, copy=False)


def _series(clips, X, transformer):
    """Return clips as a Series of arrays with the index of X."""
    import pandas

    cells = np.empty(len(clips), dtype=object)
    cells[:] = list(clips)
    name = type(transformer).__name__.lower()
    series = pandas.Series(cells, index=_index(X), name=name)
    names = _names(transformer)
    if names is not None:
        series.attrs[_NAMES] = tuple(names)
    return series


def _index(X):
    """Return the index of a pandas object; None for anything else."""
    # a list has a method of that name
    return X.index if hasattr(X, "iloc") else None


def _names(transformer):
    """Return the names of the bands or columns of the output, None without any."""
    try:
        return transformer.get_feature_names_out()
    except AttributeError:  # a NotFittedError is one, too
        return None


def numbered(prefix, n):
    """Return n names of columns or bands, "<prefix>0" and so on."""
    return np.asarray([f"{prefix}{i}" for i in range(n)], dtype=object)


def band_names(X):
    """Return the names of the bands of a Series of clips; None without any."""
    return X.attrs.get(_NAMES) if hasattr(X, "iloc") else None


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
