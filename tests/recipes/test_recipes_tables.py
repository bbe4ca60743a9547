"""Tables of features in the recipes: what is in which column."""

import numpy as np
import pytest

from sklearn_genre import (
    BeatHistogram,
    FrameDescriptors,
    LowEnergy,
    PitchHistogram,
    make_genre_audio,
    recipes,
)


@pytest.fixture(scope="module")
def songs():
    return make_genre_audio(1, genres=["dub", "waltz"], duration=3.0).audio


def test_thirty_features_of_four_kinds(songs):
    features = recipes.tzanetakis_features(duration=3.0)
    table = features.fit_transform(songs)
    names = features.get_feature_names_out().tolist()
    assert table.shape == (2, 30)
    assert len(set(names)) == 30
    short = dict(n_fft=512, hop_length=512)
    rows = FrameDescriptors(n_mfcc=6, flux=True, **short)
    values = rows.transform(songs).swapaxes(0, 1)
    frames = dict(zip(rows.get_feature_names_out(), values, strict=True))
    for band in ("zero_crossing_rate", "spectral_rolloff", "flux", "mfcc1", "mfcc5"):
        for stat in ("mean", "std"):
            expected = getattr(frames[band].astype(float), stat)(axis=1)
            column = names.index(f"{band}_{stat}")
            np.testing.assert_allclose(table[:, column], expected, rtol=1e-4, atol=1e-6)
    for model in (BeatHistogram(), PitchHistogram(), LowEnergy()):
        columns = [names.index(n) for n in model.get_feature_names_out()]
        np.testing.assert_allclose(table[:, columns], model.transform(songs), rtol=1e-6)
    assert not any(name.startswith(("mfcc0", "mfcc_delta")) for name in names)


@pytest.mark.parametrize(
    ("sets", "n"), [(("stft",), 9), (("mfcc",), 10), (("pitch", "beat"), 11)]
)
def test_each_set_alone(songs, sets, n):
    features = recipes.tzanetakis_features(sets=sets, duration=3.0)
    assert features.fit_transform(songs).shape == (2, n)


@pytest.mark.parametrize("sets", [(), ("chroma",), "stft"])
def test_other_sets_are_refused(sets):
    with pytest.raises(ValueError, match="sets must be"):
        recipes.tzanetakis_features(sets=sets)


def test_mixtures_stand_on_the_thirty(songs):
    model = recipes.gmm(duration=3.0)
    assert model["front_end"].fit_transform(songs).shape == (2, 30)


def test_comparators_of_taggers():
    """What the second source quotes, and what is known of each system."""
    figures = {s.recipe: (s.figure, s.quoted) for s in recipes.SYSTEMS}
    assert figures["dieleman_cnn"] == (0.882, True)
    assert figures["dieleman_multiscale"] == (0.898, True)
    assert figures["oord_transfer"] == (0.88, True)
    assert figures["hamel_pooled"] == (0.861, True)
    module, params = recipes.dieleman_cnn()["classifier"]._network()
    network = module(128, 187, 50, **params)
    # 187 frames, less 7, by 4: 45; less 7, by 4, where the last pool has two: 10
    layers = [128 * 8 * 32 + 32, 32 * 8 * 32 + 32, 10 * 32 * 100 + 100, 100 * 50 + 50]
    assert sum(weight.numel() for weight in network.parameters()) == sum(layers)
    pooled = recipes.hamel_pooled(duration=1.0)["front_end"]
    assert pooled.fit_transform(np.zeros((1, 22050))).shape == (1, 80)


def test_tags_by_transfer(rng):
    tags = rng.integers(0, 2, size=(12, 3))
    model = recipes.oord_transfer(front_end=None).fit(rng.normal(size=(12, 9)), tags)
    assert model.predict_proba(rng.normal(size=(2, 9))).shape == (2, 3)


def test_scales_of_typical_frames(rng):
    """Each level is cut into details, but for the last, and has its own statistics."""
    X = rng.normal(size=(4, 6, 64)).astype("float32")
    model = recipes.dieleman_multiscale(
        front_end=None, n_levels=3, n_components=5, random_state=0
    )
    table = model[:2].fit_transform(X)
    assert table.shape == (4, 3 * 5 * 2)
    levels = [chain["pyramid"] for _, chain in model["scales"].transformer_list]
    assert [(one.level, one.detail) for one in levels] == [
        (0, True),
        (1, True),
        (2, False),
    ]
    slow = levels[2].transform(X)
    words = model["scales"].transformer_list[2][1]["words"].transform(slow)
    np.testing.assert_allclose(table[:, -10::2], words.mean(axis=2), rtol=1e-4)
    np.testing.assert_allclose(table[:, -9::2], words.max(axis=2), rtol=1e-4)


@pytest.mark.parametrize("n_levels", [0, 2.0, "3"])
def test_a_pyramid_has_levels(n_levels):
    with pytest.raises(ValueError, match="n_levels must be an integer"):
        recipes.dieleman_multiscale(n_levels=n_levels)
