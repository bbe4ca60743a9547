"""Manifests as programs write them: quotes, lists, paths, missing values."""

import os
import unicodedata

import numpy as np
import pandas as pd
import pytest
from helpers import touch, write

from sklearn_genre import load_manifest

NFD = unicodedata.normalize("NFD", "Sigur Rós")


def load(folder, text, **params):
    touch(folder, *(f"{name}.wav" for name in "abcd"))
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_manifest(path, **params)


# -- quotes and blanks -----------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        'path, label, group\na.wav, "jazz", "X"\nb.wav, "free, jazz", Y\n',
        'path,label,group\na.wav,  "jazz",   "X"\n"b.wav", "free, jazz", "Y"\n',
        'path , label , group\na.wav , "jazz" , "X"\n"b.wav" ,"free, jazz" , Y \n',
        '"path" , "label" , "group"\n"a.wav" , "jazz" , "X" \n'
        '  "b.wav", "free, jazz"\t, "Y"\t\n',
        'path; label; group\na.wav; "jazz"; "X"\nb.wav; "free, jazz"; "Y"\n',
        'path\tlabel\tgroup\na.wav\t "jazz" \t"X" \nb.wav\t"free, jazz"\tY\n',
        'path,label,group\n"a.wav","jazz","X"\n"b.wav","free,\n  jazz","Y"\n',
    ],
)
def test_quotes_among_blanks(tmp_path, text):
    data = load(tmp_path, text)
    assert data.target.tolist() == ["jazz", "free, jazz"]
    assert data.groups.tolist() == ["X", "Y"]


def test_quotes_within_a_field(tmp_path):
    text = 'path,label,group\na.wav, "x" ,"""Weird Al"" Y , "" Z"\n'
    data = load(tmp_path, text)
    assert data.target.tolist() == ["x"]
    assert data.groups.tolist() == ['"Weird Al" Y , " Z']


@pytest.mark.parametrize(
    "text",
    [
        'path,label\na.wav,\t"jazz"\n',
        "path,label\na.wav,'jazz'\n",
        'path,label\na.wav,"""jazz"""\n',
        'path,label\na.wav,\u00a0"jazz"\n',
    ],
)
def test_quotes_that_are_in_the_name(tmp_path, text):
    with pytest.raises(ValueError, match=r"line 2: label .* has quotes around it"):
        load(tmp_path, text)


def test_quotes_around_a_path(tmp_path):
    with pytest.raises(ValueError, match=r"line 3: .* has quotes around it"):
        load(tmp_path, "path,label\na.wav,x\n'b.wav',y\n")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('a.wav,"ja"zz', "line 2: ',' expected after '\"'. Double the quotes"),
        ('a.wav,"jazz', "line 2: unexpected end of data"),
        ('a.wav,"' + "x" * 140_000, "line 2: field larger .* not closed"),
    ],
)
def test_quotes_that_are_wrong(tmp_path, row, message):
    with pytest.raises(ValueError, match=message):
        load(tmp_path, f"path,label\n{row}\n")


# -- lines and separators --------------------------------------------------------------
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("first", ["", "sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;"])
def test_line_ends_and_sep(tmp_path, end, first):
    lines = ["path;label", "a.wav;a, b, c, d", 'b.wav;"x;y"']
    text = end.join([first, *lines] if first else lines) + end
    assert load(tmp_path, text).target.tolist() == ["a, b, c, d", "x;y"]


def test_sep_of_other_characters(tmp_path):
    assert load(tmp_path, "sep=|\npath|label\na.wav|x\n").target.tolist() == ["x"]
    assert load(tmp_path, "sep=\t\npath\tlabel\na.wav\tx\n").target.tolist() == ["x"]
    data = load(tmp_path, "sep=;\npath,label\na.wav,x\n", delimiter=",")
    assert data.target.tolist() == ["x"]


def test_lines_are_counted_on_any_system(tmp_path):
    with pytest.raises(ValueError, match="line 4: 3 fields"):
        load(tmp_path, "sep=,\rpath,label\ra.wav,x\rb.wav,y,z\r")
    with pytest.raises(ValueError, match="line 3: byte 0xe9"):
        load(tmp_path, b"path,label\ra.wav,x\rb.wav,caf\xe9\r")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
