"""What each step of a model is in torch: a module from its input to its output."""

import numpy as np
from scipy.fft import dct
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from ..discriminant import ShrinkageDiscriminantAnalysis
from ..embedding import (
    HOP,
    N_FFT,
    N_MELS,
    RATE,
    SHORTEST,
    SILENT,
    WINDOW,
    MusicnnEmbedding,
    MusicnnSpectrogram,
    hop_frames,
)
from ..evaluation import OpenSetClassifier
from ..features import (
    MFCC,
    BandScaler,
    FixedLength,
    MelSpectrogram,
    Resize,
    Spectrogram,
    SummaryStats,
    TextureStats,
    Waveform,
)
from ..neural import (
    Autoencoder,
    HybridClassifier,
    NeuralClassifier,
    SampleCNNClassifier,
    musicnn_network,
)
from ..pretrained import TagProbabilities
from ..slicing import Slicer, SliceVotingClassifier
from . import _answers as answers
from . import _frames as frames
from ._texture import Texture


def module_of(step, where):
    """Return a fitted step, or a whole Pipeline, as a torch module.

    Parameters
    ----------
    step : estimator
    where : str
        Its place in the model, for messages.

    Returns
    -------
    module : torch.nn.Module
        In evaluation mode, on the CPU, in float32.

    Raises
    ------
    ValueError
        If there is no such module; the error names the step.
    """
    convert = _CONVERTERS.get(type(step))
    if convert is None and isinstance(step, NeuralClassifier):
        convert = _network
    if convert is None:
        found = hasattr(step, "best_estimator_")
        advice = "Export its best_estimator_." if found else _ADVICE
        raise ValueError(
            f"{where}: {type(step).__name__} has no form in ONNX here. {advice}"
        )
    return convert(step, where).eval()


_ADVICE = (
    "Export the steps behind it (model[k:]) and compute its output by "
    "model[:k].transform; or, if it is a classifier of scikit-learn, the steps before "
    "it (model[:-1]), and convert it by the package skl2onnx."
)


def _refuse(where, step, what, advice):
    """Raise the error of a step with a setting that has no form in ONNX."""
    name = type(step).__name__
    raise ValueError(f"{where}: {name} with {what} has no form in ONNX here. {advice}")


def steps_of(pipeline):
    """Return (name, step) of the steps of a Pipeline that do something."""
    kept = (pair for pair in pipeline.steps if pair[1] not in (None, "passthrough"))
    return list(kept)


def _pipeline(pipeline, where):
    parts = [module_of(step, f"{where}.{name}") for name, step in steps_of(pipeline)]
    return nn.Sequential(*parts)


def _unchanged(step, where):
    return nn.Identity()


# -- from audio -----------------------------------------------------------------------
def _spectrum(step):
    """Return the powers, or mel bands, of a transformer of spectrograms."""
    import librosa

    how = step._stft()
    padding = "constant" if how.pop("center") else None
    mel = step._mel()
    filters = None if mel is None else librosa.filters.mel(**mel)
    return frames.Spectrum(
        **how, padding=padding, exponent=step._exponent(), filters=filters
    )


def _spectrogram(step, where):
    return nn.Sequential(_spectrum(step), frames.Loudness(**step._loudness()))


def _mfcc(step, where):
    if step.deltas:
        _refuse(where, step, f"deltas={step.deltas}", "Train with deltas=0.")
    matrix = dct(np.eye(step.n_mels), axis=0, norm="ortho")[: step.n_mfcc]
    if step.lifter > 0:
        rising = np.sin(np.pi * np.arange(1, step.n_mfcc + 1) / step.lifter)
        matrix = matrix * (1 + step.lifter / 2 * rising)[:, None]
    return nn.Sequential(_spectrogram(step, where), frames.Bands(matrix))


def _musicnn_spectrogram(step, where):
    import librosa

    spectrum = frames.Spectrum(
        n_fft=N_FFT,
        hop_length=HOP,
        win_length=None,
        padding="reflect",
        filters=librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=N_MELS),
    )
    parts = [spectrum, frames.MusicnnScale()]
    if step.normalize == "peak":
        parts.insert(0, frames.EqualPeak(SILENT))
    return nn.Sequential(*parts)


def _musicnn_embedding(step, where):
    network = musicnn_network(step.model, "cpu")
    return nn.Sequential(
        frames.Repeated(SHORTEST),
        _musicnn_spectrogram(step, where),
        frames.Slices(WINDOW, hop=hop_frames(step.hop), n_slices=None, short="raise"),
        answers.Embedding(network, step._layers(), step.pooling),
    )


