"""Templates of frames: found again where they are known, and those of scikit-learn."""

import numpy as np
import pytest
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA, MiniBatchNMF
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline

from sklearn_genre import FrameKMeans, FrameNMF, MelSpectrogram, SummaryStats


@pytest.fixture
def clips(rng):
    """Clips that are sums of three templates of four bands each."""
    templates = np.repeat(np.eye(3), 4, axis=1)
    activations = rng.exponential(size=(6, 3, 40)) * (rng.random((6, 3, 40)) < 0.4)
    return np.einsum("cb,nct->nbt", templates, activations), activations


def test_known_templates_are_found(clips):
    X, activations = clips
    model = FrameNMF(n_components=3, max_iter=2000, random_state=0)
    found = model.fit_transform(X)
    np.testing.assert_allclose(
        np.einsum("cb,nct->nbt", model.components_, found), X, atol=0.15
    )
    # each is one of the known ones, in another order and at another level
    likeness = np.corrcoef(np.vstack([np.hstack(found), np.hstack(activations)]))
    assert sorted(likeness[:3, 3:].argmax(axis=1)) == [0, 1, 2]
    assert likeness[:3, 3:].max(axis=1).min() > 0.97


def test_it_is_that_of_scikit_learn(clips):
    X, _ = clips
    ours = FrameNMF(n_components=2, random_state=3).fit(X)
    seed = np.random.RandomState(3).randint(2**31 - 1)  # all frames: nothing is drawn
    rows = np.moveaxis(X, 1, 2).reshape(-1, 12)
    theirs = MiniBatchNMF(2, tol=0, random_state=seed).fit(rows)
    np.testing.assert_allclose(ours.components_, theirs.components_)
    np.testing.assert_allclose(ours.transform(X)[0], theirs.transform(X[0].T).T)


def test_forms_of_clips(clips):
    X, _ = clips
    model = FrameNMF(n_components=2, random_state=0).fit(X)
    whole = model.transform(X)
    unequal = model.transform([X[0], X[1, :, :30]])
    np.testing.assert_array_equal(unequal[0], whole[0])
    assert unequal[1].shape == (2, 30)
    sliced = model.transform(X.reshape(3, 2, 12, 40))
    assert sliced.shape == (3, 2, 2, 40)
    np.testing.assert_allclose(sliced[1, 0], whole[2], rtol=0.1, atol=0.05)
    assert FrameNMF(n_components=2).fit_transform(X[:, :, 0]).shape == (6, 2)
    assert model.transform(X.astype(np.float32)).dtype == np.float32


def test_frames_are_drawn_evenly_from_clips(clips, monkeypatch):
    X, _ = clips
    seen = []
    fit = MiniBatchNMF.fit
    monkeypatch.setattr(
        MiniBatchNMF, "fit", lambda self, rows: seen.append(rows) or fit(self, rows)
    )
    FrameNMF(n_components=2, max_frames=30, random_state=0).fit([X[0], X[1, :, :7]])
    assert seen[0].shape == (15 + 7, 12)


def test_no_test_clip_has_a_part_in_the_templates(clips):
    X, _ = clips
    y = np.array([0, 1] * 3)
    model = make_pipeline(
        FrameNMF(n_components=2, random_state=0), SummaryStats(), LogisticRegression()
    )
    folds = cross_validate(
        model, X, y, cv=3, return_estimator=True, return_indices=True
    )
    first, rows = folds["estimator"][0], folds["indices"]["train"][0]
    alone = FrameNMF(n_components=2, random_state=0).fit(X[rows])
    np.testing.assert_array_equal(first[0].components_, alone.components_)


def test_decibels_are_refused(rng):
    X = MelSpectrogram(n_mels=8).fit_transform(1e-3 * rng.normal(size=(2, 8000)))
    with pytest.raises(ValueError, match="scale='power' or 'log1p'"):
        FrameNMF(n_components=2).fit(X)


def test_silence_has_no_activations(clips):
    X, _ = clips
    model = FrameNMF(n_components=2, random_state=0).fit(X)
    assert not model.transform(np.zeros((1, 12, 5))).any()


# -- typical frames -------------------------------------------------------------------


@pytest.fixture
def kinds(rng):
    """Clips whose frames are of three kinds of random directions, with little noise."""
    directions = rng.normal(size=(3, 12))
    which = rng.integers(3, size=(6, 40))
    level = rng.uniform(1, 2, size=(6, 40, 1))
    frames = level * directions[which] + 0.05 * rng.normal(size=(6, 40, 12))
    return np.moveaxis(frames, 1, 2), which


def test_frames_of_a_kind_are_like_the_same_typical_frame(kinds):
    X, which = kinds
    found = FrameKMeans(n_components=3, variance=0.9, random_state=0).fit_transform(X)
    best = found.argmax(axis=1)
    pairs = {*zip(which.ravel().tolist(), best.ravel().tolist(), strict=True)}
    assert len(pairs) == 3


def test_products_with_the_means_of_scikit_learn(kinds):
    X, _ = kinds
    ours = FrameKMeans(n_components=4, variance=0.9, random_state=3).fit(X)
    rows = np.moveaxis(X, 1, 2).reshape(-1, 12)
    white = PCA(0.9, whiten=True, svd_solver="full").fit(rows)
    points = white.transform(rows)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    seed = np.random.RandomState(3).randint(2**31 - 1)
    means = MiniBatchKMeans(4, n_init=3, random_state=seed).fit(points).cluster_centers_
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    expected = white.transform(X[0].T) @ means.T
    np.testing.assert_allclose(ours.transform(X)[0], expected.T, atol=1e-9)


def test_forms_of_typical_frames(kinds):
    X, _ = kinds
    model = FrameKMeans(n_components=2, random_state=0).fit(X)
    whole = model.transform(X)
    unequal = model.transform([X[0], X[1, :, :30]])
    np.testing.assert_allclose(unequal[0], whole[0], atol=1e-9)
    np.testing.assert_allclose(unequal[1], whole[1, :, :30], atol=1e-9)
    sliced = model.transform(X.reshape(3, 2, 12, 40))
    np.testing.assert_allclose(sliced[1, 0], whole[2], atol=1e-9)
    table = FrameKMeans(n_components=2).fit(X[:, :, 0]).transform(X[:, :, 0])
    assert table.shape == (6, 2)
    assert model.transform(X.astype(np.float32)).dtype == np.float32


def test_too_few_frames_and_frames_without_difference_are_refused(kinds):
    X, _ = kinds
    with pytest.raises(ValueError, match=r"n_components=99 .* among 40"):
        FrameKMeans(n_components=99).fit(X[:1])
    with pytest.raises(ValueError, match="all 10 drawn from X are the same"):
        FrameKMeans(n_components=2).fit(np.ones((2, 12, 5)))


@pytest.mark.parametrize("scale", [1e-140, 1e-3, 1e140])
def test_units_do_not_change_typical_frames(kinds, scale):
    X, _ = kinds
    plain = FrameKMeans(n_components=3, random_state=0).fit_transform(X)
    scaled = FrameKMeans(n_components=3, random_state=0).fit_transform(scale * X)
    np.testing.assert_allclose(scaled, plain, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("scale", "word"), [(1e-200, "small"), (1e200, "large")])
def test_values_without_a_variance_are_refused(kinds, scale, word):
    with pytest.raises(ValueError, match=f"FrameKMeans: X holds values too {word}"):
        FrameKMeans(n_components=3).fit(scale * kinds[0])
