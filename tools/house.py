"""Measure checkouts of the package and print their figures side by side.

    python -m tools.house PATH [PATH ...]

Everything is read from the source, except the names and parameters that a user sees:
for these, the package of each checkout is imported in a separate interpreter. Stubs are
left out.
"""

import argparse
import ast
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tools import import_graph
from tools.source import (
    DEFINITIONS,
    Package,
    arguments,
    base_names,
    body_length,
    declared,
    docstring,
    initializer,
    is_network,
    methods,
    own_parameters,
    parameter_entries,
)

WINDOW = 6
BRITISH = re.compile(
    r"\b\w*(?:colour|centre|neighbour|behaviour|favour|honour|grey|labell|modell|"
    r"travell|cancell|artefact|catalogue|analyse|licence|"
    r"(?:normal|standard|initial|organ|recogn|real|general|regular|quant|"
    r"optim|summar|visual|special|minim|maxim)is(?:e|ed|es|ing|ation|ations)\b)\w*",
    re.I,
)
# names and parameters as a user sees them, from an interpreter with only one checkout
_SEEN = """
import inspect, json, sklearn_genre as s
names = [n for n in s.__all__ if not inspect.ismodule(getattr(s, n))]
kinds = [getattr(s, n) for n in names]
kinds = [k for k in kinds if inspect.isclass(k) and hasattr(k, "_get_param_names")]
print(json.dumps([len(names), [len(k._get_param_names()) for k in kinds]]))
"""


