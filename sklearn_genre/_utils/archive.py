"""Archives of arrays and plain data: zip files that are checked before they are read.

A file of any origin is refused before anything is unpacked, if its table of contents
does not fit its size: names, sizes, compression, and the shapes of arrays.
"""

import hashlib
import json
import math
import os
import re
import stat
import zipfile

import numpy as np

from .files import open_file, replacing

FORMAT = 1  # increase it with every change that older versions cannot read
# letters, digits, "." and "_": a name that is no path, whatever the system
_NAME = re.compile(r"\w[\w.]{0,199}", re.ASCII)
# Weights shrink to 90 % and tables of text to 10 %; bombs begin at about 1 %.
_MOST_SHRINKING = 50
_MOST_MEMBERS = 100_000
_ENCRYPTED = 0x1  # bit of a member's flags
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


# -- tables of contents ---------------------------------------------------------------
def check_members(archive, size, *, compressed=False):
    """Check the table of contents of an open zip file.

    Parameters
    ----------
    archive : zipfile.ZipFile
    size : int
        Bytes of the whole file.
    compressed : bool, default=False
        Whether members may be compressed; uncompressed ones cannot grow when read.

    Returns
    -------
    members : dict of str to zipfile.ZipInfo

    Raises
    ------
    ValueError
        If a name is no plain file name or occurs twice, a member is a link, encrypted,
        or compressed in another way, all of them together are larger than the file
        allows, or the file starts with something else.
    """
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise ValueError(f"{len(infos)} members")
    if min((info.header_offset for info in infos), default=0):
        raise ValueError("something comes before the zip file in it")
    members = {}
    for info in infos:
        _check_member(info, compressed)
        if info.filename in members:
            raise ValueError(f"two members are called {info.filename}")
        members[info.filename] = info
    # members that share their bytes are more than the file, too
    total = sum(info.file_size for info in infos)
    if total > size * (_MOST_SHRINKING if compressed else 1):
        raise ValueError(f"members of {total:,} bytes in a file of {size:,}")
    return members


def _check_member(info, compressed):
    """Raise a ValueError unless a member is a plain file."""
    name, kinds = info.filename, {zipfile.ZIP_STORED}
    if compressed:
        kinds.add(zipfile.ZIP_DEFLATED)
    if not _NAME.fullmatch(name):
        raise ValueError(f"the member {name[:200]!r} has no plain file name")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ValueError(f"the member {name} is a link")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in kinds:
        raise ValueError(f"the member {name} is encrypted or packed in another way")


def array_header(archive, info):
    """Read the header of a member that is an array, and check it against its size.

    Parameters
    ----------
    archive : zipfile.ZipFile
    info : zipfile.ZipInfo

    Returns
    -------
    shape : tuple of int
    dtype : numpy.dtype

    Raises
    ------
    ValueError
        If it is no header, the array holds Python objects, or its bytes are not those
        that the shape asks for.
    """
    with archive.open(info) as file:
        try:
            shape, dtype = npy_header(file)
        except ValueError as error:
            raise ValueError(f"{info.filename}: {error}") from error
        n_bytes = info.file_size - file.tell()
    if dtype.hasobject:
        raise ValueError(f"{info.filename} is an array of Python objects")
    n_items = math.prod(shape)
    empty = dtype.itemsize == 0 and n_items
    if empty or min(shape, default=0) < 0 or n_items * dtype.itemsize != n_bytes:
        raise ValueError(
            f"{info.filename} is said to be {dtype} of shape {shape}, but has "
            f"{n_bytes:,} bytes"
        )
    return shape, dtype


def npy_header(file):
    """Read the header of a .npy file, whatever is in its place.

    Parameters
    ----------
    file : binary file object
        At the start of the header; afterwards at that of the values.

    Returns
    -------
    shape : tuple of int
    dtype : numpy.dtype

    Raises
    ------
    ValueError
        If it is no header.
    """
    try:
        version = np.lib.format.read_magic(file)
        shape, _, dtype = _READERS[version](file)
    # NumPy reads a header as text of Python: of noise, the tokenizer and the parser
    # raise errors of many kinds
    except Exception as error:
        raise ValueError(f"it has no header of an array ({error})") from error
    return shape, dtype


# -- arrays with plain data -----------------------------------------------------------
def write(path, arrays, about):
    """Write an archive.

    Parameters
    ----------
    path : path-like
    arrays : dict of str to ndarray
    about : dict
        Data that JSON can hold; "format" and "sha256" are added.

    Raises
    ------
    OSError
        If the file cannot be written; what was there before stays.
    """
    about = {"format": FORMAT, **about}
    about["sha256"] = _digest(arrays, about)
    text = np.array(json.dumps(about))
    with replacing(path) as file:
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
        arrays = _read_arrays(path)
        about = json.loads(arrays.pop("about").item())
        found, sound = about["format"], about["sha256"] == _digest(arrays, about)
    except OSError:
        raise
    except Exception as error:  # a damaged archive may raise anything
        raise _unusable(path) from error
    if found != FORMAT:
        raise ValueError(
            f"{path}: weights of format {found}; this version of sklearn_genre reads "
            f"format {FORMAT}. Install the version that wrote them."
        )
    if not sound:
        raise _unusable(path)
    return arrays, about


def _read_arrays(path):
    """Return the arrays of an npz file by name."""
    with open_file(path) as file, zipfile.ZipFile(file) as archive:
        size = os.fstat(file.fileno()).st_size
        members = check_members(archive, size, compressed=True)
        for info in members.values():
            array_header(archive, info)
        return {
            name.removesuffix(".npy"): np.lib.format.read_array(
                archive.open(info), allow_pickle=False
            )
            for name, info in members.items()
        }


def _unusable(path):
    """Return the error for a file that is not a model file or is damaged."""
    return ValueError(
        f"{path}: no weights of sklearn_genre, or damaged. Install the package again."
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
