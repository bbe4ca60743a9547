"""Fitted networks: the estimator in a Pipeline, its layers and their outputs."""

import numbers

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._utils.nested import estimators_in

_COMPILED = "The layers of a compiled network give no outputs; fit with compile=False."


def neural_estimator(model):
    """Return the fitted neural estimator at the end of a Pipeline, or the model."""
    from ..neural import NeuralEstimator

    last = model[-1] if isinstance(model, Pipeline) else model
    if not isinstance(last, NeuralEstimator):
        raise TypeError(
            f"{type(last).__name__} is not a neural estimator of this package, nor a "
            "Pipeline that ends in one."
        )
    check_is_fitted(last)
    return last


def networks_in(model):
    """Return the fitted neural estimators of a model, wherever they are in it.

    Raises
    ------
    TypeError
        If there is none.
    NotFittedError
        If the model is one that is not fitted, or ends in one.
    """
    from ..neural import NeuralEstimator

    # beside what is fitted, models keep what they were made of, and hold some twice
    found = {
        id(part): part
        for part in estimators_in(model)
        if isinstance(part, NeuralEstimator) and hasattr(part, "history_")
    }
    return list(found.values()) or [neural_estimator(model)]


def layer_of(estimator, layer):
    """Return a layer with weights, by number or name."""
    from torch import nn

    named = dict(estimator.module_.network.named_modules())
    kinds = (nn.Conv1d, nn.Conv2d, nn.Linear)
    known = {name: part for name, part in named.items() if isinstance(part, kinds)}
    if isinstance(layer, numbers.Integral) and -len(known) <= layer < len(known):
        return list(known.values())[layer]
    if isinstance(layer, str) and layer in known:
        return known[layer]
    raise ValueError(
        f"layer must be a number below {len(known)} or one of "
        f"{', '.join(map(repr, known))}, got {layer!r}."
    )


def clips_of(model, X):
    """Return X as the network at the end of a Pipeline sees it: a ClipDataset."""
    estimator = neural_estimator(model)
    if isinstance(model, Pipeline) and len(model) > 1:
        X = model[:-1].transform(X)
    return estimator._dataset_class(
        estimator._check_X(X, reset=False), window=estimator._spec.window
    )


def layer_shapes(model, X):
    """Return name, module and shape of the output of each part, in the order of use."""
    from torch import nn

    estimator, clips = neural_estimator(model), clips_of(model, X)
    empty = (nn.Identity, nn.Sequential)  # do nothing, without parts of their own
    seen = []

    def record(name):
        def hook(part, args, out):
            out = out[0] if isinstance(out, tuple) else out  # recurrent: its state too
            seen.append((name, part, tuple(out.shape[1:])))

        return hook

    hooks = [
        part.register_forward_hook(record(name))
        for name, part in estimator.module_.named_modules()
        if not any(part.children()) and not isinstance(part, empty)
    ]
    try:
        estimator.net_.evaluation_step(next(iter(estimator.net_.get_iterator(clips))))
    finally:
        for hook in hooks:
            hook.remove()
    if not seen:
        raise ValueError(_COMPILED)
    return seen


def layer_maps(model, X, layer):
    """Return the windows per clip, and an iterator over a layer's outputs."""
    estimator = neural_estimator(model)
    layer, clips = layer_of(estimator, layer), clips_of(model, X)
    return clips.n_windows, _outputs(estimator.net_, layer, clips)


def _outputs(net, layer, clips):
    """Yield the outputs of a layer for each batch: (n_windows, n_filters, ...)."""
    kept = []
    hook = layer.register_forward_hook(lambda module, args, out: kept.append(out))
    try:
        for batch in net.get_iterator(clips, training=False):
            net.evaluation_step(batch)
            if not kept:
                raise ValueError(_COMPILED)
            yield kept.pop().double().cpu().numpy()
    finally:
        hook.remove()
