"""The examples of the five documents with their defaults, as they print it.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.examples [--data DIR]
        [--plots DIR] [--output FILE]

Their songs are synthetic, so the figures say that each system learns what it is given,
above chance by artist, and nothing about music; seconds and names of the pictures are
in the output of each. ``--data`` is a folder of GTZAN's songs, or of some of them, on
which each runs for two more epochs: that shows that it runs on real files, and no more.
It takes about a quarter of an hour on two cores.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks._header import FOLDER, header, publish

EXAMPLES = FOLDER.parents[1] / "examples"
NAMES = (
    "jones_cnn",
    "panwar_crnn",
    "lachmish_cnn",
    "pun_hybrid",
    "softmax_autoencoder",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--plots", type=Path, metavar="DIR")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    command = "python -m benchmarks.scores.examples" + " --data DIR" * bool(args.data)
    lines = header(command, "sklearn-genre", "torch", "scikit-learn")
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            lines += run(name, args.plots or Path(folder))
            if args.data:
                real = ["--data", args.data, "--epochs", "2", "--folds", "2"]
                lines += run(name, (args.plots or Path(folder)) / "real", real)
    publish("\n".join(lines) + "\n", args.output)


def run(name, plots, options=()):
    """Return the lines that an example prints, and the names of its pictures."""
    place = plots / name
    command = [sys.executable, EXAMPLES / f"{name}.py", "--plots", place, *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = done.stdout.replace(f"{place}", "PLOTS").strip().splitlines()
    pictures = ", ".join(sorted(path.name for path in place.glob("*.png")))
    shown = ["DIR" if isinstance(word, Path) else word for word in options]
    title = " ".join(["== python", f"examples/{name}.py", "--plots PLOTS", *shown])
    return ["", title, *lines, f"pictures: {pictures}"]


if __name__ == "__main__":
    main()
