"""A table of audio files with labels, tags, groups and split."""

import os
import re
from pathlib import Path

from .._utils.files import check_folder, existing_path, same_files
from .._utils.names import MISSING, list_members, plain_name
from .._utils.text import listed, printable
from ..parameters import OneOf
from ._base import documented, make_bunch, present, texts
from ._io.tables import check_unique, read_names, read_table
from ._tags import indicator

_DEFAULTS = {
    "path_column": "path",
    "label_column": "label",
    "tag_column": "tags",
    "group_column": "group",
    "split_column": "split",
    "id_column": "id",
}
# a drive or a server
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_DESCR = """\
Manifest
========
{n_clips:,} audio files listed in {path}, under {root}.
Columns: {columns}.
"""


@documented
def load_manifest(
    path,
    *,
    root=None,
    target=None,
    path_column="path",
    label_column="label",
    tag_column="tags",
    group_column="group",
    split_column="split",
    id_column="id",
    tag_separator="|",
    delimiter=None,
    allow_partial=False,
    on_error="raise",
):
    r"""Read a CSV or TSV table of audio files with labels, tags, groups and split.

    Parameters
    ----------
    path : path-like
        The table, UTF-8, with a header. Columns other than those named below are
        returned in ``extra``.
    root : path-like or None, default=None
        The folder that paths are relative to and must not leave (links in it are
        followed). None takes the folder of the table.
    target : {"label", "tags", None}, default=None
        What to return as ``target``. None: the labels if there are any, else the tags.
    path_column : str, default="path"
        Column of the audio files, each named once. Backslashes count as slashes where
        the file is there by that name.
    label_column : str or None, default="label"
        Column of the label, one per file. None: there is no such column.
    tag_column : str or None, default="tags"
        Column of the tags of a file, joined by ``tag_separator``, or a list as pandas,
        NumPy or JSON writes it (``['rock', 'pop']``); an empty field or list means no
        tag. None: there is no such column.
    group_column : str or None, default="group"
        Column of what must not be divided by a split, such as artist or album. None:
        there is no such column.
    split_column : str or None, default="split"
        Column of the part ("train", "test"); empty for files in no part. None: there is
        no such column.
    id_column : str or None, default="id"
        Column of ids, each used once. None: there is no such column.
    tag_separator : str, default="|"
        What separates the tags of a file.
    delimiter : str or None, default=None
        What separates the fields. None takes that of a first line ``sep=;``, else the
        most frequent of tab, comma and semicolon in the header.
    allow_partial : bool, default=False
        Whether audio files may be missing; they are left out and listed in ``missing``.

    Returns
    -------
    data : Bunch
        - ``paths``: ndarray of shape (n_files,) of str, in the order of the table;
        - ``target``: ndarray of shape (n_files,) of str, the labels; or ndarray of
          shape (n_files, n_tags) of zeros and ones;
        - ``target_names``: ndarray of str, sorted;
        - ``groups``, ``split``, ``ids``: ndarray of shape (n_files,) of str, or None;
        - ``tags``: ndarray of shape (n_files, n_tags) of zeros and ones, or None;
        - ``tag_names``: ndarray of shape (n_tags,) of str, or None;
        - ``label``: ndarray of shape (n_files,) of str, or None;
        - ``extra``: dict of str to ndarray of shape (n_files,) of str, the other
          columns;
        - ``missing``: list of str, files that are listed but missing or empty;
        - ``DESCR``: str, with the path of the table.

    Raises
    ------
    FileNotFoundError
        If the table or ``root`` does not exist.
    IsADirectoryError
        If ``path`` is a folder.
    NotADirectoryError
        If ``root`` is a file.
    ValueError
        If a column is missing, a row has another width than the header, bytes are not
        UTF-8, a path is empty, leaves ``root`` or occurs twice (by a link, too), an id
        is empty or repeated, a label or group is empty, a name stands for a missing
        value ("nan", "None", "NULL"), is a list or has quotes around it, audio files
        are missing and not ``allow_partial``, or there are neither labels nor tags.

    See Also
    --------
    load_folder : A folder with one directory per genre, without a table.
    load_feature_table : A table of features.

    Notes
    -----
    Optional columns with their default names may be absent. A column of another name
    must exist.

    Names are compared as they look: composed and decomposed letters, blanks around a
    name and their number within it make no difference. Case, accents and punctuation
    do, and tell a genre "none" from a missing value "None".

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> from sklearn_genre import load_manifest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a.wav", "b.wav"):
    ...         _ = pathlib.Path(folder, name).write_bytes(b"RIFF")
    ...     table = pathlib.Path(folder, "songs.csv")
    ...     _ = table.write_text("path,label,group\na.wav,jazz,X\nb.wav,rock,Y\n")
    ...     data = load_manifest(table)
    >>> data.target.tolist(), data.groups.tolist()
    (['jazz', 'rock'], ['X', 'Y'])
    """
    OneOf(choices=("label", "tags"), none=True).check_value("target", target)
    if not isinstance(tag_separator, str) or not tag_separator:
        raise ValueError(f"tag_separator must be a string, got {tag_separator!r}.")
    names = {
        "path_column": path_column,
        "label_column": label_column,
        "tag_column": tag_column,
        "group_column": group_column,
        "split_column": split_column,
        "id_column": id_column,
    }
    table, columns = _read(path, names, delimiter)
    root = check_folder(table.path.parent if root is None else root, "root")
    files = _find_files(table, columns["path_column"], root, allow_partial)
    there = present(
        files,
        what=f"{str(table.path)!r}",
        allow_partial=allow_partial,
        on_error=on_error,
    )
    rows = [k for k, ok in enumerate(there) if ok]

    def pick(values):
        """Return the rows whose file is there."""
        return None if values is None else texts(values[k] for k in rows)

    tags, tag_names = _read_tags(table, columns["tag_column"], tag_separator)
    y, y_names = _choose(table, target, pick(columns["label_column"]), tags, tag_names)
    used = {plain_name(name) for name in names.values()}
    return make_bunch(
        [files[k] for k in rows],
        y if y_names is None else y[rows],
        target_names=y_names,
        groups=pick(columns["group_column"]),
        split=pick(columns["split_column"]),
        descr=_DESCR.format(
            n_clips=len(rows),
            path=printable(str(table.path)),
            root=printable(str(root)),
            columns=", ".join(table.header),
        ),
        ids=pick(columns["id_column"]),
        label=pick(columns["label_column"]),
        tags=None if tags is None else tags[rows],
        tag_names=texts(tag_names),
        extra={n: pick(table.column(n)) for n in table.header if n not in used},
        missing=[str(files[k]) for k, ok in enumerate(there) if not ok],
        on_error=on_error,
    )


