"""The imports inside a package, read from its source without running it."""

import ast
from pathlib import Path
from typing import NamedTuple


class Import(NamedTuple):
    """One file importing another.

    ``lazy`` is true inside a function, where the import runs when the function is
    called.
    """

    source: str
    target: str
    lazy: bool


def modules(package):
    """Return the files of a package by module name, in order of their names."""
    package = Path(package)
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(package):
    """Return the imports between the files of a package, each once."""
    files = modules(package)
    found = {}
    for name, path in files.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        anchor = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for node, lazy in _nodes(tree):
            for target in _targets(node, anchor, files):
                if target != name:
                    found[Import(name, target, lazy)] = None
    return list(found)


def _nodes(tree, lazy=False):
    """Yield the import statements, and whether each is inside a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, lazy
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _nodes(node, inside)


def _targets(node, anchor, files):
    """Yield the files of the package that an import statement names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in files)
        return
    base = node.module or ""
    if node.level:
        parts = anchor.split(".")
        parts = parts[: len(parts) - node.level + 1]
        base = ".".join([*parts, *filter(None, [node.module])])
    for alias in node.names:
        # `from . import x` means the file x where there is one
        longer = f"{base}.{alias.name}"
        if longer in files:
            yield longer
        elif base in files:
            yield base


def graph(found, *, lazy):
    """Return the targets of each file, including imports in functions if ``lazy``."""
    targets = {}
    for one in found:
        if lazy or not one.lazy:
            targets.setdefault(one.source, set()).add(one.target)
    return targets


def circles(targets):
    """Return the groups of files that import each other, directly or through others.

    These are the strongly connected components with more than one file, found by
    Tarjan's algorithm.
    """
    state = _Search(targets)
    for name in sorted(targets):
        if name not in state.index:
            state.visit(name)
    return state.found


class _Search:
    """The depth-first search of Tarjan's algorithm."""

    def __init__(self, targets):
        self.targets = targets
        self.index, self.low, self.stack, self.found = {}, {}, [], []

    def visit(self, name):
        """Search below one file."""
        self.index[name] = self.low[name] = len(self.index)
        self.stack.append(name)
        for other in sorted(self.targets.get(name, ())):
            if other not in self.index:
                self.visit(other)
            if other in self.stack:
                self.low[name] = min(self.low[name], self.low[other])
        if self.low[name] == self.index[name]:
            self._close(name)

    def _close(self, name):
        """Pop the component that starts at a file from the stack."""
        start = self.stack.index(name)
        group = self.stack[start:]
        del self.stack[start:]
        if len(group) > 1:
            self.found.append(sorted(group))


def depths(targets):
    """Return the length of the longest chain of imports below each file.

    Files of one cycle have the depth at which the search first closes it.
    """
    known = {}

    def depth(name, path=()):
        if name in path:
            return 0
        if name not in known:
            below = (depth(t, (*path, name)) for t in targets.get(name, ()))
            known[name] = max((1 + d for d in below), default=0)
        return known[name]

    for name in targets:
        depth(name)
    return known
