"""All that waits for a GPU, in a given time: tests, speed, then trainings side by side.

    python -m benchmarks.on_gpu --data DIR --out FOLDER --minutes N
        [--workers N] [--part tests speed trainings] [--device cuda]

``DIR`` holds the folders ``gtzan`` and ``emotify`` of the benchmarks of scores; a set
that is not there is left out. ``FOLDER`` gets ``tests.txt``, ``speed.txt``, one log for
each training, and the files of results with the rows that are new; what the committed
files have already is not trained again. A training that the time did not suffice for
goes on with the next call. Trainings start in the order of what is wanted most: the
fixed list of GTZAN, songs from audio, folds by artist, folds by song.
"""

import argparse
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks._header import FOLDER
from benchmarks.scores.emotify_recipes import name_of
from benchmarks.scores.gtzan_recipes import IMAGES, PROTOCOLS
from sklearn_genre import recipes

PARTS = ("tests", "speed", "trainings")
TESTS = (
    "pytest",
    "-q",
    "tests/neural/test_cuda.py",
    "tests/features",
    "-k",
    "cuda",
    "-rs",
)
FILES = {"gtzan": "gtzan_recipes.csv", "emotify": "emotify_recipes.csv"}


def jobs(options):
    """Return the arguments of each training, by the name of its log."""
    gtzan = {
        f"{protocol} {name}": ("gtzan", name, "--protocol", protocol)
        for protocol in reversed(PROTOCOLS)
        for name in IMAGES
    }
    fixed = {k: v for k, v in gtzan.items() if k.startswith("fault_filtered")}
    audio = {
        name_of(system): ("emotify", name_of(system))
        for system in recipes.SYSTEMS
        if system.input != "table"
    }
    return {
        name: training(*arguments, options=options)
        for name, arguments in (fixed | audio | gtzan).items()
        if (options.data / arguments[0]).is_dir()
    }


def training(data, recipe, *rest, options):
    """Return the command of one training."""
    return [
        *(sys.executable, "-m", f"benchmarks.scores.{data}_recipes"),
        *("--data", options.data / data, "--recipe", recipe, *rest),
        *("--device", options.device, "--out", options.out / FILES[data]),
        *("--keep", options.out / "keep" / data),
    ]


def run(command, log, deadline):
    """Run a command until it ends or the time is over; return its end, None if none."""
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    with log.open("a") as file:
        try:
            code = subprocess.run(
                command, stdout=file, stderr=subprocess.STDOUT, timeout=left
            ).returncode
        except subprocess.TimeoutExpired:
            return "stopped, to go on"
    return "done" if code == 0 else f"failed with {code}, see {log}"


def train(options, deadline):
    """Run trainings, as many at a time as there are workers."""
    for name in FILES.values():
        if not (options.out / name).exists():
            shutil.copy(FOLDER / name, options.out)
    for folder in ("logs", "keep"):
        (options.out / folder).mkdir(exist_ok=True)

    def one(job):
        name, command = job
        return name, run(command, options.out / "logs" / f"{name}.log", deadline)

    n_waiting = 0
    with ThreadPoolExecutor(options.workers) as pool:
        for name, end in pool.map(one, jobs(options).items()):
            n_waiting += end is None
            if end is not None:
                print(f"{name}: {end}", flush=True)
    print(f"not started: {n_waiting} trainings")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--workers", type=int, default=4, help="default: 4")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    deadline = time.monotonic() + 60 * options.minutes
    options.out.mkdir(parents=True, exist_ok=True)
    speed = ("benchmarks.speed.bench_gpu", "--device", options.device)
    for part, words in {"tests": TESTS, "speed": speed}.items():
        if part in options.part:
            command = [sys.executable, "-m", *words]
            end = run(command, options.out / f"{part}.txt", deadline)
            print(f"{part}: {end or 'not started'}", flush=True)
    if "trainings" in options.part:
        train(options, deadline)


if __name__ == "__main__":
    main()
