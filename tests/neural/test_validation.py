"""Clips that a training watches and does not learn from."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from helpers import SMALL, public_estimators, small, small_cnn
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from sklearn_genre import (
    Augmentation,
    BandScaler,
    DenseClassifier,
    FullyConvolutionalClassifier,
    HybridClassifier,
    Slicer,
    SliceVotingClassifier,
    SummaryStats,
)
from sklearn_genre.neural import NeuralEstimator


@pytest.fixture
def mask():
    """Every fourth clip is watched."""
    return np.arange(36) % 4 == 0


def same(a, b):
    """Whether two networks have the same weights, up to rounding."""
    states = (model.module_.state_dict().values() for model in (a, b))
    return all(np.allclose(*pair, atol=1e-5) for pair in zip(*states, strict=True))


def test_both_ways_watch_the_same_and_change_nothing(clips, mask):
    X, y = clips
    weight = np.linspace(1, 2, 36)
    how = dict(class_weight={"jazz": 2.0}, dropout=0.2)
    plain = small_cnn(**how).fit(X[~mask], y[~mask], weight[~mask])
    given = small_cnn(**how).fit(
        X[~mask], y[~mask], weight[~mask], X_val=X[mask], y_val=y[mask]
    )
    masked = small_cnn(**how).fit(X, y, weight, val_mask=mask)
    assert same(plain, given)
    assert same(plain, masked)
    for a, b in zip(given.history_, masked.history_, strict=True):
        assert a["valid_loss"] == pytest.approx(b["valid_loss"], rel=1e-4)
        assert a["valid_acc"] == b["valid_acc"]


def test_history_is_a_table(clips, mask):
    X, y = clips
    cnn = small_cnn(max_epochs=3, lr=0.01).fit(X, y, val_mask=mask)
    table = pd.DataFrame(cnn.history_).set_index("epoch")
    assert table.index.tolist() == [1, 2, 3]
    columns = {"train_loss", "train_acc", "valid_loss", "valid_acc", "dur"}
    assert columns < {*table.columns}
    assert not {"batches", "train_batch_count"} & {*table.columns}
    assert table["valid_acc"].iloc[-1] == cnn.score(X[mask], y[mask])
    alone = pd.DataFrame(small_cnn(max_epochs=3, lr=0.01).fit(X, y).history_)
    assert "train_acc" in alone
    assert "valid_loss" not in alone


def test_tags_are_scored_by_auc(clips, mask):
    X, y = clips
    tags = pd.get_dummies(y).astype(int)
    tags["never"] = 0
    cnn = small_cnn(max_epochs=10, lr=0.02).fit(X, tags, val_mask=mask)
    first, *_, last = cnn.history_
    assert last["valid_auc"] > 0.95
    assert first["train_auc"] < last["train_auc"]
    proba = cnn.predict_proba(X[mask])[:, :3]
    hits = tags[mask].to_numpy()[:, :3]
    expected = np.mean(
        [sklearn.metrics.roc_auc_score(hits[:, k], proba[:, k]) for k in range(3)]
    )
    assert last["valid_auc"] == pytest.approx(expected)


def test_mixed_windows_have_no_score(clips, mask):
    X, y = clips
    cnn = small_cnn(augment=Augmentation(mixup=0.4), max_epochs=1)
    (row,) = cnn.fit(X, y, val_mask=mask).history_
    assert "valid_acc" in row
    assert "train_acc" not in row


class Spy(Callback):
    """Note the clips of both sides."""

    def on_train_begin(self, net, X, **kwargs):
        """Note them where the test finds them."""
        Spy.seen = X.clips, net.training_.valid


def test_early_stopping_goes_by_the_given_clips(clips, mask):
    X, y = clips
    cnn = small_cnn(
        early_stopping=True, n_iter_no_change=2, max_epochs=80, lr=0.05, callbacks=[Spy]
    ).fit(X, y, val_mask=mask)
    learned, watched = Spy.seen
    assert learned.tolist() == np.flatnonzero(~mask).tolist()
    assert watched.clips.tolist() == np.flatnonzero(mask).tolist()
    assert cnn.n_iter_ < 80


def test_a_pipeline_transforms_the_clips_to_watch(clips, mask):
    X, y = clips
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(
            BandScaler(),
            Slicer(n_slices=2, slice_length=16),
            small_cnn(standardize=False),
            transform_input=["X_val"],
        )
        model.fit(X[~mask], y[~mask], X_val=1000 + X[mask], y_val=y[mask])
        losses = [row["valid_loss"] for row in model[-1].history_]
        model.fit(X[~mask], y[~mask], X_val=X[mask], y_val=y[mask])
    usual = [row["valid_loss"] for row in model[-1].history_]
    # scaled by the training clips, in slices
    assert max(usual) < 5 < min(losses)


@pytest.mark.parametrize("routing", [False, True])
def test_cross_validation_cuts_the_mask(clips, mask, routing):
    X, y = clips
    model = make_pipeline(BandScaler(), small_cnn(max_epochs=1, callbacks=[Spy]))
    name = "val_mask" if routing else "cnnclassifier__val_mask"
    with sklearn.config_context(enable_metadata_routing=routing):
        folds = StratifiedKFold(2)
        cross_validate(model, X, y, cv=folds, params={name: mask})
    train, _ = list(folds.split(X, y))[-1]
    assert Spy.seen[1].clips.tolist() == np.flatnonzero(mask[train]).tolist()


TINY = {kind.__name__: how for kind, how in SMALL.items()} | {
    "Autoencoder": dict(hidden_sizes=(4,), n_components=2),
    "CNNClassifier": dict(n_filters=(2,)),
    "CRNNClassifier": dict(n_filters=(2,), pool_size=[(2, 2)], hidden_sizes=(4,)),
    "DeepSoftmaxAutoencoder": dict(
        hidden_sizes=(4,), n_components=2, classifier_sizes=(4,)
    ),
    "HybridClassifier": dict(
        table=SummaryStats(), n_filters=(2,), table_sizes=(4,), branch_size=4
    ),
}
# a network that is new here has no size yet, which is an error that names it
NETWORKS = [
    model.set_params(**TINY[type(model).__name__])
    for model in public_estimators()
    if isinstance(model, NeuralEstimator)
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: type(n).__name__)
@pytest.mark.parametrize(
    ("early_stopping", "watch"),
    [
        *[(False, "X_val"), (False, "val_mask"), (True, "X_val"), (True, "val_mask")],
        (True, "drawn"),
    ],
)
def test_every_network_records_both_losses(clips, mask, network, early_stopping, watch):
    X, y = clips
    how = {"X_val": {"X_val": X[mask]}, "val_mask": {"val_mask": mask}, "drawn": {}}
    how, scores = how[watch], set()
    if sklearn.base.is_classifier(network):
        scores = {"train_acc", "valid_acc"}
        how |= {"y_val": y[mask]} if watch == "X_val" else {}
    model = sklearn.base.clone(network)
    model.set_params(early_stopping=early_stopping, max_epochs=2, n_restarts=0)
    history = model.fit(X, y, **how).history_
    assert [row["epoch"] for row in history] == [1, 2]
    for row in history:
        assert np.isfinite([row["train_loss"], row["valid_loss"]]).all()
        assert row["train_loss"] != row["valid_loss"]
        assert scores <= {*row}


def test_clips_to_watch_may_be_as_short_as_the_pools(clips, mask):
    X, y = clips
    network = small(FullyConvolutionalClassifier, max_epochs=1)
    # pools of 4 and 4 frames; of 8 frames the second has only 2
    for n_frames, fewest in {32: 16, 8: 8}.items():
        shown, watched = X[..., :n_frames], X[mask, :, :fewest]
        history = network.fit(shown, y, X_val=watched, y_val=y[mask]).history_
        assert "valid_loss" in history[0]
        with pytest.raises(ValueError, match=f"X_val and y_val: .* least {fewest} fr"):
            network.fit(shown, y, X_val=watched[..., 1:], y_val=y[mask])


def test_what_votes_over_slices_hands_the_clips_on(clips, mask):
    X, y = clips
    slices = Slicer(n_slices=2, slice_length=16).fit_transform(X)
    with sklearn.config_context(enable_metadata_routing=True):
        voter = SliceVotingClassifier(small_cnn(max_epochs=1))
        voter.fit(slices, y, val_mask=mask)
    assert "valid_loss" in voter.estimator_.history_[0]


def test_the_transformers_of_a_hybrid_learn_nothing_from_watched_clips(rng, mask):
    X, y = rng.normal(size=(36, 8)), np.arange(36) % 2
    X[mask] += 100
    clf = HybridClassifier(
        table=StandardScaler(), n_filters=(2,), max_epochs=1, random_state=0
    )
    clf.fit(X, y, val_mask=mask)
    assert np.abs(clf.table_.mean_).max() < 10
    assert "valid_loss" in clf.history_[0]
    clf.fit(X[~mask], y[~mask], X_val=X[mask], y_val=y[mask])
    assert "valid_loss" in clf.history_[0]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (lambda X, y: dict(X_val=X), "y_val is None"),
        (lambda X, y: dict(y_val=y), "X_val is None"),
        (lambda X, y: dict(X_val=X, y_val=y, val_mask=y == "pop"), "not both"),
        (lambda X, y: dict(X_val=X, y_val=y[:3]), "X_val and y_val: .*inconsistent"),
        (lambda X, y: dict(X_val=X, y_val=[*y[:-1], "ska"]), "X_val and y_val: y has"),
        (lambda X, y: dict(X_val=X[:, :3], y_val=y), "X_val and y_val: .*features"),
        (lambda X, y: dict(X_val=X[..., :9], y_val=y), "X_val and y_val: .*9 frames"),
        (lambda X, y: dict(val_mask=np.arange(36)), "one bool per clip"),
        (lambda X, y: dict(val_mask=np.ones(9, bool)), r"bool of shape \(9,\)"),
        (lambda X, y: dict(val_mask=np.ones(36, bool)), "no clips to train on"),
        (lambda X, y: dict(val_mask=np.zeros(36, bool)), "no clips to watch"),
    ],
)
def test_what_cannot_be_watched_is_refused(clips, how, why):
    clf = DenseClassifier(hidden_sizes=(4,), max_epochs=1)
    with pytest.raises(ValueError, match=why):
        clf.fit(*clips, **how(*clips))


def test_clips_of_weight_zero_are_not_watched(clips, mask):
    X, y = clips
    weight = (np.arange(36) % 8 != 0).astype(float)
    small_cnn(max_epochs=1, callbacks=[Spy]).fit(X, y, weight, val_mask=mask)
    assert len(Spy.seen[1].clips) == (mask & (weight > 0)).sum()
