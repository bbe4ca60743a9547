"""Texts for messages."""


def listed(names, limit=10):
    """Names in one line: all when few, else the first and a count.

    Examples
    --------
    >>> from sklearn_genre._utils.text import listed
    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    names = [str(n) for n in names]
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"
