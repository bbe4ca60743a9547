"""What a leak is worth: one model under two protocols."""

from dataclasses import dataclass

import numpy as np

from ..parameters import OneOf
from ._statistics import METRICS, count, interval, resample


@dataclass
class LeakEffect:
    """How much a leaking protocol flatters a model; see :func:`leak_effect`.

    Attributes
    ----------
    metric : str
    difference : float
        Score of the leaking protocol minus that of the other.
    interval : tuple of float
        Bootstrap interval of the difference.
    paired : bool
        Whether both protocols predict the same rows, which are then drawn together.
    unit : {"song", "group"}
        What the bootstrap draws.
    titles : tuple of str
        Both protocols in words.

    Examples
    --------
    >>> from sklearn_genre.evaluation import LeakEffect
    >>> titles = ("by song", "honest")
    >>> print(LeakEffect("accuracy", 0.2, (0.1, 0.3), True, "group", titles))
    +0.200 [+0.100, +0.300] accuracy: by song against honest (paired, over groups)
    """

    metric: str
    difference: float
    interval: tuple
    paired: bool
    unit: str
    titles: tuple

    def __str__(self):
        low, high = self.interval
        how = "paired" if self.paired else "unpaired"
        return (
            f"{self.difference:+.3f} [{low:+.3f}, {high:+.3f}] {self.metric}: "
            f"{self.titles[0]} against {self.titles[1]} ({how}, over {self.unit}s)"
        )


def leak_effect(leaking, honest, *, metric="accuracy", random_state=0):
    """Measure a leak: the same model under two protocols.

    Parameters
    ----------
    leaking, honest : GenreReport
        From :func:`evaluate` with the same model and data and two protocols.
    metric : {"accuracy", "balanced_accuracy", "macro_f1"}, default="accuracy"
    random_state : int, RandomState instance or None, default=0
        For the bootstrap.

    Returns
    -------
    effect : LeakEffect
        If both predict the same rows, the bootstrap draws the units of the honest
        report (groups, if its folds are by group) and scores both on each draw.
        Otherwise it draws separately for each.

    Raises
    ------
    ValueError
        If the classes differ or there is no such metric.

    See Also
    --------
    compare : Two models under one protocol.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.evaluation import leak_effect
    >>> rng = np.random.default_rng(0)
    >>> artists = np.arange(60) // 6
    >>> y = np.where(artists % 2, "jazz", "rock")
    >>> X = rng.normal(size=(10, 8))[artists] + 0.1 * rng.normal(size=(60, 8))
    >>> by_song, by_artist = (
    ...     evaluate(KNeighborsClassifier(1), X, y, groups=artists, protocol=p)
    ...     for p in ("random", "artist")
    ... )
    >>> bool(leak_effect(by_song, by_artist).difference > 0.3)
    True
    """
    OneOf(choices=METRICS).check_value("metric", metric)
    if not np.array_equal(leaking.classes, honest.classes):
        raise ValueError("leak_effect needs two reports on the same genres.")
    paired = np.array_equal(np.unique(leaking.rows), np.unique(honest.rows))
    score = METRICS[metric]
    if paired:
        counts = [_counts_by(leaking, honest), honest.unit_counts()]
        draws = resample(counts, honest.n_bootstrap, random_state)
        values = np.concatenate([score(one) - score(other) for one, other in draws])
    else:
        one, other = (
            np.concatenate(
                [score(c) for (c,) in resample([r.unit_counts()], r.n_bootstrap, seed)]
            )
            for r, seed in ((leaking, random_state), (honest, _next(random_state)))
        )
        size = min(len(one), len(other))
        values = one[:size] - other[:size]
    return LeakEffect(
        metric,
        leaking.scores[metric] - honest.scores[metric],
        interval(values, honest.confidence),
        paired,
        honest.unit,
        (leaking.title, honest.title),
    )


def _next(random_state):
    """Return a seed other than ``random_state``, but a generator or None as it is."""
    return random_state + 1 if isinstance(random_state, int) else random_state


def _counts_by(report, other):
    """Count the confusions of a report by the units of another on the same rows."""
    unit_of_row = dict(zip(other.rows.tolist(), other.units.tolist(), strict=True))
    units = np.array([unit_of_row[row] for row in report.rows.tolist()])
    return count(report.y_true, report.y_pred, len(report.classes), units)
