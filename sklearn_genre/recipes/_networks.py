"""Networks from the tagging literature, untrained and in their published form."""

from ..features import MelSpectrogram, Waveform
from ..neural import CNNClassifier, MusicnnClassifier, SampleCNNClassifier
from ..slicing import Slicer
from ._common import build, given_spectrograms


def short_chunk_cnn(
    *,
    n_slices=8,
    slice_length=231,
    duration=30.0,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build small filters over slices of 3.69 s, in residual blocks (Won et al.).

    Stated: 16 kHz, 128 mel bands, slices of 59,049 samples; seven blocks of 128,
    128, 256, 256, 256, 256 and 512 filters of 3x3, each with batch normalization,
    ReLU and a 2x2 max pool; the maximum over what is left, 512 units, dropout of
    0.5. ROC-AUC 0.9129 and PR-AUC 0.4614 on MagnaTagATune, for its cleaned artist
    split of 15,247, 1,529 and 4,332 clips. They train on random slices ("chunks").

    Ours: eight slices of each clip, spread evenly, in training too; Adam at 1e-4,
    batches of 16, epochs. As `CNNClassifier` says, the first block is one convolution,
    and pools replace the strides. It has about 12 million weights, so use a GPU.

    Parameters
    ----------
    n_slices : int, default=8
        Slices of each clip, >= 1.
    slice_length : int, default=231
        Frames per slice: 59,049 samples, 256 apart.
    duration : float, default=30.0
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which mel spectrograms are made. None: X is of shape
        (n, n_bands, n_frames) already. A transformer takes their place.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "slice" and "classifier".

    References
    ----------
    M. Won, A. Ferraro, D. Bogdanov, X. Serra, "Evaluation of CNN-based automatic
    music tagging models", SMC 2020.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> len(recipes.short_chunk_cnn()["classifier"].n_filters)
    7
    """
    network = CNNClassifier(
        n_filters=(128, 128, 256, 256, 256, 256, 512),
        pool_size=2,
        block="residual",
        pool_first=False,
        pooling="max",
        keep_bands=True,
        hidden_sizes=(512,),
        dropout=0.5,
        lr=1e-4,
        batch_size=16,
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(
        front_end,
        _mel(128, duration),
        ("slice", Slicer(slice_length=slice_length, n_slices=n_slices)),
        ("classifier", network),
        given=given_spectrograms,
    )


def musicnn(
    *,
    n_slices=10,
    slice_length=187,
    duration=30.0,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build filters for timbre and for rhythm (Pons & Serra).

    Stated: 16 kHz, 96 mel bands, 187 frames (3 s); vertical filters of 0.4 and 0.7
    of the bands, horizontal ones over 128, 64 and 32 frames, three convolutions of
    64 with shortcuts, maximum and mean over time, 200 units, dropout of 0.5. ROC-AUC
    0.9106 and PR-AUC 0.4493 on MagnaTagATune, cleaned artist split, as quoted from
    Won et al.; 0.9067 and 0.3831 on the earlier split, from the authors.

    Ours: ten slices of each clip; decibels; Adam at 1e-3, batches of 32, epochs.

    Parameters
    ----------
    n_slices : int, default=10
        Slices of each clip, >= 1.
    slice_length : int, default=187
        Frames per slice.
    duration : float, default=30.0
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which mel spectrograms are made. None: X is of shape
        (n, n_bands, n_frames) already. A transformer takes their place.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "slice" and "classifier".

    References
    ----------
    J. Pons, X. Serra, "musicnn: Pre-trained convolutional neural networks for music
    audio tagging", ISMIR late-breaking demo, 2019.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.musicnn()["slice"].slice_length
    187
    """
    network = MusicnnClassifier(
        lr=1e-3, max_epochs=max_epochs, device=device, random_state=random_state
    )
    return build(
        front_end,
        _mel(96, duration),
        ("slice", Slicer(slice_length=slice_length, n_slices=n_slices)),
        ("classifier", network),
        given=given_spectrograms,
    )


def sample_cnn(
    *,
    n_slices=10,
    duration=30.0,
    max_epochs=30,
    front_end="audio",
    device="cpu",
    random_state=None,
):
    """Build small filters and pools over samples, without spectrogram (Lee et al.).

    Stated: 22,050 Hz, slices of 59,049 = 3^10 samples (2.7 s); a convolution of 3
    with a stride of 3, nine blocks of a convolution of 3 and a pool of 3, one of 1;
    stochastic gradient descent with a Nesterov momentum of 0.9 from a rate of 0.01.
    ROC-AUC 0.9058 and PR-AUC 0.4422 on MagnaTagATune, cleaned artist split, as
    quoted from Won et al.

    Ours: ten slices of each clip, batches of 32, epochs, a constant rate.

    Parameters
    ----------
    n_slices : int, default=10
        Slices of each clip, >= 1.
    duration : float, default=30.0
        Seconds of each clip to use; shorter clips are padded.
    max_epochs : int, default=30
        Passes over the training data, >= 1.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, which is decoded. None: X holds waveforms, of shape
        (n, n_samples). A transformer takes the place of the decoding.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "slice" and "classifier".

    References
    ----------
    J. Lee, J. Park, K. L. Kim, J. Nam, "Sample-level deep convolutional neural
    networks for music auto-tagging using raw waveforms", SMC 2017.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.sample_cnn()["slice"].slice_length
    59049
    """
    network = SampleCNNClassifier(
        optimizer="sgd",
        lr=0.01,
        net_params={"optimizer__momentum": 0.9, "optimizer__nesterov": True},
        max_epochs=max_epochs,
        device=device,
        random_state=random_state,
    )
    return build(
        front_end,
        Waveform(sample_rate=22050, duration=duration),
        ("slice", Slicer(slice_length=3**10, n_slices=n_slices)),
        ("classifier", network),
    )


def _mel(n_mels, duration):
    """Return the chain from audio to mel bands at 16 kHz."""
    return MelSpectrogram(
        sample_rate=16000, n_fft=512, hop_length=256, n_mels=n_mels, duration=duration
    )
