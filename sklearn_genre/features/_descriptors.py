"""Hand-made descriptors of the frames of clips."""

import functools

from .._utils.device import resolve_device
from ..parameters import Device, Flag, Integer, OneOf, Real
from ._numerics.cepstra import mfcc_names
from ._numerics.timbre import MORE, PITCH_RANGE, contrast_bands, describe_frames
from ._spectral import LONGEST_FRAME, MOST_MELS, SpectralTransformer

_N_CHROMA = 12
_MOST_OCTAVES = 12  # above 200 Hz: up to 819 kHz


class FrameDescriptors(SpectralTransformer):
    """Timbre descriptors of the frames of clips: 31 rows with the default parameters.

    One row per descriptor, in this order: zero crossing rate, spectral centroid,
    contrast, bandwidth and rolloff, 13 cepstral coefficients and their first
    derivatives; then, if asked for, chroma, onset strength, tempo, energy, flux,
    entropy and pitch. The default ones,
    summarized by their mean, median and standard deviation, are the 93 features of a
    clip of [1]_. Values are those of librosa's functions [2]_, computed from one
    Fourier transform instead of one per descriptor.

    See Also
    --------
    SummaryStats : Statistics over the frames, as named features of a clip.
    MFCC : Cepstral coefficients alone, with all their parameters.

    Notes
    -----
    ``transform`` returns an array of shape (n, 31, n_frames), float32, or a 1-D object
    array of such arrays for clips of unequal length. In a Pipeline the names of its
    rows become part of the column names of SummaryStats: "zero_crossing_rate",
    "spectral_centroid", "spectral_contrast" (or "spectral_contrast0", ... for bands,
    the lowest first), "spectral_bandwidth", "spectral_rolloff", "mfcc0", ...,
    "mfcc_delta0", ..., "mfcc_delta2_0", ..., "chroma0", ..., "onset_strength",
    "tempo", "energy", "flux", "entropy", "pitch", as far as they are there.

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

    _parameters = {
        "n_mfcc": Integer(13, "Number of cepstral coefficients.", low=1, high="n_mels"),
        "deltas": Integer(
            1,
            "1 appends the first derivatives in time of the coefficients, 2 the first "
            "and the second ones, by ``librosa.feature.delta`` over 9 frames. In a "
            "clip of fewer frames, which librosa refuses, the first and the last are "
            "repeated beyond its ends.",
            low=0,
            high=2,
        ),
        "contrast": OneOf(
            "mean",
            "Whether the spectral contrast is one row, the mean of its bands, or "
            "``n_contrast_bands + 1`` rows.",
            choices=("mean", "bands"),
        ),
        "n_contrast_bands": Integer(
            6,
            "Octaves of the spectral contrast above 200 Hz; one more band is below. 6 "
            "need a ``sample_rate`` above 12800 Hz.",
            low=1,
            high=_MOST_OCTAVES,
        ),
        "roll_percent": Real(
            0.85,
            "Share of the magnitudes below the rolloff.",
            low=0,
            high=1,
            closed="neither",
        ),
        "chroma": Flag(
            False,
            "Whether to append the 12 rows of ``librosa.feature.chroma_stft``, C "
            "first, tuned clip by clip.",
        ),
        "onset_strength": Flag(
            False, "Whether to append ``librosa.onset.onset_strength``."
        ),
        "tempo": Flag(
            False,
            "Whether to append the tempo around each frame in beats per minute, by "
            "``librosa.feature.tempo(aggregate=None)``.",
        ),
        "energy": Flag(
            False,
            "Whether to append the root mean square of the samples, by "
            "``librosa.feature.rms``.",
        ),
        "flux": Flag(
            False,
            "Whether to append the spectral flux of Tzanetakis and Cook (2002): the "
            "sum of the squared changes, since the frame before, of magnitudes that "
            "sum to one; 0 in the first frame.",
        ),
        "entropy": Flag(
            False,
            "Whether to append the spectral entropy: that of the shares of the bins in "
            "the power, in [0, 1], where 1 means equal shares and 0 one bin, or "
            "silence.",
        ),
        "pitch": Flag(
            False,
            "Whether to append the fundamental frequency in Hz between 65.4 and 2093, "
            "by ``librosa.yin``: of several voices one, and without any a frequency "
            "all the same. Slow: several times the time of all other rows.",
        ),
        "n_mels": Integer(
            128,
            "Number of mel bands behind the cepstral coefficients and the onset "
            "strength.",
            low=1,
            high=MOST_MELS,
        ),
        "n_fft": Integer(
            2048,
            "Length of the Fourier transform, and of the frames of the zero crossing "
            "rate, in samples. Long enough for every band of the contrast to have a "
            "bin.",
            low=2,
            high=LONGEST_FRAME,
        ),
        "device": Device(
            "cpu",
            'Where to compute all that comes from spectra: "cpu", "cuda", "cuda:1", '
            '... or "auto" for CUDA where it is available. Cosine transform, zero '
            "crossings, and what has a flag of its own, are computed on the CPU.",
        ),
    }

    def _row_names(self):
        bands = [""] if self.contrast == "mean" else range(self.n_contrast_bands + 1)
        return [
            "zero_crossing_rate",
            "spectral_centroid",
            *(f"spectral_contrast{band}" for band in bands),
            "spectral_bandwidth",
            "spectral_rolloff",
            *mfcc_names(self.n_mfcc, self.deltas),
            *(f"chroma{i}" for i in range(_N_CHROMA) if self.chroma),
            *(name for name in ("onset_strength", "tempo") if getattr(self, name)),
            *self._more(),
        ]

    def _more(self):
        """Return the names of the wanted rows behind those of rhythm, in order."""
        return [name for name in MORE if getattr(self, name)]

    def _check_params(self):
        super()._check_params()
        # it raises an error where a band has no bin
        contrast_bands(self.sample_rate, int(self.n_fft), int(self.n_contrast_bands))
        least = 2 * self.sample_rate / PITCH_RANGE[0]
        if self.pitch and not (
            self.n_fft >= least and self.sample_rate >= 2 * PITCH_RANGE[1]
        ):
            raise ValueError(
                f"pitch=True needs two periods of {PITCH_RANGE[0]:g} Hz in a frame and "
                f"sample_rate >= {2 * PITCH_RANGE[1]:g}: n_fft >= {least:.0f} at "
                f"sample_rate={self.sample_rate}, got {self.n_fft}."
            )

    def _min_frames(self):
        return 2 if self.onset_strength or self.tempo else 1

    def _stft_of_pieces(self):
        # crossings, onsets and tempo need the waveform itself, or all frames
        return None

    def _waveform_function(self):
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
            more=self._more(),
            device=resolve_device(self.device),
        )
