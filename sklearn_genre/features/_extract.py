"""Features of many clips, written to a file as they are computed."""

import copy
import errno
import json
import os
import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np

from .. import __version__
from .._utils.collection import read_collection
from ..parameters import Integer
from ..rows import RowView
from ._cache import WITHOUT_EFFECT


def extract_features(
    transformer, X, path, *, batch_size=64, overwrite=False, verbose=0
):
    """Transform clips and write the features to a file, without holding them all.

    After an interruption of any kind, the same call continues where the last one
    stopped. Until all clips are done, the features are in ``<path>.part`` and the list
    of their clips in ``<path>.journal``; then the file gets its name.

    Parameters
    ----------
    transformer : transformer or Pipeline
        Fitted, or one that needs no fit. Each row of its output must depend on its
        own clip only, and all rows must have the same shape: audio transformers need
        a ``duration`` for clips of unequal length.
    X : path-like, Bunch, DataFrame or sequence of n clips
        A folder of audio files; what a ``load_...`` function returns; a DataFrame
        with a column "path"; or anything the transformer takes: paths, arrays, a
        RowView.
    path : path-like
        Path of the ``.npy`` file to write.
    batch_size : int, default=64
        Clips per call of ``transform``, >= 1; this many are in memory at a time.
    overwrite : bool, default=False
        Whether to replace an existing file, or an unfinished one of other clips or
        another transformer.
    verbose : int, default=0
        Show a progress bar if > 0.

    Returns
    -------
    features : RowView of shape (n, ...)
        View of the file. ``numpy.load(path, mmap_mode="r")`` opens it as well.

    Raises
    ------
    AudioError
        If a clip cannot be read. What has been written is kept: once the clip is
        repaired or left out of X, the same call continues from there.
    FileExistsError
        If the file exists and ``overwrite`` is False.
    OSError
        If the features do not fit onto the disk.
    ValueError
        If features differ in shape, if the file was begun with other clips or another
        transformer, or if an argument is not as described.

    See Also
    --------
    RowView : Lets estimators fit and predict without reading the whole file.

    Notes
    -----
    Clips that are files count as the same if name, size and time of change are the
    same; arrays if their content is. ``n_jobs``, ``verbose`` and ``cache`` of the
    transformer may differ between two calls; its other parameters and what it has
    learned may not.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_genre import MelSpectrogram, extract_features, make_genre_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     songs = make_genre_audio(2, duration=1.0, directory=f"{folder}/songs")
    ...     mel = MelSpectrogram(duration=1.0)
    ...     X = extract_features(mel, songs.paths, f"{folder}/mel.npy")
    ...     X.shape, X.dtype
    ((16, 128, 44), dtype('float32'))
    """
    Integer(low=1).check_value("batch_size", batch_size)
    X = read_collection(X, name="X").clips()
    X = X.to_numpy() if hasattr(X, "to_numpy") else X
    file = _Unfinished(path, len(X), _transformer_line(transformer))
    start = file.begin(X, overwrite)
    bar = _progress(len(X), start, verbose)
    for i in range(start, len(X), batch_size):
        clips = X[i : i + batch_size]
        clips = np.asarray(clips) if isinstance(clips, RowView) else clips
        file.append(transformer.transform(clips), clips)
        bar.update(len(clips))
    bar.close()
    return RowView(np.load(file.finish(), mmap_mode="r"))


