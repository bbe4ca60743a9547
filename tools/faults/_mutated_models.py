"""Model files with random changes.

Bytes, nodes of the plan that change places, plain values, headers of arrays.
"""

import copy
import io
import json
import zipfile

import numpy as np
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_genre import (
    CNNClassifier,
    DenseClassifier,
    GaussianMixtureClassifier,
    ShrinkageDiscriminantAnalysis,
    Slicer,
    save_model,
)

ODD = (None, True, -1, 0, 2**31, 10**18, 1e300, float("nan"), "", "x", [], {}, [[1]])


def _save(model, shape, path):
    """Fit a model to noise and save it; return what it predicts for."""
    X = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    save_model(model.fit(X, ["dub", "jazz"] * (len(X) // 2)), path)
    return X


def _many(path):
    """Save a small model of many parts."""
    parts = [
        ("forest", RandomForestClassifier(3, random_state=0)),
        ("net", DenseClassifier(hidden_sizes=(4,), max_epochs=1, random_state=0)),
        ("svc", SVC()),
    ]
    return _save(make_pipeline(VotingClassifier(parts)), (40, 5), path)


def _network(path):
    """Save slices and a network."""
    network = CNNClassifier(
        n_filters=(4, 4), hidden_sizes=(8,), max_epochs=1, random_state=0
    )
    model = make_pipeline(Slicer(n_slices=2, slice_length=16), network)
    return _save(model, (8, 16, 40), path)


def _tables(path):
    """Save classifiers of tables."""
    parts = [
        ("mixture", GaussianMixtureClassifier(n_components=2, random_state=0)),
        ("lda", make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())),
        ("trees", HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2)),
    ]
    return _save(VotingClassifier(parts), (40, 5), path)


MODELS = {"many parts": _many, "network": _network, "tables": _tables}


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
