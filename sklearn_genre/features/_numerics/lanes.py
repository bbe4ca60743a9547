"""Vectors for numba, whose lanes are neighboring frames.

Compilers find vector instructions in loops only where nothing hinders them. Here one
value is a vector: its lanes hold the same number of neighboring frames, so that a
Fourier transform is arithmetic without any exchange between lanes, and the bands of a
spectrogram come out as pieces of its rows. A lane's digits do not depend on the others.

`Lanes` writes instructions for LLVM while numba compiles; its arithmetic reads as that
of numbers, so that functions over it also work, and are tested, with arrays of NumPy.
"""

import math
from pathlib import Path

from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target
from numba.extending import intrinsic, models, register_model

from ..._utils.digest import files_digest


def _cpu_features():
    """Return the features of the processor for which numba compiles."""
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return features.split(",")


# Vectors of 16 numbers where registers hold as many; elsewhere 8, two of the registers
# of SSE or NEON.
LANES = 16 if "+avx512f" in _cpu_features() else 8
# a * b + c may be rounded once; the sign of a zero means nothing
_FLAGS = ("contract", "nsz")

_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)
_INTEGERS = ir.VectorType(ir.IntType(32), LANES)

# Nothing is allocated: without references to count, as atomic operations in every call,
# a spectrogram takes a fifth less time.
COMPILED = {"nogil": True, "error_model": "numpy", "_nrt": False}
# for functions that only compiled ones call, and not Python
INNER = {**COMPILED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Lanes:
    """A vector in a program that is being written."""

    def __init__(self, builder, value):
        self.builder, self.value = builder, value

    def _write(self, name, one, other):
        one, other = (
            x.value
            if isinstance(x, Lanes)
            else ir.Constant(self.value.type, [float(x)] * LANES)
            for x in (one, other)
        )
        value = getattr(self.builder, name)(one, other, flags=_FLAGS)
        return Lanes(self.builder, value)

    def __add__(self, other):
        return self._write("fadd", self, other)

    def __sub__(self, other):
        return self._write("fsub", self, other)

    def __rsub__(self, other):
        return self._write("fsub", other, self)

    def __mul__(self, other):
        return self._write("fmul", self, other)

    def __truediv__(self, other):
        return self._write("fdiv", self, other)

    __radd__, __rmul__ = __add__, __mul__


class _Type(types.Type):
    """The type of a vector in numba."""

    def __init__(self, form):
        super().__init__(name=f"{form.element}Lanes{LANES}")
        self.form = form


vector, doubles = _Type(_FLOATS), _Type(_DOUBLES)
_TYPES = {types.float32: vector, types.float64: doubles}


@register_model(_Type)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, kind.form)


class Memory:
    """An array of numba in a program that is being written."""

    def __init__(self, context, builder, kind, value):
        self.builder, self.vector = builder, _TYPES.get(kind.dtype)
        self.data = context.make_array(kind)(context, builder, value=value).data

    def load(self, i):
        """Load the vector that begins at element i."""
        return Lanes(self.builder, self.builder.load(self._at(i), align=4))

    def store(self, i, lanes):
        """Store a vector from element i on."""
        self.builder.store(lanes.value, self._at(i), align=4)

    def splat(self, i):
        """Load element i into all lanes."""
        return Lanes(self.builder, _in_all_lanes(self.builder, self.number(i)))

    def number(self, i):
        """Load element i."""
        return self.builder.load(self.builder.gep(self.data, [i]))

    def _at(self, i):
        place = self.builder.gep(self.data, [i])
        return self.builder.bitcast(place, self.vector.form.as_pointer())


def _in_all_lanes(builder, number):
    undefined = ir.Constant(ir.VectorType(number.type, LANES), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_INTEGERS, [0] * LANES))


def shifted(builder, i, number):
    """Return the index i + number."""
    return builder.add(i, ir.Constant(i.type, number))


def scaled(builder, i, number):
    """Return the index i * number."""
    return builder.mul(i, ir.Constant(i.type, number))


def multiples(builder, start, step, n):
    """Return n indices from start on, a step apart."""
    indices = [start]
    while len(indices) < n:
        indices.append(builder.add(indices[-1], step))
    return indices


@intrinsic
def load(typing, array, i):
    """Return the vector that begins at element i of an array."""

    def write(context, builder, signature, values):
        array, i = values
        return Memory(context, builder, signature.args[0], array).load(i).value

    return _TYPES[array.dtype](array, types.intp), write


@intrinsic
def store(typing, array, i, lanes):
    """Store a vector from element i of an array on."""

    def write(context, builder, signature, values):
        array, i, lanes = values
        memory = Memory(context, builder, signature.args[0], array)
        memory.store(i, Lanes(builder, lanes))
        return context.get_dummy_value()

    return types.void(array, types.intp, _TYPES[array.dtype]), write


@intrinsic
def splat(typing, number):
    """Return a number in all lanes."""

    def write(context, builder, signature, values):
        return _in_all_lanes(builder, values[0])

    return _TYPES[number](number), write


