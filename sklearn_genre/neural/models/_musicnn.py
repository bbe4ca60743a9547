"""Network with filters shaped after timbre and rhythm, and its classifier."""

import dataclasses
import functools
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from ..._utils.archive import read
from ...parameters import Flag, Integer, OneOf, Real, Rule, Sizes
from .._classifier import NeuralClassifier
from .._engine.rules import MOST_LAYERS, MOST_UNITS
from .._engine.state import bare_module
from . import _shared
from ._layers import ACTIVATIONS, NORMS, SameConv2d, clip_kernel, make_norm, maxima

WIDTH = 7  # frames seen by timbral and middle filters, as published
EPS = 1e-3  # of the normalizations, as in TensorFlow
MODELS = ("msd", "mtt")
WEIGHTS = Path(__file__).parents[1] / "weights"
# bands and frames of a window of the published networks
BANDS, WINDOW = 96, 187

# parts with published weights, and the dropout between them; the input comes first
LEARNED = (
    "input_norm",
    "timbral",
    "temporal",
    "middle",
    "pooled_norm",
    "dropout",
    "hidden",
)
# all weights of the network but those of its part "out"
LEARNED_NAMES = "*network.[!o]*"


class Musicnn(nn.Module):
    """Vertical and horizontal filters, residual convolutions, pooling over time.

    Parameters are those of `MusicnnClassifier`, and:

    Parameters
    ----------
    n_bands, n_frames : int
        Shape of one input.
    n_outputs : int
        Number of classes or tags.
    frozen : sequence of str, default=()
        As for `freeze`.
    """

    # Channels last make its training twice as slow: the front end has one channel, and
    # maxima over the bands.
    channels_last = False

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
        frozen=(),
    ):
        super().__init__()
        kind = dict(norm=norm, activation=activation)
        width = clip_kernel(WIDTH, n_frames)
        # a filter of one band could not tell one band from another
        fewest = min(2, n_bands)
        heights = [max(fewest, int(share * n_bands)) for share in timbral_heights]
        lengths = [clip_kernel(length, n_frames) for length in temporal_lengths]
        self.input_norm = make_norm(norm, 1, eps=EPS)
        self.timbral = nn.ModuleList(
            normed_last(TallConv2d(n_timbral, h, width), **kind) for h in heights
        )
        self.temporal = nn.ModuleList(
            normed_last(SameConv2d(1, n_temporal, (1, length)), **kind)
            for length in lengths
        )
        n_front = n_timbral * len(heights) + n_temporal * len(lengths)
        self.middle = nn.ModuleList(
            normed_last(SameConv2d(n_in, n_filters, (1, width)), **kind)
            for n_in in [n_front, *[n_filters] * (n_blocks - 1)]
        )
        n_pooled = 2 * (n_front + n_blocks * n_filters)
        self.pooled_norm = make_norm(norm, n_pooled, eps=EPS)
        self.dropout = nn.Dropout(dropout)
        sizes = [n_pooled, *hidden_sizes]
        self.hidden = nn.ModuleList(
            normed_last(nn.Conv2d(n_in, n_out, 1), **kind)
            for n_in, n_out in pairwise(sizes)
        )
        self.out = nn.Linear(sizes[-1], n_outputs)
        self.freeze(frozen)

    def freeze(self, names):
        """Keep parts as they are: weights, statistics, and no dropout.

        Parameters
        ----------
        names : sequence of str
            Names of children; all others learn.
        """
        self.frozen = tuple(names)
        for name, part in self.named_children():
            part.requires_grad_(name not in self.frozen)
        self.train(self.training)

    def train(self, mode=True):
        """Set the mode of all parts but the frozen ones, which stay in evaluation."""
        super().train(mode)
        for name in self.frozen:
            self.get_submodule(name).eval()
        return self

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        return self.layers(X)["logits"]

    def layers(self, X):
        """Return the output of every layer that is of use as features.

        Parameters
        ----------
        X : tensor of shape (batch, n_bands, n_frames)

        Returns
        -------
        layers : dict of str to tensor
            "timbral", "temporal", "cnn1", "cnn2", ...: (batch, channels, n_frames).
            "max_pool", "mean_pool", "penultimate", "logits": (batch, channels).
        """
        X = self.input_norm(X[:, None])
        timbral, temporal = (
            torch.cat([maxima(filters(X), 2) for filters in bank], dim=1)
            for bank in (self.timbral, self.temporal)
        )
        steps = [torch.cat([timbral, temporal], dim=1)]
        for k, block in enumerate(self.middle):
            step = block(steps[-1][:, :, None])[:, :, 0]
            # the first block changes the number of channels: nothing to add to
            steps.append(step + steps[-1] if k else step)
        maps = torch.cat(steps, dim=1)
        pooled = {"max_pool": maxima(maps, 2), "mean_pool": maps.mean(2)}
        last = self.penultimate(torch.cat([*pooled.values()], dim=1))
        middle = {f"cnn{k}": step for k, step in enumerate(steps[1:], 1)}
        front = {"timbral": timbral, "temporal": temporal}
        return front | middle | pooled | {"penultimate": last, "logits": self.out(last)}

    def penultimate(self, pooled):
        """Map pooled maps (batch, n_pooled) to the last units (batch, n_units)."""
        # norms are those of maps, here of one position
        last = self.dropout(self.pooled_norm(pooled[:, :, None, None]))
        for layer in self.hidden:
            last = self.dropout(layer(last))
        return last.flatten(1)


