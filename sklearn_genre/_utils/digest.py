"""Digests of arrays, waveforms and files, by which equal ones are found."""

import hashlib

import numpy as np

from ..audio import describe, opened


def array_digest(array, *more):
    """Return a digest of an array: its values, shape and type, and of other values.

    Parameters
    ----------
    array : ndarray
    *more : object
        What else must be equal; its text counts.

    Returns
    -------
    digest : bytes
    """
    head = f"{array.shape}{array.dtype.str}{more}".encode()
    return hashlib.blake2b(
        head + np.ascontiguousarray(array).tobytes(), digest_size=16
    ).digest()


def wave_digest(blocks, rate):
    """Return a digest of a recording: equal samples at an equal rate are copies.

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n_samples_i,), float32
        Its mono samples, cut anywhere.
    rate : float
        In Hz.

    Returns
    -------
    digest : bytes
    """
    digest = hashlib.blake2b(str(float(rate)).encode(), digest_size=16)
    for block in blocks:
        digest.update((block + 0.0).tobytes())  # -0.0 becomes 0.0
    return digest.digest()


def content_digest(source):
    """Return a digest of the bytes of a file.

    Parameters
    ----------
    source : path-like, bytes or binary file object
        An open file is read from its start.

    Returns
    -------
    digest : bytes
    """
    with opened(source, describe(source)) as file:
        return hashlib.file_digest(file, "sha256").digest()


def files_digest(files):
    """Return a digest of the content of files, whatever their names.

    Parameters
    ----------
    files : sequence of Path

    Returns
    -------
    digest : str
        Hexadecimal digits.
    """
    contents = b"".join(content_digest(file) for file in files)
    return hashlib.sha256(contents).hexdigest()