# -- from frames ----------------------------------------------------------------------
def _band_scaler(step, where):
    mean = step.mean_ if step.with_mean else None
    return frames.Scale(mean, step.scale_, by_band=True)


def _standard_scaler(step, where):
    return frames.Scale(step.mean_, step.scale_, by_band=False)


def _fixed_length(step, where):
    return frames.Length(
        int(step.n_frames),
        align=step.align,
        repeat=step.mode == "repeat",
        fill_value=step.fill_value,
    )


def _slicer(step, where):
    width = None if step.slice_length is None else step._frames("slice_length")
    hop = width if step.hop_length is None else step._frames("hop_length")
    return frames.Slices(width, hop=hop, n_slices=step.n_slices, short=step.short)


def _resize(step, where):
    parts = []
    for axis, n_new in zip((-2, -1), step.shape, strict=True):
        shape = [None, None]
        shape[axis] = n_new
        resize = Resize(shape=tuple(shape), mode=step.mode).transform
        mean = step.mode == "area"
        if n_new is not None:
            part = frames.Resized(int(n_new), axis=axis, resize=resize, mean=mean)
            parts.append(part)
    return nn.Sequential(*parts)


def _summary(step, where):
    for name in step.stats:
        if name not in frames.SUMMARIES:
            known = f"Train with some of {[*frames.SUMMARIES]}."
            _refuse(where, step, f"stats={step.stats!r}", known)
    return frames.Summary(step.stats)


def _texture(step, where):
    return Texture(step.stats)


def _columns(step, where):
    chosen, n_columns = [], step.n_features_in_
    for name, part, columns in step.transformers_:
        if part == "drop":
            continue
        identity = part == "passthrough" or getattr(part, "func", part) is None
        if not identity:
            what = f"the transformer {name!r}"
            _refuse(where, step, what, 'It may only choose columns, by "passthrough".')
        chosen += np.arange(n_columns)[columns].tolist()
    return answers.Columns(chosen)


# -- classifiers ----------------------------------------------------------------------
def _network(step, where):
    return answers.Network(
        step.module_,
        n_frames=int(step.n_frames_in_),
        window=step._spec.window,
        table_as_channel=isinstance(step, SampleCNNClassifier),
        voting=step.voting,
        multilabel=step.multilabel_,
    )


def _hybrid(step, where):
    image, table = (
        nn.Identity() if part is None else module_of(part, f"{where}.{name}")
        for name, part in (("image", step.image_), ("table", step.table_))
    )
    return answers.TwoInputs(image, table, _network(step, where))


def _autoencoder(step, where):
    return answers.Codes(step.module_, int(step.n_frames_in_))


def _linear(step, where):
    return answers.Linear(step.coef_, step.intercept_)


def _open_set(step, where):
    inner = module_of(step.estimator_, f"{where}.estimator")
    return nn.Sequential(inner, answers.Tempered(step.temperature_))


def _slice_voting(step, where):
    inner = module_of(step.estimator_, f"{where}.estimator")
    return answers.SliceVotes(
        inner, answers.Vote(step.voting, multilabel=step.multilabel_)
    )


def _average(step, where):
    if step.voting != "soft":
        _refuse(where, step, f"voting={step.voting!r}", 'Train with voting="soft".')
    pairs = zip(step.named_estimators_.items(), step.estimators_, strict=True)
    inner = [module_of(one, f"{where}.{name}") for (name, _), one in pairs]
    weights = [1.0] * len(inner) if step.weights is None else step.weights
    return answers.Average(inner, weights)


_CONVERTERS = {
    Pipeline: _pipeline,
    Waveform: _unchanged,
    Spectrogram: _spectrogram,
    MelSpectrogram: _spectrogram,
    MFCC: _mfcc,
    MusicnnSpectrogram: _musicnn_spectrogram,
    MusicnnEmbedding: _musicnn_embedding,
    BandScaler: _band_scaler,
    FixedLength: _fixed_length,
    Slicer: _slicer,
    Resize: _resize,
    SummaryStats: _summary,
    TextureStats: _texture,
    StandardScaler: _standard_scaler,
    ColumnTransformer: _columns,
    Autoencoder: _autoencoder,
    HybridClassifier: _hybrid,
    LogisticRegression: _linear,
    ShrinkageDiscriminantAnalysis: _linear,
    OpenSetClassifier: _open_set,
    SliceVotingClassifier: _slice_voting,
    TagProbabilities: _unchanged,
    VotingClassifier: _average,
}
