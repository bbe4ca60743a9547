"""The examples of the sources, run as a user runs them, on little data."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sklearn_genre import make_genre_audio, recipes

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(name, *args):
    """Standard output of an example; a warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


SHARES = {"accuracy_by_song", "accuracy_by_artist"}
FEATURES = ("mel", "mel_in_db", "mfcc")
PICTURES = {
    "jones_cnn": {*SHARES, "confusion_1", "confusion_2"},
    "pun_hybrid": {*SHARES, "confusion", "spectrograms"},
    "lachmish_cnn": {"filters"}
    | {f"{kind}_{feature}" for kind in ("confusion", "tsne") for feature in FEATURES},
}


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("jones_cnn", "jones_cnn"), ("lachmish_cnn", "lachmish"), ("pun_hybrid", "pun_")],
)
def test_example(name, prefix, tmp_path):
    out = run(
        *(name, "--clips", "4", "--epochs", "1", "--device", "cpu"),
        *("--plots", tmp_path),
    )
    shown = [
        s.summary()
        for s in recipes.SYSTEMS
        if s.recipe.startswith(prefix) and s.summary() in out
    ]
    assert len(shown) >= 2
    n_measured = len(re.findall(r"^(?:\S.*: (?:accuracy|no figure))", out, re.M))
    assert n_measured >= len(shown)
    for line in ("random 2-fold by song: accuracy", "2-fold by artist: accuracy"):
        assert out.count(line) == n_measured
    assert out.count("32 songs, 16 artists, chance 0.125") == 2 * n_measured
    assert {path.stem for path in tmp_path.glob("*.png")} == PICTURES[name]
    assert f"\n{len(PICTURES[name])} pictures" in out


@pytest.fixture
def table_of_songs(tmp_path):
    """A table of 16 songs of a second, by four artists of two genres."""
    genres = ("chorale", "techno")
    songs = make_genre_audio(
        8,
        n_artists_per_genre=2,
        genres=genres,
        duration=1.0,
        directory=tmp_path / "songs",
    )
    rows = zip(songs.paths, songs.target, songs.groups, strict=True)
    lines = ["path,label,artist"]
    for path, genre, artist in rows:
        lines.append(f"{Path(path).relative_to(tmp_path).as_posix()},{genre},{artist}")
    (tmp_path / "songs.csv").write_text("\n".join(lines))
    return tmp_path / "songs.csv"


def test_pieces_of_a_table_of_songs(table_of_songs):
    out = run(
        *("softmax_autoencoder", "--data", table_of_songs, "--pieces", "20"),
        *("--epochs", "1", "--folds", "2", "--device", "cpu"),
    )
    assert "16 songs of 4 artists, 320 pieces" in out


def test_few_genres_and_windows():
    args = ("--clips", "4", "--epochs", "1", "--device", "cpu")
    out = run("lachmish_cnn", "--few-genres", *args)
    assert re.findall(r"^(\d) genres: ", out, re.M) == ["2", "3", "4"]
    assert out.count("16 songs, 8 artists, chance 0.250") == 2
    out = run("lachmish_cnn", "--windows", *args)
    tried = re.findall(r"^ +(\d+) ms every (\d+) ms +[01]\.\d{3}$", out, re.M)
    assert len(set(tried)) == 6
    assert ("100", "40") in tried
    assert "accuracy on 16 songs of other artists" in out


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("lachmish_cnn", ("--windows", "--images", "x.npz"), "--windows needs audio"),
        ("lachmish_cnn", ("--few-genres", "--plots", "x"), "--plots draws all genres"),
        ("panwar_crnn", ("--data", __file__), "a table of songs goes to --manifest"),
        ("panwar_crnn", ("--split", "artist"), "--split and --checkpoint need"),
        ("jones_dnn", ("--split", "x.cls"), "--split need --msd or --table"),
    ],
)
def test_options_without_effect_are_refused(name, args, words):
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *args]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert words in done.stderr


FIGURES_OF_TAGS = ("fig5_loss.png", "fig6_tags.png", "fig7_roc_auc.png", "tags.png")


