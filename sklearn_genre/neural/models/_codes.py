"""Encoder, decoder and the code between them: what the autoencoders share."""

import itertools

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted
from torch import nn

from ..._utils.arrays import FLOATS, dense, finite
from ...base import ArrayOutputMixin
from ...parameters import Integer, OneOf, Sizes
from .._augmentation import blend
from .._engine.data import ClipDataset
from .._engine.net import ClipNet
from .._engine.rules import MOST_UNITS
from .._engine.state import bare_module
from . import _layers as layers

ACTIVATIONS = {**layers.ACTIVATIONS, "sigmoid": nn.Sigmoid, "identity": nn.Identity}


class AutoencoderNetwork(nn.Module):
    """Fully connected encoder and decoder, and optionally a classifier of the code.

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

        Without a classifier, the code replaces the logits: prediction returns the first
        output.
        """
        code = self.encoder(X.flatten(1))
        logits = code if self.classifier is None else self.classifier(code)
        return logits, self.decoder(code).view(X.shape), code


def dense_stack(sizes, activations):
    """Return fully connected layers from ``sizes[0]`` to ``sizes[-1]`` units."""
    stack = []
    pairs = itertools.pairwise(sizes)
    for (n_in, n_out), name in zip(pairs, activations, strict=True):
        stack += [nn.Linear(n_in, n_out), ACTIVATIONS[name]()]
    return nn.Sequential(*stack)


