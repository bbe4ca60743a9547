"""Losses of batches, on their way from the device to the history."""

import math

import torch
from skorch.callbacks import Callback, EpochScoring, LRScheduler

from .callbacks import DivergenceError
from .scores import Scores

# Reading a loss waits for the GPU, which then waits for the next batch. A training
# that diverges goes on for this many batches at most.
_AT_ONCE = 64
_BATCH_EVENTS = ("on_batch_begin", "on_batch_end", "on_grad_computed")
# callbacks that are called for every batch and look at no loss
_BLIND = (EpochScoring, LRScheduler, Scores)


class LossRecord:
    """The losses of one pass over a data set, which end in the history of the net.

    On a CPU each is written at once. On a GPU many are read together, unless a
    callback could look for them before.

    Parameters
    ----------
    net : ClipNet
    prefix : {"train", "valid"}
    """

    def __init__(self, net, prefix):
        self.net, self.prefix = net, prefix
        self.n_batches, self.waiting = 0, []
        self.most = 1 if at_once(net) else _AT_ONCE

    def add(self, loss, batch_size):
        """Take the loss of the batch that has just been computed."""
        row = self.net.history[-1]["batches"][-1]
        row[f"{self.prefix}_batch_size"] = batch_size
        self.n_batches += 1
        self.waiting.append((row, loss.detach()))
        if len(self.waiting) >= self.most:
            self.write()

    def write(self):
        """Write what is waiting; raise a DivergenceError if training has diverged."""
        if not self.waiting:
            return
        rows, losses = zip(*self.waiting, strict=True)
        self.waiting = []
        name = f"{self.prefix}_loss"
        for row, loss in zip(rows, torch.stack(losses).tolist(), strict=True):
            row[name] = loss
            if self.prefix == "train" and not math.isfinite(loss):
                raise DivergenceError(f"the training loss is {loss}", self.net)

    def close(self):
        """Write the rest, and the number of batches."""
        self.write()
        self.net.history.record(f"{self.prefix}_batch_count", self.n_batches)


def at_once(net):
    """Return whether each loss is read as soon as it is known."""
    if waits_for_nothing(net.device):
        return True
    return any(map(_looks, (callback for _, callback in net.callbacks_)))


def waits_for_nothing(device):
    """Return whether results are there as soon as an operation returns."""
    return torch.device(device).type == "cpu"


def _looks(callback):
    """Return whether a callback may look at the loss of a batch."""
    kind = type(callback)
    listens = any(getattr(kind, e) is not getattr(Callback, e) for e in _BATCH_EVENTS)
    return listens and kind not in _BLIND
