"""What a clip costs beside its decoding and spectrum, and the bound that it sets.

Clips of 27 ms take hardly any computing, so that their time is nearly all Python's,
under its lock, which one thread has at a time. What a clip of 29 s takes, over that, is
the most that threads can gain, however many there are. Two threads that do nothing else
hinder each other, so the time of their clips gives a bound that no more than that is
lost. A second table says what the time of a short clip consists of: its parts alone
take less than all together, since in turns they drive each other out of the processor's
cache. All is CPU time, the least of several turns.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_lock [--output FILE]
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._header import header, publish
from sklearn_genre import MelSpectrogram
from sklearn_genre.audio import open_audio
from sklearn_genre.features._batches import compute
from sklearn_genre.features._excerpts import open_wave

RATE, SHORT, LONG = 22050, 600, 29 * 22050  # samples
THREADS = 16


def make_clips(folder, n, n_samples, ending="wav"):
    """Write clips of noise; return their paths and samples."""
    rng = np.random.default_rng(0)
    paths = [Path(folder) / f"{n_samples}-{i}.{ending}" for i in range(n)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.standard_normal(n_samples), RATE)
    return paths, [soundfile.read(path, dtype="float32")[0] for path in paths]


def cost(clips, n_jobs, turns):
    """Return the CPU time of a clip in microseconds."""
    mel, best = MelSpectrogram(n_jobs=n_jobs), np.inf
    for _ in range(turns + 1):  # the first compiles
        start = time.process_time()
        mel.transform(clips)
        best = min(best, time.process_time() - start)
    return 1e6 * best / len(clips)


def least(function, clips, turns):
    """Return the CPU time of a function of a clip in microseconds."""
    best = np.inf
    for _ in range(turns + 1):
        start = time.process_time()
        for clip in clips:
            function(clip)
        best = min(best, time.process_time() - start)
    return 1e6 * best / len(clips)


def parts():
    """Return the parts of the work as functions, and which clips they take."""
    mel = MelSpectrogram()
    how, function = mel._of_clips(), mel._waveform_function()

    def decode(path):
        with soundfile.SoundFile(str(path)) as sound:
            sound.read(SHORT, dtype="int16", always_2d=True)

    def checked(path):
        with open_audio(path, str(path)) as sound:
            list(sound.blocks(0, SHORT))

    def wave(clip):
        with open_wave(clip, 0, **how["audio"]):
            pass

    return {
        "file: opened and read by soundfile": (decode, 0),
        "file: the same, looked at, checked": (checked, 0),
        "file: to a waveform": (wave, 0),
        "array: to a waveform": (wave, 1),
        "waveform: to its features": (function, 1),
        "array: all": (lambda clip: compute(clip, 0, function=function, **how), 1),
        "file: all": (lambda clip: compute(clip, 0, function=function, **how), 0),
    }


def bounds(sources, turns):
    """Yield lines about clips in one and two threads."""
    for source, (short, long) in sources.items():
        one, two = (cost(short, n_jobs, turns) for n_jobs in (1, 2))
        whole = cost(long, 1, turns)
        least, most = (min(THREADS, whole / lock) for lock in (max(one, two), one))
        between = f"{least:.1f} to {most:.1f}"
        yield f"{source:8s} {one:10.0f} {two:12.0f} {whole:10.0f} {between:>14s}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    command = "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_lock"
    names = f"{'':8s} {'us, short':>10s} {'two threads':>12s} {'us, 29 s':>10s}"
    with tempfile.TemporaryDirectory() as folder:
        short, long = make_clips(folder, 300, SHORT), make_clips(folder, 20, LONG)
        mp3 = [make_clips(folder, *n, "mp3")[0] for n in ((300, SHORT), (20, LONG))]
        sources = {
            "wav": (short[0], long[0]),
            "mp3": mp3,
            "arrays": (short[1], long[1]),
        }
        lines = [
            *header(command, "sklearn-genre", "numba", "soundfile"),
            "",
            f"{names} {'most, of ' + str(THREADS):>14s}",
            *bounds(sources, options.turns),
        ]
        rows = [
            {"work": name, "us": least(function, short[i], options.turns)}
            for name, (function, i) in parts().items()
        ]
    lines += ["", f"{'one short clip':36s} {'us':>8s}"]
    lines += [f"{row['work']:36s} {row['us']:8.0f}" for row in rows]
    publish("\n".join(lines) + "\n", options.output, rows)


if __name__ == "__main__":
    main()
