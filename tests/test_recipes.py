"""Recipes: the sources' hyperparameters, shapes and sizes, and that they run."""

import inspect
import itertools
import pickle

import numpy as np
import pytest
import torch
from numpydoc.validate import validate
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline
from test_package import CODES, in_fresh_python

import sklearn_genre
from sklearn_genre import MelSpectrogram, make_genre_audio, recipes

SYSTEMS = recipes.SYSTEMS
FUNCTIONS = [name for name in recipes.__all__ if name not in ("SYSTEMS", "System")]
systems = pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.call()[8:])


def classifier(name, **params):
    return getattr(recipes, name)(**params)["classifier"]


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


# -- the list ------------------------------------------------------------------------
def test_list_and_functions_agree():
    assert {s.recipe for s in SYSTEMS} == set(FUNCTIONS) - {
        "pun_features",
        "best",
        "fast",
    }
    assert len({s.call() for s in SYSTEMS}) == len(SYSTEMS)
    assert len({(s.source, s.name) for s in SYSTEMS}) == len(SYSTEMS)


@systems
def test_figures_have_a_split(system):
    assert (system.figure is None) == (system.split == "")
    assert system.figure is None or 0 < system.figure < 1
    assert system.mark in ("stated", "quoted")
    assert system.metric in ("accuracy", "roc_auc")
    assert system.input in ("spectrogram", "waveform", "table")
    line = system.headline()
    assert system.source in line
    assert ("no figure" in line) == (system.figure is None)
    assert ("quoted" in line) == (system.mark == "quoted" and bool(system.figure))


def test_figures_of_the_sources():
    figures = {s.name: s.figure for s in SYSTEMS}
    assert figures["two hidden layers"] == 0.67
    assert figures["3 convolutions on 5 slices"] == 0.83
    assert figures["2 convolutions on 10 slices"] == 0.85
    assert figures["CRNN"] == 0.893
    assert figures["convolutions over time, mel powers"] == 0.4687
    assert figures["convolutions over time, MFCC"] == 0.1718
    assert figures["logistic regression"] == 0.61
    assert figures["SVM, RBF kernel"] == 0.65
    assert figures["naive Bayes"] == 0.64
    assert figures["fully connected network"] == 0.68
    assert figures["convolutions and fully connected network"] == 0.81
    assert figures["deep softmax autoencoder"] == 0.582


def test_claims_are_told():
    assert '"13 % higher than all our baselines" is 16' in recipes.pun_hybrid.__doc__
    told = recipes.softmax_autoencoder.__doc__
    assert '"Lossless reconstruction" is not shown' in told
    assert "0.582 (0.584 in its table)" in told


