# Written by tools/make_stubs.py from the declared parameters; do not edit.
import os
from collections.abc import Sequence
from typing import Any, Literal, Self
from sklearn.base import BaseEstimator

class AudioTransformer(BaseEstimator):
    def __init__(
        self,
        *,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class BandScaler(BaseEstimator):
    def __init__(self, *, with_mean: bool = ..., with_std: bool = ...) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=..., sample_weight=...) -> Self: ...
    def inverse_transform(self, X) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class BandUnion(BaseEstimator):
    def __init__(self, transformers: Sequence[tuple[str, Any]]) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def fit_transform(self, X, y=...) -> Any: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def n_features_in_(self) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def set_params(self, **params) -> Self: ...
    def transform(self, X) -> Any: ...

class BeatHistogram(AudioTransformer):
    def __init__(
        self,
        *,
        win_length: int = ...,
        hop_length: int = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class FeatureCache:
    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        max_bytes: int | None = ...,
        compare: Literal['mtime', 'content'] = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def clear(self) -> Any: ...
    def info(self) -> Any: ...

class FixedLength(BaseEstimator):
    def __init__(
        self,
        *,
        n_frames: int = ...,
        align: Literal['left', 'right', 'center'] = ...,
        mode: Literal['constant', 'repeat'] = ...,
        fill_value: float | Literal['min'] = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class FrameDescriptors(SpectralTransformer):
    def __init__(
        self,
        *,
        n_mfcc: int = ...,
        deltas: int = ...,
        contrast: Literal['mean', 'bands'] = ...,
        n_contrast_bands: int = ...,
        roll_percent: float = ...,
        chroma: bool = ...,
        onset_strength: bool = ...,
        tempo: bool = ...,
        energy: bool = ...,
        flux: bool = ...,
        entropy: bool = ...,
        pitch: bool = ...,
        n_mels: int = ...,
        n_fft: int = ...,
        device: str = ...,
        hop_length: int = ...,
        win_length: int | None = ...,
        center: bool = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class FrameSubsampler(BaseEstimator):
    def __init__(
        self,
        *,
        n_frames: int = ...,
        offset: float = ...,
        span: float | None = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class LowEnergy(AudioTransformer):
    def __init__(
        self,
        *,
        n_fft: int = ...,
        hop_length: int = ...,
        n_frames: int = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class MFCC(MelTransformer):
    def __init__(
        self,
        *,
        n_mfcc: int = ...,
        deltas: int = ...,
        delta_width: int = ...,
        lifter: float = ...,
        device: str = ...,
        n_mels: int = ...,
        fmin: float = ...,
        fmax: float | None = ...,
        htk: bool = ...,
        mel_norm: Literal['slaney'] | float | None = ...,
        n_fft: int = ...,
        hop_length: int = ...,
        win_length: int | None = ...,
        center: bool = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class MelSpectrogram(MelTransformer):
    def __init__(
        self,
        *,
        power: float = ...,
        scale: Literal['db', 'amplitude_db', 'log1p', 'power'] = ...,
        ref: float | Literal['max'] = ...,
        amin: float | None = ...,
        top_db: float | None = ...,
        n_mels: int = ...,
        fmin: float = ...,
        fmax: float | None = ...,
        htk: bool = ...,
        mel_norm: Literal['slaney'] | float | None = ...,
        n_fft: int = ...,
        hop_length: int = ...,
        win_length: int | None = ...,
        center: bool = ...,
        device: str = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class MelTransformer(AudioTransformer):
    def __init__(
        self,
        *,
        n_mels: int = ...,
        fmin: float = ...,
        fmax: float | None = ...,
        htk: bool = ...,
        mel_norm: Literal['slaney'] | float | None = ...,
        n_fft: int = ...,
        hop_length: int = ...,
        win_length: int | None = ...,
        center: bool = ...,
        device: str = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class PitchHistogram(AudioTransformer):
    def __init__(
        self,
        *,
        n_fft: int = ...,
        hop_length: int = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class Resize(BaseEstimator):
    def __init__(
        self,
        *,
        shape: tuple[int | None, int | None] = ...,
        mode: Literal['bilinear', 'area'] = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class SpectralTransformer(AudioTransformer):
    def __init__(
        self,
        *,
        n_fft: int = ...,
        hop_length: int = ...,
        win_length: int | None = ...,
        center: bool = ...,
        device: str = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class Spectrogram(SpectralTransformer):
    def __init__(
        self,
        *,
        power: float = ...,
        scale: Literal['db', 'amplitude_db', 'log1p', 'power'] = ...,
        ref: float | Literal['max'] = ...,
        amin: float | None = ...,
        top_db: float | None = ...,
        n_fft: int = ...,
        hop_length: int = ...,
        win_length: int | None = ...,
        center: bool = ...,
        device: str = ...,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class SummaryStats(BaseEstimator):
    def __init__(self, *, stats: Sequence[str] = ...) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def transform(self, X) -> Any: ...

class TextureStats(BaseEstimator):
    def __init__(self, *, stats: Sequence[str] = ...) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def transform(self, X) -> Any: ...

class Waveform(AudioTransformer):
    def __init__(
        self,
        *,
        sample_rate: int = ...,
        duration: float | None = ...,
        offset: float = ...,
        n_excerpts: int | None = ...,
        cache: str | os.PathLike[str] | FeatureCache | None = ...,
        n_jobs: int | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

def extract_features(
        transformer,
        X,
        path,
        *,
        batch_size=...,
        overwrite=...,
        verbose=...,
    ) -> Any: ...
