"""Features of many clips, written to a file as they are computed."""

import contextlib
import copy
import functools
import os
import pickle
import uuid

import joblib
import numpy as np

from .. import __version__
from .._utils.arrays import dense
from .._utils.clips import clip_name
from .._utils.collection import read_collection
from .._utils.faults import Outcomes, portable_outcomes
from .._utils.nested import jobs_of
from .._utils.processes import n_processes, spread
from .._utils.text import listed
from ..audio import AudioError
from ..parameters import Integer
from ..rows import RowView
from ._batches import finite_row
from ._cache import WITHOUT_EFFECT
from ._unfinished import Unfinished

_TASKS = 4  # batches for each process, at least


def extract_features(
    transformer, X, path, *, batch_size=64, overwrite=False, verbose=0
):
    """Transform clips and write the features to a file, without holding them all.

    After an interruption of any kind, the same call continues where the last one
    stopped. A clip that cannot be used stops no others: the error comes at the end, and
    the next call computes only what is missing. Until all clips are done, the features
    are in ``<path>.part`` and the list of their clips in ``<path>.journal``; then the
    file gets its name.

    Under ``joblib.parallel_config`` with processes ("loky", "dask"), each of them takes
    some clips at a time through the whole transformer, and leaves their features in a
    folder beside the file, ``<path>.rows``, from where they are moved. Only processes
    on machines that do not see that folder send them. Their number is that of
    ``parallel_config`` or, if there is one, the first ``n_jobs`` in the transformer.

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
        Clips per call of ``transform``, >= 1; this many are in memory at a time, in
        each process. Where there are several processes it may be less.
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
    file = Unfinished(path, len(X), _transformer_line(transformer))
    with file.alone():
        file.begin(X, overwrite)
        errors = _compute(transformer, X, file, batch_size, verbose)
        if errors:
            raise _failure(errors, file)
        return RowView(np.load(file.finish(), mmap_mode="r"))


def _compute(transformer, X, file, batch_size, verbose):
    """Write the features that a file lacks, and return the errors by position."""
    run, errors = functools.partial(_transform, transformer), {}
    missing = file.missing()
    done = contextlib.closing(_computed(run, X, missing, file, batch_size))
    with _progress(len(X), len(X) - len(missing), verbose) as bar, done as batches:
        for clips, positions, rows in batches:
            bad = {k for k, row in enumerate(rows) if isinstance(row, AudioError)}
            errors |= {positions[k]: rows[k] for k in sorted(bad)}
            good = [k for k in range(len(clips)) if k not in bad]
            rows = [rows[k] for k in good] if bad else rows
            file.append(rows, [clips[k] for k in good], [positions[k] for k in good])
            bar.update(len(clips))
    return errors


def _computed(run, X, missing, file, batch_size):
    """Yield clips, their positions, and features or errors: some clips at a time."""
    n_jobs, outcomes = jobs_of(run.args[0]), Outcomes(run)
    n = n_processes(n_jobs)
    if n == 1:
        for clips, positions in _batches(X, missing, batch_size):
            rows = outcomes(clips, _names(clips, positions))
            _check_number(rows, clips)
            yield clips, positions, rows
        return
    # several batches for each, so that all have work to the end
    size = min(batch_size, max(len(missing) // (_TASKS * n), 1))
    with file.folder() as folder:
        work, tasks = functools.partial(_work, run, folder), _batches(X, missing, size)
        with contextlib.closing(spread(work, tasks, n_jobs)) as results:
            for (clips, positions), (found, path) in results:
                rows = _received(found, path)
                names = _names(clips, positions)
                yield clips, positions, outcomes.judged(rows, clips, names)


def _batches(X, positions, size):
    """Yield clips and their positions, some at a time."""
    for i in range(0, len(positions), size):
        some = positions[i : i + size]
        yield _take(X, some), some


def _names(clips, positions):
    """Return what errors call clips."""
    return list(map(clip_name, clips, positions))


def _work(run, folder, clips, positions):
    """Compute the features of clips in a worker, and leave them in a file of its own.

    Sending them would take longer. A worker that does not see the folder, on another
    machine, does send them, and so do clips whose features are not of one shape.

    Returns
    -------
    found : list of n None, features or Exceptions
        None for what is in the file.
    path : str or None
        Of the file.
    """
    found = portable_outcomes(run, clips)
    _check_number(found, clips)
    bad = [isinstance(row, Exception) for row in found]
    rows = [row for row in found if not isinstance(row, Exception)]
    if len({np.shape(row) for row in rows}) != 1:
        return found, None
    path = os.path.join(folder, f"{uuid.uuid4().hex}.npy")
    try:
        np.save(path, dense(rows if any(bad) else found), allow_pickle=False)
    except OSError:
        return found, None
    return [x if is_bad else None for x, is_bad in zip(found, bad, strict=True)], path


def _received(found, path):
    """Return what a worker found, with the features that it left in a file."""
    if path is None:
        return found
    rows = np.load(path, mmap_mode="r")
    with contextlib.suppress(OSError):  # on Windows it stays until all is done
        os.unlink(path)
    if len(rows) == len(found):
        return rows
    left = iter(rows)
    return [next(left) if row is None else row for row in found]


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
