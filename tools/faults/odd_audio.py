"""Every kind of odd and bad file of the tests, by every entry point.

Whole ones must be taken and bad ones refused by name.
"""

import functools
import itertools
import tempfile
from pathlib import Path

from sklearn_genre import FrameDescriptors, load_audio, predict_genre
from sklearn_genre._utils.text import printable
from tests.odd_files import KINDS

from ._trials import Trial
from .audio import ENTRIES, encoded, features, finite, model, with_file


def load(path):
    wave, _ = load_audio(path)
    return finite([wave])


def piece(path):
    """Load a piece: a fault elsewhere need not show."""
    wave, _ = load_audio(path, offset=0.3, duration=0.1, sample_rate=8000)
    return finite([wave]) if len(wave) else "wrong: no samples"


def genre(path):
    return finite([predict_genre(path, top=None).proba])


ALL = {
    "load_audio": load,
    "load_audio, a piece": piece,
    "load_audio, of bytes": lambda path: load(Path(path).read_bytes()),
    "predict_genre": genre,
    **ENTRIES,
}
# these look at no more than a part of a song
PARTIAL = ("load_audio, a piece", "MelSpectrogram", "extract_features", "predict_genre")


def expected(run, whole, entry, path):
    """Call an entry point; a bad file must be refused, another must not."""
    outcome = run(path)
    if outcome == "right" and not whole and entry not in PARTIAL:
        return "wrong: a bad file is taken"
    if outcome == "refused" and whole and entry not in ("audit", "load_folder"):
        return "wrong: a good file is refused"
    return outcome


def trials(rng):
    """Yield every kind with every entry point, in any order."""
    model()
    warm(encoded(seconds=2))
    cases = list(itertools.product(KINDS, ALL))
    rng.shuffle(cases)
    for name, entry in cases:
        run = functools.partial(expected, ALL[entry], KINDS[name].is_whole, entry)
        run = functools.partial(with_file, run, name, KINDS[name].content)
        # bytes have no name but their number
        said = "bytes>" if entry == "load_audio, of bytes" else printable(name)
        yield Trial(entry, run, name=said, seconds=60, detail=printable(name))


def warm(content):
    """Load and compile before the forks what is loaded and compiled once."""
    features(FrameDescriptors(), content)
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(content)
        file.flush()
        predict_genre(file.name)
