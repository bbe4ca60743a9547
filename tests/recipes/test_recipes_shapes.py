"""Recipes: shapes of the chains from audio, and sizes of the networks."""

import itertools

import numpy as np
import pytest
import torch
from helpers import classifier
from sklearn.pipeline import make_pipeline

from sklearn_genre import Slicer, extract_features, recipes


def network(name, n_bands, n_frames, n_outputs, **params):
    """The torch network of a recipe at its full size, without memory for weights."""
    kind, sizes = classifier(name, **params)._network()
    with torch.device("meta"):
        return kind(n_bands, n_frames, n_outputs, **sizes).eval()


def n_weights(module):
    return sum(weights.numel() for weights in module.parameters())


def noise(seconds, rate=22050, n=1):
    rng = np.random.default_rng(0)
    return [(rng.normal(size=round(seconds * rate)), rate) for _ in range(n)]


# -- shapes of the chains from audio -------------------------------------------------
@pytest.mark.parametrize(
    ("name", "params", "shape"),
    [
        ("jones_cnn", {"n_slices": 5}, (5, 128, 128)),
        ("jones_cnn", {"n_slices": 10}, (10, 128, 128)),
        ("jones_cnn", {"n_slices": 10, "features": "mel"}, (10, 128, 128)),
        ("jones_cnn", {"n_slices": 5, "image_shape": (64, 64)}, (5, 64, 64)),
        ("panwar_crnn", {}, (96, 1440)),
        ("panwar_crnn", {"n_frames": None}, (96, 1366)),
        ("choi_fcn", {}, (96, 1366)),
        ("lachmish_cnn", {}, (128, 599)),
        ("lachmish_cnn", {"features": "mfcc"}, (13, 599)),
        ("lachmish_cnn", {"n_frames": None}, (128, 748)),
        ("pun_logistic", {}, (93,)),
        ("softmax_autoencoder", {}, (20, 1, 500)),
        ("pca_two_stage", {}, (20, 500)),
        ("short_chunk_cnn", {}, (8, 128, 231)),
        ("musicnn", {}, (10, 96, 187)),
        ("sample_cnn", {}, (10, 1, 59_049)),
    ],
)
def test_shapes_from_thirty_seconds(name, params, shape):
    chain = getattr(recipes, name)(**params)[:-1]
    if name == "pun_logistic":
        chain = chain[:-1]
    assert chain.fit_transform(noise(30)).shape == (1, *shape)


@pytest.mark.parametrize(("features", "n_bands"), [("mel", 128), ("mfcc", 13)])
def test_windows_go_to_a_file(tmp_path, features, n_bands):
    chain = recipes.lachmish_cnn(features=features)[:-1]
    extract_features(chain, noise(30), tmp_path / "windows.npy")
    assert np.load(tmp_path / "windows.npy").shape == (1, n_bands, 599)
    sliced = make_pipeline(chain[0], Slicer(slice_length=100))
    extract_features(sliced, noise(30), tmp_path / "slices.npy")
    assert np.load(tmp_path / "slices.npy").shape == (1, 7, n_bands, 100)


def test_ten_slices_do_not_overlap():
    slices = recipes.jones_cnn(n_slices=10)["slice"]
    frames = np.arange(1292.0).reshape(1, 1, 1292)  # 30 s
    cut = slices.fit_transform(frames)[0, :, 0]
    assert len(np.unique(cut)) == 10 * 128


def test_pieces_are_means_of_forty_samples():
    (wave, rate), *_ = noise(600_000 / 22050)
    assert len(wave) == 600_000
    pieces = recipes.softmax_autoencoder()["front_end"].fit_transform([(wave, rate)])
    means = wave[:20_000].reshape(500, 40).mean(axis=1)
    np.testing.assert_allclose(pieces[0, 0, 0], means, atol=1e-6)


def test_padding_is_37_zeros_at_each_side():
    pad = recipes.panwar_crnn()["pad"]
    padded = pad.fit_transform(np.ones((1, 96, 1366), dtype=np.float32))
    assert padded.shape[-1] == 1440
    assert not padded[..., :37].any()
    assert not padded[..., -37:].any()
    assert padded[..., 37:-37].all()


# -- sizes of the networks -----------------------------------------------------------
def dense(*sizes):
    """Weights and biases of fully connected layers."""
    return sum(a * b + b for a, b in itertools.pairwise(sizes))


