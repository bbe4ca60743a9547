"""Data sets that come as a manifest."""

import numpy as np
import pytest
import soundfile
from helpers import FIELDS, write

from sklearn_genre import load_manifest

MANIFEST = """\
path,label,tags,group,split,id,year
b/2.flac,rock,loud|fast,Y,test,s2,1999
a/1.wav,jazz,slow,X,train,s1,1959
3.mp3,jazz,,Z,,s3,1960
"""


def audio(folder, *names):
    for name in names:
        write(folder / name, "RIFF")
    return folder


@pytest.fixture
def manifest(tmp_path):
    audio(tmp_path, "a/1.wav", "b/2.flac", "3.mp3")
    return write(tmp_path / "songs.csv", MANIFEST)


def test_manifest(manifest, tmp_path):
    data = load_manifest(manifest)
    assert set(data) >= FIELDS
    names = ["b/2.flac", "a/1.wav", "3.mp3"]
    assert data.paths.tolist() == [str(tmp_path / n) for n in names]
    assert data.target.tolist() == ["rock", "jazz", "jazz"]
    assert data.target_names.tolist() == ["jazz", "rock"]
    assert data.groups.tolist() == ["Y", "X", "Z"]
    assert data.split.tolist() == ["test", "train", ""]
    assert data.ids.tolist() == ["s2", "s1", "s3"]
    assert data.tag_names.tolist() == ["fast", "loud", "slow"]
    assert data.tags.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert {name: v.tolist() for name, v in data.extra.items()} == {
        "year": ["1999", "1959", "1960"]
    }
    assert data.missing == []
    assert "3 audio files" in data.DESCR


def test_a_table_without_the_target(tmp_path):
    audio(tmp_path, "1.wav")
    table = write(tmp_path / "songs.csv", "path,genre\n1.wav,rock\n")
    with pytest.raises(ValueError, match="no column for target='tags'"):
        load_manifest(table, label_column="genre", target="tags")


def test_a_song_is_no_table(tmp_path):
    song = tmp_path / "1.wav"
    soundfile.write(song, np.linspace(-1, 1, 500), 8000)
    with pytest.raises(
        ValueError, match=r"1\.wav' is audio, where a table is expected"
    ):
        load_manifest(song)


def test_manifest_of_tags(manifest):
    data = load_manifest(manifest, target="tags")
    assert data.target.tolist() == data.tags.tolist()
    assert data.target_names.tolist() == ["fast", "loud", "slow"]
    assert data.label.tolist() == ["rock", "jazz", "jazz"]
    only = load_manifest(manifest, label_column=None)
    assert only.target.tolist() == data.tags.tolist()
    assert only.extra["label"].tolist() == data.label.tolist()


def test_manifest_with_other_names_and_tabs(tmp_path):
    audio(tmp_path / "music", "1.wav", "2.wav")
    text = "file\tgenre\tartist\n1.wav\tjazz, cool\tA\n2.wav\trock\tB\n"
    path = write(tmp_path / "lists" / "songs.tsv", text)
    data = load_manifest(
        path,
        root=tmp_path / "music",
        path_column="file",
        label_column="genre",
        group_column="artist",
    )
    assert data.target.tolist() == ["jazz, cool", "rock"]
    assert data.groups.tolist() == ["A", "B"]
    assert data.split is data.ids is data.tags is data.tag_names is None


def test_manifest_absolute_paths_and_dots(tmp_path):
    audio(tmp_path, "a/1.wav", "a/2.wav")
    text = f"path,label\n{tmp_path}/a/1.wav,x\na/b/../2.wav,y\n"
    data = load_manifest(write(tmp_path / "songs.csv", text))
    wanted = [str(tmp_path / "a" / "1.wav"), str(tmp_path / "a" / "2.wav")]
    assert data.paths.tolist() == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\n../1.wav,x\n", r"line 2: '\.\./1\.wav' is outside"),
        ("path,label\n/etc/passwd,x\n", "line 2: '/etc/passwd' is outside"),
        ("path,label\n~/1.wav,x\n", r"1 are missing: .*data/~/1\.wav"),
        ("path,label\n1.wav,x\na/../../1.wav,y\n", "line 3: .* is outside"),
        ("path,label\n1.wav,x\n./1.wav,y\n", r"occurs twice \(lines 2, 3\)"),
        ("path,label,id\n1.wav,x,7\n2.wav,y,7\n", r"id '7' occurs twice"),
        ("path,label,id\n1.wav,x,\n", "line 2: 'id' is empty"),
        ("path,label\n,x\n", "line 2: 'path' is empty"),
        ("path,label\n1.wav,\n", "line 2: 'label' is empty"),
        ("path,label,group\n1.wav,x,\n", "line 2: 'group' is empty"),
        ("path,tags\n1.wav,a||b\n", r"line 2: tags 'a\|\|b' hold an empty tag"),
        ("path,tags\n1.wav,a|a\n", "one tag twice"),
        ("path,tags\n1.wav,\n", "no file has a tag"),
        ("file,label\n1.wav,x\n", "no column 'path'; its header names 'file', 'label'"),
        (
            "path,genre\n1.wav,x\n",
            "no column of labels or tags: it has 'path', 'genre'",
        ),
        ("path,label\n1.wav,x,y\n", "line 2: 3 fields where 2"),
        ("path,label\n", "lists no file"),
        ("path,label\n1.wav,x\n9.wav,y\n", r"1 are missing: .*9\.wav"),
        ("path,label\n1.wav,x\n0.wav,y\n", r"1 are empty: .*0\.wav"),
    ],
)
def test_manifest_errors(tmp_path, text, message):
    audio(tmp_path, "data/1.wav", "data/2.wav", "1.wav")
    write(tmp_path / "data" / "0.wav", "")
    path = write(tmp_path / "data" / "songs.csv", text)
    with pytest.raises(ValueError, match=message):
        load_manifest(path)


def test_manifest_not_utf8(tmp_path):
    audio(tmp_path, "1.wav", "2.wav")
    text = "path,label\n1.wav,rock\n2.wav,chaâbi\n"
    path = write(tmp_path / "songs.csv", text, "latin-1")
    with pytest.raises(ValueError, match=r"songs\.csv', line 3: byte 0xe2"):
        load_manifest(path)


def test_manifest_that_is_partial(tmp_path):
    audio(tmp_path, "1.wav")
    path = write(tmp_path / "songs.csv", "path,tags\n0.wav,a\n1.wav,b\n")
    data = load_manifest(path, allow_partial=True)
    assert data.paths.tolist() == [str(tmp_path / "1.wav")]
    assert data.missing == [str(tmp_path / "0.wav")]
    assert data.target.tolist() == [[0, 1]]
    (tmp_path / "1.wav").unlink()
    with pytest.raises(ValueError, match=r"of 2 audio files .* 2 are missing"):
        load_manifest(path, allow_partial=True)


def test_manifest_parameters(manifest, tmp_path):
    with pytest.raises(ValueError, match="target must be"):
        load_manifest(manifest, target="group")
    with pytest.raises(ValueError, match="tag_separator"):
        load_manifest(manifest, tag_separator="")
    with pytest.raises(ValueError, match=r"group_column='artist'.*columns 'path'"):
        load_manifest(manifest, group_column="artist")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_manifest(tmp_path / "nowhere.csv")
    with pytest.raises(IsADirectoryError, match="is a directory"):
        load_manifest(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_manifest(manifest, root=tmp_path / "nowhere")
    with pytest.raises(TypeError, match="path must be a path, got int"):
        load_manifest(3)
