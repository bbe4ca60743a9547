"""The report on tags that `evaluate` returns."""

import warnings

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from .._tag_metrics import tag_average_precision, tag_f1, tag_roc_auc
from .._tag_statistics import MEASURES
from ._tags import TagReport


def tag_report(*, plan, answers, leakage, n_bootstrap, confidence, random_state):
    """Join the answers of all folds to a report.

    Parameters
    ----------
    plan : Plan
        Protocol and folds.
    answers : list of dict
        What the model of each fold answered.
    leakage : LeakageReport
    n_bootstrap : int
    confidence : float
    random_state : int, RandomState instance or None

    Returns
    -------
    report : TagReport

    Raises
    ------
    ValueError
        If the estimator gives no probabilities.
    """
    if any(answer["proba"] is None for answer in answers):
        raise ValueError(
            "evaluate ranks songs by the probabilities of tags, but the estimator has "
            "no predict_proba."
        )
    index = np.concatenate([test for _, test in plan.folds])
    report = TagReport(
        plan.data.y[index],
        np.concatenate([answer["proba"] for answer in answers]),
        y_pred=np.concatenate([answer["pred"] for answer in answers]),
        tags=plan.data.tags,
        confidence=confidence,
        random_state=random_state,
    )
    report._set_split(plan, answers, leakage)
    report.tables = (*report.tables, "folds")
    report.fold_scores = _fold_scores(report)
    report.n_bootstrap = n_bootstrap
    report._draw()
    return report


def _fold_scores(report):
    """Compute the macro averages of each fold, over the tags that it holds."""
    scores = {m: [] for m in MEASURES}
    for fold in range(report.fold.max() + 1):
        y, proba, given = (part[report.fold == fold] for part in report._answers())
        with warnings.catch_warnings():
            # the table has a dash where no tag of a fold can be scored
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            scores["roc_auc"].append(tag_roc_auc(y, proba))
            scores["average_precision"].append(tag_average_precision(y, proba))
            scores["f1"].append(tag_f1(y, given))
    return {m: np.array(values) for m, values in scores.items()}
