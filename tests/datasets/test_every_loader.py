"""What every loader of the package has to do, on a small copy of each data set."""

import inspect
import os
import pathlib
import re
from collections import namedtuple
from importlib import resources

import numpy as np
import pytest
from helpers import FIELDS, touch, within, write, write_wav
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GroupKFold, KFold, cross_val_score

import sklearn_genre
from sklearn_genre import datasets

# A small copy of a data set: the first argument of its loader and the others that it
# needs; and the two for a copy that lacks something, where this one lacks nothing.
Copy = namedtuple("Copy", "source params less", defaults=({}, None))


def feature_table(root):
    path = write(root / "features.csv", "id,a,b\nx,1,2\ny,3,4\nz,5,6\nw,7,8\n", "utf-8")
    labels = {"x": "jazz", "y": "jazz", "z": "rock", "w": "rock"}
    split = {"train": ["x", "z"], "test": ["y", "gone"]}
    return Copy(path, {"labels": labels}, (path, {"split": split}))


def fma(root):
    rows = [
        ",set,set,track,track,track,track,artist,artist",
        ",split,subset,genre_top,genres,genres_all,title,id,name",
        "track_id,,,,,,,,",
        "2,training,small,Hip-Hop,[21],[21],Food,1,AWOL",
        "5,training,small,Hip-Hop,[21],[21],This World,1,AWOL",
        "140,test,small,Folk,[17],[17],Queen,54,Alec",
        "141,validation,small,Folk,[17],[17],Ohio,60,Alec",
    ]
    write(root / "fma_metadata" / "tracks.csv", "\n".join(rows))
    touch(root / "fma_small" / "000", *(f"{k:06d}.mp3" for k in (2, 5, 140, 141)))
    return Copy(root)


def folder(root):
    return Copy(touch(root, "jazz/a.wav", "jazz/b.mp3", "rock/c.flac", "rock/d.wav"))


def genre_audio(root):
    params = {"genres": ["swing", "waltz"], "duration": 1.0, "sample_rate": 8000}
    return Copy(2, params)


def gtzan(root):
    names = ("blues.00000", "blues.00001", "jazz.00000", "jazz.00011")
    touch(root, *(f"{name[:-6]}/{name}.wav" for name in names))
    return Copy(root, {"split": "fault_filtered"})


def homburg(root):
    names = ("jazz/Ann-One", "jazz/Bob-Two", "rock/Cat-Three", "rock/Dan-Four")
    return Copy(touch(root, *(f"{name}.mp3" for name in names)))


def magnatagatune(root):
    rows = [
        "clip_id,mp3_path,tags",
        "2,f/bach-cantatas-01-aria-30-59.mp3,opera|violin|baroque",
        "6,f/bach-cantatas-01-aria-59-88.mp3,opera",
        "9,c/dj_x-beats-02-night-0-29.mp3,techno|fast",
        "10,0/ann-songs-03-day-0-29.mp3,guitar|slow",
    ]
    write(root / "annotations.csv", "\n".join(rows))
    touch(root / "mp3", *(row.split(",")[1] for row in rows[1:]))
    return Copy(root, {"audio": root / "mp3"})


def manifest(root):
    rows = [
        "path,label,group,split",
        "1.wav,jazz,Ann,train",
        "2.wav,jazz,Bob,test",
        "3.wav,rock,Cat,train",
        "4.wav,rock,Dan,",
    ]
    path = write(root / "songs.csv", "\n".join(rows))
    touch(root, *(row.split(",")[0] for row in rows[1:]))
    more = write(root / "more.csv", "\n".join([*rows, "gone.wav,rock,Eve,test"]))
    return Copy(path, less=(more, {}))


