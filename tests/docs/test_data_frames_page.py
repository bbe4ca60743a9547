"""The page "DataFrames": what it prints."""

import re

from helpers import ROOT, check_prints

PAGE = ROOT / "docs" / "user_guide" / "data_frames.md"


def test_what_the_page_prints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    check_prints("".join(blocks), {})
