"""Audio that a folder holds, and that is not decoded: it is always told."""

import json
import sys
import warnings

import joblib
import pandas as pd
import pytest
from helpers import MEL, write_wav
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    AudioError,
    SummaryStats,
    audit,
    extract_features,
    load_folder,
    load_manifest,
    predict_files,
)
from sklearn_genre.cli import main

M4A = b"\0\0\0\x20ftypM4A " + bytes(100)
WMA = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(100)
TOLD = r"3 of 7 audio files \(\.m4a: 2, \.wma: 1\) cannot be decoded here"
REMEDY = r"pip install 'sklearn-genre\[codecs\]'"


@pytest.fixture
def music(tmp_path):
    """Four songs of two genres, and three that need the codecs."""
    root = tmp_path / "music"
    for genre in ("jazz", "rock"):
        (root / genre).mkdir(parents=True)
        for i in range(2):
            write_wav(root / genre / f"{i}.wav", i)
    for name, content in {"a.m4a": M4A, "b.M4A": M4A, "c.wma": WMA}.items():
        (root / "rock" / name).write_bytes(content)
    return root


@pytest.fixture
def model(music):
    paths = [str(path) for path in sorted(music.rglob("*.wav"))]
    pipeline = make_pipeline(clone(MEL), SummaryStats(), LogisticRegression())
    return pipeline.fit(paths, ["jazz", "jazz", "rock", "rock"])


@pytest.fixture
def no_codecs(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)


def manifest(music):
    path = music / "songs.csv"
    names = [str(p.relative_to(music)) for p in sorted(music.rglob("*.*"))]
    pd.DataFrame({"path": names, "label": "x"}).to_csv(path, index=False)
    return path


@pytest.mark.usefixtures("no_codecs")
@pytest.mark.parametrize("what", ["folder", "manifest", "audit", "predict"])
def test_what_needs_the_codecs_is_counted(music, model, what):
    read = {
        "folder": load_folder,
        "manifest": lambda folder: load_manifest(manifest(folder)),
        "audit": audit,
        "predict": lambda folder: [*predict_files(model, folder)],
    }[what]
    with pytest.warns(UserWarning, match=f"{TOLD}.*{REMEDY}"):
        found = read(music)
    if what in ("folder", "manifest"):
        assert len(found.paths) == 7
    elif what == "audit":
        assert found.to_frame()["findings"].str.contains("unreadable").sum() == 3
    else:
        assert sum(p.error is not None for p in found) == 3


@pytest.mark.usefixtures("no_codecs")
def test_features_of_them_are_refused_by_name(music):
    with (
        pytest.warns(UserWarning, match=f"{TOLD}.*{REMEDY}"),
        pytest.raises(AudioError, match=r"a\.m4a .*needs the optional codecs"),
    ):
        extract_features(clone(MEL).set_params(duration=0.5), music, music / "out.npy")


def test_nothing_is_said_with_the_codecs(music):
    pytest.importorskip("av")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_folder(music).paths) == 7


@pytest.mark.usefixtures("no_codecs")
@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_the_command_tells_beside_its_output(music, model, tmp_path, capsys, form):
    joblib.dump(model, tmp_path / "model.joblib")
    arguments = ["predict", str(tmp_path / "model.joblib"), str(music)]
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main([*arguments, form]) == 1
    out, err = capsys.readouterr()
    assert "3 of 7 audio files" in err
    assert err.count("pip install 'sklearn-genre[codecs]'") == 4
    lines = out.splitlines()
    if form == "--json":
        assert sum(json.loads(line)["error"] is None for line in lines) == 4
    else:
        assert len(lines) == 5


def test_what_begins_like_audio_is_not_left_out_in_silence(music, model):
    for path in (*music.rglob("*.m4a"), *music.rglob("*.M4A"), *music.rglob("*.wma")):
        path.unlink()
    (music / "rock" / "a.aax").write_bytes(M4A)
    write_wav(music / "rock" / "no ending", 5)
    (music / "rock" / "b.heic").write_bytes(b"\0\0\0\x20ftypheic" + bytes(100))
    (music / "rock" / "c.webp").write_bytes(b"RIFF\x10\0\0\0WEBPVP8 " + bytes(100))
    (music / "rock" / "d.txt").write_text("title", encoding="utf-16")
    (music / "rock" / "e.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    told = r"2 files in .*begin like audio.*\.aax: 1, none: 1"
    with pytest.warns(UserWarning, match=told) as caught:
        assert len([*predict_files(model, music)]) == 4
    with pytest.warns(UserWarning, match=told):
        report = audit(music)
    assert "6 files are not audio by their ending" in str(report)
    assert len(caught) == 1
    with pytest.warns(UserWarning, match="6 files .* are not taken as songs"):
        load_folder(music)


def test_pictures_and_texts_are_no_matter(music, model):
    for path in (*music.rglob("*.m4a"), *music.rglob("*.M4A"), *music.rglob("*.wma")):
        path.unlink()
    (music / "rock" / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    (music / "rock" / "a.cue").write_text("TRACK")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len([*predict_files(model, music)]) == 4
