"""``sklearn-genre export``: a model as a file of ONNX."""

from pathlib import Path

from ._info import card_of
from ._parser import add_model, integer
from ._places import check_place


def add_export(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "export",
        help="write a model as an ONNX file",
        description="Write a model as an ONNX file, which runs without this package "
        "and without Python. The card of a saved model goes with it. A model that ends "
        "in .joblib or .pkl runs whatever code is in its file: give only those that "
        "you trust.",
        examples=("export genres.skops genres.onnx",),
    )
    add_model(parser)
    parser.add_argument("out", metavar="OUT", help="the file to write, name.onnx")
    parser.add_argument(
        "--n-frames",
        type=integer(1),
        metavar="N",
        help="length of the clips: samples if the model takes audio, else frames "
        "(default: that of the model if it has only one, else any)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing file"
    )
    parser.set_defaults(run=_export)


def _export(args):
    """Run ``export``."""
    from .. import export_onnx, load_model

    check_place(Path(args.out), "OUT", args.overwrite, (".onnx",))
    model = load_model(args.model)
    export_onnx(model, args.out, n_frames=args.n_frames, card=card_of(args.model))
    return 0
