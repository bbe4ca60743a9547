"""``sklearn-genre embed``: a map of songs, on which those alike are near each other."""

from pathlib import Path

from ._features import add_kind, make_transformer
from ._parser import add_n_jobs
from ._scores import check_place
from ._songs import add_songs, find_songs

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
    if out.suffix not in _ENDINGS:
        raise ValueError(f"--out must end in {', '.join(_ENDINGS)}, got {args.out!r}.")
    check_place(out, "--out", args.overwrite)
    songs = find_songs(args)
    if len(songs.paths) < 3:
        raise ValueError(f"a map needs three songs or more, got {len(songs.paths)}.")
    display = _drawn(songs, args)
    if out.suffix == ".html":
        display.to_html(out)
    else:
        display.figure_.savefig(out, dpi=150, bbox_inches="tight")
    print(f"saved {out}: {len(songs.paths)} songs")
    return 1 if songs.unreadable else 0


def _drawn(songs, args):
    """Return the map of songs."""
    import joblib
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from ..plotting import EmbeddingDisplay

    chain = make_pipeline(make_transformer(args.kind), StandardScaler())
    with joblib.parallel_config(n_jobs=joblib.effective_n_jobs(args.n_jobs)):
        X = chain.fit_transform(songs.paths)
    how = {"method": args.method, "names": songs.paths}
    if args.method == "tsne":
        # it weighs so many neighbors of each song, 30 where there are enough
        how["perplexity"] = min(30.0, (len(X) - 1) / 3)
    return EmbeddingDisplay.from_features(X, songs.target, **how)
