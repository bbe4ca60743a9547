"""
From a folder of songs to a saved model
=======================================

Decode audio files, compute mel spectrograms, learn genres from them, cross-validate,
save the model, load it and name the genre of one file::

    python examples/quickstart.py
    python examples/quickstart.py --data music --predict "new song.mp3" --model m.skops
    python examples/quickstart.py --data music --recipe best

The model is ``recipes.fast``, a linear discriminant on statistics of the texture of the
spectrogram, trained in seconds; or ``recipes.best``, which averages it with a network,
trained in minutes.

Without ``--data`` the songs are synthetic clips, written as wav files to a temporary
folder: nothing is downloaded. With it, ``music`` holds one directory per genre. Where
artists are known (``--artists``, ``--gtzan``, the synthetic clips) the model is
measured twice, with and without artists in common between training and test: expect
the second figure for new music.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score

from sklearn_genre import (
    load_folder,
    load_gtzan,
    load_model,
    make_genre_audio,
    recipes,
    save_model,
)
from sklearn_genre.evaluation import merge_groups


def parse_args():
    parser = argparse.ArgumentParser(
        description="Train, measure, save and use a music genre model."
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="folder of songs, one directory per genre (default: synthetic clips)",
    )
    known = parser.add_mutually_exclusive_group()
    known.add_argument(
        "--artists",
        action="store_true",
        help="the folder is genre/artist/song: measure by artist too",
    )
    known.add_argument(
        "--gtzan",
        action="store_true",
        help="the folder is a copy of GTZAN, or part of one: its artists are known",
    )
    parser.add_argument(
        "--clips", type=int, default=15, help="synthetic clips per genre (default: 15)"
    )
    parser.add_argument(
        "--predict",
        type=Path,
        help="file to name the genre of (default: a song kept out of the training)",
    )
    parser.add_argument(
        "--model", type=Path, help="where to save the model (default: not kept)"
    )
    parser.add_argument(
        "--recipe",
        choices=["fast", "best"],
        default="fast",
        help="fast is trained in seconds (default), best in minutes",
    )
    parser.add_argument(
        "--excerpts",
        type=int,
        default=1,
        help="excerpts of 30 s of each song, which vote; 1: its middle (default)",
    )
    parser.add_argument(
        "--epochs", type=int, default=100, help="of best (default: 100)"
    )
    parser.add_argument(
        "--device", default="auto", help="of best: cpu, cuda or auto (default)"
    )
    parser.add_argument("--folds", type=int, default=5, help="default: 5")
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        help="folds trained at the same time; -1: one per core (default: 1)",
    )
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    args = parser.parse_args()
    if args.data is None and (args.artists or args.gtzan):
        parser.error("--artists and --gtzan describe the folder of --data")
    if args.folds < 2:
        parser.error("--folds must be at least 2")
    return args


def load_songs(args, folder):
    """Return the songs: paths, genres and, if known, artists."""
    if args.data is None:
        return make_genre_audio(
            args.clips, directory=folder / "songs", random_state=args.seed
        )
    if args.gtzan:
        return load_gtzan(args.data, allow_partial=True)
    return load_folder(args.data, groups="artist" if args.artists else None)


def make_model(args):
    """Make the whole chain from a file to a genre as one scikit-learn Pipeline."""
    if args.recipe == "fast":
        return recipes.fast(n_excerpts=args.excerpts)
    return recipes.best(
        n_excerpts=args.excerpts,
        max_epochs=args.epochs,
        device=args.device,
        random_state=args.seed,
    )


def measure(name, model, X, songs, args, groups=None):
    """Cross-validate and print what was measured, and on what."""
    y = songs.target
    # copies of a song in several files are one song
    units = merge_groups(groups=groups, X=X, duplicates="find")
    counts = {g: len(set(units[y == g])) for g in songs.target_names}
    few = sorted(g for g, count in counts.items() if count < 2)
    kept = ~np.isin(y, few)
    n_folds = min([args.folds, *(c for c in counts.values() if c >= 2)])
    print(f"\nCross-validation by {name}")
    if few:
        print(f"  not measured, only one {name}: {', '.join(few)}")
    if len(set(y[kept])) < 2:
        print(f"  not possible: it takes two genres with two {name}s each")
        return
    X, y, units = X[kept], y[kept], units[kept]
    cv = StratifiedGroupKFold(n_folds, shuffle=True, random_state=args.seed)
    started = time.perf_counter()
    scores = cross_val_score(model, X, y, groups=units, cv=cv, n_jobs=args.jobs)
    took = time.perf_counter() - started
    sizes = [len(test) for _, test in cv.split(X, y, units)]
    right = round(float(scores @ sizes))
    low, high = binomtest(right, len(y)).proportion_ci(method="wilson")
    chance = max(np.mean(y == g) for g in set(y))
    print(f"  {len(y)} songs, {len(set(y))} genres, {n_folds} folds", end="")
    what = "different songs" if groups is None else "artists"
    print(f", {len(set(units))} {what}, none on both sides")
    print(
        f"  accuracy {scores.mean():.3f} +- {scores.std():.3f} over the folds", end=""
    )
    print(f" ({right} of {len(y)} songs, 95 % interval {low:.2f} to {high:.2f})")
    print(f"  chance   {chance:.3f} (always the most frequent genre)")
    print(f"  {took:.0f} s")


def cross_validate(model, songs, args):
    """Measure the part of the model that learns."""
    started = time.perf_counter()
    # each clip's spectrogram depends on that clip alone, so it can be computed once,
    # before the split, without leaking anything about the test songs into the training
    X, learner = model[:-1].transform(songs.paths), model[-1]
    print(f"mel spectrograms {X.shape} in {time.perf_counter() - started:.1f} s")
    measure("song", learner, X, songs, args)
    if songs.groups is not None:
        measure("artist", learner, X, songs, args, songs.groups)


def keep_one_out(songs, seed):
    """Take a song of the largest genre out of the data set."""
    genres, counts = np.unique(songs.target, return_counts=True)
    if counts.max() < 2:
        raise SystemExit("every genre has one song only: give a file with --predict")
    of_genre = np.flatnonzero(songs.target == genres[counts.argmax()])
    out = np.random.default_rng(seed).choice(of_genre)
    path, genre = songs.paths[out], songs.target[out]
    for field in ("paths", "target", "groups"):
        if songs[field] is not None:
            songs[field] = np.delete(songs[field], out)
    songs.target_names = np.unique(songs.target)
    return path, genre


def show_prediction(model, path, truth):
    """Print the three most probable genres of one file."""
    proba = model.predict_proba([str(path)])[0]
    best = np.argsort(proba)[::-1][:3]
    print(f"\n{path}" + (f" (kept out of the training; {truth})" if truth else ""))
    for k in best:
        print(f"  {model.classes_[k]:<12} {proba[k]:.3f}")


def run(args, folder):
    songs = load_songs(args, folder)
    print(f"{len(songs.paths)} songs, {len(songs.target_names)} genres:", end=" ")
    print(", ".join(songs.target_names))
    path, truth = args.predict, None
    if path is None:
        path, truth = keep_one_out(songs, args.seed)
    model = make_model(args)
    cross_validate(model, songs, args)

    model.fit(songs.paths, songs.target)
    saved = args.model or folder / "model.skops"
    save_model(model, saved)
    loaded = load_model(saved)
    print(f"\ntrained on {len(songs.paths)} songs, ", end="")
    print(f"saved as {saved} ({saved.stat().st_size / 1e6:.1f} MB) and loaded")
    show_prediction(loaded, path, truth)


def main():
    args = parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run(args, Path(folder))
    print(f"\n{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
