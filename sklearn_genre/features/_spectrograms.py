"""Spectrograms, mel spectrograms and MFCC, equal to librosa's, on CPU and GPU."""

import functools
import numbers

from .._utils.checks import check_number
from .._utils.device import resolve_device
from ._spectral import (
    ScaledTransformer,
    SpectralTransformer,
    check_mel_params,
    mel_params,
    mfcc_features,
)


class Spectrogram(ScaledTransformer):
    """Short-time Fourier spectrograms of clips.

    Equal to ``librosa.stft`` with a periodic Hann window and zeros beyond the ends,
    raised to ``power``, on the scale of ``librosa.power_to_db`` or another one.

    Parameters
    ----------
    sample_rate : int, default=22050
        Rate in Hz to which every clip is resampled, and at which arrays without a
        rate are taken to be, >= 1.
    n_fft : int, default=2048
        Length of the Fourier transform in samples, >= 2.
    hop_length : int, default=512
        Samples from one frame to the next, >= 1.
    win_length : int or None, default=None
        Length of the window in samples, in [1, n_fft]; a shorter window stands in
        the middle of the frame. None: ``n_fft``.
    center : bool, default=True
        Whether frame t is centered at sample ``t * hop_length``; a clip then has
        ``1 + n_samples // hop_length`` frames for even ``n_fft``. If False, it
        begins there, and ``1 + (n_samples - n_fft) // hop_length`` frames fit.
    power : float, default=2.0
        Exponent of the magnitudes, > 0: 2 for power, 1 for magnitude.
    scale : {"db", "amplitude_db", "log1p", "power"}, default="db"
        With ``S`` the magnitudes raised to ``power``:

        - "db": ``librosa.power_to_db(S)``, 10 log10;
        - "amplitude_db": ``librosa.amplitude_to_db(S)``, 20 log10;
        - "log1p": ``log(1 + S)``;
        - "power": ``S`` itself.
    ref : float or "max", default=1.0
        What is 0 dB, > 0; "max" is the largest value of each clip.
    amin : float or None, default=None
        Smaller values count as this one on a dB scale, > 0. None: librosa's
        defaults, 1e-10 for "db" and 1e-5 for "amplitude_db".
    top_db : float or None, default=80.0
        Range on a dB scale: values further below the largest one of the clip are
        raised to there, >= 0. None: no limit.
    duration : float or None, default=None
        Length of every clip in seconds, > 0, in fit and predict alike: longer clips
        are cropped, shorter ones padded with zeros, at their end. None: whole clips.
    offset : float, default=0.0
        Start of every clip in seconds, >= 0.
    cache : None, str, path-like or FeatureCache, default=None
        Where to keep the features of every clip, so that clips seen before are not
        decoded again. A path means ``FeatureCache(path)``. None: nowhere.
    n_jobs : int or None, default=None
        Clips decoded and transformed at the same time, by threads unless
        ``joblib.parallel_config`` says otherwise. None means 1, -1 all processors.
        Each clip is worked on by one thread.
    device : str, default="cpu"
        Where to compute: "cpu", "cuda", "cuda:1", ... or "auto" for CUDA where it is
        available. On a GPU clips of equal length are computed in batches, and last
        digits may depend on the batch; on the CPU they do not.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip seen in ``fit``; only where X was one 2-D array.

    See Also
    --------
    MelSpectrogram : Spectrograms with bands spaced as hearing is.

    Notes
    -----
    ``transform`` returns an array of shape (n, 1 + n_fft // 2, n_frames), or a 1-D
    object array of such arrays for clips of unequal length. Only a few waveforms are
    in memory at a time. float32 arithmetic makes values differ from librosa's by up
    to some 1e-6 of the largest value of a clip.

    References
    ----------
    .. [1] B. McFee et al., "librosa: Audio and music signal analysis in Python",
       Proc. 14th Python in Science Conf., 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import Spectrogram
    >>> t = np.arange(22050) / 22050
    >>> X = np.sin(2 * np.pi * np.array([[440.0], [880.0]]) * t)
    >>> S = Spectrogram().fit_transform(X)
    >>> S.shape
    (2, 1025, 44)
    >>> S.mean(axis=2).argmax(axis=1) * 22050 / 2048  # the loudest bin, in Hz
    array([441.43066406, 882.86132812])
    """

    def __init__(
        self,
        *,
        sample_rate=22050,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        center=True,
        power=2.0,
        scale="db",
        ref=1.0,
        amin=None,
        top_db=80.0,
        duration=None,
        offset=0.0,
        cache=None,
        n_jobs=None,
        device="cpu",
        verbose=0,
    ):
        self.sample_rate = sample_rate
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.center = center
        self.power = power
        self.scale = scale
        self.ref = ref
        self.amin = amin
        self.top_db = top_db
        self.duration = duration
        self.offset = offset
        self.cache = cache
        self.n_jobs = n_jobs
        self.device = device
        self.verbose = verbose


