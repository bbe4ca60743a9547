"""Work in other processes: those of joblib's loky, or of a dask cluster."""

import functools
import pickle
import warnings
from collections import deque

import joblib
from joblib import Parallel, delayed, wrap_non_picklable_objects
from joblib.parallel import get_active_backend


def n_threads(n_jobs):
    """Return in how many threads joblib works here; None if in other processes.

    Parameters
    ----------
    n_jobs : int or None
        As asked for; None takes what ``joblib.parallel_config`` says.
    """
    backend, configured = get_active_backend(prefer="threads")
    n_jobs = configured if n_jobs is None else n_jobs
    if n_jobs == 1:
        return 1
    if not getattr(backend, "supports_sharedmem", False):
        return None
    return backend.effective_n_jobs(n_jobs)


def n_processes(n_jobs):
    """Return in how many other processes joblib works here; 1 if in threads."""
    if n_threads(n_jobs) is not None:
        return 1
    backend, configured = get_active_backend()
    return backend.effective_n_jobs(configured if n_jobs is None else n_jobs)


def spread(function, tasks, n_jobs):
    """Call a function in other processes, and yield what it returns, in order.

    In these, whatever uses joblib has one thread.

    Parameters
    ----------
    function : callable
        Sent with every task, so that no worker that is lost holds the only copy.
    tasks : iterator of tuple
        The arguments of each call; taken as processes get free.
    n_jobs : int or None

    Yields
    ------
    task : tuple
    result : object
    """
    # classes of a notebook go with it
    packed, sent = pickle.dumps(wrap_non_picklable_objects(function)), deque()

    def calls():
        for task in tasks:
            sent.append(task)
            yield delayed(_call)(packed, *task)

    # a task is as large as it should be
    parallel = Parallel(n_jobs, prefer="threads", batch_size=1, return_as="generator")
    results = parallel(calls())
    try:
        for result in results:
            yield sent.popleft(), result
    finally:
        with warnings.catch_warnings():
            # joblib warns of what was computed in vain, as if one could help it
            warnings.simplefilter("ignore")
            results.close()


def _call(packed, *task):
    """Call a function that was sent as bytes."""
    with joblib.parallel_config("sequential"):
        return _unpacked(packed)(*task)


# a model with its network is built once, not for every batch of files
@functools.lru_cache(maxsize=1)
def _unpacked(packed):
    """Return an object from its bytes."""
    return pickle.loads(packed)


def portable(error):
    """Return an error as it is, if it can be sent to another process, or its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
