"""What the level of songs does to pretrained features, on folds by artist.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.loudness --data DIR

``DIR`` is as for ``emotify.py``. Every second song is read. The first table trains on
songs at their own level and tests the held-out ones at this and lower levels; the
second trains and tests on songs whose levels were made equal, by their peak or by their
root mean square.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from benchmarks._header import FOLDER, header, publish
from benchmarks.scores.emotify import SEEDS, discriminant, known_of
from sklearn_genre import MusicnnEmbedding, load_audio

RESULTS = FOLDER / "loudness.txt"
GAINS = {"own level": 1.0, "10 dB lower": 10**-0.5, "20 dB lower": 0.1}


def taggrams(waves, gains):
    """Return the tag probabilities of songs at other levels."""
    clips = [
        ((gain * wave).astype(np.float32), rate)
        for (wave, rate), gain in zip(waves, gains, strict=True)
    ]
    return MusicnnEmbedding().transform(clips)


def accuracy(train, test, y, artists):
    """Return mean and range over seeds; rows of both are the same songs."""
    found = []
    for seed in SEEDS:
        cv = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        right = [
            discriminant().fit(train[a], y[a]).predict(test[b]) == y[b]
            for a, b in cv.split(train, y, artists)
        ]
        found.append(np.concatenate(right).mean())
    return f"{np.mean(found):.3f} ({min(found):.3f}-{max(found):.3f})"


def table(known):
    """Yield the lines of both tables."""
    y, artists = (known[key][::2] for key in ("label", "artist"))
    waves = [load_audio(path) for path in known["paths"][::2]]
    own = taggrams(waves, np.ones(len(y)))
    yield f"{len(y)} songs of {len(set(artists))} artists, 5 folds by artist"
    yield f"accuracy, mean of {len(SEEDS)} seeds (range)"
    for name, gain in GAINS.items():
        test = own if gain == 1 else taggrams(waves, np.full(len(y), gain))
        yield f"tested at {name:<14} {accuracy(own, test, y, artists)}"
    peaks = np.array([abs(wave).max() for wave, _ in waves])
    levels = np.array([np.sqrt(np.mean(wave**2)) for wave, _ in waves])
    for name, gains in (("peak 1", 1 / peaks), ("level 0.2", 0.2 / levels)):
        equal = taggrams(waves, gains)
        yield f"all at {name:<17} {accuracy(equal, equal, y, artists)}"


def main():
    """Print the tables and write them to ``benchmarks/results/loudness.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    command = "OMP_NUM_THREADS=1 python -m benchmarks.scores.loudness --data DIR"
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    lines += ["", *table(known_of(parser.parse_args().data))]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
