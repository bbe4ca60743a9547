"""Genres of real songs from features of published systems, on folds by artist.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.feature_sets --data DIR

``DIR`` is as for ``emotify.py``. The 30 features of Tzanetakis & Cook, whole and by
their sets, stand beside the 93 of Pun & Nazirkhanova, and templates of spectra
(`recipes.nmf`) beside the statistics of the bands that they are learned from. Nothing
is tuned: every classifier is that of its recipe. Features take minutes, templates more.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score

from benchmarks._header import FOLDER, header, publish
from benchmarks.scores.emotify import known_of
from sklearn_genre import MelSpectrogram, recipes

SEEDS = range(5)
RESULTS = FOLDER / "feature_sets.txt"
# columns of `recipes.tzanetakis_features`
SETS = {
    "9 of the spectrum": slice(0, 9),
    "10 of MFCC": slice(9, 19),
    "6 of beats": slice(19, 25),
    "5 of pitches": slice(25, 30),
}


def tables_of(paths):
    """Return a dict of tables of features by their names."""
    thirty = recipes.tzanetakis_features().fit_transform(paths)
    tables = {
        "93 of Pun & Nazirkhanova": recipes.pun_features().fit_transform(paths),
        "30 of Tzanetakis & Cook": thirty,
    }
    return tables | {name: thirty[:, columns] for name, columns in SETS.items()}


def mean_of_folds(model, X, y, artists, seed):
    """Return the mean accuracy of five folds, without an artist on both sides."""
    cv = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    return cross_val_score(model, X, y, groups=artists, cv=cv).mean()


def scores(make, X, y, artists):
    """Return mean and spread over the seeds, in words."""
    found = [mean_of_folds(make(seed), X, y, artists, seed) for seed in SEEDS]
    return f"{np.mean(found):.3f} ± {np.std(found):.3f}"


def table_lines(tables, y, artists):
    """Yield one line per table of features and its classifiers."""
    models = {
        "gmm": lambda seed: recipes.gmm(front_end=None, random_state=seed),
        "svm": lambda seed: recipes.pun_svm(front_end=None, random_state=seed),
        "knn": lambda seed: recipes.knn(front_end=None),
        "logistic": lambda seed: recipes.pun_logistic(front_end=None),
    }
    yield f"{'features':<26}" + "".join(f"{name:>16}" for name in models)
    for name, X in tables.items():
        cells = (scores(make, X, y, artists) for make in models.values())
        yield f"{name:<26}" + "".join(f"{cell:>16}" for cell in cells)


def template_lines(paths, y, artists):
    """Yield the lines of templates and of what they are learned from."""
    bands = MelSpectrogram(hop_length=1024, duration=30.0, scale="power")
    X = np.log1p(bands.transform(paths))
    table = np.concatenate([X.mean(axis=2), X.std(axis=2)], axis=1)
    for name, make, rows in (
        ("logistic, means and deviations of bands", recipes.pun_logistic, table),
        ("recipes.nmf, 32 templates", recipes.nmf, X),
    ):
        found = scores(lambda seed, m=make: of_recipe(m, seed), rows, y, artists)
        yield f"{name:<42}{found:>16}"


def of_recipe(recipe, seed):
    """Return a recipe on its features."""
    return recipe(front_end=None, random_state=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--output", type=Path, default=RESULTS)
    args = parser.parse_args()
    known = known_of(args.data)
    y, artists, paths = known["label"], known["artist"], known["paths"]
    lines = [
        *header(
            "OMP_NUM_THREADS=1 python -m benchmarks.scores.feature_sets --data DIR",
            "sklearn-genre",
            "scikit-learn",
        ),
        "",
        f"Accuracy of {len(y)} songs of {len(set(artists))} artists, 5 folds by "
        f"artist: mean and spread of {len(SEEDS)} seeds",
        "",
        *table_lines(tables_of(paths), y, artists),
        "",
        *template_lines(paths, y, artists),
    ]
    publish("\n".join(lines) + "\n", args.output)


if __name__ == "__main__":
    main()
