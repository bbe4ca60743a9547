"""Base of everything that trains a net: parameters, training, saved state."""

import dataclasses
import numbers
import warnings

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .. import __version__
from .._utils.arrays import validate_nd, with_frame_axis
from .._utils.device import resolve_device
from .._utils.moments import band_moments, band_scale
from ..parameters import (
    AnyOf,
    Declared,
    Device,
    Flag,
    Folder,
    Having,
    Integer,
    Mapping,
    OneOf,
    Real,
    Seed,
    Verbosity,
)
from ..rows import RowView
from ._engine.build import build_net, make_callbacks, resolve_precision, seeded
from ._engine.callbacks import (
    LR_SCHEDULES,
    DivergenceError,
    FiniteLoss,
    explanation,
    lr_scheduler,
    require_finite,
)
from ._engine.checkpoint import Checkpoint, generators_of, kept_training
from ._engine.data import ClipDataset
from ._engine.net import ClipNet, Training
from ._engine.rules import Callbacks, Optimizer
from ._engine.saved import CheckedWhenLoaded
from ._engine.spec import NetSpec
from ._engine.standardize import INITS
from ._engine.state import bare_module, net_state
from ._engine.targets import split_clips

_NET_PREFIXES = tuple(
    f"{part}__"
    for part in (
        "module",
        "criterion",
        "optimizer",
        "iterator_train",
        "iterator_valid",
        "callbacks",
        "compile",
    )
)


def _is_seed(random_state):
    """Return whether a random_state gives the same numbers in another process."""
    return isinstance(random_state, numbers.Integral)


def _architecture(cls):
    """Return the names of the parameters that a network's module takes."""
    return [
        name for kind in cls.__mro__ for name in vars(kind).get("_architecture", ())
    ]


