"""Waveforms as features."""

from ..base import numbered
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
    array of arrays for clips of unequal length. Its columns are waveform0, waveform1,
    ... for `get_feature_names_out`. Without a ``duration``, or with ``n_excerpts``,
    their number is unknown and the single name is "waveform", unless X was one 2-D
    array in ``fit``.

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

    def _row_names(self):
        n_samples = getattr(self, "n_features_in_", None)
        if self.n_excerpts is not None:
            n_samples = None
        elif self.duration is not None:
            n_samples = round(self.duration * self.sample_rate)
        elif n_samples is not None:
            n_samples -= round(self.offset * self.sample_rate)
        # lengths may differ from song to song
        return ["waveform"] if n_samples is None else numbered("waveform", n_samples)

    def _waveform_function(self):
        return _unchanged


def _unchanged(wave):
    """Return the waveform itself."""
    return wave
