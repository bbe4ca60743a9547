"""Words, lists of words and values for messages."""


def listed(names, limit=10):
    """Return names in one line: all of them, or the first ones and a count.

    Examples
    --------
    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    names = [str(n) for n in names]
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def short(value, limit=80):
    """Return the repr of a value, cut where it is long.

    Examples
    --------
    >>> short(list(range(100)), limit=20)
    '[0, 1, 2, 3, 4, 5...'
    """
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
