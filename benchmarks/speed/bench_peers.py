"""Time of mel spectrograms in dB against other libraries, and another version.

Every variant makes the same 128 bands (22,050 Hz, 2048/512) from arrays in memory or
from wav files, each in a process of its own. The processes take turns, so that other
work on the machine affects all alike, and the best of each counts. A turn does the work
several times in a row: on virtual machines memory that rested for seconds can cost ten
times the work when it is first read again. Libraries that are not installed are left
out. ``--base`` adds another checkout of this package.

A row of hashes, which two threads can do without waiting for each other, says what the
machine gives: where it has less than two idle cores, no ratio of two threads means
anything.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_peers [--data FOLDER]
       [--base CHECKOUT] [--rounds N] [--output FILE]
"""

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

RATE = 22050
IN_A_ROW = 4
HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]


def ours(n_jobs):
    """Return what transforms all clips, arrays or paths, by this package."""
    from sklearn_genre import MelSpectrogram

    return MelSpectrogram(n_jobs=n_jobs).transform


def each(function):
    """Return what applies a function to all clips; paths are decoded first."""

    def run(clips):
        for clip in clips:
            function(clip if isinstance(clip, np.ndarray) else decoded(clip))

    return run


def decoded(path):
    """Return the samples of a file, by the fastest way to decode."""
    import soundfile

    return soundfile.read(path, dtype="float32")[0]


def librosa_mel():
    """Return what transforms a clip by librosa."""
    import librosa

    return lambda y: librosa.power_to_db(
        librosa.feature.melspectrogram(y=y, sr=RATE, n_fft=2048, hop_length=512)
    )


def sonara_mel(decibels=True):
    """Return what transforms a clip by sonara."""
    import sonara

    def mel(y):
        S = sonara.melspectrogram(y=y, sr=RATE)
        return sonara.power_to_db(S) if decibels else S

    return mel


def essentia_mel():
    """Return what transforms a clip by essentia, frame by frame as it works."""
    import essentia
    import essentia.standard as es

    essentia.log.infoActive = False
    window = es.Windowing(type="hann", size=2048, zeroPhase=False, normalized=False)
    spectrum = es.PowerSpectrum(size=2048)
    bands = es.MelBands(
        inputSize=1025, sampleRate=RATE, numberBands=128, highFrequencyBound=RATE / 2
    )

    def mel(y):
        frames = es.FrameGenerator(y, frameSize=2048, hopSize=512)
        S = np.array([bands(spectrum(window(frame))) for frame in frames])
        return 10 * np.log10(np.maximum(S.T, 1e-10))

    return mel


def hashes(n_threads):
    """Return what hashes bytes, as many for each clip, in threads."""
    content = bytes(2**20)
    pool = ThreadPoolExecutor(n_threads)

    def run(clips):
        list(pool.map(lambda clip: hashlib.sha256(content).digest(), clips))

    return run


WORKERS = {
    "sklearn_genre": lambda: ours(None),
    "sklearn_genre, n_jobs=2": lambda: ours(2),
    "librosa": lambda: each(librosa_mel()),
    "sonara": lambda: each(sonara_mel()),
    "sonara, without dB": lambda: each(sonara_mel(decibels=False)),
    "essentia": lambda: each(essentia_mel()),
    "hashes": lambda: hashes(1),
    "hashes, two threads": lambda: hashes(2),
}
# peers are slower by far, or nothing is to be learned from files
ARRAYS_ONLY = ("sonara, without dB", "essentia", "hashes", "hashes, two threads")


def work(name, folder):
    """Time a variant for every line that comes in: best wall and CPU seconds."""
    paths = sorted(Path(folder).glob("*.wav"))
    clips = {"arrays": [decoded(path) for path in paths], "files": paths}
    function = WORKERS[name]()
    for kind in iter(sys.stdin.readline, ""):
        times = [timed(function, clips[kind.strip()]) for _ in range(IN_A_ROW)]
        print(*np.min(times, axis=0), flush=True)


