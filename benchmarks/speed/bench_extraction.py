"""Time of mel extraction against a plain librosa loop, in one run.

Every variant turns the same wav or au files into the same dB mel spectrograms (22,050
Hz, 2048/512, 128 bands). The variants take turns at every clip, and the best of several
turns counts for each, so that other work on the machine affects all of them equally and
little. What runs in parallel is timed over all clips at once. On a machine whose cores
are busy (see the load average) the CPU times are the ones to read, and n_jobs=2 cannot
show its gain.

The last lines give the peak memory, above the output, of new processes that transform
60 and 120 files: it must not grow with their number.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_extraction [--data FOLDER]
       [--repeats N] [--output FILE]

FOLDER holds audio files at 22,050 Hz, for example GTZAN's genres. Without it, and
without SKLEARN_GENRE_DATA, twenty clips of noise are written and read.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import joblib
import librosa
import numpy as np
import soundfile
import torch

from benchmarks._header import header, publish
from sklearn_genre import MelSpectrogram, load_audio

RATE = 22050
FEATURES = "  its features of decoded clips"
FLOOR = "floor: bare rFFT of the frames"


def noise_clips(folder, n=20, seconds=30):
    """Write clips of noise, for use where there is no real data."""
    rng = np.random.default_rng(0)
    paths = [Path(folder) / f"noise.{i:05d}.wav" for i in range(n)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.standard_normal(seconds * RATE), RATE)
    return paths


def choose_clips(data, folder):
    """Return the paths of the audio files under ``data``, or of noise in ``folder``.

    Returns
    -------
    paths : list of Path
    kind : str
        What they are, for the results file.
    """
    if not data:
        return noise_clips(folder), "clips of noise, 30 s"
    files = sorted(Path(data).rglob("*"))
    paths = [path for path in files if path.suffix in (".wav", ".au")]
    if not paths:
        sys.exit(f"no wav or au files under {data}")
    return paths, "real clips of 30 s"


def librosa_clip(path):
    """Compute what a user writes with librosa, with the fastest way to decode."""
    y, sr = soundfile.read(path, dtype="float32")
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr))


def windowed_frames(path):
    """Return the windowed frames of a clip, computed beforehand."""
    y, _ = soundfile.read(path, dtype="float32")
    frames = librosa.util.frame(np.pad(y, 1024), frame_length=2048, hop_length=512)
    window = librosa.filters.get_window("hann", 2048).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(frames.T * window))


def variants(paths):
    """Return functions by name, one per clip, or one for all clips."""
    one = MelSpectrogram()
    two = MelSpectrogram(n_jobs=2)
    function = one._waveform_function()
    waves = [load_audio(path)[0] for path in paths]
    frames = windowed_frames(paths[0])
    threads = joblib.Parallel(n_jobs=2, prefer="threads")

    def bare_fft():
        for block in frames.split(96):  # blocks that fit the cache
            torch.fft.rfft(block)

    return {
        "librosa loop": [partial(librosa_clip, path) for path in paths],
        "MelSpectrogram()": [partial(one.transform, [path]) for path in paths],
        "  its decoding": [partial(load_audio, path) for path in paths],
        FEATURES: [partial(function, y) for y in waves],
        FLOOR: [bare_fft for _ in paths],
        "MelSpectrogram(), one call": [partial(one.transform, paths)],
        "MelSpectrogram(n_jobs=2)": [partial(two.transform, paths)],
        "librosa loop, 2 threads": [
            lambda: threads(joblib.delayed(librosa_clip)(path) for path in paths)
        ],
    }


def measure(functions, repeats):
    """Return the best wall and CPU seconds of every variant; they take turns."""
    best = {name: np.full((len(calls), 2), np.inf) for name, calls in functions.items()}
    for turn in range(repeats + 1):
        for i in range(max(map(len, functions.values()))):
            for name, calls in functions.items():
                if i < len(calls):
                    times = timed(calls[i])
                    if turn > 0:  # the first turn imports and fills caches
                        best[name][i] = np.min([best[name][i], *times], axis=0)
    return {name: times.sum(axis=0) for name, times in best.items()}


def timed(call):
    """Return wall and CPU seconds of two runs, the first with what others left."""
    times = []
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    return times


def peak_memory(paths, n, n_jobs):
    """Return the MB that a new process needs above the n mel spectrograms it makes."""
    code = (
        "import sys; from benchmarks.speed import bench_extraction as b; "
        "b.print_peak(sys.argv[3:], int(sys.argv[1]), int(sys.argv[2]))"
    )
    args = [sys.executable, "-c", code, str(n), str(n_jobs), *map(str, paths)]
    return float(subprocess.run(args, capture_output=True, check=True).stdout)


def gain_of_processes(paths):
    """Return the speed of two independent processes relative to one: the limit."""
    seconds = {}
    context = multiprocessing.get_context("spawn")
    for n in (1, 2):
        barrier, queue = context.Barrier(n), context.Queue()
        workers = [
            context.Process(target=work, args=(paths, barrier, queue)) for _ in range(n)
        ]
        for worker in workers:
            worker.start()
        seconds[n] = max(queue.get() for _ in workers)
        for worker in workers:
            worker.join()
    return 2 * seconds[1] / seconds[2]


def work(paths, barrier, queue, rounds=10):
    """Put into the queue how long some rounds take, started with the others."""
    torch.set_num_threads(1)
    transformer = MelSpectrogram()
    transformer.transform(paths)  # imports and compiled code
    barrier.wait()
    start = time.perf_counter()
    for _ in range(rounds):
        transformer.transform(paths)
    queue.put(time.perf_counter() - start)


def print_peak(paths, n, n_jobs):
    """Print what ``peak_memory`` reads, as counted by Linux."""
    transformer = MelSpectrogram(n_jobs=n_jobs, duration=30.0)  # one array
    transformer.transform(paths[:1])  # imports and compiled code
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = memory_now("VmRSS")
    S = transformer.transform((paths * n)[:n])
    print(memory_now("VmHWM") - before - S.nbytes / 1e6)


def memory_now(what):
    """Return the memory of this process in MB: "VmRSS", or its peak "VmHWM"."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if what in line) * 1024 / 1e6