def normed_last(layer, *, norm, activation):
    """Return a layer, its activation, and the normalization of that."""
    n_out = layer.out_channels
    return nn.Sequential(
        layer, ACTIVATIONS[activation](), make_norm(norm, n_out, eps=EPS)
    )


class TallConv2d(nn.Conv2d):
    """Convolution of one channel by tall filters, padded in time alone.

    The gradient of an input of one channel takes a CPU several times as long as all
    the rest, so where it is wanted, the rows under a filter are channels.

    Parameters
    ----------
    n_filters, height, width : int
    """

    def __init__(self, n_filters, height, width):
        super().__init__(1, n_filters, (height, width), padding=(0, width // 2))

    def forward(self, X):
        """Map (batch, 1, height, width) to maps."""
        if X.device.type != "cpu" or not X.requires_grad:
            return super().forward(X)
        rows = X[:, 0].unfold(1, self.kernel_size[0], 1).permute(0, 3, 1, 2)
        weight = self.weight[:, 0, :, None]
        return F.conv2d(rows, weight, self.bias, padding=self.padding)


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
    """Network with musically motivated filters: Pons & Serra's musicnn.

    Front end: vertical filters, which see most bands of 7 frames, for timbre at any
    pitch; and horizontal filters, which see one band, for rhythm; of both the maximum
    over the bands. Middle: three convolutions over 7 frames with residual connections.
    Back end: the outputs of front end and middle together, their maximum and mean over
    time, and a fully connected layer. Normalization comes after activation. The default
    has the sizes of the published models; the large one for the Million Song Dataset is
    ``MusicnnClassifier(n_filters=512, hidden_sizes=(500,))``. They read 96 mel bands of
    3 s at 16 kHz in 187 frames, as `MusicnnSpectrogram` makes them, and clips vote by
    slices.

    Attributes
    ----------
    n_frames_in_ : int
        Number of frames in ``fit``; clips to predict may be of any length.

    See Also
    --------
    CNNClassifier : Convolutions with small square filters.
    MusicnnEmbedding : Features of the trained networks.
    recipes.fine_tuned : A trained network, trained further on songs.
    Slicer : Cuts clips into slices, which vote.

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

    A published network, of which the output layer is trained:

    >>> X = rng.uniform(0, 3, size=(6, 96, 187)).astype("float32")
    >>> clf = MusicnnClassifier(pretrained="msd", pretrained_lr=0, max_epochs=1)
    >>> clf.fit(X, ["dub", "ska"] * 3).predict_proba(X).shape
    (6, 2)
    """

    _module = Musicnn
    _parameters = {
        "pretrained": OneOf(
            None,
            "Published network to start from, as for `MusicnnEmbedding`. Sizes, "
            "``norm`` and ``activation`` are those of the default; clips have 96 "
            "bands, by `MusicnnSpectrogram`, and 187 frames or more.",
            choices=MODELS,
            none=True,
        ),
        "pretrained_lr": Real(
            1e-4,
            "With ``pretrained``, the learning rate of all layers but the last. 0 "
            "freezes them: weights, statistics of the normalizations, and no dropout. "
            "The normalization of the input is always kept as published: its gradients "
            "would take as long as all others together.",
            low=0,
        ),
        "standardize": Flag(
            None,
            "Standardize each band by its mean and standard deviation over the "
            "training clips. None: unless there is ``pretrained``, whose networks read "
            "the bands as they are.",
            none=True,
        ),
    }
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
            "Normalization of the input, of each activation, and of the pooled values.",
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

    # -- published networks ---------------------------------------------------------
    def _check_params(self):
        super()._check_params()
        if self.pretrained is not None:
            self._check_sizes()
            self._check_training()

    def _check_sizes(self):
        """Raise an error unless the network is the published one."""
        for name, rule in MusicnnClassifier._architecture.items():
            known = rule.plain(rule.default, self)
            if name != "dropout" and rule.plain(getattr(self, name), self) != known:
                raise self._contradiction(name, f"whose networks have {known!r}")

    def _check_training(self):
        """Raise an error if the published weights would be lost, or of no use."""
        if self.standardize:
            raise self._contradiction("standardize", "whose networks read X as it is")
        if self.init is not None:
            raise self._contradiction("init", "which gives the initial weights")
        if "optimizer__param_groups" in (self.net_params or {}):
            why = "which makes optimizer__param_groups of its own"
            raise self._contradiction("net_params", why)

    def _contradiction(self, name, why):
        """Return the error of a parameter that does not go with ``pretrained``."""
        return ValueError(
            f"{type(self).__name__}: {name}={getattr(self, name)!r} does not go with "
            f"pretrained={self.pretrained!r}, {why}. Leave {name} at its default, or "
            "train from random weights with pretrained=None."
        )

    def _check_window(self, n_bands, n_frames):
        """Raise an error unless clips are such as the published networks read."""
        who = f"{type(self).__name__}: pretrained={self.pretrained!r} reads"
        if n_bands != BANDS:
            raise ValueError(
                f"{who} {BANDS} bands, got {n_bands}. Make them by "
                "MusicnnSpectrogram()."
            )
        if n_frames < WINDOW:
            raise ValueError(
                f"{who} {WINDOW} frames or more at a time, got {n_frames}. Cut clips "
                f"by Slicer(slice_length={WINDOW}), which repeats shorter ones, and "
                "crop none shorter (augment)."
            )

    def _standardizes(self):
        return self.pretrained is None if self.standardize is None else self.standardize

    def _network(self):
        module, params = super()._network()
        frozen = () if self.pretrained is None else self._frozen()
        return module, params | {"frozen": frozen}

    def _frozen(self):
        """Return the names of the parts of a published network that do not learn."""
        return LEARNED if self.pretrained_lr == 0 else LEARNED[:1]

    def _describe_net(self, train, task):
        spec = super()._describe_net(train, task)
        if self.pretrained is None:
            return spec
        self._check_window(spec.n_bands, spec.n_frames)
        group = (LEARNED_NAMES, {"lr": self.pretrained_lr})
        training = spec.training | {"optimizer__param_groups": [group]}
        return dataclasses.replace(spec, training=training)

    def _ready_net(self, train, task, seed, new):
        super()._ready_net(train, task, seed, new)
        if new and self.pretrained is not None:
            adopt(bare_module(self.net_).network, self.pretrained)
        elif not new and "optimizer__param_groups" in self._spec.training:
            self._retune()

    def _retune(self):
        """Give a published network the current rate; it may thaw or freeze layers."""
        bare_module(self.net_).network.freeze(self._frozen())
        params = self._spec.params | {"frozen": self._frozen()}
        self._spec = dataclasses.replace(self._spec, params=params)
        self.net_.set_params(optimizer__param_groups__0__lr=self.pretrained_lr)


# the input and the output of the published networks, whose sizes are the defaults
_PUBLISHED = {
    "n_bands": BANDS,
    "n_frames": WINDOW,
    "n_outputs": 50,
    **{name: rule.default for name, rule in MusicnnClassifier._architecture.items()},
}


@functools.lru_cache(maxsize=4)
def musicnn_network(name, device):
    """Return a network with the weights of its authors, to be used as it is.

    Parameters
    ----------
    name : {"msd", "mtt"}
    device : str

    Returns
    -------
    network : Musicnn
        For windows of 96 bands and 187 frames.
    """
    network = Musicnn(**_PUBLISHED)
    network.load_state_dict(published_weights(name))
    return network.to(device).eval().requires_grad_(False)


def published_weights(name):
    """Return the weights of musicnn's network for "msd" or "mtt", by name."""
    arrays, _ = read(WEIGHTS / f"musicnn_{name}.npz")
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def adopt(network, name):
    """Give a network the weights of musicnn's, except those of the output layer."""
    known = published_weights(name).items()
    learned = {key: value for key, value in known if not key.startswith("out.")}
    network.load_state_dict(network.state_dict() | learned)
