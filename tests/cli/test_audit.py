"""``sklearn-genre audit``: forms, the page, and the exit status."""

import csv
import io
import json

import numpy as np
import soundfile

from sklearn_genre.cli import main


def noise(path, rate=22050, silent=False):
    wave = np.random.default_rng(len(path.name)).uniform(-0.1, 0.1, 2 * rate)
    soundfile.write(path, wave * (not silent), rate)


def test_a_rate_that_models_resample_is_no_failure(tmp_path, capsys):
    noise(tmp_path / "a.wav")
    noise(tmp_path / "bb.wav")
    noise(tmp_path / "ccc.wav", rate=44100)
    assert main(["audit", str(tmp_path)]) == 0
    assert "note: rate, 1 clip" in capsys.readouterr().out


def test_findings_in_every_form(tmp_path, capsys):
    for k in range(7):
        noise(tmp_path / f"{'x' * k}{k}.wav", silent=k > 0)
    folder = [str(tmp_path), "--no-near-duplicates"]
    assert main(["audit", *folder]) == 1
    short = capsys.readouterr().out
    assert "more finding" in short
    assert main(["audit", *folder, "--all"]) == 1
    whole = capsys.readouterr().out
    assert whole.startswith(short.rstrip())
    assert all(f"{'x' * k}{k}.wav" in whole for k in range(1, 7))
    assert main(["audit", *folder, "--csv"]) == 1
    rows = [*csv.DictReader(io.StringIO(capsys.readouterr().out))]
    assert main(["audit", *folder, "--json"]) == 1
    entries = json.loads(capsys.readouterr().out)
    assert [row["clip"] for row in rows] == [entry["clip"] for entry in entries]
    assert {row["kind"] for row in rows} >= {"silent"}
    assert len(rows) >= 6


def test_the_page(tmp_path, capsys):
    (tmp_path / "songs").mkdir()
    noise(tmp_path / "songs" / "a.wav")
    args = ["audit", str(tmp_path / "songs"), "--report", str(tmp_path / "audit.html")]
    assert main(args) == 0
    assert "a.wav" in (tmp_path / "audit.html").read_text("utf-8")
    assert main(args) == 2
    assert "--overwrite" in capsys.readouterr().err
