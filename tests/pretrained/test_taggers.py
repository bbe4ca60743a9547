"""The published taggers as models: names, files, pickles, thresholds."""

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.base import clone, is_classifier

from sklearn_genre import (
    TagThresholdClassifier,
    load_pretrained,
    make_genre_audio,
    predict_files,
    taggram,
    to_device,
    top_tags,
)
from sklearn_genre.embedding import TAGS
from sklearn_genre.pretrained import NAMES, load_model

TAGGERS = ("musicnn-msd", "musicnn-mtt")
every_tagger = pytest.mark.parametrize("name", TAGGERS)


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Four songs of unequal length, one of them shorter than a window."""
    folder = tmp_path_factory.mktemp("songs")
    made = make_genre_audio(2, genres=["dub", "waltz"], duration=7.0, random_state=0)
    for k, (wave, seconds) in enumerate(zip(made.audio, (7, 5, 4, 1), strict=True)):
        soundfile.write(folder / f"{k}.wav", wave[: seconds * 22050], 22050)
    return sorted(map(str, folder.iterdir()))


@every_tagger
def test_probabilities_are_the_means_of_the_taggram(name, songs):
    tagger = load_pretrained(name)
    assert is_classifier(tagger)
    model = name.removeprefix("musicnn-")
    assert tagger.classes_.tolist() == list(TAGS[model])
    proba = tagger.predict_proba(songs)
    for song, row in zip(songs, proba, strict=True):
        found = taggram(song, model=model)
        np.testing.assert_allclose(row, found.values.mean(axis=0), atol=1e-6)
        best = tagger.classes_[row.argsort()[::-1][:3]].tolist()
        assert [tag for tag, _ in top_tags(song, top=3, model=model)] == best
    np.testing.assert_array_equal(tagger.predict(songs), proba > 0.5)


def test_a_saved_tagger_names_the_tags_of_files(songs, tmp_path):
    joblib.dump(load_pretrained("musicnn-msd"), tmp_path / "tagger.joblib")
    tagger = load_model(tmp_path / "tagger.joblib")
    found = [*predict_files(tagger, [*songs, "gone.wav"], top=4)]
    assert "no such file" in found[-1].error
    for song, prediction in zip(songs, found[:-1], strict=True):
        labels, proba = zip(*top_tags(song, top=4), strict=True)
        assert prediction.labels == labels
        assert prediction.proba == pytest.approx(proba, abs=1e-6)
    assert str(found[0]).startswith(f"{songs[0]}: {found[0].labels[0]} 0.")


def test_what_taggers_take():
    assert set(TAGGERS) < set(NAMES)
    with pytest.raises(ValueError, match="n_excerpts must be None for 'musicnn-msd'"):
        load_pretrained("musicnn-msd", n_excerpts=3)
    with pytest.raises(ValueError, match="abacus"):
        load_pretrained("musicnn-msd", device="abacus")
    tagger = to_device(load_model("musicnn-msd"), "cpu")
    assert tagger["embedding"].device == "cpu"


def test_taggers_are_trained_already(songs):
    tagger = clone(load_pretrained("musicnn-mtt"))
    proba = tagger.predict_proba(songs)
    np.testing.assert_array_equal(tagger.fit(songs).predict_proba(songs), proba)
    with pytest.raises(ValueError, match=r"recipes\.pretrained"):
        tagger.fit(songs, ["dub", "dub", "waltz", "waltz"])
    tagger.set_params(embedding__layer="penultimate")
    with pytest.raises(ValueError, match="a column for each of 50 tags, got 200"):
        tagger.predict(songs)


@pytest.mark.filterwarnings("ignore:Tags .* occur in none")
def test_thresholds_for_songs_of_ones_own(songs):
    tagger = load_pretrained("musicnn-msd")
    y = pd.DataFrame(np.zeros((4, 50), dtype=int), columns=tagger.classes_)
    electronic = tagger.predict_proba(songs)[:, tagger.classes_ == "electronic"]
    y["electronic"] = (electronic > np.median(electronic)).astype(int)
    tuned = TagThresholdClassifier(tagger, cv="prefit").fit(songs, y)
    assert tuned.classes_.tolist() == tagger.classes_.tolist()
    np.testing.assert_array_equal(tuned.predict(songs), y)


def test_top_tags_in_memory(songs):
    samples, rate = soundfile.read(songs[0])
    assert len(top_tags((samples, rate), top=None)) == 50
    assert len(top_tags((samples, rate))) == 5
    for wrong in ({"top": 0}, {"model": "vgg"}, {"hop": 0}, {"device": "abacus"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            top_tags((samples, rate), **wrong)
