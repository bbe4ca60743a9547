"""``predict`` over time, doubts, ``plot`` and ``features``: songs without labels."""

import csv
import errno
import importlib.util
import io
import json
import os

import numpy as np
import pytest
import soundfile

from sklearn_genre import MusicnnEmbedding, load_pretrained, make_genre_audio
from sklearn_genre.cli import main
from sklearn_genre.prediction import song_over_time


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A song of 8 s, another of 1 s, and silence."""
    folder = tmp_path_factory.mktemp("songs")
    made = make_genre_audio(1, genres=["dub"], duration=8.0)
    waves = {"a": made.audio[0], "b": made.audio[0][:22050], "c": np.zeros(88200)}
    for name, wave in waves.items():
        soundfile.write(folder / f"{name}.wav", wave, 22050)
    return folder


def test_genres_over_time(folder, capsys):
    song = str(folder / "a.wav")
    how = ["--over-time", "--window", "4", "--hop", "2"]
    assert main(["predict", "gtzan", song, *how, "--json"]) == 0
    out, err = capsys.readouterr()
    entries = [json.loads(line) for line in out.splitlines()]
    found, _ = song_over_time(load_pretrained(), song, window=4.0, hop=2.0)
    assert [entry["time"] for entry in entries] == found.times.tolist() == [0, 2, 4]
    for entry, row in zip(entries, found.values, strict=True):
        assert entry["labels"] == [found.tags[row.argmax()]]
        assert entry["proba"] == pytest.approx([row.max()])
    assert main(["predict", "gtzan", song, "gone.wav", *how, "--csv"]) == 1
    out, err = capsys.readouterr()
    rows = [*csv.DictReader(io.StringIO(out))]
    assert [float(row["time"]) for row in rows] == [0, 2, 4]
    assert "gone.wav: no such file" in err


@pytest.mark.parametrize("verb", [["predict", "gtzan"], ["tags"]])
def test_what_means_little_is_said_once(folder, capsys, verb):
    assert main([*verb, str(folder), "--over-time"]) == 0
    out, err = capsys.readouterr()
    short, silent = err.splitlines()
    assert f"{folder}/b.wav: it lasts 1.0 s, which is too short" in short
    assert f"{folder}/c.wav: it is silent" in silent
    assert {line.split("\t")[0][-5] for line in out.splitlines()} == {"a", "b", "c"}


@pytest.mark.parametrize("ending", ["csv", "npz", "parquet"])
def test_features(folder, tmp_path, capsys, ending):
    out = tmp_path / f"tags.{ending}"
    args = ["features", str(folder / "a.wav"), "gone.wav", str(folder / "b.wav")]
    assert main([*args, "--kind", "tags", "--out", str(out)]) == 1
    printed, said = capsys.readouterr()
    assert "2 songs, 50 features each" in printed
    assert "gone.wav: no such file" in said
    expected = MusicnnEmbedding(layer="taggram").fit_transform([args[1], args[3]])
    names, paths, X = read(out)
    assert paths == [args[1], args[3]]
    assert len(names) == 50
    np.testing.assert_allclose(X, expected, atol=1e-6)
    assert main([*args, "--kind", "tags", "--out", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err


def read(path):
    """Names of columns, paths of rows, and values of a table of features."""
    if path.suffix == ".npz":
        with np.load(path) as found:
            return found["names"].tolist(), found["paths"].tolist(), found["X"]
    if path.suffix == ".csv":
        head, *rows = csv.reader(io.StringIO(path.read_text("utf-8")))
        X = np.array([row[1:] for row in rows], dtype=float)
        return head[1:], [row[0] for row in rows], X
    import pandas as pd

    table = pd.read_parquet(path)
    return list(table.columns[1:]), table["path"].tolist(), table.iloc[:, 1:].to_numpy()


def test_a_table_that_cannot_be_written_takes_no_songs(tmp_path, capsys, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "pyarrow" else find(name),
    )
    out = tmp_path / "x.parquet"
    assert main(["features", "gone.wav", "--out", str(out)]) == 2
    assert "--out name.parquet needs pyarrow: install" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "ending"),
    [("plot", "svg"), ("features", "csv"), ("features", "parquet")],
)
def test_a_file_stays_what_it_was_if_another_cannot_be_written(
    folder, tmp_path, capsys, monkeypatch, command, ending
):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / f"x.{ending}"
    out.write_text("before")
    songs = folder / "a.wav" if command == "plot" else folder
    monkeypatch.setattr("os.fsync", full)
    kind = [] if command == "plot" else ["--kind", "mfcc"]
    args = [command, str(songs), *kind, "--out", str(out), "--overwrite"]
    assert main(args) == 2
    assert "No space left" in capsys.readouterr().err
    assert out.read_text() == "before"
    assert os.listdir(tmp_path) == [out.name]


@pytest.mark.parametrize(
    ("kind", "width"), [("texture", 871), ("mel", 256), ("mfcc", 40)]
)
def test_kinds_of_features(folder, tmp_path, capsys, kind, width):
    out = tmp_path / "x.npz"
    assert (
        main(["features", str(folder / "a.wav"), "--kind", kind, "--out", str(out)])
        == 0
    )
    names, _, X = read(out)
    assert X.shape == (1, len(names)) == (1, width)
    assert np.isfinite(X).all()


def test_no_song_no_table(tmp_path, capsys):
    out = tmp_path / "x.csv"
    assert main(["features", "gone.wav", "--out", str(out)]) == 2
    assert "no song could be read" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("more", [[], ["--model", "gtzan", "--window", "4"]])
def test_plot(folder, tmp_path, capsys, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    assert main(["plot", str(folder / "a.wav"), *more]) == 0
    assert capsys.readouterr().out == "saved a.png\n"
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main(["plot", str(folder / "a.wav"), *more]) == 2
    assert "'a.png' exists; --overwrite" in capsys.readouterr().err
