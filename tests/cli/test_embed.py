"""The map of songs, as a page and as a picture."""

import os
import shutil

import pytest

from sklearn_genre.cli import main


@pytest.mark.parametrize("kind", ["mfcc", "tags"])
def test_a_map_names_every_song(folder, tmp_path, capsys, kind):
    out = tmp_path / "map.html"
    args = ["embed", str(folder), "--method", "pca", "--kind", kind]
    assert main([*args, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert said == f"6 songs of 2 genres\nsaved {out}: 6 songs\n"
    page = out.read_text("utf-8")
    assert all(str(song) in page for song in folder.rglob("*.wav"))
    assert "Principal component 1" in page
    assert main([*args, "--out", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_a_picture_of_neighbors(folder, tmp_path):
    out = tmp_path / "map.png"
    assert main(["embed", str(folder), "--kind", "mel", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")


def test_other_endings_are_refused_before_songs_are_read(tmp_path, capsys):
    assert main(["embed", "gone", "--out", str(tmp_path / "map.bmp")]) == 2
    assert "--out must end in .html, .png" in capsys.readouterr().err


def test_songs_that_cannot_be_read_are_named(folder, tmp_path, capsys):
    (tmp_path / "dub").mkdir()
    (tmp_path / "dub" / "bad.wav").write_bytes(b"no audio")
    for k, song in enumerate(sorted(folder.rglob("*.wav"))):
        (tmp_path / "dub" / f"{k}.wav").write_bytes(song.read_bytes())
    args = ["embed", str(tmp_path), "--kind", "mfcc", "--skip-unreadable"]
    assert main([*args, "--out", str(tmp_path / "map.svg")]) == 1
    assert "bad.wav" in capsys.readouterr().err
    assert (tmp_path / "map.svg").exists()


def test_a_table_with_names_that_are_no_formulas(folder, tmp_path, capsys):
    """Nor hidden, as matplotlib does with labels that begin with an underscore."""
    genres = ("$a^b$", "_dub", "<i>&")
    lines = ["path,label"]
    for k, song in enumerate(sorted(folder.rglob("*.wav"))):
        shutil.copy(song, tmp_path / f"{k}.wav")
        lines.append(f"{k}.wav,{genres[k % 3]}")
    (tmp_path / "songs.csv").write_text("\n".join(lines))
    out = tmp_path / "map.html"
    args = ["embed", str(tmp_path / "songs.csv"), "--kind", "mfcc", "--out", str(out)]
    assert main(args) == 0
    page = out.read_text("utf-8")
    for words in (">$a^b$<", ">_dub<", "&lt;i&gt;&amp;", "t-SNE 1"):
        assert words in page, words


def test_names_that_are_no_text(folder, tmp_path):
    place = tmp_path / "dub"
    place.mkdir()
    for k, song in enumerate(sorted(folder.rglob("*.wav"))):
        try:
            shutil.copy(song, os.path.join(os.fsencode(place), b"caf\xe9%d.wav" % k))
        except OSError:
            pytest.skip("names here are always text")
    out = tmp_path / "map.html"
    args = ["embed", str(tmp_path), "--kind", "mfcc", "--out", str(out)]
    assert main(args) == 0
    assert "caf?0.wav" in out.read_text("utf-8")


def test_copies_of_one_song_are_no_map(folder, tmp_path, capsys):
    song = min(folder.rglob("*.wav"))
    for k in range(4):
        (tmp_path / f"genre{k}").mkdir()
        shutil.copy(song, tmp_path / f"genre{k}" / f"{k}.wav")
    args = ["embed", str(tmp_path), "--kind", "mfcc", "--out", str(tmp_path / "m.png")]
    assert main(args) == 2
    assert "all 4 rows of X are the same" in capsys.readouterr().err
