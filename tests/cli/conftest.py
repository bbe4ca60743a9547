"""Songs and a model that the tests of the command share."""

import pytest
import soundfile

from sklearn_genre import make_genre_audio
from sklearn_genre.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six songs of two genres by six artists, as genre/artist/song.wav."""
    folder = tmp_path_factory.mktemp("songs")
    songs = make_genre_audio(3, genres=["dub", "waltz"], duration=4.0, random_state=0)
    for i, (song, genre) in enumerate(zip(songs.audio, songs.target, strict=True)):
        place = folder / genre / f"artist{i}"
        place.mkdir(parents=True)
        soundfile.write(place / "song.wav", song, 22050)
    return folder


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    """A model trained by the command."""
    path = tmp_path_factory.mktemp("models") / "model.skops"
    short = ["--recipe", "best", "--cv", "0", "--epochs", "4", "--device", "cpu"]
    status = main(["train", str(folder), "--out", str(path), *short])
    assert status == 0
    return path
