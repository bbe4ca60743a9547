"""Scores from confusion counts, bootstrap intervals, calibration, paired tests."""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.sparse import csr_array
from sklearn.utils import check_random_state

from .._utils.text_table import TextTable


def accuracy(confusion):
    """Compute the share of correct answers.

    Parameters
    ----------
    confusion : ndarray of shape (..., k, k)
        Rows are the truth, columns the answer.

    Returns
    -------
    score : ndarray of shape (...)
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1).sum(axis=-1)
    return hits / confusion.sum(axis=(-2, -1))


def balanced_accuracy(confusion):
    """Average recall over the classes that occur; see :func:`accuracy`."""
    true = confusion.sum(axis=-1)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    recall = np.divide(hits, true, out=np.zeros(hits.shape), where=true > 0)
    return recall.sum(axis=-1) / (true > 0).sum(axis=-1)


def macro_f1(confusion):
    """Average F1 over the classes that occur or are answered; see :func:`accuracy`."""
    both = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = np.divide(2.0 * hits, both, out=np.zeros(hits.shape), where=both > 0)
    return f1.sum(axis=-1) / (both > 0).sum(axis=-1)


METRICS = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
}


def count(true, pred, n_classes, units=None):
    """Count confusions, of all answers or of each unit.

    Parameters
    ----------
    true, pred : ndarray of int of shape (n,)
        Class numbers.
    n_classes : int
    units : ndarray of int of shape (n,) or None
        Unit of each answer, 0..n_units-1.

    Returns
    -------
    counts : ndarray of shape (n_classes, n_classes), or sparse array of shape \
(n_units, n_classes * n_classes)
    """
    cells = true * n_classes + pred
    if units is None:
        flat = np.bincount(cells, minlength=n_classes**2)
        return flat.reshape(n_classes, n_classes)
    shape = (units.max() + 1, n_classes**2)
    return csr_array((np.ones(len(cells)), (units, cells)), shape=shape)


def resample(counts, n_bootstrap, random_state):
    """Yield the confusion matrices of bootstrap samples of units.

    Parameters
    ----------
    counts : list of sparse arrays of shape (n_units, k * k)
        As returned by :func:`count`; all get the same draws.
    n_bootstrap : int
    random_state : int, RandomState instance or None

    Yields
    ------
    confusions : list of ndarray of shape (n_chunk, k, k)
        Together n_bootstrap of each.
    """
    rng = check_random_state(random_state)
    n_units = counts[0].shape[0]
    k = int(np.sqrt(counts[0].shape[1]))
    chunk = 100  # bounds the memory for large collections
    for start in range(0, n_bootstrap, chunk):
        size = min(chunk, n_bootstrap - start)
        draws = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=size)
        yield [(c.T @ draws.T).T.reshape(-1, k, k) for c in counts]


def interval(values, confidence):
    """Return the percentile interval of bootstrap values.

    Returns
    -------
    low, high : float
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


FEW_UNITS = 20  # of which a bootstrap knows too little of the spread


def doubt(bounds, unit, n_units, confidence):
    """Say where a bootstrap interval promises too much.

    Parameters
    ----------
    bounds : (float, float)
        The interval of the main score.
    unit : str
        What was drawn.
    n_units : int
    confidence : float
        In (0, 1).

    Returns
    -------
    text : str
        "" if there are enough units and the interval has a width.

    Examples
    --------
    >>> doubt((0.5, 0.9), "song", 6, 0.95)
    'With only 6 songs they are too narrow.'
    >>> doubt((1.0, 1.0), "song", 30, 0.95).partition(":")[0]
    'All songs came out alike, which leaves no width'
    """
    text = []
    if n_units < FEW_UNITS:
        text.append(f"With only {n_units} {unit}s they are too narrow.")
    if bounds[1] - bounds[0] < 1e-12:
        share = ((1 - confidence) / 2) ** (1 / n_units)
        text.append(
            f"All {unit}s came out alike, which leaves no width: {n_units} alike of "
            f"{n_units} also fit a true share of {share:.2f} (exact binomial interval)."
        )
    return " ".join(text)


def bootstrap_scores(counts, n_bootstrap, random_state):
    """Compute the bootstrap values of every metric.

    Returns
    -------
    scores : dict of str to ndarray of shape (n_bootstrap,)
    """
    parts = [
        {name: score(confusions) for name, score in METRICS.items()}
        for (confusions,) in resample([counts], n_bootstrap, random_state)
    ]
    return {name: np.concatenate([p[name] for p in parts]) for name in METRICS}


