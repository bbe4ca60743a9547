"""Systems on features of a network that was trained on other music."""

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from ..discriminant import ShrinkageDiscriminantAnalysis
from ..embedding import MusicnnEmbedding


def pretrained(
    *, model="msd", layer="taggram", pooling="mean", hop=3.0, device="cpu", n_jobs=None
):
    """Build a discriminant on what a trained tagger hears in a song.

    The choice for collections that are small or noisy: little is left to learn. One
    pass of the network per song, then fits in milliseconds. It wins where genres are
    those that listeners tag; where they are others, compare it with ``layer=
    ("mean_pool", "max_pool")`` and with `best`, on folds by artist.

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
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda" or "auto".
    n_jobs : int or None, default=None
        Songs decoded at the same time.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "embedding", "scale" and "classifier". X is audio.

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
        device=device,
        n_jobs=n_jobs,
    )
    steps = [
        ("embedding", embedding),
        ("scale", StandardScaler()),
        ("classifier", ShrinkageDiscriminantAnalysis()),
    ]
    return Pipeline(steps)
