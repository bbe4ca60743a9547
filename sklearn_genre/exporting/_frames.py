"""Torch modules from waveforms to frames, and from frames to slices and windows.

They take (batch, n_samples) or (batch, ..., n_frames) and compute what the transformers
do, by operations that ONNX has, for lengths that are known when the graph runs only.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .._utils.lengths import near_lengths


def length(X):
    """Return the length of the last axis as a tensor, which a trace follows."""
    n = X.shape[-1]
    return n if isinstance(n, torch.Tensor) else torch.tensor(n)


def buffer(values):
    """Return an array as a float32 tensor."""
    return torch.as_tensor(values, dtype=torch.float64).float()


class Spectrum(nn.Module):
    """Powers of the short-time Fourier transform.

    Parameters
    ----------
    n_fft, hop_length : int
    win_length : int or None
    padding : {"constant", "reflect"} or None
        What is beyond the ends of the waveform; None means that frames end there.
    exponent : float
        Exponent of the magnitudes.
    filters : ndarray of shape (n_bands, n_bins) or None
    """

    def __init__(
        self, *, n_fft, hop_length, win_length, padding, exponent=2.0, filters=None
    ):
        super().__init__()
        self.n_fft, self.hop_length, self.padding = n_fft, hop_length, padding
        self.exponent = exponent
        width = win_length or n_fft
        left = (n_fft - width) // 2
        hann = torch.hann_window(width, dtype=torch.float64)
        window = F.pad(hann, (left, n_fft - width - left)).float()
        self.register_buffer("window", window)
        self.register_buffer("filters", None if filters is None else buffer(filters))

    def forward(self, X):
        """Map (batch, n_samples) to (batch, n_bands, n_frames)."""
        if self.padding:
            ends = (self.n_fft // 2, self.n_fft // 2)
            X = F.pad(X[:, None], ends, mode=self.padding)[:, 0]
        parts = torch.stft(
            X,
            self.n_fft,
            hop_length=self.hop_length,
            window=self.window,
            center=False,
            return_complex=False,  # ONNX has no complex numbers
        )
        S = parts.square().sum(-1)
        if self.exponent != 2:
            S = S.sqrt() if self.exponent == 1 else S.pow(self.exponent / 2)
        return S if self.filters is None else self.filters @ S


class Loudness(nn.Module):
    """The scales of spectrograms: decibels and logarithms.

    Parameters
    ----------
    scale : {"db", "amplitude_db", "log1p", "power"}
    ref : float or "max", default=1.0
    amin : float or None, default=None
    top_db : float or None, default=80.0
        As for `MelSpectrogram`.
    """

    def __init__(self, *, scale, ref=1.0, amin=None, top_db=80.0):
        super().__init__()
        self.scale, self.ref, self.top_db = scale, ref, top_db
        self.factor, default = (20, 1e-5) if scale == "amplitude_db" else (10, 1e-10)
        tiny = torch.finfo(torch.float32).tiny
        self.amin = max(default if amin is None else amin, tiny)

    def forward(self, S):
        """Map (batch, n_bands, n_frames) to the same shape."""
        if self.scale == "power":
            return S
        if self.scale == "log1p":
            return torch.log(1 + S)
        S = self.factor * S.clamp(min=self.amin).log10()
        if self.ref == "max":
            S = S - _top(S)
        else:
            S = S - self.factor * math.log10(max(self.ref, self.amin))
        return S if self.top_db is None else torch.maximum(S, _top(S) - self.top_db)


def _top(S):
    """Return the largest value of each clip."""
    return S.amax(dim=(-2, -1), keepdim=True)


class EqualPeak(nn.Module):
    """Divide waveforms by their peaks, but for silence.

    Parameters
    ----------
    silent : float
        Peak of what counts as silence, at most.
    """

    def __init__(self, silent):
        super().__init__()
        self.silent = silent

    def forward(self, wave):
        """Map (batch, n_samples) to the same shape."""
        peak = wave.abs().amax(dim=-1, keepdim=True)
        return wave / torch.where(peak > self.silent, peak, 1.0)


class MusicnnScale(nn.Module):
    """The logarithm that musicnn's networks read."""

    def forward(self, S):
        """Map (batch, n_bands, n_frames) to the same shape."""
        return (10000 * S + 1).log10()


