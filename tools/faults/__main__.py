"""The command: see the package."""

import argparse
import importlib
import os
import random

import torch

import tools.faults
from benchmarks._header import FOLDER, header, publish

from ._trials import counted

# modules with a function ``trials(random, folder)``, and what they try
AREAS = {
    "odd_audio": "odd and bad files of all kinds, by every entry point",
    "audio": "audio files of every format, damaged at random",
    "models": "files that pretend to be models, and damaged ones",
    "cache": "entries of the feature cache damaged, forged, cut, locked; two processes",
    "kills": "kill -9 while models, features, trainings and downloads are written",
    "downloads": "odd answers of a server",
    "parameters": "bad values of every parameter of every estimator",
    "arrays": "NaN, infinities, no frames, one class, odd types, for every estimator",
    "threads": "threads that share a model or fit at the same time",
}


def main(args=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.faults",
        description="; ".join(f"{name}: {what}" for name, what in AREAS.items()),
    )
    parser.add_argument("areas", nargs="+", choices=AREAS, metavar="AREA")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", default="", help="only kinds whose name holds this")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    return max(run(area, options) for area in options.areas)


def run(area, options):
    """Count one area; return 1 if there were faults."""
    module = importlib.import_module(f"{tools.faults.__name__}.{area}")
    given = [f"--{n} {getattr(options, n):g}" for n in ("count", "minutes", "seed")]
    command = " ".join(["python -m tools.faults", area, *given])
    head = header(command, "sklearn-genre", "numpy", "scikit-learn", "soundfile")
    if options.kind:
        command += f" --kind {options.kind}"
    trials = module.trials(random.Random(options.seed))
    trials = (trial for trial in trials if options.kind in trial.kind)
    table = counted(
        trials,
        count=options.count,
        minutes=options.minutes,
        progress=lambda line: print(line, flush=True),
    )
    lines = [*head, AREAS[area], "", *table.lines()]
    name = f"{area}_{options.kind}" if options.kind else area
    place = FOLDER / "faults" / f"{name}.txt"
    publish("\n".join(lines) + "\n", place if options.write else None)
    return int(bool(table.faults))


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    raise SystemExit(main())
