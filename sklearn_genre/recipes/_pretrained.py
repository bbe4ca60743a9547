"""Systems on features of a network that was trained on other music."""

import functools

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..discriminant import ClassDistance, ShrinkageDiscriminantAnalysis
from ..embedding import MusicnnEmbedding, MusicnnSpectrogram
from ..evaluation import OpenSetClassifier
from ..neural import MusicnnClassifier
from ..slicing import Slicer


def pretrained(
    *,
    model="msd",
    layer="taggram",
    pooling="mean",
    hop=3.0,
    normalize=None,
    fit_layer="mean_pool",
    rejection_rate=None,
    device="cpu",
    n_jobs=None,
):
    """Build a discriminant on what a trained tagger hears in a song.

    The choice for collections that are small or noisy: little is left to learn. One
    pass of the network per song, then fits in milliseconds. It wins where genres are
    those that listeners tag; where they are others, compare it with ``layer=
    ("mean_pool", "max_pool")`` and with `best`, on folds by artist.

    It tells how well a song fits those of the training (``score_samples``), and
    `predict_files` says so. Give artists to ``fit`` as ``classifier__groups``, so that
    this is measured on songs of other artists.

    Parameters
    ----------
    model : {"msd", "mtt"}, default="msd"
        The network, as for `MusicnnEmbedding`.
    layer : str or tuple of str, default="taggram"
        Layer that gives the features, as for `MusicnnEmbedding`.
    pooling : {"mean", "max", "mean_std"}, default="mean"
        How the windows of a song become one row.
    hop : float, default=3.0
        Seconds from one window to the next.
    normalize : "peak" or None, default=None
        "peak" makes levels equal, for songs to predict that may be softer than those
        of the training; None is a little better where they are not.
    fit_layer : str or None, default="mean_pool"
        Layer beside it by which the fit is measured: by "mean_pool" nearly all speech,
        noise and tones are told from music, by the tags they are not. With None the
        fit is measured by ``layer`` alone, which can then be changed later, in a
        search over ``embedding__layer``.
    rejection_rate : float or None, default=None
        Share of songs like those of the training, in (0, 1), for which ``predict``
        gives "unknown", so that it does for most speech and noise; 0.05 is a good
        start. None always names a genre.
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda" or "auto".
    n_jobs : int or None, default=None
        Songs decoded at the same time.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "embedding", "scale" and "classifier", an `OpenSetClassifier`.
        X is audio.

    See Also
    --------
    fine_tuned : The network itself, trained further.

    References
    ----------
    J. Pons, X. Serra, "musicnn: Pre-trained convolutional neural networks for music
    audio tagging", ISMIR late-breaking demo, 2019.

    Examples
    --------
    >>> from sklearn_genre import make_genre_audio, recipes
    >>> songs = make_genre_audio(3, genres=["dub", "waltz"], duration=4.0)
    >>> clips = [(wave, songs.sample_rate) for wave in songs.audio]
    >>> recipes.pretrained().fit(clips, songs.target).predict(clips[:1])
    array(['dub'], dtype='<U5')
    """
    embedding = MusicnnEmbedding(
        model=model,
        layer=layer,
        pooling=pooling,
        hop=hop,
        normalize=normalize,
        device=device,
        n_jobs=n_jobs,
    )
    discriminant = ShrinkageDiscriminantAnalysis()
    if fit_layer is not None:
        select = _select_layer(embedding, fit_layer)
        discriminant = make_pipeline(select, discriminant)
    classifier = OpenSetClassifier(discriminant, rejection_rate=rejection_rate)
    steps = [
        ("embedding", embedding),
        ("scale", StandardScaler()),
        ("classifier", classifier),
    ]
    return Pipeline(steps)


def _select_layer(embedding, fit_layer):
    """Add a layer to an embedding; return what takes the others from its features."""
    own = set(embedding.get_feature_names_out())
    layer = embedding.layer
    layers = (layer,) if isinstance(layer, str) else tuple(layer)
    embedding.set_params(layer=layers + (fit_layer,) * (fit_layer not in layers))
    names = embedding.get_feature_names_out()
    columns = [i for i, name in enumerate(names) if name in own]
    choose = functools.partial(_chosen, columns=columns, n_features=len(names))
    return ColumnTransformer([("layer", "passthrough", choose)])


def _chosen(X, *, columns, n_features):
    """Return the columns, if X is what they were chosen from."""
    if X.shape[1] != n_features:
        raise ValueError(
            f"The embedding gives {X.shape[1]} features, but the classifier takes some "
            f"of {n_features}. Give layer and pooling to recipes.pretrained; with "
            "fit_layer=None they can be changed later."
        )
    return columns


def tag_distance():
    """Build a detector that measures the fit of clips by their tags alone.

    Of speech, noise, tones and silence it tells more than distances of probabilities
    do: it is the least probable tags that differ (benchmarks/scores/gtzan_head.py).
    """
    # with the whole distance from all clips taken off, tones and silence are told
    distance = ClassDistance(relative=1.0)
    return make_pipeline(FunctionTransformer(log_tags), StandardScaler(), distance)


def log_tags(X):
    """Return logarithms of probabilities, of which some are 0 when rounded."""
    return np.log(X + 1e-4)


def fine_tuned(
    *,
    model="msd",
    n_slices=10,
    lr=1e-3,
    pretrained_lr=1e-4,
    max_epochs=3,
    device="cpu",
    precision="auto",
    n_jobs=None,
    random_state=None,
):
    """Build a trained tagger that is trained further on songs.

    For collections of hundreds of songs and more, and for a GPU: every epoch goes
    through the network and back, where `pretrained` goes through it once. Compare the
    two on folds by artist.

    Parameters
    ----------
    model : {"msd", "mtt"}, default="msd"
        The network, as for `MusicnnEmbedding`.
    n_slices : int, default=10
        Slices of 3 s, >= 1, spread evenly over a song, which vote.
    lr : float, default=1e-3
        Peak of the learning rate of the new output layer.
    pretrained_lr : float, default=1e-4
        That of all other layers; 0 leaves them as they are.
    max_epochs : int, default=3
        Passes over the slices, >= 1.
    device : str, default="cpu"
        Where to train: "cpu", "cuda" or "auto".
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of the network; "bfloat16" is faster on processors that support it.
    n_jobs : int or None, default=None
        Songs decoded at the same time.
    random_state : int, RandomState instance or None, default=None
        Seeds the output layer, the order of the slices and the dropout.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "spectrogram", "slice" and "classifier". X is audio.

    See Also
    --------
    pretrained : A discriminant on what the network hears.

    References
    ----------
    J. Pons, X. Serra, "musicnn: Pre-trained convolutional neural networks for music
    audio tagging", ISMIR late-breaking demo, 2019.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.fine_tuned(pretrained_lr=0)["classifier"].pretrained
    'msd'
    """
    network = MusicnnClassifier(
        pretrained=model,
        pretrained_lr=pretrained_lr,
        lr=lr,
        lr_schedule="one_cycle",
        batch_size=16,
        max_epochs=max_epochs,
        device=device,
        precision=precision,
        random_state=random_state,
    )
    steps = [
        ("spectrogram", MusicnnSpectrogram(n_jobs=n_jobs)),
        ("slice", Slicer(slice_length=187, n_slices=n_slices)),
        ("classifier", network),
    ]
    return Pipeline(steps)
