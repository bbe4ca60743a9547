"""``sklearn-genre export``: models as files of ONNX."""

import joblib
import numpy as np
import onnx
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_genre import CNNClassifier, save_model
from sklearn_genre.cli import main


@pytest.fixture(scope="module")
def model():
    X = np.random.default_rng(0).normal(size=(4, 8, 20)).astype("float32")
    net = CNNClassifier(n_filters=(2,), max_epochs=1)
    return make_pipeline(net).fit(X, ["dub", "ska"] * 2)


@pytest.mark.parametrize("name", ["model.skops", "model.joblib"])
def test_export(model, tmp_path, capsys, name):
    source, out = tmp_path / name, tmp_path / "model.onnx"
    if name.endswith("joblib"):
        joblib.dump(model, source)
    else:
        save_model(model, source, card="# Four clips")
    assert main(["export", str(source), str(out), "--n-frames", "30"]) == 0
    assert capsys.readouterr() == ("", "")
    about = {entry.key: entry.value for entry in onnx.load(out).metadata_props}
    assert about["input_shape"] == '["batch", 8, 30]'
    assert about.get("card") == ("# Four clips" if "skops" in name else None)


def test_what_cannot_be_exported(tmp_path, capsys):
    assert main(["export", str(tmp_path / "none"), str(tmp_path / "out.onnx")]) == 2
    assert "no file" in capsys.readouterr().err
    assert not (tmp_path / "out.onnx").exists()


@pytest.mark.parametrize("name", ["old.onnx", "model.skops"])
def test_no_file_is_replaced_unasked(tmp_path, capsys, name):
    out = tmp_path / name
    out.write_bytes(b"old")
    assert main(["export", str(out), str(out)]) == 2
    words = {"old.onnx": "--overwrite replaces it", "model.skops": "must end in .onnx"}
    assert words[name] in capsys.readouterr().err
    assert out.read_bytes() == b"old"
