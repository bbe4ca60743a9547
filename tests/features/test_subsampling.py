"""FrameSubsampler: which frames are picked."""

import numpy as np
import pytest

from sklearn_genre import FrameSubsampler


def numbered(n):
    """One clip of two bands whose values are the frame numbers."""
    return np.tile(np.arange(float(n)), (1, 2, 1))


@pytest.mark.parametrize("n", [1, 5, 127, 128, 1293])
def test_formula(n):
    sampler = FrameSubsampler(n_frames=7, offset=1.3, span=8.5)
    expected = [min(round(n * (c + 1.3) / 8.5), n - 1) for c in range(7)]
    picked = sampler.fit_transform(numbered(n))
    np.testing.assert_array_equal(picked[0], [expected, expected])


def test_default_is_even_and_inside():
    picked = FrameSubsampler(n_frames=4).fit_transform(numbered(400))[0, 0]
    np.testing.assert_array_equal(picked, [50, 150, 250, 350])


def test_ragged_clips_become_dense():
    clips = [numbered(n)[0].astype(np.float32) for n in (10, 300)]
    picked = FrameSubsampler(n_frames=5).fit_transform(clips)
    assert picked.shape == (2, 2, 5)
    assert picked.dtype == np.float32


def test_slices_keep_their_axis():
    X = np.zeros((3, 4, 2, 50))
    assert FrameSubsampler(n_frames=6).fit_transform(X).shape == (3, 4, 2, 6)


@pytest.mark.parametrize(("name", "value"), [("n_frames", 0), ("span", 0.0)])
def test_bad_parameters_are_named(name, value):
    with pytest.raises(ValueError, match=name):
        FrameSubsampler(**{name: value}).fit(numbered(4))
