"""Folders as they are: names in two forms, folders of systems, links."""

import os
import unicodedata
from pathlib import Path

import pytest
from helpers import touch

from sklearn_genre import load_folder
from sklearn_genre._utils.collection import read_collection, read_files
from sklearn_genre._utils.files import existing_path, walk


def genres(folder, **params):
    return sorted(set(load_folder(folder, **params).target.tolist()))


# -- names -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Chaâbi", unicodedata.normalize("NFD", "Chaâbi")),
        ("Forró", " Forró "),
        ("Hip Hop", "Hip  Hop"),
        ("Hip Hop", "Hip\u00a0Hop"),
        ("jazz", "\ufeffjazz"),
        ("演歌が", unicodedata.normalize("NFD", "演歌が")),
    ],
)
def test_genre_in_two_directories(tmp_path, name, other):
    touch(tmp_path, f"{name}/a.wav", f"{other}/b.wav", "zouk/c.wav")
    data = load_folder(tmp_path)
    assert sorted(data.target.tolist()) == sorted([name, name, "zouk"])
    assert data.target_names.tolist() == sorted([name, "zouk"])
    assert sorted(os.path.basename(p)[0] for p in data.paths) == ["a", "b", "c"]
    assert all(map(os.path.exists, data.paths))


def test_artist_in_two_directories(tmp_path):
    decomposed = unicodedata.normalize("NFD", "Sigur Rós")
    touch(tmp_path, "pop/Sigur Rós/a.wav", f"rock/{decomposed}/b.wav", "rock/X /c.wav")
    data = load_folder(tmp_path, groups="artist")
    assert data.groups.tolist() == ["Sigur Rós", "Sigur Rós", "X"]


def test_case_tells_genres_apart(tmp_path):
    touch(tmp_path, "Jazz/a.wav", "jazz/b.wav")
    if len(os.listdir(tmp_path)) == 2:  # a file system that tells them apart
        assert genres(tmp_path) == ["Jazz", "jazz"]


@pytest.mark.parametrize("name", [" ", "\u00a0", "\ufeff", "\u200b \u200b", "\u3000"])
def test_directory_without_visible_name(tmp_path, name):
    touch(tmp_path, "jazz/a.wav", f"{name}/b.wav")
    with pytest.raises(ValueError, match="no visible name"):
        load_folder(tmp_path)


# -- folders of systems ----------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "$RECYCLE.BIN/S-1-5-21",
        "$Recycle.Bin",
        "RECYCLER/S-1-5-21",
        "System Volume Information",
        "FOUND.000",
        "#recycle/jazz",
        "#snapshot",
        "@eaDir/a.wav",
        "@Recycle",
        "@Recently-Snapshot",
        "lost+found",
        "LOST.DIR",
        "__MACOSX/jazz",
        "Network Trash Folder",
        "Temporary Items",
        ".AppleDouble",
        ".Trash-1000/files",
        ".Trashes/501",
        ".Spotlight-V100",
        ".fseventsd",
        ".@__thumb",
    ],
)
def test_folders_of_systems(tmp_path, name):
    touch(tmp_path, "jazz/a.wav", "rock/b.wav", f"{name}/c.wav", f"jazz/{name}/d.wav")
    data = load_folder(tmp_path)
    assert data.target.tolist() == ["jazz", "rock"]
    assert data.ignored == []


@pytest.mark.parametrize(
    "name", ["Recycled", "Recycler", "Thumbs", "$uicideboy$", "#1s", "Lost and Found"]
)
def test_music_that_is_named_like_them(tmp_path, name):
    touch(tmp_path, f"{name}/a.wav", f"pop/{name}/b.wav")
    assert load_folder(tmp_path).target.tolist().count(name) == 1
    assert len(list(walk(tmp_path))) == 2


# -- links -----------------------------------------------------------------------------
def link_file(tmp_path):
    (tmp_path / "rock" / "b.wav").symlink_to(tmp_path / "jazz" / "a.wav")


def link_relative(tmp_path):
    (tmp_path / "rock" / "b.wav").symlink_to("../jazz/a.wav")


def link_hard(tmp_path):
    os.link(tmp_path / "jazz" / "a.wav", tmp_path / "rock" / "b.wav")


def link_directory(tmp_path):
    (tmp_path / "rock" / "more").symlink_to(tmp_path / "jazz")


def link_genre(tmp_path):
    (tmp_path / "swing").symlink_to("jazz")


def link_outside(tmp_path):
    touch(tmp_path.parent, "elsewhere/x.wav")
    for genre in ("jazz", "rock"):
        (tmp_path / genre / "more").symlink_to(tmp_path.parent / "elsewhere")


@pytest.mark.parametrize(
    "link",
    [link_file, link_relative, link_hard, link_directory, link_genre, link_outside],
)
def test_song_in_two_genres(tmp_path, link):
    folder = tmp_path / "music"
    touch(folder, "jazz/a.wav", "rock/c.wav")
    link(folder)
    with pytest.raises(ValueError, match=r"one file, by a link, in two genres") as info:
        load_folder(folder)
    assert "/jazz/" in str(info.value)
    assert "/rock/" in str(info.value) or "/swing/" in str(info.value)


