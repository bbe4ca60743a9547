"""Batches on the device of a training: the same clips and numbers wherever they lie."""

import os
import threading
from itertools import pairwise

import numpy as np
import pytest
import torch
from helpers import small_cnn
from skorch.callbacks import Callback

from sklearn_genre import (
    Augmentation,
    Autoencoder,
    CNNClassifier,
    HybridClassifier,
    RowView,
    SummaryStats,
)
from sklearn_genre.neural import _augmentation
from sklearn_genre.neural._engine import feed, losses
from sklearn_genre.neural._engine.callbacks import DivergenceError
from sklearn_genre.neural._engine.data import ClipDataset, clip_loader
from sklearn_genre.neural._engine.gpu import gpu_settings
from sklearn_genre.neural.models._layers import maxima

EVERYTHING = Augmentation(
    crop=9,
    time_mask=0.4,
    n_time_masks=2,
    freq_mask=0.3,
    freq_shift=2,
    gain=1.0,
    mixup=0.3,
)


@pytest.fixture
def clips(rng):
    y = np.repeat(["calm", "loud"], 11)
    X = rng.normal(size=(22, 6, 20)).astype(np.float32)
    X[11:, :2] += 1
    return X, y


@pytest.fixture
def as_a_gpu(monkeypatch):
    """Let the CPU pass for a device of its own, with memory for all clips."""
    monkeypatch.setattr(feed, "free_memory", lambda device: 2**40)
    monkeypatch.setattr(losses, "waits_for_nothing", lambda device: False)


def as_told(history):
    """A history without the times."""
    return [{k: v for k, v in row.items() if k != "dur"} for row in history]


def trained(model, X, y, **params):
    model.fit(X, y, **params)
    outputs = model.predict_proba if hasattr(model, "classes_") else model.transform
    return outputs(X), as_told(model.history_)


def cut_in_two(X):
    return X.reshape(len(X), 6, 2, 10).swapaxes(1, 2)


