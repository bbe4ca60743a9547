"""The command ``sklearn-genre``: audit a folder, train on it, predict files."""

import argparse
import codecs
import csv
import json
import os
import sys
import warnings
from collections import Counter
from pathlib import Path

from . import __version__
from ._utils.text import needs_escape, printable

__all__ = ["main"]

_WRITABLE = "sklearn_genre.writable"
_PICKLE = (
    "Loading a model runs whatever code is in its file, as with every pickle: "
    "load only files that you trust."
)


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str or None, default=None
        Arguments; None takes those of the process.

    Returns
    -------
    status : int
        0: all went well; 1: some files cannot be used, or the audit found something;
        2: the command failed; 130: it was interrupted; 141: nobody reads its output
        any more.
    """
    _write_any_name()
    args = _parser().parse_args(argv)
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            status = args.run(args)
            print(end="", flush=True)  # what the reader of a pipe may refuse
        except BrokenPipeError:
            return _stop_writing()
        except KeyboardInterrupt:
            return _fail(args, "interrupted", 130)
        except Exception as error:
            return _fail(args, _message(error), 2)
    return status


def _fail(args, message, status):
    """Say why the command ends, and return its exit status."""
    print(f"sklearn-genre {args.command}: {printable(message)}", file=sys.stderr)
    return status


def _message(error):
    """Return the message of an error, with what has been noted about it."""
    kind = ""
    if not isinstance(error, (OSError, ValueError)):
        kind = f"{type(error).__name__}: "
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return f"{kind}{error}{notes}"


def _stop_writing():
    """Return the status of a program that a closed pipe has ended, as in `| head`."""
    # Python writes what is left when it exits, and would complain
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    return 141  # 128 + SIGPIPE, as a shell reports it


def _write_any_name():
    """Make every file name and genre printable, whatever the locale."""
    codecs.register_error(_WRITABLE, _writable)
    handlers = (sys.stdout, _WRITABLE), (sys.stderr, "backslashreplace")
    for stream, handler in handlers:
        # a choice by the user (PYTHONIOENCODING) is kept
        if getattr(stream, "errors", None) in ("strict", "surrogateescape"):
            stream.reconfigure(errors=handler)


def _writable(error):
    """Return the bytes of a name as on disk, so that pipes work, or else an escape."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def _show_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning in one line, without its place in the code."""
    print(f"sklearn-genre: warning: {message}", file=sys.stderr)