def test_other_encodings_are_refused(tmp_path, encoding):
    with pytest.raises(ValueError, match=r"line \d.* UTF-8"):
        load(tmp_path, "path,label\na.wav,chaâbi\n".encode(encoding))


# -- tags ------------------------------------------------------------------------------
ROWS = [["rock", "pop"], ["pop"], [], ["Chaâbi"]]


def as_pandas(rows):
    return pd.DataFrame({"tags": rows}).to_csv(index=False).splitlines()[1:]


def cells(values):
    return ['"{}"'.format(str(value).replace('"', '""')) for value in values]


FORMS = {
    "pandas": as_pandas(ROWS),
    "tuples": cells(tuple(row) for row in ROWS),
    "NumPy": cells(np.array(row) for row in ROWS),
    "list of NumPy texts": cells(list(map(np.str_, row)) for row in ROWS),
    "repr of NumPy": cells(repr(np.array(row, dtype=object)) for row in ROWS),
    "JSON": cells(pd.Series([row]).to_json(orient="values")[1:-1] for row in ROWS),
    "separators": ["rock|pop", "pop", "", "Chaâbi"],
    "separators at the ends": ["rock|pop|", "|pop", "|", " |Chaâbi| "],
    "decomposed": ["rock|pop", "pop", "", unicodedata.normalize("NFD", "Chaâbi")],
}


@pytest.mark.parametrize("form", FORMS)
def test_tags_in_every_form(tmp_path, form):
    lines = [f"{n}.wav,{tags}" for n, tags in zip("abcd", FORMS[form], strict=True)]
    data = load(tmp_path, "\n".join(["path,tags", *lines]))
    assert data.target_names.tolist() == ["Chaâbi", "pop", "rock"]
    assert data.target.tolist() == [[0, 1, 1], [0, 1, 0], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("['rock', None]", "list that cannot be read. Divide the tags by"),
        ("['a' ... 'z']", "list that cannot be read"),
        ("['rock', 'rock']", "one tag twice"),
        ("Café|Cafe\u0301", "one tag twice"),
        ("['rock', '']", "an empty tag"),
        ("rock||pop", "an empty tag"),
        ("nan", "tag 'nan' stands for a missing value"),
        ("rock|NULL", "tag 'NULL' stands for a missing value"),
        ("['nan']", "tag 'nan' stands for a missing value"),
    ],
)
def test_tags_that_are_refused(tmp_path, field, message):
    with pytest.raises(ValueError, match=f"line 2: .*{message}"):
        load(tmp_path, f'path,tags\na.wav,"{field}"\nb.wav,x\n')


def test_other_separators_at_the_ends(tmp_path):
    data = load(tmp_path, "path,tags\na.wav,x; y;\n", tag_separator=";", delimiter=",")
    assert data.target_names.tolist() == ["x", "y"]


# -- names -----------------------------------------------------------------------------
@pytest.mark.parametrize("column", ["label", "group", "split", "id"])
@pytest.mark.parametrize("text", ["nan", "NaN", "None", "<NA>", "NULL", " nan "])
def test_missing_values(tmp_path, column, text):
    frame = pd.DataFrame({"path": ["a.wav", "b.wav"], "label": ["x", "y"]})
    frame[column] = ["x", text]
    with pytest.raises(ValueError, match=rf"line 3: {column} .* missing value"):
        load(tmp_path, frame.to_csv(index=False))


def test_missing_path(tmp_path):
    with pytest.raises(ValueError, match="line 3: 'nan' stands for a missing value"):
        load(tmp_path, "path,label\na.wav,x\nnan,y\n")


def test_names_near_missing_values(tmp_path):
    text = "path,label,group\na.wav,none,Null\nb.wav,Nan,nana\n"
    assert load(tmp_path, text).target.tolist() == ["none", "Nan"]


@pytest.mark.parametrize("label", ["['rock']", '["rock", "pop"]', "[]", "('rock',)"])
def test_list_as_a_label(tmp_path, label):
    table = pd.DataFrame({"path": ["a.wav"], "label": [label]}).to_csv(index=False)
    with pytest.raises(ValueError, match=r"line 2: label .* is a list"):
        load(tmp_path, table)


def test_names_in_two_forms(tmp_path):
    text = f"path,label,group,split\na.wav,Forro\u0301,{NFD},train\n"
    text += "b.wav,Forró ,Sigur  Rós,\ufefftrain\n"
    data = load(tmp_path, text)
    assert data.target.tolist() == ["Forró", "Forró"]
    assert data.target_names.tolist() == ["Forró"]
    assert data.groups.tolist() == ["Sigur Rós", "Sigur Rós"]
    assert data.split.tolist() == ["train", "train"]


