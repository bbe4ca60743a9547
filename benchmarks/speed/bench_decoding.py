"""Time of decoding files and of mel spectrograms from them, beside another version.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_decoding [--base CHECKOUT]
        [--repeats N] [--output FILE]

Files of 30 s are made, in stereo and mono: wav, au, flac, ogg, and mp3 of a constant
bitrate, with and without the header that states its length. For each, as for a folder
of such files, two processes, with this checkout and with that of another version, read
it in turns; the best CPU time of several turns counts.

The last lines give the time in which the frames of mp3 files are counted, and its share
of the time of decoding them: of those files, and of one of two hours.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._header import header, publish

ROOT = Path(__file__).parents[2]
RATE = 44100
TASKS = ("decoding", "mel spectrogram")
LONG = "mp3, 2 hours"
WARM = 3  # turns that import, compile and fill the allocator
# libsndfile ignores the mode without a level
CONSTANT = {"bitrate_mode": "CONSTANT", "compression_level": 0.5}


def music(seconds=30):
    """Return chords over noise that comes and goes, of shape (n_samples, 2)."""
    rng = np.random.default_rng(0)
    t = np.arange(seconds * RATE) / RATE
    beat = np.exp(-4 * (t % 0.5))
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.2, 329.6, 440.0))
    noise = rng.standard_normal((len(t), 2))
    return 0.08 * chord[:, None] + 0.1 * beat[:, None] * noise


def write_files(folder):
    """Return the paths of the files by what they are."""
    wave, paths = music(), {}
    for kind, part in (("", wave), (", mono", wave[:, 0])):
        for ending in ("wav", "au", "flac", "ogg", "mp3"):
            path = folder / f"song{kind}.{ending}"
            write(path, part, CONSTANT if ending == "mp3" else {})
            paths[ending + kind] = path
        paths[f"mp3{kind}, no header"] = folder / f"bare{kind}.mp3"
        paths[f"mp3{kind}, no header"].write_bytes(frames_alone(path))
    paths[LONG] = folder / "long.mp3"
    paths[LONG].write_bytes(240 * paths["mp3, no header"].read_bytes())
    return paths


def write(path, wave, how):
    """Write a file, in parts: of Vorbis, libsndfile takes no long ones."""
    n_channels = 1 if wave.ndim == 1 else 2
    with soundfile.SoundFile(path, "w", RATE, n_channels, **how) as file:
        for start in range(0, len(wave), 2**14):
            file.write(wave[start : start + 2**14])


def frames_alone(path):
    """Return the bytes of an mp3 without its header."""
    from sklearn_genre.audio._mpeg import scan

    with open(path, "rb") as file:
        return path.read_bytes()[scan(file, path).offsets[0] :]


def serve():
    """Time what the lines of standard input name; a line of seconds for each."""
    import torch

    from sklearn_genre import MelSpectrogram, load_audio

    torch.set_num_threads(1)
    mel = MelSpectrogram()
    tasks = {TASKS[0]: load_audio, TASKS[1]: lambda path: mel.transform([path])}
    for line in sys.stdin:
        task, path = json.loads(line)
        start = time.process_time()
        tasks[task](path)
        print(time.process_time() - start, flush=True)


class Worker:
    """A process with the package of a checkout."""

    def __init__(self, checkout, folder):
        code = "from benchmarks.speed.bench_decoding import serve; serve()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,  # neither checkout is found by chance
            env={**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{ROOT}"},
        )

    def time(self, task, path):
        """Return the CPU seconds of a task."""
        print(json.dumps([task, str(path)]), file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def compare(checkouts, folder, paths, repeats):
    """Return the best seconds by task, file and checkout; they take turns."""
    best = {}
    for name, path in paths.items():
        workers = {who: Worker(at, folder) for who, at in checkouts.items()}
        for turn in range(repeats + WARM):
            for task in TASKS:
                for who, worker in workers.items():
                    seconds = worker.time(task, path)
                    if turn >= WARM:
                        key = task, name, who
                        best[key] = min(best.get(key, np.inf), seconds)
        for worker in workers.values():
            worker.process.communicate()
    return best


def counting(path, repeats):
    """Return the best CPU seconds of counting the frames, and of decoding all."""
    from sklearn_genre.audio import open_audio
    from sklearn_genre.audio._mpeg import scan

    def decode():
        with open_audio(path, path) as sound:
            for _ in sound.blocks(0, sound.n_samples):
                pass

    def count():
        with open(path, "rb") as file:
            scan(file, path)

    return [
        min(timed(function) for _ in range(repeats)) for function in (count, decode)
    ]


def timed(function):
    """Return the CPU seconds of a call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def report(best, counts, others, repeats):
    """Return the results as text."""
    command = (
        "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_decoding "
        f"--base CHECKOUT --repeats {repeats}"
    )
    lines = [
        *header(command, "sklearn-genre", "numpy", "soundfile", "soxr", "torch"),
        f"files of 30 s, ms of CPU; best of {repeats} alternating turns",
        *others,
    ]
    for task in TASKS:
        lines += ["", f"{task:20s} {'base':>8s} {'now':>8s} {'now/base':>9s}"]
        for name in dict.fromkeys(name for _, name, _ in best):
            now, base = (best.get((task, name, who), np.nan) for who in ("now", "base"))
            ratio = now / base
            lines.append(
                f"  {name:18s} {1e3 * base:8.2f} {1e3 * now:8.2f} {ratio:9.2f}"
            )
    lines += ["", f"{'counting frames':20s} {'count':>8s} {'decode':>8s} {'share':>9s}"]
    for name, (count, decode) in counts.items():
        share = f"{100 * count / decode:.1f} %"
        lines.append(f"  {name:18s} {1e3 * count:8.2f} {1e3 * decode:8.2f} {share:>9s}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", type=Path, help="another checkout, to compare with")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder))
        long = paths.pop(LONG)
        checkouts = {"now": ROOT}
        others = []
        if args.base:
            checkouts["base"] = args.base.resolve()
            git = ["git", "-C", str(args.base), "describe", "--always"]
            base = subprocess.run(git, capture_output=True, text=True).stdout.strip()
            others = [f"base: commit {base}"]
        best = compare(checkouts, folder, paths, args.repeats)
        mp3 = {name: path for name, path in paths.items() if name.startswith("mp3")}
        counts = {name: counting(path, args.repeats) for name, path in mp3.items()}
        counts[LONG] = counting(long, 2)
    publish(report(best, counts, others, args.repeats), args.output)


if __name__ == "__main__":
    main()
