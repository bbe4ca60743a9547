"""The gallery: its scripts are cells with pictures, and its notebooks run."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "examples" / "gallery").glob("*/*.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_a_page(path):
    text = path.read_text(encoding="utf-8")
    names = {
        node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)
    }
    assert path.name.startswith("plot_"), "others are not executed"
    assert text.count("\n# %%\n") >= 2, "text stands between the cells"
    assert re.search(r"Display|_display|plt\.subplots", text), "a picture"
    assert "argparse" not in text
    assert "__file__" not in names, "a notebook has none"


def test_size():
    assert len(SCRIPTS) >= 20
    home = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert f"{len(SCRIPTS)} examples" in home


@pytest.mark.parametrize("name", ["plot_2_spectrograms", "plot_7_own_features"])
def test_a_notebook_runs(name, monkeypatch):
    gallery = pytest.importorskip("sphinx_gallery.notebook")
    from matplotlib import pyplot as plt
    from sphinx_gallery.gen_gallery import DEFAULT_GALLERY_CONF
    from sphinx_gallery.py_source_parser import split_code_and_text_blocks

    (path,) = (path for path in SCRIPTS if path.stem == name)
    _, blocks = split_code_and_text_blocks(str(path))
    config = {**DEFAULT_GALLERY_CONF, "src_dir": str(ROOT / "docs")}
    notebook = gallery.jupyter_notebook(blocks, config, str(path.parent))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names = {"__name__": "__main__"}
    plt.switch_backend("agg")
    for cell in cells:
        exec("".join(cell["source"]), names)
    assert plt.get_fignums()
    plt.close("all")
