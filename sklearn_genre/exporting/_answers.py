"""Torch modules from frames and features to answers: networks, linear heads, votes."""

import copy

import torch
from torch import nn

from ._frames import NearLength, Windows, buffer


class Vote(nn.Module):
    """Combine the probabilities of a clip's slices.

    Parameters
    ----------
    voting : {"soft", "hard", "max"}
    multilabel : bool
    """

    def __init__(self, voting, *, multilabel):
        super().__init__()
        self.voting, self.multilabel = voting, multilabel

    def forward(self, proba):
        """Map (batch, n_slices, n_outputs) to (batch, n_outputs)."""
        if self.voting == "hard":
            proba = self._answers(proba)
        top = self.voting == "max"
        proba = proba.amax(1) if top else proba.mean(1)
        if self.multilabel:
            eps = torch.finfo(torch.float32).eps
            return proba.clamp(eps, 1 - eps)
        return proba / proba.sum(1, keepdim=True) if top else proba

    def _answers(self, proba):
        """Return 1 for what a slice answers, 0 for the others."""
        if self.multilabel:
            return (proba > 0.5).float()
        best = proba.argmax(2, keepdim=True)
        return (best == torch.arange(proba.shape[2])).float()


class Network(nn.Module):
    """A trained network with its standardization, its windows and its vote.

    Parameters
    ----------
    module : torch.nn.Module
        From (batch, n_bands, n_frames) to logits.
    n_frames : int
        Frames of a clip in ``fit``.
    window : int or None
        Frames of the windows that it was trained on, if those were crops.
    table_as_channel : bool
        Whether a row of a table is one channel, not bands of one frame.
    voting : {"soft", "hard", "max"}
    multilabel : bool
    """

    def __init__(
        self, module, *, n_frames, window, table_as_channel, voting, multilabel
    ):
        super().__init__()
        self.length = NearLength(n_frames)
        # a copy, in the precision of the file
        self.module = copy.deepcopy(module).cpu().float().eval()
        self.module.requires_grad_(False)
        self.window = None if window is None else Windows(window)
        self.table_as_channel, self.multilabel = table_as_channel, multilabel
        self.vote = Vote(voting, multilabel=multilabel)

    def forward(self, X, *more):
        """Map clips, or their slices, to probabilities (batch, n_outputs)."""
        n = X.shape[0]
        if X.dim() > 2:
            X = self.length(X)
        else:
            X = X[:, None] if self.table_as_channel else X[:, :, None]
        if X.dim() == 4:
            X = X.flatten(0, 1)
        if self.window is not None:
            X = self.window(X).flatten(0, 1)
        out = self.module(X, *(_repeated(part, X.shape[0]) for part in more))
        logits = out[0] if isinstance(out, tuple) else out
        proba = logits.sigmoid() if self.multilabel else logits.softmax(1)
        return self.vote(proba.reshape(n, -1, proba.shape[-1]))


def _repeated(table, n):
    """Return the rows of clips (batch, n_columns) for their n windows, as bands."""
    windows = n // table.shape[0]
    rows = table[:, None].expand(-1, windows, -1)
    return rows.flatten(0, 1)[:, :, None]


class TwoInputs(nn.Module):
    """A network over an image and a row that are both made of one input.

    Parameters
    ----------
    image, table : torch.nn.Module
    network : Network
    """

    def __init__(self, image, table, network):
        super().__init__()
        self.image, self.table, self.network = image, table, network

    def forward(self, X):
        """Map clips to probabilities (batch, n_outputs)."""
        return self.network(self.image(X), self.table(X))


class Codes(nn.Module):
    """The encoder of an autoencoder, with its standardization.

    Parameters
    ----------
    module : torch.nn.Module
        Standardized network with an encoder.
    n_frames : int
        Frames of a clip in ``fit``.
    """

    def __init__(self, module, n_frames):
        super().__init__()
        self.length = NearLength(n_frames)
        self.module = copy.deepcopy(module).cpu().float().eval()
        self.module.requires_grad_(False)

    def forward(self, X):
        """Map clips to codes; slices stay slices, of one frame."""
        shape = X.shape
        X = X[:, :, None] if X.dim() == 2 else self.length(X)
        codes = self.module(X.flatten(0, 1) if X.dim() == 4 else X)[2]
        if len(shape) < 4:
            return codes
        return codes.reshape(shape[0], -1, codes.shape[-1], 1)


