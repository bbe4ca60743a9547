"""Honest evaluation: leak guard, protocols, reports, tagging metrics."""

from ._comparison import Comparison, compare
from ._evaluate import evaluate
from ._guarded_cv import GuardedCV
from ._leak_effect import LeakEffect, leak_effect
from ._leakage import (
    Leak,
    LeakageError,
    LeakageReport,
    LeakageWarning,
    check_leakage,
)
from ._open_set import OpenSetClassifier
from ._protocols import FIVE_GENRES
from ._published import PublishedFigure, published_figures
from ._relations import merge_groups
from ._reports import GenreReport, TagReport
from ._splitters import MultilabelStratifiedGroupKFold
from ._tag_metrics import (
    MultilabelAccuracyWarning,
    tag_accuracy,
    tag_average_precision,
    tag_f1,
    tag_roc_auc,
    tag_scorers,
)
from ._tag_thresholds import TagThresholdClassifier

__all__ = [
    "FIVE_GENRES",
    "Comparison",
    "GenreReport",
    "GuardedCV",
    "Leak",
    "LeakEffect",
    "LeakageError",
    "LeakageReport",
    "LeakageWarning",
    "MultilabelAccuracyWarning",
    "MultilabelStratifiedGroupKFold",
    "OpenSetClassifier",
    "PublishedFigure",
    "TagReport",
    "TagThresholdClassifier",
    "check_leakage",
    "compare",
    "evaluate",
    "leak_effect",
    "merge_groups",
    "published_figures",
    "tag_accuracy",
    "tag_average_precision",
    "tag_f1",
    "tag_roc_auc",
    "tag_scorers",
]
