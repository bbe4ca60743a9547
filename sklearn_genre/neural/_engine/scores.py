"""Accuracy, or ROC-AUC of tags, in each epoch of a training."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from skorch.callbacks import Callback


class Scores(Callback):
    """Record a score of the training and of the validation windows in each epoch.

    Training windows are scored as they were trained on, with dropout and augmentation
    and before the step that they led to, so that no window is computed twice; with
    mixup they are not scored.

    Parameters
    ----------
    multilabel : bool
        Whether to record ``train_auc`` and ``valid_auc``, the mean ROC-AUC of the tags
        that occur with and without, instead of ``train_acc`` and ``valid_acc``.
    """

    def __init__(self, multilabel):
        self.multilabel = multilabel

    def on_epoch_begin(self, net, **kwargs):
        """Forget the batches of the last epoch."""
        self.parts_ = {"train": [], "valid": []}

    def on_batch_end(self, net, batch, training, y_pred, **kwargs):
        """Keep what the score needs, on the device: no batch waits for it."""
        y = batch[1]
        if training and getattr(net.training_.augment, "mixup", 0):
            return  # such windows have two labels
        logits = y_pred[0] if isinstance(y_pred, tuple) else y_pred
        logits, y = logits.detach(), y.to(logits.device, non_blocking=True)
        if self.multilabel:
            part = torch.stack([logits.double(), y.double()])
        else:
            part = logits.argmax(1) == y
        self.parts_["train" if training else "valid"].append(part)

    def on_epoch_end(self, net, **kwargs):
        """Write the scores into the history."""
        name = "auc" if self.multilabel else "acc"
        for kind, parts in self.parts_.items():
            if parts:
                found = torch.cat(parts, dim=int(self.multilabel)).cpu().numpy()
                score = macro_auc(*found) if self.multilabel else float(found.mean())
                net.history.record(f"{kind}_{name}", score)
        self.parts_ = {"train": [], "valid": []}


def macro_auc(logits, y):
    """Return the mean ROC-AUC of the tags that have both kinds of windows, or NaN."""
    both = (y.min(axis=0) == 0) & (y.max(axis=0) == 1)
    if not both.any():
        return float("nan")
    scores = np.atleast_1d(roc_auc_score(y[:, both], logits[:, both], average=None))
    return float(scores.mean())
