"""The command ``train``: folds, small folders, songs that cannot be read, copies."""

import os
import shutil
from pathlib import Path

import joblib
import pytest
import soundfile
from helpers import wavs, within

from sklearn_genre import load_model
from sklearn_genre.cli import _train, main
from sklearn_genre.pretrained import model_card


@pytest.mark.parametrize("group_by", [[], ["--group-by", "artist"]])
def test_train_measures_and_names_the_split(folder, tmp_path, capsys, group_by):
    out = tmp_path / "model.skops"
    args = ["train", str(folder), "--out", str(out), *group_by, "--cv", "3"]
    args += ["--recipe", "fast", "--excerpts", "2", "--n-jobs", "2"]
    assert main(args) == 0
    printed = capsys.readouterr().out
    assert "6 songs of 2 genres" in printed
    how = "artist" if group_by else "random"
    how_given = "artist" if group_by else None
    (line,) = [line for line in printed.splitlines() if "accuracy" in line]
    assert how in line.lower()
    assert "3 folds" in line or "3-fold" in line
    card = model_card(out)
    for words in (line, "6: dub (3), waltz (3)", "seed=0", f"group_by={how_given}"):
        assert words in card
    assert str(tmp_path) not in card
    loaded = load_model(out)
    assert set(loaded.classes_) == {"dub", "waltz"}
    assert loaded.predict(wavs(folder)[:1]).shape == (1,)