class Embedding(nn.Module):
    """Layers of a trained tagger for the windows of a clip, pooled over the clip.

    Parameters
    ----------
    network : torch.nn.Module
        With a method ``layers``.
    layers : sequence of str
    pooling : {"mean", "max", "mean_std"} or None
    """

    def __init__(self, network, layers, pooling):
        super().__init__()
        self.network, self.layers, self.pooling = network, tuple(layers), pooling

    def forward(self, X):
        """Map (batch, n_windows, n_bands, n_frames) to features (batch, n_features)."""
        n = X.shape[0]
        found = self.network.layers(X.flatten(0, 1))
        found["taggram"] = found["logits"].sigmoid()
        rows = torch.cat([found[name] for name in self.layers], dim=1)
        rows = rows.reshape(n, -1, rows.shape[-1])
        if self.pooling is None:
            return rows.transpose(1, 2)
        # as in the embedding: many maps are constant, up to their last bits
        return _pooled(rows.double(), self.pooling).mul(1e6).round().div(1e6).float()


def _pooled(rows, pooling):
    """Pool rows (batch, n_windows, n_features) over the windows."""
    if pooling == "max":
        return rows.amax(1)
    mean = rows.mean(1)
    if pooling == "mean":
        return mean
    deviation = (rows - mean[:, None]).square().mean(1).sqrt()
    return torch.cat([mean, deviation], dim=1)


class Linear(nn.Module):
    """Probabilities of classes from scores that are linear in the features.

    Parameters
    ----------
    coef : ndarray of shape (n_scores, n_features)
        One score, of the second of two classes, or one of each class.
    intercept : ndarray of shape (n_scores,)
    """

    def __init__(self, coef, intercept):
        super().__init__()
        self.register_buffer("coef", buffer(coef).T.contiguous())
        self.register_buffer("intercept", buffer(intercept))

    def forward(self, X):
        """Map (batch, n_features) to probabilities (batch, n_classes)."""
        scores = X @ self.coef + self.intercept
        if self.intercept.shape[0] == 1:
            scores = torch.cat([torch.zeros_like(scores), scores], dim=1)
        return scores.softmax(1)


class Tempered(nn.Module):
    """Probabilities at another temperature.

    Parameters
    ----------
    temperature : float
    """

    def __init__(self, temperature):
        super().__init__()
        self.temperature = float(temperature)

    def forward(self, proba):
        """Map (batch, n_classes) to the same shape."""
        least = torch.finfo(torch.float64).eps  # as OpenSetClassifier has it
        return (proba.clamp(min=least).log() / self.temperature).softmax(1)


class Columns(nn.Module):
    """Some columns of a table.

    Parameters
    ----------
    columns : sequence of int
    """

    def __init__(self, columns):
        super().__init__()
        self.register_buffer("columns", torch.as_tensor(columns, dtype=torch.long))

    def forward(self, X):
        """Map (batch, n_features) to (batch, n_columns)."""
        return X.index_select(1, self.columns)


class SliceVotes(nn.Module):
    """A classifier of slices, which vote.

    Parameters
    ----------
    classifier : torch.nn.Module
    vote : Vote
    """

    def __init__(self, classifier, vote):
        super().__init__()
        self.classifier, self.vote = classifier, vote

    def forward(self, X):
        """Map clips, or their slices, to probabilities (batch, n_outputs)."""
        n = X.shape[0]
        proba = self.classifier(X if X.dim() == 2 else X.flatten(0, 1))
        return self.vote(proba.reshape(n, -1, proba.shape[-1]))


class Average(nn.Module):
    """The weighted mean of the probabilities of several classifiers.

    Parameters
    ----------
    classifiers : sequence of torch.nn.Module
    weights : sequence of float
    """

    def __init__(self, classifiers, weights):
        super().__init__()
        self.classifiers = nn.ModuleList(classifiers)
        total = float(sum(weights))
        self.weights = [float(weight) / total for weight in weights]

    def forward(self, X):
        """Map X to probabilities (batch, n_outputs)."""
        pairs = zip(self.weights, self.classifiers, strict=True)
        return sum(weight * classifier(X) for weight, classifier in pairs)
