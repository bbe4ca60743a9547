"""Settings of a GPU during a training."""

import contextlib
import os

import torch


@contextlib.contextmanager
def gpu_settings(device, *, deterministic):
    """Let cuDNN choose the fastest algorithms, or everything the reproducible ones.

    The settings are torch's global ones; they are put back afterwards, and nothing is
    set for a CPU.

    Parameters
    ----------
    device : str
    deterministic : bool
    """
    if torch.device(device).type != "cuda":
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    if deterministic:
        # read by cuBLAS at its first use in a process, which this may be
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        if deterministic:
            torch.use_deterministic_algorithms(True)
        # batches have one or two shapes, so that trying algorithms pays off
        with torch.backends.cudnn.flags(
            enabled=torch.backends.cudnn.enabled,
            benchmark=not deterministic,
            deterministic=deterministic,
            allow_tf32=torch.backends.cudnn.allow_tf32,
        ):
            yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned)
