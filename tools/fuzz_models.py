"""Damage model files at random, load what comes out, and count how that ends.

    python -m tools.fuzz_models [--runs 1000] [--seed 0]

Each file is one of a network and forest, changed in a few places: bytes, nodes of the
plan that change places, plain values, headers of arrays. It is loaded in a process of
its own, with a limit on its time and memory, and asked for predictions. A file may be
refused (a ValueError that names it), or load and give an answer, since a model of other
weights is a model; everything else is a fault.
"""

import argparse
import copy
import io
import json
import multiprocessing
import random
import resource
import tempfile
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sklearn_genre import DenseClassifier, load_model, save_model

ODD = (None, True, -1, 0, 2**31, 10**18, 1e300, float("nan"), "", "x", [], {}, [[1]])
SECONDS, MEGABYTES = 20, 4000


def sound_model(path):
    """Save a small model of many parts; return what it predicts for."""
    X = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    parts = [
        ("forest", RandomForestClassifier(3, random_state=0)),
        ("net", DenseClassifier(hidden_sizes=(4,), max_epochs=1, random_state=0)),
        ("svc", SVC()),
    ]
    model = make_pipeline(VotingClassifier(parts)).fit(X, ["dub", "jazz"] * 20)
    save_model(model, path)
    return X


def places(value):
    """Yield every container and key in a plan."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def with_other_plan(members, rng):
    """Change one to three places of the plan."""
    plan = json.loads(members["schema.json"])
    for _ in range(rng.randint(1, 3)):
        known = list(places(plan))
        (where, key), (other, name) = rng.choice(known), rng.choice(known)
        how = rng.random()
        if how < 0.4:
            where[key] = copy.deepcopy(other[name])
        elif key == "content" and isinstance(where[key], str):
            where[key] = json.dumps(rng.choice(ODD))
        else:
            where[key] = rng.choice(ODD)
    return members | {"schema.json": json.dumps(plan).encode()}


def with_other_array(members, rng):
    """Change bytes of one array, or give it those of another."""
    arrays = [name for name in members if name.endswith(".npy")]
    name = rng.choice(arrays)
    if rng.random() < 0.3:
        return members | {name: members[rng.choice(arrays)]}
    content = bytearray(members[name])
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return members | {name: bytes(content)}


def damaged(content, rng):
    """Return a model file with random changes."""
    if rng.random() < 0.1:
        content = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        return bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change = with_other_plan if rng.random() < 0.6 else with_other_array
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, one in change(members, rng).items():
            archive.writestr(name, one)
    return buffer.getvalue()


def outcome(path, X, queue):
    """Load a file and predict, and tell how it ended."""
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 2**20, -1))
    warnings.simplefilter("ignore")
    try:
        model = load_model(path)
    except ValueError as error:
        named = Path(path).name in str(error)
        queue.put("refused by name" if named else f"unnamed: {error!r:.150}")
        return
    except BaseException as error:
        queue.put(f"fault in loading: {error!r:.150}")
        return
    try:
        model.predict(X)
        queue.put("loaded, predicts")
    except Exception as error:
        queue.put(f"loaded, an error in predict ({type(error).__name__})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts, context = Counter(), multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skops"
        X = sound_model(path)
        content = path.read_bytes()
        load_model(path)
        for k in range(options.runs):
            path.write_bytes(damaged(content, random.Random(options.seed + k)))
            queue = context.SimpleQueue()
            child = context.Process(target=outcome, args=(path, X, queue))
            child.start()
            child.join(SECONDS)
            ended = f"process ended with {child.exitcode}"
            if child.exitcode is None:
                child.kill()
                ended = "hangs"
            ended = ended if queue.empty() else queue.get()
            counts[ended] += 1
            if "refused" not in ended and "predicts" not in ended:
                print(options.seed + k, ended, flush=True)
    for ended, n in counts.most_common():
        print(f"{n:6} {ended}")


if __name__ == "__main__":
    main()
