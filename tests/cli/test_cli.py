"""The command line, by its function, and once as a user starts it."""

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from helpers import wavs

import sklearn_genre
from sklearn_genre import load_model
from sklearn_genre.cli import _terminal, main

ROOT = Path(__file__).resolve().parents[2]


def test_predict_prints_a_line_a_file(model, folder, capsys):
    assert main(["predict", str(model), str(folder), "--top", "2"]) == 0
    out, err = capsys.readouterr()
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows] == wavs(folder)
    loaded = load_model(model)
    proba = loaded.predict_proba(wavs(folder))
    for row, p in zip(rows, proba, strict=True):
        assert row[1] == loaded.classes_[p.argmax()]
        assert {row[1], row[3]} == {"dub", "waltz"}
        assert float(row[2]) == pytest.approx(p.max(), abs=5e-4)
        assert float(row[2]) + float(row[4]) == pytest.approx(1, abs=2e-3)
    assert err == ""


def test_csv_and_json_say_the_same(model, folder, capsys):
    song = wavs(folder)[0]
    assert main(["predict", str(model), song, "--csv", "--top", "2"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert main(["predict", str(model), song, "--json", "--top", "2"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert row["path"] == entry["path"] == song
    assert main(["predict", str(model), song, "--json", "--top", "3"]) == 0
    assert json.loads(capsys.readouterr().out) == entry  # it knows no third genre
    assert [row["label_1"], row["label_2"]] == entry["labels"]
    assert [float(row["proba_1"]), float(row["proba_2"])] == entry["proba"]
    assert entry["error"] is None
    assert sum(entry["proba"]) == pytest.approx(1)


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_files_that_cannot_be_read(model, folder, tmp_path, capsys, form):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no audio at all")
    (tmp_path / "empty").mkdir()
    songs = wavs(folder)
    files = [songs[0], str(bad), "gone.mp3", str(tmp_path / "empty"), songs[1]]
    assert main(["predict", str(model), *files, *form]) == 1
    out, err = capsys.readouterr()
    assert songs[0] in out
    assert songs[1] in out
    assert [line.split(": ")[1] for line in err.splitlines()] == files[1:4]
    assert "gone.mp3: no such file" in err
    assert "empty: no audio file" in err
    if form == ["--json"]:
        entries = [json.loads(line) for line in out.splitlines()]
        assert [entry["path"] for entry in entries] == files
        assert [entry["error"] is None for entry in entries] == [1, 0, 0, 0, 1]
    else:
        assert "bad.wav" not in out


# -- names of files -------------------------------------------------------------------
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run(*args, **variables):
    """The command as a process, its output as bytes."""
    return subprocess.run(
        [sys.executable, "-m", "sklearn_genre", *args],
        capture_output=True,
        env=os.environ | variables,
    )


@pytest.fixture
def odd(folder, tmp_path):
    """Three songs: one name in Latin-1, one in UTF-8, one in ASCII."""
    place = os.fsencode(tmp_path / "odd")
    os.mkdir(place)
    for name in (b"bad\xff.wav", "n\u00e9.wav".encode(), b"ok.wav"):
        try:
            shutil.copy(os.fsencode(wavs(folder)[0]), os.path.join(place, name))
        except OSError:
            pytest.skip("names here are always text")
    return tmp_path / "odd"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "locale"),
    [([], C_LOCALE), (["--csv"], {"PYTHONUTF8": "1"}), (["--json"], C_LOCALE)],
)
def test_names_that_are_no_text_stop_no_others(model, odd, form, locale):
    done = run("predict", str(model), str(odd), *form, **locale)
    assert done.returncode in (0, 1), done.stderr
    out = done.stdout.decode("utf-8", "surrogateescape")
    said = out + done.stderr.decode("ascii", "backslashreplace")
    # each is predicted or has an error of its own
    for name in ("ok.wav", "bad\udcff.wav", "n\u00e9.wav"):
        escaped = os.fsencode(name).decode("ascii", "surrogateescape")
        forms = {name, *(json.dumps(n)[1:-1] for n in (name, escaped))}
        assert any(f in said for f in forms), said
    assert "ok.wav" in out
    assert "can't encode" not in said
    if form == ["--json"]:
        entries = [json.loads(line) for line in out.splitlines()]
        assert len(entries) == 3
        assert all(bool(e["labels"]) != bool(e["error"]) for e in entries)
        (fine,) = [e for e in entries if e["path"].endswith("ok.wav")]
        assert fine["error"] is None


def test_any_name_and_genre_can_be_written(monkeypatch):
    for encoding, expected in (
        ("utf-8", "n\u00e9 ".encode() + b"\xff"),
        ("ascii", b"n\\xe9 \xff"),
    ):
        raw = io.BytesIO()
        with io.TextIOWrapper(raw, encoding=encoding, errors="strict") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            _terminal.write_any_name()
            print("n\u00e9 \udcff", end="")
            stream.flush()
            assert raw.getvalue() == expected
            monkeypatch.undo()


def test_names_that_break_a_line_are_quoted(
    model, folder, tmp_path, capsys, monkeypatch
):
    names = ["two\nlines.wav", "tab\tbed.wav", "\x1b[31mred.wav", '"quoted".wav']
    names += ["blank and \u3000 n\u00e9.wav"]
    paths = [str(tmp_path / name) for name in names]
    for path in paths:
        shutil.copy(wavs(folder)[0], path)
    monkeypatch.chdir(tmp_path)
    assert main(["predict", str(model), *names]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.split("\n")[:-1]]
    assert {len(row) for row in rows} == {3}
    assert [json.loads(row[0]) for row in rows[:-1]] == names[:-1]
    assert rows[-1][0] == names[-1]
    assert main(["predict", str(model), names[0], "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))
    assert row["path"] == names[0]
    assert main(["predict", str(model), "gone\n\x1b[31m.wav"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_a_closed_pipe_ends_the_command_without_a_word(model, folder):
    args = ["predict", str(model), *wavs(folder), "--batch-size", "1"]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "sklearn_genre", *args],
            stdout=pipe,
            stderr=subprocess.PIPE,
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_ctrl_c_ends_the_command_in_one_line(capsys, monkeypatch):
    def interrupted(*args, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr("sklearn_genre.audit", interrupted, raising=False)
    assert main(["audit", "songs"]) == 130
    assert capsys.readouterr().err == "sklearn-genre audit: interrupted\n"


@pytest.mark.parametrize(
    ("error", "words"),
    [(MemoryError(), "MemoryError"), (TypeError("no numbers"), "TypeError: no numb")],
)
def test_any_error_is_a_line(capsys, monkeypatch, error, words):
    def fail(*args, **keywords):
        error.add_note("while predicting 'a.wav'")
        raise error

    monkeypatch.setattr("sklearn_genre.audit", fail, raising=False)
    assert main(["audit", "songs"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert "(while predicting 'a.wav')" in line


# -- models ---------------------------------------------------------------------------
def test_a_folder_is_no_model_whatever_its_name(folder, tmp_path, capsys, monkeypatch):
    song = wavs(folder)[0]
    monkeypatch.chdir(tmp_path)
    Path("gtzan").mkdir()
    assert main(["predict", "gtzan", song]) == 0
    assert capsys.readouterr().out.startswith(song)
    Path("mine").mkdir()
    assert main(["predict", "mine", song]) == 2
    assert "'mine' is a folder, not a model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is no file here, nor the name of a trained model (gtzan, gtz"),
        (b"text", "cannot be loaded"),
        (b"", "cannot be loaded"),
        (b"P\xff\n.", "cannot be loaded"),
        (gzip.compress(b"text" * 99)[:-30] + b"\xff" * 30, "cannot be loaded"),
        (b"PK\x03\x04", "cannot be loaded"),
        (b"ID3\x04\x00" + bytes(99), "is audio, not a model"),
        (b"RIFF" + bytes(99), "the model comes first"),
        (3, "holds no model"),
    ],
)
def test_files_that_are_no_model(tmp_path, capsys, content, message):
    path = tmp_path / "model.joblib"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        joblib.dump(content, path)
    assert main(["predict", str(path), "song.wav"]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert str(path) in err


def test_bad_arguments(model, folder, capsys):
    for option in (["--top", "0"], ["--batch-size", "0"], ["--device", "abacus"]):
        assert main(["predict", str(model), str(folder), *option]) == 2
        assert option[0].strip("-") in capsys.readouterr().err
    assert main(["predict", str(model), str(folder), "--csv", "--json"]) == 2
    assert "not allowed with" in capsys.readouterr().err


def test_help_warns_of_pickles(capsys):
    assert main(["predict", "--help"]) == 0
    assert "only those that you trust" in " ".join(capsys.readouterr().out.split())


def test_warnings_are_lines_on_standard_error(model, folder, capsys, tmp_path):
    old = tmp_path / "old.joblib"
    loaded = load_model(model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklearn_genre.neural._saved_net.__version__", "0.0.1")
        joblib.dump(loaded, old)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["predict", str(old), wavs(folder)[0], "--device", "cpu"]) == 0
    err = capsys.readouterr().err
    assert err.startswith("sklearn-genre: warning: CNNClassifier was saved by")
    assert len(err.splitlines()) == 1


def test_audit_ends_with_its_own_status(folder, tmp_path, capsys):
    assert main(["audit", str(folder), "--no-near-duplicates"]) == 0
    assert "6 clips, nothing found" in capsys.readouterr().out
    soundfile.write(tmp_path / "a.wav", np.zeros(22050), 22050)
    soundfile.write(tmp_path / "b.wav", np.zeros(22050), 22050)
    assert main(["audit", str(tmp_path)]) == 1
    assert "error: silent, 2 clips" in capsys.readouterr().out
    song = wavs(folder)[0]
    pair = tmp_path / "pair"
    pair.mkdir()
    for name in ("a.wav", "b.wav"):
        (pair / name).write_bytes(Path(song).read_bytes())
    assert main(["audit", str(pair)]) == 1
    assert main(["audit", str(pair), "--fail-on", "error"]) == 0


@pytest.mark.slow
def test_as_a_process(model, folder):
    """``python -m sklearn_genre`` is the command."""
    song = wavs(folder)[0]
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_genre", "predict", str(model), song],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    path, genre, proba = done.stdout.rstrip("\n").split("\t")
    assert path == song
    assert genre in ("dub", "waltz")
    assert 0.5 <= float(proba) <= 1


def test_the_command_starts_light():
    program = "import sys, sklearn_genre.cli as c; c._parser(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"torch", "librosa", "sklearn", "scipy", "numpy", "joblib", "soundfile"}
    assert not heavy & set(done.stdout.split())


def test_the_entry_point_is_the_function():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, name = project["scripts"]["sklearn-genre"].split(":")
    assert getattr(sys.modules[module], name) is main


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == sklearn_genre.__version__
