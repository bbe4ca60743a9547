"""Signatures and docstrings of classes from the parameters that they declare."""

import difflib
import inspect
import re
import textwrap

_KINDS = inspect.Parameter
# title of a section of a numpydoc docstring, underlined
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.M)
_WIDTH = 84


def complete(cls, rules):
    """Give a class the ``__init__``, signature and docstring of its parameters.

    Parameters
    ----------
    cls : type
        An ``__init__`` that is written by hand, its own or that of a base, keeps its
        parameters; its own must end with ``**params`` to get the declared ones, too.
    rules : dict of str to Rule
        Its parameters and those of its bases.
    """
    own = cls.__dict__.get("__init__")
    by_hand = own or _written_by_hand(cls)
    written = (
        list(inspect.signature(by_hand).parameters.values())[1:] if by_hand else []
    )
    if written and written[-1].kind is _KINDS.VAR_KEYWORD:
        written.pop()
    elif own is not None:
        return
    names = {parameter.name for parameter in written}
    declared = {name: rule for name, rule in rules.items() if name not in names}
    if own is None:
        cls.__init__ = own = _make_init(cls, rules, by_hand)
    parameters = [*written, *map(_shown, declared.items())]
    parameters.sort(key=lambda parameter: parameter.kind)
    first = _KINDS("self", _KINDS.POSITIONAL_ONLY)
    own.__signature__ = inspect.Signature([first, *parameters])
    cls.__doc__ = _document(cls, declared)


def _written_by_hand(cls):
    """Return the ``__init__`` of a class, unless it only stores parameters."""
    bases = [vars(base) for base in cls.__mro__[1:-1]]
    nearest = next((base["__init__"] for base in bases if "__init__" in base), None)
    return None if getattr(nearest, "only_stores", nearest is None) else nearest


def _shown(declared):
    """Return a parameter of a signature; one without a default may be positional."""
    name, rule = declared
    required = rule.default is _KINDS.empty
    kind = _KINDS.POSITIONAL_OR_KEYWORD if required else _KINDS.KEYWORD_ONLY
    return _KINDS(name, kind, default=rule.default)


def _make_init(cls, rules, by_hand):
    """Return an ``__init__`` that stores its arguments or passes them on."""

    def __init__(self, *args, **params):
        try:
            bound = __init__.__signature__.bind(self, *args, **params)
        except TypeError as error:
            hint = _closest(params, __init__.__signature__)
            if args and not hint:
                hint = _by_name(__init__.__signature__, args)
            raise TypeError(f"{type(self).__name__}(): {error}{hint}") from None
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        if by_hand is not None:
            by_hand(self, **{k: v for k, v in given.items() if k not in rules})
        for name in given:
            if name in rules:
                setattr(self, name, given[name])
        getattr(self, "__post_init__", lambda: None)()

    __init__.only_stores = by_hand is None
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.__module__ = cls.__module__
    return __init__


# what skorch's nets take besides what estimators have
_PARTS_OF_A_NET = ("criterion", "iterator_train", "iterator_valid")


def _closest(params, signature):
    """Hint at the parameter that a misspelled one, the first, may stand for."""
    known = signature.parameters
    wrong = next((name for name in params if name not in known), "")
    if "net_params" in known and ("__" in wrong or wrong in _PARTS_OF_A_NET):
        way = f"net_params={{{wrong!r}: ...}}"
        way = f"set_params({wrong}=...), or {way}" if "__" in wrong else way
        return f"; parameters of the net are set by {way}"
    # other nested names are right, but in another place
    near = [] if "__" in wrong else difflib.get_close_matches(wrong, known, 2, 0.65)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _by_name(signature, args):
    """Show how arguments that were given by position are given by name."""
    free = [n for n, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY]
    if not free:
        return ""
    return f"; parameters are given by name, such as {free[0]}={args[0]!r}"


def _document(cls, declared):
    """Return the docstring with declared parameters and the attributes of the bases."""
    doc = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    head, sections = _split(doc)
    written = [e for e in sections.pop("Parameters", []) if not e.startswith("**")]
    entries = [_entry(name, rule) for name, rule in declared.items()]
    attributes = _attributes(cls, sections.pop("Attributes", []))
    blocks = [head]
    for title, listed in (
        ("Parameters", written + entries),
        ("Attributes", attributes),
    ):
        if listed:
            blocks.append(f"{title}\n{'-' * len(title)}\n" + "\n".join(listed))
    blocks += [f"{t}\n{'-' * len(t)}\n" + "\n".join(e) for t, e in sections.items()]
    return "\n\n".join(block.strip("\n") for block in blocks) + "\n"


def _split(doc):
    """Return the text before the sections of a docstring, and entries by title."""
    parts = _SECTION.split(doc)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return parts[0].strip(), {
        # an entry starts at the margin
        title: re.split(r"\n(?=\S)", text.strip("\n"))
        for title, text in sections.items()
    }


def _entry(name, rule):
    """Return an entry of a Parameters section."""
    doc = inspect.cleandoc(rule.doc)
    if "\n" not in doc:
        doc = textwrap.fill(
            doc, _WIDTH - 4, break_long_words=False, break_on_hyphens=False
        )
    return f"{name} : {rule.type_line}\n" + textwrap.indent(doc, "    ")


def _attributes(cls, own):
    """Return the entries of a class, then those of its bases that it lacks."""
    entries = {entry.partition(" ")[0]: entry for entry in own}
    for base in cls.__mro__[1:]:
        _, sections = _split(inspect.cleandoc(base.__dict__.get("__doc__") or ""))
        if hasattr(base, "_rules"):
            for entry in sections.get("Attributes", []):
                entries.setdefault(entry.partition(" ")[0], entry)
    return list(entries.values())
