"""Local copies of FMA and Homburg's set, on made-up copies."""

import csv
import hashlib
from collections import Counter

import pytest
from helpers import FIELDS

from sklearn_genre import load_fma, load_homburg
from sklearn_genre.datasets._base import read_bundled
from sklearn_genre.datasets._homburg import COUNTS

# -- load_fma --------------------------------------------------------------------------
HEADS = [
    ["", "album", "artist", "artist", "set", "set", *["track"] * 5],
    [
        *("", "title", "id", "name", "split", "subset"),
        *("genre_top", "genres", "genres_all", "license", "title"),
    ],
    ["track_id", *[""] * 10],
]
TRACKS = [
    [140, "X", 54, "Alec", "test", "small", "Folk", "[17]", "[17]", "by", "Queen"],
    [
        2,
        "A\n\nb, c",
        1,
        "AWOL",
        "training",
        "small",
        "Hip-Hop",
        "[21]",
        "[21]",
        "by",
        '"F"',
    ],
    [133297, "X", 9, "Nil", "training", "small", "Rock", "[12]", "[12]", "by", "Gone"],
    [98565, "X", 9, "Nil", "training", "small", "Rock", "[12]", "[12]", "by", "Cut"],
    [
        10,
        "X",
        6,
        "Kurt",
        "validation",
        "medium",
        "Rock",
        "[25]",
        "[12, 25]",
        "by",
        "Free",
    ],
    [20, "X", 4, "Nick", "training", "large", "", "[]", "[]", "by", "Spirit"],
]
GENRES = "genre_id,#tracks,parent,title,top_level\n12,3,0,Rock,12\n17,1,0,Folk,17\n\
21,1,0,Hip-Hop,21\n25,1,12,Punk,12\n"


def fma(root, tracks=TRACKS, heads=HEADS, audio="fma_small", leave_out=()):
    (root / "fma_metadata").mkdir(parents=True)
    with open(root / "fma_metadata" / "tracks.csv", "w", newline="") as file:
        csv.writer(file).writerows([*heads, *tracks])
    (root / "fma_metadata" / "genres.csv").write_text(GENRES)
    for track in tracks:
        name = f"{track[0]:06d}"
        if track[0] not in leave_out:
            path = root / audio / name[:3] / f"{name}.mp3"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"ID3" + name.encode())
    return root


def test_fma(tmp_path):
    fma(tmp_path)
    with pytest.warns(UserWarning, match="1 clips of FMA have no audio.*133297"):
        data = load_fma(tmp_path, allow_partial=True)
    assert set(data) >= FIELDS
    assert data.ids.tolist() == ["2", "140", "98565"]
    assert data.paths[0] == str(tmp_path / "fma_small" / "000" / "000002.mp3")
    assert data.paths[2].endswith("fma_small/098/098565.mp3")
    assert data.target.tolist() == ["Hip-Hop", "Folk", "Rock"]
    assert data.target_names.tolist() == ["Folk", "Hip-Hop", "Rock"]
    assert data.groups.tolist() == ["1", "54", "9"]
    assert data.split.tolist() == ["train", "test", "train"]
    assert data.fault.tolist() == ["", "", "short"]
    assert data.artist.tolist() == ["AWOL", "Alec", "Nil"]
    assert data.title[0] == '"F"'
    assert data.excluded == ["133297"]
    assert data.missing == data.ignored == data.unlabeled == []
    assert "3 clips of 30 s" in data.DESCR


def test_fma_faulty(tmp_path):
    fma(tmp_path)
    data = load_fma(tmp_path, faulty="exclude", allow_partial=True)
    assert data.excluded == ["133297"]
    data = load_fma(tmp_path, faulty="keep", allow_partial=True)
    assert data.excluded == []
    assert data.fault.tolist() == ["", "", "short", "no audio"]


def test_fma_subsets_nest(tmp_path):
    fma(tmp_path, audio="fma_large")
    params = {"faulty": "exclude", "allow_partial": True}
    medium = load_fma(tmp_path, subset="medium", **params)
    assert medium.ids.tolist() == ["2", "10", "140", "98565"]
    assert medium.split[1] == "valid"
    assert "fma_large" in medium.paths[0]
    large = load_fma(tmp_path, subset="large", **params)
    assert large.ids.tolist() == medium.ids.tolist()
    assert large.unlabeled == ["20"]


