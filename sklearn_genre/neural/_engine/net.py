"""The skorch side of the classifiers: data set, batches, net, schedule."""

import math

import numpy as np
import torch
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from skorch import NeuralNet
from skorch.callbacks import Callback
from torch.utils.data import DataLoader, Dataset, Sampler

from ...rows import RowView
from .._augmentation import blend
from .state import to_torch

LR_SCHEDULES = (None, "cosine", "one_cycle")
# in bytes: a disk reads a block of this size at nearly its full speed, and a buffer
# holds enough of them to mix clips of all genres where a file is sorted by genre
_SHUFFLE_BLOCK, _SHUFFLE_BUFFER = 2**22, 2**28


class ClipDataset(Dataset):
    """Clips as pieces: one item is one slice of a clip, or one window of a slice.

    Everything is an index into X: neither a split nor the pieces copy it.

    Parameters
    ----------
    X : ndarray or RowView of shape (n_clips, [n_slices,] n_bands, n_frames)
        A view is read by batches.
    y : ndarray of shape (n_clips,) or (n_clips, n_tags), or None
        Encoded targets.
    sample_weight : ndarray of shape (n_clips,) or None
    clips : ndarray of int or None
        The clips that belong to this set; None means all.
    window : int or None
        Length in frames of the evenly spaced windows that cover each slice; None
        means the slice itself.

    Attributes
    ----------
    batch_size : int or None
        Pieces per batch in place of the net's batch size.
    """

    def __init__(self, X, y=None, sample_weight=None, clips=None, window=None):
        self.X, self.y, self.sample_weight = X, y, sample_weight
        self.batch_size = None
        self.clips = np.arange(len(X)) if clips is None else clips
        self.n_slices = X.shape[1] if X.ndim == 4 else 1
        n_frames = X.shape[-1]
        self.window = n_frames if window is None else min(window, n_frames)
        n_windows = -(-n_frames // self.window)
        last = n_frames - self.window
        self.starts = np.linspace(0, last, n_windows).round().astype(int)

    @property
    def n_pieces(self):
        """Number of pieces of one clip."""
        return self.n_slices * len(self.starts)

    def clip_weight(self):
        """Weight of each clip of X: zero outside this set, shape (n_clips,)."""
        weight = np.zeros(len(self.X))
        weight[self.clips] = 1.0
        return weight if self.sample_weight is None else weight * self.sample_weight

    def __len__(self):
        return len(self.clips) * self.n_pieces

    def __getitems__(self, indices):
        """One batch: a dict of X and sample_weight, and the targets."""
        at = np.asarray(indices)
        clip = self.clips[at // self.n_pieces]
        batch = {"X": torch.from_numpy(self._pieces(clip, at % self.n_pieces))}
        if self.sample_weight is not None:
            batch["sample_weight"] = torch.from_numpy(self.sample_weight[clip])
        y = np.zeros(len(at), dtype=np.int64) if self.y is None else self.y[clip]
        return batch, torch.from_numpy(y)

    def __getitem__(self, index):
        """One piece."""
        batch, y = self.__getitems__([index])
        return {name: value[0] for name, value in batch.items()}, y[0]

    def _pieces(self, clip, piece):
        """Rows of X, cut to their windows: (batch, n_bands, window)."""
        part, window = piece // len(self.starts), piece % len(self.starts)
        rows = np.asarray(self.X[clip] if self.X.ndim == 3 else self.X[clip, part])
        if len(self.starts) > 1:
            frames = self.starts[window][:, None] + np.arange(self.window)
            return np.take_along_axis(rows, frames[:, None, :], axis=2)
        return np.ascontiguousarray(rows)


class EvenBatchSampler(Sampler):
    """Batches as even in size as possible.

    A left-over batch of one piece would stop batch normalization.
    """

    def __init__(self, n, batch_size, shuffle, generator):
        self.n, self.shuffle, self.generator = n, shuffle, generator
        self.n_batches = max(1, -(-n // batch_size))

    def __len__(self):
        return self.n_batches

    def __iter__(self):
        if self.shuffle:
            order = torch.randperm(self.n, generator=self.generator).numpy()
        else:
            order = np.arange(self.n)
        yield from (part.tolist() for part in np.array_split(order, self.n_batches))


class NearbyBatchSampler(EvenBatchSampler):
    """Shuffled batches of clips that are near each other in a file.

    Blocks of neighboring clips come in random order; within as many blocks as fill
    the buffer, pieces come in random order. So the file is read in long runs, each
    part of it once an epoch, though it may be larger than memory.

    Parameters
    ----------
    dataset : ClipDataset
        Whose X is a RowView.
    batch_size : int
    generator : torch.Generator
    buffer, block : int
        Sizes in bytes.
    """

    def __init__(self, dataset, batch_size, generator, *, buffer, block):
        super().__init__(len(dataset), batch_size, True, generator)
        self.dataset = dataset
        n_bytes = dataset.X[:1].nbytes
        self.clips_per_block = max(1, block // n_bytes)
        self.blocks_per_buffer = max(1, buffer // (self.clips_per_block * n_bytes))

    def __iter__(self):
        rows = self.dataset.X.rows[self.dataset.clips]
        order = np.argsort(rows, kind="stable")
        blocks = np.array_split(order, -(-len(order) // self.clips_per_block))
        turn = torch.randperm(len(blocks), generator=self.generator).tolist()
        windows = [
            np.concatenate([blocks[i] for i in turn[j : j + self.blocks_per_buffer]])
            for j in range(0, len(turn), self.blocks_per_buffer)
        ]
        pieces = np.concatenate([self._mixed(window) for window in windows])
        ends = np.cumsum([0] + [len(w) * self.dataset.n_pieces for w in windows])
        done = 0
        for batch in np.array_split(pieces, self.n_batches):
            done += len(batch)
            while windows and ends[-1 - len(windows)] < done:
                self.dataset.X[self.dataset.clips[windows.pop(0)]].prefetch()
            yield batch.tolist()

    def _mixed(self, clips):
        """All pieces of some clips, in random order."""
        n = self.dataset.n_pieces
        pieces = (clips[:, None] * n + np.arange(n)).ravel()
        return pieces[torch.randperm(len(pieces), generator=self.generator).numpy()]


def _sampler(dataset, batch_size, shuffle, generator, buffer):
    """Batches at random, near each other where X is a view larger than the buffer."""
    X = getattr(dataset, "X", None)
    if shuffle and isinstance(X, RowView) and X.nbytes > buffer:
        block = min(_SHUFFLE_BLOCK, buffer)
        return NearbyBatchSampler(
            dataset, batch_size, generator, buffer=buffer, block=block
        )
    return EvenBatchSampler(len(dataset), batch_size, shuffle, generator)


def clip_loader(
    dataset,
    batch_size,
    shuffle=False,
    generator=None,
    shuffle_buffer=_SHUFFLE_BUFFER,
    **kwargs,
):
    """A DataLoader over whole batches of a ClipDataset.

    Without a generator of its own a DataLoader draws from torch's global one, even
    to predict: a side effect, and a race between threads.
    """
    generator = torch.Generator() if generator is None else generator
    batch_size = getattr(dataset, "batch_size", None) or batch_size
    return DataLoader(
        dataset,
        batch_sampler=_sampler(dataset, batch_size, shuffle, generator, shuffle_buffer),
        collate_fn=_unchanged,
        generator=generator,
        **kwargs,
    )


def _unchanged(batch):
    return batch


class PlaceHolder(torch.optim.Optimizer):
    """By which skorch sees that a net has an optimizer."""

    def __init__(self):
        pass


class ClipNet(ClassifierMixin, NeuralNet):
    """The skorch net inside a classifier: logits out, weighted loss, encoded y.

    `NeuralClassifier` sets the attributes below right after construction; they are
    not parameters, so that the net can be rebuilt from plain data.
    """

    # entries of a batch that the module takes, the augmented one first
    inputs = ("X",)
    multilabel = False
    dtype = torch.float32
    autocast = False
    augment = None
    label_smoothing = 0.0
    generator = None
    interrupted = False
    # plain state of a loaded net's optimizer, until it is needed; empty for a new one
    saved_optimizer = None

    @property
    def optimizer_(self):
        """The optimizer; that of a loaded net is made when it is first asked for.

        What torch imports to make one takes about as long as torch itself, and a net
        that only predicts needs none.
        """
        if self.saved_optimizer is not None:
            state, self.saved_optimizer = self.saved_optimizer, None
            super().initialize_optimizer()
            if state:
                self.optimizer_.load_state_dict(to_torch(state))
        return vars(self)["_optimizer"]

    @optimizer_.setter
    def optimizer_(self, optimizer):
        vars(self)["_optimizer"] = optimizer

    def initialize_optimizer(self):
        """Build the optimizer, or hold its place where there is a saved one."""
        if self.saved_optimizer is None:
            return super().initialize_optimizer()
        self.optimizer_ = PlaceHolder()
        return self

    @property
    def classes_(self):
        """Encoded classes, for scoring callbacks."""
        return np.arange(self.module__n_outputs)

    def initialize_module(self):
        """Build the module in the wanted precision."""
        super().initialize_module()
        self.module_.to(self.dtype)
        if self.dtype == torch.float32:
            # convolutions are faster with channels last, but not in float64
            self.module_.to(memory_format=torch.channels_last)
        return self

    def initialize_criterion(self):
        """Build the loss in the wanted precision."""
        super().initialize_criterion()
        self.criterion_.to(self.dtype)
        return self

    def infer(self, x, **fit_params):
        """Logits, or whatever the module gives, of one batch."""
        inputs = [self._to_device(x[name]) for name in self.inputs]
        if not self.autocast:
            return self.module_(*inputs)
        with torch.autocast(torch.device(self.device).type, torch.bfloat16):
            out = self.module_(*inputs)
        if isinstance(out, tuple):
            return tuple(part.to(self.dtype) for part in out)
        return out.to(self.dtype)

    def evaluation_step(self, batch, training=False):
        """Logits of one batch: the first output of a module that has several."""
        out = super().evaluation_step(batch, training)
        return out[0] if isinstance(out, tuple) and not training else out

    def train_step_single(self, batch, **fit_params):
        """One forward and backward pass over an augmented batch."""
        if self.augment is None:
            return super().train_step_single(batch, **fit_params)
        clips, y = batch
        with torch.no_grad():
            clips = self._augmented(dict(clips))
        return super().train_step_single((clips, y), **fit_params)

    def _augmented(self, clips):
        """Change a batch in place of the data it came from."""
        X = self._to_device(clips["X"])
        fill = getattr(self.module_, "_orig_mod", self.module_).mean
        clips["X"] = self.augment.change(X, fill, self.generator)
        if self.augment.mixup and len(X) > 1:
            clips["X"], *clips["mixed"] = self.augment.mix(clips["X"], self.generator)
            for name in self.inputs[1:]:
                clips[name] = blend(self._to_device(clips[name]), *clips["mixed"])
        return clips

    def _to_device(self, X):
        """A tensor where, and in the precision in which, the net computes."""
        return X.to(self.device, self.dtype, non_blocking=True)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Mean of the weighted losses of a batch."""
        y_true = y_true.to(y_pred.device, non_blocking=True)
        weight = X.get("sample_weight") if isinstance(X, dict) else None
        weight = None if weight is None else weight.to(y_pred)
        loss = self.piece_loss(y_pred, y_true, weight)
        if "mixed" not in X:
            return loss.mean()
        share, partner = X["mixed"]
        weight = None if weight is None else weight[partner]
        other = self.piece_loss(y_pred, y_true[partner], weight)
        return (share * loss + (1 - share) * other).mean()

    def piece_loss(self, logits, y, weight):
        """Weighted loss of each piece: shape (batch,)."""
        if self.multilabel:
            y = y.to(logits.dtype)
            y = y * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
            loss = self.criterion_(logits, y).mean(1)
        else:
            loss = self.criterion_(logits, y)
        return loss if weight is None else loss * weight

    def predict_proba(self, X):
        """Probabilities of encoded classes; scoring callbacks call it."""
        logits = self.forward(X, training=False)
        # the outputs that a scoring callback has kept of a module with several
        logits = logits[0] if isinstance(logits, tuple) else logits
        logits = logits.detach().double().numpy()
        return expit(logits) if self.multilabel else softmax(logits, axis=1)

    def predict(self, X):
        """Encoded classes or tags; scoring callbacks call it."""
        proba = self.predict_proba(X)
        return (proba > 0.5).astype(int) if self.multilabel else proba.argmax(1)

    def check_data(self, X, y=None):
        """Nothing: the classifier has checked the data."""

    def notify(self, method_name, **cb_kwargs):
        """Call the callbacks; one that raises KeyboardInterrupt ends the training.

        Raised anywhere else, KeyboardInterrupt is the user's Ctrl-C.
        """
        try:
            super().notify(method_name, **cb_kwargs)
        except KeyboardInterrupt:
            self._stop_asked = True
            raise

    def fit_loop(self, X, y=None, epochs=None, **kwargs):
        """Train, and remember whether the user stopped it."""
        self._stop_asked = self.interrupted = False
        try:
            return super().fit_loop(X, y, epochs=epochs, **kwargs)
        except KeyboardInterrupt:
            self.interrupted = not self._stop_asked
            raise


class LearningRateSchedule(Callback):
    """Set the learning rate before every training batch.

    Parameters
    ----------
    kind : {"cosine", "one_cycle"}
        "cosine" falls from the optimizer's rate to zero over the training;
        "one_cycle" first rises to it, over the first quarter.
    n_steps : int
        Number of batches of the whole training.
    """

    def __init__(self, kind, n_steps):
        self.kind = kind
        self.n_steps = n_steps

    def on_train_begin(self, net, **kwargs):
        """Start at the first step."""
        self.step_ = 0
        self.peaks_ = [net.lr for _ in net.optimizer_.param_groups]

    def on_batch_begin(self, net, training=False, **kwargs):
        """Set the rate of the step that follows."""
        if not training:
            return
        factor = self.factor(min(self.step_ / self.n_steps, 1.0))
        for group, peak in zip(net.optimizer_.param_groups, self.peaks_, strict=True):
            group["lr"] = peak * factor
        self.step_ += 1

    def factor(self, progress):
        """Share of the peak rate after ``progress`` (0 to 1) of the training."""
        warm = 0.25 if self.kind == "one_cycle" else 0.0
        if progress < warm:
            return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * progress / warm))
        return 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm)))
