"""Two hundred kinds of odd and bad files through everything that takes files.

Whatever a file holds, there is an answer, or an error that names it, within bounds of
time and memory; no number that is not finite; and nothing is lost in silence.
"""

import contextlib
import csv
import importlib.util
import io
import json
import os
import re
import sys

import joblib
import numpy as np
import pytest
from helpers import bounded_memory, special_files, within
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    MFCC,
    AudioError,
    FrameDescriptors,
    MelSpectrogram,
    SummaryStats,
    TextureStats,
    Waveform,
    audit,
    cli,
    evaluate,
    extract_features,
    load_audio,
    load_folder,
    load_manifest,
    make_genre_audio,
    predict_files,
    predict_genre,
    recipes,
)
from sklearn_genre._utils.text import printable

from .odd_files import FOREIGN, KINDS

if sys.platform != "linux":
    pytest.skip("names of files and bounds of memory of Linux", allow_module_level=True)

# seconds that one call may take, and megabytes, beyond what the process has before
MOST_SECONDS, MOST_MEMORY = 60, 400

CODECS = importlib.util.find_spec("av") is not None
USED = {name: kind for name, kind in KINDS.items() if CODECS or name not in FOREIGN}
WHOLE = [name for name, kind in USED.items() if kind.is_whole]
BAD = [name for name in USED if name not in WHOLE]
SKIP = {"on_error": "skip", "on_ignored": "ignore"}

