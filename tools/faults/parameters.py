"""Bad values of every parameter of every public estimator."""

import functools

import numpy as np

from tests.parameters import test_bad_values as known

from ._trials import Trial

NUMBERS = (
    *(float("nan"), float("inf"), -float("inf"), "7", "auto!", "1e3", [2], (3,), {}),
    *({1}, np.array([3, 4]), np.datetime64("2020-01-01"), 2j, -7_654_321, b"3", print),
    *(range(3), np.float32("nan"), object()),
)
# by the type of the default, others than those of the tests
VALUES = {
    bool: ("no", "yes", 2, -1, 0.0, np.int64(1), np.nan, (True,), {}, b"", print),
    int: (*NUMBERS, 2.25, -0.5, None, np.array([[1]])),
    float: (*NUMBERS, False, None),
    str: ("quite wrong", "MEAN", b"mean", 3, 2.5, False, ["x"], {"a": 1}, print),
    tuple: ((-3,), (0, 0), (2.5, 1), ("x",), ((),), "ab", {}, 3.5, False, print),
    type(None): (2j, b"x", {1: 2}, [object()], -2.25, np.array([np.inf, 1])),
}
# what is legal all the same, by parameter
PAIR = np.array([3, 4])
LEGAL = {
    "kernel_size": (PAIR,),
    "pool_size": (PAIR,),
    "fill_value": (-7_654_321,),
    "unknown": VALUES[str],
}
ALWAYS = (object(), {None: 1}, [[object()]], b"\xff", 3j, ("x", object()))


@functools.cache
def data():
    return known.data.__wrapped__()


def refused(kind, name, value):
    """Fit with a value; return how that ended."""
    fault = known.fault(known.ESTIMATORS[kind], name, value, data())
    if fault is None:
        return "refused"
    return f"wrong: {fault}" if fault.endswith("accepted") else f"unnamed: {fault}"


def trials(rng):
    """Yield every pair of a parameter and a bad value, in any order."""
    data()
    cases = []
    for kind, name in known.PARAMETERS:
        default = getattr(known.ESTIMATORS[kind], name)
        legal = (*known.LEGAL.get(name, []), *LEGAL.get(name, []))
        legal = {repr(value) for value in legal}
        values = (*ALWAYS, *VALUES.get(type(default), ()))
        cases += [(kind, name, v) for v in values if repr(v) not in legal]
    rng.shuffle(cases)
    for kind, name, value in cases:
        run = functools.partial(refused, kind, name, value)
        yield Trial(kind, run, name=name, detail=f"{name}={value!r:.60}")
