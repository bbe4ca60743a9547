"""``sklearn-genre predict``: name the genre of files."""

from ._terminal import add_n_jobs
from ._writing import add_forms, write_all

_PICKLE = (
    "A model that ends in .joblib or .pkl runs whatever code is in its file, as with "
    "every pickle: load only those that you trust. Other models run no code."
)


def add_predict(commands):
    parser = commands.add_parser(
        "predict",
        help="name the genre of audio files",
        description="Name the genre of audio files, one file per line, best first. "
        "Files that cannot be read are reported on standard error; the others are "
        "predicted, and the exit status is 1. " + _PICKLE,
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a model that train or save_model wrote, or gtzan or gtzan-scratch: the "
        "trained models of the package (see their model card), whatever lies in the "
        "current folder; ./gtzan is a file",
    )
    parser.add_argument(
        "files",
        metavar="FILE_OR_FOLDER",
        nargs="+",
        help="a folder stands for all audio files in it and below",
    )
    parser.add_argument(
        "--top", type=int, default=1, metavar="K", help="genres per file (default: 1)"
    )
    add_forms(parser)
    parser.add_argument(
        "--device",
        help="where networks compute: cpu, cuda or auto (default: cpu, or "
        "as saved by joblib)",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        default=32,
        metavar="N",
        help="files in memory at a time (default: 32)",
    )
    add_n_jobs(parser)
    parser.set_defaults(run=_predict)


def _predict(args):
    """Run ``predict``."""
    from .. import predict_files, to_device
    from ..prediction import measures_fit
    from ..pretrained import load_model

    model = load_model(args.model)
    if args.device is not None:
        to_device(model, args.device)
    predictions = predict_files(
        model,
        args.files,
        top=args.top,
        batch_size=args.batch_size,
        n_jobs=args.n_jobs,
    )
    told = ((prediction, {}) for prediction in predictions)
    return write_all(args, told, fit=measures_fit(model))
