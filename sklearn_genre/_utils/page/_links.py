"""Links from a page to files beside it."""

import os
from pathlib import Path
from urllib.parse import quote


def link_from(page, path):
    """Return the link from a page to a local file; None if there is no such file.

    Parameters
    ----------
    page, path : path-like

    Returns
    -------
    link : str or None
        Relative to the folder of the page, so that both may move together; absolute
        where that cannot be, on another drive of Windows.
    """
    if not os.path.isfile(path):
        return None
    target = os.path.abspath(path)
    try:
        relative = os.path.relpath(target, os.path.dirname(os.path.abspath(page)))
    except ValueError:
        return Path(target).as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))
