"""Base of everything that trains a net."""

import functools
import math
import warnings

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import validate_nd, with_frame_axis
from .._utils.device import resolve_device
from .._utils.lengths import as_in_fit, even_clips
from .._utils.moments import band_moments, band_scale
from ..rows import RowView
from ._engine.build import build_net, make_callbacks, resolve_precision, seeded
from ._engine.callbacks import (
    DivergenceError,
    explanation,
    lr_scheduler,
    require_finite,
)
from ._engine.checkpoint import Checkpoint, generators_of, kept_training
from ._engine.data import ClipDataset
from ._engine.gpu import bfloat16_is_faster, gpu_settings
from ._engine.held_out import split_clips
from ._engine.net import ClipNet, Training
from ._engine.restarts import Guard, patience, seeds_of, start_until_learned
from ._engine.spec import NetSpec
from ._engine.state import bare_module
from ._saved_net import SavedNet
from ._training_parameters import TrainingParameters

_OF_BATCHES = ("batches", "train_batch_count", "valid_batch_count")


class NeuralEstimator(SavedNet, TrainingParameters):
    """Base of the neural estimators, with the parameters of training.

    ``fit`` builds a skorch net, trains it and keeps it as ``net_``. A subclass names
    its `torch.nn.Module` as ``_module``, declares the parameters of the module in
    ``_architecture`` and its others in ``_parameters``, and calls ``_train``.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Number of bands.
    n_frames_in_ : int
        Number of frames in ``fit``, of the shortest clip.
    n_iter_ : int
        Number of epochs trained.
    n_restarts_ : int
        Number of starts given up before the training that is kept.

    See Also
    --------
    NeuralClassifier : Base of the classifiers.

    Notes
    -----
    A saved model (joblib, pickle, skops) holds NumPy arrays and plain data only, so
    one trained on CUDA loads on a machine without it.
    """

    _net_class, _dataset_class = ClipNet, ClipDataset
    # whether the network takes only the number of frames seen in fit
    _fixed_frames = False

    # -- data ---------------------------------------------------------------------
    def _check_X(self, X, reset, like=None):
        """Return X as (n, n_bands, n_frames) or (n, n_slices, n_bands, n_frames).

        ``like`` is the checked X of ``fit`` for clips to watch, which are checked
        before there is a net.
        """
        name = type(self).__name__
        known = None if reset else self.n_frames_in_
        even = functools.partial(even_clips, who=name, n_frames=known)
        X = validate_nd(self, X, reset=reset, lazy=True, even=even)
        if reset:
            self.n_dim_in_ = X.ndim
            self.n_frames_in_ = X.shape[-1] if X.ndim > 2 else 1
        elif X.ndim != self.n_dim_in_:
            raise ValueError(
                f"X has {X.ndim} dimensions, but {name} was fitted with "
                f"{self.n_dim_in_}-D X."
            )
        X = with_frame_axis(X)
        return X if reset else self._as_in_fit(X, like)

    def _as_in_fit(self, X, like):
        """Return clips of nearly the length of ``fit`` at that length."""
        if self.n_dim_in_ > 2:
            # also where any length is taken: a clip alone, which is not ragged, has the
            # answer that it has among others
            X = as_in_fit(X, self.n_frames_in_)
        if self._fixed_frames:
            self._check_frames(X.shape[-1], like)
        return X

    def _check_frames(self, n_frames, like):
        """Refuse clips of a length that a fixed-length network cannot take."""
        if like is None:
            needed, window = self._spec.n_frames, self._spec.window
        else:
            window = getattr(self.augment, "crop", None)
            needed = min(like.shape[-1], window or like.shape[-1])
        # longer clips are covered by windows of the length that the network needs
        if n_frames != needed and not (window and n_frames > needed):
            raise ValueError(
                f"X has {n_frames} frames, but {type(self).__name__} is expecting "
                f"{needed} frames as input."
            )

    # -- training -------------------------------------------------------------------
    def _datasets(self, X, y, weight, groups, seed, given):
        """Return training clips and, if any are watched, validation clips.

        y is encoded, or None if there is nothing to stratify by; ``given`` is what
        ``fit`` was given to watch, checked and encoded.
        """
        window = getattr(self.augment, "crop", None)
        if given.X is not None:
            valid = self._dataset_class(given.X, given.y, window=window)
            return self._dataset_class(X, y, weight), valid
        train = valid = None
        if given.mask is not None:
            train, valid = np.flatnonzero(~given.mask), np.flatnonzero(given.mask)
            watched = self._dataset_class(X, y, None, valid, window=window)
            return self._dataset_class(X, y, weight, train), watched
        if self.early_stopping:
            train, valid = split_clips(
                np.zeros(len(X)) if y is None else y,
                groups,
                self.validation_fraction,
                seed,
                multilabel=y is None or self.multilabel_,
                names=None if y is None else self.classes_,
            )
        train = self._dataset_class(X, y, weight, train)
        if valid is not None:
            valid = self._dataset_class(X, y, weight, valid, window=window)
        return train, valid

    def _describe_net(self, train, task):
        """Return the NetSpec that the net is built from, now and when loaded."""
        X = train.X
        network, params = self._network()
        # Training crops windows at random positions and prediction covers the clip with
        # them, so the network takes their length and not that of the clip. A window
        # longer than the clip is the clip.
        window = getattr(self.augment, "crop", None)
        device = resolve_device(self.device)
        dtype, autocast = resolve_precision(self.precision, X.dtype, device)
        return NetSpec(
            network=network,
            params=params,
            n_bands=X.shape[-2],
            n_frames=min(X.shape[-1], window or X.shape[-1]),
            init=self.init,
            window=window,
            device=device,
            dtype=dtype,
            autocast=autocast,
            optimizer=self.optimizer,
            training=dict(
                max_epochs=self.max_epochs,
                batch_size=self.batch_size,
                lr=self.lr,
                optimizer__weight_decay=self.weight_decay,
                compile=self.compile,
                verbose=self.verbose,
            ),
            net_params=self.net_params,
            **self._scaling(X, train),
            **task,
        )

    def _scaling(self, X, train, prefix=""):
        """Return mean and scale of each band of X over the training clips, by name.

        They are lists, since a saved description holds plain data. Clips held out for
        early stopping have weight zero, so the network learns nothing about them.
        """
        if not self._standardizes():
            return {}
        mean, var = band_moments(X, train.clip_weight())
        scale = band_scale(var, X.dtype, mean)
        return {f"{prefix}mean": mean.tolist(), f"{prefix}scale": scale.tolist()}

    def _standardizes(self):
        """Return whether bands are standardized."""
        return self.standardize

    def _ready_net(self, train, task, seed, new):
        """Build the net, or give the existing one the current parameters."""
        if new:
            self._spec = self._describe_net(train, task)
            callbacks = make_callbacks(self)
            self.net_ = build_net(
                self._spec, net_class=self._net_class, callbacks=callbacks
            )
        else:
            self.net_.set_params(lr=self.lr, batch_size=self.batch_size)
        if new or getattr(self, "_generator", None) is None:
            self._generator = torch.Generator().manual_seed(seed)

    def _train(
        self,
        train,
        valid,
        seed,
        *,
        new,
        task,
        epochs,
        lr_schedule=None,
        checkpoint=None,
        n_restarts=0,
    ):
        """Train on one ClipDataset and validate on another, which may be None.

        A new net that learns nothing starts anew up to ``n_restarts`` times.
        """
        if len(train) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 clips or slices to train on, "
                f"got n_samples = {len(train)}."
            )
        if not new:
            self._warn_of_new_optimizer()
        if isinstance(train.X, RowView) and not (new and self._standardizes()):
            # learning the means reads all rows; if they are not learned, find bad rows
            # here, before any weight changes
            for _ in train.X.blocks():
                pass
        device = resolve_device(self.device) if new else self.net_.device
        keeping = kept_training(
            self, checkpoint, train, valid, epochs=epochs, device=device, new=new
        )
        settings = gpu_settings(device, deterministic=self.deterministic)
        seeds = seeds_of(seed, n_restarts if new else 0)
        with keeping as file, settings:

            def start(seed, last):
                with seeded(seed, device):
                    self._ready_net(train, task, seed, new)
                    guard = self._guard(train, epochs, last) if len(seeds) > 1 else None
                    self._run(train, valid, epochs, lr_schedule, file, guard)

            name = type(self).__name__
            given_up = start_until_learned(start, seeds, file, name, self.verbose)
        if new:
            self.n_restarts_ = given_up

    def _guard(self, train, epochs, last):
        """Return what gives a start up; the last one is judged at its end only."""
        n_batches = len(self.net_.get_iterator(train, training=True))
        wait = math.inf if last else patience(epochs, n_batches)
        return Guard(self.net_.constant_loss(train), wait)

    def _run(self, train, valid, epochs, lr_schedule, file, guard):
        """Run skorch's loop; leave the estimator unfitted if training fails."""
        net = self.net_
        callbacks = self._run_callbacks(train, epochs, lr_schedule)
        if guard is not None:
            callbacks.append(("guard", guard))
        if file is not None:
            epochs -= file.done
            # the last one, since it keeps the state of all others
            callbacks.append(("checkpoint", Checkpoint(file, generators_of(self))))
        try:
            with net.at_work(self._training(valid, callbacks)):
                net.partial_fit(train, None, epochs=epochs)
                require_finite(net)
        except DivergenceError:
            del self.net_
            raise
        except Exception as error:
            words = explanation(error, net, valid)
            if words is None:
                raise
            del self.net_
            raise ValueError(f"{type(self).__name__}: {words}") from error
        finally:
            self.n_iter_ = len(net.history)
        if net.interrupted_:
            warnings.warn(
                f"Training was interrupted after {self.n_iter_} epochs; the model "
                "keeps what it has learned."
            )
            raise KeyboardInterrupt(*([] if file is None else file.told()))
        if guard is not None:
            guard.judge(net)

    def _training(self, valid, callbacks):
        """Return what the net uses during this training."""
        net, spec = self.net_, self._spec
        n_values = net.batch_size * spec.n_bands * spec.n_frames
        return Training(
            valid,
            self.augment,
            self._generator,
            callbacks,
            autocast=self.precision == "auto"
            and bfloat16_is_faster(net.device, n_values),
            cuda_graph=self.cuda_graph,
        )

    def _run_callbacks(self, train, epochs, lr_schedule):
        """Return the callbacks of this training alone: the learning rate."""
        if lr_schedule is None:
            return []
        n_steps = epochs * len(self.net_.get_iterator(train, training=True))
        peaks = [group["lr"] for group in self.net_.optimizer_.param_groups]
        schedule = lr_scheduler(lr_schedule, peaks, n_steps)
        return [("lr_schedule", schedule.initialize())]

    @property
    def history_(self):
        """One dict per epoch, ready for a DataFrame: losses, scores, seconds.

        ``train_loss``, ``train_acc`` (of tags ``train_auc``, their mean ROC-AUC;
        neither with mixup), the same with ``valid_`` where clips are watched, ``dur``
        in seconds and what callbacks record. Scores are of windows, before those of a
        clip vote. Losses of batches are in ``net_.history``.
        """
        check_is_fitted(self)
        return [
            {k: v for k, v in row.items() if k not in _OF_BATCHES}
            for row in self.net_.history
        ]

    @property
    def module_(self):
        """The trained torch.nn.Module, without the wrapper of ``torch.compile``."""
        check_is_fitted(self)
        return bare_module(self.net_)
