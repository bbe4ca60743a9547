"""Training on songs that have tags in place of genres."""

_FEWEST = 5  # songs with a tag, and as many without it: one for each fold
_FOLDS = 5
_PENALTY = 0.01  # of 0.01 and 0.1 the better one on layers of musicnn, on other music


def is_tagged(songs):
    """Return whether songs have tags in place of genres."""
    return songs.target.ndim == 2


def pretrained_tagger(*, device="cpu"):
    """Build logistic regressions on what a trained tagger hears in a song.

    Its penultimate layer serves best for tags (benchmarks/scores/emotify.py).

    Parameters
    ----------
    device : str, default="cpu"
        Where the network computes.

    Returns
    -------
    pipeline : Pipeline
        Unfitted, with a threshold of its own for each tag.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from .. import MusicnnEmbedding, TagThresholdClassifier

    one = OneVsRestClassifier(LogisticRegression(C=_PENALTY, max_iter=2000))
    steps = [
        ("embedding", MusicnnEmbedding(layer="penultimate", device=device)),
        ("scale", StandardScaler()),
        ("classifier", TagThresholdClassifier(one)),
    ]
    return Pipeline(steps)


def keep_common_tags(songs):
    """Leave out tags that too few songs have, or lack, and name them.

    Raises
    ------
    ValueError
        If none is left.
    """
    from .._utils.text import listed

    counts = songs.target.sum(axis=0)
    kept = (counts >= _FEWEST) & (len(songs.target) - counts >= _FEWEST)
    if not kept.any():
        raise ValueError(
            f"no tag is on {_FEWEST} or more songs and missing on as many; add songs."
        )
    if not kept.all():
        left = listed(songs.target_names[~kept].tolist())
        print(f"left out, on fewer than {_FEWEST} songs or on nearly all: {left}")
    songs.target, songs.target_names = songs.target[:, kept], songs.target_names[kept]


def tag_folds(songs, args):
    """Return the number of folds: that of --cv, or as many as songs and artists allow.

    Raises
    ------
    ValueError
        If --cv is no such number.
    """
    owners = songs.paths if songs.groups is None else songs.groups
    n, what = len(set(owners)), "songs" if songs.groups is None else "artists"
    if n < 2:
        raise ValueError(f"there is one of the {what} only; give --cv 0, or add some.")
    if args.cv is None:
        return min(n, _FOLDS)
    if not 2 <= args.cv <= n:
        raise ValueError(
            f"--cv must be from 2 to {n} here, the number of {what}, or 0 for no "
            f"measurement, got {args.cv}."
        )
    return args.cv


def named_tags(songs):
    """Return the tags as a DataFrame, by which a model knows their names."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "training on tags needs pandas: install it with 'pip install pandas'."
        ) from error
    return pd.DataFrame(songs.target, columns=[str(tag) for tag in songs.target_names])