def convs(taps, *channels, norm=False):
    """Weights and biases of convolutions, and of their batch normalization."""
    return sum(taps * a * b + b + 2 * b * norm for a, b in itertools.pairwise(channels))


def gru(n_in, n_out):
    """Weights of torch's GRU: three gates, two biases each."""
    return 3 * n_out * (n_in + n_out + 2)


TAGGER = convs(9, 1, 64, 128, 128, 128, norm=True) + gru(128, 32) + gru(32, 32)


@pytest.mark.parametrize(
    ("name", "params", "sizes", "expected"),
    [
        ("jones_dnn", {}, (93, 1, 10), dense(93, 512, 512, 10)),
        ("jones_dnn", {"hidden_sizes": (512,)}, (93, 1, 10), dense(93, 512, 10)),
        (
            "jones_cnn",
            {"n_slices": 5},
            (128, 128, 10),
            convs(25, 1, 16, 32, 64) + dense(16 * 16 * 64, 512, 10),
        ),
        (
            "jones_cnn",
            {"n_slices": 5, "image_shape": (64, 64)},
            (64, 64, 10),
            convs(25, 1, 16, 32, 64) + dense(8 * 8 * 64, 512, 10),
        ),
        (
            "jones_cnn",
            {"n_slices": 10},
            (128, 128, 10),
            convs(25, 1, 16, 32) + dense(32 * 32 * 32, 512, 10),
        ),
        ("panwar_crnn", {}, (96, 1440, 50), TAGGER + dense(32, 50)),
        (
            "panwar_crnn",
            {"variant": "choi"},
            (96, 1440, 50),
            2 * 96 + TAGGER + dense(32, 50),
        ),
        (
            "choi_fcn",
            {"n_layers": 4},
            (96, 1366, 50),
            convs(9, 1, 128, 384, 768, 2048, norm=True) + dense(2048, 50),
        ),
        (
            "choi_fcn",
            {"n_layers": 5},
            (96, 1366, 50),
            convs(9, 1, 128, 256, 512, 1024, 2048, norm=True) + dense(2048, 50),
        ),
        (
            "lachmish_cnn",
            {},
            (128, 599, 10),
            convs(4, 128, 256, 256, 512) + dense(35 * 512, 1024, 10),
        ),
        (
            "lachmish_cnn",
            {"features": "mfcc"},
            (13, 599, 10),
            convs(4, 13, 256, 256, 512) + dense(35 * 512, 1024, 10),
        ),
        ("pun_dense", {}, (93, 1, 10), dense(93, 256, 256, 128, 100, 10)),
        (
            "softmax_autoencoder",
            {},
            (1, 500, 4),
            dense(500, 256, 192, 128, 64)
            + dense(64, 128, 192, 256, 500)
            + dense(64, 128, 4),
        ),
    ],
)
def test_numbers_of_weights(name, params, sizes, expected):
    assert n_weights(network(name, *sizes, **params)) == expected


def test_tagger_leaves_fifteen_steps_of_128():
    """96 x 1440 becomes 48 x 720, 16 x 240, 4 x 60, 1 x 15."""
    crnn, sizes = network("panwar_crnn", 96, 1440, 50), []
    out = torch.zeros(1, 1, 96, 1440, device="meta")
    for layer in crnn.features:
        out = layer(out)
        sizes.append(tuple(out.shape[1:]))
    pooled = list(dict.fromkeys(sizes))
    for maps in ((64, 48, 720), (128, 16, 240), (128, 4, 60), (128, 1, 15)):
        assert maps in pooled
    assert sizes[-1] == (128, 1, 15)


def test_two_branches_of_a_hundred():
    hybrid = classifier("pun_hybrid")
    kind, sizes = hybrid._network()
    with torch.device("meta"):
        joined = kind(128, 334, 10, n_columns=93, **sizes).eval()
    image = joined.image(torch.zeros(2, 128, 334, device="meta"))
    table = joined.table(torch.zeros(2, 93, 1, device="meta"))
    assert image.shape == table.shape == (2, 100)
    assert n_weights(joined.table) == dense(93, 256, 256, 128, 100)
    assert n_weights(joined.hidden) + n_weights(joined.out) == dense(200, 100, 10)


def test_code_of_64_and_back_to_500():
    coder = network("softmax_autoencoder", 1, 500, 4)
    logits, rebuilt, code = coder(torch.zeros(3, 1, 500, device="meta"))
    assert (logits.shape, rebuilt.shape, code.shape) == ((3, 4), (3, 1, 500), (3, 64))
