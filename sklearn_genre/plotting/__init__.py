"""Pictures of songs, trainings and scores, written as scikit-learn's displays are.

Every display is made by a class method (``from_path``, ``from_estimator``,
``from_predictions``, ``from_report``), draws on ``ax`` if it is given some, and keeps
``ax_`` and ``figure_``. They need matplotlib: ``pip install "sklearn-genre[plot]"``.
"""

from ._activation import ActivationDisplay, FilterDisplay
from ._audit import AuditDisplay
from ._canvas import PAPER
from ._embedding import EmbeddingDisplay
from ._genre_report import (
    calibration_display,
    confusion_display,
    precision_recall_display,
    roc_display,
)
from ._protocols import ComparisonDisplay, ProtocolDisplay
from ._reconstruction import ReconstructionDisplay
from ._song import SongDisplay
from ._spectrogram import SpectrogramDisplay
from ._taggram import TaggramDisplay
from ._tags import SongTagsDisplay, TagReportDisplay
from ._training import TrainingDisplay

__all__ = [
    "PAPER",
    "ActivationDisplay",
    "AuditDisplay",
    "ComparisonDisplay",
    "EmbeddingDisplay",
    "FilterDisplay",
    "ProtocolDisplay",
    "ReconstructionDisplay",
    "SongDisplay",
    "SongTagsDisplay",
    "SpectrogramDisplay",
    "TagReportDisplay",
    "TaggramDisplay",
    "TrainingDisplay",
    "calibration_display",
    "confusion_display",
    "precision_recall_display",
    "roc_display",
]
