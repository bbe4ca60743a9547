"""What several test files use."""

import contextlib
import doctest
import inspect
import io
import operator
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

import sklearn_genre
from sklearn_genre import (
    BandScaler,
    CNNClassifier,
    DenseClassifier,
    FullyConvolutionalClassifier,
    MelSpectrogram,
    MusicnnClassifier,
    SampleCNNClassifier,
    TemporalCNNClassifier,
    recipes,
)
from sklearn_genre.neural._engine.net import ClipNet

ROOT = Path(__file__).resolve().parents[1]
RATE = 8000


GENRES = np.array(["blues", "classical", "country", "disco", "hiphop", "rock"])


def write_wav(path, seed, seconds=0.5):
    y = 0.1 * np.random.default_rng(seed).standard_normal(int(seconds * RATE))
    # the name may be no text
    soundfile.write(os.fsencode(path), y, RATE, format="WAV", subtype="FLOAT")


def sound_file(samples, rate=RATE, format="WAV", subtype=None, **how):
    """The content of a file as libsndfile writes it."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=format, subtype=subtype, **how)
    return file.getvalue()


def luminance(color):
    """Relative luminance of a color, as WCAG 2.2 has it."""
    parts = np.array(list(bytes.fromhex(color[1:]))) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    """Contrast of two colors, as WCAG 2.2 has it: 1 to 21."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def in_fresh_python(code):
    """Standard output of a program run by a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout


def check_prints(session, names):
    """Run the examples of a page, which may use some names."""
    examples = doctest.DocTestParser().get_doctest(session, names, "page", None, 0)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0


# numpydoc's codes for what a user misses: no docstring, no summary, parameters that
# are not documented, unknown, in the wrong order or without type; a section that is
# misspelt or misplaced; no Returns, no Examples; a See Also without description
CODES = {
    *("GL01", "GL03", "GL05", "GL06", "GL07", "GL08", "SS01"),
    *("PR01", "PR02", "PR03", "PR04", "PR10", "RT01", "SA04", "EX01"),
}

# bases do nothing by themselves: the examples are with what derives from them
BASES = {
    "Declared",
    "Rule",
    "ArrayOutputMixin",
    "AudioTransformer",
    "MelTransformer",
    "NeuralClassifier",
    "NeuralEstimator",
    "SpectralTransformer",
    "StatelessTransformer",
}

SMALL_STFT = dict(sample_rate=RATE, n_fft=256, hop_length=128)
SMALL_AUDIO = dict(SMALL_STFT, n_mels=16, n_mfcc=8, deltas=1, n_contrast_bands=3)


def audio_transformers():
    """Every public transformer from audio, for short clips."""
    for name in sklearn_genre.features.__all__:
        kind = getattr(sklearn_genre.features, name)
        if name in BASES or not hasattr(kind, "_waveform_function"):
            continue
        known = inspect.signature(kind).parameters
        yield kind(**{key: v for key, v in SMALL_AUDIO.items() if key in known})


MEL = MelSpectrogram(**SMALL_STFT, n_mels=16)
KEY = "ab" + 62 * "0"


def entries(folder):
    return sorted(folder.glob("sklearn_genre/entries/*/*.npy"))


def signals():
    rng = np.random.default_rng(3)
    t = np.arange(2 * 22050) / 22050
    return {
        "noise": rng.standard_normal(len(t)),
        "quiet noise": 1e-4 * rng.standard_normal(len(t)),
        "tone": np.sin(2 * np.pi * 440 * t),
        "chirp": np.sin(2 * np.pi * (100 * t + 1500 * t**2)),
        "clicks": (np.arange(len(t)) % 5000 == 0) * 1.0,
        "silence": np.zeros(len(t)),
        "odd length": rng.standard_normal(30001),
    }


SIGNALS = {name: y.astype(np.float32) for name, y in signals().items()}


FIELDS = {"paths", "target", "target_names", "groups", "split", "DESCR"}


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")
    return root


def write(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


SMALL = {
    DenseClassifier: dict(hidden_sizes=(16, 16)),
    TemporalCNNClassifier: dict(
        n_filters=(8, 8), pool_size=(4, 2), hidden_sizes=(16,), dropout=0.1
    ),
    FullyConvolutionalClassifier: dict(
        n_filters=(8, 8), pool_size=((2, 4), (4, 4)), dropout=0.1
    ),
    MusicnnClassifier: dict(n_timbral=8, n_temporal=4, n_filters=8, hidden_sizes=(8,)),
    SampleCNNClassifier: dict(n_filters=(8, 8, 8)),
}


def small(kind, **params):
    given = dict(lr=5e-3, max_epochs=20, random_state=0)
    return kind(**{**given, **SMALL[kind], **params})


def small_cnn(**params):
    # the genres of `clips` differ by the place of their bands
    return CNNClassifier(
        **{
            **dict(n_filters=(6, 8), max_epochs=4, random_state=0),
            "keep_bands": True,
            **params,
        }
    )


systems = pytest.mark.parametrize("system", recipes.SYSTEMS, ids=lambda s: s.call()[8:])


def classifier(name, **params):
    return getattr(recipes, name)(**params)["classifier"]


def tagger():
    return OneVsRestClassifier(LogisticRegression())


# random weights of the size of an example, saved by transformers
TINY_MODEL = ROOT / "tests" / "embedding" / "tiny_wav2vec2"


# what has to be given, and what a network needs to learn the checks' 2-D tables
PARAMS = {
    "BandUnion": dict(
        transformers=[("a", BandScaler()), ("b", BandScaler(with_std=False))]
    ),
    # a function's representation has its address, and tests are named after it
    "EmbeddingTransformer": dict(
        function=operator.methodcaller("std", axis=1, keepdims=True), sample_rate=RATE
    ),
    "FrameKMeans": dict(n_components=3),
    "HuggingFaceEmbedding": dict(model=str(TINY_MODEL), window=0.1),
    "HybridClassifier": dict(batch_size=128, lr=5e-3),
    # what abstains gives no class; scikit-learn's checks expect one
    "OpenSetClassifier": dict(
        estimator=LinearDiscriminantAnalysis(), rejection_rate=None
    ),
    "SliceVotingClassifier": dict(estimator=LogisticRegression()),
    "TagThresholdClassifier": dict(
        estimator=LinearDiscriminantAnalysis(), random_state=None
    ),
}


def wavs(folder):
    """Paths of the wav files in a folder, in order."""
    return sorted(str(path) for path in folder.rglob("*.wav"))


def public_estimators():
    """Every public estimator but the bases, as its defaults have it."""
    for name in sklearn_genre.__all__:
        kind = getattr(sklearn_genre, name)
        if name in BASES or not hasattr(kind, "fit"):
            continue
        known = inspect.signature(kind).parameters
        seed = {"random_state": 0} if "random_state" in known else {}
        yield kind(**{**seed, **PARAMS.get(name, {})})


# -- what is no file ------------------------------------------------------------------
def within(seconds, call, *args, **keywords):
    """Result of a call that must end in time; if it hangs, only its thread does."""
    outcome = []

    def run():
        try:
            outcome.append((call(*args, **keywords), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert outcome, f"no answer within {seconds} s"
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


@contextlib.contextmanager
def bounded_memory(megabytes):
    """Let nothing take more, beyond what the process has: what tries gets an error."""
    resource = pytest.importorskip("resource")
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("memory can be bounded only on Linux")
    old = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(statm.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + megabytes * 2**20, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, old)


@contextlib.contextmanager
def special_files(folder, ending=".wav"):
    """Paths by what they are of: everything but a regular file, with one ending."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes here")
    place = folder / "special"
    place.mkdir()
    names = ("pipe", "socket", "terminal", "zeros", "folder", "loop", "broken")
    paths = {name: place / f"{name}{ending}" for name in (*names, "link to a pipe")}
    os.mkfifo(paths["pipe"])
    paths["folder"].mkdir()
    paths["zeros"].symlink_to("/dev/zero")
    paths["loop"].symlink_to(paths["loop"])
    paths["broken"].symlink_to(place / "gone")
    paths["link to a pipe"].symlink_to(paths["pipe"])
    master, slave = os.openpty()
    paths["terminal"].symlink_to(os.ttyname(slave))
    with socket.socket(socket.AF_UNIX) as server:
        # the name of a socket has at most 107 bytes
        server.bind(os.path.relpath(paths["socket"]))
        yield paths
    os.close(slave)
    os.close(master)


class Killed(BaseException):
    """What nothing catches, like a signal."""


@contextlib.contextmanager
def killed(step, error=Killed):
    """End a fit in the middle of a batch."""
    train_step, steps = ClipNet.train_step_single, []

    def dying(self, batch, **params):
        steps.append(1)
        if len(steps) == step:
            raise error
        return train_step(self, batch, **params)

    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClipNet, "train_step_single", dying)
        try:
            yield said
        except error as raised:
            said.append(str(raised))
    assert said, "nothing was killed"