def report(paths, kind, best, repeats, largest, memory, limit):
    """Return the results as text."""
    names = ("sklearn-genre", "librosa", "numpy", "torch", "soundfile")
    reference = best["librosa loop"]
    command = (
        "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_extraction "
        f"--repeats {repeats}"
    )
    lines = [
        *header(command, *names),
        f"clips: {len(paths)} {kind}; best of {repeats} turns of two runs",
        f"largest difference from librosa: {largest:.5f} dB",
        "",
        f"{'variant':34s} {'wall':>8s} {'CPU':>8s}   times librosa's speed",
        f"{'':34s} {'ms/clip':>8s} {'ms/clip':>8s}   {'wall':>6s} {'CPU':>6s}",
    ]
    for name, times in best.items():
        wall, cpu = times * 1000 / len(paths)
        faster = reference / times
        lines.append(
            f"{name:34s} {wall:8.2f} {cpu:8.2f}   {faster[0]:6.2f} {faster[1]:6.2f}"
        )
    ratios = best[FEATURES] / best[FLOOR]
    scaling = best["MelSpectrogram(), one call"] / best["MelSpectrogram(n_jobs=2)"]
    lines += [
        "",
        f"features, times the floor: {ratios[0]:.2f} wall, {ratios[1]:.2f} CPU",
        f"n_jobs=2, times the speed of one call: {scaling[0]:.2f} wall",
        f"two processes that share nothing, times the speed of one: {limit:.2f}",
        *(
            f"peak memory above the output, {n} files, n_jobs={n_jobs}: {peak:.0f} MB"
            for (n, n_jobs), peak in memory.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKLEARN_GENRE_DATA"))
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        paths, kind = choose_clips(args.data, folder)
        best = measure(variants(paths), args.repeats)
        limit = gain_of_processes(paths)
        ours = MelSpectrogram().transform(paths)
        largest = max(
            np.abs(S - librosa_clip(path)).max()
            for S, path in zip(ours, paths, strict=True)
        )
        memory = {
            (n, n_jobs): peak_memory(paths, n, n_jobs)
            for n in (60, 120)
            for n_jobs in (1, 2)
        }
    text = report(paths, kind, best, args.repeats, largest, memory, limit)
    publish(text, args.output)


if __name__ == "__main__":
    main()
