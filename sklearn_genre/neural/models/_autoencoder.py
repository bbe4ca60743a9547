"""Autoencoder: network, training and transformer."""

import itertools
import numbers

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted
from torch import nn

from ..._utils.arrays import FLOATS
from ..._utils.checks import check_choice, check_number, check_sizes
from .._augmentation import blend
from .._engine.net import ClipDataset, ClipNet
from .._engine.state import bare_module
from .._engine.targets import without_weightless
from .._estimator import NeuralEstimator
from . import _layers as layers

ACTIVATIONS = {**layers.ACTIVATIONS, "sigmoid": nn.Sigmoid, "identity": nn.Identity}


class AutoencoderNetwork(nn.Module):
    """Fully connected encoder and decoder, and a classifier of the code if wanted.

    Parameters are those of `DeepSoftmaxAutoencoder`, and:

    Parameters
    ----------
    n_bands, n_frames : int
        Shape of one input, which is read as one vector.
    n_outputs : int
        Number of classes or tags; 0 means no classifier.
    """

    def __init__(
        self,
        n_bands,
        n_frames,
        n_outputs,
        *,
        hidden_sizes,
        n_components,
        activation,
        code_activation,
        classifier_sizes=(),
        classifier_activation="tanh",
    ):
        super().__init__()
        sizes = [n_bands * n_frames, *hidden_sizes, n_components]
        self.encoder = dense_stack(sizes, [*activation, code_activation])
        self.decoder = dense_stack(sizes[::-1], [*activation[::-1], "identity"])
        self.classifier = None
        if n_outputs:
            hidden, width = layers.make_hidden(
                n_components,
                classifier_sizes,
                activation=classifier_activation,
                dropout=0.0,
            )
            self.classifier = nn.Sequential(*hidden, nn.Linear(width, n_outputs))

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits, rebuilt X and code.

        Without a classifier the code stands in the place of the logits: what comes
        first is what a prediction gives.
        """
        code = self.encoder(X.flatten(1))
        logits = code if self.classifier is None else self.classifier(code)
        return logits, self.decoder(code).view(X.shape), code


def dense_stack(sizes, activations):
    """Fully connected layers from ``sizes[0]`` to ``sizes[-1]`` units."""
    stack = []
    pairs = itertools.pairwise(sizes)
    for (n_in, n_out), name in zip(pairs, activations, strict=True):
        stack += [nn.Linear(n_in, n_out), ACTIVATIONS[name]()]
    return nn.Sequential(*stack)


class ReconstructionNet(ClipNet):
    """The skorch net of the autoencoders: their loss, their codes.

    The network works on standardized X, and so does the loss.
    """

    gamma = 1.0
    reduction = "mean"

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Squared error and classification loss of a batch, weighted by gamma."""
        logits, rebuilt, _ = y_pred
        loss = self.reconstruction_loss(rebuilt, X)
        if not self.module__n_outputs:
            return loss
        named = super().get_loss(logits, y_true, X, training)
        return self.gamma * loss + (1 - self.gamma) * named

    def reconstruction_loss(self, rebuilt, batch):
        """Mean of the weighted squared errors of the pieces of a batch."""
        module, target = bare_module(self), batch.get("target", batch["X"])
        target = (target.to(rebuilt) - module.mean) / module.scale
        loss = (rebuilt - target).square().flatten(1)
        loss = loss.mean(1) if self.reduction == "mean" else loss.sum(1)
        if "sample_weight" not in batch:
            return loss.mean()
        weight = batch["sample_weight"].to(rebuilt)
        if "mixed" in batch:
            weight = blend(weight, *batch["mixed"])
        return (loss * weight).mean()

    def _augmented(self, clips):
        """Change the input only: what is to be rebuilt is the clip as it was."""
        target = self._to_device(clips["X"])
        clips = super()._augmented(clips)
        if "mixed" in clips:
            target = blend(target, *clips["mixed"])
        clips["target"] = target
        return clips

    def outputs(self, clips):
        """Yield X, logits, rebuilt X and code of each batch of a ClipDataset."""
        for batch in self.get_iterator(clips, training=False):
            # past ClipNet, which keeps the first output only
            yield batch[0]["X"], *super(ClipNet, self).evaluation_step(batch)

    def codes(self, clips):
        """Codes of all pieces: ndarray of shape (n_pieces, n_components)."""
        return np.concatenate([code.cpu().numpy() for *_, code in self.outputs(clips)])

    def errors(self, clips):
        """Mean squared error of each piece, in the square of X's unit."""
        scale = bare_module(self).scale
        parts = []
        for X, _, rebuilt, _ in self.outputs(clips):
            target = (X.to(rebuilt) - bare_module(self).mean) / scale
            error = ((rebuilt - target) * scale).square()
            parts.append(error.flatten(1).mean(1).double().cpu().numpy())
        return np.concatenate(parts)

    @torch.no_grad()
    def decode(self, codes):
        """Yield batches of X, in its own unit, from codes (n_pieces, n_components)."""
        module = bare_module(self).eval()
        shape = (-1, self.module__n_bands, self.module__n_frames)
        for start in range(0, len(codes), self.batch_size):
            part = torch.tensor(codes[start : start + self.batch_size])
            part = part.to(self.device, self.dtype)
            rebuilt = module.network.decoder(part).view(shape)
            yield (rebuilt * module.scale + module.mean).cpu().numpy()


