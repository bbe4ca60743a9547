"""Shared parameters written once: signatures and docstrings of subclasses."""

import inspect
import re

_SECTION = re.compile(r"Parameters\n-{10}\n(.*?)(?=\n\n[A-Z][\w ]*\n-{3,}|\Z)", re.S)


def show_inherited(cls):
    """Show the base's parameters where ``cls`` writes ``**training``.

    scikit-learn reads an estimator's parameters from the signature of its
    ``__init__``. A subclass that ends it with ``**training`` gets there, and in its
    docstring, the parameters of its base that it does not name itself.
    """
    base = next(c for c in cls.__mro__[1:] if "__init__" in c.__dict__)
    own = list(inspect.signature(cls.__init__).parameters.values())
    if own[-1].kind is not inspect.Parameter.VAR_KEYWORD:
        return
    names = {p.name for p in own}
    more = inspect.signature(base.__init__).parameters.values()
    more = [p for p in more if p.name not in names]
    cls.__init__.__signature__ = inspect.Signature(own[:-1] + more)
    if cls.__doc__ and base.__doc__:
        _complete_docstring(cls, base, {p.name for p in more})


def _complete_docstring(cls, base, names):
    """Put the base's entries of the named parameters in the place of the last one."""
    doc = inspect.cleandoc(cls.__doc__)
    section = _SECTION.search(doc)
    if section is None:
        return
    inherited = _entries(_SECTION.search(inspect.cleandoc(base.__doc__)).group(1))
    entries = _entries(section.group(1))[:-1]
    entries += [e for e in inherited if e.partition(" ")[0] in names]
    cls.__doc__ = doc[: section.start(1)] + "\n".join(entries) + doc[section.end(1) :]


def _entries(text):
    """The entries of a Parameters section: a line at the margin starts each."""
    return re.split(r"\n(?=\S)", text)
