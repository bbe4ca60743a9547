"""Write the tables of the page "Systems" from the package's list and the results.

python docs/systems_table.py
"""

import csv
from collections import defaultdict
from pathlib import Path

from sklearn_genre import recipes

PAGE = Path(__file__).with_name("systems.md")
RESULTS = PAGE.parents[1] / "benchmarks" / "results" / "gtzan_recipes.csv"
PROTOCOLS = ("random", "artist", "fault_filtered")
HEAD = (
    "| recipe | system | paper | rows | figure | split of the figure | weights |",
    "|---|---|---|---|---|---|---|",
)


def table():
    """Return the lines of the table of recipes."""
    lines = list(HEAD)
    for system in recipes.SYSTEMS:
        figure = "none"
        if system.figure is not None:
            spread = "" if system.spread is None else f" ± {system.spread:g}"
            figure = f"{system.metric} {system.figure:g}{spread}"
            figure += " (quoted)" if system.quoted else ""
        rows = ", ".join(system.rows) or "beyond the documents"
        cells = (
            f"`{system.call()}`",
            system.name,
            system.paper,
            rows,
            figure,
            system.split or "-",
            weights(system),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def weights(system):
    """Return the number of a network's weights, in text; a dash for other systems."""
    n = system.n_weights()
    return "-" if n is None else f"{n / 1e6:.2f} M"


def measured():
    """Return the lines of the results, with the number of folds if some are missing."""
    runs = defaultdict(lambda: defaultdict(list))
    with RESULTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["recipe"], row["epochs"], row["seed"])
            runs[key][row["protocol"]].append(row)
    head = ("recipe", "epochs", "seed", *PROTOCOLS, "minutes")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for key, protocols in runs.items():
        cells = [_accuracy(protocols[name]) for name in PROTOCOLS]
        rows = [row for name in PROTOCOLS for row in protocols[name]]
        cells.append(f"{sum(float(row['seconds']) for row in rows) / 60:.1f}")
        lines.append(f"| {' | '.join((*key, *cells))} |")
    return lines


def _accuracy(rows):
    """Return the share of correct songs in the finished folds; a dash for none."""
    if not rows:
        return "-"
    n_songs = sum(int(row["test_songs"]) for row in rows)
    right = sum(float(row["accuracy"]) * int(row["test_songs"]) for row in rows)
    n_folds = int(rows[0]["n_folds"])
    part = f" ({len(rows)} of {n_folds} folds)" if len(rows) < n_folds else ""
    return f"{right / n_songs:.3f}{part}"


def with_table(text):
    """Return the page with its tables renewed."""
    for name, lines in (("recipes", table()), ("measured", measured())):
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        before, rest = text.split(start)
        text = "\n".join([before + start, "", *lines, "", end + rest.split(end)[1]])
    return text


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
