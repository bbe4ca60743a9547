"""Objects saved before a parameter was added."""

import pickle

import pytest

from sklearn_genre import (
    CNNClassifier,
    FeatureCache,
    MelSpectrogram,
    OpenSetClassifier,
    ShrinkageDiscriminantAnalysis,
)


@pytest.mark.parametrize(
    ("saved", "name", "default"),
    [
        (CNNClassifier(), "dropout", CNNClassifier().dropout),
        (MelSpectrogram(), "top_db", MelSpectrogram().top_db),
        (OpenSetClassifier(ShrinkageDiscriminantAnalysis()), "rejection_rate", 0.05),
        (FeatureCache("kept"), "max_bytes", FeatureCache("kept").max_bytes),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_parameter_that_is_not_saved_has_its_default(saved, name, default):
    del vars(saved)[name]
    assert getattr(pickle.loads(pickle.dumps(saved)), name) == default
