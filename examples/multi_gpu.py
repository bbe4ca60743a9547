"""
One network on several GPUs
===========================

Data parallel training: as many processes as GPUs, each with a copy of the network and
its share of every batch; after each step they average their gradients. Hugging Face
accelerate finds the processes and the GPU of each; the callback ``DataParallel`` below
does the rest, through the classifier's parameter ``callbacks``::

    accelerate launch --multi_gpu examples/multi_gpu.py
    torchrun --nproc_per_node 2 examples/multi_gpu.py --device cpu
    python examples/multi_gpu.py

The second line tries it without a GPU; the third is the same training in one process.
All give the same network up to rounding, since every process draws the same order of
songs and takes its part of it. Two things would differ: dropout, and batch
normalization, which would see the share of one process; this network has layer
normalization and no dropout.

Networks of this size are seldom worth it. A search is faster with one candidate per
GPU: see "Search and scale-out" in the user guide.
"""

import argparse
from pathlib import Path

import joblib
import numpy as np
import torch
from accelerate import Accelerator, PartialState
from skorch.callbacks import Callback

from sklearn_genre import CNNClassifier, MelSpectrogram, make_genre_audio


class DataParallel(Callback):
    """Train on a share of every batch, with the mean gradient of all processes."""

    def on_train_begin(self, net, **kwargs):
        """Replace every batch by the share of this process."""
        self.whole_batches_, net.iterator_train = net.iterator_train, share_of_batches

    def on_train_end(self, net, **kwargs):
        """Restore the net."""
        net.iterator_train = self.whole_batches_

    def on_grad_computed(self, net, named_parameters, **kwargs):
        """Exchange all gradients as one vector, which is faster than one by one."""
        if PartialState().num_processes == 1:
            return
        grads = [p.grad for _, p in named_parameters if p.grad is not None]
        flat = torch.cat([grad.flatten() for grad in grads])
        torch.distributed.all_reduce(flat)
        flat /= PartialState().num_processes
        for grad, mean in zip(
            grads, flat.split([g.numel() for g in grads]), strict=True
        ):
            grad.copy_(mean.view_as(grad))


class Shares:
    """Share of this process in every batch; all processes draw the same order."""

    def __init__(self, n, batch_size, generator):
        self.n, self.generator = n, generator
        self.n_batches = max(1, -(-n // batch_size))

    def __len__(self):
        return self.n_batches

    def __iter__(self):
        state = PartialState()
        order = torch.randperm(self.n, generator=self.generator).numpy()
        for batch in np.array_split(order, self.n_batches):
            yield batch[state.process_index :: state.num_processes].tolist()


def share_of_batches(dataset, batch_size, generator, shuffle=True):
    """Return a DataLoader as skorch requests it; the data set returns whole batches."""
    # augmentation draws from the classifier's generator, as often as there are songs
    # in the share: an order drawn from it would not stay the same in all processes
    own = torch.Generator().manual_seed(generator.initial_seed())
    shares = Shares(len(dataset), batch_size, own)
    return torch.utils.data.DataLoader(
        dataset, batch_sampler=shares, collate_fn=lambda batch: batch, generator=own
    )


def parse_args():
    parser = argparse.ArgumentParser(
        description="Train one network in several processes."
    )
    parser.add_argument("--clips", type=int, default=15, help="synthetic per genre")
    parser.add_argument("--epochs", type=int, default=10, help="default: 10")
    parser.add_argument("--batch", type=int, default=32, help="of all GPUs together")
    parser.add_argument("--device", choices=("auto", "cpu"), default="auto")
    parser.add_argument("--model", type=Path, help="where to save the model")
    return parser.parse_args()


def main():
    args = parse_args()
    accelerator = Accelerator(cpu=args.device == "cpu")
    songs = make_genre_audio(args.clips, random_state=0)
    mel = MelSpectrogram(n_mels=64, device=str(accelerator.device))
    X = mel.transform(songs.audio)
    cnn = CNNClassifier(
        n_filters=(16, 32),
        norm="layer",
        dropout=0.0,
        max_epochs=args.epochs,
        batch_size=args.batch,
        device=str(accelerator.device),
        callbacks=[("data_parallel", DataParallel())],
        random_state=0,
    )
    cnn.fit(X, songs.target)
    accelerator.print(
        f"{accelerator.num_processes} processes, {accelerator.device.type}: accuracy "
        f"{cnn.score(X, songs.target):.3f} on the {len(X)} songs of the training"
    )
    if args.model and accelerator.is_main_process:
        # the callback is only for training; without it the model loads without this
        # script
        joblib.dump(cnn.set_params(callbacks=None), args.model)
    accelerator.end_training()


if __name__ == "__main__":
    main()
