"""The skorch net inside the estimators."""

import contextlib
import functools
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from skorch import NeuralNet
from skorch.utils import to_device

from .._augmentation import apply_changes, blend
from .callbacks import EpochTable
from .data import FEED_PARAMS, clip_loader, clip_sampler
from .feed import DeviceMemory, Feed
from .graph import step_graphs
from .losses import LossRecord
from .restarts import constant_logits
from .state import bare_module, to_torch


class Training(NamedTuple):
    """What the net uses during one call of ``fit`` and forgets afterwards.

    Attributes
    ----------
    valid : ClipDataset or None
        Clips held out for early stopping.
    augment : Augmentation or None
    generator : torch.Generator or None
        Source of the order of the batches and of the augmentation.
    callbacks : sequence of (name, skorch callback)
        Initialized; they are called after the net's own.
    autocast : bool, default=False
        Whether steps are computed under bfloat16 autocast, though predictions are not.
    cuda_graph : bool, default=False
        Whether a GPU records its steps.
    memory : DeviceMemory or None
        Where clips stay on the device during the training.
    graphs : StepGraphs or None
        The recorded steps.
    """

    valid: Any = None
    augment: Any = None
    generator: Any = None
    callbacks: Any = ()
    autocast: bool = False
    cuda_graph: bool = False
    memory: Any = None
    graphs: Any = None


class PlaceHolder(torch.optim.Optimizer):
    """Stand-in optimizer: skorch only checks that there is one."""

    def __init__(self):
        pass


