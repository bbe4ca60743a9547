"""Bootstrap and permutation of the scores of tags, all draws at once.

scikit-learn's measures sort the scores again for every draw, which takes a minute where
this takes a second.
"""

import numpy as np
from scipy.stats import rankdata
from sklearn.utils import check_random_state

MEASURES = ("roc_auc", "average_precision", "f1")
_CHUNK = 100  # draws at a time: bounds the memory for large collections


def _tie_groups(score):
    """Return the order of scores from low to high, and where each value begins."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    return order, np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])


def weighted_ranking(y_true, y_score, weights):
    """Compute ROC-AUC and average precision of one tag under many weightings of rows.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n,)
    y_score : ndarray of shape (n,)
    weights : ndarray of shape (n_draws, n)
        Not negative.

    Returns
    -------
    roc_auc, average_precision : ndarray of shape (n_draws,)
        NaN where a score is not defined.
    """
    order, starts = _tie_groups(y_score)
    both = weights[:, order]
    hits = both * y_true[order]
    if len(starts) < len(order):
        hits, both = (np.add.reduceat(w, starts, axis=1) for w in (hits, both))
    up_to, hits_up_to = np.cumsum(both, axis=1), np.cumsum(hits, axis=1)
    n, n_hits = up_to[:, -1:], hits_up_to[:, -1:]
    misses_below = up_to - hits_up_to - (both - hits) / 2  # half of those that tie
    chosen, found = n - up_to + both, n_hits - hits_up_to + hits
    with np.errstate(invalid="ignore", divide="ignore"):
        auc = (hits * misses_below).sum(axis=1) / (n_hits * (n - n_hits))[:, 0]
        precision = np.where(chosen > 0, found / chosen, 0.0)
        return auc, (hits * precision).sum(axis=1) / n_hits[:, 0]


def weighted_f1(y_true, given, weights):
    """Compute the F1 of every tag under many weightings of rows.

    Parameters
    ----------
    y_true, given : ndarray of bool of shape (n, n_tags)
    weights : ndarray of shape (n_draws, n)

    Returns
    -------
    f1 : ndarray of shape (n_draws, n_tags)
        NaN for tags that no row of a draw has.
    """
    hits, true, said = (weights @ m for m in (y_true & given, y_true, given))
    with np.errstate(invalid="ignore"):
        return np.where(true > 0, 2 * hits / (true + said), np.nan)


def macro_scores(y_true, y_score, given, weights):
    """Average every measure over tags, under many weightings of rows.

    Parameters
    ----------
    y_true, given : ndarray of bool of shape (n, n_tags)
    y_score : ndarray of shape (n, n_tags)
    weights : ndarray of shape (n_draws, n)

    Returns
    -------
    scores : dict of str to ndarray of shape (n_draws,)
        Over the tags that are defined in a draw; NaN if none is.
    """
    ranked = [
        weighted_ranking(y_true[:, j], y_score[:, j], weights)
        for j in range(y_true.shape[1])
    ]
    auc, precision = (np.stack(part, axis=1) for part in zip(*ranked, strict=True))
    parts = (auc, precision, weighted_f1(y_true, given, weights))
    return {m: _mean(part) for m, part in zip(MEASURES, parts, strict=True)}


def _mean(scores):
    """Average rows over what is not NaN."""
    known = ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        return np.where(known, scores, 0).sum(axis=1) / known.sum(axis=1)


def _joined(parts):
    """Join the scores of chunks of draws."""
    return {m: np.concatenate([part[m] for part in parts]) for m in MEASURES}


def _chunks(n_draws):
    """Return the numbers of draws that are made at a time."""
    return [min(_CHUNK, n_draws - start) for start in range(0, n_draws, _CHUNK)]


def bootstrap_tags(answers, units, n_bootstrap, random_state):
    """Compute the bootstrap values of every macro measure.

    Parameters
    ----------
    answers : list of (y_true, y_score, given)
        Of one or several models; all get the same draws.
    units : ndarray of int of shape (n,)
        What is drawn: the song or group of each row, 0, 1, ...
    n_bootstrap : int
    random_state : int, RandomState instance or None

    Returns
    -------
    scores : list of dict of str to ndarray of shape (n_bootstrap,)
    """
    rng, n = check_random_state(random_state), units.max() + 1
    parts = [[] for _ in answers]
    for size in _chunks(n_bootstrap):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=size)[:, units]
        for part, answer in zip(parts, answers, strict=True):
            part.append(macro_scores(*answer, weights.astype(float)))
    return [_joined(part) for part in parts]


def exchange_test(y_true, first, second, units, *, n_draws=999, random_state=0):
    """Run a permutation test of whether two taggers differ in macro ROC-AUC.

    In every draw the answers of the two are exchanged for a random half of the units.
    Scores are replaced by their ranks within each tag and model, which changes no
    ROC-AUC and makes models of different scale comparable.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n, n_tags)
    first, second : ndarray of shape (n, n_tags)
        Scores.
    units : ndarray of int of shape (n,)
    n_draws : int, default=999
    random_state : int, RandomState instance or None, default=0

    Returns
    -------
    p : float
        Two-sided, at least 1 / (n_draws + 1).
    """
    rng, n = check_random_state(random_state), units.max() + 1
    both = np.concatenate([y_true, y_true])
    ranks = np.concatenate([rankdata(s, axis=0) for s in (first, second)])
    observed = abs(_difference(both, ranks, np.ones((1, len(y_true))))[0])
    far = 0
    for size in _chunks(n_draws):
        stay = rng.randint(2, size=(size, n))[:, units].astype(float)
        far += int((abs(_difference(both, ranks, stay)) >= observed - 1e-9).sum())
    return (far + 1) / (n_draws + 1)


def _difference(y_true, ranks, stay):
    """Return the difference of macro ROC-AUC, by which rows are not exchanged."""
    sides = np.hstack([stay, 1 - stay]), np.hstack([1 - stay, stay])
    one, other = (
        _mean(
            np.stack(
                [
                    weighted_ranking(y_true[:, j], ranks[:, j], weights)[0]
                    for j in range(y_true.shape[1])
                ],
                axis=1,
            )
        )
        for weights in sides
    )
    return one - other