def _gives_a_table(estimator):
    """Whether codes are a 2-D table: not for clips cut into slices."""
    return getattr(estimator, "n_dim_in_", 2) < 4


class CodeMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """What every estimator with an encoder and a decoder can do."""

    _net_class = ReconstructionNet
    _fixed_frames = True

    def transform(self, X):
        """Encode the clips.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, n_bands, n_frames) or \
(n, n_slices, n_bands, n_frames)
            As for ``fit``.

        Returns
        -------
        codes : ndarray of shape (n, n_components) or (n, n_slices, n_components, 1)
            float32 or float64 as X. Slices stay slices, of ``n_components`` bands
            and one frame, on which classifiers train and vote. A table becomes a
            DataFrame after ``set_output(transform="pandas")``; codes of slices stay
            an array.
        """
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        codes = self.net_.codes(ClipDataset(X)).astype(X.dtype, copy=False)
        return codes.reshape(len(X), X.shape[1], -1, 1) if X.ndim == 4 else codes

    def inverse_transform(self, X):
        """Rebuild clips from their codes.

        Parameters
        ----------
        X : array-like of shape (n, n_components) or (n, n_slices, n_components, 1)
            Codes, as ``transform`` gives them; a table is taken after a fit on
            slices, too, and gives one slice per row.

        Returns
        -------
        X_original : ndarray of shape (n, n_features), (n, n_bands, n_frames) or \
(n, n_slices, n_bands, n_frames)
            In the unit of the X of ``fit``: float32 or float64 as the codes.

        Raises
        ------
        ValueError
            If the codes are not of that shape.
        """
        check_is_fitted(self)
        codes = self._check_codes(X)
        flat = codes.reshape(-1, self._n_features_out)
        rebuilt = np.concatenate(list(self.net_.decode(flat)))
        rebuilt = rebuilt.astype(codes.dtype, copy=False)
        if codes.ndim == 4:
            return rebuilt.reshape(*codes.shape[:2], *rebuilt.shape[1:])
        return rebuilt[:, :, 0] if self.n_dim_in_ == 2 else rebuilt

    def _check_codes(self, X):
        """Codes as a finite float array of the shape that transform gives."""
        codes = check_array(X, dtype=FLOATS, allow_nd=True, estimator=self)
        n = self._n_features_out
        last = {2: (n,), 4: (n, 1)}.get(codes.ndim)
        if last is None or codes.shape[-len(last) :] != last:
            raise ValueError(
                f"{type(self).__name__}: codes must be of shape (n, {n}), or (n, "
                f"n_slices, {n}, 1) for slices, got {codes.shape}."
            )
        return codes

    def reconstruction_error(self, X):
        """Mean squared difference of each clip and its reconstruction.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, n_bands, n_frames) or \
(n, n_slices, n_bands, n_frames)
            As for ``fit``.

        Returns
        -------
        error : ndarray of shape (n,), float64
            Mean over all values of the clip, in the square of X's unit, >= 0.
        """
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        return self.net_.errors(ClipDataset(X)).reshape(len(X), -1).mean(axis=1)

    @available_if(_gives_a_table)
    def get_feature_names_out(self, input_features=None):
        """Names of the codes: the class name in lower case and a number.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str objects of shape (n_components,)
        """
        return super().get_feature_names_out(input_features)

    @property
    def _n_features_out(self):
        return self._spec["module_params"]["n_components"]

    def _check_params(self):
        super()._check_params()
        check_sizes(self, "hidden_sizes", empty=True)
        check_number(self, "n_components", kind=numbers.Integral, low=1)
        check_choice(self, "code_activation", tuple(ACTIVATIONS))
        _layer_activations(self)
        if getattr(self.augment, "crop", None):
            raise ValueError(
                f"{type(self).__name__}: augment.crop must be None, got "
                f"{self.augment.crop!r}: an autoencoder rebuilds whole clips. Put "
                "Slicer before it to learn from parts."
            )

    def _network(self):
        return AutoencoderNetwork, dict(
            hidden_sizes=tuple(self.hidden_sizes),
            n_components=self.n_components,
            activation=_layer_activations(self),
            code_activation=self.code_activation,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32", "float64"]
        return tags


def _layer_activations(estimator):
    """Name of the activation of each hidden layer of the encoder.

    Raises
    ------
    ValueError
        For an unknown name, or for other than one name or one per layer.
    """
    value, n_layers = estimator.activation, len(estimator.hidden_sizes)
    listed = isinstance(value, list | tuple)
    names = tuple(value) if listed else (value,) * n_layers
    known = [n for n in (names or (value,)) if isinstance(n, str) and n in ACTIVATIONS]
    if len(names) == n_layers and len(known) == max(n_layers, 1 - listed):
        return names
    raise ValueError(
        f"{type(estimator).__name__}: activation must be one of "
        f"{', '.join(map(repr, ACTIVATIONS))}, or a sequence of {n_layers} of them, "
        f"one per entry of hidden_sizes, got {value!r}."
    )


class Autoencoder(CodeMixin, NeuralEstimator):
    """Fully connected autoencoder: clips to short codes and back, without labels.

    The encoder narrows over ``hidden_sizes`` to a code of ``n_components`` values,
    the decoder is its mirror image, and both learn to rebuild X with the least
    squared error. In a Pipeline the codes are features for any classifier, as those
    of a PCA are, its linear counterpart. The default sizes are those of the public
    code behind the Deep Softmax Autoencoder, 500 samples to 64 and back.

    Parameters
    ----------
    hidden_sizes : sequence of int, default=(256, 192, 128)
        Units of the encoder's hidden layers; the decoder has them in reverse. ()
        makes encoder and decoder one layer each.
    n_components : int, default=64
        Length of the code, >= 1.
    activation : str or sequence of str, default="elu"
        "elu", "gelu", "identity", "relu", "sigmoid" or "tanh": for all hidden
        layers, or one per entry of ``hidden_sizes``. The public code has
        ``("sigmoid", "tanh", "relu")``.
    code_activation : str, default="identity"
        The same choice, for the code. The public code has "relu". The output is
        always linear: the public code ends in a ReLU, which cannot rebuild the
        negative half of a waveform.
    **training
        The parameters of `NeuralEstimator`.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Number of bands.
    n_frames_in_ : int
        Number of frames in ``fit``.
    n_iter_ : int
        Number of epochs trained.

    See Also
    --------
    DeepSoftmaxAutoencoder : Trained together with a classifier of the code.
    sklearn.decomposition.PCA : The best linear code.

    Notes
    -----
    With ``standardize`` the squared error that is minimized is that of standardized
    bands, so that no band counts more because of its unit; ``inverse_transform``
    and ``reconstruction_error`` are in the unit of X.

    Changes by ``augment`` are made to the input only. What is to be rebuilt is the
    clip as it was, as in a denoising autoencoder, and the mixture of two clips where
    mixup mixed them.

    No autoencoder without hidden layers and with linear code has a lower squared
    error on its training data than a PCA with as many components; trained long
    enough it reaches that of the PCA.

    References
    ----------
    Hinton and Salakhutdinov (2006), "Reducing the dimensionality of data with neural
    networks", Science 313.
    Baldi and Hornik (1989), "Neural networks and principal component analysis:
    Learning from examples without local minima", Neural Networks 2.
    Vincent et al. (2008), "Extracting and composing robust features with denoising
    autoencoders", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import Autoencoder
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 20))
    >>> encoder = Autoencoder(hidden_sizes=(16,), n_components=2, random_state=0)
    >>> codes = encoder.fit_transform(X)
    >>> codes.shape, encoder.inverse_transform(codes).shape
    ((200, 2), (200, 20))
    >>> bool(encoder.reconstruction_error(X).mean() < X.var())
    True
    """

    # groups reach the early-stopping split whenever metadata routing is on
    __metadata_request__fit = {"groups": True}

    def __init__(
        self,
        *,
        hidden_sizes=(256, 192, 128),
        n_components=64,
        activation="elu",
        code_activation="identity",
        **training,
    ):
        super().__init__(**training)
        self.hidden_sizes = hidden_sizes
        self.n_components = n_components
        self.activation = activation
        self.code_activation = code_activation

    def fit(self, X, y=None, sample_weight=None, groups=None):
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, n_bands, n_frames) or \
(n, n_slices, n_bands, n_frames)
            Finite floats; np.memmap is read in batches. Each slice is rebuilt by
            itself.
        y : None
            Ignored.
        sample_weight : array-like of shape (n,) or None, default=None
            Non-negative; a clip of weight zero is left out.
        groups : array-like of shape (n,) or None, default=None
            With ``early_stopping``, no group (artist) is on both sides of the
            inner split.

        Returns
        -------
        self : Autoencoder

        Raises
        ------
        ValueError
            If X or a parameter is not as described; it names which.
        KeyboardInterrupt
            If the user interrupts the training: a warning says after how many
            epochs, and the estimator keeps what it has learned.
        """
        new = not (self.warm_start and hasattr(self, "net_"))
        epochs, schedule = self.max_epochs, self.lr_schedule
        return self._fit(
            X, sample_weight, groups, new=new, epochs=epochs, lr_schedule=schedule
        )

    def partial_fit(self, X, y=None, sample_weight=None):
        """Train for one epoch at the rate ``lr``, from the present weights if any.

        Parameters
        ----------
        X : array-like
            As for ``fit``.
        y : None
            Ignored.
        sample_weight : array-like of shape (n,) or None, default=None

        Returns
        -------
        self : Autoencoder
        """
        new = not hasattr(self, "net_")
        return self._fit(X, sample_weight, None, new=new, epochs=1)

    def _fit(self, X, sample_weight, groups, *, new, **training):
        self._check_params()
        X = self._check_X(X, new)
        check_consistent_length(X, groups)
        weight, X, groups = without_weightless(sample_weight, X, groups)
        if weight is not None:
            weight = (weight / weight.mean()).astype(X.dtype)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        train, valid = self._datasets(X, None, weight, groups, seed)
        task = dict(n_outputs=0, multilabel=False, label_smoothing=0.0, tag_weight=None)
        self._train(train, valid, seed, new=new, task=task, **training)
        return self

    def score(self, X, y=None):
        """Negative mean of ``reconstruction_error``, for model selection.

        Parameters
        ----------
        X : array-like
            As for ``fit``.
        y : None
            Ignored.

        Returns
        -------
        score : float
            At most 0; higher is better.
        """
        return -float(self.reconstruction_error(X).mean())
