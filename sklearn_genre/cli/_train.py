"""``sklearn-genre train``: train and measure a model on songs."""

import contextlib
import datetime
import os
from collections import Counter
from pathlib import Path

from .._utils.files import replacing
from ._folds import choose_folds
from ._parser import add_device, add_n_jobs, integer
from ._places import check_place
from ._recipe import make_model
from ._scores import add_report, check_page, score_lines, write_page
from ._songs import add_songs, check_sizes, find_songs
from ._tagging import (
    is_tagged,
    keep_common_tags,
    named_tags,
    pretrained_tagger,
    tag_folds,
)
from ._terminal import note, on_terminal


def add_train(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "train",
        help="train and measure a model on songs of your own",
        description="Train a model on a folder that holds one directory per genre, "
        "measure it by cross-validation, save it.",
        examples=(
            "train music --out genres.skops",
            "train music --group-by artist --out genres.skops --report report.html",
            "train songs.csv --recipe fast --out genres.skops",
        ),
    )
    add_songs(parser, tags=True)
    parser.add_argument(
        "--out",
        required=True,
        metavar="MODEL.skops",
        help="where to save the model, with a card that says how it was trained; a "
        "name that ends in .joblib gives a pickle without one",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing model and report"
    )
    add_report(parser)
    parser.add_argument(
        "--cv",
        type=integer(),
        metavar="N",
        help="folds, at most as many as the smallest genre has songs, or artists with "
        "--group-by artist; 0: none (default: 5, or as many as there can be)",
    )
    _add_model_options(parser)
    add_n_jobs(parser)
    parser.set_defaults(run=_train)


def _add_model_options(parser):
    """Add the options of the model and of its training."""
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        default="pretrained",
        help="pretrained: what a network that was trained on other music hears in the "
        "whole song, into a linear discriminant (default): it measures best, downloads "
        "nothing, and takes about 0.4 s for 30 s of music; fast: statistics of the "
        "texture of a spectrogram instead, in a tenth of the time; best: a network "
        "beside these, trained in minutes; sklearn-genre recipes lists all",
    )
    parser.add_argument(
        "--excerpts",
        type=integer(1),
        metavar="N",
        help="excerpts of 30 s of each song, which vote; 1: its middle (default); not "
        "of recipes that hear the whole song, such as pretrained",
    )
    parser.add_argument(
        "--epochs",
        type=integer(1),
        metavar="N",
        help="of a network (default: those of the recipe)",
    )
    parser.add_argument(
        "--seed",
        type=integer(0),
        default=0,
        metavar="N",
        help="of the folds and of networks (default: 0)",
    )
    add_device(parser, default=None, why="auto")
    parser.add_argument(
        "--checkpoint",
        metavar="DIR",
        help="keep the training of a network in this folder, so that the same command "
        "continues after a kill, a crash or Ctrl-C (default: kept nowhere)",
    )


def _train(args):
    """Run ``train``."""
    from .. import save_model

    _check_out(Path(args.out), args.overwrite)
    if args.report and args.cv == 0:
        raise ValueError("--report: with --cv 0 nothing is measured.")
    check_page(args, args.overwrite)
    model, songs, scores = _fitted(args)
    pickled = Path(args.out).suffix.lower() in (".joblib", ".pkl")
    save_model(model, args.out, card="" if pickled else _card(songs, scores, args))
    print(f"saved {args.out}, trained on all {len(songs.paths)} songs")
    return 1 if songs.unreadable else 0


