"""Pictures as they were when somebody last looked at them.

``python tests/plotting/test_pictures.py`` draws them again: look at each before it is
committed.
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.testing.compare import compare_images
from sklearn.pipeline import make_pipeline

from sklearn_genre import MelSpectrogram, Slicer
from sklearn_genre.embedding import Taggram
from sklearn_genre.plotting import (
    EmbeddingDisplay,
    SongTagsDisplay,
    SpectrogramDisplay,
    TaggramDisplay,
)

FOLDER = Path(__file__).parent / "pictures"
# Root mean square of differences of gray levels, of 255. Another version of freetype
# moves letters by a pixel, which makes about 10; a missing line of labels makes more.
TOLERANCE = 13


def spectrogram():
    t = np.arange(32000) / 8000
    song = 0.5 * np.sin(2 * np.pi * (300 * t + 200 * t**2))
    mel = MelSpectrogram(sample_rate=8000, n_fft=512, hop_length=256, n_mels=40)
    model = make_pipeline(mel, Slicer(slice_length=1.0, frame_rate=8000 / 256))
    return SpectrogramDisplay.from_estimator(model, [song], titles=["chirp"])


def tags():
    times = 3.0 * np.arange(60)
    waves = np.sin(times[:, None] / np.array([30, 45, 60]) + [0, 1, 2])
    found = Taggram(times, ("jazz", "female vocalists", "piano"), 0.4 + 0.4 * waves)
    return TaggramDisplay(found, title="song").plot()


def embedding():
    rng = np.random.default_rng(0)
    y = np.repeat([f"genre {k}" for k in range(8)], 6)
    points = rng.normal(size=(48, 2)) + 4 * rng.normal(size=(8, 2)).repeat(6, axis=0)
    return EmbeddingDisplay(points, y).plot()


def song_tags():
    return SongTagsDisplay.from_predictions(
        [1, 0, 1, 0], [0.9, 0.6, 0.3, 0.1], tags=["techno", "fast", "beat", "harp"]
    )


PICTURES = {f.__name__: f for f in (spectrogram, tags, embedding, song_tags)}


def save(display, path):
    display.figure_.savefig(path, dpi=50, metadata={"Software": None})


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name, tmp_path):
    save(PICTURES[name](), tmp_path / f"{name}.png")
    paths = str(FOLDER / f"{name}.png"), str(tmp_path / f"{name}.png")
    assert compare_images(*paths, tol=TOLERANCE) is None


def test_another_picture_is_noticed(tmp_path):
    display = song_tags()
    for bar in display.ax_.patches:
        bar.set_width(1 - bar.get_width())
    save(display, tmp_path / "other.png")
    paths = str(FOLDER / "song_tags.png"), str(tmp_path / "other.png")
    assert "Error: Image files did not match" in compare_images(*paths, tol=TOLERANCE)


if __name__ == "__main__":
    mpl.rcdefaults()
    plt.switch_backend("agg")
    FOLDER.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        save(picture(), FOLDER / f"{name}.png")
