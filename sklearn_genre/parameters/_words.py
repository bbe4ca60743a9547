"""Rules for strings: names from a list, devices."""

import os

from ._declared import Rule


class OneOf(Rule):
    """One of a few strings.

    Parameters
    ----------
    default : str or None
    doc : str
    choices : iterable of str
    none : bool, default=False
        As for `Rule`.
    """

    def __init__(self, default=None, doc="", *, choices, none=False):
        super().__init__(default, doc, none=none)
        self.choices = tuple(choices)

    def accepts(self, value, owner):
        """Return whether a value is one of the choices."""
        return isinstance(value, str) and value in self.choices

    def describe(self, owner=None):
        """Return what is legal, in words for an error."""
        listed = [repr(choice) for choice in self.choices] + ["None"] * self.none
        return f"one of {', '.join(listed)}" if len(listed) > 1 else listed[0]

    @property
    def type(self):
        """The choices in braces, or the only one."""
        listed = [f'"{choice}"' for choice in self.choices]
        return f"{{{', '.join(listed)}}}" if len(listed) > 1 else listed[0]

    @property
    def annotation(self):
        """The choices as a literal type."""
        return f"Literal[{', '.join(map(repr, self.choices))}]"


class Names(Rule):
    """One or more different names from a list.

    Parameters
    ----------
    default : tuple of str
    doc : str
    choices : iterable of str
    """

    type, annotation = "sequence of str", "Sequence[str]"

    def __init__(self, default=None, doc="", *, choices):
        super().__init__(default, doc)
        self.choices = tuple(choices)

    def accepts(self, value, owner):
        """Return whether a value lists different names from the choices."""
        listed = isinstance(value, list | tuple) and len(value) > 0
        different = listed and len(set(value)) == len(value)
        return different and set(value) <= set(self.choices)

    def describe(self, owner=None):
        """Return what is legal, in words for an error."""
        listed = ", ".join(map(repr, self.choices))
        return f"a list or tuple of one or more different names out of {listed}"


class Folder(Rule):
    """Path of a folder. An empty one would mean the current folder."""

    type, annotation = "str or path-like", "str | os.PathLike[str]"
    words = "a path"

    def accepts(self, value, owner):
        """Return whether a value can name a folder."""
        named = isinstance(value, str | os.PathLike)
        return named and "\0" not in str(os.fspath(value)) != ""


class Device(Rule):
    """Device of torch; whether it exists is checked when it is used."""

    type = annotation = "str"
    words = "'cpu', 'cuda', 'cuda:1', ... or 'auto'"

    def accepts(self, value, owner):
        """Return whether a value can name a device."""
        return isinstance(value, str) and bool(value.strip())
