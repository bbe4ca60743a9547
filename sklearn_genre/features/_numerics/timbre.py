"""Descriptors of the frames of waveforms, from one Fourier transform per clip."""

import functools
import itertools

import numpy as np

from ..._utils.device import one_torch_thread
from .cepstra import mfcc
from .stft import magnitudes, mel_bank, project, stft_blocks, to_scale

# librosa's defaults of spectral_contrast and zero_crossing_rate
_LOWEST_BAND = 200.0  # upper end in Hz of the first band of the contrast
_EXTREME = 0.02  # share of a band's bins that are its peak, and its valley
PITCH_RANGE = (65.4, 2093.0)  # Hz: C2 to C7, as in the examples of librosa.yin
_AUDIBLE = 1e-10  # samples below count as 0, which is not negative


def describe_frames(
    wave,
    *,
    sample_rate,
    stft,
    mel,
    cepstral,
    contrast,
    roll_percent,
    chroma,
    onset_strength,
    tempo,
    more,
    device,
):
    """Compute descriptors of waveforms.

    Parameters
    ----------
    wave : ndarray of shape (..., n_samples), float32
    sample_rate : int
    stft : dict
        Keywords of ``stft_blocks``, except the device.
    mel : dict
        Keywords of ``librosa.filters.mel``.
    cepstral : dict
        Keywords of ``mfcc``.
    contrast : dict
        ``n_bands``, and whether to ``average`` the bands.
    roll_percent : float
    chroma, onset_strength, tempo : bool
    more : sequence of str
        Which of the functions of ``MORE`` to append.
    device : str

    Returns
    -------
    D : ndarray of shape (..., n_descriptors, n_frames), float32
        In the order of ``FrameDescriptors.get_feature_names_out``.
    """
    hop = stft["hop_length"]
    bands = contrast_bands(sample_rate, stft["n_fft"], contrast["n_bands"])
    spectra = _spectra(
        wave,
        stft,
        mel,
        bands,
        sample_rate,
        roll_percent,
        chroma or "flux" in more or "entropy" in more,
        device,
    )
    crossings = zero_crossing_rate(
        wave, spectra["mel"].shape[-1], stft["n_fft"], hop, stft["center"]
    )
    difference = spectra["peak"] - spectra["valley"]
    if contrast["average"]:
        difference = difference.mean(axis=-2, keepdims=True)
    centroid, bandwidth, rolloff = np.split(spectra["shape"], 3, axis=-2)
    rows = [
        crossings,
        centroid,
        difference,
        bandwidth,
        rolloff,
        mfcc(spectra["mel"], **cepstral),
    ]
    if chroma:
        rows.append(_chroma(spectra["energy"], sample_rate))
    if onset_strength or tempo:
        rows += _rhythm(spectra["mel"], sample_rate, stft, onset_strength, tempo)
    for name in more:
        row = MORE[name](wave, spectra.get("energy"), sample_rate, stft)
        rows.append(row[..., None, :])
    return np.concatenate(rows, axis=-2, dtype=np.float32)


