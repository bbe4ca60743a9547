"""Data sets in folders: loaders on made-up and real ones."""

import csv
import shutil
from collections import Counter
from importlib import resources

import numpy as np
import pytest
from helpers import FIELDS, touch

from sklearn_genre import load_audio, load_folder, load_gtzan
from sklearn_genre.datasets._gtzan import GENRES


def bundled(name):
    text = (resources.files("sklearn_genre.datasets") / "data" / name).read_text(
        "utf-8"
    )
    return list(csv.DictReader(text.splitlines()))


# -- load_folder -----------------------------------------------------------------------
def test_folder(tmp_path):
    touch(tmp_path, "rock/b.mp3", "rock/a.WAV", "blues/x/deep.flac", "blues/.DS_Store")
    touch(tmp_path, ".hidden/a.txt", "__MACOSX/a.wav", "rock/._a.wav", "Thumbs.db")
    data = load_folder(tmp_path)
    names = ["blues/x/deep.flac", "rock/a.WAV", "rock/b.mp3"]
    assert set(data) >= FIELDS
    assert data.paths.tolist() == [str(tmp_path / n) for n in names]
    assert data.target.tolist() == ["blues", "rock", "rock"]
    assert data.target_names.tolist() == ["blues", "rock"]
    assert data.groups is None
    assert data.split is None
    assert data.ignored == []
    assert "3 songs of 2 genres" in data.DESCR


def test_folder_takes_str_and_home(tmp_path, monkeypatch):
    touch(tmp_path, "music/rock/a.wav")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load_folder("~/music").target.tolist() == ["rock"]
    assert load_folder(str(tmp_path / "music")).target.tolist() == ["rock"]


def test_folder_reports_other_files(tmp_path):
    touch(tmp_path, "rock/a.wav", "rock/cover.jpg", "readme.txt")
    with pytest.warns(UserWarning, match=r"2 files .*readme\.txt, rock.cover\.jpg"):
        data = load_folder(tmp_path)
    others = [str(tmp_path / "readme.txt"), str(tmp_path / "rock" / "cover.jpg")]
    assert data.ignored == others
    assert load_folder(tmp_path, on_ignored="ignore").ignored == others
    with pytest.raises(ValueError, match=r"cover\.jpg"):
        load_folder(tmp_path, on_ignored="raise")


def test_folder_extensions(tmp_path):
    touch(tmp_path, "rock/a.wav", "rock/b.xyz")
    data = load_folder(tmp_path, extensions=["wav", ".XYZ"])
    assert len(data.paths) == 2
    assert data.ignored == []


def test_folder_artists(tmp_path):
    touch(tmp_path, "jazz/Ann/a.wav", "jazz/Ann/live/b.wav", "rock/Ann/c.wav")
    touch(tmp_path, "rock/Bob/d.wav")
    data = load_folder(tmp_path, groups="artist")
    assert data.groups.tolist() == ["Ann", "Ann", "Ann", "Bob"]
    touch(tmp_path, "rock/e.wav")
    with pytest.raises(ValueError, match=r"rock/e\.wav"):
        load_folder(tmp_path, groups="artist")


def test_folder_follows_links_once(tmp_path):
    touch(tmp_path, "elsewhere/a.wav", "music/rock/b.wav")
    (tmp_path / "music" / "jazz").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "music" / "rock" / "again").symlink_to(tmp_path / "music" / "rock")
    data = load_folder(tmp_path / "music")
    assert data.target.tolist() == ["jazz", "rock"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ((), "no song"),
        (("rock/a.txt",), r"no song .*Other files there end in \.txt"),
        (("rock/a.wav", "jazz/a.mid"), r"genre directories jazz .*\.mid"),
        (("rock/a.wav", "b.wav"), r"1 songs are directly in .*b\.wav"),
    ],
)
def test_folder_errors(tmp_path, files, message):
    touch(tmp_path, *files)
    with pytest.raises(ValueError, match=message):
        load_folder(tmp_path)


def test_folder_empty_genre(tmp_path):
    touch(tmp_path, "rock/a.wav")
    (tmp_path / "jazz").mkdir()
    with pytest.raises(ValueError, match="genre directories jazz"):
        load_folder(tmp_path)


@pytest.mark.parametrize("loader", [load_folder, load_gtzan])
def test_no_such_folder(tmp_path, loader):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        loader(tmp_path / "nowhere")
    file = touch(tmp_path, "a.wav") / "a.wav"
    with pytest.raises(NotADirectoryError, match=r"a\.wav"):
        loader(file)
    with pytest.raises(TypeError, match="folder must be a path, got list"):
        loader([str(tmp_path)])


