"""``sklearn-genre tags``: tag audio files, as a whole or over time."""

from ._over_time import add_over_time, lines_of
from ._parser import add_device, add_files, add_n_jobs, integer, real
from ._writing import add_forms, watched_files, write_all


def add_tags(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "tags",
        help="tag audio files: genre, instruments, mood, voice",
        description="Give the most probable of 50 tags for each audio file, in one "
        "line, best first; with --over-time for each window of 3 s. Files are read "
        "piece by piece, so they may be hours long. Those that cannot be read are "
        "reported on standard error; the others are tagged, and the exit status is 1.",
        examples=(
            "tags song.mp3",
            "tags song.mp3 --model mtt --over-time --hop 1 --csv > tags.csv",
        ),
    )
    add_files(parser)
    parser.add_argument(
        "--model",
        choices=["msd", "mtt"],
        default="msd",
        help="msd: tags of Last.fm, mostly genres and moods (default); mtt: tags of "
        "MagnaTagATune, mostly instruments and voices",
    )
    parser.add_argument(
        "--top",
        type=integer(1),
        default=5,
        metavar="N",
        help="tags per line, at most (default: 5)",
    )
    add_over_time(parser)
    parser.add_argument(
        "--hop",
        type=real(low=0, closed="right"),
        default=3.0,
        metavar="S",
        help="seconds from one window to the next (default: 3)",
    )
    add_forms(parser)
    add_device(parser, default="cpu", why="cpu")
    add_n_jobs(parser)
    parser.set_defaults(run=_tags)


def _tags(args):
    """Run ``tags``."""
    places = ("time",) if args.over_time else ()
    outcomes = watched_files(_outcomes(args), args)
    return write_all(args, lines_of(outcomes, args), places=places)


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
