"""Training augmentation of spectrogram batches, on the device of the batch."""

import torch
from sklearn.base import BaseEstimator

from ..parameters import Declared, Integer, Real

MOST_MASKS = 1000  # each is a comparison for every frame or band


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
        drawn = draw_changes(self, *X.shape, generator)
        return apply_changes(self, X, fill, _on(X.device, drawn))

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
        drawn = _on(X.device, draw_mixture(self, len(X), generator))
        share, partner = drawn["share"].to(X.dtype), drawn["partner"]
        return blend(X, share, partner), share, partner


def is_planned(augment):
    """Return whether the random numbers of an augmentation can be drawn beforehand.

    A class of a user may draw them in its ``change`` and ``mix`` as it likes.
    """
    kind = type(augment)
    return isinstance(augment, Augmentation) and (
        (kind.change, kind.mix) == (Augmentation.change, Augmentation.mix)
    )


def draw_changes(augment, n, n_bands, n_frames, generator):
    """Draw the random numbers of ``Augmentation.change`` for a batch, on the CPU.

    Parameters
    ----------
    augment : Augmentation
    n, n_bands, n_frames : int
        Shape of the batch.
    generator : torch.Generator

    Returns
    -------
    drawn : dict of str to torch.Tensor of shape (n, ...)
        Only what is asked for: "start", "shift", "level", and the first and last + 1
        of the hidden "frames" and "bands".
    """
    drawn = {}
    if augment.crop and augment.crop < n_frames:
        last = n_frames - augment.crop
        drawn["start"] = torch.randint(last + 1, (n, 1), generator=generator)
        n_frames = augment.crop
    if augment.freq_shift:
        most = augment.freq_shift
        drawn["shift"] = torch.randint(-most, most + 1, (n, 1), generator=generator)
    if augment.gain:
        drawn["level"] = 2 * torch.rand((n, 1, 1), generator=generator) - 1
    masks = (
        ("frames", augment.n_time_masks, augment.time_mask, n_frames),
        ("bands", augment.n_freq_masks, augment.freq_mask, n_bands),
    )
    for name, k, largest, size in masks:
        if k and largest:
            drawn[name] = _stretches(n, k, largest, size, generator)
    return drawn


def draw_mixture(augment, n, generator):
    """Draw shares and partners of the mixup of a batch, on the CPU."""
    share = _beta(augment.mixup, n, generator)
    partner = torch.randperm(n, generator=generator)
    return {"share": torch.maximum(share, 1 - share), "partner": partner}


def apply_changes(augment, X, fill, drawn):
    """Change a batch by the numbers that `draw_changes` returned, on its device.

    A window that has been cut already has no "start" any more.
    """
    if "start" in drawn:
        X = _crop(X, augment.crop, drawn["start"])
    if "shift" in drawn:
        X = _shift(X, drawn["shift"])
    if "level" in drawn:
        X = X + augment.gain * drawn["level"].to(X.dtype)
    hidden = None
    if "frames" in drawn:
        hidden = _hidden(drawn["frames"], X.shape[2])[:, None, :]
    if "bands" in drawn:
        bands = _hidden(drawn["bands"], X.shape[1])[:, :, None]
        hidden = bands if hidden is None else hidden | bands
    return X if hidden is None else torch.where(hidden, torch.as_tensor(fill).to(X), X)


def _on(device, drawn):
    """Return drawn numbers on a device."""
    return {name: values.to(device) for name, values in drawn.items()}


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


def _crop(X, length, start):
    """Cut a window of ``length`` frames from each clip."""
    frames = start + torch.arange(length, device=X.device)
    return X.gather(2, frames[:, None, :].expand(-1, X.shape[1], -1))


def _shift(X, by):
    """Move each clip along the bands; the border band is repeated."""
    bands = torch.arange(X.shape[1], device=X.device) + by
    bands = bands.clamp(0, X.shape[1] - 1)
    return X.gather(1, bands[:, :, None].expand(-1, -1, X.shape[2]))


def _stretches(n, k, largest, size, generator):
    """Draw k stretches of each of n clips: their first places, and last + 1."""
    # one draw gives the numbers that one draw per stretch would
    width, start = torch.rand((k, 2, n), generator=generator).unbind(1)
    width = width * largest * size
    first = (start * (size - width)).floor()
    return torch.stack([first, first + width.round()]).permute(2, 1, 0)


def _hidden(stretches, size):
    """Return which of ``size`` places are in a stretch: (n, size)."""
    place = torch.arange(size, device=stretches.device)
    first, end = stretches[..., None].unbind(2)
    return ((place >= first) & (place < end)).any(1)


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
