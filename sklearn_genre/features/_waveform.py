"""Waveforms as features."""

from ._base import AudioTransformer


class Waveform(AudioTransformer):
    """Decoded, resampled mono waveforms of clips.

    For models that read samples, and to see what the other transformers take as input.

    See Also
    --------
    Slicer : Cuts waveforms into slices.
    load_audio : Decodes one file.

    Notes
    -----
    ``transform`` returns an array of shape (n, n_samples), float32, or a 1-D object
    array of arrays for clips of unequal length.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import Waveform
    >>> clips = [(np.zeros(44100), 44100), (np.zeros((2, 24000)), 16000)]
    >>> [wave.shape for wave in Waveform().fit_transform(clips)]
    [(22050,), (33075,)]
    >>> Waveform(sample_rate=8000, duration=1.5).fit_transform(clips).shape
    (2, 12000)
    """

    def _waveform_function(self):
        return _unchanged


def _unchanged(wave):
    """Return the waveform itself."""
    return wave
