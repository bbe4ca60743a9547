"""Embeddings by a function of the user's."""

import functools

import numpy as np

from .._utils.code import code_of
from .._utils.text import short
from ..audio import HIGHEST_RATE
from ..parameters import REQUIRED, Integer, Real, Rule
from ._windows import WindowEmbedding


class _Function(Rule):
    """What can be called."""

    type = "callable"
    words = "a function"

    def accepts(self, value, owner):
        return callable(value)


class EmbeddingTransformer(WindowEmbedding):
    """Features of a clip from any network, given as a function.

    The clip is decoded, resampled and cut into windows; a function gets some of them at
    a time and returns a row of features for each; the rows are pooled over the clip.
    Nothing is learned in ``fit``.

    See Also
    --------
    HuggingFaceEmbedding : Networks that transformers knows, by their name.
    MusicnnEmbedding : A network that comes with the package.

    Notes
    -----
    The function takes an array of shape (n_windows, n_samples), float32, and returns
    one of shape (n_windows, n_features), or (n_windows, n_features, n_frames): time is
    the last axis. It must give the same for the same windows, whatever else is in the
    batch. Write it into a module, and let it load its network when it is first called,
    as "Any other network" in the user guide shows with OpenL3, PANNs, CLAP and MuQ. A
    lambda or a function within a function works as well, but cannot be pickled: the
    fitted pipeline cannot be saved, nor sent to other processes.

    With ``cache``, entries belong to the content of the file in which the function is,
    and to the arguments that ``functools.partial`` binds, which have to be strings,
    numbers or None. The cache knows nothing of weights that the function reads, nor of
    other files that it imports: bind the version or path of the weights as an argument,
    or take another folder when they change. Functions in no file, such as those of a
    notebook, lambdas, methods and objects are refused, as their changes would go
    unnoticed.

    ``transform`` returns an array of shape (n, n_features), float32; with
    ``pooling=None`` of shape (n, n_features, n_windows), or a 1-D object array of
    arrays for clips of unequal length.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import EmbeddingTransformer
    >>> def level_and_crest(windows):
    ...     level = np.sqrt(np.mean(windows**2, axis=1))
    ...     return np.stack([level, np.abs(windows).max(axis=1) / level], axis=1)
    >>> embedding = EmbeddingTransformer(level_and_crest, 16000, window=1.0)
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 6 * 16000)
    >>> embedding.fit_transform([noise]).round(2)
    array([[0.06, 1.73]], dtype=float32)
    >>> embedding.set_params(pooling=None).fit_transform([noise]).shape
    (1, 2, 6)
    """

    _parameters = {
        "function": _Function(REQUIRED, "The network; see Notes."),
        "sample_rate": Integer(
            REQUIRED,
            "Rate in Hz at which the function takes windows. Every clip is resampled "
            "to it, and arrays without a rate are taken to have it.",
            low=1,
            high=HIGHEST_RATE,
        ),
        "window": Real(
            None,
            "Length of a window in seconds. Clips that are shorter are repeated. None: "
            "the function gets whole clips, one at a time.",
            low=0.001,
            high=3600,
            none=True,
        ),
    }

    def _check_params(self):
        super()._check_params()
        if self.window is None and self.hop is not None:
            raise ValueError(
                f"{type(self).__name__}: hop={self.hop!r} needs a window, its length "
                "in seconds."
            )

    def _network(self):
        return functools.partial(call, self.function)

    def _prefix(self):
        function = self.function
        while isinstance(function, functools.partial):
            function = function.func
        return getattr(function, "__name__", type(function).__name__.lower())

    def _depends_on(self):
        return code_of(self.function, type(self).__name__)


def call(function, windows):
    """Call a function of the user's, and check what it returns.

    Returns
    -------
    found : ndarray of shape (n_windows, n_features[, n_frames]), float32

    Raises
    ------
    ValueError
        If it returns anything else.
    """
    n_windows = len(windows)
    found = _as_array(function(windows))
    if found.ndim not in (2, 3) or len(found) != n_windows or found.size == 0:
        raise ValueError(
            "EmbeddingTransformer: function must return an array of shape (n_windows, "
            "n_features) or (n_windows, n_features, n_frames) for windows of shape "
            f"{windows.shape}, got {found.shape}."
        )
    bad = ~np.isfinite(found.reshape(n_windows, -1)).all(axis=1)
    if bad.any():
        raise ValueError(
            "EmbeddingTransformer: function returned NaN, infinities or what is beyond "
            f"float32 for {bad.sum()} of {n_windows} windows. Windows may be silent: "
            "let it add a small number before a logarithm or a division."
        )
    return found


def _as_array(found):
    """Return what a function returned as an array of float32."""
    try:
        array = np.asarray(found)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"dtype {array.dtype}")
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            "EmbeddingTransformer: function must return an array of real numbers, got "
            f"{short(found)} ({error}). Of a torch tensor return "
            "tensor.detach().cpu().numpy()."
        ) from error
    with np.errstate(over="ignore"):  # refused above, with a message of its own
        return array.astype(np.float32, copy=False)
