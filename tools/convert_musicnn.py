"""Convert the networks in the wheel of musicnn 0.1.0 to files of this package.

    python -m tools.convert_musicnn musicnn-0.1.0-py3-none-any.whl

The weights are TensorFlow checkpoints ("tensor bundles"): ``.index``, a sorted table in
the format of LevelDB from the name of a variable to its place, shape and checksum, and
``.data-00000-of-00001``, the values. Both are read with NumPy alone. The sums of the
wheel and of every variable are checked; the state of the optimizer is left out.
"""

import argparse
import hashlib
import struct
import zipfile
from pathlib import Path

import numpy as np

from sklearn_genre import neural
from sklearn_genre._utils.archive import write

WEIGHTS = Path(neural.__file__).parent / "weights"
SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
SOURCE = "musicnn 0.1.0, Music Technology Group, Universitat Pompeu Fabra (ISC)"
# last bytes of a table; sizes of its footer and of the trailer of a block
MAGIC = 0xDB4775248B80FB57
FOOTER = 48
FLOAT32 = 1  # its number among TensorFlow's types

# our name of each convolution, in the order of the checkpoint
CONVOLUTIONS = (
    "timbral.0",
    "timbral.1",
    "temporal.0",
    "temporal.1",
    "temporal.2",
    "middle.0",
    "middle.1",
    "middle.2",
)
NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def main():
    """Convert both networks that are made of musically motivated filters."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wheel", type=Path, help="musicnn-0.1.0-py3-none-any.whl")
    wheel = parser.parse_args().wheel
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        parser.error(f"{wheel}: not the wheel whose SHA-256 is {SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        for name in ("msd", "mtt"):
            folder = f"musicnn/{name.upper()}_musicnn"
            index = archive.read(f"{folder}/.index")
            data = archive.read(f"{folder}/.data-00000-of-00001")
            path = WEIGHTS / f"musicnn_{name}.npz"
            about = {"source": SOURCE}
            write(path, state_of(read_bundle(index, data)), about)
            print(f"{path.name}: {path.stat().st_size} bytes")


def state_of(variables):
    """Return the state of our network, by name, of a checkpoint's variables."""
    state = _norm(variables, 0, "input_norm")
    for k, name in enumerate(CONVOLUTIONS):
        kernel = variables[f"{_numbered('conv2d', k)}/kernel"]
        # (frames, bands, in, out); the middle sees channels where others see bands
        order = (3, 1, 2, 0) if name.startswith("middle") else (3, 2, 1, 0)
        state[f"{name}.0.weight"] = kernel.transpose(order)
        state[f"{name}.0.bias"] = variables[f"{_numbered('conv2d', k)}/bias"]
        state |= _norm(variables, k + 1, f"{name}.2")
    # the maximum and the mean of each channel are side by side, ours one after another
    state |= {k: _apart(v) for k, v in _norm(variables, 9, "pooled_norm").items()}
    state |= _norm(variables, 10, "hidden.0.2")
    first = variables["dense/kernel"].T
    first = np.concatenate([first[:, ::2], first[:, 1::2]], axis=1)
    state["hidden.0.0.weight"] = first[:, :, None, None]  # over maps of one position
    state["hidden.0.0.bias"] = variables["dense/bias"]
    state["out.weight"] = variables["dense_1/kernel"].T
    state["out.bias"] = variables["dense_1/bias"]
    return {name: np.ascontiguousarray(value) for name, value in state.items()}


def _apart(values):
    """Return the even entries, then the odd ones."""
    return np.concatenate([values[::2], values[1::2]])


def _numbered(name, k):
    """Return the name of the k-th layer of a kind; the first has no number."""
    return f"{name}_{k}" if k else name


def _norm(variables, k, name):
    """Return the state of the k-th batch normalization."""
    theirs = _numbered("batch_normalization", k)
    return {f"{name}.{ours}": variables[f"{theirs}/{v}"] for v, ours in NORM.items()}


def read_bundle(index, data):
    """Return the variables of a checkpoint, but for those of the optimizer.

    Parameters
    ----------
    index, data : bytes
        Content of its two files.

    Returns
    -------
    variables : dict of str to ndarray of float32

    Raises
    ------
    ValueError
        If the files are not such a checkpoint, or a checksum is wrong.
    """
    variables = {}
    for key, entry in _table(index):
        name = key.decode()
        fields = dict(_fields(entry))
        if not name or "Adam" in name or fields[1] != FLOAT32:
            continue
        start, size = fields.get(4, 0), fields[5]
        content = data[start : start + size]
        if _masked_crc(content) != fields[6]:
            raise ValueError(f"{name}: its checksum is wrong")
        sizes = [v for n, v in _fields(fields[2]) if n == 2] if 2 in fields else []
        shape = [dict(_fields(size)).get(1, 0) for size in sizes]
        variables[name] = np.frombuffer(content, "<f4").reshape(shape)
    return variables


def _table(data):
    """Yield the keys and values of a LevelDB table, in order."""
    if len(data) < FOOTER or struct.unpack_from("<Q", data, len(data) - 8)[0] != MAGIC:
        raise ValueError("not a table")
    # the footer holds the places of two blocks: of a meta index, and of the index
    place = len(data) - FOOTER
    for _ in range(2):
        start, place = _varint(data, place)
        size, place = _varint(data, place)
    for _, handle in _block(data, start, size):
        first, place = _varint(handle, 0)
        yield from _block(data, first, _varint(handle, place)[0])


def _block(data, start, size):
    """Yield the keys and values of one block; keys share their beginnings."""
    if data[start + size]:
        raise ValueError("a compressed table, which TensorFlow does not write")
    body = data[start : start + size]
    end = len(body) - 4 - 4 * struct.unpack_from("<I", body, len(body) - 4)[0]
    place, key = 0, b""
    while place < end:
        shared, place = _varint(body, place)
        n_new, place = _varint(body, place)
        n_value, place = _varint(body, place)
        key = key[:shared] + body[place : place + n_new]
        place += n_new
        yield key, body[place : place + n_value]
        place += n_value


def _fields(message):
    """Yield the numbers and values of the fields of a protocol buffer message."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _varint(message, place)
        elif wire == 2:
            size, place = _varint(message, place)
            value, place = message[place : place + size], place + size
        elif wire == 5:
            value, place = struct.unpack_from("<I", message, place)[0], place + 4
        else:
            raise ValueError(f"a field of wire type {wire}")
        yield number, value


def _varint(data, place):
    """Return a number of seven bits per byte, and the place behind it."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7


def _masked_crc(data):
    """Return the CRC-32C of bytes, masked as in TensorFlow's files."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _crc_table():
    """Return the remainders of all bytes by the Castagnoli polynomial."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC = _crc_table()

if __name__ == "__main__":
    main()
