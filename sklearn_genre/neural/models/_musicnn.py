"""Network with filters shaped after timbre and rhythm, and its classifier."""

import torch
from torch import nn

from ...parameters import Integer, OneOf, Real, Rule, Sizes
from .._classifier import NeuralClassifier
from .._engine.rules import MOST_LAYERS, MOST_UNITS
from . import _shared
from ._layers import (
    NORMS,
    ConvBlock,
    activate_last,
    clip_kernel,
    make_norm,
)

WIDTH = 7  # frames seen by timbral and middle filters, as published


class Musicnn(nn.Module):
    """Vertical and horizontal filters, residual convolutions, pooling over time.

    Parameters are those of `MusicnnClassifier`, and:

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
        n_timbral,
        timbral_heights,
        n_temporal,
        temporal_lengths,
        n_filters,
        n_blocks,
        hidden_sizes,
        norm,
        activation,
        dropout,
    ):
        super().__init__()
        kind = dict(norm=norm, activation=activation)
        width = clip_kernel(WIDTH, n_frames)
        # a filter of one band could not tell one band from another
        fewest = min(2, n_bands)
        heights = [max(fewest, int(share * n_bands)) for share in timbral_heights]
        padding = (0, width // 2)
        self.timbral = nn.ModuleList(
            nn.Sequential(
                *activate_last(
                    ConvBlock(
                        1, n_timbral, kernel_size=(h, width), padding=padding, **kind
                    ),
                    nn.MaxPool2d((n_bands - h + 1, 1)),
                )
            )
            for h in heights
        )
        lengths = [clip_kernel(length, n_frames) for length in temporal_lengths]
        self.temporal = nn.ModuleList(
            ConvBlock(1, n_temporal, kernel_size=(1, length), **kind)
            for length in lengths
        )
        n_front = n_timbral * len(heights) + n_temporal * len(lengths)
        inputs = [n_front, *[n_filters] * (n_blocks - 1)]
        self.middle = nn.ModuleList(
            ConvBlock(n_in, n_filters, kernel_size=(1, width), **kind)
            for n_in in inputs
        )
        n_pooled = 2 * (n_front + n_blocks * n_filters)
        self.hidden, n_hidden = dense_maps(n_pooled, hidden_sizes, dropout, **kind)
        self.out = nn.Linear(n_hidden, n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        X = X[:, None]
        envelope = X.mean(2, keepdim=True)
        maps = [filters(X) for filters in self.timbral]
        maps += [filters(envelope) for filters in self.temporal]
        steps = [torch.cat(maps, dim=1)]
        for k, block in enumerate(self.middle):
            step = block(steps[-1])
            # the first block changes the number of channels: nothing to add to
            steps.append(step + steps[-1] if k else step)
        steps = torch.cat(steps, dim=1)
        pooled = [steps.amax(3, keepdim=True), steps.mean(3, keepdim=True)]
        return self.out(self.hidden(torch.cat(pooled, dim=1)).flatten(1))


def dense_maps(n_in, hidden_sizes, dropout, *, norm, activation):
    """Return normalized fully connected layers over maps of one position.

    Returns
    -------
    layers : torch.nn.Sequential
        It takes maps of shape (batch, n_in, 1, 1).
    width : int
        Channels of the output.
    """
    layers = [make_norm(norm, n_in), nn.Dropout(dropout)]
    for n_out in hidden_sizes:
        layers += [
            ConvBlock(
                n_in, n_out, kernel_size=(1, 1), norm=norm, activation=activation
            ),
            nn.Dropout(dropout),
        ]
        n_in = n_out
    return nn.Sequential(*layers), n_in


class Shares(Rule):
    """Sequence of numbers in (0, 1]."""

    type, annotation = "sequence of float in (0, 1]", "Sequence[float]"
    words = "a sequence of numbers in (0, 1]"

    def accepts(self, value, owner):
        """Return whether there is at least one entry, and each is a share."""
        share = Real(low=0, high=1, closed="right")
        listed = isinstance(value, list | tuple) and len(value) > 0
        return listed and all(share.legal(one, owner) for one in value)

    def plain(self, value, owner):
        """Return a tuple of float."""
        return tuple(map(float, value))


class MusicnnClassifier(NeuralClassifier):
    """Network with musically motivated filters, after Pons & Serra's musicnn.

    Front end: vertical filters, which see most bands of 7 frames and are pooled over
    the bands, for timbre at any pitch; and horizontal filters over the mean of the
    bands, for rhythm. Middle: three convolutions over 7 frames with residual
    connections. Back end: the outputs of front end and middle together, their maximum
    and mean over time, and a fully connected layer. The default has the sizes of the
    published model for MagnaTagATune; the large one for the Million Song Dataset is
    ``MusicnnClassifier(n_filters=512, hidden_sizes=(500,))``. Both read 96 mel bands of
    3 s at 16 kHz in 187 frames, and clips vote by slices.

    Attributes
    ----------
    n_frames_in_ : int
        Number of frames in ``fit``; clips to predict may be of any length.

    See Also
    --------
    CNNClassifier : Convolutions with small square filters.
    Slicer : Cuts clips into slices, which vote.

    Notes
    -----
    Horizontal filters read the mean of the bands, as in Pons et al. (2018) and
    Won et al. (2020); the musicnn library lets them read each band and takes the
    maximum, at about a hundred times the cost. The library also normalizes after
    the activation.

    References
    ----------
    Pons & Serra (2019), "musicnn: Pre-trained convolutional neural networks for
    music audio tagging", ISMIR late-breaking demo.
    Pons et al. (2018), "End-to-end learning for music audio tagging at scale",
    ISMIR.
    Won et al. (2020), "Evaluation of CNN-based automatic music tagging models", SMC.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import MusicnnClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "metal"], 10)
    >>> X = rng.normal(size=(20, 16, 30)).astype("float32")
    >>> X[10:, :4] += 2
    >>> clf = MusicnnClassifier(
    ...     n_timbral=8,
    ...     n_temporal=4,
    ...     n_filters=8,
    ...     lr=5e-3,
    ...     max_epochs=20,
    ...     random_state=0,
    ... )
    >>> clf.fit(X, y).score(X, y)
    1.0
    """

    _module = Musicnn
    _architecture = {
        "n_timbral": Integer(
            204, "Vertical filters of each height.", low=1, high=MOST_UNITS
        ),
        "timbral_heights": Shares(
            (0.4, 0.7),
            "Heights of the vertical filters, as shares of the bands; at least two "
            "bands.",
        ),
        "n_temporal": Integer(
            51, "Horizontal filters of each length.", low=1, high=MOST_UNITS
        ),
        "temporal_lengths": Sizes(
            (128, 64, 32),
            "Lengths of the horizontal filters in frames. Taps that meet only padding "
            "in clips as short as those of ``fit`` are left out.",
        ),
        "n_filters": Integer(
            64, "Filters of each convolution of the middle.", low=1, high=MOST_UNITS
        ),
        "n_blocks": Integer(
            3, "Number of convolutions of the middle.", low=1, high=MOST_LAYERS
        ),
        "hidden_sizes": _shared.hidden_sizes((200,)),
        "norm": OneOf(
            "batch",
            "Normalization before each activation, and of the pooled values.",
            choices=NORMS,
            none=True,
        ),
        "activation": _shared.activation("relu"),
        "dropout": Real(
            0.5,
            "Share of units dropped before each fully connected layer.",
            low=0,
            high=1,
        ),
    }
