"""Device and number of threads for torch."""

import contextlib
import multiprocessing
import re
import threading

_LOCK = threading.Lock()
_LIMITED = {"depth": 0, "threads": 1}


def resolve_device(device):
    """Return a device that is available: "cpu", "cuda", "cuda:1", ...

    "auto" is the GPU of this process, or "cpu" if there is none.

    Raises
    ------
    ValueError
        If the name is unknown, or CUDA is asked for and not available.
    """
    name = "cpu" if device is None else str(device)
    if name == "cpu":
        return name
    import torch  # takes a second, which what needs no GPU may not need either

    available = torch.cuda.is_available()
    if name == "auto":
        return _own_gpu(torch.cuda.device_count()) if available else "cpu"
    if name.startswith("cuda") and not available:
        raise ValueError(
            f"device={device!r}, but CUDA is not available here; use device='auto' or "
            "'cpu'."
        )
    try:
        torch.device(name)
    except RuntimeError as error:
        raise ValueError(
            f"device={device!r} is not a device; use 'cpu', 'cuda', 'cuda:1' or 'auto'."
        ) from error
    return name


def _own_gpu(n_gpus):
    """Return the GPU of this process: the numbered workers of a pool take turns.

    joblib and multiprocessing number their workers in the name of the process.
    Elsewhere (dask, SLURM) CUDA_VISIBLE_DEVICES puts a worker's own GPU first.
    """
    number = re.search(r"[-:](\d+)$", multiprocessing.current_process().name)
    if number is None or n_gpus < 2:
        return "cuda"
    return f"cuda:{(int(number[1]) - 1) % n_gpus}"


@contextlib.contextmanager
def one_torch_thread():
    """Let torch compute with one thread, so that ``n_jobs`` alone sets the number.

    The setting is global in torch: if several threads are inside at the same time, the
    last one to leave restores the count that the first one found.
    """
    import torch

    with _LOCK:
        if _LIMITED["depth"] == 0:
            _LIMITED["threads"] = torch.get_num_threads()
        _LIMITED["depth"] += 1
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _LOCK:
            _LIMITED["depth"] -= 1
            torch.set_num_threads(_LIMITED["threads"])