class ReconstructionNet(ClipNet):
    """The skorch net of the autoencoders: their loss, their codes.

    The network works on standardized X, and so does the loss.

    Parameters
    ----------
    *args
        As for `ClipNet`.
    gamma : float, default=1.0
        Weight of the reconstruction; the classes have the rest of 1.
    reduction : {"mean", "sum"}, default="mean"
        How the squared errors of the values of a window are combined.
    **params
        As for `ClipNet`.
    """

    def __init__(self, *args, gamma=1.0, reduction="mean", **params):
        super().__init__(*args, **params)
        self.gamma = gamma
        self.reduction = reduction

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the loss of a batch: squared error and classes, weighted by gamma."""
        logits, rebuilt, _ = y_pred
        loss = self.reconstruction_loss(rebuilt, X)
        if not self.module__n_outputs:
            return loss
        named = super().get_loss(logits, y_true, X, training)
        return self.gamma * loss + (1 - self.gamma) * named

    def reconstruction_loss(self, rebuilt, batch):
        """Return the mean of the weighted squared errors of a batch."""
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

    @torch.no_grad()
    def constant_loss(self, clips):
        """Return the training loss of the best answer that is the same for all clips.

        The mean of the clips has the lowest squared error: their variance.
        """
        loss = self._variance(clips)
        if not self.module__n_outputs:
            return loss
        return self.gamma * loss + (1 - self.gamma) * super().constant_loss(clips)

    def _variance(self, clips):
        """Return the weighted squared error of the mean of all windows."""
        module, total, squares, weights = bare_module(self), 0.0, 0.0, 0.0
        for batch, _ in self.get_iterator(clips, training=False):
            X = (self._to_device(batch["X"]) - module.mean) / module.scale
            X = X.flatten(1).double()
            weight = batch.get("sample_weight", torch.ones(len(X))).to(X)
            total = total + weight @ X
            squares = squares + weight @ X.square()
            weights = weights + weight.sum()
        loss = (squares - total.square() / weights) / len(clips)
        return float(loss.mean() if self.reduction == "mean" else loss.sum())

    def _augmented(self, clips):
        """Change only the input: the target is the unchanged clip."""
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
        """Return the codes of all windows: (n_windows, n_components)."""
        return np.concatenate([code.cpu().numpy() for *_, code in self.outputs(clips)])

    def errors(self, clips):
        """Return the mean squared error of each window, in squared units of X."""
        scale = bare_module(self).scale
        parts = []
        for X, _, rebuilt, _ in self.outputs(clips):
            target = (X.to(rebuilt) - bare_module(self).mean) / scale
            error = ((rebuilt - target) * scale).square()
            parts.append(error.flatten(1).mean(1).double().cpu().numpy())
        return np.concatenate(parts)

    @torch.no_grad()
    def decode(self, codes):
        """Yield batches of X, in its own unit, from codes (n_windows, n_components)."""
        module = bare_module(self).eval()
        shape = (-1, self.module__n_bands, self.module__n_frames)
        for start in range(0, len(codes), self.batch_size):
            part = torch.tensor(codes[start : start + self.batch_size])
            part = part.to(self.device, self.dtype)
            rebuilt = module.network.decoder(part).view(shape)
            yield (rebuilt * module.scale + module.mean).cpu().numpy()


class PerLayer(OneOf):
    """One name for all hidden layers, or one per layer."""

    annotation = "str | Sequence[str]"

    def accepts(self, value, owner):
        """Return whether it is a known name, or one known name per layer."""
        if not isinstance(value, list | tuple):
            return super().accepts(value, owner)
        known = map(super().accepts, value, itertools.repeat(owner))
        return len(value) == len(owner.hidden_sizes) and all(known)

    def describe(self, owner=None):
        """Return the names, and how many there must be."""
        n = "as many" if owner is None else len(owner.hidden_sizes)
        return (
            f"{super().describe(owner)}, or a sequence of {n} of them, one per entry "
            "of hidden_sizes"
        )

    @property
    def type(self):
        """The names, one or several."""
        return f"{super().type} or sequence of those"

    def plain(self, value, owner):
        """Return a tuple of names, one per layer."""
        listed = isinstance(value, list | tuple)
        return tuple(value) if listed else (value,) * len(owner.hidden_sizes)


class CodeMixin(ArrayOutputMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Methods of every estimator with an encoder and a decoder."""

    _net_class = ReconstructionNet
    _fixed_frames = True

    _module = AutoencoderNetwork
    _architecture = {
        "hidden_sizes": Sizes(
            (256, 192, 128),
            "Units of the encoder's hidden layers; the decoder has them in reverse. "
            "() makes encoder and decoder one layer each.",
            empty=True,
        ),
        "n_components": Integer(64, "Length of the code.", low=1, high=MOST_UNITS),
        "activation": PerLayer(
            "elu",
            "Activation after each hidden layer: one for all, or one per entry of "
            "``hidden_sizes``. The public code behind the Deep Softmax Autoencoder "
            'has ``("sigmoid", "tanh", "relu")``.',
            choices=ACTIVATIONS,
        ),
        "code_activation": OneOf(
            "identity",
            'Activation of the code. The public code has "relu". The output of the '
            "decoder is always linear: the public code ends in a ReLU, which cannot "
            "rebuild the negative half of a waveform.",
            choices=ACTIVATIONS,
        ),
    }

    @finite
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
            and one frame, on which classifiers train and vote.
        """
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        codes = self.net_.codes(ClipDataset(X)).astype(X.dtype, copy=False)
        return codes.reshape(len(X), X.shape[1], -1, 1) if X.ndim == 4 else codes

    @finite
    def inverse_transform(self, X):
        """Rebuild clips from their codes.

        Parameters
        ----------
        X : array-like of shape (n, n_components) or (n, n_slices, n_components, 1)
            Codes, as ``transform`` returns them. After a fit on slices a table is
            accepted, too, with one slice per row.

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
        """Return codes as a finite float array of the shape that transform returns."""
        codes = check_array(dense(X), dtype=FLOATS, allow_nd=True, estimator=self)
        n = self._n_features_out
        last = {2: (n,), 4: (n, 1)}.get(codes.ndim)
        if last is None or codes.shape[-len(last) :] != last:
            raise ValueError(
                f"{type(self).__name__}: codes must be of shape (n, {n}), or (n, "
                f"n_slices, {n}, 1) for slices, got {codes.shape}."
            )
        return codes

    @finite
    def reconstruction_error(self, X):
        """Return the mean squared difference of each clip and its reconstruction.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, n_bands, n_frames) or \
(n, n_slices, n_bands, n_frames)
            As for ``fit``.

        Returns
        -------
        error : ndarray of shape (n,), float64
            Mean over all values of the clip, in squared units of X, >= 0.
        """
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        return self.net_.errors(ClipDataset(X)).reshape(len(X), -1).mean(axis=1)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the codes: the class name in lower case and a number.

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
        return self._spec.params["n_components"]

    def _check_params(self):
        super()._check_params()
        if getattr(self.augment, "crop", None):
            raise ValueError(
                f"{type(self).__name__}: augment.crop must be None, got "
                f"{self.augment.crop!r}: an autoencoder rebuilds whole clips. Put "
                "Slicer before it to learn from parts."
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32", "float64"]
        return tags
