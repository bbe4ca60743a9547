"""Features by threads and by processes, and the bytes that processes send back.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_processes [--clips N]
        [--rounds N] [--output FILE]

Wav files of 29 s become mel spectrograms, two at a time: in threads, and in two
processes of loky, which either send every spectrogram back (``transform``) or leave it
in a file (``extract_features``). Ways take turns, and the best turn of each counts; the
processes have been started before.
"""

import argparse
import pickle
import tempfile
import time
from pathlib import Path

import joblib
import numpy as np

from benchmarks._header import header, publish
from benchmarks.speed.bench_lock import LONG, make_clips
from sklearn_genre import MelSpectrogram, extract_features
from sklearn_genre.features._extract import _work

JOBS = 2


def ways(paths, folder):
    """Return functions that compute the features of all clips."""
    mel, output = MelSpectrogram(), Path(folder) / "mel.npy"

    def by(backend, function):
        def run():
            with joblib.parallel_config(backend, n_jobs=JOBS):
                function()

        return run

    def to_file():
        extract_features(mel, paths, output, overwrite=True)

    return {
        "threads, transform": by("threading", lambda: mel.transform(paths)),
        "threads, extract_features": by("threading", to_file),
        "processes, transform": by("loky", lambda: mel.transform(paths)),
        "processes, extract_features": by("loky", to_file),
    }


def bytes_sent(paths, folder):
    """Return the bytes for a clip that a process sends: an array, or what it is not."""
    mel = MelSpectrogram()
    row = pickle.dumps(mel.transform(paths[:1])[0], protocol=5)
    done = _work(mel.transform, str(folder), paths[:8], list(range(8)))
    return len(row), len(pickle.dumps(done)) / 8


def measure(functions, rounds):
    """Return the least seconds of each function."""
    best = dict.fromkeys(functions, np.inf)
    for _ in range(rounds + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    command = "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_processes"
    with tempfile.TemporaryDirectory() as folder:
        paths, _ = make_clips(folder, args.clips, LONG)
        best = measure(ways(paths, folder), args.rounds)
        array, note = bytes_sent(paths, folder)
    lines = [
        *header(command, "sklearn-genre", "joblib", "numba"),
        f"{args.clips} wav files, {JOBS} at a time; best of {args.rounds} turns",
        "",
        f"{'':30s} {'ms a clip':>10s} {'times threads':>14s}",
    ]
    first = best["threads, transform"]
    for name, seconds in best.items():
        ms = 1000 * seconds / args.clips
        lines.append(f"{name:30s} {ms:10.2f} {seconds / first:14.2f}")
    sent = f"bytes sent back a clip: {array:,} by transform, {note:,.0f} by "
    publish("\n".join([*lines, "", sent + "extract_features"]) + "\n", args.output)


if __name__ == "__main__":
    main()
