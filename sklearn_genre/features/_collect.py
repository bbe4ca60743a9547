"""Features of clips, computed by threads and put where they belong."""

import collections
import operator
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np

from .._utils.arrays import stack


class Collected:
    """Rows by position: one array, or an object array if their shapes differ.

    Each thread puts its rows where they stay, so that none waits for another to copy.

    Parameters
    ----------
    n : int
        Number of rows.
    check : callable
        Takes a row and its position, and the row that came first and its position;
        raises if they do not go together.
    done : callable
        Called after each row.
    """

    def __init__(self, n, check, done):
        self._n, self._check, self._done = n, check, done
        self._lock = threading.Lock()
        self._out, self._first, self._others = None, None, {}

    def put(self, position, row):
        """Put in a row; many threads may do so at the same time."""
        with self._lock:
            if self._out is None:
                self._begin(position, row)
            self._done()
        self._check(row, position, *self._first)
        if row.shape == self._out.shape[1:]:
            self._out[position] = row
        else:
            # rows from the cache are read-only maps of its files
            self._others[position] = row if row.flags.writeable else row.copy()

    def _begin(self, position, row):
        """Take memory for rows like the first one."""
        self._first = row, position
        if self._n == 1 and row.flags.writeable:
            self._out = row[None]  # a long song is not held twice
        else:
            self._out = np.empty((self._n, *row.shape), dtype=row.dtype)

    def rows(self):
        """Return all rows."""
        if not self._others:
            return self._out
        return stack([self._others.get(i, row) for i, row in enumerate(self._out)])


def in_threads(job, clips, put, n_threads):
    """Do a job for each clip, in threads that take the next one when they are done.

    After an error no other clip is begun. Of several, that of the first clip is raised.

    Parameters
    ----------
    job : callable
        Takes a clip and its position.
    clips : sequence
    put : callable
        Takes a position and what the job returned.
    n_threads : int
    """
    positions, errors = iter(range(len(clips))), []

    def work():
        for position in positions:
            try:
                put(position, job(clips[position], position))
            except BaseException as error:
                errors.append((position, error))
                stop()

    def stop():
        collections.deque(positions, maxlen=0)

    if n_threads == 1:
        work()
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            try:
                wait([pool.submit(work) for _ in range(n_threads)])
            finally:
                stop()
    if errors:
        raise min(errors, key=operator.itemgetter(0))[1]
