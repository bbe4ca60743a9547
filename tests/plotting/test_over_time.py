"""Tags and genres over time, and a song at a glance."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_genre import MelSpectrogram, SummaryStats, taggram
from sklearn_genre.embedding import Taggram
from sklearn_genre.plotting import SongDisplay, TaggramDisplay

RATE = 22050
TIMES = np.arange(4) * 3.0
VALUES = np.array([[0.1, 0.8, 0.3], [0.2, 0.7, 0.3], [0.1, 0.1, 0.3], [0.1, 0.9, 0.3]])


def rows(display):
    return [tick.get_text() for tick in display.ax_.get_yticklabels()]


def values(display):
    return np.asarray(display.mesh_.get_array())


def edges(display):
    return display.mesh_.get_coordinates()[0, :, 0]


def test_rows_are_the_highest_means_from_the_top():
    found = Taggram(TIMES, ("jazz", "metal", "pop"), VALUES)
    display = TaggramDisplay(found, top=2).plot()
    assert rows(display) == ["metal", "pop"]
    np.testing.assert_array_equal(values(display), VALUES.T[[1, 2]])
    np.testing.assert_allclose(edges(display), [0, 3, 6, 9, 12])
    low, high = display.ax_.get_ylim()
    assert low > high, "the first row is at the top"
    assert display.mesh_.get_clim()[0] == 0
    assert len(rows(TaggramDisplay(found, top=None).plot())) == 3
    with pytest.raises(ValueError, match="top must be an integer >= 1 or None, got 0"):
        TaggramDisplay(found, top=0).plot()


def test_windows_that_overlap_are_drawn_around_their_middles():
    found = Taggram(TIMES, ("jazz", "metal", "pop"), VALUES)
    display = TaggramDisplay(found, window=9.0).plot()
    np.testing.assert_allclose(edges(display), [0, 6, 9, 12, 18])


def test_of_hours():
    n = 5000
    found = Taggram(np.arange(n) * 3.0, ("jazz",), np.tile([[0.2], [0.4]], (n // 2, 1)))
    display = TaggramDisplay(found).plot()
    assert display.ax_.get_xlabel() == "Time (h:min:s)"
    assert values(display).shape[1] <= 2000
    assert edges(display)[-1] == 15000
    display.figure_.canvas.draw()
    ticks = [t.get_text() for t in display.ax_.get_xticklabels()]
    assert "1:00:00" in ticks
    assert len(ticks) < 9


def test_tags_of_a_song(rng):
    noise = rng.uniform(-0.1, 0.1, 10 * RATE)
    display = TaggramDisplay.from_path((noise, RATE), top=3, title="noise")
    expected = taggram((noise, RATE))
    assert rows(display) == [tag for tag, _ in expected.top(3)]
    assert display.ax_.get_title() == "noise"
    np.testing.assert_allclose(edges(display)[-1], expected.times[-1] + 3)


@pytest.fixture(scope="module")
def model():
    """Tells a low tone from a high one."""
    t = np.arange(RATE) / RATE
    tones = [np.sin(2 * np.pi * hz * t) for hz in (200, 210, 3000, 3100)]
    model = make_pipeline(
        MelSpectrogram(n_mels=16, duration=1.0), SummaryStats(), LogisticRegression()
    )
    return model.fit(np.array(tones), ["low", "low", "high", "high"])


def test_genres_of_each_part_of_a_song(model):
    """Four seconds of low, then four of high tones."""
    t = np.arange(8 * RATE) / RATE
    song = np.sin(2 * np.pi * np.where(t < 4, 205, 3050) * t)
    display = TaggramDisplay.from_estimator(model, (song, RATE), window=1.0, hop=1.0)
    low = values(display)[rows(display).index("low")]
    assert (low[:4] > 0.9).all()
    assert (low[4:] < 0.1).all()
    np.testing.assert_allclose(values(display).sum(axis=0), 1, rtol=1e-6)
    half = TaggramDisplay.from_estimator(model, (song, RATE), window=1.0)
    assert values(half).shape == (2, 15)
    # steps longer than windows leave gaps
    gaps = TaggramDisplay.from_estimator(model, (song, RATE), window=1.0, hop=3.0)
    np.testing.assert_allclose(gaps.taggram.times, [0, 3, 6])
    assert gaps.taggram.values.argmax(axis=1).tolist() == [1, 1, 0]


def test_a_short_song_is_one_window(model):
    song = np.sin(2 * np.pi * 205 * np.arange(RATE // 2) / RATE)
    display = TaggramDisplay.from_estimator(model, (song, RATE), window=30.0)
    np.testing.assert_allclose(edges(display), [0, 0.5], atol=1e-4)


def test_windows_are_shorter_in_a_short_song(model):
    for seconds, windows in ((30, 9), (100, 9), (10, 2)):
        song = np.random.default_rng(0).normal(size=seconds * RATE) * 0.1
        display = TaggramDisplay.from_estimator(model, (song, RATE))
        assert values(display).shape[1] == windows


def test_bad_windows(model):
    song = (np.ones(RATE), RATE)
    with pytest.raises(ValueError, match="window must be a number"):
        TaggramDisplay.from_estimator(model, song, window=0)
    with pytest.raises(ValueError, match="hop must be"):
        TaggramDisplay.from_estimator(model, song, hop=-1)


def test_a_song_at_a_glance(model, rng):
    song = rng.uniform(-0.1, 0.1, 7 * RATE)
    display = SongDisplay.from_path((song, RATE), model=model, window=1.0, title="x")
    upper, lower = display.ax_
    assert upper.get_xlim() == lower.get_xlim()
    assert abs(lower.get_xlim()[1] - 7) < 0.1
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "Time (s)")
    assert upper.get_title() == "x"
    figure = plt.figure()
    tags = SongDisplay.from_path((song, RATE), fig=figure, top=2)
    assert tags.figure_ is figure
    assert len(tags.ax_[1].get_yticklabels()) == 2
