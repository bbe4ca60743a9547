"""The pages of scores say what the results files say."""

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
TABLE = runpy.run_path(str(DOCS / "results_table.py"))


@pytest.mark.parametrize("page", TABLE["PAGES"])
def test_tables_are_those_of_the_results(page):
    """Renew them with ``python docs/results_table.py``."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert TABLE["renewed"](text, TABLE["PAGES"][page]) == text
    assert "| `recipes.best()` |" in text
