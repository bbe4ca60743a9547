"""Cepstral coefficients of spectra in decibels."""

import functools

import numpy as np
from scipy.fft import dct

# for smaller lifters the factors are 1 in float32, and the argument of the sine
# overflows
_LEAST_LIFTER = 1e-9


def cepstra(S, n):
    """Return the first cepstral coefficients of each frame.

    Parameters
    ----------
    S : ndarray of shape (..., n_bands, n_frames)
        Levels in dB.
    n : int

    Returns
    -------
    C : ndarray of shape (..., min(n, n_bands), n_frames)
        Orthonormal cosine transform (type II) of the bands.
    """
    return dct(S, axis=-2, norm="ortho")[..., :n, :]


@functools.lru_cache(maxsize=16)
def _cosines(n, n_bands):
    """Return the rows of the transform of `cepstra`, float32 of shape (n, n_bands)."""
    return np.ascontiguousarray(cepstra(np.eye(n_bands), n), dtype=np.float32)


def mfcc(S, *, n_mfcc, deltas, delta_width, lifter=0.0):
    """Return cepstral coefficients of mel spectrograms, then their derivatives.

    Parameters
    ----------
    S : ndarray of shape (..., n_mels, n_frames), float32
        Levels in dB.
    n_mfcc : int
    deltas : {0, 1, 2}
        Order of the last derivative.
    delta_width : int
        Frames over which a derivative is estimated. With fewer frames, the first and
        the last are repeated.
    lifter : float, default=0.0
        As in ``librosa.feature.mfcc``; 0 is none.

    Returns
    -------
    M : ndarray of shape (..., n_mfcc * (1 + deltas), n_frames)
    """
    import librosa

    from .compiled import combined

    # few coefficients are wanted: their sums take a tenth of the time of a transform
    M = combined(_cosines(n_mfcc, S.shape[-2]), S)
    if lifter > _LEAST_LIFTER:
        rising = np.sin(np.pi * np.arange(1, n_mfcc + 1) / lifter)
        M = M * (1 + lifter / 2 * rising).astype(M.dtype)[:, np.newaxis]
    mode = "interp" if M.shape[-1] >= delta_width else "nearest"
    derivatives = [
        librosa.feature.delta(M, width=delta_width, order=order, mode=mode)
        for order in range(1, deltas + 1)
    ]
    return np.concatenate([M, *derivatives], axis=-2)


def mfcc_names(n_mfcc, deltas):
    """Return the names of the rows of `mfcc`."""
    kinds = ["mfcc", "mfcc_delta", "mfcc_delta2_"][: deltas + 1]
    return [f"{kind}{i}" for kind in kinds for i in range(n_mfcc)]
