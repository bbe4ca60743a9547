"""``sklearn-genre train``, interrupted, killed, and without a place for its model."""

import os

import joblib
import numpy as np
import pytest
import soundfile

from sklearn_genre import make_genre_audio
from sklearn_genre._utils.nested import estimators_in
from sklearn_genre.cli import _train, main
from sklearn_genre.neural import NeuralClassifier
from sklearn_genre.neural._engine import checkpoint
from sklearn_genre.neural._engine.net import ClipNet
from sklearn_genre.neural._engine.state import net_state


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two songs of each of two genres."""
    folder = tmp_path_factory.mktemp("songs")
    songs = make_genre_audio(2, genres=["dub", "waltz"], duration=3.0, random_state=0)
    for i, (song, genre) in enumerate(zip(songs.audio, songs.target, strict=True)):
        (folder / genre).mkdir(exist_ok=True)
        soundfile.write(folder / genre / f"{i}.wav", song, 22050)
    return folder


def train(folder, out, *more):
    short = ["--cv", "0"]
    if "fast" not in more:
        short += ["--recipe", "best", "--epochs", "4", "--device", "cpu"]
    return main(["train", str(folder), "--out", str(out), *short, *more])


def networks(path):
    parts = estimators_in(joblib.load(path))
    return [p for p in parts if isinstance(p, NeuralClassifier) and hasattr(p, "net_")]


@pytest.mark.slow
def test_ctrl_c_names_the_checkpoint_and_the_same_command_goes_on(
    folder, tmp_path, capsys, monkeypatch
):
    kept, out = tmp_path / "kept", tmp_path / "resumed.joblib"
    assert train(folder, tmp_path / "whole.joblib") == 0
    train_step, steps = ClipNet.train_step_single, []

    def interrupted(self, batch, **params):
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt
        return train_step(self, batch, **params)

    monkeypatch.setattr(checkpoint, "_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(ClipNet, "train_step_single", interrupted)
        assert train(folder, out, "--checkpoint", str(kept)) == 130
    (line,) = capsys.readouterr().err.splitlines()
    (left,) = kept.glob("*.checkpoint")
    assert line.startswith("sklearn-genre train: interrupted: the same training cont")
    assert str(left) in line
    assert not list(tmp_path.glob("resumed*"))
    assert train(folder, out, "--checkpoint", str(kept)) == 0
    assert not list(kept.iterdir())
    whole, resumed = networks(tmp_path / "whole.joblib"), networks(out)
    a, b = ([net_state(n.net_)["module"] for n in m] for m in (whole, resumed))
    assert len(a) > 0
    assert joblib.hash(a) == joblib.hash(b)
    assert str(kept).encode() not in out.read_bytes()


def test_fast_has_no_checkpoint(folder, tmp_path, capsys):
    more = ["--recipe", "fast", "--checkpoint", str(tmp_path / "kept")]
    assert train(folder, tmp_path / "m.joblib", *more) == 2
    assert "--checkpoint has no effect with --recipe fast" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def failing(*args):
    raise ValueError("too late")


def test_an_old_model_stays_until_the_new_one_is_whole(folder, tmp_path, monkeypatch):
    out = tmp_path / "old.joblib"
    out.write_bytes(b"old")
    for part in ("_forget_checkpoint", "make_model"):
        with monkeypatch.context() as patch:
            patch.setattr(_train, part, failing)
            more = ["--recipe", "fast", "--overwrite"]
            assert train(folder, out, *more) == 2
        assert out.read_bytes() == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["old.joblib"]


def test_what_cannot_be_written_is_an_error_before_the_training(
    folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(_train, "_fitted", failing)
    out = (
        tmp_path / f"{240 * 'n'}.joblib"
    )  # no file can be made beside it, even by root
    assert train(folder, out) == 2
    assert "File name too long" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    os.mkfifo(tmp_path / "pipe.joblib")
    assert train(folder, tmp_path / "pipe.joblib", "--overwrite") == 2
    assert "named pipe" in capsys.readouterr().err


def test_a_link_leads_to_the_new_model(folder, tmp_path):
    target, link = tmp_path / "models" / "m.joblib", tmp_path / "m.joblib"
    target.parent.mkdir()
    link.symlink_to(target)
    assert train(folder, link, "--recipe", "fast") == 0
    assert link.is_symlink()
    assert np.size(joblib.load(target).classes_) == 2
