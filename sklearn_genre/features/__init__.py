"""Features: transformers from audio to arrays, and from arrays to arrays."""

from .cache import FeatureCache
from .descriptors import FrameDescriptors
from .frames import BandScaler, FixedLength, Resize
from .sampling import FrameSampler
from .spectral import MFCC, MelSpectrogram, Spectrogram
from .stacking import Stack
from .streaming import extract_features
from .summary import SummaryStats
from .texture import TextureStats
from .waveform import Waveform

__all__ = [
    "MFCC",
    "BandScaler",
    "FeatureCache",
    "FixedLength",
    "FrameDescriptors",
    "FrameSampler",
    "MelSpectrogram",
    "Resize",
    "Spectrogram",
    "Stack",
    "SummaryStats",
    "TextureStats",
    "Waveform",
    "extract_features",
]
