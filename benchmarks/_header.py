"""Results files: their first lines, and where they go."""

import csv
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


def header(command, *packages):
    """Return the header lines; the load average is that before the run.

    Parameters
    ----------
    command : str
        As a reader would type it.
    *packages : str
        Distributions whose versions matter.

    Returns
    -------
    lines : list of str
    """
    return [
        f"command: {command}",
        f"commit: {commit()}",
        f"machine: {machine()}",
        "versions: " + ", ".join(f"{name} {version(name)}" for name in packages),
    ]


def commit():
    """Return the short name of the checked-out commit; "-dirty" marks local changes.

    Other results, which the benchmarks before this one wrote, are no such changes.
    """
    name = git("rev-parse", "--short", "HEAD")
    others = ":(top,exclude)benchmarks/results"
    changes = git("status", "--porcelain", "--untracked-files=no", "--", ":/", others)
    return f"{name}-dirty" if name and changes else name or "none"


def git(*arguments):
    """Return what git prints of this checkout."""
    command = ["git", "-C", str(FOLDER.parent), *arguments]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def machine():
    """Return the model of the processor, the number of cores and their load."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        model = names[0] if names else model
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"{model}, {os.cpu_count()} cores, {platform.system()}; load average {load}"


def publish(text, output, rows=()):
    """Print the results and, unless ``output`` is None, write them to a file.

    Parameters
    ----------
    text : str
    output : Path or None
    rows : sequence of dict, default=()
        The figures once more, which go into a CSV file beside it.
    """
    print(text, end="")
    if output:
        output.write_text(text)
    if output and rows:
        with output.with_suffix(".csv").open("w", newline="") as file:
            table = csv.DictWriter(file, rows[0], lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
