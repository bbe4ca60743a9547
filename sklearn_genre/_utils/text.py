"""Words, lists of words and values for messages."""

import difflib
import re

# what breaks a line, steers a terminal, or stands for a byte that is not UTF-8
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def printable(text):
    r"""Return text in one line that any stream takes, with escapes where needed.

    Names of files may hold line ends, what a terminal obeys, and bytes that are not
    UTF-8, which Python reads as surrogates.

    Examples
    --------
    >>> print(printable("caf\udce9\n.wav"))
    caf\xe9\n.wav
    """
    return _UNPRINTABLE.sub(lambda found: _escape(found[0]), text)


def needs_escape(text):
    """Return whether text holds anything but bytes that breaks a line of a table."""
    return any(not "\ud800" <= c <= "\udfff" for c in _UNPRINTABLE.findall(text))


def _escape(character):
    """Return the escape of a character, for a surrogate that of its byte."""
    byte = ord(character) - 0xDC00
    if 0x80 <= byte <= 0xFF:
        return f"\\x{byte:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def listed(names, limit=10):
    """Return names in one line: all of them, or the first ones and a count.

    Examples
    --------
    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    names = [printable(str(n)) for n in names]
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def did_you_mean(word, known):
    """Return a question that names what is most like a word; "" if nothing is.

    Examples
    --------
    >>> did_you_mean("gtazn", ["gtzan", "musicnn-msd"])
    ' Did you mean gtzan?'
    """
    found = difflib.get_close_matches(word, known, 1)
    return f" Did you mean {found[0]}?" if found else ""


def short(value, limit=80):
    """Return the repr of a value, cut where it is long.

    Examples
    --------
    >>> short(list(range(100)), limit=20)
    '[0, 1, 2, 3, 4, 5...'
    """
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
