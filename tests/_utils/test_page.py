"""Pages of HTML: links, pictures, colors."""

import base64
import io
import os
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import soundfile
from helpers import contrast, luminance, write_wav

from sklearn_genre._utils import page
from sklearn_genre._utils.page import link_from, picture
from sklearn_genre._utils.page._pictures import png_bytes

STYLE = (Path(page.__file__).parent / "templates" / "page.css").read_text("utf-8")
NOTEBOOK = (Path(page.__file__).parent / "templates" / "notebook.css").read_text()
# text on what is behind it; the last two are the darkest that a bar and a cell become
PAIRS = [
    *(("ink", paper) for paper in ("paper", "panel", "bar", "heat")),
    *(("muted", paper) for paper in ("paper", "panel")),
    *(("accent", paper) for paper in ("paper", "panel")),
    ("warning-ink", "warning-paper"),
    ("chance", "panel"),
]


# -- colors ---------------------------------------------------------------------------
def palette(style, dark):
    """The colors of a style sheet by name."""
    light, _, rest = style.partition("prefers-color-scheme: dark")
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", rest if dark else light))


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_of_text(dark):
    """WCAG 2.2, level AA: 4.5 for text, 3 for what must be seen beside it."""
    colors = palette(STYLE, dark)
    for ink, paper in PAIRS:
        assert contrast(colors[ink], colors[paper]) >= 4.5, (ink, paper)
    for mark in ("accent", "chance"):
        assert contrast(colors[mark], colors["line"]) >= 3, mark
    box = palette(NOTEBOOK, dark)
    for ink in ("ink", "muted"):
        assert contrast(box[ink], box["paper"]) >= 4.5, ink


def test_the_test_of_contrast_sees_every_color():
    named = set(palette(STYLE, dark=False))
    assert named == set(palette(STYLE, dark=True))
    assert named == {name for pair in PAIRS for name in pair} | {"line"}


def test_styles_ask_for_nothing():
    for style in (STYLE, NOTEBOOK):
        assert "url(" not in style
        assert "@import" not in style


# -- links ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["a b#1?.wav", "a:b.wav", 'q"<x>.wav', "100%.wav"])
def test_links_are_relative_and_quoted(tmp_path, name):
    song = tmp_path / "songs" / name
    song.parent.mkdir()
    song.touch()
    link = link_from(tmp_path / "reports" / "page.html", song)
    assert unquote(link) == f"../songs/{name}"
    assert not set(link) & set('#?":<> ')


def test_no_link_to_what_is_not_there(tmp_path):
    assert link_from(tmp_path / "page.html", tmp_path / "song.wav") is None
    assert link_from(tmp_path / "page.html", tmp_path) is None


def test_a_link_across_drives_is_absolute(tmp_path, monkeypatch):
    song = tmp_path / "song.wav"
    song.touch()

    def no_way(*paths):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", no_way)
    assert link_from(tmp_path / "page.html", song) == song.as_uri()


# -- pictures -------------------------------------------------------------------------
def pixels_of(data):
    image = pytest.importorskip("PIL.Image")
    return np.asarray(image.open(io.BytesIO(data)).convert("RGB"))


def test_png_is_what_others_read(rng):
    values = rng.integers(256, size=(5, 9)).astype(np.uint8)
    pixels = pixels_of(png_bytes(values))
    assert pixels.shape == (5, 9, 3)
    colors = [f"#{bytes(pixel).hex()}" for pixel in pixels.reshape(-1, 3)]
    light = np.array([luminance(color) for color in colors])
    assert (np.diff(light[np.argsort(values.ravel())]) >= 0).all()


def test_a_tone_is_a_line_at_its_height(tmp_path):
    path = tmp_path / "tone.wav"
    wave = 0.5 * np.sin(2 * np.pi * 200 * np.arange(44100) / 22050)
    soundfile.write(path, wave, 22050)
    drawn = picture(str(path), 0)
    assert drawn["seconds"] == pytest.approx(2)
    pixels = pixels_of(base64.b64decode(drawn["source"].split(",")[1])).sum(axis=2)
    assert pixels.shape == (drawn["height"], drawn["width"])
    assert pixels.mean(axis=1).argmax() > 0.8 * drawn["height"], "low bands are below"


def test_pictures_of_arrays():
    bands = np.ones((8, 2000))
    bands[0] = 5
    drawn = picture(bands, 0)
    assert (drawn["height"], drawn["width"], drawn["seconds"]) == (8, 400, None)
    assert picture(np.ones((3, 8, 10)), 0)["width"] == 30
    assert picture((np.ones(22050), 22050), 0)["seconds"] == 1


def test_long_songs_have_small_pictures(tmp_path):
    wave = np.random.default_rng(0).normal(size=22050 * 120)
    drawn = picture((wave / 10, 22050), 0)
    assert drawn["width"] <= 481
    assert len(drawn["source"]) < 70_000


def test_why_there_is_no_picture(tmp_path):
    path = tmp_path / "broken.wav"
    write_wav(path, 0)
    path.write_bytes(path.read_bytes()[:50])
    assert "broken.wav" in picture(str(path), 0)["fault"]
