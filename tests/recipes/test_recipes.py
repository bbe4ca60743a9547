"""Recipes: their list, the hyperparameters of the papers, and front ends."""

import inspect

import numpy as np
import pytest
from helpers import CODES, classifier, in_fresh_python, systems
from numpydoc.validate import validate
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline

import sklearn_genre
from sklearn_genre import MelSpectrogram, recipes

SYSTEMS = recipes.SYSTEMS
FUNCTIONS = [name for name in recipes.__all__ if name not in ("SYSTEMS", "System")]
TABLES = {"pun_features", "tzanetakis_features"}
# our own systems, and those of them that read audio only
FROM_AUDIO = {"pretrained", "fine_tuned"}
OWN = {"best", "fast"} | FROM_AUDIO


# -- the list ------------------------------------------------------------------------
def test_list_and_functions_agree():
    assert {s.recipe for s in SYSTEMS} == set(FUNCTIONS) - OWN - TABLES
    assert len({s.call() for s in SYSTEMS}) == len(SYSTEMS)
    assert len({(s.paper, s.name) for s in SYSTEMS}) == len(SYSTEMS)


@systems
def test_figures_have_a_split(system):
    assert (system.figure is None) == (system.split == "")
    assert system.figure is None or 0 < system.figure < 1
    assert isinstance(system.quoted, bool)
    assert system.metric in ("accuracy", "roc_auc")
    assert system.input in ("spectrogram", "waveform", "table")
    line = system.summary()
    assert system.paper in line
    assert ("no figure" in line) == (system.figure is None)
    assert ("quoted" in line) == (system.quoted and bool(system.figure))


def test_figures_of_the_papers():
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
    if name not in OWN | TABLES:
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
                "reduction": "sum",
                "lr": 1e-4,
                "max_epochs": 200,
                "batch_size": 512,
            },
        ),
        (
            "softmax_autoencoder",
            {"reduction": "mean", "gamma": 0.5},
            {"reduction": "mean", "gamma": 0.5},
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


@pytest.mark.parametrize("multiclass", ["ovr", "ovo"])
def test_support_vector_machines_give_probabilities_if_asked(multiclass, rng):
    y = np.repeat(np.arange(3), 10)
    X = rng.normal(size=(30, 4)) + y[:, None]
    params = dict(multiclass=multiclass, front_end=None)
    plain = recipes.pun_svm(**params).fit(X, y)
    assert not hasattr(plain, "predict_proba")
    model = recipes.pun_svm(**params, probability=True).fit(X, y)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    margins = plain.decision_function(X)
    np.testing.assert_array_equal(proba.argmax(axis=1), margins.argmax(axis=1))
    if multiclass == "ovr":
        np.testing.assert_array_equal(model.predict(X), plain.predict(X))


def test_logistic_regression_is_one_against_the_rest(rng):
    model = recipes.pun_logistic(front_end=None)
    model.fit(rng.normal(size=(30, 4)), np.repeat(np.arange(5), 6))
    assert len(model["classifier"].estimators_) == 5


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


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - FROM_AUDIO - TABLES))
def test_bad_front_end_is_named(name):
    with pytest.raises(ValueError, match="front_end must be 'audio'"):
        getattr(recipes, name)(front_end="paper")


def test_tables_of_the_deck_have_no_chain():
    with pytest.raises(ValueError, match="pun_features"):
        recipes.jones_dnn(front_end="audio")


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
