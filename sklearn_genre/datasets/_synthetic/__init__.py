"""The synthetic data set: instruments, styles and artists computed in NumPy."""
