"""Memory, threads and open files over thousands of operations.

    python -m tools.faults.soak [--minutes 10] [--write]

Each operation is repeated for its share of the time; what it holds is counted after a
tenth of that, when all is loaded and compiled, and at the end.
"""

import argparse
import contextlib
import os
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks._header import FOLDER, header, publish
from sklearn_genre import (
    AudioError,
    CNNClassifier,
    MelSpectrogram,
    load_audio,
    load_model,
    recipes,
    save_model,
)
from tests.odd_bytes import encoded, flac, ogg

# megabytes that allocators may keep
SLACK = 30


def held():
    """Return megabytes, threads and open files of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    files = len(os.listdir("/proc/self/fd"))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, threading.active_count(), files


def operations(folder):
    """Yield names and functions of a number."""
    sounds = [encoded(seconds=5), flac(seconds=5), ogg(seconds=5)]
    yield "load_audio", lambda k: load_audio(sounds[k % 3])
    broken = [content[: len(content) // 2] for content in sounds]

    def fail(k):
        with contextlib.suppress(AudioError):
            load_audio(broken[k % 3])

    yield "load_audio, of broken files", fail
    rng = np.random.default_rng(0)
    clips = rng.normal(size=(12, 22050)).astype(np.float32) / 9
    y = np.tile(["dub", "jazz"], 6)
    fast = recipes.fast().fit(clips, y)
    yield "predict_proba", lambda k: fast.predict_proba(clips[: 1 + k % 5])
    mel = MelSpectrogram()
    yield "MelSpectrogram", lambda k: mel.transform(clips)
    cached = MelSpectrogram(cache=str(folder / "cache"))
    yield "MelSpectrogram, with a cache", lambda k: cached.transform(clips + k % 100)
    X = mel.transform(clips)
    network = CNNClassifier(n_filters=(4, 4), max_epochs=1, random_state=0)
    yield "fit of a network", lambda k: network.fit(X, y)

    def save(k):
        save_model(fast, folder / "model.skops")
        load_model(folder / "model.skops")

    yield "save_model, load_model", save


def repeated(call, seconds):
    """Repeat a call; return how often, and what was held early and at the end."""
    start, early, k = time.monotonic(), None, 0
    while (passed := time.monotonic() - start) < seconds:
        call(k)
        k += 1
        if early is None and passed > seconds / 10:
            early = held()
    return k, early or held(), held()


def main(args=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(args)
    warnings.simplefilter("ignore")
    command = f"python -m tools.faults.soak --minutes {options.minutes:g}"
    lines = [*header(command, "sklearn-genre", "numpy", "soundfile"), ""]
    lines.append(f"{'':30} times  MB early  late  threads   files")
    grown = []
    with tempfile.TemporaryDirectory() as folder:
        for name, call in (all_of_them := list(operations(Path(folder)))):
            n, early, late = repeated(call, 60 * options.minutes / len(all_of_them))
            threads, files = (f"{early[i]:3}{late[i]:4}" for i in (1, 2))
            sizes = f"{early[0]:8.0f} {late[0]:5.0f}"
            lines.append(f"{name:30} {n:5} {sizes}  {threads} {files}")
            if late[0] > early[0] + SLACK or late[1:] != early[1:]:
                grown.append(name)
    lines.append(f"grown: {', '.join(grown) or 'none'}")
    place = FOLDER / "faults" / "soak.txt"
    publish("\n".join(lines) + "\n", place if options.write else None)
    return int(bool(grown))


if __name__ == "__main__":
    raise SystemExit(main())
