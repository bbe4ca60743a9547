"""Features: transformers from audio to arrays, and from arrays to arrays.

Those from audio, and your own, derive from `AudioTransformer`, `SpectralTransformer` or
`MelTransformer`.
"""

from ._band_union import BandUnion
from ._base import AudioTransformer
from ._cache import FeatureCache
from ._descriptors import FrameDescriptors
from ._extract import extract_features
from ._frames import BandScaler, FixedLength, Resize
from ._histograms import BeatHistogram, LowEnergy, PitchHistogram
from ._numerics import texture  # noqa: F401 - for other rooms
from ._numerics.stft import spectral_features  # noqa: F401 - for other rooms
from ._pyramid import PyramidLevel
from ._spectral import MelTransformer, SpectralTransformer
from ._spectrograms import MFCC, MelSpectrogram, Spectrogram
from ._subsampling import FrameSubsampler
from ._summary import SummaryStats
from ._templates import FrameKMeans, FrameNMF
from ._texture import TextureStats
from ._waveform import Waveform

__all__ = [
    "MFCC",
    "AudioTransformer",
    "BandScaler",
    "BandUnion",
    "BeatHistogram",
    "FeatureCache",
    "FixedLength",
    "FrameDescriptors",
    "FrameKMeans",
    "FrameNMF",
    "FrameSubsampler",
    "LowEnergy",
    "MelSpectrogram",
    "MelTransformer",
    "PitchHistogram",
    "PyramidLevel",
    "Resize",
    "SpectralTransformer",
    "Spectrogram",
    "SummaryStats",
    "TextureStats",
    "Waveform",
    "extract_features",
]
