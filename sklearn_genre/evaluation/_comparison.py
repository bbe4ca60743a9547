"""Two reports on the same folds: the difference, its interval, a paired test."""

from dataclasses import dataclass

import numpy as np

from .._utils.text_table import TextTable
from ..parameters import OneOf
from ._statistics import (
    METRICS,
    corrected_t_test,
    count,
    interval,
    mcnemar,
    resample,
    sign_flip_test,
)

_TESTS = {
    "mcnemar": "exact McNemar test on songs",
    "sign_flip": "sign-flip permutation test on groups (or songs, if rows are slices)",
    "corrected_t": "corrected resampled t-test on folds",
}
_WHY = {
    "mcnemar": "each song is answered once by each model, and songs count as "
    "independent",
    "sign_flip": "songs of one artist, or slices of one song, are right or wrong "
    "together, which McNemar's test does not allow for; this is its counterpart for "
    "groups",
    "corrected_t": "songs are answered more than once, so that only the folds can be "
    "tested",
}


@dataclass
class Comparison:
    """Comparison of two models by their reports on the same folds; see :func:`compare`.

    Attributes
    ----------
    names : tuple of str
        The models.
    scores : dict of str to tuple of float
        Both scores by metric.
    differences : dict of str to float
        First minus second.
    intervals : dict of str to tuple of float
        Paired bootstrap interval of each difference.
    unit : {"song", "group"}
        What the bootstrap draws.
    only_first, only_second : int or None
        Songs that only one model classifies correctly. None if songs are answered more
        than once.
    p_values : dict of str to float
        Of the difference of accuracies, two-sided, under "mcnemar", "sign_flip" and
        "corrected_t"; only the tests that apply.
    t, df : float, int
        Of the corrected t-test; NaN and 0 for a single fold.
    test : {"mcnemar", "sign_flip", "corrected_t"}
        The recommended test.
    why : str
        Why this test is recommended.
    confidence : float

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.evaluation import compare
    >>> X, y = np.zeros((20, 1)), ["jazz", "rock"] * 10
    >>> report = evaluate(DummyClassifier(), X, y, protocol="random", n_splits=2)
    >>> comparison = compare(report, report)
    >>> comparison.only_first, comparison.only_second, comparison.p_value
    (0, 0, 1.0)
    """

    names: tuple
    scores: dict
    differences: dict
    intervals: dict
    unit: str
    only_first: int | None
    only_second: int | None
    p_values: dict
    t: float
    df: int
    test: str
    why: str
    confidence: float

    @property
    def p_value(self):
        """The p-value of the recommended test."""
        return self.p_values[self.test]

    def _table(self):
        """Tabulate scores, differences and intervals."""
        rows = [
            [metric, *self.scores[metric], self.differences[metric], *bounds]
            for metric, bounds in self.intervals.items()
        ]
        return TextTable(["score", *self.names, "difference", "low", "high"], rows)

    def to_frame(self):
        """Return scores and differences as a DataFrame.

        Returns
        -------
        frame : pandas.DataFrame

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return self._table().to_frame()

    def _lines(self):
        """Return everything but the table, as lines of text."""
        lines = [
            f"{self.confidence:.0%} intervals: paired bootstrap over {self.unit}s.",
            f"{_TESTS[self.test]}: p = {self.p_value:.3g} ({self.why}).",
        ]
        if self.only_first is not None:
            lines.append(
                f"Right in one only: {self.names[0]} {self.only_first}, "
                f"{self.names[1]} {self.only_second}."
            )
        others = [
            f"{_TESTS[name]}: p = {p:.3g}"
            for name, p in self.p_values.items()
            if name != self.test
        ]
        return lines + ([f"For comparison: {'; '.join(others)}."] if others else [])

    def __str__(self):
        return "\n".join([str(self._table()), *self._lines()])

    def _repr_html_(self):
        return self._table().to_html() + "".join(f"<p>{s}</p>" for s in self._lines())


def compare(report_a, report_b, *, names=("first", "second"), random_state=0):
    """Compare two models that predicted the same songs in the same folds.

    Parameters
    ----------
    report_a, report_b : GenreReport
        From :func:`evaluate` with the same data, protocol and ``random_state``.
    names : tuple of str, default=("first", "second")
        What to call the models.
    random_state : int, RandomState instance or None, default=0
        For bootstrap and permutations.

    Returns
    -------
    comparison : Comparison
        Its ``test`` is

        - "mcnemar", exact, if each song is answered once and songs are drawn;
        - "sign_flip", if folds are by group, or rows are slices: a permutation test
          that exchanges the two models group by group (song by song);
        - "corrected_t", if songs are answered more than once (repeated folds).

    Raises
    ------
    ValueError
        If the reports are not on the same songs and folds.

    References
    ----------
    T. G. Dietterich, "Approximate Statistical Tests for Comparing Supervised
    Classification Learning Algorithms", Neural Computation 10, 1998.
    C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning
    52, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre import evaluate
    >>> from sklearn_genre.evaluation import compare
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "rock"], 30)
    >>> X = rng.normal(size=(60, 4)) + 2 * (y == "rock")[:, None]
    >>> reports = [
    ...     evaluate(model, X, y, protocol="random", n_splits=3)
    ...     for model in (GaussianNB(), DummyClassifier())
    ... ]
    >>> comparison = compare(*reports, names=("Bayes", "chance"))
    >>> comparison.test, bool(comparison.p_value < 0.001)
    ('mcnemar', True)
    """
    _check_same(report_a, report_b)
    hits = [(r.y_true == r.y_pred).astype(int) for r in (report_a, report_b)]
    differences, intervals = _differences(report_a, report_b, random_state)
    by_fold = report_a.fold_scores["accuracy"] - report_b.fold_scores["accuracy"]
    t, df, p = corrected_t_test(by_fold, *report_a.mean_sizes)
    p_values = {} if df == 0 else {"corrected_t": p}
    only, test = (None, None), "corrected_t"
    if len(np.unique(report_a.rows)) == len(report_a.rows):
        only = tuple(int(((h == 1) & (o == 0)).sum()) for h, o in (hits, hits[::-1]))
        p_values["mcnemar"] = mcnemar(*only)
        per_unit = np.bincount(report_a.units, weights=hits[0] - hits[1])
        p_values["sign_flip"] = sign_flip_test(per_unit, random_state=random_state)
        alone = report_a.n_units == len(report_a.rows)
        test = "mcnemar" if alone else "sign_flip"
    return Comparison(
        names=tuple(names),
        scores={m: (report_a.scores[m], report_b.scores[m]) for m in METRICS},
        differences=differences,
        intervals=intervals,
        unit=report_a.unit,
        only_first=only[0],
        only_second=only[1],
        p_values=p_values,
        t=t,
        df=df,
        test=test,
        why=_WHY[test],
        confidence=report_a.confidence,
    )


def _check_same(a, b):
    """Raise unless two reports hold predictions for the same rows in the same folds."""
    for what in ("classes", "rows", "fold", "y_true", "units"):
        left, right = getattr(a, what), getattr(b, what)
        if left.shape != right.shape or (left != right).any():
            raise ValueError(
                f"compare needs two reports on the same songs and folds, but their "
                f"{what} differ ({a.title}; {b.title}). Call evaluate with the same "
                "data, protocol and random_state."
            )


def _differences(a, b, random_state):
    """Return the difference of each score and its paired bootstrap interval."""
    draws = [
        {m: f(one) - f(other) for m, f in METRICS.items()}
        for one, other in resample(
            [a.unit_counts(), b.unit_counts()], a.n_bootstrap, random_state
        )
    ]
    values = {m: a.scores[m] - b.scores[m] for m in METRICS}
    bounds = {
        m: interval(np.concatenate([d[m] for d in draws]), a.confidence)
        for m in METRICS
    }
    return values, bounds


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
