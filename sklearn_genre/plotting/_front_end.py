"""What a Pipeline makes of a song before a model sees it, and its axes."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from ..embedding import MusicnnSpectrogram
from ..features import (
    MFCC,
    AudioTransformer,
    BandScaler,
    MelSpectrogram,
    Spectrogram,
)
from ..slicing import Slicer

_LEVELS = {
    "db": "Level (dB)",
    "amplitude_db": "Level (dB)",
    "log1p": "log(1 + S)",
    "power": "Power",
}


@dataclass
class FrontEnd:
    """The axes of a spectrogram, in seconds and Hz.

    Attributes
    ----------
    rate : float
        Of the audio, in Hz.
    hop_length : int
        Samples from one frame to the next.
    first : float
        Time of the middle of the first frame, in seconds.
    bands : {"mel", "linear", "rows"}
        What a row is: a mel band, a bin of the Fourier transform, or something else.
    mel : dict
        Range and kind of the mel scale, as librosa calls them.
    level : str
        What the values are.
    time : str
        Of what the x axis is; "" if it counts frames.
    row : str
        What a row is called, if it is no frequency.
    """

    rate: float
    hop_length: int
    first: float = 0.0
    bands: str = "rows"
    mel: dict = field(default_factory=dict)
    level: str = "Value"
    time: str = "Time"
    row: str = "Row"

    @property
    def frame(self):
        """Seconds from one frame to the next."""
        return self.hop_length / self.rate


def front_end_of(transformer):
    """Read the axes of a transformer's output from its parameters.

    Raises
    ------
    TypeError
        If its output has no frames whose times are known.
    """
    if isinstance(transformer, MusicnnSpectrogram):
        mel = {"fmin": 0.0, "fmax": 8000.0, "htk": False}
        level = "log10(10000 S + 1)"
        return FrontEnd(16000, 256, bands="mel", mel=mel, level=level)
    if not hasattr(transformer, "hop_length") or not hasattr(transformer, "n_fft"):
        raise TypeError(
            f"{type(transformer).__name__} has no frames with known times: displays of "
            "spectrograms take Spectrogram, MelSpectrogram, MFCC, FrameDescriptors, "
            "MusicnnSpectrogram, or a Pipeline that starts with one of them."
        )
    first = 0 if transformer.center else transformer.n_fft / 2
    offset = transformer.offset if transformer.n_excerpts is None else 0.0
    return FrontEnd(
        transformer.sample_rate,
        transformer.hop_length,
        first / transformer.sample_rate + offset,
        time=_times(transformer.n_excerpts),
        **_bands(transformer),
    )


def _times(n_excerpts):
    """Return of what the time axis is."""
    if n_excerpts is None:
        return "Time"
    return f"Time in the excerpt{'' if n_excerpts == 1 else 's'}"


def _bands(transformer):
    """Return what rows and values of a transformer's output are."""
    if isinstance(transformer, MelSpectrogram):
        fmax = transformer.fmax or transformer.sample_rate / 2
        mel = {"fmin": transformer.fmin, "fmax": fmax, "htk": transformer.htk}
        return {"bands": "mel", "mel": mel, "level": _LEVELS[transformer.scale]}
    if isinstance(transformer, Spectrogram):
        return {"bands": "linear", "level": _LEVELS[transformer.scale]}
    return {"row": "Coefficient" if isinstance(transformer, MFCC) else "Row"}


def parts_of(model):
    """Return the audio transformer of a model, and the Slicer after it or None.

    Parameters
    ----------
    model : transformer or Pipeline
        A Pipeline starts with an audio transformer. Its Slicer counts if it follows
        that, or a `BandScaler` that follows that: other steps change the frames.

    Raises
    ------
    TypeError
        If there is no audio transformer at the start.
    """
    steps = _steps(model)
    if not steps or not isinstance(steps[0], AudioTransformer):
        first = type(steps[0] if steps else model).__name__
        raise TypeError(
            f"A spectrogram of a song needs an audio transformer at the start, such as "
            f"MelSpectrogram, got {first}."
        )
    rest = [step for step in steps[1:] if not isinstance(step, BandScaler)]
    slicer = rest[0] if rest and isinstance(rest[0], Slicer) else None
    return steps[0], slicer


def _steps(model):
    """Return the steps of a Pipeline, and of those in it; a model is its own step."""
    if not isinstance(model, Pipeline):
        return [model]
    steps = [step for _, step in model.steps if step not in (None, "passthrough")]
    return [part for step in steps for part in _steps(step)]


def slice_spans(slicer, n_frames):
    """Return the first frame of each slice of a clip, and their length in frames."""
    # cut a clip whose frames hold their own numbers, and leave the fitted model alone
    frames = np.arange(n_frames, dtype=float)[None, None]
    cut = clone(slicer).fit_transform(frames)[0, :, 0]
    return cut[:, 0].astype(int), cut.shape[-1]
