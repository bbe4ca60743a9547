"""Text tables, read with strict checks of encoding, header, width and ids."""

import csv
import gzip
import re
import zipfile
import zlib
from collections import Counter
from itertools import chain

from ..._utils.files import check_file
from ..._utils.formats import HEAD, starts_as_audio
from ..._utils.names import name_fault, plain_name
from ..._utils.text import listed

BOM = "\ufeff"
DELIMITERS = "\t,;"
# the first line of a table for Excel, which names the delimiter
_SEP = re.compile(r'"?sep=([^\r\n])"?\s*', re.I)


class Table:
    """A text table in memory.

    Attributes
    ----------
    path : Path
    header : list of str
        In plain form.
    rows : list of list of str
        All as long as the header.
    lines : list of int
        The line of the file in which each row ends.
    """

    def __init__(self, path, header, rows, lines):
        self.path, self.header, self.rows, self.lines = path, header, rows, lines

    def __contains__(self, name):
        return plain_name(name) in self.header

    def __len__(self):
        return len(self.rows)

    def column(self, name):
        """Return the fields of one column, without white space around them."""
        k = self.header.index(plain_name(name))
        return [row[k].strip() for row in self.rows]

    def names(self, name):
        """Return the names in one column, in plain form; see :func:`read_names`."""
        return read_names(self.path, self.column(name), name, self.lines)


def iter_lines(path):
    """Yield the lines of a UTF-8 text, plain, gzipped or alone in a zip archive.

    Lines may end as on any system, those of an old Mac (carriage return) included.

    Parameters
    ----------
    path : Path

    Yields
    ------
    line : str
        With its end; a byte order mark is removed.

    Raises
    ------
    ValueError
        If the file is damaged or not UTF-8; it names the file and the line.
    """
    with _open(path) as file:
        whole = (line for part in file for line in part.splitlines(keepends=True))
        lines = enumerate(whole, 1)
        while True:
            try:
                number, raw = next(lines)
            except StopIteration:
                return
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
                raise ValueError(f"{str(path)!r} is damaged: {error}.") from error
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                _refuse_audio(path)
                raise ValueError(
                    f"{str(path)!r}, line {number}: byte 0x{raw[error.start]:02x} at "
                    f"position {error.start + 1} is not UTF-8. Save the file as UTF-8."
                ) from error
            if "\0" in line:
                _refuse_audio(path)
                raise ValueError(
                    f"{str(path)!r}, line {number} holds a NUL, as UTF-16 does. Save "
                    "the file as UTF-8."
                )
            yield line.removeprefix(BOM) if number == 1 else line


def _refuse_audio(path):
    """Raise if a file that holds no text begins as audio."""
    with open(path, "rb") as file:
        if starts_as_audio(file.read(HEAD)):
            raise ValueError(f"{str(path)!r} is audio, where a table is expected.")


def _open(path):
    """Open a file for reading bytes; unpack it if it is packed."""
    with open(path, "rb") as file:
        magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        return gzip.open(path)
    if magic != b"PK\x03\x04":
        return open(path, "rb")
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{str(path)!r} is damaged: {error}.") from error
    names = [n for n in archive.namelist() if not n.startswith("__MACOSX")]
    if len(names) != 1:
        archive.close()
        raise ValueError(
            f"{str(path)!r} must hold one file, but holds {len(names)}: "
            f"{listed(names)}. Unpack it and give the file."
        )
    return archive.open(names[0])


def iter_rows(path, *, delimiter=None, comment=None, quotechar='"', strict=True):
    """Yield the rows of a delimited text; leave out empty lines and comments.

    Parameters
    ----------
    path : Path
    delimiter : str or None, default=None
        One character. None takes that of a first line ``sep=;``, else the most
        frequent of tab, comma and semicolon in the first line that is not a comment.
    comment : str or None, default=None
        Start of a comment line.
    quotechar : str, default='"'
    strict : bool, default=True
        Whether wrong quoting is an error.

    Yields
    ------
    number : int
        The line in which the row ends.
    row : list of str

    Raises
    ------
    ValueError
        If the text is malformed; it names the file and the line.
    """
    skipped = []

    def content():
        for number, line in enumerate(iter_lines(path), 1):
            if not line.strip() or (comment and line.startswith(comment)):
                skipped.append(number)
                yield "\n"
            else:
                yield line

    lines = content()
    first = next((line for line in lines if line.strip()), "")
    given = _SEP.fullmatch(first)
    if given:
        skipped.append(1)
        delimiter = delimiter or given[1]
        first = next((line for line in lines if line.strip()), "")
    start = len(skipped)
    style = {
        "delimiter": delimiter or max(DELIMITERS, key=first.count),
        "quotechar": quotechar,
        "skipinitialspace": True,
        "strict": strict,
    }
    for number, row in _records(path, chain([first], lines), start, style):
        if row:
            yield number, row


