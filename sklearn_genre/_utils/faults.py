"""Failures of single clips, which stop no others, told from those of a whole run."""

import contextlib
import os
import tempfile

import numpy as np

from ..audio import AudioError, describe
from .clips import is_path

# seconds and Hz of the noise by which a model is tried; a recipe needs up to 30 s
_TRIAL_LENGTH, _TRIAL_RATE = 30, 22050


def clip_name(clip, position):
    """Return the name of a clip for messages: its path, or its place in X."""
    return describe(clip) if is_path(clip) else f"clip {position}"


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


def outcomes(compute, clips):
    """Compute clips together, and each by itself if that fails.

    Parameters
    ----------
    compute : callable
        Takes clips, and returns a sequence of one result per clip.
    clips : sequence of n clips

    Returns
    -------
    outcomes : list of n results or Exceptions
    """
    if len(clips) > 1:
        with contextlib.suppress(Exception):
            return list(compute(clips))
    return [_alone(compute, clips[i : i + 1]) for i in range(len(clips))]


def _alone(compute, clip):
    """Return the result of one clip, or what it raises."""
    try:
        (result,) = compute(clip)
    except Exception as error:
        return error
    return result


def works_on_noise(compute):
    """Return whether a function of paths works for 30 s of noise.

    If it does not, an error about a file need not be the fault of that file.
    """
    import soundfile

    noise = 0.1 * np.random.default_rng(0).standard_normal(_TRIAL_LENGTH * _TRIAL_RATE)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "noise.wav")
        soundfile.write(path, noise.clip(-1, 1), _TRIAL_RATE)
        return not isinstance(_alone(compute, [path]), Exception)
