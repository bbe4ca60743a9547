"""Reports that consist of tables: one way to take any of them out."""

from .files import replacing


class Tabular:
    """What all reports share: their tables in every form.

    A class lists the names of its tables in ``tables``, the most important first; a
    method ``_<name>_table`` makes each of them.
    """

    tables = ()

    def to_frame(self, what=None):
        """Return one of the tables as a DataFrame.

        Parameters
        ----------
        what : str or None, default=None
            One of ``tables``, which lists their names; None takes the first.

        Returns
        -------
        frame : pandas.DataFrame

        Raises
        ------
        ValueError
            If there is no such table.
        ImportError
            If pandas is not installed.
        """
        return self._table(what).to_frame()

    def to_csv(self, path=None, *, what=None):
        """Return or write one of the tables as CSV, with numbers in full.

        Parameters
        ----------
        path : path-like or None, default=None
            File to write, in UTF-8; None returns the text.
        what : str or None, default=None
            One of ``tables``, which lists their names; None takes the first.

        Returns
        -------
        text : str or None

        Raises
        ------
        ValueError
            If there is no such table.
        OSError
            If the file cannot be written.
        """
        return _give(self._table(what).to_csv(), path)

    def to_json(self, path=None, *, what=None):
        """Return or write one of the tables as JSON: a list with an object per row.

        Numbers are given in full, and null stands for what is not defined. Parameters
        and errors are those of :meth:`to_csv`.

        Parameters
        ----------
        path : path-like or None, default=None
        what : str or None, default=None

        Returns
        -------
        text : str or None
        """
        return _give(self._table(what).to_json(), path)

    def to_latex(self, path=None, *, what=None):
        """Return or write one of the tables as LaTeX, for the package booktabs.

        Numbers have three decimals. Parameters and errors are those of :meth:`to_csv`.

        Parameters
        ----------
        path : path-like or None, default=None
        what : str or None, default=None

        Returns
        -------
        text : str or None
        """
        return _give(self._table(what).to_latex(), path)

    def to_markdown(self, path=None, *, what=None):
        """Return or write one of the tables as Markdown.

        Numbers have three decimals. Parameters and errors are those of :meth:`to_csv`.

        Parameters
        ----------
        path : path-like or None, default=None
        what : str or None, default=None

        Returns
        -------
        text : str or None
        """
        return _give(self._table(what).to_markdown(), path)

    def to_text(self, path=None, *, what=None):
        """Return or write one of the tables as plain text, in columns.

        Numbers have three decimals. Parameters and errors are those of :meth:`to_csv`.

        Parameters
        ----------
        path : path-like or None, default=None
        what : str or None, default=None

        Returns
        -------
        text : str or None
        """
        return _give(str(self._table(what)), path)

    def _table(self, what=None):
        """Return one of the tables.

        Raises
        ------
        ValueError
            If there is no such table.
        """
        what = self.tables[0] if what is None else what
        if what not in self.tables:
            names = ", ".join(map(repr, self.tables))
            raise ValueError(f"what must be one of {names}, got {what!r}.")
        return getattr(self, f"_{what}_table")()


def _give(text, path):
    """Return text, or write it to a file."""
    if path is None:
        return text
    with replacing(path) as part:
        part.write(text.encode("utf-8", "backslashreplace"))
    return None
