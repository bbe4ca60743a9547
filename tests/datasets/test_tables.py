"""Data sets that come as feature tables, with labels and splits."""

import gzip
import zipfile
from io import StringIO

import numpy as np
import pytest
from helpers import FIELDS, write
from scipy.io import arff as scipy_arff
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score

from sklearn_genre import load_feature_table
from sklearn_genre.datasets._io.tables import iter_lines, read_table


# -- reading text ----------------------------------------------------------------------
def test_text_plain_gzipped_zipped(tmp_path):
    text = "a,b\n1,höß\n"
    plain = write(tmp_path / "t.csv", "\ufeff" + text)
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    archive = tmp_path / "t.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("t.csv", text)
        file.writestr("__MACOSX/._t.csv", "junk")
    for path in (plain, packed, archive):
        assert "".join(iter_lines(path)) == text
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("u.csv", text)
    with pytest.raises(ValueError, match=r"holds 2: t\.csv, u\.csv"):
        list(iter_lines(archive))


def test_damaged_archives(tmp_path):
    whole = gzip.compress(b"a,b\n" * 10_000)
    path = tmp_path / "t.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"t\.csv\.gz' is damaged"):
        list(iter_lines(path))
    path = tmp_path / "t.zip"
    path.write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(ValueError, match=r"t\.zip' is damaged"):
        list(iter_lines(path))


def test_lines_of_rows_with_breaks_and_gaps(tmp_path):
    path = write(tmp_path / "t.csv", '# note\n\na;b\n"1\n2";x\n\n# more\n3;y\n')
    table = read_table(path, comment="#")
    assert table.header == ["a", "b"]
    assert table.rows == [["1\n2", "x"], ["3", "y"]]
    assert table.lines == [5, 8]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,b\n1\n", "line 2: 1 fields where 2"),
        ("a,b\n1,2,3\n", "line 2: 3 fields where 2"),
        ("a,a\n1,2\n", "names a column twice: 'a'"),
        ("b\n1\n", "no column 'a'; its header names 'b'"),
        ('a,b\n1,"2\n', "line 2: unexpected end of data"),
        ('a,b\n1,"2"3\n', "line 2: ',' expected"),
    ],
)
def test_table_errors(tmp_path, text, message):
    path = write(tmp_path / "t.csv", text)
    with pytest.raises(ValueError, match=message):
        read_table(path, required=["a"])


# -- load_feature_table: formats -------------------------------------------------------
IDS = ["TRAAA", "TRBBB", "TRCCC"]
NUMBERS = np.array([[1.5, -2e3, 0.0], [np.nan, 4.0, 1e-9], [7.0, 8.25, 9.0]])
ARFF = """\
% made by a tool
@RELATION 'a set'
@ATTRIBUTE "spectral centroid" NUMERIC
@attribute 'rms' real
@attribute zcr integer

@attribute MSD_TRACKID STRING
@attribute class {rock, 'free jazz'}
@DATA
1.5,-2e3,0,'TRAAA',rock
% half way
?,4,1e-9,'TRBBB','free jazz'
7, 8.25, 9, 'TRCCC', rock
"""


def check(data, names):
    np.testing.assert_array_equal(data.data, NUMBERS)
    assert data.feature_names.tolist() == names
    assert data.ids.tolist() == IDS


def test_csv_with_header(tmp_path):
    text = "id,a,b,c\nTRAAA,1.5,-2000,0\nTRBBB,,4,1e-9\nTRCCC,7,8.25,9\n"
    data = load_feature_table(write(tmp_path / "f.csv", text))
    assert set(data) >= FIELDS
    check(data, ["a", "b", "c"])
    assert data.target is data.target_names is data.groups is data.split is None
    assert data.paths is None
    (tmp_path / "f.csv.gz").write_bytes(gzip.compress(text.encode()))
    check(load_feature_table(tmp_path / "f.csv.gz"), ["a", "b", "c"])


