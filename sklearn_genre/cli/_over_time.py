"""Answers over the time of a song, as lines."""

import dataclasses


def add_over_time(parser):
    """Add the option of answers over time."""
    parser.add_argument(
        "--over-time",
        action="store_true",
        help="one line per window, with its start in seconds",
    )


def parts(path, found, args):
    """Yield a prediction and its place: of a song, or of each window with its time.

    Parameters
    ----------
    path : str
    found : Taggram
    args : Namespace
        With ``over_time`` and ``top``.
    """
    from ..prediction import FilePrediction

    for place, part in _cut(found, args.over_time):
        yield FilePrediction(path, *zip(*part.top(args.top), strict=True)), place


def _cut(found, over_time):
    """Yield the windows of a taggram with their times, or the whole of it."""
    if not over_time:
        yield {}, found
        return
    for k, time in enumerate(found.times.tolist()):
        window = {name: getattr(found, name)[k : k + 1] for name in ("times", "values")}
        yield {"time": time}, dataclasses.replace(found, **window)


def lines_of(outcomes, args):
    """Yield predictions with their places, of files that have a taggram or an error.

    Parameters
    ----------
    outcomes : iterable of (str, Taggram) or AudioError
    args : Namespace
    """
    from ..audio import AudioError
    from ..prediction import FilePrediction

    for outcome in outcomes:
        if isinstance(outcome, AudioError):
            failure = FilePrediction(outcome.source, error=str(outcome))
            yield failure, {"time": None} if args.over_time else {}
        else:
            yield from parts(*outcome, args)
