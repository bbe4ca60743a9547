"""From a description to an initialized skorch net: in ``fit``, and when loaded."""

import contextlib
import threading
import warnings

import torch
from sklearn.base import clone
from skorch.callbacks import EarlyStopping, ProgressBar

from .data import clip_loader
from .net import ClipNet
from .scores import Scores
from .standardize import Standardized
from .state import restore_net

OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}

# torch's global generators drive weight initialization and dropout: two threads
# that train at once would share them
_RNG_LOCK = threading.RLock()


def resolve_precision(precision, dtype, device):
    """Return the name of the weights' dtype, and whether to compute under autocast."""
    if precision == "auto":
        return (str(dtype) if device == "cpu" else "float32"), False
    if precision == "bfloat16":
        if device == "cpu" and not _multiplies_bfloat16():
            warnings.warn(
                'precision="bfloat16": the processor of this machine does not multiply '
                'bfloat16, and takes many times as long as with precision="float32".'
            )
        return "float32", True
    return precision, False


def _multiplies_bfloat16():
    """Return whether the CPU has fast operations of bfloat16, as far as torch knows."""
    if not torch.backends.mkldnn.is_available():
        return True  # not known
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()


def build_net(spec, *, net_class=ClipNet, callbacks=(), state=None):
    """Return an initialized skorch net.

    Parameters
    ----------
    spec : NetSpec
    net_class : type, default=ClipNet
    callbacks : sequence of (name, skorch callback)
    state : dict or None, default=None
        State of a trained net, as `net_state` returns it.

    Returns
    -------
    net : ClipNet
    """
    params = dict(
        dtype=getattr(torch, spec.dtype),
        autocast=spec.autocast,
        optimizer=OPTIMIZERS.get(spec.optimizer, spec.optimizer),
        iterator_train=clip_loader,
        iterator_train__shuffle=True,
        iterator_valid=clip_loader,
        callbacks=list(callbacks),
        device=_present_device(spec.device),
        **spec.training,
        **spec.loss,
        **_fused(spec),
        **_criterion(spec),
        **{f"module__{name}": value for name, value in spec.module_params().items()},
    )
    net = net_class(Standardized, **params | (spec.net_params or {}))
    if state is not None:
        return restore_net(net, state)
    net.initialize()
    _check_callbacks(net, spec.net_params or {})
    return net


def _check_callbacks(net, given):
    """Refuse parameters of callbacks that there are not, which skorch overlooks."""
    known = {name for name, _ in [*net.get_default_callbacks(), *net.callbacks_]}
    for parameter, value in given.items():
        part, _, rest = parameter.partition("__")
        name = rest.split("__")[0]
        # None takes a callback out of the list
        if part == "callbacks" and name and value is not None and name not in known:
            raise ValueError(
                f"net_params must not have {parameter!r}: there is no such callback, "
                f"only {', '.join(sorted(known))}."
            )


def _present_device(device):
    """Return the device of the training or, with a warning, one that is available."""
    if not device.startswith("cuda"):
        return device
    if not torch.cuda.is_available():
        warnings.warn(
            "The model was trained on CUDA, which is not available here: using the CPU."
        )
        return "cpu"
    if (torch.device(device).index or 0) >= torch.cuda.device_count():
        warnings.warn(
            f"The model was trained on {device}, which is not available here: using "
            "the first GPU."
        )
        return "cuda"
    return device


def _fused(spec):
    """Return the parameter that makes the optimizer update all weights in one pass."""
    named = isinstance(spec.optimizer, str)
    other = ("optimizer__foreach", "optimizer__differentiable")
    chosen = any(name in (spec.net_params or {}) for name in other)
    return {"optimizer__fused": True} if named and not chosen else {}


def _criterion(spec):
    """Return the parameters of the criterion.

    Only those in use: a criterion of the user need not know the others.
    """
    if spec.loss["multilabel"]:
        kind, name, value = torch.nn.BCEWithLogitsLoss, "pos_weight", spec.tag_weight
        value = None if value is None else torch.tensor(value)
    else:
        kind, name = torch.nn.CrossEntropyLoss, "label_smoothing"
        value = spec.loss["label_smoothing"] or None
    used = {} if value is None else {f"criterion__{name}": value}
    return dict(criterion=kind, criterion__reduction="none", **used)


def make_callbacks(estimator):
    """Return clones of the user's callbacks, and those that the parameters ask for."""
    callbacks = clone(list(estimator.callbacks or []), safe=False)
    multilabel = getattr(estimator, "multilabel_", None)
    if multilabel is not None:
        # first, so that the user's callbacks can monitor the scores
        callbacks.insert(0, ("scores", Scores(multilabel)))
    if estimator.early_stopping:
        stop = EarlyStopping(
            patience=estimator.n_iter_no_change, load_best=True, sink=_quiet
        )
        callbacks.append(("early_stopping", stop))
    if estimator.verbose >= 2:
        callbacks.append(("progress_bar", ProgressBar()))
    return callbacks


def _quiet(text):
    """Discard the message."""


@contextlib.contextmanager
def seeded(seed, device):
    """Seed torch's global generators, and restore their state afterwards."""
    device = torch.device(device)
    devices = [device.index or 0] if device.type == "cuda" else []
    with _RNG_LOCK, torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
