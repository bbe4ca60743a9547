"""What exact copies are worth in random folds, and what the search for them costs.

    python -m benchmarks.scores.copies --data FOLDER

FOLDER holds one directory of songs per genre, each song once. Songs are copied into a
temporary folder, once and twice. The table is printed and written to
``benchmarks/results/copies.txt``.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._header import FOLDER, header, publish
from sklearn_genre import evaluate, load_folder, recipes
from sklearn_genre.evaluation import merge_groups

SEED = 0
RESULTS = FOLDER / "copies.txt"


def choose(songs, n):
    """Return n songs of each genre, drawn at random."""
    rng = np.random.default_rng(SEED)
    for genre in songs.target_names:
        rows = rng.permutation(np.flatnonzero(songs.target == genre))[:n]
        yield from ((genre, Path(songs.paths[row])) for row in sorted(rows))


def lay_out(chosen, place):
    """Write the songs once, a copy of each, and each as flac; return the folders."""
    once, copies, flac = (place / name for name in ("once", "copies", "flac"))
    for genre, path in chosen:
        for folder in (once, copies, flac):
            (folder / genre).mkdir(parents=True, exist_ok=True)
        samples, rate = soundfile.read(path, dtype="int16")
        soundfile.write(once / genre / f"{path.stem}.wav", samples, rate)
        soundfile.write(copies / genre / f"copy {path.stem}.wav", samples, rate)
        soundfile.write(flac / genre / f"{path.stem}.flac", samples, rate)
    return once, copies, flac


def scores(files):
    """Return the lines of the scores of songs that lie once, and twice."""
    front_end, learner = recipes.fast()[:-1], recipes.fast()[-1]
    X, y = {}, {}
    for name, (paths, target) in files.items():
        X[name], y[name] = front_end.transform(paths), target
    lines = [f"{'files':<24} {'duplicates':<11} {'accuracy':>8}  95% interval"]
    for names, duplicates in (
        (["once"], "find"),
        (["once", "copies"], None),
        (["once", "copies"], "find"),
    ):
        report = evaluate(
            learner,
            np.concatenate([X[name] for name in names]),
            np.concatenate([y[name] for name in names]),
            protocol="random",
            n_splits=5,
            duplicates=duplicates,
            random_state=SEED,
        )
        low, high = report.intervals["accuracy"]
        lines.append(
            f"{' + '.join(names):<24} {duplicates!s:<11} "
            f"{report.scores['accuracy']:8.3f}  [{low:.3f}, {high:.3f}]"
        )
    return lines


def seconds(function):
    """Return the shortest of three times."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def costs(files):
    """Return the lines of what the search costs, beside the features of the files."""
    front_end = recipes.fast()[:-1]
    lines = [f"{'files':<24} {'features':>9} {'search':>9} {'ratio':>6}"]
    for names in (["once"], ["once", "copies"], ["once", "flac"]):
        paths = [path for name in names for path in files[name][0]]
        features = seconds(lambda paths=paths: front_end.transform(paths))
        search = seconds(lambda paths=paths: merge_groups(X=paths, duplicates="find"))
        lines.append(
            f"{' + '.join(names):<24} {features:7.2f} s {search:7.2f} s "
            f"{search / features:6.2f}"
        )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--songs", type=int, default=100, help="of each genre")
    options = parser.parse_args()
    chosen = list(choose(load_folder(options.data), options.songs))
    with tempfile.TemporaryDirectory() as place:
        folders = map(load_folder, lay_out(chosen, Path(place)))
        names = ("once", "copies", "flac")
        files = {
            name: (songs.paths, songs.target)
            for name, songs in zip(names, folders, strict=True)
        }
        lines = [
            *header(
                "python -m benchmarks.scores.copies --data FOLDER",
                *("sklearn-genre", "scikit-learn", "soundfile"),
            ),
            f"{len(chosen)} songs of {len(set(files['once'][1]))} genres, one thread",
            "",
            "accuracy of recipes.fast, random 5-fold by song",
            *scores(files),
            "",
            "seconds of the features of recipes.fast, and of the search for copies",
            *costs(files),
        ]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
