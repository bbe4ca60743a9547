"""The page "DataFrames": what it prints."""

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "user_guide" / "data_frames.md"


def test_what_the_page_prints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    session = doctest.DocTestParser().get_doctest("".join(blocks), {}, "page", None, 0)
    assert session.examples
    assert doctest.DocTestRunner().run(session).failed == 0
