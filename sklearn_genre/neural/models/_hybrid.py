"""Convolutional network over an image and a table of the same clips."""

import dataclasses

import numpy as np
import torch
from sklearn.base import clone
from sklearn.utils import check_array
from torch import nn

from ..._utils.arrays import FLOATS, dense
from ..._utils.digest import array_digest
from ..._utils.indexing import take_rows
from ...parameters import Having, Integer, Sizes
from .._engine.data import ClipDataset
from .._engine.net import ClipNet
from .._engine.rules import MOST_UNITS
from .._engine.standardize import Standardized
from ._cnn import CNN, CNNClassifier
from ._layers import ACTIVATIONS, make_hidden

BRANCHES = ("image", "table")


class TableBranch(nn.Module):
    """Fully connected layers over a row of features."""

    def __init__(self, n_bands, **hidden):
        super().__init__()
        self.hidden, _ = make_hidden(n_bands, **hidden)

    def forward(self, X):
        """Map (batch, n_columns, 1) to (batch, branch_size)."""
        return self.hidden(X.flatten(1))


class Hybrid(nn.Module):
    """A branch of convolutions and one of dense layers, joined by dense layers.

    Parameters are those of `HybridClassifier` and of its CNN, and:

    Parameters
    ----------
    n_bands, n_frames : int
        Shape of one image.
    n_outputs : int
        Number of classes or tags.
    n_columns : int
        Number of features in a row of the table.
    table_mean, table_scale : list of float of length n_columns, or None
        Values by which the columns are standardized; None leaves them as they are.
    """

    def __init__(
        self,
        n_bands,
        n_frames,
        n_outputs,
        *,
        n_columns,
        table_mean=None,
        table_scale=None,
        table_sizes,
        branch_size,
        hidden_sizes,
        activation,
        dropout,
        **conv,
    ):
        super().__init__()
        dense_layers = dict(activation=activation, dropout=dropout)
        self.image = nn.Sequential(
            CNN(
                n_bands, n_frames, branch_size, hidden_sizes=(), **conv, **dense_layers
            ),
            ACTIVATIONS[activation](),
            nn.Dropout(dropout),
        )
        self.table = Standardized(
            TableBranch,
            n_columns,
            table_mean,
            table_scale,
            hidden_sizes=(*table_sizes, branch_size),
            **dense_layers,
        )
        self.hidden, width = make_hidden(2 * branch_size, hidden_sizes, **dense_layers)
        self.out = nn.Linear(width, n_outputs)

    def forward(self, X, table):
        """Map (batch, n_bands, n_frames) and (batch, n_columns, 1) to logits."""
        joined = torch.cat([self.image(X), self.table(table)], dim=1)
        return self.out(self.hidden(joined))


class Inputs:
    """Images and rows of the same clips, indexed together by clip.

    Parameters
    ----------
    image : ndarray of shape (n, [n_slices,] n_bands, n_frames)
    table : ndarray of shape (n, n_columns)
    """

    def __init__(self, image, table):
        self.image, self.table = image, table

    @property
    def dtype(self):
        """Precision of the images."""
        return self.image.dtype

    def __len__(self):
        return len(self.image)

    def __getitem__(self, clips):
        return Inputs(self.image[clips], self.table[clips])


class HybridDataset(ClipDataset):
    """Windows of images, each with the row of its clip; X is `Inputs`."""

    def __init__(self, X, *args, **kwargs):
        super().__init__(X.image, *args, **kwargs)
        self.table = X.table

    def digest(self):
        """Return a digest, as text, of everything that a training sees of this set."""
        return super().digest() + array_digest(self.table).hex()

    def per_clip(self):
        """Return what a window has of its clip: weight, and row of the table."""
        return super().per_clip() | {"table": self.table[:, :, None]}


class HybridNet(ClipNet):
    """The skorch net of a module that takes an image and a row."""

    inputs = ("X", "table")