class MelSpectrogram(ScaledTransformer):
    """Mel spectrograms of clips, in dB.

    With the default parameters equal to ``librosa.power_to_db`` of
    ``librosa.feature.melspectrogram``.

    Parameters
    ----------
    sample_rate : int, default=22050
        Rate in Hz to which every clip is resampled, and at which arrays without a
        rate are taken to be, >= 1.
    n_fft : int, default=2048
        Length of the Fourier transform in samples, >= 2.
    hop_length : int, default=512
        Samples from one frame to the next, >= 1.
    win_length : int or None, default=None
        Length of the Hann window in samples, in [1, n_fft]; a shorter window stands
        in the middle of the frame. None: ``n_fft``.
    center : bool, default=True
        Whether frame t is centered at sample ``t * hop_length``; a clip then has
        ``1 + n_samples // hop_length`` frames for even ``n_fft``. If False, it
        begins there, and ``1 + (n_samples - n_fft) // hop_length`` frames fit.
    n_mels : int, default=128
        Number of mel bands, >= 1.
    fmin : float, default=0.0
        Lowest frequency in Hz, >= 0.
    fmax : float or None, default=None
        Highest frequency in Hz, above ``fmin``, at most ``sample_rate / 2``, which
        None means.
    htk : bool, default=False
        Whether to use the mel scale of HTK instead of Slaney's.
    mel_norm : {"slaney"}, None or float, default="slaney"
        "slaney" gives every filter the same area; None leaves their peaks at 1; a
        number scales by that norm, as in ``librosa.filters.mel``.
    power : float, default=2.0
        Exponent of the magnitudes before the filters, > 0: 2 for power, 1 for
        magnitude.
    scale : {"db", "amplitude_db", "log1p", "power"}, default="db"
        With ``S`` the mel spectrogram:

        - "db": ``librosa.power_to_db(S)``, 10 log10;
        - "amplitude_db": ``librosa.amplitude_to_db(S)``, 20 log10. With ``power=2``
          this doubles every dB, which some published data sets contain;
        - "log1p": ``log(1 + S)``;
        - "power": ``S`` itself.
    ref : float or "max", default=1.0
        What is 0 dB, > 0; "max" is the largest value of each clip.
    amin : float or None, default=None
        Smaller values count as this one on a dB scale, > 0. None: librosa's
        defaults, 1e-10 for "db" and 1e-5 for "amplitude_db".
    top_db : float or None, default=80.0
        Range on a dB scale: values further below the largest one of the clip are
        raised to there, >= 0. None: no limit.
    duration : float or None, default=None
        Length of every clip in seconds, > 0, in fit and predict alike: longer clips
        are cropped, shorter ones padded with zeros, at their end. None: whole clips.
    offset : float, default=0.0
        Start of every clip in seconds, >= 0.
    cache : None, str, path-like or FeatureCache, default=None
        Where to keep the features of every clip, so that clips seen before are not
        decoded again. A path means ``FeatureCache(path)``. None: nowhere.
    n_jobs : int or None, default=None
        Clips decoded and transformed at the same time, by threads unless
        ``joblib.parallel_config`` says otherwise. None means 1, -1 all processors.
        Each clip is worked on by one thread.
    device : str, default="cpu"
        Where to compute: "cpu", "cuda", "cuda:1", ... or "auto" for CUDA where it is
        available. On a GPU clips of equal length are computed in batches, and last
        digits may depend on the batch; on the CPU they do not.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip seen in ``fit``; only where X was one 2-D array.

    See Also
    --------
    MFCC : Cosine transform of the bands.
    Slicer : Cuts the frames of a clip into slices.

    Notes
    -----
    ``transform`` returns an array of shape (n, n_mels, n_frames), or a 1-D object
    array of such arrays for clips of unequal length. Only a few waveforms are in
    memory at a time. float32 arithmetic makes values differ from librosa's by up to
    some 1e-6 of the largest value of a clip; on the default scale by less than
    0.005 dB, and by that much only in bands near the floor of 80 dB.

    References
    ----------
    .. [1] S. S. Stevens, J. Volkmann, E. B. Newman, "A scale for the measurement of
       the psychological magnitude pitch", J. Acoust. Soc. Am. 8, 1937.
    .. [2] M. Slaney, "Auditory Toolbox, version 2", Interval Research Corporation,
       Technical Report 1998-010.
    .. [3] B. McFee et al., "librosa: Audio and music signal analysis in Python",
       Proc. 14th Python in Science Conf., 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import MelSpectrogram
    >>> rng = np.random.default_rng(0)
    >>> clips = [rng.standard_normal(22050), rng.standard_normal(33075)]
    >>> MelSpectrogram(duration=1.0).fit_transform(clips).shape
    (2, 128, 44)
    >>> whole = MelSpectrogram(n_mels=64).fit_transform(clips)
    >>> [S.shape for S in whole]
    [(64, 44), (64, 65)]
    """

    def __init__(
        self,
        *,
        sample_rate=22050,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        center=True,
        n_mels=128,
        fmin=0.0,
        fmax=None,
        htk=False,
        mel_norm="slaney",
        power=2.0,
        scale="db",
        ref=1.0,
        amin=None,
        top_db=80.0,
        duration=None,
        offset=0.0,
        cache=None,
        n_jobs=None,
        device="cpu",
        verbose=0,
    ):
        self.sample_rate = sample_rate
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.center = center
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.htk = htk
        self.mel_norm = mel_norm
        self.power = power
        self.scale = scale
        self.ref = ref
        self.amin = amin
        self.top_db = top_db
        self.duration = duration
        self.offset = offset
        self.cache = cache
        self.n_jobs = n_jobs
        self.device = device
        self.verbose = verbose

    def _check_params(self):
        super()._check_params()
        check_mel_params(self)

    def _mel(self):
        return mel_params(self)


