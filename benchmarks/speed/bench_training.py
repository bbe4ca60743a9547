"""A training epoch of the estimators against hand-written PyTorch loops.

    python -m benchmarks.speed.bench_training [--output FILE]

Each network is trained on the same random spectrograms, one epoch at a time,
in turn by

- the estimator (``partial_fit``);
- an equally tuned loop: the same module, channels-last, a fused optimizer, tensors
  indexed in memory;
- a plain loop: the network as one would write it first, activations before the pools,
  a DataLoader over a TensorDataset, default memory layout and optimizer, float32;

and the least time of several rounds counts. "overhead" compares the estimator with
the tuned loop (1.00 is none), "gain" the plain loop with the estimator. In the
"bfloat16" rows the estimator and the tuned loop compute under autocast. Where there is
augmentation, both loops call it for each batch.
"""

import argparse
import time
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch import nn

from benchmarks._header import header, publish
from sklearn_genre import CNNClassifier, CRNNClassifier, recipes

BATCH = 32


def best_network():
    """Return the parameters of the network of `recipes.best`."""
    pipeline = recipes.best(front_end=None, random_state=0)
    nets = [
        part
        for part in pipeline.get_params().values()
        if isinstance(part, CNNClassifier)
    ]
    return nets[0].get_params(deep=False) | {"lr_schedule": None}


CASES = {
    "CNN, 128 x 66": (CNNClassifier, {"random_state": 0}, (320, 128, 66)),
    "CNN 5x5 ELU, 128 x 128": (
        CNNClassifier,
        dict(
            n_filters=(16, 32, 64),
            kernel_size=5,
            block="plain",
            norm=None,
            activation="elu",
            pooling=None,
            keep_bands=True,
            hidden_sizes=(512,),
            random_state=0,
        ),
        (160, 128, 128),
    ),
    "CNN of recipes.best": (CNNClassifier, best_network(), (96, 128, 646)),
    "CNN 4 + 4 filters, 8 x 16": (
        CNNClassifier,
        dict(n_filters=(4, 4), hidden_sizes=(8,), random_state=0),
        (2048, 8, 16),
    ),
    "CRNN, 96 x 180": (CRNNClassifier, {"random_state": 0}, (64, 96, 180)),
}


def twin(estimator):
    """Return a fresh copy of the fitted estimator's module, in its initial state."""
    spec = estimator._spec
    assert len(spec.mean) == len(spec.scale) == spec.n_bands
    return spec.network(spec.n_bands, spec.n_frames, spec.n_outputs, **spec.params)


def batch_loss(module, X, y, augment, generator):
    """Return the loss of a batch, which is augmented first."""
    if augment is None:
        return nn.functional.cross_entropy(module(X), y)
    with torch.no_grad():
        X = augment.change(X, 0.0, generator)
        X, share, partner = augment.mix(X, generator)
    logits = module(X)
    own, other = (
        nn.functional.cross_entropy(logits, target, reduction="none")
        for target in (y, y[partner])
    )
    return (share * own + (1 - share) * other).mean()


def plain_epoch(module, optimizer, loader, augment, generator):
    """Train an epoch as one would write it first."""
    module.train()
    for X, y in loader:
        optimizer.zero_grad()
        loss = batch_loss(module, X, y, augment, generator)
        loss.backward()
        optimizer.step()


def tuned_epoch(module, optimizer, X, y, augment, generator, *, autocast):
    """Train an epoch with batches indexed in memory and, if requested, autocast."""
    module.train()
    for rows in torch.randperm(len(X)).split(BATCH):
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            loss = batch_loss(module, X[rows], y[rows], augment, generator)
        loss.backward()
        optimizer.step()


def contenders(kind, params, shape, precision):
    """Return three functions that each train one epoch."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape).astype(np.float32)
    y = rng.integers(0, 10, len(X))
    estimator = kind(**params | dict(batch_size=BATCH, precision=precision))
    estimator.partial_fit(X, y, classes=np.arange(10))
    data = torch.from_numpy(X), torch.from_numpy(y)
    how = estimator.augment, torch.Generator().manual_seed(0)

    # no activation is treated as one that may follow its pool
    with mock.patch("sklearn_genre.neural.models._layers.RISING", ()):
        plain = twin(estimator)
    plain_optimizer = torch.optim.Adam(plain.parameters())
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*data), batch_size=BATCH, shuffle=True
    )
    tuned = twin(estimator).to(memory_format=torch.channels_last)
    tuned_optimizer = torch.optim.Adam(tuned.parameters(), fused=True)
    autocast = precision == "bfloat16"
    return {
        "estimator": lambda: estimator.partial_fit(X, y),
        "tuned": lambda: tuned_epoch(
            tuned, tuned_optimizer, *data, *how, autocast=autocast
        ),
        "plain": lambda: plain_epoch(plain, plain_optimizer, loader, *how),
    }


def least_seconds(functions, rounds):
    """Return the least time of each function over rounds in which all take turns."""
    best = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def has_bfloat16():
    """Return whether the processor multiplies bfloat16 natively."""
    info = Path("/proc/cpuinfo")
    return info.exists() and any(
        flag in info.read_text() for flag in ("avx512_bf16", "amx_bf16")
    )


def main():
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="a part of the networks' names")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    command = f"python -m benchmarks.speed.bench_training --rounds {args.rounds}"
    lines = [
        *header(command, "sklearn-genre", "torch"),
        f"{args.threads} thread, native bfloat16: {'yes' if has_bfloat16() else 'no'}",
        "",
        f"{'network':24} {'precision':10} {'estimator':>10} {'tuned':>8} {'plain':>8} "
        f"{'overhead':>9} {'gain':>6}",
    ]
    precisions = ("float32", "bfloat16") if has_bfloat16() else ("float32",)
    for name, case in CASES.items():
        for precision in precisions if args.only in name else ():
            best = least_seconds(contenders(*case, precision), args.rounds)
            lines.append(
                f"{name:24} {precision:10} {best['estimator']:9.3f}s "
                f"{best['tuned']:7.3f}s {best['plain']:7.3f}s "
                f"{best['estimator'] / best['tuned']:9.2f} "
                f"{best['plain'] / best['estimator']:6.2f}"
            )
    publish("\n".join(lines) + "\n", args.output)


if __name__ == "__main__":
    main()