class HybridClassifier(CNNClassifier):
    """Convolutional network over spectrograms, joined by features of the whole clip.

    One branch is the network of `CNNClassifier` over an image of a clip, the other a
    fully connected one over a row of features, such as the 93 of `FrameDescriptors`
    and `SummaryStats`. Both end in ``branch_size`` units; these are concatenated and
    go through further layers to the output, as in [1]_.

    Image and row are made from one X by two transformers, which are fitted with the
    network and can be searched with it: ``image__n_mels``,
    ``table__framedescriptors__contrast``.

    Attributes
    ----------
    image_, table_ : transformer or None
        The fitted clones.
    n_features_in_ : int
        Number of bands of the image.
    n_frames_in_ : int
        Number of frames of the image in ``fit``.

    See Also
    --------
    CNNClassifier : Over the image alone.
    FrameDescriptors : Rows of features, with SummaryStats.
    sklearn.pipeline.FeatureUnion : Joins tables for other classifiers.

    Notes
    -----
    ``standardize`` standardizes each band of the image and each column of the table
    over the training clips, so neither transformer needs to scale. ``augment``
    changes images only, but mixup mixes rows as well. As in a Pipeline,
    ``sample_weight`` and ``groups`` reach the network, not the transformers.

    In a search over parameters of the network the transformers do the same work for
    each candidate: give audio transformers a ``cache``, or compute their outputs
    beforehand.

    [1]_ has 3x3 convolutions with shortcuts, 2x2 pools, filters that double from block
    to block, ReLU, dropout, and 100 units at the end of each branch, and so does the
    default. It does not state the number of blocks, all other sizes, the share of
    dropout and the training.

    References
    ----------
    .. [1] A. Pun, K. Nazirkhanova, "Music genre classification with mel spectrograms
       and CNN", Stanford University.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_genre import (
    ...     FrameDescriptors, HybridClassifier, MelSpectrogram, SummaryStats)
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "metal"], 8)
    >>> X = rng.normal(size=(16, 8192))
    >>> X[8:] = np.cumsum(X[8:], axis=1) / 50
    >>> clf = HybridClassifier(
    ...     image=MelSpectrogram(n_mels=32),
    ...     table=make_pipeline(FrameDescriptors(), SummaryStats()),
    ...     n_filters=(8, 16), max_epochs=10, random_state=0)
    >>> clf.fit(X, y).score(X, y)
    1.0
    >>> clf.set_params(image__n_mels=40).fit(X, y).n_features_in_
    40
    """

    _net_class, _dataset_class = HybridNet, HybridDataset

    _module = Hybrid
    _parameters = {
        "image": Having(
            None,
            "Makes arrays of shape (n, n_bands, n_frames), or (n, n_slices, n_bands, "
            "n_frames) for slices, which vote: each is joined by the row of its clip. "
            "None: X itself.",
            methods=("fit", "transform"),
            type="transformer",
            none=True,
        ),
        "table": Having(
            None,
            "Makes a table of shape (n, n_columns). None: X itself, which must be one.",
            methods=("fit", "transform"),
            type="transformer",
            none=True,
        ),
    }
    _architecture = {
        "table_sizes": Sizes(
            (256, 256, 128),
            "Fully connected layers of the table's branch, before its last.",
            empty=True,
        ),
        "branch_size": Integer(
            100, "Units at the end of each branch.", low=1, high=MOST_UNITS
        ),
        "hidden_sizes": Sizes(
            (100,),
            "Fully connected layers after the two branches, before the output.",
            empty=True,
        ),
    }

    def _describe_net(self, train, task):
        spec = super()._describe_net(train, task)
        table = train.table[:, :, None]
        scaling = self._scaling(table, train, prefix="table_")
        params = spec.params | dict(n_columns=table.shape[1]) | scaling
        return dataclasses.replace(spec, params=params)

    # -- data ---------------------------------------------------------------------
    def _check_fit_data(self, X, y, sample_weight, groups, reset, classes, mask=None):
        if reset and y is not None:
            X = self._fit_transformers(X, y, mask)
        return super()._check_fit_data(
            X, y, sample_weight, groups, reset, classes, mask
        )

    def _fit_transformers(self, X, y, mask):
        """Fit a clone of each transformer, and return their outputs for X.

        Like the network, they learn nothing from the clips of ``mask``.
        """
        outputs = []
        for name in BRANCHES:
            transformer = getattr(self, name)
            fitted = None if transformer is None else clone(transformer)
            if fitted is None:
                outputs.append(X)
            elif mask is None:
                outputs.append(fitted.fit_transform(X, y))
            else:
                rows = np.flatnonzero(~mask)
                known = (take_rows(values, rows) for values in (X, y))
                outputs.append(fitted.fit(*known).transform(X))
            setattr(self, f"{name}_", fitted)
        return Inputs(*outputs)

    def _transform(self, X):
        """Return the outputs of the fitted transformers for X."""
        fitted = (getattr(self, f"{name}_") for name in BRANCHES)
        return Inputs(*(X if step is None else step.transform(X) for step in fitted))

    def _check_X(self, X, reset, like=None):
        """Return checked `Inputs`: X itself, or the outputs of the transformers."""
        inputs = X if isinstance(X, Inputs) else self._transform(X)
        image, table = (None, None) if like is None else (like.image, like.table)
        image = self._check_image(inputs.image, reset, image)
        table = self._check_table(inputs.table, reset, table)
        if len(image) != len(table):
            raise ValueError(
                f"{type(self).__name__}: image and table must give the same number of "
                f"clips, got {len(image)} and {len(table)}."
            )
        return Inputs(image, table.astype(image.dtype, copy=False))

    def _check_image(self, image, reset, like):
        """Return the image, checked like X of any neural classifier."""
        return super()._check_X(image, reset, like)

    def _check_table(self, table, reset, like):
        """Return the table as a finite float array with the columns of ``fit``."""
        table = check_array(
            dense(table),
            dtype=FLOATS,
            allow_nd=True,
            estimator=self,
            input_name="table",
        )
        if table.ndim > 2:
            raise ValueError(
                f"{type(self).__name__}: table must give one row of features for each "
                f"clip, got an array of shape {table.shape}. End it with "
                "SummaryStats()."
            )
        if reset:
            return table
        n_columns = like.shape[1] if like is not None else self._n_columns()
        if table.shape[1] != n_columns:
            raise ValueError(
                f"{type(self).__name__}: table gave {table.shape[1]} columns, but "
                f"{n_columns} in fit."
            )
        return table

    def _n_columns(self):
        """Return the number of columns of the table in ``fit``."""
        return self._spec.params["n_columns"]
