"""Trained models, which predict the genres of audio files without training.

The page "Model card: gtzan" of the documentation says what the model was trained on,
what it can do and what it cannot.
"""

from ._loading import (
    NAMES,
    load_model,
    load_pretrained,
    predict_genre,
    save_pretrained,
)

__all__ = [
    "NAMES",
    "load_model",
    "load_pretrained",
    "predict_genre",
    "save_pretrained",
]
