"""Frames of waveforms: how many there are, their window, and pieces that hold them."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


def n_samples_needed(n_frames, *, n_fft, hop_length, center, **others):
    """Return the length of the shortest waveform that has ``n_frames`` frames."""
    padding = 2 * (n_fft // 2) if center else 0
    return max((n_frames - 1) * hop_length + n_fft - padding, 1)


def n_frames(n_samples, *, n_fft, hop_length, center, **others):
    """Return the number of frames of a waveform."""
    padding = 2 * (n_fft // 2) if center else 0
    return max(1 + (n_samples + padding - n_fft) // hop_length, 0)


class Pieces(NamedTuple):
    """A waveform in pieces that overlap so that each has all samples of its frames.

    Attributes
    ----------
    n_frames : int
        Of all pieces together.
    waves : iterable of ndarray of shape (n_samples_i,), float32
    """

    n_frames: int
    waves: Iterable


def hann_window(n_fft, win_length):
    """Return a periodic Hann window of win_length samples in the middle of n_fft.

    Parameters
    ----------
    n_fft : int
    win_length : int or None
        None is ``n_fft``.

    Returns
    -------
    window : ndarray of shape (n_fft,), float32
    """
    from scipy.signal import get_window

    win_length = win_length or n_fft
    window = np.zeros(n_fft, dtype=np.float32)
    left = (n_fft - win_length) // 2
    window[left : left + win_length] = get_window("hann", win_length, fftbins=True)
    return window
