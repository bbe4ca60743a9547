"""Small tables as text, HTML or DataFrame; pandas is loaded only for the last."""

import html
from dataclasses import dataclass

import numpy as np

from .text import printable


@dataclass
class TextTable:
    """Named columns and rows of plain values.

    Attributes
    ----------
    columns : list of str
    rows : list of list
        Floats are shown with ``digits`` decimals, None and NaN as a dash.
    digits : int
    """

    columns: list
    rows: list
    digits: int = 3

    def __str__(self):
        cells = self._cells([self.columns, *self.rows])
        widths = [max(len(row[j]) for row in cells) for j in range(len(self.columns))]
        left = self._text_columns()
        lines = [
            "  ".join(
                cell.ljust(w) if j in left else cell.rjust(w)
                for j, (cell, w) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        ]
        return "\n".join(lines)

    def to_html(self, limit=None):
        """Return the table as HTML; beyond ``limit`` rows, only their number."""
        shown = self.rows[:limit]
        (columns,) = self._cells([self.columns])
        lines = [_html_row(columns, "th")]
        lines += [_html_row(row, "td") for row in self._cells(shown)]
        if len(shown) < len(self.rows):
            lines.append(_html_row([f"... {len(self.rows) - len(shown)} more"], "td"))
        return "<table>" + "".join(lines) + "</table>"

    def to_frame(self):
        """Return the table as a DataFrame.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_frame needs pandas; install it (pip install pandas) or print the "
                "report instead."
            ) from error
        rows = [[np.nan if v is None else v for v in row] for row in self.rows]
        return pd.DataFrame(rows, columns=self.columns)

    def _cells(self, rows):
        """Return every value as text."""
        return [[_cell(value, self.digits) for value in row] for row in rows]

    def _text_columns(self):
        """Return the numbers of the columns that hold text."""
        return {
            j
            for j in range(len(self.columns))
            if any(isinstance(row[j], str) for row in self.rows)
        }


def _cell(value, digits):
    """Return a value as text."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return "-"
    if isinstance(value, float | np.floating):
        return f"{value:.{digits}f}"
    return printable(str(value))


def _html_row(cells, tag):
    """Return a line of an HTML table."""
    return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"