def _read(path, names, delimiter):
    """Return the table and its columns by their role, checked."""
    table = read_table(path, required=(names["path_column"],), delimiter=delimiter)
    if not len(table):
        raise ValueError(f"{str(table.path)!r} lists no file.")
    columns = {what: _column(table, what, name) for what, name in names.items()}
    for what in ("label_column", "group_column", "split_column", "id_column"):
        if columns[what] is not None:
            columns[what] = table.names(names[what])
    _check_full(table, columns, names)
    return table, columns


def _column(table, what, name):
    """Return the fields of a column; None if it is absent and was not asked for."""
    if name is None:
        return None
    if name in table:
        return table.column(name)
    if name == _DEFAULTS[what]:
        return None
    raise ValueError(
        f"{what}={name!r}: {str(table.path)!r} has columns "
        f"{listed(map(repr, table.header), 20)}."
    )


def _check_full(table, columns, names):
    """Raise if a path, label, group or id is empty, or an id occurs twice."""
    for what in ("path_column", "label_column", "group_column", "id_column"):
        values = columns[what]
        if values is not None and "" in values:
            line = table.lines[values.index("")]
            raise ValueError(
                f"{str(table.path)!r}, line {line}: {names[what]!r} is empty. Fill it, "
                "or remove the row or the column."
            )
    if columns["id_column"] is not None:
        check_unique(table.path, columns["id_column"], table.lines)


