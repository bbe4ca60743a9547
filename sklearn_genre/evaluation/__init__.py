"""Honest evaluation: leak guard, protocols, reports, tagging metrics."""

from .comparison import Comparison, LeakSize, compare, leak_size
from .evaluate import evaluate
from .leakage import (
    GuardedCV,
    Leak,
    LeakageError,
    LeakageReport,
    LeakageWarning,
    check_leakage,
)
from .protocols import FIVE_GENRES
from .published import PublishedFigure, published_figures
from .relations import leak_groups
from .report import GenreReport
from .splitters import MultilabelStratifiedGroupKFold
from .tag_metrics import (
    MultilabelAccuracyWarning,
    tag_accuracy,
    tag_average_precision,
    tag_f1,
    tag_roc_auc,
    tag_scorers,
)
from .tagging import TagReport, tag_groups, top_n
from .thresholds import TagThresholdClassifier

__all__ = [
    "FIVE_GENRES",
    "Comparison",
    "GenreReport",
    "GuardedCV",
    "Leak",
    "LeakSize",
    "LeakageError",
    "LeakageReport",
    "LeakageWarning",
    "MultilabelAccuracyWarning",
    "MultilabelStratifiedGroupKFold",
    "PublishedFigure",
    "TagReport",
    "TagThresholdClassifier",
    "check_leakage",
    "compare",
    "evaluate",
    "leak_groups",
    "leak_size",
    "published_figures",
    "tag_accuracy",
    "tag_average_precision",
    "tag_f1",
    "tag_groups",
    "tag_roc_auc",
    "tag_scorers",
    "top_n",
]
