# Written by tools/make_stubs.py from the declared parameters; do not edit.
from typing import Any, Literal, Self
from sklearn.base import BaseEstimator

import numpy as np

class Comparison:
    def __init__(
        self,
        names,
        scores,
        differences,
        intervals,
        unit,
        only_first,
        only_second,
        p_values,
        t,
        df,
        test,
        why,
        confidence,
    ) -> None: ...
    @property
    def p_value(self) -> Any: ...
    def to_frame(self) -> Any: ...

FIVE_GENRES: Any
class GenreReport:
    def __init__(
        self,
        *,
        plan,
        answers,
        leakage,
        n_bootstrap,
        confidence,
        random_state,
    ) -> None: ...
    def compare_published(self, *, dataset=...) -> Any: ...
    def most_confused(self, n=...) -> Any: ...
    def summary(self) -> Any: ...
    def to_frame(self, what=...) -> Any: ...
    def unit_counts(self) -> Any: ...

class GuardedCV:
    def __init__(
        self,
        cv=...,
        *,
        groups=...,
        songs=...,
        duplicates=...,
        on_leak=...,
    ) -> None: ...
    def get_n_splits(self, X=..., y=..., groups=..., songs=..., duplicates=...) -> Any: ...
    def split(self, X, y=..., groups=..., songs=..., duplicates=...) -> Any: ...

class Leak:
    def __init__(self, fold, relation, label, train, test) -> None: ...

class LeakEffect:
    def __init__(self, metric, difference, interval, paired, unit, titles) -> None: ...

class LeakageError(ValueError):
    def __init__(self, report) -> None: ...

class LeakageReport:
    def __init__(self, folds, relations, names) -> None: ...
    def summary(self) -> Any: ...
    def to_frame(self) -> Any: ...

class LeakageWarning(UserWarning):
    def __init__(self, *args, **kwargs) -> None: ...

class MultilabelAccuracyWarning(UserWarning):
    def __init__(self, *args, **kwargs) -> None: ...

class MultilabelStratifiedGroupKFold:
    def __init__(self, n_splits=..., *, shuffle=..., random_state=...) -> None: ...
    def get_n_splits(self, X=..., y=..., groups=...) -> Any: ...
    def split(self, X, y, groups=...) -> Any: ...

class OpenSetClassifier(BaseEstimator):
    def __init__(
        self,
        estimator: Any,
        *,
        detector: Any | None = ...,
        rejection_rate: float | None = ...,
        unknown: str | int | None = ...,
        cv: int | Any = ...,
        n_jobs: int | None = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def fit(self, X, y, groups=..., **fit_params) -> Self: ...
    def get_metadata_routing(self) -> Any: ...
    def predict(self, X) -> Any: ...
    def predict_log_proba(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...
    def score_samples(self, X) -> Any: ...

class PublishedFigure:
    def __init__(
        self,
        dataset,
        metric,
        value,
        spread,
        system,
        protocol,
        details,
        source,
        mark,
    ) -> None: ...

class TagReport:
    def __init__(
        self,
        y_true,
        y_score,
        *,
        tags=...,
        categories=...,
        thresholds=...,
    ) -> None: ...
    def to_frame(self, what=...) -> Any: ...

class TagThresholdClassifier(BaseEstimator):
    def __init__(
        self,
        estimator: Any,
        *,
        scoring: Literal['f1', 'balanced_accuracy'] | Any = ...,
        cv: int | float | Any | Literal['prefit'] = ...,
        refit: bool = ...,
        n_jobs: int | None = ...,
        random_state: int | np.random.RandomState | None = ...,
    ) -> None: ...
    def check_params(self) -> Any: ...
    def decision_function(self, X) -> Any: ...
    def fit(self, X, y, groups=..., **fit_params) -> Self: ...
    def get_metadata_routing(self) -> Any: ...
    def predict(self, X) -> Any: ...
    def predict_proba(self, X) -> Any: ...

def check_leakage(
        cv,
        X,
        y=...,
        *,
        groups=...,
        songs=...,
        duplicates=...,
        on_leak=...,
    ) -> Any: ...
def compare(report_a, report_b, *, names=..., random_state=...) -> Any: ...
def evaluate(
        estimator,
        data,
        y=...,
        *,
        protocol=...,
        groups=...,
        songs=...,
        duplicates=...,
        split=...,
        n_splits=...,
        n_repeats=...,
        train_on=...,
        param_grid=...,
        inner_splits=...,
        scoring=...,
        fit_params=...,
        on_leak=...,
        n_bootstrap=...,
        confidence=...,
        random_state=...,
        n_jobs=...,
    ) -> Any: ...
def leak_effect(leaking, honest, *, metric=..., random_state=...) -> Any: ...
def merge_groups(*, songs=..., groups=..., duplicates=..., X=...) -> Any: ...
def published_figures(*, dataset=..., protocol=..., metric=...) -> Any: ...
def tag_accuracy(y_true, y_pred) -> Any: ...
def tag_average_precision(y_true, y_score, *, average=..., sample_weight=...) -> Any: ...
def tag_f1(y_true, y_pred, *, average=..., sample_weight=...) -> Any: ...
def tag_roc_auc(y_true, y_score, *, average=..., sample_weight=...) -> Any: ...
def tag_scorers() -> Any: ...
