"""Slices of clips: cutting them, and voting over them with any classifier."""

from ._slice_voting import SliceVotingClassifier
from ._slicer import Slicer

__all__ = ["SliceVotingClassifier", "Slicer"]