def _fitted(args):
    """Return the trained model, the songs, and how good it is, which is printed."""
    from sklearn.pipeline import Pipeline

    songs = find_songs(args)
    tagged = is_tagged(songs)
    n_folds = _check_songs(songs, args)
    tagger = pretrained_tagger if tagged else None
    front_end, learner = divide(make_model(args, tagger=tagger))
    # features depend only on their own song: compute them once for all folds
    X = _features(front_end, songs, args)
    scores = ["Not measured."]
    if n_folds:
        scores = _measure(learner, X, songs, args, n_folds)
    if on_terminal():
        note(f"training on all {len(songs.paths)} songs ...")
    # whether a song is like those of the training is measured on other artists'
    by_artist = args.recipe == "pretrained" and songs.groups is not None
    params = {"classifier__groups": songs.groups} if by_artist else {}
    learner.fit(X, named_tags(songs) if tagged else songs.target, **params)
    model = Pipeline([*front_end, *learner.steps])
    _forget_checkpoint(model)
    return model, songs, scores


def _check_songs(songs, args):
    """Return the number of folds, 0 for none, of songs that can be learned from."""
    if is_tagged(songs):
        keep_common_tags(songs)
        return args.cv != 0 and tag_folds(songs, args)
    check_sizes(songs, args.songs)
    owners = songs.paths if songs.groups is None else songs.groups
    return args.cv != 0 and choose_folds(songs, owners, args)


def _forget_checkpoint(model):
    """Take the folder of checkpoints out of a model: it is this machine's."""
    from .._utils.nested import estimators_in

    for part in estimators_in(model):
        if "checkpoint" in part.get_params(deep=False):
            part.set_params(checkpoint=None)


def _card(songs, scores, args):
    """Return the card of a model: data, split, score and date, but no paths."""
    if is_tagged(songs):
        counts = named_tags(songs).sum().to_dict()
    else:
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


def divide(model):
    """Return the steps that learn nothing, and a Pipeline of the others."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils import get_tags

    steps = [(name, step) for name, step in model.steps if step != "passthrough"]
    k = [get_tags(step).requires_fit for _, step in steps].index(True)
    return steps[:k], Pipeline(steps[k:])


def _features(front_end, songs, args):
    """Return the features of the songs, with a progress bar where a user watches."""
    from .. import AudioError

    X = songs.paths
    try:
        for _, step in front_end:
            shows = on_terminal() and isinstance(step, _AudioTransformer())
            with _showing(step) if shows else contextlib.nullcontext():
                X = step.transform(X)
    except AudioError as error:
        if not args.skip_unreadable:
            error.add_note("--skip-unreadable leaves out songs that cannot be read")
        raise
    return X


def _AudioTransformer():
    """Return the class of the steps that have a progress bar."""
    from ..features import AudioTransformer

    return AudioTransformer


@contextlib.contextmanager
def _showing(step):
    """Let a step show its progress, for now."""
    step.set_params(verbose=1)
    yield
    step.set_params(verbose=0)


def _measure(learner, X, songs, args, n_folds):
    """Print how well the model does on songs that it was not trained on, and return
    the lines.
    """
    from sklearn.utils import Bunch

    from .. import evaluate
    from ..evaluation import merge_groups

    if not is_tagged(songs):
        # that copies are no further songs shows only now
        owners = merge_groups(groups=songs.groups, X=X, duplicates="find")
        how = {"most": n_folds, "apart": " apart from copies"}
        n_folds = choose_folds(songs, owners, args, **how)
    known = {name: songs[name] for name in ("target", "target_names", "groups")}
    report = evaluate(
        learner,
        Bunch(data=X, ids=songs.paths, **known),
        protocol="random" if songs.groups is None else "artist",
        n_splits=n_folds,
        random_state=args.seed,
        verbose=int(on_terminal()),
    )
    lines = score_lines(report)
    print("\n".join(lines))
    write_page(report, args, songs)
    return lines


def _check_out(path, overwrite):
    """Raise before the training if the model could not be saved afterwards."""
    if not path.suffix:
        raise ValueError(f"--out {str(path)!r} has no ending. Name it {path}.skops.")
    check_place(path, "--out", overwrite)
    # its temporary file is opened once, before a training that could not be saved
    with contextlib.suppress(_Tried), replacing(os.path.realpath(path)):
        raise _Tried


class _Tried(Exception):
    """The file could be written."""
