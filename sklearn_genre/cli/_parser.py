"""The parser: each error is a line that says what was meant, help ends in examples."""

import argparse
import itertools
import re
import sys

from .._utils.text import did_you_mean, printable

_CHOICE = re.compile(r"argument (\S+): invalid choice: '?(.*?)'? \(choose from (.*)\)")


class Parser(argparse.ArgumentParser):
    """Parser of the command, or of one of its verbs.

    Parameters
    ----------
    *args, **keywords : object
        As for ``ArgumentParser``.
    examples : sequence of str, default=()
        Command lines, without the name of the command, which the help shows.
    """

    def __init__(self, *args, examples=(), **keywords):
        # an option that comes later must not change what a script means
        super().__init__(*args, allow_abbrev=False, **keywords)
        self.examples, self._words = examples, []

    def format_help(self):
        """Return the help, with the examples at its end."""
        name = self.prog.split()[0]
        lines = [f"  {name} {example}\n" for example in self.examples]
        return super().format_help() + "".join(["\nexamples:\n", *lines] * bool(lines))

    def parse_known_args(self, args=None, namespace=None):
        """Parse; what is not known is an error of the verb, not of the command."""
        self._words = sys.argv[1:] if args is None else list(args)
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(self._not_known(rest[0]))
        return found, rest

    def error(self, message):
        """Say in a line what is wrong with the arguments, and exit with status 2."""
        if "arguments are required" in message:  # the wrong name of one, rather
            message = next(self._unknown_options(), message)
        said = printable(_plain(message))
        self.exit(2, f"{self.prog}: {said} ({self.prog} --help)\n")

    def _unknown_options(self):
        """Yield what to say of each word that looks like an option and is none."""
        for word in itertools.takewhile(lambda word: word != "--", self._words):
            name = word.split("=")[0]
            if name.startswith("--") and name not in self._option_string_actions:
                yield self._not_known(word)

    def _not_known(self, word):
        if not word.startswith("-"):
            return f"{word!r} is one argument too many."
        name = word.split("=")[0]
        options = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", self.format_usage()))
        return f"there is no option {name}.{did_you_mean(name, sorted(options))}"


def _plain(message):
    """Return a message of argparse in the words of the command."""
    found = _CHOICE.match(message)
    if not found:
        return re.sub(r"^argument (.+?): (?=must )", r"\1 ", message)
    name, word, listed = found.groups()
    known = re.findall(r"[\w-]+", listed)
    what = "is no command" if name == "COMMAND" else f"is no choice of {name}"
    meant = did_you_mean(word, known) or f" There are {', '.join(known)}."
    return f"{word!r} {what}.{meant}"


def integer(low=None):
    """Return a type of argument: an integer that is not below ``low``."""
    return _number("Integer", int, low=low)


def real(**bounds):
    """Return a type of argument: a number within bounds."""
    return _number("Real", float, **bounds)


def jobs(text):
    """Read a number of jobs: any integer but 0."""
    return _number("Jobs", int)(text)


def _number(rule, kind, **bounds):
    """Return a function that reads a number, or says what is legal."""

    def read(text):
        # imported here, so that the command starts light
        from .. import parameters

        legal = getattr(parameters, rule)(**bounds)
        words = legal.describe().removesuffix(" or None")
        try:
            value = kind(text)
            legal.check_value("", value)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be {words}, got {text}.") from None
        return value

    return read


# -- arguments that several verbs share -----------------------------------------------
def add_model(parser, name="model", optional=None):
    """Add the model, which comes before the songs; ``optional`` if none is given."""
    default = f" (default: {optional})" if optional else ""
    parser.add_argument(
        name,
        metavar=name.upper(),
        nargs="?" if optional else None,
        default=optional,
        help="a file that train or save_model wrote, or the name of a trained model: "
        "gtzan, gtzan-scratch, musicnn-msd or musicnn-mtt (./gtzan is a file)"
        f"{default}",
    )


def add_files(parser):
    """Add files and folders of songs."""
    parser.add_argument(
        "files",
        metavar="FILE_OR_FOLDER",
        nargs="+",
        help="a folder stands for all audio files in it and below",
    )


def add_device(parser, *, default, why):
    """Add the option where networks compute."""
    parser.add_argument(
        "--device",
        default=default,
        metavar="NAME",
        help=f"where networks compute: cpu, cuda or auto (default: {why})",
    )


def add_n_jobs(parser):
    """Add the option of how many files are decoded at the same time."""
    parser.add_argument(
        "--n-jobs",
        type=jobs,
        metavar="N",
        help="files decoded at the same time; -1 is one per core (default: 1)",
    )
