"""Clips as torch reads them: data set, order of the batches, loader."""

import hashlib

import joblib
import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch.utils.data import DataLoader, Dataset, Sampler

from ..._utils.digest import array_digest
from ...rows import RowView

# in bytes: a disk reads a block of this size at nearly its full speed, and a buffer
# holds enough of them to mix clips of all genres where a file is sorted by genre
_SHUFFLE_BLOCK, _SHUFFLE_BUFFER = 2**22, 2**28


class ClipDataset(Dataset):
    """Clips as windows: one item is a slice of a clip, or a window cut from a slice.

    Everything is an index into X: neither a split nor the windows copy it.

    Parameters
    ----------
    X : ndarray or RowView of shape (n_clips, [n_slices,] n_bands, n_frames)
        A view is read batch by batch.
    y : ndarray of shape (n_clips,) or (n_clips, n_tags), or None
        Encoded targets.
    sample_weight : ndarray of shape (n_clips,) or None
    clips : ndarray of int or None
        The clips that belong to this set; None means all.
    window : int or None
        Length in frames of the evenly spaced windows that cover each slice; None
        means the whole slice.
    """

    def __init__(self, X, y=None, sample_weight=None, clips=None, window=None):
        self.X, self.y, self.sample_weight = X, y, sample_weight
        self.clips = np.arange(len(X)) if clips is None else clips
        self.n_slices = X.shape[1] if X.ndim == 4 else 1
        n_frames = X.shape[-1]
        self.window = n_frames if window is None else min(window, n_frames)
        n_starts = -(-n_frames // self.window)
        last = n_frames - self.window
        self.starts = np.linspace(0, last, n_starts).round().astype(int)

    @property
    def n_windows(self):
        """Number of windows per clip."""
        return self.n_slices * len(self.starts)

    def clip_weight(self):
        """Return the weight of each clip of X, zero outside this set: (n_clips,)."""
        weight = np.zeros(len(self.X))
        weight[self.clips] = 1.0
        return weight if self.sample_weight is None else weight * self.sample_weight

    def digest(self):
        """Return a digest, as text, of everything that a training sees of this set."""
        rows = hashlib.blake2b(digest_size=16)
        for block in RowView(self.X).blocks():
            rows.update(np.ascontiguousarray(block))
        rest = [self.clips, self.starts, self.y, self.sample_weight]
        parts = [array_digest(a).hex() for a in rest if a is not None]
        return joblib.hash([rows.hexdigest(), self.X.shape, str(self.X.dtype), parts])

    def __len__(self):
        return len(self.clips) * self.n_windows

    def per_clip(self):
        """Return by name the arrays, beside X, of which a window has its clip's row."""
        if self.sample_weight is None:
            return {}
        return {"sample_weight": self.sample_weight}

    def locate(self, indices):
        """Return of some windows the clip, the slice of it, and the first frame."""
        clip = self.clips[indices // self.n_windows]
        part, window = np.divmod(indices % self.n_windows, len(self.starts))
        return clip, part, self.starts[window]

    def __getitems__(self, indices):
        """Return one batch: a dict of X and what is per clip, and the targets."""
        return self.batch(np.asarray(indices))

    def batch(self, indices, first=0, length=None):
        """Return one batch, of which each window is cut further.

        Parameters
        ----------
        indices : ndarray of int
        first : int or ndarray of int, default=0
            Frame of the window at which the cut begins.
        length : int or None, default=None
            Of the cut in frames; None: the whole window.

        Returns
        -------
        inputs : dict of str to torch.Tensor
        y : torch.Tensor
        """
        clip, part, start = self.locate(indices)
        length = self.window if length is None else length
        rows = self._windows(clip, part, start + first, length)
        inputs = {"X": torch.from_numpy(rows)}
        for name, values in self.per_clip().items():
            inputs[name] = torch.from_numpy(values[clip])
        y = np.zeros(len(clip), dtype=np.int64) if self.y is None else self.y[clip]
        return inputs, torch.from_numpy(y)

    def __getitem__(self, index):
        """Return one window."""
        batch, y = self.__getitems__([index])
        return {name: value[0] for name, value in batch.items()}, y[0]

    def _windows(self, clip, part, first, length):
        """Return rows of X, cut to their windows: (batch, n_bands, length)."""
        where = (clip,) if self.X.ndim == 3 else (clip, part)
        if length == self.X.shape[-1]:
            return np.ascontiguousarray(self.X[where])
        if isinstance(self.X, np.ndarray):
            # only what is used is copied
            windows = sliding_window_view(self.X, length, axis=-1)
            return np.ascontiguousarray(windows[(*where, slice(None), first)])
        frames = first[:, None] + np.arange(length)
        rows = np.asarray(self.X[where])
        return np.take_along_axis(rows, frames[:, None, :], axis=2)


class EvenBatchSampler(Sampler):
    """Batches as even in size as possible.

    A last batch of one window would fail in batch normalization, which needs two: an
    odd number of windows in batches of two has one of three.
    """

    def __init__(self, n, batch_size, shuffle, generator):
        self.n, self.shuffle, self.generator = n, shuffle, generator
        fewest = max(1, n // 2) if batch_size > 1 else n
        self.n_batches = max(1, min(-(-n // batch_size), fewest))

    def __len__(self):
        return self.n_batches

    def __iter__(self):
        if self.shuffle:
            order = torch.randperm(self.n, generator=self.generator).numpy()
        else:
            order = np.arange(self.n)
        yield from (part.tolist() for part in np.array_split(order, self.n_batches))


class NearbyBatchSampler(EvenBatchSampler):
    """Shuffled batches of clips that are near each other in a file.

    Blocks of neighboring clips come in random order; within as many blocks as fill
    the buffer, windows come in random order. So the file is read in long runs, each
    part of it once per epoch, though it may be larger than memory.

    Parameters
    ----------
    dataset : ClipDataset
        Its X is a RowView.
    batch_size : int
    generator : torch.Generator
    buffer, block : int
        Sizes in bytes.
    """

    def __init__(self, dataset, batch_size, generator, *, buffer, block):
        super().__init__(len(dataset), batch_size, True, generator)
        self.dataset = dataset
        n_bytes = dataset.X[:1].nbytes
        self.clips_per_block = max(1, block // n_bytes)
        self.blocks_per_buffer = max(1, buffer // (self.clips_per_block * n_bytes))

    def __iter__(self):
        buffers = self._buffers()
        order = np.concatenate([self._mixed(clips) for clips in buffers])
        ends = np.cumsum([0] + [len(c) * self.dataset.n_windows for c in buffers])
        done = 0
        for batch in np.array_split(order, self.n_batches):
            done += len(batch)
            # Announce a buffer with the first batch that reaches into it: the operating
            # system then reads its rows in long runs, whereas random rows would cost a
            # seek each. Not earlier: two buffers in memory take twice the space.
            while buffers and ends[-1 - len(buffers)] < done:
                self.dataset.X[self.dataset.clips[buffers.pop(0)]].prefetch()
            yield batch.tolist()

    def _buffers(self):
        """Return the clips of each buffer: blocks of neighbors in random order."""
        # near in the file, not in X: a view may have its rows in any order
        rows = self.dataset.X.rows[self.dataset.clips]
        order = np.argsort(rows, kind="stable")
        blocks = np.array_split(order, -(-len(order) // self.clips_per_block))
        turn = torch.randperm(len(blocks), generator=self.generator).tolist()
        return [
            np.concatenate([blocks[i] for i in turn[j : j + self.blocks_per_buffer]])
            for j in range(0, len(turn), self.blocks_per_buffer)
        ]

    def _mixed(self, clips):
        """Return all windows of some clips, in random order."""
        n = self.dataset.n_windows
        windows = (clips[:, None] * n + np.arange(n)).ravel()
        return windows[torch.randperm(len(windows), generator=self.generator).numpy()]


def clip_sampler(
    dataset,
    generator,
    batch_size,
    shuffle=False,
    shuffle_buffer=_SHUFFLE_BUFFER,
):
    """Return random batches, near each other if X is a view larger than the buffer."""
    X = getattr(dataset, "X", None)
    if shuffle and isinstance(X, RowView) and X.nbytes > shuffle_buffer:
        block = min(_SHUFFLE_BLOCK, shuffle_buffer)
        return NearbyBatchSampler(
            dataset, batch_size, generator, buffer=shuffle_buffer, block=block
        )
    return EvenBatchSampler(len(dataset), batch_size, shuffle, generator)


# all parameters of the batches but those of a DataLoader
FEED_PARAMS = {"batch_size", "shuffle", "shuffle_buffer"}


def clip_loader(
    dataset,
    batch_size,
    shuffle=False,
    generator=None,
    shuffle_buffer=_SHUFFLE_BUFFER,
    **kwargs,
):
    """Return a DataLoader over whole batches of a ClipDataset.

    Without a generator of its own, a DataLoader draws from torch's global one, even for
    prediction: a side effect, and a race between threads.
    """
    generator = torch.Generator() if generator is None else generator
    return DataLoader(
        dataset,
        batch_sampler=clip_sampler(
            dataset, generator, batch_size, shuffle, shuffle_buffer
        ),
        collate_fn=_unchanged,
        generator=generator,
        **kwargs,
    )


def _unchanged(batch):
    return batch
