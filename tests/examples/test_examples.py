"""The examples of the sources, run as a user runs them, on little data."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sklearn_genre import recipes

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(name, *args):
    """Standard output of an example; a warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *args],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("jones_cnn", "jones_cnn"), ("lachmish_cnn", "lachmish"), ("pun_hybrid", "pun_")],
)
def test_example(name, prefix):
    out = run(name, "--clips", "4", "--epochs", "1", "--device", "cpu")
    shown = [
        s.summary()
        for s in recipes.SYSTEMS
        if s.recipe.startswith(prefix) and s.summary() in out
    ]
    assert len(shown) >= 2
    n_measured = len(re.findall(r"^(?:\S.*: (?:accuracy|no figure))", out, re.M))
    assert n_measured >= len(shown)
    for line in ("random 2-fold by song: accuracy", "2-fold by artist: accuracy"):
        assert out.count(line) == n_measured
    assert out.count("32 songs, 16 artists, chance 0.125") == 2 * n_measured


def test_example_of_tags():
    out = run("panwar_crnn", "--clips", "2", "--epochs", "1", "--device", "cpu")
    assert "roc_auc 0.893 (MagnaTagATune, 19,773/1,521/4,566 clips at random" in out
    for title in ("Random by clip", "By artist"):
        assert f"{title}: 16 clips, 16 artists, 7 tags" in out
    # chance follows from the styles: 24 of 56 pairs of style and tag
    assert out.count("chance 0.429") == out.count("no tag at all 0.571") == 2
    assert all(tag in out for tag in ("kick drum", "organ", "voice"))


def test_example_of_pieces():
    out = run(
        "softmax_autoencoder",
        *("--clips", "8", "--pieces", "5", "--epochs", "2", "--folds", "2"),
        *("--device", "cpu"),
    )
    assert "accuracy 0.582 (GTZAN, 4 genres, 6,000 slices to train" in out
    for split in ("pieces (LEAKS)", "songs", "artists"):
        line = re.search(rf"^here: {re.escape(split)} +(.*)$", out, re.M)
        scores = [float(score) for score in line[1].split()]
        assert len(scores) == 3
        assert all(0 <= score <= 1 for score in scores)
    assert "32 songs of 20 artists, 160 pieces" in out
    assert re.search(r"most frequent genre +0\.250$", out, re.M)


def test_every_source_has_an_example():
    scripts = {path.stem for path in EXAMPLES.glob("*.py")}
    assert scripts >= {
        "jones_cnn",
        "panwar_crnn",
        "lachmish_cnn",
        "pun_hybrid",
        "softmax_autoencoder",
    }
