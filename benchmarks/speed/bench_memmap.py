"""Memory and time of training on features that stay on the disk.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_memmap

A file of synthetic features (clips of 96 bands and 646 frames, float32) is made in a
temporary folder, and every measurement runs in a process of its own. ``anonymous`` is
the peak of RssAnon, the memory that a process needs; pages of the file, which the
system drops when it needs the room, are counted by ``file`` (the peak of RssFile) and,
with the former, by ``both`` (VmHWM, the maximum of the resident size; ru_maxrss would
include what the parent process had when it started this one).

1. Memory: one epoch of a small network over a RowView of half of the file and of all of
   it; two folds of cross-validation over it; and one fold over a plain np.memmap, whose
   training rows scikit-learn reads into memory. How much of the freed batches the
   allocator of the C library keeps differs from run to run; "returned" is with
   ``MALLOC_MMAP_THRESHOLD_=1000000``, with which it keeps none.
2. Order: reading batches as the file has them, in blocks of neighbors (what training on
   a RowView does), and at random, on a system that can keep 0.27 GB of the file in
   memory: its pages are dropped after that many bytes. The time is measured, and how
   many bytes the disk had to read per byte that was used; what exceeds 1 is what the
   system reads around a place and discards unused.
"""

import argparse
import json
import mmap
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks._header import header, publish

# glibc gives freed blocks of this size back to the system at once
RETURNS = {"MALLOC_MMAP_THRESHOLD_": "1000000"}
SHAPE = (96, 646)
BLOCK = 256


def write_features(path, n, shape=SHAPE):
    """Write a file of n clips of noise, each with a level of its own."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((BLOCK, *shape), dtype=np.float32)
    out = np.lib.format.open_memmap(path, "w+", np.float32, (n, *shape))
    for start in range(0, n, BLOCK):
        part = out[start : start + BLOCK]
        levels = rng.uniform(-1, 1, (len(part), *(1 for _ in shape)))
        np.add(noise[: len(part)], levels.astype(np.float32), out=part)
    out.flush()


def forget(path):
    """Drop the pages of a file from memory; they must be clean and not mapped."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class Peaks(threading.Thread):
    """Thread that watches the memory of this process."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peaks = {"RssAnon": 0, "RssFile": 0, "VmHWM": 0}
        self.stop = threading.Event()

    def run(self):
        """Read the memory every 10 ms."""
        while not self.stop.wait(0.01):
            for line in Path("/proc/self/status").read_text().splitlines():
                name, _, value = line.partition(":")
                if name in self.peaks:
                    self.peaks[name] = max(self.peaks[name], int(value.split()[0]))


def labels(n):
    """Return four genres, in order, as load_folder returns them."""
    return np.repeat(["blues", "jazz", "metal", "rock"], -(-n // 4))[:n]


def small_network():
    from sklearn_genre import TemporalCNNClassifier

    return TemporalCNNClassifier(
        n_filters=(8,), pool_size=4, max_epochs=1, random_state=0
    )


def work(kind, path, n):
    """Do the work of one process."""
    from sklearn.model_selection import KFold, cross_val_score

    from sklearn_genre import RowView

    if not n:
        time.sleep(0.1)
        return
    X, y = np.load(path, mmap_mode="r")[:n], labels(n)
    X = RowView(X) if kind != "memmap, 1 fold" else X
    if kind == "RowView, fit":
        small_network().fit(X, y)
        return
    folds = KFold(2, shuffle=True, random_state=0).split(y)
    folds = list(folds)[: 1 if "1 fold" in kind else 2]
    cross_val_score(small_network(), X, y, cv=folds)


def worker(kind, path, n):
    """Run `work` and print its peaks."""
    import sklearn.linear_model  # noqa: F401
    import torch

    import sklearn_genre.neural  # noqa: F401

    torch.set_num_threads(1)
    peaks = Peaks()
    peaks.start()
    started = time.perf_counter()
    work(kind, path, n)
    seconds = time.perf_counter() - started
    peaks.stop.set()
    peaks.join()
    print(json.dumps(dict(peaks.peaks, seconds=seconds)))


def measure(kind, path, n):
    """Return peaks in MB, and seconds, of a new process."""
    command = [sys.executable, "-m", __spec__.name, "--worker", kind, str(path), str(n)]
    env = os.environ | (RETURNS if kind.endswith("returned") else {})
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(done.stderr)
    got = json.loads(done.stdout.splitlines()[-1])
    return {k: v if k == "seconds" else v * 1024 / 1e6 for k, v in got.items()}


def read_bytes():
    """Return the bytes read from the disk for this process."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("read_bytes")))


