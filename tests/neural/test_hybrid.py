"""The hybrid classifier: two transformers, two branches, one network."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_genre import (
    Augmentation,
    FrameDescriptors,
    HybridClassifier,
    MelSpectrogram,
    Slicer,
    SummaryStats,
)
from sklearn_genre.neural._engine.net import Training
from sklearn_genre.neural.models._hybrid import HybridDataset, Inputs

SMALL = dict(
    n_filters=(4, 8),
    keep_bands=True,
    table_sizes=(16,),
    branch_size=10,
    max_epochs=3,
    random_state=0,
)
GENRES = np.array(["jazz", "metal"])


def small(**params):
    return HybridClassifier(**{**SMALL, **params})


@pytest.fixture
def clips(rng):
    """Spectrograms of 16 bands, in four of which alone the genre shows."""
    y = np.repeat(GENRES, 12)
    X = rng.normal(size=(24, 16, 20)).astype(np.float32)
    X[:12, :4] += 2
    return X, y


@pytest.fixture
def waves(rng):
    """Noise, white and brown."""
    X = rng.normal(size=(12, 6000)).astype(np.float32)
    X[6:] = np.cumsum(X[6:], axis=1) / 50
    return list(X), np.repeat(GENRES, 6)


def stats(names=("mean", "std")):
    return SummaryStats(stats=names)


def blank(X):
    """Nothing of X but its number of clips."""
    return np.zeros_like(X)


def blank_table(X):
    return np.zeros((len(X), 2), dtype=X.dtype)


# -- network ------------------------------------------------------------------------


def test_parts_of_the_published_network(rng):
    X = rng.normal(size=(4, 32, 48)).astype(np.float32)
    table = FunctionTransformer(lambda X: X.reshape(len(X), -1)[:, :93])
    clf = HybridClassifier(table=table, max_epochs=1, random_state=0)
    clf.fit(X, ["a", "b", "c", "a"])
    network = clf.net_.module_.network
    shapes = {}
    for name in ("image", "table", "hidden", "out"):
        getattr(network, name).register_forward_hook(
            lambda module, args, out, name=name: shapes.update(
                {name: (tuple(args[0].shape[1:]), tuple(out.shape[1:]))}
            )
        )
    clf.predict(X)
    assert shapes == {
        "image": ((32, 48), (100,)),
        "table": ((93, 1), (100,)),
        "hidden": ((200,), (100,)),
        "out": ((100,), (3,)),
    }
    n_weights = sum(p.numel() for p in network.table.parameters())
    sizes = (93, 256, 256, 128, 100)
    assert n_weights == sum((a + 1) * b for a, b in pairwise(sizes))
    # filters double from block to block, each but the first with a shortcut
    convolutions = [
        module.out_channels
        for name, module in network.image.named_modules()
        if isinstance(module, torch.nn.Conv2d) and "shortcut" in name
    ]
    assert convolutions == [32, 64, 128]


def test_either_branch_alone_can_tell_the_genres(clips):
    X, y = clips
    learn = dict(lr=5e-3, max_epochs=15)
    by_image = small(table=FunctionTransformer(blank_table), **learn)
    by_table = small(image=FunctionTransformer(blank), table=stats(), **learn)
    nothing = small(
        image=FunctionTransformer(blank), table=FunctionTransformer(blank_table)
    )
    assert by_image.fit(X, y).score(X, y) > 0.9
    assert by_table.fit(X, y).score(X, y) > 0.9
    proba = nothing.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(proba, np.tile(proba[0], (24, 1)), atol=1e-6)


def test_table_is_standardised_inside(clips):
    X, y = clips
    shifted = make_pipeline(stats(), FunctionTransformer(lambda X: 1000 * X + 7000))
    plain = small(table=stats()).fit(X.astype(float), y)
    moved = small(table=shifted).fit(X.astype(float), y)
    np.testing.assert_allclose(
        plain.predict_proba(X.astype(float)),
        moved.predict_proba(X.astype(float)),
        rtol=1e-6,
    )
    raw = small(table=stats(), standardize=False).fit(X, y)
    assert (raw.net_.module_.network.table.scale == 1).all()
    scale = plain.net_.module_.network.table.scale[:, 0]
    np.testing.assert_allclose(scale, stats().transform(X.astype(float)).std(axis=0))


def test_weights_are_repetitions(clips):
    X, y = clips
    X, weight = X.astype(float), np.arange(24) % 3
    plain = small(table=stats(), norm=None, dropout=0, batch_size=1000)
    weighted = clone(plain).fit(X, y, sample_weight=weight)
    repeated = clone(plain).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-6
    )


# -- transformers -------------------------------------------------------------------


def test_one_X_of_audio_feeds_both(waves):
    X, y = waves
    clf = small(
        image=MelSpectrogram(n_mels=16),
        table=make_pipeline(FrameDescriptors(), stats(("mean", "median", "std"))),
        max_epochs=8,
        lr=5e-3,
    )
    assert clf.fit(X, y).score(X, y) == 1.0
    assert clf.n_features_in_ == 16
    assert clf.net_.module_.network.table.mean.shape == (93, 1)
    assert not hasattr(clf.table[0], "n_features_in_")
    assert clf.table_ is not clf.table


def test_grid_search_reaches_into_both(waves):
    X, y = waves
    table = Pipeline([("rows", FrameDescriptors()), ("summary", stats())])
    clf = small(image=MelSpectrogram(n_mels=8), table=table, max_epochs=1)
    grid = {
        "clf__image__n_mels": [8, 12],
        "clf__table__summary__stats": [("mean",), ("mean", "max")],
        "clf__optimizer__betas": [(0.8, 0.9)],
    }
    search = GridSearchCV(Pipeline([("clf", clf)]), grid, cv=2, error_score="raise")
    best = search.fit(X, y).best_estimator_["clf"]
    assert len(search.cv_results_["params"]) == 4
    assert best.n_features_in_ == search.best_params_["clf__image__n_mels"]
    n_stats = len(search.best_params_["clf__table__summary__stats"])
    assert best.net_.module_.network.table.mean.shape == (31 * n_stats, 1)


def test_transformers_are_fitted_on_training_clips_and_see_y(clips):
    X, y = clips
    table = make_pipeline(stats(("mean",)), SelectKBest(k=4), StandardScaler())
    clf = small(table=table).fit(X[::2], y[::2])
    assert clf.table_[1].get_support().tolist() == [True] * 4 + [False] * 12
    means = stats(("mean",)).transform(X[::2])[:, :4].mean(axis=0)
    np.testing.assert_allclose(clf.table_[2].mean_, means, rtol=1e-5)
    before = clf.table_
    clf.predict(X)
    clf.partial_fit(X, y)
    assert clf.table_ is before
    assert clf.n_iter_ == 4
    assert np.isfinite(cross_val_score(clf, X, y, cv=2)).all()


def test_warm_start_keeps_the_transformers(clips):
    X, y = clips
    clf = small(table=stats(), warm_start=True).fit(X, y)
    table, net = clf.table_, clf.net_
    clf.fit(X, y)
    assert clf.table_ is table
    assert clf.net_ is net
    assert clf.n_iter_ == 6


# -- slices -------------------------------------------------------------------------


def test_slices_vote_each_with_the_row_of_its_clip(clips):
    X, y = clips
    clf = small(image=Slicer(n_slices=3, slice_length=8), table=stats()).fit(X, y)
    by_slice = clf.predict_proba_slices(X)
    assert by_slice.shape == (24, 3, 2)
    np.testing.assert_allclose(clf.predict_proba(X), by_slice.mean(axis=1))
    # each slice alone, with the same row
    network = clf.net_.module_
    slices, rows = Slicer(n_slices=3, slice_length=8).transform(X), stats().transform(X)
    with torch.no_grad():
        logits = network(
            torch.from_numpy(slices[:, 1]),
            torch.from_numpy(rows[:, :, None]),
        )
    alone = torch.softmax(logits.double(), dim=1).numpy()
    np.testing.assert_allclose(by_slice[:, 1], alone, atol=1e-5)


def test_batches_hold_the_row_of_every_window(rng):
    image, table = rng.normal(size=(5, 2, 3, 9)), rng.normal(size=(5, 4))
    data = HybridDataset(Inputs(image, table), clips=np.array([1, 4]), window=4)
    assert len(data) == 2 * 2 * 3
    batch, _ = data.__getitems__([0, 5, 6, 11])
    np.testing.assert_array_equal(batch["table"][..., 0], table[[1, 1, 4, 4]])
    np.testing.assert_array_equal(batch["X"][3], image[4, 1, :, 5:])


def test_early_stopping_and_augmentation(clips):
    X, y = clips
    augment = Augmentation(mixup=0.3, time_mask=0.2, crop=12)
    clf = small(
        table=stats(),
        augment=augment,
        early_stopping=True,
        validation_fraction=0.25,
        max_epochs=15,
        lr=5e-3,
    )
    assert clf.fit(X, y, groups=np.arange(24) // 2).score(X, y) > 0.9
    assert "valid_loss" in clf.history_[0]


def test_mixup_mixes_the_rows_as_the_images(rng):
    image = rng.normal(size=(6, 2, 3))
    clf = small(augment=Augmentation(mixup=0.5), standardize=False)
    clf.set_params(table=FunctionTransformer(lambda X: X[:, 0])).fit(image, [0, 1] * 3)
    batch, _ = HybridDataset(Inputs(image, image[:, 0])).__getitems__(range(6))
    generator = torch.Generator().manual_seed(0)
    with clf.net_.at_work(Training(augment=clf.augment, generator=generator)):
        mixed = clf.net_._augmented(batch)
    assert not np.allclose(mixed["X"], image)
    np.testing.assert_allclose(mixed["table"][..., 0], mixed["X"][:, 0])


# -- in use -------------------------------------------------------------------------


def test_tags(clips):
    X, y = clips
    tags = np.stack([y == "jazz", y == "metal", np.arange(24) % 2], axis=1).astype(int)
    proba = small(table=stats()).fit(X, tags).predict_proba(X)
    assert proba.shape == (24, 3)
    assert ((proba > 0) & (proba < 1)).all()


def test_saved_model_gives_the_same(clips):
    X, y = clips
    clf = small(image=Slicer(n_slices=2, slice_length=8), table=stats())
    clf.set_params(save_optimizer=True).fit(X, y)
    loaded = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.partial_fit(X, y).n_iter_ == 4


def test_parameters_of_the_parts_are_its_own():
    clf = small(image=MelSpectrogram(), table=make_pipeline(stats(), PCA(5)))
    copy = clone(clf).set_params(image__n_mels=7, table__pca__n_components=3)
    assert clf.get_params()["image__n_mels"] == 128
    assert copy.image.n_mels == 7
    assert copy.table[1].n_components == 3
    for name in HybridClassifier().get_params(deep=False):
        assert f"\n{name} :" in HybridClassifier.__doc__
    assert "\n**training" not in HybridClassifier.__doc__


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"table": None}, r"table must give one row.*\(24, 16, 20\).*SummaryStats"),
        ({"table": stats}, r"table must be a transformer \(.*\) or None"),
        ({"image": "mel"}, r"image must be a transformer \(.*\) or None"),
        ({"table_sizes": 4}, "table_sizes"),
        ({"branch_size": 0}, "branch_size"),
        (
            {"image": FunctionTransformer(lambda X: X[1:])},
            "same number of clips, got 23",
        ),
        ({"dropout": 2}, "dropout"),
    ],
)
def test_bad_parameters_are_named(clips, params, message):
    with pytest.raises(ValueError, match=message):
        small(**{"table": stats(), **params}).fit(*clips)


def test_other_columns_than_in_fit(clips):
    X, y = clips
    halves = FunctionTransformer(lambda X: X[:, : X.shape[-1] // 2, 0])
    clf = small(table=halves).fit(X, y)
    with pytest.raises(ValueError, match="table gave 8 columns, but 10 in fit"):
        clf.predict(X[:, :, :16])
