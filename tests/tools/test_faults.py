"""The counts of `tools.faults`: every way to end is told apart."""

import os
import pickle
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from tools import hashed_constraints

if sys.platform != "linux":
    pytest.skip("trials need fork and limits of Linux", allow_module_level=True)

from tools.faults import _trials, audio


def says(error):
    raise error


def run_code():
    pickle.loads(pickle.dumps(_trials.Canary()))


ENDS = {
    "right": lambda: "right",
    "refused": lambda: says(ValueError("song.wav: it is damaged")),
    "unnamed": lambda: says(ValueError("it is damaged")),
    "wrong": lambda: "wrong: 3 of 4 lost",
    "crashed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hung": lambda: time.sleep(60),
    "ran code": run_code,
}


@pytest.mark.parametrize("end", ENDS)
def test_every_end(end):
    seconds = 0.2 if end == "hung" else 60
    trial = _trials.Trial("a kind", ENDS[end], name="song.wav", seconds=seconds)
    assert _trials.ended(trial).partition(":")[0] == end


def test_errors_that_nobody_expects_are_unnamed():
    trial = _trials.Trial("a kind", lambda: says(KeyError("song.wav")), "song.wav")
    assert _trials.ended(trial).startswith("unnamed: KeyError")


def test_the_table():
    ends = ["right", "refused", "wrong"] * 2
    trials = (_trials.Trial(f"kind {k % 2}", lambda e=e: e) for k, e in enumerate(ends))
    table = _trials.counted(trials, count=5, minutes=1, progress=lambda line: None)
    head, *rows, total, _, _, fault = table.lines()
    assert head.split()[:4] == ["tried", "right", "refused", "unnamed"]
    assert [row.split()[:5] for row in rows] == [
        ["kind", "0", "3", "1", "1"],
        ["kind", "1", "2", "1", "1"],
    ]
    assert total.split()[:3] == ["together", "5", "2"]
    assert fault.startswith("2 kind 0: wrong")


def test_a_late_kill_is_told():
    assert _trials.killed_after(30, lambda: None)
    assert not _trials.killed_after(0.05, lambda: time.sleep(30))


@pytest.mark.parametrize("how", audio.DAMAGES)
def test_damage_is_that_of_the_seed(how):
    content = bytes(range(256)) * 20
    first, second = (
        audio.damaged(content, how, random.Random(3), content) for _ in range(2)
    )
    assert first == second
    assert (first == content) == (how == "none")


def test_hashes():
    found = [
        {
            "metadata": {"name": name, "version": version},
            "download_info": {"archive_info": {"hashes": {"sha256": f"{k}a"}}},
        }
        for k, (name, version) in enumerate([("torch", "2.9+cpu"), ("Babel", "2.1")])
    ]
    lines = hashed_constraints.text(hashed_constraints.rows({"install": found}))
    assert "torch cpu" in lines.splitlines()[1]
    assert lines.splitlines()[-2:] == [
        "Babel==2.1 --hash=sha256:1a",
        "torch==2.9 --hash=sha256:0a",
    ]


def test_hashes_are_of_the_pinned_versions():
    root = Path(hashed_constraints.ROOT)
    plain = (root / "constraints.txt").read_text().splitlines()
    hashed = (root / "constraints-hashed.txt").read_text().splitlines()
    pins = {line.lower() for line in plain if "==" in line}
    assert {line.split()[0].lower() for line in hashed if "==" in line} <= pins
    assert not any("://" in line for line in hashed)
