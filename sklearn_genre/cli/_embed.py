"""``sklearn-genre embed``: a map of songs, on which those alike are near each other."""

import importlib.util
from pathlib import Path

from ._features import add_kind, make_transformer, outcomes_of
from ._parser import add_n_jobs
from ._places import check_place, save_picture
from ._songs import add_songs, find_songs
from ._terminal import watched

_ENDINGS = (".html", ".png", ".svg", ".pdf")


def add_embed(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "embed",
        help="draw a map of songs, on which those alike are near each other",
        description="Draw songs as points of a plane, by t-SNE or principal "
        "components of their features, in the colors of their genres. Needs pip "
        "install 'sklearn-genre[plot]'.",
        examples=(
            "embed music --out map.html",
            "embed songs.csv --kind mfcc --method pca --out map.png",
        ),
    )
    add_songs(parser)
    parser.add_argument(
        "--out",
        required=True,
        metavar="PICTURE",
        help="name.html, where the pointer shows the name of a song, or name.png, "
        "name.svg or name.pdf",
    )
    add_kind(parser, "musicnn")
    parser.add_argument(
        "--method",
        choices=["tsne", "pca"],
        default="tsne",
        help="tsne: neighbors stay together, distances say little; pca: the two "
        "directions in which songs differ most (default: tsne)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing file"
    )
    add_n_jobs(parser)
    parser.set_defaults(run=_embed)


def _embed(args):
    """Run ``embed``."""
    out = Path(args.out)
    check_place(out, "--out", args.overwrite, _ENDINGS)
    if importlib.util.find_spec("matplotlib") is None:  # before minutes of work
        raise ImportError("a map needs matplotlib: pip install 'sklearn-genre[plot]'.")
    songs = find_songs(args)
    if len(songs.paths) < 3:
        raise ValueError(f"a map needs three songs or more, got {len(songs.paths)}.")
    _save(_drawn(songs, _rows(songs.paths, args), args.method), out)
    print(f"saved {out}: {len(songs.paths)} songs")
    return 1 if songs.unreadable else 0


def _rows(paths, args):
    """Return features of songs, of which a few are in memory at a time."""
    import numpy as np

    found = outcomes_of(make_transformer(args.kind), paths, args.n_jobs)
    rows = []
    for outcome in watched(found, lambda: len(paths), args.command):
        if not isinstance(outcome, tuple):
            raise outcome
        rows.append(outcome[1])
    return np.stack(rows)


def _drawn(songs, rows, method):
    """Return the map of songs."""
    from sklearn.preprocessing import StandardScaler

    from ..plotting import EmbeddingDisplay

    how = {"method": method, "names": songs.paths}
    if method == "tsne":
        # it weighs so many neighbors of each song, 30 where there are enough
        how["perplexity"] = min(30.0, (len(rows) - 1) / 3)
    X = StandardScaler().fit_transform(rows)
    return EmbeddingDisplay.from_features(X, songs.target, **how)


def _save(display, out):
    """Write the map as a page or a picture."""
    if out.suffix == ".html":
        display.to_html(out)
    else:
        save_picture(display.figure_, out, bbox_inches="tight")