@pytest.mark.parametrize(
    "params",
    [
        {"extensions": ".wav"},
        {"extensions": ()},
        {"extensions": (1,)},
        {"groups": "folder"},
        {"on_ignored": True},
    ],
)
def test_folder_parameters(tmp_path, params):
    touch(tmp_path, "rock/a.wav")
    with pytest.raises(ValueError, match=next(iter(params))):
        load_folder(tmp_path, **params)


def test_folder_real_clips(data_dir):
    data = load_folder(data_dir / "gtzan" / "clips")
    assert len(data.paths) == 21
    assert Counter(data.target)["reggae"] == 3
    waveform, rate = load_audio(data.paths[0])
    assert rate == 22050
    assert 29 < len(waveform) / rate < 31


# -- load_gtzan ------------------------------------------------------------------------
def gtzan(root, layout="{genre}/{clip}.wav", leave_out=(), content=b"RIFF"):
    for genre in GENRES:
        for k in range(100):
            clip = f"{genre}.{k:05d}"
            if clip not in leave_out:
                path = root / layout.format(genre=genre, clip=clip)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    return root


@pytest.mark.parametrize(
    ("layout", "content"),
    [
        ("genres/{genre}/{clip}.au", b".snd"),
        ("Data/genres_original/{genre}/{clip}.wav", b"RIFF"),
        ("{clip}.mp3", b"\xff\xfb\x90\x00"),
    ],
)
def test_gtzan_layouts(tmp_path, layout, content):
    gtzan(tmp_path, layout, content=content)
    touch(tmp_path, "features_30_sec.csv", "images/blues00000.png", "genres/.DS_Store")
    data = load_gtzan(tmp_path)
    assert set(data) >= FIELDS
    assert len(data.paths) == 1000
    assert data.target_names.tolist() == list(GENRES)
    assert set(Counter(data.target).values()) == {100}
    assert data.clips.tolist() == sorted(data.clips)
    assert all(c in p for c, p in zip(data.clips, data.paths, strict=True))
    assert data.missing == data.ignored == []
    assert data.split is None
    assert len(data.duplicates) == 27
    assert "1,000 of 1,000 clips" in data.DESCR
    assert "IEEE" in data.DESCR


def test_gtzan_splits(tmp_path):
    gtzan(tmp_path)
    data = load_gtzan(tmp_path, split="fault_filtered")
    sizes = {"train": 443, "valid": 197, "test": 290, "": 70}
    assert Counter(data.split.tolist()) == sizes
    data = load_gtzan(tmp_path, split="stratified")
    per_genre = Counter(zip(data.target.tolist(), data.split.tolist(), strict=True))
    for genre in GENRES:
        assert per_genre[genre, "train"] == 50
        assert per_genre[genre, "valid"] == per_genre[genre, "test"] == 25


def test_gtzan_genres(tmp_path):
    gtzan(tmp_path)
    data = load_gtzan(tmp_path, genres=["metal", "blues"])
    assert data.target_names.tolist() == ["blues", "metal"]
    assert len(data.paths) == 200
    assert all(a[0] in "bm" for a in data.duplicates.ravel())


def test_gtzan_without_the_broken_clip(tmp_path):
    gtzan(tmp_path, leave_out=["jazz.00054"])
    with pytest.warns(UserWarning, match=r"jazz\.00054: it is missing.*RIFF"):
        data = load_gtzan(tmp_path)
    assert len(data.paths) == 999
    assert data.missing == ["jazz.00054"]
    (tmp_path / "jazz" / "jazz.00054.wav").write_bytes(b"\x00\x01\x02\x03")
    with pytest.warns(UserWarning, match=r"jazz\.00054: its file is broken"):
        data = load_gtzan(tmp_path)
    assert len(data.paths) == 999
    assert data.missing == ["jazz.00054"]


def test_gtzan_missing_clips(tmp_path):
    gtzan(tmp_path, leave_out=["pop.00001", "rock.00099"])
    with pytest.raises(ValueError, match=r"998 of 1,000.*pop\.00001, rock\.00099"):
        load_gtzan(tmp_path)
    shutil.rmtree(tmp_path / "metal")
    with pytest.raises(ValueError, match=r"898 of 1,000.*100 metal, 1 pop, 1 rock"):
        load_gtzan(tmp_path)
    data = load_gtzan(tmp_path, allow_partial=True)
    assert len(data.paths) == 898
    assert len(data.missing) == 102


