"""Labels and splits in separate tables, matched to rows by id."""

import os
from collections import namedtuple
from collections.abc import Mapping

import numpy as np

from ..._utils.files import check_file
from ..._utils.names import name_fault, plain_name
from ..._utils.text import listed
from ...parameters import OneOf
from .tables import check_unique, iter_lines, iter_rows

# usual names of the first column in published tables
ID_NAMES = ("id", "track_id", "trackid", "msd_trackid", "filename", "path", "name")


def read_labels(labels):
    """Read genres by id.

    Parameters
    ----------
    labels : path-like or mapping
        A table of id, genre and perhaps a second genre, divided by tabs, commas or
        semicolons, with or without a header, '#' before comments, plain, gzipped or
        zipped; or a mapping of id to genre, or to a pair of genres.

    Returns
    -------
    genres : dict of str to tuple of (str, str)
        First and second genre; "" where there is no second.

    Raises
    ------
    ValueError
        If a row has no genre, an id is repeated, or the table is empty; it names the
        line.
    """
    if isinstance(labels, Mapping):
        ids = [plain_name(key) for key in labels]
        check_unique("labels", ids)
        pairs = [_pair(f"labels[{key!r}]", value) for key, value in labels.items()]
        return dict(zip(ids, pairs, strict=True))
    path = check_file(labels, "labels")
    ids, pairs, lines = [], [], []
    for number, row in iter_rows(path, comment="#"):
        fields = [field.strip() for field in row]
        if not ids and fields[0].lower() in ID_NAMES:
            continue
        if not 2 <= len(fields) <= 3 or not all(fields[:2]):
            raise ValueError(
                f"{str(path)!r}, line {number}: expected id, genre and perhaps a "
                f"second genre, got {row!r}."
            )
        ids.append(plain_name(fields[0]))
        pairs.append(_pair(f"{str(path)!r}, line {number}", fields[1:]))
        lines.append(number)
    if not ids:
        raise ValueError(f"{str(path)!r} holds no label.")
    check_unique(path, ids, lines)
    return dict(zip(ids, pairs, strict=True))


def _pair(where, value):
    """Return first and second genre as strings."""
    genres = value if isinstance(value, tuple | list | np.ndarray) else (value,)
    genres = [plain_name(genre) for genre in genres]
    if not genres or not genres[0]:
        raise ValueError(f"{where}: no genre.")
    for genre in genres:
        if fault := name_fault(genre):
            raise ValueError(f"{where}: genre {genre!r} {fault}")
    return (genres[0], genres[1] if len(genres) > 1 else "")


# rows that have a label, their first and second genres, ids of the other rows
Matched = namedtuple("Matched", "rows target second unlabeled")


def match_labels(ids, genres, unlabeled):
    """Find the genre of each row.

    Parameters
    ----------
    ids : list of str
    genres : dict of str to tuple of (str, str), or None
        First and second genre by id. None: no labels are known, and all rows stay.
    unlabeled : {"raise", "drop"}

    Returns
    -------
    matched : Matched

    Raises
    ------
    ValueError
        If no row has a label, or one has none and ``unlabeled="raise"``.
    """
    OneOf(choices=("raise", "drop")).check_value("unlabeled", unlabeled)
    if genres is None:
        return Matched(list(range(len(ids))), None, None, [])
    keys = [plain_name(key) for key in ids]
    rows = [k for k, key in enumerate(keys) if key in genres]
    without = [i for i, key in zip(ids, keys, strict=True) if key not in genres]
    if not rows:
        raise ValueError(
            f"none of the {len(ids)} rows has a label: ids look like {ids[0]!r} there, "
            f"and like {next(iter(genres), '')!r} among the labels."
        )
    if without and unlabeled == "raise":
        raise ValueError(
            f"{len(without)} of {len(ids)} rows have no label: {listed(without)}. Pass "
            "unlabeled='drop' to leave them out."
        )
    first, second = zip(*(genres[keys[k]] for k in rows), strict=True)
    return Matched(rows, list(first), list(second), without)


def assign_split(ids, split, allow_partial):
    """Find the part of each row in given lists.

    Parameters
    ----------
    ids : list of str
    split : mapping, path-like or None
        A mapping of part name to a list of ids, a list of row numbers or a text file
        with one id per line; or a table of id and part name.
    allow_partial : bool
        Whether lists may name ids that are not there.

    Returns
    -------
    parts : list of str or None
        "" for rows in no part.

    Raises
    ------
    ValueError
        If a row is in two parts, a list names an id that is not there and not
        ``allow_partial``, or a row number is out of range.
    """
    if split is None:
        return None
    where = {plain_name(key): row for row, key in enumerate(ids)}
    parts, unknown = [""] * len(ids), []
    for part, members in _split_lists(split).items():
        for key in _members(members, ids, part):
            if key not in where:
                unknown.append(key)
            elif parts[where[key]] not in ("", part):
                raise ValueError(
                    f"split: {key!r} is in two parts, {parts[where[key]]!r} and "
                    f"{part!r}."
                )
            else:
                parts[where[key]] = part
    if unknown and not allow_partial:
        raise ValueError(
            f"split names {len(unknown)} ids that are not among the {len(ids)} rows: "
            f"{listed(unknown)}. Pass allow_partial=True to take the others."
        )
    if not any(parts):
        raise ValueError("split names none of the rows.")
    return parts


def _split_lists(split):
    """Return members by part; part names of a table in lower case."""
    if isinstance(split, Mapping):
        if not split or not all(isinstance(part, str) and part for part in split):
            raise ValueError(f"split must map part names to ids, got {split!r}.")
        return split
    lists = {}
    for key, (part, _) in read_labels(split).items():
        lists.setdefault(part.lower(), []).append(key)
    return lists


def _members(members, ids, part):
    """Return the ids of one part."""
    if isinstance(members, (str, os.PathLike)):
        path = check_file(members, f"split[{part!r}]")
        lines = [line.strip() for line in iter_lines(path)]
        lines = [line for line in lines if not line.startswith("#")]
        return [plain_name(line) for line in lines if line]
    members = np.asarray(members)
    if members.dtype.kind not in "iu":
        return [plain_name(m) for m in members]
    if len(members) and not 0 <= members.min() <= members.max() < len(ids):
        raise ValueError(
            f"split[{part!r}]: row numbers must be in 0 to {len(ids) - 1}, got "
            f"{members.min()} to {members.max()}."
        )
    return [plain_name(ids[m]) for m in members]