@systems
def test_builds_clones_and_prints(system):
    model = system.build()
    assert isinstance(model, Pipeline)
    assert is_classifier(model)
    assert model.steps[0][0] == "front_end"
    assert model.steps[-1][0] == "classifier"
    assert repr(clone(model)) == repr(model)
    # no state is shared between two calls
    assert model["classifier"] is not system.build()["classifier"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_parameters_are_keyword_only_and_documented(name):
    function = getattr(recipes, name)
    kinds = {p.kind for p in inspect.signature(function).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}
    errors = validate(f"sklearn_genre.recipes.{name}")["errors"]
    assert not [(code, text) for code, text in errors if code in CODES]
    if name not in ("best", "fast", "pun_features"):
        assert "Ours" in function.__doc__ or "ours" in function.__doc__


# -- hyperparameters -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "params", "stated"),
    [
        (
            "jones_dnn",
            {},
            {"hidden_sizes": (512, 512), "lr": 1e-4, "activation": "relu"},
        ),
        (
            "jones_cnn",
            {"n_slices": 5},
            {
                "n_filters": (16, 32, 64),
                "kernel_size": 5,
                "pool_size": 2,
                "activation": "elu",
                "hidden_sizes": (512,),
                "norm": None,
                "block": "plain",
                "lr": 1e-4,
                "voting": "soft",
            },
        ),
        ("jones_cnn", {"n_slices": 10}, {"n_filters": (16, 32)}),
        ("jones_cnn", {"n_blocks": 4}, {"n_filters": (16, 32, 64, 128)}),
        (
            "panwar_crnn",
            {},
            {
                "n_filters": (64, 128, 128, 128),
                "pool_size": ((2, 2), (3, 3), (4, 4), (4, 4)),
                "hidden_sizes": (32, 32),
                "norm": "batch",
                "activation": "elu",
                "batch_size": 32,
                "max_epochs": 100,
                "early_stopping": True,
                "optimizer": "adam",
                "dropout": 0.0,
                "recurrent_dropout": 0.0,
                "input_norm": False,
            },
        ),
        (
            "panwar_crnn",
            {"variant": "choi"},
            {"dropout": 0.1, "recurrent_dropout": 0.3, "input_norm": True},
        ),
        (
            "choi_fcn",
            {},
            {"n_filters": (128, 384, 768, 2048), "dropout": 0.5},
        ),
        (
            "lachmish_cnn",
            {},
            {
                "n_filters": (256, 256, 512),
                "pool_size": (4, 2, 2),
                "hidden_sizes": (1024,),
                "kernel_size": 4,
                "activation": "relu",
                "dropout": 0.25,
                "lr": 1e-3,
                "batch_size": 64,
                "max_epochs": 125,
            },
        ),
        (
            "lachmish_cnn",
            {"variant": "code"},
            {"n_filters": (149, 73, 35), "hidden_sizes": (8192,)},
        ),
        (
            "lachmish_cnn",
            {"variant": "code", "features": "mfcc"},
            {"n_filters": (149, 73), "pool_size": (4, 2), "hidden_sizes": (1024,)},
        ),
        (
            "pun_hybrid",
            {},
            {
                "kernel_size": 3,
                "pool_size": 2,
                "block": "residual",
                "activation": "relu",
                "branch_size": 100,
                "n_filters": (16, 32, 64, 128),
            },
        ),
        (
            "softmax_autoencoder",
            {},
            {
                "n_components": 64,
                "classifier_sizes": (128,),
                "classifier_activation": "tanh",
                "gamma": 0.9,
                "lr": 1e-4,
                "max_epochs": 200,
                "batch_size": 512,
            },
        ),
        (
            "sample_cnn",
            {},
            {
                "optimizer": "sgd",
                "lr": 0.01,
                "net_params": {
                    "optimizer__momentum": 0.9,
                    "optimizer__nesterov": True,
                },
            },
        ),
    ],
)
def test_stated_hyperparameters(name, params, stated):
    found = classifier(name, **params).get_params(deep=False)
    assert {key: found[key] for key in stated} == stated


def test_dense_network_has_four_layers_dropout_and_penalty():
    dense = classifier("pun_dense")
    assert len(dense.hidden_sizes) == 4
    assert dense.dropout > 0
    assert dense.hidden_dropout > 0
    assert dense.weight_decay > 0
    assert dense.activation == "relu"


def test_hundred_songs_seen_as_often_as_the_code_says():
    lachmish = classifier("lachmish_cnn")
    assert lachmish.max_epochs * 800 == 100_000
    assert 100_000 // lachmish.batch_size == 1562


def test_validation_share_of_the_tagger():
    fraction = classifier("panwar_crnn").validation_fraction
    assert fraction == pytest.approx(1521 / (19_773 + 1521), abs=0.002)


@pytest.mark.parametrize("multiclass", ["ovr", "ovo"])
@pytest.mark.parametrize("kernel", ["rbf", "poly", "sigmoid", "linear"])
def test_number_of_support_vector_machines(kernel, multiclass, rng):
    model = recipes.pun_svm(kernel=kernel, multiclass=multiclass, front_end=None)
    y = np.repeat(np.arange(5), 6)
    model.fit(rng.normal(size=(30, 4)), y)
    svm = model["classifier"]
    if multiclass == "ovr":
        assert len(svm.estimators_) == 5
        assert svm.estimators_[0].kernel == kernel
    else:
        assert len(svm.intercept_) == 10  # pairs of five
        assert svm.kernel == kernel


def test_logistic_regression_is_one_against_the_rest(rng):
    model = recipes.pun_logistic(front_end=None)
    model.fit(rng.normal(size=(30, 4)), np.repeat(np.arange(5), 6))
    assert len(model["classifier"].estimators_) == 5


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
    """Weights and biases of convolutions, and of their batch normalisation."""
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


# -- they run ------------------------------------------------------------------------
# small in width and time, where that keeps what the recipe is
SHRINK = {
    "jones_dnn": {"hidden_sizes": (16, 16)},
    "jones_cnn": {"hidden_sizes": (16,)},
    "panwar_crnn": {"n_filters": (4, 4, 4, 4), "hidden_sizes": (4, 4)},
    "choi_fcn": {"n_filters": 8, "dropout": 0.1},
    "lachmish_cnn": {"n_filters": 8, "hidden_sizes": (16,)},
    "pun_dense": {"hidden_sizes": (16, 16, 8, 8)},
    "pun_hybrid": {"n_filters": (4, 8), "table_sizes": (8,), "branch_size": 8},
    "short_chunk_cnn": {"n_filters": (4, 4, 4, 4, 8, 8, 8), "hidden_sizes": (8,)},
    "musicnn": {"n_timbral": 4, "n_temporal": 4, "n_filters": 4},
    "sample_cnn": {"n_filters": (4,) * 10},
}


