"""Tables of the page on performance say what the results files say."""

import csv
import re
import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
TABLE = runpy.run_path(str(DOCS / "performance_table.py"))
RESULTS = TABLE["RESULTS"]


def test_tables_are_those_of_the_results():
    """Renew them with ``python docs/performance_table.py``."""
    text = TABLE["PAGE"].read_text(encoding="utf-8")
    assert TABLE["renewed"](text) == text
    assert "| librosa | arrays |" in text


def test_tables_and_texts_of_results_are_of_one_run():
    text = (RESULTS / "peers.txt").read_text()
    for row in TABLE["read"]("peers"):
        name = re.escape(f"{row['variant']}, {row['clips']}")
        assert re.search(f"^{name} +{float(row['wall_ms']):.2f} ", text, re.MULTILINE)
    text = (RESULTS / "lock.txt").read_text()
    for row in TABLE["read"]("lock"):
        assert re.search(
            f"^{re.escape(row['work'])} +{float(row['us']):.0f}$", text, re.M
        )


def test_gains_of_two_threads_are_those_of_the_results():
    gains = re.findall(
        r"([\d.]+) sklearn_genre, (arrays|files)", (RESULTS / "peers.txt").read_text()
    )
    text = " ".join(TABLE["PAGE"].read_text(encoding="utf-8").split())
    assert len(gains) >= 2
    own = {source: gain for gain, source in gains[::-1]}
    assert f"Two threads give {own['arrays']} times one for arrays" in text
    assert f"{own['files']} times for files" in text


def test_results_as_csv(tmp_path):
    publish = runpy.run_path(str(DOCS.parent / "benchmarks" / "_header.py"))["publish"]
    publish("text\n", tmp_path / "x.txt", [{"a": 1, "b": "x, y"}])
    with open(tmp_path / "x.csv", newline="") as file:
        assert list(csv.DictReader(file)) == [{"a": "1", "b": "x, y"}]
    publish("text\n", tmp_path / "y.txt")
    assert not (tmp_path / "y.csv").exists()
