"""Data sets with tags: MagnaTagATune on made-up and real annotations, merging."""

import csv
import gzip
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from helpers import FIELDS

from sklearn_genre import load_magnatagatune
from sklearn_genre.datasets import merge_tags, tag_categories
from sklearn_genre.datasets._base import read_bundled
from sklearn_genre.datasets._magnatagatune import EMPTY, N_CLIPS, RANDOM_SIZES

FACTS = read_bundled("magnatagatune_tags.csv")
ALL_TAGS = [row["tag"] for row in FACTS]

# id, mp3_path, tags
CLIPS = [
    ("2", "f/bach_soloists-cantatas-01-aria-30-59.mp3", ["opera", "violin"]),
    ("6", "f/bach_soloists-cantatas-01-aria-59-88.mp3", ["baroque"]),
    ("9", "c/dj_x-beats-02-night-0-29.mp3", ["techno", "women"]),
    ("11", "0/dj_x-beats-03-day-0-29.mp3", ["female vocal", "techno"]),
    ("12", "b/dj_x-beats-03-day-29-58.mp3", []),
    ("35644", "6/norine_braun-now-08-gently-117-146.mp3", ["guitar"]),
]


def write_final(folder, clips=CLIPS, tags=ALL_TAGS, info=True):
    """The files as published: quoted, tabs, a column a tag."""
    with open(folder / "annotations_final.csv", "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL)
        writer.writerow(["clip_id", *tags, "mp3_path"])
        for clip, path, own in clips:
            writer.writerow([clip, *(int(tag in own) for tag in tags), path])
    if info:
        with open(folder / "clip_info_final.csv", "w", newline="") as file:
            writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL)
            writer.writerow(["clip_id", "track_number", "title", "artist", "mp3_path"])
            for clip, path, _ in clips:
                artist = path[2:].split("-")[0].replace("_", " ").title()
                writer.writerow([clip, 1, 'Say "hi"', artist, path])
    return folder


def write_joined(folder, clips=CLIPS, name="annotations.csv.gz"):
    """One table with tags joined by a bar; a clip that was never published."""
    rows = [["clip_id", "mp3_path", "artist", "tags"], ["1", "", "Nobody", ""]]
    rows += [[c, p, p[2:].split("-")[0].upper(), "|".join(t)] for c, p, t in clips]
    text = "\n".join(",".join(row) for row in rows).encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    return folder


def tags_of(data):
    names = data.target_names
    return [set(names[row.astype(bool)].tolist()) for row in data.target]


# -- merge_tags ------------------------------------------------------------------------
def test_merge_is_a_logical_or(rng):
    tags = ["a", "b", "c", "d"]
    Y = rng.integers(0, 2, (50, 4))
    merged, names = merge_tags(Y, tags, groups={"x": ["b", "d"], "none": ["z"]})
    assert names.tolist() == ["a", "x", "c"]
    np.testing.assert_array_equal(merged[:, 0], Y[:, 0])
    np.testing.assert_array_equal(merged[:, 1], np.maximum(Y[:, 1], Y[:, 3]))
    np.testing.assert_array_equal(merged[:, 2], Y[:, 2])


def test_merge_known_groups():
    groups = {}
    for row in FACTS:
        groups.setdefault(row["merged"], []).append(row["tag"])
    assert len(ALL_TAGS) == 188
    assert len(groups) == 134
    assert sum(len(members) > 1 for members in groups.values()) == 29
    assert groups["classical"] == ["clasical", "classic", "classical"]
    assert "instrumental" in groups["no singer"]
    Y, names = merge_tags(np.eye(188), ALL_TAGS)
    assert Y.sum(axis=0).tolist() == [len(groups[name]) for name in names]


def test_merged_tags_match_the_published_list(data_dir):
    path = data_dir / "magnatagatune" / "synonyms.csv"
    rows = csv.DictReader(path.read_text().splitlines())
    listed = {row["tag"]: row["merged_tag"] for row in rows}
    ours = {r["tag"]: r["merged"] for r in FACTS}
    differ = {tag for tag in ours if listed.get(tag, tag) != ours[tag]}
    assert differ == {"female vocal"}


