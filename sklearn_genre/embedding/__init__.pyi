# Written by tools/make_stubs.py from the declared parameters; do not edit.
import os
from collections.abc import Sequence
from typing import Any, Literal, Self
from sklearn.base import BaseEstimator
from sklearn_genre.features import FeatureCache

class EmbeddingTransformer(BaseEstimator):
    def __init__(
        self,
        function: Any,
        sample_rate: int,
        *,
        window: float | None = ...,
        hop: float | None = ...,
        frame_pooling: Literal['mean', 'max', 'mean_std'] | None = ...,
        pooling: Literal['mean', 'max', 'mean_std'] | None = ...,
        batch_size: int = ...,
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

class HuggingFaceEmbedding(BaseEstimator):
    def __init__(
        self,
        model: str | os.PathLike[str],
        *,
        layer: int | Literal['last', 'mean', 'pooled'] = ...,
        revision: str | None = ...,
        trust_remote_code: bool = ...,
        device: str = ...,
        sample_rate: int | None = ...,
        window: float = ...,
        hop: float | None = ...,
        frame_pooling: Literal['mean', 'max', 'mean_std'] | None = ...,
        pooling: Literal['mean', 'max', 'mean_std'] | None = ...,
        batch_size: int = ...,
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

class MusicnnEmbedding(MusicnnSpectrogram):
    def __init__(
        self,
        *,
        model: Literal['msd', 'mtt'] = ...,
        layer: Literal['taggram', 'penultimate', 'mean_pool', 'max_pool'] | Sequence[str] = ...,
        pooling: Literal['mean', 'max', 'mean_std'] | None = ...,
        hop: float = ...,
        device: str = ...,
        sample_rate: int = ...,
        normalize: Literal['peak'] | None = ...,
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

class MusicnnSpectrogram(BaseEstimator):
    def __init__(
        self,
        *,
        sample_rate: int = ...,
        normalize: Literal['peak'] | None = ...,
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

TAGS: Any
class Taggram:
    def __init__(self, times, tags, values) -> None: ...
    def top(self, n=...) -> Any: ...

def taggram(source, *, model=..., hop=..., device=...) -> Any: ...
def top_tags(source, *, top=..., model=..., hop=..., device=...) -> Any: ...