class Bands(nn.Module):
    """A linear map of the bands of every frame.

    Parameters
    ----------
    matrix : ndarray of shape (n_out, n_bands)
    """

    def __init__(self, matrix):
        super().__init__()
        self.register_buffer("matrix", buffer(matrix))

    def forward(self, X):
        """Map (..., n_bands, n_frames) to (..., n_out, n_frames)."""
        return self.matrix @ X


class Scale(nn.Module):
    """Subtract a mean and divide by a scale, of each band or column.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_bands,) or None
    by_band : bool
        Whether X with more than two axes has its bands in the last axis but one.
    """

    def __init__(self, mean, scale, *, by_band):
        super().__init__()
        self.by_band = by_band
        for name, values in (("mean", mean), ("scale", scale)):
            values = None if values is None else buffer(values)
            self.register_buffer(name, values)

    def forward(self, X):
        """Map X to the same shape."""
        shape = (-1, 1) if self.by_band and X.dim() > 2 else (-1,)
        if self.mean is not None:
            X = X - self.mean.reshape(shape)
        return X if self.scale is None else X / self.scale.reshape(shape)


class Length(nn.Module):
    """Pad or crop the last axis to a number of frames.

    Parameters
    ----------
    n_frames : int
    align : {"left", "right", "center"}
    repeat : bool
    fill_value : float or "min"
        As for `FixedLength`.
    """

    def __init__(self, n_frames, *, align, repeat, fill_value):
        super().__init__()
        self.n_frames, self.align, self.repeat = n_frames, align, repeat
        self.fill_value = fill_value

    def forward(self, X):
        """Map (..., t) to (..., n_frames)."""
        n = length(X)
        at = torch.arange(self.n_frames) - self._before(self.n_frames - n)
        if self.repeat:
            return X.index_select(-1, at % n)
        inside = (at >= 0) & (at < n)
        kept = X.index_select(-1, torch.minimum(at.clamp(min=0), n - 1))
        axes = tuple(range(1, X.dim()))
        least = self.fill_value == "min"
        fill = X.amin(axes, keepdim=True) if least else torch.tensor(self.fill_value)
        return torch.where(inside, kept, fill.to(X.dtype))

    def _before(self, missing):
        """Return the frames padded on the left; cropped ones are negative."""
        if self.align == "left":
            return 0 * missing
        if self.align == "right":
            return missing
        return torch.div(missing, 2, rounding_mode="trunc")


class NearLength(nn.Module):
    """Give clips of nearly the length of ``fit`` that length, as networks do.

    Parameters
    ----------
    n_frames : int
    """

    def __init__(self, n_frames):
        super().__init__()
        self.n_frames = n_frames

    def forward(self, X):
        """Map (..., t) to (..., n_frames), or to itself if t is another length."""
        fewest, most = near_lengths(self.n_frames)
        if fewest == most:
            return X
        n = length(X)
        near = (n >= fewest) & (n <= most)
        at = torch.arange(torch.where(near, self.n_frames, n))
        return X.index_select(-1, torch.minimum(at, n - 1))


class Repeated(nn.Module):
    """Repeat a shorter waveform until it has a number of samples.

    Parameters
    ----------
    n_samples : int
    """

    def __init__(self, n_samples):
        super().__init__()
        self.n_samples = n_samples

    def forward(self, X):
        """Map (batch, n) to (batch, n or n_samples)."""
        n = length(X)
        n_samples = n.clamp(min=self.n_samples)
        return X.index_select(-1, torch.arange(n_samples) % n)


class Cut(nn.Module):
    """Cut pieces of equal length from the last axis: the base of slices and windows."""

    def forward(self, X):
        """Map (batch, n_bands, t) to (batch, n_pieces, n_bands, length)."""
        if X.dim() == 2:
            X = X[:, None]
        starts, width = self.plan(length(X))
        at = starts[:, None] + torch.arange(width)
        at = self.within(at, length(X))
        pieces = X.index_select(-1, at.reshape(-1))
        pieces = pieces.reshape(X.shape[0], X.shape[1], -1, width)
        return pieces.transpose(1, 2)

    def within(self, at, n):
        """Return positions in the clip; any beyond it end the run with an error."""
        return at