@pytest.mark.parametrize(
    ("Y", "tags", "groups", "message"),
    [
        ([[1, 0]], ["a"], None, "one column per tag"),
        ([1, 0], ["a", "b"], None, r"Y must hold 0 and 1 .* shape \(n, n_tags\)"),
        (
            [[2, 0]],
            ["a", "b"],
            None,
            "Y must hold 0 and 1 for each tag, but it holds 2",
        ),
        ([[1, 0]], ["a", "a"], None, "a occurs twice"),
        ([[1, 0]], ["a", "b"], [("x", ["a"])], "groups must map"),
        ([[1, 0]], ["a", "b"], {"x": "ab"}, r"groups\['x'\]"),
        ([[1, 0]], ["a", "b"], {"x": ["a"], "y": ["a"]}, "'a' is in two groups"),
        ([[1, 0]], ["a", "b"], {"b": ["a"]}, "'b' is also a tag"),
        ([[1, 0]], ["a", "b"], {"b": ["a"], "c": ["b"]}, "'b' is a group and a member"),
    ],
)
def test_merge_errors(Y, tags, groups, message):
    with pytest.raises(ValueError, match=message):
        merge_tags(Y, tags, groups=groups)


# -- load_magnatagatune ----------------------------------------------------------------
@pytest.mark.parametrize("write", [write_final, write_joined])
def test_annotations(tmp_path, write):
    data = load_magnatagatune(write(tmp_path), tags="all", allow_partial=True)
    assert set(data) >= FIELDS
    assert data.paths is None
    assert data.clip_id.tolist() == ["2", "6", "9", "11", "12"]
    assert tags_of(data) == [set(tags) for _, _, tags in CLIPS[:5]]
    assert data.target_names.tolist() == sorted(ALL_TAGS)
    assert data.split.tolist() == ["test", "test", "valid", "train", "train"]
    assert data.groups.tolist() == ["bach_soloists"] * 2 + ["dj_x"] * 3
    assert data.excluded == ["35644"]
    wanted = {write_final: "Bach Soloists", write_joined: "BACH_SOLOISTS"}[write]
    assert data.artist[0] == wanted
    assert "2 train, 1 valid, 2 test" in data.DESCR
    assert "LEAKING" in data.DESCR


def test_annotations_without_clip_information(tmp_path):
    write_final(tmp_path, info=False)
    path = tmp_path / "annotations_final.csv"
    data = load_magnatagatune(str(path), groups="track", allow_partial=True)
    assert data.artist.tolist() == ["bach_soloists"] * 2 + ["dj_x"] * 3
    assert data.groups.tolist() == data.track.tolist()
    assert data.track[0] == data.track[1] == "bach_soloists-cantatas-01-aria"
    assert data.track[3] == data.track[4] != data.track[2]


def test_columns_in_any_order(tmp_path):
    write_final(tmp_path, tags=ALL_TAGS[::-1])
    data = load_magnatagatune(tmp_path, tags="all", allow_partial=True)
    assert tags_of(data)[0] == {"opera", "violin"}


@pytest.mark.parametrize(
    ("tags", "n_tags", "first", "of_clip_11"),
    [
        ("top50", 50, "guitar", {"techno", "female vocal"}),
        ("merged", 134, "acoustic", {"techno", "female"}),
        ("merged_top50", 50, "guitar", {"techno", "female"}),
    ],
)
def test_tags(tmp_path, tags, n_tags, first, of_clip_11):
    data = load_magnatagatune(write_joined(tmp_path), tags=tags, allow_partial=True)
    assert data.target.shape == (5, n_tags)
    assert data.target_names[0] == first
    assert tags_of(data)[3] == of_clip_11


def test_untagged(tmp_path):
    write_joined(tmp_path)
    data = load_magnatagatune(tmp_path, untagged="drop", allow_partial=True)
    # baroque is none of the 50 most frequent tags
    assert data.clip_id.tolist() == ["2", "9", "11"]
    assert data.target.any(axis=1).all()


def test_random_split(tmp_path):
    clips = [(str(k), f"0/a-b-{k}-c-0-29.mp3", ["rock"]) for k in range(1000)]
    write_joined(tmp_path, clips)
    params = {"split": "random", "allow_partial": True}
    a = load_magnatagatune(tmp_path, **params)
    b = load_magnatagatune(tmp_path, **params)
    c = load_magnatagatune(tmp_path, random_state=1, **params)
    assert a.split.tolist() == b.split.tolist() != c.split.tolist()
    share = {part: n / 1000 for part, n in Counter(a.split.tolist()).items()}
    for part, size in zip(("train", "valid", "test"), RANDOM_SIZES, strict=True):
        assert share[part] == pytest.approx(size / sum(RANDOM_SIZES), abs=0.002)
    assert load_magnatagatune(tmp_path, split=None, allow_partial=True).split is None


