"""The page "Add a network": its example runs as it stands."""

import doctest
import importlib
import pickle
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import check_prints
from sklearn.base import clone

import sklearn_genre

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "develop" / "add_a_network.md"
EXAMPLE, SESSION = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The example as a module, in a file of the user's own."""
    path = tmp_path / "recurrent.py"
    path.write_text(EXAMPLE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("recurrent")
    monkeypatch.delitem(sys.modules, "recurrent")


def test_what_the_example_prints(module, clips):
    names = dict(vars(module), X=clips[0], y=clips[1])
    check_prints(SESSION, names)
    assert doctest.testmod(module).attempted > 5
    assert doctest.testmod(module).failed == 0


def test_the_example_is_a_whole_estimator(module, clips):
    X, y = clips
    kind = module.RecurrentClassifier
    for name in ("n_units", "dropout", "max_epochs", "classes_"):
        assert f"\n{name} : " in kind.__doc__
    tags = np.stack([y == "jazz", y == "metal"], axis=1).astype(int)
    model = clone(kind(n_layers=2, both_ways=False, max_epochs=2)).fit(X, tags)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_the_files_to_touch_are_there():
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text("utf-8"), re.M)
    assert 0 < len(rows) <= 4
    for name in rows:
        path = ROOT / name
        assert path.exists() or "recurrent" in path.name
        assert path.parent.is_dir()
    assert not hasattr(sklearn_genre, "RecurrentClassifier")
