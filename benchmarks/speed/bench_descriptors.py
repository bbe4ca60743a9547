"""Time of frame descriptors against plain librosa calls, in one run.

Every variant turns the same decoded clips (22,050 Hz, 2048/512) into the same 31 rows.
The variants take turns at every clip, and the best of several turns counts for each, so
that other work on the machine affects all of them equally and little.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_descriptors [--data FOLDER]
       [--clips N] [--repeats N] [--output FILE]

FOLDER holds audio files at 22,050 Hz, for example GTZAN's genres. Without it, and
without SKLEARN_GENRE_DATA, clips of noise are written and read.
"""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

import librosa
import numpy as np
import torch

from benchmarks._header import header, publish
from benchmarks.speed.bench_extraction import choose_clips, measure
from sklearn_genre import FrameDescriptors, load_audio


def from_waveform(y):
    """Compute what a user writes with librosa: every call transforms the waveform."""
    feature = librosa.feature
    mfcc = feature.mfcc(y=y, n_mfcc=13)
    return np.concatenate(
        [
            feature.zero_crossing_rate(y),
            feature.spectral_centroid(y=y),
            feature.spectral_contrast(y=y).mean(axis=0, keepdims=True),
            feature.spectral_bandwidth(y=y),
            feature.spectral_rolloff(y=y),
            mfcc,
            feature.delta(mfcc),
        ]
    )


def from_spectrum(y):
    """Compute the same with one transform, passed to every call."""
    feature = librosa.feature
    S = np.abs(librosa.stft(y))
    centroid = feature.spectral_centroid(S=S)
    mel = feature.melspectrogram(S=S**2)
    mfcc = feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=13)
    return np.concatenate(
        [
            feature.zero_crossing_rate(y),
            centroid,
            feature.spectral_contrast(S=S).mean(axis=0, keepdims=True),
            feature.spectral_bandwidth(S=S, centroid=centroid),
            feature.spectral_rolloff(S=S),
            mfcc,
            feature.delta(mfcc),
        ]
    )


def variants(waves):
    """Return functions by name, one per clip."""
    ours = FrameDescriptors()
    return {
        "librosa, a transform a call": [partial(from_waveform, y) for y in waves],
        "librosa, one transform": [partial(from_spectrum, y) for y in waves],
        "FrameDescriptors()": [partial(ours.transform, [y]) for y in waves],
    }


def report(args, n, kind, best, largest):
    """Return the results as text."""
    names = ("sklearn-genre", "librosa", "numpy", "torch")
    reference = best["librosa, a transform a call"]
    command = (
        "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_descriptors "
        f"--clips {args.clips} --repeats {args.repeats}"
    )
    lines = [
        *header(command, *names),
        f"clips: {n} {kind}; best of {args.repeats} alternating turns",
        f"largest relative difference of medians over clips: {largest:.1e}",
        "",
        f"{'variant':30s} {'wall':>8s} {'CPU':>8s}   times librosa's speed",
        f"{'':30s} {'ms/clip':>8s} {'ms/clip':>8s}   {'wall':>6s} {'CPU':>6s}",
    ]
    for name, times in best.items():
        wall, cpu = times * 1000 / n
        faster = reference / times
        lines.append(
            f"{name:30s} {wall:8.2f} {cpu:8.2f}   {faster[0]:6.2f} {faster[1]:6.2f}"
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKLEARN_GENRE_DATA"))
    parser.add_argument("--clips", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        paths, kind = choose_clips(args.data, folder)
        waves = [load_audio(path)[0] for path in paths[:: -(-len(paths) // args.clips)]]
    best = measure(variants(waves), args.repeats)
    medians = [
        [np.median(rows, axis=1) for rows in (D, from_waveform(y))]
        for D, y in zip(FrameDescriptors().transform(waves), waves, strict=True)
    ]
    # of the five in Hz, dB and shares; coefficients may be 0
    largest = max(np.abs(ours / theirs - 1)[:5].max() for ours, theirs in medians)
    text = report(args, len(waves), kind, best, largest)
    publish(text, args.output)


if __name__ == "__main__":
    main()
