"""Rows of anything that has rows: arrays, DataFrames, sparse matrices, lists."""

import numpy as np


def n_rows(X):
    """Count the rows of an array, DataFrame, sparse matrix or list."""
    if not hasattr(X, "shape") and not hasattr(X, "__len__"):
        X = np.asarray(X)
    shape = getattr(X, "shape", None)
    return shape[0] if shape else len(X)


def take_rows(X, rows):
    """Take the given rows of an array, DataFrame, sparse matrix or list."""
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    if hasattr(X, "tocsr"):
        return X.tocsr()[rows]
    return [X[i] for i in rows] if isinstance(X, list | tuple) else X[rows]


def is_by_row(value, n):
    """Return whether a value is a list or array of one entry per row."""
    sized = hasattr(value, "__len__") and not isinstance(value, str | dict)
    return sized and getattr(value, "shape", (1,)) != () and n_rows(value) == n


def cut_params(params, rows, n):
    """Restrict parameters of ``fit`` with one entry per row to some of the n rows."""
    return {
        name: take_rows(value, rows) if is_by_row(value, n) else value
        for name, value in params.items()
    }
