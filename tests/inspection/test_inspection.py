"""The data behind figures: projections, curves, tag tables, layers, means."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import VotingClassifier
from sklearn.manifold import trustworthiness
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import EpochScoring

from sklearn_genre import (
    Augmentation,
    Autoencoder,
    BandScaler,
    CNNClassifier,
    CRNNClassifier,
    Slicer,
    SliceVotingClassifier,
    load_pretrained,
)
from sklearn_genre.inspection import (
    filter_responses,
    layer_table,
    layer_weights,
    mean_by_class,
    project,
    tag_table,
    top_clips,
    training_curves,
)

# one clip of MagnaTagATune in Panwar et al. (2017), Fig. 6: probabilities as
# printed, and its six tags
FIG_6 = """techno 0.818 fast 0.624 electro 0.453 beat 0.434 dance 0.386 drum 0.176
synth 0.173 trance 0.171 loud 0.156 no_singer 0.113 rock 0.060 pop 0.024 modern 0.020
bass 0.017 strange 0.016 vocal 0.013 male 0.008 ambient 0.008 heavy 0.006 guitar 0.006
new_age 0.005 no_piano 0.004 female 0.004 slow 0.004 hard 0.004 piano 0.003 india 0.003
jazz 0.002 singer 0.001 no_beat 0.001 violin 0.001 string 0.001 sitar 0.001 quiet 0
solo 0 foreign 0 eastern 0 classical 0 flute 0 soft 0 country 0 folk 0 chant 0 opera 0
choir 0 harpsichord 0 orchestra 0 baroque 0 harp 0 cello 0"""
FIG_6_ACTUAL = {"techno", "beat", "dance", "synth", "piano", "violin"}


@pytest.fixture
def clips(rng):
    """Clips of noise; clip i has a loud band 5 at frame 3 i."""
    X = 0.1 * rng.normal(size=(8, 16, 32))
    for i in range(8):
        X[i, 5, 3 * i] += 1 + i
    return X, np.arange(8) % 2


# -- projections -----------------------------------------------------------------------


def test_projection_by_pca_is_the_svd(rng):
    X = rng.normal(size=(30, 4, 5)) * np.arange(1, 6)
    centered = X.reshape(30, 20) - X.reshape(30, 20).mean(axis=0)
    u, s, _ = np.linalg.svd(centered, full_matrices=False)
    np.testing.assert_allclose(np.abs(project(X)), np.abs(u * s)[:, :2], atol=1e-10)


def test_tsne_keeps_neighbors(rng):
    X = rng.normal(size=(90, 6)) + 20 * np.repeat(np.eye(3, 6), 30, axis=0)
    points = project(X, method="tsne", perplexity=10, random_state=0)
    assert points.shape == (90, 2)
    assert trustworthiness(X, points) > 0.9
    centers = points.reshape(3, 30, 2).mean(axis=1)
    nearest = np.linalg.norm(points[:, None] - centers, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, np.repeat([0, 1, 2], 30))


def test_bad_projections(rng):
    with pytest.raises(ValueError, match="method must be one of 'pca', 'tsne'"):
        project(rng.normal(size=(5, 3)), method="umap")
    with pytest.raises(ValueError, match="method must be one of 'pca', 'tsne'"):
        project(rng.normal(size=(5, 3)), method=["pca"])
    with pytest.raises(ValueError, match="ragged"):
        project([np.zeros((2, 3)), np.zeros((2, 4))])


# -- curves ---------------------------------------------------------------------------


def test_auc_of_each_epoch_is_that_of_the_held_out_clips(rng):
    tags = rng.integers(0, 2, size=(60, 3))
    X = rng.normal(size=(60, 6, 8)) + np.repeat(tags, 2, axis=1)[:, :, None]
    auc = EpochScoring("roc_auc", lower_is_better=False, name="valid_auc")
    held = {}

    class Keep(EpochScoring):
        def on_epoch_begin(self, net, dataset_valid, **kwargs):
            held["clips"] = dataset_valid.clips

    tagger = CNNClassifier(
        n_filters=(4,),
        max_epochs=3,
        lr=0.01,
        early_stopping=True,
        validation_fraction=0.4,
        callbacks=[auc, Keep("accuracy", name="exact")],
        random_state=0,
    )
    curves = training_curves(make_pipeline(BandScaler(), tagger).fit(X, tags))
    assert set(curves) == {
        "epoch",
        "train_loss",
        "train_auc",
        "valid_loss",
        "dur",
        "valid_auc",
        "exact",
    }
    assert curves["epoch"].tolist() == [1, 2, 3]
    assert all(values.shape == (3,) for values in curves.values())
    # early stopping has put the weights of the best epoch back
    best = curves["valid_loss"].argmin()
    proba = tagger.predict_proba(BandScaler().fit_transform(X)[held["clips"]])
    expected = roc_auc_score(tags[held["clips"]], proba)
    assert curves["valid_auc"][best] == pytest.approx(expected)
    assert pd.DataFrame(curves).shape == (3, 7)


def test_curves_of_an_autoencoder_and_of_none(rng):
    X = rng.normal(size=(10, 5))
    encoder = Autoencoder(hidden_sizes=(), n_components=2, max_epochs=2)
    with pytest.raises(ValueError, match="not fitted"):
        training_curves(encoder)
    assert set(training_curves(encoder.fit(X))) == {"epoch", "train_loss", "dur"}
    with pytest.raises(TypeError, match="BandScaler is not a neural estimator"):
        training_curves(BandScaler().fit(X))


def test_curves_of_a_network_inside_another_model(rng):
    X, y = rng.normal(size=(12, 2, 4, 6)), np.repeat([0, 1], 6)
    network = CNNClassifier(n_filters=(2,), max_epochs=2)
    voting = SliceVotingClassifier(network).fit(X, y)
    assert training_curves(voting)["epoch"].tolist() == [1, 2]
    both = VotingClassifier([("a", network), ("b", network)]).fit(X[:, 0], y)
    with pytest.raises(ValueError, match="VotingClassifier holds 2 networks"):
        training_curves(both)


def test_no_curves_of_a_model_that_came_without_them():
    with pytest.raises(ValueError, match="history of CNNClassifier was not kept"):
        training_curves(load_pretrained("gtzan-scratch"))
    with pytest.raises(TypeError, match="not a neural estimator"):
        training_curves(load_pretrained("gtzan"))


# -- tags -----------------------------------------------------------------------------


def test_figure_of_predicted_and_actual_tags():
    pairs = re.findall(r"(\w+) ([\d.]+)", FIG_6)
    names, proba = map(np.array, zip(*pairs, strict=True))
    proba = proba.astype(float)
    actual = np.isin(names, list(FIG_6_ACTUAL)).astype(int)
    assert len(names) == 50
    assert actual.sum() == 6
    mix = np.random.default_rng(0).permutation(50)
    table = tag_table(actual[mix], proba[mix], tags=names[mix])
    assert table.counts == {"TP": 1, "FP": 1, "FN": 5, "TN": 43}
    assert table.accuracy == accuracy_score(actual, proba > 0.5) == 0.88
    assert table.tag[:3].tolist() == ["techno", "fast", "electro"]
    assert table.outcome[:4].tolist() == ["TP", "FP", "TN", "FN"]
    assert set(table.tag[table.outcome == "FN"]) == FIG_6_ACTUAL - {"techno"}
    np.testing.assert_array_equal(table.proba, proba)


def test_thresholds_of_single_tags():
    table = tag_table([1, 0, 1], [0.3, 0.2, 0.6], threshold=[0.25, 0.1, 0.7])
    assert table.tag.tolist() == [2, 0, 1]
    assert table.outcome.tolist() == ["FN", "TP", "FP"]


@pytest.mark.parametrize(
    ("y_true", "y_proba", "message"),
    [
        ([0, 2], [0.1, 0.2], "zeros and ones"),
        ([0, 1], [0.1, 1.2], "probabilities"),
        ([0, 1, 1], [0.1, 0.2], "inconsistent"),
    ],
)
def test_bad_tags(y_true, y_proba, message):
    with pytest.raises(ValueError, match=message):
        tag_table(y_true, y_proba)


# -- means ----------------------------------------------------------------------------


def test_mean_spectrogram_of_each_genre(rng):
    X = rng.normal(size=(9, 4, 3, 5)).astype(np.float32)
    y = np.array(["rock", "jazz", "pop"])[rng.permutation(9) % 3]
    means = mean_by_class(X, y)
    assert means.classes.tolist() == ["jazz", "pop", "rock"]
    assert means.count.tolist() == [3, 3, 3]
    for genre, mean in zip(means.classes, means.mean, strict=True):
        np.testing.assert_allclose(mean, X[y == genre].mean(axis=(0, 1)), rtol=1e-5)


def test_mean_spectrogram_of_each_tag(rng):
    X, tags = rng.normal(size=(3, 2, 5)), np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0]])
    means = mean_by_class(X, tags)
    np.testing.assert_allclose(means.mean[0], X[:2].mean(axis=0))
    np.testing.assert_allclose(means.mean[1], X[::2].mean(axis=0))
    assert np.isnan(means.mean[2]).all()
    assert means.count.tolist() == [2, 2, 0]


# -- layers --------------------------------------------------------------------------


def test_layer_table_of_convolutions(clips):
    X, y = clips
    cnn = CNNClassifier(
        block="plain", n_filters=(6, 4), kernel_size=5, pool_size=2, max_epochs=1
    )
    model = make_pipeline(Slicer(slice_length=16), cnn).fit(X, y)
    table = pd.DataFrame(layer_table(model, X)).set_index("kind")
    # two slices of 16 bands and 16 frames, halved by each pool
    shapes = ["6 x 16 x 16", "4 x 8 x 8"]
    assert table.output["Conv2d"].tolist() == shapes
    assert table.output["MaxPool2d"].tolist() == ["6 x 8 x 8", "4 x 4 x 4"]
    assert table.output["Linear"] == "2"
    module = model[-1].module_
    assert table.n_weights["Conv2d"].tolist() == [6 * 26, 4 * (6 * 25 + 1)]
    assert table.n_weights.sum() == sum(w.numel() for w in module.parameters())
    assert all(name in dict(module.named_modules()) for name in table.layer)
    assert not {"Identity", "Sequential"} & {*table.index}


def test_layer_table_of_a_crnn_and_of_an_autoencoder(clips, rng):
    X, y = clips
    crnn = CRNNClassifier(
        n_filters=(4,), pool_size=2, hidden_sizes=(3,), max_epochs=1, random_state=0
    )
    table = layer_table(crnn.fit(X, y), X)
    assert table.output[table.kind == "GRU"].tolist() == ["16 x 3"]
    rows = rng.normal(size=(20, 10))
    coder = Autoencoder(hidden_sizes=(6,), n_components=2, max_epochs=1).fit(rows)
    table = layer_table(coder, rows)
    assert table.output[table.kind == "Linear"].tolist() == ["6", "2", "6", "10"]


def test_layer_weights_are_those_of_the_network(clips):
    cnn = CNNClassifier(
        n_filters=(6, 4), block="plain", kernel_size=(5, 3), hidden_sizes=(7,)
    )
    cnn.set_params(max_epochs=1, random_state=0).fit(*clips)
    network = cnn.module_.network
    np.testing.assert_array_equal(
        layer_weights(cnn), network.features[0][0].weight.detach().numpy()
    )
    assert layer_weights(cnn).shape == (6, 1, 5, 3)
    assert layer_weights(cnn, layer=1).shape == (4, 6, 5, 3)
    assert layer_weights(cnn, layer="hidden.0").shape[0] == 7
    assert layer_weights(cnn, layer=-1).shape == (2, 7)
    for layer in (4, "features", None, [0]):
        with pytest.raises(ValueError, match="layer must be a number below 4"):
            layer_weights(cnn, layer=layer)


def test_weights_of_a_layer_over_the_input_are_images(clips):
    encoder = Autoencoder(hidden_sizes=(6,), n_components=2, max_epochs=1)
    assert layer_weights(encoder.fit(clips[0])).shape == (6, 16, 32)


def with_a_known_filter(clips, **params):
    """A network whose filter 2 answers to one loud value in its middle."""
    cnn = CNNClassifier(
        n_filters=(4,), block="plain", standardize=False, max_epochs=1, random_state=0
    )
    cnn.set_params(**params).fit(*clips)
    layer = cnn.module_.network.features[0][0]
    with torch.no_grad():
        layer.weight[2] = 0
        layer.weight[2, 0, 1, 1] = 1
        layer.bias[2] = 0
    return cnn


def test_top_clips_are_those_that_hold_what_the_filter_seeks(clips):
    X, _ = clips
    cnn = with_a_known_filter(clips)
    np.testing.assert_allclose(
        filter_responses(cnn, X)[:, 2], X.max(axis=(1, 2)), rtol=1e-6
    )
    top = top_clips(cnn, X, 2, n_clips=3)
    assert top.clip.tolist() == [7, 6, 5]
    assert top.frame.tolist() == [21, 18, 15]
    assert top.window.tolist() == [0, 0, 0]
    np.testing.assert_allclose(top.response, X[[7, 6, 5], 5, [21, 18, 15]])
    assert len(top_clips(cnn, X, 2, n_clips=99).clip) == 8


def test_top_clips_name_the_slice(clips):
    X, y = clips
    slices = Slicer(slice_length=8).fit_transform(X)
    top = top_clips(with_a_known_filter((slices, y)), slices, 2, n_clips=3)
    assert top.clip.tolist() == [7, 6, 5]
    assert (8 * top.window + top.frame).tolist() == [21, 18, 15]


def test_top_clips_of_windows_and_of_a_pipeline(clips):
    X, _ = clips
    cnn = with_a_known_filter(clips, augment=Augmentation(crop=8))
    top = top_clips(cnn, X, 2, n_clips=3)
    assert (8 * top.window + top.frame).tolist() == [21, 18, 15]
    pipe = make_pipeline(BandScaler(with_mean=False, with_std=False), cnn)
    pipe[0].fit(X)
    np.testing.assert_array_equal(filter_responses(pipe, X), filter_responses(cnn, X))


def test_responses_of_deeper_and_fully_connected_layers(clips):
    X, y = clips
    cnn = CNNClassifier(n_filters=(6, 4), max_epochs=1, random_state=0).fit(X, y)
    assert filter_responses(cnn, X, layer=1).shape == (8, 4)
    logits = filter_responses(cnn, X, layer=-1)
    np.testing.assert_array_equal(logits.argmax(axis=1), cnn.predict(X))
    assert top_clips(cnn, X, 1, layer=-1, n_clips=2).frame.tolist() == [16, 16]


def test_looking_changes_nothing(clips):
    X, y = clips
    cnn = CNNClassifier(n_filters=(6, 4), max_epochs=1, random_state=0).fit(X, y)
    before = cnn.predict_proba(X)
    filter_responses(cnn, X)
    layer_weights(cnn)[:] = 0
    np.testing.assert_array_equal(cnn.predict_proba(X), before)
    assert not any(part._forward_hooks for part in cnn.net_.module_.modules())


@pytest.mark.parametrize("index", [6, -1, "a"])
def test_unknown_filter(clips, index):
    X, y = clips
    cnn = CNNClassifier(n_filters=(6, 4), max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="0 to 5"):
        top_clips(cnn, X, index)
    with pytest.raises(ValueError, match="n_clips"):
        top_clips(cnn, X, 0, n_clips=0)
