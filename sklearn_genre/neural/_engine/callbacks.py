"""Guard against training that leaves the finite numbers."""

import math

import torch
from skorch.callbacks import Callback

from .state import bare_module


class DivergenceError(ValueError):
    """The training loss, or a weight, is no longer a finite number."""

    def __init__(self, what, net):
        super().__init__(
            f"Training diverged in epoch {len(net.history)}: {what}. Lower lr (now "
            f"{net.lr}), choose other initial weights (init='he' or 'xavier'), or "
            "scale X (standardize=True)."
        )


class FiniteLoss(Callback):
    """Stop with a DivergenceError at the first training loss that is not finite."""

    def on_batch_end(self, net, training=False, **kwargs):
        """Look at the loss of the batch that has just been trained on."""
        if not training:
            return
        loss = net.history[-1, "batches", -1, "train_loss"]
        if not math.isfinite(loss):
            raise DivergenceError(f"the training loss is {loss}", net)


def require_finite(net):
    """Raise a DivergenceError if a weight of the net is not finite."""
    for name, value in bare_module(net).state_dict().items():
        if not torch.isfinite(value).all():
            raise DivergenceError(f"{name} is not finite", net)
