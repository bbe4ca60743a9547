"""Fully connected network and its classifier."""

from torch import nn

from ..._utils.checks import check_choice, check_number, check_sizes
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

    The default is the two-layer ReLU network of the MSD/GTZAN study this package
    started from, with dropout before the output layer; that study left the sizes
    open and trained with Adam at ``lr=1e-4``. Its one-layer baseline is
    ``DenseClassifier(hidden_sizes=(512,))``. The network of Pun &
    Nazirkhanova, four hidden layers with dropout and an L2 penalty, is
    ``DenseClassifier(hidden_sizes=(256, 256, 128, 100), dropout=0.3,
    hidden_dropout=0.3, weight_decay=1e-3)``, where all numbers are ours.

    Parameters
    ----------
    hidden_sizes : sequence of int, default=(512, 512)
        Units of each hidden layer; () is a softmax regression.
    activation : {"relu", "elu", "gelu", "tanh"}, default="relu"
    dropout : float, default=0.5
        Share of units dropped between the last hidden layer and the output, in
        [0, 1].
    hidden_dropout : float, default=0.0
        Share of units dropped between hidden layers, in [0, 1].
    **training
        The parameters of `NeuralClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres, or the tags' column numbers.
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Number of features of a table, or of bands.
    n_frames_in_ : int
        Number of frames in ``fit``; 1 for a table. Clips to predict must be as
        long.
    n_iter_ : int
        Number of epochs trained.
    multilabel_ : bool
        Whether ``y`` was an indicator matrix.

    See Also
    --------
    SummaryStats : Makes a table of features from spectrograms.
    CNNClassifier : Convolutional network over spectrograms.

    Notes
    -----
    The study's printed code computes a second hidden layer and never uses it; its
    diagram and text, followed here, have two.

    References
    ----------
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

    def __init__(
        self,
        *,
        hidden_sizes=(512, 512),
        activation="relu",
        dropout=0.5,
        hidden_dropout=0.0,
        **training,
    ):
        super().__init__(**training)
        self.hidden_sizes = hidden_sizes
        self.activation = activation
        self.dropout = dropout
        self.hidden_dropout = hidden_dropout

    def _network(self):
        check_sizes(self, "hidden_sizes", empty=True)
        check_choice(self, "activation", tuple(ACTIVATIONS))
        check_number(self, "dropout", low=0, high=1)
        check_number(self, "hidden_dropout", low=0, high=1)
        return Dense, dict(
            hidden_sizes=tuple(self.hidden_sizes),
            activation=self.activation,
            dropout=self.dropout,
            hidden_dropout=self.hidden_dropout,
        )
