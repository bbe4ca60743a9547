"""``sklearn-genre tags``, training on a tagger's ears, and names of tags in output."""

import csv
import io
import json
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import tagger
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    MelSpectrogram,
    SliceVotingClassifier,
    SummaryStats,
    load_model,
    make_genre_audio,
    taggram,
    top_tags,
)
from sklearn_genre.cli import _parser, main
from sklearn_genre.embedding import TAGS
from sklearn_genre.pretrained import model_card


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two songs of 7 s and of 3.5 s."""
    folder = tmp_path_factory.mktemp("songs")
    made = make_genre_audio(1, genres=["dub", "waltz"], duration=7.0, random_state=0)
    soundfile.write(folder / "a.wav", made.audio[0], 22050)
    soundfile.write(folder / "b.wav", made.audio[1][:77175], 22050)
    return folder


def songs(folder):
    return [str(folder / "a.wav"), str(folder / "b.wav")]


def run(capsys, *args, status=0):
    """Standard output and error of the command ``tags``."""
    assert main(["tags", *map(str, args)]) == status
    return capsys.readouterr()


def texts(out):
    """Each line of text as path, places, and pairs."""
    return [line.split("\t") for line in out.splitlines()]


@pytest.mark.parametrize("model", ["msd", "mtt"])
def test_a_line_for_each_song(folder, capsys, model):
    out, err = run(capsys, folder, "--model", model, "--top", 3)
    assert err == ""
    for song, line in zip(songs(folder), texts(out), strict=True):
        best = top_tags(song, top=3, model=model)
        assert line == [song, *(f for t, p in best for f in (t, f"{p:.3f}"))]


def test_forms_say_the_same(folder, capsys):
    song = songs(folder)[0]
    best = top_tags(song)
    entry = json.loads(run(capsys, song, "--json").out)
    assert list(entry) == ["path", "labels", "proba", "error"]
    assert (entry["path"], entry["error"]) == (song, None)
    assert entry["labels"] == [tag for tag, _ in best]
    assert entry["proba"] == pytest.approx([p for _, p in best])
    (row,) = csv.DictReader(io.StringIO(run(capsys, song, "--csv").out))
    assert row["path"] == song
    assert [row[f"label_{k}"] for k in range(1, 6)] == entry["labels"]
    assert [float(row[f"proba_{k}"]) for k in range(1, 6)] == entry["proba"]


def test_over_time_there_is_a_line_for_each_window(folder, capsys):
    song = songs(folder)[0]
    args = (song, "--over-time", "--hop", 1.5, "--top", 2)
    found = taggram(song, hop=1.5)
    printed = run(capsys, *args, "--json").out
    entries = [json.loads(line) for line in printed.splitlines()]
    assert [entry["time"] for entry in entries] == found.times.tolist()
    for entry, row in zip(entries, found.values, strict=True):
        best = row.argsort()[::-1][:2]
        assert entry["labels"] == [found.tags[k] for k in best]
        assert entry["proba"] == pytest.approx(row[best].tolist())
    lines = texts(run(capsys, *args).out)
    for line, entry in zip(lines, entries, strict=True):
        assert line[:3] == [song, f"{entry['time']:.3f}", entry["labels"][0]]
    rows = [*csv.DictReader(io.StringIO(run(capsys, *args, "--csv").out))]
    assert [float(row["time"]) for row in rows] == found.times.tolist()
    assert [row["label_2"] for row in rows] == [entry["labels"][1] for entry in entries]


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
@pytest.mark.parametrize("over_time", [[], ["--over-time"]])
def test_files_that_cannot_be_tagged(folder, tmp_path, capsys, form, over_time):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no audio at all")
    (tmp_path / "empty").mkdir()
    files = [songs(folder)[1], bad, "gone.mp3", tmp_path / "empty", songs(folder)[1]]
    out, err = run(capsys, *files, *form, *over_time, status=1)
    assert [line.split(": ")[1] for line in err.splitlines()] == [*map(str, files[1:4])]
    assert err.startswith("sklearn-genre tags: ")
    lines = out.splitlines()[form == ["--csv"] :]
    if form != ["--json"]:
        assert len(lines) == 2
        return
    entries = [json.loads(line) for line in lines]
    assert [entry["error"] is None for entry in entries] == [1, 0, 0, 0, 1]
    if over_time:
        assert [entry["time"] for entry in entries] == [0, None, None, None, 0]


@pytest.mark.slow
def test_songs_at_the_same_time(folder, capsys):
    files = [*songs(folder), "gone.mp3", *songs(folder)]
    one = run(capsys, *files, status=1)
    assert run(capsys, *files, "--n-jobs", 2, status=1) == one


@pytest.mark.parametrize(
    ("option", "word"),
    [("--hop=0", "hop"), ("--top=0", "top"), ("--device=abacus", "abacus")],
)
def test_bad_options_end_the_command(folder, capsys, option, word):
    out, err = run(capsys, folder, option, status=2)
    assert out == ""
    assert word in err
    assert len(err.splitlines()) == 1


def test_the_models_are_those_that_there_are():
    for model in TAGS:
        assert _parser().parse_args(["tags", "a.mp3", "--model", model]).model == model
    with pytest.raises(SystemExit):
        _parser().parse_args(["tags", "a.mp3", "--model", "vgg"])


@pytest.mark.slow
def test_long_songs_are_never_in_memory(tmp_path, capsys, rng):
    minutes, noise = 24, 0.1 * rng.standard_normal(16000 * 60)
    with soundfile.SoundFile(tmp_path / "long.flac", "w", 16000, 1) as file:
        for _ in range(minutes):
            file.write(noise)
    tracemalloc.start()
    run(capsys, tmp_path / "long.flac", "--hop", 60)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # the samples alone would take 92 MB
    assert peak < 80e6


# -- models of one's own --------------------------------------------------------------
def test_train_on_what_the_tagger_hears(tmp_path, capsys):
    made = make_genre_audio(3, genres=["dub", "waltz"], duration=4.0, random_state=0)
    for k, (wave, genre) in enumerate(zip(made.audio, made.target, strict=True)):
        (tmp_path / "songs" / genre).mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "songs" / genre / f"{k}.wav", wave, 22050)
    out = tmp_path / "model.joblib"
    args = ["train", str(tmp_path / "songs"), "--out", str(out), "--cv", "3"]
    assert main([*args, "--recipe", "pretrained", "--excerpts", "2"]) == 2
    assert "--excerpts is not of --recipe pretrained" in capsys.readouterr().err
    assert main([*args, "--recipe", "pretrained"]) == 0
    assert "3-fold by song: accuracy" in capsys.readouterr().out
    model = joblib.load(out)
    assert list(model.named_steps) == ["embedding", "scale", "classifier"]
    assert main(["predict", str(out), str(tmp_path / "songs" / "dub")]) == 0
    assert [line[1] for line in texts(capsys.readouterr().out)] == ["dub"] * 3


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
@pytest.mark.parametrize("named", [True, False])
def test_tags_of_a_saved_model_are_names(folder, tmp_path, capsys, form, named):
    y = pd.DataFrame([[1, 0], [0, 1]], columns=["slow, soft", "fast"])
    neighbor = KNeighborsClassifier(1)
    # scikit-learn's own numbers its tags
    last = SliceVotingClassifier(neighbor) if named else tagger()
    model = make_pipeline(MelSpectrogram(duration=1.0), SummaryStats(), last)
    joblib.dump(model.fit(songs(folder), y), tmp_path / "model.joblib")
    args = [str(tmp_path / "model.joblib"), songs(folder)[0], "--top", "2", *form]
    assert main(["predict", *args]) == 0
    out = capsys.readouterr().out
    if form == ["--json"]:
        labels = json.loads(out)["labels"]
        assert labels == (["slow, soft", "fast"] if named else [0, 1])
        return
    if form == ["--csv"]:
        (row,) = csv.DictReader(io.StringIO(out))
        labels = [row["label_1"], row["label_2"]]
    else:
        ((_, first, _, second, _),) = texts(out)
        labels = [first, second]
    assert labels == (["slow, soft", "fast"] if named else ["0", "1"])


def test_published_taggers_are_models_of_predict(folder, capsys):
    assert main(["predict", "musicnn-mtt", songs(folder)[0], "--top", "3"]) == 0
    predicted = texts(capsys.readouterr().out)
    out, _ = run(capsys, songs(folder)[0], "--model", "mtt", "--top", 3)
    assert predicted == texts(out)
    assert np.isfinite(float(predicted[0][2]))


@pytest.fixture
def tagged_songs(tmp_path):
    """A table of 12 songs of six artists, with one tag per genre and a rare one."""
    made = make_genre_audio(6, genres=["dub", "waltz"], duration=4.0, random_state=0)
    rows = ["path,group,tags"]
    for k, (wave, genre) in enumerate(zip(made.audio, made.target, strict=True)):
        soundfile.write(tmp_path / f"{k}.wav", wave, 22050)
        rows.append(f"{k}.wav,artist{k % 6},{genre}{'|rare' * (k == 0)}")
    (tmp_path / "songs.csv").write_text("\n".join(rows))
    return str(tmp_path / "songs.csv")


def test_train_and_evaluate_on_tags(tagged_songs, tmp_path, capsys):
    out, page = str(tmp_path / "tags.skops"), tmp_path / "tags.html"
    options = ["--cv", "2", "--report", str(page)]
    assert main(["train", tagged_songs, "--out", out, *options]) == 0
    said = capsys.readouterr().out
    assert said.startswith("12 songs with 3 tags\n")
    assert "left out, on fewer than 5 songs or on nearly all: rare" in said
    assert "2-fold by artist: macro ROC-AUC 1.000" in said
    assert "tag" in said
    assert "dub over" not in page.read_text("utf-8")
    model = load_model(out)
    assert model.classes_.tolist() == ["dub", "waltz"]
    assert "12: dub (6), waltz (6)" in model_card(out)
    assert main(["predict", out, str(tmp_path / "0.wav"), "--top", "2"]) == 0
    assert texts(capsys.readouterr().out)[0][1] == "dub"
    (tmp_path / "songs.csv").write_text(
        (tmp_path / "songs.csv").read_text().replace("|rare", "")
    )
    assert main(["evaluate", out, tagged_songs]) == 0
    assert "macro ROC-AUC 1.000" in capsys.readouterr().out
    assert main(["compare", out, out, tagged_songs]) == 2
    assert "compare takes one genre per song" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cv", "7"], "--cv must be from 2 to 6 here, the number of artists"),
        (["--excerpts", "2"], "--excerpts is not of --recipe pretrained"),
        (["--epochs", "2"], "--epochs has no effect with --recipe pretrained"),
    ],
)
def test_options_that_tags_have_not(tagged_songs, tmp_path, capsys, options, said):
    args = ["train", tagged_songs, "--out", str(tmp_path / "m.skops"), *options]
    assert main(args) == 2
    assert said in capsys.readouterr().err


def test_a_network_learns_tags_too(tagged_songs, tmp_path, capsys):
    out = str(tmp_path / "net.skops")
    options = ["--recipe", "pun_dense", "--epochs", "1", "--cv", "0", "--device", "cpu"]
    assert main(["train", tagged_songs, "--out", out, *options]) == 0
    assert load_model(out).classes_.tolist() == ["dub", "waltz"]


def test_tags_that_teach_nothing(tmp_path, capsys):
    rows = [f"{k}.wav,{'a' if k else 'b'}" for k in range(4)]
    (tmp_path / "songs.csv").write_text("\n".join(["path,tags", *rows]))
    for k in range(4):
        soundfile.write(tmp_path / f"{k}.wav", np.ones(8000), 8000)
    table, out = str(tmp_path / "songs.csv"), str(tmp_path / "m.skops")
    assert main(["train", table, "--out", out]) == 2
    assert "no tag is on 5 or more songs" in capsys.readouterr().err
