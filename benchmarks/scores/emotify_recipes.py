"""The published systems on real songs from audio files, on folds by artist.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.emotify_recipes --data DIR
        [--recipe NAME ...] [--epochs N] [--device cuda] [--precision bfloat16]
    python -m benchmarks.scores.emotify_recipes --summary

``DIR`` is as for ``emotify.py``. Unlike ``gtzan_recipes.py`` every system has the front
end of its source (`recipes.jones_dnn`, whose source has a table of its own, the 93
features of `recipes.pun_features`), and what that computes is kept in memory from fold
to fold. Nothing is tuned. A row is appended to ``--out`` for each finished system, and
systems found there are not run again; without ``--recipe`` those over tables run, in
minutes. A network over spectrograms takes from a quarter of an hour to hours; with
``--keep FOLDER`` it goes on after a stop, in the epoch in which it was stopped.
"""

import argparse
import time
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from benchmarks._header import FOLDER, commit
from benchmarks.scores.emotify import known_of
from benchmarks.scores.gtzan_recipes import USUAL, append, changed, read
from sklearn_genre import evaluate, recipes

RESULTS = FOLDER / "emotify_recipes.csv"
KEYS = ("system", "seed", "epochs")
FIELDS = (
    *KEYS,
    *("songs", "artists", "accuracy", "low", "high", "balanced_accuracy", "chance"),
    *("seconds", "device", "precision", "commit", "command"),
)


class KeptFolds(ClassifierMixin, BaseEstimator):
    """A model of rows of X, whose probabilities for a fold are kept in a folder.

    X of its methods are numbers of rows.
    """

    def __init__(self, model, X, folder):
        self.model, self.X, self.folder = model, X, folder

    def fit(self, rows, y):
        """Note the rows to train on."""
        self.classes_ = np.unique(y)
        self.known_ = rows, y
        return self

    def predict_proba(self, rows):
        """Return what is kept, or train."""
        kept = joblib.Memory(self.folder, verbose=0).cache(probabilities)
        return kept(self.model, self.X, *self.known_, rows)

    def predict(self, rows):
        """Return the most probable classes."""
        return self.classes_[self.predict_proba(rows).argmax(axis=1)]


def probabilities(model, X, train, y, test):
    """Return the probabilities for some rows of X after training on others."""
    X = np.asarray(X)
    return clone(model).fit(X[train], y).predict_proba(X[test])


def name_of(system):
    """Return a system as it is called: ``jones_cnn(n_slices=5)``."""
    return system.call().removeprefix("recipes.")


def build(system, options):
    """Return the Pipeline of a system, and the epochs of its network (0 for none)."""
    model = system.build()
    if system.recipe == "jones_dnn":
        model = system.build(front_end=recipes.pun_features())
    known = model.get_params()
    wanted = {
        "max_epochs": options.epochs,
        "device": options.device,
        "precision": options.precision,
        "checkpoint": options.keep,
    }
    wanted = {f"classifier__{name}": value for name, value in wanted.items()}
    wanted |= {k: options.seed for k in known if k.endswith("random_state")}
    given = {k: v for k, v in wanted.items() if k in known and v is not None}
    model.set_params(**given)
    return model, model.get_params().get("classifier__max_epochs", 0)


def run(system, known, features, options):
    """Run one system that is not done yet."""
    model, epochs = build(system, options)
    row = {"system": name_of(system), "seed": options.seed, "epochs": epochs}
    done = [{key: old[key] for key in KEYS} for old in read(options.out)]
    if {key: str(value) for key, value in row.items()} in done:
        return
    front_end = repr(model["front_end"])
    if front_end not in features:
        features.clear()  # one at a time: some take gigabytes
        features[front_end] = features_of(model["front_end"], known["paths"])
    model, X = model[1:], features[front_end]
    if options.keep is not None and epochs:
        model, X = KeptFolds(model, X, options.keep), np.arange(len(X))
    start = time.perf_counter()
    report = evaluate(
        model,
        X,
        known["label"],
        groups=known["artist"],
        protocol="artist",
        n_splits=5,
        random_state=options.seed,
    )
    row |= scores(report, known) | {
        "seconds": round(time.perf_counter() - start, 1),
        "device": options.device,
        "precision": options.precision,
        "commit": commit(),
        "command": command(system, options),
    }
    append(options.out, row, FIELDS)
    print(*(f"{name}={row[name]}" for name in FIELDS[:-1]), flush=True)


def features_of(front_end, paths):
    """Return what the first step makes of songs; they themselves if there is none."""
    return paths if front_end == "passthrough" else front_end.fit_transform(paths)


def scores(report, known):
    """Return the scores of a report, rounded."""
    low, high = report.intervals["accuracy"]
    found = {
        "accuracy": report.scores["accuracy"],
        "low": low,
        "high": high,
        "balanced_accuracy": report.scores["balanced_accuracy"],
        "chance": report.chance["accuracy"],
    }
    counts = {"songs": len(known["label"]), "artists": len(set(known["artist"]))}
    return counts | {name: round(float(value), 4) for name, value in found.items()}


def command(system, options):
    """Return the command that runs one system."""
    words = "python -m benchmarks.scores.emotify_recipes --data DIR --recipe "
    return f'{words}"{name_of(system)}"{changed(options, {"seed": 0} | USUAL)}'


def summary(path):
    """Print one line per system."""
    print(f"{'system':<44}{'epochs':>7}{'accuracy':>10}{'95 %':>16}{'seconds':>9}")
    for row in read(path):
        between = f"[{float(row['low']):.3f}, {float(row['high']):.3f}]"
        print(
            f"{row['system']:<44}{row['epochs']:>7}{float(row['accuracy']):>10.3f}"
            f"{between:>16}{row['seconds']:>9}"
        )


def main():
    systems = {name_of(system): system for system in recipes.SYSTEMS}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument(
        "--recipe",
        nargs="+",
        choices=systems,
        default=[name for name, one in systems.items() if one.input == "table"],
        metavar="NAME",
        help="default: those over tables; any of " + ", ".join(systems),
    )
    parser.add_argument("--epochs", type=int, help="default: the recipe's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="of networks")
    parser.add_argument("--precision", default="auto", help="of networks")
    parser.add_argument(
        "--keep",
        metavar="FOLDER",
        help="keep finished folds and unfinished trainings of networks there, to go on "
        "from after a stop; the seconds of such a row are those of its last run",
    )
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--summary", action="store_true", help="only print the table")
    options = parser.parse_args()
    if not options.summary:
        if options.data is None:
            parser.error("--data is needed")
        known, features = known_of(options.data), {}
        for name in options.recipe:
            run(systems[name], known, features, options)
    summary(options.out)


if __name__ == "__main__":
    main()
