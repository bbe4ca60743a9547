"""Bases of the transformers from audio that work on spectrograms."""

import functools
import os

import numpy as np

from .._utils.device import resolve_device
from ..parameters import AnyOf, Device, Flag, Integer, OneOf, Real
from ._base import AudioTransformer
from ._batches import batches, finite_row, prepare
from ._gpu import BatchSpectra, overlapped, stage
from ._numerics.frames import Pieces, n_samples_needed
from ._numerics.stft import spectral_features

# above what is used, and below what would only fill the memory
LONGEST_FRAME = 2**20  # samples: 48 s at 22,050 Hz
_LONGEST_HOP = 2**24
MOST_MELS = 2**14


class _ShortTime:
    """What the bases over spectrograms share: parameters, spectrogram, batches."""

    # exponent and scale of the spectrogram that _spectrogram_function's function gets
    _power, _scale = 2.0, "power"

    _parameters = {
        "n_fft": Integer(
            2048,
            "Length of the Fourier transform in samples.",
            low=2,
            high=LONGEST_FRAME,
        ),
        "hop_length": Integer(
            512, "Samples from one frame to the next.", low=1, high=_LONGEST_HOP
        ),
        "win_length": Integer(
            None,
            "Length of the Hann window in samples; a shorter window is in the middle "
            "of the frame. None: ``n_fft``.",
            low=1,
            high="n_fft",
            none=True,
        ),
        "center": Flag(
            True,
            "Whether frame t is centered at sample ``t * hop_length``; a clip then "
            "has ``1 + n_samples // hop_length`` frames for even ``n_fft``. If False, "
            "it begins there, and ``1 + (n_samples - n_fft) // hop_length`` frames "
            "fit.",
        ),
        "device": Device(
            "cpu",
            'Where to compute spectra: "cpu", "cuda", "cuda:1", ... or "auto" for '
            "CUDA where it is available. On a GPU clips of equal length are computed "
            "in batches, and last digits may depend on the batch; on the CPU they do "
            "not.",
        ),
    }

    def _spectrogram_function(self):
        """Return a function from spectrograms to features, or None; see the class."""
        return None

    def _waveform_function(self):
        spectrogram = functools.partial(
            spectral_features, device=resolve_device(self.device), **self._of_spectra()
        )
        function = self._spectrogram_function()
        if function is None:
            return spectrogram
        return functools.partial(_chain, spectrogram, function)

    def _of_spectra(self):
        """Return the keywords of spectra other than the device."""
        return {
            "stft": self._stft(),
            "power": self._exponent(),
            "mel": self._mel(),
            "scale": self._loudness(),
        }

    def _check_params(self):
        super()._check_params()
        resolve_device(self.device)

    def _stft(self):
        """Return the keywords of the Fourier transform."""
        return {
            name: self._rules[name].plain(getattr(self, name), self)
            for name in ("n_fft", "hop_length", "win_length", "center")
        }

    def _stft_of_pieces(self):
        return self._stft()

    def _exponent(self):
        """Return the exponent of the magnitudes."""
        return self._power

    def _loudness(self):
        """Return the keywords of the scale."""
        return {"scale": self._scale}

    def _mel(self):
        """Return the keywords of the mel filters, or None."""
        return None

    def _min_frames(self):
        """Return the number of frames of the shortest clip that has features."""
        return 1

    def _min_samples(self):
        return n_samples_needed(self._min_frames(), **self._stft())

    def _seconds(self, n_frames):
        """Return the shortest duration in seconds that has ``n_frames`` frames."""
        return n_samples_needed(n_frames, **self._stft()) / self.sample_rate

    def _compute(self, clips, put):
        if not self._in_batches():
            super()._compute(clips, put)
            return
        for position, row in enumerate(self._rows_of_batches(clips)):
            put(position, row)

    def _rows_of_batches(self, clips):
        """Iterate over the features of the clips, computed in batches."""
        start, staged = self._start_batch()
        groups = batches(self._parallel(clips, prepare, stage=staged))
        for batch, rows in overlapped(groups, start):
            if batch[0].row is not None:
                yield batch[0].row
                continue
            for item, row in zip(batch, rows, strict=True):
                item.keep(finite_row(row, item.name))
                yield row

    def _start_batch(self):
        """Return what starts the work on a batch, and what waveforms go through."""
        function, start, staged = self._waveform_function(), None, None
        if type(self)._waveform_function is _ShortTime._waveform_function:
            device = resolve_device(self.device)
            start = BatchSpectra(device, **self._of_spectra()).start
            staged = functools.partial(
                stage, page_locked=device.startswith("cuda"), process=os.getpid()
            )
        return (
            functools.partial(
                _started, function, start, self._spectrogram_function() or _unchanged
            ),
            staged,
        )

    def _in_batches(self):
        """Return whether workers only decode, and features are computed in batches."""
        return resolve_device(self.device) != "cpu"


