"""Readers of files that hold features, labels and splits, with strict checks."""
