"""Pages of HTML in one file, which ask for nothing from anywhere.

A page is a list of sections, a section a list of blocks, and a block a dict of plain
values whose ``kind`` names the template that draws it. Everything is escaped by Jinja.
"""

import functools
from pathlib import Path

from ..files import replacing
from ..text import printable
from ._links import link_from
from ._pictures import picture, png_bytes

__all__ = ["link_from", "notebook_box", "picture", "png_bytes", "write_page"]

_FOLDER = Path(__file__).parent / "templates"
_TABLE_ROWS = 200  # what a page shows of a table; the rest is counted


def write_page(path, *, title, lead, sections):
    """Write a page as one file.

    Parameters
    ----------
    path : path-like
    title : str
    lead : dict
        The result: "value" (None where it is no score), "name", "low", "high" (None
        without interval), "chance", "mark" (a warning or None) and "lines".
    sections : list of dict
        Each with "id", "title", "lines" and "blocks"; with "narrow" if two of them
        may stand side by side.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    with replacing(path) as file:
        page = _templates().get_template("page.html")
        text = page.render(title=title, lead=lead, sections=sections, limit=_TABLE_ROWS)
        file.write(text.encode("utf-8"))


def notebook_box(kind, headline, lines, tables):
    """Return what a notebook shows of a report: the result, and tables to unfold.

    Parameters
    ----------
    kind : str
        Name of the class.
    headline : str
    lines : list of str
    tables : dict of str to TextTable

    Returns
    -------
    html : str
    """
    box = _templates().get_template("notebook.html")
    return box.render(kind=kind, headline=headline, lines=lines, tables=tables)


@functools.cache
def _templates():
    """Return the templates."""
    import jinja2
    from markupsafe import Markup

    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # names of files may hold what is no text
        finalize=lambda v: printable(v) if type(v) is str else v,
    )
    styles = {f.stem: Markup(f.read_text("utf-8")) for f in _FOLDER.glob("*.css")}
    env.globals["styles"] = styles
    return env