def test_links_within_a_genre(tmp_path):
    touch(tmp_path, "jazz/a.wav", "jazz/sub/b.wav", "rock/c.wav")
    os.link(tmp_path / "jazz" / "a.wav", tmp_path / "jazz" / "copy.wav")
    (tmp_path / "jazz" / "link.wav").symlink_to("a.wav")
    with pytest.warns(UserWarning, match=r"2 songs .* jazz/copy\.wav \(jazz/a\.wav\)"):
        data = load_folder(tmp_path)
    assert [os.path.basename(p) for p in data.paths] == ["a.wav", "b.wav", "c.wav"]
    links = [str(tmp_path / "jazz" / name) for name in ("copy.wav", "link.wav")]
    assert data.ignored == links
    with pytest.raises(ValueError, match=r"2 songs .* are links"):
        load_folder(tmp_path, on_ignored="raise")
    assert load_folder(tmp_path, on_ignored="ignore").ignored == links


def test_the_file_is_kept_rather_than_a_link_to_it(tmp_path):
    touch(tmp_path, "jazz/z.wav", "jazz/sub/y.wav", "jazz/artist/x.wav", "rock/r.wav")
    (tmp_path / "jazz" / "a.wav").symlink_to("z.wav")
    (tmp_path / "jazz" / "b.wav").symlink_to("sub/y.wav")
    (tmp_path / "jazz" / "alias").symlink_to("artist")
    (tmp_path / "jazz" / "artist" / "loop").symlink_to("../sub")
    with pytest.warns(UserWarning, match=r"2 songs .* jazz/a\.wav \(jazz/z\.wav\)"):
        data = load_folder(tmp_path)
    kept = [str(Path(path).relative_to(tmp_path)) for path in data.paths]
    assert kept == ["jazz/z.wav", "jazz/artist/x.wav", "jazz/sub/y.wav", "rock/r.wav"]
    (note,) = read_collection(tmp_path).notes
    assert "jazz/a.wav (the same as" in note


# -- hidden songs ----------------------------------------------------------------------
HIDDEN = [".38 Special/a.wav", "jazz/.38 Special/b.mp3", "jazz/sub/.c.flac"]


@pytest.fixture
def hidden(tmp_path):
    touch(tmp_path, "jazz/sub/a.wav", "rock/b.wav", ".config/settings.txt", *HIDDEN)
    touch(tmp_path, "jazz/._a.wav", ".git/x.wav", ".Trash-1000/y.wav", "rock/.b.wav~")
    (tmp_path / "jazz" / ".root").symlink_to("/")
    return tmp_path


TOLD = r"3 audio files in .* are left out: .* hidden .*\.38 Special/a\.wav.*Rename"


def test_hidden_songs_are_told(hidden):
    with pytest.warns(UserWarning, match=TOLD):
        data = load_folder(hidden)
    assert data.target.tolist() == ["jazz", "rock"]
    assert data.ignored == [str(hidden / name) for name in HIDDEN]
    with pytest.raises(ValueError, match=TOLD):
        load_folder(hidden, on_ignored="raise")
    assert load_folder(hidden, on_ignored="ignore").ignored == data.ignored


def test_hidden_songs_are_told_wherever_a_folder_is_read(hidden):
    with pytest.warns(UserWarning, match=TOLD):
        assert len(read_collection(hidden).items) == 2
    with pytest.warns(UserWarning, match=TOLD):
        ((_, files),) = read_files(hidden)
    assert len(files) == 2
    ((_, files),) = read_files(hidden / ".38 Special")
    assert files == [str(hidden / ".38 Special" / "a.wav")]


def test_a_folder_of_nothing_but_hidden_songs(tmp_path):
    touch(tmp_path, ".38 Special/a.wav")
    with (
        pytest.warns(UserWarning, match=r"1 audio files .* hidden"),
        pytest.raises(ValueError, match="holds no audio files"),
    ):
        read_collection(tmp_path)


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("jazz/loop", "."),
        ("jazz/loop", ".."),
        ("jazz/sub/loop", "../.."),
        ("loop", "."),
        ("jazz/loop", "/"),
        ("loop", ".."),
    ],
)
def test_loops_end(tmp_path, place, target):
    folder = tmp_path / "music"
    touch(folder, "jazz/a.wav", "jazz/sub/b.wav", "rock/c.wav")
    (folder / place).symlink_to(target)
    assert load_folder(folder).target.tolist() == ["jazz", "jazz", "rock"]


def test_loop_over_two_links(tmp_path):
    touch(tmp_path, "jazz/a.wav", "elsewhere/b.wav", "music/rock/c.wav")
    (tmp_path / "music" / "jazz").symlink_to("../jazz")
    (tmp_path / "jazz" / "more").symlink_to("../elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to("../jazz")
    assert load_folder(tmp_path / "music").target.tolist() == ["jazz", "jazz", "rock"]


def test_links_that_lead_nowhere(tmp_path):
    touch(tmp_path, "jazz/a.wav")
    (tmp_path / "jazz" / "b.wav").symlink_to("gone.wav")
    (tmp_path / "jazz" / "c.wav").symlink_to("c.wav")
    assert len(load_folder(tmp_path).paths) == 3  # named where they are read


# -- paths in another form -------------------------------------------------------------
def test_existing_path(tmp_path):
    decomposed = unicodedata.normalize("NFD", "Rós")
    touch(tmp_path, f"{decomposed}/Café.wav", "Rós b/x.wav")
    found = existing_path(str(tmp_path / "Rós" / "Cafe\u0301.wav"))
    assert os.path.samefile(found, tmp_path / decomposed / "Café.wav")
    assert existing_path(str(tmp_path / "Rós" / "gone.wav")) is None
    assert existing_path(str(tmp_path / "Ros" / "Café.wav")) is None
