"""Epochs on a CPU when the C library keeps freed memory, beside its usual way.

    python -m benchmarks.speed.bench_allocator [--rounds N] [--output FILE]

Each network is trained for three epochs of one or two batches of random spectrograms in
a program of its own, in turn with the usual settings and with those of ``KEEP``, one
thread each. The least time of an epoch counts, without the first; page faults are those
of an epoch, memory is the peak of the program. glibc only.
"""

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks._header import header, publish
from sklearn_genre import CNNClassifier, CRNNClassifier, recipes

KEEP = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "MALLOC_TOP_PAD_": "67108864",
}
EPOCHS = 3
# estimator and shape of X
CASES = {
    "CNN, 128 x 66": (CNNClassifier, (64, 128, 66)),
    "CRNN, 96 x 334": (CRNNClassifier, (32, 96, 334)),
    "FCN-4, 128 x 334": (recipes.choi_fcn, (32, 128, 334)),
    "short-chunk CNN, 8 x 128 x 41": (recipes.short_chunk_cnn, (16, 8, 128, 41)),
    "musicnn, 10 x 96 x 33": (recipes.musicnn, (16, 10, 96, 33)),
}


def train(name, precision):
    """Train one network; print seconds and page faults of an epoch, and memory."""
    kind, shape = CASES[name]
    made = kind()
    model = made if hasattr(made, "max_epochs") else made["classifier"]
    model.set_params(
        max_epochs=EPOCHS, early_stopping=False, precision=precision, random_state=0
    )
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape).astype(np.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    model.fit(X, np.arange(len(X)) % 10)
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "seconds": min(model.net_.history[1:, "dur"]),
        "faults": (used.ru_minflt - before) / EPOCHS,
        "megabytes": used.ru_maxrss / 1024,
    }
    print(json.dumps(found))


def ask(name, precision, settings):
    """Return what a program of its own finds for one network."""
    command = [sys.executable, "-m", "benchmarks.speed.bench_allocator"]
    command += ["--train", name, "--precision", precision]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | settings
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def best(name, precision, rounds):
    """Return the least figures of both ways, which take turns."""
    found = [
        [ask(name, precision, settings) for settings in ({}, KEEP)]
        for _ in range(rounds)
    ]
    return [
        {key: min(one[key] for one in way) for key in way[0]}
        for way in zip(*found, strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--train", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--precision", default="float32", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    if args.train:
        train(args.train, args.precision)
        return
    command = f"python -m benchmarks.speed.bench_allocator --rounds {args.rounds}"
    settings = " ".join(f"{name}={value}" for name, value in KEEP.items())
    lines = [
        *header(command, "sklearn-genre", "torch"),
        f"kept: {settings}",
        "",
        f"{'':41} {'seconds':>15} {'':6} {'1,000 faults':>14} {'megabytes':>14}",
        f"{'network':30} {'precision':10} {'usual':>7} {'kept':>7} {'ratio':>6} "
        f"{'usual':>7} {'kept':>6} {'usual':>7} {'kept':>6}",
    ]
    rows = []
    for name, precision in itertools.product(CASES, ("float32", "bfloat16")):
        usual, kept = best(name, precision, args.rounds)
        rows.append(
            {
                "network": name,
                "precision": precision,
                "usual_seconds": round(usual["seconds"], 3),
                "kept_seconds": round(kept["seconds"], 3),
                "ratio": round(kept["seconds"] / usual["seconds"], 3),
                "usual_megabytes": round(usual["megabytes"]),
                "kept_megabytes": round(kept["megabytes"]),
            }
        )
        lines.append(
            f"{name:30} {precision:10} {usual['seconds']:7.2f} {kept['seconds']:7.2f} "
            f"{rows[-1]['ratio']:6.2f} "
            f"{usual['faults'] / 1e3:7.0f} {kept['faults'] / 1e3:6.0f} "
            f"{usual['megabytes']:7.0f} {kept['megabytes']:6.0f}"
        )
    publish("\n".join(lines) + "\n", args.output, rows)


if __name__ == "__main__":
    main()