class Slices(Cut):
    """The slices of `Slicer`.

    Parameters
    ----------
    width : int or None
        Frames of a slice; None cuts the whole clip into equal ones.
    hop : int
        Frames between slices, unless there is ``n_slices``.
    n_slices : int or None
    short : {"repeat", "zero", "raise"}
    """

    def __init__(self, width, *, hop, n_slices, short):
        super().__init__()
        self.width, self.hop, self.n_slices, self.short = width, hop, n_slices, short

    def forward(self, X):
        """Map (batch, n_bands, t) to (batch, n_slices, n_bands, width)."""
        if self.short == "zero" and self.width:
            X = F.pad(X, (0, self.width))
        return super().forward(X)

    def plan(self, n):
        """Return starts and length of the slices of a clip of ``n`` frames."""
        if self.short == "zero" and self.width:
            n = torch.maximum(n - self.width, torch.tensor(self.width))
        width = self.width
        if width is None:
            width = (n // self.n_slices).clamp(min=1)
        last = (n - width).clamp(min=0)
        if self.n_slices is None:
            return torch.arange(0, last + 1, self.hop), width
        if self.n_slices == 1:
            return (last // 2).reshape(1), width
        return torch.arange(self.n_slices) * last // (self.n_slices - 1), width

    def within(self, at, n):
        """Return positions in the clip, which may be repeated."""
        return at % n if self.short == "repeat" else at


class Windows(Cut):
    """The windows by which a network that was trained on crops covers a clip.

    Parameters
    ----------
    width : int
        Frames of a window.
    """

    def __init__(self, width):
        super().__init__()
        self.width = width

    def plan(self, n):
        """Return starts and length of the windows of a clip of ``n`` frames."""
        many = (n + self.width - 1) // self.width
        # in the order of operations of numpy.linspace: a half may go either way
        step = (n - self.width).double() / (many - 1).clamp(min=1)
        return (torch.arange(many).double() * step).round().long(), self.width


class Resized(nn.Module):
    """Images of one size from images of one size, along one axis, as by `Resize`.

    Parameters
    ----------
    n_new : int
        Bands or frames afterwards.
    axis : {-2, -1}
    resize : callable
        From images (n, n_bands, n_frames) to resized ones.
    mean : bool
        Whether a new value is the mean of those that it covers.
    """

    def __init__(self, n_new, *, axis, resize, mean):
        super().__init__()
        self.n_new, self.axis, self.resize, self.mean = n_new, axis, resize, mean

    def forward(self, X):
        """Map (..., n_bands, n_frames) to images of the new size."""
        n = int(X.shape[self.axis])
        if self.mean and n % self.n_new == 0:
            before, after = X.shape[: self.axis], X.shape[X.dim() + self.axis + 1 :]
            parts = X.reshape(*before, self.n_new, n // self.n_new, *after)
            return parts.mean(self.axis)
        # a linear map, where ONNX has another operator than torch
        matrix = linear_map(self.resize, n, self.axis)
        return matrix @ X if self.axis == -2 else X @ matrix.T


def linear_map(resize, n, axis):
    """Return the matrix of a function that resizes one axis of images of size n."""
    # on both sides of the image, as torch takes the strides of a narrow one for others
    units = np.repeat(np.eye(n, dtype=np.float32)[:, :, None], 2, axis=2)
    resized = resize(units if axis == -2 else units.swapaxes(1, 2))
    matrix = resized[:, :, 0] if axis == -2 else resized[:, 0]
    return torch.from_numpy(np.ascontiguousarray(matrix.T))


class Summary(nn.Module):
    """Statistics of each band over all frames and slices.

    Parameters
    ----------
    stats : sequence of str
        Names in `SUMMARIES`.
    """

    def __init__(self, stats):
        super().__init__()
        self.stats = tuple(stats)

    def forward(self, X):
        """Map (batch, [n_slices,] n_bands, n_frames) to (batch, n_features)."""
        if X.dim() == 4:
            X = X.transpose(1, 2).flatten(2)
        columns = [SUMMARIES[name](X) for name in self.stats]
        return torch.stack(columns, dim=-1).flatten(1)


SUMMARIES = {
    "mean": lambda X: X.mean(-1),
    "std": lambda X: (X - X.mean(-1, keepdim=True)).square().mean(-1).sqrt(),
    "min": lambda X: X.amin(-1),
    "max": lambda X: X.amax(-1),
}
