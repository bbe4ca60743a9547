"""Parameters of the transformers at the ends of their ranges, and beyond."""

import numpy as np
import pytest

import sklearn_genre
from sklearn_genre import (
    MFCC,
    BandScaler,
    FixedLength,
    FrameDescriptors,
    FrameSubsampler,
    MelSpectrogram,
    Resize,
    Spectrogram,
    Waveform,
)

TINY = np.nextafter(0, 1)
WAVES = np.random.default_rng(0).standard_normal((2, 22050))

LEGAL = [
    MelSpectrogram(power=TINY),
    MelSpectrogram(power=10),
    MelSpectrogram(ref=TINY, amin=TINY),
    MelSpectrogram(ref=TINY, amin=TINY, scale="amplitude_db"),
    MelSpectrogram(ref=1e18, amin=1e18, scale="amplitude_db"),
    MelSpectrogram(top_db=0),
    MelSpectrogram(top_db=1e308),
    MelSpectrogram(mel_norm=0),
    MelSpectrogram(mel_norm=1e308),
    MelSpectrogram(fmin=0, fmax=11025.0),
    MelSpectrogram(hop_length=2**24),
    MelSpectrogram(duration=1 / 22050),
    Spectrogram(n_fft=2, win_length=1),
    Spectrogram(win_length=2048),
    MFCC(lifter=TINY),
    MFCC(lifter=1e308),
    MFCC(delta_width=999, deltas=2),
    MFCC(n_mfcc=128),
    FrameDescriptors(roll_percent=TINY),
    FrameDescriptors(roll_percent=np.nextafter(1, 0)),
    FixedLength(fill_value=-1e38),
    FrameSubsampler(offset=1e308),
    FrameSubsampler(span=TINY),
    FrameSubsampler(span=1e308),
]


@pytest.mark.parametrize("transformer", LEGAL, ids=repr)
def test_the_ends_of_a_range_give_finite_values(transformer):
    X = WAVES.astype(np.float32)
    X = X[:, :200] if isinstance(transformer, FrameSubsampler) else X
    assert np.isfinite(transformer.fit_transform(X)).all()


REFUSED = [
    (Waveform, "sample_rate", [True, 0, 10**9, 22050.0]),
    (Waveform, "duration", [0, 1e-9, 10**9, np.inf]),
    (Waveform, "offset", [np.inf, -TINY, 10**9]),
    (Waveform, "cache", ["", "a\0b", 3, True]),
    (Waveform, "n_jobs", [0, 1.5, "2"]),
    (Spectrogram, "n_fft", [1, 10**9]),
    (Spectrogram, "hop_length", [0, 10**9]),
    (Spectrogram, "win_length", [0, 2049]),
    (Spectrogram, "center", [1, "False", None, np.array([True, False])]),
    (Spectrogram, "power", [0, 11, np.inf]),
    (Spectrogram, "ref", [0, np.inf, "min", None]),
    (Spectrogram, "amin", [0, np.inf]),
    (Spectrogram, "top_db", [-TINY, np.inf]),
    (MelSpectrogram, "n_mels", [0, 10**9]),
    (MelSpectrogram, "fmin", [-TINY, 11025]),
    (MelSpectrogram, "fmax", [0, 11025.1]),
    (MelSpectrogram, "htk", [0, "True"]),
    (MelSpectrogram, "mel_norm", [-1, np.inf, "L1"]),
    (MFCC, "n_mfcc", [0, 129]),
    (MFCC, "delta_width", [1, 4, 10**9 + 1]),
    (MFCC, "lifter", [-1, np.inf]),
    (FrameDescriptors, "n_contrast_bands", [0, 7, 10**9]),
    (FrameDescriptors, "roll_percent", [0, 1]),
    (FrameDescriptors, "chroma", [1, "yes"]),
    (BandScaler, "with_mean", [1, "False"]),
    (BandScaler, "with_std", [0, None]),
    (FixedLength, "n_frames", [0, 10**9]),
    (FixedLength, "fill_value", [np.nan, np.inf, 1e300, "max", True]),
    (FrameSubsampler, "n_frames", [0, 10**9]),
    (FrameSubsampler, "offset", [-TINY, np.inf]),
    (FrameSubsampler, "span", [0, np.inf]),
    (Resize, "shape", [(128,), (0, 1), (True, 1), 128, None, (10**9, 1)]),
]


@pytest.mark.parametrize(("kind", "name", "values"), REFUSED)
def test_beyond_a_range_the_parameter_is_named(kind, name, values):
    for value in values:
        with pytest.raises(ValueError, match=rf"\b{name}\b"):
            kind(**{name: value}).fit(WAVES)


def levels(kind):
    """Classes of the package that a transformer is made of, in a line of bases."""
    bases = [b for b in kind.__bases__ if b.__module__.startswith("sklearn_genre")]
    return 1 + max(map(levels, bases), default=0)


@pytest.mark.parametrize("name", sklearn_genre.features.__all__)
def test_few_levels_of_inheritance(name):
    """Four, over the one class that declares parameters."""
    kind = getattr(sklearn_genre.features, name)
    assert not isinstance(kind, type) or levels(kind) <= 5
