"""Predictions on standard output: lines of text, CSV or JSON."""

import csv
import json
import sys
import warnings

from .._utils.text import needs_escape
from ._terminal import beside_bars, fail, note, watched


def add_forms(parser):
    """Add the options of the form of the output."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="write a table")
    form.add_argument(
        "--json", action="store_true", help="write one JSON object per line, errors too"
    )


def write_all(args, predictions, *, places=(), fit=False):
    """Write predictions as they come, and errors to standard error.

    Parameters
    ----------
    args : Namespace
        With ``csv``, ``json``, ``top`` and ``command``.
    predictions : iterable of (FilePrediction, dict)
        With values of ``places``.
    places : sequence of str, default=()
        Columns between the path and the labels.
    fit : bool, default=False
        Whether a table has columns for how well files fit the training.

    Returns
    -------
    status : int
        1 if there was an error.
    """
    write, status, last = _writer(args, places, fit), 0, None
    for prediction, place in predictions:
        if prediction.error is not None:
            status = fail(args, prediction.error, 1)
        elif prediction.path != last:  # said once for all windows of a song
            last = prediction.path
            _doubt(args, last)
        with beside_bars():
            write(prediction, place)
            print(end="", flush=True)
    return status


def _doubt(args, path):
    """Say on standard error if an answer for a song means little."""
    from .._utils.doubts import doubt_about

    doubt = doubt_about(path)
    if doubt:
        note(f"sklearn-genre {args.command}: {path}: {doubt}")


def watched_files(outcomes, args):
    """Return the outcomes of files, with a progress bar where a user watches."""
    return watched(outcomes, lambda: _count(args.files), args.command)


def _count(files):
    """Return the number of files, and of folders without any."""
    from .._utils.collection import read_files

    with warnings.catch_warnings(action="ignore"):  # they come when files are read
        return sum(max(len(found), 1) for _, found in read_files(files))


def _writer(args, places, fit):
    """Return the function that writes a prediction to standard output."""
    if args.json:
        return _write_json
    if not args.csv:
        return _write_text
    table = csv.writer(sys.stdout, lineterminator="\n")
    header = [f"{name}_{k + 1}" for k in range(args.top) for name in ("label", "proba")]
    header = ["path", *places, *header]
    table.writerow(header + ["fit", "unknown"] * fit)
    width = len(header) if fit else None
    return lambda p, place: p.error or table.writerow(_row(p, place, width))


def _row(prediction, place, width):
    """Return a row of a table; with a width, the fit comes after so many columns."""
    fields = _fields(prediction, place)
    if width is None:
        return fields
    # a model that abstains gives one label, whatever was asked for
    missing = [""] * (width - len(fields))
    fit = "" if prediction.fit is None else prediction.fit
    return [*fields, *missing, fit, prediction.unknown]


def _write_json(prediction, place):
    """Write one object in a line, without the fit if the model does not measure it."""
    entry = {"path": prediction.path, **place, **vars(prediction)}
    if prediction.fit is None:
        del entry["fit"], entry["unknown"]
    print(json.dumps(entry))


def _fields(prediction, place):
    """Return path, place, and labels and probabilities alternately."""
    proba = prediction.proba or [""] * len(prediction.labels)
    pairs = zip(prediction.labels, proba, strict=True)
    fields = [value for label, p in pairs for value in (str(label), p)]
    return [prediction.path, *place.values(), *fields]


def _write_text(prediction, place):
    """Write path and labels in one line, separated by tabs, and if they mean little."""
    from ..prediction import UNLIKE

    if prediction.error is None:
        doubt = [UNLIKE] * prediction.unknown
        print(*map(_field, [*_fields(prediction, place), *doubt]), sep="\t")


def _field(value):
    """Return a field of a line, in quotes where it would break the line."""
    if not isinstance(value, str):
        return f"{value:.3f}"
    quoted = needs_escape(value) or value.startswith('"')
    return json.dumps(value) if quoted else value
