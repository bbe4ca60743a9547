"""From a fitted model to a file of ONNX."""

import io
import json
import numbers
import os
import warnings

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from .. import __version__
from .._utils.files import replacing
from ..parameters import Integer

# the first with a Fourier transform, and old enough for every runtime
_OPSET = 17
_PLAIN = (str, bool, numbers.Number, type(None))
# parameters of a front end that are not about the features
_ASIDE = ("cache", "device", "n_jobs", "sample_rate", "verbose")


def export_onnx(model, path, *, n_frames=None, card=""):
    """Export a fitted model as an ONNX file, which runs without this package.

    The graph holds everything from its input to the probabilities: where the front end
    allows it, spectrogram, slices, standardization, network and vote. Programs in any
    language run it by ONNX Runtime or another runtime.

    Parameters
    ----------
    model : estimator
        Fitted: a neural classifier of this package, or a Pipeline of parts that have a
        form in ONNX; see Notes.
    path : path-like
        Where to save it, by custom ``name.onnx``. An older file stays until the new one
        is whole.
    n_frames : int or None, default=None
        Length of the clips that the graph takes, >= 1: samples if the model takes
        audio, else frames. None: that of the model if it has only one, else any.
    card : str, default=""
        What others should know: data, split, score, date. Kept in the file.

    Raises
    ------
    ImportError
        If the package onnx is not installed.
    NotFittedError
        If the model is not fitted.
    OSError
        If the file cannot be written; an older one stays.
    TypeError
        If an argument is not of the kind described.
    ValueError
        If a step has no form in ONNX; the error names it and says what to do. Also if
        ``n_frames`` is not the length that the model takes.

    See Also
    --------
    save_model : Saves a model for Python.

    Notes
    -----
    The input is float32 and one of these, any number of clips at a time:

    - "waveform", of shape (batch, samples): mono, at the rate that the front end
      resamples to; decoding, resampling, ``offset``, ``duration`` and ``n_excerpts``
      are left to the caller;
    - "spectrogram", of shape (batch, bands, frames), or "slices", of shape (batch,
      slices, bands, frames), if the model takes these;
    - "features", of shape (batch, columns), for models of tables.

    The output is "probabilities", of shape (batch, outputs), in the order of
    ``classes_``; of a Pipeline that ends in a transformer, "features". Both differ from
    the model's by rounding, below 1e-4. A network that computes in bfloat16 or float64
    is exported in float32.

    The metadata of the file are "classes" (a JSON list), "multilabel", "input_shape",
    "sample_rate" and "front_end" (its parameters) for audio, "sklearn_genre" (the
    version) and "card".

    Parts with a form in ONNX: all neural classifiers and `Autoencoder`; `Waveform`,
    `Spectrogram`, `MelSpectrogram`, `MFCC` without deltas, `MusicnnSpectrogram`,
    `MusicnnEmbedding`; `Slicer`, `FixedLength`, `BandScaler`, `Resize`, and
    `SummaryStats` of mean, std, min and max, `TextureStats`;
    `ShrinkageDiscriminantAnalysis`, `OpenSetClassifier` (its probabilities),
    `SliceVotingClassifier`; of scikit-learn ``StandardScaler``, ``LogisticRegression``,
    a soft ``VotingClassifier``, and a ``ColumnTransformer`` that chooses columns.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import onnxruntime
    >>> from sklearn_genre import CNNClassifier, export_onnx
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 40)).astype("float32")
    >>> model = CNNClassifier(n_filters=(4,), max_epochs=1).fit(X, [0, 1] * 4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.onnx")
    ...     export_onnx(model, path)
    ...     session = onnxruntime.InferenceSession(path)
    >>> proba, = session.run(None, {"spectrogram": X})
    >>> np.allclose(proba, model.predict_proba(X), atol=1e-4)
    True
    """
    _check_arguments(model, path, n_frames, card)
    _onnx()  # before any work
    with replacing(os.path.realpath(path)) as file:
        file.write(_packed(model, n_frames, card))


def _check_arguments(model, path, n_frames, card):
    """Raise unless the model is fitted and the others are of their kinds."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a path, got {type(path).__name__}.")
    if not isinstance(card, str):
        raise TypeError(f"card must be text, got {type(card).__name__}.")
    Integer(low=1, none=True).check_value("n_frames", n_frames)
    if not hasattr(model, "get_params") or isinstance(model, type):
        raise TypeError(f"model must be an estimator, got {model!r}.")
    check_is_fitted(model)


def _onnx():
    """Return the package onnx."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "export_onnx needs onnx: pip install 'sklearn-genre[onnx]'"
        ) from error
    return onnx


def _packed(model, n_frames, card):
    """Return the bytes of a model's file."""
    from ._input import check_lengths, input_of
    from ._steps import module_of

    onnx = _onnx()
    module = module_of(model, type(model).__name__)
    taken = input_of(model, n_frames)
    check_lengths(model, taken)
    graph = onnx.load_from_string(_traced(module, taken, _output(model)))
    onnx.helper.set_model_props(graph, _about(model, taken, card))
    graph.producer_name, graph.producer_version = "sklearn_genre", __version__
    onnx.checker.check_model(graph, full_check=True)
    return graph.SerializeToString()


def _output(model):
    """Return the name of the output."""
    return "probabilities" if is_classifier(model) else "features"


def _traced(module, taken, output):
    """Return the graph of a module, as torch writes it."""
    import torch

    content = io.BytesIO()
    generator = torch.Generator().manual_seed(0)
    example = 0.1 * torch.randn(taken.example, generator=generator)
    with warnings.catch_warnings(), torch.no_grad():
        # This exporter is deprecated, but the new one takes twenty times as long, and
        # recurrent layers for clips of one length only. What it warns of otherwise is
        # what the tests of all networks, lengths and batches look at.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example,),
            content,
            dynamo=False,
            opset_version=_OPSET,
            input_names=[taken.name],
            output_names=[output],
            dynamic_axes={taken.name: taken.dynamic, output: {0: "batch"}},
        )
    return content.getvalue()


def _about(model, taken, card):
    """Return the metadata of a file: text by name."""
    about = {"sklearn_genre": __version__, "input_shape": json.dumps(taken.shape)}
    if taken.rate is not None:
        about["sample_rate"] = str(taken.rate)
        about["front_end"] = json.dumps(_described(taken.first))
    if is_classifier(model):
        classes = np.asarray(model.classes_).tolist()
        about["classes"] = json.dumps(classes, default=str)
        about["multilabel"] = json.dumps(bool(_multilabel(model)))
    return about | ({"card": card} if card else {})


def _described(step):
    """Return the class of a front end, and its parameters that make the features."""
    params = step.get_params(deep=False).items()
    kept = {k: v for k, v in params if k not in _ASIDE and isinstance(v, _PLAIN)}
    return {"class": type(step).__name__} | kept


def _multilabel(model):
    """Return whether the outputs are tags."""
    last = model[-1] if hasattr(model, "steps") else model
    return getattr(last, "multilabel_", False)
