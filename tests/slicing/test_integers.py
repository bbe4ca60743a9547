"""Waveforms of integers in every form: scaled as the audio transformers scale them."""

import numpy as np
import pandas as pd
import pytest
import torch

from sklearn_genre import FixedLength, Slicer, Waveform

WAVES = np.random.default_rng(0).integers(-9000, 9000, (3, 400)).astype(np.int16)
FORMS = {
    "array": lambda x: x,
    "frame": pd.DataFrame,
    "frame of nullable integers": lambda x: pd.DataFrame(x).astype("Int16"),
    "tensor": torch.tensor,
    "list of tensors": lambda x: list(torch.tensor(x)),
    "list of arrays": list,
}
STEPS = [Slicer(slice_length=100), FixedLength(n_frames=300), Waveform()]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
@pytest.mark.parametrize("form", FORMS)
def test_waveforms_of_integers_are_scaled(form, step):
    scaled = step.fit_transform(np.float32(WAVES) / 2**15)
    result = step.fit_transform(FORMS[form](WAVES))
    np.testing.assert_allclose(result, scaled, rtol=1e-6)


@pytest.mark.parametrize("step", STEPS[:2], ids=lambda step: type(step).__name__)
@pytest.mark.parametrize("form", [pd.DataFrame, torch.tensor])
def test_floats_stay_as_they_are(form, step):
    floats = np.float32(WAVES)
    np.testing.assert_array_equal(
        step.fit_transform(form(floats)), step.fit_transform(floats)
    )


def test_names_of_a_table_of_integers_are_kept():
    table = pd.DataFrame(WAVES).add_prefix("s")
    assert Slicer(slice_length=100).fit(table).feature_names_in_[0] == "s0"


def test_spectrograms_of_integers_are_not_scaled():
    images = torch.tensor(WAVES).reshape(3, 4, 100)
    assert np.abs(FixedLength(n_frames=100).fit_transform(images)).max() > 1000
