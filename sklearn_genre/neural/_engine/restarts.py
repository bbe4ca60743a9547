"""Trainings that do not learn from where they start, and their next starts."""

import math
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from .callbacks import DivergenceError

# Trainings with small sets, a low rate or one that first rises need some time to show
# what they learn. A start given up in error may be worse than the next one, a start
# given up late costs little: a third of a default training of 30 epochs.
_LEAST_EPOCHS, _LEAST_BATCHES, _SHARE = 10, 100, 0.1
# what a training that knows nothing gains by chance on the best constant answer
_MARGIN = 0.01
_TINY = 1e-12


class PoorStartError(Exception):
    """A training has learned nothing from its initial weights."""


class Guard(Callback):
    """Raise a PoorStartError if a training has learned nothing for some epochs.

    Parameters
    ----------
    constant : float
        Loss of the best answer that is the same for all clips.
    epochs : int or float
        After how many of them to judge; infinity: only when asked.
    """

    def __init__(self, constant, epochs):
        self.constant, self.epochs = constant, epochs

    def on_epoch_end(self, net, **kwargs):
        """Judge when it is time."""
        if len(net.history) >= self.epochs:
            self.judge(net)

    def judge(self, net):
        """Raise a PoorStartError if no epoch's loss was below the bound."""
        lowest = min(net.history[:, "train_loss"])
        if not lowest < self.constant - _MARGIN * abs(self.constant):
            raise PoorStartError(
                f"in {len(net.history)} epochs the training loss fell to {lowest:.4g}; "
                "the best answer that is the same for all clips has "
                f"{self.constant:.4g}"
            )


def patience(epochs, n_batches):
    """Return after how many epochs, of so many batches each, a training is judged."""
    least = max(_SHARE * epochs, _LEAST_BATCHES / n_batches)
    return min(epochs, max(_LEAST_EPOCHS, math.ceil(least)))


def seeds_of(seed, n_restarts):
    """Return the seeds of all starts; the first ones do not depend on their number."""
    drawn = np.random.RandomState(seed).randint(2**31 - 1, size=n_restarts)
    return [seed, *drawn.tolist()]


def start_until_learned(start, seeds, file, who, verbose):
    """Start a training from one seed after another until it learns.

    Parameters
    ----------
    start : callable
        Trains; takes a seed and whether it is the last one.
    seeds : list of int
    file : TrainingFile or None
        Tells with which start to go on.
    who : str
        Name of the estimator.
    verbose : int

    Returns
    -------
    n_restarts : int
        Number of starts that were given up.

    Raises
    ------
    DivergenceError
        If the last start diverges, too.
    """
    last = len(seeds) - 1
    for number in range(0 if file is None else file.restarts, last):
        try:
            start(seeds[number], False)
            return number
        except (PoorStartError, DivergenceError) as error:
            if verbose:
                print(f"{who}: start {number + 1} of {last + 1} is given up: {error}")
        if file is not None:
            file.restart()
    _start_last(start, seeds, who)
    return last


def _start_last(start, seeds, who):
    """Start from the last seed; keep what it gives, with a warning if it is nothing."""
    before = f"{len(seeds) - 1} other starts were given up before this one."
    try:
        start(seeds[-1], True)
    except DivergenceError as error:
        error.add_note(before)
        raise
    except PoorStartError as error:
        warnings.warn(
            f"{who} has not learned: {error}. {before} Choose another lr or other "
            "initial weights (init='he' or 'xavier').",
            ConvergenceWarning,
        )


def constant_logits(share, *, multilabel, label_smoothing, pos_weight):
    """Return the logits of the answer, the same for all clips, with the lowest loss.

    Parameters
    ----------
    share : Tensor of shape (n_outputs,)
        Share of clips of each class, or with each tag.
    multilabel : bool
    label_smoothing : float
    pos_weight : Tensor of shape (n_outputs,) or None
        Weights of the positives of each tag.

    Returns
    -------
    logits : Tensor of shape (n_outputs,)
        Of (binary) cross-entropy; for another loss they are those of the shares.
    """
    even = 0.5 if multilabel else 1 / len(share)
    share = share * (1 - label_smoothing) + even * label_smoothing
    if not multilabel:
        return share.clamp(min=_TINY).log()
    odds = share if pos_weight is None else share * pos_weight
    return odds.clamp(min=_TINY).log() - (1 - share).clamp(min=_TINY).log()
