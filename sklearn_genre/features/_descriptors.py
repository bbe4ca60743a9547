"""Hand-made descriptors of the frames of clips."""

import functools
import numbers

import numpy as np

from .._utils.checks import check_choice, check_number
from .._utils.device import resolve_device
from ._numerics.timbre import contrast_bands, describe_frames
from ._spectral import SpectralTransformer

_N_CHROMA = 12


class FrameDescriptors(SpectralTransformer):
    """Timbre descriptors of the frames of clips: 31 rows with the default parameters.

    One row a descriptor, in this order: zero crossing rate, spectral centroid,
    contrast, bandwidth and rolloff, 13 cepstral coefficients and their first
    derivatives; then, if asked for, chroma, onset strength and tempo. The default
    ones, summarized by their mean, median and standard deviation, are the 93
    features of a clip of [1]_. Values are those of librosa's functions [2]_, from
    one Fourier transform instead of one for each of them.

    Parameters
    ----------
    sample_rate : int, default=22050
        Rate in Hz to which every clip is resampled, and at which arrays without a
        rate are taken to be, >= 1.
    n_mfcc : int, default=13
        Number of cepstral coefficients, in [1, n_mels].
    deltas : {0, 1, 2}, default=1
        1 appends the first derivatives in time of the coefficients, 2 the first and
        the second ones, by ``librosa.feature.delta`` over 9 frames. In a clip of
        fewer than 9, where librosa refuses, the first and last are taken to go on.
    contrast : {"mean", "bands"}, default="mean"
        Whether the spectral contrast is one row, the mean of its bands, or
        ``n_contrast_bands + 1`` rows.
    n_contrast_bands : int, default=6
        Octaves of the spectral contrast above 200 Hz, >= 1; one more band lies
        below. 6 need a ``sample_rate`` above 12800 Hz.
    roll_percent : float, default=0.85
        Share of the magnitudes below the rolloff, in (0, 1).
    chroma : bool, default=False
        Whether to append the 12 rows of ``librosa.feature.chroma_stft``, C first,
        tuned clip by clip.
    onset_strength : bool, default=False
        Whether to append ``librosa.onset.onset_strength``.
    tempo : bool, default=False
        Whether to append the tempo about each frame in beats per minute, by
        ``librosa.feature.tempo(aggregate=None)``.
    n_fft : int, default=2048
        Length of the Fourier transform, and of the frames of the zero crossing rate,
        in samples, >= 2. Long enough for every band of the contrast to have a bin.
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
        Number of mel bands behind the cepstral coefficients and the onset strength,
        >= 1.
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
        Where to compute all that comes from spectra: "cpu", "cuda", "cuda:1", ... or
        "auto" for CUDA where it is available. Cosine transform, zero crossings,
        chroma, onsets and tempo are computed on the CPU.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    n_features_in_ : int
        Number of samples of a clip seen in ``fit``; only where X was one 2-D array.

    See Also
    --------
    SummaryStats : Statistics over the frames, as named features of a clip.
    MFCC : Cepstral coefficients alone, with all their parameters.

    Notes
    -----
    ``transform`` returns an array of shape (n, 31, n_frames), float32, or a 1-D
    object array of such arrays for clips of unequal length. ``set_output`` has no
    effect on it, but the names of its rows reach the columns of SummaryStats in a
    Pipeline, also of its DataFrame.

    The rate is a share of samples; centroid, bandwidth and rolloff are in Hz,
    contrast in dB. float32 arithmetic makes values differ from librosa's: on 21
    recordings of 30 s the rate not at all, centroid and bandwidth by less than 0.01
    Hz, the mean contrast by 0.03 dB and that of a band by 0.2 dB in frames with
    nearly empty bands, and the rolloff by one bin in 1 of 1,000 frames; the
    bandwidth of a pure tone, whose other bins are empty, by some Hz. The
    coefficients differ by less than 0.005.

    References
    ----------
    .. [1] A. Pun, K. Nazirkhanova, "Music genre classification with mel spectrograms
       and CNN", Stanford University. It leaves open how the contrast of seven bands
       makes one row; here it is their mean.
    .. [2] B. McFee et al., "librosa: Audio and music signal analysis in Python",
       Proc. 14th Python in Science Conf., 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_genre import FrameDescriptors, SummaryStats
    >>> X = np.random.default_rng(0).standard_normal((2, 22050))
    >>> FrameDescriptors().fit_transform(X).shape
    (2, 31, 44)
    >>> summary = SummaryStats(stats=("mean", "median", "std"))
    >>> pipe = make_pipeline(FrameDescriptors(), summary)
    >>> pipe.fit_transform(X).shape
    (2, 93)
    >>> pipe.get_feature_names_out()[:3]
    array(['zero_crossing_rate_mean', 'zero_crossing_rate_median',
           'zero_crossing_rate_std'], dtype=object)
    """

    def __init__(
        self,
        *,
        sample_rate=22050,
        n_mfcc=13,
        deltas=1,
        contrast="mean",
        n_contrast_bands=6,
        roll_percent=0.85,
        chroma=False,
        onset_strength=False,
        tempo=False,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        center=True,
        n_mels=128,
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
        self.contrast = contrast
        self.n_contrast_bands = n_contrast_bands
        self.roll_percent = roll_percent
        self.chroma = chroma
        self.onset_strength = onset_strength
        self.tempo = tempo
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.center = center
        self.n_mels = n_mels
        self.duration = duration
        self.offset = offset
        self.cache = cache
        self.n_jobs = n_jobs
        self.device = device
        self.verbose = verbose

    def get_feature_names_out(self, input_features=None):
        """Names of the rows of a clip.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only its length is looked at: where X was one 2-D array in ``fit``, it
            must be the number of samples of a clip.

        Returns
        -------
        names : ndarray of str objects of shape (n_descriptors,)
            "zero_crossing_rate", "spectral_centroid", "spectral_contrast" (or
            "spectral_contrast0", ... for bands, the lowest first),
            "spectral_bandwidth", "spectral_rolloff", "mfcc0", ..., "mfcc_delta0",
            ..., "mfcc_delta2_0", ..., "chroma0", ..., "onset_strength", "tempo", as
            far as they are there.

        Raises
        ------
        ValueError
            If a parameter is out of range, or the number of ``input_features`` is
            not that of the samples.
        """
        self._check_params()
        n_samples = getattr(self, "n_features_in_", None)
        if input_features is not None and n_samples not in (None, len(input_features)):
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({n_samples}), got {len(input_features)}."
            )
        bands = [""] if self.contrast == "mean" else range(self.n_contrast_bands + 1)
        kinds = ["mfcc", "mfcc_delta", "mfcc_delta2_"][: self.deltas + 1]
        names = [
            "zero_crossing_rate",
            "spectral_centroid",
            *(f"spectral_contrast{band}" for band in bands),
            "spectral_bandwidth",
            "spectral_rolloff",
            *(f"{kind}{i}" for kind in kinds for i in range(self.n_mfcc)),
            *(f"chroma{i}" for i in range(_N_CHROMA) if self.chroma),
            *(name for name in ("onset_strength", "tempo") if getattr(self, name)),
        ]
        return np.asarray(names, dtype=object)

    def _check_params(self):
        super()._check_params()
        whole = numbers.Integral
        check_number(self, "n_mels", kind=whole, low=1)
        check_number(self, "n_mfcc", kind=whole, low=1, high=int(self.n_mels))
        check_number(self, "deltas", kind=whole, low=0, high=2)
        check_choice(self, "contrast", ("mean", "bands"))
        check_number(self, "n_contrast_bands", kind=whole, low=1)
        check_number(self, "roll_percent", low=np.finfo(float).tiny, high=1 - 2**-53)
        for name in ("chroma", "onset_strength", "tempo"):
            check_choice(self, name, (True, False))
        # raises an error where a band has no bin
        contrast_bands(self.sample_rate, int(self.n_fft), int(self.n_contrast_bands))

    def _n_frames_needed(self):
        return 2 if self.onset_strength or self.tempo else 1

    def _function(self):
        return functools.partial(
            describe_frames,
            sample_rate=self.sample_rate,
            stft=self._stft(),
            mel={
                "sr": self.sample_rate,
                "n_fft": int(self.n_fft),
                "n_mels": int(self.n_mels),
            },
            cepstral={
                "n_mfcc": int(self.n_mfcc),
                "deltas": int(self.deltas),
                "delta_width": 9,
            },
            contrast={
                "n_bands": int(self.n_contrast_bands),
                "average": self.contrast == "mean",
            },
            roll_percent=self.roll_percent,
            chroma=self.chroma,
            onset_strength=self.onset_strength,
            tempo=self.tempo,
            device=resolve_device(self.device),
        )
