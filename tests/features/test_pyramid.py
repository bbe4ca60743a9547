"""Levels of the pyramid: known sizes and sums, and nothing is lost between them."""

import numpy as np
import pytest
from scipy.signal import convolve

from sklearn_genre import PyramidLevel


def level(X, number, detail=False):
    return PyramidLevel(level=number, detail=detail).fit_transform(X)


def test_level_zero_is_the_clip(rng):
    X = rng.normal(size=(2, 5, 37))
    np.testing.assert_array_equal(level(X, 0), X)


def test_a_level_is_smoothed_and_every_second_frame(rng):
    X = rng.normal(size=(2, 5, 40))
    binomial = np.array([1, 4, 6, 4, 1]) / 16
    smooth = convolve(X, binomial[None, None], mode="same")
    # the first and the last frames are of the edges
    np.testing.assert_allclose(level(X, 1)[..., 1:-1], smooth[..., 2:-2:2])
    np.testing.assert_allclose(level(X, 2), level(level(X, 1), 1))


@pytest.mark.parametrize("n_frames", [1, 2, 3, 37, 64])
@pytest.mark.parametrize("number", [0, 1, 3])
def test_details_and_the_next_level_hold_everything(rng, n_frames, number):
    """An alternation, which no slower level has, is all detail; a constant, none."""
    X = rng.normal(size=(1, 2, n_frames))
    fine, detail = level(X, number), level(X, number, detail=True)
    assert detail.shape == fine.shape
    assert fine.shape[-1] == -(-n_frames // 2**number)
    constant = np.full((1, 2, n_frames), -7.0)
    np.testing.assert_allclose(level(constant, number), -7.0)
    np.testing.assert_allclose(level(constant, number, detail=True), 0, atol=1e-12)


def test_slow_and_fast_changes_are_told_apart():
    frames = np.arange(256)
    slow = np.sin(2 * np.pi * frames / 128)[None, None]
    fast = np.where(frames % 2, 1.0, -1.0)[None, None]
    inner = np.s_[..., 4:-4]
    assert np.abs(level(slow, 0, detail=True)[inner]).max() < 0.01
    np.testing.assert_allclose(
        level(fast, 0, detail=True)[inner], fast[inner], atol=1e-12
    )


def test_forms_of_clips(rng):
    X = rng.normal(size=(3, 5, 40)).astype(np.float32)
    whole = level(X, 2)
    assert whole.dtype == np.float32
    unequal = level([X[0], X[1, :, :30]], 2)
    np.testing.assert_array_equal(unequal[0], whole[0])
    assert unequal[1].shape == (5, 8)
    sliced = level(X.reshape(1, 3, 5, 40), 2)
    np.testing.assert_array_equal(sliced[0], whole)
    np.testing.assert_allclose(level(X[:, :, 0], 2), X[:, :, 0], rtol=1e-6)


def test_details_beyond_the_largest_number_are_refused():
    X = np.where(np.arange(6) % 2, 3.4e38, -3.4e38).astype(np.float32)[None, None]
    with pytest.raises(ValueError, match="too large to compute with"):
        level(X, 0, detail=True)
