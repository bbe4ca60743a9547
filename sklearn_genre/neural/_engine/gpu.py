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


# Values in a batch from which bfloat16 was faster than float32 on the one GPU that was
# measured, an H200: 1.15 times at 2.2 million; at 0.3 million it was slower (0.94).
_LARGE_BATCH = 2**21


def bfloat16_is_faster(device, n_values):
    """Return whether a training on a device is expected to be faster in bfloat16.

    Parameters
    ----------
    device : str
    n_values : int
        In one batch.
    """
    if torch.device(device).type != "cuda" or n_values < _LARGE_BATCH:
        return False
    # from Ampere on GPUs have units for it
    return torch.cuda.get_device_capability(device) >= (8, 0)
