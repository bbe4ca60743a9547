"""Write the tables of the page "Scores" and of the model card from the results.

python docs/results_table.py
"""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "benchmarks" / "results" / "gtzan_best.csv"
RECIPES = RESULTS.with_name("gtzan_recipes.csv")
PAGES = {
    "results.md": ("scores", "levers", "sources"),
    "model_card_gtzan.md": ("scores",),
}
SPLITS = {
    "train": "fault-filtered, *train* → *test*",
    "test": "fault-filtered, *train* and *valid* → *test*",
    "artist": "by artist, 10 folds",
    "random": "random by song, 10 folds",
}
PARTS = {
    "texture": "`recipes.fast()`",
    "net": "network alone",
    "best": "`recipes.best()`",
}
# row of gtzan_recipes.csv: document and its split, its system, its figure
SOURCES = {
    "jones_5": ("S1, 900/100 songs at random", "CNN, 5 slices", 0.83),
    "jones_10": ("S1, 900/100 songs at random", "CNN, 10 slices", 0.85),
    "lachmish_mel": ("S3, 800/200 songs", "temporal CNN, mel", 0.469),
    "pun_dense": ("S4, validation, split not stated", "dense, table of features", 0.68),
    "pun_hybrid": ("S4, validation, split not stated", "CNN and dense", 0.81),
}
NO_SEED = "texture"  # nothing in it is random


def read(path):
    """Return the rows of a results file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def runs():
    """Return the rows of the results by variant, protocol, part and seed."""
    found = defaultdict(lambda: defaultdict(list))
    for row in read(RESULTS):
        key = (row["variant"], row["protocol"], row["part"])
        found[key][row["seed"]].append(row)
    return found


def share(rows):
    """Return the share of correct songs over all folds of a run."""
    return sum(int(r["right"]) for r in rows) / sum(int(r["test_songs"]) for r in rows)


def without_copies(rows):
    """Return a note on the songs with an exact copy in the training, if any."""
    copies = sum(int(row["test_songs_with_a_copy"]) for row in rows)
    if not copies:
        return ""
    right = sum(int(row["right"]) - int(row["right_with_a_copy"]) for row in rows)
    others = sum(int(row["test_songs"]) for row in rows) - copies
    return f"; {right / others:.3f} without {copies} songs with a copy in training"


def interval(p, n):
    """Return the 95 % interval (Wilson) of a share of n songs."""
    low, high = binomtest(round(p * n), n).proportion_ci(method="wilson")
    return f"{low:.2f} to {high:.2f}"


def minutes(rows):
    """Return the mean time of a fit; runs that were halted have no time."""
    seconds = [int(row["fit_seconds"]) for row in rows if row["fit_seconds"]]
    return f"{np.mean(seconds) / 60:.1f}"


def span(values):
    """Return one number, or the least and the largest."""
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low} to {high}"


def scores():
    """Return the lines of the table of scores."""
    lines = [
        "| split | model | trained on | tested on | accuracy | seeds, spread "
        "| 95 % interval | fit, minutes |",
        "|---" * 8 + "|",
    ]
    found = runs()
    for protocol, split in SPLITS.items():
        for part, model in PARTS.items():
            seeds = found["best", protocol, part]
            if seeds:
                lines.append(f"| {split} | {model} | {_cells(seeds, part)} |")
    return lines


def _cells(seeds, part):
    """Return the cells of one model under one split."""
    rows = [row for run in seeds.values() for row in run]
    sides = [
        f"{span([int(r[f'{side}_songs']) for r in rows])} songs, "
        f"{span([int(r[f'{side}_artists']) for r in rows])} artists"
        for side in ("train", "test")
    ]
    n_songs = sum(int(row["test_songs"]) for row in next(iter(seeds.values())))
    shares = [share(run) for run in seeds.values()]
    n_folds = int(rows[0]["n_folds"])
    part_done = [len(run) for run in seeds.values() if len(run) < n_folds]
    missing = f" ({part_done[0]} of {n_folds} folds)" if part_done else ""
    spread = (
        f"{len(shares)}, ± {np.std(shares, ddof=1):.3f}" if len(shares) > 1 else "1"
    )
    cells = (
        *sides,
        f"{np.mean(shares):.3f}{missing}{without_copies(rows)}",
        "none" if part == NO_SEED else spread,
        interval(np.mean(shares), n_songs),
        # statistics are not timed apart from the network
        "-" if part == NO_SEED else minutes(rows),
    )
    return " | ".join(cells)


def levers():
    """Return the lines of the table of variants of the network, on the inner folds."""
    lines = [
        "| variant | network alone | with the statistics | fit, minutes |",
        "|---|---|---|---|",
    ]
    found = runs()
    for variant in dict.fromkeys(key[0] for key in found):
        cells, rows = [], []
        for part in ("net", "best"):
            rows = [r for run in found[variant, "inner", part].values() for r in run]
            cells.append(f"{share(rows):.3f}" if rows else "-")
        if rows:
            done = "" if len(rows) >= 4 else f" ({len(rows)} of 4 folds)"
            lines.append(f"| {variant}{done} | {' | '.join(cells)} | {minutes(rows)} |")
    return lines


def sources():
    """Return the lines of the table of the documents' systems beside ours."""
    lines = [
        "| document, its split | its system | its figure | here, by song | here, by "
        "artist | `recipes.best()`, by song | by artist |",
        "|---" * 7 + "|",
    ]
    best = runs()
    ours = [f"{share(best['best', p, 'best']['0']):.3f}" for p in ("random", "artist")]
    rows = read(RECIPES)
    for name, (split, system, figure) in SOURCES.items():
        theirs = []
        for protocol in ("random", "artist"):
            done = [r for r in rows if (r["recipe"], r["protocol"]) == (name, protocol)]
            n_songs = sum(int(r["test_songs"]) for r in done)
            right = sum(float(r["accuracy"]) * int(r["test_songs"]) for r in done)
            theirs.append(f"{right / n_songs:.3f} ({n_songs})")
        lines.append(f"| {' | '.join((split, system, str(figure), *theirs, *ours))} |")
    return lines


def renewed(text, names):
    """Return a page with its tables renewed."""
    for name in names:
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        before, rest = text.split(start)
        lines = globals()[name]()
        text = "\n".join([before + start, "", *lines, "", end + rest.split(end)[1]])
    return text


if __name__ == "__main__":
    for page, names in PAGES.items():
        path = DOCS / page
        path.write_text(renewed(path.read_text("utf-8"), names), encoding="utf-8")