def _parser():
    parser = argparse.ArgumentParser(
        prog="sklearn-genre", description="Music genre classification."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_predict(commands)
    _add_train(commands)
    _add_audit(commands)
    return parser


def _add_common(parser):
    parser.add_argument(
        "--n-jobs",
        type=int,
        metavar="N",
        help="files decoded at the same time; -1 is one per core (default: 1)",
    )


def _add_predict(commands):
    parser = commands.add_parser(
        "predict",
        help="name the genre of audio files",
        description="Name the genre of audio files, one file per line, best first. "
        "Files that cannot be read are reported on standard error; the others are "
        "predicted, and the exit status is 1. " + _PICKLE,
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a model saved by joblib or by save_pretrained, or gtzan: the trained "
        "model of the package (see its model card), unless there is a file of that "
        "name",
    )
    parser.add_argument(
        "files",
        metavar="FILE_OR_FOLDER",
        nargs="+",
        help="a folder stands for all audio files in it and below",
    )
    parser.add_argument(
        "--top", type=int, default=1, metavar="K", help="genres per file (default: 1)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="write a table")
    form.add_argument(
        "--json", action="store_true", help="write one JSON object per line, errors too"
    )
    parser.add_argument(
        "--device", help="where networks compute: cpu, cuda or auto (default: as saved)"
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        default=32,
        metavar="N",
        help="files in memory at a time (default: 32)",
    )
    _add_common(parser)
    parser.set_defaults(run=_predict)


def _predict(args):
    """Run ``predict``."""
    from . import predict_files, to_device
    from .pretrained import load_model

    model = load_model(args.model)
    if args.device is not None:
        to_device(model, args.device)
    predictions = predict_files(
        model,
        args.files,
        top=args.top,
        batch_size=args.batch_size,
        n_jobs=args.n_jobs,
    )
    write, status = _writer(args), 0
    for prediction in predictions:
        if prediction.error is not None:
            status = _fail(args, prediction.error, 1)
        write(prediction)
        print(end="", flush=True)
    return status


def _writer(args):
    """Return the function that writes a prediction to standard output."""
    if args.json:
        return lambda p: print(json.dumps(vars(p)))
    if not args.csv:
        return _write_text
    table = csv.writer(sys.stdout, lineterminator="\n")
    header = [f"{name}_{k + 1}" for k in range(args.top) for name in ("label", "proba")]
    table.writerow(["path", *header])
    return lambda p: p.error or table.writerow([p.path, *_pairs(p)])


def _pairs(prediction):
    """Return labels and probabilities alternately."""
    proba = prediction.proba or [""] * len(prediction.labels)
    pairs = zip(prediction.labels, proba, strict=True)
    return [value for pair in pairs for value in pair]


def _write_text(prediction):
    """Write path and genres in one line, separated by tabs."""
    if prediction.error is None:
        print(*map(_field, [prediction.path, *_pairs(prediction)]), sep="\t")


def _field(value):
    """Return a field of a line, in quotes where it would break the line."""
    if not isinstance(value, str):
        return f"{value:.3f}"
    quoted = needs_escape(value) or value.startswith('"')
    return json.dumps(value) if quoted else value


def _add_train(commands):
    parser = commands.add_parser(
        "train",
        help="train and measure a model on a folder of songs",
        description="Train a model on a folder that holds one directory per genre, "
        "measure it by cross-validation, save it.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="genre/.../song")
    parser.add_argument(
        "--out", required=True, metavar="MODEL.joblib", help="where to save the model"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing model"
    )
    parser.add_argument(
        "--group-by",
        choices=["artist"],
        help="the folder is genre/artist/.../song: no artist is on both sides of a "
        "split (default: splits by song)",
    )
    parser.add_argument(
        "--cv",
        type=int,
        default=5,
        metavar="N",
        help="folds, at most as many as the smallest genre has songs, or artists with "
        "--group-by artist; 0: none (default: 5)",
    )
    parser.add_argument(
        "--recipe",
        choices=["fast", "best"],
        default="fast",
        help="fast: statistics of the texture of a spectrogram into a linear "
        "discriminant, trained in seconds (default); best: a network beside it, "
        "trained in minutes",
    )
    parser.add_argument(
        "--excerpts",
        type=int,
        default=1,
        metavar="N",
        help="excerpts of 30 s of each song, which vote; 1: its middle (default)",
    )
    parser.add_argument(
        "--epochs", type=int, help="of best (default: those of recipes.best)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the folds and of best (default: 0)"
    )
    parser.add_argument(
        "--device", default="auto", help="of best: cpu, cuda or auto (default)"
    )
    parser.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave out songs that cannot be read and name them, with the reasons, on "
        "standard error; the exit status is then 1. For this every song is decoded "
        "once more (default: the first such song ends the command)",
    )
    _add_common(parser)
    parser.set_defaults(run=_train)


def _train(args):
    """Run ``train``."""
    import joblib

    _check_out(Path(args.out), args.overwrite)
    songs = _find_songs(args)
    _check_sizes(songs, args.folder)
    if args.cv:
        _check_folds(songs, songs.paths if songs.groups is None else songs.groups, args)
    model = _make_model(args)
    # excerpts depend only on their own song: compute them once for all folds
    X, learner = _excerpts(model[:-1], songs, args), model[-1]
    if args.cv:
        _measure(learner, X, songs, args)
    learner.fit(X, songs.target)
    joblib.dump(model, args.out)
    print(f"saved {args.out}, trained on all {len(songs.paths)} songs")
    return 1 if songs.unreadable else 0


def _find_songs(args):
    """Return the songs of the folder, and say which cannot be read."""
    import joblib

    from . import load_folder

    how = "skip" if args.skip_unreadable else "raise"
    with joblib.parallel_config(n_jobs=args.n_jobs), warnings.catch_warnings():
        # each of them has a line of its own
        warnings.filterwarnings("ignore", ".* cannot be read and are left out")
        songs = load_folder(args.folder, groups=args.group_by, on_error=how)
    for path, reason in songs.unreadable.items():
        _fail(args, f"{path}: {reason}", 1)
    n_lost = len(songs.unreadable)
    lost = f"; {n_lost} left out, which cannot be read" if n_lost else ""
    print(f"{len(songs.paths)} songs of {len(songs.target_names)} genres{lost}")
    return songs


def _excerpts(front_end, songs, args):
    """Return the features of the songs."""
    from . import AudioError

    try:
        return front_end.transform(songs.paths)
    except AudioError as error:
        if not args.skip_unreadable:
            error.add_note("--skip-unreadable leaves out songs that cannot be read")
        raise


def _measure(learner, X, songs, args):
    """Print how well the model does on songs that it was not trained on."""
    from sklearn.utils import Bunch

    from . import evaluate
    from .evaluation import merge_groups

    # that copies are no further songs shows only now
    owners = merge_groups(groups=songs.groups, X=X, duplicates="find")
    _check_folds(songs, owners, args, " apart from copies")
    report = evaluate(
        learner,
        Bunch(data=X, target=songs.target, groups=songs.groups, ids=songs.paths),
        protocol=args.group_by or "random",
        n_splits=args.cv,
        random_state=args.seed,
    )
    print("\n".join([report.summary(), *report.leakage.summary(), *report.notes]))


def _check_out(path, overwrite):
    """Raise before the training if the model could not be saved afterwards."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r} for --out.")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{str(path)!r} exists; --overwrite replaces it.")


def _check_sizes(songs, folder):
    """Raise if there is nothing to learn from some genre."""
    from ._utils.names import plain_name
    from ._utils.text import listed

    counts = Counter(songs.target.tolist())
    places = [Path(p).relative_to(Path(folder).expanduser()) for p in songs.unreadable]
    lost = sorted({plain_name(place.parts[0]) for place in places} - set(counts))
    if lost:
        raise ValueError(
            f"no song of {listed(lost)} can be read. Repair some, or take these "
            "directories out of the folder."
        )
    if len(counts) < 2:
        raise ValueError(
            f"the folder holds one genre only, {listed(counts)}; a model needs two or "
            "more. Give the folder that holds one directory per genre."
        )
    few = sorted(genre for genre, n in counts.items() if n < 2)
    if few:
        raise ValueError(
            f"only one song of {listed(few)}; training needs two or more songs of each "
            "genre. Add songs, or take these directories out of the folder."
        )


def _check_folds(songs, owners, args, apart=""):
    """Raise if --cv cannot divide the songs, or artists, of some genre."""
    pairs = set(zip(songs.target.tolist(), owners.tolist(), strict=True))
    counts = Counter(genre for genre, _ in pairs)
    genre = min(sorted(counts), key=counts.get)
    n, what = counts[genre], "songs" if songs.groups is None else "artists"
    if 2 <= args.cv <= n:
        return
    if n == 1:
        same = "copies of one" if songs.groups is None else "by one artist"
        raise ValueError(
            f"--cv {args.cv}: all songs of {genre!r} are {same}, so they cannot "
            f"be on both sides of a split. Add other {what}, or give --cv 0 for no "
            "measurement."
        )
    raise ValueError(
        f"--cv must be {_range(2, n)} here, or 0 for no measurement, got {args.cv}: "
        f"each fold needs {what} of every genre, and the smallest, {genre!r}, has {n} "
        f"{what}{apart}. Give another --cv, or add {what} to it."
    )


def _range(low, high):
    """Return both ends of a range, or its only number."""
    return f"{low} to {high}" if low < high else low


def _make_model(args):
    """Return the untrained model."""
    from . import recipes

    if args.recipe == "fast":
        model = recipes.fast(n_excerpts=args.excerpts)
    else:
        model = recipes.best(
            n_excerpts=args.excerpts, device=args.device, random_state=args.seed
        )
        if args.epochs is not None:
            model.set_params(classifier__estimator__net__max_epochs=args.epochs)
    return model.set_params(front_end__n_jobs=args.n_jobs)


def _add_audit(commands):
    parser = commands.add_parser(
        "audit",
        help="look for bad files, duplicates and wrong labels",
        description="Look for what is wrong with a folder of songs. The exit status "
        "is 1 if something is.",
    )
    parser.add_argument(
        "folder", metavar="FOLDER", help="its directories, if any, are the genres"
    )
    parser.add_argument(
        "--fail-on",
        choices=["warning", "error"],
        default="warning",
        help="lowest level of a finding for status 1 (default: warning)",
    )
    parser.add_argument(
        "--no-near-duplicates",
        action="store_true",
        help="look for exact duplicates only",
    )
    _add_common(parser)
    parser.set_defaults(run=_audit)


def _audit(args):
    """Run ``audit``."""
    from . import audit

    report = audit(
        args.folder,
        near_duplicates=not args.no_near_duplicates,
        fail_on=args.fail_on,
        n_jobs=args.n_jobs,
    )
    print(report)
    return report.exit_status


if __name__ == "__main__":  # python -m sklearn_genre.cli
    sys.exit(main())
