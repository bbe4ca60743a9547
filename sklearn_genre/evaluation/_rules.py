"""Rules for the parameters in ``evaluation``: folds, functions, names of classes."""

import numbers

from ..parameters import Rule


class Folds(Rule):
    """Splitter, or an iterable of (train, test)."""

    type, annotation = "splitter, iterable of (train, test)", "Any"
    words = "a splitter, an iterable of (train, test)"

    def accepts(self, value, owner):
        if isinstance(value, type | str | bytes | dict):
            return False
        if callable(getattr(value, "split", None)) or hasattr(value, "__next__"):
            return True
        return len(value) > 0 and all(map(_is_fold, value))


def _is_fold(fold):
    """Return whether an entry is a pair of rows."""
    return len(fold) == 2 and not isinstance(fold, str | bytes | dict)


class Function(Rule):
    """Anything that can be called."""

    type, annotation = "callable", "Any"
    words = "a callable"

    def accepts(self, value, owner):
        return callable(value) and not isinstance(value, type)


class Label(Rule):
    """Name of a class: text or a number."""

    type, annotation = "str, int or None", "str | int | None"
    words = "text, an integer or None"

    def accepts(self, value, owner):
        return isinstance(
            value, str | numbers.Integral | type(None)
        ) and not isinstance(value, bool)
