"""The recipes on GTZAN under three protocols, one row per finished fold.

    python -m benchmarks.scores.gtzan_recipes --data DIR --recipe svm_rbf svm_poly knn
    python -m benchmarks.scores.gtzan_recipes --data DIR --recipe tables
    python -m benchmarks.scores.gtzan_recipes --data DIR --recipe knn --protocol artist
    python -m benchmarks.scores.gtzan_recipes --summary

``DIR`` is as for ``gtzan_leaks.py``. Recipes over tables read the 57 statistics of its
``features_30_sec.csv`` instead of the 93 features of their source; networks over
spectrograms read the mel images: 128 bands, 334 columns of 30 s. Recipes that need
samples (the autoencoders, Sample-CNN) cannot run on either.

Protocols: "random" (10 folds over songs), "artist" (5 folds, no artist and no exact
duplicate on both sides) and "fault_filtered" (published lists, trained on train and
valid, tested on test). Rows are appended to ``--out`` as folds finish; folds found
there are not run again.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from scipy.fft import dct
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks._header import FOLDER, commit
from benchmarks.scores.gtzan_leaks import load_images, load_table
from sklearn_genre import SummaryStats, recipes
from sklearn_genre.evaluation import merge_groups

RESULTS = FOLDER / "gtzan_recipes.csv"
KEYS = ("recipe", "protocol", "fold", "n_folds", "seed", "epochs")
FIELDS = (
    *KEYS,
    "train_songs",
    "test_songs",
    "train_artists",
    "test_artists",
    "accuracy",
    "balanced_accuracy",
    "chance",
    "seconds",
    "device",
    "precision",
    "commit",
    "command",
)
PROTOCOLS = ("random", "artist", "fault_filtered")
# defaults of options, which a recorded command leaves out
USUAL = {"epochs": None, "device": "cpu", "precision": "auto"}


def cepstrum(X, n=13):
    """Return cepstral coefficients of bands in dB."""
    return dct(X, axis=1, norm="ortho")[:, :n]


def loudness(X):
    """Return ``log1p`` of powers of bands in dB below the loudest value, from 0 up."""
    return np.log1p(10 ** (X / 10 + 4))


# name -> recipe and its parameters; 3 s are 33 columns of an image, 3.69 s are 41
TABLES = {
    "jones_dnn": ("jones_dnn", {}),
    "jones_dnn_one_layer": ("jones_dnn", {"hidden_sizes": (512,)}),
    "logistic": ("pun_logistic", {}),
    "svm_rbf": ("pun_svm", {"kernel": "rbf"}),
    "svm_poly": ("pun_svm", {"kernel": "poly"}),
    "svm_sigmoid": ("pun_svm", {"kernel": "sigmoid"}),
    "svm_linear": ("pun_svm", {"kernel": "linear"}),
    "svm_rbf_pairwise": ("pun_svm", {"kernel": "rbf", "multiclass": "ovo"}),
    "naive_bayes": ("pun_bayes", {}),
    "knn": ("knn", {}),
    "tree": ("tree", {}),
    "gmm": ("gmm", {}),
    "pun_dense": ("pun_dense", {}),
}
IMAGES = {
    "jones_5": ("jones_cnn", {"n_slices": 5}),
    "jones_10": ("jones_cnn", {"n_slices": 10, "slice_length": 33}),
    "jones_10_max": (
        "jones_cnn",
        {"n_slices": 10, "slice_length": 33, "voting": "max"},
    ),
    "crnn": ("panwar_crnn", {"n_frames": None}),
    "crnn_choi": ("panwar_crnn", {"n_frames": None, "variant": "choi"}),
    "fcn_4": ("choi_fcn", {"n_layers": 4}),
    "fcn_5": ("choi_fcn", {"n_layers": 5}),
    "hamel": (
        "hamel_pooled",
        {
            "front_end": make_pipeline(
                FunctionTransformer(cepstrum, kw_args={"n": 20}),
                SummaryStats(stats=("mean", "std", "min", "max")),
            )
        },
    ),
    "nmf": ("nmf", {"front_end": FunctionTransformer(loudness)}),
    "dieleman": ("dieleman_cnn", {"slice_length": 33}),
    "multiscale": ("dieleman_multiscale", {}),
    "lachmish_mel": ("lachmish_cnn", {"n_frames": None}),
    "lachmish_mel_code": ("lachmish_cnn", {"n_frames": None, "variant": "code"}),
    "lachmish_mfcc": (
        "lachmish_cnn",
        {
            "n_frames": None,
            "features": "mfcc",
            "front_end": FunctionTransformer(cepstrum),
        },
    ),
    "lachmish_mfcc_code": (
        "lachmish_cnn",
        {
            "n_frames": None,
            "variant": "code",
            "features": "mfcc",
            "front_end": FunctionTransformer(cepstrum),
        },
    ),
    "pun_hybrid": ("pun_hybrid", {}),
    "short_chunk": ("short_chunk_cnn", {"slice_length": 41}),
    "musicnn": ("musicnn", {"slice_length": 33}),
}


def make(name, *, epochs, seed, device, precision, checkpoint=None):
    """Make the Pipeline of a name, with those parameters that its recipe takes."""
    recipe, params = (TABLES | IMAGES)[name]
    function = getattr(recipes, recipe)
    wanted = {"random_state": seed, "device": device, "max_epochs": epochs}
    known = function.__kwdefaults__
    wanted = {k: v for k, v in wanted.items() if k in known and v is not None}
    model = function(**({"front_end": None} | params | wanted))
    if "classifier__precision" in model.get_params():
        model.set_params(classifier__precision=precision)
        model.set_params(classifier__checkpoint=checkpoint)
    return model


def default_epochs(name):
    """Return the default epochs of a recipe; 0 if it has none."""
    recipe, params = (TABLES | IMAGES)[name]
    known = getattr(recipes, recipe).__kwdefaults__
    return params.get("max_epochs", known.get("max_epochs", 0))


def folds(protocol, y, groups, split, seed):
    """Return training and test songs of each fold."""
    if protocol == "fault_filtered":
        split = np.array([part or "" for part in split])
        train = np.flatnonzero(np.isin(split, ("train", "valid")))
        return [(train, np.flatnonzero(split == "test"))]
    kind, n = (
        (StratifiedKFold, 10) if protocol == "random" else (StratifiedGroupKFold, 5)
    )
    cv = kind(n, shuffle=True, random_state=seed)
    groups = None if protocol == "random" else groups
    return list(cv.split(np.zeros(len(y)), y, groups))


def load(folder, name):
    """Return X, genres, merged groups, artists and split lists for a recipe."""
    images, known = load_images(folder)
    if name in IMAGES:
        # gray levels to dB below the loudest value
        X, about = images * (80 / 255) - 80, known
    else:
        clips = known["clips"]
        X, about = load_table(folder, clips, known["duplicates"])
    groups = merge_groups(groups=about["groups"], duplicates=about["duplicates"])
    return X, about["y"], groups, about["split"]


def run_fold(model, X, y, groups, train, test, protocol):
    """Return scores and seconds of one fold."""
    fit_params = {}
    if protocol != "random" and getattr(model[-1], "early_stopping", False):
        fit_params["classifier__groups"] = groups[train]
    start = time.perf_counter()
    model.fit(X[train], y[train], **fit_params)
    pred = model.predict(X[test])
    seconds = time.perf_counter() - start
    return {
        "train_songs": len(train),
        "test_songs": len(test),
        "train_artists": len(set(groups[train])),
        "test_artists": len(set(groups[test])),
        "accuracy": round(float((pred == y[test]).mean()), 4),
        "balanced_accuracy": round(balanced_accuracy_score(y[test], pred), 4),
        "chance": round(max(np.mean(y[test] == genre) for genre in set(y[test])), 4),
        "seconds": round(seconds, 1),
    }


def read(path):
    """Return the rows that exist already."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def append(path, row, fields=FIELDS):
    """Append a row, with the header of the table before the first."""
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def changed(options, usual):
    """Return the words of a command for options that are not as usual."""
    given = {name: getattr(options, name) for name in usual}
    return "".join(f" --{n} {v}" for n, v in given.items() if v != usual[n])