def _records(path, lines, start, style):
    """Yield the last line and the fields of each record, empty ones too."""
    taken = []

    def tapped():
        for line in lines:
            taken.append(line)
            yield line

    reader = csv.reader(tapped(), **style)
    while True:
        taken.clear()
        try:
            row = next(reader, None)
        except csv.Error as error:
            row = _without_blanks("".join(taken), style)
            if row is None:
                where = f"{str(path)!r}, line {start + reader.line_num}"
                raise ValueError(f"{where}: {error}.{_remedy(error)}") from error
        if row is None:
            return
        yield start + reader.line_num, row


def _without_blanks(record, style):
    """Return the fields of a record with blanks behind quotes; None for other faults.

    Some write ``"jazz" , "rock"``, which the csv module refuses.
    """
    quote, delimiter = re.escape(style["quotechar"]), re.escape(style["delimiter"])
    clean = re.sub(rf"(?<={quote})[ \t]+(?={delimiter}|\s*$)", "", record)
    try:
        return next(csv.reader([clean], **style))
    except csv.Error:
        return None


def _remedy(error):
    """Return advice on an error of the csv module."""
    if "field larger than" in str(error):
        return (
            " Look for a quote that is not closed; csv.field_size_limit raises the "
            "limit if the field is right."
        )
    return " Double the quotes within a field, and leave nothing outside of them."


def read_table(path, *, required=(), name="path", **params):
    """Read a table with a header.

    Parameters
    ----------
    path : path-like
    required : iterable of str, default=()
        Columns it must have.
    name : str, default="path"
        Name of the file in errors.
    **params : object
        Passed to :func:`iter_rows`.

    Returns
    -------
    table : Table

    Raises
    ------
    ValueError
        If it is empty, lacks a column, names a column twice, or has a row of
        another width than the header; it names the file and the line.
    """
    path = check_file(path, name)
    rows = iter_rows(path, **params)
    header = [plain_name(field) for field in next(rows, (0, []))[1]]
    if not header:
        raise ValueError(f"{str(path)!r} is empty; expected a table with a header.")
    check_header(path, header, required)
    lines, body = [], []
    for number, row in rows:
        check_width(path, number, row, len(header))
        lines.append(number)
        body.append(row)
    return Table(path, header, body, lines)


def check_header(path, header, required):
    """Raise if a column is missing or repeated."""
    missing = [column for column in required if column not in header]
    if missing:
        raise ValueError(
            f"{str(path)!r} has no column {listed(map(repr, missing))}; its header "
            f"names {listed(map(repr, header), 20)}."
        )
    twice = [column for column, n in Counter(header).items() if n > 1]
    if twice:
        raise ValueError(
            f"{str(path)!r} names a column twice: {listed(map(repr, twice))}."
        )


def check_width(path, number, row, width):
    """Raise if the number of fields in a row differs from that of the header."""
    if len(row) != width:
        raise ValueError(
            f"{str(path)!r}, line {number}: {len(row)} fields where {width} are "
            "expected. Quote fields that hold the delimiter."
        )


def read_names(path, values, what, lines=None):
    """Return the names in a column of a table, in plain form; empty ones stay empty.

    Parameters
    ----------
    path : Path
    values : list of str
    what : str
        The column, for errors.
    lines : list of int or None, default=None
        The line of each value. None counts rows from 1.

    Returns
    -------
    names : list of str

    Raises
    ------
    ValueError
        If one stands for a missing value ("nan"), has quotes around it or is a list;
        it names the line.
    """
    names = [plain_name(value) for value in values]
    for k, name in enumerate(names):
        fault = name_fault(name)
        if fault:
            where = f"row {k + 1}" if lines is None else f"line {lines[k]}"
            raise ValueError(f"{str(path)!r}, {where}: {what} {name!r} {fault}")
    return names


def check_unique(path, values, lines=None, what="id"):
    """Raise an error that names a repeated value and its lines, if there is one."""
    counts = Counter(values)
    if len(counts) == len(values):
        return
    value = next(v for v in values if counts[v] > 1)
    where = ""
    if lines is not None:
        found = [n for n, v in zip(lines, values, strict=True) if v == value]
        where = f" (lines {listed(found)})"
    twice = sum(n > 1 for n in counts.values())
    more = f", and {twice - 1} more are" if twice > 1 else ""
    raise ValueError(f"{str(path)!r}: {what} {value!r} occurs twice{where}{more}.")
