"""Files that pretend to be models, and model files damaged at random."""

import functools
import io
import json
import pickle
import random
import tempfile
from pathlib import Path

import joblib
import numpy as np

import sklearn_genre
from sklearn_genre import cli, load_model
from tests.odd_bytes import encoded, flac, ogg
from tests.pretrained.doctored_models import DOCTORED

from ._mutated_models import MODELS, damaged
from ._trials import Canary, Trial, here

WEIGHTS = Path(sklearn_genre.__file__).parent / "pretrained" / "gtzan.skops"


def load_and_predict(name, content, X):
    """Load a file and predict: a model of other weights is a model."""
    here(name).write_bytes(content)
    model = load_model(here(name))
    try:
        model.predict(X)
    except Exception:
        return "not shown"  # a model that is wrong on purpose
    return "right"


def command(name, content, song):
    """Run the command with a file in the place of the model."""
    here(name).write_bytes(content)
    here("song.wav").write_bytes(song)
    status = cli.main(["predict", f"./{name}", "song.wav"])
    return "refused" if status == 2 else f"wrong: status {status}"


def built_in(content, song):
    """Run the command of the built-in model beside a file of its name."""
    for name in ("gtzan", "gtzan.skops", "gtzan.pkl", "pretrained"):
        here(name).write_bytes(content)
    here("song.wav").write_bytes(song)
    status = cli.main(["predict", "gtzan", "song.wav"])
    return "right" if status == 0 else f"wrong: status {status}"


def pickled(rng):
    """Return a pickle that runs code, as different programs write it."""
    what = rng.choice([Canary(), [Canary()], {"model": Canary()}])
    if rng.random() < 0.5:
        return pickle.dumps(what, protocol=rng.randint(0, 5))
    file = io.BytesIO()
    joblib.dump(what, file, compress=rng.choice([0, 3]))
    return file.getvalue()


def npz_of_objects(rng):
    """Return an archive of arrays that hold objects."""
    file = io.BytesIO()
    np.savez(file, **{rng.choice("abc"): np.array([Canary()], dtype=object)})
    return file.getvalue()


OTHERS = {
    "pickle": pickled,
    "arrays of objects": npz_of_objects,
    "wav": lambda rng: encoded(seed=rng.randrange(99)),
    "flac": lambda rng: flac(seed=rng.randrange(99)),
    "ogg": lambda rng: ogg(seed=rng.randrange(99)),
    "random bytes": lambda rng: rng.randbytes(rng.randrange(5000)),
    "text": lambda rng: json.dumps(list(range(rng.randrange(99)))).encode(),
}


def sound():
    """Return small models of several kinds, and what they predict for."""
    with tempfile.TemporaryDirectory() as folder:
        for name, make in MODELS.items():
            path = Path(folder, "model.skops")
            X = make(path)
            yield name, path.read_bytes(), X


def trials(rng):
    """Yield files without end."""
    models, song = list(sound()), encoded(seconds=2)
    network = next(one for one in models if one[0] == "network")
    load_model("gtzan")
    weights = WEIGHTS.read_bytes()
    while True:
        seed, kind = rng.getrandbits(32), rng.random()
        own = random.Random(seed)
        if kind < 0.6:
            name, content, X = own.choice(models)
            content = damaged(content, own)
            run = functools.partial(load_and_predict, "model.skops", content, X)
            yield Trial(f"damaged, {name}", run, "model.skops", detail=str(seed))
            continue
        if kind < 0.7:
            name, (doctor, _) = own.choice(list(DOCTORED.items()))
            content = doctor(network[1])
            run = functools.partial(
                load_and_predict, "model.skops", content, network[2]
            )
            yield Trial("doctored", run, "model.skops", detail=name)
            continue
        if kind < 0.8:
            run = functools.partial(
                load_and_predict, "model.skops", damaged(weights, own), [song]
            )
            yield Trial("damaged, gtzan", run, "model.skops", detail=str(seed))
            continue
        name, make = own.choice(list(OTHERS.items()))
        ending = own.choice(["", ".skops", ".npz", ".sgm", ".mp3", ".wav"])
        if kind < 0.9:
            run = functools.partial(command, f"model{ending}", make(own), song)
            yield Trial(f"predict, {name} as model", run, detail=ending)
        else:
            run = functools.partial(built_in, make(own), song)
            yield Trial(f"predict gtzan, {name} of that name", run, seconds=60)
