"""All benchmarks of the page "Performance", one after the other.

    OMP_NUM_THREADS=1 python benchmarks/suite.py [--data DIR] [--only NAME ...]

Each writes ``results/NAME.txt`` beside this file. All together take less than 15
minutes on two cores; on a machine that does something else their figures are worth
little (every file names the load average it was made under, or takes turns).
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = {
    "extraction": ("bench_extraction.py", "--repeats", "10"),
    "descriptors": ("bench_descriptors.py", "--repeats", "5"),
    "cache": ("bench_cache.py",),
    "training": ("bench_training.py", "--rounds", "5"),
    "memmap": ("bench_memmap.py",),
    "search": ("bench_search.py",),
    "prediction": ("bench_prediction.py",),
    "unit_costs": ("unit_costs.py",),
}


def run(name):
    """Run one benchmark; whether it succeeded."""
    script, *args = BENCHMARKS[name]
    output = HERE / "results" / f"{name}.txt"
    command = [sys.executable, str(HERE / script), *args, "--output", str(output)]
    print(f"== {name}", flush=True)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=HERE.parent)
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
