"""Nets as plain data, so that saved models hold NumPy arrays and nothing of torch."""

import numpy as np
import torch


def to_plain(state):
    """Return a nested state dict with NumPy arrays for tensors."""
    if isinstance(state, torch.Tensor):
        return state.detach().cpu().numpy().copy()
    if isinstance(state, dict):
        return {key: to_plain(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [to_plain(value) for value in state]
    return state


def to_torch(state):
    """Invert `to_plain`."""
    if isinstance(state, np.ndarray):
        return torch.from_numpy(np.array(state))
    if isinstance(state, dict):
        return {key: to_torch(value) for key, value in state.items()}
    if isinstance(state, list):
        return [to_torch(value) for value in state]
    return state


def bare_module(net):
    """Return the module of a net without the wrapper of torch.compile."""
    return getattr(net.module_, "_orig_mod", net.module_)


def net_state(net, *, optimizer=True):
    """Return the state of a trained net: weights, optimizer, history as plain data.

    Parameters
    ----------
    net : ClipNet
    optimizer : bool, default=True
        False leaves the state of the optimizer empty, as that of a new one.

    Returns
    -------
    state : dict
    """
    return dict(
        module=to_plain(bare_module(net).state_dict()),
        optimizer=_optimizer_state(net) if optimizer else {},
        history=[dict(row) for row in net.history],
    )


def _optimizer_state(net):
    saved = net.saved_optimizer
    return to_plain(net.optimizer_.state_dict()) if saved is None else saved


def restore_net(net, state):
    """Initialize a net with the state that `net_state` returned."""
    # the state of the optimizer is kept aside until a training needs it
    net.saved_optimizer = state["optimizer"]
    net.initialize()
    bare_module(net).load_state_dict(to_torch(state["module"]))
    net.history.extend(state["history"])
    return net