def timed(function, clips):
    """Return wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function(clips)
    return time.perf_counter() - wall, time.process_time() - cpu


def start(name, folder, checkout):
    """Start the process of a variant."""
    # by its path: as a module it would find the package of the current folder
    command = [sys.executable, "-W", "ignore", str(HERE), "--worker", name, str(folder)]
    env = {**os.environ, "PYTHONPATH": str(checkout)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env)


def ask(process, kind):
    """Let a process take its turn; return wall and CPU seconds."""
    process.stdin.write(f"{kind}\n")
    process.stdin.flush()
    return [float(x) for x in process.stdout.readline().split()]


def variants(base):
    """Yield name, worker and checkout of what can run here."""
    for name in WORKERS:
        library = name.split(",")[0]
        if library == "hashes" or importlib.util.find_spec(library):
            yield name, name, ROOT
        if base and library == "sklearn_genre":
            yield f"base: {name}", name, base


def measure(folder, base, rounds):
    """Return the best wall and CPU seconds by variant and kind of clips."""
    processes = {
        name: start(worker, folder, checkout)
        for name, worker, checkout in variants(base)
    }
    tasks = [
        (name, kind)
        for kind in ("arrays", "files")
        for name in processes
        if kind == "arrays" or name not in ARRAYS_ONLY
    ]
    best = {task: np.full(2, np.inf) for task in tasks}
    for turn in range(rounds + 1):
        for name, kind in tasks:
            times = ask(processes[name], kind)
            if turn:  # the first turn imports and compiles
                best[name, kind] = np.minimum(best[name, kind], times)
    for process in processes.values():
        process.stdin.close()
        process.wait()
    return best


def make_clips(folder, data, n=20, seconds=29):
    """Write clips as wav files of equal length: real ones, or noise."""
    import soundfile

    from benchmarks.speed.bench_extraction import choose_clips

    with tempfile.TemporaryDirectory() as noise:
        paths, kind = choose_clips(data, noise)
        for i, path in enumerate(paths[:n]):
            y, rate = soundfile.read(path, dtype="float32", frames=seconds * RATE)
            if rate == RATE and y.ndim == 1:
                y = np.resize(y, seconds * RATE)
                soundfile.write(Path(folder) / f"{i:03d}.wav", y, RATE)
    return len(list(Path(folder).glob("*.wav"))), kind


def table(best, n):
    """Return the figures as rows: ms per clip, and times librosa's speed."""
    rows = []
    for (name, source), times in best.items():
        wall, cpu = 1000 * times / n
        row = {"variant": name, "clips": source, "wall_ms": wall, "cpu_ms": cpu}
        faster = best["librosa", source] / times
        if name.startswith("hashes"):
            faster = "", ""
        row |= {"times_librosa_wall": faster[0], "times_librosa_cpu": faster[1]}
        rows.append(row)
    return rows


def report(best, n, kind, rounds, base):
    """Return the results as text."""
    from benchmarks._header import header

    names = ["sklearn-genre", "librosa", "numba", "soundfile"]
    from sklearn_genre.features._numerics.lanes import LANES

    names += [name for name in ("sonara", "essentia") if importlib.util.find_spec(name)]
    command = "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_peers"
    lines = [
        *header(command + (" --base CHECKOUT" if base else ""), *names),
        f"clips: {n}, 29 s each, of {kind}; best of {rounds} alternating turns "
        f"with {IN_A_ROW} runs each; {LANES} frames at a time",
        "",
        f"{'variant':36s} {'wall':>8s} {'CPU':>8s}   times librosa's speed",
        f"{'':36s} {'ms/clip':>8s} {'ms/clip':>8s}   {'wall':>6s} {'CPU':>6s}",
    ]
    for row in table(best, n):
        name, source, wall, cpu, *faster = row.values()
        line = f"{name + ', ' + source:36s} {wall:8.2f} {cpu:8.2f}"
        if not name.startswith("hashes"):
            line += f"   {faster[0]:6.2f} {faster[1]:6.2f}"
        lines.append(line)
    return "\n".join([*lines, "", *gains(best)]) + "\n"


def gains(best):
    """Yield lines about two threads."""
    for (name, source), times in best.items():
        for two in (f"{name}, n_jobs=2", f"{name}, two threads"):
            if (two, source) in best:
                ratio = times[0] / best[two, source][0]
                yield f"two threads, times one: {ratio:.2f} {name}, {source}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKLEARN_GENRE_DATA"))
    parser.add_argument("--base", help="another checkout of this package")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(*options.worker)
        return
    from benchmarks._header import publish

    with tempfile.TemporaryDirectory() as folder:
        n, kind = make_clips(folder, options.data)
        best = measure(folder, options.base, options.rounds)
    text = report(best, n, kind, options.rounds, options.base)
    publish(text, options.output, table(best, n))


if __name__ == "__main__":
    main()
