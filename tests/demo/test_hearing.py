"""What the demo page says of a song, without the page."""

import re

import numpy as np
import pytest
import soundfile
from helpers import contrast
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    AudioError,
    CNNClassifier,
    MelSpectrogram,
    SummaryStats,
    load_pretrained,
    make_genre_audio,
    recipes,
)
from sklearn_genre.demo import _page, hear
from sklearn_genre.demo._page import answer_html, show_song
from sklearn_genre.demo._reasons import reasons_for
from sklearn_genre.embedding import TAGS

MEL = dict(n_mels=32, duration=4.0)


@pytest.fixture(scope="module")
def made():
    return make_genre_audio(3, genres=["dub", "waltz"], duration=4.0, random_state=0)


@pytest.fixture(scope="module")
def song(tmp_path_factory, made):
    path = tmp_path_factory.mktemp("demo") / "a <b>${1+1}.wav"
    soundfile.write(path, made.audio[0], 22050)
    return str(path)


@pytest.fixture(scope="module")
def table_model(made):
    """A model that cannot say why."""
    model = make_pipeline(MelSpectrogram(**MEL), SummaryStats(), LogisticRegression())
    return model.fit(list(made.audio), made.target)


@pytest.fixture(scope="module")
def network(made):
    cnn = CNNClassifier(n_filters=(4,), max_epochs=1, random_state=0)
    return make_pipeline(MelSpectrogram(**MEL), cnn).fit(list(made.audio), made.target)


@pytest.mark.parametrize("name", ["gtzan", "recipe"])
def test_weights_of_tags_add_up_to_the_answer(song, made, name):
    """In a linear model the sum of what tags add is the score, but for a constant."""
    if name == "gtzan":
        model, label = load_pretrained(), None
    else:
        clips = [(wave, 22050) for wave in made.audio]
        model = recipes.pretrained().fit(clips, made.target)
        label = "dub"
    kind, sums, log_proba = label or "jazz", [], []
    for clip in (song, (made.audio[-1], 22050)):
        sums.append(sum(w for _, w in reasons_for(model, clip, kind).weights))
        own = model.predict_log_proba([clip])[0]
        k = model.classes_.tolist().index(kind)
        log_proba.append(own[k] - own.mean())
    # the open-set classifier divides by its temperature
    steps = np.diff(log_proba) * getattr(model[-1], "temperature_", 1.0)
    assert np.diff(sums) == pytest.approx(steps, rel=1e-3)
    assert abs(np.diff(sums)[0]) > 1e-3


def test_of_the_pretrained_model(song):
    hearing = hear(load_pretrained(), song)
    assert (hearing.name, hearing.seconds) == ("a <b>${1+1}.wav", 4.0)
    assert hearing.label in load_pretrained().classes_
    assert len(hearing.prediction.labels) == 5
    assert hearing.prediction.fit is not None
    weights = [w for _, w in hearing.reasons.weights]
    assert weights == sorted(weights, reverse=True)
    assert {t for t, _ in hearing.reasons.weights} == set(TAGS["msd"])
    assert hearing.genres.values.shape == (1, 10)
    assert hearing.tags.values.shape[1] == 50


def test_a_network_shows_what_it_used(song, network):
    reasons = hear(network, song).reasons
    assert reasons.weights == ()
    assert reasons.picture.attributions.shape == reasons.picture.spectrogram.shape
    page = show_song(network, song)
    assert "blue ones against it" in page
    assert page.count("<svg") == 4


def test_a_model_that_cannot_say_why_says_so(song, table_model):
    hearing = hear(table_model, song)
    assert "cannot say what in the sound" in hearing.reasons.text
    assert hearing.reasons.picture is None
    assert "cannot say what in the sound" in show_song(table_model, song)


def test_a_tagger_is_shown_once(song):
    tagger = load_pretrained("musicnn-mtt")
    hearing = hear(tagger, song, top=2)
    assert hearing.genres is None
    assert len(hearing.prediction.labels) == 2
    assert ">Answer<" not in show_song(tagger, song)


def test_what_is_long_is_refused_and_what_is_short_or_silent_said(tmp_path, network):
    soundfile.write(tmp_path / "long.wav", np.ones(8000 * 61), 8000)
    with pytest.raises(
        AudioError, match=r"^long.wav: it lasts 1.0 minutes, of at most 1"
    ):
        hear(network, tmp_path / "long.wav", max_minutes=1.0)
    soundfile.write(tmp_path / "silent.wav", np.zeros(22050 * 4), 22050)
    assert "it is silent" in show_song(load_pretrained(), str(tmp_path / "silent.wav"))
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 22050)
    soundfile.write(tmp_path / "short.wav", noise, 22050)
    assert "too short for an answer" in hear(network, tmp_path / "short.wav").doubt


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"<html>" * 99, "it is a web page"),
        (b"RIFF" + bytes(99), "cannot be decoded"),
    ],
)
def test_odd_files_are_named_without_their_folder(tmp_path, network, content, said):
    path = tmp_path / "odd.wav"
    path.write_bytes(content)
    page = show_song(network, str(path))
    assert 'role="alert"' in page
    assert "odd.wav: " in page
    assert said in page
    assert str(tmp_path) not in page


def test_the_page_escapes_names_and_takes_the_colors_around_it(song, table_model):
    page = show_song(table_model, song)
    assert "a &lt;b&gt;$" in page
    assert page.count("<svg") == 2  # for a screen and for a phone
    assert "<style" not in page
    assert "currentColor" in page
    assert "#123456" not in page
    assert not re.search(r"(src|href)=.https?:", page)
    assert show_song(table_model, None) == answer_html(note=_page._WAIT)


@pytest.mark.parametrize(("dark", "paper"), [(False, "#ffffff"), (True, "#18181b")])
def test_contrast_of_text(dark, paper):
    """WCAG 2.2, level AA, on Gradio's backgrounds and on bars."""
    light, _, rest = _page._style().partition(".dark .sg {")
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", rest if dark else light))
    for ink, behind in (
        *(("ink", paper), ("muted", paper), ("ink", colors["bar"])),
        *(("ink", colors["for"]), ("bad-ink", colors["bad-paper"])),
    ):
        assert contrast(colors[ink], behind) >= 4.5, ink


@pytest.mark.parametrize("option", [{"top": 0}, {"max_minutes": 0}])
def test_bad_values(song, table_model, option):
    with pytest.raises(ValueError, match=next(iter(option))):
        hear(table_model, song, **option)
