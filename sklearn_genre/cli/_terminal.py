"""What the command says, and where: any name can be written, any error is a line."""

import codecs
import contextlib
import os
import sys

from .._utils.text import printable

_WRITABLE = "sklearn_genre.writable"


def fail(args, message, status):
    """Say why the command ends, and return its exit status."""
    note(f"sklearn-genre {args.command}: {message}")
    return status


def note(text):
    """Write a line to standard error, beside a progress bar if there is one."""
    with beside_bars():
        print(printable(text), file=sys.stderr)


def beside_bars():
    """Return a context in which progress bars are off the screen."""
    if "tqdm" not in sys.modules:
        return contextlib.nullcontext()
    from tqdm import tqdm

    return tqdm.external_write_mode()


def on_terminal():
    """Return whether a user watches: progress is never written to files and pipes."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def watched(items, total, what):
    """Return items, with a progress bar where a user watches.

    Parameters
    ----------
    items : iterable
    total : callable
        Returns their number; called only where there is a bar.
    what : str
        What is done, in a word.
    """
    if not on_terminal():
        return items
    from tqdm import tqdm

    return tqdm(items, total=total(), desc=what, unit=" songs", leave=False)


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
    """Show a warning in one line, without its place in the code."""
    note(f"sklearn-genre: warning: {message}")
