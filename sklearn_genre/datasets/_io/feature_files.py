"""Feature tables in CSV, ARFF and HDF5, read as columns."""

import csv
import re
from itertools import chain

import numpy as np

from ..._utils.text import listed
from .tables import check_header, check_width, iter_lines, iter_rows

MISSING = ("", "?", "nan", "na", "null")

_ATTRIBUTE = re.compile(
    r"@attribute\s+('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s{]+)\s*(.+)", re.I
)


class Columns:
    """A feature table: numbers, texts, and the order of its columns.

    Attributes
    ----------
    path : Path
    names : list of str
        All columns, in the order of the file.
    numbers : ndarray of shape (n_rows, n_numeric), dtype float64
        NaN where a value is missing.
    numeric : list of str
        Names of the columns of ``numbers``.
    texts : dict of str to list of str
        The other columns.
    """

    def __init__(self, path, names, numbers, texts):
        self.path, self.names, self.numbers, self.texts = path, names, numbers, texts
        self.numeric = [name for name in names if name not in texts]

    def __len__(self):
        return len(self.numbers)

    def text(self, name, what):
        """Return a column as a list of str, with whole numbers without a decimal point.

        Raises
        ------
        ValueError
            If there is no such column.
        """
        if name in self.texts:
            return self.texts[name]
        if name not in self.numeric:
            raise ValueError(
                f"{what}={name!r}: {str(self.path)!r} has columns "
                f"{listed(map(repr, self.names), 20)}."
            )
        values = self.numbers[:, self.numeric.index(name)]
        return [f"{v:.0f}" if v == np.round(v) else f"{v:g}" for v in values]


def read_csv(path, header, text_columns):
    """Read a delimited table.

    Parameters
    ----------
    path : Path
    header : bool or "auto"
        Whether the first row names the columns. "auto": it does if it holds no number.
    text_columns : set of str
        Columns to take as text even if they hold numbers.

    Returns
    -------
    columns : Columns
    """
    rows = iter_rows(path, quotechar=_quote(path))
    number, first = next(rows, (0, None))
    if first is None:
        raise ValueError(f"{str(path)!r} is empty; expected a table of features.")
    first = [field.strip() for field in first]
    named = not any(map(is_number, first)) if header == "auto" else header
    if not named and header == "auto" and len(first) == 1:
        raise ValueError(f"{str(path)!r}: one column only; is the delimiter right?")
    names = first if named else [f"column_{k}" for k in range(len(first))]
    check_header(path, names, ())
    body = rows if named else chain([(number, first)], rows)
    return _collect(path, names, body, None, text_columns)


def _quote(path):
    """Return the quote character: single if the first line has only single ones."""
    first = next(iter_lines(path), "")
    return "'" if "'" in first and '"' not in first else '"'


def is_number(text):
    """Return whether a text is a number or marks a missing value."""
    try:
        float(text)
    except ValueError:
        return text.strip().lower() in MISSING[1:]
    return True


def read_arff(path, text_columns):
    """Read an ARFF file of numeric, nominal and string attributes, without sparse rows.

    A missing text ("?") is empty.

    Returns
    -------
    columns : Columns
    """
    names, texts, rows = [], [], _arff_rows(path)
    for _, item in rows:
        if item is None:
            break
        name, kind = item
        names.append(name)
        if kind.lower().split()[0] not in ("numeric", "real", "integer"):
            texts.append(name)
    else:
        raise ValueError(f"{str(path)!r} has no @data; is it an ARFF file?")
    if not names:
        raise ValueError(f"{str(path)!r} has no @attribute before @data.")
    check_header(path, names, ())
    columns = _collect(path, names, rows, set(texts), text_columns)
    for values in columns.texts.values():
        values[:] = ["" if value == "?" else value for value in values]
    return columns


def _arff_rows(path):
    """Yield attributes as (name, kind), None at @data, and then rows of fields."""
    data = False
    for number, line in enumerate(iter_lines(path), 1):
        line = line.strip()
        if not line or line.startswith("%"):
            continue
        where = f"{str(path)!r}, line {number}"
        if data:
            if line.startswith("{"):
                raise ValueError(f"{where}: sparse ARFF rows are not supported.")
            yield number, _arff_fields(line)
        elif line.lower() == "@data":
            data = True
            yield number, None
        elif line.lower().startswith("@attribute"):
            found = _ATTRIBUTE.fullmatch(line)
            if found is None:
                raise ValueError(f"{where}: cannot read {line!r}.")
            yield number, (_unquote(found[1]), found[2].strip())
        elif not line.lower().startswith("@relation"):
            raise ValueError(f"{where}: expected @attribute or @data, got {line!r}.")


def _arff_fields(line):
    """Return the fields of one row; both kinds of quotes are legal."""
    quote = "'" if "'" in line else '"'
    return next(
        csv.reader([line], quotechar=quote, escapechar="\\", skipinitialspace=True)
    )


def _unquote(name):
    """Return a name without quotes around it."""
    return name[1:-1].replace("\\", "") if name[0] in "'\"" else name


