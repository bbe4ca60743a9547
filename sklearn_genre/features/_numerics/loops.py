"""Two loops over memory, compiled by numba, for which torch needs several passes.

Together with the Fourier transform they take most of the time of a spectrogram on a
CPU. Both give bit for bit what torch's operations give, and leave Python's lock to
other threads. The compiled code is kept beside this file, or in the user's cache.
"""

from numba import njit


@njit(cache=True, nogil=True)
def window_frames(wave, window, start, hop_length, frames):
    """Fill frames with windowed parts of a waveform that is padded with zeros.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
    window : ndarray of shape (n_fft,), float32
    start : int
        Sample at which the first frame begins; may be negative.
    hop_length : int
    frames : ndarray of shape (n_frames, n_fft), float32
        Overwritten.
    """
    n_fft = len(window)
    for i in range(len(frames)):
        begin = start + i * hop_length
        low = min(max(-begin, 0), n_fft)
        high = max(min(len(wave) - begin, n_fft), low)
        frame = frames[i]
        frame[:low] = 0
        frame[high:] = 0
        inside, piece = frame[low:high], wave[begin + low : begin + high]
        weights = window[low:high]
        for k in range(len(inside)):
            inside[k] = piece[k] * weights[k]


@njit(cache=True, nogil=True)
def energies(parts, energy):
    """Compute squares of magnitudes.

    Parameters
    ----------
    parts : ndarray of shape (n, 2 * n_bins), float32
        Real and imaginary parts in turn.
    energy : ndarray of shape (n, n_bins), float32
        Overwritten.
    """
    for i in range(len(energy)):
        for k in range(energy.shape[1]):
            real, imaginary = parts[i, 2 * k], parts[i, 2 * k + 1]
            energy[i, k] = real * real + imaginary * imaginary
