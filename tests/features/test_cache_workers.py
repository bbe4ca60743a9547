"""The cache shared by threads and processes, of which some are killed."""

import os
import signal
import subprocess
import sys
import threading

import joblib
import numpy as np
import pytest
from helpers import KEY, MEL
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import SummaryStats
from sklearn_genre.features._store import Store


def search(paths, cache, n_jobs):
    y = np.arange(len(paths)) % 2
    pipe = make_pipeline(
        clone(MEL).set_params(cache=cache),
        *(SummaryStats(), StandardScaler(), LogisticRegression()),
    )
    grid = {"logisticregression__C": [0.01, 0.1, 1.0, 10.0]}
    return GridSearchCV(pipe, grid, cv=KFold(5), n_jobs=n_jobs).fit(paths, y)


@pytest.mark.parametrize(
    "backend",
    ["sequential", "threading", pytest.param("loky", marks=pytest.mark.slow)],
)
def test_a_search_decodes_each_clip_once(backend, paths, folder, decodes, workers):
    expected = search(paths, None, 1).cv_results_
    n, start = len(paths), len(decodes())
    assert start == n * (4 * 5 + 1)  # every candidate and fold, and the last fit
    config = workers if backend == "loky" else {"backend": backend}
    with joblib.parallel_config(**config):
        found = search(paths, folder, 1 if backend == "sequential" else 2)
    assert sorted(decodes()[start:]) == paths
    for name in ("mean_test_score", "split0_test_score"):
        np.testing.assert_array_equal(found.cv_results_[name], expected[name])


def test_one_worker_computes_and_the_others_wait(paths, folder, decodes):
    cached = clone(MEL).set_params(cache=folder, n_jobs=4)
    got = cached.transform(paths[:1] * 40)
    assert decodes() == paths[:1]
    np.testing.assert_array_equal(got[39], MEL.transform(paths[:1])[0])


def test_processes(paths, folder, decodes, workers):
    cached = clone(MEL).set_params(cache=folder, n_jobs=2)
    with joblib.parallel_config(**workers):
        for _ in range(2):
            got = cached.transform(paths)
    assert sorted(decodes()) == paths
    np.testing.assert_array_equal(got, MEL.transform(paths))


WRITER = """
import sys
import numpy as np
from sklearn_genre.features._store import Store
store = Store(sys.argv[1])
store.open()
print("ready", flush=True)
for i in range(80):
    store.write(sys.argv[2], np.full((1000, 100), i, np.float32))
"""


@pytest.mark.slow
def test_writers_of_one_key_never_show_a_mixture(folder):
    args = [sys.executable, "-c", WRITER, folder, KEY]
    processes = [subprocess.Popen(args, stdout=subprocess.PIPE) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    store, seen = Store(folder), set()
    while any(process.poll() is None for process in processes):
        array = store.read(KEY)
        if array is not None:
            assert (array == array[0, 0]).all()
            seen.add(float(array[0, 0]))
    assert [process.wait() for process in processes] == [0, 0]
    assert seen
    for process in processes:
        process.stdout.close()


KILLED = """
import os, signal, sys
import numpy as np
from sklearn_genre.features import _store

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

class Parts(tuple):
    def __iter__(self):
        yield from self[:2]
        die()

if sys.argv[3] == "before it is moved":
    _store.os.replace = die
else:
    whole, _store._pack = _store._pack, lambda *args: Parts(whole(*args))
    _store.sum = lambda lengths: 0
store = _store.Store(sys.argv[1])
store.open()
store.write(sys.argv[2], np.ones((1000, 100)))
"""


@pytest.mark.parametrize("stage", ["before it is moved", "in the middle"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_killed_writers_leave_nothing_that_is_read(folder, stage, overwrite):
    store, old = Store(folder), np.zeros(7)
    store.open()
    if overwrite:
        store.write(KEY, old)
    args = [sys.executable, "-c", KILLED, folder, KEY, stage]
    assert subprocess.run(args, check=False).returncode == -signal.SIGKILL
    (left,) = (folder / "unfinished").iterdir()
    assert left.stat().st_size > 800_000 - 4096
    if overwrite:
        np.testing.assert_array_equal(store.read(KEY), old)
    else:
        assert store.read(KEY) is None
    store.open()
    assert left.exists()  # it might still be written to
    os.utime(left, (0, 0))
    store.open()
    assert not left.exists()
    store.write(KEY, np.ones(3))
    np.testing.assert_array_equal(store.read(KEY), np.ones(3))


def test_the_lock_of_a_killed_worker_is_free(folder):
    pytest.importorskip("fcntl")
    code = (
        "import sys, time\nfrom sklearn_genre.features._store import Store\n"
        "store = Store(sys.argv[1])\nstore.open()\n"
        "with store.lock(sys.argv[2]):\n    print('ready', flush=True)\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, folder, KEY], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    got = threading.Event()

    def wait():
        with Store(folder).lock(KEY):
            got.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not got.wait(0.2)
    process.kill()
    assert got.wait(60)
    thread.join()
    process.wait()
    process.stdout.close()
