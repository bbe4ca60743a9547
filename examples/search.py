"""
Searching for parameters
========================

The same model searched in three ways: every combination (grid), many combinations for
a few epochs and the best of them for more (halving), and combinations proposed from
the results so far (Optuna)::

    python examples/search.py grid halving optuna
    python examples/search.py optuna --trials 50 --data music --jobs 4

The parameters searched lie at three depths: the classifier's own (``lr``), those of its
augmentation (``augment__mixup``) and those of the optimizer inside the network
(``optimizer__betas``). Folds keep the songs of an artist on one side. Without
``--data`` (one directory per genre, in it one per artist) the songs are synthetic.

The spectrograms are computed once, before the search: each depends on its own song
alone. A search that includes their parameters needs the whole Pipeline and ``cache=``.
"""

import argparse
import time
import warnings
from pathlib import Path

import joblib
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna_integration.sklearn import OptunaSearchCV
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    StratifiedGroupKFold,
)
from sklearn.pipeline import Pipeline

from sklearn_genre import (
    Augmentation,
    CNNClassifier,
    MelSpectrogram,
    Slicer,
    load_folder,
    make_genre_audio,
)

GRID = {
    "net__lr": [1e-3, 3e-3],
    "net__augment__mixup": [0.0, 0.3],
    "net__optimizer__betas": [(0.9, 0.999), (0.8, 0.99)],
}


def parse_args():
    parser = argparse.ArgumentParser(description="Search in three ways.")
    parser.add_argument("ways", nargs="+", choices=("grid", "halving", "optuna"))
    parser.add_argument("--data", type=Path, help="folder of genre/artist/song")
    parser.add_argument("--clips", type=int, default=8, help="synthetic per genre")
    parser.add_argument("--artists", type=int, default=4, help="synthetic per genre")
    parser.add_argument("--epochs", type=int, default=8, help="at most; default: 8")
    parser.add_argument("--trials", type=int, default=8, help="of Optuna; default: 8")
    parser.add_argument("--folds", type=int, default=3, help="default: 3")
    parser.add_argument("--jobs", type=int, default=1, help="processes; default: 1")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    return parser.parse_args()


def load_songs(args):
    """Return spectrograms, genres and artists."""
    if args.data is None:
        songs = make_genre_audio(
            args.clips, n_artists_per_genre=args.artists, random_state=0
        )
        return MelSpectrogram(n_mels=32).transform(songs.audio), songs
    songs = load_folder(args.data, groups="artist")
    mel = MelSpectrogram(n_mels=32, duration=30.0, n_jobs=args.jobs)
    return mel.transform(songs.paths), songs


def make_model(args):
    """Make the Pipeline from spectrograms to genres."""
    net = CNNClassifier(
        n_filters=(8, 16),
        augment=Augmentation(),
        max_epochs=args.epochs,
        device=args.device,
        random_state=0,
    )
    return Pipeline([("slice", Slicer(n_slices=3, slice_length=43)), ("net", net)])


def grid(model, cv, args):
    """Try every combination."""
    return GridSearchCV(model, GRID, cv=cv, error_score="raise")


def halving(model, cv, args):
    """Try all combinations for one epoch, then the best third for three times as many.

    The resource is the number of epochs. With ``resource="n_samples"``, the default,
    subsets of songs are drawn without regard to artists.
    """
    return HalvingGridSearchCV(
        model,
        GRID,
        resource="net__max_epochs",
        min_resources=1,
        max_resources=args.epochs,
        cv=cv,
        random_state=0,
        error_score="raise",
    )


def optuna_search(model, cv, args):
    """Try combinations proposed by a model of the results so far."""
    return OptunaSearchCV(
        model,
        {
            "net__lr": FloatDistribution(3e-4, 1e-2, log=True),
            "net__augment__mixup": FloatDistribution(0.0, 0.5),
            "net__optimizer__betas": CategoricalDistribution(
                GRID["net__optimizer__betas"]
            ),
        },
        cv=cv,
        n_trials=args.trials,
        random_state=0,
        error_score="raise",
    )


def quiet_optuna():
    """Drop messages that are irrelevant to this search."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    # OptunaSearchCV itself calls what Optuna deprecates
    warnings.filterwarnings("ignore", "`optuna.terminator` module", FutureWarning)
    # tuples such as betas cannot be stored in a data base; in memory they can
    warnings.filterwarnings("ignore", "Choices for a categorical", UserWarning)


def main():
    args = parse_args()
    quiet_optuna()
    X, songs = load_songs(args)
    cv = StratifiedGroupKFold(args.folds, shuffle=True, random_state=0)
    makers = {"grid": grid, "halving": halving, "optuna": optuna_search}
    for way in args.ways:
        search = makers[way](make_model(args), cv, args)
        started = time.perf_counter()
        # the searches leave n_jobs unset, so this context sets it for all of them
        with joblib.parallel_config("loky", n_jobs=args.jobs):
            search.fit(X, songs.target, groups=songs.groups)
        n_fits = len(search.cv_results_["mean_test_score"]) * args.folds
        print(f"\n{way}: {n_fits} fits, {time.perf_counter() - started:.0f} s")
        print(f"  accuracy by artist {search.best_score_:.3f}")
        for name, value in sorted(search.best_params_.items()):
            print(f"  {name} = {value if isinstance(value, tuple) else f'{value:g}'}")


if __name__ == "__main__":
    main()
