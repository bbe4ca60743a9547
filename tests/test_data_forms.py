"""Every function that reads data takes every form of it, or refuses it by name."""

import os
import shutil
import unicodedata
from collections import UserList

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Bunch

from sklearn_genre import (
    MelSpectrogram,
    RowView,
    SummaryStats,
    audit,
    evaluate,
    extract_features,
    make_genre_audio,
    predict_files,
)

RATE = 22050
FEATURES = make_pipeline(MelSpectrogram(n_mels=8, sample_rate=RATE), SummaryStats())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Six clips of two genres and three artists each, written below ``folder``."""
    folder = tmp_path_factory.mktemp("data") / "songs"
    songs = make_genre_audio(
        3, genres=["dub", "waltz"], duration=1.0, directory=folder, random_state=0
    )
    waves = make_genre_audio(3, genres=["dub", "waltz"], duration=1.0, random_state=0)
    return Bunch(folder=folder, songs=songs, waves=waves)


def _table(songs):
    return pd.DataFrame(
        {"path": songs.paths, "label": songs.target, "group": songs.groups}
    )


# form -> how to make it of files, and whether it holds labels
FILES = {
    "folder": (lambda m: m.folder, True),
    "folder as text": (lambda m: str(m.folder), True),
    "list of paths": (lambda m: m.songs.paths.tolist(), False),
    "tuple of paths": (lambda m: tuple(m.songs.paths), False),
    "array of paths": (lambda m: m.songs.paths, False),
    "Series of paths": (lambda m: pd.Series(m.songs.paths), False),
    "Bunch of paths": (lambda m: m.songs, True),
    "DataFrame with labels": (lambda m: _table(m.songs), True),
    "DataFrame, one column": (lambda m: pd.DataFrame({"f": m.songs.paths}), False),
}
# the same clips in memory
CLIPS = {
    "Bunch of audio": (lambda m: m.waves, True),
    "Bunch of X": (lambda m: Bunch(X=np.array(m.waves.audio)), False),
    "list of pairs": (lambda m: [(w, RATE) for w in m.waves.audio], False),
    "list of dicts": (
        lambda m: [{"array": w, "sampling_rate": RATE} for w in m.waves.audio],
        False,
    ),
    "list of (rate, array)": (lambda m: [(RATE, w) for w in m.waves.audio], False),
    "list of 16-bit pairs": (lambda m: [(_pcm(w), RATE) for w in m.waves.audio], False),
    "list of decoders": (lambda m: [_Decoder(w) for w in m.waves.audio], False),
    "list of undecoded dicts": (
        lambda m: [{"bytes": _bytes(p), "path": p} for p in m.songs.paths],
        False,
    ),
    "list of dicts of paths": (
        lambda m: [{"bytes": None, "path": p} for p in m.songs.paths],
        False,
    ),
    "other sequence": (lambda m: UserList([(w, RATE) for w in m.waves.audio]), False),
    "list of bytes": (lambda m: [_bytes(p) for p in m.songs.paths], False),
    "list of waveforms": (lambda m: m.waves.audio, False),
    "array of waveforms": (lambda m: np.array(m.waves.audio), False),
}
# and what was computed of them
ARRAYS = {
    "spectrograms": lambda m: _mel(m),
    "table": lambda m: _stats(m),
    "nested lists": lambda m: _stats(m).tolist(),
    "DataFrame of numbers": lambda m: pd.DataFrame(_stats(m)),
    "Bunch of data": lambda m: Bunch(data=_stats(m), paths=None),
}


def _bytes(path):
    with open(path, "rb") as file:
        return file.read()


def _pcm(wave):
    return np.round(32767 * wave).astype(np.int16)


class _Decoder:
    def __init__(self, wave):
        self._values = {"array": wave, "sampling_rate": RATE}

    def __getitem__(self, key):
        return self._values[key]


def _double(X):
    return 2 * np.asarray(X)


def _mel(made):
    return MelSpectrogram(n_mels=20, hop_length=256).transform(made.waves.audio)


def _stats(made):
    return FEATURES.fit_transform(made.waves.audio)


@pytest.mark.parametrize("form", [*FILES, *CLIPS])
def test_evaluate_takes(made, form):
    make, labeled = (FILES | CLIPS)[form]
    y = None if labeled else made.songs.target
    model = make_pipeline(FEATURES, DummyClassifier())
    report = evaluate(model, make(made), y, protocol="random", n_splits=3)
    assert report.classes.tolist() == ["dub", "waltz"]
    assert report.confusion_matrix.sum(axis=1).tolist() == [3, 3]


@pytest.mark.parametrize("form", ARRAYS)
def test_evaluate_takes_arrays(made, form):
    data = ARRAYS[form](made)
    target = made.songs.target
    report = evaluate(DummyClassifier(), data, target, protocol="random", n_splits=3)
    assert len(report.rows) == 6


def test_evaluate_takes_sparse_rows_and_row_views(made):
    stats = _stats(made)
    for data in (csr_array(stats), RowView(stats)):
        report = evaluate(
            DummyClassifier(), data, made.songs.target, protocol="random", n_splits=3
        )
        assert len(report.rows) == 6


@pytest.mark.parametrize("form", [*FILES, *CLIPS])
def test_audit_takes(made, form):
    make, labeled = (FILES | CLIPS)[form]
    bare = form in ("Bunch of X", "list of waveforms", "array of waveforms")
    report = audit(make(made), sample_rate=RATE if bare else None)
    assert len(report.names) == 6
    assert report.usable.all()
    assert [m.sample_rate for m in report.measures] == [RATE] * 6
    assert [m.duration for m in report.measures] == [1.0] * 6
    assert report.balance == ({"dub": 3, "waltz": 3} if labeled else {})


@pytest.mark.parametrize("form", ARRAYS)
def test_audit_takes_arrays(made, form):
    report = audit(ARRAYS[form](made), made.songs.target)
    assert len(report.names) == 6
    assert report.exit_status == 0


@pytest.mark.parametrize("form", FILES)
def test_predict_files_takes(made, form):
    model = make_pipeline(FEATURES, DummyClassifier())
    model.fit(made.songs.paths, made.songs.target)
    found = list(predict_files(model, FILES[form][0](made)))
    assert [p.path for p in found] == made.songs.paths.tolist()
    assert all(p.error is None for p in found)


def test_predict_files_takes_endless_data(made):
    def forever():
        while True:
            yield made.songs.paths[0]

    model = make_pipeline(FEATURES, DummyClassifier())
    model.fit(made.songs.paths, made.songs.target)
    found = predict_files(model, forever(), batch_size=2)
    assert next(found).path == next(found).path == made.songs.paths[0]


@pytest.mark.parametrize("form", [*FILES, *CLIPS])
def test_extract_features_takes(made, tmp_path, form):
    data = (FILES | CLIPS)[form][0](made)
    found = extract_features(FEATURES, data, tmp_path / "stats.npy", batch_size=4)
    # 16-bit files are not the waveforms to the last digit
    np.testing.assert_allclose(found[:], _stats(made), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("form", [*ARRAYS, "RowView"])
def test_extract_features_takes_arrays(made, tmp_path, form):
    data = RowView(_stats(made)) if form == "RowView" else ARRAYS[form](made)
    double = FunctionTransformer(_double)
    found = extract_features(double, data, tmp_path / "double.npy", batch_size=4)
    plain = _mel(made) if form == "spectrograms" else _stats(made)
    np.testing.assert_allclose(found[:], 2 * plain)


def test_audio_of_a_bunch_has_its_own_rate(made, tmp_path):
    waves = make_genre_audio(1, genres=["dub"], duration=1.0, sample_rate=8000)
    assert audit(waves).measures[0].sample_rate == 8000
    assert {f.kind for f in audit(waves, sample_rate=RATE).findings} == {"rate"}
    mel = MelSpectrogram(sample_rate=RATE, n_mels=8)
    found = extract_features(mel, waves, tmp_path / "mel.npy")
    expected = mel.transform([(waves.audio[0], 8000)])
    np.testing.assert_array_equal(found[:], expected)


def test_evaluate_gives_waveforms_with_their_rate(made):
    """A model of another rate resamples them; one that has no rate takes the arrays."""
    waves = make_genre_audio(
        3, genres=["dub", "waltz"], duration=1.0, sample_rate=8000, random_state=0
    )
    lengths = []

    def note(X):
        lengths.extend({np.shape(x) for x in X})
        return np.zeros((len(X), 1))

    spy = FunctionTransformer(note)
    mel = MelSpectrogram(n_mels=8, hop_length=RATE, sample_rate=RATE)
    kinds = dict(protocol="random", n_splits=3)
    evaluate(make_pipeline(mel, spy, DummyClassifier()), waves, **kinds)
    assert set(lengths) == {(8, 2)}
    lengths.clear()
    evaluate(make_pipeline(spy, DummyClassifier()), waves, **kinds)
    assert set(lengths) == {(8000,)}


def test_tags_in_every_form(made):
    tags = np.eye(6, dtype=int)[:, :3]
    for y in (tags, csr_array(tags), csr_matrix(tags), pd.DataFrame(tags)):
        kinds = {"protocol": "random", "n_splits": 2, "n_bootstrap": 1}
        report = evaluate(DummyClassifier(), np.zeros((6, 1)), y, **kinds)
        assert report.tags == ["0", "1", "2"]
        assert report.y_true.sum() == 3
        assert audit(made.songs.paths, y).balance == {"0": 1, "1": 1, "2": 1}
    with pytest.raises(ValueError, match="X has 6 rows, but y has 5"):
        evaluate(DummyClassifier(), np.zeros((6, 1)), csr_array(tags[:5]))


# -- what is refused -------------------------------------------------------------------
def _call(function, data, path):
    if function == "evaluate":
        return evaluate(DummyClassifier(), data, ["a", "b"], protocol="random")
    if function == "audit":
        return audit(data)
    if function == "extract_features":
        return extract_features(FEATURES, data, path / "out.npy")
    return list(predict_files(DummyClassifier(), data))


ARGUMENT = {
    "evaluate": "data",
    "audit": "data",
    "extract_features": "X",
    "predict_files": "paths",
}


@pytest.mark.parametrize("function", ARGUMENT)
@pytest.mark.parametrize("data", [3, 2.5, None, b"RIFF", np.float64(3)], ids=repr)
def test_what_is_no_data_is_refused_by_name(tmp_path, function, data):
    with pytest.raises(
        TypeError, match=rf"^{ARGUMENT[function]} must be .*folder.* got"
    ):
        _call(function, data, tmp_path)


@pytest.mark.parametrize("function", ["evaluate", "audit", "extract_features"])
def test_what_can_be_read_only_once_is_refused_by_name(tmp_path, function):
    name = ARGUMENT[function]
    with pytest.raises(TypeError, match=rf"^{name} must .*generator.* list\({name}\)"):
        _call(function, (wave for wave in np.zeros((2, 99))), tmp_path)


@pytest.mark.parametrize("function", ARGUMENT)
def test_a_bunch_without_clips_is_refused_by_name(tmp_path, function):
    with pytest.raises(ValueError, match=rf"^{ARGUMENT[function]}.* Bunch"):
        _call(function, Bunch(target=[1, 2]), tmp_path)


@pytest.mark.parametrize("function", ["evaluate", "audit", "extract_features"])
def test_folders_that_hold_nothing_are_refused_by_name(tmp_path, function):
    name = ARGUMENT[function]
    with pytest.raises(FileNotFoundError, match=rf"{name}: .*nowhere.*does not exist"):
        _call(function, tmp_path / "nowhere", tmp_path)
    with pytest.raises(ValueError, match=rf"{name}: .*holds no audio files \(\.wav"):
        _call(function, tmp_path, tmp_path)
    with pytest.raises(ValueError, match=f"{name} holds no clips"):
        _call(function, [], tmp_path)
    file = tmp_path / "song.wav"
    file.write_bytes(b"RIFF")
    with pytest.raises(NotADirectoryError, match=rf"{name}: .*song\.wav.* is a file"):
        _call(function, file, tmp_path)


@pytest.mark.parametrize("form", [*CLIPS, "table", "DataFrame of numbers"])
def test_predict_files_refuses_what_is_no_file(made, form):
    make = ARRAYS.get(form) or CLIPS[form][0]
    with pytest.raises((TypeError, ValueError), match=r"^paths(\[0\])? must be .*"):
        list(predict_files(DummyClassifier(), make(made)))


def test_labels_of_the_call_come_first(made):
    y = ["x", "y"] * 3
    assert audit(made.folder, y).balance == {"x": 3, "y": 3}
    model = make_pipeline(FEATURES, DummyClassifier())
    report = evaluate(model, _table(made.songs), y, protocol="random", n_splits=3)
    assert report.classes.tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="groups must be one label per row: X has 6"):
        audit(made.folder, groups=["a"])


def test_artists_of_a_table_and_names_of_files(made):
    model = make_pipeline(FEATURES, DummyClassifier())
    report = evaluate(model, _table(made.songs), protocol="artist", n_splits=3)
    assert report.n_units == 6
    leaking = evaluate(
        model,
        _table(made.songs).assign(group="one artist"),
        protocol="random",
        n_splits=3,
    )
    assert made.songs.paths[0] in str(leaking.leakage)
    assert audit(_table(made.songs).assign(id=list("abcdef"))).names == list("abcdef")


# -- names and links -------------------------------------------------------------------
@pytest.fixture
def copied(made, tmp_path):
    return shutil.copytree(made.folder, tmp_path / "songs")


def test_folder_whose_genre_has_two_names(copied):
    (copied / "dub").rename(copied / unicodedata.normalize("NFD", "dúb"))
    (copied / "dúb").mkdir()
    for name in ("$RECYCLE.BIN", "@eaDir"):
        shutil.copytree(copied / "waltz", copied / name)
    first = min(copied.glob("d*/*.wav"))
    first.rename(copied / "dúb" / first.name)
    assert audit(copied).balance == {"dúb": 3, "waltz": 3}
    model = make_pipeline(FEATURES, DummyClassifier())
    report = evaluate(model, copied, protocol="random", n_splits=3)
    assert report.classes.tolist() == ["dúb", "waltz"]


def test_links_within_a_genre_count_once(copied):
    first = min(copied.glob("dub/*.wav"))
    (copied / "dub" / "z.wav").symlink_to(first)
    os.link(first, copied / "dub" / "y.wav")
    report = audit(copied)
    assert len(report.names) == 6
    assert f"z.wav (the same as {first})" in str(report)
    model = make_pipeline(FEATURES, DummyClassifier())
    report = evaluate(model, copied, protocol="random", n_splits=3)
    assert len(report.rows) == 6
    assert "Links to other files were left out" in str(report)


@pytest.mark.parametrize("whole_directory", [True, False])
def test_song_of_two_genres_by_a_link(copied, whole_directory):
    first = min(copied.glob("waltz/*.wav"))
    link = copied / "dub" / ("more" if whole_directory else "link.wav")
    link.symlink_to(first.parent if whole_directory else first)
    model = make_pipeline(FEATURES, DummyClassifier())
    with pytest.raises(ValueError, match=r"one file, by a link, .* 'waltz' and 'dub'"):
        evaluate(model, copied, protocol="random", n_splits=3)
    conflicts = [f for f in audit(copied).findings if f.kind == "conflict"]
    assert len(conflicts) == (6 if whole_directory else 2)


@pytest.mark.parametrize("column", ["label", "group", "split"])
@pytest.mark.parametrize("function", [audit, lambda t: evaluate(DummyClassifier(), t)])
def test_missing_value_as_text_in_a_table(made, function, column):
    table = _table(made.songs).assign(split="train")
    table.loc[2, column] = np.nan
    table[column] = table[column].astype(object).map(str)
    with pytest.raises(ValueError, match=rf"'{column}', row 2: 'nan' stands for"):
        function(table)


def test_names_of_a_table(made):
    table = _table(made.songs)
    table.loc[0, "label"] = " dub\u00a0"
    table["group"] = ["Ros\u0301", "Roś", "b", "b", "c", "d"]
    model = make_pipeline(FEATURES, DummyClassifier())
    report = evaluate(model, table, protocol="artist", n_splits=2)
    assert report.classes.tolist() == ["dub", "waltz"]
    assert report.n_units == 4
    assert audit(table).balance == {"dub": 3, "waltz": 3}
