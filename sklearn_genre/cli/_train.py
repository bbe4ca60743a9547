"""``sklearn-genre train``: train and measure a model on a folder of songs."""

import contextlib
import datetime
import os
import warnings
from collections import Counter
from pathlib import Path

from .._utils.files import replacing
from ._terminal import add_n_jobs, fail


def add_train(commands):
    parser = commands.add_parser(
        "train",
        help="train and measure a model on a folder of songs",
        description="Train a model on a folder that holds one directory per genre, "
        "measure it by cross-validation, save it.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="genre/.../song")
    parser.add_argument(
        "--out",
        required=True,
        metavar="MODEL.skops",
        help="where to save the model, with a card that says how it was trained; a "
        "name that ends in .joblib gives a pickle without one",
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
        choices=["fast", "best", "pretrained"],
        default="pretrained",
        help="pretrained: what a network that was trained on other music hears in the "
        "whole song, into a linear discriminant (default): it measures best, downloads "
        "nothing, and takes about 0.4 s for 30 s of music; fast: statistics of the "
        "texture of a spectrogram instead, in a tenth of the time; best: a network "
        "beside these, trained in minutes",
    )
    parser.add_argument(
        "--excerpts",
        type=int,
        default=1,
        metavar="N",
        help="excerpts of 30 s of each song, which vote; 1: its middle (default); not "
        "of pretrained",
    )
    parser.add_argument(
        "--epochs", type=int, help="of best (default: those of recipes.best)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the folds and of best (default: 0)"
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="of best and pretrained: cpu, cuda or auto (default)",
    )
    parser.add_argument(
        "--checkpoint",
        metavar="DIR",
        help="of best: keep the training in this folder, so that the same command "
        "continues after a kill, a crash or Ctrl-C (default: kept nowhere)",
    )
    parser.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave out songs that cannot be read and name them, with the reasons, on "
        "standard error; the exit status is then 1. For this every song is decoded "
        "once more (default: the first such song ends the command)",
    )
    add_n_jobs(parser)
    parser.set_defaults(run=_train)


def _train(args):
    """Run ``train``."""
    from .. import save_model

    _check_out(Path(args.out), args.overwrite)
    model, songs, scores = _fitted(args)
    pickled = Path(args.out).suffix.lower() in (".joblib", ".pkl")
    save_model(model, args.out, card="" if pickled else _card(songs, scores, args))
    print(f"saved {args.out}, trained on all {len(songs.paths)} songs")
    return 1 if songs.unreadable else 0


def _fitted(args):
    """Return the trained model, the songs, and how good it is, which is printed."""
    from sklearn.pipeline import Pipeline

    songs = _find_songs(args)
    _check_sizes(songs, args.folder)
    if args.cv:
        _check_folds(songs, songs.paths if songs.groups is None else songs.groups, args)
    front_end, learner = _divide(_make_model(args))
    # features depend only on their own song: compute them once for all folds
    X = _features(front_end, songs, args)
    scores = _measure(learner, X, songs, args) if args.cv else ["Not measured."]
    # whether a song is like those of the training is measured on other artists'
    by_artist = args.recipe == "pretrained" and songs.groups is not None
    params = {"classifier__groups": songs.groups} if by_artist else {}
    learner.fit(X, songs.target, **params)
    model = Pipeline([*front_end.steps, *learner.steps])
    _forget_checkpoint(model)
    return model, songs, scores


def _forget_checkpoint(model):
    """Take the folder of checkpoints out of a model: it is this machine's."""
    from .._utils.nested import estimators_in

    for part in estimators_in(model):
        if "checkpoint" in part.get_params(deep=False):
            part.set_params(checkpoint=None)


def _card(songs, scores, args):
    """Return the card of a model: data, split, score and date, but no paths."""
    counts = Counter(songs.target.tolist())
    genres = ", ".join(f"{genre} ({n})" for genre, n in sorted(counts.items()))
    options = ("recipe", "excerpts", "epochs", "seed", "group_by", "cv")
    given = (f"{name}={getattr(args, name)}" for name in options)
    lines = [
        "# Model trained by sklearn-genre train",
        "",
        f"- date: {datetime.date.today().isoformat()}",
        f"- songs: {len(songs.paths)}: {genres}",
        f"- options: {', '.join(given)}",
        "",
        "## Score of the same training on other parts of the songs",
        "",
        *scores,
    ]
    return "\n".join(lines) + "\n"


def _find_songs(args):
    """Return the songs of the folder, and say which cannot be read."""
    import joblib

    from .. import load_folder

    how = "skip" if args.skip_unreadable else "raise"
    with joblib.parallel_config(n_jobs=args.n_jobs), warnings.catch_warnings():
        # each of them has a line of its own
        warnings.filterwarnings("ignore", ".* cannot be read and are left out")
        songs = load_folder(args.folder, groups=args.group_by, on_error=how)
    for path, reason in songs.unreadable.items():
        fail(args, f"{path}: {reason}", 1)
    n_lost = len(songs.unreadable)
    lost = f"; {n_lost} left out, which cannot be read" if n_lost else ""
    print(f"{len(songs.paths)} songs of {len(songs.target_names)} genres{lost}")
    return songs


def _divide(model):
    """Return the steps that learn nothing, and the others, as Pipelines."""
    from sklearn.utils import get_tags

    learning = [get_tags(step).requires_fit for _, step in model.steps]
    k = learning.index(True)
    return model[:k], model[k:]


def _features(front_end, songs, args):
    """Return the features of the songs."""
    from .. import AudioError

    try:
        return front_end.transform(songs.paths)
    except AudioError as error:
        if not args.skip_unreadable:
            error.add_note("--skip-unreadable leaves out songs that cannot be read")
        raise


def _measure(learner, X, songs, args):
    """Print how well the model does on songs that it was not trained on, and return
    the lines.
    """
    from sklearn.utils import Bunch

    from .. import evaluate
    from ..evaluation import merge_groups

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
    lines = [report.summary(), *report.leakage.summary(), *report.notes]
    print("\n".join(lines))
    return lines


def _check_out(path, overwrite):
    """Raise before the training if the model could not be saved afterwards."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r} for --out.")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{str(path)!r} exists; --overwrite replaces it.")
    # its temporary file is opened once, before a training that could not be saved
    with contextlib.suppress(_Tried), replacing(os.path.realpath(path)):
        raise _Tried


class _Tried(Exception):
    """The file could be written."""


def _check_sizes(songs, folder):
    """Raise if there is nothing to learn from some genre."""
    from .._utils.names import plain_name
    from .._utils.text import listed

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
    from .. import recipes

    if args.checkpoint is not None and args.recipe != "best":
        raise ValueError(
            "--checkpoint is for --recipe best: the others are trained in seconds, and "
            "have nothing to continue from."
        )
    if args.recipe == "pretrained":
        if args.excerpts != 1:
            raise ValueError(
                "--excerpts is not of --recipe pretrained, which hears the whole song: "
                "give --recipe fast or best as well."
            )
        model = recipes.pretrained(device=args.device)
    elif args.recipe == "fast":
        model = recipes.fast(n_excerpts=args.excerpts)
    else:
        model = recipes.best(
            n_excerpts=args.excerpts, device=args.device, random_state=args.seed
        )
        model.set_params(classifier__estimator__net__checkpoint=args.checkpoint)
        if args.epochs is not None:
            model.set_params(classifier__estimator__net__max_epochs=args.epochs)
    return model.set_params(**{f"{model.steps[0][0]}__n_jobs": args.n_jobs})
