"""Fully connected network and its classifier."""

from torch import nn

from ...parameters import OneOf, Real, Sizes
from .._classifier import NeuralClassifier
from ._layers import ACTIVATIONS, make_hidden


class Dense(nn.Module):
    """Fully connected layers over all values of a clip.

    Parameters are those of `DenseClassifier`, and:

    Parameters
    ----------
    n_bands, n_frames : int
        Shape of one input, which is read as one vector.
    n_outputs : int
        Number of classes or tags.
    """

    def __init__(
        self,
        n_bands,
        n_frames,
        n_outputs,
        *,
        hidden_sizes,
        activation,
        dropout,
        hidden_dropout,
    ):
        super().__init__()
        first, width = make_hidden(
            n_bands * n_frames,
            hidden_sizes[:-1],
            activation=activation,
            dropout=hidden_dropout,
        )
        last, width = make_hidden(
            width, hidden_sizes[-1:], activation=activation, dropout=dropout
        )
        self.hidden = nn.Sequential(*first, *last)
        self.out = nn.Linear(width, n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        return self.out(self.hidden(X.flatten(1)))


class DenseClassifier(NeuralClassifier):
    """Fully connected network over a table of features, or over whole clips.

    The default is the two-layer ReLU network of Jones & Bonafilia, with dropout
    before the output layer; they do not state the sizes and trained with Adam at
    ``lr=1e-4``. Their one-layer baseline is ``DenseClassifier(hidden_sizes=(512,))``.
    The network of Pun & Nazirkhanova, four hidden layers with dropout and an L2
    penalty, is ``DenseClassifier(hidden_sizes=(256, 256, 128, 100), dropout=0.3,
    hidden_dropout=0.3, weight_decay=1e-3)``; they give none of these numbers.

    Attributes
    ----------
    n_features_in_ : int
        Number of features of a table, or of bands.
    n_frames_in_ : int
        Number of frames in ``fit``; 1 for a table. Clips to predict must have the same
        length, give or take 2 %.

    See Also
    --------
    SummaryStats : Makes a table of features from spectrograms.
    CNNClassifier : Convolutional network over spectrograms.

    Notes
    -----
    The printed code of Jones & Bonafilia computes a second hidden layer and never
    uses it; their diagram and text, followed here, have two.

    References
    ----------
    Jones & Bonafilia, "Automatic music genre classification with deep learning",
    slides.
    Pun & Nazirkhanova, "Music genre classification with mel spectrograms", course
    project report (fully connected baseline).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import DenseClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "metal"], 20)
    >>> X = rng.normal(size=(40, 93))
    >>> X[20:, :10] += 2
    >>> DenseClassifier(max_epochs=10, random_state=0).fit(X, y).score(X, y)
    1.0
    """

    _fixed_frames = True

    _module = Dense
    _architecture = {
        "hidden_sizes": Sizes(
            (512, 512),
            "Units of each hidden layer; () is a softmax regression.",
            empty=True,
        ),
        "activation": OneOf(
            "relu", "Activation after each hidden layer.", choices=ACTIVATIONS
        ),
        "dropout": Real(
            0.5,
            "Share of units dropped between the last hidden layer and the output.",
            low=0,
            high=1,
        ),
        "hidden_dropout": Real(
            0.0, "Share of units dropped between hidden layers.", low=0, high=1
        ),
    }
