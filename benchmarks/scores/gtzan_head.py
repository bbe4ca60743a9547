"""What the trained model "gtzan" says of music that it was not made of, by level.

    OMP_NUM_THREADS=1 python -m benchmarks.scores.gtzan_head --data DIR

``DIR`` holds ``emotify`` and ``free_audio``, and under ``gtzan`` what ``train_head``
reads and a few ``clips`` as audio. The model makes levels equal by their peak; "as they
are" is the same model without that. Songs of Emotify are every second one of the three
genres that GTZAN has, too, chosen and labeled by others. Clips of GTZAN are songs of
the training: no score. Speech is synthesized by espeak-ng where that is installed. It
takes about ten minutes.
"""

import argparse
from pathlib import Path

import numpy as np

from benchmarks._header import FOLDER, header, publish
from benchmarks.scores.embeddings import by_artist
from benchmarks.scores.emotify import known_of
from benchmarks.scores.open_set import SURE, short, sounds, speech
from sklearn_genre import load_audio, load_pretrained, predict_files, recipes
from tools.train_head import songs_of

RESULTS = FOLDER / "gtzan_head.txt"
GENRES = ("classical", "pop", "rock")
NORMALIZE = {"as they are": None, "equal peaks": "peak"}
GAINS = {"own level": 1.0, "10 dB lower": 10**-0.5, "20 dB lower": 0.1}
UNUSUAL = 0.05


def answers(model, clips, gain=1.0):
    """Return probabilities and fit of clips, (array, rate) pairs, at a level."""
    X = model[:-1].transform([(gain * wave, rate) for wave, rate in clips])
    return model[-1].predict_proba(X), model[-1].score_samples(X)


def at_levels(model, clips):
    """Yield how levels are treated, the level, and the answers."""
    for how, normalize in NORMALIZE.items():
        model.set_params(embedding__normalize=normalize)
        for level, gain in GAINS.items():
            # equal peaks give equal answers
            if normalize is None or gain == 1:
                yield how, level, answers(model, clips, np.float32(gain))


def of_other_collections(model, folder):
    """Yield the lines of songs that others have labeled."""
    known = known_of(folder)
    rows = np.flatnonzero(np.isin(known["label"], GENRES))[::2]
    y, artists = known["label"][rows], known["artist"][rows]
    clips = [load_audio(known["paths"][row]) for row in rows]
    yield f"{len(rows)} songs of {len(set(artists))} artists of Emotify: {GENRES}"
    yield f"{'':<26}{'of ten':<22}{'of these three':<22}unknown"
    columns = np.searchsorted(model.classes_, GENRES)
    for how, level, (proba, fit) in at_levels(model, clips):
        right = model.classes_[proba.argmax(axis=1)] == y
        among = np.array(GENRES)[proba[:, columns].argmax(axis=1)] == y
        shares = f"{interval(right, artists):<22}{interval(among, artists):<22}"
        yield f"{how}, {level:<13} {shares}{np.mean(fit <= UNUSUAL):.3f}"


def interval(values, artists):
    """Return a mean with its 95 % interval over artists."""
    low, high = by_artist(values.astype(float), artists)
    return f"{values.mean():.3f} ({low:.3f}-{high:.3f})"


def of_the_training(model, folder):
    """Yield the lines of clips of GTZAN."""
    paths = sorted(folder.glob("*/*"))
    clips = [load_audio(path) for path in paths]
    y = np.array([path.parent.name for path in paths])
    peaks = [np.abs(wave).max() for wave, _ in clips]
    yield (
        f"{len(y)} clips of GTZAN, most of them of the training: no score; peaks "
        f"{min(peaks):.2f} to {max(peaks):.2f}, median {np.median(peaks):.2f}"
    )
    for how, level, (proba, fit) in at_levels(model, clips):
        right = (model.classes_[proba.argmax(axis=1)] == y).sum()
        yield f"{how}, {level:<13} {right} as labeled, {(fit <= UNUSUAL).sum()} unknown"
    whole = model.classes_[answers(model, clips)[0].argmax(axis=1)]
    for seconds in (10, 3, 1):
        parts = [middle(wave, rate, seconds) for wave, rate in clips]
        said = model.classes_[answers(model, parts)[0].argmax(axis=1)]
        yield f"{seconds} s from the middle: {(said == whole).sum()} as the whole clip"


def middle(wave, rate, seconds):
    """Return the middle of a clip."""
    start = (len(wave) - seconds * rate) // 2
    return wave[start : start + seconds * rate], rate


def of_sounds(model, paths, known):
    """Yield the lines of what is no music, or too little of it."""
    plain = recipes.pretrained(fit_layer=None)[1:]
    plain.fit(*known[:2], classifier__groups=known[2])
    yield f"share of unknown, and of {SURE} or more for a genre: of all, of the rest;"
    yield "last: unknown by the distance of probabilities, as in recipes.pretrained"
    music = [load_audio(path) for path in paths]
    kinds = {"Emotify": music, **speech(), **sounds(), **short(paths)}
    for kind, clips in kinds.items():
        X = model[0].transform(clips)
        proba, fit = model[-1].predict_proba(X), model[-1].score_samples(X)
        sure, unknown = proba.max(axis=1) >= SURE, fit <= UNUSUAL
        shares = [unknown, sure, sure & ~unknown]
        shares.append(plain.score_samples(X) <= UNUSUAL)
        yield f"{kind:<20}" + "".join(f"{np.mean(share):>7.2f}" for share in shares)


def free_lines(model, folder):
    """Yield the answers for free recordings."""
    files = sorted(folder.glob("*.ogg"))
    for said in predict_files(model, files, top=3):
        text = Path(said.path).with_suffix(".txt").read_text(encoding="utf-8")
        answer = str(said).removeprefix(f"{said.path}: ")
        yield f"{answer}; fit {said.fit:.2f}\n    {text.splitlines()[0].strip()}"


def report(data):
    """Yield all lines below the header."""
    model = load_pretrained("gtzan")
    yield from of_other_collections(model, data / "emotify")
    yield ""
    yield from of_the_training(model, data / "gtzan" / "clips")
    yield ""
    paths, known = known_of(data / "emotify")["paths"], songs_of(data / "gtzan")
    yield from of_sounds(model, paths[::8], known)
    yield ""
    yield from free_lines(model, data / "free_audio")


def main():
    """Print the tables and write them to ``benchmarks/results/gtzan_head.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    command = "OMP_NUM_THREADS=1 python -m benchmarks.scores.gtzan_head --data DIR"
    lines = header(command, "sklearn-genre", "scikit-learn", "torch")
    lines += ["", *report(parser.parse_args().data)]
    publish("\n".join(lines) + "\n", RESULTS)


if __name__ == "__main__":
    main()
