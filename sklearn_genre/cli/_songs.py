"""Songs with their genres: a folder that holds one directory per genre, or a table."""

import warnings
from collections import Counter
from pathlib import Path

from ._terminal import fail

_ALONE = "needs two or more songs of each genre. Add songs, or take"


def add_songs(parser, *, tags=False):
    """Add the labeled songs; with ``tags`` a table may have tags in place of labels."""
    more = ", or tags (joined by |) in place of label" if tags else ""
    parser.add_argument(
        "songs",
        metavar="SONGS",
        help="a folder, genre/.../song, or a table (.csv, .tsv) with the columns path "
        f"and label, and group for the artists if they are known{more}",
    )
    parser.set_defaults(takes_tags=tags)
    parser.add_argument(
        "--group-by",
        choices=["artist"],
        help="the folder is genre/artist/.../song: no artist is on both sides of a "
        "split (default: by song; by group if a table names groups)",
    )
    parser.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave out songs that cannot be read and name them, with the reasons, on "
        "standard error; the exit status is then 1. For this every song is decoded "
        "once more (default: the first such song ends the command)",
    )


def find_songs(args):
    """Return the songs of a folder or table, and say which cannot be read.

    Returns
    -------
    songs : Bunch
        With ``paths``, ``target``, ``groups`` and ``unreadable``.
    """
    import joblib

    with joblib.parallel_config(n_jobs=args.n_jobs), warnings.catch_warnings():
        # each of them has a line of its own
        warnings.filterwarnings("ignore", ".* cannot be read and are left out")
        songs = _load(args, "skip" if args.skip_unreadable else "raise")
    for path, reason in songs.unreadable.items():
        fail(args, f"{path}: {reason}", 1)
    n_lost = len(songs.unreadable)
    lost = f"; {n_lost} left out, which cannot be read" if n_lost else ""
    kind = "of {} genres" if songs.target.ndim == 1 else "with {} tags"
    print(f"{len(songs.paths)} songs {kind.format(len(songs.target_names))}{lost}")
    return songs


def _load(args, on_error):
    from .. import load_folder, load_manifest

    if not Path(args.songs).expanduser().is_file():
        return load_folder(args.songs, groups=args.group_by, on_error=on_error)
    songs = load_manifest(args.songs, on_error=on_error)
    if songs.label is None and not args.takes_tags:
        raise ValueError(
            f"{args.songs}: there is no column label. {args.command} takes one genre "
            "per song; train and evaluate take tags, too."
        )
    if args.group_by and songs.groups is None:
        raise ValueError(
            f"--group-by {args.group_by}: {args.songs} has no column group, which "
            "would name the artist of each song."
        )
    return songs


def check_sizes(songs, place):
    """Raise if there is nothing to learn from some genre."""
    from .._utils.text import listed

    counts = Counter(songs.target.tolist())
    lost = sorted(_genres_of(songs.unreadable, place) - set(counts))
    if lost:
        raise ValueError(
            f"no song of {listed(lost)} can be read. Repair some, or take these "
            "directories out of the folder."
        )
    if len(counts) < 2:
        raise ValueError(
            f"the folder holds one genre only, {listed(counts)}; a model needs two or "
            "more. Give the folder that holds one directory per genre."
        )
    few = sorted(genre for genre, n in counts.items() if n < 2)
    if few:
        raise ValueError(
            f"only one song of {listed(few)}; training {_ALONE} these genres out."
        )


def _genres_of(paths, place):
    """Return the genres that files of a folder lie in; those of a table are unknown."""
    from .._utils.names import plain_name

    root = Path(place).expanduser()
    if root.is_file():
        return set()
    return {plain_name(Path(path).relative_to(root).parts[0]) for path in paths}
