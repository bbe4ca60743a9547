"""Batches of a training or a prediction, on the device of the net.

A batch is gathered where the clips are: in the memory of a GPU if they fit there, else
in that of the computer, from where a thread sends it ahead. The random numbers of the
augmentation are drawn on the CPU in both cases, many batches at a time, so that all
devices see the same ones and none waits for them.
"""

import contextlib
import itertools
import queue
import threading

import numpy as np
import torch

from ...rows import RowView
from .._augmentation import draw_changes, draw_mixture, is_planned

# A batch brings some hundred bytes of random numbers. For fewer batches at a time, a
# copy to the GPU would cost a launch or more a batch; all of an epoch of a million
# clips would take hundreds of megabytes.
_PLANNED = 64
# batches that wait for the network: one is read while another is sent
_AHEAD = 2
# Share of the free memory of a GPU that clips may take. The rest is for the network,
# and for other trainings that begin on the same GPU.
_SHARE = 0.25


class DeviceMemory:
    """The clips of a training that stay in the memory of its device.

    Parameters
    ----------
    device : str
    """

    def __init__(self, device):
        self.device = torch.device(device)
        self._held = {}

    def clips(self, dataset):
        """Return the clips of a data set there, or None if they do not fit.

        Two data sets over one X, those of training and validation, share it.
        """
        # the array is kept with its copy: another one could get its id
        known = self._held.get(id(dataset.X))
        if known is None:
            room = dataset.X.nbytes <= _SHARE * free_memory(self.device)
            known = dataset.X, (_copied(dataset.X, self.device) if room else None)
            self._held[id(dataset.X)] = known
        return None if known[1] is None else DeviceClips(dataset, known[1])


def free_memory(device):
    """Return the bytes of a device that are free for clips; none of a CPU are.

    There X is in memory already, or is on the disk because it does not fit.
    """
    if device.type != "cuda":
        return 0
    free, _ = torch.cuda.mem_get_info(device)
    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free + cached


def _copied(X, device):
    """Return X on a device, as (n_clips * n_slices, n_bands, n_frames)."""
    kind = torch.from_numpy(np.empty(0, X.dtype)).dtype
    there, at = torch.empty(X.shape, dtype=kind, device=device), 0
    for block in RowView(X).blocks():
        # a copy, since torch takes no array that is read-only
        there[at : at + len(block)] = torch.from_numpy(np.array(block))
        at += len(block)
    return there.flatten(0, -3)


class DeviceClips:
    """The windows of a data set, in the memory of a device.

    Parameters
    ----------
    dataset : ClipDataset
    X : torch.Tensor of shape (n_clips * n_slices, n_bands, n_frames)
    """

    def __init__(self, dataset, X):
        self.dataset, self.X, self.window = dataset, X, dataset.window
        self.per_clip = {
            name: torch.tensor(values, device=X.device)
            for name, values in dataset.per_clip().items()
        }
        y = dataset.y
        y = np.zeros(len(dataset.X), dtype=np.int64) if y is None else y
        self.y = torch.tensor(y, device=X.device)

    def located(self, indices):
        """Return clip, row of X and first frame of windows, as one tensor (3, n)."""
        clip, part, start = self.dataset.locate(indices)
        where = np.stack([clip, clip * self.dataset.n_slices + part, start])
        return torch.from_numpy(where)

    def batch(self, where, first=0, length=None):
        """Return one batch, cut as by ``ClipDataset.batch``, of what `located` gave."""
        clip, row, start = where
        length = self.window if length is None else length
        if length == self.X.shape[-1]:
            X = self.X[row]
        else:
            X = self.X.unfold(2, length, 1)[row, :, start + first]
        inputs = {name: values[clip] for name, values in self.per_clip.items()}
        return {"X": X, **inputs}, self.y[clip]


