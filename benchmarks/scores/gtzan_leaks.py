"""One model under every way of splitting GTZAN, to measure the size of each leak.

    python -m benchmarks.scores.gtzan_leaks --data DIR

DIR holds ``gtzan_mel_images.npz`` (mel spectrograms of 999 clips as gray levels, with
clip, genre, artist and list of the fault-filtered split), ``features_30_sec.csv`` (the
widely used table of statistics, 1,000 rows) and ``gtzan_artists.csv``. The table is
printed and written to ``benchmarks/results/gtzan_leaks.txt``.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks._header import FOLDER, commit
from sklearn_genre import Slicer, evaluate
from sklearn_genre.evaluation import leak_effect, merge_groups

SEED = 0
N_SLICES = 5
N_CONTROLS = 20
RESULTS = FOLDER / "gtzan_leaks.txt"


def load_images(folder):
    """Return mel images with their labels; duplicates are identical images."""
    with np.load(folder / "gtzan_mel_images.npz") as data:
        images = data["mel"].astype(np.float32)
        known = {name: data[name] for name in ("clip", "genre", "artist")}
        split = data["fault_filtered"]
    return images, {
        "y": known["genre"],
        "clips": known["clip"],
        "groups": or_none(known["artist"]),
        "duplicates": merge_groups(duplicates="exact", X=images),
        "split": or_none(split),
    }


def load_table(folder, clips, duplicates):
    """Return the rows of the table of statistics, with duplicates from the images."""
    lines = read_csv(folder / "features_30_sec.csv")
    about = {line["clip"]: line for line in read_csv(folder / "gtzan_artists.csv")}
    names = [line["filename"].removesuffix(".wav") for line in lines]
    skipped = ("filename", "length", "label")
    X = [[float(v) for k, v in line.items() if k not in skipped] for line in lines]
    known = dict(zip(clips.tolist(), duplicates.tolist(), strict=True))
    return np.array(X), {
        "y": np.array([line["label"] for line in lines]),
        "groups": or_none([about[name]["artist_key"] for name in names]),
        # one clip is not among the images; its duplicates are not known
        "duplicates": [known.get(name) for name in names],
        "split": or_none([about[name]["fault_filtered"] for name in names]),
    }


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def or_none(labels):
    """Return labels with None for empty ones, which mean unknown."""
    return [str(label) or None for label in labels]


def band_statistics(images):
    """Return mean, deviation and mean change of bands of (..., n_bands, n_frames)."""
    change = np.abs(np.diff(images, axis=-1)).mean(axis=-1)
    return np.concatenate([images.mean(axis=-1), images.std(axis=-1), change], axis=-1)


def controls(y, split, train_on):
    """Return random splits with as many songs of each genre as the published lists."""
    rng = np.random.default_rng(SEED)
    split = np.array([part or "" for part in split])
    folds = []
    for _ in range(N_CONTROLS):
        train, test = [], []
        for genre in np.unique(y):
            rows = rng.permutation(np.flatnonzero(y == genre))
            n_test = int((split[y == genre] == "test").sum())
            n_train = int(np.isin(split[y == genre], train_on).sum())
            test += rows[:n_test].tolist()
            train += rows[n_test : n_test + n_train].tolist()
        folds.append((train, test))
    return folds


def by_song(model, X, known, repeats):
    """Run all protocols on whole songs, and measure the leaks between them."""
    y, split = known["y"], known["split"]
    about = {name: known[name] for name in ("groups", "duplicates", "split")}

    def run(**options):
        return evaluate(model, X, y, **(about | options), random_state=SEED)

    # as if nothing was known of duplicates, like most of what is published
    blind = {"duplicates": None}
    reports = {
        "random": run(protocol="random", n_repeats=repeats, **blind),
        "random, duplicates together": run(protocol="random", n_repeats=repeats),
        "artist": run(protocol="artist", n_splits=10, n_repeats=repeats),
        "artist, 5 folds": run(protocol="artist", n_repeats=repeats),
        "five genres, random": run(protocol="five_genre", n_repeats=repeats, **blind),
    }
    for parts in (("train",), ("train", "valid")):
        name = "+".join(parts)
        reports[f"random of the same size as {name}"] = run(
            protocol=controls(y, split, parts)
        )
        reports[f"fault-filtered, {name}"] = run(
            protocol="fault_filtered", train_on=parts
        )
    return reports, {
        "duplicates": ("random", "random, duplicates together"),
        "artists": ("random, duplicates together", "artist"),
        "duplicates and artists": ("random", "artist"),
        "artists and faults, train": (
            "random of the same size as train",
            "fault-filtered, train",
        ),
        "artists and faults, train+valid": (
            "random of the same size as train+valid",
            "fault-filtered, train+valid",
        ),
    }


def by_slice(model, images, known):
    """Run the same slices, each scored by itself, under three splits."""
    slices = band_statistics(
        Slicer(n_slices=N_SLICES, slice_length=66).transform(images)
    )
    n, k = slices.shape[:2]
    rows = {name: np.repeat(known[name], k) for name in ("y", "groups", "duplicates")}
    rows["songs"] = np.repeat(np.arange(n), k)
    X = slices.reshape(n * k, -1)
    reports = {
        name: evaluate(model, X, **(rows | given), protocol=protocol, n_splits=10)
        for name, protocol, given in (
            ("slices, over slices", "slice_level", {}),
            ("slices, by song", "random", {"duplicates": None}),
            ("slices, by artist", "artist", {}),
        )
    }
    return reports, {
        "slices": ("slices, over slices", "slices, by song"),
        "slices, duplicates and artists": ("slices, over slices", "slices, by artist"),
    }


def describe(title, reports, leaks):
    """Return the lines of one model's tables."""
    lines = [title, ""]
    head = f"{'split':<40} {'accuracy':>8}  {'95% interval':<16} {'balanced':>8} "
    lines.append(head + f"{'artist known':>12}  {'trained/tested on':<17} over")
    for name, report in reports.items():
        low, high = report.intervals["accuracy"]
        share = report.leakage.shares["group"].mean()
        sizes = "/".join(f"{size:.0f}" for size in report.mean_sizes)
        mark = "LEAKING " if report.leaking else ""
        lines.append(
            f"{mark + name:<40} {report.scores['accuracy']:8.3f}  "
            f"[{low:.3f}, {high:.3f}]   {report.scores['balanced_accuracy']:8.3f} "
            f"{share:12.1%}  {sizes:<17} {report.n_units} {report.unit}s"
        )
    lines += ["", f"{'leak':<40} {'size':>8}  95% interval"]
    for name, (leaking, honest) in leaks.items():
        size = leak_effect(reports[leaking], reports[honest])
        low, high = size.interval
        how = "paired" if size.paired else "unpaired"
        lines.append(
            f"{name:<40} {size.difference:+8.3f}  [{low:+.3f}, {high:+.3f}]   {how}, "
            f"over {size.unit}s: {leaking} against {honest}"
        )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--repeats", type=int, default=5, help="draws of the folds")
    options = parser.parse_args()
    start = time.perf_counter()
    model = make_pipeline(StandardScaler(), SVC(C=10))
    images, known = load_images(options.data)
    table, about = load_table(options.data, known["clips"], known["duplicates"])
    merged = merge_groups(groups=known["groups"], duplicates=known["duplicates"])
    n_twice = len(images) - len(np.unique(known["duplicates"]))
    lines = [
        "Size of each leak on GTZAN, one model throughout",
        "",
        f"command: python -m benchmarks.scores.gtzan_leaks --data DIR --repeats "
        f"{options.repeats}",
        f"commit: {commit()}    seed: {SEED}    scikit-learn {sklearn.__version__}",
        f"images: {len(images)} songs, {len(set(known['groups']))} artists, "
        f"{n_twice} exact duplicates of others, "
        f"{len(np.unique(merged))} groups after merging",
        f"table: {len(table)} songs, {len(set(about['groups']))} artists",
        f"folds: 10 unless stated, drawn {options.repeats} times (slices: once); "
        f"random splits of the same size: {N_CONTROLS}",
        "model: StandardScaler (fitted in each fold) and SVC(C=10), RBF kernel",
        "intervals: percentile bootstrap, 2,000 draws, over songs or, where folds are "
        "by artist, over merged groups",
        "artist known: share of tested songs whose artist is in the training side",
        "",
    ]
    lines += describe(
        f"A. Mel images: mean, deviation and mean change of 128 bands; {N_SLICES} "
        "slices of 6 s, each scored by itself",
        *by_slice(model, images, known),
    )
    whole = (
        ("B. Mel images: the same statistics", band_statistics(images), known),
        ("C. features_30_sec.csv: 57 statistics", table, about),
    )
    for title, X, labels in whole:
        parts = by_song(model, X, labels, options.repeats)
        lines += ["", "", *describe(f"{title} of whole songs", *parts)]
    lines += ["", f"seconds: {time.perf_counter() - start:.0f}"]
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
