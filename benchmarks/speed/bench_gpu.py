"""Extraction and training on a GPU, beside loops by hand, in one run.

    python -m benchmarks.speed.bench_gpu [--device cuda] [--rounds N] [--output FILE]

Extraction: mel spectrograms of 30 s clips that are in memory, by the transformer on the
device and on the CPU, by a plain batched loop with one page-locked buffer, and the bare
copy of the clips to the device.

Training: epochs of the default CNN at batch sizes of 32 and 256, without and with
augmentation, and of the CRNN, in float32 and bfloat16, five in each fit. The estimator,
without and with ``cuda_graph``, is timed next to a loop over tensors that are on the
device, and to a CUDA graph of its whole step, which is the floor: it has neither
launches nor augmentation.

All ways take turns, and the least of several rounds counts. ``--device cpu`` runs small
sizes of everything but the graph: it shows that the script works, not how fast a GPU
is. Without a GPU the script says so and ends.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks._header import header, publish
from benchmarks.speed.bench_training import least_seconds, twin
from sklearn_genre import (
    Augmentation,
    CNNClassifier,
    CRNNClassifier,
    MelSpectrogram,
)

RATE, SECONDS, CLIPS_PER_BATCH = 22050, 30, 25
EPOCHS = 5  # of one fit, which copies the clips and records steps once
AUGMENT = Augmentation(crop=48, time_mask=0.2, n_time_masks=2, freq_mask=0.2, mixup=0.3)
CASES = {
    "CNN, batch 32": (CNNClassifier, (4096, 128, 66), 32, None),
    "CNN, batch 256": (CNNClassifier, (4096, 128, 66), 256, None),
    "CNN, batch 32, augmented": (CNNClassifier, (4096, 128, 66), 32, AUGMENT),
    "CNN, batch 256, augmented": (CNNClassifier, (4096, 128, 66), 256, AUGMENT),
    "CRNN, batch 32": (CRNNClassifier, (768, 96, 1366), 32, None),
}


def wait(device):
    """Wait until the device has done all its work."""
    if device == "cuda":
        torch.cuda.synchronize()


# -- extraction -----------------------------------------------------------------------
def extraction(device, n_clips):
    """Return functions that each compute the mel spectrograms of all clips."""
    rng = np.random.default_rng(0)
    waves = rng.normal(scale=0.1, size=(n_clips, RATE * SECONDS)).astype(np.float32)
    clips = list(waves)
    on_device = MelSpectrogram(device=device)
    threads = MelSpectrogram(device=device, n_jobs=8)
    cpu = MelSpectrogram()
    pinned = torch.from_numpy(waves)
    pinned = pinned.pin_memory() if device == "cuda" else pinned

    def copy():
        pinned.to(device, non_blocking=True)
        wait(device)

    return {
        "transformer, CPU": lambda: cpu.transform(clips),
        "transformer, device": lambda: on_device.transform(clips),
        "transformer, device, 8 threads": lambda: threads.transform(clips),
        "plain batched loop": lambda: plain_extraction(waves, device),
        "bare copy": copy,
    }


def plain_extraction(waves, device):
    """Compute mel spectrograms in dB in batches through one page-locked buffer."""
    import librosa

    bank = librosa.filters.mel(sr=RATE, n_fft=2048)
    bank = torch.from_numpy(bank).to(device)
    window = torch.hann_window(2048, device=device)
    buffer = torch.empty(CLIPS_PER_BATCH, waves.shape[1], pin_memory=device == "cuda")
    rows = []
    for start in range(0, len(waves), CLIPS_PER_BATCH):
        batch = waves[start : start + CLIPS_PER_BATCH]
        buffer.numpy()[: len(batch)] = batch
        there = buffer[: len(batch)].to(device, non_blocking=True)
        spectra = torch.stft(
            there, 2048, 512, window=window, pad_mode="constant", return_complex=True
        )
        S = (bank @ spectra.abs().square()).clamp_(min=1e-10).log10_().mul_(10)
        floor = S.amax(dim=(1, 2), keepdim=True) - 80
        rows.append(torch.maximum(S, floor).cpu().numpy())
    return np.concatenate(rows)


# -- training -------------------------------------------------------------------------
def training(kind, shape, batch_size, augment, *, precision, device):
    """Return functions that each train ``EPOCHS`` epochs."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape).astype(np.float32)
    y = rng.integers(0, 10, len(X))
    estimator, graphed = (
        kind(
            batch_size=batch_size,
            augment=augment,
            precision=precision,
            device=device,
            cuda_graph=cuda_graph,
            max_epochs=EPOCHS,
            warm_start=True,
            random_state=0,
        ).fit(X, y)
        for cuda_graph in (False, True)
    )

    def fit(model):
        model.fit(X, y)
        wait(device)

    ways = {"estimator": lambda: fit(estimator), "cuda_graph": lambda: fit(graphed)}
    if augment is None:
        data = torch.from_numpy(X).to(device), torch.from_numpy(y).to(device)
        step = Step(estimator, batch_size, data, precision, device)
        ways["resident"] = step.epochs
        if device == "cuda":
            ways["graph"] = GraphedStep(
                estimator, batch_size, data, precision, device
            ).epochs
    return ways


