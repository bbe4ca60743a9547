"""Many workers: threads and devices of each, dask with a lost worker, recipes."""

import contextlib
import logging
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

import dask
import joblib
import numpy as np
import pytest
import torch
from distributed import Client, LocalCluster
from joblib.externals.loky import get_reusable_executor
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from skorch.callbacks import Callback

from sklearn_genre import (
    CNNClassifier,
    MelSpectrogram,
    RowView,
    Slicer,
    extract_features,
    make_genre_audio,
    predict_files,
)
from sklearn_genre._utils.device import resolve_device

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PATIENCE = 240  # seconds until a test gives up; a loaded machine is slow, not wrong


def small_cnn(**params):
    params = dict(n_filters=(4,), max_epochs=2, random_state=0) | params
    return CNNClassifier(**params)


@pytest.fixture(autouse=True)
def one_thread():
    """The number of threads that dask gives its workers, here too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def clips():
    """Spectrograms of three classes that differ in one band each."""
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], 100)
    X = rng.normal(size=(300, 6, 8)).astype(np.float32)
    for band, label in enumerate("abc"):
        X[y == label, band] += 2
    return X, y


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    return make_genre_audio(
        2, duration=1.0, directory=tmp_path_factory.mktemp("songs"), random_state=0
    )


# -- threads and devices of joblib's processes ----------------------------------------


@pytest.fixture(scope="module")
def new_pool():
    """A pool of workers numbered from one on, not a remainder of an earlier one."""
    get_reusable_executor().shutdown(wait=True)
    yield
    get_reusable_executor().shutdown(wait=True)


class ThreadCount(Callback):
    """Write into the history with how many threads an epoch is computed, and where."""

    def on_epoch_end(self, net, **kwargs):
        net.history.record("threads", torch.get_num_threads())
        net.history.record("process", os.getpid())


@pytest.mark.slow
@pytest.mark.parametrize("inner", [None, 1])
def test_workers_share_the_cores(clips, monkeypatch, new_pool, inner):
    for name in ("OMP", "MKL", "OPENBLAS"):
        monkeypatch.delenv(f"{name}_NUM_THREADS", raising=False)
    cnn = small_cnn(callbacks=[("threads", ThreadCount())])
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=inner):
        fitted = cross_validate(cnn, *clips, cv=2, return_estimator=True)["estimator"]
    rows = [row for net in fitted for row in net.history_]
    assert os.getpid() not in {row["process"] for row in rows}
    share = max(1, joblib.cpu_count() // 2) if inner is None else inner
    assert all(1 <= row["threads"] <= share for row in rows)


def auto_device(barrier=None):
    """What "auto" is in this process, if it had two GPUs."""
    if barrier is not None:
        barrier.wait(PATIENCE)  # so that no worker takes both tasks
    with (
        mock.patch("torch.cuda.is_available", return_value=True),
        mock.patch("torch.cuda.device_count", return_value=2),
    ):
        return resolve_device("auto")


@pytest.mark.slow
def test_workers_take_turns_at_the_gpus(new_pool):
    with multiprocessing.get_context("spawn").Manager() as manager:
        barrier = manager.Barrier(2)
        devices = joblib.Parallel(2, backend="loky", batch_size=1)(
            joblib.delayed(auto_device)(barrier) for _ in range(2)
        )
    assert sorted(devices) == ["cuda:0", "cuda:1"]
    assert auto_device() == "cuda"


@pytest.mark.parametrize(
    ("process", "n_gpus", "device"),
    [
        ("MainProcess", 4, "cuda"),
        ("LokyProcess-1", 4, "cuda:0"),
        ("LokyProcess-7", 4, "cuda:2"),
        ("LokyProcess-2:3", 4, "cuda:2"),
        ("ForkPoolWorker-2", 3, "cuda:1"),
        ("LokyProcess-7", 1, "cuda"),
        ("Dask Worker process (from Nanny)", 4, "cuda"),
    ],
)
def test_gpu_of_a_process(monkeypatch, process, n_gpus, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n_gpus)
    monkeypatch.setattr(multiprocessing.current_process(), "name", process)
    assert resolve_device("auto") == device
    assert resolve_device("cuda:1") == "cuda:1"


# -- dask -----------------------------------------------------------------------------


@contextlib.contextmanager
def cluster_of_two():
    """Two worker processes of one thread each."""
    timeouts = {
        "distributed.comm.timeouts.connect": f"{PATIENCE}s",
        "distributed.comm.timeouts.tcp": f"{PATIENCE}s",
    }
    with (
        dask.config.set(timeouts),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",  # any port: clusters may run side by side
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client():
    """Two workers that no test kills."""
    with cluster_of_two() as client:
        yield client


@pytest.fixture
def worker_loss(tmp_path):
    """Kill one worker where the test asks for it.

    The workers are those of this test alone: whether and when dask replaces the lost
    one is up to dask.
    """
    with cluster_of_two() as client:
        before = set(client.run(os.getpid).values())
        switch = KillSwitch(tmp_path / "killed")
        yield switch
        assert int(switch.flag.read_text()) in before


class KillSwitch:
    """The first process to press it dies, unless it is the one of the test."""

    def __init__(self, flag):
        self.flag, self.spared = flag, os.getpid()

    def press(self):
        if os.getpid() == self.spared:
            return
        try:
            with open(self.flag, "x") as flag:
                flag.write(str(os.getpid()))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


class DeadlyPath(os.PathLike):
    """The path of a song; reading it presses the switch."""

    def __init__(self, path, switch):
        self.path, self.switch = str(path), switch

    def __fspath__(self):
        self.switch.press()
        return self.path


class DeadlyStep(TransformerMixin, BaseEstimator):
    """A step that changes nothing and presses the switch."""

    def __init__(self, switch=None):
        self.switch = switch

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        self.switch.press()
        return X


def scores(model, grid, X, y, cv):
    search = GridSearchCV(
        model, grid, cv=cv, scoring="neg_log_loss", error_score="raise", refit=False
    )
    results = search.fit(X, y).cv_results_
    return np.stack([results[f"split{k}_test_score"] for k in range(2)])


@pytest.mark.slow
def test_dask_worker_lost_in_feature_extraction(songs, worker_loss):
    mel = MelSpectrogram(n_mels=16)
    expected = mel.transform(songs.paths)
    paths = list(songs.paths)
    paths[5] = DeadlyPath(paths[5], worker_loss)
    with joblib.parallel_config("dask"):
        X = mel.transform(paths)
    np.testing.assert_array_equal(X, expected)


@pytest.mark.slow
def test_dask_worker_lost_while_features_are_written(songs, worker_loss, tmp_path):
    mel = make_pipeline(MelSpectrogram(n_mels=16), DeadlyStep(worker_loss))
    mel.fit(songs.paths)
    expected = mel[0].transform(songs.paths)
    with joblib.parallel_config("dask"):
        X = extract_features(mel, songs.paths, tmp_path / "mel.npy")
    np.testing.assert_array_equal(X, expected)
    assert [path.name for path in tmp_path.glob("mel*")] == ["mel.npy"]


@pytest.mark.slow
def test_dask_predicts_files(client, songs):
    model = make_pipeline(MelSpectrogram(n_mels=16), small_cnn())
    model.fit(songs.paths, songs.target)
    expected = list(predict_files(model, songs.paths))
    with joblib.parallel_config("dask"):
        found = list(predict_files(model, songs.paths, batch_size=3))
    assert [one.labels for one in found] == [one.labels for one in expected]
    np.testing.assert_allclose(
        [one.proba for one in found], [one.proba for one in expected], rtol=1e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize("where", ["memory", "file"])
def test_dask_worker_lost_in_search(clips, worker_loss, tmp_path, where):
    X, y = clips
    model = Pipeline([("step", DeadlyStep(worker_loss)), ("net", small_cnn())])
    grid = {"net__lr": [1e-3, 1e-2], "net__optimizer__betas": [(0.9, 0.99)]}
    # as the user guide has it: what joblib would put on one worker only is either on
    # all of them (scatter) or part of each task (lists, the name of a file)
    cv = [(a.tolist(), b.tolist()) for a, b in StratifiedKFold(2).split(X, y)]
    expected = scores(model, grid, X, y, cv)
    scatter = [X, y]
    if where == "file":
        np.save(tmp_path / "X.npy", X)
        X, y = RowView(np.load(tmp_path / "X.npy", mmap_mode="r")), y.tolist()
        scatter = None
    with joblib.parallel_config("dask", scatter=scatter):
        found = scores(model, grid, X, y, cv)
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(expected)) == expected.size


@pytest.mark.slow
def test_dask_search_from_files(client, songs):
    """Tasks of a search that ask the cluster for features in their turn."""
    model = Pipeline(
        [
            ("mel", MelSpectrogram(n_mels=16)),
            ("slice", Slicer(n_slices=2, slice_length=16)),
            ("net", small_cnn()),
        ]
    )
    grid = {"mel__n_mels": [12, 16]}
    expected = scores(model, grid, songs.paths, songs.target, 2)
    with joblib.parallel_config("dask"):
        found = scores(model, grid, songs.paths, songs.target, 2)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.slow
def test_dask_workers_have_one_thread_and_the_first_gpu(client):
    assert set(client.run(torch.get_num_threads).values()) == {1}
    assert set(client.run(auto_device).values()) == {"cuda"}


# -- recipes --------------------------------------------------------------------------


def run(*command):
    """Standard output of a command; a warning is an error."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"},
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_search_in_three_ways():
    options = "--clips 2 --artists 2 --epochs 3 --trials 3 --folds 2 --device cpu"
    out = run(EXAMPLES / "search.py", "grid", "halving", "optuna", *options.split())
    # halving: 8 candidates for one epoch, the better third of them for three
    for way, n_fits in (("grid", 16), ("halving", 22), ("optuna", 6)):
        assert f"{way}: {n_fits} fits" in out
    assert out.count("accuracy by artist 0.") == 3
    for name in ("net__lr", "net__augment__mixup", "net__optimizer__betas"):
        assert out.count(f"  {name} = ") == 3
    assert out.count("net__max_epochs = 3") == 1


@pytest.mark.slow
def test_two_processes_train_the_network_of_one(tmp_path):
    options = "--clips 2 --epochs 2 --batch 8 --device cpu --model"
    launch = "-m torch.distributed.run --standalone --nproc_per_node 2"
    script = EXAMPLES / "multi_gpu.py"
    saved = tmp_path / "model.joblib"
    out = run(*launch.split(), script, *options.split(), saved)
    assert out.count("2 processes, cpu: accuracy") == 1
    pair = joblib.load(saved)
    songs = make_genre_audio(2, random_state=0)
    X = MelSpectrogram(n_mels=64).transform(songs.audio)
    alone = runpy.run_path(str(script))["DataParallel"]()
    single = clone(pair).set_params(callbacks=[alone]).fit(X, songs.target)
    untrained = clone(pair).set_params(lr=0.0).fit(X, songs.target)
    change = np.abs(single.predict_proba(X) - untrained.predict_proba(X)).max()
    assert change > 0.01
    np.testing.assert_allclose(
        pair.predict_proba(X), single.predict_proba(X), atol=change / 100
    )
