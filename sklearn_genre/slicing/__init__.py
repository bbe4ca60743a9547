"""Slices of clips: cutting them, and voting over them with any classifier."""

from .slicer import Slicer
from .voting import SliceVotingClassifier

__all__ = ["SliceVotingClassifier", "Slicer"]