def test_fma_genres_as_tags(tmp_path):
    fma(tmp_path, audio="fma_large")
    params = {"subset": "large", "faulty": "exclude", "allow_partial": True}
    data = load_fma(tmp_path, labels="genres_all", **params)
    assert data.ids.tolist() == ["2", "10", "20", "140", "98565"]
    assert data.target_names.tolist() == ["Folk", "Hip-Hop", "Punk", "Rock"]
    assert data.target.tolist() == [
        [0, 1, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
    ]
    broken = [[*TRACKS[0][:8], "[99]", *TRACKS[0][9:]]]
    with pytest.raises(ValueError, match=r"track 140 has genres_all '\[99\]'"):
        load_fma(fma(tmp_path / "b", broken), labels="genres_all", allow_partial=True)


def test_fma_metadata_only(tmp_path):
    fma(tmp_path, leave_out=[2, 140])
    data = load_fma(tmp_path, audio=False, faulty="exclude", allow_partial=True)
    assert data.paths is None
    assert len(data.target) == 3


def test_fma_missing_clips(tmp_path):
    fma(tmp_path, leave_out=[140])
    (tmp_path / "fma_small" / "098" / "098565.mp3").write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"4 of 8,000 tracks of FMA's subset 'small' found"
    ):
        load_fma(tmp_path, faulty="exclude")
    data = load_fma(tmp_path, faulty="exclude", allow_partial=True)
    assert data.ids.tolist() == ["2"]
    assert data.missing == ["140", "98565"]
    for path in (tmp_path / "fma_small").rglob("*.mp3"):
        path.unlink()
    with pytest.raises(ValueError, match=r"no clip of FMA in .*000/000002\.mp3"):
        load_fma(tmp_path, faulty="exclude", allow_partial=True)


def test_fma_whole_subset_without_some_audio(tmp_path, monkeypatch):
    monkeypatch.setitem(load_fma.__globals__["SUBSETS"], "small", 4)
    fma(tmp_path, leave_out=[140])
    with pytest.raises(ValueError, match=r"of 3 .* 1 are missing: .*000/000140\.mp3"):
        load_fma(tmp_path, faulty="exclude")


def test_fma_other_files(tmp_path):
    fma(tmp_path)
    for name in ("000/song.mp3", "000/000003.mp3", "001/000004.mp3"):
        path = tmp_path / "fma_small" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"ID3")
    with pytest.warns(UserWarning, match=r"3 mp3 files .*000003\.mp3.*song\.mp3"):
        data = load_fma(tmp_path, faulty="exclude", allow_partial=True)
    assert len(data.paths) == 3
    assert len(data.ignored) == 3
    twice = tmp_path / "fma_small" / "again" / "000" / "000002.mp3"
    twice.parent.mkdir(parents=True)
    twice.write_bytes(b"ID3")
    with pytest.raises(ValueError, match="clip 2 occurs twice"):
        load_fma(tmp_path, faulty="exclude", allow_partial=True)


def test_fma_checksums(tmp_path):
    fma(tmp_path)
    folder = tmp_path / "fma_small"
    lines = [
        f"{hashlib.sha1(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}"
        for path in sorted(folder.rglob("*.mp3"))
    ]
    params = {"verify": True, "faulty": "exclude", "allow_partial": True}
    with pytest.raises(FileNotFoundError, match="checksums"):
        load_fma(tmp_path, **params)
    (folder / "checksums").write_text("\n".join(lines))
    assert len(load_fma(tmp_path, **params).paths) == 3
    (folder / "000" / "000140.mp3").write_bytes(b"ID3 damaged")
    with pytest.raises(ValueError, match=r"1 files differ .*000140\.mp3"):
        load_fma(tmp_path, **params)


@pytest.mark.parametrize(
    ("k", "column", "value", "message"),
    [
        (0, 0, 2, r"track '2' occurs twice \(lines 4, "),
        (1, 4, "train", r"line \d+: split is 'train'"),
        (1, 5, "tiny", "subset is 'tiny'"),
    ],
)
def test_fma_wrong_entries(tmp_path, k, column, value, message):
    tracks = [list(track) for track in TRACKS]
    tracks[k][column] = value
    with pytest.raises(ValueError, match=message):
        load_fma(fma(tmp_path, tracks), allow_partial=True)