class ClipNet(ClassifierMixin, NeuralNet):
    """The skorch net inside a classifier: logits out, weighted loss, encoded y.

    Parameters
    ----------
    *args
        As for `skorch.NeuralNet`.
    dtype : torch.dtype, default=torch.float32
        Precision of the weights.
    autocast : bool, default=False
        Whether to compute under bfloat16 autocast.
    multilabel : bool, default=False
        Whether the outputs are tags, not classes.
    label_smoothing : float, default=0.0
        For tags; the criterion of classes has its own.
    **params
        As for `skorch.NeuralNet`.
    """

    # entries of a batch that the module takes, the augmented one first
    inputs = ("X",)
    training_ = Training()  # none in progress
    interrupted_ = False
    # plain state of the optimizer of a loaded net until it is needed; empty if new
    saved_optimizer = None

    def __init__(
        self,
        *args,
        dtype=torch.float32,
        autocast=False,
        multilabel=False,
        label_smoothing=0.0,
        **params,
    ):
        super().__init__(*args, **params)
        self.dtype = dtype
        self.autocast = autocast
        self.multilabel = multilabel
        self.label_smoothing = label_smoothing

    # -- parts ------------------------------------------------------------------------
    @property
    def optimizer_(self):
        """The optimizer; that of a loaded net is built when it is first accessed.

        The imports that torch needs to build one take about as long as torch itself,
        and a net that only predicts needs none.
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

    @property
    def _default_callbacks(self):
        """Those of skorch, but for the colors of what they print."""
        usual = dict(super()._default_callbacks)
        return [*(usual | {"print_log": EpochTable()}).items()]

    def initialize_optimizer(self):
        """Build the optimizer, or a stand-in if a saved one is yet to be restored."""
        if self.saved_optimizer is None:
            return super().initialize_optimizer()
        self.optimizer_ = PlaceHolder()
        return self

    def initialize_module(self):
        """Build the module in the requested precision."""
        super().initialize_module()
        self.module_.to(self.dtype)
        last = getattr(self.module_.network, "channels_last", True)
        if self.dtype == torch.float32 and last:
            # convolutions are faster with channels last, but not in float64, nor where
            # a network says so
            self.module_.to(memory_format=torch.channels_last)
        return self

    def initialize_criterion(self):
        """Build the loss in the requested precision."""
        super().initialize_criterion()
        self.criterion_.to(self.dtype)
        return self

    @property
    def classes_(self):
        """Encoded classes, for scoring callbacks."""
        return np.arange(self.module__n_outputs)

    # -- one training -----------------------------------------------------------------
    @contextlib.contextmanager
    def at_work(self, training):
        """Hold what a training uses, and drop it afterwards.

        Parameters
        ----------
        training : Training
        """
        usual = self.callbacks_
        training = training._replace(
            memory=DeviceMemory(self.device),
            graphs=step_graphs(self) if training.cuda_graph else None,
        )
        self.training_, self.callbacks_ = training, [*usual, *training.callbacks]
        try:
            yield
        finally:
            self.training_, self.callbacks_ = Training(), usual

    def get_split_datasets(self, X, y=None, **fit_params):
        """Return both data sets of the training: the estimator has split them."""
        return X, self.training_.valid

    def get_iterator(self, dataset, training=False, batch_size=None):
        """Return the batches of a data set.

        Parameters
        ----------
        dataset : ClipDataset
        training : bool, default=False
            Whether they come in the order of the training's generator.
        batch_size : int or None, default=None
            Overrides ``batch_size``, but not ``iterator_train__batch_size`` and
            ``iterator_valid__batch_size``.

        Returns
        -------
        batches : Feed, or torch.utils.data.DataLoader
            A DataLoader where the user has set parameters that only one has, such as
            ``iterator_train__num_workers``.
        """
        part = "iterator_train" if training else "iterator_valid"
        kwargs = {"batch_size": batch_size or self.batch_size}
        kwargs |= self.get_params_for(part)
        if kwargs["batch_size"] == -1:  # skorch's value for "all"
            kwargs["batch_size"] = len(dataset)
        generator = self.training_.generator if training else None
        if getattr(self, part) is clip_loader and kwargs.keys() <= FEED_PARAMS:
            return self._feed(dataset, clip_sampler(dataset, generator, **kwargs))
        if training:
            kwargs["generator"] = generator
        return getattr(self, part)(dataset, **kwargs)

    def _feed(self, dataset, sampler):
        """Return the batches of a data set, augmented where they are shuffled."""
        memory = self.training_.memory
        return Feed(
            dataset,
            sampler,
            self.device,
            here=None if memory is None else memory.clips(dataset),
            augment=self.training_.augment if sampler.shuffle else None,
        )

    def fit_loop(self, X, y=None, epochs=None, **kwargs):
        """Train, and remember whether the user stopped it."""
        self._stop_asked = self.interrupted_ = False
        try:
            return super().fit_loop(X, y, epochs=epochs, **kwargs)
        except KeyboardInterrupt:
            self.interrupted_ = not self._stop_asked
            raise

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Go through all batches once, without waiting for the device after each."""
        if iterator is None:
            return
        record = LossRecord(self, prefix)
        for batch in iterator:
            self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **fit_params)
            record.add(step["loss"], len(batch[1]))
            self.notify("on_batch_end", batch=batch, training=training, **step)
        record.close()

    def notify(self, method_name, **cb_kwargs):
        """Call the callbacks; one that raises KeyboardInterrupt ends the training.

        Raised anywhere else, KeyboardInterrupt is the user's Ctrl-C.
        """
        try:
            super().notify(method_name, **cb_kwargs)
        except KeyboardInterrupt:
            self._stop_asked = True
            raise

    def check_data(self, X, y=None):
        """Check nothing: the estimator has checked the data."""

    # -- one batch --------------------------------------------------------------------
    def infer(self, x, **fit_params):
        """Return the logits of one batch, or all that the module returns."""
        inputs = [self._to_device(x[name]) for name in self.inputs]
        briefly = self.training_.autocast and self.module_.training
        if not (self.autocast or briefly):
            return self.module_(*inputs)
        with torch.autocast(torch.device(self.device).type, torch.bfloat16):
            out = self.module_(*inputs)
        if isinstance(out, tuple):
            return tuple(part.to(self.dtype) for part in out)
        return out.to(self.dtype)

    def evaluation_step(self, batch, training=False):
        """Return the logits of one batch: the first of several outputs."""
        out = super().evaluation_step(batch, training)
        return out[0] if isinstance(out, tuple) and not training else out

    def train_step_single(self, batch, **fit_params):
        """Augment a batch, then compute its loss and gradients."""
        if self.training_.augment is not None:
            clips, y = batch
            with torch.no_grad():
                batch = self._augmented(dict(clips)), y
        step = functools.partial(super().train_step_single, **fit_params)
        graphs = self.training_.graphs
        return step(batch) if graphs is None else graphs.step(step, batch)

    def _augmented(self, clips):
        """Change a batch, not the data it came from."""
        augment, generator = self.training_.augment, self.training_.generator
        X, fill = self._to_device(clips["X"]), bare_module(self).mean
        if "drawn" in clips:
            drawn = {k: v.to(self.device) for k, v in clips.pop("drawn").items()}
            X = apply_changes(augment, X, fill, drawn)
            if "share" in drawn:
                mixed = drawn["share"].to(X.dtype), drawn["partner"]
                X, clips["mixed"] = blend(X, *mixed), mixed
        else:
            X = augment.change(X, fill, generator)
            if augment.mixup and len(X) > 1:
                X, *clips["mixed"] = augment.mix(X, generator)
        clips["X"] = X
        if "mixed" in clips:
            for name in self.inputs[1:]:
                clips[name] = blend(self._to_device(clips[name]), *clips["mixed"])
        return clips

    def _to_device(self, X):
        """Return a tensor on the device and in the precision of the net."""
        return X.to(self.device, self.dtype, non_blocking=True)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the mean of the weighted losses of a batch."""
        y_true = y_true.to(y_pred.device, non_blocking=True)
        weight = X.get("sample_weight") if isinstance(X, dict) else None
        weight = None if weight is None else weight.to(y_pred)
        loss = self.losses(y_pred, y_true, weight)
        if "mixed" not in X:
            return loss.mean()
        share, partner = X["mixed"]
        weight = None if weight is None else weight[partner]
        other = self.losses(y_pred, y_true[partner], weight)
        return (share * loss + (1 - share) * other).mean()

    def losses(self, logits, y, weight):
        """Return the weighted loss of each window: shape (batch,)."""
        if self.multilabel:
            y = y.to(logits.dtype)
            y = y * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
            loss = self.criterion_(logits, y).mean(1)
        else:
            loss = self.criterion_(logits, y)
        return loss if weight is None else loss * weight

    @torch.no_grad()
    def constant_loss(self, clips):
        """Return the training loss of the best answer that is the same for all clips.

        Parameters
        ----------
        clips : ClipDataset

        Returns
        -------
        loss : float
        """
        rows, weight = clips.clips, clips.sample_weight
        y = torch.from_numpy(clips.y[rows]).to(self.device)
        if weight is not None:
            weight = torch.from_numpy(weight[rows]).to(self.device, self.dtype)
        logits = self._constant_logits(y, weight).to(self.dtype)
        return float(self.losses(logits.expand(len(y), -1), y, weight).mean())

    def _constant_logits(self, y, weight):
        """Return the logits of the best constant answer: (n_outputs,)."""
        found, criterion = y, self.criterion_
        if not self.multilabel:
            found = torch.nn.functional.one_hot(y, self.module__n_outputs)
        found, smoothing = found.double(), self.label_smoothing
        if weight is not None:
            found = found * (weight / weight.mean()).double()[:, None]
        if not self.multilabel:
            smoothing = getattr(criterion, "label_smoothing", 0.0)
        return constant_logits(
            found.mean(0),
            multilabel=self.multilabel,
            label_smoothing=smoothing,
            pos_weight=getattr(criterion, "pos_weight", None),
        )

    # -- prediction -------------------------------------------------------------------
    def forward_iter(self, X, training=False, device="cpu", batch_size=None):
        """Yield the outputs batch by batch; ``batch_size`` as for `get_iterator`."""
        for batch in self.get_iterator(X, training, batch_size):
            yield to_device(self.evaluation_step(batch, training), device=device)

    def predict_proba(self, X, batch_size=None):
        """Return probabilities of encoded classes; called by scoring callbacks.

        Parameters
        ----------
        X : ClipDataset
        batch_size : int or None, default=None
            As for `get_iterator`.

        Returns
        -------
        proba : ndarray of shape (n_windows, n_outputs)
        """
        outputs = self.forward_iter(X, batch_size=batch_size)
        # a scoring callback may have kept all outputs of a module with several
        first = (out[0] if isinstance(out, tuple) else out for out in outputs)
        logits = torch.cat(list(first)).detach().double().numpy()
        return expit(logits) if self.multilabel else softmax(logits, axis=1)

    def predict(self, X):
        """Return encoded classes or tags; called by scoring callbacks."""
        proba = self.predict_proba(X)
        return (proba > 0.5).astype(int) if self.multilabel else proba.argmax(1)
