"""Nets as plain data, so that saved models hold NumPy arrays and nothing of torch."""

import numpy as np
import torch


def to_plain(state):
    """Tensors of a nested state dict as NumPy arrays."""
    if isinstance(state, torch.Tensor):
        return state.detach().cpu().numpy().copy()
    if isinstance(state, dict):
        return {key: to_plain(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [to_plain(value) for value in state]
    return state


def to_torch(state):
    """The inverse of `to_plain`."""
    if isinstance(state, np.ndarray):
        return torch.from_numpy(np.array(state))
    if isinstance(state, dict):
        return {key: to_torch(value) for key, value in state.items()}
    if isinstance(state, list):
        return [to_torch(value) for value in state]
    return state


def bare_module(net):
    """The module of a net, without torch.compile's wrapper."""
    return getattr(net.module_, "_orig_mod", net.module_)


def net_state(net):
    """State of a trained net: weights, optimizer and history as plain data."""
    saved = net.saved_optimizer
    return dict(
        module=to_plain(bare_module(net).state_dict()),
        optimizer=to_plain(net.optimizer_.state_dict()) if saved is None else saved,
        history=[dict(row) for row in net.history],
    )


def load_net_state(net, state):
    """Put the state of `net_state` into an initialized net; not its optimizer's."""
    bare_module(net).load_state_dict(to_torch(state["module"]))
    net.history.extend(state["history"])