def shrunk(model, name):
    """The model with narrow layers; their number stays."""
    net, wanted = model["classifier"], {}
    for key, value in SHRINK.get(name, {}).items():
        if isinstance(value, int) and key == "n_filters" and name != "musicnn":
            value = (value,) * len(net.n_filters)
        wanted[f"classifier__{key}"] = value
    return model.set_params(**wanted)


def options(system, **wanted):
    """Those of the wanted parameters that the recipe has."""
    known = getattr(recipes, system.recipe).__kwdefaults__
    return {key: value for key, value in wanted.items() if key in known}


@pytest.fixture(scope="module")
def songs():
    """Two styles, two seconds each."""
    return make_genre_audio(3, genres=["dub", "waltz"], duration=2.0)


@systems
def test_from_audio(system, songs):
    """Whole chains at the rates of their sources, on short clips."""
    short = {"n_slices": 2} if system.input == "waveform" else {}
    if system.recipe in ("short_chunk_cnn", "musicnn"):
        short = {"n_slices": 2, "slice_length": 32}
    wanted = {"max_epochs": 1, "duration": 2.0, "random_state": 0} | short
    if system.recipe == "jones_dnn":
        wanted["front_end"] = recipes.pun_features(duration=2.0)
    if system.recipe == "jones_cnn":
        wanted["slice_length"] = 8
        wanted["image_shape"] = (32, 32) if system.params["n_slices"] == 5 else None
    if system.recipe in ("panwar_crnn", "lachmish_cnn"):
        wanted["n_frames"] = 48
    if system.recipe == "panwar_crnn":
        wanted["early_stopping"] = False
    if system.recipe == "sample_cnn":
        wanted["n_slices"] = 1
    if system.recipe == "pca_two_stage":
        wanted["n_components"] = 8
    model = shrunk(system.build(**options(system, **wanted)), system.recipe)
    X = [(wave, songs.sample_rate) for wave in songs.audio]
    model.fit(X, songs.target)
    pred = model.predict(X)
    assert pred.shape == (6,)
    assert set(pred) <= {"dub", "waltz"}
    if hasattr(model, "predict_proba"):
        proba = model.predict_proba(X)
        np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), pred)


def easy(kind, rng):
    """Two genres that differ plainly, as ``front_end=None`` takes them."""
    y = np.repeat(["jazz", "metal"], 12)
    if kind == "table":
        X = rng.normal(size=(24, 10))
        X[12:, :4] += 4
    elif kind == "waveform":
        X = rng.normal(size=(24, 2, 1, 60)).astype("float32")
        X[12:, ..., :20] += 3
    else:
        X = rng.normal(size=(24, 24, 32)).astype("float32")
        X[12:, :12] += 4
    return X, y


@systems
def test_learns_from_what_the_chain_would_give(system, rng):
    X, y = easy(system.input, rng)
    wanted = {"max_epochs": 20, "random_state": 0, "n_frames": None}
    if system.recipe in ("short_chunk_cnn", "musicnn"):
        wanted |= {"n_slices": 2, "slice_length": 16}
    if system.recipe == "jones_cnn":
        wanted |= {"slice_length": 8, "image_shape": None}
    if system.recipe.startswith(("pca", "soft", "auto")):
        wanted["n_components"] = 8
    if system.recipe == "sample_cnn":
        X = X[..., 0, :].reshape(24, -1)
        X = np.repeat(X, 2, axis=1)
        wanted["n_slices"] = 2
    model = system.build(front_end=None, **options(system, **wanted))
    model = shrunk(model, system.recipe)
    if system.recipe == "sample_cnn":
        model.set_params(
            slice__length=81, classifier__n_filters=(8, 8, 8, 8), classifier__dropout=0
        )
    rates = {key: 5e-3 for key in model.get_params() if key.endswith("__lr")}
    model.set_params(**rates)
    assert model.fit(X, y).score(X, y) >= 0.9


def test_tags_through_a_recipe(rng):
    tags = rng.integers(0, 2, size=(12, 3))
    X = rng.normal(size=(12, 24, 32)).astype("float32")
    model = recipes.panwar_crnn(
        front_end=None, n_frames=None, max_epochs=1, early_stopping=False
    )
    proba = shrunk(model, "panwar_crnn").fit(X, tags).predict_proba(X)
    assert proba.shape == (12, 3)


