"""``evaluate``, ``compare``, ``info``, ``recipes``, and what ``train`` prints."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest
from sklearn.utils import get_tags

from sklearn_genre import evaluate, load_folder, load_model, recipes
from sklearn_genre.cli import main
from sklearn_genre.cli._recipe import make_model, recipe_names
from sklearn_genre.cli._train import divide


@pytest.fixture(scope="module")
def models(folder, tmp_path_factory):
    """Two models, by the command."""
    place = tmp_path_factory.mktemp("models")
    for name in ("fast", "pretrained"):
        args = ["--recipe", name, "--out", str(place / f"{name}.skops"), "--cv", "0"]
        assert main(["train", str(folder), *args]) == 0
    return place


def test_train_prints_its_report(folder, tmp_path, capsys):
    page = tmp_path / "report.html"
    args = ["train", str(folder), "--recipe", "fast", "--group-by", "artist"]
    args += ["--out", str(tmp_path / "m.skops")]
    assert main([*args, "--report", str(page)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "3 folds instead of 5: the smallest genre, 'dub', has 3 artists\n" in out
    assert "3-fold by artist: accuracy" in out
    assert "By chance, always the most frequent genre: 0.500." in out
    assert "6 songs are few" in out
    for words in ("genre  precision  recall", "\ndub ", "\nwaltz "):
        assert words in out
    assert page.read_text("utf-8").startswith("<!")
    assert (
        main([*args, "--overwrite", "--report", str(tmp_path / "no" / "r.html")]) == 2
    )
    assert "no folder" in capsys.readouterr().err


def manifest(folder, place, columns="path,label,group"):
    """A table of the songs."""
    rows = [columns]
    for path in sorted(folder.rglob("*.wav")):
        row = {"path": path.relative_to(folder), "label": path.parts[-3]}
        row |= {"group": path.parts[-2], "tags": "slow"}
        rows.append(",".join(str(row[name]) for name in columns.split(",")))
    shutil.copytree(folder, place, dirs_exist_ok=True)
    (place / "songs.csv").write_text("\n".join(rows))
    return str(place / "songs.csv")


def test_a_table_in_place_of_a_folder(folder, tmp_path, capsys):
    args = ["--recipe", "fast", "--out", str(tmp_path / "m.skops"), "--cv", "3"]
    assert main(["train", manifest(folder, tmp_path), *args]) == 0
    assert "3-fold by artist: accuracy" in capsys.readouterr().out
    alone = manifest(folder, tmp_path, "path,label")
    assert main(["train", alone, *args, "--overwrite"]) == 0
    assert "random 3-fold by song" in capsys.readouterr().out
    assert main(["train", alone, *args, "--overwrite", "--group-by", "artist"]) == 2
    assert "has no column group" in capsys.readouterr().err


def test_evaluate(folder, models, tmp_path, capsys):
    model, page = str(models / "fast.skops"), tmp_path / "r.html"
    assert main(["evaluate", model, str(folder), "--report", str(page)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    report = evaluate(load_model(model), load_folder(folder), protocol="fitted")
    assert report.summary() in out
    assert "Not checked: whether these songs" in out
    assert "No leak" not in out
    assert page.exists()


def test_evaluate_of_other_genres(folder, capsys):
    assert main(["evaluate", "gtzan", str(folder)]) == 2
    said = capsys.readouterr().err
    assert "the model knows none of these genres, dub, waltz, but blues, class" in said


def test_compare(folder, models, tmp_path, capsys):
    names = [str(models / f"{name}.skops") for name in ("fast", "pretrained")]
    assert main(["compare", *names, str(folder)]) == 0
    out = capsys.readouterr().out
    assert "McNemar" in out
    assert "Not checked: whether these songs" in out
    other = manifest(folder, tmp_path).replace("songs.csv", "other.csv")
    table = Path(other).with_name("songs.csv").read_text().replace("dub,", "rock,")
    Path(other).write_text(table)
    assert main(["compare", names[0], "gtzan", other]) == 2
    assert "needs models of the same genres" in capsys.readouterr().err


def test_info(models, capsys):
    assert main(["info", str(models / "fast.skops")]) == 0
    out = capsys.readouterr().out
    for words in (
        "answers:  2: dub, waltz\n",
        "steps:    front_end MelSpectrogram > slice Slicer > ",
        "saved by: sklearn_genre ",
        "\n# Model trained by sklearn-genre train\n",
    ):
        assert words in out
    assert main(["info", "gtzan"]) == 0
    assert "# gtzan" in capsys.readouterr().out
    assert main(["info", "musicnn-mtt"]) == 0
    assert capsys.readouterr().out.endswith("card:     none\n")


def test_every_recipe_is_listed(capsys):
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines]
    others = {"SYSTEMS", "System", "pun_features", "tzanetakis_features"}
    assert set(names) == set(recipes.__all__) - others
    assert names[0] == "pretrained"
    (one,) = [line for line in lines if line.startswith("lachmish_cnn ")]
    said = "599 windows of 100 ms (Lachmish 2016); 11.40 to 87.47 million weights"
    assert one.endswith(said)
    assert not [line for line in lines if "weights" in line and "pun_svm" in line]


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_learns_from_songs_or_says_why_not(name):
    given = dict.fromkeys(("excerpts", "device", "epochs", "checkpoint"))
    args = Namespace(recipe=name, seed=0, n_jobs=1, **given)
    if name == "jones_dnn":
        with pytest.raises(ValueError, match="jones_dnn learns from tables of feat"):
            make_model(args)
        return
    front_end, learner = divide(make_model(args))
    assert not any(get_tags(step).requires_fit for _, step in front_end)
    assert get_tags(learner[0]).requires_fit
    assert hasattr(learner, "predict")


def test_a_network_of_two_inputs_by_name(folder, tmp_path):
    args = ["train", str(folder), "--out", str(tmp_path / "m.skops"), "--cv", "2"]
    assert main([*args, "--recipe", "pun_hybrid", "--epochs", "1"]) == 0
    assert load_model(tmp_path / "m.skops").predict([next(folder.rglob("*.wav"))])


def test_recipes_by_name(folder, tmp_path, capsys):
    args = ["train", str(folder), "--out", str(tmp_path / "m.skops"), "--cv", "0"]
    assert main([*args, "--recipe", "knn"]) == 0
    assert load_model(tmp_path / "m.skops").predict([next(folder.rglob("*.wav"))])
    assert main([*args, "--overwrite", "--recipe", "lachmish"]) == 2
    assert "no recipe 'lachmish'. Did you mean lachmish_cnn?" in capsys.readouterr().err
    assert main([*args, "--overwrite", "--recipe", "fast", "--epochs", "2"]) == 2
    assert "--epochs has no effect with --recipe fast" in capsys.readouterr().err
