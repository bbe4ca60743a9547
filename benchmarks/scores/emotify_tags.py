"""Taggers of the sources on real songs: the tags of Emotify that are MagnaTagATune's.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.emotify_tags --data DIR
        [--system NAME ...] [--epochs N] [--device cuda] [--keep DIR] [--output FILE]

``DIR`` is as for ``emotify.py``; 243 of its 400 songs have tags. ``panwar_crnn.py`` of
the examples deals seven tenths of them for training, one to watch and two to test, with
no artist on two sides and alike for all systems, trains, keeps the epoch with the least
loss on the watched songs and tests once. A system that is no network learns from the
same seven tenths. ``--keep`` is a folder from which a training that was stopped goes
on; each system has a folder of its own in it.

``emotify_tags.txt`` has the systems of minutes, ``emotify_tags_crnn.txt`` the CRNN.

An epoch of the CRNN takes about two minutes on one core; pooled MFCC, convolutions over
time, typical frames and transfer take minutes in all.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks._header import FOLDER, header, publish

EXAMPLE = FOLDER.parents[1] / "examples" / "panwar_crnn.py"
N_TAGS = 20  # the rarest of them has 38 songs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--system", nargs="+", default=["panwar"], metavar="NAME", help="of the example"
    )
    parser.add_argument("--epochs", type=int, help="default: the recipe's own")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--keep", type=Path, metavar="DIR")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    options = ["--device", args.device]
    if args.epochs is not None:
        options += ["--epochs", str(args.epochs)]
    words = " ".join(["--system", *args.system, *options])
    command = f"python -m benchmarks.scores.emotify_tags --data DIR {words}"
    lines = header(command, "sklearn-genre", "torch", "scikit-learn")
    for name in args.system:
        print(f"running {name}", file=sys.stderr)
        keep = args.keep and args.keep / name
        lines += ["", f"== {name}", "", run(args.data, keep, name, options)]
    publish("\n".join(lines), args.output)


def run(folder, keep, name, options):
    """Return what the example prints for a system, without the place of the songs."""
    songs = ["--manifest", str(folder / "emotify.csv"), "--tag-column", "mtt_tags"]
    command = [sys.executable, str(EXAMPLE), *songs, "--n-tags", str(N_TAGS)]
    command += ["--system", name, *options]
    if keep is not None:
        command += ["--features", str(keep / "features.npy"), "--checkpoint", str(keep)]
        keep.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.replace(f"{folder}/", "")


if __name__ == "__main__":
    main()
