"""Fitted networks: the estimator in a Pipeline, its layers and their outputs."""

import numbers

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted


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
                raise ValueError(
                    "The layers of a compiled network give no outputs; fit with "
                    "compile=False."
                )
            yield kept.pop().double().cpu().numpy()
    finally:
        hook.remove()
