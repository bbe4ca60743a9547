"""What the command says, and where: any name can be written, any error is a line."""

import codecs
import os
import sys

from .._utils.text import printable

_WRITABLE = "sklearn_genre.writable"


def fail(args, message, status):
    """Say why the command ends, and return its exit status."""
    print(f"sklearn-genre {args.command}: {printable(message)}", file=sys.stderr)
    return status


def message_of(error):
    """Return the message of an error, with what has been noted about it."""
    kind = ""
    if not isinstance(error, (OSError, ValueError)):
        kind = f"{type(error).__name__}: "
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return f"{kind}{error}{notes}"


def stop_writing():
    """Return the status of a program that a closed pipe has ended, as in `| head`."""
    # Python writes what is left when it exits, and would complain
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    return 141  # 128 + SIGPIPE, as a shell reports it


def write_any_name():
    """Make every file name and genre printable, whatever the locale."""
    codecs.register_error(_WRITABLE, _writable)
    handlers = (sys.stdout, _WRITABLE), (sys.stderr, "backslashreplace")
    for stream, handler in handlers:
        # a choice by the user (PYTHONIOENCODING) is kept
        if getattr(stream, "errors", None) in ("strict", "surrogateescape"):
            stream.reconfigure(errors=handler)


def _writable(error):
    """Return the bytes of a name as on disk, so that pipes work, or else an escape."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def show_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning in one line, without its place in the code."""
    print(f"sklearn-genre: warning: {message}", file=sys.stderr)


def add_n_jobs(parser):
    """Add the option of how many files are decoded at the same time."""
    parser.add_argument(
        "--n-jobs",
        type=int,
        metavar="N",
        help="files decoded at the same time; -1 is one per core (default: 1)",
    )
