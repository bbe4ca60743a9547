"""Bad arrays for every public estimator: an error, or an answer that is finite."""

import copy
import functools

import numpy as np

from tests.parameters import test_bad_values as known

from ._trials import Trial

WORDS = "X y sample row clip frame band slice class feature dtype shape array number"
WORDS += " data NaN infinity dimension target song label tag value audio"


def somewhere(value, X):
    X = np.array(X, dtype=float)
    X.flat[X.size // 2] = value
    return X


def less(axis, X):
    return np.take(X, [], axis=axis % np.ndim(X))


CHANGES = {
    "NaN": functools.partial(somewhere, np.nan),
    "infinity": functools.partial(somewhere, -np.inf),
    "1e300": functools.partial(somewhere, 1e300),
    "float32 3e38": lambda X: somewhere(3e38, X).astype(np.float32),
    "no clips": functools.partial(less, 0),
    "no frames": functools.partial(less, -1),
    "no bands": functools.partial(less, -2),
    "one clip": lambda X: X[:1],
    "one number": lambda X: np.float64(3),
    "one axis": lambda X: np.ravel(X)[:12],
    "six axes": lambda X: X.reshape(*X.shape, *(1,) * (6 - np.ndim(X))),
    "complex": lambda X: X + 1j,
    "text": lambda X: X.astype(str),
    "objects": lambda X: np.full(X.shape, object(), dtype=object),
    "None": lambda X: np.full(X.shape, None, dtype=object),
    "dict": lambda X: {"X": X},
    "generator": lambda X: (row for row in X),
    "ragged": lambda X: [row[..., : 1 + k % 3] for k, row in enumerate(X)],
    "dates": lambda X: np.zeros(X.shape, "datetime64[s]"),
    "bytes": lambda X: X.tobytes(),
    "zeros": lambda X: np.zeros_like(X),
    "constant": lambda X: np.full_like(X, 7.5),
}
TARGETS = {
    "one class": lambda y: np.repeat(y[:1], len(y)),
    "too few": lambda y: y[:-1],
    "NaN in y": lambda y: np.where(np.arange(len(y)) < 2, np.nan, 1.0),
    "None in y": lambda y: np.array([None, *y[1:]], dtype=object),
    "continuous y": lambda y: np.linspace(0, 1, len(y)),
    "two and three": lambda y: np.tile([[2, 3], [3, 2]], (len(y) // 2, 1)),
    "no y": lambda y: None,
}


@functools.cache
def data():
    return known.data.__wrapped__()


def tried(kind, where, change):
    """Fit and use an estimator with a bad array; return how that ended."""
    estimator = copy.deepcopy(known.ESTIMATORS[kind])
    given = {}

    class Caught(Exception):
        pass

    def catch(X, y=None):
        given.update(X=X, y=y)
        raise Caught

    estimator.fit = catch
    try:
        known.fit(estimator, data())
    except Caught:
        del estimator.fit
    X, y = given["X"], given["y"]
    try:
        if where == "y":
            y = TARGETS[change](y)
        if where == "fit":
            X = CHANGES[change](X)
        estimator.fit(X, y)
        if where == "use":
            X = CHANGES[change](X)
        return finite(used(estimator, X))
    except (ValueError, TypeError) as error:
        named = any(word in str(error) for word in [*WORDS.split(), kind])
        return "refused" if named else f"unnamed: {error!r:.150}"


def used(estimator, X):
    for method in ("predict_proba", "transform", "predict"):
        if hasattr(estimator, method):
            return getattr(estimator, method)(X)
    return np.zeros(1)


def finite(found):
    """Return "right" if all numbers of an answer are finite."""
    if getattr(found, "dtype", None) is not None and found.dtype.kind in "fc":
        return "right" if np.isfinite(found).all() else "wrong: not finite"
    rows = [row for row in found if isinstance(row, np.ndarray)]
    bad = any(row.dtype.kind in "fc" and not np.isfinite(row).all() for row in rows)
    return "wrong: not finite" if bad else "right"


def trials(rng):
    """Yield every estimator with every bad array, in any order."""
    data()
    cases = [
        (kind, where, change)
        for kind in known.ESTIMATORS
        if kind not in ("Augmentation", "FeatureCache")
        for where, changes in (("fit", CHANGES), ("use", CHANGES), ("y", TARGETS))
        for change in changes
    ]
    rng.shuffle(cases)
    for kind, where, change in cases:
        run = functools.partial(tried, kind, where, change)
        yield Trial(kind, run, seconds=60, detail=f"{where}: {change}")
