"""Saved nets of any origin, checked before one is built from them."""

import dataclasses
import inspect

import torch

from .build import OPTIMIZERS
from .net import ClipNet
from .spec import NetSpec
from .standardize import Standardized

# what a file does not decide: where and how to compute
NEUTRAL_TRAINING = {"compile": False, "verbose": 0}
_TRAINING = ("max_epochs", "batch_size", "lr", "optimizer__weight_decay")
_GROUPS = "optimizer__param_groups"  # names of weights, each with rates
# of bands, frames, outputs and columns: far more than a network has, and few enough to
# describe one
_MOST = 10**6
_OPTIMIZER = "optimizer__"
_STATE = {"module", "optimizer", "history"}


class CheckedWhenLoaded:
    """Mixin of estimators whose saved state may come from others."""

    @classmethod
    def _saved_types(cls):
        """Return the classes in a saved network, beside that of the estimator."""
        return (NetSpec,) if cls._module is None else (NetSpec, cls._module)

    def _check_saved(self, learned):
        """Raise a ValueError if the saved state of such a network is odd.

        ``self`` is unfitted and has the saved parameters; of the arrays in ``learned``
        only shape and dtype are used.
        """
        check_net_params(self.net_params)
        if "_net_state" in learned:
            check_saved(self._net_class, *self._network(), learned)


def check_saved(net_class, network, params, learned):
    """Raise a ValueError if a saved net does not fit the parameters of its estimator.

    Parameters
    ----------
    net_class : type
        Class of the skorch net.
    network : type
        Class of the torch module.
    params : dict
        Parameters of the module, as `NetSpec` holds them.
    learned : dict
        Saved attributes of the estimator. Of the arrays only shape and dtype are used.
    """
    spec, state = learned.get("_spec"), learned["_net_state"]
    if not isinstance(spec, NetSpec) or set(state) != _STATE:
        raise ValueError("the net has no description")
    if spec.network is not network:
        raise ValueError(f"the net is a {spec.network.__name__}")
    # a network that is older than one of its parameters was built as by default
    trained = _defaults(network) | spec.params
    for name, value in params.items():
        if trained.get(name) != value:
            raise ValueError(
                f"the net was trained with {name}={trained.get(name)!r}, but the "
                f"parameter is {value!r} now. Set it back, or fit again"
            )
    _check_spec(spec, set(spec.params) - set(params))
    _check_loss(spec.loss, net_class)
    if state["optimizer"]:
        raise ValueError("a file does not set the state of an optimizer")
    _check_weights(spec, state["module"])


def _defaults(network):
    """Return the parameters of a network that have defaults."""
    signature = inspect.signature(network).parameters
    return {
        name: parameter.default
        for name, parameter in signature.items()
        if parameter.default is not parameter.empty
    }


def check_net_params(params):
    """Raise a ValueError if a file's ``net_params`` are not numbers of an optimizer."""
    for name, value in (params or {}).items():
        numbers = value if isinstance(value, list | tuple) else [value]
        if not (name.startswith(_OPTIMIZER) and all(map(_is_number, numbers))):
            raise ValueError(f"a file does not set {name} in net_params")


def _check_spec(spec, further):
    """Check the values of a description, but for the parameters of its estimator."""
    if spec.device != "cpu":
        raise ValueError("a file does not set device")
    check_net_params(spec.net_params)
    training = dict(spec.training)
    if not _is_plain(training.pop(_GROUPS, ())):
        raise ValueError(f"a file does not set such {_GROUPS}")
    if any(training.pop(k, v) is not v for k, v in NEUTRAL_TRAINING.items()):
        raise ValueError("a file does not set compile and verbose")
    counts = {k: getattr(spec, k) for k in ("n_bands", "n_frames", "n_outputs")}
    odd = [
        *(set(training) - set(_TRAINING)),
        *(k for k, v in training.items() if not _is_number(v)),
        *(k for k, v in counts.items() if not _is_count(v)),
        *(k for k in further if not _is_scaling(spec.params[k])),
        *(k for k in ("mean", "scale", "tag_weight") if not _is_list(getattr(spec, k))),
    ]
    known = isinstance(spec.optimizer, type) or spec.optimizer in OPTIMIZERS
    window = spec.window is None or _is_count(spec.window)
    precise = spec.dtype in ("float32", "float64") and isinstance(spec.autocast, bool)
    if odd or not (known and window and precise):
        raise ValueError(f"the net has an odd description ({', '.join(odd)})")


def _check_loss(loss, net_class):
    """Check that the parameters of the loss are such, and no others of the net."""
    known = {
        name
        for kind in net_class.__mro__
        if issubclass(kind, ClipNet)
        for name, one in inspect.signature(kind).parameters.items()
        if one.kind is one.KEYWORD_ONLY
    }
    for name, value in loss.items():
        plain = isinstance(value, str) or _is_number(value)
        if name not in known - {"dtype", "autocast"} or not plain:
            raise ValueError(f"a file does not set {name} of a net")


def _is_number(value):
    return isinstance(value, int | float)


def _is_plain(value):
    """Return whether a value is text, a number, or consists of such."""
    if isinstance(value, dict):
        return all(map(_is_plain, (*value, *value.values())))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, str) or _is_number(value)


def _is_count(value):
    return type(value) is int and 0 <= value <= _MOST


def _is_list(value):
    return value is None or (isinstance(value, list) and all(map(_is_number, value)))


def _is_scaling(value):
    """Return whether a value is a number of columns, or their means or scales."""
    return _is_count(value) or _is_list(value)


def _check_weights(spec, weights):
    """Compare names and shapes with those of such a net, which takes no memory."""
    # drawing initial weights would cost time
    bare = dataclasses.replace(spec, init=None)
    with torch.device("meta"):
        module = Standardized(**bare.module_params())
    expected = {name: tuple(t.shape) for name, t in module.state_dict().items()}
    found = {name: value.shape for name, value in weights.items()}
    for name in {**expected, **found}:
        if expected.get(name) != found.get(name):
            raise ValueError(
                f"the weights {name} have shape {found.get(name)}, not "
                f"{expected.get(name)}"
            )
    for name, tensor in module.state_dict().items():
        kind = "f" if tensor.is_floating_point() else "i"
        if weights[name].dtype.kind != kind or weights[name].dtype.itemsize > 8:
            raise ValueError(f"the weights {name} are {weights[name].dtype}")
