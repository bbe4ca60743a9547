"""Embeddings: features of clips from networks that were trained on other music."""

from ._musicnn import MusicnnEmbedding
from ._spectrogram import MusicnnSpectrogram
from ._tags import Taggram, taggram

__all__ = ["MusicnnEmbedding", "MusicnnSpectrogram", "Taggram", "taggram"]
