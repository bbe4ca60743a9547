"""Features: transformers from audio to arrays, and from arrays to arrays."""

from ._band_union import BandUnion
from ._cache import FeatureCache
from ._descriptors import FrameDescriptors
from ._extract import extract_features
from ._frames import BandScaler, FixedLength, Resize
from ._spectrograms import MFCC, MelSpectrogram, Spectrogram
from ._subsampling import FrameSubsampler
from ._summary import SummaryStats
from ._texture import TextureStats
from ._waveform import Waveform

__all__ = [
    "MFCC",
    "BandScaler",
    "BandUnion",
    "FeatureCache",
    "FixedLength",
    "FrameDescriptors",
    "FrameSubsampler",
    "MelSpectrogram",
    "Resize",
    "Spectrogram",
    "SummaryStats",
    "TextureStats",
    "Waveform",
    "extract_features",
]