def test_names_of_columns(tmp_path):
    text = "path,Cate\u0301gorie ,\ufeffgroup\na.wav,x,Y\n"
    data = load(tmp_path, text, label_column="Catégorie")
    assert data.target.tolist() == ["x"]
    assert data.groups.tolist() == ["Y"]
    assert data.extra == {}


def test_id_in_two_forms(tmp_path):
    with pytest.raises(ValueError, match=r"id 'é' occurs twice \(lines 2, 3\)"):
        load(tmp_path, "path,label,id\na.wav,x,é\nb.wav,y,e\u0301\n")


# -- paths -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", [r"sub\e.wav", r".\sub\e.wav", r"sub\..\sub\e.wav", r"sub/x\..\e.wav"]
)
def test_backslashes(tmp_path, path):
    touch(tmp_path, "sub/e.wav")
    data = load(tmp_path, f"path,label\r\n{path},jazz\r\na.wav,x\r\n")
    assert data.paths[0] == str(tmp_path / "sub" / "e.wav")


@pytest.mark.skipif(os.sep == "\\", reason="backslashes divide folders here")
def test_backslash_in_the_name_of_a_file(tmp_path):
    touch(tmp_path, "sub\\e.wav", "sub/e.wav")
    data = load(tmp_path, "path,label\nsub\\e.wav,x\nsub/e.wav,y\n")
    assert [p.removeprefix(f"{tmp_path}/") for p in data.paths] == [
        "sub\\e.wav",
        "sub/e.wav",
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (r"sub\gone.wav", "line 3: .* has backslashes, and no such file"),
        (r"C:\Music\a.wav", "line 3: .* absolute path of Windows"),
        ("d:/Music/a.wav", "line 3: .* absolute path of Windows"),
        (r"\\server\share\a.wav", "line 3: .* absolute path of Windows"),
        (r"..\a.wav", "line 3: .* is outside"),
        (r"sub\..\..\a.wav", "line 3: .* is outside"),
        (r".\b.wav", r"occurs twice \(lines 2, 3\)"),
    ],
)
def test_backslashes_that_lead_nowhere(tmp_path, path, message):
    touch(tmp_path, "data/sub/e.wav", "a.wav")
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "data", f"path,label\nb.wav,x\n{path},y\n")


def test_missing_files_with_backslashes(tmp_path):
    text = "path,label\na.wav,x\nsub\\gone.wav,y\n"
    assert len(load(tmp_path, text, allow_partial=True).missing) == 1


def test_files_in_the_other_form(tmp_path):
    touch(tmp_path, f"{NFD}/Cafe\u0301.wav")
    data = load(tmp_path, "path,label\nSigur Rós\\Café.wav,x\n")
    assert os.path.samefile(data.paths[0], tmp_path / NFD / "Cafe\u0301.wav")
    text = f"path,label\nSigur Rós/Café.wav,x\n{NFD}/Cafe\u0301.wav,y\n"
    with pytest.raises(ValueError, match=r"occurs twice \(lines 2, 3\)"):
        load(tmp_path, text)


@pytest.mark.parametrize("link", ["symbolic", "hard", "directory"])
def test_one_file_twice_by_a_link(tmp_path, link):
    touch(tmp_path, "a.wav")
    name = "e.wav"
    if link == "hard":
        os.link(tmp_path / "a.wav", tmp_path / "e.wav")
    elif link == "symbolic":
        (tmp_path / "e.wav").symlink_to("a.wav")
    else:
        (tmp_path / "sub").symlink_to(".")
        name = "sub/a.wav"
    with pytest.raises(ValueError, match=rf"lines 2 and 4: 'a\.wav' and '{name}' are"):
        load(tmp_path, f"path,label\na.wav,x\nb.wav,y\n{name},x\n")


def test_columns_of_other_roles_stay_as_they_are(tmp_path):
    text = f"path,label,note\na.wav,x,{NFD}\nb.wav,y,nan\n"
    assert load(tmp_path, text).extra["note"].tolist() == [NFD, "nan"]
    path = write(tmp_path / "u.csv", text)
    assert load_manifest(path, group_column=None).groups is None