def quantiles(values, *, percent=True):
    """Return median, 95 % quantile and maximum as text."""
    values = sorted(values)
    if not values:
        return "-"
    places = (50, 95, 100) if percent else (50, 100)
    return " / ".join(str(values[(len(values) - 1) * p // 100]) for p in places)


def share(part, whole, digits=0):
    """Return a share in percent as text."""
    return f"{100 * part / max(whole, 1):.{digits}f} %"


def sizes(package):
    """Measure files, functions and classes."""
    files = package.files
    functions = [body_length(node) for node in package.nodes(*DEFINITIONS)]
    code = sum(file.code_lines for file in files)
    lines = sum(len(file.lines) for file in files)
    n_methods = [len(methods(node)) for node in package.classes.values()]
    return {
        "files · lines · code lines": f"{len(files)} · {lines} · {code}",
        "file length: median / 95 % / max": quantiles(len(f.lines) for f in files),
        "files over 500 lines": sum(len(file.lines) > 500 for file in files),
        "function length: median / 95 % / max": quantiles(functions),
        "functions over 50 lines": share(
            sum(n > 50 for n in functions), len(functions), 1
        ),
        "methods per class: median / 95 % / max": quantiles(n for n in n_methods if n),
    }


def parameters(package):
    """Measure parameters and inheritance."""
    own = [own_parameters(node) for node in package.classes.values()]
    n_names, seen = seen_by_a_user(package.root)
    depths = [inheritance(package, name) for name in package.classes]
    mean = sum(depths) / len(depths)
    return {
        "own parameters per class: median / max": quantiles(
            (len(names) for names in own if names), percent=False
        ),
        "parameters a user sees: median / max": quantiles(seen, percent=False),
        "inheritance in the package: max · mean": f"{max(depths)} · {mean:.1f}",
        "names in the flat top level": n_names,
    }


def seen_by_a_user(checkout):
    """Return the number of flat names, and of the parameters of each estimator."""
    env = {**os.environ, "PYTHONPATH": str(Path(checkout).resolve())}
    command = [sys.executable, "-c", _SEEN]
    done = subprocess.run(command, env=env, cwd=checkout, capture_output=True)
    done.check_returncode()
    return json.loads(done.stdout)


def inheritance(package, name):
    """Return how many classes of the package are in a chain of bases, with itself."""
    bases = base_names(package.classes[name])
    above = [inheritance(package, b) for b in bases if b in package.classes]
    return 1 + max(above, default=0)


def doors(package):
    """Measure private files and imports."""
    paths = [file.path.relative_to(package.folder) for file in package.files]
    inner = [path for path in paths if path.stem not in ("__init__", "__main__")]
    private = sum(any(part.startswith("_") for part in path.parts) for path in inner)
    at_import = import_graph.graph(package.imports, lazy=False)
    whole = import_graph.graph(package.imports, lazy=True)
    circles = [len(import_graph.circles(found)) for found in (at_import, whole)]
    fan_out = [len(at_import.get(name, ())) for name in package.modules]
    return {
        "private files": share(private, len(inner)),
        "import circles: at import · lazy": f"{circles[0]} · {circles[1]}",
        "import depth: median / max": quantiles(
            import_graph.depths(at_import).values(), percent=False
        ),
        "imports per file: mean / max": (
            f"{sum(fan_out) / len(fan_out):.1f} / {max(fan_out)}"
        ),
    }


def documentation(package):
    """Measure docstrings and comments."""
    public = list(public_definitions(package))
    texts = list(map(docstring, public))
    code = sum(file.code_lines for file in package.files)
    comments = sum(file.comment_lines for file in package.files)
    docs = sum(file.docstring_lines for file in package.files)
    about = {
        "public names and methods with a docstring": ".",
        "... with a shape": "of shape",
        "... with Raises": "Raises\n-",
        "... with a reference": "References\n-",
        "... with an example": ">>>",
    }
    rows = {
        name: share(sum(part in text for text in texts), len(texts))
        for name, part in about.items()
    }
    return rows | {
        "comments · docstrings per code line": f"{comments / code:.3f} · "
        f"{docs / code:.2f}"
    }


def public_definitions(package):
    """Yield functions and classes without an underscore, and their methods."""
    for file in package.files:
        for node in file.tree.body:
            if isinstance(node, (*DEFINITIONS, ast.ClassDef)) and is_public(node):
                yield node
                if isinstance(node, ast.ClassDef):
                    yield from filter(is_public, methods(node))


def is_public(node):
    """Return whether a definition has no underscore in front."""
    return not node.name.startswith("_")


def repetition(package):
    """Measure what occurs twice, or in two spellings."""
    lines = [[s for line in f.lines if (s := line.strip())] for f in package.files]
    twice = sum(map(len, repeated_lines(lines)))
    texts = Counter(text for text in parameter_texts(package) if text)
    mentions = [n for file in package.files for n in network_mentions(file).values()]
    british = sum(len(BRITISH.findall(file.text)) for file in package.files)
    return {
        f"lines in {WINDOW}-line windows that occur twice": share(
            twice, sum(map(len, lines)), 1
        ),
        "texts of parameters that occur twice": sum(n > 1 for n in texts.values()),
        "mentions of a network's parameter: median / max": quantiles(
            mentions, percent=False
        ),
        "British spellings": british,
    }


def repeated_lines(files):
    """Return for each file the places of lines in windows that occur elsewhere.

    Parameters
    ----------
    files : list of list of str
        Lines without indentation, none of them blank.

    Returns
    -------
    places : list of set of int
    """
    starts = {}
    for number, lines in enumerate(files):
        for start in range(len(lines) - WINDOW + 1):
            window = tuple(lines[start : start + WINDOW])
            starts.setdefault(window, []).append((number, start))
    places = [set() for _ in files]
    for found in starts.values():
        for number, start in found if len(found) > 1 else ():
            places[number].update(range(start, start + WINDOW))
    return places


def parameter_texts(package):
    """Yield what docstrings and rules say about each parameter, except in torch
    modules.

    Texts that only refer to another text ("As for ...") are left out.
    """
    for node in package.nodes(ast.ClassDef):
        if is_network(node):
            continue
        texts = parameter_entries(docstring(node)).values()
        yield from (text for text in texts if not text.startswith("As for "))
        for rule in declared(node).values():
            yield rule_text(rule)


def rule_text(rule):
    """Return the text that a rule has for the docstring, or an empty one."""
    if not isinstance(rule, ast.Call):
        return ""
    given = [*rule.args[1:2], *(k.value for k in rule.keywords if k.arg == "doc")]
    texts = [v.value for v in given if isinstance(v, ast.Constant)]
    return next((text for text in texts if isinstance(text, str)), "")


def network_mentions(file):
    """Count how often each parameter of a network is written before it is used.

    A parameter counts if both an estimator and a torch module of the file take it.
    Mentions are its entry in the estimator's docstring, every line of the estimator
    that names it (signature, assignment, check, table), and the signature of the torch
    module. What the module, or another method of the estimator, does with the parameter
    counts as use, not as a mention.

    Returns
    -------
    mentions : dict of str to int
    """
    classes = file.nodes(ast.ClassDef)
    modules = [node for node in classes if is_network(node)]
    taken = {
        arg.arg
        for m in filter(initializer, modules)
        for arg in arguments(initializer(m))
    }
    found = {}
    for node in [node for node in classes if node not in modules]:
        entries = parameter_entries(docstring(node))
        for name in set(own_parameters(node) or ()) & taken:
            lines = lines_that_name(node, name)
            found[node.name, name] = len(lines) + (name in entries) + 1
    return found


def lines_that_name(node, name):
    """Return the lines of a class that have a name, but for methods that use it.

    A name counts as an identifier or as a string.
    """
    found = set()
    for child in itertools.chain.from_iterable(map(ast.walk, declarations(node))):
        names = (
            getattr(child, field, None) for field in ("id", "attr", "arg", "value")
        )
        if name in [n for n in names if isinstance(n, str)]:
            found.add(child.lineno)
    return found


def declarations(node):
    """Return the parts of a class that declare, store, check or pass parameters."""
    passing = ("__init__", "_network", "_check_params")
    return [
        statement
        for statement in node.body
        if getattr(statement, "name", passing[0]) in passing
    ]


def tests(package):
    """Measure the tests."""
    code = sum(file.code_lines for file in package.files)
    lines = sum(file.code_lines for file in package.tests)
    functions = [n.name for f in package.tests for n in f.nodes(*DEFINITIONS)]
    private = re.compile(r"(?m)^\s*from sklearn_genre\S*\._\w")
    return {
        "test lines per code line": f"{lines / code:.2f}",
        "test functions": sum(name.startswith("test_") for name in functions),
        "test file length: median / max": quantiles(
            (len(file.lines) for file in package.tests), percent=False
        ),
        "test files that import private modules": (
            f"{sum(bool(private.search(f.text)) for f in package.tests)} of "
            f"{len(package.tests)}"
        ),
    }


GROUPS = (sizes, parameters, doors, documentation, repetition, tests)


def measure(checkout):
    """Return the figures of a checkout, as text by name."""
    package = Package(checkout)
    rows = {}
    for group in GROUPS:
        rows |= {name: str(value) for name, value in group(package).items()}
    return rows


def table(columns):
    """Return the lines of a table of figures.

    Parameters
    ----------
    columns : dict of str to dict
        The figures of each checkout by its title.

    Returns
    -------
    lines : list of str
    """
    names = list(next(iter(columns.values())))
    cells = [["", *names]]
    cells += [[title, *map(rows.get, names)] for title, rows in columns.items()]
    widths = [max(map(len, column)) for column in cells]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in zip(*cells, strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", nargs="+", metavar="PATH")
    paths = parser.parse_args().checkouts
    print("\n".join(table({path: measure(path) for path in paths})))


if __name__ == "__main__":
    main()
