"""Archives of arrays and plain data, without a pickle and with a checksum."""

import hashlib
import json
from pathlib import Path

import numpy as np

from .files import open_file

FORMAT = 1  # increase it with every change that older versions cannot read


def plain(value):
    """Return a value without NumPy types, and with all sequences as tuples."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value


def is_plain(value):
    """Return whether JSON can hold a value."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, str | bool | int | float)


def write(path, arrays, about):
    """Write an archive.

    Parameters
    ----------
    path : path-like
    arrays : dict of str to ndarray
    about : dict
        Data that JSON can hold; "format" and "sha256" are added.
    """
    about = {"format": FORMAT, **about}
    about["sha256"] = _digest(arrays, about)
    text = np.array(json.dumps(about))
    # an open file, since numpy would add the suffix .npz to a name
    with Path(path).open("wb") as file:
        np.savez_compressed(file, about=text, **arrays)


def read(path):
    """Read an archive that `write` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    arrays : dict of str to ndarray
    about : dict

    Raises
    ------
    OSError
        If there is no such file or it may not be read.
    ValueError
        If it is damaged, another kind of file, or of a later format; the error names
        the file.
    """
    try:
        # opened here, since np.load would leave a damaged archive open
        with open_file(path) as file, np.load(file, allow_pickle=False) as npz:
            arrays = {name: npz[name] for name in npz.files}
        about = json.loads(arrays.pop("about").item())
        found, sound = about["format"], about["sha256"] == _digest(arrays, about)
    except OSError:
        raise
    except Exception as error:  # a damaged archive may raise anything
        raise _unusable(path) from error
    if found != FORMAT:
        raise ValueError(
            f"{path}: a model file of format {found}; this version of sklearn_genre "
            f"reads format {FORMAT}. Install the version that wrote it."
        )
    if not sound:
        raise _unusable(path)
    return arrays, about


def _unusable(path):
    """Return the error for a file that is not a model file or is damaged."""
    return ValueError(
        f"{path}: not a model file of sklearn_genre, or damaged. Install the package "
        "again, or write the file again with save_pretrained."
    )


def inconsistent(path, error):
    """Return the error for a file whose arrays and plain data make no model.

    Parameters
    ----------
    path : path-like
    error : Exception
        What went wrong.

    Returns
    -------
    error : ValueError
    """
    return ValueError(
        f"{path}: its arrays and parameters do not make a model "
        f"({type(error).__name__}: {error}). Write the file again with "
        "save_pretrained, or load it with the version of sklearn_genre that wrote it."
    )


def _digest(arrays, about):
    """Return the SHA-256 of all values, names, shapes and plain data."""
    known = {key: value for key, value in about.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(known, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