def test_csv_without_header_and_ids_last_in_single_quotes(tmp_path):
    text = "1.5,-2.0E3,0,'TRAAA'\nnan,4,1e-9,'TRBBB'\n7,8.25,9,'TRCCC'\n"
    path = write(tmp_path / "msd-ssd-v1.0.csv", text)
    check(load_feature_table(path), ["column_0", "column_1", "column_2"])


def test_csv_with_ids_that_are_numbers(tmp_path):
    path = write(tmp_path / "f.tsv", "track\tx\n007\t1\n10\t2\n")
    data = load_feature_table(path, id_column="track")
    assert data.ids.tolist() == ["007", "10"]
    assert data.data.tolist() == [[1.0], [2.0]]


def test_csv_whose_columns_have_roles(tmp_path):
    text = "f,x,genre,artist,part,note\na,1,rock,A,train,?\nb,2,jazz,B,test,!\n"
    data = load_feature_table(
        write(tmp_path / "f.csv", text),
        label_column="genre",
        group_column="artist",
        split_column="part",
        ignore=["note"],
    )
    assert data.target.tolist() == ["rock", "jazz"]
    assert data.groups.tolist() == ["A", "B"]
    assert data.split.tolist() == ["train", "test"]
    assert data.feature_names.tolist() == ["x"]


def test_arff(tmp_path):
    path = write(tmp_path / "f.arff", ARFF)
    data = load_feature_table(path, label_column="class")
    check(data, ["spectral centroid", "rms", "zcr"])
    assert data.target.tolist() == ["rock", "free jazz", "rock"]


def test_arff_agrees_with_scipy(tmp_path):
    # scipy reads no string attributes
    lines = [line for line in ARFF.splitlines() if "STRING" not in line]
    text = "\n".join(lines).replace("'free jazz'", "jazz").replace('"', "'")
    text = text.replace(", ", ",")
    for name in IDS:
        text = text.replace(f"'{name}',", "")
    table, meta = scipy_arff.loadarff(StringIO(text))
    data = load_feature_table(write(tmp_path / "f.arff", ARFF), label_column="class")
    names = meta.names()
    assert [name.strip("'") for name in names[:3]] == data.feature_names.tolist()
    for k, name in enumerate(names[:3]):
        np.testing.assert_array_equal(table[name], data.data[:, k])
    genres = [genre.decode() for genre in table["class"]]
    assert genres == [g.removeprefix("free ") for g in data.target]


def h5(path, **datasets):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = values
    return path


def test_hdf5(tmp_path):
    ids = np.array(IDS, dtype="S5")
    path = h5(tmp_path / "f.h5", features=NUMBERS, ids=ids)
    check(load_feature_table(path), ["column_0", "column_1", "column_2"])
    names = np.array([b"a", b"b", b"c", b"d"])
    wide = np.hstack([NUMBERS, NUMBERS[:, :1]])
    path = h5(tmp_path / "n.hdf5", features=wide, ids=ids, names=names)
    assert load_feature_table(path).feature_names.tolist() == ["a", "b", "c", "d"]


def test_hdf5_compound(tmp_path):
    table = np.zeros(3, dtype=[("id", "S5"), ("rms", "f8"), ("rest", "f4", (2,))])
    table["id"], table["rms"] = IDS, NUMBERS[:, 0]
    table["rest"] = [[1, 2], [3, 4], [5, 6]]
    path = h5(tmp_path / "f.h5", table=table, other=np.eye(2))
    data = load_feature_table(path, key="/table")
    assert data.feature_names.tolist() == ["rms", "rest_0", "rest_1"]
    np.testing.assert_array_equal(data.data[:, 0], NUMBERS[:, 0])
    np.testing.assert_array_equal(data.data[:, 1:], table["rest"])
    with pytest.raises(ValueError, match=r"holds 2 tables \(other, table\)"):
        load_feature_table(path)
    with pytest.raises(ValueError, match="no table 'nothing'"):
        load_feature_table(path, key="nothing")


