"""Spectrograms of batches of clips on a GPU, whose copies overlap with its work.

Threads that decode leave a clip in page-locked memory. From there it goes to its row of
a batch that is on the device and has its zeros already; frames are cut, transformed and
scaled there, and one copy brings the batch back. Two batches are under way at a time,
each in a stream of its own, so one is copied while the other is computed.
"""

import collections
import contextlib
import itertools
import os

import numpy as np

from .._utils.device import one_torch_thread
from ._numerics.frames import n_frames
from ._numerics.stft import spectral_tensor

_UNDER_WAY = 2


def stage(wave, *, page_locked, process):
    """Return a copy of a waveform in memory that the device reads by itself.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
    page_locked : bool
        Whether the device needs such memory.
    process : int
        Where the copy is needed: another process has to send the waveform anyway.

    Returns
    -------
    wave : ndarray of shape (n_samples,), float32
    """
    if process != os.getpid():
        return wave
    import torch

    staged = torch.empty(len(wave), pin_memory=page_locked).numpy()
    staged[:] = wave
    return staged


class BatchSpectra:
    """Spectrograms of batches, which are started before the last ones are taken.

    Parameters
    ----------
    device : str
    stft, power, mel, scale
        As for ``spectral_features``.
    """

    def __init__(self, device, *, stft, power, mel, scale):
        import torch

        self.device, self.on_gpu = device, torch.device(device).type == "cuda"
        self.padding = stft["n_fft"] // 2 if stft["center"] else 0
        # the zeros are in the batch
        self.stft = stft | {"center": False}
        self.rest = {"power": power, "mel": mel, "scale": scale}
        streams = [None]
        if self.on_gpu:
            streams = [torch.cuda.Stream(device) for _ in range(_UNDER_WAY)]
        self.streams = itertools.cycle(streams)

    def start(self, waves):
        """Send a batch to the device; return a function that waits for its results.

        Parameters
        ----------
        waves : list of ndarray of shape (n_samples,), float32

        Returns
        -------
        finish : callable
            Returns an ndarray of shape (n, n_bands, n_frames).
        """
        stream = next(self.streams)
        with _within(stream), one_torch_thread():
            S = self._spectra(self._sent(waves))
            back = self._returned(S)
            done = None if stream is None else stream.record_event()

        def finish():
            if done is not None:
                done.synchronize()
            waves.clear()  # until now the device may have read them
            # page-locked memory is scarce: it is not the user's to keep
            return back.numpy().copy() if self.on_gpu else back.numpy()

        return finish

    def _sent(self, waves):
        """Return waveforms on the device, with zeros at both ends."""
        import torch

        n_samples = len(waves[0])
        width = n_samples + 2 * self.padding
        batch = torch.zeros(len(waves), width, device=self.device)
        inside = batch[:, self.padding : self.padding + n_samples]
        for row, wave in zip(inside, waves, strict=True):
            wave = torch.from_numpy(np.require(wave, requirements="W"))
            row.copy_(wave, non_blocking=True)
        return batch

    def _spectra(self, batch):
        n = n_frames(batch.shape[-1], **self.stft)
        return spectral_tensor(
            n, [batch], stft=self.stft, device=self.device, **self.rest
        )

    def _returned(self, S):
        """Return results in memory, though they may still be on their way."""
        import torch

        if not self.on_gpu:
            return S
        back = torch.empty(S.shape, dtype=S.dtype, pin_memory=True)
        return back.copy_(S, non_blocking=True)


def _within(stream):
    """Return a context in which torch works in a stream, if there is one."""
    import torch

    return contextlib.nullcontext() if stream is None else torch.cuda.stream(stream)


def overlapped(batches, start):
    """Yield each batch with its results; the next one is started before.

    Parameters
    ----------
    batches : iterable
    start : callable
        Takes a batch and returns a function that waits for its results.

    Yields
    ------
    batch : object
    results : object
    """
    under_way = collections.deque()
    for batch in batches:
        under_way.append((batch, start(batch)))
        if len(under_way) == _UNDER_WAY:
            first, finish = under_way.popleft()
            yield first, finish()
    for batch, finish in under_way:
        yield batch, finish()
