"""``sklearn-genre plot``: a picture of a song, and of what a model hears in it."""

from pathlib import Path

from ._parser import integer, real
from ._places import check_place, save_picture

_ENDINGS = (".png", ".svg", ".pdf")


def add_plot(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "plot",
        help="draw a song: its spectrogram, and its genres or tags over time",
        description="Draw a song: its spectrogram, and below it tags, or the genres of "
        "a model, over the same time. Needs pip install 'sklearn-genre[plot]'.",
        examples=("plot song.mp3", "plot song.mp3 --model gtzan --out song.svg"),
    )
    parser.add_argument("song", metavar="SONG", help="an audio file")
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="whose genres or tags to draw: a model, as for predict (default: the tags "
        "of musicnn)",
    )
    parser.add_argument(
        "--out",
        metavar="PICTURE",
        help="name.png, name.svg or name.pdf (default: the name of the song with .png, "
        "in the current folder)",
    )
    parser.add_argument(
        "--top",
        type=integer(1),
        default=8,
        metavar="K",
        help="genres or tags, at most (default: 8)",
    )
    parser.add_argument(
        "--window",
        type=real(low=0.1),
        metavar="S",
        help="of --model: seconds that it hears at once (default: 6 for models that "
        "hear through musicnn, as gtzan; for others a fifth of the song, from 6 to 30)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing picture"
    )
    parser.set_defaults(run=_plot)


def _plot(args):
    """Run ``plot``."""
    from .. import load_model
    from ..plotting import SongDisplay

    out = Path(args.out or f"{Path(args.song).stem}.png")
    check_place(out, "--out", args.overwrite, _ENDINGS)
    if args.window is not None and args.model is None:
        raise ValueError("--window has no effect without --model.")
    model = None if args.model is None else load_model(args.model)
    how = dict(model=model, window=args.window, top=args.top)
    display = SongDisplay.from_path(args.song, **how)
    save_picture(display.figure_, out)
    print(f"saved {out}")
    return 0
