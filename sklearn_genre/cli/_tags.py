"""``sklearn-genre tags``: tag audio files, as a whole or over time."""

import dataclasses

from ._terminal import add_n_jobs
from ._writing import add_forms, write_all


def add_tags(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "tags",
        help="tag audio files: genre, instruments, mood, voice",
        description="Give the most probable of 50 tags for each audio file, in one "
        "line, best first; with --over-time for each window of 3 s. Files are read "
        "piece by piece, so they may be hours long. Those that cannot be read are "
        "reported on standard error; the others are tagged, and the exit status is 1.",
    )
    parser.add_argument(
        "files",
        metavar="FILE_OR_FOLDER",
        nargs="+",
        help="a folder stands for all audio files in it and below",
    )
    parser.add_argument(
        "--model",
        choices=["msd", "mtt"],
        default="msd",
        help="msd: tags of Last.fm, mostly genres and moods (default); mtt: tags of "
        "MagnaTagATune, mostly instruments and voices",
    )
    parser.add_argument(
        "--top", type=int, default=5, metavar="N", help="tags per line (default: 5)"
    )
    parser.add_argument(
        "--over-time",
        action="store_true",
        help="one line per window, with its start in seconds",
    )
    parser.add_argument(
        "--hop",
        type=float,
        default=3.0,
        metavar="S",
        help="seconds from one window to the next (default: 3)",
    )
    add_forms(parser)
    parser.add_argument(
        "--device",
        default="cpu",
        help="where the network computes: cpu (default), cuda or auto",
    )
    add_n_jobs(parser)
    parser.set_defaults(run=_tags)


def _tags(args):
    """Run ``tags``."""
    from ..parameters import Integer

    Integer(low=1).check_value("top", args.top)
    places = ("time",) if args.over_time else ()
    return write_all(args, _predictions(args), places=places)


def _predictions(args):
    """Yield a prediction for each song, or for each window with its time."""
    from ..audio import AudioError
    from ..prediction import FilePrediction

    for outcome in _outcomes(args):
        if isinstance(outcome, AudioError):
            failure = FilePrediction(outcome.source, error=str(outcome))
            yield failure, {"time": None} if args.over_time else {}
            continue
        path, found = outcome
        for place, part in _parts(found, args.over_time):
            yield FilePrediction(path, *zip(*part.top(args.top), strict=True)), place


def _parts(found, over_time):
    """Yield the windows of a taggram with their times, or the whole of it."""
    if not over_time:
        yield {}, found
        return
    for k, time in enumerate(found.times.tolist()):
        window = {name: getattr(found, name)[k : k + 1] for name in ("times", "values")}
        yield {"time": time}, dataclasses.replace(found, **window)


def _outcomes(args):
    """Yield path and taggram of each file, or its error."""
    import joblib

    from .._utils.collection import read_files
    from .._utils.faults import file_outcomes

    n_jobs = joblib.effective_n_jobs(args.n_jobs)
    how = dict(model=args.model, hop=args.hop, device=args.device)

    def compute(paths):
        jobs = (joblib.delayed(_tag)(path, **how) for path in paths)
        return joblib.Parallel(n_jobs=n_jobs)(jobs)

    return file_outcomes(compute, read_files(args.files), n_jobs)


def _tag(path, **how):
    """Return a path and its taggram, or an error of this file."""
    from .. import AudioError, taggram

    try:
        return path, taggram(path, **how)
    except AudioError as error:  # so that the files beside it are not tagged again
        return error
