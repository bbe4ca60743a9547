"""Cost of one song on one core: decoding, features, storage, training, prediction.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.unit_costs [--rounds N] [--output FILE]

Songs of 30 s in stereo at 44.1 kHz are synthesized and written as mp3, ogg, flac and
wav; features are those of ``MelSpectrogram()``: 22,050 Hz, 128 bands, 1,292 frames.
Networks train on 5 slices of 128 frames per song. The least CPU time of several rounds
counts: it is affected least by other work on the machine. The last lines multiply it
by a million, for the page "One million songs" of the user guide.
"""

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import torch

from benchmarks._header import header, publish
from sklearn_genre import (
    CNNClassifier,
    CRNNClassifier,
    MelSpectrogram,
    Slicer,
    SummaryStats,
    load_audio,
    make_genre_audio,
)

RATE, SECONDS, SLICES = 44100, 30, 5
FORMATS = ("mp3", "ogg", "flac", "wav")
MILLION = 1_000_000


def write_songs(folder):
    """Write eight songs, one per genre, in every format; return paths by format."""
    songs = make_genre_audio(
        1, n_artists_per_genre=1, duration=SECONDS, sample_rate=RATE, random_state=0
    )
    paths = {name: [] for name in FORMATS}
    for i, wave in enumerate(songs.audio):
        stereo = np.stack([wave, np.roll(wave, 200)], axis=1)
        for name in FORMATS:
            paths[name].append(folder / f"{i}.{name}")
            soundfile.write(paths[name][-1], stereo, RATE)
    return paths, songs.target


def jobs(paths, genres):
    """Return by name a function over all songs, and the bytes per song of outputs."""
    n, sizes = len(genres), {}
    work = {
        f"decode {name} to 22,050 Hz": partial(read_all, files)
        for name, files in paths.items()
    }
    for name, files in paths.items():
        sizes[f"{name} file"] = sum(path.stat().st_size for path in files) / n
    waves = read_all(paths["wav"])
    mel = MelSpectrogram()
    X = mel.transform(waves)
    work["mel spectrogram"] = partial(mel.transform, waves)
    stats = SummaryStats()
    work["statistics of it"] = partial(stats.fit_transform, X)
    sizes["mel spectrogram, float32"] = X.nbytes / n
    sizes["mel spectrogram, float16"] = X.nbytes / n / 2
    sizes["statistics, float32"] = stats.fit_transform(X).nbytes / n
    slices = Slicer(n_slices=SLICES, slice_length=128).fit_transform(X)
    sizes[f"{SLICES} slices, float32"] = slices.nbytes / n
    for kind in (CNNClassifier, CRNNClassifier):
        net = kind(random_state=0).partial_fit(slices, genres)
        name = kind.__name__
        work[f"train {name}, an epoch"] = partial(net.partial_fit, slices, genres)
        work[f"predict {name}"] = partial(net.predict_proba, slices)
    return work, sizes


def read_all(files):
    """Return the waveforms of files."""
    return [load_audio(path, sample_rate=22050)[0] for path in files]


def measure(work, n_songs, rounds):
    """Return the least CPU seconds per song of each job."""
    best = dict.fromkeys(work, float("inf"))
    for name, function in work.items():
        # in a row: memory that rested in between would be slow to read again
        for _ in range(rounds):
            start = time.process_time()
            function()
            best[name] = min(best[name], (time.process_time() - start) / n_songs)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    lines = header(
        "OMP_NUM_THREADS=1 python -m benchmarks.speed.unit_costs "
        f"--rounds {args.rounds}",
        *("sklearn-genre", "torch", "soundfile", "soxr"),
    )
    lines += [
        f"songs: {SECONDS} s, stereo, 44.1 kHz; networks on {SLICES} slices a song",
        "threads: 1",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        paths, genres = write_songs(Path(folder))
        work, sizes = jobs(paths, genres)
        best = measure(work, len(genres), args.rounds)
    lines.append(f"{'work':32s} {'ms a song':>10s} {'core-hours a million':>22s}")
    for name, seconds in best.items():
        hours = seconds * MILLION / 3600
        lines.append(f"{name:32s} {seconds * 1000:10.2f} {hours:22.1f}")
    lines += ["", f"{'storage':32s} {'kB a song':>10s} {'GB a million':>22s}"]
    for name, size in sizes.items():
        lines.append(f"{name:32s} {size / 1e3:10.1f} {size * MILLION / 1e9:22.0f}")
    text = "\n".join(lines) + "\n"
    publish(text, args.output)


if __name__ == "__main__":
    main()
