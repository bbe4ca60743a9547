"""One look at every clip, in parallel, that no clip stops."""

from joblib import Parallel, delayed


def survey(function, clips, *, n_jobs=None):
    """Call a function for every clip, whatever becomes of the others.

    Parameters
    ----------
    function : callable
        Takes a clip and its position.
    clips : sequence
    n_jobs : int or None, default=None
        Number of clips at the same time, in threads: decoding releases Python's lock.

    Yields
    ------
    found : object
        What the function returns for each clip, in order; where it fails, the
        exception, as any failure of a file is a fact about that file.
    """
    calls = (delayed(_result)(function, clip, i) for i, clip in enumerate(clips))
    yield from Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(calls)


def _result(function, clip, position):
    """Return what a function returns, or the exception that it raises."""
    try:
        return function(clip, position)
    except Exception as error:
        return error