class MFCC(SpectralTransformer):
    """Mel-frequency cepstral coefficients of clips, optionally with derivatives.

    Equal to ``librosa.feature.mfcc``: the orthonormal cosine transform (type II) over
    the bands of a mel spectrogram in dB (``ref`` 1, ``top_db`` 80).

    Parameters
    ----------
    sample_rate : int, default=22050
        Rate in Hz to which every clip is resampled, and at which arrays without a
        rate are taken to be, >= 1.
    n_mfcc : int, default=20
        Number of coefficients, in [1, n_mels]. The 0th, a measure of loudness, is
        among them.
    deltas : {0, 1, 2}, default=0
        1 appends the first derivatives in time of the coefficients, 2 the first and
        the second ones, by ``librosa.feature.delta``.
    delta_width : int, default=9
        Frames over which a derivative is estimated, odd, >= 3. In a clip of fewer,
        where librosa refuses, the first and last are taken to go on.
    lifter : float, default=0.0
        Cepstral liftering as in ``librosa.feature.mfcc``, >= 0; 0 is none.
    n_fft : int, default=2048
        Length of the Fourier transform in samples, >= 2.
    hop_length : int, default=512
        Samples from one frame to the next, >= 1.
    win_length : int or None, default=None
        Length of the Hann window in samples, in [1, n_fft]; a shorter window stands
        in the middle of the frame. None: ``n_fft``.
    center : bool, default=True
        Whether frame t is centered at sample ``t * hop_length``; a clip then has
        ``1 + n_samples // hop_length`` frames for even ``n_fft``. If False, it
        begins there, and ``1 + (n_samples - n_fft) // hop_length`` frames fit.
    n_mels : int, default=128
        Number of mel bands, >= 1.
    fmin : float, default=0.0
        Lowest frequency in Hz, >= 0.
    fmax : float or None, default=None
        Highest frequency in Hz, above ``fmin``, at most ``sample_rate / 2``, which
        None means.
    htk : bool, default=False
        Whether to use the mel scale of HTK instead of Slaney's.
    mel_norm : {"slaney"}, None or float, default="slaney"
        "slaney" gives every filter the same area; None leaves their peaks at 1; a
        number scales by that norm, as in ``librosa.filters.mel``.
    duration : float or None, default=None
        Length of every clip in seconds, > 0, in fit and predict alike: longer clips
        are cropped, shorter ones padded with zeros, at their end. None: whole clips.
    offset : float, default=0.0
        Start of every clip in seconds, >= 0.
    cache : None, str, path-like or FeatureCache, default=None
        Where to keep the features of every clip, so that clips seen before are not
        decoded again. A path means ``FeatureCache(path)``. None: nowhere.
    n_jobs : int or None, default=None
        Clips decoded and transformed at the same time, by threads unless
        ``joblib.parallel_config`` says otherwise. None means 1, -1 all processors.
        Each clip is worked on by one thread.
    device : str, default="cpu"
        Where to compute the mel spectrogram: "cpu", "cuda", "cuda:1", ... or "auto"
        for CUDA where it is available. The cosine transform runs on the CPU.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip seen in ``fit``; only where X was one 2-D array.

    See Also
    --------
    MelSpectrogram : The bands before the cosine transform.
    SummaryStats : Statistics over the frames.

    Notes
    -----
    ``transform`` returns an array of shape (n, n_mfcc * (1 + deltas), n_frames), or a
    1-D object array of such arrays for clips of unequal length: the coefficients,
    then their first, then their second derivatives.

    References
    ----------
    .. [1] S. Davis, P. Mermelstein, "Comparison of parametric representations for
       monosyllabic word recognition in continuously spoken sentences", IEEE Trans.
       Acoust., Speech, Signal Process. 28(4), 1980.
    .. [2] B. McFee et al., "librosa: Audio and music signal analysis in Python",
       Proc. 14th Python in Science Conf., 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import MFCC
    >>> X = np.random.default_rng(0).standard_normal((2, 22050))
    >>> MFCC(n_mfcc=13, deltas=1).fit_transform(X).shape
    (2, 26, 44)
    """

    def __init__(
        self,
        *,
        sample_rate=22050,
        n_mfcc=20,
        deltas=0,
        delta_width=9,
        lifter=0.0,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        center=True,
        n_mels=128,
        fmin=0.0,
        fmax=None,
        htk=False,
        mel_norm="slaney",
        duration=None,
        offset=0.0,
        cache=None,
        n_jobs=None,
        device="cpu",
        verbose=0,
    ):
        self.sample_rate = sample_rate
        self.n_mfcc = n_mfcc
        self.deltas = deltas
        self.delta_width = delta_width
        self.lifter = lifter
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.center = center
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.htk = htk
        self.mel_norm = mel_norm
        self.duration = duration
        self.offset = offset
        self.cache = cache
        self.n_jobs = n_jobs
        self.device = device
        self.verbose = verbose

    def _check_params(self):
        super()._check_params()
        check_mel_params(self)
        check_number(
            self, "n_mfcc", kind=numbers.Integral, low=1, high=int(self.n_mels)
        )
        check_number(self, "deltas", kind=numbers.Integral, low=0, high=2)
        check_number(self, "delta_width", kind=numbers.Integral, low=3)
        if self.delta_width % 2 == 0:
            raise ValueError(f"MFCC: delta_width must be odd, got {self.delta_width}.")
        check_number(self, "lifter", low=0)

    def _function(self):
        return functools.partial(
            mfcc_features,
            n_mfcc=int(self.n_mfcc),
            deltas=int(self.deltas),
            delta_width=int(self.delta_width),
            lifter=self.lifter,
            stft=self._stft(),
            mel=mel_params(self),
            device=resolve_device(self.device),
        )
