"""Files of unfinished trainings: found by what is trained, held by one process."""

import contextlib
import hashlib
import json
import pickle
from pathlib import Path

import joblib
import torch

from ..._utils.files import replacing
from ..._utils.locks import locked
from ..._utils.text import listed

_SUFFIX = ".checkpoint"
# what differs between two trainings that may be in one folder: the networks of an
# ensemble
_SIBLINGS = ("random_state",)
# of parameters that change no result, the last part of the name
_WITHOUT_EFFECT = ("checkpoint", "verbose", "n_jobs", "cache", "memory")


class TrainingFile:
    """The file of one training.

    Attributes
    ----------
    path : Path
        Of the state; it exists after the first write.
    about : dict of str to str
        What the training is.
    state : dict or None
        What an earlier run kept.
    done : int
        Number of epochs trained.
    restarts : int
        Number of starts given up before the one in progress.
    """

    def __init__(self, path, about):
        self.path, self.about = path, about
        self.state, self.done, self.restarts = None, 0, 0

    def read(self):
        """Read what an earlier run kept, if there is anything."""
        if not self.path.exists():
            return
        self.state = _read(self.path)
        _check(self.path, self.state["about"], self.about)
        self.done, self.restarts = self.state["epochs"], self.state["restarts"]

    def restart(self):
        """Begin anew; until the next write, the file has the start given up."""
        self.state, self.done = None, 0
        self.restarts += 1

    def write(self, state):
        """Write a state; a kill at any time leaves the old one or the new one."""
        first = not self.path.exists()
        with replacing(self.path) as file:
            kept = dict(about=self.about, epochs=self.done, restarts=self.restarts)
            torch.save(state | kept, file)
            if first:
                file.flush()
                _check_readable(file.name)

    def told(self):
        """Return what an interruption says of the file, if there is one yet."""
        if not self.path.exists():
            return []
        return [f"the same training continues from {str(self.path)!r}"]

    def remove(self):
        """Remove the state: the training is over."""
        self.path.unlink(missing_ok=True)

    def tidy(self):
        """Remove the lock file where there is no state; to be called under the lock."""
        if not self.path.exists():
            _lock_of(self.path).unlink(missing_ok=True)


@contextlib.contextmanager
def training_file(folder, about):
    """Hold the file of a training in a folder, which is created if it is missing.

    Parameters
    ----------
    folder : path-like
    about : dict of str to str
        What is trained on what; it identifies the file.

    Yields
    ------
    file : TrainingFile

    Raises
    ------
    BlockingIOError
        If another process, or thread, does the same training.
    ValueError
        If the file is damaged, or if the folder holds an unfinished training of the
        same data with other parameters; it says which.
    """
    folder = Path(folder).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    file = TrainingFile(folder / f"{digest[:32]}{_SUFFIX}", about)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(_lock_of(file.path), wait=False))
        except BlockingIOError as error:
            raise BlockingIOError(
                error.errno, "another process does this training", str(file.path)
            ) from error
        stack.callback(file.tidy)
        file.read()
        if file.state is None:
            _refuse_others(folder, about)
        yield file


def described(params):
    """Return parameters as texts that are equal if the results are.

    Parameters
    ----------
    params : dict of str to object

    Returns
    -------
    texts : dict of str to str
    """
    names = (n for n in params if n.split("__")[-1] not in _WITHOUT_EFFECT)
    return {name: _text(params[name]) for name in sorted(names)}


def _text(value):
    if value is None or isinstance(value, str | bool | int | float):
        return repr(value)
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    name = _text(type(value))
    # what has no pickle, such as a class inside a function, is known by its name only
    with contextlib.suppress(pickle.PicklingError):
        name += f" {joblib.hash(value)[:8]}"
    return name


def _read(path):
    """Return the state in a file, which can hold no code."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {"about": {}, **state}
    except Exception as error:
        # torch has no type of its own for what it refuses
        raise ValueError(
            f"{str(path)!r} is no checkpoint or is damaged ({type(error).__name__}). "
            "Remove it to begin the training anew."
        ) from error


def _check_readable(path):
    """Raise if a state that was just written could not be read."""
    try:
        torch.load(path, weights_only=True)
    except pickle.UnpicklingError as error:
        raise TypeError(
            "checkpoint: this training cannot be kept, since the state of a callback, "
            "a schedule or the optimizer holds more than tensors, numbers and texts. "
            "Give that callback a state_dict and a load_state_dict, or train without "
            "checkpoint."
        ) from error


def _refuse_others(folder, about):
    """Raise if another training of the same data is unfinished, but not in progress."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            with locked(_lock_of(path), wait=False):
                other = _read(path)["about"]
            if all(other.get(k) == about[k] for k in ("class", "data")):
                _check(path, other, about, ignore=_SIBLINGS)


def _check(path, theirs, ours, ignore=()):
    """Raise if two trainings are not the same; name what differs."""
    names = sorted({*theirs, *ours} - set(ignore))
    if any(theirs.get(n) != ours.get(n) for n in ignore):
        return
    differing = [n for n in names if theirs.get(n) != ours.get(n)]
    if differing:
        changes = (f"{n} was {theirs.get(n)} and is {ours.get(n)}" for n in differing)
        raise ValueError(
            f"checkpoint: {str(path)!r} is of another training: {listed(changes)}. "
            "Give the same parameters to finish it, another folder, or remove the "
            "file to begin anew."
        )


def _lock_of(path):
    """Return the file whose lock a training holds."""
    return path.with_suffix(".lock")
