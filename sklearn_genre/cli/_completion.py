"""``sklearn-genre --print-completion``: verbs, options and files by the tab key."""

import argparse

_SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
_FOLDERS = {"DIR", "FOLDER"}
# what else is a word in capitals takes numbers or names
_NO_FILES = {"N", "K", "S", "NAME", "URL", "FIELD", "NAME=PATH", "ENDING", "COMMAND"}


def add_completion(parser):
    """Add the option to the parser of the command."""
    parser.add_argument(
        "--print-completion",
        action=_PrintCompletion,
        choices=_SHELLS,
        help="print a script that completes commands, options and files in a shell; "
        "needs pip install 'sklearn-genre[completion]'",
    )


class _PrintCompletion(argparse.Action):
    """Prints the script of a shell."""

    def __call__(self, parser, namespace, shell, option_string=None):
        try:
            import shtab
        except ImportError:
            parser.exit(
                2,
                f"{parser.prog}: --print-completion needs shtab: pip install "
                "'sklearn-genre[completion]'\n",
            )
        for one in _parsers(parser):
            for action in one._actions:
                _say_what_it_takes(action, shtab)
        print(shtab.complete(parser, shell))
        parser.exit(0)


def _parsers(parser):
    """Yield a parser, and those of its verbs."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _say_what_it_takes(action, shtab):
    """Say what stands for an argument: files, folders or the names of recipes."""
    from ._recipe import recipe_names

    if action.dest == "recipe":
        action.choices = recipe_names()
    elif action.metavar in _FOLDERS:
        action.complete = shtab.DIRECTORY
    elif action.metavar and action.metavar not in _NO_FILES:
        action.complete = shtab.FILE
