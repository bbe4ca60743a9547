"""Small tables in all forms, and the objects that consist of such tables."""

import csv
import html
import io
import json
import re
from dataclasses import dataclass

import numpy as np

from .text import printable

# what LaTeX and Markdown read as something else than text
_LATEX = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|])")


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

    def shown(self, limit):
        """Return what a page shows: columns, rows of values and of text, and the rest.

        Returns
        -------
        shown : dict
            "columns" and "rows", pairs of values and their texts, "text" (numbers of
            the columns that hold text) and "more" (number of rows beyond the limit).
        """
        rows = self.rows[:limit]
        return {
            "columns": self.columns,
            "rows": list(zip(rows, self._cells(rows), strict=True)),
            "text": self._text_columns(),
            "more": len(self.rows) - len(rows),
        }

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

    def to_csv(self):
        """Return the table as CSV, numbers in full, with nothing for None and NaN."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([[_plain(value) for value in row] for row in self.rows])
        return file.getvalue()

    def to_json(self):
        """Return the table as JSON: one object per row, numbers in full."""
        rows = [
            {c: _plain(v) for c, v in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]
        return json.dumps(rows, ensure_ascii=False, indent=1, default=str) + "\n"

    def to_markdown(self):
        """Return the table as Markdown, numbers to the right."""
        left = self._text_columns()
        marks = [":--" if j in left else "--:" for j in range(len(self.columns))]
        head, *body = self._cells([self.columns, *self.rows])
        cells = [[_MARKDOWN.sub(r"\\\1", c) for c in row] for row in (head, *body)]
        lines = [cells[0], marks, *cells[1:]]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def to_latex(self):
        """Return the table as a LaTeX tabular with the rules of booktabs."""
        left = self._text_columns()
        marks = "".join("l" if j in left else "r" for j in range(len(self.columns)))
        cells = self._cells([self.columns, *self.rows])
        lines = [" & ".join(map(_latex, row)) + r" \\" for row in cells]
        lines = [r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule"]
        begin, end = rf"\begin{{tabular}}{{{marks}}}", r"\end{tabular}"
        return "\n".join([begin, *lines, end]) + "\n"

    def _repr_html_(self):
        return self.to_html(limit=100)

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


def _plain(value):
    """Return a value as CSV and JSON hold it; None for NaN."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and np.isnan(value) else value


def _latex(text):
    """Return text with escapes for what LaTeX would obey."""
    return "".join(_LATEX.get(c, c) for c in text)


def _html_row(cells, tag):
    """Return a line of an HTML table."""
    return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"
