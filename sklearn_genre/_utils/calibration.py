"""One temperature for the scores of a classifier."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

# bounds the search: without any signal the best temperature is infinite, and at 100 the
# probabilities are practically equal; songs of GTZAN need 4.4
_HOTTEST = 100.0


def best_temperature(scores, code, *, coldest=1.0, n_unsure=0):
    """Return the temperature with the least mean loss of the true classes.

    Parameters
    ----------
    scores : ndarray of shape (n, n_classes)
        Logarithms of probabilities, up to a constant per row; those of the true
        classes are finite.
    code : ndarray of int of shape (n,)
        The true classes.
    coldest : float, default=1.0
        The least temperature, > 0. Below 1 the probabilities become more certain.
    n_unsure : int, default=0
        Number of clips to add of which nothing is known: their loss is the mean over
        all classes. Where all clips are right, only these hold the certainty back.

    Returns
    -------
    temperature : float
        In [coldest, 100]; the scores are to be divided by it.
    """
    rows = np.arange(len(code))

    def loss(log_temperature):
        cooled = log_softmax(scores / np.exp(log_temperature), axis=1)
        unsure = n_unsure * cooled.mean() if n_unsure else 0.0
        return -(cooled[rows, code].sum() + unsure) / len(rows)

    bounds = (np.log(coldest), np.log(_HOTTEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(found.x))
