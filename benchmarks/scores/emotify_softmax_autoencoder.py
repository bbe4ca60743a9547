"""The Deep Softmax Autoencoder on raw audio, with and without its leak.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.emotify_softmax_autoencoder --data DIR

It also takes ``--epochs N``, ``--seeds N`` and ``--output FILE``. ``DIR`` is as for
``emotify.py``: 400 songs of four genres, as many as in the source, whose own songs are
those of GTZAN. A seed takes about eight minutes on one core.

The audio is cut as the recipe cuts it: the mean of every 40 samples of 27 s, 20 pieces
of 500 such means of each song. The splits are those of
``gtzan_softmax_autoencoder.py``: 6,000 of the shuffled pieces to train, as in the
source, then songs, then artists.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks._header import header, publish
from benchmarks.scores.emotify import known_of
from benchmarks.scores.gtzan_softmax_autoencoder import (
    SOURCE_EPOCHS,
    SPLITS,
    TABLES,
    describe,
    draw,
    in_pieces,
    run,
    table,
    training,
)
from sklearn_genre import recipes
from sklearn_genre.evaluation import merge_groups


def load(folder):
    """Return songs: X of shape (n, 20, 1, 500), labels, relations."""
    known = known_of(folder)
    X = recipes.softmax_autoencoder()["front_end"].fit_transform(known["paths"])
    artists = known["artist"]
    copies = merge_groups(duplicates="exact", X=X.reshape(len(X), -1))
    labels = list(copies)
    return {
        "X": X,
        "y": known["label"],
        "clips": np.array(
            ["/".join(Path(path).parts[-2:]) for path in known["paths"]], dtype=object
        ),
        "groups": artists.astype(object),
        "merged": merge_groups(groups=artists, duplicates=copies),
        # the other songs have no copy
        "duplicates": np.array(
            [label if labels.count(label) > 1 else None for label in labels],
            dtype=object,
        ),
    }


def settings(songs, epochs, seeds):
    """Return lines on data and training."""
    n, n_pieces, _, n_values = songs["X"].shape
    n_artists = len(set(songs["groups"]))
    return [
        f"songs: {n} of {', '.join(np.unique(songs['y']))}, by {n_artists} artists",
        f"input: raw audio; {n_pieces} pieces of a song, each {n_values} means of 40 "
        "samples (0.9 s)",
        *training(epochs, seeds),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--epochs", type=int, default=SOURCE_EPOCHS)
    parser.add_argument("--seeds", type=int, default=1, help="1 to 4 (default: 1)")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    command = "python -m benchmarks.scores.emotify_softmax_autoencoder --data DIR"
    command += f" --epochs {args.epochs} --seeds {args.seeds}"
    seeds = range(args.seeds)
    lines = header(command, "sklearn-genre", "torch", "scikit-learn")
    songs = load(args.data)
    lines += settings(songs, args.epochs, seeds)
    results = {}
    for kind in SPLITS:
        rows = in_pieces(songs) if kind == "pieces" else songs
        folds = draw(kind, rows, seeds)
        lines += describe(kind, rows, folds)
        results[kind] = run(rows, folds, args.epochs, seeds)
    for what in TABLES:
        lines += table(what, results)
    lines.append(f"CPU seconds: {time.process_time():.0f}")
    publish("\n".join(lines) + "\n", args.output)


if __name__ == "__main__":
    main()
