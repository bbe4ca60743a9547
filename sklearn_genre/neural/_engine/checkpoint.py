"""The state of a training on disk, from which the same training goes on."""

import contextlib
import functools
import time

import joblib
import numpy as np
import torch
from skorch.callbacks import Callback

from ... import __version__
from ..._utils.digest import array_digest
from .callbacks import DivergenceError
from .checkpoint_file import described, training_file
from .state import bare_module, to_plain

# Trainings with short epochs are not slowed down by writing after each of them: a write
# takes milliseconds, and after a kill this much at most is trained again.
_SECONDS = 5.0


class Checkpoint(Callback):
    """Keep the state of a training in a file, and continue from one.

    skorch's own checkpoints hold neither generators nor what callbacks and learning
    rate schedules know, so that a training loaded from one goes another way.

    Parameters
    ----------
    file : TrainingFile
    generators : dict of str to (get, set)
        Functions that return and take the states of the generators.
    """

    def __init__(self, file, generators):
        self.file, self.generators = file, generators

    def on_train_begin(self, net, **kwargs):
        """Put the net, its callbacks and all generators where the earlier run was."""
        self.written = time.monotonic()
        if (state := self.file.state) is not None:
            _restore(net, state)
            for name, (_, put) in self.generators.items():
                put(state["generators"][name])

    def on_epoch_end(self, net, **kwargs):
        """Write the state, unless that was done a moment ago."""
        self.file.done += 1
        if time.monotonic() - self.written >= _SECONDS:
            generators = {name: get() for name, (get, _) in self.generators.items()}
            self.file.write(_capture(net) | {"generators": generators})
            self.written = time.monotonic()


@contextlib.contextmanager
def kept_training(estimator, folder, train, valid, *, epochs, device, new):
    """Hold the file of a training; remove it when the training is over.

    Parameters
    ----------
    estimator : NeuralEstimator
    folder : path-like or None
        None keeps nothing.
    train : ClipDataset
    valid : ClipDataset or None
    epochs : int
    device : str
    new : bool
        Whether the training begins with a new net.

    Yields
    ------
    file : TrainingFile or None
    """
    if folder is None:
        yield None
        return
    held_out = _held_out(train, valid)
    about = described(estimator.get_params(deep=True)) | {
        "class": f"{type(estimator).__module__}.{type(estimator).__qualname__}",
        "data": f"{train.digest()} {held_out}",
        "start": "new" if new else _start(estimator),
        "epochs": str(epochs),
        "device": str(device),
        "sklearn_genre": __version__,
        "torch": str(torch.__version__),
    }
    with training_file(folder, about) as file:
        try:
            yield file
        except DivergenceError:  # as it would be again
            file.remove()
            raise
        file.remove()


def _held_out(train, valid):
    """Return a digest of the clips that are watched; the rows of train are known."""
    if valid is None:
        return None
    if valid.X is train.X:
        weighted = "" if valid.sample_weight is None else "weighted "
        return weighted + array_digest(valid.clips, valid.window).hex()
    return valid.digest()


def _start(estimator):
    """Return a digest of what a warm start begins with."""
    net, generator = estimator.net_, getattr(estimator, "_generator", None)
    states = bare_module(net).state_dict(), net.optimizer_.state_dict()
    order = None if generator is None else generator.get_state().numpy()
    return joblib.hash([*map(to_plain, states), order])


def generators_of(estimator):
    """Return what gets and sets the state of each generator of a training, by name.

    Only code of users draws from NumPy's global one, which is left alone without any.
    """
    order, device = estimator._generator, estimator.net_.device
    found = {
        "order": (order.get_state, order.set_state),
        "dropout": (torch.get_rng_state, torch.set_rng_state),
    }
    if torch.device(device).type == "cuda":
        found["cuda"] = (
            functools.partial(torch.cuda.get_rng_state, device),
            functools.partial(torch.cuda.set_rng_state, device=device),
        )
    if estimator.callbacks:
        found["numpy"] = (_numpy_state, np.random.set_state)
    return found


def _numpy_state():
    """Return the state of NumPy's global generator as plain data."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    return (kind, keys.tolist(), *rest)


def _capture(net):
    """Return the state of a net in training: tensors and plain data."""
    callbacks = {name: _callback_state(c) for name, c in net.callbacks_}
    return dict(
        module=bare_module(net).state_dict(),
        criterion=net.criterion_.state_dict(),
        optimizer=net.optimizer_.state_dict(),
        history=_plain(list(net.history)),
        callbacks={name: state for name, state in callbacks.items() if state},
    )


def _restore(net, state):
    """Put a net in training into a state that `_capture` returned."""
    bare_module(net).load_state_dict(state["module"])
    net.criterion_.load_state_dict(state["criterion"])
    net.optimizer_.load_state_dict(state["optimizer"])
    net.history[:] = state["history"]
    callbacks = dict(net.callbacks_)
    for name, kept in state["callbacks"].items():
        for part, value in kept["parts"].items():
            owner = getattr(callbacks[name], part) if part else callbacks[name]
            owner.load_state_dict(value)
        vars(callbacks[name]).update(kept["values"])


def _callback_state(callback):
    """Return what a callback has learned, or nothing.

    That is its own ``state_dict``, or the attributes whose names end in an underscore:
    plain ones, and those that have a ``state_dict``, such as a schedule.
    """
    if isinstance(callback, Checkpoint):
        return None
    if hasattr(callback, "state_dict"):
        return {"parts": {"": callback.state_dict()}, "values": {}}
    learned = {
        name: value
        for name, value in vars(callback).items()
        if name.endswith("_") and not isinstance(value, type)
    }
    parts = {k: v.state_dict() for k, v in learned.items() if hasattr(v, "state_dict")}
    values = {k: v for k, v in learned.items() if k not in parts and _is_plain(v)}
    return {"parts": parts, "values": _plain(values)} if learned else None


def _is_plain(value):
    """Return whether a value holds nothing but numbers, texts and tensors by name."""
    if isinstance(value, dict):
        return all(
            isinstance(v, torch.Tensor) or _is_plain(v) for v in value.values()
        ) and all(isinstance(k, str | int) for k in value)
    # lists of tensors are outputs that callbacks keep within an epoch
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bool | int | float | np.generic)


def _plain(value):
    """Return nested data with Python's numbers for NumPy's."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return value.item() if isinstance(value, np.generic) else value
