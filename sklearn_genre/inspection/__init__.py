"""Data for the figures in papers on music classification.

Every function returns plain arrays, dicts of arrays or a Bunch of them; nothing is
drawn here. For other figures scikit-learn has the data: the confusion matrix
(:func:`sklearn.metrics.confusion_matrix`), the table of precision, recall and F1
(:func:`sklearn.metrics.classification_report` with ``output_dict=True``), ROC and
precision-recall curves (:func:`sklearn.metrics.roc_curve`,
:func:`sklearn.metrics.precision_recall_curve`), scores by training size
(:func:`sklearn.model_selection.learning_curve`).
"""

from ._attribution import integrated_gradients
from ._figures import mean_by_class, project, tag_table, training_curves
from ._layers import filter_responses, layer_table, layer_weights, top_clips

__all__ = [
    "filter_responses",
    "integrated_gradients",
    "layer_table",
    "layer_weights",
    "mean_by_class",
    "project",
    "tag_table",
    "top_clips",
    "training_curves",
]
