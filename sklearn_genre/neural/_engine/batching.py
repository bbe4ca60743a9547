"""How many windows of clips a network takes at a time when it predicts."""

import torch
from torch import nn

from .state import bare_module

# The largest output of a layer that stays in the cache of a core. Measured on two
# processors: networks of images are up to twice as fast in such batches as in larger
# ones, networks without images slower.
_CACHE = 2**22
_MOST = 1024


def prediction_batch_size(net, clips):
    """Return the windows per batch: few on a CPU, as many as fit on a GPU.

    On a CPU the largest output of a two-dimensional convolution decides; a network
    without one, or a compiled network, keeps the batch size of its training. On a GPU
    the outputs of all layers together may take an eighth of the memory, for at most
    1024 windows. ``iterator_valid__batch_size`` of the net takes precedence.

    Parameters
    ----------
    net : ClipNet
        Trained.
    clips : ClipDataset

    Returns
    -------
    n : int
    """
    asked = net.get_params_for("iterator_valid").get("batch_size")
    if asked is not None or hasattr(net.module_, "_orig_mod") or not len(clips):
        return net.batch_size if asked is None else asked
    known = vars(net).setdefault("_output_sizes", {})
    key = (*clips.X.shape[2 - clips.X.ndim :], clips.window)
    if key not in known:
        known[key] = _output_sizes(net, clips)
    images, total = known[key]
    device = torch.device(net.device)
    if device.type == "cuda":
        # a share of all memory, not of what is free: the same batches in every run
        memory = torch.cuda.get_device_properties(device).total_memory
        return max(1, min(_MOST, memory // 8 // total))
    if not images:
        return net.batch_size
    return max(1, min(net.batch_size, torch.get_num_threads() * _CACHE // images))


def _output_sizes(net, clips):
    """Return bytes per window: the largest output of a Conv2d, and all outputs."""
    images, every = [0], []

    def note(module, args, out):
        if isinstance(out, torch.Tensor):
            size = out.numel() * out.element_size()
            every.append(size)
            if isinstance(module, nn.Conv2d) and out.shape[-2] > 1:
                images.append(size)

    leaves = [m for m in bare_module(net).modules() if not any(m.children())]
    hooks = [leaf.register_forward_hook(note) for leaf in leaves]
    try:
        net.evaluation_step(clips.__getitems__([0]))
    finally:
        for hook in hooks:
            hook.remove()
    return max(images), max(1, sum(every))