def test_example_of_tags(tmp_path):
    out = run(
        *("panwar_crnn", "--clips", "2", "--epochs", "1", "--device", "cpu"),
        *("--plots", tmp_path),
    )
    assert {path.name for path in tmp_path.iterdir()} == {*FIGURES_OF_TAGS}
    assert "roc_auc 0.893 (MagnaTagATune, 19,773/1,521/4,566 clips at random" in out
    for title in ("Random by clip", "By artist"):
        assert f"{title}: 16 clips, 16 artists, 7 tags" in out
    # chance follows from the styles: 24 of 56 pairs of style and tag
    assert out.count("chance 0.429") == out.count("no tag at all 0.571") == 2
    assert all(tag in out for tag in ("kick drum", "organ", "voice"))


@pytest.mark.parametrize(
    ("system", "name"),
    [("dieleman", "1-D convolutions of"), ("multiscale", "multi-scale k-means")],
)
def test_example_of_tags_with_a_comparator(system, name):
    out = run(
        *("panwar_crnn", "--clips", "2", "--epochs", "1", "--device", "cpu"),
        *("--system", system),
    )
    assert name in out
    assert "By artist: 16 clips, 16 artists, 7 tags" in out


@pytest.fixture
def tagged(tmp_path):
    """A folder of 24 clips of a second by 12 artists, as MagnaTagATune is laid out."""
    songs = make_genre_audio(3, duration=1.0, directory=tmp_path / "made")
    rows = ["clip_id,mp3_path,tags"]
    tags = ("guitar|slow", "techno|beat", "opera|slow", "guitar|techno")
    for k, path in enumerate(songs.paths):
        # folders 0, c and f: train, valid and test
        name = f"{'00c00f'[k % 6]}/band_{k % 12}-disc-01-song_{k}-0-29.mp3"
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        Path(path).rename(target)
        rows.append(f"{k},{name},{tags[k % 4]}")
    (tmp_path / "annotations.csv").write_text("\n".join(rows))
    return tmp_path


def test_experiment_of_tags(tagged, tmp_path):
    out = run(
        *("panwar_crnn", "--magnatagatune", tagged, "--split", "published"),
        *("--duration", "1", "--epochs", "2", "--device", "cpu"),
        *("--features", tmp_path / "mel.npy", "--plots", tmp_path / "plots"),
    )
    assert "train: 16 clips" in out
    assert "valid: 4 clips" in out
    assert "test: 4 clips" in out
    assert re.search(r"^ +0\.893  CRNN$", out, re.M)  # Table 4
    assert re.search(r"^ +0\.\d{3}  here: panwar, .*, split published$", out, re.M)
    # 8 of 200 cells are ones
    assert "no tag at all 0.9600" in out
    assert len(re.findall(r"^  [a-z ]+ 0\.\d{3} (?:TP|FP|TN|FN)$", out, re.M)) == 50
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {*FIGURES_OF_TAGS}


def test_experiment_of_tags_keeps_artists_apart(tagged):
    table = (tagged / "annotations.csv").read_text().splitlines()[1:]
    # each of the 12 artists has a song of both kinds
    lines = [
        f"{path},{path[2:].partition('-')[0]},{'guitar|slow' if k < 12 else 'beat'}"
        for k, path in enumerate(line.split(",")[1] for line in table)
    ]
    (tagged / "songs.csv").write_text("\n".join(["path,artist,tags", *lines]))
    out = run(
        *("panwar_crnn", "--manifest", tagged / "songs.csv", "--n-tags", "3"),
        *("--duration", "1", "--epochs", "1", "--device", "cpu"),
        *("--checkpoint", tagged / "unfinished"),
    )
    assert (tagged / "unfinished").is_dir()
    artists = re.findall(r"^(?:train|valid|test): \d+ clips, (\d+) artists", out, re.M)
    assert sum(map(int, artists)) == 12
    assert "3 tags" in out
    assert "split artist" in out


