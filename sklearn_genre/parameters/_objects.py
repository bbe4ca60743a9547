"""Rules of objects, and rules that join others."""

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
        Whether None is legal, too.
    """

    def __init__(self, default, doc, *rules, none=False):
        super().__init__(default, doc, none=none)
        self.rules = rules

    def accepts(self, value, owner):
        return any(rule.legal(value, owner) for rule in self.rules)

    def describe(self, owner=None):
        words = [rule.describe(owner) for rule in self.rules] + ["None"] * self.none
        return _listed(words)

    def plain(self, value, owner):
        """Return what the first rule that allows the value makes of it."""
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
        Whether None is legal, too.
    """

    def __init__(self, default, doc="", *, methods, type, none=False):
        super().__init__(default, doc, none=none)
        self.methods, self.type = methods, type

    @property
    def words(self):
        """What is legal."""
        article = "an" if self.type[0] in "aeiouAEIOU" else "a"
        return f"{article} {self.type} (with {_listed(self.methods, 'and')})"

    def accepts(self, value, owner):
        instance = not isinstance(value, type)
        return instance and all(callable(getattr(value, m, None)) for m in self.methods)


class Mapping(Rule):
    """Dictionary with keys of one kind."""

    type, annotation = "dict", "Mapping[Any, Any]"

    def __init__(self, default, doc="", *, keys=object, none=False):
        super().__init__(default, doc, none=none)
        self.keys = keys

    @property
    def words(self):
        """What is legal."""
        return (
            "a dict"
            if self.keys is object
            else f"a dict with {self.keys.__name__} keys"
        )

    def accepts(self, value, owner):
        return isinstance(value, _Mapping) and all(
            isinstance(k, self.keys) for k in value
        )


def _listed(words, last="or"):
    """Words as a list in a sentence."""
    words = list(words)
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
