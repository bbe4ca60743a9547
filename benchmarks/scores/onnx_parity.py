"""How far exported models are from the models, and their speed on one core.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.onnx_parity

Every network is trained for an epoch on noise, as genres and as tags, and exported; so
are the trained models of the package, which hear synthetic songs of 30 s. The
difference is the largest of any probability. The ratio is the time of ``predict_proba``
over that of ONNX Runtime, for the same clips in one thread each: the smallest of five.
"""

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
from sklearn.pipeline import make_pipeline

from benchmarks._header import FOLDER, header, publish
from sklearn_genre import (
    BandScaler,
    HybridClassifier,
    NeuralClassifier,
    SampleCNNClassifier,
    SummaryStats,
    export_onnx,
    load_model,
    make_genre_audio,
    neural,
)
from sklearn_genre.pretrained import NAMES

N_TRAIN, N_CLIPS, SIZE = 12, 8, (96, 256)


def networks():
    """Yield every classifier with its defaults, and the clips that it takes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_TRAIN, *SIZE)).astype(np.float32)
    samples = rng.normal(size=(N_TRAIN, 1, 3**10)).astype(np.float32)
    table = make_pipeline(BandScaler(), SummaryStats())
    for kind in (getattr(neural, name) for name in neural.__all__):
        if not issubclass(kind, NeuralClassifier) or kind is NeuralClassifier:
            continue
        more = {"table": table} if kind is HybridClassifier else {}
        clips = samples if kind is SampleCNNClassifier else X
        yield kind(max_epochs=1, random_state=0, **more), clips


def compare(model, X, given, path):
    """Return the largest difference, and the ratio of the times."""
    export_onnx(model, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    (taken,) = session.get_inputs()
    (found,) = session.run(None, {taken.name: X})
    difference = np.abs(found - model.predict_proba(given)).max()
    ours = fastest(lambda: model.predict_proba(given))
    theirs = fastest(lambda: session.run(None, {taken.name: X}))
    return difference, ours / theirs


def fastest(call, repeats=5):
    """Return the smallest time of a call in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def rows(path):
    """Yield the lines of the table."""
    rng = np.random.default_rng(1)
    kinds = {"genres": np.arange(N_TRAIN) % 3, "tags": rng.integers(0, 2, (N_TRAIN, 5))}
    for model, X in networks():
        for kind, y in kinds.items():
            model.fit(X, y)
            name = f"{type(model).__name__}, {kind}"
            yield name, *compare(model, X[:N_CLIPS], X[:N_CLIPS], path)
    songs = make_genre_audio(1, genres=["dub", "waltz"], duration=30.0, random_state=0)
    for name in NAMES:
        model = load_model(name)
        waves = np.stack(songs.audio)
        if name != "gtzan-scratch":  # at 16 kHz: the same samples, faster
            waves = waves[:, : 16000 * 30]
        yield name, *compare(model, waves.astype(np.float32), list(waves), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=FOLDER / "onnx_parity.txt")
    args = parser.parse_args()
    command = "OMP_NUM_THREADS=1 python -m benchmarks.scores.onnx_parity"
    packages = ("sklearn-genre", "torch", "onnx", "onnxruntime")
    lines = [*header(command, *packages), ""]
    lines += [f"{'model':<40}{'difference':>12}{'times as fast':>15}"]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, difference, ratio in rows(f"{folder}/model.onnx"):
            lines.append(f"{name:<40}{difference:>12.1e}{ratio:>15.1f}")
    publish("\n".join(lines) + "\n", args.output)


if __name__ == "__main__":
    main()