def _find_files(table, paths, root, allow_partial):
    """Return the files, each of them under the root and named once."""
    base = os.path.abspath(root)
    files = []
    for line, path in zip(table.lines, paths, strict=True):
        where = f"{str(table.path)!r}, line {line}: {path!r}"
        full, found = _find_file(base, path)
        if full != base and not full.startswith(base.rstrip(os.sep) + os.sep):
            raise ValueError(
                f"{where} is outside {str(root)!r}. Give the folder that holds all "
                "files as root."
            )
        if not (found or allow_partial):
            _check_foreign(where, path)
        files.append(full)
    check_unique(table.path, files, table.lines, "file")
    for i, j in same_files(files):
        raise ValueError(
            f"{str(table.path)!r}, lines {table.lines[i]} and {table.lines[j]}: "
            f"{paths[i]!r} and {paths[j]!r} are one file, by a link. Remove one line."
        )
    return [Path(file) for file in files]


def _find_file(base, path):
    """Return the file that a path means, and whether it is there."""
    for form in dict.fromkeys((path, path.replace("\\", "/"))):
        found = existing_path(os.path.normpath(os.path.join(base, form)))
        if found is not None:
            return found, True
    return os.path.normpath(os.path.join(base, path)), False


def _check_foreign(where, path):
    """Raise if a path that leads nowhere is none of this system, or no path at all."""
    if plain_name(path) in MISSING:
        raise ValueError(f"{where} stands for a missing value. Write the path.")
    if path[0] == path[-1] and path[0] in "'\"":
        raise ValueError(f"{where} has quotes around it. Remove them.")
    if os.sep == "/" and _WINDOWS.match(path):
        raise ValueError(
            f"{where} is an absolute path of Windows, with backslashes or a drive. "
            "Write paths relative to the table, or to root."
        )
    if os.sep == "/" and "\\" in path:
        raise ValueError(
            f"{where} has backslashes, and no such file is there with slashes "
            "either. Write the path relative to the table, or give root."
        )


def _read_tags(table, fields, separator):
    """Return an indicator matrix and its tags."""
    if fields is None:
        return None, None
    lists = []
    for line, field in zip(table.lines, fields, strict=True):
        where = f"{str(table.path)!r}, line {line}: tags"
        try:
            tags = list_members(field)
        except ValueError as error:
            raise ValueError(
                f"{where} {error}. Divide the tags by {separator!r}."
            ) from error
        tags = _divided(field, separator) if tags is None else tags
        tags = read_names(table.path, tags, "tag", [line] * len(tags))
        if "" in tags or len(set(tags)) < len(tags):
            raise ValueError(f"{where} {field!r} hold an empty tag or one tag twice.")
        lists.append(tags)
    names = sorted({tag for tags in lists for tag in tags})
    if not names:
        raise ValueError(f"{str(table.path)!r}: no file has a tag.")
    return indicator(lists, names), names


def _divided(field, separator):
    """Return the tags of a field; a separator at either end divides nothing."""
    tags = [tag.strip() for tag in field.split(separator)]
    filled = [k for k, tag in enumerate(tags) if tag]
    return tags[filled[0] : filled[-1] + 1] if filled else []


def _choose(table, target, labels, tags, tag_names):
    """Return the target and its names; None for the names of labels."""
    wanted = target
    if target is None:
        target = "label" if labels is not None else "tags"
    if target == "label" and labels is not None:
        return labels, None
    if target == "tags" and tags is not None:
        return tags, tag_names
    lacks = "of labels or tags" if wanted is None else f"for target={target!r}"
    raise ValueError(
        f"{str(table.path)!r} has no column {lacks}: it has "
        f"{listed(map(repr, table.header), 20)}. Call the one of labels "
        "'label' (of tags 'tags'), or name it by label_column (tag_column)."
    )
