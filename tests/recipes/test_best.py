"""Our own systems, `recipes.best` and `recipes.fast`."""

import io

import joblib
import librosa
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_genre import make_genre_audio, recipes

SMALL = dict(max_epochs=2, random_state=0)


@pytest.fixture(scope="module")
def songs():
    return make_genre_audio(
        6, genres=["dub", "waltz", "techno"], duration=6.0, random_state=0
    )


@pytest.fixture(scope="module")
def bands(songs):
    """What the front end gives."""
    return recipes.fast()[:-1].transform(songs.audio)[:, 0]


@pytest.fixture(scope="module")
def fitted(songs, bands):
    model = recipes.best(front_end=None, **SMALL)
    return model.fit(bands, songs.target)


def test_front_end_is_that_of_the_images(songs):
    """amplitude_to_db of the power mel spectrogram, a column every 1,977 samples."""
    y = songs.audio[0]
    S = librosa.feature.melspectrogram(
        y=y, sr=22050, n_fft=2048, hop_length=1977, n_mels=128
    )
    expected = librosa.amplitude_to_db(S, ref=np.max, top_db=80)
    found = recipes.fast()["front_end"].transform([y])[0]
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert found.max() == pytest.approx(0, abs=1e-4)


def test_a_short_song_is_repeated_and_a_long_one_heard_in_its_middle(rng):
    short = rng.normal(size=(1, 128, 100))
    cut = recipes.fast(front_end=None)["slice"].transform(short)[0, 0]
    np.testing.assert_array_equal(cut, np.tile(short[0], 4)[:, :334])
    long = rng.normal(size=(1, 128, 1000))
    cut = recipes.fast(front_end=None)["slice"].transform(long)[0, 0]
    np.testing.assert_array_equal(cut, long[0, :, 333:667])
    for n_excerpts, shuffle in ((1, True), (3, False)):
        params = recipes.best(n_excerpts=n_excerpts).get_params()
        name = "classifier__estimator__texture__discriminant__shuffle"
        assert params[name] is shuffle
    three = recipes.best(front_end=None, n_excerpts=3)["slice"].transform(long)
    assert three.shape == (1, 3, 128, 334)
    np.testing.assert_array_equal(three[0, 2], long[0, :, -334:])


@pytest.mark.parametrize("recipe", [recipes.best, recipes.fast])
@pytest.mark.parametrize("n_excerpts", [1, 3])
def test_excerpts_of_long_songs_are_decoded_alone(recipe, n_excerpts, rng):
    """With another reference than the loudest value, as if from the whole song."""
    rate, n = 44100, 44100 * 130
    level = 1 + 0.9 * np.sin(np.arange(n) / 1e6)
    song = (0.05 * level * rng.standard_normal(n)).astype(np.float32)
    model = recipe(n_excerpts=n_excerpts).set_params(front_end__ref=1.0)
    found = model[:-1].transform([(song, rate)])
    assert model["front_end"].transform([(song, rate)]).shape[-1] == 334 * n_excerpts
    model.set_params(front_end__n_excerpts=None, front_end__duration=None)
    expected = model[:-1].transform([(song, rate)])
    assert found.shape == (1, n_excerpts, 128, 334)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


def test_songs_of_half_a_minute_are_not_cut(rng):
    for seconds in (29.9, 30.02, 55):
        song = [0.1 * rng.standard_normal(int(seconds * 22050))]
        whole = recipes.best()
        whole.set_params(front_end__n_excerpts=None, front_end__duration=None)
        for n_excerpts in (1, 3):
            found = recipes.best(n_excerpts=n_excerpts)["front_end"].transform(song)
            np.testing.assert_array_equal(found, whole["front_end"].transform(song))


@pytest.mark.parametrize("weights", [None, (1, 3)])
def test_the_average_of_two_parts(fitted, bands, weights):
    model = joblib.load(dumped(fitted))
    voting = model[-1].estimator_.set_params(weights=weights)
    parts = [p.predict_proba(bands) for p in voting.named_estimators_.values()]
    expected = np.average(parts, axis=0, weights=weights)
    np.testing.assert_allclose(model.predict_proba(bands), expected, rtol=1e-6)


def dumped(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return file


def test_excerpts_vote(fitted, bands):
    long = np.concatenate([bands[:2], bands[-2:], bands[4:6]], axis=2)
    model = clone(fitted).set_params(slice__n_slices=3)
    model.steps[-1] = fitted.steps[-1]
    parts = np.split(long, 3, axis=2)
    expected = np.mean([fitted.predict_proba(part) for part in parts], axis=0)
    np.testing.assert_allclose(model.predict_proba(long), expected, rtol=1e-5)


def test_size_and_training_of_the_network():
    net = recipes.best(max_epochs=7)["classifier"].estimator.get_params()["net"]
    assert net.n_filters == (32, 64, 128, 128)
    assert net.pool_size == ((4, 2), 2, 2, 2)
    assert (net.pool_first, net.keep_bands) == (True, False)
    assert (net.max_epochs, net.augment.crop, net.augment.mixup) == (7, 66, 0.3)
    assert (net.optimizer, net.lr_schedule) == ("adamw", "one_cycle")


def test_statistics_are_learned_from_few_songs(songs):
    new = make_genre_audio(
        4, genres=["dub", "waltz", "techno"], duration=6.0, random_state=1
    )
    model = recipes.fast().fit(songs.audio, songs.target)
    assert model.score(new.audio, new.target) > 0.8
    again = recipes.fast().fit(songs.audio, songs.target)
    np.testing.assert_array_equal(
        model.predict_proba(new.audio), again.predict_proba(new.audio)
    )


def test_the_seed_decides(songs, bands, fitted):
    same = clone(fitted).fit(bands, songs.target)
    np.testing.assert_array_equal(
        same.predict_proba(bands), fitted.predict_proba(bands)
    )


def test_search_reaches_both_parts(songs, bands):
    shrinkage = "classifier__estimator__texture__discriminant__shrinkage"
    mixup = "classifier__estimator__net__augment__mixup"
    search = GridSearchCV(
        recipes.best(front_end=None, **SMALL | {"max_epochs": 1}),
        {shrinkage: [0.3], mixup: [0.0, 0.3]},
        cv=2,
    )
    search.fit(bands, songs.target)
    assert len(search.cv_results_["mean_test_score"]) == 2
    best = search.best_estimator_[-1].estimator_
    assert best.named_estimators_["texture"]["discriminant"].shrinkage == 0.3


@pytest.mark.parametrize("recipe", [recipes.fast, recipes.best])
def test_two_songs_a_genre_are_enough(recipe, songs, bands):
    few = [0, 1, 6, 7, 12, 13]
    params = {} if recipe is recipes.fast else SMALL
    model = recipe(front_end=None, **params).fit(bands[few], songs.target[few])
    np.testing.assert_allclose(model.predict_proba(bands).sum(axis=1), 1, rtol=1e-6)
