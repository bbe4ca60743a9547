# Written by tools/make_stubs.py from the declared parameters; do not edit.
from typing import Any, Self
from sklearn.base import BaseEstimator

class BandScaler(BaseEstimator):
    def __init__(self, *, with_mean=..., with_std=...) -> None: ...
    def fit(self, X, y=..., sample_weight=...) -> Self: ...
    def inverse_transform(self, X) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class BandUnion(BaseEstimator):
    def __init__(self, *, transformers) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def fit_transform(self, X, y=...) -> Any: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def n_features_in_(self) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def set_params(self, **params) -> Self: ...
    def transform(self, X) -> Any: ...

class FeatureCache:
    def __init__(self, folder, *, max_bytes=..., compare=...) -> None: ...
    def clear(self) -> Any: ...
    def info(self) -> Any: ...

class FixedLength(BaseEstimator):
    def __init__(self, *, n_frames=..., align=..., mode=..., fill_value=...) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class FrameDescriptors(BaseEstimator):
    def __init__(
        self,
        *,
        sample_rate=...,
        n_mfcc=...,
        deltas=...,
        contrast=...,
        n_contrast_bands=...,
        roll_percent=...,
        chroma=...,
        onset_strength=...,
        tempo=...,
        n_fft=...,
        hop_length=...,
        win_length=...,
        center=...,
        n_mels=...,
        duration=...,
        offset=...,
        cache=...,
        n_jobs=...,
        device=...,
        verbose=...,
    ) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class FrameSubsampler(BaseEstimator):
    def __init__(self, *, n_frames=..., offset=..., span=...) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class MFCC(BaseEstimator):
    def __init__(
        self,
        *,
        sample_rate=...,
        n_mfcc=...,
        deltas=...,
        delta_width=...,
        lifter=...,
        n_fft=...,
        hop_length=...,
        win_length=...,
        center=...,
        n_mels=...,
        fmin=...,
        fmax=...,
        htk=...,
        mel_norm=...,
        duration=...,
        offset=...,
        cache=...,
        n_jobs=...,
        device=...,
        verbose=...,
    ) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class MelSpectrogram(BaseEstimator):
    def __init__(
        self,
        *,
        sample_rate=...,
        n_fft=...,
        hop_length=...,
        win_length=...,
        center=...,
        n_mels=...,
        fmin=...,
        fmax=...,
        htk=...,
        mel_norm=...,
        power=...,
        scale=...,
        ref=...,
        amin=...,
        top_db=...,
        duration=...,
        offset=...,
        cache=...,
        n_jobs=...,
        device=...,
        verbose=...,
    ) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class Resize(BaseEstimator):
    def __init__(self, *, shape=..., mode=...) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class Spectrogram(BaseEstimator):
    def __init__(
        self,
        *,
        sample_rate=...,
        n_fft=...,
        hop_length=...,
        win_length=...,
        center=...,
        power=...,
        scale=...,
        ref=...,
        amin=...,
        top_db=...,
        duration=...,
        offset=...,
        cache=...,
        n_jobs=...,
        device=...,
        verbose=...,
    ) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def set_output(self, *, transform=...) -> Self: ...
    def transform(self, X) -> Any: ...

class SummaryStats(BaseEstimator):
    def __init__(self, *, stats=...) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def transform(self, X) -> Any: ...

class TextureStats(BaseEstimator):
    def __init__(self, *, stats=...) -> None: ...
    def fit(self, X, y=...) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def transform(self, X) -> Any: ...

class Waveform(BaseEstimator):
    def __init__(
        self,
        *,
        sample_rate=...,
        duration=...,
        offset=...,
        cache=...,
        n_jobs=...,
        verbose=...,
    ) -> None: ...
    def fit(self, X, y=...) -> Self: ...
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
