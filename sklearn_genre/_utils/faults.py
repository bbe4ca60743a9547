"""Failures of single clips, which stop no others, told from those of a whole run."""

import contextlib
import os
import tempfile
from functools import partial

import numpy as np

from ..audio import AudioError
from .clips import clip_name, is_path
from .processes import n_processes, portable, spread

# seconds and Hz of the noise by which a model is tried; a recipe needs up to 30 s
_TRIAL_LENGTH, _TRIAL_RATE = 30, 22050


def as_audio_error(error, name):
    """Return any failure of one clip as an AudioError of this name."""
    if isinstance(error, AudioError):
        return AudioError(name, error.cause, error.remedy)
    if isinstance(error, MemoryError):
        cause, remedy = "there is too little memory for it", "Use a shorter part of it."
    else:
        # of several lines the first says what is wrong
        reason = (str(error).splitlines() or [""])[0].rstrip(".")
        cause = f"it cannot be used ({type(error).__name__}: {reason})"
        remedy = "Replace it, or leave it out."
    return AudioError(name, cause, remedy)


def reason(error):
    """Return why a clip cannot be used and what to do about it, without its name."""
    error = as_audio_error(error, "")
    return f"{error.cause}. {error.remedy}".strip()


@contextlib.contextmanager
def named(clip, position):
    """Name the clip in whatever is raised while it is worked on.

    Parameters
    ----------
    clip : object
    position : int
        Its place in X.

    Raises
    ------
    AudioError
        In place of a MemoryError. Other errors get a note.
    """
    try:
        yield
    except AudioError:
        raise
    except MemoryError as error:
        raise as_audio_error(error, clip_name(clip, position)) from error
    except Exception as error:
        error.add_note(f"while working on {clip_name(clip, position)}")
        raise


def file_outcomes(compute, entries, batch_size, *, n_jobs=1):
    """Compute something for each of many files, a batch at a time.

    Parameters
    ----------
    compute : callable
        Takes paths, and returns a sequence of one result per path.
    entries : iterator of (str, list of (str or AudioError))
        As `read_files` returns it.
    batch_size : int
    n_jobs : int or None, default=1
        How many batches are computed at the same time where joblib works in processes.

    Yields
    ------
    outcome : result or AudioError
        One for each file, in order, and an error for each folder without audio.
    """
    run, batches = Outcomes(compute), _batches(entries, batch_size)
    if n_processes(n_jobs) == 1:
        for batch in batches:
            files = _files(batch)
            yield from _merged(batch, run(files, files) if files else ())
        return
    tasks = ((batch,) for batch in batches)
    for (batch,), found in spread(partial(_of_batch, compute), tasks, n_jobs):
        files = _files(batch)
        yield from _merged(batch, run.judged(found, files, files))


def _batches(entries, batch_size):
    """Yield lists of files, and of errors for folders without any."""
    batch = []
    for path, files in entries:
        for found in files or [AudioError(path, "no audio file in it")]:
            batch.append(found)
            if len(batch) == batch_size:
                yield batch
                batch = []
    if batch:
        yield batch


def _of_batch(compute, batch):
    """Return what a function gives for the files of a batch, in a worker."""
    files = _files(batch)
    return portable_outcomes(compute, files) if files else []


def _files(batch):
    """Return the files of a batch, without the errors."""
    return [entry for entry in batch if isinstance(entry, str)]


def _merged(batch, found):
    """Yield the outcome of each file of a batch; its other entries are errors."""
    found = iter(found)
    for entry in batch:
        yield next(found) if isinstance(entry, str) else entry


class Outcomes:
    """What a function gives for clips, each failure of one kept to that clip.

    What is no AudioError is the fault of a clip if others work, or if noise does;
    otherwise it would happen to every clip, and is raised.

    Parameters
    ----------
    compute : callable
        Takes clips, and returns a sequence of one result per clip.
    """

    def __init__(self, compute):
        self._compute = compute
        self._works = False

    def __call__(self, clips, names):
        """Return one result, or an AudioError, per clip.

        Parameters
        ----------
        clips : sequence of n clips
        names : list of n str
            What errors call the clips.

        Returns
        -------
        outcomes : sequence of n results or AudioErrors
        """
        return self.judged(_together_or_alone(self._compute, clips), clips, names)

    def judged(self, found, clips, names):
        """Return results with each failure as an AudioError, or raise it.

        Parameters
        ----------
        found : sequence of n results or Exceptions
            As `portable_outcomes` returns it.
        clips, names
            As above.

        Returns
        -------
        outcomes : sequence of n results or AudioErrors
        """
        bad = [k for k, outcome in enumerate(found) if isinstance(outcome, Exception)]
        self._works |= len(bad) < len(found)
        for k in bad:
            self._check(found[k], clips[k], names[k])
            found[k] = as_audio_error(found[k], names[k])
        return found

    def _check(self, error, clip, name):
        """Raise an error that would happen to every clip."""
        if self._works or isinstance(error, AudioError):
            return
        self._works = is_path(clip) and _works_on_noise(self._compute)
        if not self._works:
            if not hasattr(error, "__notes__"):
                error.add_note(f"while working on {name}")
            raise error


def _together_or_alone(compute, clips):
    """Return the results of clips; where they fail together, each result or error."""
    try:
        return compute(clips)
    except Exception as error:
        if len(clips) == 1:
            return [error]
    one_by_one = (clips[i : i + 1] for i in range(len(clips)))
    return [found for clip in one_by_one for found in _together_or_alone(compute, clip)]


def portable_outcomes(compute, clips):
    """Return one result or Exception per clip, which can go to another process."""
    found = _together_or_alone(compute, clips)
    if not any(isinstance(outcome, Exception) for outcome in found):
        return found
    return [portable(x) if isinstance(x, Exception) else x for x in found]


def _works_on_noise(compute):
    """Return whether a function of paths works for 30 s of noise."""
    import soundfile

    noise = 0.1 * np.random.default_rng(0).standard_normal(_TRIAL_LENGTH * _TRIAL_RATE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "noise.wav")
            soundfile.write(path, noise.clip(-1, 1), _TRIAL_RATE)
            compute([path])
    except Exception:
        return False
    return True
