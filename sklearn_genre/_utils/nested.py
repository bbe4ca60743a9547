"""Estimators inside estimators."""

from sklearn.base import BaseEstimator


def estimators_in(thing):
    """Yield all estimators inside an estimator, including itself, or a list or dict."""
    if isinstance(thing, BaseEstimator):
        yield thing
        # a net is its estimator's own affair
        thing = {name: v for name, v in vars(thing).items() if name != "net_"}
    for value in thing.values() if isinstance(thing, dict) else thing:
        if isinstance(value, BaseEstimator | dict | list | tuple):
            yield from estimators_in(value)
