"""Rules for objects, and rules that combine others."""

from collections.abc import Mapping as _Mapping

from ._declared import Rule


class AnyOf(Rule):
    """What any of several rules allows.

    Parameters
    ----------
    default : object
    doc : str
    *rules : Rule
        In the order of the docstring; their defaults and texts are not used.
    none : bool, default=False
        As for `Rule`.
    """

    def __init__(self, default, doc, *rules, none=False):
        super().__init__(default, doc, none=none)
        self.rules = rules

    def accepts(self, value, owner):
        """Return whether one of the rules allows a value."""
        return any(rule.legal(value, owner) for rule in self.rules)

    def describe(self, owner=None):
        """Return what is legal, in words for an error."""
        words = [rule.describe(owner) for rule in self.rules] + ["None"] * self.none
        return _listed(words)

    def plain(self, value, owner):
        """Return the value as converted by the first rule that allows it."""
        fitting = (rule for rule in self.rules if rule.legal(value, owner))
        return value if value is None else next(fitting).plain(value, owner)

    @property
    def type(self):
        """The types of all rules."""
        return _listed([rule.type for rule in self.rules])

    @property
    def annotation(self):
        """The annotations of all rules."""
        return " | ".join(rule.annotation for rule in self.rules)


class Having(Rule):
    """Object that has some methods.

    Parameters
    ----------
    default : object
    doc : str
    methods : sequence of str
    type : str
        For the docstring, such as "transformer".
    none : bool, default=False
        As for `Rule`.
    """

    def __init__(self, default, doc="", *, methods, type, none=False):
        super().__init__(default, doc, none=none)
        self.methods, self.type = methods, type

    @property
    def words(self):
        """Legal values, in words."""
        article = "an" if self.type[0] in "aeiouAEIOU" else "a"
        return f"{article} {self.type} (with {_listed(self.methods, 'and')})"

    def accepts(self, value, owner):
        """Return whether a value is an object with all methods."""
        instance = not isinstance(value, type)
        return instance and all(callable(getattr(value, m, None)) for m in self.methods)


class Mapping(Rule):
    """Dictionary with keys of one kind and values under one rule.

    Parameters
    ----------
    default : dict or None
    doc : str
    keys : type, default=object
    values : Rule or None, default=None
        None leaves them open.
    none : bool, default=False
        As for `Rule`.
    """

    type, annotation = "dict", "Mapping[Any, Any]"

    def __init__(self, default=None, doc="", *, keys=object, values=None, none=False):
        super().__init__(default, doc, none=none)
        self.keys, self.values = keys, values

    @property
    def words(self):
        """Legal values, in words."""
        keys = "" if self.keys is object else f" with {self.keys.__name__} keys"
        values = "" if self.values is None else f", each value {self.values.describe()}"
        return f"a dict{keys}{values}"

    def accepts(self, value, owner):
        """Return whether a value is a dict with legal keys and values."""
        known = isinstance(value, _Mapping) and all(
            isinstance(key, self.keys) for key in value
        )
        rule = self.values
        return known and all(
            rule is None or rule.legal(v, owner) for v in value.values()
        )


def _listed(words, last="or"):
    """Return words as a list in a sentence."""
    words = list(words)
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
