"""Which odd audio files are decoded, with the optional codecs and without them.

    python -m benchmarks.scores.odd_audio --data FOLDER

FOLDER holds audio files of any kind. Each is decoded whole and compared with what
FFmpeg makes of it; it is whole if the lengths differ by a frame of mp3 at most. Files
are called by their number and ending. The table is printed and written to
``benchmarks/results/odd_audio.txt``.
"""

import argparse
import itertools
import sys
import warnings
from collections import Counter
from pathlib import Path

from benchmarks._header import FOLDER, header, publish
from sklearn_genre import AudioError, load_audio
from sklearn_genre._utils.formats import INSTALL_CODECS, has_ending

RESULTS = FOLDER / "odd_audio.txt"
# samples of a frame of mp3: decoders differ by the delay that they leave in
FRAME = 1152


def by_ffmpeg(path):
    """Return the codec of the sound of a file, its rate, and its samples, by FFmpeg."""
    import av

    with av.open(str(path), metadata_errors="replace") as container:
        track = container.streams.audio[0]
        codec, n_samples = track.codec_context.name, 0
        frames = container.decode(track)
        first = next(frames)
        for frame in itertools.chain([first], frames):
            n_samples += frame.samples
        return codec, first.sample_rate, n_samples


def without(package, function, *args):
    """Call a function as if a package were not installed."""
    loaded = {name: sys.modules.pop(name) for name in _modules_of(package)}
    sys.modules[package] = None
    try:
        return function(*args)
    finally:
        del sys.modules[package]
        sys.modules.update(loaded)


def _modules_of(package):
    """Return the names of the loaded modules of a package."""
    return [n for n in sys.modules if n == package or n.startswith(f"{package}.")]


def outcome(path, expected):
    """Return what becomes of a file, in a word and in a cell of the table."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            n_samples = len(load_audio(path)[0])
    except AudioError as error:
        kind = "needs codecs" if INSTALL_CODECS in str(error) else "refused"
        return kind, f"{kind}: {error.cause}"
    if abs(n_samples - expected) > FRAME:
        return "of another length", f"{n_samples - expected:+d} samples"
    warned = "".join(f", warns: {w.message}" for w in caught).replace(f"{path}: ", "")
    return "whole", f"whole, {n_samples - expected:+d} samples{warned}"


def rows(paths):
    """Return the rows of the table, and how often there is which outcome."""
    counts = {"with the codecs": Counter(), "without": Counter()}
    lines = [f"{'file':<9} {'codec':<10} {'rate':>7} {'samples':>9}  outcome"]
    for k, path in enumerate(paths, 1):
        codec, rate, expected = by_ffmpeg(path)
        found = outcome(path, expected), without("av", outcome, path, expected)
        for (kind, _), counter in zip(found, counts.values(), strict=True):
            counter[kind] += 1
        cells = [found[0][1], *([] if found[0] == found[1] else [found[1][1]])]
        front = f"{k:02d} {path.suffix:<6} {codec:<10} {rate:7d} {expected:9d}"
        lines.append(f"{front}  {cells[0]}")
        lines += [f"{'':<38}without: {cell}" for cell in cells[1:]]
    return lines, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    paths = sorted(filter(has_ending, parser.parse_args().data.iterdir()))
    lines, counts = rows(paths)
    totals = [
        f"{name}: " + ", ".join(f"{n} {kind}" for kind, n in counter.most_common())
        for name, counter in counts.items()
    ]
    head = header(
        "python -m benchmarks.scores.odd_audio --data FOLDER",
        *("sklearn-genre", "soundfile", "av"),
    )
    publish(
        "\n".join([*head, f"{len(paths)} files", "", *totals, "", *lines]) + "\n",
        RESULTS,
    )


if __name__ == "__main__":
    main()