def run(name, protocol, options):
    """Run the folds of one recipe and protocol that are not done yet."""
    X, y, groups, split = load(options.data, name)
    parts = folds(protocol, y, groups, split, options.seed)
    epochs = options.epochs or default_epochs(name)
    done = {tuple(row[key] for key in KEYS) for row in read(options.out)}
    command = (
        f"python -m benchmarks.scores.gtzan_recipes --data DIR --recipe {name} "
        f"--protocol {protocol} --seed {options.seed}"
    )
    command += changed(options, USUAL | {"threads": 1})
    for number, (train, test) in enumerate(parts):
        key = tuple(
            map(str, (name, protocol, number, len(parts), options.seed, epochs))
        )
        if key in done or options.only not in (None, number):
            continue
        model = make(
            name,
            epochs=options.epochs,
            seed=options.seed,
            device=options.device,
            precision=options.precision,
            checkpoint=options.keep,
        )
        row = dict(zip(KEYS, key, strict=True))
        row |= run_fold(model, X, y, groups, train, test, protocol)
        row |= {key: getattr(options, key) for key in ("device", "precision")}
        row |= {"commit": commit(), "command": command}
        append(options.out, row)
        print(*(f"{k}={row[k]}" for k in FIELDS[:-1]), flush=True)


def summary(path):
    """Print the mean accuracy over the songs of all folds, one line per recipe."""
    totals = {}
    for row in read(path):
        whole = totals.setdefault((row["recipe"], row["epochs"]), {})
        cell = whole.setdefault(row["protocol"], [0.0, 0, 0.0, 0])
        n = int(row["test_songs"])
        cell[0] += float(row["accuracy"]) * n
        cell[1] += n
        cell[2] += float(row["seconds"])
        cell[3] += 1
    print(f"{'recipe':<22}{'epochs':>7}" + "".join(f"{p:>38}" for p in PROTOCOLS))
    for (name, epochs), cells in totals.items():
        texts = []
        for protocol in PROTOCOLS:
            text = "-"
            if protocol in cells:
                right, n, seconds, done = cells[protocol]
                text = f"{right / n:.3f} ({n} songs, {done} folds, {seconds:.0f} s)"
            texts.append(f"{text:>38}")
        print(f"{name:<22}{epochs:>7}" + "".join(texts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument(
        "--recipe",
        nargs="+",
        default=["tables"],
        choices=["tables", "images", *TABLES, *IMAGES],
        metavar="NAME",
        help=f"tables, images, or any of {', '.join(TABLES | IMAGES)}",
    )
    parser.add_argument("--protocol", nargs="+", choices=PROTOCOLS, default=PROTOCOLS)
    parser.add_argument("--only", type=int, help="number of the only fold to run")
    parser.add_argument("--epochs", type=int, help="default: the recipe's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--precision", default="auto", help="of networks: auto, float32 or bfloat16"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep unfinished trainings there, to go on from after a stop; the "
        "seconds of such a row are those of its last run",
    )
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--summary", action="store_true", help="only print the table")
    options = parser.parse_args()
    if not options.summary:
        if options.data is None:
            parser.error("--data is needed")
        import torch

        torch.set_num_threads(options.threads)
        sets = {"tables": TABLES, "images": IMAGES}
        names = [n for given in options.recipe for n in sets.get(given, [given])]
        for name in names:
            for protocol in options.protocol:
                run(name, protocol, options)
    summary(options.out)


if __name__ == "__main__":
    main()
