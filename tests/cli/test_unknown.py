"""What the command says of files that are like nothing in the training."""

import csv
import io
import json

import joblib
import numpy as np
import pytest
import soundfile

from sklearn_genre import make_genre_audio
from sklearn_genre.cli import main


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model that the command trained, and the folder with its songs."""
    folder = tmp_path_factory.mktemp("unknown")
    made = make_genre_audio(11, genres=["dub", "waltz"], duration=3.0)
    rows = zip(made.audio, made.target, made.groups, strict=True)
    for k, (wave, genre, artist) in enumerate(rows):
        place = folder / "songs" / genre / f"artist {artist}"
        place.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / f"{k}.wav", wave, made.sample_rate)
    args = ["train", str(folder / "songs"), "--out", str(folder / "model.joblib")]
    args += ["--group-by", "artist", "--cv", "0"]  # the default recipe
    assert main(args) == 0
    noise = np.random.default_rng(0).normal(size=48000) * 0.1
    soundfile.write(folder / "noise.wav", noise, 16000)
    return folder


def test_noise_is_told_in_words(trained, capsys):
    capsys.readouterr()
    song = str(next((trained / "songs" / "dub").rglob("*.wav")))
    files = [song, str(trained / "noise.wav")]
    assert main(["predict", str(trained / "model.joblib"), *files]) == 0
    known, unknown = capsys.readouterr().out.splitlines()
    assert known.split("\t")[1] == "dub"
    assert len(known.split("\t")) == 3
    assert unknown.split("\t")[3] == "nothing like it in the training"
    assert main(["predict", str(trained / "model.joblib"), *files, "--json"]) == 0
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["unknown"] for entry in entries] == [False, True]
    assert entries[0]["fit"] > 0.05 >= entries[1]["fit"]
    assert main(["predict", str(trained / "model.joblib"), *files, "--csv"]) == 0
    rows = [*csv.DictReader(io.StringIO(capsys.readouterr().out))]
    assert [row["unknown"] for row in rows] == ["False", "True"]
    assert [float(row["fit"]) for row in rows] == [entry["fit"] for entry in entries]


def test_a_table_of_a_model_that_abstains(trained, tmp_path, capsys):
    model = joblib.load(trained / "model.joblib")
    model[-1].set_params(rejection_rate=0.05)
    joblib.dump(model, tmp_path / "model.joblib")
    noise = str(trained / "noise.wav")
    args = ["predict", str(tmp_path / "model.joblib"), noise, "--csv", "--top", "2"]
    assert main(args) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["label_1"], row["label_2"], row["unknown"]) == ("unknown", "", "True")
    assert float(row["fit"]) <= 0.05


def test_the_fit_is_measured_on_songs_of_other_artists(trained):
    model = joblib.load(trained / "model.joblib")
    paths = sorted((trained / "songs").rglob("*.wav"))
    y = [path.parts[-3] for path in paths]
    X = model[:-1].transform([str(path) for path in paths])
    other = joblib.load(trained / "model.joblib")[-1]
    other.fit(X, y, groups=[path.parts[-2] for path in paths])
    np.testing.assert_allclose(model[-1].held_out_scores_, other.held_out_scores_)
    without = other.fit(X, y).held_out_scores_
    assert np.abs(model[-1].held_out_scores_ - without).max() > 0.01