def test_fma_wrong_header(tmp_path):
    fma(tmp_path / "a", heads=HEADS[1:])
    with pytest.raises(ValueError, match="three header rows"):
        load_fma(tmp_path / "a", allow_partial=True)
    heads = [HEADS[0], [*HEADS[1][:6], "genre", *HEADS[1][7:]], HEADS[2]]
    fma(tmp_path / "b", heads=heads)
    with pytest.raises(ValueError, match=r"no columns \('track', 'genre_top'\)"):
        load_fma(tmp_path / "b", allow_partial=True)
    path = fma(tmp_path / "c") / "fma_metadata" / "tracks.csv"
    path.write_bytes(path.read_bytes().replace(b"Kurt", b"K\xfcrt"))
    with pytest.raises(ValueError, match="line 10: byte 0xfc"):
        load_fma(tmp_path / "c", allow_partial=True)


@pytest.mark.parametrize("params", [{"subset": "full"}, {"labels": 1}, {"faulty": ""}])
def test_fma_parameters(tmp_path, params):
    with pytest.raises(ValueError, match=next(iter(params))):
        load_fma(tmp_path, **params)


def test_fma_faults_follow_from_the_lengths():
    rows = read_bundled("fma_faults.csv")
    assert len(rows) == 21
    assert Counter(row["fault"] for row in rows) == {"no audio": 15, "short": 6}
    for row in rows:
        start = float(row["recorded_length"]) / 2 - 15
        left = float(row["real_length"]) - start
        if row["basis"] == "lengths":
            assert row["fault"] == ("no audio" if left < 0 else "short")
        # a clip of a second was cut where the lengths leave none: they are rounded
        assert left < 30
        assert (left < 1) if row["fault"] == "no audio" else (left > -2)


# -- load_homburg ----------------------------------------------------------------------
def homburg(root, per_genre=None, name="{genre}/Artist_{k}-Song.mp3"):
    for genre, n_clips in COUNTS.items():
        for k in range(n_clips if per_genre is None else per_genre):
            path = root / name.format(genre=genre, k=k // 2 if k < 20 else k)
            path = path.with_stem(f"{path.stem}_{k}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"ID3")
    return root


def test_homburg(tmp_path):
    data = load_homburg(homburg(tmp_path))
    assert set(data) >= FIELDS
    assert len(data.paths) == 1886
    assert Counter(data.target.tolist()) == COUNTS
    assert data.paths.tolist() == sorted(data.paths.tolist())
    assert data.split is None
    assert data.groups[0] == data.groups[1] == "artist_0"
    assert "1,886 of 1,886 clips" in data.DESCR
    share = max(COUNTS.values()) / 1886
    assert f"{share:.1%}".replace("%", " %") in data.DESCR


def test_homburg_spelling_of_genres_and_formats(tmp_path):
    homburg(tmp_path, 1)
    (tmp_path / "funksoulrnb").rename(tmp_path / "Funk-Soul_RnB")
    path = next((tmp_path / "rock").iterdir())
    path.rename(path.with_suffix(".wav"))
    data = load_homburg(tmp_path, allow_partial=True)
    assert data.target.tolist() == sorted(COUNTS)


def test_homburg_half_a_copy(tmp_path):
    homburg(tmp_path)
    for path in sorted((tmp_path / "jazz").iterdir())[:19]:
        path.unlink()
    with pytest.raises(ValueError, match=r"1,867 of 1,886 .*: jazz 300 of 319\."):
        load_homburg(tmp_path)
    assert len(load_homburg(tmp_path, allow_partial=True).paths) == 1867


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rock/NoArtist.mp3", b"ID3", "names no artist"),
        ("rock/A-B.mp3", b"", "is empty"),
        ("rock/Artist_0-Song_0.ogg", b"OggS", "rock/Artist_0-Song_0 occurs twice"),
        ("Rock!/A-B.mp3", b"ID3", "two directories for 'rock'"),
    ],
)
def test_homburg_errors(tmp_path, name, content, message):
    homburg(tmp_path, 1)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load_homburg(tmp_path, allow_partial=True)


def test_homburg_other_files(tmp_path):
    homburg(tmp_path, 1)
    for name in ("A-B.mp3", "polka/A-B.mp3", "polka/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"ID3")
    with pytest.warns(UserWarning, match="2 audio files .* in no genre directory"):
        data = load_homburg(tmp_path, allow_partial=True)
    assert len(data.ignored) == 2
    for k in range(47):
        (tmp_path / "funksoulrnb" / f"More-{k}.mp3").write_bytes(b"ID3")
    with pytest.raises(ValueError, match="funksoulrnb 48 instead of 47"):
        load_homburg(tmp_path, allow_partial=True)


def test_homburg_nothing_there(tmp_path):
    with pytest.raises(ValueError, match=r"no clips of Homburg's set .*alternative"):
        load_homburg(tmp_path, allow_partial=True)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_homburg(tmp_path / "nowhere")
