"""What in its input spoke for an answer of a network."""

import functools

import numpy as np

from ..parameters import Integer
from ._networks import clips_of, neural_estimator


def integrated_gradients(model, X, *, label=None, n_steps=32):
    """Attribute the answer of a network to the values of its input.

    Every value of a clip gets the part that it had in the step from a clip without
    features (the mean of each band in the training) to this one.

    Parameters
    ----------
    model : NeuralClassifier or Pipeline that ends in one
        Fitted.
    X : array-like
        As for the model's ``predict``.
    label : str or int or None, default=None
        A genre or tag, as in ``classes_``. None: for each clip the most probable one.
    n_steps : int, default=32
        Steps of the integral, >= 1. More are slower and more exact.

    Returns
    -------
    attributions : ndarray of shape (n, n_bands, n_frames), \
(n, n_slices, n_bands, n_frames) or (n, n_features), float64
        As the X of the network. Positive values spoke for the label. Those of a clip
        add up to the difference, between the clip and the mean of the training, of the
        label's logit: for tags the log odds, for genres less the mean of all logits.
        Of slices, and of windows of ``augment.crop`` frames, it is the mean of theirs.

    Raises
    ------
    ValueError
        If there is no such label, or the network takes more than one input.
    TypeError
        If the model is not a network of this package, or no classifier.

    Notes
    -----
    Networks with ``standardize=False`` know no means; a clip of zeros takes their place
    there.

    References
    ----------
    M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks",
    ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.inspection import integrated_gradients
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 20))
    >>> cnn = CNNClassifier(n_filters=(6,), max_epochs=1).fit(X, ["dub", "polka"] * 4)
    >>> integrated_gradients(cnn, X, label="polka").shape
    (8, 16, 20)
    """
    Integer(low=1).check_value("integrated_gradients: n_steps", n_steps)
    estimator, clips = _classifier(model), clips_of(model, X)
    column = _columns(estimator, clips, label)
    out = np.zeros(clips.X.shape)
    parts = _parts(estimator, clips, column, n_steps)
    for k, part in enumerate(parts):
        clip, window = divmod(k, clips.n_windows)
        rows, number = divmod(window, len(clips.starts))
        place = out[clip, rows] if out.ndim == 4 else out[clip]
        start = clips.starts[number]
        place[:, start : start + clips.window] += part / clips.n_windows
    return out[:, :, 0] if estimator.n_dim_in_ == 2 else out


def _classifier(model):
    """Return the classifier, if it is one whose only input is X."""
    estimator = neural_estimator(model)
    name = type(estimator).__name__
    if not hasattr(estimator, "classes_"):
        raise TypeError(f"{name} has no genres or tags to attribute.")
    if tuple(estimator.net_.inputs) != ("X",):
        raise ValueError(
            f"{name} takes {', '.join(estimator.net_.inputs)}: only networks whose one "
            "input is the clip have attributions."
        )
    return estimator


def _columns(estimator, clips, label):
    """Return the column of the label of each clip."""
    if label is None:
        proba = estimator.net_.predict_proba(clips)
        return proba.reshape(len(clips.X), clips.n_windows, -1).mean(1).argmax(1)
    found = np.flatnonzero(estimator.classes_ == label)
    if not len(found):
        known = ", ".join(map(repr, estimator.classes_.tolist()))
        raise ValueError(
            f"integrated_gradients: label must be one of {known}, got {label!r}."
        )
    return np.full(len(clips.X), found[0])


def _parts(estimator, clips, column, n_steps):
    """Yield the attributions of each window: (n_bands, window)."""
    import torch

    net, module, done = estimator.net_, estimator.module_.eval(), 0
    centered = not estimator.multilabel_
    for batch, _ in net.get_iterator(clips, training=False):
        X = batch["X"].to(net.device, net.dtype)
        windows = np.arange(done, done := done + len(X))
        labels = torch.from_numpy(column[windows // clips.n_windows]).to(net.device)
        logit = functools.partial(_logit, module, labels=labels, centered=centered)
        # cuDNN has no gradients of recurrent layers outside training
        with torch.backends.cudnn.flags(enabled=False), torch.enable_grad():
            part = _integral(logit, X, module.mean.to(X), n_steps)
        yield from part.double().cpu().numpy()


def _logit(module, X, *, labels, centered):
    """Return the logits of the labels of a batch."""
    logits = module(X)
    logits = logits[0] if isinstance(logits, tuple) else logits
    if centered:
        logits = logits - logits.mean(dim=1, keepdim=True)
    return logits.gather(1, labels[:, None])


def _integral(logit, X, start, n_steps):
    """Integrate gradients along the line from a clip without features to X."""
    import torch

    total = torch.zeros_like(X)
    for step in range(n_steps):
        at = start + (step + 0.5) / n_steps * (X - start)
        at = at.detach().requires_grad_()
        total += torch.autograd.grad(logit(at).sum(), at)[0]
    return total / n_steps * (X - start)
