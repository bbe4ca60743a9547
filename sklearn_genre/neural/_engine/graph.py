"""Training steps that a GPU has recorded and plays back.

A small network costs a GPU less time than the CPU needs to launch its kernels one by
one. A CUDA graph launches those of a whole step at once. It reads and writes the memory
that it was recorded with, so a batch is copied there first, and results are copied out.
"""

import collections
import contextlib

import torch

from .feed import mapped

# Steps before one is recorded: libraries choose their algorithms and set aside memory
# in the first, which a recording must not contain. As many as in PyTorch's own
# documentation of CUDA graphs.
_WARM_UP = 3


def step_graphs(net):
    """Return the StepGraphs of a net's training, or None where no GPU computes."""
    if torch.device(net.device).type != "cuda":
        return None
    return StepGraphs(list(net.module_.parameters()), CudaRecorder(net.device))


class StepGraphs:
    """The recorded steps of one training: forward pass, loss and gradients.

    Whatever else belongs to a training stays outside: the augmentation, callbacks that
    look at gradients, and the optimizer, whose learning rate may change. A batch of
    another shape, as is often the last of an epoch, has a recording of its own; so has
    a network of which other weights are trained.

    Parameters
    ----------
    weights : list of torch.nn.Parameter
    recorder : object
        Has the methods of `CudaRecorder`.
    """

    def __init__(self, weights, recorder):
        self.weights, self.recorder = weights, recorder
        self.seen, self.recorded = collections.Counter(), {}

    def step(self, function, batch):
        """Return what a step returns for a batch, recorded or not.

        Parameters
        ----------
        function : callable
            Computes the gradients of a batch and returns a dict with "loss" and
            "y_pred". The weights have no gradients when it is called.
        batch : nested dict or tuple of torch.Tensor

        Returns
        -------
        step : dict

        Raises
        ------
        ValueError
            If the device cannot record the step of this network.
        """
        key = _layout(batch), tuple(w.requires_grad for w in self.weights)
        if key not in self.recorded:
            self.seen[key] += 1
            if self.seen[key] <= _WARM_UP:
                with self.recorder.aside():
                    return function(batch)
            self.recorded[key] = self._record(function, batch)
        replay, held, step, gradients = self.recorded[key]
        _fill(held, batch)
        replay()
        for weight, gradient in zip(self.weights, gradients, strict=True):
            weight.grad = gradient
        return mapped(torch.clone, step)

    def _record(self, function, batch):
        """Return the replay, its batch, its results and its gradients."""
        held = mapped(self.recorder.hold, batch)
        try:
            replay, step = self.recorder.record(lambda: function(held))
        except RuntimeError as error:
            raise ValueError(
                "cuda_graph: the step of this network cannot be recorded "
                f"({str(error).partition(chr(10))[0]}). Train with cuda_graph=False."
            ) from error
        step = mapped(torch.detach, step)
        return replay, held, step, [weight.grad for weight in self.weights]


class CudaRecorder:
    """CUDA graphs of one device.

    Parameters
    ----------
    device : str
    """

    def __init__(self, device):
        self.device = torch.device(device)

    @contextlib.contextmanager
    def aside(self):
        """Compute in a stream of its own, as a recording does."""
        current = torch.cuda.current_stream(self.device)
        stream = torch.cuda.Stream(self.device)
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            yield
        current.wait_stream(stream)

    def hold(self, tensor):
        """Return a copy of a tensor, in the memory that a recording reads."""
        return tensor.to(self.device, copy=True)

    def record(self, function):
        """Return a function that repeats what a function does, and its results.

        Nothing is computed before the first repetition.
        """
        graph = torch.cuda.CUDAGraph()
        with (
            torch.cuda.device(self.device),
            # the thread that reads batches ahead sets memory aside meanwhile
            torch.cuda.graph(
                graph,
                stream=torch.cuda.Stream(self.device),
                capture_error_mode="thread_local",
            ),
        ):
            results = function()
        return graph.replay, results


def _layout(values):
    """Return the names and shapes of tensors, which may be nested."""
    if isinstance(values, dict):
        return tuple((name, _layout(value)) for name, value in values.items())
    if isinstance(values, tuple | list):
        return tuple(map(_layout, values))
    return values.dtype, values.shape


def _fill(held, values):
    """Copy tensors, which may be nested, into others of the same layout."""
    if isinstance(held, torch.Tensor):
        return held.copy_(values, non_blocking=True)
    pairs = (
        zip(held.values(), values.values(), strict=True)
        if isinstance(held, dict)
        else zip(held, values, strict=True)
    )
    for old, new in pairs:
        _fill(old, new)
