# Written by tools/make_stubs.py from the declared parameters; do not edit.
from collections.abc import Sequence
from typing import Any, Literal, Self
from sklearn.base import BaseEstimator

import numpy as np

class GaussianMixtureClassifier(BaseEstimator):
    def __init__(
        self,
        *,
        n_components: int = ...,
        covariance_type: Literal['full', 'tied', 'diag', 'spherical'] = ...,
        priors: Sequence[float] | None = ...,
        tol: float = ...,
        reg_covar: float = ...,
        max_iter: int = ...,
        n_init: int = ...,
        init_params: Literal['kmeans', 'k-means++', 'random', 'random_from_data'] = ...,
        random_state: int | np.random.RandomState | None = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y) -> Self: ...
    def predict(self, X) -> Any: ...
    def predict_joint_log_proba(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...

