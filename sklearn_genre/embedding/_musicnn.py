"""Embeddings by the networks of musicnn."""

import functools
import itertools

import numpy as np

from .._utils.device import one_torch_thread, resolve_device
from ..parameters import AnyOf, Device, Names, OneOf, Real
from ._published import LAYERS, MODELS, column_names
from ._spectrogram import HOP, RATE, WINDOW, MusicnnSpectrogram, leveled, mel_blocks
from ._windows import POOLINGS, long_enough, pool, pooled_names

# Windows at a time: on a CPU the maps of more no longer fit the cache, and ten take
# twice the time of one by one.
_BATCH = {"cpu": 1}
_GPU_BATCH = 256
SHORTEST = (WINDOW - 1) * HOP  # samples that fill a window


class MusicnnEmbedding(MusicnnSpectrogram):
    """Features of a clip from a network that was trained to tag music.

    The network reads windows of 3 s; their outputs at one of its layers are pooled over
    the clip. Clips shorter than 3 s are repeated. Nothing is learned in ``fit``.

    See Also
    --------
    recipes.pretrained : A classifier on these features.
    EmbeddingTransformer : The same with any network.
    MusicnnClassifier : Trains the network further.

    Notes
    -----
    ``transform`` returns an array of shape (n, n_features), float32; with
    ``pooling=None`` of shape (n, n_features, n_windows), or a 1-D object array of
    arrays for clips of unequal length.

    The weights are those of the authors, "MSD_musicnn" and "MTT_musicnn" in musicnn
    0.1.0 (ISC license), and so are all outputs, up to rounding (5e-6 of a tag
    probability) and the resampler (1e-4). The network for "msd" heard about 200,000
    songs of the Million Song Dataset, the one for "mtt" 19,000 clips of MagnaTagATune:
    scores on songs that are among them are too high.

    References
    ----------
    Pons & Serra (2019), "musicnn: Pre-trained convolutional neural networks for
    music audio tagging", ISMIR late-breaking demo.
    Pons et al. (2018), "End-to-end learning for music audio tagging at scale",
    ISMIR.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import MusicnnEmbedding
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 6 * 16000)
    >>> embedding = MusicnnEmbedding()
    >>> tags = embedding.fit_transform([noise])
    >>> tags.shape
    (1, 50)
    >>> embedding.get_feature_names_out()[tags[0].argmax()]
    'tag electronic'
    """

    _parameters = {
        "model": OneOf(
            "msd",
            'The network: "msd" was trained with tags of Last.fm for the Million Song '
            'Dataset, "mtt" with those of MagnaTagATune.',
            choices=MODELS,
        ),
        "layer": AnyOf(
            "taggram",
            'Layer that gives the features. "taggram": the probabilities of 50 tags, '
            'best for the usual genres; "penultimate": 200 units before them; '
            '"mean_pool" and "max_pool": the mean and the maximum of 753 maps over '
            "time, together best for other tasks. A tuple joins several.",
            OneOf(choices=LAYERS),
            Names(choices=LAYERS),
        ),
        "pooling": OneOf(
            "mean",
            'How windows become one row: their mean, their maximum, or "mean_std", '
            "their mean followed by their standard deviation. None keeps them as the "
            "last axis.",
            choices=POOLINGS,
            none=True,
        ),
        "hop": Real(
            3.0,
            "Seconds from one window to the next, rounded to frames of 16 ms. What is "
            "left at the end of a clip is dropped.",
            low=0.016,
            high=3600,
        ),
        "device": Device(
            "cpu", 'Where the network computes: "cpu", "cuda", "cuda:1", ... or "auto".'
        ),
    }

    def _waveform_function(self):
        return functools.partial(
            embed,
            model=self.model,
            layers=self._layers(),
            pooling=self.pooling,
            hop=hop_frames(self.hop),
            normalize=self.normalize,
            device=resolve_device(self.device),
        )

    def _check_params(self):
        super()._check_params()
        resolve_device(self.device)

    def _row_names(self):
        return pooled_names(column_names(self.model, self._layers()), self.pooling)

    def _layers(self):
        """Return the names of the layers as a tuple."""
        return (self.layer,) if isinstance(self.layer, str) else tuple(self.layer)


def hop_frames(hop):
    """Return the frames from one window to the next of a hop in seconds."""
    # a window of 3 s is one of 187 frames, so that 3 s leave nothing out between them
    return max(int(hop * RATE / HOP), 1)


def embed(wave, *, model, layers, pooling, hop, normalize, device):
    """Compute the features of a clip; see `MusicnnEmbedding`.

    Parameters
    ----------
    wave : ndarray of shape (n_samples,), float32
        At 16 kHz.
    model : {"msd", "mtt"}
    layers : tuple of str
    pooling : {"mean", "max", "mean_std"} or None
    hop : int
        Frames from one window to the next.
    normalize : "peak" or None
    device : str

    Returns
    -------
    features : ndarray of shape (n_features,) or (n_features, n_windows), float32
    """
    wave = long_enough(leveled(wave, normalize), SHORTEST)
    windows = cut(mel_blocks([wave]), hop)
    rows = outputs(windows, model=model, layers=layers, device=device)
    if pooling is None:
        return pool(rows, None)
    # 541 of the 753 maps are constant, up to their last bits, which would tell how many
    # windows a clip has once such features are scaled to unit variance
    return pool(rows.astype(float), pooling).round(6).astype(np.float32)


def cut(blocks, hop):
    """Cut windows from frames that come block by block.

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n_bands, n_frames_i)
    hop : int
        Frames from one window to the next.

    Yields
    ------
    window : ndarray of shape (n_bands, 187)
    """
    held, skip = None, 0
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        held, skip = held[:, skip:], max(skip - held.shape[1], 0)
        while held.shape[1] >= WINDOW:
            yield held[:, :WINDOW]
            held, skip = held[:, hop:], max(hop - held.shape[1], 0)


def outputs(windows, *, model, layers, device):
    """Return the outputs of layers for windows.

    Parameters
    ----------
    windows : iterable of ndarray of shape (96, 187)
    model : {"msd", "mtt"}
    layers : sequence of str
    device : str

    Returns
    -------
    outputs : ndarray of shape (n_windows, n_features), float32
        The layers side by side.
    """
    import torch

    from ..neural import musicnn_network

    network = musicnn_network(model, device)
    windows, rows = iter(windows), []
    with one_torch_thread(), torch.inference_mode():
        while batch := [*itertools.islice(windows, _BATCH.get(device, _GPU_BATCH))]:
            found = network.layers(torch.from_numpy(np.stack(batch)).to(device))
            found["taggram"] = found["logits"].sigmoid()
            rows.append(torch.cat([found[name] for name in layers], dim=1).cpu())
    return torch.cat(rows).numpy()
