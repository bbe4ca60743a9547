"""Our best system on GTZAN, its parts, and what each choice in its network contributes.

    python -m benchmarks.scores.gtzan_best ARGUMENTS

with, for example, these arguments::

    --data DIR --protocol random artist
    --data DIR --protocol test --seeds 0 1 2 3 4
    --data DIR --protocol inner --variant "no mixup"
    --summary

``DIR`` is as for ``gtzan_leaks.py``. Protocols:

- inner: four folds of the 639 training and validation songs of the fault-filtered
  lists, no artist and no exact duplicate on both sides. All choices are made here.
- train, test: fault-filtered; trained on its training songs, or on training and
  validation songs, and scored on its 290 test songs.
- random: ten folds by song, like most published ones: a few test songs have an exact
  copy among the training songs; these are counted. artist: ten folds, no artist and no
  exact duplicate on both sides.

Each fold trains ``recipes.best`` once and scores its parts too: "texture" is
``recipes.fast``, "net" the network. Rows are appended to ``--out`` as folds finish;
folds found there are not run again, and other epochs or precision need another file.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from benchmarks._header import FOLDER, commit, machine
from benchmarks.scores.gtzan_leaks import load_images
from benchmarks.scores.gtzan_recipes import append, read
from sklearn_genre import check_leakage, recipes
from sklearn_genre.evaluation import merge_groups

RESULTS = FOLDER / "gtzan_best.csv"
PROTOCOLS = ("inner", "train", "test", "random", "artist")
KEYS = ("variant", "protocol", "fold", "n_folds", "seed")
FIELDS = (
    *KEYS,
    "part",
    "train_songs",
    "test_songs",
    "train_artists",
    "test_artists",
    "test_songs_of_known_artists",
    "test_songs_with_a_copy",
    "right",
    "right_with_a_copy",
    "accuracy",
    "balanced_accuracy",
    "log_loss",
    "fit_seconds",
    "weights",
    "threads",
    "precision",
    "machine",
    "commit",
    "command",
)
NET = "classifier__estimator__net__"
VARIANTS = {
    "best": {},
    "bands kept": {"keep_bands": True},
    "pools last": {"pool_first": False},
    "no windows": {"augment__crop": None},
    "no mixup": {"augment__mixup": 0.0},
    "no masks": {"augment__time_mask": 0.0, "augment__freq_mask": 0.0},
    "no label smoothing": {"label_smoothing": 0.0},
    "a third of the epochs": {},
}
# a third of the epochs; whole songs have as many frames as several windows
SHORT = ("no windows", "a third of the epochs")


def load(folder):
    """Return X in dB, genres, merged groups, artists and split lists."""
    images, known = load_images(folder)
    merged = merge_groups(groups=known["groups"], duplicates=known["duplicates"])
    known["merged"] = np.asarray(merged)
    known["split"] = np.array([part or "" for part in known["split"]])
    return images * (80 / 255) - 80, known


def folds(protocol, known):
    """Return training and test songs of each fold; all seeds share the folds."""
    y, split = known["y"], known["split"]
    if protocol in ("train", "test"):
        lists = ("train",) if protocol == "train" else ("train", "valid")
        test = np.flatnonzero(split == "test")
        return [(np.flatnonzero(np.isin(split, lists)), test)]
    songs = np.arange(len(y))
    if protocol == "inner":
        songs = np.flatnonzero(np.isin(split, ("train", "valid")))
    kind = StratifiedKFold if protocol == "random" else StratifiedGroupKFold
    cv = kind(4 if protocol == "inner" else 10, shuffle=True, random_state=0)
    groups = None if protocol == "random" else known["merged"][songs]
    parts = cv.split(songs, y[songs], groups)
    return [(songs[train], songs[test]) for train, test in parts]


def guard(train, test, known, protocol):
    """Stop at a forbidden leak; return the test songs whose artists were trained on."""
    strict = protocol in ("inner", "artist")
    report = check_leakage(
        [(train, test)],
        known["y"],
        groups=known["groups"],
        duplicates=known["duplicates"],
        on_leak="raise" if strict else "return",
    )
    return round(float(report.shares["group"][0]) * len(test))


def copied(train, test, known):
    """Return the test songs that have an exact copy among the training songs."""
    return np.isin(known["duplicates"][test], known["duplicates"][train])


def make(variant, options, seed):
    """Make the Pipeline of a variant."""
    epochs = options.epochs // 3 if variant in SHORT else options.epochs
    model = recipes.best(
        front_end=None,
        max_epochs=epochs,
        device=options.device,
        precision=options.precision,
        random_state=seed,
    )
    return model.set_params(**{NET + k: v for k, v in VARIANTS[variant].items()})


def part_probabilities(model, X):
    """Return the probabilities of the whole model and of its parts."""
    voting = model[-1].estimator_
    excerpts = model[:-1].transform(X)[:, 0]
    parts = {"best": model.predict_proba(X)}
    for name, part in voting.named_estimators_.items():
        parts[name] = part.predict_proba(excerpts)
    return parts


def scores(proba, classes, y, copies):
    """Return the scores of one part, from its probabilities."""
    predicted = classes[proba.argmax(axis=1)]
    right = predicted == y
    own = proba[np.arange(len(y)), np.searchsorted(classes, y)]
    return {
        "right": int(right.sum()),
        "right_with_a_copy": int(right[copies].sum()),
        "accuracy": round(float(right.mean()), 4),
        "balanced_accuracy": round(balanced_accuracy_score(y, predicted), 4),
        "log_loss": round(float(-np.log(np.maximum(own, 1e-15)).mean()), 4),
    }


def n_weights(model):
    """Count the weights of the network and coefficients of the discriminant."""
    fitted = model[-1].estimator_.named_estimators_
    net = sum(w.numel() for w in fitted["net"].net_.module_.parameters())
    table = fitted["texture"][-1].coef_.size + fitted["texture"][-1].intercept_.size
    return {"net": net, "texture": table, "best": net + table}


def run_fold(model, X, known, train, test, protocol, keep):
    """Return the rows of one fold, one per part, without the keys."""
    about = {
        "train_songs": len(train),
        "test_songs": len(test),
        "train_artists": len(set(known["merged"][train])),
        "test_artists": len(set(known["merged"][test])),
        "test_songs_of_known_artists": guard(train, test, known, protocol),
    }
    copies = copied(train, test, known)
    about["test_songs_with_a_copy"] = int(copies.sum())
    start = time.perf_counter()
    model.fit(X[train], known["y"][train])
    about["fit_seconds"] = round(time.perf_counter() - start)
    weights = n_weights(model)
    parts = part_probabilities(model, X[test])
    if keep is not None:
        np.savez(keep, songs=known["clips"][test], classes=model.classes_, **parts)
    for part, proba in parts.items():
        found = scores(proba, model.classes_, known["y"][test], copies)
        yield {"part": part, **about, **found, "weights": weights[part]}


def run(variant, protocol, seed, X, known, options):
    """Run the folds of a variant and protocol that are not done yet."""
    parts = folds(protocol, known)
    done = {tuple(row[key] for key in KEYS): row for row in read(options.out)}
    command = (
        f"python -m benchmarks.scores.gtzan_best --data DIR --protocol {protocol} "
        f"--seeds {seed} --variant '{variant}' --epochs {options.epochs} "
        f"--precision {options.precision}"
    )
    for number, (train, test) in enumerate(parts):
        key = tuple(map(str, (variant, protocol, number, len(parts), seed)))
        if key in done and done[key]["command"] != command:
            raise SystemExit(
                f"{options.out} has fold {number} of {variant!r} from another command, "
                f"{done[key]['command']!r}: give another --out."
            )
        if key in done or number % options.every != options.first:
            continue
        model = make(variant, options, seed)
        keep = options.probabilities
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            keep /= "_".join(key).replace(" ", "-") + ".npz"
        for found in run_fold(model, X, known, train, test, protocol, keep):
            row = dict(zip(KEYS, key, strict=True)) | found
            row |= {name: getattr(options, name) for name in ("threads", "precision")}
            row |= {"machine": machine().split(";")[0], "commit": commit()}
            append(options.out, row | {"command": command}, FIELDS)
            print(*(f"{k}={row[k]}" for k in FIELDS[:-3]), flush=True)


def summary(path):
    """Print a line for each variant, protocol and part, over all songs and seeds."""
    cells = {}
    for row in read(path):
        seeds = cells.setdefault((row["variant"], row["protocol"], row["part"]), {})
        seeds.setdefault(row["seed"], []).append(row)
    head = ("variant", "protocol", "part", "accuracy", "seeds", "spread", "s")
    print("{:<22} {:<9} {:<8} {:>8} {:>5} {:>7} {:>6}".format(*head), "songs")
    for key, seeds in cells.items():
        n = [sum(int(row["test_songs"]) for row in rows) for rows in seeds.values()]
        right = [sum(int(row["right"]) for row in rows) for rows in seeds.values()]
        shares = np.divide(right, n)
        spread = f"{shares.std(ddof=1):.3f}" if len(shares) > 1 else "-"
        fits = [row["fit_seconds"] for rows in seeds.values() for row in rows]
        took = np.mean([int(seconds) for seconds in fits if seconds])
        print(
            f"{key[0]:<22} {key[1]:<9} {key[2]:<8} {shares.mean():8.3f} {len(n):5} "
            f"{spread:>7} {took:6.0f} {n[0]}"
        )


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--protocol", nargs="+", choices=PROTOCOLS, default=PROTOCOLS)
    parser.add_argument("--variant", nargs="+", choices=VARIANTS, default=["best"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument(
        "--every", type=int, default=1, help="run every k-th fold, to share them out"
    )
    parser.add_argument("--first", type=int, default=0, help="the first of those")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument(
        "--probabilities", type=Path, metavar="DIR", help="where to keep those of songs"
    )
    parser.add_argument("--summary", action="store_true", help="only print the table")
    options = parser.parse_args()
    if options.data is None and not options.summary:
        parser.error("--data is needed")
    return options


def main():
    options = parse_args()
    if not options.summary:
        import torch

        torch.set_num_threads(options.threads)
        X, known = load(options.data)
        for protocol in options.protocol:
            for variant in options.variant:
                for seed in options.seeds:
                    run(variant, protocol, seed, X, known, options)
    summary(options.out)


if __name__ == "__main__":
    main()
