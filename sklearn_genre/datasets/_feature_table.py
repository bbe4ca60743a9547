"""Features from files, joined with labels by id."""

import numpy as np

from .._utils.files import check_file
from .._utils.text import listed
from ._base import documented, make_bunch, texts
from ._io.feature_files import is_number, read_arff, read_csv, read_hdf5
from ._io.labels import assign_split, match_labels, read_labels
from ._io.tables import check_unique, read_names

FORMATS = ("csv", "arff", "hdf5")
_ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".arff": "arff",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".hdf": "hdf5",
}
_DESCR = """\
Feature table
=============
{n_rows:,} rows of {n_features} features from {path}.
{labels}
NaN marks values that are missing in the file.
"""


@documented
def load_feature_table(
    path,
    *,
    labels=None,
    id_column=None,
    label_column=None,
    group_column=None,
    split_column=None,
    ignore=(),
    split=None,
    unlabeled="raise",
    header="auto",
    format=None,
    key=None,
    allow_partial=False,
):
    r"""Read a table of features in CSV, ARFF or HDF5, and join it with labels by id.

    It is meant for features that others computed for data sets whose audio is hard to
    obtain, such as those of TU Wien for the Million Song Dataset [1]_, with one row per
    song and its id in the first or last column.

    Parameters
    ----------
    path : path-like
        The table. Text may be gzipped, or alone in a zip archive.
    labels : path-like, mapping or None, default=None
        Genre by id: a table of id, genre and perhaps a second genre (such as tagtraum's
        ``.cls`` files), or a mapping.
    id_column : str or None, default=None
        The column of the ids. None takes the only column of text that has no other
        role.
    label_column, group_column, split_column : str or None, default=None
        Columns of the table with genre, group (artist) and part of the split.
    ignore : sequence of str, default=()
        Columns to leave out.
    split : mapping, path-like or None, default=None
        Published lists: a mapping of part name to ids, to row numbers of the result,
        or to a text file with one id per line; or a table of id and part.
    unlabeled : {"raise", "drop"}, default="raise"
        What to do about rows that ``labels`` does not name.
    header : {"auto", True, False}, default="auto"
        Whether the first row of a CSV names the columns. "auto": it does if it holds
        no number. Columns without names are called "column_0" and so on.
    format : {"csv", "arff", "hdf5"} or None, default=None
        None infers it from the end of the file name.
    key : str or None, default=None
        The table in an HDF5 file. None takes the only one.
    allow_partial : bool, default=False
        Whether ``split`` may name ids that are not in the table.

    Returns
    -------
    data : Bunch
        - ``data``: ndarray of shape (n_rows, n_features), float64, NaN where missing;
        - ``feature_names``: ndarray of shape (n_features,) of str;
        - ``ids``: ndarray of shape (n_rows,) of str;
        - ``target``: ndarray of shape (n_rows,) of str, or None without labels;
        - ``target_names``: ndarray of str, sorted, or None;
        - ``second``: ndarray of shape (n_rows,) of str, the second genre of ``labels``
          or ""; None without them;
        - ``groups``, ``split``: ndarray of shape (n_rows,) of str, or None;
        - ``unlabeled``: list of str, ids that were left out;
        - ``paths``: None;
        - ``DESCR``: str, with the path of the table.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    IsADirectoryError
        If ``path`` is a folder.
    ImportError
        If an HDF5 file is given and h5py is not installed.
    ValueError
        For a wrong header or format, a row of another width, bytes that are not UTF-8,
        a text in place of a number, an id that occurs twice, rows without a label,
        or a parameter out of range; it names file and line.

    See Also
    --------
    load_msd : The Million Song Dataset's own track files.
    load_manifest : A table of audio files.

    References
    ----------
    .. [1] A. Schindler, R. Mayer, A. Rauber, "Facilitating comprehensive benchmarking
       experiments on the Million Song Dataset", ISMIR 2012.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> from sklearn_genre import load_feature_table
    >>> text = "id,centroid,flatness\na,0.5,1\nb,0.25,2\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "features.csv")
    ...     _ = path.write_text(text)
    ...     data = load_feature_table(path, labels={"a": "jazz", "b": "rock"})
    >>> data.data.tolist(), data.target.tolist()
    ([[0.5, 1.0], [0.25, 2.0]], ['jazz', 'rock'])
    """
    path = check_file(path)
    named = {
        "id_column": id_column,
        "label_column": label_column,
        "group_column": group_column,
        "split_column": split_column,
    }
    _check_parameters(labels, split, named, ignore, header)
    columns = _read(path, format, header, key, set(named.values()) | set(ignore))
    roles, taken = _roles(columns, named, ignore)
    names = _feature_names(columns, taken)
    genres = None if labels is None else read_labels(labels)
    matched = match_labels(roles["id_column"], genres, unlabeled)
    roles = {what: _pick(values, matched.rows) for what, values in roles.items()}
    ids, given = roles["id_column"], roles["split_column"]
    where = [columns.numeric.index(name) for name in names]
    target = roles["label_column"] if genres is None else matched.target
    return make_bunch(
        None,
        target,
        groups=roles["group_column"],
        split=given if split is None else assign_split(ids, split, allow_partial),
        descr=_describe(path, ids, names, target),
        data=columns.numbers[np.ix_(matched.rows, where)],
        feature_names=texts(names),
        ids=texts(ids),
        second=texts(matched.second),
        unlabeled=matched.unlabeled,
    )