def zero_crossing_rate(wave, n_frames, n_fft, hop_length, center):
    """Return the share of a frame's samples where the sign changes: (..., 1, n_frames).

    Equal to ``librosa.feature.zero_crossing_rate``, whose frames are cut from the
    waveform padded with its first and last sample, where nothing crosses zero.
    """
    from .described import sign_changes

    first = np.arange(n_frames) * hop_length - (n_fft // 2 if center else 0)
    last = np.clip(first + n_fft - 1, 0, wave.shape[-1] - 1)
    first = np.clip(first, 0, wave.shape[-1] - 1)
    counts = [
        sign_changes(clip, first, last, least=_AUDIBLE)
        for clip in wave.reshape(-1, wave.shape[-1])
    ]
    return np.reshape(counts, (*wave.shape[:-1], 1, n_frames)) / n_fft


@functools.lru_cache(maxsize=16)
def contrast_bands(sample_rate, n_fft, n_bands):
    """Return the octave bands of the spectral contrast.

    Parameters
    ----------
    sample_rate, n_fft, n_bands : int
        ``n_bands`` octaves are above 200 Hz; one more band is below.

    Returns
    -------
    bands : list of (first bin, last bin + 1, number of extreme bins)
        Of length n_bands + 1. As in librosa, a band begins with the last bin of the
        band below, which leaves it out; the last band reaches up to the end.

    Raises
    ------
    ValueError
        If a band would have no bin.
    """
    freq = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    edges = np.array([0.0, *(_LOWEST_BAND * 2.0 ** np.arange(n_bands + 1))])
    if edges[-2] >= sample_rate / 2:
        raise ValueError(
            f"n_contrast_bands={n_bands} needs frequencies above {edges[-2]:g} Hz, but "
            f"at sample_rate={sample_rate} there are none; use fewer bands."
        )
    bands = []
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = np.flatnonzero((freq >= low) & (freq <= high))
        first = inside[0] - (k > 0) if len(inside) else 0
        stop = len(freq) if k == n_bands else (inside[-1] if len(inside) else 0)
        if stop <= first:
            raise ValueError(
                f"n_fft={n_fft} has too few bins between {low:g} and {high:g} Hz for "
                "the spectral contrast; use a longer n_fft."
            )
        n_bins = stop - first + (k < n_bands)
        bands.append((int(first), int(stop), max(int(np.rint(_EXTREME * n_bins)), 1)))
    return bands


def _spectra(wave, stft, mel, bands, sample_rate, roll_percent, keep_energy, device):
    """Compute everything that needs the Fourier transform, block by block.

    The result is a dict of arrays of shape (..., n_rows, n_frames): "mel", "peak" and
    "valley" in dB, "shape" (centroid, bandwidth, rolloff), and if asked for "energy".
    """
    if device == "cpu":
        from .compiled import fits

        if fits(stft["n_fft"]):
            return _compiled_spectra(
                wave,
                stft=stft,
                mel=mel,
                bands=bands,
                sample_rate=sample_rate,
                roll_percent=roll_percent,
                keep_energy=keep_energy,
            )
    import torch

    blocks = []
    with one_torch_thread():
        freq = torch.fft.rfftfreq(
            stft["n_fft"], 1 / sample_rate, dtype=torch.float64, device=device
        )
        bank = mel_bank(device, **mel)
        for _, spectrum in stft_blocks(wave, **stft, device=device):
            energy = magnitudes(spectrum, 2)
            magnitude = energy.sqrt()
            peak, valley = _extremes(magnitude, bands)
            block = {
                "mel": project(energy, bank),
                "peak": peak,
                "valley": valley,
                "shape": _shape(magnitude, freq, roll_percent),
            }
            blocks.append(block | ({"energy": energy} if keep_energy else {}))
            del spectrum  # before the next is made: the cache would not hold both
        whole = {
            name: torch.cat([block[name] for block in blocks], dim=-2)
            for name in blocks[0]
        }
        for name in ("mel", "peak", "valley"):
            whole[name] = to_scale(whole[name], scale="db")
        return {
            name: part.transpose(-1, -2).contiguous().cpu().numpy()
            for name, part in whole.items()
        }


def _compiled_spectra(wave, **how):
    """Compute the same in one pass for each waveform."""
    from .compiled import rescale
    from .described import described

    if wave.ndim > 1:
        clips = [_compiled_spectra(clip, **how) for clip in wave]
        return {name: np.stack([clip[name] for clip in clips]) for name in clips[0]}
    parts = described(wave, **how)
    for name in ("mel", "peak", "valley"):
        parts[name] = np.ascontiguousarray(parts[name])
        rescale(parts[name], parts[name].max(), scale="db")
    return parts


def _shape(magnitude, freq, roll_percent):
    """Return centroid, bandwidth and rolloff in Hz: (..., n_frames, 3), float64."""
    import torch

    # in float64: the second moment about 0 dwarfs that about the centroid
    magnitude = magnitude.double()
    powers = torch.stack([torch.ones_like(freq), freq, freq**2], dim=-1)
    total, first, second = (magnitude @ powers).unbind(-1)
    total = torch.where(total < torch.finfo(torch.float32).tiny, 1.0, total)
    centroid = first / total
    bandwidth = (second / total - centroid**2).clamp_(min=0).sqrt_()
    reached = magnitude.cumsum(-1)
    at = torch.searchsorted(reached, roll_percent * reached[..., -1:])[..., 0]
    rolloff = freq[at.clamp_(max=len(freq) - 1)]
    return torch.stack([centroid, bandwidth, rolloff], dim=-1)


def _extremes(magnitude, bands):
    """Average the largest and smallest bins of each band: (..., n_frames, n_bands)."""
    import torch

    peaks, valleys = [], []
    for first, stop, n in bands:
        band = magnitude[..., first:stop]
        if n > 1:
            band = _sorted(band)
            peaks.append(band[..., -n:].mean(-1))
            valleys.append(band[..., :n].mean(-1))
        else:
            peaks.append(band.amax(-1))
            valleys.append(band.amin(-1))
    return torch.stack(peaks, dim=-1), torch.stack(valleys, dim=-1)


def _sorted(x):
    """Sort a tensor along its last axis."""
    import torch

    if x.device.type == "cpu":
        return torch.from_numpy(np.sort(x.numpy(), axis=-1))  # several times faster
    return x.sort(dim=-1).values


def _chroma(energy, sample_rate):
    """Return the chroma of power spectra, tuned per clip: (..., 12, n_frames)."""
    import librosa

    clips = energy.reshape(-1, *energy.shape[-2:])
    rows = [librosa.feature.chroma_stft(S=clip, sr=sample_rate) for clip in clips]
    return np.stack(rows).reshape(*energy.shape[:-2], *rows[0].shape)


def _rhythm(mel_db, sample_rate, stft, onset_strength, tempo):
    """Return onset strength and tempo, as asked for, each (..., 1, n_frames)."""
    import librosa

    hop_length = stft["hop_length"]
    onsets = librosa.onset.onset_strength(
        S=mel_db,
        sr=sample_rate,
        n_fft=stft["n_fft"],
        hop_length=hop_length,
        center=stft["center"],
    )
    rows = [onsets] if onset_strength else []
    if tempo:
        rows.append(
            librosa.feature.tempo(
                onset_envelope=onsets,
                sr=sample_rate,
                hop_length=hop_length,
                aggregate=None,
            )
        )
    return [row[..., None, :] for row in rows]


def _energy(wave, power, sample_rate, stft):
    """Return the root mean square of each frame: (..., n_frames)."""
    import librosa

    return librosa.feature.rms(
        y=wave,
        frame_length=stft["n_fft"],
        hop_length=stft["hop_length"],
        center=stft["center"],
    )[..., 0, :]


def _flux(wave, power, sample_rate, stft):
    """Return the squared change of spectra whose magnitudes sum to one."""
    share = _shares(np.sqrt(power))
    change = np.diff(share, axis=-1, prepend=share[..., :1])
    return np.square(change).sum(axis=-2)


def _entropy(wave, power, sample_rate, stft):
    """Return the entropy of the shares of the bins; 1 where all bins are equal."""
    from scipy.special import entr

    return entr(_shares(power)).sum(axis=-2) / np.log(power.shape[-2])


def _shares(spectrum):
    """Return spectra (..., n_bins, n_frames) scaled to a sum of one; silence stays."""
    spectrum = spectrum.astype(np.float64)
    total = spectrum.sum(axis=-2, keepdims=True)
    return spectrum / np.where(total < np.finfo(np.float32).tiny, 1.0, total)


def _pitch(wave, power, sample_rate, stft):
    """Return the fundamental frequency of each frame in Hz."""
    import librosa

    return librosa.yin(
        wave,
        fmin=PITCH_RANGE[0],
        fmax=PITCH_RANGE[1],
        sr=sample_rate,
        frame_length=stft["n_fft"],
        hop_length=stft["hop_length"],
        center=stft["center"],
    )


MORE = {"energy": _energy, "flux": _flux, "entropy": _entropy, "pitch": _pitch}
