"""Time and memory of pretrained features.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_embedding [--songs N]

The songs are made: stereo mp3 of 30 s at 44,100 Hz, and one of an hour.

1. Songs per second of `MusicnnEmbedding`, with one thread and with two, beside those of
   the front end of `recipes.fast` and its statistics on the same files; the best of
   three turns counts for each.
2. `taggram` of the hour: seconds of CPU, and the peak of RssAnon above that after a
   short song.
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks._header import FOLDER, header, publish
from benchmarks.speed.bench_decoding import CONSTANT, frames_alone, music, write
from benchmarks.speed.bench_memmap import Peaks

RESULTS = FOLDER / "embedding.txt"
TURNS = 3


def write_files(folder, n_songs):
    """Return the paths of the songs and that of the hour."""
    paths = [folder / f"{k}.mp3" for k in range(n_songs)]
    write(paths[0], music(), CONSTANT)
    for path in paths[1:]:
        path.write_bytes(paths[0].read_bytes())
    hour = folder / "hour.mp3"
    hour.write_bytes(120 * frames_alone(paths[0]))
    return paths, hour


def systems():
    """Return functions of paths by what they are."""
    from sklearn_genre import MusicnnEmbedding, TextureStats, recipes

    def statistics(n_jobs):
        front = recipes.fast()[0].set_params(n_jobs=n_jobs)
        return lambda paths: TextureStats().transform(front.transform(paths))

    found = {}
    for n_jobs in (1, 2):
        found[f"recipes.fast, n_jobs={n_jobs}"] = statistics(n_jobs)
        found[f"MusicnnEmbedding, n_jobs={n_jobs}"] = MusicnnEmbedding(
            n_jobs=n_jobs
        ).transform
    return found


def rates(paths):
    """Yield the lines of songs per second."""
    functions = systems()
    best = dict.fromkeys(functions, 0.0)
    for function in functions.values():
        function(paths[:1])
    for _ in range(TURNS):
        for name, function in functions.items():
            started = time.perf_counter()
            function(paths)
            rate = len(paths) / (time.perf_counter() - started)
            best[name] = max(best[name], rate)
    yield f"{len(paths)} songs of 30 s as mp3: songs per second, best of {TURNS}"
    for name, rate in best.items():
        yield f"{name:<28} {rate:6.2f}"


def long_song(short, hour):
    """Yield the line of the hour."""
    from sklearn_genre import taggram

    taggram(short)
    peaks = Peaks()
    peaks.start()
    time.sleep(0.1)
    before, cpu = peaks.peaks["RssAnon"], time.process_time()
    n_windows = len(taggram(hour).times)
    seconds = time.process_time() - cpu
    peaks.stop.set()
    peaks.join()
    grown = (peaks.peaks["RssAnon"] - before) * 1024 / 1e6
    yield (
        f"taggram of an hour as mp3, {n_windows} windows: {seconds:.1f} s of CPU, "
        f"{grown:.0f} MB more at the peak"
    )


def main():
    """Print the figures and write them to ``benchmarks/results/embedding.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=int, default=20)
    n_songs = parser.parse_args().songs
    command = "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_embedding"
    lines = header(command, "sklearn-genre", "numpy", "torch", "librosa")
    with tempfile.TemporaryDirectory() as folder:
        paths, hour = write_files(Path(folder), n_songs)
        lines += ["", *rates(paths), "", *long_song(paths[0], hour)]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
