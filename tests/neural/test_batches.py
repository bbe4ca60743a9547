"""Batches of trainings and predictions: which clips, in which order, how many."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers import small_cnn

from sklearn_genre import CNNClassifier, DenseClassifier, RowView
from sklearn_genre.neural._engine.batching import prediction_batch_size
from sklearn_genre.neural._engine.data import (
    ClipDataset,
    EvenBatchSampler,
    NearbyBatchSampler,
    clip_loader,
)


@pytest.fixture
def clips(rng):
    y = np.repeat(["calm", "loud"], 6)
    return rng.normal(size=(12, 8, 20)).astype(np.float32), y


@pytest.fixture
def on_disk(clips, tmp_path):
    np.save(tmp_path / "X.npy", clips[0])
    return RowView(np.load(tmp_path / "X.npy", mmap_mode="r"))


@pytest.fixture
def cnn(clips):
    return CNNClassifier(n_filters=(4,), max_epochs=2, random_state=0).fit(*clips)


# -- of a training --------------------------------------------------------------------
def byte_rows(n, *shape):
    """A view of n rows of one byte an item."""
    return RowView(np.zeros((n, *(shape or (1, 1))), np.uint8))


def nearby_batches(data, seed=0, **sizes):
    """Pieces of one epoch, by batch."""
    generator = torch.Generator().manual_seed(seed)
    return list(
        NearbyBatchSampler(data, 5, generator, **dict(buffer=40, block=4) | sizes)
    )


def test_blocks_of_neighbors_come_together():
    data = ClipDataset(byte_rows(1000))
    order = np.concatenate(nearby_batches(data))
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))
    # 10 blocks of 4 neighbors fill the buffer
    for window in order.reshape(25, 40):
        assert len(set(window // 4)) == 10
        assert (np.diff(window) != 1).any()
    starts = order[::40] // 4
    assert (np.diff(starts) < 0).any()
    # far more places than one window could mix are in the first batches
    assert np.ptp(order[:40]) > 500


def test_a_window_is_announced_when_its_first_piece_comes(monkeypatch):
    data = ClipDataset(byte_rows(100), clips=np.arange(0, 100, 2))
    announced = []
    monkeypatch.setattr(
        RowView, "prefetch", lambda view: announced.append(view.rows.tolist())
    )
    generator = torch.Generator().manual_seed(0)
    sampler = NearbyBatchSampler(data, 7, generator, buffer=20, block=4)
    for batch in sampler:
        rows = data.clips[batch]
        assert set(rows) <= {row for window in announced for row in window}
        assert set(rows) & set(announced[-1])
    assert sorted(np.concatenate(announced)) == data.clips.tolist()
    assert len(announced) == 3


def test_batches_are_even_and_seeded():
    data = ClipDataset(byte_rows(101, 3, 1, 1), clips=np.arange(0, 101, 2))
    batches = nearby_batches(data)
    assert {len(batch) for batch in batches} == {4, 5}
    assert sorted(np.concatenate(batches)) == list(range(51 * 3))
    assert batches == nearby_batches(data)
    assert batches != nearby_batches(data, seed=1)


@pytest.mark.parametrize(
    ("n", "size"), [(3, 2), (9, 2), (2, 1), (7, 3), (1, 2), (5, 9)]
)
@pytest.mark.parametrize("kind", [EvenBatchSampler, NearbyBatchSampler])
def test_no_batch_of_one_unless_asked_for(kind, n, size):
    generator = torch.Generator().manual_seed(0)
    if kind is EvenBatchSampler:
        batches = list(kind(n, size, True, generator))
    else:
        data = ClipDataset(byte_rows(n))
        batches = list(kind(data, size, generator, buffer=40, block=4))
    assert sorted(np.concatenate(batches)) == list(range(n))
    sizes = {len(batch) for batch in batches}
    assert max(sizes) <= size + 1
    assert min(sizes) >= min(n, size, 2)


def test_neighbors_are_those_on_the_disk(rng):
    rows = rng.permutation(1000)
    order = np.concatenate(nearby_batches(ClipDataset(byte_rows(1000)[rows])))
    for window in rows[order].reshape(25, 40):
        assert len(set(window // 4)) == 10


def test_a_clip_larger_than_a_block_is_a_block():
    order = nearby_batches(ClipDataset(byte_rows(20)), buffer=1, block=0)
    np.testing.assert_array_equal(np.sort(np.concatenate(order)), np.arange(20))


def test_only_large_views_are_shuffled_by_blocks(clips, on_disk):
    def order(X, **params):
        generator = torch.Generator().manual_seed(0)
        loader = clip_loader(ClipDataset(X), 5, True, generator, **params)
        return list(loader.batch_sampler)

    usual = order(clips[0])
    assert order(on_disk) == usual
    assert order(on_disk, shuffle_buffer=on_disk.nbytes) == usual
    assert order(on_disk, shuffle_buffer=on_disk.nbytes - 1) != usual


def test_the_size_of_the_buffer_is_a_parameter(clips, on_disk):
    _, y = clips
    small = {"iterator_train__shuffle_buffer": on_disk.nbytes // 4}
    model = small_cnn(net_params=small).fit(on_disk, y)
    again = small_cnn().set_params(**small).fit(on_disk, y)
    usual = small_cnn().fit(on_disk, y)
    weights = [m.predict_proba(on_disk) for m in (model, again, usual)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()


# -- of a prediction ------------------------------------------------------------------
def sizes_of_batches(model, X):
    """Numbers of windows in the batches of a prediction."""
    seen = []
    module = model.net_.module_
    hook = module.register_forward_pre_hook(lambda m, args: seen.append(len(args[0])))
    try:
        model.predict(X)
        seen.clear()  # the first prediction looks at one window before
        model.predict(X)
    finally:
        hook.remove()
    return seen


@pytest.mark.parametrize(("n_threads", "largest"), [(1, 8), (2, 16)])
def test_batches_of_images_stay_in_the_cache(clips, monkeypatch, n_threads, largest):
    _, y = clips
    X = np.zeros((33, 32, 64), dtype=np.float32)
    # the first layer makes 64 maps of 32 x 64 values of a clip: 512 KiB
    cnn = CNNClassifier(n_filters=(64,), max_epochs=1).fit(X[:12], y)
    monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
    seen = sizes_of_batches(cnn, X)
    assert sum(seen) == 33
    assert max(seen) <= largest
    assert len(seen) == -(-33 // largest)


def test_other_networks_predict_in_batches_of_their_training(clips):
    X, y = clips
    dense = DenseClassifier(max_epochs=1, batch_size=6).fit(X, y)
    assert sizes_of_batches(dense, X) == [6, 6]


def test_the_user_may_set_the_batches_of_predictions(cnn, clips):
    X, y = clips
    four = {"iterator_valid__batch_size": 4}
    cnn.set_params(net_params=four).fit(X, y)
    assert sizes_of_batches(cnn, X) == [4, 4, 4]


def test_a_gpu_takes_as_many_as_its_memory_holds(cnn, clips, monkeypatch):
    X, _ = clips
    data = ClipDataset(X)
    cnn.predict(X)
    (sizes,) = cnn.net_._output_sizes.values()
    largest, total = sizes
    assert largest == 4 * 8 * 20 * 4  # filters, bands, frames, bytes
    assert total > largest
    monkeypatch.setattr(cnn.net_, "device", "cuda")
    for memory, expected in ((80 * total, 10), (1, 1), (2**50, 1024)):
        props = SimpleNamespace(total_memory=memory)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _, p=props: p)
        assert prediction_batch_size(cnn.net_, data) == expected
