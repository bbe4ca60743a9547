"""The pages of the guide: their Python runs as it stands, on small music."""

import re

import numpy as np
import pandas
import pytest
import soundfile
from helpers import ROOT
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

import sklearn_genre
from sklearn_genre import (
    CRNNClassifier,
    MelSpectrogram,
    load_folder,
    make_genre_audio,
    recipes,
    save_model,
)

# what takes long, and what takes as long as a test may
SHORTER = {
    r"duration=30\.0": "duration=1.0, n_mels=16",
    r"MelSpectrogram\(\)": "MelSpectrogram(n_mels=16)",
    r"max_epochs=\d+": "max_epochs=1",
    r"slice_length=258": "slice_length=25",
    r"recipes\.best\(\)": "recipes.fast()",
    r"GroupKFold\(5": "GroupKFold(3",
    '"cuda"': '"cpu"',
    r"n_jobs=(-1|\d)": "n_jobs=1",
    r"max_epochs=200, checkpoint": "max_epochs=1, checkpoint",
    r"rejection_rate=0\.05": "rejection_rate=0.2",
    r"LogisticRegression\(\)": "LogisticRegression(), rejection_rate=0.2",
    r"evaluate\((recipes.fast\(\)|model), data\)": r"evaluate(\1, data, n_splits=2)",
    "cv=5": "cv=2",
    r"recipes\.panwar_crnn\(.*\)": "small_tagger",
}
# blocks that need what is not here, by what is in them
ELSEWHERE = r"load_gtzan|trusted=|evaluate\(tagger|embedding__layer|fetch_previews"
ELSEWHERE += r"|load_magnatagatune|load_fma|load_msd|load_feature_table"
PAGES = [
    "README",
    "docs/index",
    *(f"docs/user_guide/{page}" for page in ("audit", "data_sets", "first_model")),
    *(f"docs/user_guide/{page}" for page in ("gpu", "large_data", "reports")),
    *(f"docs/user_guide/{page}" for page in ("saving_models", "slices", "tagging")),
    "docs/user_guide/unknown_music",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A place with songs by genre and artist, and a model of them."""
    place = tmp_path_factory.mktemp("guide")
    songs = make_genre_audio(6, genres=("dub", "techno"), duration=1.5)
    rows = zip(songs.audio, songs.target, songs.groups, strict=True)
    for k, (y, genre, artist) in enumerate(rows):
        folder = place / "music" / genre / artist
        folder.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / f"{k}.wav", y, songs.sample_rate)
    soundfile.write(place / "new song.mp3", y, songs.sample_rate)
    for name in ("song.mp3", "book.mp3"):
        (place / name).symlink_to("new song.mp3")
    (place / "new music").symlink_to(place / "music")
    data = load_folder(place / "music", groups="artist")
    data.split = np.tile(["train", "valid", "test"], 4)
    rows = zip(data.paths, data.target, strict=True)
    lines = [f"{path},{y},slow|loud" for path, y in rows]
    (place / "songs.csv").write_text("\n".join(["path,label,tags", *lines]))
    return place, data, recipes.fast().fit(data.paths, data.target)


def given(page, place, data, model):
    """What a page leaves to its reader: data of these names, and imports."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal((12, 16, 9)).astype("float32")
    names = {name: getattr(sklearn_genre, name) for name in sklearn_genre.__all__}
    names |= dict(make_pipeline=make_pipeline, StandardScaler=StandardScaler)
    names |= dict(model=model, data=data, songs=data, paths=data.paths)
    names |= dict(images=images, spectrograms=list(images), genres=data.target)
    names |= dict(X=images, y=data.target, artists=data.groups, to_decibels=np.abs)
    names["frame"] = pandas.DataFrame({"path": data.paths})
    if page.endswith("unknown_music"):
        names |= dict(X=images.mean(axis=2), LogisticRegression=LogisticRegression)
    if page.endswith("tagging"):
        tags = np.stack([data.target == "dub", np.arange(12) % 2], axis=1)
        tagged = {"target": tags.astype(int), "target_names": ["dub", "odd"]}
        names["data"] = Bunch(**{**data, **tagged})
        mel, crnn = (
            MelSpectrogram(duration=1.0, n_mels=16),
            CRNNClassifier(max_epochs=1),
        )
        names["small_tagger"] = Pipeline([("front_end", mel), ("classifier", crnn)])
    return names


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_its_python_runs(page, made, monkeypatch, tmp_path):
    place, _, model = made
    monkeypatch.chdir(place)
    save_model(model, "genres.skops")
    text = (ROOT / f"{page}.md").read_text("utf-8")
    text = text.replace('load_folder("music")', 'load_folder("music", groups="artist")')
    text = text.replace("mel.npy", str(tmp_path / "mel.npy"))
    for long, short in SHORTER.items():
        text = re.sub(long, short, text)
    names = given(page, *made)
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        if not re.search(ELSEWHERE, block):
            exec(block, names)