@pytest.mark.parametrize("kind", ["external", "virtual", "ids"])
def test_hdf5_tables_hold_their_own_data(kind, tmp_path):
    h5py = pytest.importorskip("h5py")
    secret = write(tmp_path / "secret", 100 * "password")
    outside = h5(tmp_path / "other.h5", x=np.ones((3, 2)))
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file["names"] = IDS
        if kind == "virtual":
            layout = h5py.VirtualLayout((3, 2), dtype="f8")
            layout[:] = h5py.VirtualSource(str(outside), "x", shape=(3, 2))
            file.create_virtual_dataset("table", layout)
        else:
            shape, dtype = {"external": ((3, 2), "f8"), "ids": ((3,), "S8")}[kind]
            where = [(str(secret), 0, 48)]
            name = "table" if kind == "external" else "ids"
            file.create_dataset(name, shape, dtype, external=where)
        if kind == "ids":
            file["table"] = np.eye(3)[:, :2]
    with pytest.raises(ValueError, match=r"f\.h5'.* in another file .*h5copy"):
        load_feature_table(path)


def test_hdf5_errors(tmp_path, monkeypatch):
    pytest.importorskip("h5py")
    path = write(tmp_path / "f.h5", "not at all")
    with pytest.raises(ValueError, match=r"f\.h5' is not an HDF5 file"):
        load_feature_table(path)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install sklearn-genre\[data\]"):
        load_feature_table(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("id,a\n", "has no row"),
        ("id,a\nx,1\ny\n", "line 3: 1 fields where 2"),
        ("id,a\nx,1\ny,loud\n", "line 3, column 'a': 'loud' is not a number"),
        ("id,a\nx,1\nx,2\n", "id 'x' occurs twice"),
        ("id,a\nx,1\n,2\n", "row 2 has no id"),
        ("id,name,a\nx,y,1\n", "has 2 columns of text .* 'id', 'name'"),
        ("a,b\n1,2\n", "has 0 columns of text"),
        ("id\nx\n", "holds no feature"),
        ("a,a,id\n1,2,x\n", "names a column twice"),
    ],
)
def test_csv_errors(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        load_feature_table(write(tmp_path / "f.csv", text))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("@DATA", "", r"line 10: expected @attribute or @data, got .1\.5"),
        ("@DATA\n1.5,-2e3,0,'TRAAA',rock", "@DATA\n{0 1}", "line 10: sparse"),
        ("7, 8.25", "7, loud", "line 13, column 'rms': 'loud' is not a number"),
        ("7, 8.25", "7", "line 13: 4 fields where 5"),
        ("'rms'", "zcr", "names a column twice: 'zcr'"),
        ("zcr integer", "", "line 5: cannot read"),
    ],
)
def test_arff_errors(tmp_path, old, new, message):
    path = write(tmp_path / "f.arff", ARFF.replace(old, new))
    with pytest.raises(ValueError, match=message):
        load_feature_table(path, label_column="class")


def test_arff_without_data(tmp_path):
    path = write(tmp_path / "f.arff", "@relation x\n@attribute a real\n")
    with pytest.raises(ValueError, match="has no @data"):
        load_feature_table(path)
    with pytest.raises(ValueError, match="no @attribute before"):
        load_feature_table(write(tmp_path / "g.arff", "@relation x\n@data\n1\n"))


def test_table_not_utf8(tmp_path):
    path = write(tmp_path / "f.csv", "id,a\nBjörk,1\n", "latin-1")
    with pytest.raises(ValueError, match="line 2: byte 0xf6"):
        load_feature_table(path)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"labels": {"x": "r"}, "label_column": "a"}, "labels and label_column"),
        ({"split": {"t": ["x"]}, "split_column": "a"}, "split and split_column"),
        ({"id_column": "a", "ignore": ["a"]}, "'a' is given two roles"),
        ({"ignore": "a"}, "ignore must be a sequence"),
        ({"header": "no"}, "header must be"),
        ({"format": "xls"}, "format must be one of"),
        ({"group_column": "artist"}, "group_column='artist': .* columns 'id', 'a'"),
        ({"ignore": ["b"]}, "ignore='b'"),
        ({"labels": {"x": "r"}, "unlabeled": "keep"}, "unlabeled must be"),
    ],
)
def test_table_parameters(tmp_path, params, message):
    path = write(tmp_path / "f.csv", "id,a\nx,1\n")
    with pytest.raises(ValueError, match=message):
        load_feature_table(path, **params)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_feature_table(tmp_path / "nowhere.csv")


