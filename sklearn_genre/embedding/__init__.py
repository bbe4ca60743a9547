"""Embeddings: features of clips from networks that were trained on other music."""

from ._function import EmbeddingTransformer
from ._hub import HuggingFaceEmbedding
from ._musicnn import MusicnnEmbedding
from ._published import TAGS
from ._spectrogram import MusicnnSpectrogram
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
