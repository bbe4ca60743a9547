# Written by tools/make_stubs.py from the declared parameters; do not edit.
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self
from sklearn.base import BaseEstimator

import numpy as np

class Augmentation(BaseEstimator):
    def __init__(
        self,
        *,
        crop: int | None = ...,
        time_mask: float = ...,
        n_time_masks: int = ...,
        freq_mask: float = ...,
        n_freq_masks: int = ...,
        freq_shift: int = ...,
        gain: float = ...,
        mixup: float = ...,
    ) -> None: ...
    def change(self, X, fill, generator) -> Any: ...
    def check_params(self) -> Any: ...
    def mix(self, X, generator) -> Any: ...

class Autoencoder(NeuralEstimator):
    def __init__(
        self,
        *,
        net_params: Mapping[Any, Any] | None = ...,
        hidden_sizes: Sequence[int] = ...,
        n_components: int = ...,
        activation: str | Sequence[str] = ...,
        code_activation: Literal['elu', 'relu', 'tanh', 'gelu', 'sigmoid', 'identity'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(
        self,
        X,
        y=...,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    def inverse_transform(self, X) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y=..., sample_weight=...) -> Self: ...
    def reconstruction_error(self, X) -> Any: ...
    def score(self, X, y=...) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def set_params(self, **params) -> Self: ...
    def transform(self, X) -> Any: ...

class CNNClassifier(NeuralClassifier):
    def __init__(
        self,
        *,
        n_channels: int = ...,
        n_filters: Sequence[int] = ...,
        kernel_size: int | tuple[int, int] = ...,
        pool_size: int | Sequence[int | tuple[int, int]] = ...,
        block: Literal['plain', 'residual'] = ...,
        norm: Literal['batch', 'layer'] | None = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        pool_first: bool = ...,
        pooling: Literal['mean', 'max', 'mean_max'] | None = ...,
        keep_bands: bool = ...,
        hidden_sizes: Sequence[int] = ...,
        dropout: float = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class CRNNClassifier(NeuralClassifier):
    def __init__(
        self,
        *,
        n_channels: int = ...,
        n_filters: Sequence[int] = ...,
        kernel_size: int | tuple[int, int] = ...,
        pool_size: int | Sequence[int | tuple[int, int]] = ...,
        norm: Literal['batch', 'layer'] | None = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        hidden_sizes: Sequence[int] = ...,
        dropout: float = ...,
        recurrent_dropout: float = ...,
        input_norm: bool = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class DeepSoftmaxAutoencoder(NeuralClassifier):
    def __init__(
        self,
        *,
        classifier_sizes: Sequence[int] = ...,
        classifier_activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        gamma: float = ...,
        reduction: Literal['mean', 'sum'] = ...,
        hidden_sizes: Sequence[int] = ...,
        n_components: int = ...,
        activation: str | Sequence[str] = ...,
        code_activation: Literal['elu', 'relu', 'tanh', 'gelu', 'sigmoid', 'identity'] = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_feature_names_out(self, input_features=...) -> Any: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    def inverse_transform(self, X) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def reconstruction_error(self, X) -> Any: ...
    def set_output(self, *, transform=...) -> Self: ...
    def set_params(self, **params) -> Self: ...
    def transform(self, X) -> Any: ...

class DenseClassifier(NeuralClassifier):
    def __init__(
        self,
        *,
        hidden_sizes: Sequence[int] = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        dropout: float = ...,
        hidden_dropout: float = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class FullyConvolutionalClassifier(NeuralClassifier):
    def __init__(
        self,
        *,
        n_filters: Sequence[int] = ...,
        kernel_size: int | tuple[int, int] = ...,
        pool_size: int | Sequence[int | tuple[int, int]] = ...,
        norm: Literal['batch', 'layer'] | None = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        pooling: Literal['mean', 'max', 'mean_max'] = ...,
        dropout: float = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class HybridClassifier(CNNClassifier):
    def __init__(
        self,
        *,
        table_sizes: Sequence[int] = ...,
        branch_size: int = ...,
        hidden_sizes: Sequence[int] = ...,
        image: Any | None = ...,
        table: Any | None = ...,
        n_channels: int = ...,
        n_filters: Sequence[int] = ...,
        kernel_size: int | tuple[int, int] = ...,
        pool_size: int | Sequence[int | tuple[int, int]] = ...,
        block: Literal['plain', 'residual'] = ...,
        norm: Literal['batch', 'layer'] | None = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        pool_first: bool = ...,
        pooling: Literal['mean', 'max', 'mean_max'] | None = ...,
        keep_bands: bool = ...,
        dropout: float = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class MusicnnClassifier(NeuralClassifier):
    def __init__(
        self,
        *,
        n_timbral: int = ...,
        timbral_heights: Sequence[float] = ...,
        n_temporal: int = ...,
        temporal_lengths: Sequence[int] = ...,
        n_filters: int = ...,
        n_blocks: int = ...,
        hidden_sizes: Sequence[int] = ...,
        norm: Literal['batch', 'layer'] | None = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        dropout: float = ...,
        pretrained: Literal['msd', 'mtt'] | None = ...,
        pretrained_lr: float = ...,
        standardize: bool | None = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class NeuralClassifier(NeuralEstimator):
    def __init__(
        self,
        *,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class NeuralEstimator(BaseEstimator):
    def __init__(
        self,
        *,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def set_params(self, **params) -> Self: ...

class SampleCNNClassifier(NeuralClassifier):
    def __init__(
        self,
        *,
        n_filters: Sequence[int] = ...,
        kernel_size: int = ...,
        norm: Literal['batch', 'layer'] | None = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        pooling: Literal['mean', 'max', 'mean_max'] = ...,
        dropout: float = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

class TemporalCNNClassifier(NeuralClassifier):
    def __init__(
        self,
        *,
        variant: Literal['figure', 'code'] = ...,
        n_filters: Sequence[int] | None = ...,
        kernel_size: int = ...,
        pool_size: int | Sequence[int] = ...,
        norm: Literal['batch', 'layer'] | None = ...,
        activation: Literal['elu', 'relu', 'tanh', 'gelu'] = ...,
        hidden_sizes: Sequence[int] | None = ...,
        dropout: float = ...,
        label_smoothing: float = ...,
        class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...,
        voting: Literal['soft', 'hard', 'max'] = ...,
        max_epochs: int = ...,
        batch_size: int = ...,
        optimizer: str | type = ...,
        lr: float = ...,
        lr_schedule: Literal['cosine', 'one_cycle'] | None = ...,
        weight_decay: float = ...,
        early_stopping: bool = ...,
        validation_fraction: float = ...,
        n_iter_no_change: int = ...,
        standardize: bool = ...,
        init: Literal['he', 'xavier', 'normal'] | float | None = ...,
        n_restarts: int = ...,
        augment: Any | None = ...,
        warm_start: bool = ...,
        save_optimizer: bool = ...,
        callbacks: list[Any] | None = ...,
        checkpoint: str | os.PathLike[str] | None = ...,
        net_params: Mapping[Any, Any] | None = ...,
        compile: bool = ...,
        cuda_graph: bool = ...,
        device: str = ...,
        precision: Literal['auto', 'float32', 'float64', 'bfloat16'] = ...,
        deterministic: bool = ...,
        random_state: int | np.random.RandomState | None = ...,
        verbose: int = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(
        self,
        X,
        y,
        sample_weight=...,
        groups=...,
        *,
        X_val=...,
        y_val=...,
        val_mask=...,
    ) -> Self: ...
    def get_params(self, deep=...) -> Any: ...
    @property
    def history_(self) -> Any: ...
    @property
    def module_(self) -> Any: ...
    def partial_fit(self, X, y, classes=..., sample_weight=...) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def predict_proba_slices(self, X) -> Any: ...
    def set_params(self, **params) -> Self: ...

