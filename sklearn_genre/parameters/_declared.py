"""Base of the classes that declare their parameters, and base of the rules."""

import inspect

from .._utils.signatures import complete
from .._utils.text import short

#: The default of a parameter that must be given.
REQUIRED = inspect.Parameter.empty


class Declared:
    """Base of every class that declares its parameters.

    A subclass lists them in ``_parameters``, a dict of name to `Rule`. Together with
    those of its bases, which it may redeclare, they determine the signature of
    ``__init__`` and the sections Parameters and Attributes of the docstring. A class
    may also write an ``__init__`` of its own, which ends with ``**params``, passes
    these on to ``super().__init__(**params)``, and documents its own parameters.

    A base with an ``__init__`` by hand that is not `Declared` comes before it in the
    list of bases; after it, its ``__init__`` is not called.

    As in dataclasses, ``__post_init__()`` is called once all parameters are stored. It
    is meant for classes that are not estimators and check their parameters at once.
    """

    _parameters = {}
    _tables = ("_parameters",)

    def __init_subclass__(cls, **kwargs):
        """Derive signature and docstring from the declared parameters."""
        super().__init_subclass__(**kwargs)
        cls._rules = _collect(cls)
        complete(cls, cls._rules)

    def __setstate__(self, state):
        """Restore a saved object; a parameter that it lacks has its default."""
        defaults = {name: rule.default for name, rule in self._rules.items()}
        restore = getattr(super(), "__setstate__", self.__dict__.update)
        restore(defaults | state)

    def check_params(self):
        """Check every declared parameter.

        Raises
        ------
        ValueError
            If a value is invalid; it names the class, the parameter, what is legal and
            the value.
        """
        for name, rule in self._rules.items():
            rule.check(self, name)


def _collect(cls):
    """Return the rules of a class and its bases by name, its own first."""
    rules = {}
    for kind in cls.__mro__:
        for table in cls._tables:
            for name, rule in vars(kind).get(table, {}).items():
                if not isinstance(rule, Rule):
                    raise TypeError(
                        f"{kind.__name__}.{table}[{name!r}] must be a Rule, got "
                        f"{short(rule)}."
                    )
                rules.setdefault(name, rule)
    return rules


class Rule:
    """Rule for the values of a parameter. Subclasses define ``words``, ``type``,
    ``accepts``.

    Parameters
    ----------
    default : object
        Default value, or ``REQUIRED``: then it may be given by position, too.
    doc : str
        Text for the docstring; the range follows from the rule. Several lines are kept
        as they are, one line is wrapped.
    none : bool, default=False
        Whether None is legal, too.
    """

    type = "object"  # in docstrings
    annotation = "Any"  # in type stubs
    words = "a legal value"  # in errors

    def __init__(self, default=None, doc="", *, none=False):
        self.default, self.doc, self.none = default, doc, none

    def accepts(self, value, owner):
        """Return whether a value, not None, is legal.

        Parameters
        ----------
        value : object
        owner : object
            Object whose parameter it is, for rules that depend on other parameters.

        Returns
        -------
        legal : bool
        """
        raise NotImplementedError

    def check(self, owner, name):
        """Raise a ValueError that names the parameter, unless its value is legal.

        Parameters
        ----------
        owner : object
        name : str
        """
        what = f"{type(owner).__name__}: {name}"
        self.check_value(what, getattr(owner, name), owner)

    def check_value(self, name, value, owner=None):
        """Raise a ValueError that names a value, unless it is legal.

        For arguments of functions, which have no owner.

        Parameters
        ----------
        name : str
        value : object
        owner : object, default=None

        Examples
        --------
        >>> from sklearn_genre.parameters import Integer
        >>> Integer(low=1).check_value("batch_size", 0)
        Traceback (most recent call last):
            ...
        ValueError: batch_size must be an integer >= 1, got 0.
        """
        if (value is None and self.none) or self.legal(value, owner):
            return
        raise ValueError(f"{name} must be {self.describe(owner)}, got {short(value)}.")

    def legal(self, value, owner):
        """Return whether a value, not None, is legal; never raises.

        Parameters
        ----------
        value : object
        owner : object

        Returns
        -------
        legal : bool
        """
        try:
            return bool(self.accepts(value, owner))
        except (TypeError, ValueError, AttributeError, OverflowError):
            return False

    def describe(self, owner=None):
        """Return what is legal, in words for an error.

        Parameters
        ----------
        owner : object, default=None

        Returns
        -------
        words : str
        """
        return f"{self.words} or None" if self.none else self.words

    def plain(self, value, owner):
        """Return the value as plain Python data, from which networks are built.

        Parameters
        ----------
        value : object
            A legal value.
        owner : object

        Returns
        -------
        value : object
        """
        return value

    @property
    def type_line(self):
        """Text after the colon in a docstring."""
        kind = f"{self.type} or None" if self.none else self.type
        return kind if self.default is REQUIRED else f"{kind}, default={self.shown}"

    @property
    def shown(self):
        """Default value as a docstring shows it."""
        if isinstance(self.default, str):
            return f'"{self.default}"'
        return getattr(self.default, "__name__", repr(self.default))
