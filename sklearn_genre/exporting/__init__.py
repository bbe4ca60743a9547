"""Fitted models as ONNX files, which run without this package and without Python."""

from ._export import export_onnx

__all__ = ["export_onnx"]
