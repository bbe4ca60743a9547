"""``sklearn-genre evaluate`` and ``compare``: saved models on songs with genres."""

import functools

from ._parser import add_device, add_model, add_n_jobs
from ._scores import add_report, check_page, score_lines, write_page
from ._songs import add_songs, find_songs

_HEARD = (
    "Give songs that no model has heard in its training, nor other songs of their "
    "artists: the command cannot see whether they were there."
)


def add_evaluate(commands):
    """Add the command ``evaluate`` to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a saved model on songs whose genre is known",
        description=f"Measure a saved model on songs whose genre is known. {_HEARD}",
        examples=(
            "evaluate genres.skops new_music",
            "evaluate gtzan songs.csv --report report.html",
        ),
    )
    add_model(parser)
    add_songs(parser, tags=True)
    add_report(parser)
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing report"
    )
    add_device(parser, default="cpu", why="cpu")
    add_n_jobs(parser)
    parser.set_defaults(run=_evaluate)


def add_compare(commands):
    """Add the command ``compare`` to the parser."""
    parser = commands.add_parser(
        "compare",
        help="compare two saved models on the same songs",
        description="Compare two saved models of the same genres on songs whose genre "
        f"is known, with the test that suits them. {_HEARD}",
        examples=("compare fast.skops best.skops new_music --group-by artist",),
    )
    add_model(parser, "model_a")
    add_model(parser, "model_b")
    add_songs(parser)
    add_device(parser, default="cpu", why="cpu")
    add_n_jobs(parser)
    parser.set_defaults(run=_compare)


def _evaluate(args):
    """Run ``evaluate``."""
    from ..prediction import song_over_time

    check_page(args, args.overwrite)
    (model,) = _load(args, args.model)
    songs = find_songs(args)
    report = _report(model, songs, args)
    print("\n".join(score_lines(report)))
    write_page(report, args, songs, functools.partial(song_over_time, model))
    return 1 if songs.unreadable else 0


def _compare(args):
    """Run ``compare``."""
    from ..evaluation import compare

    names = (args.model_a, args.model_b)
    models = _load(args, *names)
    songs = find_songs(args)
    first, second = (_report(model, songs, args) for model in models)
    if first.class_names != second.class_names:
        raise ValueError(
            f"{names[0]} knows {', '.join(first.class_names)}, but {names[1]} "
            f"{', '.join(second.class_names)}. compare needs models of the same genres."
        )
    print(compare(first, second, names=names))
    print("\n".join([*first.leakage.summary(), *first.notes]))
    return 1 if songs.unreadable else 0


def _load(args, *names):
    """Return models, where the user wants them to compute."""
    from .. import load_model, to_device

    return [to_device(load_model(name), args.device) for name in names]


def _report(model, songs, args):
    """Return the report of a model as it is."""
    import joblib
    from sklearn.utils import Bunch

    from .. import evaluate

    known = ("paths", "target", "target_names", "groups")
    data = Bunch(**{name: songs[name] for name in known})
    with joblib.parallel_config(n_jobs=args.n_jobs):
        return evaluate(model, data, protocol="fitted", duplicates="find")