# a song that ends early is warned of, one by one and in any order
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*last (pages are missing|frame is cut)",
    "ignore:.*cannot be read and are left out",
    "ignore:.*cannot be decoded here",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All kinds, in two genres by turns, and the files of each by name."""
    folder = tmp_path_factory.mktemp("music")
    for genre in ("dub", "waltz"):
        (folder / genre).mkdir()
    for name, kind in USED.items():
        place(folder, name).write_bytes(kind.content)
    return folder


def place(folder, name):
    return folder / ("dub", "waltz")[list(USED).index(name) % 2] / name


def places(folder, names):
    return {str(place(folder, name)) for name in names}


@pytest.fixture(scope="module")
def model():
    songs = make_genre_audio(4, genres=["dub", "waltz"], duration=2.0, random_state=0)
    clips = [(wave, 22050) for wave in songs.audio]
    return recipes.fast().fit(clips, songs.target)


@pytest.fixture(scope="module", autouse=True)
def imported(folder, model):
    """What is imported and compiled on first use, before memory is counted."""
    song = str(place(folder, "plain.au"))
    model.predict([song])
    audit([song])
    MelSpectrogram(sample_rate=16000).transform([song])
    if CODECS:
        load_audio(place(folder, "aac.m4a"))


@pytest.fixture(autouse=True)
def bounded():
    with bounded_memory(MOST_MEMORY):
        yield


def timed(call, *args, **keywords):
    return within(MOST_SECONDS, call, *args, **keywords)


def check_error(error, path):
    """An error of a file names it, and says what is wrong with it."""
    name = path.rpartition("/")[2]
    assert printable(path) in str(error)
    assert re.search(USED[name].words, str(error)), name
    assert not re.search("[a-z]Error", str(error))  # of Python


# -- load_audio -----------------------------------------------------------------------
@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_read_whole(folder, capfd, name):
    kind, path = USED[name], place(folder, name)
    if kind.words is None:
        wave, rate = timed(load_audio, path)
    else:
        with pytest.warns(UserWarning, match=f"{name}: .*{kind.words}"):
            wave, rate = timed(load_audio, path)
    assert wave.dtype == np.float32
    assert abs(len(wave) / rate - kind.seconds) <= kind.near
    assert np.isfinite(wave).all()
    np.testing.assert_array_equal(timed(load_audio, kind.content)[0], wave)
    part, _ = timed(load_audio, path, offset=0.25, duration=0.125)
    start = round(0.25 * rate)
    expected = wave[start : start + round(0.125 * rate)]
    np.testing.assert_allclose(part, expected, atol=1e-5)
    other, _ = timed(load_audio, path, sample_rate=16000)
    assert abs(len(other) - len(wave) * 16000 / rate) <= 1
    assert np.isfinite(other).all()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named(folder, capfd, name):
    path = str(place(folder, name))
    for source in (path, USED[name].content):
        error = timed(pytest.raises, AudioError, load_audio, source).value
        assert re.search(USED[name].words, error.cause)
        if source is path:
            assert error.source == path
            check_error(error, path)
    for params in ({"duration": 0.1}, {"offset": 0.3, "sample_rate": 8000}):
        with contextlib.suppress(AudioError):
            wave, _ = timed(load_audio, path, **params)
            assert np.isfinite(wave).all()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", FOREIGN)
def test_without_the_codecs(folder, monkeypatch, name):
    if not CODECS:
        pytest.skip("the files are made by the codecs")
    monkeypatch.setitem(sys.modules, "av", None)
    path = place(folder, name)
    with pytest.raises(AudioError, match=r"codecs|truncated") as info:
        timed(load_audio, path)
    assert info.value.source == str(path)


# -- features -------------------------------------------------------------------------
SMALL = dict(sample_rate=8000, duration=4.0, n_fft=256)
EXCERPTS = dict(sample_rate=8000, duration=0.2, n_excerpts=3)
TRANSFORMERS = [
    MelSpectrogram(**SMALL, n_mels=8),
    FrameDescriptors(**SMALL, n_contrast_bands=3),
    make_pipeline(MFCC(**SMALL, n_mels=16, n_mfcc=8), TextureStats()),
    MelSpectrogram(**EXCERPTS, n_mels=8, n_fft=256),
    Waveform(**EXCERPTS),
]
transformers = pytest.mark.parametrize(
    "transformer", TRANSFORMERS, ids=lambda t: type(t).__name__
)


@transformers
def test_transformers(folder, transformer):
    good = sorted(places(folder, WHOLE))
    rows = timed(transformer.transform, good)
    assert len(rows) == len(good)
    assert all(np.isfinite(row).all() for row in rows)
    for path in places(folder, BAD):
        error = timed(pytest.raises, AudioError, transformer.transform, [path]).value
        check_error(error, path)


def test_extract_features(folder, tmp_path):
    X, mel = sorted(places(folder, USED)), TRANSFORMERS[0]
    args = (extract_features, mel, X, tmp_path / "mel.npy")
    errors = timed(pytest.raises, AudioError, *args).value.errors
    assert {X[k] for k in errors} == places(folder, BAD)
    for k, error in errors.items():
        check_error(error, X[k])
    good = sorted(places(folder, WHOLE))
    rows = timed(extract_features, mel, good, tmp_path / "good.npy")
    assert rows.shape[0] == len(good)
    assert np.isfinite(rows[:]).all()


# -- predictions ----------------------------------------------------------------------
def test_predict_genre(folder):
    for path in sorted(places(folder, BAD)):
        error = timed(pytest.raises, AudioError, predict_genre, path).value
        check_error(error, path)
    for path in sorted(places(folder, WHOLE))[::4]:
        proba = timed(predict_genre, path, top=None).proba
        assert sum(proba) == pytest.approx(1)


@pytest.mark.parametrize("batch_size", [1, 1000])
def test_predict_files(folder, model, tmp_path, batch_size):
    def predict(paths):
        return list(predict_files(model, paths, batch_size=batch_size))

    with special_files(tmp_path) as special:
        special = {str(path) for path in special.values()} - {str(special["folder"])}
        found = timed(predict, [folder, *sorted(special), "gone.mp3"])
    by_path = {prediction.path: prediction for prediction in found}
    assert len(by_path) == len(found)
    assert set(by_path) == {*places(folder, USED), *special, "gone.mp3"}
    for path, prediction in by_path.items():
        if path in places(folder, WHOLE):
            assert prediction.error is None, path
            assert sum(prediction.proba) == pytest.approx(1)
        else:
            assert printable(path) in prediction.error
            assert prediction.labels == ()
    for path in places(folder, BAD):
        check_error(by_path[path].error, path)


# -- loaders, audit, evaluation -------------------------------------------------------
def is_text(path):
    return not any("\ud800" <= letter <= "\udfff" for letter in path)


def test_folders_and_manifests(folder, tmp_path):
    table = tmp_path / "songs.csv"
    named = [path for path in sorted(places(folder, USED)) if is_text(path)]
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = ([path, path.split("/")[-2]] for path in named)
        csv.writer(file).writerows([("path", "label"), *rows])
    for call, paths in (
        (lambda: load_folder(folder, **SKIP), places(folder, USED)),
        (lambda: load_manifest(table, root=folder, on_error="skip"), set(named)),
    ):
        songs = timed(call)
        assert set(songs.paths) == places(folder, WHOLE) & paths
        assert set(songs.unreadable) == places(folder, BAD)
        assert len(songs.paths) == len(songs.target)
        for path, reason in songs.unreadable.items():
            check_error(f"{printable(path)}: {reason}", path)


def test_evaluate(folder):
    songs = load_folder(folder, **SKIP)
    model = make_pipeline(TRANSFORMERS[0], SummaryStats(), LogisticRegression())
    report = timed(evaluate, model, songs, protocol="random", n_splits=2)
    assert "nan" not in report.summary()


def test_audit(folder):
    report = timed(audit, folder)
    assert set(report.names) == places(folder, USED)
    unusable = {
        name for name, ok in zip(report.names, report.usable, strict=True) if not ok
    }
    assert unusable - places(folder, WHOLE) == places(folder, BAD)
    incomplete = {f.name for f in report.findings if f.kind == "incomplete"}
    assert incomplete == places(folder, (n for n in WHOLE if USED[n].words))
    for finding in report.findings:
        if finding.name in places(folder, BAD) and finding.kind == "unreadable":
            check_error(f"{printable(finding.name)}: {finding.detail}", finding.name)
    assert not re.search(r"\bnan\b(?! or|\.wav)", str(report))
    assert "nan" not in report._repr_html_().replace("nan.wav", "").replace(
        "nan or", ""
    )


# -- the command ----------------------------------------------------------------------
@pytest.fixture
def command(capfdbinary):
    def run(*args):
        status = timed(cli.main, [*map(str, args)])
        return status, *map(os.fsdecode, capfdbinary.readouterr())

    return run


def escaped(path):
    return path.encode("ascii", "replace")


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_predict_command(folder, model, command, tmp_path, form):
    joblib.dump(model, tmp_path / "model.joblib")
    status, out, err = command("predict", tmp_path / "model.joblib", folder, form)
    assert status == 1
    if form == "--json":
        rows = [json.loads(line) for line in out.splitlines()]
        assert {row["path"] for row in rows} == places(folder, USED)
        good = {row["path"] for row in rows if row["error"] is None}
    else:
        good = {row["path"] for row in csv.DictReader(io.StringIO(out))}
    # pytest, not the command, writes a question mark for what is no text
    assert {escaped(path) for path in good} == set(map(escaped, places(folder, WHOLE)))
    # short and silent files are answered, with a note
    lines = [line for line in err.splitlines() if "answer" not in line]
    assert len(lines) == len(BAD)
    for path in places(folder, BAD):
        assert printable(path) in err


def test_train_and_audit_commands(folder, command, tmp_path):
    model = tmp_path / "model.joblib"
    args = ("train", folder, "--out", model, "--cv", 2, "--skip-unreadable")
    status, out, err = command(*args)
    assert status == 1, err
    assert f"{len(WHOLE)} songs of 2 genres" in out
    assert model.exists()
    for path in places(folder, BAD):
        assert printable(path) in err
    status, out, err = command("audit", folder, "--no-near-duplicates")
    assert status == 1
