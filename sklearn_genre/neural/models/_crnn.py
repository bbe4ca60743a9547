"""Convolutional recurrent network for tagging and its classifier."""

import itertools

from torch import nn

from ...parameters import Flag, Pools, Real, Sizes
from .._classifier import NeuralClassifier
from . import _shared
from ._layers import as_channels, conv_stack, n_bands_of_channels


class CRNN(nn.Module):
    """Convolutions that leave few bands, then recurrent layers over time.

    Parameters are those of `CRNNClassifier`, and:

    Parameters
    ----------
    n_bands, n_frames : int
        Shape of one input.
    n_outputs : int
        Number of classes or tags.
    """

    def __init__(
        self,
        n_bands,
        n_frames,
        n_outputs,
        *,
        n_filters,
        kernel_size,
        pool_size,
        norm,
        activation,
        hidden_sizes,
        dropout,
        recurrent_dropout,
        input_norm,
        n_channels=1,
    ):
        super().__init__()
        self.input_norm = nn.BatchNorm1d(n_bands) if input_norm else nn.Identity()
        self.n_channels = n_channels
        self.features, (n_maps, bands, _) = conv_stack(
            (n_bands_of_channels(n_bands, n_channels), n_frames),
            n_filters,
            pool_size,
            block="plain",
            kernel_size=kernel_size,
            norm=norm,
            activation=activation,
            dropout=dropout,
            n_channels=n_channels,
        )
        sizes = [n_maps * bands, *hidden_sizes]
        self.recurrent = nn.ModuleList(
            nn.GRU(n_in, n_out, batch_first=True)
            for n_in, n_out in itertools.pairwise(sizes)
        )
        self.dropout = nn.Dropout(recurrent_dropout)
        self.out = nn.Linear(sizes[-1], n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        maps = self.features(as_channels(self.input_norm(X), self.n_channels))
        steps = maps.flatten(1, 2).transpose(1, 2)
        for layer in self.recurrent:
            steps = layer(steps)[0]
        return self.out(self.dropout(steps[:, -1]))


class CRNNClassifier(NeuralClassifier):
    """Convolutional recurrent network (CRNN), made for tagging.

    The default is the network of Panwar et al.: four 3x3 convolutions with batch
    normalization before an ELU, max pools of 2x2, 3x3, 4x4 and 4x4, and two GRU
    layers of 32 units whose last step is read out. 96 bands x 1440 frames
    become 128 channels x 1 band x 15 steps. The form of Choi et al. adds
    ``input_norm=True, dropout=0.1, recurrent_dropout=0.3``.

    See Also
    --------
    CNNClassifier : Convolutions only.

    References
    ----------
    Choi et al. (2017), "Convolutional recurrent neural networks for music
    classification", ICASSP.
    Panwar et al. (2017), "A deep learning approach for mapping music genres", SoSE.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import CRNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> tags = rng.integers(0, 2, size=(24, 3))
    >>> X = rng.normal(size=(24, 12, 20)).astype("float32")
    >>> clf = CRNNClassifier(n_filters=(8, 8), pool_size=2, max_epochs=2)
    >>> clf.fit(X, tags).predict_proba(X).shape
    (24, 3)
    """

    _module = CRNN
    _architecture = {
        "n_channels": _shared.n_channels(),
        "n_filters": _shared.n_filters((64, 128, 128, 128)),
        "kernel_size": _shared.kernel_size(),
        "pool_size": Pools(
            ((2, 2), (3, 3), (4, 4), (4, 4)),
            "Bands and frames pooled into one after each block. Clipped to the size "
            "of the map.",
        ),
        "norm": _shared.norm(),
        "activation": _shared.activation("elu"),
        "hidden_sizes": Sizes((32, 32), "Units of each GRU layer."),
        "dropout": Real(
            0.0, "Share of values dropped after each convolution block.", low=0, high=1
        ),
        "recurrent_dropout": _shared.output_dropout(0.0),
        "input_norm": Flag(False, "Batch normalization of the input, per band."),
    }