def test_audio(tmp_path):
    write_joined(tmp_path)
    for clip, path, _ in CLIPS:
        (tmp_path / "mp3" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mp3" / path).write_bytes(b"" if clip in EMPTY else b"ID3")
    data = load_magnatagatune(tmp_path, audio=tmp_path / "mp3", allow_partial=True)
    assert data.paths.tolist() == [str(tmp_path / "mp3" / c[1]) for c in CLIPS[:5]]
    assert data.missing == []
    (tmp_path / "mp3" / CLIPS[0][1]).unlink()
    (tmp_path / "mp3" / CLIPS[3][1]).write_bytes(b"")
    data = load_magnatagatune(tmp_path, audio=tmp_path / "mp3", allow_partial=True)
    assert data.clip_id.tolist() == ["6", "9", "12"]
    assert data.missing == [CLIPS[0][1], CLIPS[3][1]]
    assert len(data.target) == len(data.groups) == len(data.split) == 3
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_magnatagatune(tmp_path, audio=tmp_path / "nowhere", allow_partial=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"5 are missing.*aria-30-59"):
        load_magnatagatune(tmp_path, audio=tmp_path / "empty", allow_partial=True)


def test_half_a_copy(tmp_path):
    with pytest.raises(ValueError, match=r"6 of 25,863 clips"):
        load_magnatagatune(write_final(tmp_path))


def test_no_annotations(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected annotations_final\.csv"):
        load_magnatagatune(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_magnatagatune(tmp_path / "nowhere.csv")


def test_wrong_header(tmp_path):
    write_final(tmp_path, tags=[*ALL_TAGS[:-2], "polka"])
    with pytest.raises(ValueError, match=r"2 of 188.*\(woodwind, world\).*polka"):
        load_magnatagatune(tmp_path, allow_partial=True)
    (tmp_path / "annotations_final.csv").write_text("id\tguitar\n1\t0\n")
    with pytest.raises(ValueError, match="no column 'clip_id', 'mp3_path'"):
        load_magnatagatune(tmp_path, allow_partial=True)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("7,f/a-b-1-c-0-29.mp3,x,rock|polka", "line 9: polka is not a tag"),
        ("2,f/a-b-1-c-0-29.mp3,x,rock", r"clip '2' occurs twice \(lines 3, 9\)"),
        (f"7,{CLIPS[1][1]},x,rock", "mp3_path .* occurs twice"),
        ("7,../secret.mp3,x,rock", "line 9: clip '7' with mp3_path '../secret.mp3'"),
        (",f/a-b-1-c-0-29.mp3,x,rock", "line 9: clip ''"),
        ("7,f/a-b-1-c-0-29.mp3,x", "line 9: 3 fields where 4"),
    ],
)
def test_wrong_rows(tmp_path, row, message):
    path = write_joined(tmp_path, name="annotations.csv") / "annotations.csv"
    path.write_text(path.read_text() + "\n" + row)
    with pytest.raises(ValueError, match=message):
        load_magnatagatune(path, allow_partial=True)


def test_matrix_holds_zeros_and_ones(tmp_path):
    path = write_final(tmp_path) / "annotations_final.csv"
    path.write_text(path.read_text().replace('"1"', '"2"', 1))
    with pytest.raises(ValueError, match=r"line 2, column 'opera'.*got '2'"):
        load_magnatagatune(path, allow_partial=True)


def test_not_utf8(tmp_path):
    path = write_joined(tmp_path, name="annotations.csv") / "annotations.csv"
    path.write_bytes(path.read_bytes() + b"\n7,f/a-b-1-c-0-29.mp3,Bj\xf6rk,rock")
    with pytest.raises(ValueError, match="line 9: byte 0xf6 at position 24"):
        load_magnatagatune(path, allow_partial=True)


@pytest.mark.parametrize(
    "params", [{"tags": "top100"}, {"split": "seed"}, {"groups": 1}, {"untagged": None}]
)
def test_parameters(tmp_path, params):
    with pytest.raises(ValueError, match=next(iter(params))):
        load_magnatagatune(write_joined(tmp_path), allow_partial=True, **params)


# -- the real annotations --------------------------------------------------------------
@pytest.fixture(scope="module")
def annotations(data_dir):
    with gzip.open(data_dir / "magnatagatune" / "annotations.csv.gz", "rt") as file:
        return [row for row in csv.DictReader(file) if row["mp3_path"]]


@pytest.fixture(scope="module")
def real(data_dir):
    return load_magnatagatune(data_dir / "magnatagatune")


def test_real_split_is_the_published_one(real, annotations):
    assert len(annotations) == N_CLIPS
    published = {row["clip_id"]: row["split"] for row in annotations}
    ours = dict(zip(real.clip_id.tolist(), real.split.tolist(), strict=True))
    assert ours == {clip: part for clip, part in published.items() if part}
    assert {clip for clip, part in published.items() if not part} == set(EMPTY)
    sizes = {"train": 18_706, "valid": 1_825, "test": 5_329}
    assert Counter(real.split.tolist()) == sizes
    tagged = real.split[real.target.any(axis=1)]
    sizes = {"train": 15_247, "valid": 1_529, "test": 4_332}
    assert Counter(tagged.tolist()) == sizes


def test_real_tags(real, annotations):
    own = {row["clip_id"]: set(row["top50"].split("|")) - {""} for row in annotations}
    assert tags_of(real) == [own[clip] for clip in real.clip_id]
    counts = Counter(tag for row in annotations for tag in row["tags"].split("|"))
    assert sorted(set(counts) - {""}) == sorted(ALL_TAGS)
    order = [counts[tag] for tag in real.target_names]
    assert order == sorted(order, reverse=True)
    merged = {row["tag"]: row["merged"] for row in FACTS}
    after = Counter()
    for row in annotations:
        after.update({merged[tag] for tag in row["tags"].split("|") if tag})
    ranked = sorted(
        (int(r["merged_top50"]), r["merged"]) for r in FACTS if r["merged_top50"]
    )
    ranked = list(dict.fromkeys(name for _, name in ranked))
    assert ranked == [tag for tag, _ in after.most_common(50)]


def test_real_groups(real, annotations):
    assert len(set(real.track.tolist())) == 5_405
    assert len(set(real.groups.tolist())) == len(set(real.artist.tolist())) == 230
    artists = {row["clip_id"]: row["artist"] for row in annotations}
    assert real.artist.tolist() == [artists[clip] for clip in real.clip_id]
    for name, shared in (("track", 0), ("groups", 56)):
        parts = [set(real[name][real.split == p].tolist()) for p in set(real.split)]
        several = set().union(*(a & b for a, b in combinations(parts, 2)))
        assert len(several) == shared
    assert "56 of the 230 artists" in real.DESCR


def test_real_random_split_leaks(data_dir):
    data = load_magnatagatune(
        data_dir / "magnatagatune", split="random", groups="track"
    )
    sizes = [int((data.split == part).sum()) for part in ("train", "valid", "test")]
    assert sizes == [19_773, 1_521, 4_566]
    train = set(data.groups[data.split == "train"].tolist())
    test = data.groups[data.split == "test"].tolist()
    assert np.mean([track in train for track in test]) > 0.9


# -- tag_categories -----------------------------------------------------------------
def test_categories_of_the_top_50(data_dir):
    names = (data_dir / "magnatagatune" / "top50_tags.txt").read_text().split("\n")
    names = [name for name in names if name]
    categories = tag_categories(names)
    assert len(names) == 50
    assert sorted(t for members in categories.values() for t in members) == sorted(
        names
    )
    assert categories["other"] == ["beat", "solo", "beats"]
    with (data_dir / "magnatagatune" / "synonyms.csv").open() as lines:
        merged = {line["merged_tag"] for line in csv.DictReader(lines)}
    assert set(tag_categories(merged).get("other", [])) == {"beat", "no beat"}


def test_categories_of_real_annotations(data_dir):
    path = data_dir / "magnatagatune" / "annotations.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        found = {
            tag
            for _, line in zip(range(3000), csv.DictReader(lines), strict=False)
            for tag in line["top50"].split("|")
            if tag
        }
    assert len(found) == 50
    assert tag_categories(sorted(found)).get("other") == ["beat", "beats", "solo"]


def test_categories_of_the_most_frequent_tags_first():
    found = tag_categories()
    assert found["genre"][:3] == ["classical", "techno", "electronic"]
    assert found["instrument"][0] == "guitar"


def test_categories_in_any_spelling():
    assert tag_categories(["maleVocal", "male vocal", "Rock", "polka"]) == {
        "genre": ["Rock"],
        "voice": ["maleVocal", "male vocal"],
        "other": ["polka"],
    }
    assert sum(map(len, tag_categories().values())) == 65
