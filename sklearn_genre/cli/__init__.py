"""The command ``sklearn-genre``: a verb per file, over the public names."""

import sys
import warnings

from .. import __version__
from ._audit import add_audit
from ._completion import add_completion
from ._demo import add_demo
from ._embed import add_embed
from ._evaluate import add_compare, add_evaluate
from ._export import add_export
from ._features import add_features
from ._fetch import add_fetch
from ._info import add_info, add_recipes
from ._parser import Parser
from ._plot import add_plot
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

_VERBS = (
    *(add_predict, add_tags, add_plot, add_demo, add_info),
    *(add_audit, add_train, add_recipes, add_evaluate, add_compare),
    *(add_features, add_embed, add_fetch, add_export),
)


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
    try:
        args = _parse(argv)
    except SystemExit as end:  # help, the version, or an error that has been said
        return end.code
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        # the interruption itself is said in a line
        warnings.filterwarnings("ignore", "Training was interrupted")
        # of tags that a fold lacks; how well each is told stands in the report
        warnings.filterwarnings("ignore", "Label not .* is present in all training")
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


def _parse(argv):
    """Return the arguments; without any, show the help."""
    parser, argv = _parser(), sys.argv[1:] if argv is None else argv
    if not argv:
        parser.print_help()
        parser.exit(2)
    if argv[0] == "help":  # as other commands have it
        argv = [*argv[1:2], "--help"]
    return parser.parse_args(argv)


def _parser():
    parser = Parser(
        prog="sklearn-genre",
        description="Name the genres and tags of music, and train models that do.",
        examples=(
            "predict gtzan song.mp3",
            "train music --out genres.skops",
            "help train",
        ),
    )
    parser.add_argument("--version", action="version", version=__version__)
    add_completion(parser)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title="commands"
    )
    for add in _VERBS:
        add(commands)
    return parser
