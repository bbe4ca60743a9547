"""Locks between processes, which the operating system releases when one dies."""

import contextlib
import os


@contextlib.contextmanager
def locked(path, *, wait=True):
    """Hold the lock of a file, which is created if it is missing.

    Where there are no such locks (Windows, some network file systems), or the file
    cannot be opened, nothing is locked and nobody waits.

    Parameters
    ----------
    path : path-like
        A link is not followed.
    wait : bool, default=True
        Whether to wait for another process, or another thread, that holds the lock.

    Raises
    ------
    BlockingIOError
        If another one holds the lock and ``wait`` is False.
    """
    with contextlib.ExitStack() as stack:
        try:
            _lock(path, wait, stack)
        except BlockingIOError:
            raise
        except (ImportError, OSError):
            pass
        yield


def _lock(path, wait, stack):
    """Lock a file until the stack is closed."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    stack.callback(os.close, descriptor)
    fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    # closing is not enough if a process was forked meanwhile
    stack.callback(fcntl.flock, descriptor, fcntl.LOCK_UN)
