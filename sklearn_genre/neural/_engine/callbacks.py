"""What a training prints, what goes wrong in it, and the learning rate of batches."""

import math
import os
import sys

import torch
from skorch.callbacks import LRScheduler, PrintLog
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

from .state import bare_module

LR_SCHEDULES = ("cosine", "one_cycle")
# the shape of fastai's one cycle: a rise over a quarter of the steps, from 1/25
_RISE, _DIVISOR = 0.25, 25


class DivergenceError(ValueError):
    """The training loss, or a weight, is no longer a finite number."""

    def __init__(self, what, net):
        super().__init__(
            f"Training diverged in epoch {len(net.history)}: {what}. Lower lr (now "
            f"{net.lr}), choose other initial weights (init='he' or 'xavier'), or "
            "scale X (standardize=True)."
        )


class EpochTable(PrintLog):
    """skorch's table of epochs, with colors on terminals alone."""

    def format_row(self, row, key, color):
        """Format one cell; without a note that it is the best it gets no color."""
        if not (sys.stdout.isatty() and "NO_COLOR" not in os.environ):
            row = {key: row[key]}
        return super().format_row(row, key, color)


def explanation(error, net, valid):
    """Return what to change after an error of torch or skorch in training, or None.

    Parameters
    ----------
    error : Exception
    net : ClipNet
    valid : ClipDataset or None
        Clips held out for early stopping.

    Returns
    -------
    words : str or None
        None for errors that speak for themselves.
    """
    text = str(error)
    if "more than 1 value per channel" in text:
        return (
            f"batch normalization needs batches of two or more, but batch_size="
            f"{net.batch_size} made one of a single clip. Use batch_size >= 2, or a "
            "network without it (norm=None)."
        )
    if valid is None and "'valid" in text and "not found in history" in text:
        return (
            "a callback monitors a validation score, but no clips are held out for "
            "one. Set early_stopping=True, or monitor='train_loss' in the callback."
        )
    return None


def require_finite(net):
    """Raise a DivergenceError if a weight of the net is not finite."""
    for name, value in bare_module(net).state_dict().items():
        if not torch.isfinite(value).all():
            raise DivergenceError(f"{name} is not finite", net)


def lr_scheduler(kind, peak, n_steps):
    """Return the callback that sets the learning rate before each training batch.

    Parameters
    ----------
    kind : {"cosine", "one_cycle"}
        "cosine" falls from ``peak`` toward zero along half a cosine; "one_cycle"
        first rises to it, over the first quarter of the steps.
    peak : float or list of float
        The learning rate, or that of each group of weights.
    n_steps : int
        Number of batches of the whole training.

    Returns
    -------
    callback : skorch.callbacks.LRScheduler
    """
    policy = {"cosine": CosineAnnealingLR, "one_cycle": OneCycleLR}[kind]
    params = dict(T_max=n_steps) if kind == "cosine" else _one_cycle(peak, n_steps)
    # last_epoch=-1: every call of fit runs through a whole schedule, a warm start too
    return LRScheduler(
        policy, step_every="batch", event_name=None, last_epoch=-1, **params
    )


def _one_cycle(peak, n_steps):
    """Return the parameters of torch's scheduler.

    One more step than there are batches puts zero after the last batch, as for
    "cosine"; otherwise that batch would have no effect. torch ends the rise one step
    before ``pct_start`` of the steps: short trainings would have no rise, and those of
    4 steps would divide by zero. The share given here puts the peak at a quarter of the
    batches.
    """
    return dict(
        max_lr=peak,
        total_steps=n_steps + 1,
        pct_start=(_RISE * n_steps + 1) / (n_steps + 1),
        div_factor=_DIVISOR,
        final_div_factor=math.inf,
        cycle_momentum=False,
    )
