"""Panwar et al. and Choi et al., whom they follow: taggers on long mel spectrograms."""

from ..features import FixedLength, MelSpectrogram
from ..neural import CRNNClassifier, FullyConvolutionalClassifier
from ._common import build, choose, given_spectrograms, optional

_VARIANTS = {
    "panwar": {},
    "choi": {"input_norm": True, "dropout": 0.1, "recurrent_dropout": 0.3},
}
_FCN = {
    4: {
        "n_filters": (128, 384, 768, 2048),
        "pool_size": ((2, 4), (4, 5), (3, 8), (4, 8)),
    },
    5: {
        "n_filters": (128, 256, 512, 1024, 2048),
        "pool_size": ((2, 4), (2, 4), (2, 4), (3, 5), (4, 4)),
    },
}


def panwar_crnn(
    *,
    variant="panwar",
    n_frames=1440,
    duration=29.12,
    max_epochs=100,
    early_stopping=True,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build convolutions and two recurrent layers for tags (S2-a to S2-d).

    Stated: 29.12 s at 12 kHz, Fourier transforms of 512 samples every 256, 96 mel
    bands on a logarithmic scale, 1366 frames, zero padding; four 3x3 convolutions
    with batch normalization before an ELU; max pools of 2x2, 3x3, 4x4 and 4x4 that
    leave 128 maps of 1x15; two GRU layers of 32; sigmoid outputs; Adam, binary
    cross-entropy, batches of 32, 100 epochs, early stopping. ROC-AUC 0.893 and
    accuracy 0.94 for 50 merged tags of MagnaTagATune, with 19,773 clips to train,
    4,566 to test and 1,521 to validate, dealt at random, so that clips of one track
    are on both sides.

    Contradicted: padding to 1400 in the text and one table, to 1440 in another; only
    1440 gives the printed sizes 720, 240, 60 and 15. "63" filters and "28" maps are
    64 and 128 elsewhere. 29.14 s occurs as well as 29.12.

    Ours: learning rate 1e-3, patience of 10 epochs, 37 zeros at each side as in the
    code of Choi et al., standardized bands. The paper names no dropout;
    ``variant="choi"`` has that of Choi et al., and normalizes the input. Zero is a
    loud value in decibels: ``set_params(pad__fill_value="min")`` pads with silence
    instead.

    Parameters
    ----------
    variant : {"panwar", "choi"}, default="panwar"
        "choi" adds batch normalization of the input, and dropout of 0.1 after each
        convolution and 0.3 before the output.
    n_frames : int or None, default=1440
        Frames to which spectrograms are padded; None: not padded.
    duration : float, default=29.12
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=100
        Passes over the training data at most, >= 1.
    early_stopping : bool, default=True
        Whether to hold out 7 % of the training clips, as in the paper, and to stop
        when their loss no longer falls. Give ``classifier__groups`` to ``fit`` to keep
        artists together.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, and the paper's chain makes mel spectrograms from it.
        None: X is of shape (n, n_bands, n_frames) already. A transformer takes the
        place of the chain.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "pad" (if padded), "classifier". With labels as
        y it is a genre classifier, with an indicator matrix a tagger.

    References
    ----------
    S. Panwar, A. Das, M. Roopaei, P. Rad, "A deep learning approach for mapping
    music genres", SoSE 2017.
    K. Choi, G. Fazekas, M. Sandler, K. Cho, "Convolutional recurrent neural networks
    for music classification", ICASSP 2017.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> tagger = recipes.panwar_crnn(variant="choi")
    >>> tagger["pad"].n_frames, tagger["classifier"].recurrent_dropout
    (1440, 0.3)
    """
    network = CRNNClassifier(
        n_filters=(64, 128, 128, 128),
        pool_size=((2, 2), (3, 3), (4, 4), (4, 4)),
        hidden_sizes=(32, 32),
        **choose("variant", variant, _VARIANTS),
        lr=1e-3,
        batch_size=32,
        max_epochs=max_epochs,
        early_stopping=early_stopping,
        validation_fraction=0.07,
        n_iter_no_change=10,
        device=device,
        random_state=random_state,
    )
    pad = FixedLength(n_frames=n_frames, align="center")
    return build(
        front_end,
        _mel(duration),
        *optional("pad", pad, n_frames is not None),
        ("classifier", network),
        given=given_spectrograms,
    )


def choi_fcn(
    *,
    n_layers=4,
    duration=29.12,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build the fully convolutional tagger that Panwar et al. compare with (S2-i).

    Stated by Choi et al.: 96 mel bands x 1366 frames at 12 kHz, Fourier transforms
    of 512 samples every 256, in dB; 3x3 convolutions with batch normalization, ReLU,
    max pools that leave one place, dropout of 0.5, sigmoid outputs, Adam. FCN-4:
    ROC-AUC 0.894 for 50 tags of MagnaTagATune, as Panwar et al. quote it.

    Contradicted: Panwar et al. call it "fully connected". It has no fully connected
    layer except the output; `pun_dense` is such a network.

    Ours: learning rate 1e-3, epochs, batches of 32, standardized bands. With 17 million
    weights (FCN-4) or 25 million (FCN-5) it needs a GPU.

    Parameters
    ----------
    n_layers : {4, 5}, default=4
        FCN-4, which was the better one on MagnaTagATune, or FCN-5.
    duration : float, default=29.12
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, and the paper's chain makes mel spectrograms from it.
        None: X is of shape (n, n_bands, n_frames) already. A transformer takes the
        place of the chain.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end" and "classifier".

    References
    ----------
    K. Choi, G. Fazekas, M. Sandler, "Automatic tagging using deep convolutional
    neural networks", ISMIR 2016.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.choi_fcn(n_layers=5)["classifier"].n_filters
    (128, 256, 512, 1024, 2048)
    """
    network = FullyConvolutionalClassifier(
        **choose("n_layers", n_layers, _FCN),
        dropout=0.5,
        lr=1e-3,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(
        front_end,
        _mel(duration),
        ("classifier", network),
        given=given_spectrograms,
    )


def _mel(duration):
    """Return the chain to 96 mel bands at 12 kHz: 1366 frames in 29.12 s."""
    return MelSpectrogram(
        sample_rate=12000, n_fft=512, hop_length=256, n_mels=96, duration=duration
    )
