"""Tables as CSV, JSON, LaTeX and Markdown."""

import csv
import io
import json

import numpy as np
import pytest

from sklearn_genre._utils.tabular import Tabular
from sklearn_genre._utils.text_table import TextTable

TABLE = TextTable(
    ["genre", "f1_score", "n"],
    [["r&b_50%", 1 / 3, np.int64(3)], ["a|b <i>\n*c*", np.float64("nan"), None]],
)


class Two(Tabular):
    tables = ("all", "none")

    def _all_table(self):
        return TABLE

    def _none_table(self):
        return TextTable(["genre"], [])


def test_csv_holds_numbers_in_full():
    rows = list(csv.reader(io.StringIO(TABLE.to_csv())))
    assert rows[0] == TABLE.columns
    assert rows[1] == ["r&b_50%", repr(1 / 3), "3"]
    assert rows[2] == ["a|b <i>\n*c*", "", ""]


def test_json_holds_numbers_in_full_and_null():
    rows = json.loads(TABLE.to_json())
    assert rows[0] == {"genre": "r&b_50%", "f1_score": 1 / 3, "n": 3}
    assert rows[1] == {"genre": "a|b <i>\n*c*", "f1_score": None, "n": None}


def test_markdown_escapes_what_it_would_obey():
    lines = TABLE.to_markdown().splitlines()
    assert lines[0] == r"| genre | f1\_score | n |"
    assert lines[1] == "| :-- | --: | --: |"
    assert lines[2] == r"| r&b\_50% | 0.333 | 3 |"
    assert lines[3] == r"| a\|b \<i\>\\n\*c\* | - | - |"


def test_latex_escapes_what_it_would_obey():
    text = TABLE.to_latex()
    assert r"genre & f1\_score & n \\" in text
    assert r"r\&b\_50\% & 0.333 & 3 \\" in text
    assert r"a|b <i>\textbackslash{}n*c* & - & - \\" in text
    assert text.startswith("\\begin{tabular}{lrr}\n\\toprule\n")
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")


@pytest.mark.parametrize("form", ["csv", "json", "latex", "markdown"])
def test_tables_are_returned_or_written(form, tmp_path):
    make = getattr(Two(), f"to_{form}")
    text = make()
    assert text == getattr(TABLE, f"to_{form}")()
    path = tmp_path / "table"
    assert make(path) is None
    assert path.read_text("utf-8") == text
    assert make(what="none") != text
    with pytest.raises(ValueError, match="what must be one of 'all', 'none', got 'x'"):
        make(path, what="x")
    assert path.read_text("utf-8") == text


def test_a_name_that_is_not_utf_8_can_be_written(tmp_path):
    table = TextTable(["file"], [["caf\udce9.wav"]])
    report = Two()
    report._all_table = lambda: table
    for form in ("csv", "json", "latex", "markdown"):
        getattr(report, f"to_{form}")(tmp_path / form)
    assert r"caf\udce9.wav" in (tmp_path / "csv").read_text("utf-8")
    assert json.loads((tmp_path / "json").read_text())[0] == {"file": "caf\udce9.wav"}
