"""Training augmentation of spectrogram batches, on the device of the batch."""

import torch
from sklearn.base import BaseEstimator

from ..parameters import Declared, Integer, Real

MOST_MASKS = 1000  # each is a pass over the batch


class Augmentation(Declared, BaseEstimator):
    """Random changes made to each training batch, never to prediction.

    Give one to a neural classifier as its ``augment`` parameter; its own parameters
    can then be searched, e.g. ``clf__augment__mixup`` in a ``GridSearchCV``. Random
    numbers come from a generator seeded by the classifier's ``random_state`` and
    are drawn on the CPU, so that every device sees the same ones.

    References
    ----------
    Park et al. (2019), "SpecAugment: A simple data augmentation method for
    automatic speech recognition", Interspeech.
    Zhang et al. (2018), "mixup: Beyond empirical risk minimization", ICLR.

    Examples
    --------
    >>> from sklearn_genre import Augmentation, CNNClassifier
    >>> clf = CNNClassifier(augment=Augmentation(time_mask=0.2, mixup=0.3))
    >>> clf.set_params(augment__mixup=0.4).augment.mixup
    0.4
    """

    _parameters = {
        "crop": Integer(
            None,
            "Train on random windows of this many frames, one per clip (or slice) and "
            "epoch. In prediction, evenly spaced windows that cover the clip vote.",
            low=1,
            none=True,
        ),
        "time_mask": Real(
            0.0,
            "Largest width of a time mask, as a share of the frames.",
            low=0,
            high=1,
        ),
        "n_time_masks": Integer(1, "Number of time masks.", low=0, high=MOST_MASKS),
        "freq_mask": Real(
            0.0,
            "Largest width of a frequency mask, as a share of the bands.",
            low=0,
            high=1,
        ),
        "n_freq_masks": Integer(
            1, "Number of frequency masks.", low=0, high=MOST_MASKS
        ),
        "freq_shift": Integer(
            0,
            "Shift along frequency by up to this many bands up or down; the border "
            "band is repeated.",
            low=0,
        ),
        "gain": Real(
            0.0,
            "Level change, uniform in [-gain, gain], in the unit of X (dB for a "
            "spectrogram in dB).",
            low=0,
        ),
        "mixup": Real(
            0.0,
            "Parameter of the Beta distribution of the mixing weight; 0 is none.",
            low=0,
        ),
    }

    def change(self, X, fill, generator):
        """Crop, shift, change level and mask, each clip in its own way.

        Parameters
        ----------
        X : torch.Tensor of shape (batch, n_bands, n_frames)
        fill : torch.Tensor of shape (n_bands, 1) or float
            Value of masked positions, e.g. the mean of each band.
        generator : torch.Generator
            Source of random numbers, on the CPU.

        Returns
        -------
        X : torch.Tensor of shape (batch, n_bands, crop or n_frames)
        """
        if self.crop and self.crop < X.shape[2]:
            X = _crop(X, self.crop, generator)
        if self.freq_shift:
            X = _shift(X, self.freq_shift, generator)
        if self.gain:
            level = 2 * torch.rand((len(X), 1, 1), generator=generator) - 1
            X = X + self.gain * level.to(X)
        for _ in range(self.n_time_masks if self.time_mask else 0):
            X = _mask(X, 2, self.time_mask, fill, generator)
        for _ in range(self.n_freq_masks if self.freq_mask else 0):
            X = _mask(X, 1, self.freq_mask, fill, generator)
        return X

    def mix(self, X, generator):
        """Mix each clip with another clip of the batch.

        Parameters
        ----------
        X : torch.Tensor of shape (batch, n_bands, n_frames)
        generator : torch.Generator
            Source of random numbers, on the CPU.

        Returns
        -------
        X : torch.Tensor of shape (batch, n_bands, n_frames)
        share : torch.Tensor of shape (batch,)
            Share of the clip itself in each row, in [0.5, 1].
        partner : torch.Tensor of shape (batch,)
            Row of the clip that it was mixed with.
        """
        share = _beta(self.mixup, len(X), generator)
        share = torch.maximum(share, 1 - share).to(X)
        partner = torch.randperm(len(X), generator=generator).to(X.device)
        return blend(X, share, partner), share, partner


def blend(X, share, partner):
    """Mix each row of X with its partner.

    Parameters
    ----------
    X : torch.Tensor of shape (batch, ...)
    share, partner : torch.Tensor of shape (batch,)
        As `Augmentation.mix` returns them.

    Returns
    -------
    X : torch.Tensor of shape (batch, ...)
    """
    weight = share.reshape(-1, *[1] * (X.ndim - 1))
    return weight * X + (1 - weight) * X[partner]


def _crop(X, length, generator):
    """Cut a window of ``length`` frames at a random position from each clip."""
    last = X.shape[2] - length
    start = torch.randint(last + 1, (len(X), 1), generator=generator)
    frames = (start + torch.arange(length)).to(X.device)
    return X.gather(2, frames[:, None, :].expand(-1, X.shape[1], -1))


def _shift(X, most, generator):
    """Move each clip along the bands; the border band is repeated."""
    by = torch.randint(-most, most + 1, (len(X), 1), generator=generator)
    bands = (torch.arange(X.shape[1]) + by).clamp(0, X.shape[1] - 1).to(X.device)
    return X.gather(1, bands[:, :, None].expand(-1, -1, X.shape[2]))


def _mask(X, axis, largest, fill, generator):
    """Fill one random stretch of each clip along ``axis``."""
    n = X.shape[axis]
    width = torch.rand((len(X), 1), generator=generator) * largest * n
    start = torch.rand((len(X), 1), generator=generator) * (n - width)
    place = torch.arange(n)
    hidden = (place >= start.floor()) & (place < start.floor() + width.round())
    hidden = hidden[:, None, :] if axis == 2 else hidden[:, :, None]
    return torch.where(hidden.to(X.device), torch.as_tensor(fill).to(X), X)


def _beta(alpha, n, generator):
    """Draw from Beta(alpha, alpha) by Johnk's rejection method.

    torch's own Beta sampler takes no generator.
    """
    out = torch.empty(0)
    while len(out) < n:
        u = torch.rand((2, 4 * n), generator=generator).double() ** (1 / alpha)
        total = u.sum(0)
        kept = (total <= 1) & (total > 0)
        out = torch.cat([out, (u[0] / total)[kept].float()])
    return out[:n]