def _collect(path, names, rows, texts, text_columns):
    """Make columns from rows of fields; None for ``texts`` finds the text columns."""
    numbers, kept = [], None
    for number, row in rows:
        check_width(path, number, row, len(names))
        if kept is None:
            if texts is None:
                fields = zip(names, row, strict=True)
                texts = {n for n, f in fields if f.strip() and not is_number(f)}
            texts = texts | text_columns
            kept = {name: [] for name in names if name in texts}
            numeric = [name for name in names if name not in texts]
            # from the last to the first, so that removing one moves no other
            where = [(k, name) for k, name in enumerate(names) if name in texts][::-1]
        for k, name in where:
            kept[name].append(row.pop(k).strip())
        numbers.append(_floats(path, number, numeric, row))
    if kept is None:
        raise ValueError(f"{str(path)!r} has no row.")
    return Columns(path, names, np.array(numbers), kept)


def _floats(path, number, names, fields):
    """Return the numbers of one row."""
    try:
        return np.array(fields, dtype=np.float64)
    except ValueError:
        pass
    values = []
    for name, field in zip(names, fields, strict=True):
        field = field.strip()
        if not (field.lower() in MISSING or is_number(field)):
            raise ValueError(
                f"{str(path)!r}, line {number}, column {name!r}: {field!r} is not a "
                "number."
            )
        values.append(np.nan if field.lower() in MISSING else float(field))
    return np.array(values)


def import_h5py(what):
    """Return the module h5py.

    Raises
    ------
    ImportError
        It says how to install it.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            f"{what} needs h5py: install it with 'pip install sklearn-genre[data]' or "
            "'pip install h5py'."
        ) from error
    return h5py


def read_hdf5(path, key):
    """Read one table of an HDF5 file.

    A table is a two-dimensional data set of numbers, with ids (and names of the
    features) in one-dimensional data sets of strings beside it, or a compound data set.

    Returns
    -------
    columns : Columns
    """
    h5py = import_h5py("reading an HDF5 table")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{str(path)!r} is not an HDF5 file: {error}.") from error
    with file:
        found = {}
        file.visititems(
            lambda name, item: (
                found.update({name: item}) if isinstance(item, h5py.Dataset) else None
            )
        )
        return _from_datasets(path, found, key)


def check_own(path, item):
    """Return a data set of an HDF5 file; refuse one whose data are in another file.

    A table could otherwise hold what lies in any file that its reader may read.

    Raises
    ------
    ValueError
        If it is external, virtual, or in a file that a link leads to.
    """
    linked = item.file.filename != str(path)
    if item.external or item.is_virtual or linked:
        raise ValueError(
            f"{str(path)!r}: the data of {item.name!r} are in another file (external, "
            "virtual or linked), which is not read. Copy them into this file, as by "
            "h5repack or h5copy."
        )
    return item


def _from_datasets(path, found, key):
    """Make columns from the data sets of a file, by name."""
    tables = [
        name
        for name, item in found.items()
        if (item.ndim == 2 and item.dtype.kind in "fiu") or item.dtype.names
    ]
    if key is None and len(tables) != 1:
        raise ValueError(
            f"{str(path)!r} holds {len(tables)} tables ({listed(tables)}) among its "
            f"data sets ({listed(found)}); name one by key."
        )
    key = tables[0] if key is None else key.strip("/")
    if key not in tables:
        raise ValueError(
            f"key: {str(path)!r} has no table {key!r}; it has {listed(tables)}."
        )
    table = check_own(path, found[key])
    if table.dtype.names:
        return _from_compound(path, table[:])
    strings = {
        name.rsplit("/")[-1]: [_decode(v) for v in check_own(path, item)[:]]
        for name, item in found.items()
        if item.ndim == 1 and item.dtype.kind in "SO"
    }
    n_rows, n_columns = table.shape
    named = [name for name, v in strings.items() if len(v) == n_columns != n_rows]
    names = [f"column_{k}" for k in range(n_columns)]
    if len(named) == 1:
        names = strings[named[0]]
    texts = {name: v for name, v in strings.items() if len(v) == n_rows}
    check_header(path, [*texts, *names], ())
    return Columns(path, [*texts, *names], table[:].astype(np.float64), texts)


def _from_compound(path, table):
    """Make columns from a compound data set."""
    texts = {
        name: [_decode(v) for v in table[name]]
        for name in table.dtype.names
        if table.dtype[name].kind in "SO"
    }
    names, parts = [], []
    for name in table.dtype.names:
        if name in texts:
            names.append(name)
            continue
        values = table[name].reshape(len(table), -1).astype(np.float64)
        width = values.shape[1]
        names += [name] if width == 1 else [f"{name}_{k}" for k in range(width)]
        parts.append(values)
    numbers = np.hstack(parts) if parts else np.empty((len(table), 0))
    return Columns(path, names, numbers, texts)


def _decode(value):
    """Return a string of an HDF5 file."""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