def batches(X, shuffle, **params):
    """Yield the batches of an epoch over a view."""
    import torch

    from sklearn_genre.neural._engine.data import ClipDataset, clip_loader

    generator = torch.Generator().manual_seed(0)
    return clip_loader(ClipDataset(X), 32, shuffle, generator, **params).batch_sampler


def read_epoch(path, n_bytes, shuffle, whole=False):
    """Return MB/s of reading batches, and the bytes from disk per byte read."""
    from sklearn_genre import RowView

    opened = np.load(path, mmap_mode="r")
    window = 64 * (2**22 // opened[0].nbytes)  # clips in 64 blocks of 4 MB
    X = RowView(opened[: len(opened) // window * window])
    buffer = X.nbytes if whole else window * opened[0].nbytes
    started, before, done = time.perf_counter(), read_bytes(), 0
    for i, batch in enumerate(batches(X, shuffle, shuffle_buffer=buffer)):
        if i % (window // 32) == 0 and done >= n_bytes:
            break
        done += np.asarray(X[batch]).nbytes
        if (i + 1) % (window // 32) == 0:
            # as on a system without memory for more of the file
            opened.base.madvise(mmap.MADV_DONTNEED)
            forget(path)
    seconds = time.perf_counter() - started
    return done / 1e6 / seconds, (read_bytes() - before) / done


def memory_lines(path, n):
    """Yield the table of memory, and its extrapolation to 20 GB."""
    size = n * int(np.prod(SHAPE)) * 4
    runs = [
        ("imports only", 0),
        ("RowView, fit", n // 2),
        ("RowView, fit", n),
        ("RowView, 2 folds", n // 2),
        ("RowView, 2 folds, returned", n // 2),
        ("memmap, 1 fold", n // 4),
    ]
    yield f"{'':26s} {'X, MB':>7s} {'anonymous':>10s} {'file':>7s} {'both':>7s}" + (
        f" {'seconds':>8s}"
    )
    got = []
    for kind, clips in runs:
        m = measure(kind, path, clips)
        got.append(m)
        yield (
            f"{kind:26s} {size / 1e6 * clips / n:7.0f} {m['RssAnon']:10.0f} "
            f"{m['RssFile']:7.0f} {m['VmHWM']:7.0f} {m['seconds']:8.1f}"
        )
    half, whole = got[1]["RssAnon"], got[2]["RssAnon"]
    growth = max(0, whole - half) / (size / 2e9)
    yield ""
    yield f"growth of anonymous memory, half to whole: {whole - half:+.0f} MB"
    yield (
        "20 GB would take, by extrapolation and not by measurement: "
        f"{whole + growth * (20 - size / 1e9):.0f} MB"
    )


def order_lines(folder, path, n_bytes):
    """Yield the table of reads."""
    small = Path(folder) / "small.npy"
    write_features(small, 2 * 10**9 // 4096, (1024,))
    orders = {
        "in the order of the file": (False,),
        "blocks of neighbors": (True,),
        "at random": (True, True),
    }
    for name, file in (("clips of 248 kB", path), ("rows of 4 kB", small)):
        yield (
            f"{'reads of ' + name:28s} {'MB/s':>5s} {'of the first':>13s} "
            f"{'bytes from disk a byte':>23s}"
        )
        forget(file)
        got = {order: read_epoch(file, n_bytes, *how) for order, how in orders.items()}
        first = got["in the order of the file"][0]
        for order, (rate, share) in got.items():
            yield f"  {order:26s} {rate:5.0f} {rate / first:13.2f} {share:23.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=6.0)
    parser.add_argument("--read", type=float, default=0.5, help="GB of each order")
    parser.add_argument("--folder", help="where the file goes (default: temporary)")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        kind, path, n = args.worker
        worker(kind, path, int(n))
        return
    command = "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_memmap"
    lines = header(
        f"{command} --gigabytes {args.gigabytes:g}",
        *("sklearn-genre", "scikit-learn", "numpy", "torch"),
    )
    lines.append("")
    n = int(args.gigabytes * 1e9) // (4 * int(np.prod(SHAPE)))
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder) / "features.npy"
        write_features(path, n)
        lines += [*memory_lines(path, n), ""]
        lines += order_lines(folder, path, args.read * 1e9)
    text = "\n".join(lines) + "\n"
    publish(text, args.output)


if __name__ == "__main__":
    main()
