"""Spectrograms, mel spectrograms and MFCC, equal to librosa's, on CPU and GPU."""

import functools

from ..parameters import AnyOf, Device, Integer, OneOf, Real, Rule
from ._numerics.cepstra import mfcc, mfcc_names
from ._spectral import MelTransformer, SpectralTransformer

# larger powers and references exceed the range of float32
_HIGHEST_POWER = 10
_HIGHEST_LEVEL = 1e18


class _Scaled:
    """Exponent and scale of a spectrogram as parameters."""

    _parameters = {
        "power": Real(
            2.0,
            "Exponent of the magnitudes (before the mel filters): 2 for power, 1 for "
            "magnitude.",
            low=0,
            high=_HIGHEST_POWER,
            closed="right",
        ),
        "scale": OneOf(
            "db",
            """
            With ``S`` the spectrogram of magnitudes raised to ``power``:

            - "db": ``librosa.power_to_db(S)``, 10 log10;
            - "amplitude_db": ``librosa.amplitude_to_db(S)``, 20 log10. With ``power=2``
              this doubles every dB, as some published data sets do;
            - "log1p": ``log(1 + S)``;
            - "power": ``S`` itself.
            """,
            choices=("db", "amplitude_db", "log1p", "power"),
        ),
        "ref": AnyOf(
            1.0,
            'What is 0 dB; "max" is the largest value of each clip.',
            Real(low=0, high=_HIGHEST_LEVEL, closed="right"),
            OneOf(choices=("max",)),
        ),
        "amin": Real(
            None,
            "Smaller values count as this one on a dB scale. None: librosa's "
            'defaults, 1e-10 for "db" and 1e-5 for "amplitude_db".',
            low=0,
            high=_HIGHEST_LEVEL,
            closed="right",
            none=True,
        ),
        "top_db": Real(
            80.0,
            "Range on a dB scale: values further below the largest one of the clip "
            "are raised to that floor. None: no limit.",
            low=0,
            none=True,
        ),
    }

    def _exponent(self):
        return self.power

    def _loudness(self):
        return {
            name: getattr(self, name) for name in ("scale", "ref", "amin", "top_db")
        }


class Spectrogram(_Scaled, SpectralTransformer):
    """Short-time Fourier spectrograms of clips.

    Equal to ``librosa.stft`` with a periodic Hann window and zeros beyond the ends,
    raised to ``power``, on the scale of ``librosa.power_to_db`` or another one.

    See Also
    --------
    MelSpectrogram : Spectrograms with bands spaced like human pitch perception.

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

    def _row_names(self):
        return [f"bin{i}" for i in range(1 + self.n_fft // 2)]


class MelSpectrogram(_Scaled, MelTransformer):
    """Mel spectrograms of clips, in dB.

    With the default parameters they equal ``librosa.power_to_db`` of
    ``librosa.feature.melspectrogram``.

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

    def _row_names(self):
        return [f"mel{i}" for i in range(self.n_mels)]


class _OddWidth(Rule):
    """Frames over which a derivative is estimated."""

    type, annotation = "odd int in [3, 999]", "int"
    words = "an odd integer in [3, 999]"

    def accepts(self, value, owner):
        return Integer(low=3, high=999).legal(value, owner) and value % 2 == 1


class MFCC(MelTransformer):
    """Mel-frequency cepstral coefficients of clips, optionally with derivatives.

    Equal to ``librosa.feature.mfcc``: the orthonormal cosine transform (type II) over
    the bands of a mel spectrogram in dB (``ref`` 1, ``top_db`` 80).

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

    _scale = "db"

    _parameters = {
        "n_mfcc": Integer(
            20,
            "Number of coefficients, including the 0th, a measure of loudness.",
            low=1,
            high="n_mels",
        ),
        "deltas": Integer(
            0,
            "1 appends the first derivatives in time of the coefficients, 2 the first "
            "and the second ones, by ``librosa.feature.delta``.",
            low=0,
            high=2,
        ),
        "delta_width": _OddWidth(
            9,
            "Frames over which a derivative is estimated. In a clip of fewer, which "
            "librosa refuses, the first and the last are repeated beyond its ends.",
        ),
        "lifter": Real(
            0.0,
            "Cepstral liftering as in ``librosa.feature.mfcc``; 0 is none.",
            low=0,
        ),
        "device": Device(
            "cpu",
            'Where to compute the mel spectrogram: "cpu", "cuda", "cuda:1", ... or '
            '"auto" for CUDA where it is available. The cosine transform runs on the '
            "CPU.",
        ),
    }

    def _row_names(self):
        return mfcc_names(self.n_mfcc, self.deltas)

    def _spectrogram_function(self):
        return functools.partial(
            mfcc,
            n_mfcc=int(self.n_mfcc),
            deltas=int(self.deltas),
            delta_width=int(self.delta_width),
            lifter=self.lifter,
        )
