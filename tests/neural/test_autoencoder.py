"""The autoencoders: shapes, loss, codes, reconstruction."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import (
    check_set_output_transform,
    check_set_output_transform_pandas,
    check_transformer_get_feature_names_out,
    check_transformer_get_feature_names_out_pandas,
)
from skorch.callbacks import Callback, EpochScoring

from sklearn_genre import (
    Augmentation,
    Autoencoder,
    CNNClassifier,
    DeepSoftmaxAutoencoder,
    SliceVotingClassifier,
    SummaryStats,
)
from sklearn_genre.neural._engine.data import ClipDataset
from sklearn_genre.neural._engine.net import Training

SMALL = dict(hidden_sizes=(16,), n_components=4, max_epochs=10, random_state=0)


@pytest.fixture
def waves(rng):
    """Noisy sines of two frequencies in 40 clips of 3 slices, 1 band, 50 samples."""
    y = np.repeat(["low", "high"], 20)
    cycles = np.where(y == "low", 2, 5)[:, None, None, None]
    phase = rng.uniform(0, 2 * np.pi, size=(40, 3, 1, 1))
    time = np.arange(50) / 50
    X = np.sin(2 * np.pi * cycles * time + phase)
    return (0.3 * X + 0.01 * rng.normal(size=X.shape) + 2).astype(np.float32), y


def n_weights(sizes):
    """Weights and biases of fully connected layers."""
    return sum(a * b + b for a, b in pairwise(sizes))


def count(module):
    return sum(p.numel() for p in module.parameters())


# -- network ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(4, 500), (4, 1, 500), (4, 5, 100), (4, 2, 1, 500)], ids=str
)
def test_500_to_64_to_500(rng, shape):
    X = rng.normal(size=shape)
    encoder = Autoencoder(max_epochs=1, random_state=0).fit(X)
    codes = encoder.transform(X)
    assert codes.shape == ((4, 2, 64, 1) if len(shape) == 4 else (4, 64))
    assert encoder.inverse_transform(codes).shape == shape
    sizes = [500, 256, 192, 128, 64]
    network = encoder.net_.module_.network
    assert count(network.encoder) == n_weights(sizes) == 210_560
    assert count(network.decoder) == n_weights(sizes[::-1]) == 210_996
    assert count(network) == 421_556


def test_softmax_autoencoder_adds_128_tanh_and_the_classes(rng):
    X, y = rng.normal(size=(8, 500)), np.arange(8) % 4
    network = DeepSoftmaxAutoencoder(max_epochs=1).fit(X, y).net_.module_.network
    assert count(network) == 421_556 + n_weights([64, 128, 4])
    assert [type(layer) for layer in network.classifier] == [
        torch.nn.Linear,
        torch.nn.Tanh,
        torch.nn.Dropout,
        torch.nn.Linear,
    ]
    plain = DeepSoftmaxAutoencoder(max_epochs=1, classifier_sizes=()).fit(X, y)
    assert count(plain.net_.module_.network.classifier) == n_weights([64, 4])


def test_activations_stand_in_mirror_image(rng):
    encoder = Autoencoder(
        activation=("sigmoid", "tanh", "relu"), code_activation="relu", max_epochs=1
    ).fit(rng.normal(size=(4, 20)))
    network = encoder.net_.module_.network
    names = [type(layer).__name__ for layer in (*network.encoder, *network.decoder)]
    kinds = [name for name in names if name != "Linear"]
    inward = ["Sigmoid", "Tanh", "ReLU"]
    assert kinds == [*inward, "ReLU", *inward[::-1], "Identity"]
    assert (encoder.transform(rng.normal(size=(9, 20))) >= 0).all()


# -- loss ---------------------------------------------------------------------------


def joint_loss(clf, X, y, weight=None):
    """The formula of the source, in NumPy, on what the fitted network gives."""
    module = clf.net_.module_
    with torch.no_grad():
        logits, rebuilt, _ = (part.numpy() for part in module(torch.from_numpy(X)))
    Z = (X - module.mean.numpy()) / module.scale.numpy()
    square = ((Z - rebuilt) ** 2).reshape(len(X), -1)
    square = square.sum(1) if clf.reduction == "sum" else square.mean(1)
    proba = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    log_p = np.log(proba[np.arange(len(y)), np.searchsorted(clf.classes_, y)])
    loss = clf.gamma * square - (1 - clf.gamma) * log_p
    return (loss if weight is None else loss * weight / weight.mean()).mean()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.9, 1.0])
def test_joint_loss_is_the_formula(waves, gamma, reduction):
    X, y = waves[0][:, 0].astype(np.float64), waves[1]
    params = dict(SMALL, gamma=gamma, reduction=reduction, max_epochs=2)
    clf = DeepSoftmaxAutoencoder(**params).fit(X, y)
    dataset = ClipDataset(X, clf._encode(y, False))
    batch = dataset.__getitems__(range(40))
    loss = clf.net_.validation_step(batch)["loss"].item()
    assert loss == pytest.approx(joint_loss(clf, X, y), rel=1e-10)


def test_weights_multiply_both_terms(waves):
    X, y = waves[0][:, 0].astype(np.float64), waves[1]
    weight = np.arange(1.0, 41.0)
    clf = DeepSoftmaxAutoencoder(**SMALL).fit(X, y)
    dataset = ClipDataset(X, clf._encode(y, False), weight / weight.mean())
    loss = clf.net_.validation_step(dataset.__getitems__(range(40)))["loss"].item()
    assert loss == pytest.approx(joint_loss(clf, X, y, weight), rel=1e-10)


def test_gamma_0_and_1_train_one_term_only(waves):
    X, y = waves[0][:, 0], waves[1]
    for gamma, idle in ((0.0, "decoder"), (1.0, "classifier")):
        short = DeepSoftmaxAutoencoder(**dict(SMALL, gamma=gamma, max_epochs=1))
        parts = [clone(short).set_params(max_epochs=n).fit(X, y).net_ for n in (1, 3)]
        first, later = (getattr(net.module_.network, idle) for net in parts)
        for a, b in zip(first.parameters(), later.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)


def loss_on(net, batch, augment):
    """Loss of one training batch, augmented as in training."""
    clips, y = batch
    training = Training(augment=augment, generator=torch.Generator())
    with torch.no_grad(), net.at_work(training):
        changed = net._augmented(dict(clips))
        return changed, net.get_loss(net.module_(changed["X"]), y, X=changed).item()


def test_masked_input_is_rebuilt_unmasked(waves):
    X, y = waves[0][:, 0].astype(np.float64), waves[1]
    clf = DeepSoftmaxAutoencoder(**dict(SMALL, gamma=1.0)).fit(X, y)
    net, batch = clf.net_, ClipDataset(X, np.zeros(40, int)).__getitems__(range(40))
    changed, loss = loss_on(net, batch, Augmentation(time_mask=0.5))
    assert not torch.equal(changed["X"], torch.from_numpy(X))
    rebuilt = net.module_(changed["X"])[1].detach().numpy()
    scale, mean = net.module_.scale.numpy(), net.module_.mean.numpy()
    expected = np.mean((rebuilt - (X - mean) / scale) ** 2)
    assert loss == pytest.approx(expected, rel=1e-10)


def test_mixed_input_is_rebuilt_as_the_mixture(waves):
    X, y = waves[0][:, 0].astype(np.float64), waves[1]
    clf = DeepSoftmaxAutoencoder(**SMALL).fit(X, y)
    net = clf.net_
    encoded = clf._encode(y, False)
    batch = ClipDataset(X, encoded).__getitems__(range(40))
    changed, loss = loss_on(net, batch, Augmentation(mixup=1.0))
    mixture = changed["X"].numpy()
    logits, rebuilt, _ = (p.detach().numpy() for p in net.module_(changed["X"]))
    scale, mean = net.module_.scale.numpy(), net.module_.mean.numpy()
    square = np.mean((rebuilt - (mixture - mean) / scale) ** 2)
    share, partner = (part.numpy() for part in changed["mixed"])
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    rows = np.arange(40)
    cross = -share * log_p[rows, encoded]
    cross -= (1 - share) * log_p[rows, encoded[partner]]
    assert loss == pytest.approx(0.9 * square + 0.1 * cross.mean(), rel=1e-10)


@pytest.mark.parametrize("kind", [Autoencoder, DeepSoftmaxAutoencoder])
def test_training_with_augmentation(waves, kind):
    X, y = waves
    augment = Augmentation(time_mask=0.2, mixup=0.3, gain=0.1)
    weight = np.arange(40) % 3
    model = kind(**SMALL, augment=augment).fit(X, y, sample_weight=weight)
    losses = model.net_.history[:, "train_loss"]
    assert losses[-1] < losses[0]
    with pytest.raises(ValueError, match=r"augment\.crop must be None"):
        kind(**SMALL, augment=Augmentation(crop=20)).fit(X, y)


# -- codes and reconstruction ---------------------------------------------------------


def test_linear_autoencoder_reaches_the_error_of_pca(rng):
    spread = np.array([5, 4, 3, 0.5, 0.4, 0.3, 0.2, 0.1])
    X = rng.normal(size=(300, 8)) * spread @ np.linalg.qr(rng.normal(size=(8, 8)))[0]
    linear = Autoencoder(
        hidden_sizes=(),
        n_components=3,
        standardize=False,
        lr=0.02,
        lr_schedule="cosine",
        max_epochs=60,
        random_state=0,
    ).fit(X)
    pca = PCA(3).fit(X)
    rebuilt = pca.inverse_transform(pca.transform(X))
    best = np.mean((X - rebuilt) ** 2)
    error = linear.reconstruction_error(X).mean()
    # no code of three numbers has a lower squared error than the PCA's
    assert best <= error < 1.05 * best
    projected = linear.inverse_transform(linear.transform(X))
    np.testing.assert_allclose(projected, rebuilt, atol=0.2)


def test_nonlinear_code_beats_a_line_on_a_curve(rng):
    angle = rng.uniform(0, np.pi, 400)
    X = np.column_stack([np.cos(angle), np.sin(angle)])
    curve = Autoencoder(
        hidden_sizes=(32, 16), n_components=1, max_epochs=60, lr=5e-3, random_state=0
    ).fit(X)
    pca = PCA(1).fit(X)
    line = np.mean((X - pca.inverse_transform(pca.transform(X))) ** 2)
    assert -curve.score(X) < 0.2 * line


@pytest.mark.parametrize("kind", [Autoencoder, DeepSoftmaxAutoencoder])
@pytest.mark.parametrize("shape", [(40, 150), (40, 3, 50), (40, 3, 1, 50)], ids=str)
def test_error_is_that_of_the_inverse_in_the_unit_of_X(waves, kind, shape):
    X, y = waves
    X = X.reshape(shape)
    model = kind(**dict(SMALL, max_epochs=60)).fit(X, y)
    rebuilt = model.inverse_transform(model.transform(X))
    assert rebuilt.dtype == np.float32
    expected = ((X - rebuilt).reshape(40, -1) ** 2).mean(axis=1)
    np.testing.assert_allclose(model.reconstruction_error(X), expected, rtol=1e-3)
    assert abs(rebuilt.mean() - 2) < 0.02
    assert expected.mean() < 0.7 * X.var()


def test_slices_are_coded_each_by_itself(waves):
    X, _ = waves
    encoder = Autoencoder(**SMALL).fit(X)
    codes = encoder.transform(X)
    assert codes.shape == (40, 3, 4, 1)
    np.testing.assert_allclose(encoder.transform(X[:, 1:2])[:, 0], codes[:, 1], 1e-4)
    slices = encoder.inverse_transform(codes)
    table = encoder.inverse_transform(codes[:, 1, :, 0])
    np.testing.assert_allclose(table, slices[:, 1], rtol=1e-4)


def test_codes_of_slices_in_a_pipeline(waves):
    X, y = waves
    encoder = Autoencoder(**SMALL).set_output(transform="pandas")
    codes = encoder.fit_transform(X)
    assert codes.iloc[0].shape == (3, 4, 1)
    assert encoder.inverse_transform(codes).shape == X.shape
    assert encoder.fit_transform(X[:, 0]).columns.tolist() == [
        "autoencoder0",
        "autoencoder1",
        "autoencoder2",
        "autoencoder3",
    ]
    cnn = CNNClassifier(n_filters=(4,), max_epochs=1, random_state=0)
    pipe = make_pipeline(Autoencoder(**SMALL), cnn).fit(X, y)
    assert pipe[-1].predict_proba_slices(pipe[0].transform(X)).shape == (40, 3, 2)
    summary = make_pipeline(Autoencoder(**SMALL), SummaryStats(stats=("mean", "std")))
    assert summary.fit_transform(X).shape == (40, 8)


def test_two_stages_and_one_tell_the_waves_apart(waves):
    X, y = waves
    params = dict(SMALL, max_epochs=40, lr=5e-3)
    stages = SliceVotingClassifier(
        make_pipeline(Autoencoder(**params), KNeighborsClassifier(3))
    )
    joint = DeepSoftmaxAutoencoder(**params)
    for model in (stages, joint):
        assert model.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) >= 0.9


@pytest.mark.parametrize("codes", [(5, 3), (5, 4, 1), (5, 3, 4, 2), (2, 2, 2, 4, 1)])
def test_bad_codes(waves, codes):
    encoder = Autoencoder(**dict(SMALL, max_epochs=1)).fit(waves[0])
    with pytest.raises(ValueError, match=r"codes must be of shape \(n, 4\)"):
        encoder.inverse_transform(np.zeros(codes))


def test_number_of_frames_is_fixed(waves):
    encoder = Autoencoder(**dict(SMALL, max_epochs=1)).fit(waves[0])
    with pytest.raises(ValueError, match="expecting 50 frames"):
        encoder.transform(waves[0][..., :40])


@pytest.mark.filterwarnings("ignore:X .*feature names")
@pytest.mark.parametrize(
    "check",
    [  # the checks mean to mix arrays and DataFrames
        check_set_output_transform,
        check_set_output_transform_pandas,
        check_transformer_get_feature_names_out,
        check_transformer_get_feature_names_out_pandas,
    ],
)
@pytest.mark.parametrize("kind", [Autoencoder, DeepSoftmaxAutoencoder])
def test_output_checks_of_scikit_learn(kind, check):
    check(kind.__name__, kind(**dict(SMALL, max_epochs=2)))


# -- as estimators --------------------------------------------------------------------


def test_grid_search_by_reconstruction(waves):
    X, _ = waves
    grid = {"n_components": [1, 6]}
    encoder = Autoencoder(**dict(SMALL, max_epochs=40, lr=5e-3))
    search = GridSearchCV(encoder, grid, cv=2).fit(X)
    assert search.best_params_ == {"n_components": 6}
    assert search.best_score_ < 0


def test_tags(waves):
    X, y = waves
    tags = np.column_stack([y == "low", y == "high", np.ones(40)]).astype(int)
    clf = DeepSoftmaxAutoencoder(**dict(SMALL, max_epochs=40, lr=5e-3)).fit(X, tags)
    assert clf.predict_proba(X).shape == (40, 3)
    assert (clf.predict(X) == tags).mean() > 0.9
    assert clf.transform(X).shape == (40, 3, 4, 1)


def test_decision_function_is_the_output_before_the_softmax(waves):
    X, y = waves
    X, y = X[:, 0], y + np.array(["", "er"])[np.arange(40) % 2]
    clf = DeepSoftmaxAutoencoder(**SMALL).fit(X, y)
    assert len(clf.classes_) > 2
    with torch.no_grad():
        logits = clf.net_.module_(torch.from_numpy(X))[0].numpy()
    score = clf.decision_function(X)
    np.testing.assert_allclose(score, logits, rtol=1e-6)
    proba = np.exp(score) / np.exp(score).sum(1, keepdims=True)
    np.testing.assert_allclose(proba, clf.predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("voting", ["soft", "hard", "max"])
def test_decision_function_of_slices_chooses_as_their_vote(waves, voting):
    X, y = waves
    y = y + np.array(["", "er"])[np.arange(40) % 2]
    clf = DeepSoftmaxAutoencoder(**SMALL, voting=voting).fit(X, y)
    score = clf.decision_function(X)
    proba = np.exp(score - score.max(1, keepdims=True))
    proba /= proba.sum(1, keepdims=True)
    np.testing.assert_allclose(proba, clf.predict_proba(X), rtol=1e-4, atol=1e-12)
    assert len(set(score.sum(1))) > 1, "logits, not only logarithms of shares"


def test_decision_function_of_two_classes_and_of_tags(waves):
    X, y = waves
    clf = DeepSoftmaxAutoencoder(**SMALL).fit(X, y)
    assert clf.decision_function(X).shape == (40,)
    tags = np.column_stack([y == "low", y == "high", y == y]).astype(int)
    clf = DeepSoftmaxAutoencoder(**SMALL).fit(X, tags)
    odds = clf.decision_function(X)
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), clf.predict_proba(X), rtol=1e-5)


def test_early_stopping_holds_out_whole_groups(waves):
    X, _ = waves
    groups = np.arange(40) // 4
    held = {}

    class Spy(Callback):
        def on_epoch_begin(self, net, dataset_train, dataset_valid, **kwargs):
            held["clips"] = dataset_train.clips, dataset_valid.clips

    encoder = Autoencoder(
        **dict(SMALL, max_epochs=100, lr=0.03),
        early_stopping=True,
        n_iter_no_change=2,
        validation_fraction=0.2,
        callbacks=[Spy()],
    ).fit(X, groups=groups)
    train, valid = held["clips"]
    assert not set(groups[train]) & set(groups[valid])
    assert len(train) + len(valid) == 40
    assert encoder.n_iter_ < 100
    best = min(encoder.net_.history[:, "valid_loss"])
    scale = encoder.net_.module_.scale.item()
    error = encoder.reconstruction_error(X[valid]).mean() / scale**2
    assert error == pytest.approx(best, rel=1e-3)


def test_scoring_callbacks_see_probabilities(waves):
    X, y = waves
    auc = EpochScoring("roc_auc", name="valid_auc", lower_is_better=False)
    clf = DeepSoftmaxAutoencoder(**SMALL, early_stopping=True, callbacks=[auc])
    history = clf.fit(X, y).history_
    assert all(0 <= row["valid_auc"] <= 1 for row in history)
    assert all(0 <= row["valid_acc"] <= 1 for row in history)


@pytest.mark.parametrize("kind", [Autoencoder, DeepSoftmaxAutoencoder])
def test_saved_model_encodes_and_trains_on(waves, kind):
    X, y = waves
    model = kind(save_optimizer=True, **SMALL).fit(X, y)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.transform(X), model.transform(X))
    for name in ("gamma", "reduction"):
        assert getattr(loaded.net_, name) == getattr(model.net_, name)
    assert loaded.partial_fit(X, y).n_iter_ == 11


def test_loss_is_kept_by_a_saved_model(waves):
    X, y = waves
    clf = DeepSoftmaxAutoencoder(**SMALL, gamma=0.3, reduction="sum").fit(X, y)
    net = pickle.loads(pickle.dumps(clf)).net_
    assert (net.gamma, net.reduction) == (0.3, "sum")


def test_groups_reach_the_inner_split_of_a_search(waves):
    X, _ = waves
    encoder = Autoencoder(**dict(SMALL, max_epochs=2))
    search = GridSearchCV(encoder, {"n_components": [2, 4]}, cv=GroupKFold(2))
    search.fit(X, groups=np.arange(40) // 4)
    assert len(search.cv_results_["params"]) == 2


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
def test_precision(waves, precision):
    X, y = waves
    clf = DeepSoftmaxAutoencoder(**SMALL, precision=precision).fit(X, y)
    assert clf.transform(X).dtype == np.float32
    assert np.isfinite(clf.reconstruction_error(X)).all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("kind", [Autoencoder, DeepSoftmaxAutoencoder])
def test_cuda(waves, kind):
    X, y = waves
    augment = Augmentation(time_mask=0.2, mixup=0.3)
    model = kind(**SMALL, device="cuda", augment=augment).fit(X, y)
    loaded = pickle.loads(pickle.dumps(model)).set_params(device="cpu")
    np.testing.assert_allclose(loaded.transform(X), model.transform(X), atol=1e-4)


@pytest.mark.parametrize("name", ["criterion", "gamma", "reduction"])
def test_another_loss_is_refused(waves, name):
    with pytest.raises(ValueError, match=f"'{name}': the loss is the error of recon"):
        Autoencoder(net_params={name: 1}).fit(waves[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_components", 0),
        ("hidden_sizes", (8, 0)),
        ("activation", "cube"),
        ("activation", ("relu", "tanh")),
        ("activation", None),
        ("code_activation", "softmax"),
        ("gamma", 1.5),
        ("reduction", "none"),
        ("classifier_sizes", 5),
        ("classifier_activation", "cube"),
    ],
)
def test_bad_parameters_are_named(waves, name, value):
    kinds = [DeepSoftmaxAutoencoder]
    if name in Autoencoder().get_params():
        kinds.append(Autoencoder)
    for kind in kinds:
        with pytest.raises(ValueError, match=f"{kind.__name__}: {name}"):
            kind(**SMALL).set_params(**{name: value}).fit(*waves)


@pytest.mark.parametrize("kind", [Autoencoder, DeepSoftmaxAutoencoder])
def test_docstrings_name_every_parameter(kind):
    for name in kind().get_params(deep=False):
        assert f"\n{name} :" in kind.__doc__, name
    assert "\n**training" not in kind.__doc__
