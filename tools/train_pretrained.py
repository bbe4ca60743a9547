"""Train the model that ``load_pretrained("gtzan-scratch")`` loads, on all of GTZAN.

    OMP_NUM_THREADS=1 python -m tools.train_pretrained --data DIR

``DIR`` is as for ``gtzan_leaks.py``, or the folder above it. Of songs with identical
images the first is kept; where the two are labeled differently, neither is. No song is
held out, so the model cannot be scored on GTZAN: ``gtzan_best.py`` scores the same
recipe.

The network's weights are rounded to float16 first, so that the file packs to half the
size. The file is moved into place only if its model gives the probabilities of the
trained one, up to that rounding.
"""

import argparse
import copy
import dataclasses
import os
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks._header import commit
from benchmarks.scores.gtzan_best import load
from sklearn_genre import load_model, pretrained, recipes, save_model

OUT = Path(pretrained.__file__).parent / "gtzan-scratch.skops"
MOST_BYTES = 3_000_000
MOST_DIFFERENCE = 0.01
PACKAGES = ("sklearn-genre", "scikit-learn", "numpy", "torch")


def one_of_each(y, duplicates):
    """Return the rows to keep, and how many of each kind are dropped."""
    keep, copies, conflicts = [], 0, 0
    for group in np.unique(duplicates):
        rows = np.flatnonzero(duplicates == group)
        if len(set(y[rows])) > 1:
            conflicts += len(rows)
            continue
        keep.append(rows[0])
        copies += len(rows) - 1
    return np.sort(keep), {"copies": copies, "labeled_differently": conflicts}


def songs_of(folder):
    """Return X in dB, genres and what the file says about them."""
    inside = folder / "gtzan"
    X, known = load(inside if inside.is_dir() else folder)
    keep, dropped = one_of_each(known["y"], np.asarray(known["duplicates"]))
    about = {
        "data": "GTZAN (Tzanetakis & Cook 2002), mel images of 128 bands, 334 frames",
        "songs": len(keep),
        "dropped": dropped,
        "artists": len(set(known["merged"][keep])),
    }
    return X[keep], known["y"][keep], about


def train(X, y, options):
    """Return the fitted recipe, and the seconds that ``fit`` took."""
    model = recipes.best(
        front_end=None,
        device=options.device,
        precision=options.precision,
        random_state=options.seed,
    )
    if options.epochs is not None:
        model.set_params(classifier__estimator__net__max_epochs=options.epochs)
    start = time.perf_counter()
    model.fit(X, y)
    return model, round(time.perf_counter() - start)


def card(model, seconds, about, options):
    """Return what the file says about the model."""
    epochs = model[-1].estimator_.named_estimators_["net"].n_iter_
    how = f"--epochs {epochs} --seed {options.seed} --precision {options.precision}"
    dropped, conflicts = about["dropped"].values()
    return f"""# gtzan-scratch

- classes: {", ".join(model.classes_)}
- data: {about["data"]}
- songs: {about["songs"]} of {about["artists"]} artists, none held out
- left out: {dropped} copies, {conflicts} songs that are labeled in two ways
- training: {epochs} epochs, seed {options.seed}, {options.precision} on \
{options.device}, {seconds} s
- commit, date: {commit()}, {datetime.now(UTC).date().isoformat()}
- versions: {", ".join(f"{name} {version(name)}" for name in PACKAGES)}
- command: python -m tools.train_pretrained --data DIR {how}
"""


def from_audio(model):
    """Return a copy that takes three excerpts of songs, with rounded weights."""
    other = copy.deepcopy(model)
    net = other["classifier"].estimator_.named_estimators_["net"]
    for weight in net.net_.module_.parameters():
        weight.data = weight.data.half().float()
    # the same answers on processors with and without bfloat16
    net.net_.autocast = False
    net._spec = dataclasses.replace(net._spec, autocast=False)
    recipe = recipes.best(n_excerpts=3)
    steps = {name: recipe[name] for name in ("front_end", "slice")}
    return other.set_params(**steps)


def largest_difference(model, path, X):
    """Return the largest difference in probability between model and file."""
    model[-1].estimator_.named_estimators_["net"].net_.autocast = False
    loaded = load_model(path).set_params(front_end="passthrough", slice__n_slices=1)
    one, other = model.predict_proba(X), loaded.predict_proba(X)
    changed = int((one.argmax(axis=1) != other.argmax(axis=1)).sum())
    return float(np.abs(one - other).max()), changed


def check(path, difference):
    """Stop if the file must not be used."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{path}: {size} bytes, more than {MOST_BYTES}.")
    if not difference <= MOST_DIFFERENCE:
        raise SystemExit(
            f"{path}: probabilities differ from the trained model's by up to "
            f"{difference:.4f}, more than {MOST_DIFFERENCE}."
        )
    return size


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FILE")
    parser.add_argument("--epochs", type=int, help="default: the recipe's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    return parser.parse_args()


def main():
    import torch

    options = parse_args()
    torch.set_num_threads(options.threads)
    X, y, about = songs_of(options.data)
    print(*(f"{name}: {value}" for name, value in about.items()), sep="\n", flush=True)
    model, seconds = train(X, y, options)
    about_it = card(model, seconds, about, options)
    unchecked = options.out.with_suffix(".unchecked.skops")
    save_model(from_audio(model), unchecked, card=about_it)
    difference, changed = largest_difference(model, unchecked, X)
    size = check(unchecked, difference)
    os.replace(unchecked, options.out)
    print(about_it)
    print(f"largest difference of a probability, {len(y)} songs: {difference:.5f}")
    print(f"songs whose first genre changed: {changed}")
    print(f"wrote {options.out.name}: {size} bytes")


if __name__ == "__main__":
    main()