MODELS = {
    "plain": (lambda: small_cnn(batch_size=4), None),
    "augmented": (
        lambda: small_cnn(batch_size=4, augment=EVERYTHING, early_stopping=True),
        None,
    ),
    "slices": (
        lambda: small_cnn(batch_size=5, augment=EVERYTHING, dropout=0.2),
        cut_in_two,
    ),
    "view": (lambda: small_cnn(batch_size=4, augment=EVERYTHING), RowView),
    "rebuilt": (
        lambda: Autoencoder(
            hidden_sizes=(4,),
            n_components=2,
            max_epochs=2,
            random_state=0,
            augment=Augmentation(time_mask=0.3, mixup=0.2),
        ),
        None,
    ),
    "table": (
        lambda: HybridClassifier(
            table=SummaryStats(),
            n_filters=(4,),
            max_epochs=2,
            random_state=0,
            augment=EVERYTHING,
        ),
        None,
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_clips_on_the_device_train_the_same_model(clips, case, request):
    make, form = MODELS[case]
    X, y = clips
    X = X if form is None else form(X)
    weight = None if case == "plain" else np.arange(1.0, 23)
    usual, told = trained(make(), X, y, sample_weight=weight)
    request.getfixturevalue("as_a_gpu")
    resident, same = trained(make(), X, y, sample_weight=weight)
    np.testing.assert_array_equal(usual, resident)
    assert told == same


def test_a_loader_gives_the_batches_of_a_feed(clips):
    """Parameters that only a DataLoader has change no result."""
    proba = [
        small_cnn(batch_size=4, augment=EVERYTHING, net_params=more)
        .fit(*clips)
        .predict_proba(clips[0])
        for more in (None, {"iterator_train__drop_last": False})
    ]
    np.testing.assert_array_equal(*proba)


def test_two_data_sets_over_one_array_share_its_copy(clips, monkeypatch):
    copies, copied = [], feed._copied

    def counted(X, device):
        copies.append(X)
        return copied(X, device)

    monkeypatch.setattr(feed, "free_memory", lambda device: 2**40)
    monkeypatch.setattr(feed, "_copied", counted)
    small_cnn(early_stopping=True, max_epochs=3).fit(*clips)
    assert len(copies) == 1


def test_clips_stay_where_they_are_if_they_take_more_than_a_share(clips, monkeypatch):
    data = ClipDataset(clips[0])
    for free, fits in ((4 * clips[0].nbytes, True), (4 * clips[0].nbytes - 4, False)):
        monkeypatch.setattr(feed, "free_memory", lambda device, free=free: free)
        assert (feed.DeviceMemory("cpu").clips(data) is not None) == fits


def test_nothing_is_copied_for_a_cpu(clips):
    assert feed.DeviceMemory("cpu").clips(ClipDataset(clips[0])) is None


def test_a_net_forgets_the_clips_on_its_device(clips, as_a_gpu):
    cnn = small_cnn().fit(*clips)
    assert cnn.net_.training_.memory is None


# -- numbers of the augmentation ------------------------------------------------------
def test_planned_numbers_are_those_of_change_and_mix(clips):
    X = torch.from_numpy(clips[0])
    direct, planned = (torch.Generator().manual_seed(3) for _ in range(2))
    expected = EVERYTHING.change(X, 0.5, direct)
    expected, _, _ = EVERYTHING.mix(expected, direct)
    drawn = _augmentation.draw_changes(EVERYTHING, *X.shape, planned)
    drawn |= _augmentation.draw_mixture(EVERYTHING, len(X), planned)
    changed = _augmentation.apply_changes(EVERYTHING, X, 0.5, drawn)
    found = _augmentation.blend(changed, drawn["share"], drawn["partner"])
    assert torch.equal(expected, found)
    assert torch.equal(direct.get_state(), planned.get_state())


def test_each_mask_hides_one_stretch_of_its_clip():
    g = torch.Generator().manual_seed(0)
    augment = Augmentation(time_mask=0.5, freq_mask=0.5)
    X = augment.change(torch.ones(200, 12, 30), 0.0, g)
    hidden_frames = (X == 0).all(1)
    hidden_bands = (X == 0).all(2)
    assert hidden_frames.sum(1).max() in (14, 15)
    assert hidden_bands.sum(1).max() in (5, 6)
    for rows in (hidden_frames, hidden_bands):
        edges = torch.diff(rows.int(), dim=1).abs().sum(1)
        assert edges.max() <= 2
    whole = ~(hidden_frames[:, None, :] | hidden_bands[:, :, None])
    assert (X[whole] == 1).all()


class Shouting(Augmentation):
    """A user's own augmentation, which draws when it is called."""

    def change(self, X, fill, generator):
        return X + torch.rand((len(X), 1, 1), generator=generator).to(X)


def test_an_augmentation_of_a_user_draws_as_it_likes(clips, request):
    assert not _augmentation.is_planned(Shouting())
    usual = trained(small_cnn(augment=Shouting(mixup=0.2)), *clips)
    request.getfixturevalue("as_a_gpu")
    resident = trained(small_cnn(augment=Shouting(mixup=0.2)), *clips)
    np.testing.assert_array_equal(usual[0], resident[0])
    plain = trained(small_cnn(augment=Augmentation(mixup=0.2)), *clips)
    assert (usual[0] != plain[0]).any()


# -- sent ahead -----------------------------------------------------------------------
def test_items_come_in_order_and_not_far_ahead():
    taken = []

    def items():
        for i in range(9):
            taken.append(i)
            yield i

    for i in feed.ahead(items(), depth=2):
        assert len(taken) <= i + 4
    assert taken == list(range(9))


def test_what_the_reader_raises_is_raised_to_the_training():
    def items():
        yield 1
        raise OSError("the disk is gone")

    found = []
    with pytest.raises(OSError, match="the disk is gone"):
        found.extend(feed.ahead(items()))
    threads = [t for t in threading.enumerate() if "work" in t.name]
    assert not threads


def test_a_reader_ends_with_the_training():
    before = threading.active_count()
    endless = feed.ahead(iter(int, 1))
    assert next(endless) == 0
    endless.close()
    assert threading.active_count() == before


def test_batches_sent_ahead_are_those_of_a_loader(clips):
    data = ClipDataset(clips[0], np.arange(22))
    make = [torch.Generator().manual_seed(5) for _ in range(2)]
    loader = clip_loader(data, 4, True, make[0])
    sampler = clip_loader(data, 4, True, make[1]).batch_sampler
    sent = feed.ahead(iter(feed.Feed(data, sampler, "cpu")))
    for (inputs, y), (expected, y_expected) in zip(sent, loader, strict=True):
        assert torch.equal(y, y_expected)
        assert torch.equal(inputs["X"], expected["X"])


# -- losses ---------------------------------------------------------------------------
class Reader(Callback):
    """Reads every loss when its batch ends."""

    def on_train_begin(self, net, **kwargs):
        self.seen = []

    def on_batch_end(self, net, training, **kwargs):
        if training:
            self.seen.append(net.history[-1, "batches", -1, "train_loss"])


def test_a_callback_finds_each_loss_when_it_looks(clips, as_a_gpu):
    cnn = small_cnn(callbacks=[("reader", Reader())], batch_size=4).fit(*clips)
    rows = [b["train_loss"] for row in cnn.net_.history for b in row["batches"]]
    assert dict(cnn.net_.callbacks_)["reader"].seen == rows


def test_losses_are_read_together(clips, as_a_gpu, monkeypatch):
    monkeypatch.setattr(losses, "_AT_ONCE", 4)
    written, write = [], losses.LossRecord.write

    def counted(self):
        written.append(len(self.waiting))
        write(self)

    monkeypatch.setattr(losses.LossRecord, "write", counted)
    small_cnn(batch_size=4, max_epochs=1).fit(*clips)
    assert written == [4, 2]


@pytest.mark.parametrize("device", ["cpu", "as_a_gpu"])
def test_divergence_is_told_of_its_epoch(clips, device, request):
    if device != "cpu":
        request.getfixturevalue(device)
    cnn = CNNClassifier(n_filters=(4,), lr=1e30, max_epochs=9, random_state=0)
    with pytest.raises(DivergenceError, match=r"epoch 1: the training loss is"):
        cnn.set_params(batch_size=4).fit(*clips)
    assert not hasattr(cnn, "net_")


def test_batches_of_an_epoch_cover_every_clip_once(clips):
    data = ClipDataset(np.arange(22 * 40, dtype=np.float32).reshape(22, 1, 40))
    sampler = clip_loader(data, 4, True, torch.Generator()).batch_sampler
    batches = [inputs["X"] for inputs, _ in feed.Feed(data, sampler, "cpu")]
    first = sorted(float(clip[0, 0]) for batch in batches for clip in batch)
    assert all(b - a == 40 for a, b in pairwise(first))
    assert len(first) == 22


# -- settings of a GPU ----------------------------------------------------------------
def settings():
    cudnn = torch.backends.cudnn
    everything = torch.are_deterministic_algorithms_enabled()
    return everything, cudnn.deterministic, cudnn.benchmark


@pytest.mark.parametrize("deterministic", [False, True])
def test_settings_of_a_gpu_hold_for_the_training(deterministic, monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    before = settings()
    with gpu_settings("cuda:1", deterministic=deterministic):
        assert settings() == (deterministic, deterministic, not deterministic)
        assert ("CUBLAS_WORKSPACE_CONFIG" in os.environ) == deterministic
    assert settings() == before
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)


def test_nothing_is_set_for_a_cpu():
    before = settings()
    with gpu_settings("cpu", deterministic=True):
        assert settings() == before


def test_the_gradient_of_a_maximum_goes_to_one_place():
    """That of amax is shared by all equal ones, and by none is NaN."""
    maps = torch.zeros(2, 3, 4, requires_grad=True)
    maxima(maps, -1).sum().backward()
    assert (maps.grad.sum(-1) == 1).all()
    assert ((maps.grad == 0) | (maps.grad == 1)).all()
    with torch.no_grad():
        assert torch.equal(maxima(maps, -1), maps.amax(-1))
