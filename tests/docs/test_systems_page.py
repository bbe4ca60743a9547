"""The pages on systems: every row is there, and everything they name exists."""

import importlib.util
import re
import runpy
from pathlib import Path

import pytest

import sklearn_genre

ROOT = Path(__file__).resolve().parents[2]
READERS = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "systems_rows.md").read_text(encoding="utf-8")
LAST = {"S1": "t", "S2": "n", "S3": "o", "S4": "l", "S5": "n", "P": "g"}
IDS = [
    f"{source}-{chr(letter)}"
    for source, last in LAST.items()
    for letter in range(ord("a"), ord(last) + 1)
]
LINES = {
    cells[0]: cells
    for cells in (
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in PAGE.splitlines()
        if re.match(r"\| (?:S\d|P)-[a-z] ", line)
    )
}


def names(text):
    """What stands in backticks and is a name or a path, not a call or a value."""
    found = re.findall(r"`([^`]+)`", text)
    return [name for name in found if re.fullmatch(r"[\w./]+(::\w+)?", name)]


def exists(name):
    """Whether a test, a file, or an object of this package or scikit-learn is there."""
    path, _, test = name.partition("::")
    if "/" in path:
        file = ROOT / path
        return file.is_file() and (
            not test
            or re.search(rf"^(def|class) {test}\b", file.read_text("utf-8"), re.M)
        )
    if name.startswith("sklearn."):
        module, _, thing = name.rpartition(".")
        return hasattr(importlib.import_module(module), thing)
    thing = sklearn_genre
    room = f"sklearn_genre.{name.partition('.')[0]}"
    if importlib.util.find_spec(room):
        importlib.import_module(room)
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing is not None


def test_every_row_is_there_once():
    assert list(LINES) == IDS
    assert len(IDS) == 20 + 14 + 15 + 12 + 14 + 7
    rows = re.findall(r"^\| ((?:S\d|P)-[a-z]) \|", PAGE, re.M)
    assert rows == IDS


@pytest.mark.parametrize("row", IDS)
def test_row(row):
    _, _, served, pinned, note = LINES[row]
    assert note
    if served.startswith("not served"):
        assert pinned == "-"
        return
    parameters = {"device", "init", "n_restarts", "net_", "random_state"}
    assert names(served)
    for name in set(names(served)) - parameters:
        assert exists(name), name
    assert names(pinned)
    for name in names(pinned):
        assert name.startswith("tests/")
        assert exists(name), name


@pytest.mark.parametrize("page", [READERS, PAGE])
def test_names_elsewhere_on_the_page(page):
    prose = re.sub(r"(?s)<!-- (\w+): start -->.*?<!-- \1: end -->", "", page)
    prose = prose.split("## Rows")[0]
    for name in names(prose):
        assert exists(name), name


def test_a_wrong_name_is_noticed():
    assert not exists("recipes.jones_rnn")
    assert not exists("PolkaClassifier")
    assert not exists("tests/recipes/test_recipes.py::test_polka")
    assert not exists("tests/test_polka.py::test_polka")


def test_tables_are_up_to_date():
    """Renew them with ``python docs/systems_table.py``."""
    made = runpy.run_path(str(ROOT / "docs" / "systems_table.py"))
    assert made["with_tables"](PAGE) == PAGE
    assert made["with_tables"](READERS) == READERS


def test_readers_see_every_system_and_when_to_take_it():
    from sklearn_genre import recipes

    made = READERS.split("<!-- which: start -->")[1].split("<!-- which: end -->")[0]
    lines = [line for line in made.splitlines() if line.startswith("| `recipes.")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    assert [row[0].strip("`") for row in cells] == [s.call() for s in recipes.SYSTEMS]
    assert all(len(row) == 9 and row[-1] for row in cells)
    # a training that was cut short says so
    by_call = {row[0].strip("`"): row for row in cells}
    short = by_call["recipes.choi_fcn(n_layers=4)"][3:6]
    assert all(re.fullmatch(r"0\.\d{3}( \(\d+ of 30 epochs\))?", s) for s in short)
    # figures on songs from audio have an interval
    assert re.fullmatch(r"0\.\d{3} \[0\.\d\d, 0\.\d\d\]", by_call["recipes.tree()"][6])


def test_rows_of_the_recipes_are_on_the_page():
    from sklearn_genre import recipes

    for system in recipes.SYSTEMS:
        assert set(system.rows) <= set(IDS)
        for row in system.rows:
            assert row in LINES


def test_weights_of_the_tagger_and_of_what_it_is_compared_with():
    lines = {
        line.split("`")[1]: line for line in PAGE.splitlines() if "| `recipes." in line
    }
    assert lines["recipes.panwar_crnn()"].endswith("| 0.39 M |")
    assert lines["recipes.choi_fcn(n_layers=4)"].endswith("| 17.37 M |")
    assert lines["recipes.pun_bayes()"].endswith("| - |")
