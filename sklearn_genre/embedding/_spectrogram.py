"""The spectrograms on which musicnn was trained."""

import functools

import numpy as np

from ..audio import HIGHEST_RATE
from ..features import AudioTransformer, spectral_features
from ..parameters import Integer, OneOf

RATE = 16000  # Hz
N_MELS, N_FFT, HOP = 96, 512, 256
WINDOW = 187  # frames: 3 s
REACH = N_FFT // 2  # samples beyond the ends that the first and the last frame see
# frames in work at a time: their spectra take 8 MB
_BLOCK = 4096
# two steps of 16 bits: what is below is the dither of silence
SILENT = 2.0**-14


class MusicnnSpectrogram(AudioTransformer):
    """Mel spectrograms as musicnn was trained on.

    The rate is 16 kHz, by the resampler "kaiser_best" of resampy 0.2; with another one,
    which falls off elsewhere, tag probabilities change by up to 0.1. Frames of 512
    samples are 256 samples apart and centered, and the ends of a clip are reflected. 96
    mel bands of power S become ``log10(10000 * S + 1)``. The level of a clip matters,
    as it did in the training, unless ``normalize="peak"``.

    See Also
    --------
    MusicnnEmbedding : What the network makes of them.
    MusicnnClassifier : The network, to be trained further on them.

    Notes
    -----
    ``transform`` returns an array of shape (n, 96, n_frames), float32, or a 1-D object
    array of arrays for clips of unequal length. 3 s have 188 frames, of which the
    network reads 187 at a time.

    References
    ----------
    Pons & Serra (2019), "musicnn: Pre-trained convolutional neural networks for
    music audio tagging", ISMIR late-breaking demo.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import MusicnnSpectrogram
    >>> clip = (np.random.default_rng(0).uniform(-1, 1, 2 * 44100), 44100)
    >>> MusicnnSpectrogram().fit_transform([clip]).shape
    (1, 96, 126)
    """

    _parameters = {
        "sample_rate": Integer(
            16000,
            "Rate in Hz that arrays without a rate are taken to have.",
            low=1,
            high=HIGHEST_RATE,
        ),
        "normalize": OneOf(
            None,
            'What is done about the level of clips. "peak": each is divided by the '
            "largest absolute value in it at 16 kHz, that of the whole song or, with "
            "``n_excerpts``, of all its excerpts, so that soft and loud copies give "
            "the same; silence, below two steps of 16 bits, stays. None: nothing.",
            choices=("peak",),
            none=True,
        ),
    }
    _resampler = "kaiser_best"

    def _rate(self):
        return RATE

    def _row_names(self):
        return [f"mel{i}" for i in range(N_MELS)]

    def _waveform_function(self):
        return functools.partial(log_mel, normalize=self.normalize)


def log_mel(wave, *, normalize):
    """Return the mel bands (96, 1 + n_samples // 256) of a waveform at 16 kHz."""
    return np.concatenate([*mel_blocks([leveled(wave, normalize)])], axis=1)


def leveled(wave, normalize):
    """Return a waveform at the level that the network gets.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
    normalize : "peak" or None
    """
    if normalize is None:
        return wave
    peak = max(wave.max(), -wave.min())
    return wave / peak if peak > SILENT else wave


def mel_blocks(blocks):
    """Compute mel bands of a waveform that comes block by block.

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n_samples_i,), float32
        At 16 kHz.

    Yields
    ------
    bands : ndarray of shape (96, n_frames_i), float32
        Joined, they are the bands of the whole.
    """
    held, begun, last = np.empty(0, dtype=np.float32), False, _BLOCK * HOP
    for block in blocks:
        held = np.concatenate([held, block])
        if not begun and len(held) > REACH:
            held, begun = np.concatenate([held[REACH:0:-1], held]), True
        # the end of the waveform, which is reflected, stays
        while begun and len(held) > last + N_FFT:
            yield _bands(held[: last - HOP + N_FFT])
            held = held[last:]
    yield _bands(np.pad(held, (0 if begun else REACH, REACH), mode="reflect"))


def _bands(wave):
    """Return the mel bands of the frames that are wholly inside a waveform."""
    return spectral_features(
        wave,
        stft={"n_fft": N_FFT, "hop_length": HOP, "win_length": None, "center": False},
        power=2,
        mel={"sr": RATE, "n_fft": N_FFT, "n_mels": N_MELS},
        scale={"scale": "log1p", "gain": 10_000, "base": 10},
        device="cpu",
    )
