"""Two reports on the same folds: the difference, its interval, a paired test."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .._utils.page import notebook_box
from .._utils.tabular import Tabular
from .._utils.text_table import TextTable
from ._reports import TagReport
from ._statistics import (
    METRICS,
    corrected_t_test,
    doubt,
    interval,
    mcnemar,
    resample,
    sign_flip_test,
)
from ._tag_statistics import MEASURES, bootstrap_tags, exchange_test

_TESTS = {
    "mcnemar": "exact McNemar test on songs",
    "sign_flip": "sign-flip permutation test on groups (or songs, if rows are slices)",
    "corrected_t": "corrected resampled t-test on folds",
    "exchange": "permutation test that exchanges the answers for groups (or songs)",
}
_WHY = {
    "mcnemar": "each song is answered once by each model, and songs count as "
    "independent",
    "sign_flip": "songs of one artist, or slices of one song, are right or wrong "
    "together, which McNemar's test does not allow for; this is its counterpart for "
    "groups",
    "corrected_t": "songs are answered more than once, so that only the folds can be "
    "tested",
    "exchange": "the answers for a song, and for the songs of an artist, are good or "
    "bad together",
}


_DRAWS = 2000  # for reports without intervals; as in `evaluate`


@dataclass(repr=False)
class Comparison(Tabular):
    """Comparison of two models by their reports on the same folds; see :func:`compare`.

    ``to_frame``, ``to_csv``, ``to_json``, ``to_latex`` and ``to_markdown`` give its
    tables: "scores" and "tests".

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
    n_units : int
    only_first, only_second : int or None
        Songs that only one model classifies correctly. None if songs are answered more
        than once.
    p_values : dict of str to float
        Of the difference of accuracies, two-sided, under "mcnemar", "sign_flip" and
        "corrected_t"; for tags, of macro ROC-AUC under "exchange" and "corrected_t".
        Only the tests that apply.
    t, df : float, int
        Of the corrected t-test; NaN and 0 for a single fold.
    test : {"mcnemar", "sign_flip", "corrected_t", "exchange"}
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

    tables: ClassVar = ("scores", "tests")

    names: tuple
    scores: dict
    differences: dict
    intervals: dict
    unit: str
    n_units: int
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

    def _scores_table(self):
        """Tabulate scores, differences and intervals."""
        rows = [
            [metric, *self.scores[metric], self.differences[metric], *bounds]
            for metric, bounds in self.intervals.items()
        ]
        return TextTable(["score", *self.names, "difference", "low", "high"], rows)

    def _tests_table(self):
        """Tabulate the tests, the recommended one first."""
        order = sorted(self.p_values, key=lambda name: name != self.test)
        rows = [[name, _TESTS[name], self.p_values[name]] for name in order]
        return TextTable(["test", "description", "p_value"], rows)

    def _lines(self):
        """Return everything but the table, as lines of text."""
        bounds = next(iter(self.intervals.values()))
        more = doubt(bounds, self.unit, self.n_units, self.confidence)
        lines = [
            f"{self.confidence:.0%} intervals: paired bootstrap over {self.n_units} "
            f"{self.unit}s. {more}".rstrip(),
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

    def _headline(self):
        """Return the difference of the main score in one line."""
        metric, (low, high) = next(iter(self.intervals.items()))
        return (
            f"{self.names[0]} against {self.names[1]}: {metric} "
            f"{self.differences[metric]:+.3f} [{low:+.3f}, {high:+.3f}], "
            f"p = {self.p_value:.3g}"
        )

    def __repr__(self):
        return f"<Comparison: {self._headline()}\n  {_TESTS[self.test]}>"

    def __str__(self):
        return "\n".join([str(self._table("scores")), *self._lines()])

    def _repr_html_(self):
        tables = {"scores": self._table("scores")}
        return notebook_box("Comparison", self._headline(), self._lines(), tables)


def compare(report_a, report_b, *, names=("first", "second"), random_state=0):
    """Compare two models that predicted the same songs in the same folds.

    Parameters
    ----------
    report_a, report_b : GenreReport or TagReport
        From :func:`evaluate` with the same data, protocol and ``random_state``; two
        TagReports may also have been made from answers for the same rows.
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
        - "corrected_t", if songs are answered more than once (repeated folds);
        - "exchange", for tags: a permutation test of the macro ROC-AUC that exchanges
          the two models group by group (song by song).

    Raises
    ------
    ValueError
        If the reports are not on the same songs and folds.
    TypeError
        If one of them is on genres and one on tags.

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
    tagging = isinstance(report_a, TagReport)
    found = (_compare_tags if tagging else _compare_genres)(
        report_a, report_b, random_state
    )
    return Comparison(
        names=tuple(names),
        unit=report_a.unit,
        n_units=report_a.n_units,
        why=_WHY[found["test"]],
        confidence=report_a.confidence,
        **found,
    )


def _compare_genres(a, b, random_state):
    """Compare two reports on genres; return the fields of a comparison."""
    hits = [(r.y_true == r.y_pred).astype(int) for r in (a, b)]
    differences, intervals = _differences(a, b, random_state)
    t, df, p_values = _fold_test(a, b, "accuracy")
    only, test = (None, None), "corrected_t"
    if _answered_once(a):
        only = tuple(int(((h == 1) & (o == 0)).sum()) for h, o in (hits, hits[::-1]))
        p_values["mcnemar"] = mcnemar(*only)
        per_unit = np.bincount(a.units, weights=hits[0] - hits[1])
        p_values["sign_flip"] = sign_flip_test(per_unit, random_state=random_state)
        alone = a.n_units == len(a.rows)
        test = "mcnemar" if alone else "sign_flip"
    return {
        "scores": {m: (a.scores[m], b.scores[m]) for m in METRICS},
        "differences": differences,
        "intervals": intervals,
        "only_first": only[0],
        "only_second": only[1],
        "p_values": p_values,
        "t": t,
        "df": df,
        "test": test,
    }


def _compare_tags(a, b, random_state):
    """Compare two reports on tags; return the fields of a comparison."""
    pair = [a._answers(), b._answers()]
    draws = bootstrap_tags(pair, a.units, a.n_bootstrap or _DRAWS, random_state)
    scores = {m: (getattr(a, m)["macro"], getattr(b, m)["macro"]) for m in MEASURES}
    t, df, p_values = _fold_test(a, b, "roc_auc")
    test = "corrected_t"
    if _answered_once(a):
        test = "exchange"
        p_values[test] = exchange_test(
            a.y_true, a.proba, b.proba, a.units, random_state=random_state
        )
    return {
        "scores": scores,
        "differences": {m: one - other for m, (one, other) in scores.items()},
        "intervals": {
            m: interval(draws[0][m] - draws[1][m], a.confidence) for m in MEASURES
        },
        "only_first": None,
        "only_second": None,
        "p_values": p_values,
        "t": t,
        "df": df,
        "test": test,
    }


def _answered_once(report):
    """Return whether each row is answered once."""
    return len(np.unique(report.rows)) == len(report.rows)


def _fold_test(a, b, metric):
    """Run the corrected t-test on folds; return t, df, and the p-value if there is one.

    Reports that were made from answers alone know no folds.
    """
    if a.leakage is None:
        return np.nan, 0, {}
    by_fold = a.fold_scores[metric] - b.fold_scores[metric]
    t, df, p = corrected_t_test(by_fold, *a.mean_sizes)
    return t, df, {} if df == 0 else {"corrected_t": p}


def _check_same(a, b):
    """Raise unless two reports hold predictions for the same rows in the same folds."""
    if type(a) is not type(b):
        raise TypeError(
            f"compare needs two reports of one kind, got {type(a).__name__} and "
            f"{type(b).__name__}."
        )
    kind = "tags" if isinstance(a, TagReport) else "classes"
    for what in (kind, "rows", "fold", "y_true", "units"):
        left, right = (np.asarray(getattr(report, what)) for report in (a, b))
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