class _Unfinished:
    """Features so far, and a journal with one line per row that names its clip.

    What a killed process leaves may end in the middle of a row or a line. Rows are
    written before their lines, so that the complete lines tell how many rows are good.
    """

    def __init__(self, path, n, identity):
        self.path = Path(path)
        if self.path.suffix != ".npy":
            raise ValueError(f"path must end in .npy, got {str(path)!r}.")
        self.part = self.path.with_name(self.path.name + ".part")
        self.journal = self.path.with_name(self.path.name + ".journal")
        self.n, self.identity = n, identity
        self.shape = self.dtype = None
        self.done = 0

    def begin(self, X, overwrite):
        """Return the number of clips whose features have already been written."""
        if not overwrite and self.path.exists():
            raise FileExistsError(
                f"{str(self.path)!r} exists; pass overwrite=True to replace it."
            )
        if not overwrite and self.journal.exists() and self.part.exists():
            self._resume(X)
        if not self.done:
            self.part.write_bytes(b"")
            self.journal.write_text(self.identity + "\n", encoding="utf-8")
        return self.done

    def _resume(self, X):
        """Find the rows that are complete, and cut off what follows."""
        identity, *lines = self.journal.read_text(encoding="utf-8").split("\n")
        if identity != self.identity:
            raise ValueError(
                f"{str(self.part)!r} was begun with another transformer, other "
                "parameters or another version; pass overwrite=True to begin again."
            )
        lines = lines[:-1]  # after the last line break: nothing, or a broken line
        if not lines:
            return
        for i, line in enumerate(lines):
            if i >= len(X) or _line(X[i]) != line:
                raise ValueError(
                    f"{str(self.part)!r} was begun with other clips: clip {i} was "
                    f"{line}. Give the same clips in the same order, or pass "
                    "overwrite=True to begin again."
                )
        with self.part.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, self.dtype = np.lib.format.read_array_header_1_0(file)
        self.shape, self.done = shape[1:], len(lines)
        self.journal.write_text("\n".join([identity, *lines, ""]), encoding="utf-8")
        with self.part.open("r+b") as file:
            # the number of clips may have changed; NumPy leaves room for it
            self._write_header(file)
            file.truncate(file.tell() + self.done * self._row_bytes())

    def append(self, rows, clips):
        """Write the features of the next clips, then their lines."""
        rows = self._check(rows, clips)
        if self.shape is None:
            self.shape, self.dtype = rows.shape[1:], rows.dtype
            self._check_space()
            with self.part.open("wb") as file:
                self._write_header(file)
        with self.part.open("ab") as file:
            file.write(rows.tobytes())
        with self.journal.open("a", encoding="utf-8") as file:
            file.writelines(_line(clip) + "\n" for clip in clips)
        self.done += len(rows)

    def finish(self):
        """Give the file its name, and return it."""
        with self.part.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(self.part, self.path)
        self.journal.unlink()
        return self.path

    def _check(self, rows, clips):
        """Return the rows as an array, of the shape and dtype of those before."""
        rows = getattr(rows, "to_numpy", lambda: rows)()
        if len(rows) != len(clips):
            raise ValueError(
                f"the transformer must give one row per clip, but gave {len(rows)} for "
                f"{len(clips)} clips."
            )
        expected = np.shape(rows[0]) if self.shape is None else self.shape
        for i, row in enumerate(rows):
            if np.shape(row) != expected:
                raise ValueError(
                    f"clip {self.done + i} ({_line(clips[i])}) has features of shape "
                    f"{np.shape(row)}, but those before it {expected}. Give the audio "
                    "transformer a duration, or end with FixedLength or "
                    "Slicer(n_slices=...)."
                )
        return np.ascontiguousarray(rows, dtype=self.dtype)

    def _check_space(self):
        """Raise an error if the disk is too small for all features."""
        needed = self.n * self._row_bytes()
        free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise OSError(
                errno.ENOSPC,
                f"features of {self.n} clips take {needed / 1e9:.1f} GB, but only "
                f"{free / 1e9:.1f} GB are free",
                str(self.path),
            )

    def _row_bytes(self):
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def _write_header(self, file):
        """Write the header of a .npy file of all clips."""
        header = np.lib.format.header_data_from_array_1_0(np.empty(0, self.dtype))
        header["shape"] = (self.n, *self.shape)
        np.lib.format.write_array_header_1_0(file, header)


def _line(clip):
    """Identify a clip in one line: name, size and time of a file, or its content."""
    if not isinstance(clip, str | os.PathLike):
        return joblib.hash(clip)
    name = os.fspath(clip)
    try:
        stat = os.stat(name)
    except OSError:
        return json.dumps([name, "missing"])
    return json.dumps([name, stat.st_size, stat.st_mtime_ns])


def _transformer_line(transformer):
    """Identify a transformer in one line by everything that its output depends on."""
    plain = copy.deepcopy(transformer)
    params = plain.get_params(deep=True)
    inert = [name for name in params if name.split("__")[-1] in WITHOUT_EFFECT]
    plain.set_params(**dict.fromkeys(inert))
    try:
        return f"sklearn_genre {__version__} {joblib.hash(plain)}"
    except pickle.PicklingError as error:
        raise TypeError(
            f"the transformer must be picklable, as a later call compares it: {error}"
        ) from error


def _progress(n, start, verbose):
    """Return a progress bar, which shows nothing unless verbose."""
    from tqdm import tqdm

    return tqdm(
        total=n,
        initial=start,
        desc="extract_features",
        unit="clip",
        disable=not verbose,
    )
