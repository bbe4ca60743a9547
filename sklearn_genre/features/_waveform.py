"""Waveforms as features."""

from ._base import AudioTransformer, unchanged


class Waveform(AudioTransformer):
    """Decoded, resampled mono waveforms of clips.

    For models that read samples, and to see what the other transformers compute on.

    Parameters
    ----------
    sample_rate : int, default=22050
        Rate in Hz to which every clip is resampled, and at which arrays without a
        rate are taken to be, >= 1.
    duration : float or None, default=None
        Length of every clip in seconds, > 0, in fit and predict alike: longer clips
        are cropped, shorter ones padded with zeros, at their end. None: whole clips.
    offset : float, default=0.0
        Start of every clip in seconds, >= 0.
    cache : None, str, path-like or FeatureCache, default=None
        Where to keep the features of every clip, so that clips seen before are not
        decoded again. A path means ``FeatureCache(path)``. None: nowhere.
    n_jobs : int or None, default=None
        Clips decoded at the same time, by threads unless ``joblib.parallel_config``
        says otherwise. None means 1, -1 all processors.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip seen in ``fit``; only where X was one 2-D array.

    See Also
    --------
    Slicer : Cuts waveforms into pieces.
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

    def __init__(
        self,
        *,
        sample_rate=22050,
        duration=None,
        offset=0.0,
        cache=None,
        n_jobs=None,
        verbose=0,
    ):
        self.sample_rate = sample_rate
        self.duration = duration
        self.offset = offset
        self.cache = cache
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _function(self):
        return unchanged
