"""Audio files as mono float32 waveforms; every error names its file."""

# ruff: noqa: F401 - what is not in __all__ is for the other rooms
from ._decode import check_span, load_audio
from ._errors import AudioError, no_samples
from ._foreign import codecs_version
from ._reader import open_audio
from ._song import Song, check_samples, mix
from ._sources import HIGHEST_RATE, check_rate, describe, is_file, opened

__all__ = ["AudioError", "load_audio"]
