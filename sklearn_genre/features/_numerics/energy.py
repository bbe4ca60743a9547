"""Low energy of Tzanetakis and Cook (2002)."""

import numpy as np

from .periods import framed


def low_energy(wave, *, n_fft, hop_length, n_frames):
    """Return the share of soft frames of a waveform: shape (1,), float32.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,)
    n_fft, hop_length : int
        Length of a frame and step from one to the next, in samples.
    n_frames : int
        Frames of a texture window; a shorter clip is one window.
    """
    frames = framed(np.asarray(wave, dtype=np.float64), n_fft, hop_length)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    length = min(n_frames, len(levels))
    windows = np.lib.stride_tricks.sliding_window_view(levels, length)
    # frames of one level are not softer than their mean by its rounding
    bound = windows.mean(axis=1, keepdims=True) * (1 - 1e-9)
    return np.array([np.mean(windows < bound)], dtype=np.float32)
