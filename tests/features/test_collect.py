"""Rows that threads put where they belong."""

import threading
import time

import numpy as np
import pytest

from sklearn_genre.features._collect import Collected, in_threads


def unchecked(*_):
    pass


def collected(shapes, n_threads, done=unchecked, check=unchecked):
    """The rows of a job that fills each shape with its position."""

    def job(shape, position):
        time.sleep(0.001 * (len(shapes) - position))  # the last are done first
        return np.full(shape, position, dtype=np.float32)

    found = Collected(len(shapes), check, done)
    in_threads(job, shapes, found.put, n_threads)
    return found.rows()


@pytest.mark.parametrize("n_threads", [1, 3, 20])
def test_rows_are_in_order(n_threads):
    count = []
    rows = collected([(2, 3)] * 12, n_threads, lambda: count.append(1))
    assert rows.shape == (12, 2, 3)
    np.testing.assert_array_equal(rows[:, 0, 0], np.arange(12))
    assert len(count) == 12


@pytest.mark.parametrize("n_threads", [1, 3])
def test_rows_of_unequal_shape(n_threads):
    shapes = [(2, 1 + i % 3) for i in range(9)]
    rows = collected(shapes, n_threads)
    assert rows.dtype == object
    assert [row.shape for row in rows] == shapes
    assert [row[0, 0] for row in rows] == list(range(9))


def test_a_single_row_is_not_copied_unless_it_is_read_only():
    row = np.ones((2, 3), dtype=np.float32)
    for writeable in (True, False):
        row.flags.writeable = writeable
        found = Collected(1, unchecked, unchecked)
        found.put(0, row)
        assert np.shares_memory(found.rows(), row) == writeable
        assert found.rows().flags.writeable


def test_rows_are_compared_with_the_first():
    compared = []
    collected([(2,), (2,), (3,)], 1, check=lambda *args: compared.append(args))
    assert [(len(row), i, len(first), k) for row, i, first, k in compared] == [
        (2, 0, 2, 0),
        (2, 1, 2, 0),
        (3, 2, 2, 0),
    ]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_error_of_the_first_clip_is_raised_and_no_other_begun(n_threads):
    begun, together = [], threading.Barrier(n_threads)

    def job(clip, position):
        begun.append(position)
        together.wait(30)
        time.sleep(0.01 * (n_threads - position))  # the first fails last
        raise ValueError(f"clip {position}")

    with pytest.raises(ValueError, match="clip 0"):
        in_threads(job, range(50), unchecked, n_threads)
    assert sorted(begun) == list(range(n_threads))


def test_fewer_clips_than_threads():
    assert collected([(2,)], 8).shape == (1, 2)
