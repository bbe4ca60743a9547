"""Figures of the tests: drawn without a screen, in one style, closed at the end."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def figures():
    backend = mpl.get_backend()
    with mpl.rc_context():
        mpl.rcdefaults()
        plt.switch_backend("agg")
        yield
        plt.close("all")
    plt.switch_backend(backend)
