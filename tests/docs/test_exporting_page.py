"""The page "Models without Python": its example runs on an exported model."""

import re
import subprocess
import sys

import numpy as np
from helpers import ROOT
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_genre import MelSpectrogram, SummaryStats, export_onnx

PAGE = (ROOT / "docs" / "user_guide" / "exporting.md").read_text("utf-8")
EXPORT, RUN, _ = re.findall(r"```python\n(.*?)```", PAGE, re.S)


def test_the_example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, size=(6, 8000))
    model = make_pipeline(
        MelSpectrogram(sample_rate=8000, n_fft=256, n_mels=8),
        SummaryStats(),
        LogisticRegression(C=1e-4),
    )
    model.fit(list(noise), ["dub", "ska"] * 3)
    exec(EXPORT, {"model": model, "export_onnx": export_onnx})
    check = "import sys\nassert 'sklearn_genre' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", RUN + check], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in ("dub", "ska")
