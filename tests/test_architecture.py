"""The rules of the house, read from the source: doors, rooms, models, circles."""

import ast
import re
from pathlib import Path

import pytest

from tools import import_graph

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sklearn_genre"
IMPORTS = import_graph.imports(PACKAGE)
# what models share, and the one model that is built from another
SHARED = ("_layers", "_shared", "_codes", "__init__")
BUILT_FROM = {("_hybrid", "_cnn")}


def room(module):
    """Folder or file at the top of the package; the package itself for its door."""
    return [*module.split("."), ""][1]


def is_private(parts):
    return any(part.startswith("_") and part != "__init__" for part in parts)


def test_every_file_in_a_folder_is_private():
    """The ``__init__`` of a folder is its door; top-level files are doors."""
    public = [
        str(path.relative_to(PACKAGE))
        for path in import_graph.modules(PACKAGE).values()
        if path.parent != PACKAGE
        and path.stem not in ("__init__", "__main__")
        and not is_private(path.relative_to(PACKAGE).with_suffix("").parts)
    ]
    assert not public


def test_rooms_meet_through_doors():
    found = {
        (one.source.split(".", 1)[1], one.target.split(".", 1)[1])
        for one in IMPORTS
        if room(one.source) != room(one.target) != "_utils"
        and one.target.count(".") > 1
    }
    assert not found


def test_models_know_no_other_model():
    models = "sklearn_genre.neural.models."
    found = {
        tuple(name.removeprefix(models) for name in (one.source, one.target))
        for one in IMPORTS
        if one.source.startswith(models) and one.target.startswith(models)
    }
    assert ("_cnn", "_layers") in found
    assert {(a, b) for a, b in found if b not in SHARED} == BUILT_FROM


def test_shared_helpers_know_no_room_but_the_ground_floor():
    ground = {"_utils", "audio", "rows", "base"}
    found = {
        (one.source, one.target)
        for one in IMPORTS
        if room(one.source) == "_utils" and room(one.target) not in ground
    }
    assert not found


@pytest.mark.parametrize("lazy", [False, True])
def test_no_import_circle(lazy):
    assert not import_graph.circles(import_graph.graph(IMPORTS, lazy=lazy))


def write_package(folder, **files):
    """A package of these files, ``__init__`` for its own."""
    package = folder / "house"
    package.mkdir()
    for name, text in {"__init__": "", **files}.items():
        (package / f"{name}.py").write_text(text)
    return package


def test_circles_are_noticed(tmp_path):
    late = "def f():\n    from .a import x\n"
    package = write_package(
        tmp_path, a="from .b import x", b="from house import c", c=late
    )
    found = import_graph.imports(package)
    assert {tuple(one) for one in found} == {
        ("house.a", "house.b", False),
        ("house.b", "house.c", False),
        ("house.c", "house.a", True),
    }
    at_import = import_graph.graph(found, lazy=False)
    assert import_graph.circles(at_import) == []
    assert import_graph.depths(at_import) == {"house.a": 2, "house.b": 1, "house.c": 0}
    assert import_graph.circles(import_graph.graph(found, lazy=True)) == [
        ["house.a", "house.b", "house.c"]
    ]


def test_the_stub_lists_what_the_rooms_offer():
    """Each line of ``__init__.pyi`` names a public name of the room it comes from."""
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text("utf-8"))
    for line in tree.body:
        if not isinstance(line, ast.ImportFrom) or line.module is None:
            continue
        assert line.level == 1
        assert re.fullmatch(r"[a-z]\w*", line.module), "a room's door, no private file"
        door = import_graph.modules(PACKAGE)[f"sklearn_genre.{line.module}"]
        for alias in line.names:
            assert alias.asname == alias.name, "re-exported, as type checkers have it"
            assert alias.name in offered(door)


def offered(path):
    """The names in the ``__all__`` of a file, with those of its folder it adds."""
    names, text = [], path.read_text("utf-8")
    if "attach_stub(" in text:  # a door that loads names on first use
        text = path.with_suffix(".pyi").read_text("utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            names += ast.literal_eval(node.value)
        elif isinstance(node, ast.AugAssign) and node.target.id == "__all__":
            names += offered(path.parent / node.value.value.id / "__init__.py")
    assert names, f"{path} has no __all__"
    return names


def test_every_door_says_what_it_offers():
    doors = [
        path
        for name, path in import_graph.modules(PACKAGE).items()
        if name.count(".") == 1 and not room(name).startswith("_")
    ]
    assert len(doors) > 12
    for path in doors:
        names = offered(path)
        assert names
        assert len(set(names)) == len(names)
