"""What all embeddings share: windows of a clip, and how their rows become one."""

import functools

import numpy as np

from ..features import AudioTransformer
from ..parameters import Integer, OneOf, Real

POOLINGS = ("mean", "max", "mean_std")


class WindowEmbedding(AudioTransformer):
    """Base of embeddings by a network that takes windows of a waveform.

    A subclass has a method ``_network()``, which returns a function that can be
    pickled, from windows (n_windows, n_samples) to (n_windows, n_features) or
    (n_windows, n_features, n_frames), and ``_prefix()``, which returns the start of
    the names of features.
    """

    _parameters = {
        "window": Real(
            10.0,
            "Length of a window in seconds. Clips that are shorter are repeated.",
            low=0.001,
            high=3600,
        ),
        "hop": Real(
            None,
            "Seconds from one window to the next. What is left at the end of a clip is "
            "dropped. None: that of a window, so that windows do not overlap.",
            low=0.001,
            high=3600,
            none=True,
        ),
        "frame_pooling": OneOf(
            "mean",
            "How the frames of a window become one row, if the network gives frames: "
            "their mean, their maximum, or their mean followed by their standard "
            "deviation. None keeps them, and what ``pooling`` does with windows is "
            "done with the frames of all windows.",
            choices=POOLINGS,
            none=True,
        ),
        "pooling": OneOf(
            "mean",
            "How windows become one row: their mean, their maximum, or "
            "their mean followed by their standard deviation. None keeps them as the "
            "last axis.",
            choices=POOLINGS,
            none=True,
        ),
        "batch_size": Integer(
            8, "Windows that the network gets at once.", low=1, high=2**16
        ),
    }

    def _waveform_function(self):
        length = None if self.window is None else self._samples(self.window)
        return functools.partial(
            embed,
            network=self._network(),
            length=length,
            hop=length if self.hop is None else self._samples(self.hop),
            frame_pooling=self.frame_pooling,
            pooling=self.pooling,
            batch_size=int(self.batch_size),
        )

    def _samples(self, seconds):
        """Return a number of samples, at least one."""
        return max(round(seconds * self._rate()), 1)

    def _check_row(self, row, position, first, first_position):
        if len(row) != len(first):
            raise ValueError(
                f"{type(self).__name__}: clip {position} has {len(row)} features, "
                f"clip {first_position} has {len(first)}: the network must give the "
                "same number for every window."
            )

    def _row_names(self):
        # no table says how many there are; noise, as silence may have none
        n_samples = self._samples(1.0 if self.window is None else self.window)
        noise = np.random.default_rng(0).normal(scale=0.1, size=(1, n_samples))
        found = self._network()(noise.astype(np.float32))
        names = [f"{self._prefix()}{i}" for i in range(found.shape[1])]
        if found.ndim == 3:
            names = pooled_names(names, self.frame_pooling)
        return pooled_names(names, self.pooling)


def embed(wave, *, network, length, hop, frame_pooling, pooling, batch_size):
    """Compute the features of a clip; see `WindowEmbedding`.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
    network : callable
        From windows to features.
    length, hop : int or None
        Samples of a window, and from one to the next. None: all, once.
    frame_pooling, pooling : {"mean", "max", "mean_std"} or None
    batch_size : int

    Returns
    -------
    features : ndarray of shape (n_features,) or (n_features, n_windows), float32
    """
    cut = wave[None] if length is None else windows(wave, length, hop)
    batches = (cut[k : k + batch_size] for k in range(0, len(cut), batch_size))
    # copies: windows overlap, and a network may change what it gets
    rows = [one_row_each(network(batch.copy()), frame_pooling) for batch in batches]
    return pool(np.concatenate(rows), pooling)


def windows(wave, length, hop):
    """Return the windows of a waveform, (n_windows, length), without copying them."""
    view = np.lib.stride_tricks.sliding_window_view(long_enough(wave, length), length)
    return view[::hop]


def long_enough(wave, n_samples):
    """Return a waveform that is repeated until it has so many samples."""
    return np.resize(wave, n_samples) if len(wave) < n_samples else wave


def one_row_each(found, frame_pooling):
    """Pool the frames of each window, (n_windows, n_features, n_frames) if it has any.

    Returns
    -------
    rows : ndarray of shape (n_windows, n_features)
        Without pooling (n_windows * n_frames, n_features).
    """
    if found.ndim == 2:
        return found
    if frame_pooling is None:
        return np.concatenate(found.transpose(0, 2, 1))
    return np.stack([pool(frames.T, frame_pooling) for frames in found])


def pool(rows, pooling):
    """Pool the rows of windows or frames, (n, n_features), over time."""
    if pooling == "max":
        return rows.max(axis=0)
    if pooling == "mean":
        return rows.mean(axis=0)
    if pooling == "mean_std":
        return np.concatenate([rows.mean(axis=0), rows.std(axis=0)])
    return np.ascontiguousarray(rows.T)


def pooled_names(names, pooling):
    """Return the names of features after pooling."""
    if pooling != "mean_std":
        return names
    return [f"{name}_{stat}" for stat in ("mean", "std") for name in names]
