"""Time and memory of naming the genre of songs with a saved model.

    OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_prediction --data FOLDER_OF_CLIPS

The model is the pipeline of the quickstart (mel spectrograms of 30 s, seven slices, a
small convolutional network), saved by joblib. It is compared with what a user writes by
hand: soundfile, librosa and the same torch module, one song at a time, with nothing
loaded that is not needed. Without ``--data`` clips of noise are used.

1. Cold: one song by the command line, in a new process, with all imports.
2. Warm: one more song in the same process.
3. A folder of 1,000 songs (links to the clips): songs per second, and the peak of the
   memory of the process (RssAnon, sampled) above that after the first song.
4. The size of a batch: time of the networks for one slice, by slices in a batch, and
   the size that predictions take.
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

from benchmarks._header import header, publish
from benchmarks.speed.bench_extraction import choose_clips
from benchmarks.speed.bench_memmap import Peaks

HAND_WRITTEN = """
import sys
import librosa
import numpy as np
import soundfile
import torch

torch.set_grad_enabled(False)
module = torch.load(sys.argv[1], weights_only=False).eval()
classes = np.load(sys.argv[2])

def predict(path):
    y, sr = soundfile.read(path, dtype="float32")
    y = np.pad(y[: 30 * sr], (0, max(0, 30 * sr - len(y))))
    mel = librosa.feature.melspectrogram(y=y, sr=sr, n_mels=64)
    X = librosa.power_to_db(mel).astype(np.float32)
    starts = [j * (X.shape[1] - 86) // 6 for j in range(7)]
    slices = np.stack([X[:, s : s + 86] for s in starts])
    proba = module(torch.from_numpy(slices)).softmax(1).mean(0)
    return classes[int(proba.argmax())], float(proba.max())
"""

COLD = HAND_WRITTEN + "\nprint(sys.argv[3], *predict(sys.argv[3]), sep='\\t')\n"


def make_model(paths, folder):
    """Train the quickstart's pipeline for an epoch; save it in both forms."""
    import joblib
    import torch
    from sklearn.pipeline import make_pipeline

    from sklearn_genre import CNNClassifier, MelSpectrogram, Slicer
    from sklearn_genre.neural._engine.state import bare_module

    model = make_pipeline(
        MelSpectrogram(n_mels=64, duration=30.0),
        Slicer(slice_length=86, n_slices=7),
        CNNClassifier(
            n_filters=(16, 32, 64),
            pool_size=((4, 2), 2, 2),
            block="plain",
            max_epochs=1,
            random_state=0,
        ),
    )
    model.fit(paths, np.resize(["blues", "jazz", "metal", "rock"], len(paths)))
    joblib.dump(model, folder / "model.joblib")
    torch.save(bare_module(model[-1].net_), folder / "module.pt")
    np.save(folder / "classes.npy", model.classes_)
    (folder / "hand_written.py").write_text(COLD)
    return model


def cold(folder, song, repeats):
    """Return wall and CPU seconds of a first song, ours and by hand, in turns."""
    ours = [sys.executable, "-m", "sklearn_genre", "predict"]
    ours += [folder / "model.joblib", song]
    hand = [sys.executable, folder / "hand_written.py"]
    hand += [folder / "module.pt", folder / "classes.npy", song]
    best, said = {}, {}
    for _ in range(repeats):
        for name, command in (("command line", ours), ("by hand", hand)):
            wall, cpu = time.perf_counter(), os.times()
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            wall, now = time.perf_counter() - wall, os.times()
            cpu = now[2] + now[3] - cpu[2] - cpu[3]
            best[name] = np.fmin(best.get(name, np.inf), [wall, cpu])
            said[name] = done.stdout.split()
    (genre, proba), (genre_too, proba_too) = (words[-2:] for words in said.values())
    if genre != genre_too or abs(float(proba) - float(proba_too)) > 1e-3:
        sys.exit(f"answers differ: {said}")
    return best


def worker(kind, folder, n_jobs):
    """Predict the folder of songs; print times and memory."""
    import torch

    torch.set_num_threads(1)
    folder = Path(folder)
    songs = sorted(str(path) for path in (folder / "songs").iterdir())
    if kind == "by hand":
        space = {}
        sys.argv[1:] = [str(folder / "module.pt"), str(folder / "classes.npy")]
        exec(HAND_WRITTEN, space)  # the text that the cold run had, too

        def predict(paths):
            return [space["predict"](path) for path in paths]

    else:
        import joblib

        from sklearn_genre import predict_files

        model = joblib.load(folder / "model.joblib")

        def predict(paths):
            return list(predict_files(model, paths, top=1, n_jobs=n_jobs))

    predict(songs[:2])
    warm = []
    for song in songs[2:12]:
        started = time.perf_counter()
        predict([song])
        warm.append(time.perf_counter() - started)
    peaks = Peaks()
    peaks.start()
    time.sleep(0.1)
    before = peaks.peaks["RssAnon"]
    started = time.perf_counter()
    predict(songs)
    seconds = time.perf_counter() - started
    peaks.stop.set()
    peaks.join()
    grown = (peaks.peaks["RssAnon"] - before) * 1024 / 1e6
    rate = len(songs) / seconds
    print(json.dumps(dict(warm=min(warm), rate=rate, mb=grown)))


def in_process(kind, folder, n_jobs=1):
    """Return what `worker` measures in a new process."""
    command = [
        sys.executable,
        "-m",
        __spec__.name,
        "--worker",
        kind,
        str(folder),
        str(n_jobs),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def batch_lines(model):
    """Yield milliseconds per slice by batch size, best of five."""
    import torch

    from sklearn_genre import CNNClassifier, CRNNClassifier, TemporalCNNClassifier
    from sklearn_genre.neural._engine.batching import prediction_batch_size
    from sklearn_genre.neural._engine.data import ClipDataset

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    y = ["a", "b"] * 8
    networks = {
        "quickstart's, 64 x 86": (model[-1], (64, 86)),
        "CNN, 128 x 128": (CNNClassifier(max_epochs=1), (128, 128)),
        "CRNN, 96 x 180": (CRNNClassifier(max_epochs=1), (96, 180)),
        "temporal CNN, 96 x 646": (TemporalCNNClassifier(max_epochs=1), (96, 646)),
    }
    sizes = (1, 2, 4, 8, 16, 32, 64)
    header = "".join(f"{size:8d}" for size in sizes)
    yield f"{'ms a slice, by batch':24s}{header}  chosen"
    for name, (network, shape) in networks.items():
        X = rng.standard_normal((64, *shape), dtype=np.float32)
        net = (network if hasattr(network, "net_") else network.fit(X[:16], y)).net_
        module, best = net.module_.eval(), []
        for size in sizes:
            times = []
            for _ in range(5):
                started = time.perf_counter()
                with torch.no_grad():
                    for part in torch.from_numpy(X).split(size):
                        module(part)
                times.append(time.perf_counter() - started)
            best.append(min(times) / len(X) * 1000)
        chosen = prediction_batch_size(net, ClipDataset(X))
        yield f"{name:24s}" + "".join(f"{ms:8.2f}" for ms in best) + f"{chosen:8d}"


def report(folder, model, song, args):
    """Yield the results line by line."""
    first = cold(folder, song, args.repeats)
    yield f"{'one song, cold':28s} {'wall, s':>8s} {'CPU, s':>8s}"
    for name, (wall, cpu) in first.items():
        yield f"  {name:26s} {wall:8.2f} {cpu:8.2f}"
    ratio = first["command line"] / first["by hand"]
    yield f"  {'ratio':26s} {ratio[0]:8.2f} {ratio[1]:8.2f}"
    yield ""
    yield (
        f"{args.songs} songs, in one process   {'warm song, ms':>13s} "
        f"{'songs a s':>10s} {'ratio':>6s} {'memory, MB':>11s}"
    )
    hand = in_process("by hand", folder)
    runs = {
        "by hand": hand,
        "predict_files": in_process("ours", folder),
        "predict_files, n_jobs=2": in_process("ours", folder, 2),
    }
    for name, m in runs.items():
        yield (
            f"  {name:26s} {m['warm'] * 1000:13.1f} {m['rate']:10.1f} "
            f"{m['rate'] / hand['rate']:6.2f} {m['mb']:11.0f}"
        )
    yield ""
    yield from batch_lines(model)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKLEARN_GENRE_DATA"))
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3, help="of the cold start")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        kind, folder, n_jobs = args.worker
        worker(kind, folder, int(n_jobs))
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        clips, kind = choose_clips(args.data, folder)
        paths = [str(path.resolve()) for path in clips]
        (folder / "songs").mkdir()
        for i in range(args.songs):
            path = Path(paths[i % len(paths)])
            (folder / "songs" / f"{i:04d}{path.suffix}").symlink_to(path)
        model = make_model(paths, folder)
        command = "OMP_NUM_THREADS=1 python -m benchmarks.speed.bench_prediction"
        lines = [
            *header(
                f"{command} --songs {args.songs} --repeats {args.repeats}",
                *("sklearn-genre", "librosa", "numpy", "torch", "soundfile"),
            ),
            f"clips: {len(paths)} {kind}",
            "",
            *report(folder, model, paths[0], args),
        ]
    text = "\n".join(lines) + "\n"
    publish(text, args.output)


if __name__ == "__main__":
    main()