def msd(root):
    h5py = pytest.importorskip("h5py")
    song = [(name, "f8") for name in ("duration", "loudness", "tempo")]
    song += [(f"{n}_confidence", "f8") for n in ("key", "mode", "time_signature")]
    song += [(name, "i4") for name in ("key", "mode", "time_signature")]
    song += [("track_id", "S32")]
    meta = [("artist_id", "S32"), ("artist_name", "S32"), ("title", "S32")]
    meta += [("track_7digitalid", "i4")]
    labels = {"TRA": "jazz", "TRB": "jazz", "TRC": "rock", "TRD": "rock"}
    for track in labels:
        with h5py.File(root / f"{track}.h5", "w") as file:
            values = np.ones(1, song)
            values["track_id"] = track
            file["analysis/songs"] = values
            file["metadata/songs"] = np.array([(f"AR{track}", "Ann", "One", 7)], meta)
            for name in ("timbre", "pitches"):
                file[f"analysis/segments_{name}"] = np.ones((3, 12))
            for name in ("segments_loudness_max", "segments_loudness_start"):
                file[f"analysis/{name}"] = np.ones(3)
            file["analysis/beats_start"] = np.arange(3.0)
    split = {"train": ["TRA", "TRC"], "test": ["TRB", "GONE"]}
    return Copy(root, {"labels": labels}, (root, {"split": split}))


COPIES = {
    "load_feature_table": feature_table,
    "load_fma": fma,
    "load_folder": folder,
    "load_gtzan": gtzan,
    "load_homburg": homburg,
    "load_magnatagatune": magnatagatune,
    "load_manifest": manifest,
    "load_msd": msd,
    "make_genre_audio": genre_audio,
}
LOADERS = [name for name in datasets.__all__ if name.startswith(("load_", "make_"))]
READERS = [name for name in LOADERS if name.startswith("load_")]
PARTIAL = [
    name
    for name in READERS
    if "allow_partial" in inspect.signature(getattr(datasets, name)).parameters
]
OF_AUDIO = [
    name
    for name in READERS
    if "on_error" in inspect.signature(getattr(datasets, name)).parameters
]
PUBLISHED = [
    name
    for name in READERS
    if (
        resources.files(datasets) / "data" / f"{name.removeprefix('load_')}.rst"
    ).is_file()
]


def load(name, source, **params):
    if name in PARTIAL:
        params.setdefault("allow_partial", True)
    return getattr(datasets, name)(source, **params)


@pytest.fixture
def copy(name, tmp_path):
    return COPIES[name](tmp_path)


@pytest.fixture
def data(name, copy):
    return load(name, copy.source, **copy.params)


every_loader = pytest.mark.parametrize("name", LOADERS)
every_reader = pytest.mark.parametrize("name", READERS)


def clips_of(data):
    """What goes into a pipeline: rows of features, paths or audio."""
    return next(data[f] for f in ("data", "paths", "audio") if data.get(f) is not None)


# -- the suite itself ------------------------------------------------------------------
def test_every_loader_is_here():
    assert set(COPIES) == set(LOADERS)
    assert len(PARTIAL) > 6
    assert len(PUBLISHED) > 4
    no_audio = {"load_feature_table", "load_msd"}
    assert set(OF_AUDIO) == set(READERS) - no_audio


# -- what a loader returns -------------------------------------------------------------
@every_loader
def test_fields(data):
    assert set(data) >= FIELDS
    for field in ("paths", "target", "target_names", "groups", "split"):
        value = data[field]
        assert value is None or isinstance(value, np.ndarray), field
        if value is not None and field != "target":
            assert value.ndim == 1, field
            assert value.dtype.kind == "U", field
    assert isinstance(data.DESCR, str)


@every_loader
def test_one_entry_per_clip(data):
    n = len(clips_of(data))
    assert n == 4
    for field in ("paths", "target", "groups", "split", "data", "ids", "artist"):
        if data.get(field) is not None:
            assert len(data[field]) == n, field


@every_loader
def test_target_fits_its_names(data):
    if data.target.ndim == 1:
        assert data.target.dtype.kind == "U"
        assert data.target_names.tolist() == sorted(set(data.target.tolist()))
        assert len(data.target_names) == 2
    else:
        assert data.target.shape[1:] == data.target_names.shape
        assert set(np.unique(data.target)) <= {0, 1}
        assert data.target.any()


