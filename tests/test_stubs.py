"""The type stubs are those of the code."""

import importlib.util

import pytest
from helpers import ROOT

SCRIPT = ROOT / "tools" / "make_stubs.py"
spec = importlib.util.spec_from_file_location("make_stubs", SCRIPT)
make_stubs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_stubs)


@pytest.mark.parametrize("room", make_stubs.ROOMS)
def test_stub_is_up_to_date(room):
    text = make_stubs.stub_path(room).read_text("utf-8")
    assert text == make_stubs.stub(room), "run: python tools/make_stubs.py"


def test_stub_has_the_declared_parameters():
    text = make_stubs.stub("neural")
    network = text[text.index("class CNNClassifier(") :]
    assert "n_filters: Sequence[int] = ...," in network
    assert (
        "class_weight: Literal['balanced'] | Mapping[Any, Any] | None = ...," in network
    )
    fit = network[network.index("    def fit(") :].partition(" -> ")[0]
    assert "groups=..." in fit
    assert "X_val=..." in fit
