"""The command ``sklearn-genre``: audit a folder, train on it, predict and tag files,
export models.
"""

import argparse
import warnings

from .. import __version__
from ._audit import add_audit
from ._export import add_export
from ._predict import add_predict
from ._tags import add_tags
from ._terminal import (
    fail,
    message_of,
    show_warning,
    stop_writing,
    write_any_name,
)
from ._train import add_train

__all__ = ["main"]


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str or None, default=None
        Arguments; None takes those of the process.

    Returns
    -------
    status : int
        0: all went well; 1: some files cannot be used, or the audit found something;
        2: the command failed; 130: it was interrupted; 141: nobody reads its output
        any more.
    """
    write_any_name()
    args = _parser().parse_args(argv)
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        # the interruption itself is said in a line
        warnings.filterwarnings("ignore", "Training was interrupted")
        try:
            status = args.run(args)
            print(end="", flush=True)  # what the reader of a pipe may refuse
        except BrokenPipeError:
            return stop_writing()
        except KeyboardInterrupt as error:
            return fail(args, ": ".join(["interrupted", *map(str, error.args)]), 130)
        except Exception as error:
            return fail(args, message_of(error), 2)
    return status


def _parser():
    parser = argparse.ArgumentParser(
        prog="sklearn-genre", description="Music genre classification."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_predict(commands)
    add_tags(commands)
    add_train(commands)
    add_audit(commands)
    add_export(commands)
    return parser
