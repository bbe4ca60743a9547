"""Time and memory of files that last for hours.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_long_songs --data FOLDER_OF_CLIPS

The files are made of clips one after the other, at 44,100 Hz in stereo: mp3 (the frames
of one encoded half hour again and again, behind no header, as in many collections),
flac, ogg (Vorbis) and wav. Without ``--data`` clips of noise are used.

1. Three excerpts of 30 s: ``predict_files`` with the trained model.
2. All of it: ``load_audio`` of 30 s near the end, ``Waveform``, ``MelSpectrogram`` and
   ``audit``, with the size of what they return.

Each is measured in a process of its own, after one prediction of a short clip: seconds,
and the peak of RssAnon above what it was before. ``--other FOLDER`` measures another
checkout of the package in the same run, as far as it can do the work.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks._header import FOLDER, header, publish
from benchmarks.speed.bench_memmap import Peaks

RATE = 44100
HALF_HOUR = 30 * 60 * RATE
FORMATS = {
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "wav": ("WAV", "PCM_16"),
}
MOST_SECONDS = 300  # of one measurement


# -- files ----------------------------------------------------------------------------
def half_hour(paths):
    """Yield blocks of half an hour of stereo, of clips one after the other."""
    left = HALF_HOUR
    while left:
        for path in paths:
            wave, rate = soundfile.read(path, dtype="float32")
            wave = soxr.resample(wave, rate, RATE)[:left]
            yield 0.8 * np.stack([wave, 0.7 * wave + 0.3 * wave[::-1]], axis=1)
            left -= len(wave)


def write(path, paths, times, format, subtype):
    """Write half an hour ``times`` times to a file."""
    with soundfile.SoundFile(
        path, "w", RATE, 2, format=format, subtype=subtype
    ) as file:
        for _ in range(times):
            for block in half_hour(paths):
                file.write(block)


def write_mp3(path, paths, times):
    """Write the frames of half an hour ``times`` times, without a header."""
    encoded = io.BytesIO()
    write(encoded, paths, 1, "MP3", "MPEG_LAYER_III")
    content = encoded.getvalue()
    sound = content.index(content[:2], 4)  # the first frame is the header
    with open(path, "wb") as file:
        for _ in range(times):
            file.write(content[sound:])


# -- one measurement ------------------------------------------------------------------
def excerpts(path, model):
    from sklearn_genre import predict_files

    (said,) = predict_files(model, [path], top=1)
    if said.error:
        sys.exit(said.error)
    return f"{said.labels[0]} {said.proba[0]:.3f}"


def late(path, model):
    from sklearn_genre import load_audio

    offset = soundfile.info(path).duration - 60
    return load_audio(path, sample_rate=22050, offset=offset, duration=30.0)[0]


def waveform(path, model):
    from sklearn_genre import Waveform

    return Waveform().transform([path])


def mel(path, model):
    from sklearn_genre import MelSpectrogram

    return MelSpectrogram().transform([path])


def audited(path, model):
    from sklearn_genre import audit

    return audit([path]).usable


JOBS = {
    "three excerpts": excerpts,
    "30 s near the end": late,
    "Waveform": waveform,
    "MelSpectrogram": mel,
    "audit": audited,
}


def worker(job, path, root):
    """Do one job by the package in a folder and print its time and memory."""
    sys.path.insert(0, root)
    import sklearn_genre
    from sklearn_genre import load_pretrained

    if Path(sklearn_genre.__file__).parents[1] != Path(root):
        sys.exit(f"this is {sklearn_genre.__file__}")

    noise = 0.1 * np.random.default_rng(0).standard_normal(22050)
    model = load_pretrained("gtzan-scratch")
    model.predict_proba([noise.astype(np.float32)])
    peaks = Peaks()
    peaks.start()
    time.sleep(0.1)
    before = peaks.peaks["RssAnon"]
    started = time.perf_counter()
    result = JOBS[job](path, model)
    seconds = time.perf_counter() - started
    peaks.stop.set()
    peaks.join()
    grown = (peaks.peaks["RssAnon"] - before) * 1024 / 1e6
    size = getattr(result, "nbytes", 0) / 1e6
    print(json.dumps(dict(seconds=seconds, mb=grown, size=size, said=str(result)[:20])))


def measure(job, path, root):
    """Return what `worker` prints in a new process, or why it does not."""
    command = [sys.executable, "-m", __spec__.name]
    command += ["--worker", job, str(path), str(root)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"over {MOST_SECONDS} s"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:60] if done.stderr else "killed"
    return json.loads(done.stdout.splitlines()[-1])


# -- the report -----------------------------------------------------------------------
def line(name, path, job, roots):
    """Return a line of the results: seconds and MB by checkout."""
    cells, size = [], None
    for root in roots:
        got = measure(job, path, root)
        if isinstance(got, str):
            cells.append(f"{got:>20s}")
            continue
        size = got["size"]
        cells.append(f"{got['seconds']:10.2f} {got['mb']:9.0f}")
    return f"{name:28s}{size or 0:10.0f} " + " ".join(cells)


def report(files, hours, roots):
    """Yield the results line by line."""
    columns = " ".join(f"{'seconds':>10s} {'MB':>9s}" for _ in roots)
    names = " ".join(f"{name:>20s}" for name in ("ours", "other")[: len(roots)])
    yield f"{'':38s} {names}"
    yield f"{'three excerpts':28s}{'result, MB':>10s} {columns}"
    for name, path in files.items():
        yield line(f"  {name}", path, "three excerpts", roots)
    yield ""
    yield f"{'of ' + format(hours, 'g') + ' h, flac':28s}{'result, MB':>10s} {columns}"
    for job in [*JOBS][1:]:
        yield line(f"  {job}", files[f"flac, {hours:g} h"], job, roots)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKLEARN_GENRE_DATA"))
    parser.add_argument("--hours", type=float, default=2.0, help="multiple of a half")
    parser.add_argument("--other", type=Path, help="another checkout, to compare with")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(*args.worker)
        return
    # not for a worker: it loads the package
    from benchmarks.speed.bench_extraction import choose_clips

    command = "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_long_songs"
    text = [*header(command, "sklearn-genre", "numpy", "soundfile", "soxr", "torch")]
    with tempfile.TemporaryDirectory() as folder:
        folder, times = Path(folder), round(2 * args.hours)
        paths, kind = choose_clips(args.data, folder)
        files = {}
        for hours in (args.hours, 5 * args.hours):
            path = folder / f"{hours:g}.mp3"
            write_mp3(path, paths, round(2 * hours))
            files[f"mp3, {hours:g} h"] = path
        for ending, how in FORMATS.items():
            path = folder / f"long.{ending}"
            write(path, paths, times, *how)
            files[f"{ending}, {args.hours:g} h"] = path
        text += [f"clips: {kind}", ""]
        roots = [FOLDER.parents[1], *([args.other] if args.other else [])]
        text += report(files, args.hours, roots)
    publish("\n".join(text) + "\n", args.output)


if __name__ == "__main__":
    main()
