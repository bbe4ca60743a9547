"""A trial in a process of its own, how it ended, and the table of many."""

import contextlib
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

OUTCOMES = (
    *("right", "refused", "not shown", "unnamed", "wrong", "crashed", "hung"),
    "ran code",
)
FAULTS = OUTCOMES[3:]
MEGABYTES = 4000
CONTEXT = multiprocessing.get_context("fork")
CANARY = "canary"


class Canary:
    """What leaves a mark in the current folder when it is unpickled."""

    def __reduce__(self):
        return exec, (f"open({CANARY!r}, 'w').close()",)


@dataclass(frozen=True)
class Trial:
    """Something that may go wrong.

    Parameters
    ----------
    kind : str
        Its row in the table.
    run : callable
        Called without arguments, in an empty current folder; returns an outcome, and
        perhaps words behind a colon.
    name : str
        What an error has to contain.
    seconds : float
        After these it hangs.
    detail : str
        Said beside a fault.
    """

    kind: str
    run: object
    name: str = ""
    seconds: float = 30.0
    detail: str = ""


def ended(trial):
    """Run a trial in a process of its own; return its outcome, with words."""
    folder = tempfile.mkdtemp(prefix="trial-")
    reader, writer = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_child, args=(trial, folder, writer))
    child.start()
    writer.close()
    try:
        outcome = _answer(child, reader, trial.seconds)
        ran = os.path.exists(os.path.join(folder, CANARY))
        return "ran code" if ran else outcome
    finally:
        _end_group(child)
        reader.close()
        shutil.rmtree(folder, ignore_errors=True)


def _answer(child, reader, seconds):
    """Wait for the outcome of a child, and for its end."""
    if not reader.poll(seconds):
        return f"hung: more than {seconds:g} s"
    try:
        outcome = reader.recv()
    except EOFError:
        outcome = "crashed"
    child.join(10)
    return f"crashed: status {child.exitcode}" if child.exitcode != 0 else outcome


def _end_group(child):
    """Kill a child and all that it has started."""
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()


def _child(trial, folder, writer):
    """Run a trial, silently and within bounds, and send its outcome."""
    os.setpgid(0, 0)
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 2**20, -1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    writer.send(outcome_of(trial))


def outcome_of(trial):
    """Run a trial here; return its outcome, with words."""
    try:
        return trial.run()
    except (ValueError, TypeError, OSError) as error:
        text = " ".join([str(error), *getattr(error, "__notes__", [])])
        if trial.name in text:
            return "refused"
        return f"unnamed: {type(error).__name__}: {error}"[:200]
    except BaseException as error:
        return f"unnamed: {type(error).__name__}: {error}"[:200]


class Table:
    """Counts of outcomes by kind, and the faults in words."""

    def __init__(self):
        self.counts = defaultdict(Counter)
        self.faults = []

    def add(self, trial, outcome, number):
        outcome, _, words = outcome.partition(": ")
        self.counts[trial.kind][outcome] += 1
        if outcome in FAULTS:
            what = f"{number} {trial.kind}: {outcome}: {words} {trial.detail}"
            self.faults.append(" ".join(what.split()))

    def lines(self):
        """Return the lines of the table, and those of the faults."""
        total = sum(self.counts.values(), Counter())
        rows = [*sorted(self.counts.items()), ("together", total)]
        width = max(len(kind) for kind, _ in rows)
        used = [o for o in OUTCOMES if o != "not shown" or total[o]]
        yield " ".join([f"{'':{width}}", "tried", *used])
        for kind, counts in rows:
            cells = [f"{counts.total():5}"]
            cells += [f"{counts[name]:{len(name)}}" for name in used]
            yield " ".join([f"{kind:{width}}", *cells])
        if self.faults:
            yield from ["", "faults by number of the trial:", *self.faults]


def counted(trials, *, count, minutes, progress=print):
    """Run trials until they end, are enough, or time is over; return their table."""
    table, end = Table(), time.monotonic() + 60 * minutes
    for number, trial in enumerate(trials):
        if number >= count or time.monotonic() > end:
            break
        table.add(trial, ended(trial), number)
        if table.faults and table.faults[-1].startswith(f"{number} "):
            progress(table.faults[-1])
    return table


def killed_after(seconds, work):
    """Kill a fork in the middle of some work; return whether it was too late."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(min(0.002, seconds))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return status == 0


def here(name):
    """Return a path in the folder of the trial."""
    return Path.cwd() / name
