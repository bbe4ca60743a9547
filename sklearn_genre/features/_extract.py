"""Features of many clips, written to a file as they are computed."""

import contextlib
import copy
import errno
import functools
import json
import os
import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np

from .. import __version__
from .._utils.archive import npy_header
from .._utils.arrays import dense
from .._utils.clips import clip_name, is_path, open_clip
from .._utils.collection import read_collection
from .._utils.faults import Outcomes
from .._utils.locks import locked
from .._utils.text import listed
from ..audio import AudioError
from ..parameters import Integer
from ..rows import RowView
from ._batches import finite_row
from ._cache import WITHOUT_EFFECT

_BLOCK = 2**24  # bytes that are in memory while rows are sorted


def extract_features(
    transformer, X, path, *, batch_size=64, overwrite=False, verbose=0
):
    """Transform clips and write the features to a file, without holding them all.

    After an interruption of any kind, the same call continues where the last one
    stopped. A clip that cannot be used stops no others: the error comes at the end, and
    the next call computes only what is missing. Until all clips are done, the features
    are in ``<path>.part`` and the list of their clips in ``<path>.journal``; then the
    file gets its name.

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
        If clips cannot be used, or their features are not finite, after all others
        have been computed. Its ``errors`` is a dict of the error of each, by its
        position in X. Once these clips are repaired or left out of X, the same call
        computes what is missing.
    BlockingIOError
        If another process is writing the same file, where the system has locks.
    FileExistsError
        If the file exists and ``overwrite`` is False.
    OSError
        If the features do not fit onto the disk.
    ValueError
        If features differ in shape, if the file was begun with other clips or another
        transformer, or if an argument is not as described.
    Exception
        What the transformer raises for every clip; a note names the first.

    See Also
    --------
    RowView : Lets estimators fit and predict without reading the whole file.

    Notes
    -----
    Clips that are files count as the same if name, size and time of change are the
    same; arrays if their content is. ``n_jobs``, ``verbose`` and ``cache`` of the
    transformer may differ between two calls; its other parameters and what it has
    learned may not.

    The file holds values in the order of X, without names and index: the names of bands
    or columns are ``transformer.get_feature_names_out()``.

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
    with file.alone():
        file.begin(X, overwrite)
        errors = _compute(transformer, X, file, batch_size, verbose)
        if errors:
            raise _failure(errors, file)
        return RowView(np.load(file.finish(), mmap_mode="r"))


def _compute(transformer, X, file, batch_size, verbose):
    """Write the features that a file lacks, and return the errors by position."""
    run, errors = Outcomes(functools.partial(_transform, transformer)), {}
    missing = file.missing()
    with _progress(len(X), len(X) - len(missing), verbose) as bar:
        for i in range(0, len(missing), batch_size):
            positions = missing[i : i + batch_size]
            clips = _take(X, positions)
            rows = run(clips, list(map(clip_name, clips, positions)))
            _check_number(rows, clips)
            bad = {k for k, row in enumerate(rows) if isinstance(row, AudioError)}
            errors |= {positions[k]: rows[k] for k in sorted(bad)}
            good = [k for k in range(len(clips)) if k not in bad]
            rows = [rows[k] for k in good] if bad else rows
            file.append(rows, [clips[k] for k in good], [positions[k] for k in good])
            bar.update(len(clips))
    return errors


def _transform(transformer, clips):
    """Return the features of clips, a table as an array; refuse what is not finite."""
    rows = transformer.transform(clips)
    rows = rows.to_numpy() if hasattr(rows, "to_numpy") else rows
    for i, (row, clip) in enumerate(zip(rows, clips, strict=False)):
        finite_row(row, clip_name(clip, i))
    return rows


def _take(X, positions):
    """Return some of the clips."""
    if isinstance(X, np.ndarray | RowView):
        return np.asarray(X[positions])
    return [X[i] for i in positions]


def _check_number(rows, clips):
    """Raise if a transformer does not give one row per clip."""
    if len(rows) != len(clips):
        raise ValueError(
            f"the transformer must give one row per clip, but gave {len(rows)} for "
            f"{len(clips)} clips."
        )


def _failure(errors, file):
    """Return the error about the clips that cannot be used."""
    name, cause = f"{len(errors)} of {file.n} clips", "they cannot be used: "
    cause += listed((f"{e.source} ({e.cause})" for e in errors.values()), 10)
    if len(errors) == 1:
        (error,) = errors.values()
        name, cause = error.source, error.cause
    failure = AudioError(
        name,
        cause,
        "Repair such clips or leave them out of X, and make the same call again: the "
        f"features of the others are kept in {str(file.part)!r}.",
    )
    failure.errors = errors
    return failure


class _Unfinished:
    """Features so far, and a journal with one line per row that names its clip.

    Rows are in the order in which they were computed, and on the disk before their
    lines are written. What a killed process or a power cut leaves may end in the middle
    of a row or a line: as many rows are good as there are whole rows and lines.
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
        # the row of each clip, -1 where there is none yet
        self.rows = np.full(n, -1)

    @contextlib.contextmanager
    def alone(self):
        """Keep other processes from writing the same file meanwhile."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.journal, wait=False))
            except BlockingIOError:
                raise BlockingIOError(
                    errno.EAGAIN, "another process is writing it", str(self.path)
                ) from None
            try:
                yield
            finally:
                with contextlib.suppress(OSError):  # nothing was begun
                    if self.journal.stat().st_size == 0:
                        self.journal.unlink()

    def begin(self, X, overwrite):
        """Find out which clips have features, or begin a file without any."""
        if not overwrite and self.path.exists():
            raise FileExistsError(
                f"{str(self.path)!r} exists; pass overwrite=True to replace it."
            )
        if not overwrite and self.journal.exists() and self.part.exists():
            self._resume(X)
        if not self.done:
            # the lines first: old ones must not meet new rows
            _write_through(self.journal, "wb", f"{self.identity}\n".encode())
            _write_through(self.part, "wb", b"")

    def missing(self):
        """Return the positions of the clips that have no features yet."""
        return np.flatnonzero(self.rows < 0).tolist()

    def _resume(self, X):
        """Find the rows that are complete, and cut off what follows."""
        journal = self.journal.read_bytes().decode("utf-8", "replace")
        identity, *lines = journal.split("\n")
        if not lines:  # not even the first line is whole
            return
        if identity != self.identity:
            raise ValueError(
                f"{str(self.part)!r} was begun with another transformer, other "
                "parameters or another version; pass overwrite=True to begin again."
            )
        # after the last line break there is nothing, or a broken line
        lines = lines[: min(len(lines) - 1, self._whole_rows())]
        if not lines:
            self.shape = self.dtype = None
            return
        self._match(lines, X)
        self.done = len(lines)
        with self.journal.open("r+b") as file:
            file.truncate(len("\n".join([identity, *lines, ""]).encode()))
            # else a power cut could bring lines back that other rows follow
            os.fsync(file.fileno())
        with self.part.open("r+b") as file:
            # the number of clips may have changed; NumPy leaves room for it
            self._write_header(file)
            file.truncate(file.tell() + self.done * self._row_bytes())

    def _whole_rows(self):
        """Return the number of whole rows in the file, and find out what they are."""
        with self.part.open("rb") as file:
            try:
                shape, self.dtype = npy_header(file)
            except ValueError:  # nothing but the beginning of a header was written
                return 0
            start = file.tell()
            self.shape = shape[1:]
            return (file.seek(0, os.SEEK_END) - start) // max(self._row_bytes(), 1)

    def _match(self, lines, X):
        """Find the row of each clip by the lines of the journal."""
        unused = {}
        for row in reversed(range(len(lines))):
            unused.setdefault(lines[row], []).append(row)
        for i in range(len(X)):
            if not unused:
                return
            rows = unused.get(line := _line(X[i]))
            if rows:
                self.rows[i] = rows.pop()
            if rows == []:
                del unused[line]
        if unused:
            row = min(rows[-1] for rows in unused.values())
            raise ValueError(
                f"{str(self.part)!r} was begun with other clips: clip {row} was "
                f"{lines[row]}. Give the same clips, or pass overwrite=True to begin "
                "again."
            )

    def append(self, rows, clips, positions):
        """Write the features of the next clips, then their lines."""
        if not clips:
            return
        rows = self._check(rows, clips, positions)
        if self.shape is None:
            self.shape, self.dtype = rows.shape[1:], rows.dtype
            self._check_space()
            with self.part.open("wb") as file:
                self._write_header(file)
        _write_through(self.part, "ab", rows.tobytes())
        with self.journal.open("ab") as file:
            file.writelines(f"{_line(clip)}\n".encode() for clip in clips)
        self.rows[positions] = np.arange(self.done, self.done + len(rows))
        self.done += len(rows)

    def finish(self):
        """Give the file its name, with the rows in the order of the clips."""
        if (np.diff(self.rows) == 1).all():
            with self.part.open("r+b") as file:
                os.fsync(file.fileno())
            os.replace(self.part, self.path)
        else:
            self._write_sorted()
            self.part.unlink()
        self.journal.unlink()
        return self.path

    def _write_sorted(self):
        """Write the file anew, since clips were repaired after others were done."""
        unsorted = np.load(self.part, mmap_mode="r")
        temporary = self.path.with_name(self.path.name + ".sorted")
        step = max(1, _BLOCK // self._row_bytes())
        with temporary.open("wb") as file:
            self._write_header(file)
            for i in range(0, self.n, step):
                file.write(unsorted[self.rows[i : i + step]].tobytes())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)

    def _check(self, rows, clips, positions):
        """Return the rows as an array, of the shape and dtype of those before."""
        expected = np.shape(rows[0]) if self.shape is None else self.shape
        for row, clip, position in zip(rows, clips, positions, strict=True):
            if np.shape(row) != expected:
                raise ValueError(
                    f"clip {position} ({_line(clip)}) has features of shape "
                    f"{np.shape(row)}, but those before it {expected}. Give the audio "
                    "transformer a duration, or end with FixedLength or "
                    "Slicer(n_slices=...)."
                )
        return np.ascontiguousarray(dense(rows), dtype=self.dtype)

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


def _write_through(path, mode, content):
    """Write bytes to a file; they are on the disk when this returns."""
    with path.open(mode) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _line(clip):
    """Identify a clip in one line: name, size and time of a file, or its content."""
    # a dictionary may name a file, and a decoder has no content before it is asked
    with contextlib.suppress(AudioError):  # it is no audio
        clip = open_clip(clip, 0, None)
    if not is_path(clip):
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
