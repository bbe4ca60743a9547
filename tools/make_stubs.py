"""Write the type stubs of the rooms whose classes declare their parameters.

Editors and type checkers do not run code, so they cannot see a signature made from
declared parameters. The stubs show it to them, and hold nothing that is not in the
code: a test compares the two. After a change of parameters run::

    python tools/make_stubs.py
"""

import importlib
import inspect
import re
from pathlib import Path

ROOMS = (
    "features",
    "embedding",
    "neural",
    "slicing",
    "evaluation",
    "discriminant",
    "mixture",
)
PACKAGE = Path(__file__).resolve().parents[1] / "sklearn_genre"
HEAD = "# Written by tools/make_stubs.py from the declared parameters; do not edit.\n"
IMPORTS = {
    "collections.abc": ("Mapping", "Sequence"),
    "typing": ("Any", "Literal", "Self"),
    "sklearn.base": ("BaseEstimator",),
    "sklearn_genre.features": ("FeatureCache",),
}
BASES = ("BaseEstimator", "Exception", "ValueError", "UserWarning", "tuple", "dict")
_LINE = 60  # longer parameter lists get a line each
# what returns the estimator itself
_FLUENT = ("fit", "partial_fit", "set_params", "set_output")


def stub_path(room):
    """Return the path of the stub of a room, which is a folder or a file."""
    folder = PACKAGE / room
    return folder / "__init__.pyi" if folder.is_dir() else folder.with_suffix(".pyi")


def stub(room):
    """Return the text of the stub of a room.

    Parameters
    ----------
    room : str

    Returns
    -------
    text : str
    """
    module = importlib.import_module(f"sklearn_genre.{room}")
    names = sorted(public_names(module))
    parts = [_define(name, getattr(module, name), set(names)) for name in names]
    return HEAD + _imports(parts) + "\n" + "\n".join(parts) + "\n"


def _imports(parts):
    """Return the imports that the definitions need."""
    text = "\n".join(parts)
    lines = ["import os\n"] * ("os." in text)
    for module, names in IMPORTS.items():
        missing = [name for name in names if f"class {name}" not in text]
        used = [name for name in missing if re.search(rf"\b{name}\b", text)]
        if used:
            lines.append(f"from {module} import {', '.join(used)}\n")
    return "".join(lines) + "\nimport numpy as np\n" * ("np." in text)


def public_names(module):
    """Return the public names of a room."""
    if hasattr(module, "__all__"):
        return module.__all__
    own = inspect.getmembers(module, lambda t: _home(t) == module.__name__)
    return [name for name, _ in own if not name.startswith("_")]


def _home(thing):
    """Return the name of the module that defines an object."""
    return getattr(thing, "__module__", None)


def _define(name, thing, known):
    """Return the definition of a class, a function or a constant."""
    if inspect.isclass(thing):
        return _define_class(thing, known)
    if inspect.isfunction(thing):
        return f"def {name}({_parameters(thing)}) -> Any: ..."
    return f"{name}: Any"


def _define_class(cls, known):
    """Return the definition of a class: its signature and its own methods."""
    bases = [base.__name__ for base in cls.__mro__[1:]]
    base = next((b for b in bases if b in known or b in BASES), None)
    lines = [f"class {cls.__name__}({base}):" if base else f"class {cls.__name__}:"]
    lines.append(f"    def __init__({_parameters(cls.__init__, cls)}) -> None: ...")
    for name, member in inspect.getmembers(cls):
        raw = inspect.getattr_static(cls, name)
        if not name.startswith("_") and _is_ours(raw):
            lines += _define_member(name, member, raw)
    return "\n".join(lines) + "\n"


def _is_ours(raw):
    """Return whether a member is defined here; those of other packages may change."""
    code = getattr(raw, "fget", None) or getattr(raw, "__func__", raw)
    return str(_home(code)).startswith("sklearn_genre")


def _define_member(name, member, raw):
    """Return the lines of a method or a property."""
    if isinstance(raw, property):
        return ["    @property", f"    def {name}(self) -> Any: ..."]
    if isinstance(raw, classmethod):
        parameters = f"cls, {_parameters(member)}".rstrip(", ")
        return ["    @classmethod", f"    def {name}({parameters}) -> Any: ..."]
    if inspect.isfunction(member):
        result = "Self" if name in _FLUENT else "Any"
        return [f"    def {name}({_parameters(member)}) -> {result}: ..."]
    return []


def _parameters(function, cls=None):
    """Return the parameters of a function, with types for declared ones."""
    rules = getattr(cls, "_rules", {})
    out, star = [], False
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            star = True
        if p.kind is p.KEYWORD_ONLY and not star:
            out.append("*")
            star = True
        mark = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        kind = f": {_annotation(rules[p.name])}" if p.name in rules else ""
        default = "" if p.default is p.empty else (" = ..." if kind else "=...")
        out.append(f"{mark}{p.name}{kind}{default}")
    line = ", ".join(out)
    broken = "".join(f"\n        {parameter}," for parameter in out) + "\n    "
    return line if len(line) < _LINE else broken


def _annotation(rule):
    """Return the type of a declared parameter."""
    return f"{rule.annotation} | None" if rule.none else rule.annotation


def main():
    """Write all stubs."""
    for room in ROOMS:
        stub_path(room).write_text(stub(room), encoding="utf-8")
        print(stub_path(room).relative_to(PACKAGE.parent))


if __name__ == "__main__":
    main()