@every_loader
def test_paths_are_files(data):
    paths = [] if data.paths is None else data.paths.tolist()
    assert all(pathlib.Path(path).is_file() for path in paths)
    assert len(set(paths)) == len(paths)


@every_loader
def test_groups_and_split_have_no_gap(data):
    assert data.groups is None or all(data.groups)
    if data.split is not None:
        assert set(data.split.tolist()) <= {"train", "valid", "test", ""}


@every_loader
def test_cross_validation(data):
    cv = KFold(2) if data.groups is None else GroupKFold(2)
    scores = cross_val_score(
        DummyClassifier(), clips_of(data), data.target, groups=data.groups, cv=cv
    )
    assert np.isfinite(scores).all()


@every_loader
def test_the_same_again(name, copy, data):
    again = load(name, copy.source, **copy.params)
    assert set(again) == set(data)
    for field, value in data.items():
        np.testing.assert_equal(again[field], value)


@every_reader
def test_takes_str_and_path(name, copy, data):
    again = load(name, str(copy.source), **copy.params)
    np.testing.assert_array_equal(again.target, data.target)
    np.testing.assert_equal(again.paths, data.paths)


# -- files that cannot be read ---------------------------------------------------------
@pytest.fixture
def sound(data):
    """The files of a copy as audio that can be decoded."""
    for seed, path in enumerate(data.paths):
        write_wav(path, seed, 0.1)
    return data


def spoil(path, how):
    os.unlink(path)
    if how == "pipe":
        os.mkfifo(path)
    else:
        pathlib.Path(path).write_bytes({"empty": b"", "text": b"no audio"}[how])


def without(value, rows, n):
    """A field of a Bunch without some rows of n."""
    if isinstance(value, dict):
        return {key: without(column, rows, n) for key, column in value.items()}
    of_clips = isinstance(value, np.ndarray) and len(value) == n
    return np.delete(value, rows, axis=0) if of_clips else value


@pytest.mark.parametrize("how", ["empty", "text", "pipe"])
@pytest.mark.parametrize("name", OF_AUDIO)
def test_what_cannot_be_read_is_left_out_with_its_row(name, copy, sound, how):
    params = {**copy.params, "on_error": "skip"}
    again = load(name, copy.source, **params)
    assert again.unreadable == {}
    np.testing.assert_array_equal(again.paths, sound.paths)
    bad = [0, 3]
    for row in bad:
        spoil(sound.paths[row], how)
    with pytest.warns(UserWarning, match="2 of 4 audio files cannot be read") as caught:
        left = within(60, load, name, copy.source, **params)
    assert len([w for w in caught if "cannot be read" in str(w.message)]) == 1
    assert list(left.unreadable) == sound.paths[bad].tolist()
    assert all(reason.strip() for reason in left.unreadable.values())
    for field in set(sound) - {"DESCR", "unreadable", "target_names"}:
        np.testing.assert_equal(left[field], without(sound[field], bad, 4), field)
    if left.target.ndim == 1:
        assert left.target_names.tolist() == sorted(set(left.target.tolist()))
    assert left.DESCR != sound.DESCR


@pytest.mark.parametrize("name", OF_AUDIO)
def test_files_are_not_opened_unless_asked(name, copy, sound):
    for path in sound.paths:
        pathlib.Path(path).write_bytes(b"RIFF")
    again = load(name, copy.source, **copy.params)
    assert again.unreadable == {}
    np.testing.assert_array_equal(again.paths, sound.paths)
    with pytest.raises(ValueError, match="none of 4 audio files can be read"):
        load(name, copy.source, **copy.params, on_error="skip")
    with pytest.raises(ValueError, match="on_error must be one of 'raise', 'skip'"):
        load(name, copy.source, **copy.params, on_error="ignore")


