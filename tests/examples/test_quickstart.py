"""The example that the README promises, run as a user runs it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile

from sklearn_genre import load_audio, make_genre_audio

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "quickstart.py"


def quickstart(*args):
    """Run the example; its standard output."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), "--jobs", "1", *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def top_three(out):
    """The predicted genres and their probabilities."""
    lines = out.split("\n\n")[-2].splitlines()[1:]
    return [(name, float(p)) for name, p in map(str.split, lines)]


def test_default_data(tmp_path):
    path = tmp_path / "model.joblib"
    out = quickstart("--clips", 5, "--folds", 2, "--model", path)
    assert "40 songs, 8 genres: ambient, arpeggio" in out
    assert "Cross-validation by song\n  39 songs, 8 genres, 2 folds" in out
    assert "39 artists, none on both sides" in out
    for line in ("accuracy", "chance", "95 % interval", "kept out of the training"):
        assert line in out
    assert re.search(r"chance   0\.128", out)  # 5 of 39
    best = top_three(out)
    assert len(best) == 3
    assert 1 >= best[0][1] >= best[1][1] >= best[2][1] >= 0

    model = joblib.load(path)
    songs = make_genre_audio(1, directory=tmp_path / "new", random_state=1)
    proba = model.predict_proba(songs.paths)
    assert proba.shape == (8, 8)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    assert set(model.predict(songs.paths)) <= set(songs.target_names)


def test_own_songs(tmp_path):
    made = make_genre_audio(
        3, genres=["dub", "techno"], duration=1.0, directory=tmp_path / "music"
    )
    out = quickstart(
        *("--data", tmp_path / "music", "--predict", made.paths[0]),
        *("--recipe", "best", "--epochs", 1, "--device", "cpu"),
    )
    assert "6 songs, 2 genres, 3 folds" in out
    assert "by artist" not in out
    assert {name for name, _ in top_three(out)} == {"dub", "techno"}


def test_copies_of_a_song_are_one(tmp_path):
    made = make_genre_audio(
        4, genres=["dub", "techno"], duration=1.0, directory=tmp_path / "music"
    )
    for path in map(Path, made.paths):
        shutil.copy(path, path.with_name(f"copy of {path.name}"))
    out = quickstart("--data", tmp_path / "music", "--predict", made.paths[0])
    assert "16 songs, 2 genres, 4 folds, 8 different songs, none on both sides" in out


def test_too_few_songs_are_named(tmp_path):
    for genre, n in (("dub", 3), ("swing", 1), ("techno", 2)):
        made = make_genre_audio(
            n, genres=[genre], duration=1.0, directory=tmp_path / genre
        )
        for path in map(Path, made.paths):
            path.rename(tmp_path / genre / path.name)
        (tmp_path / genre / genre).rmdir()
    out = quickstart("--data", tmp_path)
    assert "not measured, only one song: swing" in out
    assert "4 songs, 2 genres, 2 folds" in out
    assert "trained on 5 songs" in out


def test_real_songs(data_dir, tmp_path):
    out = quickstart(
        *("--data", data_dir / "gtzan" / "clips", "--gtzan"),
        *("--model", tmp_path / "model.joblib"),
    )
    assert "21 songs, 10 genres" in out
    assert "18 songs, 8 genres, 2 folds" in out
    assert "not measured, only one artist: blues" in out
    assert len(top_three(out)) == 3
    assert (tmp_path / "model.joblib").stat().st_size > 10_000


@pytest.mark.parametrize("args", [("--artists",), ("--folds", "1")])
def test_wrong_arguments(args):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *args], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert args[0] in done.stderr


def test_readme_program(tmp_path, monkeypatch, capsys):
    """The program at the top of the README, trained less."""
    text = (SCRIPT.parents[1] / "README.md").read_text("utf-8")
    program = re.search(r"```python\n(.*?)```", text, re.S)[1]
    assert "max_epochs=20" in program
    assert "cv=5" in program
    monkeypatch.chdir(tmp_path)
    made = make_genre_audio(
        5, genres=["dub", "waltz"], duration=1.0, directory=tmp_path / "music"
    )
    waveform, rate = load_audio(made.paths[0])
    soundfile.write("new song.mp3", waveform, rate)
    program = program.replace("max_epochs=20", "max_epochs=1, n_filters=(4,)")
    exec(program.replace("duration=30.0", "duration=1.0"), {})
    scores, genre = capsys.readouterr().out.strip().splitlines()
    assert len(scores.strip("[]").split()) == 5
    assert genre in ("['dub']", "['waltz']")
