"""Rules of parameters, and the signatures and docstrings made from them."""

import inspect
import pickle
import re

import numpy as np
import pytest
from numpydoc.docscrape import NumpyDocString
from sklearn.base import BaseEstimator, clone

from sklearn_genre.parameters import (
    REQUIRED,
    AnyOf,
    Declared,
    Device,
    Flag,
    Having,
    Integer,
    Jobs,
    Mapping,
    Names,
    OneOf,
    Pair,
    Pools,
    Real,
    Seed,
    Sizes,
    Verbosity,
)


class Base(Declared, BaseEstimator):
    """A base.

    Attributes
    ----------
    sum_ : float
        Of the base.
    n_seen_ : int
        How many.
    """

    _parameters = {
        "rate": Real(0.5, "Share of it.", low=0, high=1, closed="left"),
        "n_steps": Integer(3, "Number of steps.", low=1, none=True),
    }


class Child(Base):
    """A child.

    It has more to say.

    Attributes
    ----------
    sum_ : float
        Of the child.

    See Also
    --------
    Base : Its base.
    """

    _parameters = {
        "kind": OneOf("a", "Which one.", choices=("a", "b")),
        "n_steps": Integer(5, "Number of long steps.", low=2),
    }


class ByHand(Base):
    """Written as one writes estimators elsewhere.

    Parameters
    ----------
    width : int, default=7
        Of this class.
    **params
        The parameters of `Base`.
    """

    def __init__(self, *, width=7, **params):
        super().__init__(**params)
        self.width = width


class OfByHand(ByHand):
    """Declares one more."""

    _parameters = {"depth": Integer(1, "Of this class.")}


class Wraps(Declared, BaseEstimator):
    """Around another estimator."""

    _parameters = {
        "estimator": Having(REQUIRED, "The other.", methods=["fit"], type="estimator"),
        "flag": Flag(False, "Whether."),
    }


# -- signatures -----------------------------------------------------------------------
def test_signature_has_own_parameters_first():
    assert str(inspect.signature(Child)) == "(*, kind='a', n_steps=5, rate=0.5)"
    assert Child(n_steps=4).get_params() == {"kind": "a", "n_steps": 4, "rate": 0.5}
    assert str(inspect.signature(Base)) == "(*, rate=0.5, n_steps=3)"


def test_unknown_and_positional_arguments_are_refused():
    with pytest.raises(TypeError, match=r"Child\(\): .*unexpected.*'size'"):
        Child(size=1)
    with pytest.raises(
        TypeError, match=r"too many positional.*by name, such as kind='a'"
    ):
        Child("a")
    with pytest.raises(TypeError, match=r"Wraps\(\): missing.*'estimator'"):
        Wraps()


def test_a_misspelled_parameter_is_recognized():
    with pytest.raises(TypeError, match=r"'n_step'; did you mean 'n_steps'\?$"):
        Child(n_step=4)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'xyz'$"):
        Child(xyz=4)


def test_a_table_holds_rules():
    with pytest.raises(TypeError, match=r"Odd\._parameters\['n'\] must be a Rule"):
        type("Odd", (Declared,), {"_parameters": {"n": 3}})


def test_required_parameter_may_be_given_by_position():
    inner = Child()
    assert Wraps(inner, flag=True).estimator is inner
    assert clone(Wraps(inner)).estimator is not inner


def test_init_by_hand_keeps_its_parameters():
    made = ByHand(width=2, rate=0.1)
    assert made.get_params() == {"width": 2, "rate": 0.1, "n_steps": 3}
    made = OfByHand(width=3, depth=4, n_steps=None)
    assert made.get_params() == {"width": 3, "depth": 4, "rate": 0.5, "n_steps": None}
    assert clone(made).get_params() == made.get_params()

    class Same(OfByHand):
        pass

    assert inspect.signature(Same) == inspect.signature(OfByHand)
    assert Same(width=9).width == 9


def test_pickle_and_parameters_in_order():
    copy = pickle.loads(pickle.dumps(Child(kind="b")))
    assert list(vars(copy)) == ["kind", "n_steps", "rate"]


# -- docstrings -----------------------------------------------------------------------
def entries(cls, section):
    return {
        p.name: (p.type, " ".join(p.desc)) for p in NumpyDocString(cls.__doc__)[section]
    }


def test_parameters_section_is_made_of_the_rules():
    assert entries(Child, "Parameters") == {
        "kind": ('{"a", "b"}, default="a"', "Which one."),
        "n_steps": ("int >= 2, default=5", "Number of long steps."),
        "rate": ("float in [0, 1), default=0.5", "Share of it."),
    }
    assert entries(Base, "Parameters")["n_steps"][0] == "int >= 1 or None, default=3"
    assert entries(Wraps, "Parameters")["estimator"] == ("estimator", "The other.")


def test_parameters_by_hand_stand_beside_the_declared_ones():
    found = entries(OfByHand, "Parameters")
    assert list(entries(ByHand, "Parameters")) == ["width", "rate", "n_steps"]
    assert found["depth"] == ("int, default=1", "Of this class.")


def test_attributes_are_inherited_unless_written_anew():
    assert entries(Child, "Attributes") == {
        "sum_": ("float", "Of the child."),
        "n_seen_": ("int", "How many."),
    }


def test_other_sections_stay():
    assert Child.__doc__.startswith("A child.\n\nIt has more to say.\n\nParameters\n")
    assert NumpyDocString(Child.__doc__)["See Also"]


