"""Ground of the spectral transformers: parameters, checks, batches."""

import dataclasses
import functools
import numbers
from collections.abc import Callable

import numpy as np

from .._utils.checks import check_choice, check_number
from .._utils.clips import read_clip
from .._utils.device import resolve_device
from ._base import AudioTransformer, unchanged
from ._numerics.stft import n_samples_needed, spectral_features

SCALES = ("db", "amplitude_db", "log1p", "power")
# of a mel spectrogram before the cosine transform, as in librosa
CEPSTRAL_SCALE = {"scale": "db", "ref": 1.0, "amin": None, "top_db": 80.0}

# samples of one batch on a GPU: 64 MB, under 2 GB with its frames and spectra
_BATCH_SAMPLES = 2**24


class SpectralTransformer(AudioTransformer):
    """Parameters, checks and batches common to the spectral transformers."""

    def _check_params(self):
        super()._check_params()
        check_number(self, "n_fft", kind=numbers.Integral, low=2)
        check_number(self, "hop_length", kind=numbers.Integral, low=1)
        check_number(
            self,
            "win_length",
            kind=numbers.Integral,
            low=1,
            high=self.n_fft,
            none=True,
        )
        check_choice(self, "center", (True, False))
        resolve_device(self.device)

    def _stft(self):
        """Keywords of the Fourier transform."""
        return {
            "n_fft": int(self.n_fft),
            "hop_length": int(self.hop_length),
            "win_length": None if self.win_length is None else int(self.win_length),
            "center": bool(self.center),
        }

    def _n_frames_needed(self):
        """Frames of the shortest clip that has features."""
        return 1

    def _min_samples(self):
        return n_samples_needed(
            self._n_frames_needed(),
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            center=self.center,
        )

    def _rows(self, clips):
        if not self._in_batches():
            yield from super()._rows(clips)
            return
        function = self._function()
        for batch in batches(self._parallel(clips, _prepared)):
            if batch[0].row is not None:
                yield batch[0].row
                continue
            rows = function(np.stack([item.wave for item in batch]))
            for item, row in zip(batch, rows, strict=True):
                item.keep(row)
                yield row

    def _in_batches(self):
        """Whether clips are decoded by the workers and computed here, many at once."""
        return resolve_device(self.device) != "cpu"


class ScaledTransformer(SpectralTransformer):
    """Spectral transformer with an exponent and a scale."""

    def _check_params(self):
        super()._check_params()
        low = np.finfo(np.float32).tiny
        check_number(self, "power", low=low)
        check_choice(self, "scale", SCALES)
        if self.ref != "max":
            check_number(self, "ref", low=low)
        check_number(self, "amin", low=low, none=True)
        check_number(self, "top_db", low=0, none=True)

    def _scale(self):
        """Keywords of the scale."""
        return {
            "scale": self.scale,
            "ref": self.ref,
            "amin": self.amin,
            "top_db": self.top_db,
        }

    def _mel(self):
        """Keywords of the mel filters, or None."""
        return None

    def _function(self):
        return functools.partial(
            spectral_features,
            stft=self._stft(),
            power=self.power,
            mel=self._mel(),
            scale=self._scale(),
            device=resolve_device(self.device),
        )


def check_mel_params(owner):
    """Check the parameters of the mel filters of an estimator."""
    check_number(owner, "n_mels", kind=numbers.Integral, low=1)
    check_number(owner, "fmin", low=0)
    half = owner.sample_rate / 2
    check_number(owner, "fmax", low=0, high=half, none=True)
    if owner.fmin >= (half if owner.fmax is None else owner.fmax):
        raise ValueError(
            f"{type(owner).__name__}: fmin must be below fmax (None means "
            f"sample_rate / 2 = {half:g}), got fmin={owner.fmin!r}, "
            f"fmax={owner.fmax!r}."
        )
    check_choice(owner, "htk", (True, False))
    if owner.mel_norm != "slaney":
        check_number(owner, "mel_norm", low=0, none=True)


def mel_params(owner):
    """Keywords of ``librosa.filters.mel`` from the parameters of an estimator."""
    return {
        "sr": owner.sample_rate,
        "n_fft": int(owner.n_fft),
        "n_mels": int(owner.n_mels),
        "fmin": owner.fmin,
        "fmax": owner.fmax,
        "htk": owner.htk,
        "norm": owner.mel_norm,
    }


def mfcc_features(wave, *, n_mfcc, deltas, delta_width, lifter, stft, mel, device):
    """Cepstral coefficients of waveforms: (..., n_samples) to (..., bands, frames)."""
    S = spectral_features(
        wave, stft=stft, power=2, mel=mel, scale=CEPSTRAL_SCALE, device=device
    )
    return cepstra(
        S, n_mfcc=n_mfcc, deltas=deltas, delta_width=delta_width, lifter=lifter
    )


def cepstra(S, *, n_mfcc, deltas, delta_width, lifter=0.0):
    """Cepstral coefficients of mel spectrograms in dB, then their derivatives.

    Of fewer frames than ``delta_width`` the first and last are taken to go on.
    """
    import librosa
    import scipy.fft

    M = scipy.fft.dct(S, axis=-2, norm="ortho")[..., :n_mfcc, :]
    if lifter > 0:
        rising = np.sin(np.pi * np.arange(1, n_mfcc + 1) / lifter)
        M = M * (1 + lifter / 2 * rising).astype(M.dtype)[:, np.newaxis]
    mode = "interp" if M.shape[-1] >= delta_width else "nearest"
    derivatives = [
        librosa.feature.delta(M, width=delta_width, order=order, mode=mode)
        for order in range(1, deltas + 1)
    ]
    return np.concatenate([M, *derivatives], axis=-2)


@dataclasses.dataclass
class Prepared:
    """A clip on its way to a batch: its features from a cache, or its waveform."""

    row: np.ndarray | None = None
    wave: np.ndarray | None = None
    keep: Callable = unchanged  # called with the features, once they are there


def _prepared(clip, position, *, audio, cache):
    """What a worker does for a clip that will be computed in a batch."""
    if cache is None:
        return Prepared(wave=read_clip(clip, position, **audio))
    key = cache.key(clip)
    row = cache.read(key)
    if row is not None:
        return Prepared(row=row)
    wave = read_clip(clip, position, **audio)
    return Prepared(wave=wave, keep=functools.partial(cache.write, key, clip))


def batches(items):
    """Lists of consecutive clips whose waveforms are equally long, bounded in memory.

    A clip whose features are there already is a list of its own.
    """
    batch = []
    for item in items:
        if batch and not _fits(item, batch):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _fits(item, batch):
    """Whether a clip can be computed together with those of a batch."""
    if item.wave is None or batch[0].wave is None:
        return False
    n_samples = len(item.wave)
    together = (len(batch) + 1) * n_samples
    return n_samples == len(batch[0].wave) and together <= _BATCH_SAMPLES
