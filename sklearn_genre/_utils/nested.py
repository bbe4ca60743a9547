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


def jobs_of(thing):
    """Return the first ``n_jobs`` in an estimator that is not None, or None."""
    if not hasattr(thing, "get_params"):
        return None
    params = thing.get_params(deep=True).items()
    jobs = (n for name, n in params if name.split("__")[-1] == "n_jobs")
    return next((n for n in jobs if n is not None), None)
