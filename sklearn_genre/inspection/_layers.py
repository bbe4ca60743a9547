"""Layers of networks: their weights, and the clips that they answer to."""

import numbers

import numpy as np
from sklearn.utils import Bunch

from ..parameters import Integer
from ._networks import layer_maps, layer_of, layer_shapes, neural_estimator


def layer_table(model, X):
    """List the layers of a fitted network, the shapes between them and their weights.

    Parameters
    ----------
    model : NeuralEstimator or Pipeline that ends in one
        Fitted.
    X : array-like
        As for the model's ``predict``. The first clip goes through the network.

    Returns
    -------
    layers : Bunch
        Arrays of shape (n_layers,), in the order in which the layers are used, so that
        ``pandas.DataFrame(layers)`` is the table:

        - ``layer``: the name in ``module_``;
        - ``kind``: the class of torch, such as "Conv2d";
        - ``output``: the shape of the output for one clip, slice or window, as text;
        - ``n_weights``: the number of weights.

    Raises
    ------
    ValueError
        If the network was compiled.

    See Also
    --------
    layer_weights : The weights of one layer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.inspection import layer_table
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 20))
    >>> cnn = CNNClassifier(n_filters=(6, 4), kernel_size=5, max_epochs=1)
    >>> layers = layer_table(cnn.fit(X, np.arange(8) % 2), X)
    >>> first = layers.kind.tolist().index("Conv2d")
    >>> print(layers.output[first], layers.n_weights[first])
    6 x 16 x 20 156
    """
    rows = layer_shapes(model, X[:1])
    return Bunch(
        layer=np.array([name for name, _, _ in rows]),
        kind=np.array([_kind(part) for _, part, _ in rows]),
        output=np.array([" x ".join(map(str, shape)) for _, _, shape in rows]),
        n_weights=np.array(
            [sum(w.numel() for w in part.parameters()) for _, part, _ in rows]
        ),
    )


def _kind(part):
    """Return the name of a module's class in torch, or of its own if it has none."""
    classes = [c for c in type(part).__mro__ if c.__module__.startswith("torch.nn.")]
    # the last ones are torch's bases of all modules
    known = [c for c in classes if not c.__name__.startswith(("_", "Module"))]
    return (known or [type(part)])[0].__name__


def layer_weights(model, *, layer=0):
    """Return the weights of one layer of a fitted network.

    Parameters
    ----------
    model : NeuralEstimator or Pipeline that ends in one
        Fitted.
    layer : int or str, default=0
        Number of the layer among the convolutions and fully connected layers, in
        the order of the network (0 is the first, -1 the output), or its name in
        ``module_.network``, such as "features.2.body.0".

    Returns
    -------
    weights : ndarray of shape (n_filters, n_inputs, bands, frames), \
(n_filters, n_inputs, frames), (n_units, n_bands, n_frames) or (n_units, n_inputs)
        For a 2-D convolution, a 1-D convolution, a layer fully connected to the
        input, and any other fully connected layer. With ``standardize=True`` they
        apply to standardized X.

    Raises
    ------
    ValueError
        If there is no such layer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.inspection import layer_weights
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 20))
    >>> cnn = CNNClassifier(n_filters=(6, 4), kernel_size=5, max_epochs=1)
    >>> layer_weights(cnn.fit(X, np.arange(8) % 2)).shape
    (6, 1, 5, 5)
    """
    estimator = neural_estimator(model)
    weights = layer_of(estimator, layer).weight.detach().cpu().numpy().copy()
    shape = (estimator._spec.n_bands, estimator._spec.n_frames)
    if weights.ndim == 2 and weights.shape[1] == np.prod(shape):
        return weights.reshape(-1, *shape)
    return weights


def filter_responses(model, X, *, layer=0):
    """Measure how strongly each clip activates each filter of a layer.

    Parameters
    ----------
    model : NeuralEstimator or Pipeline that ends in one
        Fitted.
    X : array-like
        As for the model's ``predict``.
    layer : int or str, default=0
        As for :func:`layer_weights`.

    Returns
    -------
    responses : ndarray of shape (n, n_filters)
        The highest output of each filter anywhere in the clip, before normalization
        and activation.

    Raises
    ------
    ValueError
        If there is no such layer, or the network was compiled.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.inspection import filter_responses
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 20))
    >>> cnn = CNNClassifier(n_filters=(6, 4), max_epochs=1)
    >>> filter_responses(cnn.fit(X, np.arange(8) % 2), X, layer=1).shape
    (8, 4)
    """
    n_windows, outputs = layer_maps(model, X, layer)
    peaks = [maps.reshape(*maps.shape[:2], -1).max(axis=2) for maps in outputs]
    peaks = np.concatenate(peaks)
    return peaks.reshape(-1, n_windows, peaks.shape[1]).max(axis=1)


def top_clips(model, X, index, *, layer=0, n_clips=10):
    """Find the clips that activate one filter most, and where they do.

    Parameters
    ----------
    model : NeuralEstimator or Pipeline that ends in one
        Fitted.
    X : array-like
        As for the model's ``predict``.
    index : int
        Number of the filter in its layer.
    layer : int or str, default=0
        As for :func:`layer_weights`.
    n_clips : int, default=10
        Number of clips, >= 1; all if there are fewer.

    Returns
    -------
    top : Bunch
        Arrays of shape (n_clips,), the highest response first:

        - ``clip``: row of X;
        - ``response``: as :func:`filter_responses`;
        - ``window``: which slice of the clip, or which window of ``augment.crop``
          frames;
        - ``frame``: which frame of that slice or window was in the middle of what
          the filter saw, to within the stride of the layer.

    Raises
    ------
    ValueError
        If there is no such layer or filter, or the network was compiled.

    References
    ----------
    S. Dieleman, "Recommending music on Spotify with deep learning", 2014, shows
    playlists of the songs that activate a filter most.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CNNClassifier
    >>> from sklearn_genre.inspection import top_clips
    >>> X = np.random.default_rng(0).normal(size=(8, 16, 20))
    >>> cnn = CNNClassifier(n_filters=(6, 4), max_epochs=1)
    >>> top = top_clips(cnn.fit(X, np.arange(8) % 2), X, 2, n_clips=3)
    >>> top.clip.shape, top.frame.shape
    ((3,), (3,))
    """
    Integer(low=1).check_value("top_clips: n_clips", n_clips)
    n_windows, outputs = layer_maps(model, X, layer)
    over_time = np.concatenate([_over_time(maps, index) for maps in outputs])
    peaks = over_time.max(axis=1).reshape(-1, n_windows)
    frames = (over_time.argmax(axis=1) + 0.5) / over_time.shape[1]
    best = np.argsort(-peaks.max(axis=1), kind="stable")[:n_clips]
    window = peaks[best].argmax(axis=1)
    n_frames = neural_estimator(model)._spec.n_frames
    place = frames.reshape(peaks.shape)[best, window] * n_frames
    return Bunch(
        clip=best,
        response=peaks[best, window],
        window=window,
        frame=place.astype(int),
    )


def _over_time(maps, index):
    """Return the output of a filter over time, highest over bands: (n, steps)."""
    n_filters = maps.shape[1]
    if not isinstance(index, numbers.Integral) or not 0 <= index < n_filters:
        raise ValueError(
            f"top_clips: index must be the number of a filter, 0 to {n_filters - 1}, "
            f"got {index!r}."
        )
    steps = maps.shape[-1] if maps.ndim > 2 else 1
    return maps[:, index].reshape(len(maps), -1, steps).max(axis=1)