class Feed:
    """The batches of a data set, epoch after epoch.

    A batch is a dict of the inputs and the targets. With an augmentation whose numbers
    can be drawn beforehand, the dict has these as "drawn", and X is cut already.

    Parameters
    ----------
    dataset : ClipDataset
    sampler : EvenBatchSampler
    device : str
    here : DeviceClips or None, default=None
        The clips, if they are on the device.
    augment : Augmentation or None, default=None
    """

    def __init__(self, dataset, sampler, device, here=None, augment=None):
        self.dataset, self.sampler = dataset, sampler
        self.device, self.here = torch.device(device), here
        self.augment = augment if augment is not None and is_planned(augment) else None
        # the generator is drawn from in one thread at a time
        self.alone = augment is None or self.augment is not None

    def __len__(self):
        return len(self.sampler)

    def __iter__(self):
        if self.sampler.shuffle:
            # as a DataLoader does, so that both give the same batches
            _ = torch.empty((), dtype=torch.int64).random_(
                generator=self.sampler.generator
            )
        if self.here is not None:
            return self._gathered()
        if self.device.type == "cuda" and self.alone:
            return received(ahead(self._sent()))
        return self._read()

    def _gathered(self):
        """Yield batches of clips that are on the device."""
        batches = iter(self.sampler)
        while group := list(itertools.islice(batches, _PLANNED)):
            where = self.here.located(np.concatenate(group))
            drawn = self._drawn([len(batch) for batch in group])
            # one copy of each for all batches of the group
            where = where.to(self.device, non_blocking=True)
            drawn = {k: v.to(self.device, non_blocking=True) for k, v in drawn.items()}
            end = 0
            for batch in group:
                part = slice(end, end := end + len(batch))
                yield self._cut(
                    self.here, where[:, part], {k: v[part] for k, v in drawn.items()}
                )

    def _read(self):
        """Yield batches of clips that are in memory or on the disk."""
        for batch in self.sampler:
            yield self._cut(self.dataset, np.asarray(batch), self._drawn([len(batch)]))

    def _cut(self, clips, where, drawn):
        """Return one batch; the crop is cut out of the clips as they are copied."""
        cut = {}
        if "start" in drawn:
            start = drawn.pop("start")[:, 0]
            start = start.numpy() if clips is self.dataset else start
            cut = {"first": start, "length": self.augment.crop}
        inputs, y = clips.batch(where, **cut)
        return (inputs | {"drawn": drawn} if drawn else inputs), y

    def _drawn(self, sizes):
        """Return the random numbers of batches of these sizes, one after the other."""
        if self.augment is None:
            return {}
        shape = self.dataset.X.shape[-2], self.dataset.window
        parts = [self._drawn_once(n, *shape) for n in sizes]
        # a batch of one has nothing to be mixed with, and then all have one
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _drawn_once(self, n, n_bands, n_frames):
        generator = self.sampler.generator
        drawn = draw_changes(self.augment, n, n_bands, n_frames, generator)
        if self.augment.mixup and n > 1:
            drawn |= draw_mixture(self.augment, n, generator)
        return drawn

    def _sent(self):
        """Yield batches on their way to a GPU, each with what says that it is there."""
        stream = torch.cuda.Stream(self.device)
        for inputs, y in self._read():
            with torch.cuda.stream(stream):
                inputs, y = mapped(self._on_its_way, (inputs, y))
                there = stream.record_event()
            yield inputs, y, there

    def _on_its_way(self, tensor):
        """Return a tensor on the GPU; the copy is not waited for."""
        return tensor.pin_memory().to(self.device, non_blocking=True)


def mapped(function, values):
    """Return tensors, which may be nested, each changed by a function."""
    if isinstance(values, dict):
        return {name: mapped(function, value) for name, value in values.items()}
    if isinstance(values, tuple | list):
        return tuple(mapped(function, value) for value in values)
    return function(values)


def received(batches):
    """Yield batches that another stream sends, once they are there."""
    for inputs, y, there in batches:
        stream = torch.cuda.current_stream(y.device)
        stream.wait_event(there)
        # the memory is not used again before this stream has done with it
        for tensor in (y, *inputs.values(), *inputs.get("drawn", {}).values()):
            if isinstance(tensor, torch.Tensor):
                tensor.record_stream(stream)
        yield inputs, y


def ahead(items, depth=_AHEAD):
    """Yield items that a thread takes from an iterable in advance.

    What the iterable raises is raised here. When the generator is closed, the thread
    ends with the item that it is at.
    """
    waiting, stop, end = queue.Queue(depth), threading.Event(), object()

    def put(item):
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                return waiting.put(item, timeout=0.1)

    def work():
        try:
            for item in items:
                put((item, None))
                if stop.is_set():
                    return
            put((end, None))
        except BaseException as error:
            put((end, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is end:
                return
            yield item
    finally:
        stop.set()
        thread.join()
