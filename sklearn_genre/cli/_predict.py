"""``sklearn-genre predict``: name the genre of files."""

from ._over_time import add_over_time, lines_of
from ._parser import add_device, add_files, add_model, add_n_jobs, integer, real
from ._writing import add_forms, watched_files, write_all

_PICKLE = (
    "A model that ends in .joblib or .pkl runs whatever code is in its file, as with "
    "every pickle: load only those that you trust. Other models run no code."
)
_WINDOW = 30.0  # as long as the excerpts that most models were trained on


def add_predict(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "predict",
        help="name the genre of audio files",
        description="Name the genre of audio files, one file per line, best first. "
        "Files that cannot be read are reported on standard error; the others are "
        "predicted, and the exit status is 1. " + _PICKLE,
        examples=(
            "predict gtzan song.mp3",
            "predict genres.skops albums --top 3 --csv > genres.csv",
            "predict gtzan mix.mp3 --over-time",
        ),
    )
    add_model(parser)
    add_files(parser)
    parser.add_argument(
        "--top",
        type=integer(1),
        default=1,
        metavar="K",
        help="genres per line, at most (default: 1)",
    )
    add_over_time(parser)
    parser.add_argument(
        "--window",
        type=real(low=0.1),
        metavar="S",
        help="of --over-time: seconds that the model hears at once (default: 30)",
    )
    parser.add_argument(
        "--hop",
        type=real(low=0, closed="right"),
        metavar="S",
        help="of --over-time: seconds from one window to the next (default: half a "
        "window)",
    )
    add_forms(parser)
    add_device(parser, default=None, why="cpu, or as saved by joblib")
    parser.add_argument(
        "--batch-size",
        type=integer(1),
        metavar="N",
        help="files in memory at a time (default: 32)",
    )
    add_n_jobs(parser)
    parser.set_defaults(run=_predict)


def _predict(args):
    """Run ``predict``."""
    from .. import load_model, to_device
    from ..prediction import measures_fit

    _check_options(args)
    model = load_model(args.model)
    classes = getattr(model, "classes_", None)
    if classes is not None:
        args.top = min(args.top, len(classes))
    if args.device is not None:
        to_device(model, args.device)
    if args.over_time:
        outcomes = watched_files(_over_time(model, args), args)
        return write_all(args, lines_of(outcomes, args), places=("time",))
    told = ((prediction, {}) for prediction in watched_files(_whole(model, args), args))
    return write_all(args, told, fit=measures_fit(model))


def _check_options(args):
    """Raise if an option would have no effect."""
    needless = ("batch_size", "n_jobs") if args.over_time else ("window", "hop")
    for name in needless:
        if getattr(args, name) is not None:
            when = "with" if args.over_time else "without"
            option = name.replace("_", "-")
            raise ValueError(f"--{option} has no effect {when} --over-time.")


def _whole(model, args):
    """Return the predictions of files."""
    from .. import predict_files

    size = 32 if args.batch_size is None else args.batch_size
    how = dict(top=args.top, batch_size=size, n_jobs=args.n_jobs)
    return predict_files(model, args.files, **how)


def _over_time(model, args):
    """Yield path and timeline of each file, or its error."""
    from .._utils.collection import read_files
    from .._utils.faults import file_outcomes
    from ..prediction import song_over_time

    window = _WINDOW if args.window is None else args.window

    def compute(paths):
        how = dict(window=window, hop=args.hop)
        return [(path, song_over_time(model, path, **how)[0]) for path in paths]

    return file_outcomes(compute, read_files(args.files), 1)
