"""The recipe on a trained network: genres from tags, the fit from deeper maps."""

import numpy as np
import pytest

from sklearn_genre import OpenSetClassifier, make_genre_audio, predict_files, recipes

RATE = 16000


@pytest.fixture(scope="module")
def songs():
    return make_genre_audio(11, genres=["dub", "waltz"], duration=3.0)


def clips(songs):
    return [(wave, songs.sample_rate) for wave in songs.audio]


@pytest.fixture(scope="module")
def fitted(songs):
    model = recipes.pretrained(rejection_rate=0.05)
    return model.fit(clips(songs), songs.target, classifier__groups=songs.groups)


def test_noise_and_silence_are_unknown(fitted, songs, rng):
    assert (fitted.predict(clips(songs)) == songs.target).mean() > 0.9
    silence = np.zeros(3 * RATE, np.float32)
    noise = rng.normal(size=3 * RATE).astype(np.float32) * 0.1
    assert set(fitted.predict([(silence, RATE), (noise, RATE)])) == {"unknown"}


def test_the_genre_is_that_of_the_layer_alone(songs, fitted):
    assert isinstance(fitted[-1], OpenSetClassifier)
    tags, select = fitted[:-1].transform(clips(songs)), fitted[-1].estimator_[0]
    assert tags.shape[1] == 803
    assert select.transform(tags).shape[1] == 50
    assert recipes.pretrained()[-1].rejection_rate is None


@pytest.mark.parametrize("layer", ["mean_pool", ("mean_pool", "taggram"), "taggram"])
def test_columns_of_the_layer(layer, songs):
    model = recipes.pretrained(layer=layer, pooling="mean_std", n_jobs=1)
    names = model[0].get_feature_names_out()
    choose = model[-1].estimator[0].transformers[0][2]
    chosen = choose(np.zeros((1, len(names))))
    expected = [
        i
        for i, name in enumerate(names)
        if layer != "taggram" or name.startswith("tag ")
    ]
    assert chosen == expected


def test_another_layer_later(songs):
    model = recipes.pretrained(fit_layer=None).set_params(embedding__layer="mean_pool")
    model.fit(clips(songs), songs.target)
    assert model[-1].estimator_.coef_.shape == (2, 753)
    model = recipes.pretrained().set_params(embedding__layer="penultimate")
    with pytest.raises(ValueError, match=r"gives 200 features, but .* some of 803"):
        model.fit(clips(songs), songs.target)


@pytest.mark.parametrize("abstain", [True, False])
def test_files_say_that_they_are_unknown(abstain, songs, fitted, tmp_path, rng):
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "a.wav", songs.audio[0], songs.sample_rate)
    soundfile.write(tmp_path / "b.wav", rng.normal(size=3 * RATE) * 0.1, RATE)
    fitted[-1].rejection_rate = 0.05 if abstain else None
    song, noise = predict_files(fitted, tmp_path)
    fitted[-1].rejection_rate = 0.05
    assert (song.labels[0], song.unknown) == (songs.target[0], False)
    assert song.fit > 0.05 >= noise.fit > 0
    assert noise.unknown
    assert str(noise).endswith("(nothing like it in the training)")
    assert "nothing" not in str(song)
    if abstain:
        assert (noise.labels, noise.proba) == (("unknown",), ())
    else:
        assert set(noise.labels) == {"dub", "waltz"}
        assert sum(noise.proba) == pytest.approx(1)