def test_groups_reach_the_inner_split_of_the_tagger(rng):
    X = rng.normal(size=(24, 24, 32)).astype("float32")
    y, artists = np.tile(["jazz", "pop"], 12), np.arange(24) // 2
    model = recipes.panwar_crnn(front_end=None, n_frames=None, max_epochs=1)
    model = shrunk(model, "panwar_crnn").fit(X, y, classifier__groups=artists)
    assert len(model["classifier"].history_) == 1


def test_votes_as_coded_and_as_told(rng):
    """The sum over slices and the highest single probability differ."""
    X = rng.normal(size=(12, 24, 32)).astype("float32")
    y = np.tile(["jazz", "pop", "rock"], 4)
    model = recipes.jones_cnn(
        slice_length=8, front_end=None, max_epochs=1, random_state=0
    )
    net = shrunk(model, "jones_cnn").fit(X, y)["classifier"]
    slices = model[:-1].transform(X)
    each = net.predict_proba_slices(slices)
    coded = np.argmax(each.sum(axis=1), axis=1)
    np.testing.assert_array_equal(net.predict(slices), net.classes_[coded])
    told = np.argmax(each.max(axis=1), axis=1)
    net.set_params(voting="max")
    np.testing.assert_array_equal(net.predict(slices), net.classes_[told])


# -- front ends ----------------------------------------------------------------------
def test_own_front_end():
    own = MelSpectrogram(n_mels=40)
    model = recipes.jones_cnn(front_end=own)
    assert model["front_end"] is own
    X = np.zeros((2, 5, 7))
    assert recipes.jones_cnn(front_end=None)["front_end"].transform(X) is X
    model = recipes.pun_hybrid(front_end=own)
    assert model["front_end"] is own
    assert model["classifier"].image is None


@pytest.mark.parametrize(
    "name",
    [
        "best",
        "choi_fcn",
        "fast",
        "jones_cnn",
        "lachmish_cnn",
        "musicnn",
        "panwar_crnn",
        "pun_hybrid",
        "short_chunk_cnn",
    ],
)
def test_without_front_end_tables_and_audio_are_refused(name):
    model = getattr(recipes, name)(front_end=None)
    y = np.repeat(["dub", "swing"], 4)
    audio = ["song.wav"] * 8
    for X, shape in ((np.zeros((8, 93)), "8x93"), (audio, "8"), (np.array(audio), "8")):
        with pytest.raises(ValueError, match=rf"n_frames\), got {shape}\."):
            model.fit(X, y)


def test_pieces_may_be_rows_of_a_table():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 500)), np.tile(["dub", "swing"], 40)
    model = recipes.pca_two_stage(front_end=None, max_epochs=1, random_state=0)
    flat = model.fit(X, y).predict_proba(X)
    pieces = model.fit(X.reshape(80, 1, 1, 500), y).predict_proba(X)
    np.testing.assert_array_equal(flat, pieces)


def test_counts_are_checked_and_numpy_integers_are_taken():
    for bad in ("5", 0, 2.5):
        with pytest.raises(ValueError, match="n_slices must be an integer >= 1"):
            recipes.jones_cnn(n_slices=bad)
        with pytest.raises(ValueError, match="n_blocks must be an integer >= 1"):
            recipes.jones_cnn(n_blocks=bad)
    five = recipes.choi_fcn(n_layers=np.int64(5))
    assert len(five["classifier"].n_filters) == 5


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_front_end_is_named(name):
    if name == "pun_features":
        return
    with pytest.raises(ValueError, match="front_end must be 'source'"):
        getattr(recipes, name)(front_end="audio")


def test_tables_of_the_deck_have_no_chain():
    with pytest.raises(ValueError, match="pun_features"):
        recipes.jones_dnn(front_end="source")


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("jones_cnn", {"features": "cqt"}),
        ("panwar_crnn", {"variant": "jones"}),
        ("choi_fcn", {"n_layers": 6}),
        ("lachmish_cnn", {"features": "chroma"}),
        ("lachmish_cnn", {"variant": "readme"}),
        ("pun_svm", {"multiclass": "tree"}),
        ("softmax_autoencoder", {"variant": "paper"}),
    ],
)
def test_unknown_choices_are_named(name, params):
    (key, value), *_ = params.items()
    with pytest.raises(ValueError, match=f"{key} must be one of .* got {value!r}"):
        getattr(recipes, name)(**params)


def test_reached_from_the_package():
    """Without an import of its own, in an interpreter that has not loaded it."""
    code = "import sklearn_genre as s; print(s.recipes.jones_dnn()['classifier'])"
    assert "DenseClassifier" in in_fresh_python(code)
    assert "recipes" in dir(sklearn_genre)
