"""Source of a package, as read by the measures in `tools.house`."""

import ast
import io
import re
import tokenize
from functools import cached_property
from pathlib import Path

from tools import import_graph

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SECTION = re.compile(r"(?m)^[ ]*([A-Z][A-Za-z ]+)\n[ ]*-{3,}[ ]*$")
_ENTRY = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: :.*)?$")


class File:
    """A source file.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path):
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()

    @cached_property
    def tree(self):
        """Syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def docstrings(self):
        """Nodes of all docstrings."""
        kinds = (*DEFINITIONS, ast.ClassDef, ast.Module)
        owners = [node for node in ast.walk(self.tree) if isinstance(node, kinds)]
        return [node.body[0].value for node in owners if has_docstring(node)]

    @cached_property
    def comment_lines(self):
        """Number of lines with a comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return sum(token.type == tokenize.COMMENT for token in tokens)

    @cached_property
    def docstring_lines(self):
        """Number of lines of docstrings."""
        return sum(length(node) for node in self.docstrings)

    @cached_property
    def code_lines(self):
        """Number of lines that are neither blank, comment nor docstring."""
        docs = set()
        for node in self.docstrings:
            docs.update(range(node.lineno, node.end_lineno + 1))
        return sum(
            bool(line.strip()) and not line.lstrip().startswith("#") and i not in docs
            for i, line in enumerate(self.lines, 1)
        )

    def nodes(self, *kinds):
        """Return the nodes of some kinds, in order."""
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]


class Package:
    """The source files of a checkout.

    Parameters
    ----------
    checkout : path-like
    """

    def __init__(self, checkout):
        self.root = Path(checkout)
        self.folder = self.root / "sklearn_genre"
        self.modules = {
            name: File(path) for name, path in import_graph.modules(self.folder).items()
        }
        self.files = list(self.modules.values())
        self.tests = [File(path) for path in sorted(self.root.glob("tests/**/*.py"))]
        self.imports = import_graph.imports(self.folder)

    def nodes(self, *kinds):
        """Return the nodes of some kinds in all files."""
        return [node for file in self.files for node in file.nodes(*kinds)]

    @cached_property
    def classes(self):
        """All classes by name."""
        return {node.name: node for node in self.nodes(ast.ClassDef)}


def has_docstring(node):
    """Return whether a definition has a docstring."""
    return ast.get_docstring(node, clean=False) is not None


def docstring(node):
    """Return the docstring of a definition without its indentation, or an empty one."""
    return ast.get_docstring(node) or ""


def length(node):
    """Return the number of lines of a node."""
    return node.end_lineno - node.lineno + 1


def body_length(node):
    """Return the number of lines of a function without its docstring."""
    return length(node) - (length(node.body[0]) if has_docstring(node) else 0)


def methods(node):
    """Return the functions defined in a class."""
    return [child for child in node.body if isinstance(child, DEFINITIONS)]


def base_names(node):
    """Return the names of the bases of a class, without their modules."""
    return [ast.unparse(base).split(".")[-1] for base in node.bases]


def is_network(node):
    """Return whether a class is a torch module."""
    return any(ast.unparse(base).startswith("nn.") for base in node.bases)


def arguments(function):
    """Return the nodes of a function's named arguments, except ``self``."""
    args = function.args
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [arg for arg in found if arg.arg not in ("self", "cls")]


def initializer(node):
    """Return the ``__init__`` of a class, or None."""
    return next((m for m in methods(node) if m.name == "__init__"), None)


def tables(node):
    """Return the tables of declared parameters of a class: dicts of rules."""
    return [
        child.value
        for child in node.body
        if isinstance(child, ast.Assign)
        and isinstance(child.value, ast.Dict)
        and child.targets[0].id in ("_parameters", "_architecture")
    ]


def declared(node):
    """Return the declared parameters of a class: the node of each rule by name."""
    return {
        key.value: value
        for table in tables(node)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant)
    }


def own_parameters(node):
    """Return the names of the parameters that a class itself declares, or None."""
    init = initializer(node)
    if init is None and not tables(node):
        return None
    return [*declared(node), *(arg.arg for arg in (arguments(init) if init else ()))]


def parameter_entries(text):
    """Return the texts of the entries under "Parameters" of a docstring, by name.

    Entries without a description have an empty text.
    """
    found, name = {}, None
    for line in _sections(text).get("Parameters", "").splitlines():
        if line and not line.startswith(" ") and _ENTRY.match(line):
            name = _ENTRY.match(line)[1]
            found[name] = ""
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _sections(text):
    """Return the sections of a numpydoc docstring by title."""
    parts = _SECTION.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
