"""The further networks: their shapes and sizes, from their sources."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
import torch
from helpers import small
from torch import nn

from sklearn_genre import (
    CNNClassifier,
    CRNNClassifier,
    DenseClassifier,
    FullyConvolutionalClassifier,
    MusicnnClassifier,
    SampleCNNClassifier,
    TemporalCNNClassifier,
)
from sklearn_genre.neural.models._layers import (
    ConvBlock,
    ResidualBlock,
    SameConv2d,
    activate_last,
    clip_kernel,
    make_pool,
)
from sklearn_genre.neural.models._musicnn import TallConv2d


def built(classifier, n_bands, n_frames, n_outputs):
    """The network of a classifier, as ``fit`` builds it."""
    network, params = classifier._network()
    return network(n_bands, n_frames, n_outputs, **params).eval()


def n_weights(network):
    return sum(p.numel() for p in network.parameters())


def conv(n_in, n_out, taps, norm=False):
    """Weights, biases and those of batch normalization of one convolution."""
    return n_in * n_out * taps + n_out + 2 * n_out * norm


def shapes(layers, X):
    """Shape (without the batch) after each pool of a stack of layers."""
    out = []
    with torch.no_grad():
        for layer in layers:
            X = layer(X)
            if any(isinstance(part, nn.MaxPool2d) for part in layer.modules()):
                out.append(tuple(X.shape[1:]))
    return out


# -- networks -----------------------------------------------------------------------


def test_dense_network_has_two_hidden_layers():
    network = built(DenseClassifier(), 93, 1, 10)
    assert n_weights(network) == 94 * 512 + 513 * 512 + 513 * 10
    names = [type(layer).__name__ for layer in network.hidden]
    assert names == ["Linear", "ReLU", "Dropout"] * 2
    # dropout stands before the output only
    assert [layer.p for layer in network.hidden[2::3]] == [0.0, 0.5]


@pytest.mark.parametrize("hidden_sizes", [(), (40,), (256, 128, 64)])
def test_dense_network_of_any_depth(hidden_sizes):
    network = built(DenseClassifier(hidden_sizes=hidden_sizes), 13, 5, 4)
    sizes = [65, *hidden_sizes, 4]
    assert n_weights(network) == sum((a + 1) * b for a, b in pairwise(sizes))


@pytest.mark.parametrize("n_bands", [128, 13])
def test_temporal_network_of_the_figure(n_bands):
    network = built(TemporalCNNClassifier(), n_bands, 599, 10)
    maps = shapes(network.features, torch.zeros(1, n_bands, 1, 599))
    assert maps == [(256, 1, 149), (256, 1, 73), (512, 1, 35)]
    convolutions = conv(n_bands, 256, 4) + conv(256, 256, 4) + conv(256, 512, 4)
    dense = (35 * 512 + 1) * 1024 + 1025 * 10
    assert n_weights(network) == convolutions + dense


def test_temporal_network_of_the_code():
    # built without memory: its fully connected layer has 87 million weights
    with torch.device("meta"):
        network = built(TemporalCNNClassifier(variant="code"), 128, 599, 10)
        maps = shapes(network.features, torch.zeros(1, 1, 128, 599))
    assert maps == [(149, 32, 150), (73, 16, 75), (35, 8, 38)]
    convolutions = conv(1, 149, 16) + conv(149, 73, 16) + conv(73, 35, 16)
    dense = (38 * 8 * 35 + 1) * 8192 + 8193 * 10
    assert n_weights(network) == convolutions + dense


def test_temporal_network_of_the_mfcc_code():
    classifier = TemporalCNNClassifier(
        variant="code", n_filters=(149, 73), pool_size=(4, 2), hidden_sizes=(1024,)
    )
    network = built(classifier, 13, 599, 10)
    assert network.hidden[0].in_features == 75 * 2 * 73


def test_temporal_dropout_keeps_three_quarters():
    network = built(TemporalCNNClassifier(n_filters=(4, 4, 4)), 8, 599, 2)
    rates = [m.p for m in network.modules() if isinstance(m, nn.Dropout)]
    assert rates == [0.25] * 4


@pytest.mark.parametrize("variant", ["figure", "code"])
@pytest.mark.parametrize("n_frames", [1, 2, 5, 20])
def test_temporal_kernels_and_pools_are_clipped(variant, n_frames):
    classifier = TemporalCNNClassifier(
        variant=variant, n_filters=(4, 4, 4), hidden_sizes=()
    )
    network = built(classifier, 3, n_frames, 2)
    assert network(torch.zeros(2, 3, n_frames)).shape == (2, 2)


FCN_4 = dict(
    n_filters=(128, 384, 768, 2048), pool_size=((2, 4), (4, 5), (3, 8), (4, 8))
)
FCN_5 = dict(n_filters=(128, 256, 512, 1024, 2048))


@pytest.mark.parametrize(
    ("params", "maps"),
    [
        ({}, [(48, 341), (24, 85), (12, 21), (4, 4), (1, 1)]),
        (FCN_4, [(48, 341), (12, 68), (4, 8), (1, 1)]),
        (FCN_5, [(48, 341), (24, 85), (12, 21), (4, 4), (1, 1)]),
    ],
    ids=["default", "FCN-4", "FCN-5"],
)
def test_fully_convolutional_network_leaves_one_place(params, maps):
    classifier = FullyConvolutionalClassifier(**params)
    with torch.device("meta"):
        network = built(classifier, 96, 1366, 50)
        found = shapes(network.features, torch.zeros(1, 1, 96, 1366))
    n_filters = classifier.n_filters
    expected = [(n, *size) for n, size in zip(n_filters, maps, strict=True)]
    assert found == expected
    sizes = [1, *n_filters]
    weights = sum(conv(a, b, 9, norm=True) for a, b in pairwise(sizes))
    assert n_weights(network) == weights + (n_filters[-1] + 1) * 50


def test_fully_convolutional_network_reads_longer_clips(clips):
    X, y = clips
    fcn = small(FullyConvolutionalClassifier, max_epochs=2).fit(X, y)
    assert fcn.predict_proba(np.tile(X, 3)).shape == (36, 3)
    assert fcn.predict_proba(X[:, :, :16]).shape == (36, 3)
    with pytest.raises(ValueError, match="at least 16 frames"):
        fcn.predict(X[:, :, :15])
    with pytest.raises(ValueError, match="at least 16 frames"):
        pickle.loads(pickle.dumps(fcn)).predict(X[:, :, :15])


def test_musicnn_has_the_published_sizes():
    assert n_weights(built(MusicnnClassifier(), 96, 187, 50)) == 787_159


@pytest.mark.parametrize(
    ("n_bands", "heights"), [(1, [1, 1]), (2, [2, 2]), (3, [2, 2]), (10, [4, 7])]
)
def test_musicnn_tells_few_bands_apart(n_bands, heights):
    network = built(MusicnnClassifier(), n_bands, 1, 2)
    assert [block[0].kernel_size[0] for block in network.timbral] == heights


def test_tall_filters_have_the_gradients_of_a_convolution(rng):
    tall = TallConv2d(4, 6, 3)
    plain = torch.nn.Conv2d(1, 4, (6, 3), padding=(0, 1))
    plain.load_state_dict(tall.state_dict())
    X = torch.tensor(rng.normal(size=(2, 1, 9, 12)), dtype=torch.float32)
    want = torch.tensor(rng.normal(size=(2, 4, 4, 12)), dtype=torch.float32)
    results = []
    for layer in (tall, plain):
        wave = X.clone().requires_grad_()
        out = layer(wave)
        (out * want).sum().backward()
        results.append((out, wave.grad, layer.weight.grad, layer.bias.grad))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_musicnn_computes_what_it_describes(rng):
    """Against its parts, put together by hand in NumPy."""
    classifier = MusicnnClassifier(
        n_timbral=2,
        timbral_heights=(0.5,),
        n_temporal=3,
        temporal_lengths=(5,),
        n_filters=4,
        n_blocks=2,
        hidden_sizes=(),
        norm=None,
        dropout=0.0,
    )
    network = built(classifier, 6, 10, 2).double()
    X = rng.normal(size=(1, 6, 10))
    weights = {name: p.detach().numpy() for name, p in network.named_parameters()}

    def correlate(maps, name):
        """ReLU of a convolution over frames, zero-padded, all bands of a kernel."""
        kernel, bias = weights[f"{name}.0.weight"], weights[f"{name}.0.bias"]
        height, width = kernel.shape[2:]
        side = width // 2
        maps = np.pad(maps, [(0, 0), (0, 0), (side, side)])
        out = np.empty((len(kernel), maps.shape[1] - height + 1, X.shape[2]))
        for band, frame in np.ndindex(out.shape[1:]):
            part = maps[:, band : band + height, frame : frame + width]
            out[:, band, frame] = (kernel * part).sum((1, 2, 3)) + bias
        return np.maximum(out, 0)

    timbral = correlate(X, "timbral.0").max(1)
    temporal = correlate(X, "temporal.0").max(1)
    front = np.concatenate([timbral, temporal])
    first = correlate(front[:, None], "middle.0")[:, 0]
    second = correlate(first[:, None], "middle.1")[:, 0] + first
    steps = np.concatenate([front, first, second])
    pooled = np.concatenate([steps.max(1), steps.mean(1)])
    expected = weights["out.weight"] @ pooled + weights["out.bias"]
    with torch.no_grad():
        found = network(torch.from_numpy(X))[0].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_sample_network_of_59049_samples():
    network = built(SampleCNNClassifier(), 1, 3**10, 50)
    maps = shapes(network.features, torch.zeros(1, 128, 1, 3**9))
    n_filters = SampleCNNClassifier().n_filters
    expected = [(n, 1, 3 ** (8 - k)) for k, n in enumerate(n_filters[1:])]
    assert maps == expected
    blocks = sum(conv(a, b, 3, True) for a, b in pairwise(n_filters))
    stem, last = conv(1, 128, 3, True), conv(512, 512, 1, True)
    assert n_weights(network) == stem + blocks + last + 513 * 50
    with torch.no_grad():
        assert network(torch.zeros(2, 1, 3**10)).shape == (2, 50)


def test_sample_network_sees_the_last_sample():
    network = built(SampleCNNClassifier(n_filters=(4, 4), norm=None), 1, 10, 2)
    for weight in network.parameters():
        # positive weights: no unit is silent, whatever the draw
        weight.data.abs_()
    X = torch.ones(1, 1, 10, requires_grad=True)
    network(X).sum().backward()
    # zero-padded to 12 samples in four strides
    assert X.grad[0, 0, 9] > 0


@pytest.mark.parametrize("activation", ["relu", "elu", "tanh", "gelu"])
@pytest.mark.parametrize("kind", [ConvBlock, ResidualBlock])
def test_activation_behind_the_pool_gives_the_same_maps(kind, activation):
    block = kind(3, 4, kernel_size=(3, 3), norm="batch", activation=activation)
    pool = nn.MaxPool2d((2, 3), ceil_mode=True)
    X = torch.randn(2, 3, 7, 10)
    usual = pool(block(X))
    behind, pooled = activate_last(block, pool)
    found = pooled(behind(X))
    # a vectorized exponential rounds by its place in the vector
    torch.testing.assert_close(found, usual, rtol=1e-6, atol=1e-7)
    # GELU falls before it rises
    assert (pooled is pool) == (activation == "gelu")


def test_short_chunk_network_is_a_form_of_the_cnn():
    n_filters = (128, 128, 256, 256, 256, 256, 512)
    classifier = CNNClassifier(
        n_filters=n_filters,
        pool_first=False,
        pooling="max",
        keep_bands=True,
        hidden_sizes=(512,),
        dropout=0.5,
    )
    with torch.device("meta"):
        network = built(classifier, 128, 231, 50)
        maps = shapes(network.features, torch.zeros(1, 1, 128, 231))
    assert maps[-1] == (512, 1, 2)
    weights = conv(1, 128, 9, True)
    for a, b in pairwise(n_filters):
        weights += conv(a, b, 9, True) + conv(b, b, 9, True)
        weights += conv(a, b, 1) if a != b else 0
    assert n_weights(network) == weights + 513 * 512 + 513 * 50


def test_pool_of_a_residual_block_stands_behind_its_first_convolution():
    pool = nn.MaxPool2d((2, 3), ceil_mode=True)
    block = ResidualBlock(
        3, 4, kernel_size=(3, 3), norm="batch", activation="relu", pool=pool
    ).eval()
    X = torch.randn(2, 3, 7, 10)
    first, _, norm, act, second, last = block.body
    inner = second(act(norm(pool(first(X)))))
    expected = torch.relu(last(inner) + block.shortcut(pool(X)))
    torch.testing.assert_close(block(X), expected)
    assert block(X).shape == (2, 4, 4, 4)


def test_pool_first_changes_nothing_without_normalization():
    params = dict(block="plain", norm=None, activation="elu", n_filters=(4, 8))
    X = torch.randn(3, 20, 30)
    outputs = []
    for pool_first in (False, True):
        torch.manual_seed(0)
        classifier = CNNClassifier(pool_first=pool_first, dropout=0.0, **params)
        outputs.append(built(classifier, 20, 30, 5)(X))
    torch.testing.assert_close(*outputs)


def test_averaged_bands_lose_their_place():
    """Without padding at work, a shift by a pool of bands changes nothing."""
    params = dict(n_filters=(4,), pool_size=2, kernel_size=1, dropout=0.0)
    X = torch.randn(3, 20, 30)
    for keep_bands in (True, False):
        classifier = CNNClassifier(keep_bands=keep_bands, **params)
        network = built(classifier, 20, 30, 5).eval()
        assert network.out.in_features == (80 if keep_bands else 8)
        same = torch.allclose(network(X), network(X.roll(2, dims=1)), atol=1e-5)
        assert same != keep_bands


@pytest.mark.parametrize("kernel_size", [(4, 4), (2, 5), (1, 6), (3, 3)])
def test_even_kernels_keep_the_size_of_the_map(kernel_size):
    layer = SameConv2d(2, 3, kernel_size)
    X = torch.randn(2, 2, 7, 9, generator=torch.Generator().manual_seed(0))
    bands, frames = kernel_size
    before, behind = (frames - 1) // 2, frames // 2
    below, above = (bands - 1) // 2, bands // 2
    padded = nn.functional.pad(X, (before, behind, below, above))
    expected = nn.functional.conv2d(padded, layer.weight, layer.bias)
    assert layer(X).shape[2:] == (7, 9)
    torch.testing.assert_close(layer(X), expected)


@pytest.mark.parametrize("length", [1, 2, 3, 8])
def test_clipped_kernels_leave_out_padding_only(length):
    """A long kernel and its middle give the same on a short map."""
    long = SameConv2d(1, 1, (1, 9)).double()
    X = torch.randn(1, 1, 1, length, dtype=torch.float64)
    taps = clip_kernel(9, length)
    short = SameConv2d(1, 1, (1, taps)).double()
    start = (9 - taps) // 2
    short.weight.data = long.weight.data[..., start : start + taps]
    short.bias.data = long.bias.data
    torch.testing.assert_close(short(X), long(X))


def test_a_table_has_no_weights_that_only_meet_padding():
    network = built(CNNClassifier(n_filters=(4, 4), norm=None, pool_size=2), 4, 1, 2)
    found = [m.kernel_size for m in network.modules() if isinstance(m, SameConv2d)]
    # 4 bands, then 2 after the pool, always one frame
    assert found == [(3, 1), (3, 1), (3, 1)]


@pytest.mark.parametrize(("ceil", "pooled"), [(True, (3, 4)), (False, (2, 3))])
def test_pools_with_and_without_a_rest(ceil, pooled):
    layer, size = make_pool((3, 3), (7, 10), ceil=ceil)
    assert size == pooled
    assert layer(torch.zeros(1, 1, 7, 10)).shape[2:] == pooled


# -- several spectrograms as channels ------------------------------------------------
@pytest.mark.parametrize("kind", [CNNClassifier, CRNNClassifier])
def test_channels_see_the_same_band_of_every_spectrogram(kind):
    torch.manual_seed(0)
    classifier = kind(n_channels=2, n_filters=(4,), pool_size=2, norm=None)
    network = built(classifier, 12, 10, 3)
    first = next(m for m in network.modules() if isinstance(m, nn.Conv2d))
    assert first.weight.shape[1] == 2
    X = torch.randn(5, 12, 10)
    seen = []
    first.register_forward_hook(lambda _, given, out: seen.extend([*given, out]))
    network(X)
    image, maps = seen
    assert torch.equal(image[:, 0], X[:, :6])
    assert torch.equal(image[:, 1], X[:, 6:])
    parts = [
        nn.functional.conv2d(X[:, None, at : at + 6], weight[:, None], padding="same")
        for at, weight in zip((0, 6), first.weight.unbind(1), strict=True)
    ]
    expected = sum(parts) + first.bias[:, None, None]
    torch.testing.assert_close(maps, expected)


@pytest.mark.parametrize("kind", [CNNClassifier, CRNNClassifier])
def test_channels_must_divide_the_bands(kind, rng):
    X, y = rng.normal(size=(6, 9, 8)), [0, 1] * 3
    with pytest.raises(ValueError, match=r"n_channels=2 must divide .* which is 9"):
        kind(n_channels=2, max_epochs=1).fit(X, y)


def test_channels_are_learned_where_they_agree(rng):
    """Only the product of both spectrograms tells the classes apart."""
    one = rng.choice([-1.0, 1.0], size=(60, 6, 8))
    y = np.arange(60) % 2
    X = np.concatenate([one, np.where(y[:, None, None] == 1, one, -one)], axis=1)
    net = CNNClassifier(n_channels=2, n_filters=(8, 8), kernel_size=1, random_state=0)
    net.set_params(max_epochs=30, lr=1e-2, pool_size=1)
    assert net.fit(X[:40], y[:40]).score(X[40:], y[40:]) == 1
