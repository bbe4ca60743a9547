"""How many folds songs can be divided into, which is seen before any is decoded."""

_FOLDS = 5


def choose_folds(songs, owners, args, *, most=_FOLDS, apart=""):
    """Return the number of folds: that of --cv, or as many as songs and artists allow.

    Parameters
    ----------
    songs : Bunch
    owners : ndarray of shape (n_songs,)
        What no fold divides: songs, artists, copies of one song.
    args : Namespace
        With ``cv``.
    most : int, default=5
        Folds where --cv is not given.
    apart : str, default=""
        What is not counted, in words.

    Raises
    ------
    ValueError
        If the songs cannot be divided so.
    """
    # imported here, so that the command starts light
    from .._utils.labels import count_owners, smallest_class

    counts = count_owners(songs.target.tolist(), owners.tolist())
    what = "songs" if songs.groups is None else "artists"
    alone = [genre for genre, n in counts.items() if n == 1]
    if alone:
        raise ValueError(_one_only(alone[0], what))
    genre, n = smallest_class(counts)
    few = f"the smallest genre, {genre!r}, has {n} {what}{apart}"
    if args.cv is None:
        if n < most:
            print(f"{n} folds instead of {most}: {few}")
        return min(n, most)
    if not 2 <= args.cv <= n:
        raise ValueError(
            f"--cv must be {_range(2, n)} here, or 0 for no measurement, got "
            f"{args.cv}: each fold needs {what} of every genre, and {few}. Give "
            f"another --cv, or add {what} to it."
        )
    return args.cv


def _one_only(genre, what):
    same = "copies of one" if what == "songs" else "by one artist"
    return (
        f"all songs of {genre!r} are {same}, so they cannot be on both sides of a "
        f"split. Add other {what}, or give --cv 0 for no measurement."
    )


def _range(low, high):
    """Return both ends of a range, or its only number."""
    return f"{low} to {high}" if low < high else low
