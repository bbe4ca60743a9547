"""What the graph of a model takes: waveforms, spectrograms or features, how long."""

from typing import NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline

from .._utils.nested import estimators_in
from ..features import (
    AudioTransformer,
    BandScaler,
    FixedLength,
    Resize,
    SummaryStats,
    TextureStats,
)
from ..neural import HybridClassifier, NeuralEstimator
from ..slicing import Slicer, SliceVotingClassifier
from ._steps import steps_of

# frames of an example where a model names none: every network takes that many
_FRAMES = 1500
# a network over frames may take no less than 29 s, any other part 4 s
_SECONDS, _FEW_SECONDS = 30, 4


class Input(NamedTuple):
    """The input of a graph.

    Attributes
    ----------
    name : {"waveform", "spectrogram", "slices", "features"}
    shape : tuple of int or str
        Fixed sizes, and the names of others.
    example : tuple of int
        The shape of an example.
    first : estimator
        The step that takes it.
    """

    name: str
    shape: tuple
    example: tuple
    first: object

    @property
    def dynamic(self):
        """Names of the axes that are not fixed, by number."""
        return {k: n for k, n in enumerate(self.shape) if isinstance(n, str)}

    @property
    def rate(self):
        """Samples per second of a waveform; None of other inputs."""
        return self.first._rate() if self.name == "waveform" else None


def input_of(model, n_frames=None):
    """Return the input of a model.

    Parameters
    ----------
    model : estimator
    n_frames : int or None, default=None
        As for `export_onnx`.

    Raises
    ------
    ValueError
        If the model needs a length, or has another one.
    """
    first = _first(model)
    if isinstance(first, AudioTransformer):
        return _waveform(model, first, n_frames)
    n_dim = _n_dim(model)
    if n_dim == 2:
        return _table(first, n_frames)
    length = _fixed_frames(first)
    example = length or n_frames or _longest(model)
    length = _agreed(length, n_frames, f"{type(first).__name__} takes")
    shape = (int(first.n_features_in_), length or "frames")
    if n_dim == 4:
        sizes = (2, 3, shape[0], example)
        return Input("slices", ("batch", "slices", *shape), sizes, first)
    return Input("spectrogram", ("batch", *shape), (2, shape[0], example), first)


def _first(model):
    """Return the first step of a model that does something."""
    if isinstance(model, Pipeline):
        steps = steps_of(model)
        return _first(steps[0][1]) if steps else model
    if isinstance(model, HybridClassifier):
        made = (model.image_, model.table_)
        return next((_first(one) for one in made if one is not None), model)
    return model


def _waveform(model, first, n_samples):
    """Return the input of a model of audio."""
    length = None
    if first.duration is not None and first.n_excerpts is None:
        length = round(first.duration * first._rate())
    nets = any(isinstance(one, NeuralEstimator) for one in estimators_in(model))
    seconds = _SECONDS if nets else _FEW_SECONDS
    example = length or n_samples or seconds * first._rate()
    length = _agreed(length, n_samples, "the duration of the front end is")
    return Input("waveform", ("batch", length or "samples"), (2, example), first)


def _table(first, n_samples):
    """Return the input of a model of rows, of features or of samples."""
    n_columns = getattr(first, "n_features_in_", None)
    # clips of samples that were given as a list may have any length
    example = n_columns or n_samples or _SECONDS * 22050
    length = _agreed(n_columns, n_samples, "the rows of X are")
    return Input("features", ("batch", length or "samples"), (2, example), first)


def _agreed(own, asked, who):
    """Return the length of a model, or that asked for, unless they differ."""
    if own is not None and asked not in (None, own):
        raise ValueError(
            f"n_frames must be None or {own}, as {who} {own} long, got {asked}."
        )
    return asked if own is None else own


def _fixed_frames(step):
    """Return the only number of frames that a network takes, if there is only one."""
    if isinstance(step, NeuralEstimator) and step._fixed_frames:
        window = step._spec.window
        return None if window else int(step._spec.n_frames)
    return None


def _n_dim(model):
    """Return the number of axes of X."""
    if isinstance(model, Pipeline):
        kinds = [_n_dim(step) for _, step in steps_of(model)]
        return next((n for n in kinds if n is not None), 3)
    if isinstance(model, NeuralEstimator):
        return model.n_dim_in_
    if isinstance(model, SliceVotingClassifier):
        inner = _n_dim(model.estimator_)
        return 2 if inner == 2 else 4
    if isinstance(model, Slicer | FixedLength):
        return 3 if model._has_bands else 2
    if isinstance(model, SummaryStats | TextureStats):
        return 3
    # these change no axes: what follows them tells
    return None if isinstance(model, BandScaler | Resize) else 2


def _longest(model):
    """Return a number of frames that every part of a model can take."""
    known = [getattr(one, "n_frames_in_", 0) for one in estimators_in(model)]
    return int(np.max([*known, 0])) + 3 if any(known) else _FRAMES


def check_lengths(model, taken):
    """Raise a ValueError if a step needs a length that the graph does not fix.

    Parameters
    ----------
    model : estimator
    taken : Input
    """
    fixed = not isinstance(taken.shape[-1], str)
    for step in estimators_in(model):
        cut = isinstance(step, Slicer) and step.slice_length is not None
        fixed = fixed or cut or isinstance(step, FixedLength)
        if not fixed and (who := _needs_one_length(step)):
            raise ValueError(
                f"{who} needs clips of one length in ONNX: give n_frames (samples, if "
                "the model takes audio)."
            )


def _needs_one_length(step):
    """Return the name of a step that cannot take clips of any length, else None."""
    if isinstance(step, Resize) and step.shape[1] is not None:
        return f"Resize(shape={step.shape!r})"
    # codes and tables are of one frame, however long the clip is
    if isinstance(step, NeuralEstimator) and step.n_frames_in_ > 1:
        name = type(step).__name__
        return name if step._fixed_frames and not step._spec.window else None
    return None