@pytest.mark.parametrize(
    ("system", "learned", "without"),
    [
        ("hamel", "A network: fitted on the part train, its epoch", set()),
        (
            "transfer",
            "No network: fitted on the part train alone",
            {"fig5_loss.png", "fig7_roc_auc.png"},
        ),
    ],
)
def test_experiment_of_tags_with_a_comparator(system, learned, without, tagged):
    table = (tagged / "annotations.csv").read_text().splitlines()[1:]
    # an artist per song and few tags, so that all parts have all tags
    lines = [
        f"{line.split(',')[1]},artist {k},{('guitar', 'slow')[k % 2]}"
        for k, line in enumerate(table)
    ]
    (tagged / "songs.csv").write_text("\n".join(["path,artist,tags", *lines]))
    out = run(
        *("panwar_crnn", "--manifest", tagged / "songs.csv", "--system", system),
        *("--duration", "1", "--epochs", "2", "--device", "cpu"),
        *("--plots", tagged / "plots"),
    )
    assert learned in out
    # of so few songs some draws have no score, and then the bounds are none
    interval = r"\d\.\d{3} \[\S+, \S+\]"
    found = re.findall(rf"^  (\w+) +{interval}  (\w+)$", out, re.M)
    assert found == [("instrument", "guitar"), ("mood", "slow")]
    drawn = {path.name for path in (tagged / "plots").iterdir()}
    assert drawn == {*FIGURES_OF_TAGS} - without


def test_experiment_on_a_table_of_the_million_song_dataset(tmp_path, rng):
    genres = ["Rap", "Rock", "Jazz"] * 20
    ids = [f"TR{k:03d}" for k in range(60)]
    X = rng.normal(size=(60, 2)) + 8 * np.eye(3)[np.arange(60) % 3, :2]
    rows = [f"{k},{x[0]},{x[1]}" for k, x in zip(ids, X, strict=True)]
    parts = ["TRAIN" if k < 45 else "TEST" for k in range(60)]
    tables = {
        "features.csv": ["id,a,b", *rows],
        "genres.cls": [f"{k}\t{g}" for k, g in zip(ids, genres, strict=True)],
        "split.cls": [f"{k}\t{p}" for k, p in zip(ids, parts, strict=True)],
    }
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines))
    out = run(
        *("jones_dnn", "--table", tmp_path / "features.csv"),
        *("--labels", tmp_path / "genres.cls", "--split", tmp_path / "split.cls"),
        *("--epochs", "60", "--plots", tmp_path / "plots", "--device", "cpu"),
    )
    assert "60 songs, 2 features, 3 genres" in out
    assert "two hidden layers: accuracy 0.67 (Million Song Dataset" in out
    found = re.findall(r"published lists, trained on train: accuracy (\S+)", out)
    assert len(found) == 2
    assert min(map(float, found)) > 0.9
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == {
        *("training", "confusion")
    }


def test_example_on_track_files(data_dir):
    folder = data_dir / "msd"
    out = run(
        *("jones_dnn", "--msd", folder / "h5", "--epochs", "2", "--device", "cpu"),
        *("--labels", folder / "msd_tagtraum_cd1.cls.zip"),
    )
    assert "left out, with fewer than 3 songs: Country, Jazz, RnB" in out
    assert "41 songs, 74 features, 4 genres" in out
    assert out.count("3-fold by artist: accuracy") == 2


def test_example_of_pieces(tmp_path):
    out = run(
        "softmax_autoencoder",
        *("--clips", "8", "--pieces", "5", "--epochs", "2", "--folds", "2"),
        *("--device", "cpu", "--plots", str(tmp_path / "pictures")),
    )
    assert "accuracy 0.582 (GTZAN, 4 genres, 6,000 slices to train" in out
    for split in ("pieces (LEAKS)", "songs", "artists"):
        line = re.search(rf"^here: {re.escape(split)} +(.*)$", out, re.M)
        scores = [float(score) for score in line[1].split()]
        assert len(scores) == 3
        assert all(0 <= score <= 1 for score in scores)
    assert "32 songs of 16 artists, 160 pieces" in out
    # losses and accuracies of both sides by epoch, as in the log of the report
    assert len(re.findall(r"^ +[12](?: +\d+\.\d{3}){4}$", out, re.M)) == 2
    assert re.search(r"most frequent genre +0\.250$", out, re.M)
    assert re.search(r"^ +chorale( +[01]\.\d\d){3} +\d+$", out, re.M)
    assert re.search(r"^ +16 values: autoencoder \d\.\d\d, PCA \d\.\d\d$", out, re.M)
    names = {"confusion", "samples", "logits", "training", "reconstruction"}
    assert {path.stem for path in (tmp_path / "pictures").glob("*.png")} == names


def test_every_source_has_an_example():
    scripts = {path.stem for path in EXAMPLES.glob("*.py")}
    assert scripts >= {
        "jones_cnn",
        "panwar_crnn",
        "lachmish_cnn",
        "pun_hybrid",
        "softmax_autoencoder",
    }