# -- rules ----------------------------------------------------------------------------
METHODS = Having(None, methods=("fit", "predict"), type="classifier")
RULES = [
    (Integer(low=1), [1, np.int64(3)], [0, 1.0, True, "1", None, np.nan, [1]]),
    (Integer(low=1, none=True), [None, 1], [0]),
    (Integer(low=1, high=4), [1, 4], [5]),
    (Real(low=0, high=1), [0, 1, 0.5, np.float32(1)], [-0.1, 1.1, np.nan, True, "0"]),
    (Real(low=0, high=1, closed="neither"), [0.5], [0, 1]),
    (Real(low=0, high=1, closed="left"), [0], [1]),
    (Real(low=0, high=1, closed="right"), [1], [0]),
    (Real(), [-1e300, 0], [np.inf, -np.inf, np.nan, 1j, None]),
    (Flag(), [True, np.False_], [0, 1, "True", None, np.array([True])]),
    (OneOf(choices=("a", "b")), ["a"], ["c", "", None, ["a"], 0]),
    (OneOf(choices=("a", "b"), none=True), ["a", None], ["None"]),
    (
        Names(("a",), choices=("a", "b")),
        [["a"], ("b", "a")],
        [[], "a", ["a", "a"], ["c"]],
    ),
    (Sizes(()), [(1,), [2, 3], np.array([4])], [(), (0,), (1.5,), 3, (True,), ("1",)]),
    (Sizes((), empty=True), [()], [{}, 10**9, (10**9,)]),
    (Pair(3), [3, (1, 2), [4, 5]], [0, (1,), (1, 2, 3), (0, 1), 1.5, 10**9, "33"]),
    (AnyOf(1, "", OneOf(choices=["x"]), Real(low=0)), ["x", 0.5], ["y", -1, None]),
    (Mapping({}, keys=str), [{}, {"a": 1}], [{1: 1}, [], None, "ab"]),
    (Mapping(values=Real(low=0)), [{}, {3: 1}], [{3: -1}, {3: "x"}]),
    (Seed(), [None, 0, 2**32 - 1, np.random.RandomState(0)], [-1, 2**32, 1.5, "0"]),
    (Jobs(), [None, 1, -1, np.int32(2)], [0, 1.5, True, "all"]),
    (Verbosity(0), [0, 3, True], [-1, 1.5, "1", None]),
    (Device("cpu"), ["cpu", "cuda:1"], ["", " ", 0, None]),
    (METHODS, [type("C", (), {"fit": len, "predict": len})()], ["x", str, None, 3]),
]


@pytest.mark.parametrize(("rule", "legal", "bad"), RULES)
def test_rule(rule, legal, bad):
    class Owner(Declared):
        _parameters = {"size": rule}

    for value in legal:
        Owner(size=value).check_params()
    for value in bad:
        start = re.escape(f"Owner: size must be {rule.describe()}, got ")
        with pytest.raises(ValueError, match=f"^{start}"):
            Owner(size=value).check_params()


def test_range_that_depends_on_another_parameter():
    class Window(Declared):
        _parameters = {
            "n_fft": Integer(8, "Length."),
            "win_length": Integer(None, "Window.", low=1, high="n_fft", none=True),
        }

    Window(win_length=8).check_params()
    with pytest.raises(ValueError, match=r"win_length .* <= n_fft \(8\) or None, got"):
        Window(win_length=9).check_params()
    assert "win_length : int in [1, n_fft] or None, default=None" in Window.__doc__


def test_arguments_of_functions_are_checked_by_the_same_rules():
    share = Real(low=0, high=1, closed="right", none=True)
    share.check_value("share", 1)
    share.check_value("share", None)
    for wrong in (0, float("nan"), True, "1", 10**400):
        with pytest.raises(ValueError, match=r"^share must be a number > 0 .* or None"):
            share.check_value("share", wrong)


def test_pools_have_one_entry_per_block():
    class Net(Declared):
        _parameters = {"n_filters": Sizes((4, 8), ""), "pool_size": Pools(2, "")}

    for pools, plain in (
        (2, [(2, 2), (2, 2)]),
        ((1, 2), [(1, 2), (1, 2)]),
        ([3, (1, 2)], [(3, 3), (1, 2)]),
    ):
        net = Net(pool_size=pools)
        net.check_params()
        assert net._rules["pool_size"].plain(pools, net) == plain
    with pytest.raises(ValueError, match=r"pool_size has 3 .* n_filters has 2"):
        Net(pool_size=[(2, 2)] * 3).check_params()


def test_long_values_are_cut_in_messages():
    class Owner(Declared):
        _parameters = {"size": Integer(1, "")}

    with pytest.raises(ValueError, match=r"got .{77}\.\.\.\.$"):
        Owner(size="x" * 1000).check_params()


@pytest.mark.parametrize(
    ("rule", "value", "plain"),
    [
        (Integer(), np.int64(3), 3),
        (Real(), np.float32(0.5), 0.5),
        (Flag(), np.True_, True),
        (Sizes(()), np.array([1, 2]), (1, 2)),
        (Pair(1), 3, (3, 3)),
        (AnyOf(1, "", OneOf(choices=["x"]), Integer()), np.int8(4), 4),
        (OneOf(choices=["x"], none=True), None, None),
    ],
)
def test_plain_data(rule, value, plain):
    found = rule.plain(value, None)
    assert (found, type(found)) == (plain, type(plain))
