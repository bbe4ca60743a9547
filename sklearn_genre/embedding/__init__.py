"""Embeddings: features of clips from networks that were trained on other music."""

from ._function import EmbeddingTransformer
from ._hub import HuggingFaceEmbedding
from ._musicnn import SHORTEST, MusicnnEmbedding, hop_frames  # noqa: F401
from ._published import TAGS

# the numbers of musicnn are for other rooms
from ._spectrogram import (  # noqa: F401
    HOP,
    N_FFT,
    N_MELS,
    RATE,
    SILENT,
    WINDOW,
    MusicnnSpectrogram,
)
from ._tags import Taggram, taggram, top_tags

__all__ = [
    "TAGS",
    "EmbeddingTransformer",
    "HuggingFaceEmbedding",
    "MusicnnEmbedding",
    "MusicnnSpectrogram",
    "Taggram",
    "taggram",
    "top_tags",
]
