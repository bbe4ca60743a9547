"""What all data sets share: the Bunch and its documentation, facts, files, counts."""

import csv
import inspect
import re
import textwrap
import warnings
from importlib import resources

import numpy as np
from sklearn.utils import Bunch

from .._utils.files import walk
from .._utils.formats import AUDIO_EXTENSIONS, has_ending
from .._utils.names import plain_name
from .._utils.omissions import warn_of_codecs
from .._utils.text import listed
from ..parameters import OneOf
from ._readable import leave_out_unreadable

# descriptions of the fields that every data set has
_FIELDS = {
    "paths": "ndarray of shape (n_clips,) of str, the audio files;",
    "target": "ndarray of shape (n_clips,) of str, the genres;",
    "target_names": "ndarray of shape (n_genres,) of str, sorted;",
    "groups": "None, no groups are known;",
    "split": "None, there is no published split;",
    "DESCR": "str, with source, license, known faults and splits.",
}
_RETURNED = "    data : Bunch\n"
# what every loader of audio files has
_ON_ERROR = OneOf(choices=("raise", "skip"))
_PARAMETER = """\
    on_error : {"raise", "skip"}, default="raise"
        What becomes of files that cannot be read. "raise": no file is decoded here,
        and whoever decodes one gets an AudioError that names it. "skip": each is
        decoded once, to its end, which takes time; those that fail are left out, with
        a warning that counts them, and listed in ``unreadable``. If all fail, this is
        a ValueError. ``joblib.parallel_config(n_jobs=4)`` decodes four at a time.
"""
_UNREADABLE = """
        - ``unreadable``: dict of str to str, why each file left out by
          ``on_error="skip"`` cannot be read; empty otherwise;
"""


# -- the Bunch -------------------------------------------------------------------------
def make_bunch(
    paths,
    target,
    *,
    target_names=None,
    groups=None,
    split=None,
    descr,
    on_error=None,
    **more,
):
    """Make a data set in the form that all loaders return, its names in plain form.

    Parameters
    ----------
    paths : sequence of path-like or None
    target : sequence of str, ndarray of shape (n, n_tags) or None
    target_names : sequence of str or None, default=None
        The tags, if target is an indicator matrix. None takes the sorted genres.
    groups, split : sequence or None
        One entry per clip.
    descr : str
    on_error : {"raise", "skip"} or None, default=None
        Of a loader of audio files: whether those that cannot be read are left out.
    **more : object
        Further fields of the Bunch.

    Returns
    -------
    data : Bunch
    """
    if paths is not None:
        warn_of_codecs(paths)
    if target is not None and target_names is None:
        target = _names(target)
        target_names = np.unique(target)
    bunch = Bunch(
        paths=texts(paths),
        target=target,
        target_names=_names(target_names),
        groups=_names(groups),
        split=_names(split),
        DESCR=descr,
        **more,
    )
    if on_error is not None:
        _ON_ERROR.check_value("on_error", on_error)
        bunch.unreadable = {}
    if on_error == "skip" and paths is not None:
        leave_out_unreadable(bunch)
    return bunch


def _names(values):
    """Return an array of names in plain form; None for None."""
    return None if values is None else texts(plain_name(v) for v in values)


def texts(values):
    """Return an array of strings; None for None."""
    return None if values is None else np.array([str(v) for v in values], dtype=str)


def documented(loader):
    """Complete the docstring of a loader with the common fields of its Bunch.

    A loader describes the fields that are special in its data set. Those of the six
    common ones that it leaves out get the usual description.

    Parameters
    ----------
    loader : function
        Its docstring has the line "data : Bunch" under Returns, and then a list.

    Returns
    -------
    loader : function
        The same.
    """
    if loader.__doc__ is None:  # python -OO
        return loader
    head, line, rest = loader.__doc__.partition(_RETURNED)
    fields, gap, rest = rest.partition("\n\n")
    if "on_error" in inspect.signature(loader).parameters:
        head = head.replace("\n\n    Returns\n", f"\n{_PARAMETER}\n    Returns\n")
        fields += _UNREADABLE
    fields = textwrap.indent(_all_fields(textwrap.dedent(fields)), 8 * " ")
    loader.__doc__ = f"{head}{line}{fields}{gap}{rest}"
    return loader


def _all_fields(text):
    """Return a list of fields with the common ones added, and DESCR at the end."""
    own = [item.strip() for item in re.split(r"^(?=- )", text, flags=re.M)[1:]]
    by_name = {}
    for item in own:
        names = re.findall(r"``(\w+)``", item.partition(":")[0])
        by_name |= dict.fromkeys(names, item)
    common = [by_name.get(n, f"- ``{n}``: {words}") for n, words in _FIELDS.items()]
    more = [item for item in own if item not in common]
    return "\n".join(dict.fromkeys([*common[:-1], *more, common[-1]]))


