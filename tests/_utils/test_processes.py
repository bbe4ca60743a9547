"""Work in other processes: order, laziness, errors."""

import os

import joblib
import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from sklearn_genre._utils.processes import n_processes, portable, spread


@pytest.fixture(scope="module", autouse=True)
def workers():
    yield
    get_reusable_executor().shutdown(wait=True)


def test_threads_are_one_process():
    assert n_processes(None) == n_processes(4) == 1
    with joblib.parallel_config("threading", n_jobs=4):
        assert n_processes(None) == 1
    with joblib.parallel_config("loky", n_jobs=4):
        assert (n_processes(None), n_processes(2), n_processes(1)) == (4, 2, 1)
    with joblib.parallel_config("loky"):
        assert (n_processes(None), n_processes(3)) == (1, 3)


def test_results_come_in_order_with_their_tasks():
    def power(base, exponent):
        return base**exponent, os.getpid(), joblib.effective_n_jobs(4)

    tasks = [(base, 2) for base in range(12)]
    with joblib.parallel_config("loky", n_jobs=2):
        results = list(spread(power, iter(tasks), None))
    assert [task for task, _ in results] == tasks
    assert [found for _, (found, *_) in results] == [base**2 for base in range(12)]
    assert os.getpid() not in {pid for _, (_, pid, _) in results}
    assert {n_jobs for _, (*_, n_jobs) in results} == {1}


def test_tasks_are_taken_as_they_are_needed():
    taken = []

    def tasks():
        for i in range(1000):
            taken.append(i)
            yield (i,)

    with joblib.parallel_config("loky", n_jobs=2):
        results = spread(abs, tasks(), None)
        assert [next(results) for _ in range(3)] == [((i,), i) for i in range(3)]
        results.close()  # without a warning
    assert len(taken) < 1000


@pytest.mark.parametrize("where", ["task", "list"])
def test_an_error_arrives(where):
    def tasks():
        yield (0.0,)
        if where == "list":
            raise KeyError("no more")
        yield ("zero",)

    error = {"task": TypeError, "list": KeyError}[where]
    with joblib.parallel_config("loky", n_jobs=2), pytest.raises(error):
        list(spread(np.sqrt, tasks(), None))


def test_errors_that_cannot_be_sent_keep_their_words():
    class LocalError(Exception):
        pass

    error = ValueError("wrong")
    assert portable(error) is error
    assert str(portable(LocalError("odd"))) == "LocalError: odd"
