"""Our system that is best of those trained on GTZAN alone."""

from sklearn.ensemble import VotingClassifier

from ..neural import Augmentation, CNNClassifier
from ._fast import excerpts_to, texture_discriminant


def best(
    *,
    n_excerpts=1,
    max_epochs=100,
    weights=None,
    front_end="audio",
    device="cpu",
    precision="auto",
    random_state=None,
):
    """Build the average of a texture discriminant and a residual network.

    One is a linear discriminant on 871 statistics of a song (`fast`), the other is a
    residual network on random 6 s windows with masks, mixup and label smoothing, whose
    last maps are averaged over bands; their probabilities are averaged. Everything was
    chosen on artist-grouped folds of the training songs of the fault-filtered GTZAN:
    the page "Scores on GTZAN" has the figures and what each part contributes.

    Parameters
    ----------
    n_excerpts : int, default=1
        Number of 30 s excerpts, >= 1, spread evenly over a song, that vote. A single
        one is the middle of the song. Shorter songs are repeated from their start. Of
        a longer audio file, nothing else is decoded.
    max_epochs : int, default=100
        Passes of the network over the training songs, one window of each per pass,
        >= 1.
    weights : (float, float) or None, default=None
        Weights of statistics and network in the average. None: both count equally.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio of any length, from which mel bands in frames of 90 ms are
        made. None: X holds such bands, in dB below the loudest value, of shape (n, 128,
        n_frames), such as the GTZAN mel images. A transformer replaces this step.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of the network; "bfloat16" is about three times as fast on processors
        that support it.
    random_state : int, RandomState instance or None, default=None
        Seeds the network.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "slice" and "classifier".

    See Also
    --------
    fast : The statistics alone.
    sklearn_genre.load_pretrained : "gtzan-scratch" is this system, trained on GTZAN.

    Notes
    -----
    The front end joins the excerpts that it decodes, and "slice" takes them apart. To
    change their number or length later, set ``front_end__n_excerpts`` or
    ``front_end__duration`` together with ``slice__n_slices`` or
    ``slice__slice_length``.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> model = recipes.best(max_epochs=50)
    >>> model.set_params(classifier__estimator__net__augment__mixup=0.5)[-1].voting
    'soft'
    """
    network = CNNClassifier(
        n_filters=(32, 64, 128, 128),
        pool_size=((4, 2), 2, 2, 2),
        augment=Augmentation(
            crop=66, time_mask=0.2, n_time_masks=2, freq_mask=0.2, mixup=0.3
        ),
        label_smoothing=0.1,
        optimizer="adamw",
        lr=3e-3,
        lr_schedule="one_cycle",
        weight_decay=0.01,
        max_epochs=max_epochs,
        device=device,
        precision=precision,
        random_state=random_state,
    )
    both = VotingClassifier(
        [("texture", texture_discriminant(n_excerpts=n_excerpts)), ("net", network)],
        voting="soft",
        weights=weights,
    )
    return excerpts_to(front_end, n_excerpts, both)
