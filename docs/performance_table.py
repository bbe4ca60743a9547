"""Write the tables of the page "Performance" that come from results files.

python docs/performance_table.py
"""

import csv
from pathlib import Path

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "benchmarks" / "results"
PAGE = DOCS / "performance.md"
NAMES = ("peers", "lock", "allocator")


def read(name):
    """Return the rows of a results file."""
    with (RESULTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def peers():
    """Return the lines of the table of libraries."""
    lines = ["| | from | ms per clip | times as fast as librosa |", "|---|---|---|---|"]
    for row in read("peers"):
        if row["variant"].startswith(("base", "hashes")):
            continue
        cells = row["variant"], row["clips"], f"{float(row['wall_ms']):.2f}"
        faster = f"{float(row['times_librosa_wall']):.1f}"
        lines.append(f"| {' | '.join((*cells, faster))} |")
    return lines


def lock():
    """Return the lines of the table of what a short clip costs."""
    lines = ["| work of a clip of 27 ms | µs of CPU |", "|---|---|"]
    for row in read("lock"):
        lines.append(f"| {row['work']} | {float(row['us']):.0f} |")
    return lines


def allocator():
    """Return the lines of the table of epochs that keep freed memory."""
    lines = [
        "| network | precision | time, of the usual | peak memory, MB | usual |",
        "|---|---|---|---|---|",
    ]
    for row in read("allocator"):
        cells = row["network"], row["precision"], f"{float(row['ratio']):.2f}"
        memory = row["kept_megabytes"], row["usual_megabytes"]
        lines.append(f"| {' | '.join((*cells, *memory))} |")
    return lines


def renewed(text):
    """Return the page with its tables renewed."""
    for name in NAMES:
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        before, rest = text.split(start)
        lines = globals()[name]()
        text = "\n".join([before + start, "", *lines, "", end + rest.split(end)[1]])
    return text


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), encoding="utf-8")
