"""Networks on the GTZAN mel images, under named splits.

    python benchmarks/gtzan_networks.py --data DIR --model residual --protocol artist

``DIR`` holds ``gtzan_mel_images.npz`` (999 clips as 128 mel bands x 334 columns).
Protocols: "random" (StratifiedKFold over songs), "artist" (StratifiedGroupKFold over
artists, with exact duplicates merged into one group), "valid" (fault-filtered list:
fit on train, score on valid; for choosing) and "test" (fit on train and valid, score
on test). Each finished fold is appended to ``--out`` at once; folds found there are
not run again.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from gtzan_leaks import commit
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline

from sklearn_genre import Augmentation, CNNClassifier, Slicer

FIELDS = (
    "model",
    "protocol",
    "fold",
    "n_folds",
    "seed",
    "train_songs",
    "test_songs",
    "train_artists",
    "test_artists",
    "accuracy",
    "fit_seconds",
    "parameters",
    "threads",
    "commit",
)


def jones(**params):
    """The 5x5 ELU network with three blocks, five slices of a song."""
    return Pipeline(
        [
            ("slice", Slicer(length=66, n_slices=5)),
            (
                "net",
                CNNClassifier(
                    n_filters=(16, 32, 64),
                    kernel_size=5,
                    block="plain",
                    norm=None,
                    activation="elu",
                    pooling=None,
                    keep_bands=True,
                    hidden_sizes=(512,),
                    dropout=0.5,
                    max_epochs=15,
                    **params,
                ),
            ),
        ]
    )


def residual(**params):
    """The default network on five slices, with masks, mixup and one cycle."""
    return Pipeline(
        [
            ("slice", Slicer(length=66, n_slices=5)),
            (
                "net",
                CNNClassifier(
                    n_filters=(32, 64, 128, 128),
                    pool_size=((4, 2), 2, 2, 2),
                    augment=Augmentation(
                        time_mask=0.2, n_time_masks=2, freq_mask=0.2, mixup=0.3
                    ),
                    label_smoothing=0.1,
                    lr=3e-3,
                    lr_schedule="one_cycle",
                    optimizer="adamw",
                    weight_decay=1e-2,
                    max_epochs=20,
                    **params,
                ),
            ),
        ]
    )


MODELS = {"jones": jones, "residual": residual}


def song_groups(mel, artist, clip):
    """Artist of each song; exact duplicates and unknown artists handled.

    A song without a known artist is its own group; songs with identical images
    share one.
    """
    artist = [a if a else f"unknown {c}" for a, c in zip(artist, clip, strict=True)]
    label = {a: a for a in artist}
    seen = {}
    for name, image in zip(artist, mel, strict=True):
        first = seen.setdefault(image.tobytes(), name)
        old, new = label[name], label[first]
        label = {a: (new if g == old else g) for a, g in label.items()}
    return np.array([label[a] for a in artist])


def folds(protocol, data, groups, n_folds, seed):
    """Train and test songs of each fold."""
    y, split = data["genre"], data["fault_filtered"]
    if protocol == "valid":
        return [(np.flatnonzero(split == "train"), np.flatnonzero(split == "valid"))]
    if protocol == "test":
        fit = (split == "train") | (split == "valid")
        return [(np.flatnonzero(fit), np.flatnonzero(split == "test"))]
    kind = StratifiedKFold if protocol == "random" else StratifiedGroupKFold
    cv = kind(n_folds, shuffle=True, random_state=seed)
    return list(cv.split(np.zeros(len(y)), y, groups))


def run_fold(make, X, y, train, test, seed, device):
    """Accuracy, seconds of fit, and number of parameters."""
    model = make(random_state=seed, device=device)
    start = time.perf_counter()
    model.fit(X[train], y[train])
    seconds = time.perf_counter() - start
    weights = model[-1].net_.module_.parameters()
    return model.score(X[test], y[test]), seconds, sum(w.numel() for w in weights)


def main():
    """Run the folds that are not done yet."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--model", choices=MODELS, default="residual")
    parser.add_argument(
        "--protocol", choices=("random", "artist", "valid", "test"), default="random"
    )
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, help="number of a single fold to run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    import torch

    torch.set_num_threads(args.threads)
    data = dict(np.load(args.data / "gtzan_mel_images.npz"))
    X = data["mel"].astype(np.float32) * (80 / 255) - 80
    groups = song_groups(data["mel"], data["artist"], data["clip"])
    done = set()
    if args.out.exists():
        with args.out.open() as file:
            done = {tuple(r[f] for f in FIELDS[:5]) for r in csv.DictReader(file)}
    parts = folds(args.protocol, data, groups, args.folds, args.seed)
    for k, (train, test) in enumerate(parts):
        key = (args.model, args.protocol, str(k), str(len(parts)), str(args.seed))
        if key in done or args.only not in (None, k):
            continue
        accuracy, seconds, n_weights = run_fold(
            MODELS[args.model], X, data["genre"], train, test, args.seed, args.device
        )
        row = dict(
            zip(FIELDS[:5], key, strict=True),
            train_songs=len(train),
            test_songs=len(test),
            train_artists=len(set(groups[train])),
            test_artists=len(set(groups[test])),
            accuracy=round(accuracy, 4),
            fit_seconds=round(seconds),
            parameters=n_weights,
            threads=args.threads,
            commit=commit(),
        )
        new = not args.out.exists()
        with args.out.open("a", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(row)
        print(row, flush=True)


if __name__ == "__main__":
    main()
