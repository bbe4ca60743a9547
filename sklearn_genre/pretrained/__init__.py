"""Trained models, which predict the genres of audio files without training, and files
of fitted models.

The page "Model card: gtzan" of the documentation says what these models were trained
on, what they can do and what they cannot; the page "Saving and sharing models", what a
file holds.
"""

from ._loading import NAMES, load_pretrained, predict_genre
from ._saving import load_model, model_card, save_model, saved_versions  # noqa: F401
from ._taggers import TagProbabilities  # noqa: F401 - for other rooms

__all__ = [
    "NAMES",
    "load_model",
    "load_pretrained",
    "model_card",
    "predict_genre",
    "save_model",
]
