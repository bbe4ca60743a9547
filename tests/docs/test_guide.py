"""The pages of the guide: their Python runs as it stands, on small music."""

import re

import numpy as np
import pytest
import soundfile
from helpers import ROOT

from sklearn_genre import load_folder, make_genre_audio, recipes, save_model

# what takes long, and what takes as long as a test may
SHORTER = {
    r"duration=30\.0": "duration=1.0, n_mels=16",
    r"MelSpectrogram\(\)": "MelSpectrogram(n_mels=16)",
    r"max_epochs=\d+": "max_epochs=1",
    r"slice_length=258": "slice_length=25",
    r"recipes\.best\(\)": "recipes.fast()",
    r"GroupKFold\(5": "GroupKFold(3",
    '"cuda"': '"cpu"',
}
# blocks that need what is not here, by what is in them
ELSEWHERE = r"load_gtzan|trusted=|evaluate\(tagger|embedding__layer"
PAGES = [
    "index",
    "user_guide/first_model",
    "user_guide/gpu",
    "user_guide/reports",
    "user_guide/saving_models",
    "user_guide/slices",
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
    (place / "new music").symlink_to(place / "music")
    data = load_folder(place / "music", groups="artist")
    return place, data, recipes.fast().fit(data.paths, data.target)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_its_python_runs(page, made, monkeypatch):
    place, data, model = made
    monkeypatch.chdir(place)
    save_model(model, "genres.skops")
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    text = text.replace('load_folder("music")', 'load_folder("music", groups="artist")')
    for long, short in SHORTER.items():
        text = re.sub(long, short, text)
    spectrograms = list(np.zeros((12, 16, 9)))
    names = dict(model=model, paths=data.paths, spectrograms=spectrograms)
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        if not re.search(ELSEWHERE, block):
            exec(block, names)