# -- labels and splits by id -----------------------------------------------------------
@pytest.fixture
def features(tmp_path):
    return write(tmp_path / "f.csv", "id,x\na,1\nb,2\nc,3\nd,4\n")


LABELS = "# made by vote\na\tRock\nb\tJazz\tVocal\nc\tRock\nd\tRap\nz\tBlues\n"


@pytest.mark.parametrize(
    "text", [LABELS, LABELS.replace("\t", ","), "track_id\tgenre\n" + LABELS]
)
def test_label_tables(features, tmp_path, text):
    # a row without a second genre has fewer fields
    data = load_feature_table(features, labels=write(tmp_path / "l.cls", text))
    assert data.target.tolist() == ["Rock", "Jazz", "Rock", "Rap"]
    assert data.target_names.tolist() == ["Jazz", "Rap", "Rock"]
    assert data.second.tolist() == ["", "Vocal", "", ""]
    assert data.unlabeled == []


def test_labels_as_mapping(features):
    labels = {"b": ("Jazz", "Vocal"), "d": "Rap"}
    with pytest.raises(ValueError, match="2 of 4 rows have no label: a, c"):
        load_feature_table(features, labels=labels)
    data = load_feature_table(features, labels=labels, unlabeled="drop")
    assert data.ids.tolist() == ["b", "d"]
    assert data.data.tolist() == [[2.0], [4.0]]
    assert data.unlabeled == ["a", "c"]
    with pytest.raises(ValueError, match=r"none of the 4 rows.*'a'.*'z'"):
        load_feature_table(features, labels={"z": "Rap"}, unlabeled="drop")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tRock\na\tJazz\n", r"id 'a' occurs twice \(lines 1, 2\)"),
        ("a\tRock\nb\t\n", "line 2: expected id, genre"),
        ("a\tRock\nb\n", "line 2: expected id, genre"),
        ("a\tRock\tPop\tSoul\n", "line 1: expected id, genre"),
        ("# nothing\n", "holds no label"),
        ("a\tRock\nb\tnan\n", "line 2: genre 'nan' stands for a missing value"),
        ("a\tRock\tNone\n", "line 1: genre 'None' stands for a missing value"),
        ("a\t['Rock']\n", "line 1: genre .* is a list"),
        ("é\tRock\ne\u0301\tPop\n", r"id 'é' occurs twice \(lines 1, 2\)"),
    ],
)
def test_label_table_errors(features, tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        load_feature_table(features, labels=write(tmp_path / "l.cls", text))


@pytest.mark.parametrize(
    ("genre", "message"),
    [
        (np.nan, r"labels\['b'\]: genre 'nan' stands for a missing value"),
        (None, r"labels\['b'\]: genre 'None'"),
        ("nan", r"labels\['b'\]: genre 'nan'"),
        ("", r"labels\['b'\]: no genre"),
        ((), r"labels\['b'\]: no genre"),
    ],
)
def test_mapping_without_a_genre(features, genre, message):
    with pytest.raises(ValueError, match=message):
        load_feature_table(features, labels={"a": "Rock", "b": genre})


def test_names_in_two_forms(tmp_path):
    path = write(tmp_path / "f.csv", "id,x,by\nCafé,1,Ros\u0301 \nb,2,Roś\n")
    labels = write(tmp_path / "l.cls", "Cafe\u0301\t Forro\u0301\n\ufeffb\tForró\n")
    data = load_feature_table(
        path,
        id_column="id",
        group_column="by",
        labels=labels,
        split={"train": ["Cafe\u0301"], "test": ["b "]},
    )
    assert data.target.tolist() == ["Forró", "Forró"]
    assert data.groups.tolist() == ["Roś", "Roś"]
    assert data.split.tolist() == ["train", "test"]


@pytest.mark.parametrize("column", ["label", "group", "split", "id"])
def test_missing_values_in_columns(tmp_path, column):
    text = f"f,x,{column}\na,1,r\nb,2,nan\n"
    with pytest.raises(ValueError, match=f"row 2: {column} 'nan' stands for a missing"):
        load_feature_table(
            write(tmp_path / "f.csv", text),
            **({"ignore": ["f"]} if column == "id" else {"id_column": "f"}),
            **{f"{column}_column": column},
        )


def test_missing_number_as_a_label(tmp_path):
    path = h5(
        tmp_path / "f.h5",
        table=np.array(
            [(b"a", 1.0, 3.0), (b"b", 2.0, np.nan)],
            dtype=[("id", "S1"), ("x", "f8"), ("genre", "f8")],
        ),
    )
    with pytest.raises(ValueError, match="row 2: label 'nan' stands for a missing"):
        load_feature_table(path, label_column="genre")


def test_missing_text_in_arff(tmp_path):
    path = write(tmp_path / "f.arff", ARFF.replace("'TRBBB','free jazz'", "'TRBBB',?"))
    with pytest.raises(ValueError, match="row 2 has no label"):
        load_feature_table(path, label_column="class")


def test_splits(features, tmp_path):
    wanted = ["train", "test", "train", ""]
    table = write(tmp_path / "s.cls", "a\tTRAIN\nb\tTEST\nc\tTRAIN\n")
    ids = write(tmp_path / "train.txt", "a\n\n# two\nc\n")
    for split in (
        {"train": ["a", "c"], "test": ["b"]},
        {"train": [0, 2], "test": np.array([1])},
        {"train": ids, "test": ["b"]},
        table,
    ):
        assert load_feature_table(features, split=split).split.tolist() == wanted


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"train": ["a"], "test": ["a"]}, "'a' is in two parts, 'train' and 'test'"),
        ({"train": ["a", "y", "z"]}, "names 2 ids .* y, z"),
        ({"train": [0, 4]}, r"split\['train'\]: row numbers must be in 0 to 3"),
        ({"train": [-1]}, "row numbers must be"),
        ({"train": []}, "names none of the rows"),
        ({}, "split must map"),
        ({1: ["a"]}, "split must map"),
    ],
)
def test_split_errors(features, split, message):
    with pytest.raises(ValueError, match=message):
        load_feature_table(features, split=split)