class NeuralEstimator(CheckedWhenLoaded, Declared, BaseEstimator):
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
        Number of frames in ``fit``.
    n_iter_ : int
        Number of epochs trained.

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

    _tables = ("_architecture", "_parameters")
    # class of the torch module, and the parameters that it takes
    _module, _architecture = None, {}
    _parameters = {
        "max_epochs": Integer(30, "Passes over the training data.", low=1),
        "batch_size": Integer(
            32,
            "Slices (or clips) per training step. Prediction takes as many at a time "
            "as suit the device, unless "
            '``net_params={"iterator_valid__batch_size": n}`` says how many.',
            low=1,
        ),
        "optimizer": Optimizer("adam", "Its learning rate is ``lr``."),
        "lr": Real(1e-3, "Learning rate.", low=0),
        "lr_schedule": OneOf(
            None,
            'How the learning rate changes during one call of ``fit``: "cosine" falls '
            'from ``lr`` to zero along half a cosine; "one_cycle" rises from a 25th '
            "of ``lr`` during the first quarter of the batches, then falls likewise.",
            choices=LR_SCHEDULES,
            none=True,
        ),
        "weight_decay": Real(0.0, "L2 penalty of the optimizer.", low=0),
        "early_stopping": Flag(
            False,
            "Hold out clips (whole groups when ``groups`` are given to ``fit``, never "
            "single slices), stop when their loss no longer falls, keep the best "
            "weights.",
        ),
        "validation_fraction": Real(
            0.1,
            "Share of clips held out for early stopping.",
            low=0,
            high=1,
            closed="neither",
        ),
        "n_iter_no_change": Integer(
            10, "Epochs without improvement before stopping.", low=1
        ),
        "standardize": Flag(
            True,
            "Standardize each band by its mean and standard deviation over the "
            "training clips.",
        ),
        "init": AnyOf(
            None,
            'How initial weights are drawn. "he" and "xavier": normal, scaled by the '
            'size of the layer, with biases of zero; "normal": weights and biases from '
            "the standard normal distribution; a number: from a normal one of that "
            "standard deviation. None leaves them to torch's layers.",
            OneOf(choices=INITS),
            Real(low=0, closed="right"),
            none=True,
        ),
        "augment": Having(
            None,
            "Random changes of training batches.",
            methods=("check_params", "change", "mix"),
            type="Augmentation",
            none=True,
        ),
        "warm_start": Flag(
            False, "Whether ``fit`` continues from the weights of the last call."
        ),
        "callbacks": Callbacks(None, "Each ``fit`` uses clones of them."),
        "checkpoint": Folder(
            None,
            "Where ``fit`` keeps the state of a training after its epochs, every few "
            "seconds. After a kill, the same ``fit`` continues from there, and ends as "
            "if nothing had happened (on a CPU to the last bit); a finished ``fit`` "
            "removes its file. It needs an integer ``random_state``.",
            none=True,
        ),
        "net_params": Mapping(
            None,
            'Further parameters of the skorch net, such as ``{"optimizer__betas": '
            "(0.9, 0.99)}``. ``set_params(optimizer__betas=...)`` writes here, so "
            "these names can be searched too.",
            keys=str,
            none=True,
        ),
        "compile": Flag(
            False, "Whether to compile the network with ``torch.compile``."
        ),
        "device": Device(
            "cpu",
            'Device of the skorch net: "cpu", "cuda", "cuda:1", ..., or "auto" for '
            "CUDA if it is available; workers of a parallel search take turns at the "
            "GPUs.",
        ),
        "precision": OneOf(
            "auto",
            '"auto" is the precision of X on the CPU and float32 elsewhere; "bfloat16" '
            "keeps weights in float32 and computes under autocast.",
            choices=("auto", "float32", "float64", "bfloat16"),
        ),
        "random_state": Seed(
            None,
            "Seeds initial weights, shuffling, dropout and augmentation. torch's "
            "global generators are left as they were. Results do not depend on the "
            "number of workers as long as torch uses the same number of threads.",
        ),
        "verbose": Verbosity(0, "1 prints a line per epoch, 2 adds a progress bar."),
    }

    # -- parameters: skorch's dunder names live in net_params -------------------
    def get_params(self, deep=True):
        """Return the parameters of the estimator, including those of the net.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include nested ones (``augment__mixup``, ``optimizer__betas``).

        Returns
        -------
        params : dict
        """
        params = super().get_params(deep=deep)
        if deep and isinstance(self.net_params, dict):
            params.update(self.net_params)
        return params

    def set_params(self, **params):
        """Set parameters, including those with skorch's names (``optimizer__betas``).

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self : NeuralEstimator
        """
        nested = {k: params.pop(k) for k in list(params) if k.startswith(_NET_PREFIXES)}
        super().set_params(**params)
        if nested:
            self.net_params = {**(self.net_params or {}), **nested}
        return self

    def _check_params(self):
        """Check every parameter, and those of the augmentation."""
        self.check_params()
        if self.checkpoint is not None and not _is_seed(self.random_state):
            raise ValueError(
                f"{type(self).__name__}: checkpoint needs a random_state that is an "
                f"integer, got {self.random_state!r}: no two trainings are the same "
                "without one."
            )
        if self.augment is not None:
            self.augment.check_params()

    def _network(self):
        """Return the class of the torch module, and its parameters as plain data."""
        if self._module is None:
            raise NotImplementedError(f"{type(self).__name__} must provide a network.")
        rules = {name: self._rules[name] for name in _architecture(type(self))}
        return self._module, {
            name: rule.plain(getattr(self, name), self) for name, rule in rules.items()
        }

    # -- data ---------------------------------------------------------------------
    def _check_X(self, X, reset):
        """Return X as (n, n_bands, n_frames) or (n, n_slices, n_bands, n_frames)."""
        X = validate_nd(self, X, reset=reset, lazy=True)
        n_frames = X.shape[-1] if X.ndim > 2 else 1
        if reset:
            self.n_dim_in_, self.n_frames_in_ = X.ndim, n_frames
        elif X.ndim != self.n_dim_in_:
            raise ValueError(
                f"X has {X.ndim} dimensions, but {type(self).__name__} was fitted "
                f"with {self.n_dim_in_}-D X."
            )
        elif self._fixed_frames and not self._frames_fit(n_frames):
            raise ValueError(
                f"X has {n_frames} frames, but {type(self).__name__} is expecting "
                f"{self._spec.n_frames} frames as input."
            )
        return with_frame_axis(X)

    def _frames_fit(self, n_frames):
        """Return whether a fixed-length network can take clips of this many frames."""
        needed = self._spec.n_frames
        # longer clips are covered by windows of the length that the network needs
        return n_frames == needed or (self._spec.window and n_frames > needed)

    # -- training -------------------------------------------------------------------
    def _datasets(self, X, y, weight, groups, seed):
        """Return training clips and, for early stopping, validation clips.

        y is encoded, or None if there is nothing to stratify by.
        """
        train = valid = None
        if self.early_stopping:
            train, valid = split_clips(
                np.zeros(len(X)) if y is None else y,
                groups,
                self.validation_fraction,
                seed,
                multilabel=y is None or self.multilabel_,
            )
        train = self._dataset_class(X, y, weight, train)
        if valid is not None:
            window = getattr(self.augment, "crop", None)
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
    ):
        """Train on one ClipDataset and validate on another, which may be None."""
        if len(train) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 clips or slices to train on, "
                f"got n_samples = {len(train)}."
            )
        if isinstance(train.X, RowView) and not (new and self._standardizes()):
            # learning the means reads all rows; if they are not learned, find bad rows
            # here, before any weight changes
            for _ in train.X.blocks():
                pass
        device = resolve_device(self.device) if new else self.net_.device
        keeping = kept_training(
            self, checkpoint, train, valid, epochs=epochs, device=device, new=new
        )
        with keeping as file, seeded(seed, device):
            self._ready_net(train, task, seed, new)
            self._run(train, valid, epochs, lr_schedule, file)

    def _run(self, train, valid, epochs, lr_schedule, file):
        """Run skorch's loop; leave the estimator unfitted if training fails."""
        net = self.net_
        callbacks = self._run_callbacks(train, epochs, lr_schedule)
        if file is not None:
            epochs -= file.done
            # the last one, since it keeps the state of all others
            callbacks.append(("checkpoint", Checkpoint(file, generators_of(self))))
        try:
            with net.at_work(Training(valid, self.augment, self._generator, callbacks)):
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

    def _run_callbacks(self, train, epochs, lr_schedule):
        """Return the callbacks of this training alone: learning rate and guard."""
        guard = [("finite_loss", FiniteLoss().initialize())]
        if lr_schedule is None:
            return guard
        n_steps = epochs * len(self.net_.get_iterator(train, training=True))
        peaks = [group["lr"] for group in self.net_.optimizer_.param_groups]
        schedule = lr_scheduler(lr_schedule, peaks, n_steps)
        return [("lr_schedule", schedule.initialize()), *guard]

    @property
    def history_(self):
        """Losses, scores and times of each epoch: a skorch History (list of dict)."""
        check_is_fitted(self)
        return self.net_.history

    @property
    def module_(self):
        """The trained torch.nn.Module, without the wrapper of ``torch.compile``."""
        check_is_fitted(self)
        return bare_module(self.net_)

    # -- scikit-learn and pickle ------------------------------------------------------
    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __getstate__(self):
        state = dict(super().__getstate__(), _version=__version__)
        state.pop("_generator", None)
        net = state.pop("net_", None)
        if net is not None:
            state["_net_state"] = net_state(net)
        return state

    def __setstate__(self, state):
        state = dict(state)
        version, net = state.pop("_version", None), state.pop("_net_state", None)
        super().__setstate__(state)
        if net is not None and version != __version__:
            warnings.warn(
                f"{type(self).__name__} was saved by sklearn_genre {version} and is "
                f"loaded by {__version__}: check its predictions before you rely on "
                "them."
            )
        if net is not None:
            self._load_net(net)

    def _load_net(self, state):
        """Rebuild the net from its state."""
        with seeded(0, "cpu"):
            self.net_ = build_net(
                self._spec,
                net_class=self._net_class,
                callbacks=make_callbacks(self),
                state=state,
            )

    def _move_net(self, device):
        """Rebuild the net on another device."""
        if hasattr(self, "net_"):
            self._spec = dataclasses.replace(self._spec, device=device)
            self._load_net(net_state(self.net_))