@dataclass
class Calibration:
    """Calibration: how far probabilities can be trusted.

    Attributes
    ----------
    ece : float
        Expected calibration error in [0, 1]: the mean distance between the probability
        of the most probable class and the share of times it is right, over bins of
        equal width weighted by their answers.
    log_loss : float
        Mean negative log probability (natural) of the true class.
    brier : float
        Mean squared distance, summed over classes, in [0, 2].
    reliability : TextTable
        Per bin: its bounds, number of answers, mean probability, accuracy.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.evaluation._statistics import calibration
    >>> proba = np.array([[0.8, 0.2], [0.8, 0.2], [0.6, 0.4], [0.4, 0.6]])
    >>> c = calibration(np.array([0, 0, 0, 0]), proba)
    >>> round(c.ece, 3), round(c.brier, 3)
    (0.15, 0.3)
    """

    ece: float
    log_loss: float
    brier: float
    reliability: TextTable


def reliability(proba, hit, n_bins=10):
    """Compare probabilities with how often what they speak of is so.

    Parameters
    ----------
    proba : ndarray of shape (n,)
        In [0, 1].
    hit : ndarray of bool of shape (n,)
    n_bins : int, default=10

    Returns
    -------
    table : TextTable
        Per bin: its bounds, number of answers, mean probability, accuracy.
    error : float
        Expected calibration error.
    """
    # the right edge belongs to a bin, as in the source
    bins = np.clip(np.ceil(proba * n_bins).astype(int) - 1, 0, n_bins - 1)
    rows, error = [], 0.0
    for b in range(n_bins):
        inside = bins == b
        n = int(inside.sum())
        mean, right = (proba[inside].mean(), hit[inside].mean()) if n else (None, None)
        error += n / len(proba) * abs(mean - right) if n else 0.0
        rows.append([b / n_bins, (b + 1) / n_bins, n, mean, right])
    columns = ["from", "to", "n", "mean_proba", "accuracy"]
    return TextTable(columns, rows), float(error)


def calibration(true, proba, n_bins=10):
    """Measure the calibration of class probabilities.

    Parameters
    ----------
    true : ndarray of int of shape (n,)
        Class numbers.
    proba : ndarray of shape (n, n_classes)
    n_bins : int, default=10

    Returns
    -------
    calibration : Calibration

    References
    ----------
    C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    table, error = reliability(
        proba.max(axis=1), proba.argmax(axis=1) == true, n_bins=n_bins
    )
    truth = np.eye(proba.shape[1])[true]
    tiny = np.finfo(float).eps  # as in scikit-learn: the loss of a zero stays finite
    return Calibration(
        ece=error,
        log_loss=float(-np.log((proba * truth).sum(axis=1).clip(tiny)).mean()),
        brier=float(((proba - truth) ** 2).sum(axis=1).mean()),
        reliability=table,
    )


def mcnemar(only_a, only_b):
    """Return the two-sided p-value of the exact McNemar test.

    Parameters
    ----------
    only_a, only_b : int
        Songs that only one of the two models classifies correctly.

    Returns
    -------
    p : float

    References
    ----------
    Q. McNemar, "Note on the sampling error of the difference between correlated
    proportions or percentages", Psychometrika 12, 1947.
    """
    n = only_a + only_b
    return 1.0 if n == 0 else float(stats.binomtest(only_a, n, 0.5).pvalue)


def corrected_t_test(differences, n_train, n_test):
    """Run the corrected resampled t-test on the folds of a cross-validation.

    Training sets of folds overlap, so the plain t-test finds differences where there
    are none; the variance is enlarged for that.

    Parameters
    ----------
    differences : ndarray of shape (n_folds,)
        Score of one model minus that of the other.
    n_train, n_test : float
        Rows on each side of a fold, on average.

    Returns
    -------
    t : float
    df : int
    p : float
        Two-sided; all three NaN for a single fold.

    References
    ----------
    C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning
    52, 2003.
    """
    n = len(differences)
    if n < 2:
        return np.nan, 0, np.nan
    mean, var = np.mean(differences), np.var(differences, ddof=1)
    if var < 1e-24:
        same = abs(mean) < 1e-12
        return (0.0, n - 1, 1.0) if same else (np.copysign(np.inf, mean), n - 1, 0.0)
    t = mean / np.sqrt((1 / n + n_test / n_train) * var)
    return float(t), n - 1, float(2 * stats.t.sf(abs(t), n - 1))


def sign_flip_test(differences, n_draws=9999, random_state=0):
    """Run a permutation test of whether the differences of units favor one side.

    Parameters
    ----------
    differences : ndarray of shape (n_units,)
        Correct answers of one model minus those of the other, per unit.
    n_draws : int, default=9999
    random_state : int, RandomState instance or None, default=0

    Returns
    -------
    p : float
        Two-sided, at least 1 / (n_draws + 1).
    """
    d = differences[differences != 0]
    if len(d) == 0:
        return 1.0
    rng = check_random_state(random_state)
    far = 0
    for start in range(0, n_draws, 1000):
        size = min(1000, n_draws - start)
        signs = rng.choice([-1, 1], size=(size, len(d)))
        far += int((np.abs(signs @ d) >= abs(d.sum()) - 1e-9).sum())
    return (far + 1) / (n_draws + 1)
