"""Report on tags: scores over all tags, by category of tags, and per tag."""

import numpy as np

from ..._utils.indexing import n_rows
from ..._utils.labels import label_list, to_codes
from ..._utils.names import plain_name
from ..._utils.page import notebook_box
from ..._utils.tags import check_indicator, column_names, tag_classes
from ..._utils.text import listed
from ..._utils.text_table import TextTable
from ...datasets import tag_categories
from .._statistics import interval
from .._tag_metrics import (
    check_tags,
    tag_average_precision,
    tag_f1,
    tag_roc_auc,
)
from .._tag_statistics import MEASURES, bootstrap_tags
from ._base import Report, check_bootstrap
from ._tag_page import tag_page

_AVERAGES = ("macro", "micro")


class TagReport(Report):
    """Scores of a tagger: over all tags, by category of tags, and per tag.

    :func:`evaluate` makes it for tags, with the split and its leaks; made from answers
    alone, it has the scores only. ``print`` shows its tables, and :meth:`to_html`
    writes a page.

    ``to_frame``, ``to_csv``, ``to_json``, ``to_latex`` and ``to_markdown`` give its
    tables: "tags", "summary", "categories", and, from :func:`evaluate`, "folds".

    Parameters
    ----------
    y_true : array-like of shape (n, n_tags)
        0 and 1.
    y_score : array-like of shape (n, n_tags), or list of n_tags arrays of shape (n, 2)
        Probabilities, for rows that were not trained on.
    tags : iterable of str or None, default=None
        Names of the tags; None takes those of the columns if y_true is a DataFrame,
        and else numbers them.
    categories : dict of str to list of str, or None, default=None
        Tags of each category; None sorts the names by
        :func:`~sklearn_genre.datasets.tag_categories`.
    thresholds : float or array-like of shape (n_tags,), default=0.5
        A tag is given where its score reaches the threshold; for F1, precision and
        recall.
    y_pred : array-like of shape (n, n_tags) or None, default=None
        The tags that are given, 0 and 1; None takes those that reach their threshold.
    groups : array-like of shape (n,) or None, default=None
        Artist of each row, which the intervals draw; None draws rows.
    n_bootstrap : int, default=0
        Draws for the intervals, >= 0; 0 computes none.
    confidence : float, default=0.95
        Confidence of the intervals, in (0, 1).
    random_state : int, RandomState instance or None, default=0
        Seed of the bootstrap.

    Attributes
    ----------
    tags : list of str
    y_true, y_pred : ndarray of bool of shape (n, n_tags)
    proba : ndarray of shape (n, n_tags)
        The scores.
    absent : list of str
        Tags that no row has; means leave them out.
    roc_auc, average_precision, f1 : dict of str to float
        "macro" and "micro".
    intervals : dict of str to tuple of float
        Bootstrap interval of each macro average: how much it depends on which songs
        (or groups) were tested, given the trained models. Empty without bootstrap.
    chance : dict of str to float
        What the macro averages would be for scores that know nothing.
    per_tag : dict of str to ndarray of shape (n_tags,)
        "support" (rows that have the tag), "roc_auc", "average_precision", "f1",
        "precision", "recall"; NaN for what is not defined.
    per_category : dict of str to dict of str to float
        Mean over the tags of each category.
    title : str
        How the rows were split, in words.
    leakage : LeakageReport or None
        What is on both sides of the folds; None if the report was made from answers
        alone. From :func:`evaluate` there are also ``protocol``, ``rows``, ``fold``,
        ``names``, ``paths``, ``fold_scores``, ``mean_sizes``, ``best_params``,
        ``notes`` and ``leaking``, as in :class:`GenreReport`.
    unit : {"song", "group"}
        What the bootstrap draws.
    n_units : int

    Raises
    ------
    ValueError
        If shapes differ, names are not one per tag, or a category names an unknown tag.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.evaluation import TagReport
    >>> y = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]])
    >>> p = np.array([[0.9, 0.2, 0.1], [0.3, 0.6, 0.1], [0.4, 0.8, 0.1]])
    >>> report = TagReport(y, p, tags=["guitar", "slow", "opera"])
    >>> report.roc_auc["macro"], report.absent
    (1.0, ['opera'])
    """

    tables = ("tags", "summary", "categories")
    _boxed = ("summary", "categories", "tags")
    protocol = leakage = paths = best_params = None
    leaking = False
    title = "answers given"
    notes = ()

    def __init__(
        self,
        y_true,
        y_score,
        *,
        tags=None,
        categories=None,
        thresholds=0.5,
        y_pred=None,
        groups=None,
        n_bootstrap=0,
        confidence=0.95,
        random_state=0,
    ):
        check_bootstrap(n_bootstrap, confidence, low=0)
        self.n_bootstrap, self.confidence = n_bootstrap, confidence
        self.random_state = random_state
        names = column_names(y_true)
        y_true, y_score = check_tags(y_true, y_score)
        self.y_true, self.proba = y_true, y_score
        tags = tag_classes(names, y_true.shape[1]) if tags is None else tags
        self.tags = [plain_name(tag) for tag in tags]
        if len(self.tags) != y_true.shape[1]:
            raise ValueError(
                f"tags must name each of {y_true.shape[1]} tags, got {len(self.tags)} "
                "names."
            )
        self.y_pred = self._given(thresholds, y_pred)
        self.n_rows = n_rows(y_true)
        self._score()
        self.per_category = self._category_scores(categories)
        self._set_units(groups)
        self._draw()

    def _given(self, thresholds, y_pred):
        """Return which tags are given."""
        shape = self.proba.shape
        thresholds = np.asarray(thresholds, dtype=float)
        if thresholds.shape not in ((), shape[1:]):
            raise ValueError(
                f"thresholds must be one number or {shape[1]}, got shape "
                f"{thresholds.shape}."
            )
        if y_pred is None:
            return self.proba >= thresholds
        given = check_indicator(y_pred, "y_pred")
        if given.shape != shape:
            raise ValueError(
                f"y_pred must have the shape {shape} of y_true, got {given.shape}."
            )
        return given

    def _score(self):
        """Compute all scores, and those of chance."""
        present = self.y_true.any(axis=0)
        self.absent = [t for t, p in zip(self.tags, present, strict=True) if not p]
        self.roc_auc, self.average_precision, self.f1 = (
            {a: score(self.y_true, y, average=a) for a in _AVERAGES}
            for score, y in (
                (tag_roc_auc, self.proba),
                (tag_average_precision, self.proba),
                (tag_f1, self.y_pred),
            )
        )
        self.per_tag = _per_tag_scores(self.y_true, self.proba, self.y_pred)
        share = self.y_true.mean(axis=0)[present]
        # the best that one answer for all songs can do is to give every tag
        guesses = ([0.5], share, 2 * share / (1 + share))
        self.chance = {
            m: _mean(np.asarray(guess))
            for m, guess in zip(MEASURES, guesses, strict=True)
        }

    def _set_units(self, groups):
        """Keep what the bootstrap draws, where the report is made from answers."""
        self.unit = "song" if groups is None else "group"
        self.rows = self.index = self.units = np.arange(self.n_rows)
        self.fold = np.zeros(self.n_rows, dtype=int)
        self.names = [f"row {i}" for i in range(self.n_rows)]
        if groups is not None:
            self.units = to_codes(label_list(groups, "groups", self.n_rows))[0]
        self.n_units = int(self.units.max()) + 1

    def _draw(self):
        """Compute the intervals of the macro averages."""
        self.intervals = {}
        if self.n_bootstrap:
            (draws,) = bootstrap_tags(
                [self._answers()], self.units, self.n_bootstrap, self.random_state
            )
            self.intervals = {m: interval(v, self.confidence) for m, v in draws.items()}

    def _answers(self):
        """Return the truth, the scores and the given tags."""
        return self.y_true, self.proba, self.y_pred

    def _category_scores(self, categories):
        """Average over the tags of each category."""
        categories = tag_categories(self.tags) if categories is None else categories
        column = {tag: j for j, tag in enumerate(self.tags)}
        scores = {}
        for name, members in categories.items():
            members = [plain_name(tag) for tag in members]
            unknown = [tag for tag in members if tag not in column]
            if unknown:
                raise ValueError(f"Category {name!r} names unknown tags: {unknown}.")
            columns = [column[tag] for tag in members]
            scores[name] = {"tags": len(columns)} | {
                measure: _mean(self.per_tag[measure][columns])
                for measure in ("roc_auc", "average_precision", "f1")
            }
        return scores

    def _summary_table(self):
        """Tabulate both averages, and the intervals and chance of the first."""
        rows = []
        for m in MEASURES:
            low, high = self.intervals.get(m, (None, None))
            macro, micro = (getattr(self, m)[a] for a in _AVERAGES)
            rows.append([m, macro, low, high, self.chance[m], micro])
        return TextTable(["score", "macro", "low", "high", "chance", "micro"], rows)

    def _categories_table(self):
        """Tabulate the means over the tags of each category."""
        rows = [[name, *s.values()] for name, s in self.per_category.items()]
        return TextTable(["category", "tags", *MEASURES], rows)

    def _tags_table(self):
        """Tabulate the scores of each tag."""
        columns = zip(*(v.tolist() for v in self.per_tag.values()), strict=True)
        rows = [[t, *values] for t, values in zip(self.tags, columns, strict=True)]
        return TextTable(["tag", *self.per_tag], rows)

    def _headline(self):
        """Return the main score: its name, value, interval, and that of chance."""
        score, bounds = self.roc_auc["macro"], self.intervals.get("roc_auc")
        return "macro ROC-AUC", score, bounds, self.chance["roc_auc"]

    def _counted(self):
        """Say how much was answered."""
        return f"{len(self.tags)} tags, {self.n_rows} rows"

    def _lines(self):
        """Say what was scored, what leaks, and what is left out."""
        lines = [f"{self._counted()}."]
        if self.absent:
            names = listed(self.absent, 20)
            lines.append(f"Left out of means, as no row has them: {names}.")
        if self.leakage is not None:
            lines += [*self.leakage.summary(), *self.notes]
        return lines

    def __str__(self):
        shown = [*self._boxed, *(t for t in self.tables if t not in self._boxed)]
        tables = [str(self._table(name)) for name in shown]
        if self.n_bootstrap:
            tables[0] += f"\n{self._drawn()}"
        return "\n\n".join(["\n".join([self.summary(), *self._lines()]), *tables])

    def _page(self, path, **shown):
        """Return the result and the sections of a page."""
        return tag_page(self, path, **shown)

    def _repr_html_(self):
        tables = {name: self._table(name) for name in self._boxed}
        return notebook_box(type(self).__name__, self.summary(), self._lines(), tables)


def _per_tag_scores(y_true, y_score, given):
    """Compute all scores of each tag."""
    hits = (y_true & given).sum(axis=0)
    support, chosen = y_true.sum(axis=0), given.sum(axis=0)
    with np.errstate(invalid="ignore"):
        precision, recall = hits / chosen, hits / support
    return {
        "support": support,
        "roc_auc": tag_roc_auc(y_true, y_score, average=None),
        "average_precision": tag_average_precision(y_true, y_score, average=None),
        "f1": tag_f1(y_true, given, average=None),
        "precision": precision,
        "recall": recall,
    }


def _mean(scores):
    """Average the scores that are not NaN; NaN if all are."""
    scores = scores[~np.isnan(scores)]
    return float(scores.mean()) if len(scores) else np.nan
