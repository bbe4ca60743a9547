"""A tagger of the sources on real songs: the tags of Emotify that are MagnaTagATune's.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.emotify_tags --data DIR
        [--system NAME] [--epochs N] [--device cuda] [--keep DIR] [--output FILE]

``DIR`` is as for ``emotify.py``; 243 of its 400 songs have tags. ``panwar_crnn.py`` of
the examples deals seven tenths of them for training, one to watch and two to test, with
no artist on two sides, trains, keeps the epoch with the least loss on the watched songs
and tests once. ``--keep`` is a folder from which a training that was stopped goes on.

An epoch of the CRNN takes about two minutes on one core.
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
    parser.add_argument("--system", default="panwar", help="as of the example")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--keep", type=Path, metavar="DIR")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    chosen = ["--system", args.system, "--epochs", str(args.epochs)]
    chosen += ["--device", args.device]
    command = f"python -m benchmarks.scores.emotify_tags --data DIR {' '.join(chosen)}"
    lines = header(command, "sklearn-genre", "torch", "scikit-learn")
    out = run(args.data, args.keep, chosen)
    publish("\n".join([*lines, out]), args.output)


def run(folder, keep, chosen):
    """Return what the example prints, without the place of the songs."""
    songs = ["--manifest", str(folder / "emotify.csv"), "--tag-column", "mtt_tags"]
    command = [sys.executable, str(EXAMPLE), *songs, "--n-tags", str(N_TAGS), *chosen]
    if keep is not None:
        command += ["--features", str(keep / "mel.npy"), "--checkpoint", str(keep)]
        keep.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.replace(f"{folder}/", "")


if __name__ == "__main__":
    main()
