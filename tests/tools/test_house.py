"""The figures of `tools.house`, on a package small enough to count by hand."""

from pathlib import Path

import pytest

from tools import house, lowest, source

ROOT = Path(__file__).resolve().parents[2]
NETWORK = '''"""A network."""

from torch import nn


class Net(nn.Module):
    """Layers."""

    def __init__(self, n_bands, *, width):
        super().__init__()
        self.layer = nn.Linear(n_bands, width)


class NetClassifier:
    """A classifier.

    Parameters
    ----------
    width : int, default=8
        Units of the layer, whose color is gray.
    seed : int, default=0
        Units of the layer, whose color is gray.
    """

    def __init__(self, *, width=8, seed=0):
        self.width = width
        self.seed = seed

    def _network(self):
        # no check here
        return Net, dict(width=self.width)
'''
DECLARED = '''"""A network whose parameters are declared."""

from torch import nn


class Net(nn.Module):
    def __init__(self, n_bands, *, width):
        super().__init__()


class NetClassifier:
    """A classifier."""

    _architecture = {"width": Integer(8, "Units of the layer.", low=1)}
'''


def file(tmp_path, text):
    path = tmp_path / "x.py"
    path.write_text(text)
    return source.File(path)


@pytest.mark.parametrize(("text", "mentions"), [(NETWORK, 5), (DECLARED, 2)])
def test_mentions_of_a_network_parameter(tmp_path, text, mentions):
    """Docstring, signature, assignment, dict and module; or table and module."""
    found = house.network_mentions(file(tmp_path, text))
    assert found == {("NetClassifier", "width"): mentions}


def test_lines_of_each_kind(tmp_path):
    found = file(tmp_path, NETWORK)
    assert found.comment_lines == 1
    assert found.docstring_lines == 1 + 1 + 9
    assert found.code_lines == 11


def test_texts_of_parameters(tmp_path):
    texts = {}
    for text in (NETWORK, DECLARED):
        (tmp_path / "sklearn_genre").mkdir(exist_ok=True)
        file(tmp_path / "sklearn_genre", text)
        texts[text] = list(house.parameter_texts(source.Package(tmp_path)))
    assert texts[NETWORK] == 2 * ["Units of the layer, whose color is gray."]
    assert texts[DECLARED] == ["Units of the layer."]


def test_repeated_lines():
    block = [f"line {i}" for i in range(house.WINDOW)]
    once = [["a", *block, "b"], ["c", "d", *block[:-1]]]
    assert house.repeated_lines(once) == [set(), set()]
    twice = [["a", *block, "b"], ["c", "d", *block]]
    assert house.repeated_lines(twice) == [set(range(1, 7)), set(range(2, 8))]


def test_british_words():
    text = "neighbours normalise the centre; exercises, centers and noise do not"
    assert len(house.BRITISH.findall(text)) == 3


@pytest.mark.slow
def test_this_checkout():
    """Every figure is there, and those that are limits hold."""
    rows = house.measure(ROOT)
    assert rows["files over 500 lines"] == "0"
    assert rows["private files"] != "-"
    assert len(house.table({"here": rows, "there": rows})) == 1 + len(rows)


def test_lowest_versions():
    project = {
        "dependencies": ["numpy>=1.26"],
        "optional-dependencies": {
            "data": ["h5py>=3.10"],
            "test": ["pytest>=8", "sklearn-genre[data]"],
        },
    }
    found = [lowest.lowest(r) for r in lowest.requirements(project, ["test"])]
    assert found == ["numpy==1.26", "pytest==8", "h5py==3.10"]
    with pytest.raises(ValueError, match="name>=version"):
        lowest.lowest("numpy<2")
    assert lowest.pinned("torch").startswith("torch==")