# -- facts that come with the package --------------------------------------------------
def describe(name, **counts):
    """Return the description of a published data set, with the counts of this copy."""
    return _bundled(f"{name}.rst").read_text("utf-8").format(**counts)


def read_bundled(name):
    """Return the rows of a bundled table as dicts."""
    with _bundled(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _bundled(name):
    """Return a file of the folder ``data``."""
    return resources.files(__package__) / "data" / name


# -- parameters ------------------------------------------------------------------------
def choose_genres(genres, known, what):
    """Return the wanted genres, sorted; None takes all.

    Raises
    ------
    ValueError
        If it is not a sequence of known genres.
    """
    if genres is None:
        return tuple(sorted(known))
    if isinstance(genres, str) or not len(genres):
        raise ValueError(f"genres must be a sequence of genre names, got {genres!r}.")
    genres = [plain_name(genre) for genre in genres]
    for genre in genres:
        if genre not in known:
            raise ValueError(
                f"genres: {what} has no {genre!r}; choose from {sorted(known)}."
            )
    return tuple(sorted(set(genres)))


# -- files -----------------------------------------------------------------------------
def find_files(folder, identify, *, extensions=AUDIO_EXTENSIONS):
    """Find the files of a data set under a folder.

    Parameters
    ----------
    folder : Path
    identify : callable
        Takes a path, and returns the id of its clip, or None if it is not a clip of the
        set. It may raise an error if a file contradicts the set.
    extensions : sequence of str, default=AUDIO_EXTENSIONS
        Which files to look at.

    Returns
    -------
    found : dict of str to list of Path
        All files of each clip.
    ignored : list of Path
        The other files with these extensions.
    """
    found, ignored = {}, []
    for path in walk(folder):
        if has_ending(path, extensions):
            clip = identify(path)
            (ignored if clip is None else found.setdefault(clip, [])).append(path)
    return found, ignored


def one_file_each(found):
    """Return the file of each clip.

    Raises
    ------
    ValueError
        If a clip has two.
    """
    for clip, paths in found.items():
        if len(paths) > 1:
            raise ValueError(
                f"clip {clip} occurs twice: {str(paths[0])!r} and {str(paths[1])!r}. "
                "Give the folder of one copy."
            )
    return {clip: paths[0] for clip, paths in found.items()}


def warn_ignored(folder, ignored, why, *, kind="audio"):
    """Warn about files that a loader leaves out; call it in the loader itself."""
    if ignored:
        warnings.warn(
            f"{len(ignored)} {kind} files in {str(folder)!r} {why} and are left out: "
            f"{listed((p.relative_to(folder) for p in ignored), 5)}.",
            UserWarning,
            stacklevel=3,
        )


def check_complete(
    n_found, n_all, *, clips, where, expected, missing=(), allow_partial
):
    """Check that a copy holds the whole data set.

    Parameters
    ----------
    n_found, n_all : int
        Clips of the copy and of the whole set.
    clips : str
        What is counted, as a plural: "clips of GTZAN".
    where : path-like
        The folder or the file.
    expected : str
        What should be there, for the error about an empty copy.
    missing : sequence of str, default=()
        What the copy lacks.
    allow_partial : bool
        Whether a part of the set is enough.

    Raises
    ------
    ValueError
        If clips are missing; it gives the counts, or what was expected if there are
        none.
    """
    if not n_found:
        raise ValueError(f"no {clips} in {str(where)!r}: expected {expected}.")
    if n_found != n_all and not allow_partial:
        lacking = f"; missing: {listed(missing, 20)}" if missing else ""
        raise ValueError(
            f"{n_found:,} of {n_all:,} {clips} found in {str(where)!r}{lacking}. Give "
            "the complete copy, or pass allow_partial=True to work with what is there."
        )


def present(paths, *, what, allow_partial, on_error):
    """Find out which files of a data set are there.

    Parameters
    ----------
    paths : list of Path
    what : str
        The data set, for the error.
    allow_partial : bool
        Whether some may be missing or empty.
    on_error : {"raise", "skip"}
        "skip": those that are empty, or no regular files, count as there.

    Returns
    -------
    there : list of bool

    Raises
    ------
    ValueError
        If a file is missing or empty and not ``allow_partial``, or if none is there.
    """
    if on_error == "skip":
        sizes = [1 if path.exists() else None for path in paths]
    else:
        sizes = [path.stat().st_size if path.is_file() else None for path in paths]
    there = [bool(size) for size in sizes]
    if all(there) or (any(there) and allow_partial):
        return there
    faults = []
    for state, fault in (("missing", None), ("empty", 0)):
        names = [p for p, size in zip(paths, sizes, strict=True) if size == fault]
        if names:
            faults.append(f"{len(names)} are {state}: {listed(names, 5)}")
    way_out = ", or pass allow_partial=True to take the others" if any(there) else ""
    raise ValueError(
        f"of {len(paths)} audio files of {what}, {'; '.join(faults)}. Restore them"
        f"{way_out}."
    )
