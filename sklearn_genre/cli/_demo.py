"""``sklearn-genre demo``: a page to try a model on songs."""

import os
import threading

from ._parser import add_device, add_model, integer

_SHARE = (
    "let anybody who has the address use the page for up to a week, through a server "
    "of Gradio's makers; songs and answers go over it (default: this machine alone)"
)


def add_demo(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "demo",
        help="open a page to try a model on songs",
        description="Show a page on this machine: drop a song on it or record one, "
        "and see genres, tags, both over time, and why. It asks for nothing from the "
        "network and reports nothing. Ctrl-C closes it. Needs pip install "
        "'sklearn-genre[demo]'.",
        examples=("demo --open", "demo genres.skops --port 8000"),
    )
    add_model(parser, optional="gtzan")
    parser.add_argument(
        "--port",
        type=integer(1),
        metavar="N",
        help="where the page is (default: the first free one from 7860 on)",
    )
    parser.add_argument(
        "--open", action="store_true", help="open the page in a browser"
    )
    parser.add_argument("--share", action="store_true", help=_SHARE)
    add_device(parser, default="cpu", why="cpu")
    parser.set_defaults(run=_demo)


def _demo(args):
    """Run ``demo``."""
    from .. import load_model, to_device
    from ..demo import serve

    model = to_device(load_model(args.model), args.device)
    name = os.path.basename(args.model)
    page = serve(
        model,
        name=name,
        port=args.port,
        open_browser=args.open,
        share=args.share,
        block=False,
    )
    print(f"{name}: {page.share_url or page.local_url} (Ctrl-C closes it)", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:  # the way to close it
        print()
    finally:
        page.close(verbose=False)
    return 0
