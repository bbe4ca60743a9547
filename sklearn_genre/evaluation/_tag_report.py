"""Scores of a tagger: over all tags, by category of tags, and per tag."""

import numpy as np

from .._utils.indexing import n_rows
from .._utils.names import plain_name
from .._utils.tags import column_names, tag_classes
from .._utils.text_table import TextTable
from ..datasets import tag_categories
from ..parameters import OneOf
from ._tag_metrics import (
    check_tags,
    tag_average_precision,
    tag_f1,
    tag_roc_auc,
)


class TagReport:
    """Scores of a tagger: over all tags, by category of tags, and per tag.

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

    Attributes
    ----------
    tags : list of str
    absent : list of str
        Tags that no row has; means leave them out.
    roc_auc, average_precision, f1 : dict of str to float
        "macro" and "micro".
    per_tag : dict of str to ndarray of shape (n_tags,)
        "support" (rows that have the tag), "roc_auc", "average_precision", "f1",
        "precision", "recall"; NaN for what is not defined.
    per_category : dict of str to dict of str to float
        Mean over the tags of each category.

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

    def __init__(self, y_true, y_score, *, tags=None, categories=None, thresholds=0.5):
        names = column_names(y_true)
        y_true, y_score = check_tags(y_true, y_score)
        n_tags = y_true.shape[1]
        tags = tag_classes(names, n_tags) if tags is None else tags
        self.tags = [plain_name(tag) for tag in tags]
        if len(self.tags) != n_tags:
            raise ValueError(
                f"tags must name each of {n_tags} tags, got {len(self.tags)} names."
            )
        thresholds = np.asarray(thresholds, dtype=float)
        if thresholds.shape not in ((), (n_tags,)):
            raise ValueError(
                f"thresholds must be one number or {n_tags}, got shape "
                f"{thresholds.shape}."
            )
        given = y_score >= thresholds
        self.n_rows = n_rows(y_true)
        present = y_true.any(axis=0)
        self.absent = [t for t, p in zip(self.tags, present, strict=True) if not p]
        self.roc_auc, self.average_precision, self.f1 = (
            {
                average: score(y_true, y, average=average)
                for average in ("macro", "micro")
            }
            for score, y in (
                (tag_roc_auc, y_score),
                (tag_average_precision, y_score),
                (tag_f1, given),
            )
        )
        self.per_tag = _per_tag_scores(y_true, y_score, given)
        self.per_category = self._category_scores(categories)

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

    def to_frame(self, what="tags"):
        """Return one of the tables as a DataFrame.

        Parameters
        ----------
        what : {"summary", "categories", "tags"}, default="tags"

        Returns
        -------
        frame : pandas.DataFrame

        Raises
        ------
        ValueError
            If there is no such table.
        ImportError
            If pandas is not installed.
        """
        return self._table(what).to_frame()

    def _table(self, what):
        """Return one of the tables."""
        OneOf(choices=("summary", "categories", "tags")).check_value("what", what)
        measures = ("roc_auc", "average_precision", "f1")
        if what == "summary":
            rows = [
                [a, *(getattr(self, m)[a] for m in measures)]
                for a in ("macro", "micro")
            ]
            return TextTable(["average", *measures], rows)
        if what == "categories":
            rows = [[name, *s.values()] for name, s in self.per_category.items()]
            return TextTable(["category", "tags", *measures], rows)
        columns = zip(*(v.tolist() for v in self.per_tag.values()), strict=True)
        rows = [[t, *values] for t, values in zip(self.tags, columns, strict=True)]
        return TextTable(["tag", *self.per_tag], rows)

    def _head(self):
        """Return a line that says what was scored."""
        line = f"{len(self.tags)} tags, {self.n_rows} rows."
        if self.absent:
            line += f" Left out of means, as no row has them: {', '.join(self.absent)}."
        return line

    def __str__(self):
        tables = [str(self._table(t)) for t in ("summary", "categories", "tags")]
        return "\n\n".join([self._head(), *tables])

    def __repr__(self):
        return (
            f"<TagReport: {len(self.tags)} tags, macro ROC-AUC "
            f"{self.roc_auc['macro']:.3f}>"
        )

    def _repr_html_(self):
        tables = [self._table(t).to_html() for t in ("summary", "categories", "tags")]
        return f"<p>{self._head()}</p>" + "".join(tables)


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