class Step:
    """A loop over data on the device, with everything that the estimator does."""

    def __init__(self, estimator, batch_size, data, precision, device):
        self.module = twin(estimator).to(device, memory_format=torch.channels_last)
        self.module.train()
        self.device, self.batch_size = device, batch_size
        self.X, self.y = data
        self.autocast = precision == "bfloat16"
        self.optimizer = torch.optim.Adam(self.module.parameters(), **self.options())

    def options(self):
        """Return the parameters of the optimizer."""
        return {"fused": True}

    def epochs(self):
        """Train as many epochs as the estimator."""
        for _ in range(EPOCHS):
            order = torch.randperm(len(self.X), device=self.device)
            for rows in order.split(self.batch_size):
                self.step(self.X[rows], self.y[rows])
        wait(self.device)

    def step(self, X, y):
        """Train on one batch."""
        self.optimizer.zero_grad()
        with torch.autocast(self.device, torch.bfloat16, enabled=self.autocast):
            loss = nn.functional.cross_entropy(self.module(X), y)
        loss.backward()
        self.optimizer.step()


class GraphedStep(Step):
    """The same step, recorded once as a CUDA graph and replayed."""

    def __init__(self, *args):
        super().__init__(*args)
        assert len(self.X) % self.batch_size == 0  # a graph has one shape
        self.batch = (
            self.X[: self.batch_size].clone(),
            self.y[: self.batch_size].clone(),
        )
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                super().step(*self.batch)
        torch.cuda.current_stream().wait_stream(stream)
        self.optimizer.zero_grad()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            super().step(*self.batch)

    def options(self):
        """Return the parameters of an optimizer that can be recorded."""
        return {"fused": True, "capturable": True}

    def step(self, X, y):
        """Train on one batch."""
        self.batch[0].copy_(X)
        self.batch[1].copy_(y)
        self.graph.replay()


# -- tables ---------------------------------------------------------------------------
def extraction_lines(device, n_clips, rounds):
    """Return the table of extraction."""
    best = least_seconds(extraction(device, n_clips), rounds)
    lines = [f"{'30 s clips in memory':34} {'ms a clip':>10}"]
    return [*lines, *(f"{k:34} {1e3 * s / n_clips:10.2f}" for k, s in best.items()), ""]


def training_lines(device, cases, rounds):
    """Return the table of training."""
    columns = ("estimator", "cuda_graph", "resident", "graph")
    title = f"{'epoch':28} {'precision':10} " + " ".join(f"{c:>11}" for c in columns)
    lines = [f"{title} {'/ resident':>11} {'/ graph':>9}"]
    for name, case in cases.items():
        for precision in ("float32", "bfloat16"):
            ways = training(*case, precision=precision, device=device)
            best = least_seconds(ways, rounds)
            times = [best[c] / EPOCHS if c in best else None for c in columns]
            # the estimator's better way beside both loops
            ratios = [min(times[:2]) / t if t else None for t in times[2:]]
            lines.append(
                f"{name:28} {precision:10} "
                + " ".join(f"{'-' if t is None else f'{t:.3f} s':>11}" for t in times)
                + f" {_ratio(ratios[0]):>11} {_ratio(ratios[1]):>9}"
            )
    return lines


def _ratio(value):
    return "-" if value is None else f"{value:.2f}"


def small(cases):
    """Return the cases in a size that a CPU trains in seconds."""
    return {
        name: (kind, (2 * n_batch, 16, 64), n_batch, augment)
        for name, (kind, _, n_batch, augment) in cases.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clips", type=int, default=None)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        sys.exit("no CUDA device; --device cpu tries the script")
    on_gpu = args.device == "cuda"
    n_clips = args.clips or (200 if on_gpu else 4)
    command = (
        f"python -m benchmarks.speed.bench_gpu --device {args.device} "
        f"--rounds {args.rounds} --clips {n_clips}"
    )
    what = torch.cuda.get_device_name() if on_gpu else "none, small sizes on the CPU"
    lines = [
        *header(command, "sklearn-genre", "torch"),
        f"GPU: {what}",
        "",
        *extraction_lines(args.device, n_clips, args.rounds),
        *training_lines(args.device, CASES if on_gpu else small(CASES), args.rounds),
    ]
    publish("\n".join(lines) + "\n", args.output)


if __name__ == "__main__":
    main()