class SpectralTransformer(_ShortTime, AudioTransformer):
    """Base of the transformers from clips to features of their spectrograms.

    A subclass lists its parameters in ``_parameters`` and has the method
    ``_spectrogram_function()``, which returns a function:

    - it takes spectrograms, a float32 array of shape (..., n_bins, n_frames), and
      returns a float32 array of shape (..., n_rows, n_frames), or without the axis of
      frames. Leading axes stay: there are none on a CPU, a batch of clips on a GPU;
    - it can be pickled, as workers may be processes: a function of a module, with the
      values of parameters bound by :func:`functools.partial`;
    - it depends on the parameters only, as the cache is looked up by these.

    Spectrograms hold powers. ``_power = 1.0`` in the class makes them magnitudes, and
    ``_scale = "db"`` decibels, as `Spectrogram` does by its parameters.
    ``_min_frames()`` returns the number of frames of the shortest clip that has
    features, 1 unless a subclass says otherwise, and ``_row_names()`` the names of the
    rows.

    See Also
    --------
    MelTransformer : The same over mel bands.
    AudioTransformer : Base for features of waveforms.
    Spectrogram : The spectrograms themselves.

    Examples
    --------
    The rise of the magnitudes from one frame to the next, summed over all bins:

    >>> import numpy as np
    >>> from sklearn_genre.features import SpectralTransformer
    >>> def flux(S):
    ...     rise = np.diff(S, axis=-1, prepend=S[..., :1])
    ...     return np.maximum(rise, 0).sum(axis=-2, keepdims=True)
    >>> class SpectralFlux(SpectralTransformer):
    ...     \"\"\"Rise of the magnitudes.\"\"\"
    ...     _power = 1.0
    ...     def _spectrogram_function(self):
    ...         return flux
    >>> X = np.random.default_rng(0).standard_normal((2, 22050))
    >>> SpectralFlux(hop_length=1024).fit_transform(X).shape
    (2, 1, 22)
    """


class MelTransformer(_ShortTime, AudioTransformer):
    """Base of the transformers from clips to features of their mel bands.

    A subclass lists its parameters in ``_parameters`` and has the method
    ``_spectrogram_function()``, as described for `SpectralTransformer`: the function
    it returns takes mel spectrograms of shape (..., n_mels, n_frames).

    See Also
    --------
    SpectralTransformer : The same over the bins of the Fourier transform.
    MelSpectrogram : The mel spectrograms themselves.

    Examples
    --------
    How far the level of each band is above that of the softest frame:

    >>> import numpy as np
    >>> from sklearn_genre.features import MelTransformer
    >>> def above_floor(S):
    ...     return S - S.min(axis=-1, keepdims=True)
    >>> class AboveFloor(MelTransformer):
    ...     \"\"\"Levels above the softest frame, in dB.\"\"\"
    ...     _scale = "db"
    ...     def _spectrogram_function(self):
    ...         return above_floor
    >>> X = np.random.default_rng(0).standard_normal((2, 22050))
    >>> AboveFloor(n_mels=40).fit_transform(X).shape
    (2, 40, 44)
    """

    _parameters = {
        "n_mels": Integer(128, "Number of mel bands.", low=1, high=MOST_MELS),
        "fmin": Real(0.0, "Lowest frequency in Hz.", low=0),
        "fmax": Real(
            None,
            "Highest frequency in Hz, above ``fmin`` and at most ``sample_rate / 2``, "
            "which None means.",
            low=0,
            closed="right",
            none=True,
        ),
        "htk": Flag(False, "Whether to use the mel scale of HTK instead of Slaney's."),
        "mel_norm": AnyOf(
            "slaney",
            '"slaney" gives every filter the same area; None leaves their peaks at 1; '
            "a number scales by that norm, as in ``librosa.filters.mel``.",
            OneOf(choices=("slaney",)),
            Real(low=0),
            none=True,
        ),
    }

    def _check_params(self):
        super()._check_params()
        half = self.sample_rate / 2
        if not self.fmin < (half if self.fmax is None else self.fmax) <= half:
            raise ValueError(
                f"{type(self).__name__}: fmin must be below fmax, and fmax at most "
                f"sample_rate / 2 = {half:g} (which None means), got "
                f"fmin={self.fmin!r}, fmax={self.fmax!r}."
            )

    def _mel(self):
        return {
            "sr": self.sample_rate,
            "n_fft": int(self.n_fft),
            "n_mels": int(self.n_mels),
            "fmin": self.fmin,
            "fmax": self.fmax,
            "htk": self.htk,
            "norm": self.mel_norm,
        }


def _started(function, start, then, batch):
    """Start the work on a batch; return a function that waits for its rows.

    Pieces of a long song, and features that are not made of spectra alone, are
    computed when they are asked for.
    """
    waves = [item.wave for item in batch]
    if batch[0].row is not None:
        return _nothing
    if isinstance(waves[0], Pieces):
        return lambda: [function(waves[0])]
    if start is None:
        return lambda: function(np.stack(waves))
    finish = start(waves)
    for item in batch:
        item.wave = None  # given back as soon as the device has read it
    return lambda: then(finish())


def _nothing():
    """Return no rows."""


def _unchanged(x):
    """Return the argument."""
    return x


def _chain(first, second, x):
    """Apply two functions."""
    return second(first(x))