def test_split_of_a_partial_table(features):
    split = {"train": ["a", "z"], "test": ["b"]}
    data = load_feature_table(features, split=split, allow_partial=True)
    assert data.split.tolist() == ["train", "test", "", ""]


# -- a real table ----------------------------------------------------------------------
def test_real_features(data_dir):
    folder = data_dir / "gtzan"
    data = load_feature_table(folder / "features_30_sec.csv", label_column="label")
    assert data.data.shape == (1000, 58)
    assert np.isfinite(data.data).all()
    table = np.genfromtxt(folder / "features_30_sec.csv", delimiter=",", skip_header=1)
    np.testing.assert_array_equal(data.data, table[:, 1:-1])
    assert set(data.target.tolist()) == {i.split(".")[0] for i in data.ids}


def test_feature_table_trains_a_classifier(tmp_path, rng):
    X = rng.normal(size=(60, 3))
    y = np.where(X[:, 0] > 0, "rock", "jazz")
    rows = [f"s{k},{k % 6},{y[k]},{a},{b},{c}" for k, (a, b, c) in enumerate(X)]
    path = write(tmp_path / "f.csv", "\n".join(["id,artist,genre,a,b,c", *rows]))
    data = load_feature_table(path, label_column="genre", group_column="artist")
    np.testing.assert_array_equal(data.data, X)
    scores = cross_val_score(
        LogisticRegression(),
        data.data,
        data.target,
        groups=data.groups,
        cv=GroupKFold(3),
    )
    assert scores.mean() > 0.9
