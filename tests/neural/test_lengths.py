"""Clips of nearly equal length, as files of "30 s" are."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from helpers import small, small_cnn
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    Augmentation,
    Autoencoder,
    CRNNClassifier,
    DenseClassifier,
    HybridClassifier,
    MelSpectrogram,
    RowView,
    SummaryStats,
)

Y = np.array(["jazz", "metal"] * 4)
LENGTHS = (101, 100, 102, 100, 101, 100, 102, 101)
FEW = dict(n_filters=(4, 4), pool_size=2, max_epochs=1, random_state=0)
NETWORKS = {
    "any length": lambda: small_cnn(max_epochs=1),
    "windows": lambda: small_cnn(max_epochs=1, augment=Augmentation(crop=30)),
    "one length": lambda: small(DenseClassifier, max_epochs=1),
}
networks = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


def as_array(clips):
    X = np.empty(len(clips), dtype=object)
    X[:] = clips
    return X


def as_series(clips):
    return pd.Series(as_array(clips), index=range(10, 10 + len(clips)))


def proba_of_padded(model, clip):
    """What a model says of a clip that was made as long as those of fit by hand."""
    return model.predict_proba(np.pad(clip, [(0, 0), (0, 1)], mode="edge")[None])[0]


@pytest.fixture
def unequal(rng):
    return [rng.normal(size=(6, n)).astype(np.float32) for n in LENGTHS]


@pytest.mark.parametrize("form", [list, as_array, as_series])
@networks
def test_fit_cuts_to_the_shortest(network, form, unequal):
    model = network().fit(form(unequal), Y)
    assert (model.n_features_in_, model.n_frames_in_) == (6, 100)
    cut = np.stack([clip[:, :100] for clip in unequal])
    expected = network().fit(cut, Y).predict_proba(cut)
    np.testing.assert_array_equal(model.predict_proba(form(unequal)), expected)


@networks
def test_a_clip_has_one_answer_alone_and_among_others(network, unequal):
    model = network().fit(unequal, Y)
    shorter, longer = unequal[0][:, :99], unequal[2]
    both = pickle.loads(pickle.dumps(model)).predict_proba([shorter, longer])
    expected = (
        proba_of_padded(model, shorter),
        model.predict_proba([longer[:, :100]])[0],
    )
    for found, clip, known in zip(both, (shorter, longer), expected, strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-5)
        np.testing.assert_allclose(model.predict_proba([clip])[0], known, rtol=1e-5)


def test_rows_of_a_file(unequal, tmp_path):
    model = small_cnn(max_epochs=1).fit(unequal, Y)
    np.save(tmp_path / "X.npy", np.stack([unequal[2], unequal[6]]))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected = model.predict_proba(X[:, :, :100])
    np.testing.assert_array_equal(model.predict_proba(RowView(X)), expected)


@networks
def test_more_than_two_percent_is_refused(network, unequal):
    remedies = r"duration.*Slicer\(n_slices=...\) or FixedLength"
    with pytest.raises(ValueError, match=f"100 to 103 frames; .*2 %.*{remedies}"):
        network().fit([*unequal[1:], np.zeros((6, 103))], Y)
    model = network().fit(unequal, Y)
    for n in (98, 103):
        with pytest.raises(ValueError, match=f"frames, 100 in fit; .*2 %.*{remedies}"):
            model.predict([unequal[1], np.zeros((6, n))])


@pytest.mark.parametrize("n_bands", [1, 2])
def test_much_of_a_long_clip_is_not_cut_in_silence(n_bands):
    long, longer = np.zeros((n_bands, 6000)), np.zeros((n_bands, 6101))
    told = pytest.warns(UserWarning, match="up to 6101 frames are cut to 6000")
    silent = warnings.catch_warnings(action="error")  # of samples, which are short
    with silent if n_bands == 1 else told:
        model = small(DenseClassifier, max_epochs=1).fit([long, longer] * 2, Y[:4])
    told = pytest.warns(UserWarning, match="up to 6101 frames are cut to 6000")
    with warnings.catch_warnings(action="error") if n_bands == 1 else told:
        model.predict([longer])


def test_other_lengths_are_as_ever(unequal):
    model = small_cnn(max_epochs=1).fit(unequal, Y)
    X = np.tile(np.stack(unequal[1:6:2]), 3)
    whole, cut = model.predict_proba(X), model.predict_proba(X[:, :, :100])
    assert not np.allclose(whole, cut, atol=1e-6)
    fixed = small(DenseClassifier, max_epochs=1).fit(unequal, Y)
    with pytest.raises(ValueError, match=r"X has 300 frames.* expecting 100 frames"):
        fixed.predict(X)


@pytest.mark.parametrize(
    "clips",
    [
        [np.zeros((6, 100)), np.zeros((5, 100))],  # bands
        [np.zeros(100), np.zeros(99)],  # rows of a table, which are no time
        [np.zeros((2, 6, 100)), np.zeros((3, 6, 100))],  # slices
        [np.zeros((6, 100)), [[1.0, 2.0], [3.0]]],
    ],
)
def test_only_time_may_differ(clips):
    with pytest.raises(ValueError, match="needs clips of equal length, but X is ragg"):
        small_cnn().fit(clips, [0, 1])


def test_short_clips_have_no_two_percent():
    clips = [np.zeros((6, 49)), np.zeros((6, 50))]
    with pytest.raises(ValueError, match="49 to 50 frames"):
        small_cnn().fit(clips, [0, 1])


def test_slices(unequal):
    slices = [np.stack([clip, -clip]) for clip in unequal]
    model = small_cnn(max_epochs=1).fit(slices, Y)
    cut = np.stack([part[..., :100] for part in slices])
    np.testing.assert_array_equal(model.predict_proba(slices), model.predict_proba(cut))


def test_clips_to_watch(unequal):
    mask = np.arange(8) >= 6
    one = small_cnn().fit(unequal, Y, val_mask=mask)
    other = small_cnn().fit(unequal[:6], Y[:6], X_val=unequal[6:], y_val=Y[6:])
    assert one.n_frames_in_ == other.n_frames_in_ == 100
    for a, b in zip(one.history_, other.history_, strict=True):
        assert a["valid_loss"] == pytest.approx(b["valid_loss"], rel=1e-4)


def test_training_goes_on_at_the_first_length(unequal):
    model = small_cnn().partial_fit(unequal, Y)
    model.partial_fit([clip[:, :99] for clip in unequal], Y)
    assert (model.n_iter_, model.n_frames_in_) == (2, 100)
    assert model.predict(unequal).shape == (8,)


def test_codes(unequal):
    model = Autoencoder(hidden_sizes=(8,), n_components=4, max_epochs=1).fit(unequal)
    cut = np.stack([clip[:, :100] for clip in unequal])
    np.testing.assert_array_equal(model.transform(unequal), model.transform(cut))


def test_images_and_rows(unequal):
    model = HybridClassifier(table=SummaryStats(), **FEW)
    model.set_params(table_sizes=(4,), branch_size=4)
    assert model.fit(unequal, Y).predict(unequal).shape == (8,)


def test_one_line_for_files_as_they_are(rng):
    lengths = rng.integers(66140, 66960, size=8)
    waves = [(0.1 * rng.normal(size=n), 22050) for n in lengths]
    model = make_pipeline(MelSpectrogram(n_mels=16), CRNNClassifier(**FEW))
    assert len({clip.shape for clip in model[0].fit_transform(waves)}) > 1
    assert cross_val_score(model, waves, Y, cv=2).shape == (2,)


@pytest.mark.slow
def test_real_clips_as_they_are(data_dir):
    paths = sorted((data_dir / "gtzan" / "clips").rglob("*.*"))
    y = [path.parent.name for path in paths]
    model = make_pipeline(MelSpectrogram(), CRNNClassifier(**FEW))
    assert len({clip.shape for clip in model[0].fit_transform(paths)}) > 1
    assert model.fit(paths, y).predict_proba(paths).shape == (21, len({*y}))
