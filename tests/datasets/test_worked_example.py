"""The loader that the page "Add a data set" writes passes the suite of all loaders."""

import importlib
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers import ROOT

PAGE = ROOT / "docs" / "develop" / "add_a_data_set.md"


def blocks(language):
    """The pieces of code of the page."""
    text = PAGE.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


def put_before(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, f"{new}{old}", 1), "utf-8")


@pytest.fixture
def checkout(tmp_path):
    """A copy of the package and its tests, with the data set of the page added."""
    if not PAGE.exists():
        pytest.skip("this copy of the tests comes without the page")
    for name in ("sklearn_genre", "tests"):
        weights = shutil.ignore_patterns("__pycache__", "*.npz", "*.pyc")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=weights)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def add_data_set(root):
    """Follow the steps of the page."""
    loader, offer, flat, copy = blocks("python")
    [description] = blocks("rst")
    room = root / "sklearn_genre" / "datasets"
    suite = root / "tests" / "datasets" / "test_every_loader.py"
    stub = root / "sklearn_genre" / "__init__.pyi"
    (room / "_dances.py").write_text(loader, "utf-8")
    (room / "data" / "dances.rst").write_text(description, "utf-8")
    put_before(room / "__init__.py", "from ._feature_table", offer)
    put_before(room / "__init__.py", '    "load_feature_table"', '    "load_dances",\n')
    put_before(stub, "from .datasets import load_feature_table", flat)
    put_before(suite, "def feature_table(", f"{copy}\n\n")
    put_before(suite, '    "load_feature_table"', '    "load_dances": dances,\n')


@pytest.mark.slow
def test_the_loader_of_the_page_passes(checkout):
    add_data_set(checkout)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/datasets/test_every_loader.py", "-k", "dances or here"],
        cwd=checkout,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 18


def test_the_page_names_every_helper():
    base = importlib.import_module("sklearn_genre.datasets._base")
    public = [
        n
        for n, thing in vars(base).items()
        if getattr(thing, "__module__", "") == base.__name__
    ]
    text = PAGE.read_text("utf-8")
    assert [n for n in public if not n.startswith("_") and f"`{n}`" not in text] == []
