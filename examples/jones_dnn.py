r"""
Dense networks over the Million Song Dataset
============================================

The networks of Jones & Bonafilia for tables of features: two hidden layers, and one,
which they call very marginally worse. They report 67 % on the Million Song Dataset,
with the features and the train and test partition of TU Wien and genres by a vote of
web sites::

    python examples/jones_dnn.py
    python examples/jones_dnn.py --msd MillionSongSubset --labels msd_tagtraum_cd1.cls
    python examples/jones_dnn.py --table msd-ssd-v1.0.arff.gz \
        --labels msd_tagtraum_cd1.cls --split msd_partition.cls --plots plots

``--msd`` takes a folder of the track files (h5), whose timbre, pitches, loudness,
rhythm and key become a row of features; ``--table`` one of TU Wien's tables, in ARFF,
CSV or HDF5. ``--labels`` is a table of track and genre, ``--split`` one of track and
part (TRAIN, TEST), as TU Wien's. Tracks without a genre are left out. Without a
partition songs are dealt in folds at random, as good as it gets for a table without
artists, and by artist for the track files, which name them.

Without any of these the songs are synthetic clips of 4 s, described by the 93 features
of Pun & Nazirkhanova: they show that the program works but say nothing about music.
``--plots`` saves the loss and accuracy of each epoch and the confusion of genres.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.impute import SimpleImputer

from sklearn_genre import (
    evaluate,
    load_feature_table,
    load_msd,
    make_genre_audio,
    recipes,
)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    songs = parser.add_mutually_exclusive_group()
    songs.add_argument("--msd", type=Path, help="folder of track files, TR….h5")
    songs.add_argument("--table", type=Path, help="table of features, by track id")
    add = parser.add_argument
    add("--labels", type=Path, help="table of track id and genre; may be zipped")
    add("--split", type=Path, help="table of track id and TRAIN or TEST")
    add("--plots", type=Path, help="folder for the figures")
    add("--clips", type=int, default=8, help="synthetic clips per genre")
    add("--epochs", type=int, help="default: 30, and 100 on synthetic clips")
    add("--folds", type=int, default=3, help="without a partition (default: 3)")
    add("--device", default="auto", help="cpu, cuda or auto (default)")
    add("--seed", type=int, default=0, help="default: 0")
    args = parser.parse_args()
    if (args.msd or args.table) and not args.labels:
        parser.error("--msd and --table need --labels")
    if (args.labels or args.split) and not (args.msd or args.table):
        parser.error("--labels and --split need --msd or --table")
    return args


def load(args):
    """Return a table of features, genres, artists and parts (None if not known)."""
    given = {"labels": args.labels, "unlabeled": "drop"}
    if args.split:
        given |= {"split": args.split, "allow_partial": True}
    if args.msd:
        songs = load_msd(args.msd, **given)
    elif args.table:
        songs = load_feature_table(args.table, **given)
    else:
        songs = make_genre_audio(
            args.clips,
            n_artists_per_genre=max(2, args.clips // 2),
            random_state=args.seed,
        )
        clips = [(wave, songs.sample_rate) for wave in songs.audio]
        X = recipes.pun_features(duration=4.0).fit_transform(clips)
        return X, songs.target, songs.groups, None
    return songs.data, songs.target, songs.groups, songs.split


def with_enough_songs(X, y, artists, split, n):
    """Leave out the genres that cannot be in every fold, and say so."""
    counts = Counter(y)
    rare = sorted(genre for genre in counts if counts[genre] < n)
    if rare:
        print(f"left out, with fewer than {n} songs: {', '.join(rare)}")
    rows = ~np.isin(y, rare)
    return X[rows], y[rows], artists if artists is None else artists[rows], split


def plans(artists, split):
    """Return the ways of dividing the songs, as parameters of ``evaluate``."""
    if split is not None:
        parts = np.char.lower(split)
        # lists of songs that are published, whoever published them
        return [{"protocol": "fault_filtered", "split": parts, "train_on": ("train",)}]
    return [{"protocol": p} for p in ("random", "artist")[: 1 + (artists is not None)]]


def make(system, args):
    """Make the network of a system; missing values become the mean of their column."""
    real = args.msd or args.table
    epochs = args.epochs or (30 if real else 100)
    return system.build(
        front_end=SimpleImputer(keep_empty_features=True),
        max_epochs=epochs,
        device=args.device,
        random_state=args.seed,
    )


def save_figures(model, X, y, report, folder):
    """Save the epochs of a training on all songs, and the errors in the test songs."""
    from sklearn_genre.plotting import TrainingDisplay, confusion_display

    fitted = clone(model).fit(X, y)
    figures = {
        "training": TrainingDisplay.from_estimator(fitted),
        "confusion": confusion_display(report, normalize="true"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, display in figures.items():
        display.figure_.savefig(folder / f"{name}.png", dpi=150, bbox_inches="tight")
        print(f"saved {folder / name}.png")


def main():
    args = parse_args()
    started = time.perf_counter()
    X, y, artists, split = load(args)
    if split is None:
        X, y, artists, split = with_enough_songs(X, y, artists, split, args.folds)
    print(f"{len(X)} songs, {X.shape[1]} features, {len(set(y))} genres")
    chance = max(Counter(y).values()) / len(y)
    for system in (s for s in recipes.SYSTEMS if s.recipe == "jones_dnn"):
        print(f"\n{system.summary()}")
        model = make(system, args)
        for plan in plans(artists, split):
            report = evaluate(
                model,
                X,
                y,
                groups=artists,
                n_splits=None if "split" in plan else args.folds,
                random_state=args.seed,
                **plan,
            )
            print(f"  {report.summary()}")
            print(f"    most frequent genre {chance:.3f}")
        if args.plots and not system.params:
            save_figures(model, X, y, report, args.plots)
    print(f"\n{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