def test_train_refuses_before_it_trains(folder, model, tmp_path, capsys):
    before = model.read_bytes()
    assert main(["train", str(folder), "--out", str(model)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert model.read_bytes() == before
    nowhere = tmp_path / "no" / "model.joblib"
    assert main(["train", str(folder), "--out", str(nowhere)]) == 2
    assert "no folder" in capsys.readouterr().err
    file = tmp_path / "file"
    file.touch()
    assert main(["train", str(folder), "--out", str(file / "model.skops")]) == 2
    assert "no folder" in capsys.readouterr().err
    assert main(["train", str(tmp_path / "gone"), "--out", "model.joblib"]) == 2
    assert "does not exist" in capsys.readouterr().err


def mixed(folder, tmp_path):
    """The songs of the folder, each twice, and files that are none."""
    for place in ("one", "two"):
        shutil.copytree(folder, tmp_path / "songs", dirs_exist_ok=True)
        for path in (tmp_path / "songs").rglob("song.wav"):
            path.rename(path.with_name(f"{place}.wav"))
    bad = [tmp_path / "songs" / "dub" / "artist0" / "text.wav"]
    bad += [tmp_path / "songs" / "waltz" / "artist3" / os.fsdecode(b"em\xffpty.wav")]
    bad[0].write_bytes(b"no audio")
    try:
        bad[1].write_bytes(b"")
    except OSError:
        bad[1] = bad[1].with_name("empty.wav")
        bad[1].write_bytes(b"")
    os.mkfifo(tmp_path / "songs" / "dub" / "artist1" / "pipe.wav")
    return tmp_path / "songs"


def test_songs_that_cannot_be_read_are_left_out_on_request(folder, tmp_path, capsys):
    music, out = mixed(folder, tmp_path), tmp_path / "model.joblib"
    args = ["train", str(music), "--out", str(out), "--cv", "2", "--recipe", "fast"]
    assert within(60, main, args) == 2
    said = capsys.readouterr().err
    assert "cannot be opened" in said or "cannot be decoded" in said
    assert "--skip-unreadable leaves out" in said
    assert not out.exists()
    assert within(60, main, [*args, "--skip-unreadable", "--n-jobs", "2"]) == 1
    printed, said = capsys.readouterr()
    assert "12 songs of 2 genres; 3 left out, which cannot be read" in printed
    assert "trained on all 12 songs" in printed
    lines = said.splitlines()
    assert len(lines) == 3
    for name, reason in (("text", "decoded"), ("pipe", "pipe"), ("pty", "0 bytes")):
        (line,) = (line for line in lines if f"{name}.wav: " in line)
        assert reason in line
    assert joblib.load(out).predict(wavs(folder)[:1]).shape == (1,)
    assert within(60, main, ["audit", str(music), "--no-near-duplicates"]) == 1
    assert "error: unreadable, 3 clips" in capsys.readouterr().out
    status = within(60, main, ["predict", str(out), str(music)])
    printed, said = capsys.readouterr()
    assert status == 1
    assert (len(printed.splitlines()), len(said.splitlines())) == (12, 3)


def test_a_genre_without_a_song_that_can_be_read(folder, tmp_path, capsys):
    shutil.copytree(folder, tmp_path / "songs")
    for path in (tmp_path / "songs" / "waltz").rglob("*.wav"):
        path.write_bytes(b"no audio")
    out = tmp_path / "model.joblib"
    args = ["train", str(tmp_path / "songs"), "--out", str(out), "--skip-unreadable"]
    assert main(args) == 2
    assert "no song of waltz can be read" in capsys.readouterr().err
    assert not out.exists()


def copies(song, place, **genres):
    """A folder of genre/artist/song; of each genre the songs of its artists."""
    for genre, artists in genres.items():
        for i, n in enumerate(artists):
            for k in range(n):
                path = place / genre / f"artist{i}" / f"{k}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(song, path)
    return str(place)


BY_ARTIST = ["--group-by", "artist"]


@pytest.mark.parametrize(
    ("genres", "options", "messages"),
    [
        (
            {"dub": [3], "waltz": [5]},
            ["--cv", "5"],
            ["2 to 3", "got 5", "'dub', has 3 songs"],
        ),
        ({"dub": [2], "waltz": [2]}, ["--cv", "3"], ["must be 2 here", "2 songs"]),
        ({"dub": [3], "waltz": [3]}, ["--cv", "1"], ["2 to 3", "got 1"]),
        ({"dub": [3], "waltz": [3]}, ["--cv", "-1"], ["2 to 3", "got -1"]),
        (
            {"dub": [3, 3, 3], "waltz": [5, 1]},
            [*BY_ARTIST, "--cv", "3"],
            ["must be 2 here", "'waltz', has 2 artists"],
        ),
        (
            {"dub": [3, 3, 3], "waltz": [9]},
            [*BY_ARTIST, "--cv", "2"],
            ["'waltz' are by one artist", "--cv 0"],
        ),
        (
            {"dub": [1], "waltz": [1]},
            [],
            ["one song of dub, waltz", "two or more songs"],
        ),
        ({"dub": [1], "waltz": [2]}, ["--cv", "0"], ["one song of dub;"]),
        ({"dub": [4]}, ["--cv", "0"], ["one genre only, dub"]),
    ],
)
def test_train_refuses_small_folders_before_it_decodes(
    folder, tmp_path, capsys, monkeypatch, genres, options, messages
):
    songs = copies(wavs(folder)[0], tmp_path / "songs", **genres)
    monkeypatch.setattr(_train, "make_model", lambda args: pytest.fail("too late"))
    out = tmp_path / "model.joblib"
    assert main(["train", songs, "--out", str(out), *options]) == 2
    said = capsys.readouterr().err
    assert all(message in said for message in messages), said
    assert ("--cv" in said) == ("songs of each" not in said and "only, " not in said)
    assert not out.exists()


# -- copies ---------------------------------------------------------------------------
@pytest.fixture
def twice(folder, tmp_path):
    """The six songs, each as wav and, under another name, as flac."""
    place = tmp_path / "twice"
    shutil.copytree(folder, place)
    for path in wavs(place):
        samples, rate = soundfile.read(path, dtype="int16")
        soundfile.write(Path(path).with_name("other.flac"), samples, rate)
    return place


@pytest.mark.parametrize("group_by", [[], BY_ARTIST])
def test_train_keeps_copies_on_one_side(folder, twice, tmp_path, capsys, group_by):
    out = tmp_path / "model.joblib"
    args = ["--out", str(out), *group_by, "--cv", "3", "--overwrite"]
    args += ["--recipe", "fast"]
    assert main(["train", str(folder), *args]) == 0
    once = capsys.readouterr().out
    assert "Exact copies" not in once
    assert "duplicates together" not in once
    shutil.copy(twice / "dub/artist0/song.wav", twice / "waltz/artist3/stray.wav")
    assert main(["train", str(twice), *args]) == 0
    printed = capsys.readouterr().out
    assert "duplicates together: accuracy" in printed
    assert "No leak found in what was checked." in printed
    assert "LEAK" not in printed
    for line in (once, printed):
        assert "exact copies.\nNot checked: " in line
        assert "near duplicates (audit finds most)" in line
        assert ("artists (no groups given)" in line) == (not group_by)
    assert "Exact copies of 6 songs: " in printed
    (torn,) = [line for line in printed.splitlines() if "different labels" in line]
    assert f"{twice}/dub/artist0/song.wav (dub)" in torn
    assert f"{twice}/waltz/artist3/stray.wav (waltz)" in torn


def test_copies_are_no_further_songs(folder, twice, tmp_path, capsys):
    args = ["--out", str(tmp_path / "m.skops"), "--recipe", "fast", "--cv"]
    assert main(["train", str(twice), *args, "4"]) == 2
    assert "'dub', has 3 songs apart from copies" in capsys.readouterr().err
    place = copies(wavs(folder)[0], tmp_path / "songs", dub=[2, 1], waltz=[3])
    assert main(["train", place, *args, "2"]) == 2
    assert "songs of 'dub' are copies of one, " in capsys.readouterr().err
