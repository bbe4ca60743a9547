"""Short-time Fourier transform, mel bands and decibels, on CPU and GPU.

Waveforms are arrays of shape (..., n_samples); inside, spectra are (..., n_frames,
n_bins), so that a frame is contiguous; results are (..., n_bands, n_frames).
"""

import functools
import math

import numpy as np

from ..._utils.device import one_torch_thread
from .frames import Pieces, hann_window, n_frames

# Samples of windowed frames in work at a time: 4 MB on a CPU, where a block should
# stay in the cache. Smaller blocks are no faster, and between their many short
# operations threads wait for Python's lock: with blocks of 0.8 MB two threads had the
# speed of one. On a GPU the bound is its memory.
_CPU_BLOCK = 512 * 2048
_GPU_BLOCK = 2**26
# A mel filter covers few bins: multiplying groups of filters with only the bins they
# cover costs a fifth of the whole product. Groups that cover many are halved.
_FILTERS_PER_PRODUCT = 32
_MANY_BINS = 192


def frames_in_block(n_fft):
    """Return how many frames of a clip are transformed at a time on a CPU."""
    return max(_CPU_BLOCK // n_fft, 1)


def stft_blocks(wave, *, n_fft, hop_length, win_length, center, device):
    """Yield Fourier transforms of the frames of waveforms, some frames at a time.

    Parameters
    ----------
    wave : ndarray of shape (..., n_samples), float32
    n_fft, hop_length, win_length : int
        In samples; a ``win_length`` of None is ``n_fft``.
    center : bool
        Whether frame t is centered at sample t * hop_length, with zeros beyond the ends
        of the waveform; otherwise it begins there.
    device : str

    Yields
    ------
    first : int
        Index of the block's first frame.
    spectrum : complex64 tensor of shape (..., n_frames_in_block, 1 + n_fft // 2)
    """
    import torch

    padding = n_fft // 2 if center else 0
    window = _window(n_fft, win_length or n_fft, device)
    for first, block in _frames(wave, window, hop_length, padding):
        yield first, torch.fft.rfft(block)


def _frames(waves, window, hop_length, padding):
    """Yield blocks of windowed frames of waveforms of equal length, on any device.

    A tensor is on the device already, with its zeros.
    """
    import torch

    if isinstance(waves, np.ndarray):
        padded = torch.zeros(*waves.shape[:-1], waves.shape[-1] + 2 * padding)
        padded.numpy()[..., padding : padding + waves.shape[-1]] = waves
        waves = padded.to(window.device)
    frames = waves.unfold(-1, len(window), hop_length)
    samples = _CPU_BLOCK if window.device.type == "cpu" else _GPU_BLOCK
    step = max(samples // (len(window) * (frames[..., 0, 0].numel() or 1)), 1)
    for first in range(0, frames.shape[-2], step):
        yield first, frames[..., first : first + step, :] * window


def magnitudes(spectrum, power):
    """Return ``abs(spectrum) ** power``; the spectrum may be overwritten."""
    import torch

    parts = torch.view_as_real(spectrum).square_()
    energy = parts[..., 0] + parts[..., 1]
    if power == 2:
        return energy
    return energy.sqrt_() if power == 1 else energy.pow_(power / 2)


def spectral_features(wave, *, stft, power, mel, scale, device):
    """Compute spectrograms of waveforms.

    Parameters
    ----------
    wave : ndarray of shape (..., n_samples), float32, or Pieces
    stft : dict
        Keywords of ``stft_blocks``, except the device.
    power : float
        Exponent of the magnitudes.
    mel : dict or None
        Keywords of ``librosa.filters.mel``; None keeps the Fourier bins.
    scale : dict
        Keywords of ``to_scale``.
    device : str

    Returns
    -------
    S : ndarray of shape (..., n_bands, n_frames), float32
    """
    if device == "cpu":
        from .compiled import fits, spectrogram

        if fits(stft["n_fft"]):
            return spectrogram(wave, stft=stft, power=power, mel=mel, scale=scale)
    if isinstance(wave, Pieces):
        n, waves, stft = *wave, stft | {"center": False}
    else:
        n, waves = n_frames(wave.shape[-1], **stft), [wave]
    with one_torch_thread():
        S = spectral_tensor(
            n, waves, stft=stft, power=power, mel=mel, scale=scale, device=device
        )
        return S.cpu().numpy()


def spectral_tensor(n, waves, *, stft, power, mel, scale, device):
    """Compute the same on a device, from waveforms that together have n frames."""
    bank = mel and mel_bank(device, **mel)
    stft = {**stft, "device": device}
    blocks = (block for wave in waves for block in _bands(wave, stft, power, bank))
    return to_scale(_transposed(blocks, n), **scale)


def _bands(wave, stft, power, bank):
    """Yield the bands of a waveform in blocks of shape (..., n_frames_i, n_bands)."""
    for _, spectrum in stft_blocks(wave, **stft):
        block = project(magnitudes(spectrum, power), bank)
        del spectrum  # before the next is made: the cache would not hold both
        yield block


def _transposed(blocks, n):
    """Join blocks (..., n_frames_i, n_bands) of n frames as (..., n_bands, n_frames).

    Each goes to its place at once: a long song is in memory only once.
    """
    import torch

    S, at = torch.empty(0), 0
    for block in blocks:
        block = block.transpose(-1, -2)
        if not at:
            S = torch.empty(*block.shape[:-1], n, device=block.device)
        S[..., at : at + block.shape[-1]] = block
        at += block.shape[-1]
    return S[..., :at].contiguous()


def to_scale(S, *, scale, ref=1.0, amin=None, top_db=80.0, gain=1, base=math.e):
    """Convert spectrograms to a loudness scale; S is overwritten.

    Parameters
    ----------
    S : tensor of shape (..., n_frames, n_bands) or (..., n_bands, n_frames)
    scale : {"db", "amplitude_db", "log1p", "power"}
    ref : float or "max", default=1.0
        What is 0 dB; "max" is the largest value of each clip.
    amin : float or None, default=None
        Values below count as this one. None: 1e-10, and 1e-5 for "amplitude_db".
    top_db : float or None, default=80.0
        Values further below the largest one of the clip are raised to that floor.
    gain, base : float
        "log1p" is the logarithm to this base of 1 + gain * S.

    Returns
    -------
    S : tensor of the same shape
    """
    import torch

    if scale == "power":
        return S
    if scale == "log1p":
        return S.mul_(gain).log1p_().div_(math.log(base))
    # squares, as librosa takes them for amplitudes, exceed the range of float32
    factor, default = (20, 1e-5) if scale == "amplitude_db" else (10, 1e-10)
    amin = max(default if amin is None else amin, torch.finfo(S.dtype).tiny)
    if ref == "max":
        ref = S.amax(dim=(-2, -1), keepdim=True).clamp_(min=amin)
    else:
        ref = torch.tensor(max(ref, amin), dtype=S.dtype, device=S.device)
    S = S.clamp_(min=amin).log10_().mul_(factor).sub_(ref.log10().mul(factor))
    if top_db is not None:
        torch.maximum(S, S.amax(dim=(-2, -1), keepdim=True) - top_db, out=S)
    return S


@functools.lru_cache(maxsize=16)
def _window(n_fft, win_length, device):
    """Return a Hann window as a tensor."""
    import torch

    return torch.from_numpy(hann_window(n_fft, win_length)).to(device)


@functools.lru_cache(maxsize=16)
def mel_bank(device, **mel):
    """Return filters as (first bin, last bin + 1, weights of shape (bins, filters))."""
    import librosa
    import torch

    filters = librosa.filters.mel(**mel)
    bank, first = [], 0
    while first < len(filters):
        group = filters[first : first + _FILTERS_PER_PRODUCT]
        if np.ptp(_covered(group)) > _MANY_BINS:
            group = group[: _FILTERS_PER_PRODUCT // 2]
        low, high = _covered(group)
        weights = np.ascontiguousarray(group[:, low:high].T)
        bank.append((int(low), int(high), torch.from_numpy(weights).to(device)))
        first += len(group)
    return bank


def _covered(filters):
    """Return the first bin, and last bin + 1, that filters cover; one bin if none."""
    used = np.flatnonzero(filters.any(axis=0))
    return (used[0], used[-1] + 1) if len(used) else (0, 1)


def project(energy, bank):
    """Project (..., n_frames, n_bins) onto the filters of a bank."""
    import torch

    if bank is None:
        return energy
    return torch.cat([energy[..., low:high] @ w for low, high, w in bank], dim=-1)