def _roles(columns, named, ignore):
    """Return the values of the columns that are not features, and all their names."""
    roles = {w: None if n is None else columns.text(n, w) for w, n in named.items()}
    for name in ignore:
        columns.text(name, "ignore")
    taken = {*named.values(), *ignore}
    if roles["id_column"] is None:
        roles["id_column"], found = _find_ids(columns, taken)
        taken.add(found)
    for what in ("id_column", "label_column", "group_column"):
        _check_full(columns.path, what.removesuffix("_column"), roles[what])
    for what, values in roles.items():
        if values is not None:
            name = what.removesuffix("_column")
            roles[what] = read_names(columns.path, values, name)
    check_unique(columns.path, roles["id_column"])
    return roles, taken


def _check_parameters(labels, split, named, ignore, header):
    """Raise if parameters contradict each other."""
    if labels is not None and named["label_column"] is not None:
        raise ValueError("labels and label_column are both given; give one of them.")
    if split is not None and named["split_column"] is not None:
        raise ValueError("split and split_column are both given; give one of them.")
    if isinstance(ignore, str):
        raise ValueError(f"ignore must be a sequence of columns, got {ignore!r}.")
    if not (header == "auto" or header is True or header is False):
        raise ValueError(f"header must be 'auto', True or False, got {header!r}.")
    used = [name for name in (*named.values(), *ignore) if name is not None]
    twice = sorted({str(name) for name in used if used.count(name) > 1})
    if twice:
        raise ValueError(f"column {listed(map(repr, twice))} is given two roles.")


def _read(path, format, header, key, text_columns):
    """Read the columns of the file."""
    if format is None:
        name = path.name.lower().removesuffix(".gz").removesuffix(".zip")
        format = next((f for end, f in _ENDINGS.items() if name.endswith(end)), None)
    if format not in FORMATS:
        raise ValueError(
            f"format must be one of {', '.join(map(repr, FORMATS))}, or None where the "
            f"file ends in {', '.join(_ENDINGS)}; got {format!r} for {str(path)!r}."
        )
    text_columns = {name for name in text_columns if name is not None}
    if format == "csv":
        return read_csv(path, header, text_columns)
    if format == "arff":
        return read_arff(path, text_columns)
    return read_hdf5(path, key)


def _find_ids(columns, taken):
    """Return the ids, and the name of their column."""
    candidates = [name for name in columns.texts if name not in taken]
    if len(candidates) != 1:
        raise ValueError(
            f"{str(columns.path)!r} has {len(candidates)} columns of text that may be "
            f"the id: {listed(map(repr, candidates))}. Name it by id_column, and the "
            "others by label_column, group_column, split_column or ignore."
        )
    return columns.texts[candidates[0]], candidates[0]


def _check_full(path, what, values):
    """Raise if a row has no id, label or group."""
    if values is not None and "" in values:
        raise ValueError(f"{str(path)!r}: row {values.index('') + 1} has no {what}.")


def _feature_names(columns, taken):
    """Return the numeric columns; every column of text must have a role."""
    texts = [name for name in columns.texts if name not in taken]
    if texts:
        values = columns.texts[texts[0]]
        example = next((v for v in values if not is_number(v)), values[0])
        raise ValueError(
            f"{str(columns.path)!r}: {listed(map(repr, texts))} hold text such as "
            f"{example!r}; name them by label_column, group_column, split_column or "
            "ignore."
        )
    names = [name for name in columns.numeric if name not in taken]
    if not names:
        raise ValueError(f"{str(columns.path)!r} holds no feature.")
    return names


def _pick(values, rows):
    """Return some of the values; None for None."""
    return None if values is None else [values[k] for k in rows]


def _describe(path, ids, names, target):
    """Return the text of DESCR."""
    labels = "No labels are known."
    if target is not None:
        labels = f"Labels: {len(set(target))} genres."
    return _DESCR.format(
        n_rows=len(ids), n_features=len(names), path=path, labels=labels
    )
