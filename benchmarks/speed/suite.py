"""All benchmarks of the page "Performance", one after the other.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.suite [--data DIR] [--only NAME ...]

Each writes ``benchmarks/results/NAME.txt``, and some the same figures as CSV, of which
``docs/performance_table.py`` makes tables of the page. All together take less than 50
minutes on two cores. On a machine that is busy with something else their figures mean
little; every file names the load average it was made under.
"""

import argparse
import os
import subprocess
import sys
import time

from benchmarks._header import FOLDER

ROOT = FOLDER.parents[1]
BENCHMARKS = {
    "extraction": ("bench_extraction", "--repeats", "10"),
    "peers": ("bench_peers",),
    "lock": ("bench_lock",),
    "descriptors": ("bench_descriptors", "--repeats", "5"),
    "cache": ("bench_cache",),
    "training": ("bench_training", "--rounds", "5"),
    "allocator": ("bench_allocator", "--rounds", "2"),
    "memmap": ("bench_memmap",),
    "search": ("bench_search",),
    "prediction": ("bench_prediction",),
    "long_songs": ("bench_long_songs",),
    "unit_costs": ("unit_costs",),
    "processes": ("bench_processes",),
    "job": ("bench_job",),
}


def run(name):
    """Run one benchmark; return whether it succeeded."""
    script, *args = BENCHMARKS[name]
    output = FOLDER / f"{name}.txt"
    command = [sys.executable, "-m", f"benchmarks.speed.{script}", *args]
    command += ["--output", str(output)]
    print(f"== {name}", flush=True)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT)
    print(f"-- {time.perf_counter() - start:.0f} s\n", flush=True)
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of audio files, else noise is made")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=[*BENCHMARKS])
    options = parser.parse_args()
    if options.data:
        os.environ["SKLEARN_GENRE_DATA"] = os.path.abspath(options.data)
    failed = [name for name in options.only if not run(name)]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