# -- what it says ----------------------------------------------------------------------
@pytest.mark.parametrize("name", PUBLISHED)
def test_description_of_a_published_set(data):
    for section in ("Citation", "License", "Known faults"):
        assert re.search(rf"^{section}\n-+\n\S", data.DESCR, flags=re.M), section
    title, line, counts = data.DESCR.splitlines()[:3]
    assert line == len(title) * "="
    assert counts.startswith("4 ")
    assert "{" not in data.DESCR, "a count that is not filled in"


@pytest.mark.parametrize("name", sorted(set(READERS) - set(PUBLISHED)))
def test_description_of_own_data_names_the_source(copy, data):
    assert str(copy.source) in data.DESCR
    assert "4" in data.DESCR


def test_description_of_made_clips_names_the_license(tmp_path):
    copy = genre_audio(tmp_path)
    text = load("make_genre_audio", copy.source, **copy.params).DESCR
    assert "license" in text
    assert "make_genre_audio(random_state=0)" in text


@every_loader
def test_docstring_names_every_field(name, data):
    doc = inspect.getdoc(getattr(datasets, name))
    returned = doc[doc.index("Returns\n") : doc.index("Raises\n")]
    listed = re.findall(r"``(\w+)``", "".join(re.findall(r"- (``[^:]+):", returned)))
    assert set(listed) == set(data)
    assert len(listed) == len(set(listed))
    assert listed[:5] == ["paths", "target", "target_names", "groups", "split"]
    assert listed[-1] == "DESCR"


@every_loader
def test_parameters_are_keyword_only(name):
    first, *others = inspect.signature(getattr(datasets, name)).parameters.values()
    assert first.kind is first.POSITIONAL_OR_KEYWORD
    assert others
    assert all(p.kind is p.KEYWORD_ONLY for p in others)


@every_loader
def test_offered_at_the_top(name):
    assert getattr(sklearn_genre, name) is getattr(datasets, name)


# -- what it refuses -------------------------------------------------------------------
@every_reader
def test_no_such_source(name, copy, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.*does not exist"):
        load(name, tmp_path / "nowhere", **copy.params)


@every_reader
def test_source_of_the_wrong_kind(name, copy, tmp_path):
    """A file in the place of a folder, or a folder in the place of a file."""
    first = next(iter(inspect.signature(getattr(datasets, name)).parameters))
    if copy.source.is_dir():
        wrong = write(tmp_path / "a file", "nothing")
        # a source that is not called folder may be a file, too: its content is wrong
        error = NotADirectoryError if first == "folder" else ValueError
    else:
        wrong, error = tmp_path / "a file", IsADirectoryError
        wrong.mkdir()
    with pytest.raises(error, match="a file"):
        load(name, wrong, **copy.params)


@every_reader
@pytest.mark.parametrize("source", [3, None, ["here"]])
def test_source_that_is_no_path(name, copy, source):
    first = next(iter(inspect.signature(getattr(datasets, name)).parameters))
    with pytest.raises(TypeError, match=f"{first} must be a path, got"):
        load(name, source, **copy.params)


@every_reader
def test_empty_source(name, copy, tmp_path):
    empty = tmp_path / f"empty{copy.source.suffix}"
    if copy.source.is_dir():
        empty.mkdir()
    else:
        write(empty, "")
    with pytest.raises((ValueError, FileNotFoundError), match="empty"):
        load(name, empty)


@pytest.mark.parametrize("name", PARTIAL)
def test_incomplete_copy(name, copy):
    source, params = copy.less or (copy.source, copy.params)
    with pytest.raises(ValueError, match="allow_partial=True") as info:
        load(name, source, **params, allow_partial=False)
    text = str(info.value).replace(str(source.parent), "")
    assert len(set(re.findall(r"\b[\d,]+\b", text))) > 1, "how many of how many"
    data = load(name, source, **params, allow_partial=True)
    assert len(clips_of(data)) == 4