@intrinsic
def multiply_add(typing, a, b, c):
    """Return a * b + c, of vectors of one type."""

    def write(context, builder, signature, values):
        a, b, c = (Lanes(builder, value) for value in values)
        return (a * b + c).value

    return a(a, a, a), write


@intrinsic
def divide(typing, a, b):
    """Return a / b."""

    def write(context, builder, signature, values):
        a, b = (Lanes(builder, value) for value in values)
        return (a / b).value

    return vector(vector, vector), write


@intrinsic
def larger(typing, a, b):
    """Return the larger of a and b; b where a is NaN."""

    def write(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered(">", *values), *values)

    return vector(vector, vector), write


@intrinsic
def smaller(typing, a, b):
    """Return the smaller of a and b; b where a is NaN."""

    def write(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered("<", *values), *values)

    return vector(vector, vector), write


@intrinsic
def widened(typing, x):
    """Return a vector in twice the precision."""

    def write(context, builder, signature, values):
        return builder.fpext(values[0], _DOUBLES)

    return doubles(vector), write


@intrinsic
def count_below(typing, n, a, b):
    """Return n, in lanes where a < b one more; a and b are of twice the precision."""

    def write(context, builder, signature, values):
        n, a, b = values
        more = (Lanes(builder, n) + 1.0).value
        return builder.select(builder.fcmp_ordered("<", a, b), more, n)

    return vector(vector, doubles, doubles), write


@intrinsic
def where_equal(typing, a, b, then, otherwise):
    """Return ``then`` where a equals b, and ``otherwise`` elsewhere."""

    def write(context, builder, signature, values):
        a, b, then, otherwise = values
        return builder.select(builder.fcmp_ordered("==", a, b), then, otherwise)

    return vector(vector, vector, vector, vector), write


@intrinsic
def logarithm(typing, x):
    """Return the natural logarithm of positive normal numbers, to about 1e-7.

    With x = m * 2**e and m in [sqrt(1/2), sqrt(2)), log(x) is e log(2) + log(m), the
    latter by the polynomial of logf in S. Moshier's Cephes library.
    """

    def write(context, builder, signature, values):
        bits = builder.bitcast(values[0], _INTEGERS)
        shift = ir.Constant(_INTEGERS, [23] * LANES)  # bits of a mantissa
        root = ir.Constant(_INTEGERS, [0x3F3504F3] * LANES)  # those of sqrt(1/2)
        exponent = builder.ashr(builder.sub(bits, root), shift)
        rest = builder.sub(bits, builder.shl(exponent, shift))
        mantissa = Lanes(builder, builder.bitcast(rest, _FLOATS))
        exponent = Lanes(builder, builder.sitofp(exponent, _FLOATS))
        return (log_near_one(mantissa - 1.0) + exponent * math.log(2)).value

    return vector(vector), write


def log_near_one(f):
    """Return log(1 + f) for f in [sqrt(1/2) - 1, sqrt(2) - 1]."""
    y = 7.0376836292e-2
    for c in (
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    ):
        y = f * y + c
    return f + f * f * (f * y - 0.5)


@intrinsic
def transpose(typing, source, i, step, target, j, width):
    """Transpose a square of LANES x LANES numbers.

    Row r of the square begins at element ``i + r * step`` of the source, and at
    ``j + r * width`` of the target.
    """

    def write(context, builder, signature, values):
        source, i, step, target, j, width = values
        source = Memory(context, builder, signature.args[0], source)
        target = Memory(context, builder, signature.args[3], target)
        rows = [source.load(at).value for at in multiples(builder, i, step, LANES)]
        for at, row in zip(
            multiples(builder, j, width, LANES), _transposed(builder, rows), strict=True
        ):
            target.store(at, Lanes(builder, row))
        return context.get_dummy_value()

    n = types.intp
    return types.void(source, n, n, target, n, n), write


def _transposed(builder, rows):
    """Return the columns of a square.

    With the index of a number written in bits, row before column, a transposition
    exchanges both halves of the bits. To merge row r with row r + LANES / 2, a number
    of each in turn, moves the first bit of the row to the end: after as many merges as
    a row has bits the row is the column.
    """
    half = LANES // 2
    halves = [
        [start + k // 2 + k % 2 * LANES for k in range(LANES)] for start in (0, half)
    ]
    merge = [ir.Constant(_INTEGERS, half) for half in halves]
    for _ in range(LANES.bit_length() - 1):
        rows = [
            builder.shuffle_vector(rows[r], rows[r + half], order)
            for r in range(half)
            for order in merge
        ]
    return rows


def kept_if_possible(write, *files):
    """Return compiled functions: loaded if they are kept, or kept if there is a place.

    numba keeps compiled code as long as the file of a function is unchanged. Code in
    other files is inside as well: their digest becomes part of the function, and so of
    the key under which it is kept.

    Parameters
    ----------
    write : callable
        Takes keywords of ``njit`` and the digest.
    *files : str
        Names of files beside this one.
    """
    digest = files_digest([Path(__file__).with_name(name) for name in files])
    try:
        return write({**COMPILED, "cache": True}, digest)
    except RuntimeError as error:  # no folder is writable
        if "no locator" not in str(error):
            raise
        return write({**COMPILED, "cache": False}, digest)