def test_gtzan_other_files(tmp_path):
    gtzan(tmp_path)
    touch(tmp_path, "rock/my song.wav", "rock/rock.00100.wav")
    with pytest.warns(UserWarning, match=r"2 audio files.*my song\.wav"):
        data = load_gtzan(tmp_path)
    assert len(data.paths) == 1000
    assert [p[-8:] for p in data.ignored] == ["song.wav", "0100.wav"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("rock/song.wav",), "no clips of GTZAN"),
        (("a/pop.00001.wav", "b/pop.00001.au"), r"pop\.00001 occurs twice"),
        (("rock/pop.00001.wav",), "is in the directory of rock"),
    ],
)
def test_gtzan_errors(tmp_path, files, message):
    touch(tmp_path, *files)
    with pytest.raises(ValueError, match=message):
        load_gtzan(tmp_path, allow_partial=True)


def test_gtzan_files_that_are_no_audio(tmp_path):
    gtzan(tmp_path)
    (tmp_path / "pop" / "pop.00007.wav").write_bytes(b"")
    (tmp_path / "pop" / "pop.00008.wav").write_bytes(b"<html>")
    with pytest.raises(ValueError, match=r"2 files .*pop\.00007.*pop\.00008"):
        load_gtzan(tmp_path)


@pytest.mark.parametrize(
    "params",
    [{"split": "random"}, {"genres": "pop"}, {"genres": []}, {"genres": ["polka"]}],
)
def test_gtzan_parameters(tmp_path, params):
    touch(tmp_path, "pop.00001.wav")
    with pytest.raises(ValueError, match=next(iter(params))):
        load_gtzan(tmp_path, allow_partial=True, **params)


def test_gtzan_real_clips(data_dir):
    data = load_gtzan(
        data_dir / "gtzan" / "clips", split="fault_filtered", allow_partial=True
    )
    assert len(data.paths) == 21
    assert len(data.missing) == 979
    where = dict(zip(data.clips, data.groups, strict=True))
    assert where["reggae.00000"] == where["reggae.00014"] == "bob marley"
    # the copy's jazz.00054 is sound, and its artist unknown
    assert where["jazz.00054"] == "unknown jazz.00054"
    assert load_audio(data.paths[list(data.clips).index("jazz.00054")])[1] == 22050
    with pytest.raises(ValueError, match="21 of 1,000"):
        load_gtzan(data_dir / "gtzan" / "clips")


def test_gtzan_tables_agree_with_the_published_lists(data_dir):
    for column, name in [("fault_filtered", "filtered"), ("stratified", "stratified")]:
        table = {r["clip"]: r[column] for r in bundled("gtzan.csv") if r[column]}
        published = {}
        for part in ("train", "valid", "test"):
            lines = (data_dir / "gtzan" / "splits" / f"{part}_{name}.txt").read_text()
            for line in lines.split():
                published[line.split("/")[1].removesuffix(".wav")] = part
        assert table == published


def test_gtzan_duplicates_agree_with_the_mel_images(data_dir):
    with np.load(data_dir / "gtzan" / "gtzan_mel_images.npz") as images:
        mel = dict(zip(images["clip"].tolist(), images["mel"], strict=True))
    pairs = [(r["clip"], r["other"]) for r in bundled("gtzan_duplicates.csv")]
    same = [np.array_equal(mel[a], mel[b]) for a, b in pairs]
    assert sum(same) == 14
    assert ("metal.00058", "rock.00016") in pairs
    for a, b in pairs:
        assert np.corrcoef(mel[a].ravel(), mel[b].ravel())[0, 1] > 0.999


def test_gtzan_table():
    rows = bundled("gtzan.csv")
    assert [r["clip"] for r in rows] == sorted(
        f"{g}.{k:05d}" for g in GENRES for k in range(100)
    )
    sources = Counter(r["artist_source"] for r in rows)
    assert sources == {"index": 919, "fingerprint": 64, "title": 1, "": 16}
    unknown = [r for r in rows if r["artist_source"] == ""]
    assert all(r["artist_key"] == f"unknown {r['clip']}" for r in unknown)
    assert not any(r["artist"] for r in unknown)


def test_gtzan_duplicates_share_an_artist():
    key = {r["clip"]: r["artist_key"] for r in bundled("gtzan.csv")}
    for pair in bundled("gtzan_duplicates.csv"):
        assert key[pair["clip"]] == key[pair["other"]]


def test_gtzan_description_states_the_overlap_of_the_fault_filtered_list():
    parts = {"train": set(), "valid": set(), "test": set()}
    for row in bundled("gtzan.csv"):
        if row["fault_filtered"]:
            parts[row["fault_filtered"]].add(row["artist_key"])
    several = [
        k for k, n in Counter(x for p in parts.values() for x in p).items() if n > 1
    ]
    text = (resources.files("sklearn_genre.datasets") / "data/gtzan.rst").read_text()
    assert len(several) == 12
    assert "12 of our groups" in text
    assert all(name in text for name in several)
    assert len(parts["train"] & parts["test"]) == 7
    assert "train and test share seven groups" in text
