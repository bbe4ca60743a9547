"""Arrays larger than memory: rows that are read when they are needed."""

import mmap
import os

import numpy as np

__all__ = ["RowView"]

# bytes that a reader of all rows holds at a time: reading them takes much longer than a
# seek, and they are small compared with a batch of training
_BLOCK = 2**24


class RowView:
    """Rows of an array by index, read when they are needed and never all at once.

    Indexing a :class:`numpy.memmap` by an array of rows reads them into memory, which
    is what scikit-learn does with the training rows of every fold. Indexing a RowView
    gives another RowView. So ``cross_val_score``, ``GridSearchCV``,
    ``train_test_split`` and a Pipeline work on features that stay on the disk.

    Networks read batches of it, :class:`BandScaler` learns from it block by block,
    and transformers of frame arrays (:class:`Slicer`, :class:`BandScaler`,
    :class:`FixedLength`, :class:`Resize`, :class:`FrameSubsampler`) turn it into
    another RowView, whose rows they compute when they are read. Everything else takes
    it as an array and reads it as a whole: ``numpy.asarray(view)`` does.

    Parameters
    ----------
    array : numpy.memmap, ndarray or RowView of shape (n, ...)
        Array of any numeric dtype; ``numpy.load(path, mmap_mode="r")`` opens a file.
    rows : array-like of int or bool or None, default=None
        Which rows, in which order. None takes all.

    Attributes
    ----------
    rows : ndarray of shape (n_rows,) of int
        Where each row is in the array.
    shape : tuple of int
    dtype : numpy.dtype
    ndim : int
    nbytes : int
        Memory that all rows would take.

    See Also
    --------
    extract_features : Features of many files, written to the disk.

    Notes
    -----
    ``view[rows]`` and ``view[a:b]`` are views, ``view[i]`` is a row, and
    ``view[rows, parts]`` reads those parts into an ndarray.

    Values are checked when they are read: a row that is not finite raises an error
    that names the row and the file, in ``fit`` before anything is learned.

    Training shuffles a view of more than 256 MB so that each part of the file is read
    once per epoch, in long runs: blocks of 4 MB of neighboring clips in random order,
    then slices at random within 64 such blocks, which the operating system is told to
    read ahead. ``net_params={"iterator_train__shuffle_buffer": bytes}`` sets another
    size; a smaller view is shuffled like an array in memory, with the same result.

    A pickled view of a file holds its name, not its content, so that workers of
    ``n_jobs`` read the file themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import RowView
    >>> X = RowView(np.arange(12.0).reshape(6, 2))
    >>> X[[0, 2, 4]]
    <RowView of 3 rows of shape (2,), float64>
    >>> np.asarray(X[[0, 2, 4]][1:])
    array([[4., 5.],
           [8., 9.]])
    """

    def __init__(self, array, rows=None):
        if isinstance(array, RowView):
            array, inner = array._array, array.rows
        else:
            is_array = hasattr(array, "dtype") and getattr(array, "ndim", 0) >= 1
            # a Series looks rows up by its index
            if not is_array or hasattr(array, "iloc"):
                raise TypeError(
                    "RowView needs an array of at least one dimension, such as "
                    f"numpy.load(path, mmap_mode='r'), got {type(array).__name__}."
                )
            inner = np.arange(array.shape[0])
        self._array = array
        self.rows = inner if rows is None else inner[_as_index(rows)]

    @property
    def shape(self):
        """Number of rows, and the shape of one."""
        return (len(self.rows), *self._array.shape[1:])

    @property
    def dtype(self):
        """Type of the values that are read."""
        return self._array.dtype

    @property
    def ndim(self):
        """Number of dimensions."""
        return len(self._array.shape)

    @property
    def nbytes(self):
        """Memory that all rows would take, in bytes."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        first, *rest = key if isinstance(key, tuple) else (key,)
        index = first if isinstance(first, slice) else _as_index(first)
        chosen = self.rows[index]
        rest = [] if len(rest) == 1 and rest[0] is Ellipsis else rest
        if np.ndim(chosen) == 0:
            return self._read(np.array([chosen]))[(0, *rest)]
        if not rest:
            return _view(self._array, chosen)
        if isinstance(first, slice):
            return self._read(chosen)[(slice(None), *rest)]
        return np.asarray(self._array[(chosen, *rest)])

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("a RowView is read from its array, which is a copy.")
        values = self._read(self.rows)
        return values if dtype is None else values.astype(dtype, copy=False)

    def __repr__(self):
        place = _file_name(self._array)
        return (
            f"<RowView of {len(self)} rows of shape {self.shape[1:]}, {self.dtype}"
            + (f", in {place}>" if place else ">")
        )

    def map(self, function):
        """Return a view whose rows are passed through a function when they are read.

        Parameters
        ----------
        function : callable
            Takes an array of some rows, (k, ...), and returns an array of as many
            rows, each computed from its own row only. To reach the workers of
            ``n_jobs`` it must be picklable.

        Returns
        -------
        view : RowView

        Raises
        ------
        ValueError
            If there are no rows, or the function does not keep their number.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_genre import RowView
        >>> X = RowView(np.array([[0, 255], [51, 102]], dtype=np.uint8))
        >>> decibels = X.map(lambda x: x.astype(np.float32) / 255 * 80 - 80)
        >>> np.asarray(decibels)
        array([[-80.,   0.],
               [-64., -48.]], dtype=float32)
        """
        mapped = _Mapped(self._array, function, self.rows[:1])
        return _view(mapped, self.rows)

    def flatten(self):
        """Return a view in which each entry of axis 1 is a row of its own.

        Returns
        -------
        view : RowView of shape (n * k, ...)
            For a view of shape (n, k, ...).

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_genre import RowView
        >>> RowView(np.zeros((4, 3, 96, 128))).flatten().shape
        (12, 96, 128)
        """
        k = self.shape[1]
        rows = self.rows[:, None] * k + np.arange(k)
        return _view(_Flattened(self._array), rows.ravel())

    def blocks(self):
        """Read all rows, about 16 MB at a time.

        Yields
        ------
        block : ndarray of shape (k, ...)
        """
        n = max(1, _BLOCK // max(1, self[:1].nbytes))
        for start in range(0, len(self), n):
            yield self._read(self.rows[start : start + n])

    def prefetch(self):
        """Ask the operating system to read these rows from the disk, without waiting.

        Rows that are read soon afterwards, in random order, are then read several times
        as fast, and what lies between them is not read. If there is no file behind the
        view, or the system accepts no such advice, nothing happens.

        Returns
        -------
        None
        """
        array, rows = self._array, self.rows
        while isinstance(array, _Mapped | _Flattened):
            rows = rows // array.k if isinstance(array, _Flattened) else rows
            array = array.array
        root = _root(array)
        if root is None or not array.flags.c_contiguous or not len(rows):
            return
        if hasattr(mmap, "MADV_WILLNEED"):
            rows = np.unique(rows)
            for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
                _will_need(root, array, run[0], run[-1] + 1)

    def _read(self, rows):
        """Read rows of the array into memory."""
        return np.asarray(self._array[rows])

    def __getstate__(self):
        return {"rows": self.rows, "_array": _to_state(self._array)}

    def __setstate__(self, state):
        self.rows, self._array = state["rows"], _from_state(state["_array"])


def _view(array, rows):
    """Make a RowView of rows that are known to be valid."""
    view = RowView.__new__(RowView)
    view._array, view.rows = array, rows
    return view


class _Mapped:
    """Array whose rows are passed through a function when they are read."""

    def __init__(self, array, function, example):
        self.array, self.function = array, function
        if not len(example):
            raise ValueError("Found a RowView with 0 rows; at least 1 is required.")
        row = self._apply(example)
        self.shape, self.dtype = (array.shape[0], *row.shape[1:]), row.dtype

    @property
    def ndim(self):
        return len(self.shape)

    def __getitem__(self, key):
        rows, *rest = key if isinstance(key, tuple) else (key,)
        # the slices of a clip in a batch are cut after reading the clip once
        unique, place = np.unique(rows, return_inverse=True)
        return self._apply(unique)[(place, *rest)]

    def _apply(self, rows):
        values = np.asarray(self.array[rows])
        try:
            out = np.asarray(self.function(values))
        except ValueError as error:
            for row in rows if len(rows) > 1 else ():
                self._apply(np.array([row]))  # raises at the faulty row
            where = _file_name(self.array) or "the array"
            raise ValueError(f"row {rows[0]} of {where}: {error}") from error
        if out.shape[:1] != values.shape[:1]:
            raise ValueError(
                f"RowView.map needs a function that keeps the number of rows; it made "
                f"shape {out.shape} of {values.shape}."
            )
        return out

    def __getstate__(self):
        return dict(self.__dict__, array=_to_state(self.array))

    def __setstate__(self, state):
        self.__dict__.update(state, array=_from_state(state["array"]))


class _Flattened:
    """Array of shape (n, k, ...) read as (n * k, ...)."""

    def __init__(self, array):
        self.array, self.dtype = array, array.dtype
        n, self.k, *rest = array.shape
        self.shape, self.ndim = (n * self.k, *rest), 1 + len(rest)

    def __getitem__(self, key):
        rows, *rest = key if isinstance(key, tuple) else (key,)
        return self.array[(rows // self.k, rows % self.k, *rest)]

    def __getstate__(self):
        return dict(self.__dict__, array=_to_state(self.array))

    def __setstate__(self, state):
        self.__dict__.update(state, array=_from_state(state["array"]))


def _as_index(key):
    """Return row numbers, or a mask of rows, as an array."""
    key = np.asarray(key)
    if key.dtype.kind not in "iub" and key.size:
        raise IndexError(f"rows must be integers or booleans, got {key.dtype}.")
    return key if key.size or key.dtype == bool else key.astype(int)


def _root(array):
    """Return the memory map whose memory an array shows, or None."""
    while isinstance(array, np.ndarray):
        if isinstance(array.base, mmap.mmap):
            return array if isinstance(array, np.memmap) else None
        array = array.base
    return None


def _will_need(root, array, first, last):
    """Tell the operating system that rows of an array in a memory map come next."""
    # a map begins on a multiple of the granularity
    begin = root.ctypes.data - root.offset % mmap.ALLOCATIONGRANULARITY
    start = array.ctypes.data - begin + int(first) * array.strides[0]
    stop = array.ctypes.data - begin + int(last) * array.strides[0]
    start -= start % mmap.PAGESIZE
    root.base.madvise(mmap.MADV_WILLNEED, start, stop - start)


def _file_name(array):
    """Return the name of the file behind an array, or None."""
    while isinstance(array, _Mapped | _Flattened):
        array = array.array
    return getattr(_root(array), "filename", None)


def _to_state(array):
    """Return what to pickle for an array: its place in its file, if it is in one."""
    root = _root(array)
    name = getattr(root, "filename", None)
    if name is None or not array.flags.c_contiguous:
        return array
    start = array.ctypes.data - root.ctypes.data + root.offset
    stat = os.stat(name)
    # the time of change, by which a cache notices that the file was rewritten
    return _InFile(
        str(name), array.dtype, array.shape, start, (stat.st_size, stat.st_mtime_ns)
    )


def _from_state(state):
    """Return the array of a state that `_to_state` made."""
    return state.open() if isinstance(state, _InFile) else state


class _InFile:
    """Place of an array in a file."""

    def __init__(self, *place):
        self.place = place

    def open(self):
        name, dtype, shape, start, written = self.place
        if not os.path.exists(name):
            raise FileNotFoundError(
                f"the features {name!r} of a RowView are not there; a pickled view "
                "holds only the name of its file."
            )
        stat = os.stat(name)
        if (stat.st_size, stat.st_mtime_ns) != written:
            raise ValueError(
                f"the features {name!r} have changed since the RowView was pickled."
            )
        return np.memmap(name, dtype, mode="r", offset=start, shape=shape)
